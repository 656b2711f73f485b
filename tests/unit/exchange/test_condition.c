/* test_condition.c - what a condition says of a message, and which conditions are refused. */
#include "fixture.h"

#include "exchange/condition.h"

typedef struct bench {
    world w;
    dcf_arena arena;
    dcf_facts facts;
    const ProtobufCMessageDescriptor *body;
} bench;

/* A plan of two items, the second without rationale and due; a case with one open item. */
static void open_bench(bench *b)
{
    open_world(&b->w, "", NULL);
    dcf_arena_init(&b->arena, 1 << 20);
    Dcf__V1__ActionPlan *p = plan(&b->w, "p", "plan-1", 2)->action_plan;
    p->items[1]->rationale = (char *)"";
    p->items[1]->due_date = (char *)"";
    p->items[0]->due_date = (char *)"2026-09-22"; /* START is 2026-09-21T13:33:20Z */
    p->raised_at = (char *)"2026-09-21T10:00:00Z";
    Dcf__V1__CaseState *state = dcf_arena_alloc(&b->w.arena, sizeof *state);
    dcf__v1__case_state__init(state);
    state->merged_into = (char *)"45AA0209920";
    b->facts = (dcf_facts){&p->base, state, START};
    b->body = p->base.descriptor;
}

static void close_bench(bench *b)
{
    dcf_arena_fini(&b->arena);
    close_world(&b->w);
}

static dcf_status read_one(bench *b, const char *text, dcf_yaml_doc **ret_doc,
                           const dcf_condition **ret, dcf_yaml_error *err)
{
    char whole[512];
    snprintf(whole, sizeof whole, "when: %s\n", text);
    DCF_TRY(dcf_yaml_parse(dcf_span_str(whole), "rule", ret_doc, err));
    return dcf_condition_read(&b->arena, *ret_doc, dcf_yaml_get(dcf_yaml_root(*ret_doc), "when"),
                              b->body, ret, err);
}

typedef struct row {
    const char *text;
    bool holds;
} row;

static void judge(const row *rows, size_t count)
{
    bench b;
    open_bench(&b);
    for (size_t i = 0; i < count; i++) {
        dcf_yaml_doc *doc = NULL;
        const dcf_condition *c = NULL;
        dcf_yaml_error err = {{0}};
        dcf_status s = read_one(&b, rows[i].text, &doc, &c, &err);
        bool same = dcf_ok(s) && dcf_condition_holds(c, &b.facts) == rows[i].holds;
        if (!same) fprintf(stderr, "\n  %s: %s\n", rows[i].text, err.text);
        CU_ASSERT(same);
        dcf_yaml_free(doc);
    }
    close_bench(&b);
}
#define JUDGE(...)                                                                                 \
    do {                                                                                           \
        const row rows[] = {__VA_ARGS__};                                                          \
        judge(rows, sizeof rows / sizeof rows[0]);                                                 \
    } while (0)

static void a_field_is_asked_for_presence_values_and_time(void)
{
    JUDGE({"{field: plan_id, is: present}", true}, {"{field: plan_id, is: absent}", false},
          {"{field: prosecutor, is: absent}", true},
          {"{field: prosecutor.contact.email_1, is: present}", false},
          {"{field: plan_id, in: [plan-1, other]}", true}, {"{field: plan_id, in: [other]}", false},
          {"{field: plan_id, not_in: [other]}", true},
          {"{field: plan_id, not_in: [plan-1]}", false},
          {"{field: items.due_date, after: now}", true},
          {"{field: items.due_date, before: now}", false},
          {"{field: follow_up_date, after: now}", false},
          {"{field: follow_up_date, before: now}", false});
}

static void words_are_looked_for_in_any_case(void)
{
    JUDGE({"{field: items.text, contains: [SHOPKEEPER, cctv]}", true},
          {"{field: items.text, contains: [cctv]}", false},
          {"{field: items.text, contains: [keeper]}", false}, /* within a word */
          {"{field: items.text, contains: [shop]}", false},
          {"{field: items.text, contains: [of the]}", true},
          {"{field: items.rationale, contains: [is in issue]}", true});
}

/* Item 0 is due on 22 September 2026, now is the 21st at 14:33 local time, the plan was raised at
 * 10:00Z. */
