/* test_language.c - rows that real dialects need beyond plain ones: each read, written, and
 * misused. */
#include "language.h"

static void one_path_is_read_to_one_field_and_written_from_another(void)
{
    static const char *const orders[] = {JSON(READ_ID WRITE_ID), JSON(WRITE_ID READ_ID)};
    for (size_t i = 0; i < 2; i++) {
        dcf_dialect *d = dialect(orders[i]);
        kit k;
        kit_read(&k, d, "{\"id\":\"theirs\"}");
        CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
        CU_ASSERT_STRING_EQUAL(k.envelope->source_message_id, "theirs");
        CU_ASSERT_STRING_EQUAL(k.envelope->message_id, "");
        expect_written(&k, d, "{\"id\":\"theirs\"}");
        k.envelope->message_id = (char *)"ours";
        expect_written(&k, d, "{\"id\":\"ours\"}");
        k.envelope->message_id = k.envelope->source_message_id = (char *)"";
        expect_told(&k, d, DCF_FAULT_REQUIRED, "id");
        kit_end(&k);
        kit_read(&k, d, "{}");
        CU_ASSERT_EQUAL(k.faults.count, 1); /* the row that is written asks for nothing */
        CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, DCF_FAULT_REQUIRED));
        kit_end(&k);
        dcf_dialect_free(d);
    }
}

/* A text, a text in a message made on the way, and a boolean; and none is a field of another
 * message. */
static void two_paths_of_one_field_must_agree(void)
{
    dcf_dialect *d = dialect(JSON(
        "      - {native: a, canonical: case_marker}\n"
        "      - {native: oldA, canonical: case_marker, only: read}\n"
        "      - {native: b, canonical: approval.approver.rank}\n"
        "      - {native: oldB, canonical: approval.approver.rank, only: read}\n"
        "      - {native: c, canonical: domestic_abuse}\n"
        "      - {native: oldC, canonical: domestic_abuse, only: read, as: {boolean: {true: y, "
        "false: n}}}\n"
        "      - {native: d, canonical: /triage_outcome.urn, only: read}\n"));
    becomes(d, "{\"a\":\"x\",\"oldA\":\"x\",\"b\":\"y\",\"oldB\":\"y\",\"c\":true}",
            "{\"a\":\"x\",\"b\":\"y\",\"c\":true}");
    kit_expect(d, "{\"a\":\"x\",\"oldA\":\"X\"}", DCF_FAULT_REPEATED, "oldA");
    kit_expect(d, "{\"oldB\":\"Y\",\"b\":\"y\"}", DCF_FAULT_REPEATED, "b");
    kit_expect(d, "{\"c\":true,\"oldC\":\"n\"}", DCF_FAULT_REPEATED, "oldC");
    kit_expect(d, "{\"d\":\"of another message\"}", DCF_FAULT_REPEATED, "d");
    dcf_dialect_free(d);
}

static void required_counts_in_the_directions_of_its_row(void)
{
    dcf_dialect *d =
        dialect(XML("      - {native: A, canonical: urn, only: write, required: true}\n"
                    "      - {native: B, canonical: case_marker, only: read, "
                    "required: true}\n"));
    kit k;
    kit_read(&k, d, "<M><A>ignored</A><B>b</B></M>");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->urn, "");
    k.envelope->case_submission->case_marker = (char *)"";
    expect_told(&k, d, DCF_FAULT_REQUIRED, "M/A");
    k.envelope->case_submission->urn = (char *)"u";
    expect_written(&k, d, "<M><A>u</A></M>");
    kit_end(&k);
    kit_expect(d, "<M><B>b</B></M>", 0, NULL);
    kit_expect(d, "<M><A>a</A></M>", DCF_FAULT_REQUIRED, "M/B");
    dcf_dialect_free(d);
}

static void else_opens_its_parent(void)
{
    dcf_dialect *d = dialect(
        XML("      - {native: Case/URN, canonical: urn, else: case_marker}\n"
            "      - {native: Day, canonical: statutory_time_limit, else: /sent_at, as: date}\n"));
    kit k;
    kit_read(&k, d, "<M/>");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    expect_written(&k, d, "<M/>");
    k.envelope->case_submission->case_marker = (char *)"mark";
    k.envelope->sent_at = (char *)"2026-01-02";
    expect_told(&k, d, DCF_FAULT_LOST_ON_WRITE, "case_marker"); /* else takes care of nothing */
    CU_ASSERT_PTR_NOT_NULL(
        strstr(dcf_buf_cstr(&k.out), "<M><Case><URN>mark</URN></Case><Day>2026-01-02</Day></M>"));
    kit_end(&k);
    dcf_dialect_free(d);
}

