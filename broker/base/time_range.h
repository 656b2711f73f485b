/*
 * time_range.h - stretches of calendar time as people write them, in the local time of London:
 * "2026", "2026-Q4", "2026-10", "2026-10-05" (1970 to 2199). A period begins and ends at local
 * midnight, by base/day.h. Thread rule: none; pure. SPDX-License-Identifier: MIT
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
/* One end of a stretch: a date-time as in dcf_time_parse, or a period, of which it is the begin.
 * CORRUPT: neither. */
DCF_RESULT dcf_time_edge_parse(const char *text, int64_t *ret_ms);

#endif