static void dates_are_compared_with_dates_and_moments(void)
{
    JUDGE({"{field: items.due_date, after: 2026-09-21}", true},
          {"{field: items.due_date, after: 2026-09-22}", false},
          {"{field: items.due_date, before: 2026-09-23}", true},
          {"{field: items.due_date, before: {add: 24 hours}}", false}, /* the same day */
          {"{field: items.due_date, before: {add: 2 days}}", true},
          {"{field: items.due_date, after: {field: raised_at, add: 12 hours}}", true},
          {"{field: items.due_date, after: {field: raised_at, add: 1 day}}", false},
          {"{field: raised_at, before: {add: -3 hours}}", true},
          {"{field: raised_at, before: {add: -5 hours}}", false},
          {"{field: raised_at, after: {add: -5 hours}}", true},
          {"{field: items.due_date, after: {field: follow_up_date}}", false});
}

static void a_condition_reads_as_a_sentence(void)
{
    static const struct {
        const char *text, *reads;
    } rows[] = {
        {"{field: plan_id, in: [a, b, c]}", "plan id is a, b or c"},
        {"{field: items.due_date, after: {field: raised_at, add: 1 day}}",
         "due date of items is after 1 day after raised at"},
        {"{any: [{field: urn, is: absent}, {all: [{count: items, at_most: 2}, {field: urn, "
         "contains: [x]}]}]}",
         "urn is not there or (at most 2 items and urn mentions x)"},
        {"{some: items, where: {field: text, is: present}, has: {field: due_date, before: now}}",
         "one of items where text is there: due date is before now"},
        {"{case: {field: open_items, is: absent}}", "the case's open items is not there"},
    };
    bench b;
    open_bench(&b);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dcf_yaml_doc *doc = NULL;
        const dcf_condition *c = NULL;
        dcf_buf out = {0};
        CU_ASSERT_FATAL(dcf_ok(read_one(&b, rows[i].text, &doc, &c, NULL)));
        dcf_condition_print(c, &out);
        CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&out), rows[i].reads);
        dcf_buf_fini(&out);
        dcf_yaml_free(doc);
    }
    close_bench(&b);
}

static void a_path_through_a_list_holds_when_any_entry_fits(void)
{
    JUDGE({"{field: items.item_id, in: [i1]}", true}, {"{field: items.item_id, in: [i2]}", false},
          {"{field: items.item_id, not_in: [i1]}", false},
          {"{field: items.rationale, is: present}", true},
          {"{field: items.rationale, is: absent}", false});
}

static void lists_of_conditions_are_all_any_and_none(void)
{
    JUDGE({"{all: [{field: plan_id, is: present}, {field: urn, is: present}]}", true},
          {"{all: [{field: plan_id, is: present}, {field: urn, is: absent}]}", false},
          {"{any: [{field: plan_id, is: absent}, {field: urn, is: present}]}", true},
          {"{any: [{field: plan_id, is: absent}, {field: urn, is: absent}]}", false},
          {"{none: [{field: plan_id, is: absent}, {field: urn, is: absent}]}", true},
          {"{none: [{field: plan_id, is: absent}, {field: urn, is: present}]}", false});
}

static void entries_are_asked_one_by_one(void)
{
    JUDGE(
        {"{every: items, has: {field: text, is: present}}", true},
        {"{every: items, has: {field: rationale, is: present}}", false},
        {"{every: items, where: {field: item_id, in: [i0]}, has: {field: rationale, is: present}}",
         true},
        {"{some: items, has: {field: rationale, is: absent}}", true},
        {"{some: items, where: {field: item_id, in: [i0]}, has: {field: rationale, is: absent}}",
         false});
}

static void lists_are_counted(void)
{
    JUDGE({"{count: items, at_least: 2}", true}, {"{count: items, at_least: 3}", false},
          {"{count: items, at_most: 2}", true}, {"{count: items, at_most: 1}", false},
          {"{count: items.defendant_ids, at_most: 0}", true});
}

static void the_case_is_asked_by_the_same_words(void)
{
    JUDGE({"{case: {field: merged_into, is: present}}", true},
          {"{case: {field: open_items, is: absent}}", true},
          {"{all: [{case: {field: merged_into, is: present}}, {field: urn, is: present}]}", true});
}

static void note_miss(void *ctx, const char *field)
{
    dcf_buf *b = ctx;
    dcf_buf_printf(b, "%s%s", b->size ? " " : "", field);
}

static void told(bench *b, const char *text, const char *expected)
{
    dcf_yaml_doc *doc = NULL;
    const dcf_condition *c = NULL;
    dcf_buf out = {0};
    CU_ASSERT_FATAL(dcf_ok(read_one(b, text, &doc, &c, NULL)));
    dcf_condition_tell(c, &b->facts, note_miss, &out);
    if (strcmp(dcf_buf_cstr(&out), expected) != 0)
        fprintf(stderr, "\n  %s told '%s'\n", text, dcf_buf_cstr(&out));
    CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&out), expected);
    dcf_buf_fini(&out);
    dcf_yaml_free(doc);
}

