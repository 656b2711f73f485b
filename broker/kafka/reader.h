/*
 * reader.h - reads given partitions from given offsets, in no group: to restore
 * state from a compacted topic, and for projections that keep their offsets with
 * what they made. Only committed records are seen.
 * Thread rule: one thread at a time. SPDX-License-Identifier: MIT
 */
#ifndef DCF_KAFKA_READER_H
#define DCF_KAFKA_READER_H

#include "kafka/client.h"
#include "kafka/record.h"

typedef struct dcf_reader dcf_reader;

enum { DCF_OFFSET_BEGINNING = -2 };

typedef struct dcf_reader_start {
    const char *topic;
    int32_t partition;
    int64_t offset; /* the first to read, or DCF_OFFSET_BEGINNING. One that is gone means the oldest
                       there is, and is logged. */
} dcf_reader_start;

/* Asks for the end of each partition as of now (see caught_up). Blocks for that. starts is copied.
 */
DCF_RESULT dcf_reader_open(const dcf_kafka_conf *conf, const dcf_reader_start *starts, size_t n,
                           dcf_reader **ret, dcf_kafka_error *err);
/* OK with a record (dcf_record_free it before close), AGAIN when there is none within timeout_ms,
 * FENCED: open anew. */
DCF_RESULT dcf_reader_poll(dcf_reader *r, int timeout_ms, dcf_record *ret);
/*
 * True once everything that was written when the reader was opened is decided, and
 * what of it was committed has been given out, whatever gaps aborted transactions,
 * markers and compaction left. So it waits for transactions that were open then: at
 * most their timeout (30 s for those of txn.h). Stays true.
 */
bool dcf_reader_caught_up(const dcf_reader *r);
/*
 * Of the i-th partition as opened: where reading goes on, and how many offsets
 * (not records: gaps count) are known to lie ahead. Any pointer may be NULL.
 */
void dcf_reader_progress(const dcf_reader *r, size_t i, int64_t *ret_next, int64_t *ret_end,
                         int64_t *ret_lag);
/* Accepts NULL. */
void dcf_reader_close(dcf_reader *r);

#endif
