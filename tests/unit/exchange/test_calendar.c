/* test_calendar.c - bank holidays, working days and periods, against the rules of Easter. */
#include "exchange/calendar.h"

#include "../base/days.h"

#include <stdlib.h>
#include <time.h>

static dcf_holidays *holidays(void)
{
    dcf_holidays *h = NULL;
    dcf_yaml_error err = {{0}};
    dcf_status s = dcf_holidays_load("config/bank-holidays.yaml", &h, &err);
    if (dcf_failed(s)) fprintf(stderr, "%s\n", err.text);
    CU_ASSERT_FATAL(dcf_ok(s));
    return h;
}

/* Gauss: the Easter Sunday of a Gregorian year. */
static dcf_day easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4, f = (b + 8) / 25,
        g = (b - f + 1) / 3, h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4,
        l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451,
        n = h + l - 7 * m + 114;
    char text[DCF_DAY_TEXT_SIZE];
    snprintf(text, sizeof text, "%04d-%02d-%02d", year % 10000, n / 31 % 100, (n % 31 + 1) % 100);
    return day(text);
}

static dcf_day nth_monday(int year, int month, int nth)
{
    char text[DCF_DAY_TEXT_SIZE];
    snprintf(text, sizeof text, "%04d-%02d-01", year % 10000, month % 100);
    dcf_day first = day(text);
    return first + (7 - dcf_day_weekday(first)) % 7 + 7 * (nth - 1);
}

/* The list was written by hand: the law's rules must give the same days, and no others. */
static void the_bank_holidays_are_those_of_the_law(void)
{
    dcf_holidays *h = holidays();
    for (int year = 2024; year <= 2028; year++) {
        dcf_day kept[8];
        char text[DCF_DAY_TEXT_SIZE];
        snprintf(text, sizeof text, "%04d-01-01", year % 10000);
        kept[0] = day(text);
        while (dcf_day_weekday(kept[0]) > 4) kept[0]++;
        kept[1] = easter(year) - 2;
        kept[2] = easter(year) + 1;
        kept[3] = nth_monday(year, 5, 1);
        kept[4] = nth_monday(year, 6, 1) - 7;
        kept[5] = nth_monday(year, 9, 1) - 7;
        snprintf(text, sizeof text, "%04d-12-25", year % 10000);
        kept[6] = day(text);
        kept[7] = kept[6] + 1;
        bool both = dcf_day_weekday(kept[6]) > 4;
        while (dcf_day_weekday(kept[6]) > 4) kept[6]++;
        while (dcf_day_weekday(kept[7]) > 4 || (both && kept[7] <= kept[6])) kept[7]++;
        size_t off = 0;
        dcf_day d;
        snprintf(text, sizeof text, "%04d-01-01", year % 10000);
        for (d = day(text); d < dcf_day_add_months(day(text), 12); d++)
            off += dcf_day_weekday(d) < 5 && !dcf_holidays_working(h, d);
        CU_ASSERT_EQUAL(off, 8);
        for (size_t i = 0; i < 8; i++) CU_ASSERT_FALSE(dcf_holidays_working(h, kept[i]));
    }
    dcf_holidays_free(h);
}

static void working_days_leave_out_weekends_and_bank_holidays(void)
{
    dcf_holidays *h = holidays();
    bool sure = true;
    const dcf_period five = {5, DCF_UNIT_WORKING_DAYS}, one = {1, DCF_UNIT_WORKING_DAYS};
    SAME_DAY(dcf_day_add(h, day("2026-12-23"), five, &sure), "2027-01-04");
    SAME_DAY(dcf_day_add(h, day("2026-12-24"), one, &sure), "2026-12-29");
    SAME_DAY(dcf_day_add(h, day("2026-11-21"), one, &sure), "2026-11-23"); /* from a Saturday */
    SAME_DAY(dcf_day_add(h, day("2027-01-04"), (dcf_period){-5, DCF_UNIT_WORKING_DAYS}, &sure),
             "2026-12-23");
    CU_ASSERT_TRUE(sure);
    SAME_DAY(dcf_day_add(h, day("2028-12-29"), one, &sure), "2029-01-01");
    CU_ASSERT_FALSE(sure); /* no bank holidays are known of 2029: it must be said */
    dcf_holidays_free(h);
}

static void a_period_keeps_the_local_time_over_the_change_of_the_clocks(void)
{
    CU_ASSERT_EQUAL(
        dcf_moment_add(NULL, ms("2026-03-27T09:30:00Z"), (dcf_period){1, DCF_UNIT_WEEKS}, NULL),
        ms("2026-04-03T08:30:00Z"));
    CU_ASSERT_EQUAL(
        dcf_moment_add(NULL, ms("2026-03-29T00:30:00Z"), (dcf_period){3, DCF_UNIT_HOURS}, NULL),
        ms("2026-03-29T03:30:00Z"));
}

static void periods_are_read_and_written(void)
{
    static const char *const good[] = {"3 hours",        "1 day",         "8 weeks",  "6 months",
                                       "5 working days", "1 working day", "-14 days", "90 minutes"};
    static const char *const bad[] = {"",        "3",        "3hours",       "3  hours", " 3 hours",
                                      "3 years", "3 hourss", "1000000 days", "x days"};
    dcf_period p;
    char text[DCF_PERIOD_TEXT_SIZE];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CU_ASSERT_TRUE_FATAL(dcf_period_parse(good[i], &p));
        CU_ASSERT_STRING_EQUAL(dcf_period_format(p, text), good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(dcf_period_parse(bad[i], &p));
}

static void a_holiday_file_with_a_mistake_names_the_line(void)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"valid_from: 2026-01-01\nvalid_until: 2026-12-31\nholidays:\n  2026-12-26: Boxing Day\n",
         "h.yaml:4:3: a weekend"},
        {"valid_from: 2026-01-01\nvalid_until: 2026-12-31\nholidays:\n  2027-01-01: x\n",
         "h.yaml:4:3: a date outside"},
        {"valid_from: 2026-01-01\nholidays: {2026-12-25: x}\n", "a date is written"},
        {"valid_from: 2026-01-01\nvalid_until: 2026-12-31\n", "must be a map"},
        {"valid_from: 2026-01-01\nvalid_util: 2026-12-31\n", "valid_until"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        dcf_holidays *h = NULL;
        dcf_yaml_error err = {{0}};
        CU_ASSERT_TRUE(dcf_is(dcf_holidays_parse(dcf_span_str(bad[i].text), "h.yaml", &h, &err),
                              DCF_E_CONFIG));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, bad[i].says));
    }
}

#define TESTS(X)                                                                                   \
    X(the_bank_holidays_are_those_of_the_law)                                                      \
    X(working_days_leave_out_weekends_and_bank_holidays)                                           \
    X(a_period_keeps_the_local_time_over_the_change_of_the_clocks)                                 \
    X(periods_are_read_and_written)                                                                \
    X(a_holiday_file_with_a_mistake_names_the_line)

UNIT_MAIN("calendar", TESTS)
