/*
 * day.h - days, and the local time of England and Wales, by rule alone: the machine's time zone
 * never matters. Europe/London is GMT, and one hour ahead from the last Sunday of March to the
 * last of October, 01:00 UTC (Summer Time Order 2002, SI 2002/262).
 * A day is the number of days since 1970-01-01. Thread rule: none; pure.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_BASE_DAY_H
#define DCF_BASE_DAY_H

#include <stdbool.h>
#include <stdint.h>

enum { DCF_DAY_TEXT_SIZE = 12, DCF_LOCAL_TEXT_SIZE = 32 };

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
/* What the local clock shows, in milliseconds since it showed the begin of 1970. */
int64_t dcf_local_ms(int64_t ms);
/* "Sat 21 Nov 2026 15:17", local. */
char *dcf_local_format(int64_t ms, char out[DCF_LOCAL_TEXT_SIZE]);

#endif
