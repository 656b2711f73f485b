/* test_held_correct.c - which values an operator can put right, and what is noted of it. */
#include "daemon/held_correct.h"

#include "model/envelope.h"
#include "security/digest.h"
#include "unit.h"

enum { ITEMS = 11 };

static dcf_arena arena;
static Dcf__V1__Envelope e;
static Dcf__V1__ActionPlan plan;
static Dcf__V1__ActionItem items[ITEMS], *item_list[ITEMS];
static Dcf__V1__Fault faults[ITEMS], *fault_list[ITEMS];
static Dcf__V1__Held held;
static Dcf__V1__HeldStep step;
static char why[DCF_WHY_SIZE];

/* An action plan; only its first item has a rationale, and there is no due date. */
static void begin(void)
{
    dcf_arena_init(&arena, 1 << 20);
    dcf__v1__envelope__init(&e);
    dcf__v1__action_plan__init(&plan);
    dcf__v1__held__init(&held);
    dcf__v1__held_step__init(&step);
    for (int i = 0; i < ITEMS; i++) {
        dcf__v1__action_item__init(&items[i]);
        dcf__v1__fault__init(&faults[i]);
        item_list[i] = &items[i];
        fault_list[i] = &faults[i];
    }
    items[0].rationale = (char *)"as it was";
    faults[0].field = (char *)"items.rationale";
    faults[1].field = (char *)"urn";
    plan.items = item_list;
    plan.n_items = ITEMS;
    plan.urn = (char *)"";
    e.body_case = DCF__V1__ENVELOPE__BODY_ACTION_PLAN;
    e.action_plan = &plan;
    e.case_key = (char *)"";
    held.faults = fault_list;
    held.n_faults = 2;
    held.envelope = &e;
}

static Dcf__V1__FieldValue value_of(const char *field, const char *value)
{
    Dcf__V1__FieldValue v = DCF__V1__FIELD_VALUE__INIT;
    v.field = (char *)field;
    v.value = (char *)value;
    return v;
}

static dcf_status set(const char *field, const char *value)
{
    Dcf__V1__FieldValue v = value_of(field, value), *list = &v;
    return dcf_held_correct(&held, &list, 1, &arena, &e, &step, why);
}

static void refused(const char *field, const char *value, const char *text)
{
    begin();
    CU_ASSERT(dcf_is(set(field, value), DCF_E_FAULTY));
    if (!strstr(why, text)) printf("\n    said: %s\n", why);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, text));
    CU_ASSERT_STRING_EQUAL(items[0].rationale, "as it was");
    dcf_arena_fini(&arena);
}

static void a_field_at_fault_is_set_in_the_entry_that_is_named(void)
{
    begin();
    CU_ASSERT_FATAL(dcf_ok(set("items[1].rationale", "why it is asked for")));
    CU_ASSERT_STRING_EQUAL(items[1].rationale, "why it is asked for");
    CU_ASSERT_STRING_EQUAL(items[0].rationale, "as it was");
    dcf_arena_fini(&arena);
}

static void several_are_set_at_once_and_each_is_noted(void)
{
    begin();
    Dcf__V1__FieldValue urn = value_of("urn", "45AA0000126"),
                        tenth = value_of("items[9].rationale", "why"), *list[] = {&urn, &tenth};
    CU_ASSERT_FATAL(dcf_ok(dcf_held_correct(&held, list, 2, &arena, &e, &step, why)));
    CU_ASSERT_STRING_EQUAL(plan.urn, "45AA0000126");
    CU_ASSERT_STRING_EQUAL(items[9].rationale, "why");
    CU_ASSERT_EQUAL_FATAL(step.n_corrections, 2);
    CU_ASSERT_STRING_EQUAL(step.corrections[1]->field, "items[9].rationale");
    dcf_arena_fini(&arena);
}