static void also_sets_a_second_field_once(void)
{
    dcf_dialect *d =
        dialect("dialect: t\nversion: '1'\nformat: xml\nmessages:\n  M:\n    canonical: "
                "court_result\n    fields:\n      - each: Case\n        canonical: cases\n        "
                "fields:\n          - {native: URN, canonical: urn, also: /court_result.urn, as: "
                "token, check: warn}\n    drop_canonical:\n      - {canonical: urn, reason: the "
                "cases have it}\n");
    kit k;
    kit_read(&k, d, "<M><Case><URN>1 a</URN></Case><Case><URN>2</URN></Case></M>");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_EQUAL(k.faults.count, 1); /* one doubtful value, told once */
    Dcf__V1__CourtResult *c = k.envelope->court_result;
    CU_ASSERT_STRING_EQUAL(c->urn, "1 a");
    CU_ASSERT_STRING_EQUAL(c->cases[0]->urn, "1 a");
    CU_ASSERT_STRING_EQUAL(c->cases[1]->urn, "2");
    expect_written(&k, d, "<M><Case><URN>1 a</URN></Case><Case><URN>2</URN></Case></M>");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void a_row_is_written_where_its_field_is(void)
{
    dcf_dialect *d = dialect(
        XML("      - {native: Old, canonical: urn, where: {summons_code: ''}, required: write}\n"
            "      - {native: New, canonical: urn, where: {summons_code: '*'}}\n"
            "      - {native: Mark, const: S, where: {summons_code: M}}\n"
            "      - {native: '@code', canonical: summons_code}\n"));
    comes_back(d, "<M><Old>u</Old></M>");
    comes_back(d, "<M code=\"A\"><New>u</New></M>");
    comes_back(d, "<M code=\"M\"><New>u</New><Mark>S</Mark></M>");
    becomes(d, "<M code=\"A\"><Old>u</Old></M>", "<M code=\"A\"><New>u</New></M>");
    becomes(d, "<M><Mark>S</Mark><New>u</New></M>", "<M><Old>u</Old></M>"); /* reading sets none */
    dcf_dialect_free(d);
}

static void a_group_is_written_where_its_field_is(void)
{
    dcf_dialect *d =
        dialect(XML("      - each: D\n        canonical: defendants\n        fields:\n"
                    "          - in: Person\n            where: {organisation.name: ''}\n"
                    "            required: write\n            fields:\n"
                    "              - {native: PNC, canonical: pnc_id}\n"
                    "          - in: Box/Company\n            where: {organisation.name: '*'}\n"
                    "            fields:\n"
                    "              - {native: PNC, canonical: pnc_id}\n"
                    "              - {native: Name, canonical: organisation.name}\n"
                    "          - in: Youth\n            where: {offender_code: youth}\n"
                    "            fields:\n"
                    "              - {native: ., canonical: bail_conditions}\n"
                    "          - in: Foreign\n            where: {person.nationality: '*'}\n"
                    "            fields: [{native: ., canonical: cro_number}]\n"));
    comes_back(d, "<M><D><Person><PNC>1</PNC></Person></D>"
                  "<D><Box><Company><PNC>2</PNC><Name>n</Name></Company></Box></D>"
                  "<D><Person/></D></M>");
    kit k;
    kit_read(&k, d, "<M><D><Youth>x</Youth></D></M>");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    Dcf__V1__Defendant *f = k.envelope->case_submission->defendants[0];
    CU_ASSERT_STRING_EQUAL(f->offender_code, "youth"); /* reading sets it */
    expect_written(&k, d, "<M><D><Person/><Youth>x</Youth></D></M>");
    f->offender_code = (char *)""; /* what only the other group writes is told */
    expect_told(&k, d, DCF_FAULT_LOST_ON_WRITE, "defendants.bail_conditions");
    f->bail_conditions = (char *)"";
    expect_written(&k, d, "<M><D><Person/></D></M>");
    f->offender_code = (char *)"youth";
    f->person = (Dcf__V1__Person *)dcf_arena_alloc(&k.arena, sizeof *f->person);
    dcf__v1__person__init(f->person);
    f->person->nationality = (char *)"GB";
    expect_told(&k, d, DCF_FAULT_LOST_ON_WRITE, "defendants.person.nationality");
    kit_end(&k);
    dcf_dialect_free(d);
}

#define FLAGS                                                                                      \
    JSON("      - {native: '@key', canonical: monitoring_codes, as: {flag: KEY}}\n"                \
         "      - {native: child, canonical: monitoring_codes, as: {flag: CHILD}, default: "       \
         "'false'}\n"                                                                              \
         "      - {native: in/expert, canonical: monitoring_codes, as: {flag: EXPERT}}\n")

static void an_element_may_hold_rows_of_a_submessage(void)
{
    dcf_dialect *d = dialect(
        XML("      - each: P\n        canonical: defendants\n        fields:\n"
            "          - {native: '@n', canonical: asn, as: text}\n"
            "          - {in: ., canonical: person.name, fields: [{native: '@f', canonical: "
            "family_name, required: true}, {native: ., canonical: title}]}\n"));
    kit k;
    comes_back(d, "<M><P n=\"1\" f=\"Ng\">Dr</P><P f=\"Rowe\"/></M>");
    kit_read(&k, d, "<M><P n=\"1\"/></M>");
    CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, DCF_FAULT_REQUIRED));
    kit_end(&k);
    dcf_dialect_free(d);
}

