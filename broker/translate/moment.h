/*
 * moment.h - a date-time as numbers, in the legal time of the United Kingdom.
 * Source: Summer Time Act 1972 as amended by SI 2002/262: an hour ahead from one o'clock UTC on the
 * last Sunday in March to that of October. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_MOMENT_H
#define DCF_TRANSLATE_MOMENT_H

#include <stdbool.h>

typedef struct dcf_moment {
    int year, month, day, hours, minutes, seconds;
} dcf_moment;

/* Of YYYY-MM-DDTHH:MM:SS, with Z or an offset; without one it is local already. A fraction is cut
 * off. False when it is none. */
bool dcf_moment_local(const char *text, dcf_moment *ret);

#endif
