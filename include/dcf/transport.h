/*
 * transport.h - how native bytes arrive at the gateway, whatever brought them.
 *
 * A transport makes an arrival and hands it to the gateway, which settles it
 * exactly once: ACCEPTED only after Kafka has the message (design invariant 1),
 * so that settling is what may move a file or answer a request.
 * Thread rule: settle may run on any thread, also before arrive returns.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSPORT_H
#define DCF_TRANSPORT_H

#include "dcf/fault.h"
#include "dcf/span.h"

struct dcf_link;

typedef enum dcf_verdict_kind {
    DCF_VERDICT_ACCEPTED, /* Kafka has it: release the source */
    DCF_VERDICT_REFUSED, /* it has errors, and Kafka has the refusal: tell the sender all of them */
    DCF_VERDICT_BUSY     /* not now: nothing was kept; offer it again later */
} dcf_verdict_kind;

typedef struct dcf_verdict {
    dcf_verdict_kind kind;
    const char *message_id; /* borrowed for the call; "" when BUSY */
    const dcf_faults
        *faults; /* borrowed for the call; errors when REFUSED, warnings when ACCEPTED */
} dcf_verdict;

typedef struct dcf_arrival {
    const struct dcf_link *link;
    dcf_span body;         /* lives until settled */
    const char *name;      /* file name, or "" */
    const char *source_id; /* an id the transport carried (Idempotency-Key), or "": the document's
                              own id wins */
    dcf_fault_code
        fault; /* already refused by the transport (too large, unsafe file): 0 when not */
    void (*settle)(struct dcf_arrival *arrival,
                   const dcf_verdict *verdict); /* ends the arrival's life */
} dcf_arrival;

typedef void dcf_arrive_fn(void *gateway, dcf_arrival *arrival);

#endif
