/* test_contract.c - openapi.yaml as a validator: what it lets pass, and that it finds every fault
 * at once. */
#include "desk.h"

static contract *rules;

static json_t *faults_of(const char *schema, const char *text)
{
    json_t *doc = json_loads(text, 0, NULL), *faults = json_array();
    CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
    contract_check(rules, schema, doc, faults);
    json_decref(doc);
    return faults;
}

static bool has_fault(const json_t *faults, const char *code, const char *path)
{
    size_t i;
    json_t *f;
    json_array_foreach(faults, i, f) if (strcmp(text_at(f, "code"), code) == 0 &&
                                         strcmp(text_at(f, "path"), path) == 0) return true;
    return false;
}

/* One fault exactly, of this code and path; code NULL: none. */
static void expect(const char *schema, const char *text, const char *code, const char *path)
{
    json_t *faults = faults_of(schema, text);
    CU_ASSERT_EQUAL(json_array_size(faults), code ? 1 : 0);
    if (code) CU_ASSERT(has_fault(faults, code, path));
    json_decref(faults);
}

static void the_contract_opens(void)
{
    dcf_yaml_error err = {""};
    CU_ASSERT(dcf_ok(contract_open(&rules, &err)));
    CU_ASSERT_STRING_EQUAL(err.text, "");
}

static void each_kind_of_fault_is_found_alone(void)
{
    expect("Offence", "{\"offenceCode\":\"TH68001\"}", NULL, NULL);
    expect("Offence", "{}", "CPS-REQUIRED", "");
    expect("Offence", "{\"offenceCode\":7}", "CPS-TYPE", "/offenceCode");
    expect("Offence", "{\"offenceCode\":\"TH6800199\"}", "CPS-LENGTH", "/offenceCode");
    expect("Offence", "{\"offenceCode\":\"\"}", "CPS-LENGTH", "/offenceCode");
    expect("Offence", "{\"offenceCode\":\"X\",\"sequenceNumber\":1000}", "CPS-RANGE",
           "/sequenceNumber");
    expect("Offence", "{\"offenceCode\":\"X\",\"sequenceNumber\":-1}", "CPS-RANGE",
           "/sequenceNumber");
    expect("Offence", "{\"offenceCode\":\"X\",\"dateCode\":\"7\"}", "CPS-ENUM", "/dateCode");
    expect("Offence", "{\"offenceCode\":\"X\",\"charge\":1}", "CPS-UNKNOWN", "");
    expect("Offence", "{\"offenceCode\":\"X\",\"alcohol\":{\"level\":\"80\"}}", "CPS-TYPE",
           "/alcohol/level");
    expect("MaterialNotice",
           "{\"messageType\":\"materialNotice\",\"urn\":\"45AA0209826\",\"materials\":[],"
           "\"header\":{\"messageId\":\"1\","
           "\"correlationId\":\"1\",\"sentAt\":\"2026-11-21T10:00:00Z\",\"from\":{\"organisation\":"
           "\"45\"},"
           "\"to\":{\"organisation\":\"CPS\"},\"test\":false}}",
           "CPS-COUNT", "/materials");
    expect("Defendant", "{\"person\":{},\"organisation\":{\"name\":\"X Ltd\"}}", "CPS-CHOICE", "");
    expect("Defendant", "{}", "CPS-CHOICE", "");
    expect("Defendant", "{\"person\":{\"name\":{\"familyName\":\"\\u00d6zil\"}}}", NULL, NULL);
}

static void lengths_count_characters_not_bytes(void)
{
    expect("Offence",
           "{\"offenceCode\":\"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\"}", NULL,
           NULL);
}

