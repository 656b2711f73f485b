/* test_arrays.c - alternatives and arrays: which group a part of a document is, and one item by its
 * number. */
#include "language.h"

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

/* So that what the model has no lists for can be put together again. */
static void carried_values_say_which_item_they_are_of(void)
{
    static const char *const paths[] = {"l[1]/a",    "l[1]/m[1]/b[1]", "l[1]/m[1]/b[2]",
                                        "l[1]/m[2]", "l[2]/m[1]/b[1]", "o/a"};
    dcf_dialect *d = dialect("dialect: t\nversion: '1'\nformat: json\nunknown: carry\nmessages:\n"
                             "  m:\n    canonical: case_submission\n    fields: [{native: urn, "
                             "canonical: urn}]\n");
    kit k;
    kit_read(&k, d,
             "{\"l\":[{\"a\":1,\"m\":[{\"b\":[2,3]},4]},{\"m\":[{\"b\":[5]}]}],\"o\":{\"a\":6}}");
    CU_ASSERT_EQUAL_FATAL(k.envelope->n_extensions, 6);
    for (size_t i = 0; i < 6; i++)
        CU_ASSERT_STRING_EQUAL(k.envelope->extensions[i]->path, paths[i]);
    kit_end(&k);
    dcf_dialect_free(d);
}

static void elements_that_are_carried_are_told_apart(void)
{
    static const char *const paths[] = {"M/A", "M/A[2]", "M/B", "M/C/D", "M/C[2]/D", "M/C[2]/D[2]"};
    dcf_dialect *d = dialect("dialect: t\nversion: '1'\nformat: xml\nunknown: carry\nmessages:\n"
                             "  M:\n    canonical: case_submission\n    fields: [{native: urn, "
                             "canonical: urn}]\n");
    kit k;
    kit_read(&k, d, "<M><A>1</A><A>2</A><B>3</B><C><D>4</D></C><C><D>5</D><D>6</D></C></M>");
    CU_ASSERT_EQUAL_FATAL(k.envelope->n_extensions, 6);
    for (size_t i = 0; i < 6; i++)
        CU_ASSERT_STRING_EQUAL(k.envelope->extensions[i]->path, paths[i]);
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

static void a_drop_beside_alternatives_takes_the_rest(void)
{
    dcf_dialect *d =
        dialect(JSON("      - {in: 'x[]', when: {name: court}, fields: [{native: value, canonical: "
                     "case_type}]}\n") "    drop: [{native: 'x/**', reason: not ours}]\n");
    becomes(d, "{\"x\":[" ITEM("z", "1") "," ITEM("court", "c") ",{\"deep\":[{\"a\":1}]}]}",
            "{\"x\":[" ITEM("court", "c") "]}");
    dcf_dialect_free(d);
    d = dialect(JSON("      - {in: 'x[]', when: {name: court}, fields: [{native: value, canonical: "
                     "case_type}]}\n"));
    kit_expect(d, "{\"x\":[" ITEM("z", "1") "]}", DCF_FAULT_UNMAPPED, "x[1]");
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

#define TESTS(X)                                                                                   \
    X(presence_tells_alternatives_apart_and_keeps_their_order)                                     \
    X(one_item_of_an_array_is_a_group)                                                             \
    X(carried_values_say_which_item_they_are_of)                                                   \
    X(elements_that_are_carried_are_told_apart)                                                    \
    X(one_item_may_be_plain_text)                                                                  \
    X(a_drop_beside_alternatives_takes_the_rest)                                                   \
    X(a_group_without_when_takes_the_rest)                                                         \
    X(one_item_may_be_required)                                                                    \
    X(items_are_numbered_as_they_stand)                                                            \
    X(of_several_discriminators_the_first_counts)
UNIT_MAIN("translate.arrays", TESTS)
