/* txn.c - the transactional pair: its life, and the producing half. SPDX-License-Identifier: MIT */
#include "kafka/txn.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/txn_internal.h"

#include <stdlib.h>

enum {
    ABORT_FLUSH_MS = 2000, /* what is queued gets this long before an abort */
    STEP_MS = 5000,        /* one try of a transaction call */
    OUTCOME_MS = 45000 /* until an outcome counts as unknown; more than transaction.timeout.ms */
};

dcf_status txn_broken(dcf_txn *t, const char *why)
{
    if (!t->broken) dcf_log(DCF_LOG_ERROR, "KAFKA_TXN_BROKEN", "text", why, NULL);
    t->broken = true;
    return DCF_ERR(FENCED);
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    dcf_txn *t = ((struct txn_link *)opaque)->owner;
    if (!m->err || !t || rk != t->producer || dcf_failed(t->refused)) return;
    t->refused = dcf_rk_status(m->err);
    if (m->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || m->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
        return; /* an abort */
    dcf_log(DCF_LOG_WARN, "KAFKA_TXN_REFUSED", "topic", rd_kafka_topic_name(m->rkt), "text",
            rd_kafka_err2str(m->err), NULL);
}

/* --- life ----------------------------------------------------------------- */

static DCF_RESULT confs(dcf_txn *t, const dcf_kafka_conf *conf, const dcf_txn_spec *spec,
                        dcf_kafka_error *err)
{
    static const dcf_rk_setting consumer_soft[] = {
        {"fetch.wait.max.ms", "100"},
        {"session.timeout.ms", "6000"},
        {"heartbeat.interval.ms", "2000"},
        {"queued.min.messages", "100000"},
        {"queued.max.messages.kbytes", "65536"}, /* #2879: a full queue stalls 1 s */
        {"allow.auto.create.topics", "false"},
        {NULL, NULL}};
    static const dcf_rk_setting consumer_hard[] = {
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"isolation.level", "read_committed"},
        {"auto.offset.reset", "earliest"},
        {"partition.assignment.strategy", "range"}, /* #4381, #4527, #4783, #4059 */
        {NULL, NULL}};
    static const dcf_rk_setting producer_soft[] = {
        {"linger.ms", "10"}, /* a commit does not wait for it; fewer, larger requests */
        {"compression.codec", "lz4"},
        {"queue.buffering.max.messages", "100000"},
        {"queue.buffering.max.kbytes", "65536"},
        {"delivery.report.only.error", "true"},
        {"request.timeout.ms", "8000"},
        /* a killed one keeps readers back so long */
        {"transaction.timeout.ms", "10000"},
        {NULL, NULL}};
    static const dcf_rk_setting producer_hard[] = {{"enable.idempotence", "true"},
                                                   {"acks", "all"},
                                                   {"partitioner", "murmur2_random"},
                                                   {NULL, NULL}};
    DCF_TRY(dcf_rk_conf(conf, consumer_soft, consumer_hard, &t->consumer_conf, err));
    DCF_TRY(dcf_rk_set(t->consumer_conf, "group.id", spec->group, err));
    rd_kafka_conf_set_rebalance_cb(t->consumer_conf, txn_on_rebalance);
    DCF_TRY(dcf_rk_conf(conf, producer_soft, producer_hard, &t->producer_conf, err));
    rd_kafka_conf_set_dr_msg_cb(t->producer_conf, on_delivery);
    return DCF_OK;
}

static void close_clients(dcf_txn *t)
{
    if (t->consumer_link) t->consumer_link->owner = NULL;
    dcf_rk_destroy(DCF_TAKE(t->consumer), DCF_TAKE(t->consumer_link));
    t->producer = NULL;
    for (size_t i = 0; i < t->producer_count; i++) {
        struct txn_producer *p = &t->producers[i];
        if (p->link) p->link->owner = NULL;
        dcf_rk_destroy(DCF_TAKE(p->rk), DCF_TAKE(p->link));
    }
}

