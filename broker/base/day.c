/* day.c - see day.h. */
#include "base/day.h"

#include <stdio.h>
#include <string.h>

enum { DAY_MS = 24 * 60 * 60 * 1000, HOUR_MS = 60 * 60 * 1000, MINUTE_MS = 60 * 1000 };
enum { YEAR_FIRST = 1900, YEAR_LAST = 2199 };

typedef struct date {
    int year, month, day; /* month 1 to 12 */
} date;

/* --- days --------------------------------------------------------------------------- */

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_length(int year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

/* Days of whole years before this one, counted from 1970. */
static int year_start(int year)
{
    int y = year - 1;
    return (year - 1970) * 365 + (y / 4 - y / 100 + y / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static dcf_day day_of(date d)
{
    int n = year_start(d.year) + d.day - 1;
    for (int m = 1; m < d.month; m++) n += month_length(d.year, m);
    return n;
}

static date date_of(dcf_day day)
{
    date d = {.year = 1970 + day / 366 - (day < 0), .month = 1};
    while (year_start(d.year) > day) d.year--;
    while (year_start(d.year + 1) <= day) d.year++;
    int left = day - year_start(d.year);
    while (left >= month_length(d.year, d.month)) left -= month_length(d.year, d.month++);
    d.day = left + 1;
    return d;
}

static bool digits(const char *text, int count, int *ret)
{
    int n = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        n = n * 10 + (text[i] - '0');
    }
    *ret = n;
    return true;
}

bool dcf_day_parse(const char *text, dcf_day *ret)
{
    date d;
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' || !digits(text, 4, &d.year) ||
        !digits(text + 5, 2, &d.month) || !digits(text + 8, 2, &d.day))
        return false;
    if (d.year < YEAR_FIRST || d.year > YEAR_LAST || d.month < 1 || d.month > 12 || d.day < 1 ||
        d.day > month_length(d.year, d.month))
        return false;
    *ret = day_of(d);
    return true;
}

char *dcf_day_format(dcf_day day, char out[DCF_DAY_TEXT_SIZE])
{
    date d = date_of(day);
    snprintf(out, DCF_DAY_TEXT_SIZE, "%04d-%02d-%02d", d.year % 10000, d.month % 100, d.day % 100);
    return out;
}

int dcf_day_weekday(dcf_day day)
{
    return ((day + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
}

dcf_day dcf_day_add_months(dcf_day day, int months)
{
    date d = date_of(day);
    int count = d.year * 12 + d.month - 1 + months;
    d.year = count / 12 - (count % 12 < 0);
    d.month = (count % 12 + 12) % 12 + 1;
    int most = month_length(d.year, d.month);
    if (d.day > most) d.day = most;
    return day_of(d);
}

dcf_day dcf_day_month_end(dcf_day day)
{
    date d = date_of(day);
    d.day = month_length(d.year, d.month);
    return day_of(d);
}

/* --- local time ---------------------------------------------------------------------- */

static int64_t last_sunday(int year, int month)
{
    dcf_day last = day_of((date){year, month, month_length(year, month)});
    return last - (dcf_day_weekday(last) + 1) % 7;
}

static int64_t offset_at(int64_t ms)
{
    int64_t day = ms / DAY_MS - (ms % DAY_MS < 0);
    int year = date_of((dcf_day)day).year;
    int64_t begins = last_sunday(year, 3) * DAY_MS + HOUR_MS;
    int64_t ends = last_sunday(year, 10) * DAY_MS + HOUR_MS;
    return ms >= begins && ms < ends ? HOUR_MS : 0;
}

int64_t dcf_local_ms(int64_t ms)
{
    return ms + offset_at(ms);
}

dcf_day dcf_day_at(int64_t ms)
{
    int64_t local = dcf_local_ms(ms);
    return (dcf_day)(local / DAY_MS - (local % DAY_MS < 0));
}

int64_t dcf_day_ms(dcf_day day, int minute)
{
    int64_t wall = (int64_t)day * DAY_MS + (int64_t)minute * MINUTE_MS;
    return wall - offset_at(wall - offset_at(wall));
}

char *dcf_local_format(int64_t ms, char out[DCF_LOCAL_TEXT_SIZE])
{
    static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    dcf_day day = dcf_day_at(ms);
    date d = date_of(day);
    int minute = (int)((dcf_local_ms(ms) - (int64_t)day * DAY_MS) / MINUTE_MS);
    snprintf(out, DCF_LOCAL_TEXT_SIZE, "%s %d %s %d %02d:%02d", weekdays[dcf_day_weekday(day)],
             d.day, months[d.month - 1], d.year, minute / 60, minute % 60);
    return out;
}
