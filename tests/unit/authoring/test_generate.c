/* test_generate.c - documents made from a mapping keep the round-trip laws of the mapping. */
#include "../translate/kit.h"
#include "authoring/generate.h"
#include "one_way.h"

enum { DOCUMENTS = 300 };

static void one(const dcf_dialect *d, const char *name, uint64_t seed, size_t *read)
{
    kit k, again;
    const char *message = "";
    DCF_CLEANUP(dcf_buf_fini) dcf_buf doc = {0};
    kit_begin(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_generate(d, seed, &k.arena, &doc, &message)));
    k.status = dcf_to_canonical(d, dcf_buf_span(&doc), NULL, &k.arena, &k.faults, &k.envelope);
    bool good =
        dcf_ok(k.status) && dcf_ok(dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out));
    bool excused = k.envelope && one_way(k.envelope);
    *read += good || excused;
    kit_begin(&again);
    if (good) {
        again.status = dcf_to_canonical(d, dcf_buf_span(&k.out), NULL, &again.arena, &again.faults,
                                        &again.envelope);
        good = dcf_ok(again.status) && kit_same(k.envelope, again.envelope);
    }
    good = good || excused;
    if (!good) {
        printf("\n  %s seed %llu, %s:\n%s\n%s\n", name, (unsigned long long)seed, message,
               dcf_buf_cstr(&doc), dcf_buf_cstr(&k.out));
        kit_show(&k);
        kit_show(&again);
    }
    CU_ASSERT_TRUE(good);
    kit_end(&again);
    kit_end(&k);
}

static void check_all(const dcf_dialect *d, const char *name)
{
    size_t read = 0;
    for (uint64_t seed = 0; seed < DOCUMENTS; seed++) one(d, name, seed, &read);
    CU_ASSERT_EQUAL(read, DOCUMENTS);
}

static void check(const char *name, const char *path)
{
    dcf_dialect *d = kit_dialect(path);
    check_all(d, name);
    dcf_dialect_free(d);
}

static void generated_documents_of_every_construct_come_back(void)
{
    check("xml", KIT_DIR "xml.yaml");
    check("json", KIT_DIR "json.yaml");
    check("csv", KIT_DIR "csv.yaml");
}

/* Ids name what is there, once, though references are followed through each other. */
static void generated_documents_with_references_come_back(void)
{
    check("refs", KIT_DIR "refs.yaml");
}

static void generated_documents_of_the_dialects_come_back(void)
{
    check("spi", "adapters/dialect/spi/mapping.yaml");
    check("pole", "adapters/dialect/pole/mapping.yaml");
    check("cms", "adapters/dialect/cms/mapping.yaml");
    check("extract", "adapters/dialect/extract/mapping.yaml");
    check("twif", "adapters/dialect/twif/mapping.yaml");
}

/* Documents of a mapping that is given as text come back; the caller frees it. */
static dcf_dialect *check_text(const char *name, const char *yaml)
{
    kit load;
    dcf_dialect *d = NULL;
    dcf_status s = kit_load_text(&load, yaml, &d);
    kit_show(&load);
    CU_ASSERT_TRUE_FATAL(dcf_ok(s));
    kit_end(&load);
    check_all(d, name);
    return d;
}

static void an_alternative_has_what_it_is_told_by(void)
{
    dcf_dialect *d = check_text(
        "alternatives",
        "dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: case_submission\n"
        "    fields:\n      - {native: urn, canonical: urn, required: true}\n"
        "      - {each: x, canonical: defendants, when: {o/name: '*'}, fields: [{native: o/name, "
        "canonical: organisation.name}, {native: asn, canonical: asn}]}\n"
        "      - {each: x, canonical: witnesses, when: {seen: '*'}, fields: [{native: seen, "
        "canonical: occupation}, {native: land, canonical: nationality}]}\n");
    dcf_dialect_free(d);
}

/* The first document has all that may be there. */
static void expect_in_the_first(const dcf_dialect *d, const char *text)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf doc = {0};
    const char *message;
    kit k;
    kit_begin(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_generate(d, 0, &k.arena, &doc, &message)));
    if (!strstr(dcf_buf_cstr(&doc), text)) printf("\n  no %s in %s\n", text, dcf_buf_cstr(&doc));
    CU_ASSERT_PTR_NOT_NULL(strstr(dcf_buf_cstr(&doc), text));
    kit_end(&k);
}

static void conditions_agree_with_those_before_them(void)
{
    dcf_dialect *d = check_text(
        "conditions",
        "dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: case_submission\n"
        "    fields:\n      - {native: urn, canonical: urn, required: true}\n"
        "      - {in: a, where: {informant: '*'}, fields: [{native: x, canonical: case_marker}]}\n"
        "      - {in: b, where: {informant: '*'}, fields: [{native: x, canonical: case_type}]}\n"
        "      - {in: c, where: {informant: ''}, fields: [{native: x, canonical: code_test}]}\n"
        "      - {native: at, canonical: informant, as: {time: 'HH:MM'}}\n");
    expect_in_the_first(d, "\"a\":{");
    expect_in_the_first(d, "\"b\":{");
    expect_in_the_first(d, "\"at\":\"");
    dcf_dialect_free(d);
}

static void the_same_seed_makes_the_same_document(void)
{
    dcf_dialect *d = kit_dialect("adapters/dialect/pole/mapping.yaml");
    DCF_CLEANUP(dcf_buf_fini) dcf_buf a = {0}, b = {0}, c = {0};
    const char *message;
    kit k;
    kit_begin(&k);
    CU_ASSERT_TRUE(dcf_ok(dcf_generate(d, 42, &k.arena, &a, &message)));
    CU_ASSERT_TRUE(dcf_ok(dcf_generate(d, 42, &k.arena, &b, &message)));
    CU_ASSERT_TRUE(dcf_ok(dcf_generate(d, 142, &k.arena, &c, &message)));
    CU_ASSERT_TRUE(dcf_span_eq(dcf_buf_span(&a), dcf_buf_span(&b)));
    CU_ASSERT_FALSE(dcf_span_eq(dcf_buf_span(&a), dcf_buf_span(&c)));
    kit_end(&k);
    dcf_dialect_free(d);
}

#define TESTS(X)                                                                                   \
    X(generated_documents_of_every_construct_come_back)                                            \
    X(generated_documents_with_references_come_back)                                               \
    X(generated_documents_of_the_dialects_come_back)                                               \
    X(an_alternative_has_what_it_is_told_by)                                                       \
    X(conditions_agree_with_those_before_them)                                                     \
    X(the_same_seed_makes_the_same_document)
UNIT_MAIN("generate", TESTS)