static DCF_RESULT client_new(dcf_txn *t, rd_kafka_type_t type, const rd_kafka_conf_t *conf,
                             struct txn_link **ret_link, rd_kafka_t **ret, dcf_kafka_error *err)
{
    struct txn_link *link = malloc(sizeof *link);
    if (!link) return DCF_ERR(NOMEM);
    link->owner = t;
    dcf_status s = dcf_rk_new(type, conf, link, ret, err);
    if (dcf_failed(s))
        free(link);
    else
        *ret_link = link;
    return s;
}

/* Calls init_transactions until it is done: the coordinator may be loading for seconds. */
static dcf_status init_transactions(rd_kafka_t *producer)
{
    int64_t until = dcf_clock_mono_ms() + OUTCOME_MS;
    for (;;) {
        rd_kafka_error_t *e = rd_kafka_init_transactions(producer, STEP_MS);
        if (!e) return DCF_OK;
        bool again = rd_kafka_error_is_retriable(e) && dcf_clock_mono_ms() < until;
        if (!again) dcf_rk_log(producer, "init_transactions", rd_kafka_error_string(e));
        dcf_status s = dcf_rk_error(e);
        if (!again) return dcf_is(s, DCF_E_OK) ? DCF_ERR(UNAVAILABLE) : s;
    }
}

static dcf_status open_producer(dcf_txn *t, size_t i, dcf_kafka_error *err)
{
    struct txn_producer *p = &t->producers[i];
    DCF_TRY(dcf_rk_set(t->producer_conf, "transactional.id", p->id, err));
    DCF_TRY(client_new(t, RD_KAFKA_PRODUCER, t->producer_conf, &p->link, &p->rk, err));
    DCF_TRY(init_transactions(p->rk));
    dcf_rk_warm(p->rk, (const char *const *)t->outputs, t->output_count);
    return DCF_OK;
}

/* The producers before the committed offsets are read: that ends the predecessor's transactions. */
static dcf_status open_clients(dcf_txn *t, dcf_kafka_error *err)
{
    for (size_t i = 0; i < t->producer_count; i++) DCF_TRY(open_producer(t, i, err));
    t->producer = t->producers[t->turn].rk;
    DCF_TRY(
        client_new(t, RD_KAFKA_CONSUMER, t->consumer_conf, &t->consumer_link, &t->consumer, err));
    return dcf_rk_status(rd_kafka_subscribe(t->consumer, t->topics));
}

dcf_status dcf_txn_reopen(dcf_txn *t)
{
    close_clients(t);
    t->open = t->lost = t->rewind = false;
    t->broken = true;
    t->refused = DCF_OK;
    rd_kafka_topic_partition_list_destroy(t->paused);
    t->paused = rd_kafka_topic_partition_list_new(4);
    dcf_status s = open_clients(t, NULL);
    if (dcf_failed(s)) {
        close_clients(t);
        return s;
    }
    t->broken = false;
    dcf_log(DCF_LOG_INFO, "KAFKA_TXN_REOPENED", "client", rd_kafka_name(t->producer), NULL);
    return DCF_OK;
}

static void txn_free(dcf_txn *t)
{
    close_clients(t);
    if (t->consumer_conf) rd_kafka_conf_destroy(t->consumer_conf);
    if (t->producer_conf) rd_kafka_conf_destroy(t->producer_conf);
    rd_kafka_topic_partition_list_destroy(t->topics);
    rd_kafka_topic_partition_list_destroy(t->paused);
    for (size_t i = 0; i < t->output_count; i++) free(t->outputs[i]);
    free(t->outputs);
    for (size_t i = 0; i < TXN_PRODUCERS; i++) free(t->producers[i].id);
    free(t);
}

static DCF_RESULT copy_names(dcf_txn *t, const dcf_txn_spec *spec)
{
    const char *const ids[TXN_PRODUCERS] = {spec->transactional_id, spec->second_id};
    for (; t->producer_count < TXN_PRODUCERS && ids[t->producer_count]; t->producer_count++) {
        char *id = strdup(ids[t->producer_count]);
        if (!id) return DCF_ERR(NOMEM);
        t->producers[t->producer_count].id = id;
    }
    if (!spec->output_count) return DCF_OK;
    t->outputs = calloc(spec->output_count, sizeof *t->outputs);
    if (!t->outputs) return DCF_ERR(NOMEM);
    for (; t->output_count < spec->output_count; t->output_count++) {
        char *name = strdup(spec->outputs[t->output_count]);
        if (!name) return DCF_ERR(NOMEM);
        t->outputs[t->output_count] = name;
    }
    return DCF_OK;
}

