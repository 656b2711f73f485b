/* txn_consume.c - the consuming half of the transactional pair: poll, rebalance, rewind.
 * SPDX-License-Identifier: MIT */
#include "kafka/txn_internal.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>

enum {
    REWIND_STEP_MS = 2000, /* one try */
    REWIND_MS = 60000      /* tries before a reopen is the better way */
};

typedef rd_kafka_topic_partition_list_t parts;

/* --- rebalance ------------------------------------------------------------ */

/* Calls f once a topic. */
static void tell(const dcf_txn *t, dcf_txn_partitions f, parts *list)
{
    int32_t *ids = list->cnt && f ? calloc((size_t)list->cnt, sizeof *ids) : NULL;
    if (!ids) return;
    rd_kafka_topic_partition_list_sort(list, NULL, NULL);
    for (int i = 0; i < list->cnt;) {
        const char *topic = list->elems[i].topic;
        size_t n = 0;
        for (; i < list->cnt && strcmp(list->elems[i].topic, topic) == 0; i++)
            ids[n++] = list->elems[i].partition;
        f(t->self, topic, ids, n);
    }
    free(ids);
}

/* The client remembers what is paused beyond a rebalance: given back, it would never flow. */
static void forget_paused(dcf_txn *t, rd_kafka_t *rk)
{
    rd_kafka_resp_err_t err = rd_kafka_resume_partitions(rk, t->paused);
    if (err) dcf_rk_log(rk, "resume", rd_kafka_err2str(err));
    rd_kafka_topic_partition_list_destroy(t->paused);
    t->paused = rd_kafka_topic_partition_list_new(4);
}

static void on_taken(dcf_txn *t, rd_kafka_t *rk, parts *list)
{
    if (t->open) {
        t->lost = true;
        if (dcf_failed(txn_abort_open(t)))
            dcf_log(DCF_LOG_WARN, "KAFKA_TXN_ABORT_FAILED", "text", "during a rebalance", NULL);
    }
    t->rewind = false; /* the next assignment starts at the committed offsets anyway */
    forget_paused(t, rk);
    tell(t, t->on_revoke, list);
}

void txn_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, parts *list, void *opaque)
{
    dcf_txn *t = ((struct txn_link *)opaque)->owner;
    bool given = err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    if (t)
        dcf_log(DCF_LOG_INFO, given ? "KAFKA_ASSIGNED" : "KAFKA_REVOKED", "client",
                rd_kafka_name(rk), "partitions", DCF_U64(list->cnt), NULL);
    if (t && !given) on_taken(t, rk, list);
    rd_kafka_assign(rk, given ? list : NULL);
    if (t && given) tell(t, t->on_assign, list);
}

/* --- rewind --------------------------------------------------------------- */

static bool seek_failed(const parts *list)
{
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].err) return true;
    return false;
}

static dcf_status seek(dcf_txn *t, parts *list, int timeout_ms)
{
    rd_kafka_error_t *e = rd_kafka_seek_partitions(t->consumer, list, timeout_ms);
    if (e) return dcf_rk_error(e);
    return seek_failed(list) ? DCF_ERR(UNAVAILABLE) : DCF_OK;
}

