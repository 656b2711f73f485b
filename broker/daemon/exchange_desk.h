/*
 * exchange_desk.h - what the exchange makes, as records of the open Kafka transaction.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_EXCHANGE_DESK_H
#define DCF_DAEMON_EXCHANGE_DESK_H

#include "daemon/config.h"
#include "exchange/exchange.h"
#include "kafka/txn.h"

typedef struct dcf_exchange_desk {
    const dcf_config *config;         /* borrowed */
    dcf_txn *txn;                     /* borrowed */
    dcf_buf packed;                   /* the last record made; owned */
    dcf_arena arena;                  /* of the last record; owned */
    size_t outputs[DCF_OUTPUT_KINDS]; /* records sent, by kind, since they were set to 0 */
} dcf_exchange_desk;

/* Every topic it may write to: one that the client learns of by a message keeps that waiting for a
 * second. Lies in the arena; as many as fit there. */
const char *const *dcf_exchange_topics(const dcf_config *config, dcf_arena *arena,
                                       size_t *ret_count);

/* The statuses are those of dcf_txn_send; LIMIT also when it is more than a record may hold. */
DCF_RESULT dcf_exchange_send_state(dcf_exchange_desk *d, int32_t partition, const char *key,
                                   dcf_span packed);
/* All of an outcome but its state; its audit events together (model/audit.h). */
DCF_RESULT dcf_exchange_send_outputs(dcf_exchange_desk *d, const dcf_outcome *o);
/*
 * A record that is no envelope (e NULL), or that makes something that cannot be kept: held whole
 * when that fits a record. It stays on its topic in any case, where its id says. What is nobody's
 * is accounted for under the name of its topic, as if that were a link.
 */
DCF_RESULT dcf_exchange_hold(dcf_exchange_desk *d, const dcf_record *r, Dcf__V1__Envelope *e,
                             dcf_fault_code reason);

#endif