static void all_places_that_break_a_rule_are_told(void)
{
    bench b;
    open_bench(&b);
    told(&b,
         "{every: items, has: {all: [{field: rationale, is: present}, {field: due_date, is: "
         "present}]}}",
         "items[1].rationale items[1].due_date");
    told(&b, "{all: [{field: plan_id, is: absent}, {field: urn, is: present}]}", "plan_id");
    told(&b,
         "{any: [{field: prosecutor.contact.email_1, is: present}, {field: "
         "prosecutor.contact.email_2, is: present}]}",
         "prosecutor.contact");
    told(&b, "{any: [{field: plan_id, is: absent}, {field: urn, is: absent}]}", "");
    told(&b, "{field: plan_id, is: present}", "");
    close_bench(&b);
}

static void a_condition_that_means_nothing_is_refused(void)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"{field: plan, is: present}", "ActionPlan has no field plan"},
        {"{field: items.text.x, is: present}", "a path is"},
        {"{field: plan_id}", "needs one of"},
        {"{field: plan_id, is: present, in: [a]}", "needs one of"},
        {"{field: plan_id, is: there}", "is: takes"},
        {"{field: plan_id, is: true}", "no yes/no field"},
        {"{field: plan_id, in: []}", "list of 1 to"},
        {"{field: items, in: [a]}", "text or enum"},
        {"{field: raised_at, after: yesterday}", "takes now"},
        {"{field: raised_at, after: {add: 3 moons}}", "a period is written"},
        {"{field: raised_at, after: {add: 3 working days}}", "working days are for clocks"},
        {"{field: raised_at, after: {field: plan}}", "no field plan"},
        {"{field: items, contains: [a]}", "path of a text field"},
        {"{term: nowhere}", "no term nowhere above"},
        {"{all: []}", "list of 1 to"},
        {"{all: [{field: urn, is: present}], field: urn}", "list of 1 to"},
        {"{every: plan_id, has: {field: urn, is: present}}", "path of a list"},
        {"{every: items}", "path of a list"},
        {"{count: items}", "at_least"},
        {"{count: items, at_least: 3, at_most: 2}", "at_least"},
        {"{case: {field: urn, is: present}}", "CaseState has no field urn"},
        {"{field: plan_id, after: 2020-01-01}", "plan_id is none"},
        {"{field: raised_at, after: {field: items.text}}", "items.text is no date"},
        {"{field: items.status, in: [met, requsted]}",
         "rule:1:39: status has no value requsted; the nearest is requested"},
        {"{field: items.step_code, not_in: [kwd]}", "step_code has no value kwd"},
        {"{some: items, has: {field: step_code, in: [KWE]}}", "the nearest is KWD"},
        {"{case: {field: provided.lane, in: [redactd]}}", "the nearest is redacted"},
        {"{in: [a]}", "starts with"},
        {"{feild: urn}", "feild"},
        {"{all: [{all: [{all: [{all: [{all: [{all: [{all: [{all: [{all: [{field: urn, is: "
         "absent}]}]}]}]}]}]}]}]}]}",
         "more than 8 deep"},
    };
    bench b;
    open_bench(&b);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dcf_yaml_doc *doc = NULL;
        const dcf_condition *c = NULL;
        dcf_yaml_error err = {{0}};
        dcf_status s = read_one(&b, rows[i].text, &doc, &c, &err);
        bool refused = dcf_is(s, DCF_E_CONFIG) && strstr(err.text, rows[i].expected) && !c;
        if (!refused) fprintf(stderr, "\n  %s: '%s'\n", rows[i].text, err.text);
        CU_ASSERT(refused);
        dcf_yaml_free(doc);
    }
    close_bench(&b);
}

#define TESTS(X)                                                                                   \
    X(a_field_is_asked_for_presence_values_and_time)                                               \
    X(words_are_looked_for_in_any_case)                                                            \
    X(dates_are_compared_with_dates_and_moments)                                                   \
    X(a_condition_reads_as_a_sentence)                                                             \
    X(a_path_through_a_list_holds_when_any_entry_fits)                                             \
    X(lists_of_conditions_are_all_any_and_none)                                                    \
    X(entries_are_asked_one_by_one)                                                                \
    X(lists_are_counted)                                                                           \
    X(the_case_is_asked_by_the_same_words)                                                         \
    X(all_places_that_break_a_rule_are_told)                                                       \
    X(a_condition_that_means_nothing_is_refused)
UNIT_MAIN("condition", TESTS)
