/* test_dialects.c - mappings are loaded once for each dialect a link names, and a mistake is named.
 */
#include "daemon/dialects.h"

#include "fixture.h"

static dcf_link links[3] = {{.name = "a", .dialect = "mini"},
                            {.name = "b", .dialect = "mini"},
                            {.name = "c", .dialect = "other"}};
static dcf_party party = {.name = "p", .links = links};
static dcf_parties parties = {.items = &party, .count = 1};
static int reports;

static void report(const char *file, const dcf_fault *fault)
{
    CU_ASSERT(strstr(file, "mapping.yaml") && fault->detail[0]);
    reports++;
}

static void each_dialect_of_a_link_is_there_and_no_other(void)
{
    dcf_dialects *d = NULL;
    fx_begin();
    party.link_count = 2;
    OK(dcf_dialects_load(fx_folder, &parties, report, &d, NULL));
    const dcf_dialect *mini = dcf_dialects_get(d, "mini");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mini);
    CU_ASSERT_STRING_EQUAL(dcf_dialect_version(mini), "7");
    CU_ASSERT_PTR_NULL(dcf_dialects_get(d, "other"));
    dcf_dialects_free(d);
    dcf_dialects_free(NULL);
    fx_end();
}

static void a_mistake_names_file_and_line_and_loads_nothing(void)
{
    dcf_dialects *d = NULL;
    dcf_yaml_error err = {{0}};
    fx_begin();
    party.link_count = 3;
    CU_ASSERT(dcf_is(dcf_dialects_load(fx_folder, &parties, report, &d, &err), DCF_E_CONFIG));
    CU_ASSERT(strstr(err.text, "other/mapping.yaml") != NULL);
    fx_write("mini/mapping.yaml", "dialect: mini\nversion: \"1\"\nformat: xml\nmessages:\n  "
                                  "Case:\n    canonical: nothing\n    fields: []\n");
    reports = 0;
    CU_ASSERT(dcf_is(dcf_dialects_load(fx_folder, &parties, report, &d, &err), DCF_E_CONFIG));
    CU_ASSERT(strstr(err.text, "mini/mapping.yaml:5:") != NULL);
    CU_ASSERT(reports > 0);
    CU_ASSERT_PTR_NULL(d);
    fx_end();
}

#define TESTS(X)                                                                                   \
    X(each_dialect_of_a_link_is_there_and_no_other)                                                \
    X(a_mistake_names_file_and_line_and_loads_nothing)
UNIT_MAIN("dialects", TESTS)
