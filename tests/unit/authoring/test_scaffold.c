/* test_scaffold.c - a mapping made of samples compiles, reads them, guesses well and tells no
 * values. */
#include "../translate/kit.h"
#include "authoring/scaffold.h"

static const char JSON_ONE[] =
    "{\"msg\":\"B-1\",\"sent\":\"2026-03-04T10:11:12Z\",\"ref\":\"45AB0012326\",\"type\":\"PC\","
    "\"dv\":\"Y\",\"people\":[{\"surname\":\"Ngwenya\",\"born\":\"01/02/"
    "1990\",\"sex\":\"F\",\"shoe\":9,"
    "\"charges\":[{\"code\":\"TH68001\",\"text\":\"stole\"}]}],\"extra\":{\"a\":[1],\"b\":null}}";
static const char JSON_TWO[] =
    "{\"msg\":\"B-2\",\"ref\":\"45AB0012426\",\"type\":\"CH\",\"people\":[]}";
static const char XML[] =
    "<c:File xmlns:c='urn:c' xmlns:p='urn:p' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
    "xsi:schemaLocation='a b'><c:CaseURN>45AB0012326</c:CaseURN>"
    "<c:Accused id='1'><p:LastName>Ngwenya</p:LastName><p:DateOfBirth>1990-02-01</p:DateOfBirth>"
    "</c:Accused><c:Empty/><plain>x</plain></c:File>";
static const char ROWS[] = "C,45AB0012326,N\r\nD,1,NGWENYA,01/02/1990\r\nO,1,TH68001\r\n"
                           "D,2,ODE,01/02/1991\r\nO,2,TH68001\r\nT,5\r\n";
static const char TABLE[] = "Case Ref;Surname;Date of Birth\r\n45AB0012326;NGWENYA;01/02/1990\r\n"
                            "45AB0012326;ODE;11/12/1980\r\n";

static dcf_scaffold_sample sample(const char *text)
{
    return (dcf_scaffold_sample){"one", dcf_span_str(text)};
}

/* Scaffolds; the mapping is in k->out, and what it makes of each sample has no error. */
static void scaffold(kit *k, const dcf_scaffold_sample *samples, size_t count)
{
    kit load;
    dcf_dialect *d = NULL;
    const dcf_scaffold_wish wish = {.dialect = "new"};
    kit_begin(k);
    CU_ASSERT_TRUE_FATAL(
        dcf_ok(dcf_scaffold(samples, count, &wish, &k->arena, &k->faults, &k->out)));
    dcf_status s = kit_load_text(&load, dcf_buf_cstr(&k->out), &d);
    if (dcf_failed(s)) printf("%s\n", dcf_buf_cstr(&k->out));
    kit_show(&load);
    CU_ASSERT_TRUE_FATAL(dcf_ok(s));
    kit_end(&load);
    for (size_t i = 0; i < count; i++) {
        kit read;
        kit_read_span(&read, d, samples[i].bytes);
        kit_show(&read);
        CU_ASSERT_TRUE(dcf_ok(read.status));
        kit_end(&read);
    }
    dcf_dialect_free(d);
}

#define HAS(k, text)     CU_ASSERT_PTR_NOT_NULL(strstr(dcf_buf_cstr(&(k).out), text))
#define HAS_NOT(k, text) CU_ASSERT_PTR_NULL(strstr(dcf_buf_cstr(&(k).out), text))

static void json_is_guessed_by_name_and_value(void)
{
    kit k;
    const dcf_scaffold_sample both[] = {sample(JSON_ONE), sample(JSON_TWO)};
    scaffold(&k, both, 2);
    HAS(k, "{native: msg, canonical: /source_message_id}");
    HAS(k, "{native: ref, canonical: urn, as: urn}");
    HAS(k, "{native: type, canonical: kind, as: {code: kind}}");
    HAS(k, "PC: SUBMISSION_KIND_PRE_CHARGE, CH: SUBMISSION_KIND_CHARGED");
    HAS(k, "{native: born, canonical: person.birth_date, as: {date: DD/MM/YYYY}}");
    HAS(k, "canonical: offences");
    HAS(k, "{native: shoe, reason: not yet mapped}  # choose: a number");
    HAS(k, "as: {boolean: {\"true\": \"Y\", \"false\": \"N\"}}");
    kit_end(&k);
}

