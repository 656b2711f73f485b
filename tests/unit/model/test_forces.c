/* test_forces.c - the shipped table of forces, and what a site's own table may not hold. */
#include "model/forces.h"

#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

static dcf_yaml_error err;

static dcf_forces *shipped(void)
{
    dcf_forces *f = NULL;
    char path[4096];
    const char *source = getenv("DCF_SOURCE");
    snprintf(path, sizeof path, "%s/config/forces.yaml", source ? source : ".");
    dcf_status s = dcf_forces_load(path, &f, &err);
    if (dcf_failed(s)) printf("\n      %s\n", err.text);
    CU_ASSERT_FATAL(dcf_ok(s));
    return f;
}

static dcf_status load(const char *text, dcf_forces **ret)
{
    char path[] = "/tmp/dcf_forces_XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    dcf_status s = dcf_forces_load(path, ret, &err);
    unlink(path);
    return s;
}

static void all_84_rows_are_there(void)
{
    dcf_forces *f = shipped();
    CU_ASSERT_EQUAL(dcf_forces_count(f), 84);
    CU_ASSERT_STRING_EQUAL(dcf_force_by_code(f, "45")->name, "Surrey");
    CU_ASSERT_STRING_EQUAL(dcf_force_by_code(f, "50")->name, "Devon & Cornwall");
    CU_ASSERT_STRING_EQUAL(dcf_force_by_code(f, "93")->name, "BTP");
    CU_ASSERT_PTR_NULL(dcf_force_by_code(f, "09"));
    CU_ASSERT_PTR_NULL(dcf_force_by_code(f, ""));
    dcf_forces_free(f);
}

static void an_alias_gives_the_force_it_stands_for(void)
{
    dcf_forces *f = shipped();
    CU_ASSERT_STRING_EQUAL(dcf_force_by_code(f, "02")->code, "01");
    CU_ASSERT_STRING_EQUAL(dcf_force_by_code(f, "B01DU")->code, "48");
    dcf_forces_free(f);
}

static void every_territorial_force_has_its_area(void)
{
    static const char *const rows[][2] = {
        {"03", "8"},  {"04", "8"},  {"05", "6"},  {"06", "8"},  {"07", "6"},  {"10", "7"},
        {"11", "7"},  {"12", "14"}, {"13", "14"}, {"14", "14"}, {"16", "14"}, {"17", "7"},
        {"20", "13"}, {"21", "13"}, {"22", "13"}, {"23", "13"}, {"30", "2"},  {"31", "2"},
        {"32", "2"},  {"33", "2"},  {"34", "2"},  {"35", "3"},  {"36", "3"},  {"37", "3"},
        {"40", "11"}, {"41", "11"}, {"42", "3"},  {"43", "11"}, {"44", "12"}, {"45", "9"},
        {"46", "9"},  {"47", "9"},  {"50", "10"}, {"52", "10"}, {"53", "10"}, {"54", "12"},
        {"55", "12"}, {"60", "1"},  {"61", "1"},  {"62", "1"},  {"63", "1"}};
    dcf_forces *f = shipped();
    size_t count = sizeof rows / sizeof *rows;
    CU_ASSERT_EQUAL(count, 41); /* and the two of London */
    for (size_t i = 0; i < count; i++) {
        const char *area = dcf_force_area(f, rows[i][0], "AA");
        CU_ASSERT_PTR_NOT_NULL_FATAL(area);
        CU_ASSERT_STRING_EQUAL(area, rows[i][1]);
    }
    CU_ASSERT_PTR_NULL(dcf_force_area(f, "24", "AA"));
    CU_ASSERT_PTR_NULL(dcf_force_area(f, "77", "AA"));
    dcf_forces_free(f);
}

static void the_14_areas_have_names(void)
{
    dcf_forces *f = shipped();
    for (int i = 1; i <= 14; i++) {
        char number[12];
        snprintf(number, sizeof number, "%d", i);
        CU_ASSERT_PTR_NOT_NULL(dcf_area_name(f, number));
    }
    CU_ASSERT_STRING_EQUAL(dcf_area_name(f, "1"), "Cymru/Wales");
    CU_ASSERT_STRING_EQUAL(dcf_area_name(f, "14"), "Yorkshire and Humberside");
    CU_ASSERT_PTR_NULL(dcf_area_name(f, "15"));
    dcf_forces_free(f);
}

static void london_is_not_guessed(void)
{
    dcf_forces *f = shipped();
    CU_ASSERT_PTR_NULL(dcf_force_area(f, "01", "ZD"));
    CU_ASSERT_PTR_NULL(dcf_force_area(f, "48", "ZD"));
    dcf_forces_free(f);
}

static void units_decide_between_areas_also_by_an_alias(void)
{
    dcf_forces *f = NULL;
    CU_ASSERT_FATAL(dcf_ok(
        load("areas: {\"4\": N, \"5\": S}\n"
             "forces:\n"
             "- {code: \"01\", name: Met, areas: [\"4\", \"5\"], units: {ZD: \"5\", AA: \"4\"}}\n"
             "- {code: \"02\", name: Met, alias: \"01\"}\n",
             &f)));
    CU_ASSERT_STRING_EQUAL(dcf_force_area(f, "01", "ZD"), "5");
    CU_ASSERT_STRING_EQUAL(dcf_force_area(f, "02", "AA"), "4");
    CU_ASSERT_PTR_NULL(dcf_force_area(f, "02", "BB"));
    dcf_forces_free(f);
}

static void mistakes_are_refused_with_their_line(void)
{
    static const char *const rows[][2] = {
        {"areas: {}\n", ":1:1: a map of areas and a list"},
        {"areas: {}\nforces: []\nmore: 1\n", ":3:1: unknown key \"more\""},
        {"areas: {}\nforces:\n- {code: \"01\"}\n", ":3:3: a force needs"},
        {"areas: {}\nforces:\n- x\n", ":3:3: a map"},
        {"areas: {}\nforces:\n- {code: a, name: b}\n- {code: a, name: c}\n",
         ":4:3: force a stands twice"},
        {"areas: {}\nforces:\n- {code: a, name: b, areas: [\"1\"]}\n", ":3:30: no such CPS Area"},
        {"areas: {}\nforces:\n- {code: a, name: b, units: {X: \"1\"}}\n", ": no such CPS Area"},
        {"areas: {}\nforces:\n- {code: a, name: b, areas: 1}\n", ": areas must be a list"},
        {"areas: {}\nforces:\n- {code: a, name: b, units: 1}\n", ": units must be a map"},
        {"areas: {}\nforces:\n- {code: a, name: b, alias: c}\n", ":3:3: force a is an alias of c"},
        {"areas: {}\nforces:\n- {code: a, name: b, alias: a}\n", ":3:3: force a is an alias of a"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dcf_forces *f = NULL;
        CU_ASSERT(dcf_is(load(rows[i][0], &f), DCF_E_CONFIG));
        CU_ASSERT_PTR_NULL(f);
        if (!strstr(err.text, rows[i][1])) printf("\n      %s", err.text);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, rows[i][1]));
    }
}

#define TESTS(X)                                                                                   \
    X(all_84_rows_are_there)                                                                       \
    X(an_alias_gives_the_force_it_stands_for)                                                      \
    X(every_territorial_force_has_its_area)                                                        \
    X(the_14_areas_have_names)                                                                     \
    X(london_is_not_guessed)                                                                       \
    X(units_decide_between_areas_also_by_an_alias)                                                 \
    X(mistakes_are_refused_with_their_line)
UNIT_MAIN("forces", TESTS)
