/* days.h - days and times in the tests, written as people write them. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TEST_DAYS_H
#define DCF_TEST_DAYS_H

#include "base/clock.h"
#include "base/day.h"

#include "unit.h"

static inline dcf_day day(const char *text)
{
    dcf_day d = 0;
    CU_ASSERT_FATAL(dcf_day_parse(text, &d));
    return d;
}

static inline int64_t ms(const char *text)
{
    int64_t t = 0;
    CU_ASSERT_FATAL(dcf_ok(dcf_time_parse(text, &t)));
    return t;
}

#define SAME_DAY(d, text)                                                                          \
    do {                                                                                           \
        char out_[DCF_DAY_TEXT_SIZE];                                                              \
        CU_ASSERT_STRING_EQUAL(dcf_day_format(d, out_), text);                                     \
    } while (0)

#endif