static void a_flag_is_a_word_in_a_list(void)
{
    dcf_dialect *d = dialect(FLAGS);
    kit k;
    kit_read(&k, d, "{\"@key\":true,\"child\":false,\"in\":{\"expert\":true}}");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    Dcf__V1__CaseSubmission *c = k.envelope->case_submission;
    CU_ASSERT_EQUAL_FATAL(c->n_monitoring_codes, 2);
    CU_ASSERT_STRING_EQUAL(c->monitoring_codes[0], "KEY");
    CU_ASSERT_STRING_EQUAL(c->monitoring_codes[1], "EXPERT");
    expect_written(&k, d, "{\"@key\":true,\"child\":false,\"in\":{\"expert\":true}}");
    c->monitoring_codes[1] = (char *)"CHILD";
    expect_written(&k, d, "{\"@key\":true,\"child\":true}");
    c->monitoring_codes[1] = (char *)"OTHER";
    expect_told(&k, d, DCF_FAULT_LOST_ON_WRITE, "monitoring_codes");
    kit_end(&k);
    becomes(d, "{\"@key\":false}", "{\"child\":false}");
    kit_expect(d, "{\"child\":\"true\"}", DCF_FAULT_WRONG_KIND, "child");
    dcf_dialect_free(d);
}

static void a_token_is_one_word(void)
{
    dcf_dialect *d = dialect(XML("      - {native: Id, canonical: urn, as: token}\n"));
    becomes(d, "<M><Id> a-1\n</Id></M>", "<M><Id>a-1</Id></M>");
    kit_expect(d, "<M><Id>a\tb</Id></M>", DCF_FAULT_BAD_VALUE, "M/Id");
    dcf_dialect_free(d);
}

static void a_code_may_stand_for_the_rest(void)
{
    dcf_dialect *d =
        dialect("dialect: t\nversion: '1'\nformat: xml\n"
                "codes: {i: {C: INITIATION_CHARGE, X: '*'}}\nmessages:\n  M:\n    canonical: "
                "case_submission\n    fields: [{native: I, canonical: initiation, as: {code: "
                "i}}]\n");
    kit k;
    kit_read(&k, d, "<M><I>C</I></M>");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    expect_written(&k, d, "<M><I>C</I></M>");
    k.envelope->case_submission->initiation = DCF__V1__INITIATION__INITIATION_SJP;
    expect_written(&k, d, "<M><I>X</I></M>");
    kit_end(&k);
    kit_expect(d, "<M><I>X</I></M>", DCF_FAULT_UNKNOWN_CODE, "M/I");
    dcf_dialect_free(d);
}

