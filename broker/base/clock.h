/*
 * clock.h - time is handed in, never taken: the pure rooms get a now_ms, the
 * others ask this one clock, which tests may set.
 * Times are milliseconds since 1970-01-01T00:00:00Z. SPDX-License-Identifier: MIT
 */
#ifndef DCF_BASE_CLOCK_H
#define DCF_BASE_CLOCK_H

#include "dcf/status.h"

#include <stddef.h>
#include <stdint.h>

int64_t dcf_clock_ms(void);      /* wall clock; any thread */
int64_t dcf_clock_mono_ms(void); /* never goes back; for timeouts; any thread */

enum { DCF_TIME_TEXT_SIZE = 32 };
/* "2026-11-21T15:17:50.123Z" into out (NUL-terminated; "" outside the years 0 to 9999); returns
 * out. */
char *dcf_time_format(int64_t ms, char out[DCF_TIME_TEXT_SIZE]);
/* Reads an RFC 3339 date-time with offset or Z; CORRUPT when it is none. */
DCF_RESULT dcf_time_parse(const char *text, int64_t *ret_ms);

#endif
