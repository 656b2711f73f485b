/* await.h - waiting for what another thread or process brings about: until it is so, however slow
 * the machine. SPDX-License-Identifier: MIT */
#ifndef DCF_TESTS_AWAIT_H
#define DCF_TESTS_AWAIT_H

#include "base/clock.h"
#include "unit.h"

#include <unistd.h>

enum { PATIENCE_MS = 60000 };

/* Ends the test where it does not come about. */
#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        for (int64_t until_ = dcf_clock_mono_ms() + PATIENCE_MS; !(condition); usleep(5000))       \
            if (dcf_clock_mono_ms() >= until_) CU_FAIL_FATAL("waited too long for " #condition);   \
    } while (0)

#endif
