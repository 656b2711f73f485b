/* test_clock.c - dcfctl clock without a daemon: what clocks there are, and when one would end. */
#include "run.h"
#include "unit.h"

#define HAS(text, part) CU_ASSERT_PTR_NOT_NULL(strstr(text, part))

static const char *config(void)
{
    static char text[512];
    const char *s = getenv("DCF_SOURCE");
    snprintf(text, sizeof text, "%s/config", s ? s : ".");
    return text;
}

static void ends(const char *clock, const char *from, const char *expected)
{
    outcome r =
        run("clock", "due", clock, "--from", from, "--config-dir", config(), "-o", "json", NULL);
    json_t *j = json_loads(r.out, 0, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(j, "local")), expected);
    json_decref(j);
    drop_outcome(&r);
}

static void a_clock_ends_as_its_rule_counts(void)
{
    ends("victim_letter", "2026-12-23", "Mon 4 Jan 2027 23:59");
    ends("victim_letter_enhanced", "2026-12-24T10:00:00Z", "Tue 29 Dec 2026 23:59");
    ends("file_standard_dispute", "2026-10-14", "Sat 12 Dec 2026 23:59");
    ends("custody_limit_summary", "2026-12-04", "Fri 29 Jan 2027 23:59");
    ends("custody_limit_crown", "2026-12-14", "Mon 14 Jun 2027 23:59");
    ends("statutory_time_limit", "2026-08-31", "Sun 28 Feb 2027 23:59");
    ends("review_priority", "2026-11-21T22:30:00Z", "Sun 22 Nov 2026 01:30");
}

static void what_cannot_be_counted_says_why(void)
{
    static const struct {
        const char *clock, *from, *says;
        int code;
    } rows[] = {
        {"pace_detention", "2026-11-21", "is stated, not counted", CTL_FAILED},
        {"victim_letter", "tomorrow", "--from 2026-11-21", CTL_USAGE},
        {"victim_leter", "2026-11-21", "dcfctl clock list", CTL_NOT_FOUND},
    };
    for (size_t i = 0; i < CTL_COUNT(rows); i++) {
        outcome r = run("clock", "due", rows[i].clock, "--from", rows[i].from, "--config-dir",
                        config(), NULL);
        CU_ASSERT_EQUAL(r.code, rows[i].code);
        HAS(r.err, rows[i].says);
        drop_outcome(&r);
    }
}

static void every_time_limit_is_listed_with_who_must_act(void)
{
    static const char *const names[] = {"pace_detention",
                                        "custody_limit_summary",
                                        "custody_limit_either_way",
                                        "custody_limit_crown",
                                        "custody_limit_indictment",
                                        "statutory_time_limit",
                                        "pre_charge_bail",
                                        "released_under_investigation",
                                        "review_priority",
                                        "review_five_day",
                                        "review_28_day",
                                        "early_advice",
                                        "file_standard_dispute",
                                        "victim_letter",
                                        "victim_letter_enhanced",
                                        "victim_information",
                                        "trial_date_told",
                                        "charged_file",
                                        "initial_details",
                                        "bulk_scan",
                                        "action_item"};
    outcome r = run("clock", "list", "--config-dir", config(), "-o", "json", NULL);
    json_t *list = json_loads(r.out, 0, NULL), *clock;
    size_t i, found = 0;
    json_array_foreach(list, i, clock)
    {
        for (size_t k = 0; k < CTL_COUNT(names); k++)
            found += !strcmp(names[k], json_string_value(json_object_get(clock, "clock")));
        CU_ASSERT_TRUE(strlen(json_string_value(json_object_get(clock, "who"))) > 2);
        CU_ASSERT_TRUE(strlen(json_string_value(json_object_get(clock, "source"))) > 10);
    }
    CU_ASSERT_EQUAL(found, CTL_COUNT(names));
    json_decref(list);
    drop_outcome(&r);
}

#define TESTS(X)                                                                                   \
    X(a_clock_ends_as_its_rule_counts)                                                             \
    X(what_cannot_be_counted_says_why)                                                             \
    X(every_time_limit_is_listed_with_who_must_act)

UNIT_MAIN("ctl clock", TESTS)