dcf_status dcf_txn_open(const dcf_kafka_conf *conf, const dcf_txn_spec *spec, dcf_txn **ret,
                        dcf_kafka_error *err)
{
    dcf_txn *t = calloc(1, sizeof *t);
    if (!t) return DCF_ERR(NOMEM);
    t->on_assign = spec->on_assign;
    t->on_revoke = spec->on_revoke;
    t->self = spec->self;
    t->paused = rd_kafka_topic_partition_list_new(4);
    t->topics = rd_kafka_topic_partition_list_new((int)spec->topic_count);
    for (size_t i = 0; i < spec->topic_count; i++)
        rd_kafka_topic_partition_list_add(t->topics, spec->topics[i], RD_KAFKA_PARTITION_UA);
    dcf_status s = confs(t, conf, spec, err);
    if (dcf_ok(s)) s = copy_names(t, spec);
    if (dcf_ok(s)) s = open_clients(t, err);
    if (dcf_failed(s)) {
        txn_free(t);
        return s;
    }
    *ret = t;
    return DCF_OK;
}

void dcf_txn_close(dcf_txn *t)
{
    if (!t) return;
    if (t->open && !t->broken && dcf_failed(txn_abort_open(t)))
        dcf_log(DCF_LOG_WARN, "KAFKA_TXN_LEFT_OPEN", "text", "its coordinator will abort it", NULL);
    txn_free(t);
}

/* --- producing ------------------------------------------------------------ */

/*
 * Repeats one transaction call while it says "retriable". OK; AGAIN when the
 * client asks for an abort (nothing was committed); TIMEOUT when the outcome is
 * unknown; FENCED after a fatal error. call gets the milliseconds of one try.
 */
typedef rd_kafka_error_t *(*txn_call)(dcf_txn *t, void *arg, int step_ms);

static dcf_status settle(dcf_txn *t, const char *what, txn_call call, void *arg)
{
    int64_t until = dcf_clock_mono_ms() + OUTCOME_MS;
    for (;;) {
        rd_kafka_error_t *e = call(t, arg, STEP_MS);
        if (!e) return DCF_OK;
        bool abortable = rd_kafka_error_txn_requires_abort(e), fatal = rd_kafka_error_is_fatal(e);
        bool retriable = rd_kafka_error_is_retriable(e) && dcf_clock_mono_ms() < until;
        if (!retriable || abortable || fatal)
            dcf_rk_log(t->producer, what, rd_kafka_error_string(e));
        rd_kafka_error_destroy(e);
        if (fatal) return txn_broken(t, what);
        if (abortable) return DCF_ERR(AGAIN);
        if (!retriable) return DCF_ERR(TIMEOUT);
    }
}

static rd_kafka_error_t *call_abort(dcf_txn *t, void *arg, int step_ms)
{
    (void)arg;
    return rd_kafka_abort_transaction(t->producer, step_ms);
}

static rd_kafka_error_t *call_commit(dcf_txn *t, void *arg, int step_ms)
{
    (void)arg;
    return rd_kafka_commit_transaction(t->producer, step_ms);
}

static rd_kafka_error_t *call_offsets(dcf_txn *t, void *arg, int step_ms)
{
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(t->consumer);
    rd_kafka_error_t *e = rd_kafka_send_offsets_to_transaction(t->producer, arg, group, step_ms);
    rd_kafka_consumer_group_metadata_destroy(group);
    return e;
}

dcf_status txn_abort_open(dcf_txn *t)
{
    if (!t->open) return DCF_OK;
    t->open = false;
    t->rewind = true;
    t->rewind_since = dcf_clock_mono_ms();
    /* Messages still queued may mean partitions the coordinator has not heard of. To it the
     * transaction is the one before, and aborting what was committed is a fatal error. */
    if (dcf_ok(t->refused)) rd_kafka_flush(t->producer, ABORT_FLUSH_MS);
    dcf_status s = settle(t, "abort_transaction", call_abort, NULL);
    return dcf_ok(s) ? s : txn_broken(t, "abort_transaction");
}

