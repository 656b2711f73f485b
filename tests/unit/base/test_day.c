/* test_day.c - days and local time, against the C library and its time zone data. */
#include "days.h"

#include <stdlib.h>
#include <time.h>

static void days_agree_with_the_c_library_for_three_centuries(void)
{
    for (dcf_day d = day("1900-01-01"); d <= day("2199-12-31"); d++) {
        time_t t = (time_t)d * 86400;
        struct tm tm;
        char text[DCF_DAY_TEXT_SIZE], expected[DCF_DAY_TEXT_SIZE];
        dcf_day back = 0;
        gmtime_r(&t, &tm);
        strftime(expected, sizeof expected, "%Y-%m-%d", &tm);
        if (strcmp(dcf_day_format(d, text), expected) != 0 || !dcf_day_parse(text, &back) ||
            back != d || dcf_day_weekday(d) != (tm.tm_wday + 6) % 7) {
            CU_FAIL_FATAL("a day differs");
        }
    }
}

static void what_is_no_whole_date_is_refused(void)
{
    static const char *const bad[] = {"",           "2026",       "2026-11",     "2026-02-29",
                                      "2026-13-01", "2026-00-10", "2026-11-31",  "2026-11-1",
                                      "26-11-2026", "2026/11/21", "2026-11-21Z", "1899-12-31"};
    dcf_day d = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(dcf_day_parse(bad[i], &d));
    CU_ASSERT_EQUAL(d, 7);
    CU_ASSERT_TRUE(dcf_day_parse("2028-02-29", &d));
}

static void local_time_is_london_s_whatever_the_machine_says(void)
{
    setenv("TZ", "Pacific/Auckland", 1);
    tzset();
    SAME_DAY(dcf_day_at(ms("2026-03-28T23:30:00Z")), "2026-03-28");
    SAME_DAY(dcf_day_at(ms("2026-03-29T23:30:00Z")), "2026-03-30"); /* summer time began at 01:00 */
    SAME_DAY(dcf_day_at(ms("2026-10-24T23:30:00Z")), "2026-10-25");
    SAME_DAY(dcf_day_at(ms("2026-10-25T23:30:00Z")), "2026-10-25"); /* and ended */
    CU_ASSERT_EQUAL(dcf_day_ms(day("2026-07-01"), 0), ms("2026-06-30T23:00:00Z"));
    CU_ASSERT_EQUAL(dcf_day_ms(day("2026-12-01"), 9 * 60), ms("2026-12-01T09:00:00Z"));
    char text[DCF_LOCAL_TEXT_SIZE];
    CU_ASSERT_STRING_EQUAL(dcf_local_format(ms("2026-07-01T14:05:59Z"), text),
                           "Wed 1 Jul 2026 15:05");
    unsetenv("TZ");
    tzset();
}

static void local_time_agrees_with_the_time_zone_data_for_thirty_years(void)
{
    setenv("TZ", "Europe/London", 1);
    tzset();
    struct tm probe;
    time_t july = 1782864000; /* 2026-07-01 */
    localtime_r(&july, &probe);
    if (probe.tm_isdst) { /* the machine may have no zone data */
        for (time_t t = 946684800; t < 1893456000; t += 1801) {
            struct tm tm;
            localtime_r(&t, &tm);
            char expected[DCF_DAY_TEXT_SIZE], text[DCF_DAY_TEXT_SIZE];
            strftime(expected, sizeof expected, "%Y-%m-%d", &tm);
            dcf_day d = dcf_day_at((int64_t)t * 1000);
            if (strcmp(dcf_day_format(d, text), expected) != 0)
                CU_FAIL_FATAL("a local day differs");
        }
    }
    unsetenv("TZ");
    tzset();
}

static void months_end_where_the_month_is_shorter(void)
{
    SAME_DAY(dcf_day_add_months(day("2026-08-31"), 6), "2027-02-28");
    SAME_DAY(dcf_day_add_months(day("2026-06-01"), 6), "2026-12-01");
    SAME_DAY(dcf_day_add_months(day("2026-01-31"), -2), "2025-11-30");
    SAME_DAY(dcf_day_month_end(day("2028-02-03")), "2028-02-29");
}

/* The C library's own time zone database, where it is installed, as the judge of every day. */
static void every_midnight_of_thirty_years_is_that_of_the_zone_file(void)
{
    setenv("TZ", "Europe/London", 1);
    tzset();
    struct tm summer = {.tm_year = 126, .tm_mon = 6, .tm_mday = 1, .tm_isdst = -1};
    bool installed = mktime(&summer) % 86400 != 0;
    for (int day_of = 1; installed && day_of < 366 * 30; day_of++) {
        struct tm t = {.tm_year = 110, .tm_mon = 0, .tm_mday = day_of, .tm_isdst = -1};
        int64_t expected = (int64_t)mktime(&t) * 1000;
        CU_ASSERT_EQUAL(dcf_day_ms(day("2010-01-01") + day_of - 1, 0), expected);
    }
    unsetenv("TZ");
    tzset();
}

#define TESTS(X)                                                                                   \
    X(days_agree_with_the_c_library_for_three_centuries)                                           \
    X(what_is_no_whole_date_is_refused)                                                            \
    X(local_time_is_london_s_whatever_the_machine_says)                                            \
    X(local_time_agrees_with_the_time_zone_data_for_thirty_years)                                  \
    X(months_end_where_the_month_is_shorter)                                                       \
    X(every_midnight_of_thirty_years_is_that_of_the_zone_file)
UNIT_MAIN("day", TESTS)
