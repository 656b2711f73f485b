/*
 * txn.h - the exactly-once loop: a consumer of a group and a transactional
 * producer that belong together. What was read, what was made of it and how far
 * was read become visible as one, or not at all.
 *
 *   open -> poll ... poll -> begin -> send ... send -> commit(offsets) -> poll ...
 *
 * What a result of begin, send, commit and abort means:
 *   OK       done.
 *   FENCED   (class FATAL) the outcome is unknown, another process took over, or
 *            the client is broken. Forget everything read and made; call
 *            dcf_txn_reopen until it is OK; on_assign runs again and state must
 *            be restored from the topics, which tell what was done.
 *   others   from commit and abort: the transaction is certainly aborted, and the
 *            next poll starts at the committed offsets. Forget every record read
 *            and not committed, also those of other transactions' windows, and
 *            undo state. AGAIN: the same batch may succeed. LIMIT, NOT_FOUND, CORRUPT:
 *            a message of it was refused by the cluster (which was logged) and will be
 *            again: try its inputs one a transaction, hold the one that fails alone.
 * On the embedded cluster none of this holds (embedded.h).
 *
 * A rebalance takes all partitions (eager) and gives some back. It happens inside
 * poll; an open transaction is aborted first, then on_revoke, on_assign. After
 * that send and commit of that transaction give AGAIN.
 * Call poll at least every 5 minutes (pause what has no room), also while waiting.
 * Thread rule: one thread at a time; the callbacks run inside poll.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_KAFKA_TXN_H
#define DCF_KAFKA_TXN_H

#include "base/buf.h"
#include "kafka/client.h"
#include "kafka/record.h"

typedef struct dcf_txn dcf_txn;

/* One call for each topic that is concerned. The array is borrowed. */
typedef void (*dcf_txn_partitions)(void *self, const char *topic, const int32_t *partitions,
                                   size_t n);

typedef struct dcf_txn_spec {
    const char *group;
    const char *transactional_id; /* one living process each: a second one fences the first */
    const char *const *topics;    /* to read */
    size_t topic_count;
    const char *const *outputs; /* to write, looked up at open so that the first message does not
                                   wait; may be NULL */
    size_t output_count;
    /* Another such id, or NULL. With it two producers take turns, so that a transaction need not
     * wait until the brokers have written the end of the one before: shorter waits, for a client
     * more. What holds of one holds of both: a transaction is begun only when the other producer's
     * is decided. */
    const char *second_id;
    dcf_txn_partitions on_assign; /* may take long: restore state here, with a reader of its own */
    dcf_txn_partitions on_revoke; /* not called by close and reopen */
    void *self;
} dcf_txn_spec;

typedef struct dcf_offset {
    const char *topic;
    int32_t partition;
    int64_t next_offset;  /* the first record that is not done */
    const char *metadata; /* kept with it, NUL-terminated; NULL for none */
} dcf_offset;

enum { DCF_OFFSET_METADATA_MAX = 4096 }; /* bytes; the brokers' default offset.metadata.max.bytes */

/*
 * Fences a predecessor of the same transactional id, then joins the group.
 * CONFIG (err filled), UNAVAILABLE or TIMEOUT: nothing was opened. spec is copied.
 */
DCF_RESULT dcf_txn_open(const dcf_kafka_conf *conf, const dcf_txn_spec *spec, dcf_txn **ret,
                        dcf_kafka_error *err);
/* Destroys both clients (at most about 20 s if they hang) and makes new ones. UNAVAILABLE, TIMEOUT:
 * call it again. */
DCF_RESULT dcf_txn_reopen(dcf_txn *t);
/* Aborts what is open, leaves the group. Free records first. Accepts NULL. */
void dcf_txn_close(dcf_txn *t);

/*
 * OK with the next committed record (dcf_record_free it before close or reopen); AGAIN
 * when there is none within timeout_ms; FENCED. May be called inside a transaction.
 */
DCF_RESULT dcf_txn_poll(dcf_txn *t, int timeout_ms, dcf_record *ret);

DCF_RESULT dcf_txn_begin(dcf_txn *t);
/*
 * Copies out into the local queue; waits when that is full. LIMIT, NOT_FOUND: this message
 * was not taken, the transaction is as before. AGAIN, TIMEOUT: give up, call abort.
 */
DCF_RESULT dcf_txn_send(dcf_txn *t, const dcf_out *out);
/* Flushes, sends the offsets with the transaction, commits. At most about 60 s. */
DCF_RESULT dcf_txn_commit(dcf_txn *t, const dcf_offset *offsets, size_t n);
/* OK: aborted, and the next poll starts at the committed offsets. OK also when nothing is open. */
DCF_RESULT dcf_txn_abort(dcf_txn *t);

/*
 * The committed offset of an assigned partition (-1: none yet) and its metadata
 * appended to ret_metadata (nothing when there is none).
 */
DCF_RESULT dcf_txn_committed(dcf_txn *t, const char *topic, int32_t partition, int64_t *ret_offset,
                             dcf_buf *ret_metadata);
/* One past the newest committed record of a partition. */
DCF_RESULT dcf_txn_end(dcf_txn *t, const char *topic, int32_t partition, int64_t *ret_end);
/* The next record of an assigned partition is the one at offset, or the first after it. */
DCF_RESULT dcf_txn_seek(dcf_txn *t, const char *topic, int32_t partition, int64_t offset);
/* No records of this partition until resumed, or assigned anew. Pausing twice and resuming what
 * flows are OK. */
DCF_RESULT dcf_txn_pause(dcf_txn *t, const char *topic, int32_t partition);
DCF_RESULT dcf_txn_resume(dcf_txn *t, const char *topic, int32_t partition);

#endif
