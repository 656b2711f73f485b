/* test_language.c - the constructs that real dialects need beyond plain rows: each read, written,
 * and misused. */
#include "kit.h"

#define JSON(fields)                                                                               \
    "dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: case_submission\n"    \
    "    fields:\n" fields
#define XML(fields)                                                                                \
    "dialect: t\nversion: '1'\nformat: xml\nmessages:\n  M:\n    canonical: case_submission\n"     \
    "    fields:\n" fields

static dcf_dialect *dialect(const char *yaml)
{
    kit k;
    dcf_dialect *d = NULL;
    dcf_status s = kit_load_text(&k, yaml, &d);
    kit_show(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(s));
    kit_end(&k);
    return d;
}

/* Writes what k holds and expects this document, after the XML declaration. */
static void expect_written(kit *k, const dcf_dialect *d, const char *expected)
{
    dcf_buf_clear(&k->out);
    dcf_faults_init(&k->faults, &k->arena, 100);
    k->status = dcf_from_canonical(d, k->envelope, &k->arena, &k->faults, &k->out);
    const char *text = dcf_buf_cstr(&k->out), *body = strstr(text, "?>");
    body = body ? body + 2 : text;
    bool same = dcf_ok(k->status) && k->faults.count == 0 && strcmp(body, expected) == 0;
    if (!same) printf("\n  expected %s\n  written  %s\n", expected, body), kit_show(k);
    CU_ASSERT_TRUE(same);
}

