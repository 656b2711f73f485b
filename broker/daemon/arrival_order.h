/*
 * arrival_order.h - documents of one case from one link go to Kafka one at a time, in the order in
 * which they came, so that a failed one is not overtaken by what came behind it.
 *
 * One that Kafka did not confirm keeps its place: those behind it must come again too, and none of
 * them goes before it did. It is waited for DCF_ORDER_HOLD_MS since it last failed: a sender that
 * gave up does not stop its case. Thread rule: any thread. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_ARRIVAL_ORDER_H
#define DCF_DAEMON_ARRIVAL_ORDER_H

#include "dcf/status.h"

#include <stdint.h>

enum { DCF_ORDER_HOLD_MS = 60000, DCF_ORDER_MAX = 10000 }; /* failed ones past that keep no place */

typedef struct dcf_order dcf_order;

/* One document in hand: its owner's, from enter to leave. All zero before. */
typedef struct dcf_order_turn {
    struct dcf_order_place *place; /* NULL: it has none */
    struct dcf_order_turn *next;
} dcf_order_turn;

typedef enum dcf_order_word {
    DCF_ORDER_GO,
    DCF_ORDER_WAIT,      /* leave of the one before it will tell */
    DCF_ORDER_COME_AGAIN /* after the one that failed before it */
} dcf_order_word;

DCF_RESULT dcf_order_new(dcf_order **ret);
void dcf_order_free(dcf_order *o); /* no turn may be left; accepts NULL */
/* Takes a place for the document of this id (monotonic ms); after COME_AGAIN it has none. link
 * lives as long as o. */
dcf_order_word dcf_order_enter(dcf_order *o, const char *link, const char *case_key, const char *id,
                               int64_t now_ms, dcf_order_turn *turn);
/*
 * Ends a turn that has a place. Confirmed: the one behind it, which may go now. Otherwise: all that
 * waited behind it, first to last, which have no place now and must come again. NULL: none.
 */
dcf_order_turn *dcf_order_leave(dcf_order *o, dcf_order_turn *turn, bool confirmed, int64_t now_ms);

#endif
