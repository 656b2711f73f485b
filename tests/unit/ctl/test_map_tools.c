/* test_map_tools.c - dcfctl map test, coverage, roundtrip, explain, diff, lint: their answers as
 * JSON, and exit codes. */
#include "run.h"
#include "unit.h"

#include <unistd.h>

static char mapping[512], sample[512], tiny[512];

static void begin(void)
{
    const char *source = getenv("DCF_SOURCE");
    if (!source) source = ".";
    snprintf(mapping, sizeof mapping, "%s/adapters/template/mapping.yaml", source);
    snprintf(sample, sizeof sample, "%s/adapters/template/samples/new-case.json", source);
    snprintf(tiny, sizeof tiny, "%s/tests/unit/ctl/dialects/tiny/mapping.yaml", source);
}

static json_t *answer(outcome *r, int code)
{
    CU_ASSERT_EQUAL(r->code, code);
    json_t *j = json_loads(r->out, 0, NULL);
    if (!j || r->code != code) printf("\n%s\n%s\n", r->out, r->err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(j);
    drop_outcome(r);
    return j;
}

static json_int_t number(const json_t *j, const char *key)
{
    return json_integer_value(json_object_get(j, key));
}

static void the_templates_samples_pass(void)
{
    begin();
    outcome r = run("map", "test", "-m", mapping, "-o", "json", NULL);
    json_t *j = answer(&r, CTL_OK);
    CU_ASSERT_EQUAL(number(j, "passed"), 3);
    CU_ASSERT_EQUAL(number(j, "failed"), 0);
    json_decref(j);
    r = run("map", "test", "-m", tiny, NULL); /* it has none */
    CU_ASSERT_EQUAL(r.code, CTL_NOT_FOUND);
    drop_outcome(&r);
}

static void coverage_counts_paths_rows_and_fields(void)
{
    begin();
    outcome r = run("map", "coverage", "-m", mapping, "-o", "json", NULL);
    json_t *j = answer(&r, CTL_OK);
    CU_ASSERT_EQUAL(number(j, "native_percent"), 100);
    CU_ASSERT_EQUAL(number(j, "rows_percent"), 100);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(j, "native")), 9);
    const json_t *fields = json_object_get(json_object_get(j, "canonical"), "case_submission");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(fields, "urn")), "filled");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(fields, "informant")), "impossible");
    json_decref(j);
    r = run("map", "coverage", "-m", mapping, "--min-canonical", "2", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    drop_outcome(&r);
    r = run("map", "coverage", "-m", mapping, "--min-canonical", "much", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    drop_outcome(&r);
}

static void roundtrip_lists_what_is_declared(void)
{
    begin();
    outcome r =
        run("map", "roundtrip", "-m", mapping, "-g", "40", "--seed", "7", "-o", "json", NULL);
    json_t *j = answer(&r, CTL_OK);
    CU_ASSERT_EQUAL(number(j, "passed"), 41);
    CU_ASSERT_EQUAL(
        number(json_object_get(j, "normalisations"), "dropped: when somebody printed it"), 1);
    json_decref(j);
}

static const char *spi(const char *file)
{
    static char path[1024];
    const char *source = getenv("DCF_SOURCE");
    snprintf(path, sizeof path, "%s/adapters/dialect/spi/%s", source ? source : ".", file);
    return path;
}

static void what_nobody_knows_is_declared_to_be_carried(void)
{
    char map[1024];
    strcpy(map, spi("mapping.yaml"));
    outcome r =
        run("map", "roundtrip", "-m", map, spi("samples/unknown-element.xml"), "-o", "json", NULL);
    json_t *j = answer(&r, CTL_OK);
    CU_ASSERT_EQUAL(number(j, "passed"), 1);
    CU_ASSERT_EQUAL(
        number(json_object_get(j, "normalisations"),
               "carried: RouteData/DataStream/DataStreamContent/NewCaseMessage/Case/Mood is "
               "unknown, and not written again (2013)"),
        1);
    json_decref(j);
}

static void messages_are_excused_wherever_they_lie(void)
{
    char map[1024];
    strcpy(map, spi("mapping.yaml"));
    outcome r =
        run("map", "roundtrip", "-m", map, spi("samples/response-success.xml"), "-o", "json", NULL);
    json_t *j = answer(&r, CTL_OK);
    CU_ASSERT_EQUAL(number(j, "one_way"), 1);
    json_decref(j);
}

static void coverage_of_other_documents_asks_nothing_of_the_samples(void)
{
    char map[1024];
    strcpy(map, spi("mapping.yaml"));
    outcome r = run("map", "coverage", "-m", map, spi("samples/single-charge.xml"), NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK); /* though it carries nothing that unknown.yaml excuses */
    CU_ASSERT_PTR_NOT_NULL(strstr(r.out, "never seen  mapping.yaml"));
    CU_ASSERT_PTR_NULL(strstr(r.out, "ResultedCaseMessage"));
    CU_ASSERT_PTR_NULL(strstr(r.out, "court_result"));
    CU_ASSERT_PTR_NOT_NULL(strstr(r.out, "of messages that no document is (--all)"));
    drop_outcome(&r);
    r = run("map", "coverage", "-m", map, "--all", spi("samples/single-charge.xml"), NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(r.out, "ResultedCaseMessage"));
    CU_ASSERT_PTR_NOT_NULL(strstr(r.out, "court_result"));
    drop_outcome(&r);
}

static void explain_names_the_place_and_the_row(void)
{
    begin();
    outcome r = run("map", "explain", "-m", mapping, "-o", "json", "--field",
                    "defendants[0].person.birth_date", sample, NULL);
    json_t *j = answer(&r, CTL_OK), *row = json_array_get(j, 0);
    CU_ASSERT_EQUAL(json_array_size(j), 1);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "native")), "people[1]/born");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "value")), "1990-02-01");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "from")), "01/02/1990");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "row")), "25");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "by")), "date DD/MM/YYYY");
    json_decref(j);
    r = run("map", "explain", "-m", mapping, "--field", "nowhere", sample, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    drop_outcome(&r);
}

