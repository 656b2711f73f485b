/* test_compiled.c - what the compiler makes of paths, messages, columns and groups, seen from
 * outside: by its mistakes, by what is read, and by what tools are told. */
#include "kit.h"

#include "translate/inspect.h"

#define XML_ROWS(rows)                                                                             \
    "dialect: s\nversion: '1'\nformat: xml\nnamespaces: {p: 'urn:p'}\n"                            \
    "messages: {M: {canonical: case_submission, fields: [" rows "]}}\n"

static void a_step_without_a_name_or_with_a_sign_is_none(void)
{
    static const char *const natives[] = {"a//b", "/a", "a/", "p:", "@", "p:a/p:", "a b", "a@b"};
    for (size_t i = 0; i < sizeof natives / sizeof *natives; i++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml, XML_ROWS("{native: '%s', canonical: urn}"), natives[i]);
        kit_mistake(yaml, "is no step of a path");
    }
}

static void a_message_is_a_member_of_the_body_and_nothing_else(void)
{
    static const char *const canonicals[] = {"message_id", "source", "source.party",
                                             "case_submission.defendants"};
    for (size_t i = 0; i < sizeof canonicals / sizeof *canonicals; i++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "dialect: s\nversion: '1'\nformat: xml\n"
                 "messages: {M: {canonical: %s, fields: [{native: a, canonical: urn}]}}\n",
                 canonicals[i]);
        kit_mistake(yaml, "is no member of Envelope.body");
    }
}

/* Records that share a heading share its column, also where a column tells the record. */
static void a_heading_is_one_column_for_all_records(void)
{
    kit k;
    dcf_dialect *d = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(kit_load_text(
        &k,
        "dialect: s\nversion: '1'\nformat: csv\ncsv: {type: t, header: true, line_end: lf, "
        "records: {C: {columns: [urn, note]}, D: {columns: [note, name]}}}\n"
        "messages: {M: {canonical: case_submission, fields: [{in: C, fields: [{native: urn, "
        "canonical: urn}, {native: note, canonical: informant}]}, {each: D, canonical: "
        "defendants, fields: [{native: note, canonical: source_id}, {native: name, canonical: "
        "asn, as: text}]}]}}\n",
        &d)));
    kit_end(&k);
    static const char table[] = "t,urn,note,name\nC,U1,N1,\nD,,N2,A\n";
    kit_read(&k, d, table);
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    const Dcf__V1__CaseSubmission *c = k.envelope->case_submission;
    CU_ASSERT_STRING_EQUAL(c->urn, "U1");
    CU_ASSERT_STRING_EQUAL(c->informant, "N1");
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 1);
    CU_ASSERT_STRING_EQUAL(c->defendants[0]->source_id, "N2");
    CU_ASSERT_STRING_EQUAL(c->defendants[0]->asn, "A");
    CU_ASSERT_TRUE(dcf_ok(dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out)));
    CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&k.out), table);
    kit_end(&k);
    dcf_dialect_free(d);
}

static bool note_group(void *self, const dcf_inspect_rule *rule)
{
    char *out = self;
    if (rule->group)
        snprintf(out + strlen(out), 200 - strlen(out), "%s %d%d ", rule->native_path,
                 rule->required_read, rule->required_write);
    return true;
}

static void tools_are_told_which_groups_are_required(void)
{
    kit k;
    dcf_dialect *d = NULL;
    char told[200] = "";
    CU_ASSERT_TRUE_FATAL(
        dcf_ok(kit_load_text(&k,
                             XML_ROWS("{each: a, canonical: defendants, required: read, fields: "
                                      "[{native: x, canonical: asn}]}, {each: b, canonical: "
                                      "witnesses, required: write, fields: [{native: x, canonical: "
                                      "source_id}]}, {each: c, canonical: documents, fields: "
                                      "[{native: x, canonical: title}]}"),
                             &d)));
    kit_end(&k);
    dcf_inspect_rules(d, note_group, told);
    CU_ASSERT_STRING_EQUAL(told, "M/a 10 M/b 01 M/c 00 ");
    dcf_dialect_free(d);
}

