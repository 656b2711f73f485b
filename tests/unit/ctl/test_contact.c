/* test_contact.c - dcfctl contact: the desks of a force, of an Area, of a case; on a day. */
#include "run.h"
#include "unit.h"

static bool says(const char *part, const char *first, const char *second, const char *third)
{
    outcome r =
        run("contact", first, second, third, "--at", "2026-11-21", "--config-dir", "config", NULL);
    bool found = strstr(r.out, part) != NULL;
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    drop_outcome(&r);
    return found;
}

static void a_list_is_of_the_force_and_the_area_asked_for(void)
{
    CU_ASSERT_TRUE(says("Case Quality Unit", "list", "--force", "45"));
    CU_ASSERT_FALSE(says("Triage Team", "list", "--force", "45"));
    CU_ASSERT_FALSE(says("Essex", "list", "--force", "45"));
    CU_ASSERT_TRUE(says("South East", "list", "--area", "9"));
    CU_ASSERT_FALSE(says("East of England", "list", "--area", "9"));
    CU_ASSERT_TRUE(says("nobody is named there", "list", "--area", "14"));
}

static void a_case_has_the_desks_of_its_force_and_of_its_area(void)
{
    CU_ASSERT_TRUE(says("File Standards Desk", "show", "42AA1234526/2", "-otable"));
    CU_ASSERT_TRUE(says("East of England", "show", "42AA1234526", "-otable"));
    CU_ASSERT_FALSE(says("Surrey", "show", "42AA1234526", "-otable"));
    CU_ASSERT_FALSE(says("South East", "show", "42AA1234526", "-otable"));
}

static void a_desk_is_listed_while_its_entry_holds(void)
{
    outcome r =
        run("contact", "list", "--area", "3", "--at", "2027-04-01", "--config-dir", "config", NULL);
    CU_ASSERT_PTR_NULL(strstr(r.out, "Triage Team"));
    CU_ASSERT_PTR_NOT_NULL(strstr(r.out, "Case Reception"));
    drop_outcome(&r);
    CU_ASSERT_TRUE(says("Triage Team", "list", "--area", "3"));
    CU_ASSERT_FALSE(says("Case Reception", "list", "--area", "3"));
}

static void what_is_no_urn_force_or_area_is_told(void)
{
    static const struct {
        const char *word, *option, *says;
        int code;
    } rows[] = {{"show", "nonsense", "'nonsense' is no URN", CTL_USAGE},
                {"list", "--force=09", "there is no force 09", CTL_NOT_FOUND},
                {"list", "--area=15", "there is no CPS Area 15", CTL_NOT_FOUND}};
    for (size_t i = 0; i < CTL_COUNT(rows); i++) {
        outcome r = run("contact", rows[i].word, rows[i].option, "--config-dir", "config", NULL);
        CU_ASSERT_EQUAL(r.code, rows[i].code);
        CU_ASSERT_PTR_NOT_NULL(strstr(r.err, rows[i].says));
        CU_ASSERT_STRING_EQUAL(r.out, "");
        drop_outcome(&r);
    }
}

#define TESTS(X)                                                                                   \
    X(a_list_is_of_the_force_and_the_area_asked_for)                                               \
    X(a_case_has_the_desks_of_its_force_and_of_its_area)                                           \
    X(a_desk_is_listed_while_its_entry_holds)                                                      \
    X(what_is_no_urn_force_or_area_is_told)

UNIT_MAIN("ctl contact", TESTS)