dcf_status dcf_txn_begin(dcf_txn *t)
{
    if (t->broken) return DCF_ERR(FENCED);
    if (t->open) return DCF_ERR(BUG);
    t->turn = (t->turn + 1) % t->producer_count;
    t->producer = t->producers[t->turn].rk;
    rd_kafka_error_t *e = rd_kafka_begin_transaction(t->producer);
    if (e) {
        dcf_rk_log(t->producer, "begin_transaction", rd_kafka_error_string(e));
        rd_kafka_error_destroy(e);
        return txn_broken(t, "begin_transaction");
    }
    t->open = true;
    t->lost = false;
    t->refused = DCF_OK;
    return DCF_OK;
}

dcf_status dcf_txn_send(dcf_txn *t, const dcf_out *out)
{
    if (t->broken) return DCF_ERR(FENCED);
    if (t->lost) return DCF_ERR(AGAIN);
    if (!t->open) return DCF_ERR(BUG);
    int64_t until = dcf_clock_mono_ms() + OUTCOME_MS;
    for (;;) {
        dcf_status s = dcf_rk_produce(t->producer, out, NULL);
        if (!dcf_is(s, DCF_E_AGAIN)) {
            if (!dcf_is(s, DCF_E_FENCED)) return s;
            /* "Erroneous state" is what an abortable error looks like here; commit or abort will
             * tell. */
            return rd_kafka_fatal_error(t->producer, NULL, 0) ? txn_broken(t, "produce")
                                                              : DCF_ERR(AGAIN);
        }
        if (dcf_clock_mono_ms() >= until) return DCF_ERR(TIMEOUT);
        rd_kafka_poll(t->producer, 10); /* a full queue: the delivery reports make room */
    }
}

static DCF_RESULT offset_list(const dcf_offset *offsets, size_t n,
                              rd_kafka_topic_partition_list_t *list)
{
    for (size_t i = 0; i < n; i++) {
        size_t size = offsets[i].metadata ? strlen(offsets[i].metadata) : 0;
        if (size > DCF_OFFSET_METADATA_MAX) return DCF_ERR(LIMIT);
        rd_kafka_topic_partition_t *p =
            rd_kafka_topic_partition_list_add(list, offsets[i].topic, offsets[i].partition);
        p->offset = offsets[i].next_offset;
        if (!size) continue;
        p->metadata = strdup(offsets[i].metadata); /* freed by the list */
        if (!p->metadata) return DCF_ERR(NOMEM);
        p->metadata_size = size;
    }
    return DCF_OK;
}

/* The order matters: flush first, so that a refused message aborts before any offset is sent. */
static dcf_status commit_steps(dcf_txn *t, const dcf_offset *offsets, size_t n)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    dcf_status s = offset_list(offsets, n, list);
    if (dcf_ok(s)) {
        rd_kafka_flush(t->producer, OUTCOME_MS);
        s = t->refused;
    }
    if (dcf_ok(s) && n) s = settle(t, "send_offsets", call_offsets, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (dcf_failed(s)) return s;
    s = settle(t, "commit_transaction", call_commit, NULL);
    return dcf_is(s, DCF_E_TIMEOUT) ? txn_broken(t, "commit_transaction: unknown outcome") : s;
}

dcf_status dcf_txn_commit(dcf_txn *t, const dcf_offset *offsets, size_t n)
{
    if (t->broken) return DCF_ERR(FENCED);
    if (t->lost) {
        t->lost = false;
        return DCF_ERR(AGAIN);
    }
    if (!t->open) return DCF_ERR(BUG);
    dcf_status s = commit_steps(t, offsets, n);
    if (dcf_ok(s)) {
        t->open = false;
        return s;
    }
    if (t->broken) return DCF_ERR(FENCED);
    DCF_TRY(txn_abort_open(t));
    return dcf_status_class(s) == DCF_CLASS_POISON ? s : DCF_ERR(AGAIN);
}

dcf_status dcf_txn_abort(dcf_txn *t)
{
    if (t->broken) return DCF_ERR(FENCED);
    t->lost = false;
    return txn_abort_open(t);
}
