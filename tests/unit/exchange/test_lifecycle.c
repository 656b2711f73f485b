/* test_lifecycle.c - the lifecycle file is proved when it is read. */
#include "exchange/lifecycle.h"

#include "base/buf.h"
#include "unit.h"

#include <stdlib.h>

static char *file_text(void)
{
    dcf_buf b = {0};
    CU_ASSERT_FATAL(dcf_ok(dcf_buf_read_file(&b, "config/lifecycle.yaml", 1 << 20)));
    char *text = strdup(dcf_buf_cstr(&b));
    dcf_buf_fini(&b);
    return text;
}

/* The shipped file with one text replaced by another; what the loader says. */
static dcf_yaml_error with(const char *old, const char *new_text, dcf_status *ret)
{
    char *text = file_text(), *at = strstr(text, old);
    dcf_yaml_error err = {{0}};
    dcf_lifecycle *l = NULL;
    CU_ASSERT_FATAL(at != NULL);
    dcf_buf b = {0};
    dcf_buf_add(&b, dcf_span_of(text, (size_t)(at - text)));
    dcf_buf_adds(&b, new_text);
    dcf_buf_adds(&b, at + strlen(old));
    *ret = dcf_lifecycle_parse(dcf_buf_span(&b), "lifecycle.yaml", &l, &err);
    dcf_lifecycle_free(l);
    dcf_buf_fini(&b);
    free(text);
    return err;
}

static void refused(const char *old, const char *new_text, const char *expected)
{
    dcf_status s;
    dcf_yaml_error err = with(old, new_text, &s);
    bool told = dcf_is(s, DCF_E_CONFIG) && strstr(err.text, expected) &&
                strncmp(err.text, "lifecycle.yaml:", 15) == 0;
    if (!told)
        fprintf(stderr, "\n  expected '%s', got %s '%s'\n", expected, dcf_status_name(s), err.text);
    CU_ASSERT(told);
}

static void the_shipped_file_loads(void)
{
    dcf_lifecycle *l = NULL;
    dcf_yaml_error err = {{0}};
    CU_ASSERT(dcf_ok(dcf_lifecycle_load("config/lifecycle.yaml", &l, &err)));
    CU_ASSERT_STRING_EQUAL(err.text, "");
    CU_ASSERT_STRING_EQUAL(l->version, "2");
    CU_ASSERT_EQUAL(l->wait_ms, INT64_C(28) * 86400000);
    CU_ASSERT_EQUAL(l->rule_count, 15);
    CU_ASSERT_EQUAL(dcf_lifecycle_state(l, ""), l->initial);
    CU_ASSERT_EQUAL(dcf_lifecycle_state(l, "nowhere"), l->state_count);
    dcf_lifecycle_free(l);
}

static void unknown_names_are_told_with_their_line(void)
{
    refused("from: [force]", "from: [farce]", "unknown name in from");
    refused("[none, awaiting_triage,", "[none, awaiting_triaje,", "no state awaiting_triaje");
    refused("to: charged}", "to: charmed}", "no state charmed");
    refused("route: cps", "route: cbs", "needs in: and route:");
    refused("  triage_outcome:", "  triage_outcomes:", "no message triage_outcomes");
    refused("{field: kind, in: [CHARGED]}", "{field: kinds, in: [CHARGED]}",
            "CaseSubmission has no field kinds");
    refused("in: [CHARGED]}", "in: [CHARMED]}", "kind has no value CHARMED");
    refused("opens: true", "open: true", "open");
    refused("route: named", "route: named\n    receipts: [delivered]",
            "no receipts about a receipt");
    refused("suspects.decision", "suspects.name", "path of a text or enum field");
}

static void every_message_needs_a_rule(void)
{
    dcf_status s;
    char *text = file_text();
    char *at = strstr(text, "\n  refusal:");
    *at = '\0';
    dcf_lifecycle *l = NULL;
    dcf_yaml_error err = {{0}};
    s = dcf_lifecycle_parse(dcf_span_str(text), "lifecycle.yaml", &l, &err);
    CU_ASSERT(dcf_is(s, DCF_E_CONFIG));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "no rule for message refusal"));
    free(text);
}

static void unreachable_states_and_traps_are_refused(void)
{
    refused("  charged: {} ", "  limbo: {}\n  charged: {} ", "state limbo cannot be reached");
    refused("resulted: {final: true}", "resulted: {}", "state resulted is a trap");
    refused("  charged: {} ", "  charged: {final: true} ",
            "state charged is final, but a message leaves it");
    refused("none: {initial: true}", "none: {}", "exactly one state must be initial");
}

static void an_opening_message_always_opens(void)
{
    refused("{from: [none, triage_rejected, awaiting_police, no_charge], to",
            "{from: [triage_rejected, awaiting_police, no_charge], to", "always moves on");
    refused("opens: true", "opens: false", "a move from the initial state");
    refused("    opens: true\n", "    opens: true\n    waits: true\n", "never waits");
    refused("to: triage_rejected}", "to: none}", "does not go back");
}

static void a_move_that_is_never_taken_is_refused(void)
{
    refused("- {when: {field: kind, in: [CHARGED]}, to: charged}",
            "- {when: {all: [{field: kind, in: [CHARGED]}, {field: kind, in: [UPGRADE]}]}, to: "
            "charged}",
            "never taken");
    refused(
        "- {when: {field: kind, in: [CHARGED]}, to: charged}",
        "- {when: {all: [{field: kind, is: absent}, {field: kind, in: [UPGRADE]}]}, to: charged}",
        "never taken");
    /* each decision is among those before it */
    refused("in: [C, D, D2, E, F, G, K, L, M, N]}, to: no_charge}", "in: [A, B]}, to: no_charge}",
            "never taken");
    refused("      - {to: charged}\n", "      - {to: charged}\n      - {to: charged}\n",
            "never taken");
}

static void what_can_hold_is_told_from_what_cannot(void)
{
    dcf_status s;
    with("- {when: {field: kind, in: [CHARGED]}, to: charged}",
         "- {when: {all: [{field: kind, in: [CHARGED, UPGRADE]}, {field: kind, not_in: "
         "[CHARGED]}]}, to: charged}",
         &s);
    CU_ASSERT_TRUE(dcf_ok(s));
    dcf_yaml_error err = with("in: [C, D, D2, E, F, G, K, L, M, N]}, to: no_charge}",
                              "in: [A, C]}, to: no_charge}", &s); /* C alone gets there */
    if (dcf_failed(s)) fprintf(stderr, "\n  %s\n", err.text);
    CU_ASSERT_TRUE(dcf_ok(s));
}

#define TESTS(X)                                                                                   \
    X(the_shipped_file_loads)                                                                      \
    X(unknown_names_are_told_with_their_line)                                                      \
    X(every_message_needs_a_rule)                                                                  \
    X(a_move_that_is_never_taken_is_refused)                                                       \
    X(what_can_hold_is_told_from_what_cannot)                                                      \
    X(unreachable_states_and_traps_are_refused) X(an_opening_message_always_opens)
UNIT_MAIN("lifecycle", TESTS)
