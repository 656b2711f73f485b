/*
 * bundle_desk.h - where ops asks for a case's bundle: a thread each, at most a few at once.
 * Thread rule: ask from any thread. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_BUNDLE_DESK_H
#define DCF_DAEMON_BUNDLE_DESK_H

#include "daemon/config.h"
#include "ops/ops.h"

#include <stdatomic.h>

typedef struct dcf_bundle_desk { /* zeroed, then these set; all borrowed */
    const dcf_kafka_conf *kafka;
    const dcf_config *config;
    atomic_int running;
    atomic_bool stop;
} dcf_bundle_desk;

/* Copies key and operator; done is called exactly once, from any thread. */
void dcf_bundle_desk_ask(dcf_bundle_desk *d, const char *key, const char *operator_,
                         dcf_bundle_done *done, void *ctx);
/* Ends what runs, and waits for it. */
void dcf_bundle_desk_close(dcf_bundle_desk *d);

#endif
