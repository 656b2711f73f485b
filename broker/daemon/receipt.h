/*
 * receipt.h - what the delivery stage tells: to the exchange an envelope with a
 * receipt, posted to dcf.submitted like any other message; to the people who look
 * after held messages the whole of one that was refused.
 *
 * source is the broker; destination is the sender of the delivered message, to
 * whom the exchange passes it on; the id is made of the delivered message's id,
 * so that the same news told twice is known as one. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_RECEIPT_H
#define DCF_DAEMON_RECEIPT_H

#include "base/arena.h"
#include "base/buf.h"
#include "dcf/translate.h"
#include "dcf/v1/envelope.pb-c.h"

typedef struct dcf_receipt_facts {
    const Dcf__V1__Envelope *about; /* the message that was delivered or not */
    const char *about_type;         /* its type where it has no body any more; NULL: its body's */
    const char *party;              /* who received, or would have */
    const dcf_dialect *dialect;     /* it was written in; NULL: not told */
    Dcf__V1__ReceiptKind kind;
    const dcf_faults *faults; /* may be NULL */
    const char *receiver_reference;
    uint32_t attempts;
    int64_t now_ms;
} dcf_receipt_facts;

/* Packs the receipt's envelope into out. NOMEM over the arena's limit. */
DCF_RESULT dcf_receipt_pack(const dcf_receipt_facts *facts, dcf_arena *arena, dcf_buf *out);
/* Packs the held record of a message its receiver refused, or that cannot be written in its
 * dialect: kept whole. */
DCF_RESULT dcf_held_pack(const dcf_receipt_facts *facts, dcf_arena *arena, dcf_buf *out);

#endif