/* Puts every assigned partition back to its committed offset. */
static dcf_status rewind_now(dcf_txn *t)
{
    parts *list = NULL;
    rd_kafka_resp_err_t err = rd_kafka_assignment(t->consumer, &list);
    if (err) return dcf_rk_status(err);
    if (list->cnt) err = rd_kafka_committed(t->consumer, list, REWIND_STEP_MS);
    for (int i = 0; !err && i < list->cnt; i++) {
        if (list->elems[i].err) err = list->elems[i].err;
        if (list->elems[i].offset < 0) list->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    dcf_status s = dcf_rk_status(err);
    if (dcf_ok(s) && list->cnt) s = seek(t, list, REWIND_STEP_MS);
    rd_kafka_topic_partition_list_destroy(list);
    return s;
}

/* True when records may be given out. */
static bool rewound(dcf_txn *t)
{
    if (!t->rewind) return true;
    t->rewind = dcf_failed(rewind_now(t));
    if (t->rewind && dcf_clock_mono_ms() - t->rewind_since > REWIND_MS) txn_broken(t, "rewind");
    return !t->rewind;
}

/* --- poll ----------------------------------------------------------------- */

static dcf_status judge(dcf_txn *t, const rd_kafka_message_t *m)
{
    if (m->err == RD_KAFKA_RESP_ERR__FATAL || rd_kafka_fatal_error(t->consumer, NULL, 0))
        return txn_broken(t, rd_kafka_message_errstr(m));
    dcf_rk_log(t->consumer, "poll", rd_kafka_message_errstr(m)); /* it recovers by itself */
    return DCF_ERR(AGAIN);
}

dcf_status dcf_txn_poll(dcf_txn *t, int timeout_ms, dcf_record *ret)
{
    if (t->broken) return DCF_ERR(FENCED);
    rd_kafka_poll(t->producer, 0);
    bool usable = rewound(t);
    if (t->broken) return DCF_ERR(FENCED);
    rd_kafka_message_t *m = rd_kafka_consumer_poll(t->consumer, timeout_ms);
    dcf_status s = t->broken ? DCF_ERR(FENCED) : m && m->err ? judge(t, m) : DCF_ERR(AGAIN);
    /* Fetched before a rewind that is still due: it will be read again. */
    if (m && !m->err && usable && !t->rewind && !t->broken) {
        dcf_rk_record(m, ret);
        return DCF_OK;
    }
    if (m) rd_kafka_message_destroy(m);
    return s;
}

/* --- one partition -------------------------------------------------------- */

dcf_status dcf_txn_committed(dcf_txn *t, const char *topic, int32_t partition, int64_t *ret_offset,
                             dcf_buf *ret_metadata)
{
    if (!t->consumer) return DCF_ERR(FENCED);
    parts *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *p = rd_kafka_topic_partition_list_add(list, topic, partition);
    rd_kafka_resp_err_t err = rd_kafka_committed(t->consumer, list, DCF_RK_CALL_MS);
    if (!err) err = p->err;
    if (!err) {
        *ret_offset = p->offset < 0 ? -1 : p->offset;
        dcf_buf_add(ret_metadata, dcf_span_of(p->metadata, p->metadata_size));
    }
    rd_kafka_topic_partition_list_destroy(list);
    return dcf_rk_status(err);
}

dcf_status dcf_txn_end(dcf_txn *t, const char *topic, int32_t partition, int64_t *ret_end)
{
    int64_t low;
    if (!t->consumer) return DCF_ERR(FENCED);
    return dcf_rk_watermarks(t->consumer, topic, partition, &low, ret_end);
}

dcf_status dcf_txn_seek(dcf_txn *t, const char *topic, int32_t partition, int64_t offset)
{
    if (!t->consumer) return DCF_ERR(FENCED);
    parts *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
    dcf_status s = seek(t, list, DCF_RK_CALL_MS);
    rd_kafka_topic_partition_list_destroy(list);
    return s;
}

/* The client must not resume what is not paused (#4686), so the paused ones are kept here. */
static dcf_status turn(dcf_txn *t, const char *topic, int32_t partition, bool pause)
{
    if (!t->consumer) return DCF_ERR(FENCED);
    bool is_paused = rd_kafka_topic_partition_list_find(t->paused, topic, partition) != NULL;
    if (is_paused == pause) return DCF_OK;
    parts *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *p = rd_kafka_topic_partition_list_add(list, topic, partition);
    rd_kafka_resp_err_t err = pause ? rd_kafka_pause_partitions(t->consumer, list)
                                    : rd_kafka_resume_partitions(t->consumer, list);
    if (!err) err = p->err;
    if (!err && pause) rd_kafka_topic_partition_list_add(t->paused, topic, partition);
    if (!err && !pause) rd_kafka_topic_partition_list_del(t->paused, topic, partition);
    rd_kafka_topic_partition_list_destroy(list);
    return dcf_rk_status(err);
}

dcf_status dcf_txn_pause(dcf_txn *t, const char *topic, int32_t partition)
{
    return turn(t, topic, partition, true);
}

dcf_status dcf_txn_resume(dcf_txn *t, const char *topic, int32_t partition)
{
    return turn(t, topic, partition, false);
}