/* Reads a document without a fault, and expects it to be written as the other one. */
static void becomes(const dcf_dialect *d, const char *in, const char *out)
{
    kit k;
    kit_read(&k, d, in);
    if (k.faults.count) printf("\n  %s\n", in), kit_show(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_EQUAL(k.faults.count, 0);
    expect_written(&k, d, out);
    kit_end(&k);
}

static void comes_back(const dcf_dialect *d, const char *doc)
{
    becomes(d, doc, doc);
}

/* The fault that writing gives. */
static void expect_told(kit *k, const dcf_dialect *d, dcf_fault_code code, const char *path)
{
    dcf_buf_clear(&k->out);
    dcf_faults_init(&k->faults, &k->arena, 100);
    k->status = dcf_from_canonical(d, k->envelope, &k->arena, &k->faults, &k->out);
    const dcf_fault *f = kit_fault(k, code);
    if (!f || strcmp(*f->path ? f->path : f->field, path) != 0) kit_show(k);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_STRING_EQUAL(*f->path ? f->path : f->field, path);
    CU_ASSERT_EQUAL(k->faults.count, 1);
}

/* --- rows ------------------------------------------------------------------------------------ */

#define READ_ID "      - {native: id, canonical: /source_message_id, only: read, required: true}\n"
#define WRITE_ID                                                                                   \
    "      - {native: id, canonical: /message_id, else: /source_message_id, only: write, "         \
    "required: true}\n"

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

/* --- alternatives and arrays ----------------------------------------------------------------- */

#define PARTIES                                                                                    \
    JSON("      - each: defendants\n        canonical: defendants\n"                               \
         "        when: {organisation/name: '*'}\n        where: {organisation.name: '*'}\n"       \
         "        fields:\n          - {native: id, canonical: source_id}\n"                       \
         "          - {native: organisation/name, canonical: organisation.name}\n"                 \
         "          - {native: home, canonical: organisation.address.town}\n"                      \
         "      - each: defendants\n        canonical: defendants\n        required: true\n"       \
         "        fields:\n          - {native: id, canonical: source_id}\n"                       \
         "          - {native: organisation/name, canonical: asn}\n"                               \
         "          - {native: home, canonical: person.address.town}\n")

static void presence_tells_alternatives_apart_and_keeps_their_order(void)
{
    dcf_dialect *d = dialect(PARTIES);
    kit k;
    const char *doc = "{\"defendants\":[{\"id\":\"1\",\"organisation\":{\"name\":\"o\"},\"home\":"
                      "\"Hull\"},{\"id\":\"2\",\"home\":\"York\"},{\"id\":\"3\",\"organisation\":"
                      "{\"name\":\"p\"}}]}";
    kit_read(&k, d, doc);
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    Dcf__V1__Defendant **f = k.envelope->case_submission->defendants;
    CU_ASSERT_STRING_EQUAL(f[0]->organisation->address->town, "Hull");
    CU_ASSERT_STRING_EQUAL(f[1]->person->address->town, "York");
    CU_ASSERT_PTR_NULL(f[1]->organisation);
    expect_written(&k, d, doc);
    k.envelope->case_submission->n_defendants = 0;
    expect_told(&k, d, DCF_FAULT_REQUIRED, "defendants");
    kit_end(&k);
    becomes(d, "{\"defendants\":[{\"organisation\":{\"name\":\" \"},\"home\":\"x\"}]}",
            "{\"defendants\":[{\"home\":\"x\"}]}");
    becomes(d, "{\"defendants\":[{\"organisation\":{\"name\":null},\"home\":\"x\"}]}",
            "{\"defendants\":[{\"home\":\"x\"}]}");
    kit_expect(d, "{}", DCF_FAULT_REQUIRED, "defendants");
    dcf_dialect_free(d);
}

#define ITEM(name, value) "{\"name\":\"" name "\",\"value\":\"" value "\"}"
#define ITEMS                                                                                      \
    JSON("      - {in: 'x[]', when: {name: court}, fields: [{native: value, canonical: "           \
         "case_type}]}\n"                                                                          \
         "      - {in: 'x[]', when: {name: unit}, fields: [{native: value, canonical: "            \
         "police_unit}]}\n"                                                                        \
         "      - each: x\n        canonical: /extensions\n        fields:\n"                      \
         "          - {native: name, canonical: path}\n"                                           \
         "          - {native: value, canonical: value}\n"                                         \
         "      - {in: 'one[]', fields: [{native: a, canonical: urn}, {native: b, canonical: "     \
         "case_marker}]}\n")

static void one_item_of_an_array_is_a_group(void)
{
    dcf_dialect *d = dialect(ITEMS);
    kit k;
    comes_back(d, "{\"x\":[" ITEM("court", "c") "," ITEM("unit", "u") "," ITEM("z", "1") "," ITEM(
                      "z", "2") "],\"one\":[{\"a\":\"1\",\"b\":\"2\"}]}");
    becomes(d, "{\"one\":[],\"x\":[" ITEM("z", "1") ",null,{\"value\":\"u\",\"name\":\"unit\"}]}",
            "{\"x\":[" ITEM("unit", "u") "," ITEM("z", "1") "]}");
    becomes(d, "{\"one\":[null,{\"a\":\"1\"},null]}", "{\"one\":[{\"a\":\"1\"}]}");
    becomes(d, "{}", "{}");
    kit_expect(d, "{\"x\":[" ITEM("court", "1") "," ITEM("unit", "1") "," ITEM("court", "1") "]}",
               DCF_FAULT_REPEATED, "x[3]");
    kit_expect(d, "{\"one\":[{\"a\":\"1\"},{\"a\":\"1\"}]}", DCF_FAULT_REPEATED, "one[2]");
    kit_expect(d, "{\"one\":{\"a\":\"1\"}}", DCF_FAULT_WRONG_KIND, "one[1]");
    kit_read(&k, d, "{\"x\":[" ITEM("court", "c") "," ITEM("z", "1") "]}");
    CU_ASSERT_EQUAL(k.envelope->n_extensions, 1);
    CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->case_type, "c");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void one_item_may_be_plain_text(void)
{
    dcf_dialect *d = dialect(
        XML("      - {in: 'X[]', when: {T: one}, fields: [{native: V, canonical: case_marker}]}\n"
            "      - {in: 'X[]', fields: [{native: ., canonical: urn}]}\n"));
    comes_back(d, "<M><X><T>one</T><V>1</V></X><X>u</X></M>");
    kit_expect(d, "<M><X>u</X><X>u</X></M>", DCF_FAULT_REPEATED, "M/X[2]");
    dcf_dialect_free(d);
}

static void a_group_without_when_takes_the_rest(void)
{
    dcf_dialect *d = dialect(XML("      - {in: X, when: {T: one}, fields: [{native: V, canonical: "
                                 "case_marker}]}\n"
                                 "      - {in: X, fields: [{native: T, canonical: urn}]}\n"));
    comes_back(d, "<M><X><T>one</T><V>1</V></X></M>");
    comes_back(d, "<M><X><T>two</T></X></M>");
    dcf_dialect_free(d);
}

static void one_item_may_be_required(void)
{
    dcf_dialect *d = dialect(JSON("      - in: 'one[]'\n        required: true\n        fields:\n"
                                  "          - {native: a, canonical: urn, required: true}\n"));
    kit_expect(d, "{}", DCF_FAULT_REQUIRED, "one/a");
    kit k;
    kit_read(&k, d, "{\"one\":[{\"a\":\"1\"}]}");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    k.envelope->case_submission->urn = (char *)"";
    expect_told(&k, d, DCF_FAULT_REQUIRED, "one[1]/a");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void items_are_numbered_as_they_stand(void)
{
    dcf_dialect *d =
        dialect(JSON("      - {in: 'x[]', when: {t: one}, fields: [{native: v, canonical: urn}]}\n"
                     "      - each: x\n        canonical: defendants\n        fields:\n"
                     "          - {native: v, canonical: asn}\n"
                     "          - {native: w, canonical: pnc_id, max: 1}\n"));
    kit k;
    kit_read(&k, d, "{\"x\":[{\"t\":\"one\",\"v\":\"1\"},{\"v\":\"2\"},{\"v\":\"3\"}]}");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    k.envelope->case_submission->defendants[1]->pnc_id = (char *)"long";
    expect_told(&k, d, DCF_FAULT_TOO_LONG, "x[3]/w");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void of_several_discriminators_the_first_counts(void)
{
    dcf_dialect *d =
        dialect("dialect: t\nversion: '1'\nformat: xml\nmessages:\n  Ok:\n    canonical: receipt\n"
                "    root: R\n    when: {S/Class: Fine}\n    where: {kind: RECEIPT_KIND_ACCEPTED}\n"
                "  Bad:\n    canonical: receipt\n    root: R\n    fields:\n"
                "      - each: S\n        canonical: faults\n        fields:\n"
                "          - {native: Class, canonical: code}\n");
    kit k;
    kit_read(&k, d, "<R><S><Class>Bad</Class></S><S><Class>Fine</Class></S></R>");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_STRING_EQUAL(k.envelope->native->message, "Bad");
    CU_ASSERT_EQUAL(k.envelope->receipt->n_faults, 2);
    kit_end(&k);
    kit_read(&k, d, "<R><S><Class/></S></R>"); /* an empty one is none */
    CU_ASSERT_STRING_EQUAL(k.envelope->native->message, "Bad");
    kit_end(&k);
    kit_read(&k, d, "<R><S><Class>Fine</Class></S></R>");
    CU_ASSERT_STRING_EQUAL(k.envelope->native->message, "Ok");
    CU_ASSERT_EQUAL(k.envelope->receipt->kind, DCF__V1__RECEIPT_KIND__RECEIPT_KIND_ACCEPTED);
    kit_end(&k);
    dcf_dialect_free(d);
}

/* --- wrappers and messages ------------------------------------------------------------------- */

#define WRAPPED                                                                                    \
    "dialect: t\nversion: '1'\nformat: xml\nnamespaces:\n  n: ['urn:n', '']\n"                     \
    "drop:\n  - {native: '@shown', reason: display}\n  - {native: 'n:Note', reason: display}\n"    \
    "wrappers:\n"                                                                                  \
    "  - root: W\n    payload: Content\n    write: true\n    fields:\n"                            \
    "      - {native: '@Way', canonical: /request_kind}\n"                                         \
    "      - {native: Head/Kind, wrap: true}\n"                                                    \
    "      - {native: Head/Id, canonical: /message_id}\n"                                          \
    "      - {native: Head/Sort, canonical: /causation_id, only: read}\n"                          \
    "      - {native: Head/Sort, canonical: /correlation_id, only: write}\n"                       \
    "messages:\n"                                                                                  \
    "  A:\n    canonical: case_submission\n"                                                       \
    "    wrap: {'@Way': Request, Head/Kind: new, Head/Sort: plain}\n"                              \
    "    fields: [{native: 'n:URN', canonical: urn}]\n"                                            \
    "  Ok:\n    canonical: receipt\n    only: read\n    where: {kind: RECEIPT_KIND_ACCEPTED}\n"    \
    "    fields: [{native: URN, canonical: urn}]\n"                                                \
    "  R:\n    canonical: receipt\n    wrapped: false\n    where: {kind: RECEIPT_KIND_REJECTED}\n" \
    "    fields: [{native: URN, canonical: urn}]\n"

static void a_message_sets_values_of_its_wrapper(void)
{
    dcf_dialect *d = dialect(WRAPPED);
    const char *inside = "<Content><A><URN xmlns=\"urn:n\">u</URN></A></Content></W>";
    char doc[300];
    snprintf(doc, sizeof doc, "<W Way=\"Request\">%s", inside); /* they open no parent */
    becomes(d, "<A><URN xmlns=\"urn:n\">u</URN></A>", doc);
    snprintf(doc, sizeof doc,
             "<W Way=\"Result\"><Head><Kind>old</Kind><Id>i</Id></Head>"
             "<Content><A><URN>u</URN></A></Content></W>");
    char out[300];
    snprintf(out, sizeof out,
             "<W Way=\"Result\"><Head><Kind>new</Kind><Id>i</Id><Sort>plain</Sort></Head>%s",
             inside);
    becomes(d, doc, out);
    dcf_dialect_free(d);
}

static void a_message_may_stand_without_the_wrapper(void)
{
    dcf_dialect *d = dialect(WRAPPED);
    comes_back(d, "<R><URN>u</URN></R>");
    becomes(d, "<W><Content><R><URN>u</URN></R></Content></W>", "<R><URN>u</URN></R>");
    dcf_dialect_free(d);
}

#define DELIVERED                                                                                  \
    "dialect: t\nversion: '1'\nformat: xml\nwrappers:\n"                                           \
    "  - root: D\n    payload: Message\n    unwrap: true\n    fields:\n"                           \
    "      - {native: Id, canonical: /correlation_id, also: /source_message_id, as: token,\n"      \
    "         only: read, weak: true}\n"                                                           \
    "  - root: W\n    payload: P\n    write: true\n    fields:\n"                                  \
    "      - {native: Id, canonical: /correlation_id, required: true}\n"                           \
    "      - {native: Kind, canonical: /request_kind}\n"                                           \
    "messages:\n  A:\n    canonical: case_submission\n"                                            \
    "    fields: [{native: URN, canonical: urn, max: 3}, {native: I, canonical: informant,\n"      \
    "              max: 3, check: error}]\n"

static void a_weak_row_yields_to_any_other(void)
{
    dcf_dialect *d = dialect(DELIVERED);
    const char *inner = "<W><Id>inner</Id><P><A><URN>u</URN></A></P></W>";
    char doc[200];
    snprintf(doc, sizeof doc, "<D><Id>hop</Id><Message>%s</Message></D>", inner);
    becomes(d, doc, inner);
    snprintf(doc, sizeof doc, "<D><Message>%s</Message><Id>hop</Id></D>", inner);
    becomes(d, doc, inner);
    kit k;
    kit_read(&k, d, "<D><Id> hop </Id><Message><A><URN>u</URN></A></Message></D>");
    CU_ASSERT_STRING_EQUAL(k.envelope->correlation_id, "hop");
    CU_ASSERT_STRING_EQUAL(k.envelope->source_message_id, "hop");
    kit_end(&k);
    kit_expect(d, "<D><Id>two words</Id><Message><A/></Message></D>", DCF_FAULT_BAD_VALUE, "D/Id");
    dcf_dialect_free(d);
}

static void a_message_that_came_bare_goes_bare(void)
{
    dcf_dialect *d = dialect(DELIVERED);
    comes_back(d, "<A><URN>u</URN></A>");
    kit k; /* with a header that is known in part, what is missing is told */
    kit_read(&k, d, "<A><URN>u</URN></A>");
    k.envelope->request_kind = (char *)"Request";
    expect_told(&k, d, DCF_FAULT_REQUIRED, "W/Id");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void a_long_value_is_read_whole_and_told(void)
{
    dcf_dialect *d = dialect(DELIVERED);
    kit k;
    kit_read(&k, d, "<A><URN>four</URN></A>");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->urn, "four");
    CU_ASSERT_EQUAL(k.faults.errors, 0);
    expect_told(&k, d, DCF_FAULT_TOO_LONG, "A/URN");
    kit_end(&k);
    kit_read(&k, d, "<A><I>four</I></A>");
    CU_ASSERT_TRUE(dcf_is(k.status, DCF_E_FAULTY));
    CU_ASSERT_EQUAL(k.faults.errors, 1);
    kit_end(&k);
    dcf_dialect_free(d);
}

static void a_message_may_be_understood_and_never_written(void)
{
    dcf_dialect *d = dialect(WRAPPED);
    kit k;
    kit_read(&k, d, "<Ok><URN>u</URN></Ok>");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_EQUAL(k.envelope->receipt->kind, DCF__V1__RECEIPT_KIND__RECEIPT_KIND_ACCEPTED);
    expect_told(&k, d, DCF_FAULT_NOT_CARRIED, "");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void a_namespace_may_be_none_and_a_name_dropped_everywhere(void)
{
    dcf_dialect *d = dialect(WRAPPED);
    kit_expect(d, "<A shown='1'><URN shown='2'>u</URN><Note>x</Note></A>", 0, NULL);
    kit_expect(d, "<A><x:URN xmlns:x='urn:n' x:shown='1'>u</x:URN><x:Note xmlns:x='urn:n'/></A>", 0,
               NULL);
    kit_expect(d, "<W shown='1'><Head shown='1'/><Content><R><URN>u</URN></R></Content></W>", 0,
               NULL);
    kit_expect(d, "<A><URN xmlns='urn:m'>u</URN></A>", DCF_FAULT_WRONG_NAMESPACE, "A/URN");
    kit_expect(d, "<A><Note xmlns='urn:m'/></A>", DCF_FAULT_UNMAPPED, "A/Note");
    kit_expect(d, "<A hidden='1'/>", DCF_FAULT_UNMAPPED, "A/@hidden");
    dcf_dialect_free(d);
}

static void a_message_says_where_a_receiver_takes_it(void)
{
    dcf_dialect *d = dialect("dialect: t\nversion: '1'\nformat: json\nmessages:\n"
                             "  m:\n    canonical: case_submission\n"
                             "    path: /v1/{urn}/of-{initial_hearing.date}{/case_key}/x\n"
                             "    fields: [{native: a, canonical: urn}]\n"
                             "  n:\n    canonical: receipt\n    when: {t: n}\n");
    kit k;
    kit_read(&k, d, "{\"a\":\"\xC3\xA9 1/2\"}");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_TRUE(dcf_is(dcf_dialect_path(d, k.envelope, &k.out), DCF_E_FAULTY)); /* no hearing */
    Dcf__V1__Hearing hearing = DCF__V1__HEARING__INIT;
    hearing.date = (char *)"2026-01-02";
    k.envelope->case_submission->initial_hearing = &hearing;
    k.envelope->case_key = (char *)"a-b_c.d~e";
    dcf_buf_clear(&k.out);
    CU_ASSERT_TRUE(dcf_ok(dcf_dialect_path(d, k.envelope, &k.out)));
    CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&k.out), "/v1/%C3%A9%201%2F2/of-2026-01-02a-b_c.d~e/x");
    kit_end(&k);
    kit_read(&k, d, "{\"t\":\"n\"}");
    CU_ASSERT_TRUE(dcf_is(dcf_dialect_path(d, k.envelope, &k.out), DCF_E_NOT_FOUND));
    k.envelope->body_case = DCF__V1__ENVELOPE__BODY__NOT_SET;
    CU_ASSERT_TRUE(dcf_is(dcf_dialect_path(d, k.envelope, &k.out), DCF_E_FAULTY));
    kit_end(&k);
    dcf_dialect_free(d);
}

/* --- mistakes -------------------------------------------------------------------------------- */

#define POST(path)                                                                                 \
    "dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: case_submission\n"    \
    "    path: " path "\n"

#define WRAPPER                                                                                    \
    "dialect: t\nversion: '1'\nformat: xml\nwrappers:\n  - root: W\n    payload: P\n    write: "   \
    "true\n    fields:\n      - {native: A, wrap: true}\n      - {native: B, const: b}\n"

static void mistakes_are_told_with_their_line(void)
{
    static const struct {
        const char *yaml;
        unsigned line;
        const char *says;
    } rows[] = {
        {JSON("      - {native: a, canonical: urn, only: read}\n"
              "      - {native: a, canonical: urn}\n"),
         9, "twice (first in line 8)"},
        {JSON(READ_ID WRITE_ID READ_ID), 10, "twice"},
        {JSON(READ_ID READ_ID), 9, "twice"},
        {JSON("      - {native: a, canonical: urn, also: nope}\n"), 8, "no field"},
        {JSON("      - {native: a, canonical: urn, also: domestic_abuse}\n"), 8, "kind of"},
        {JSON("      - {native: a, canonical: urn, else: monitoring_codes}\n"), 8, "kind of"},
        {JSON("      - {native: a, canonical: urn, else: [urn]}\n"), 8, "one text"},
        {JSON("      - {native: a, canonical: /sent_at, as: date_part, also: urn}\n"), 8, "whole"},
        {JSON("      - {native: a, canonical: [urn, informant], as: {join: '-'}, else: urn}\n"), 8,
         "whole"},
        {JSON("      - {native: a, canonical: urn, where: {nope: x}}\n"), 8, "no field"},
        {JSON("      - {native: a, canonical: urn, where: x}\n"), 8, "a map of canonical"},
        {JSON("      - {native: a, canonical: urn, where: {urn: [x]}}\n"), 8, "a map of canonical"},
        {JSON("      - {native: a, canonical: urn, where: {kind: NOPE}}\n"), 8, "no value of"},
        {JSON("      - {native: a, const: x, where: {domestic_abuse: 'yes'}}\n"), 8, "no value of"},
        {JSON("      - {in: a, where: {defendants: x}, fields: []}\n"), 8, "no value of"},
        {JSON("      - {native: a, canonical: urn, as: {flag: X}}\n"), 8, "not repeated"},
        {JSON("      - {native: a, canonical: monitoring_codes, as: flag}\n"), 8, "argument"},
        {JSON("      - {native: a, canonical: urn, as: {datetime: local}}\n"), 8, "argument"},
        {JSON("      - {native: a, canonical: urn, as: {time: zoned}}\n"), 8, "argument"},
        {JSON("      - {in: 'a[0]', fields: []}\n"), 8, "no group"},
        {JSON("      - {native: a/b, canonical: urn}\n      - {in: 'a[]', fields: []}\n"), 9,
         "once as a list"},
        {JSON(
             "      - {native: 'a[]', canonical: monitoring_codes}\n      - {in: a, fields: []}\n"),
         9, "once as a list"},
        {JSON("      - {in: a, fields: []}\n      - {in: a, where: {urn: '*'}, fields: []}\n"), 9,
         "for all of it"},
        {JSON("      - {in: 'a[]', fields: []}\n      - {in: 'a[]', fields: []}\n"), 9,
         "already mapped in line 8"},
        {JSON("      - {in: 'a[]', when: {x: 1}, fields: []}\n"
              "      - {in: 'a[]', when: {x: '*'}, fields: []}\n"),
         9, "already mapped in line 8"},
        {JSON("      - {in: 'a[]', when: {x: '*'}, fields: []}\n"
              "      - {in: 'a[]', when: {x: 1}, fields: []}\n"),
         9, "already mapped in line 8"},
        {JSON("      - {in: 'a[]', fields: []}\n      - {native: a/b, canonical: urn}\n"), 9,
         "inside it"},
        {JSON("      - {in: a, when: {'b[]': '*'}, fields: []}\n"), 8, "\"when\" is a map"},
        {XML("      - {in: A, when: {'x:B': '*'}, fields: []}\n"), 8, "not declared"},
        {XML("      - {native: A, wrap: true}\n"), 8, "a wrapper"},
        {"dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: receipt\n"
         "    only: write\n",
         7, "\"only\""},
        {"dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: receipt\n"
         "    wrapped: no\n",
         7, "true or false"},
        {"dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: receipt\n"
         "    wrap: {a: b}\n",
         7, "a written wrapper"},
        {POST("/v1/{urm}"), 7, "the nearest is \"urn\""},
        {POST("/v1/{urn"), 7, "{FIELD}"},
        {POST("/v1/{urn}/{kind}"), 7, "{FIELD}"},
        {POST("/v1/{monitoring_codes}"), 7, "{FIELD}"},
        {POST("[x]"), 7, "one text"},
        {WRAPPER "messages:\n  m:\n    canonical: receipt\n    wrap: {A: x, B: y}\n", 14,
         "\"B\" is no row"},
        {WRAPPER "messages:\n  m:\n    canonical: receipt\n    wrap: {C: x}\n", 14,
         "\"C\" is no row"},
        {WRAPPER "messages:\n  m:\n    canonical: receipt\n    wrap: x\n", 14, "a written wrapper"},
        {WRAPPER "      - {native: D, wrap: false}\n", 11, "\"wrap\""},
        {WRAPPER "      - {native: D, wrap: true, canonical: urn}\n", 11, "no key"},
        {"dialect: t\nversion: '1'\nformat: json\ndrop:\n  - {native: 'a*', reason: x}\n", 5,
         "a pattern is"},
        {"dialect: t\nversion: '1'\nformat: json\ndrop:\n  - {native: 'a/b', reason: x}\n", 5,
         "a pattern is"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kit k;
        dcf_dialect *d = NULL;
        dcf_status s = kit_load_text(&k, rows[i].yaml, &d);
        bool found = false;
        for (size_t n = 0; n < k.faults.count; n++)
            found = found || (k.faults.items[n].line == rows[i].line &&
                              strstr(k.faults.items[n].detail, rows[i].says));
        if (!found)
            printf("\n%s  expects line %u: %s\n", rows[i].yaml, rows[i].line, rows[i].says),
                kit_show(&k);
        CU_ASSERT_TRUE(found && dcf_is(s, DCF_E_CONFIG));
        kit_end(&k);
    }
}

#define TESTS(X)                                                                                   \
    X(one_path_is_read_to_one_field_and_written_from_another)                                      \
    X(two_paths_of_one_field_must_agree)                                                           \
    X(required_counts_in_the_directions_of_its_row)                                                \
    X(else_opens_its_parent)                                                                       \
    X(also_sets_a_second_field_once)                                                               \
    X(a_row_is_written_where_its_field_is)                                                         \
    X(a_group_is_written_where_its_field_is)                                                       \
    X(an_element_may_hold_rows_of_a_submessage)                                                    \
    X(a_flag_is_a_word_in_a_list)                                                                  \
    X(a_code_may_stand_for_the_rest)                                                               \
    X(a_token_is_one_word) X(presence_tells_alternatives_apart_and_keeps_their_order)              \
        X(one_item_of_an_array_is_a_group) X(one_item_may_be_plain_text)                           \
            X(a_group_without_when_takes_the_rest) X(one_item_may_be_required) X(                  \
                items_are_numbered_as_they_stand) X(of_several_discriminators_the_first_counts)    \
                X(a_message_sets_values_of_its_wrapper) X(a_message_may_stand_without_the_wrapper) \
                    X(a_weak_row_yields_to_any_other) X(a_message_that_came_bare_goes_bare)        \
                        X(a_long_value_is_read_whole_and_told)                                     \
                            X(a_message_may_be_understood_and_never_written)                       \
                                X(a_message_says_where_a_receiver_takes_it)                        \
                                    X(a_namespace_may_be_none_and_a_name_dropped_everywhere)       \
                                        X(mistakes_are_told_with_their_line)
UNIT_MAIN("translate.language", TESTS)
