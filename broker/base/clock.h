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

int64_t dcf_clock_ms(void); /* wall clock; any thread */
/*
 * For tests: the wall clock is ahead by the milliseconds that stand in this file (behind: -1000),
 * which is looked at again five times a second; no file, no number: 0. path is borrowed for ever.
 * Call it before there are threads.
 */
void dcf_clock_offset_file(const char *path);
int64_t dcf_clock_mono_ms(void); /* never goes back; for timeouts; any thread */

enum { DCF_TIME_TEXT_SIZE = 32 };
/* "2026-11-21T15:17:50.123Z" into out (NUL-terminated; "" outside the years 0 to 9999); returns
 * out. */
char *dcf_time_format(int64_t ms, char out[DCF_TIME_TEXT_SIZE]);
/* Reads an RFC 3339 date-time with offset or Z; CORRUPT when it is none. */
DCF_RESULT dcf_time_parse(const char *text, int64_t *ret_ms);

#endif
