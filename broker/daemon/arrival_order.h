/*
 * arrival_order.h - a document that Kafka did not confirm keeps its place: later ones of its case
 * from its link wait until it came again, so that a retry overtakes nothing.
 *
 * It waits for at most DCF_ORDER_HOLD_MS since it last failed: a sender that gave up does not stop
 * its case. Thread rule: any thread. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_ARRIVAL_ORDER_H
#define DCF_DAEMON_ARRIVAL_ORDER_H

#include "dcf/status.h"

#include <stdint.h>

enum { DCF_ORDER_HOLD_MS = 60000, DCF_ORDER_MAX = 1000 }; /* past that, the oldest is forgotten */

typedef struct dcf_order dcf_order;

DCF_RESULT dcf_order_new(dcf_order **ret);
void dcf_order_free(dcf_order *o); /* accepts NULL */
/* Whether this message may go now (monotonic ms): none of its case that failed before it waits. */
bool dcf_order_may_pass(dcf_order *o, const char *link, const char *case_key, const char *id,
                        int64_t now_ms);
void dcf_order_failed(dcf_order *o, const char *link, const char *case_key, const char *id,
                      int64_t now_ms);
void dcf_order_confirmed(dcf_order *o, const char *id);

#endif