static void dates_times_and_urns_have_their_form(void)
{
    static const char *const good[][2] = {
        {"Date", "2024-02-29"},      {"Time", "09:30"},
        {"Time", "23:59:59"},        {"DateTime", "2026-11-21T10:00:00+01:00"},
        {"Urn", "45AA0209826"},      {"Urn", "01AB1234526/2"},
        {"Urn", "01AB1234526 (M)/2"}};
    static const char *const bad[][2] = {
        {"Date", "2023-02-29"}, {"Date", "21/11/2026"},  {"Date", "2026-11-21T10:00:00Z"},
        {"Time", "24:00"},      {"Time", "9:30"},        {"DateTime", "2026-11-21"},
        {"Urn", "45aa0209826"}, {"Urn", "45AA02098261"}, {"Urn", "45AA0209826/"}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        json_t *faults = json_array(), *doc = json_string(good[i][1]);
        contract_check(rules, good[i][0], doc, faults);
        CU_ASSERT_EQUAL(json_array_size(faults), 0);
        json_decref(faults);
        json_decref(doc);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *faults = json_array(), *doc = json_string(bad[i][1]);
        contract_check(rules, bad[i][0], doc, faults);
        CU_ASSERT_EQUAL(json_array_size(faults), 1);
        if (json_array_size(faults) != 1) printf("accepted: %s\n", bad[i][1]);
        json_decref(faults);
        json_decref(doc);
    }
}

static void all_faults_are_told_at_once(void)
{
    json_t *faults =
        faults_of("CaseSubmission",
                  "{\"messageType\":\"triageOutcome\",\"urn\":\"?\",\"caseType\":\"x\",\"extra\":1,"
                  "\"defendants\":[{\"person\":{\"gender\":\"1\"}},{\"offences\":[{}]}]}");
    CU_ASSERT(has_fault(faults, "CPS-REQUIRED", ""));
    CU_ASSERT(has_fault(faults, "CPS-ENUM", "/messageType"));
    CU_ASSERT(has_fault(faults, "CPS-PATTERN", "/urn"));
    CU_ASSERT(has_fault(faults, "CPS-ENUM", "/caseType"));
    CU_ASSERT(has_fault(faults, "CPS-UNKNOWN", ""));
    CU_ASSERT(has_fault(faults, "CPS-ENUM", "/defendants/0/person/gender"));
    CU_ASSERT(has_fault(faults, "CPS-CHOICE", "/defendants/1"));
    CU_ASSERT(has_fault(faults, "CPS-REQUIRED", "/defendants/1/offences/0"));
    CU_ASSERT_EQUAL(json_array_size(faults), 8);
    json_decref(faults);
}

static void the_number_of_faults_is_bounded(void)
{
    json_t *doc = json_object(), *faults = json_array();
    for (int i = 0; i < 5000; i++) {
        char name[16];
        snprintf(name, sizeof name, "x%d", i);
        json_object_set_new(doc, name, json_true());
    }
    contract_check(rules, "Offence", doc, faults);
    CU_ASSERT_EQUAL(json_array_size(faults), 1000);
    json_decref(doc);
    json_decref(faults);
}

static void every_message_type_has_a_schema(void)
{
    CU_ASSERT_STRING_EQUAL(contract_schema_of(rules, "caseSubmission"), "CaseSubmission");
    CU_ASSERT_STRING_EQUAL(contract_schema_of(rules, "receipt"), "Receipt");
    CU_ASSERT_PTR_NULL(contract_schema_of(rules, "nothing"));
    CU_ASSERT_PTR_NULL(contract_schema_of(rules, NULL));
}

static void the_contract_is_freed(void)
{
    contract_free(rules);
    contract_free(NULL);
    CU_PASS("freed");
}

#define TESTS(X)                                                                                   \
    X(the_contract_opens)                                                                          \
    X(each_kind_of_fault_is_found_alone)                                                           \
    X(lengths_count_characters_not_bytes)                                                          \
    X(dates_times_and_urns_have_their_form)                                                        \
    X(all_faults_are_told_at_once)                                                                 \
    X(the_number_of_faults_is_bounded) X(every_message_type_has_a_schema) X(the_contract_is_freed)
UNIT_MAIN("contract", TESTS)
