/* test_policy_rows.c - rows of policies are proved when they are read: one that means nothing, can
 * never hold or can never be kept is refused. */
#include "exchange/policy.h"

#include "unit.h"

static void refused(const char *row, const char *expected)
{
    char text[1024];
    dcf_policy_set *set = NULL;
    dcf_yaml_error err = {{0}};
    snprintf(text, sizeof text, "version: '1'\npolicies:\n  - {%s}\n", row);
    dcf_status s = dcf_policies_parse(dcf_span_str(text), "policies", &set, &err);
    bool told = dcf_is(s, DCF_E_CONFIG) && strstr(err.text, expected);
    if (!told) fprintf(stderr, "\n  %s: %s '%s'\n", row, dcf_status_name(s), err.text);
    CU_ASSERT(told);
    dcf_policies_free(set);
}

#define ROW  "name: n, source: Rec 1, text: t, "
#define WHAT "applies_to: [action_plan], "
#define THEN ", fault: DCF-4011, severity: hold"

static void a_row_that_means_nothing_is_refused(void)
{
    refused(WHAT "require: {field: urn, is: present}" THEN, "name:, source: and text:");
    refused(ROW "require: {field: urn, is: present}" THEN, "applies_to");
    refused(ROW "each: material, " WHAT "require: {field: urn, is: present}" THEN, "applies_to");
    refused(ROW "applies_to: [action_plans], check: not_asked_before" THEN, "no message");
    refused(ROW "applies_to: [action_plan, receipt], require: {field: urn, is: present}" THEN,
            "one message type");
    refused(ROW WHAT "when: {all: [{field: urn, is: present}, {field: urn, is: absent}]}, require: "
                     "{field: urn, in: [a]}" THEN,
            "when: can never hold");
    refused(ROW WHAT "when: {field: urn, is: absent}, require: {field: urn, in: [a]}" THEN,
            "nothing can keep");
    refused(ROW WHAT "when: {field: urn, in: [a]}, require: {field: urn, is: present}" THEN,
            "nothing can break");
    refused(ROW WHAT "require: {field: rationale, is: present}" THEN, "no field rationale");
    refused(ROW WHAT "check: no_such_check" THEN, "no check no_such_check");
    refused(ROW WHAT "severity: hold, fault: DCF-4011", "require: or check:");
    refused(ROW WHAT "check: not_asked_before, require: {field: urn, is: present}" THEN,
            "require: or check:");
    refused(ROW WHAT "check: not_asked_before, severity: hold, fault: DCF-9999", "no fault code");
    refused(ROW WHAT "check: not_asked_before, severity: shout, fault: DCF-4011", "hold or warn");
}

#define TESTS(X) X(a_row_that_means_nothing_is_refused)
UNIT_MAIN("policy rows", TESTS)
