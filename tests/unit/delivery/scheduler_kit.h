/*
 * scheduler_kit.h - what the scheduler's tests share: one with known waits, adding, what comes
 * next. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TESTS_SCHEDULER_KIT_H
#define DCF_TESTS_SCHEDULER_KIT_H

#include "delivery/scheduler.h"

#include "unit.h"

#include <string.h>

static inline uint64_t most(void *ctx) /* the longest wait the jitter allows, so times are known */
{
    (void)ctx;
    return UINT64_MAX - UINT64_MAX % 4000 - 1;
}

static inline dcf_scheduler *make(void (*change)(dcf_scheduler_config *))
{
    dcf_scheduler_config c = dcf_scheduler_defaults;
    c.random = most;
    c.backoff_ms = 1000;
    c.backoff_cap_ms = 4000;
    if (change) change(&c);
    dcf_scheduler *s = NULL;
    CU_ASSERT_FATAL(dcf_ok(dcf_scheduler_new(&c, &s)));
    CU_ASSERT_FATAL(dcf_ok(dcf_scheduler_assign(s, 0, 0, NULL)));
    return s;
}

static int64_t next_offset;

static inline dcf_delivery add(dcf_scheduler *s, const char *id, const char *key, int64_t deadline,
                               int64_t now)
{
    dcf_scheduler_message m = {.id = id,
                               .case_key = key,
                               .offset = next_offset++,
                               .deadline_ms = deadline,
                               .arrived_ms = now,
                               .size = 10};
    dcf_delivery d = 0;
    CU_ASSERT(dcf_ok(dcf_scheduler_add(s, &m, now, &d)));
    return d;
}

static inline const char *next_id(dcf_scheduler *s, int64_t now, dcf_delivery *ret)
{
    *ret = dcf_scheduler_next(s, now);
    const dcf_scheduler_message *m = dcf_scheduler_message_of(s, *ret);
    return m ? m->id : "none";
}

#define NEXT_IS(s, now, text) CU_ASSERT_STRING_EQUAL(next_id(s, now, &d), text)
#define RESULT(s, now, what)                                                                       \
    CU_ASSERT(dcf_ok(dcf_scheduler_result(s, d, now, DCF_ATTEMPT_##what, 0)))

#endif
