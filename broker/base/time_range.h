/*
 * time_range.h - stretches of calendar time as people write them, in the local time of London:
 * "2026", "2026-Q4", "2026-10", "2026-10-05". A period begins and ends at local midnight,
 * whatever the time zone of the machine; summer time is the rule of SI 2002/262 (last Sundays
 * of March and October, 01:00 UTC). Thread rule: none; pure. SPDX-License-Identifier: MIT
 */
#ifndef DCF_BASE_TIME_RANGE_H
#define DCF_BASE_TIME_RANGE_H

#include "dcf/status.h"

#include <stdint.h>

typedef struct dcf_time_range {
    int64_t from_ms, to_ms; /* to: exclusive */
} dcf_time_range;

/* CORRUPT when it is none of the four forms, or a date that does not exist. */
DCF_RESULT dcf_time_range_parse(const char *text, dcf_time_range *ret);
/* UTC of the local midnight that begins this day; day may run over the month's end. */
int64_t dcf_london_midnight_ms(int year, int month, int day);
/* One end of a stretch: a date-time as in dcf_time_parse, or a period, of which it is the begin.
 * CORRUPT: neither. */
DCF_RESULT dcf_time_edge_parse(const char *text, int64_t *ret_ms);

#endif
