/* moment.c - see moment.h. */
#include "translate/moment.h"

#include <stdint.h>
#include <string.h>

/* Days since 1970-01-01 in the Gregorian calendar, years counted from March. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void from_seconds(int64_t t, dcf_moment *m)
{
    int64_t days = (t >= 0 ? t : t - 86399) / 86400, rest = t - days * 86400;
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100),
            month = (5 * of_year + 2) / 153;
    m->day = (int)(of_year - (153 * month + 2) / 5 + 1);
    m->month = (int)(month < 10 ? month + 3 : month - 9);
    m->year = (int)(year + era * 400 + (m->month <= 2));
    m->hours = (int)(rest / 3600);
    m->minutes = (int)(rest / 60 % 60);
    m->seconds = (int)(rest % 60);
}

/* One o'clock UTC on the last Sunday of a month with 31 days. */
static int64_t last_sunday(int year, int month)
{
    int64_t last = days_of(year, month, 31);
    return (last - (last + 4) % 7) * 86400 + 3600; /* 1970-01-01 was a Thursday */
}

/* A digit for each 0, and what else stands there. */
static bool has_form(const char *text, const char *form)
{
    for (; *form; form++, text++)
        if (*form == '0' ? *text < '0' || *text > '9' : *text != *form) return false;
    return true;
}

static int number(const char *text, size_t digits)
{
    int n = 0;
    for (size_t i = 0; i < digits; i++) n = n * 10 + (text[i] - '0');
    return n;
}

static int64_t seconds_of(int64_t hours, int64_t minutes, int64_t seconds)
{
    return (hours * 60 + minutes) * 60 + seconds;
}

bool dcf_moment_local(const char *text, dcf_moment *ret)
{
    if (!has_form(text, "0000-00-00T00:00:00")) return false;
    const char *zone = strpbrk(text + 19, "Z+-");
    dcf_moment m = {.year = number(text, 4),
                    .month = number(text + 5, 2),
                    .day = number(text + 8, 2),
                    .hours = number(text + 11, 2),
                    .minutes = number(text + 14, 2),
                    .seconds = number(text + 17, 2)};
    *ret = m;
    if (!zone) return true;
    if (*zone != 'Z' && !has_form(zone + 1, "00:00")) return false;
    int64_t offset = *zone == 'Z' ? 0 : seconds_of(number(zone + 1, 2), number(zone + 4, 2), 0);
    if (*zone == '-') offset = -offset;
    int64_t t = days_of(m.year, m.month, m.day) * 86400 +
                seconds_of(m.hours, m.minutes, m.seconds) - offset;
    bool summer = t >= last_sunday(m.year, 3) && t < last_sunday(m.year, 10);
    from_seconds(t + (summer ? 3600 : 0), ret);
    return true;
}