/* Names alike at both ends are told apart by what is between, whatever their length. */
static void names_alike_at_their_ends_are_two(void)
{
    static const struct {
        const char *one, *other, *neither;
    } rows[] = {
        {"abc", "axc", "ayc"},
        {"abcde", "abXde", "abYde"},
        {"abcdXefgh", "abcdYefgh", "abcdZefgh"},
        {"abcdefghXstuvwxyz", "abcdefghYstuvwxyz", "abcdefghZstuvwxyz"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit k;
        char text[512];
        dcf_dialect *d = NULL;
        snprintf(text, sizeof text,
                 "dialect: s\nversion: '1'\nformat: json\nmessages: {M: {canonical: "
                 "case_submission, fields: [{native: %s, canonical: urn}, {native: %s, "
                 "canonical: informant}]}}\n",
                 rows[i].one, rows[i].other);
        CU_ASSERT_TRUE_FATAL(dcf_ok(kit_load_text(&k, text, &d)));
        kit_end(&k);
        snprintf(text, sizeof text, "{\"%s\":\"1\",\"%s\":\"2\"}", rows[i].one, rows[i].other);
        kit_read(&k, d, text);
        CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
        CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->urn, "1");
        CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->informant, "2");
        kit_end(&k);
        snprintf(text, sizeof text, "{\"%s\":\"1\"}", rows[i].neither);
        kit_expect(d, text, 2003, rows[i].neither);
        dcf_dialect_free(d);
    }
}

#define JSON_ROWS(head, rows)                                                                      \
    "dialect: s\nversion: '1'\nformat: json\n" head                                                \
    "messages: {M: {canonical: case_submission, fields: [" rows "]}}\n"

static dcf_dialect *compiled(const char *yaml)
{
    kit k;
    dcf_dialect *d = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(kit_load_text(&k, yaml, &d)));
    kit_end(&k);
    return d;
}

static void a_text_goes_straight_to_its_field_only_as_its_row_says(void)
{
    kit k;
    dcf_dialect *d =
        compiled(JSON_ROWS("text: trim\n", "{native: a, canonical: urn}, {native: b, canonical: "
                                           "informant, max: 3, check: error}, {native: c, "
                                           "canonical: police_unit, kind: number}"));
    kit_read(&k, d, "{\"a\":\" x \",\"b\":\"abc\"}");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->urn, "x");
    kit_end(&k);
    kit_expect(d, "{\"b\":\"abcd\"}", DCF_FAULT_TOO_LONG, "b");
    kit_expect(d, "{\"c\":\"5\"}", DCF_FAULT_WRONG_KIND, "c");
    dcf_dialect_free(d);
}

static void a_key_that_stands_twice_is_told_where_it_does(void)
{
    kit k;
    dcf_dialect *d = compiled(JSON_ROWS("", "{native: a, canonical: urn}"));
    kit_read(&k, d, "\xEF\xBB\xBF{\"a\":\"1\", \"a\":\"2\"}");
    const dcf_fault *f = kit_fault(&k, DCF_FAULT_DUPLICATE_KEY);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_EQUAL(f->line, 1);
    CU_ASSERT_EQUAL(f->column, 11);
    kit_end(&k);
    dcf_dialect_free(d);
}

#define TESTS(X)                                                                                   \
    X(a_step_without_a_name_or_with_a_sign_is_none)                                                \
    X(a_message_is_a_member_of_the_body_and_nothing_else)                                          \
    X(a_heading_is_one_column_for_all_records)                                                     \
    X(tools_are_told_which_groups_are_required)                                                    \
    X(a_text_goes_straight_to_its_field_only_as_its_row_says)                                      \
    X(a_key_that_stands_twice_is_told_where_it_does)                                               \
    X(names_alike_at_their_ends_are_two)
UNIT_MAIN("translate.compiled", TESTS)