static void a_number_has_the_digits_that_are_declared(void)
{
    dcf_dialect *d = dialect(JSON("      - {native: a, canonical: urn, as: {integer: 1}}\n"
                                  "      - {native: b, canonical: informant, as: {integer: 9}, "
                                  "kind: string}\n"));
    comes_back(d, "{\"a\":7,\"b\":\"000000007\"}");
    dcf_dialect_free(d);
}

static void a_fault_says_what_was_wanted(void)
{
    dcf_dialect *d = dialect(
        "dialect: t\nversion: '1'\nformat: xml\nnamespaces: {default: 'urn:a', b: 'urn:b'}\n"
        "codes:\n  k: {rows: [{native: P, canonical: SUBMISSION_KIND_PRE_CHARGE},\n"
        "    {native: C, canonical: SUBMISSION_KIND_CHARGED},\n"
        "    {native: P, canonical: SUBMISSION_KIND_UPGRADE}]}\n"
        "messages:\n  M:\n    canonical: case_submission\n    fields:\n"
        "      - {native: Day, canonical: initial_hearing.date, as: date}\n"
        "      - {native: Uk, canonical: statutory_time_limit, as: {date: DD/MM/YYYY}}\n"
        "      - {native: Time, canonical: initial_hearing.time, as: time}\n"
        "      - {native: Da, canonical: domestic_abuse, as: {boolean: {true: Y, false: N}}}\n"
        "      - {native: Kind, canonical: kind, as: {code: k}}\n"
        "      - {native: 'b:Mark', canonical: case_marker}\n"
        "      - {native: Urn, canonical: urn, as: urn}\n");
    static const struct {
        const char *inner, *detail;
    } rows[] = {
        {"<Day>1/2/2026</Day>", "not a value for date (YYYY-MM-DD)"},
        {"<Uk>2026-02-01</Uk>", "not a value for date (DD/MM/YYYY)"},
        {"<Time>noon</Time>", "not a value for time (HH:MM:SS)"},
        {"<Da>yes</Da>", "not a value for boolean (Y, N)"},
        {"<Kind>X</Kind>", "not in the code table k (P, C)"},
        {"<Mark>m</Mark>", "the name is known in the namespace urn:b"},
        {"<Urn>?</Urn>", "not a value for urn"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char doc[200];
        kit k;
        snprintf(doc, sizeof doc, "<M xmlns='urn:a'>%s</M>", rows[i].inner);
        kit_read(&k, d, doc);
        CU_ASSERT_EQUAL_FATAL(k.faults.count, 1);
        CU_ASSERT_STRING_EQUAL(k.faults.items[0].detail, rows[i].detail);
        kit_end(&k);
    }
    dcf_dialect_free(d);
}

static void a_constant_is_looked_at_where_its_row_says_so(void)
{
    dcf_dialect *d = dialect(JSON("      - {native: a, const: x, check: error}\n"
                                  "      - {native: b, const: y}\n"
                                  "      - {native: c, canonical: urn}\n"));
    kit_expect(d, "{\"a\":\" x \",\"b\":\"z\",\"c\":\"u\"}", 0, NULL);
    kit_expect(d, "{\"a\":\"z\",\"b\":\"y\",\"c\":\"u\"}", DCF_FAULT_BAD_VALUE, "a");
    dcf_dialect_free(d);
}

#define TESTS(X)                                                                                   \
    X(a_number_has_the_digits_that_are_declared)                                                   \
    X(one_path_is_read_to_one_field_and_written_from_another)                                      \
    X(two_paths_of_one_field_must_agree)                                                           \
    X(required_counts_in_the_directions_of_its_row)                                                \
    X(else_opens_its_parent)                                                                       \
    X(also_sets_a_second_field_once)                                                               \
    X(a_row_is_written_where_its_field_is)                                                         \
    X(a_group_is_written_where_its_field_is)                                                       \
    X(an_element_may_hold_rows_of_a_submessage)                                                    \
    X(a_flag_is_a_word_in_a_list)                                                                  \
    X(a_token_is_one_word)                                                                         \
    X(a_code_may_stand_for_the_rest)                                                               \
    X(a_fault_says_what_was_wanted)                                                                \
    X(a_constant_is_looked_at_where_its_row_says_so)
UNIT_MAIN("translate.language", TESTS)