static void what_is_noted_is_the_place_and_two_hashes(void)
{
    uint8_t before[DCF_SHA256_SIZE], after[DCF_SHA256_SIZE];
    begin();
    CU_ASSERT_FATAL(dcf_ok(set("items[0].rationale", "better")));
    CU_ASSERT_EQUAL_FATAL(step.n_corrections, 1);
    const Dcf__V1__Correction *c = step.corrections[0];
    dcf_sha256(dcf_span_str("as it was"), before);
    dcf_sha256(dcf_span_str("better"), after);
    CU_ASSERT_STRING_EQUAL(c->field, "items[0].rationale");
    CU_ASSERT_EQUAL(c->before_sha256.len, DCF_SHA256_SIZE);
    CU_ASSERT_EQUAL(memcmp(c->before_sha256.data, before, sizeof before), 0);
    CU_ASSERT_EQUAL(memcmp(c->after_sha256.data, after, sizeof after), 0);
    dcf_arena_fini(&arena);
    begin();
    CU_ASSERT_FATAL(dcf_ok(set("items[1].rationale", "new"))); /* there was none */
    CU_ASSERT_EQUAL(step.corrections[0]->before_sha256.len, 0);
    dcf_arena_fini(&arena);
}

static void the_message_is_sealed_anew_and_finds_its_case(void)
{
    dcf_buf body = {0};
    uint8_t hash[DCF_SHA256_SIZE];
    begin();
    CU_ASSERT_FATAL(dcf_ok(set("urn", "45AA0000126/1")));
    CU_ASSERT_STRING_EQUAL(e.case_key, "45AA0000126");
    CU_ASSERT_FATAL(dcf_ok(dcf_envelope_pack_body(&e, &body)));
    dcf_sha256(dcf_buf_span(&body), hash);
    CU_ASSERT_EQUAL_FATAL(e.body_sha256.len, sizeof hash);
    CU_ASSERT_EQUAL(memcmp(e.body_sha256.data, hash, sizeof hash), 0);
    dcf_buf_fini(&body);
    dcf_arena_fini(&arena);
}

static void what_is_not_at_fault_cannot_be_set(void)
{
    refused("items[0].text", "x", "is not at fault; at fault: items.rationale, urn");
    refused("items", "x", "is not at fault");
    refused("items.rationales", "x", "is not at fault"); /* no more than the name's begin */
    refused("urn.more", "x", "there is no value");
    begin();
    held.n_faults = 0;
    CU_ASSERT(dcf_is(set("urn", "x"), DCF_E_FAULTY));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "name no field"));
    dcf_arena_fini(&arena);
}

static void a_place_that_is_none_is_told(void)
{
    refused("items[12].rationale", "x", "there is no value");
    refused("items[0].rationale[1]", "x", "there is no value"); /* it is one, no list */
    refused("items[1.rationale", "x", "");
    refused("items[].rationale", "x", "there is no value");
    refused("items[1]rationale", "x", "");
}

static void what_is_at_fault_is_told_once_and_cut_where_it_is_long(void)
{
    char longest[400];
    begin();
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    faults[1].field = faults[0].field;
    held.n_faults = 3; /* the third names no field */
    CU_ASSERT(dcf_is(set(longest, "x"), DCF_E_FAULTY));
    const char *told = strstr(why, "at fault: ");
    CU_ASSERT_PTR_NOT_NULL_FATAL(told);
    CU_ASSERT_STRING_EQUAL(told, "at fault: items.rationale");
    faults[1].field = longest;
    CU_ASSERT(dcf_is(set("items[0].text", "x"), DCF_E_FAULTY));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "at fault: items.rationale, xxx"));
    faults[1].field = (char *)"nonsense"; /* of a receiver, say: no field of ours */
    CU_ASSERT(dcf_is(set("nonsense", "x"), DCF_E_FAULTY));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "there is no value nonsense"));
    dcf_arena_fini(&arena);
}

static void a_document_that_never_became_a_message_has_no_values(void)
{
    begin();
    e.body_case = DCF__V1__ENVELOPE__BODY__NOT_SET;
    CU_ASSERT(dcf_is(set("urn", "x"), DCF_E_FAULTY));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "replay it when its mapping"));
    dcf_arena_fini(&arena);
}

#define TESTS(X)                                                                                   \
    X(a_field_at_fault_is_set_in_the_entry_that_is_named)                                          \
    X(several_are_set_at_once_and_each_is_noted)                                                   \
    X(what_is_noted_is_the_place_and_two_hashes)                                                   \
    X(the_message_is_sealed_anew_and_finds_its_case)                                               \
    X(what_is_not_at_fault_cannot_be_set)                                                          \
    X(a_place_that_is_none_is_told)                                                                \
    X(what_is_at_fault_is_told_once_and_cut_where_it_is_long)                                      \
    X(a_document_that_never_became_a_message_has_no_values)

UNIT_MAIN("held_correct", TESTS)
