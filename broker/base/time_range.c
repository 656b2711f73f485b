/* time_range.c - see time_range.h. */
#include "base/time_range.h"

#include "base/clock.h"

#include <string.h>

enum { DAY_MS = 86400000, HOUR_MS = 3600000 };

/* Days since 1970-01-01 in the Gregorian calendar; the year is counted from March, so that the
 * leap day is its last. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = year - (month < 3), era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* 1970-01-01 was a Thursday; March and October have 31 days. */
static int64_t last_sunday(int year, int month)
{
    int64_t last = days_of(year, month, 31);
    return last - (last + 4) % 7;
}

int64_t dcf_london_midnight_ms(int year, int month, int day)
{
    int64_t days = days_of(year, month, day);
    bool summer = days > last_sunday(year, 3) && days <= last_sunday(year, 10);
    return days * DAY_MS - (summer ? HOUR_MS : 0);
}

static bool exists(int year, int month, int day)
{
    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
    int64_t next = month == 12 ? days_of(year + 1, 1, 1) : days_of(year, month + 1, 1);
    return days_of(year, month, day) < next;
}

static int64_t month_begin(int year, int month)
{
    return dcf_london_midnight_ms(year + (month - 1) / 12, (month - 1) % 12 + 1, 1);
}

/* The text has exactly this form: 0 stands for a digit. */
static bool has_form(const char *text, const char *form)
{
    for (; *form; text++, form++)
        if (*form == '0' ? *text < '0' || *text > '9' : *text != *form) return false;
    return *text == '\0';
}

/* n digits, which are there. */
static int number(const char *at, int n)
{
    int value = 0;
    while (n-- > 0) value = 10 * value + (*at++ - '0');
    return value;
}

dcf_status dcf_time_range_parse(const char *text, dcf_time_range *ret)
{
    if (has_form(text, "0000")) {
        int year = number(text, 4);
        *ret = (dcf_time_range){month_begin(year, 1), month_begin(year, 13)};
        return year < 1970 ? DCF_ERR(CORRUPT) : DCF_OK;
    }
    if (has_form(text, "0000-Q0")) {
        int year = number(text, 4), part = number(text + 6, 1);
        if (year < 1970 || part < 1 || part > 4) return DCF_ERR(CORRUPT);
        *ret = (dcf_time_range){month_begin(year, part * 3 - 2), month_begin(year, part * 3 + 1)};
        return DCF_OK;
    }
    bool month = has_form(text, "0000-00");
    if (!month && !has_form(text, "0000-00-00")) return DCF_ERR(CORRUPT);
    int year = number(text, 4), part = number(text + 5, 2), day = month ? 1 : number(text + 8, 2);
    if (!exists(year, part, day)) return DCF_ERR(CORRUPT);
    *ret = month ? (dcf_time_range){month_begin(year, part), month_begin(year, part + 1)}
                 : (dcf_time_range){dcf_london_midnight_ms(year, part, day),
                                    dcf_london_midnight_ms(year, part, day + 1)};
    return DCF_OK;
}

dcf_status dcf_time_edge_parse(const char *text, int64_t *ret_ms)
{
    dcf_time_range p;
    if (dcf_ok(dcf_time_parse(text, ret_ms))) return DCF_OK;
    DCF_TRY(dcf_time_range_parse(text, &p));
    *ret_ms = p.from_ms;
    return DCF_OK;
}
