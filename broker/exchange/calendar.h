/*
 * calendar.h - days, local time and working days of England and Wales, from data and rule alone.
 *
 * The machine's time zone never matters: Europe/London is GMT, and one hour ahead from the last
 * Sunday of March to the last of October, 01:00 UTC (Summer Time Order 2002). Bank holidays are
 * data: config/bank-holidays.yaml says which years it knows, and an answer about another year says
 * so instead of guessing. A day is the number of days since 1970-01-01.
 * Thread rule: holidays are immutable after loading. SPDX-License-Identifier: MIT
 */
#ifndef DCF_EXCHANGE_CALENDAR_H
#define DCF_EXCHANGE_CALENDAR_H

#include "base/yaml.h"

enum { DCF_DAY_TEXT_SIZE = 12, DCF_LOCAL_TEXT_SIZE = 32, DCF_PERIOD_TEXT_SIZE = 32 };

typedef int32_t dcf_day;

/* "2026-11-21"; false when it is no whole date of the years 1900 to 2199. */
bool dcf_day_parse(const char *text, dcf_day *ret);
char *dcf_day_format(dcf_day day, char out[DCF_DAY_TEXT_SIZE]);
/* 0 Monday to 6 Sunday. */
int dcf_day_weekday(dcf_day day);
dcf_day dcf_day_add_months(dcf_day day, int months); /* the last of the month when it is shorter */
dcf_day dcf_day_month_end(dcf_day day);

/* The local day at that moment, and the moment when the local clock shows that minute of the day
 * (0 to 1440; of an hour that the spring skips, the one after it). Milliseconds since 1970. */
dcf_day dcf_day_at(int64_t ms);
int64_t dcf_day_ms(dcf_day day, int minute);
/* "Sat 21 Nov 2026 15:17", local. */
char *dcf_local_format(int64_t ms, char out[DCF_LOCAL_TEXT_SIZE]);

/* --- periods: "3 hours", "28 days", "8 weeks", "6 months", "5 working days"; minus: back ------ */

typedef enum dcf_period_unit {
    DCF_UNIT_MINUTES,
    DCF_UNIT_HOURS,
    DCF_UNIT_DAYS,
    DCF_UNIT_WEEKS,
    DCF_UNIT_MONTHS,
    DCF_UNIT_WORKING_DAYS
} dcf_period_unit;

typedef struct dcf_period {
    int32_t count;
    dcf_period_unit unit;
} dcf_period;

bool dcf_period_parse(const char *text, dcf_period *ret);
char *dcf_period_format(dcf_period p, char out[DCF_PERIOD_TEXT_SIZE]);
/* Minutes and hours: the period is counted on the moment itself, not on days. */
bool dcf_period_is_time(dcf_period p);

/* --- bank holidays -----------------------------------------------------------------------------
 */

typedef struct dcf_holidays dcf_holidays;

/* CONFIG with err naming file and line; NOT_FOUND, IO, NOMEM. The caller frees. */
DCF_RESULT dcf_holidays_load(const char *path, dcf_holidays **ret, dcf_yaml_error *err);
DCF_RESULT dcf_holidays_parse(dcf_span text, const char *name, dcf_holidays **ret,
                              dcf_yaml_error *err);
void dcf_holidays_free(dcf_holidays *h); /* accepts NULL */
/* Whether the file speaks of that day at all: its year lies in valid_from to valid_until. */
bool dcf_holidays_cover(const dcf_holidays *h, dcf_day day);
bool dcf_holidays_working(const dcf_holidays *h, dcf_day day); /* h NULL: weekends only */
dcf_day dcf_holidays_last(const dcf_holidays *h);              /* of the days it speaks of */

/* The day so many days, weeks, months or working days on; the starting day itself is not counted.
 * ret_sure (may be NULL) turns false when a working day was counted that h does not cover. */
dcf_day dcf_day_add(const dcf_holidays *h, dcf_day day, dcf_period p, bool *ret_sure);
/* The same of a moment: times are added to it, days to its local day, keeping the local time. */
int64_t dcf_moment_add(const dcf_holidays *h, int64_t ms, dcf_period p, bool *ret_sure);

#endif