static void a_word_for_yes_finds_its_no_in_the_same_hand(void)
{
    static const char *const rows[][2] = {
        {"TRUE", "{\"true\": \"TRUE\", \"false\": \"FALSE\"}"},
        {"No", "{\"true\": \"Yes\", \"false\": \"No\"}"},
        {"n", "{\"true\": \"y\", \"false\": \"n\"}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kit k;
        char text[200];
        snprintf(text, sizeof text, "{\"msg\":\"B-1\",\"ref\":\"45AB0012326\",\"dv\":\"%s\"}",
                 rows[i][0]);
        const dcf_scaffold_sample one[] = {sample(text)};
        scaffold(&k, one, 1);
        HAS(k, rows[i][1]);
        kit_end(&k);
    }
}

static void documents_of_different_members_are_different_messages(void)
{
    kit k;
    const dcf_scaffold_sample both[] = {
        sample("{\"type\":\"NEW\",\"urn\":\"45AB0012326\",\"defendants\":[{\"surname\":\"x\"}]}"),
        sample("{\"type\":\"ANSWER\",\"outcome\":\"rejected\",\"reasons\":[{\"code\":\"T1\"}]}")};
    scaffold(&k, both, 2);
    HAS(k, "when: {type: NEW}");
    HAS(k, "when: {type: ANSWER}");
    HAS(k, "canonical: triage_outcome");
    kit_end(&k);
}

static void xml_keeps_its_namespaces_and_finds_lists_of_one(void)
{
    kit k;
    const dcf_scaffold_sample one[] = {sample(XML)};
    scaffold(&k, one, 1);
    HAS(k, "default: \"urn:c\"");
    HAS(k, "- each: Accused");
    HAS(k, "{native: \"n2:LastName\", canonical: person.name.family_name}");
    kit_end(&k);
}

static void parts_that_name_each_other_are_remarked(void)
{
    kit k;
    const dcf_scaffold_sample xml[] = {
        sample("<D ref='D-1' kind='precharge'><People><Person id='p1' surname='Ngwenya'/>"
               "<Person id='p2' surname='Ode'/></People><Charges><Charge against='p1' "
               "code='TH68001'/><Charge against='p1' code='TH68010'/></Charges>"
               "<Officer is='p2'/></D>")};
    const dcf_scaffold_sample json[] = {
        sample("{\"urn\":\"45AB0012326\",\"people\":[{\"id\":\"a\"},{\"id\":\"b\"}],"
               "\"notes\":[{\"of\":\"b\",\"text\":\"x\"},{\"of\":\"a\",\"text\":\"y\"}]}")};
    scaffold(&k, xml, 1);
    HAS(k, "{nest: \"Charges/Charge\", in: \"People/Person\", on: {\"@against\": \"@id\"}}");
    HAS(k, "{fetch: \"People/Person\", at: \"Officer\", on: {\"@id\": \"@is\"}}");
    HAS(k, "- each: People/Person\n        canonical: defendants"); /* a list in a frame */
    HAS(k, "{native: \"@ref\", canonical: /source_message_id}");
    HAS(k, "precharge: SUBMISSION_KIND_PRE_CHARGE");
    kit_end(&k);
    scaffold(&k, json, 1);
    HAS(k, "{nest: \"notes[]\", in: \"people\", on: {\"of\": \"id\"}}");
    kit_end(&k);
}

static void tables_are_guessed_with_and_without_headings(void)
{
    kit k;
    const dcf_scaffold_sample rows[] = {sample(ROWS)}, table[] = {sample(TABLE)};
    scaffold(&k, rows, 1);
    HAS(k, "O: {in: D");
    HAS(k, "{native: C/c1, canonical: urn, as: urn}");
    kit_end(&k);
    scaffold(&k, table, 1);
    HAS(k, "separator: \";\"");
    HAS(k, "canonical: person.birth_date, as: {date: DD/MM/YYYY}");
    kit_end(&k);
}

/* A trailer of both, and a record of the second alone, belong to nothing of the first. */
static void tables_of_two_kinds_are_read_by_one_mapping(void)
{
    kit k;
    const dcf_scaffold_sample both[] = {
        sample("H;1\nC;45AB0012326\nP;1;x\nD;TH68001\nD;TH68010\nP;2;y\nZ;7\n"),
        sample("H;2\nR;45AB0012326;no\nZ;3\n")};
    scaffold(&k, both, 2);
    kit_end(&k);
}

/* The word stands in a head that is the same in all, two levels down. */
static void a_word_deep_in_a_head_tells_messages_apart(void)
{
    kit k;
    const dcf_scaffold_sample both[] = {
        sample("{\"doc\":{\"head\":{\"kind\":\"Opened\",\"id\":\"a\",\"at\":\"b\"},"
               "\"body\":{\"urn\":\"45AB0012326\",\"track\":\"x\",\"da\":false}}}"),
        sample("{\"doc\":{\"head\":{\"kind\":\"Given\",\"id\":\"c\",\"at\":\"d\"},"
               "\"body\":{\"urn\":\"45AB0012326\",\"reply\":\"y\",\"state\":\"OK\"}}}")};
    scaffold(&k, both, 2);
    HAS(k, "when: {doc/head/kind: Opened}");
    HAS(k, "when: {doc/head/kind: Given}");
    kit_end(&k);
    const dcf_scaffold_sample same[] = {
        sample("{\"doc\":{\"head\":{\"kind\":\"Opened\",\"id\":\"a\",\"at\":\"b\"},"
               "\"body\":{\"urn\":\"45AB0012326\",\"track\":\"x\",\"da\":false}}}"),
        sample("{\"doc\":{\"head\":{\"kind\":\"Again\",\"id\":\"c\",\"at\":\"d\"},"
               "\"body\":{\"urn\":\"45AB0012326\",\"track\":\"y\",\"state\":\"OK\"}}}")};
    scaffold(&k, same, 2);
    HAS_NOT(k, "when:");
    kit_end(&k);
}

static void lists_in_lists_are_read(void)
{
    kit k;
    const dcf_scaffold_sample one[] = {sample(
        "{\"urn\":\"45AB0012326\",\"defendants\":[{\"surname\":\"Ode\",\"offences\":[[\"TH68001\","
        "\"2026-03-01\"],[\"TH68010\"]],\"aliases\":[[{\"a\":1},{\"a\":2}],[{\"a\":3}]]}]}")};
    scaffold(&k, one, 1);
    HAS(k, "{native: \"[]\", reason: not yet mapped}");
    kit_end(&k);
}

/* Whether by its bytes or by its size: why is said, and where. */
static void what_is_no_document_is_told(void)
{
    enum { SIZE = 3 << 20 };
    char *bytes = malloc(SIZE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    memset(bytes, 'x', SIZE);
    static const size_t sizes[] = {300, SIZE};
    for (size_t i = 0; i < 2; i++) {
        kit k;
        kit_begin(&k);
        const dcf_scaffold_sample binary = {"a.bin", dcf_span_of(bytes, sizes[i])};
        const dcf_scaffold_wish wish = {.dialect = "new"};
        CU_ASSERT_TRUE(
            dcf_is(dcf_scaffold(&binary, 1, &wish, &k.arena, &k.faults, &k.out), DCF_E_FAULTY));
        CU_ASSERT_TRUE(k.faults.errors > 0 && k.faults.items[0].line == 1 &&
                       k.faults.items[0].code == DCF_FAULT_NOT_WELL_FORMED);
        kit_end(&k);
    }
    free(bytes);
}

static void no_value_of_a_person_is_shown(void)
{
    const char *const all[] = {JSON_ONE, XML, ROWS, TABLE};
    for (size_t i = 0; i < 4; i++) {
        kit k;
        const dcf_scaffold_sample one[] = {sample(all[i])};
        scaffold(&k, one, 1);
        HAS_NOT(k, "Ngwenya");
        HAS_NOT(k, "NGWENYA");
        HAS_NOT(k, "45AB0012326");
        HAS_NOT(k, "1990");
        kit_end(&k);
    }
}

#define TESTS(X)                                                                                   \
    X(json_is_guessed_by_name_and_value)                                                           \
    X(a_word_for_yes_finds_its_no_in_the_same_hand)                                                \
    X(documents_of_different_members_are_different_messages)                                       \
    X(xml_keeps_its_namespaces_and_finds_lists_of_one)                                             \
    X(parts_that_name_each_other_are_remarked)                                                     \
    X(a_word_deep_in_a_head_tells_messages_apart)                                                  \
    X(lists_in_lists_are_read)                                                                     \
    X(tables_are_guessed_with_and_without_headings)                                                \
    X(tables_of_two_kinds_are_read_by_one_mapping)                                                 \
    X(what_is_no_document_is_told) X(no_value_of_a_person_is_shown)
UNIT_MAIN("scaffold", TESTS)