static void diff_tells_what_another_version_changes(void)
{
    begin();
    outcome r = run("map", "diff", mapping, mapping, sample, "-o", "json", NULL);
    json_t *j = answer(&r, CTL_OK);
    CU_ASSERT_EQUAL(number(j, "same"), 1);
    json_decref(j);
    r = run("map", "diff", mapping, tiny, sample, "-o", "json", NULL);
    j = answer(&r, CTL_FAILED);
    CU_ASSERT_EQUAL(number(j, "different"), 1);
    CU_ASSERT_PTR_NOT_NULL(json_array_get(
        json_object_get(json_array_get(json_object_get(j, "samples"), 0), "differences"), 3));
    json_decref(j);
}

static void lint_answers_as_objects(void)
{
    begin();
    outcome r = run("map", "lint", mapping, "-o", "json", NULL);
    json_t *j = answer(&r, CTL_OK), *one = json_array_get(j, 0);
    CU_ASSERT_TRUE(json_is_true(json_object_get(one, "ok")));
    CU_ASSERT_EQUAL(number(one, "warnings"), 0);
    json_decref(j);
    r = run("map", "lint", sample, "-o", "json", NULL);
    j = answer(&r, CTL_FAILED);
    CU_ASSERT_TRUE(number(json_array_get(j, 0), "errors") > 1);
    json_decref(j);
}

static void adapter_new_makes_a_dialect_that_passes(void)
{
    char into[] = "/tmp/dcf-adapter-XXXXXX", folder[64], again[96];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(into));
    outcome r = run("adapter", "new", "fresh", "--into", into, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    drop_outcome(&r);
    snprintf(folder, sizeof folder, "%s/fresh", into);
    r = run("map", "test", folder, "-o", "json", NULL);
    json_t *j = answer(&r, CTL_OK);
    CU_ASSERT_EQUAL(number(j, "passed"), 3);
    json_decref(j);
    r = run("adapter", "new", "fresh", "--into", into, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    drop_outcome(&r);
    r = run("adapter", "new", "Fresh!", "--into", into, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    drop_outcome(&r);
    snprintf(again, sizeof again, "rm -r %s", into);
    CU_ASSERT_EQUAL(system(again), 0);
}

#define TESTS(X)                                                                                   \
    X(the_templates_samples_pass)                                                                  \
    X(coverage_counts_paths_rows_and_fields)                                                       \
    X(roundtrip_lists_what_is_declared)                                                            \
    X(what_nobody_knows_is_declared_to_be_carried)                                                 \
    X(messages_are_excused_wherever_they_lie)                                                      \
    X(coverage_of_other_documents_asks_nothing_of_the_samples)                                     \
    X(explain_names_the_place_and_the_row)                                                         \
    X(diff_tells_what_another_version_changes)                                                     \
    X(lint_answers_as_objects)                                                                     \
    X(adapter_new_makes_a_dialect_that_passes)
UNIT_MAIN("map_tools", TESTS)
