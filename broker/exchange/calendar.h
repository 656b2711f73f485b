/*
 * calendar.h - periods, bank holidays and working days of England and Wales, from data alone.
 *
 * Bank holidays are data: config/bank-holidays.yaml says which years it knows, and an answer about
 * another year says so instead of guessing. Days and local time are those of base/day.h.
 * Thread rule: holidays are immutable after loading. SPDX-License-Identifier: MIT
 */
#ifndef DCF_EXCHANGE_CALENDAR_H
#define DCF_EXCHANGE_CALENDAR_H

#include "base/day.h"
#include "base/yaml.h"

enum { DCF_PERIOD_TEXT_SIZE = 32 };

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
void dcf_holidays_free(dcf_holidays *h);                       /* accepts NULL */
bool dcf_holidays_working(const dcf_holidays *h, dcf_day day); /* h NULL: weekends only */
dcf_day dcf_holidays_last(const dcf_holidays *h);              /* of the days it speaks of */

/* The day so many days, weeks, months or working days on; the starting day itself is not counted.
 * ret_sure (may be NULL) turns false when a working day was counted that h does not cover. */
dcf_day dcf_day_add(const dcf_holidays *h, dcf_day day, dcf_period p, bool *ret_sure);
/* The same of a moment: times are added to it, days to its local day, keeping the local time. */
int64_t dcf_moment_add(const dcf_holidays *h, int64_t ms, dcf_period p, bool *ret_sure);

#endif
