/* test_contract.c - what the contract of a mapping says, and what it leaves to an earlier line. */
#include "../translate/kit.h"
#include "authoring/contract.h"

#define NAME "{native: F, canonical: family_name}, {native: G, canonical: given_name_1}"
#define SUSPECT                                                                                    \
    "dialect: w\nversion: '1'\nformat: xml\nwrappers:\n"                                           \
    "  - {root: E, payload: P, write: true, fields: [{native: '@id', canonical: "                  \
    "/source_message_id}],\n     drop_canonical: [{canonical: source.user, reason: theirs}]}\n"    \
    "messages:\n  A:\n    canonical: case_submission\n    fields:\n"                               \
    "      - {each: S, canonical: defendants, fields: [{in: N, canonical: person.name, "           \
    "fields: [" NAME ", {native: T, canonical: title}]}]}\n"

static char said[4096];

/* The contract of the mapping is in said. */
static void make(const char *yaml)
{
    char path[] = "/tmp/dcf-contract-XXXXXX";
    dcf_dialect *d = NULL;
    kit k;
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL_FATAL(write(fd, yaml, strlen(yaml)), (ssize_t)strlen(yaml));
    close(fd);
    kit_begin(&k);
    dcf_status s = dcf_dialect_load(path, &k.faults, &d);
    kit_show(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(s));
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_contract(d, path, &k.out)));
    snprintf(said, sizeof said, "%s", dcf_buf_cstr(&k.out));
    unlink(path);
    dcf_dialect_free(d);
    kit_end(&k);
}

static void expect(const char *line)
{
    if (!strstr(said, line)) printf("  no %s  in\n%s", line, said);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, line));
}

static void a_group_that_says_the_same_names_the_earlier_one(void)
{
    make(SUSPECT
         "      - {each: W, canonical: witnesses, fields: [{in: N, canonical: name, fields: "
         "[" NAME ", {native: T, canonical: title}]}]}\n");
    expect("\nA/S/N/F <-> defendants.person.name.family_name\n");
    expect("\nA/W/N as A/S/N, witnesses.name for defendants.person.name\n");
    CU_ASSERT_PTR_NULL(strstr(said, "A/W/N/F"));
}

static void a_group_that_differs_in_one_bound_is_written_out(void)
{
    make(SUSPECT
         "      - {each: W, canonical: witnesses, fields: [{in: N, canonical: name, fields: "
         "[" NAME ", {native: T, canonical: title, max: 9}]}]}\n");
    expect("\nA/W/N/F <-> witnesses.name.family_name\n");
    expect("\nA/W/N/T <-> witnesses.name.title, max 9\n");
}

static void two_fields_changed_about_are_no_longer_the_same(void)
{
    make(SUSPECT
         "      - {each: W, canonical: witnesses, fields: [{in: N, canonical: name, fields: "
         "[{native: F, canonical: given_name_1}, {native: G, canonical: family_name}, "
         "{native: T, canonical: title}]}]}\n");
    expect("\nA/W/N/F <-> witnesses.name.given_name_1\n");
}

static void a_field_that_begins_with_the_name_of_another_is_not_in_it(void)
{
#define WORK                                                                                       \
    "{native: O, canonical: occupation}, {native: C, canonical: occupation_code}, {native: V, "    \
    "const: '1'}"
    make(
        "dialect: w\nversion: '1'\nformat: xml\nmessages:\n  A:\n    canonical: case_submission\n"
        "    fields:\n      - {each: S, canonical: defendants, fields: [{in: N, canonical: person, "
        "fields: [" WORK "]}]}\n      - {each: W, canonical: witnesses, fields: [{in: N, fields: "
        "[" WORK "]}]}\n");
    expect("\nA/W/N as A/S/N, witnesses for defendants.person\n");
}

static void what_a_wrapper_never_writes_is_said(void)
{
    make(SUSPECT);
    expect("\nnever written\n/source.user\n");
}

#define TESTS(X)                                                                                   \
    X(a_group_that_says_the_same_names_the_earlier_one)                                            \
    X(a_group_that_differs_in_one_bound_is_written_out)                                            \
    X(two_fields_changed_about_are_no_longer_the_same)                                             \
    X(a_field_that_begins_with_the_name_of_another_is_not_in_it)                                   \
    X(what_a_wrapper_never_writes_is_said)
UNIT_MAIN("contract", TESTS)
