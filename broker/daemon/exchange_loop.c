/*
 * exchange_loop.c - see exchange_loop.h.
 *
 * A batch: records are applied one after the other, each seeing the state that the
 * one before left in the open store transaction. At its end the state of each case
 * it changed is sent, once. It is committed when nothing more lies here, so that what comes while a
 * commit is under way is the next batch; or when it is full, or old. When the cluster refuses a
 * record of a batch for good (too large), the batch is done again one record a transaction, and the
 * one that fails alone is held.
 */
#include "daemon/exchange_loop.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon/case_changes.h"
#include "daemon/case_partitions.h"
#include "daemon/exchange_desk.h"
#include "model/envelope.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TICK_MS = 1000,  /* between two looks for what waited too long */
    DUE_MOST = 100,  /* cases of a partition in one look */
    GATHER_MS = 100, /* oldest batch; far below the transaction's timeout */
    IDLE_MS = 50
};

struct dcf_exchange_loop {
    dcf_exchange_loop_config config;
    const dcf_names *names;
    char transactional_id[256], second_id[256];
    pthread_t thread;
    atomic_bool stop;
    atomic_llong beat_ms;
    atomic_int partitions;
    atomic_llong since_ms; /* it has partitions, or has none */
    dcf_txn *txn;
    dcf_case_partitions cases;
    dcf_arena arena;
    dcf_exchange_desk desk;
    int64_t ticked_ms;
    /* the batch in hand */
    dcf_store_txn *writes; /* NULL: no batch */
    dcf_case_changes changes;
    int64_t started_ms;
    size_t count;
    int64_t next_offset[DCF_PARTITIONS_MAX]; /* 0: nothing of this partition in it */
    size_t alone;                            /* that many records still go one a transaction */
    int32_t unfit_partition;                 /* the record that failed alone, to be held */
    int64_t unfit_offset;                    /* -1: none */
    dcf_fault_code unfit_reason;
};

static void beat(void *self)
{
    dcf_exchange_loop *x = self;
    atomic_store(&x->beat_ms, dcf_clock_mono_ms());
}

/* --- the batch ----------------------------------------------------------------------- */

static void forget_batch(dcf_exchange_loop *x)
{
    dcf_store_abort(x->writes);
    x->writes = NULL;
    x->count = 0;
    dcf_case_changes_clear(&x->changes);
    memset(x->desk.outputs, 0, sizeof x->desk.outputs);
    memset(x->next_offset, 0, sizeof x->next_offset);
}

static dcf_status open_batch(dcf_exchange_loop *x)
{
    if (x->writes) return DCF_OK;
    DCF_TRY(dcf_txn_begin(x->txn));
    x->started_ms = dcf_clock_mono_ms();
    return dcf_store_begin(x->config.store, &x->writes);
}

static void measure(dcf_exchange_loop *x, const char *outcome, size_t count)
{
    if (!x->count) return; /* a tick that found nothing due */
    static const char *const kinds[DCF_OUTPUT_KINDS] = {"deliver", "held", "audit", "submit"};
    double seconds = (double)(dcf_clock_mono_ms() - x->started_ms) / 1000;
    dcf_measure_transaction(x->config.measures, outcome, count, seconds);
    for (size_t i = 0; count && i < DCF_OUTPUT_KINDS; i++)
        dcf_measure_output(x->config.measures, kinds[i], x->desk.outputs[i]);
    if (count) dcf_measure_output(x->config.measures, "state", x->changes.count);
}

/* Only the last state of a case matters on a compacted topic. */
static dcf_status send_states(dcf_exchange_loop *x)
{
    dcf_case_changes_sort(&x->changes);
    for (size_t i = 0; i < x->changes.count; i++) {
        const dcf_case_change *c = &x->changes.items[i];
        dcf_span packed;
        DCF_TRY(dcf_store_get(x->writes, x->cases.stores[c->partition].cases, dcf_span_str(c->key),
                              &packed));
        DCF_TRY(dcf_exchange_send_state(&x->desk, c->partition, c->key, packed));
    }
    return DCF_OK;
}

static dcf_status commit_batch(dcf_exchange_loop *x)
{
    dcf_offset offsets[DCF_PARTITIONS_MAX];
    size_t n = 0;
    if (!x->writes) return DCF_OK;
    DCF_TRY(send_states(x));
    for (int32_t p = 0; p < DCF_PARTITIONS_MAX; p++)
        if (x->next_offset[p])
            offsets[n++] = (dcf_offset){
                .topic = x->names->submitted, .partition = p, .next_offset = x->next_offset[p]};
    dcf_status s = dcf_txn_commit(x->txn, offsets, n);
    measure(x,
            dcf_ok(s)                 ? "committed"
            : dcf_is(s, DCF_E_FENCED) ? "unknown"
                                      : "aborted",
            dcf_ok(s) ? x->count : 0);
    if (dcf_failed(s)) return s;
    dcf_store_txn *writes = DCF_TAKE(x->writes);
    forget_batch(x);
    return dcf_store_commit(writes);
}

/* --- one message ------------------------------------------------------------------------ */

/* An alarm for operators; the audit has it with its case. Told when made: a transaction that is
 * tried again tells it again. */
static void tell_deadline(const dcf_exchange_loop *x, const dcf_output *o)
{
    if (o->kind != DCF_OUTPUT_AUDIT || !o->audit->n_clocks) return;
    bool missed = o->audit->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_DEADLINE_MISSED;
    if (!missed && o->audit->kind != DCF__V1__AUDIT_KIND__AUDIT_KIND_DEADLINE_WARNED) return;
    const char *clock = o->audit->clocks[0]->clock;
    dcf_measure_deadline(x->config.measures, clock, missed ? "missed" : "warned");
    if (missed)
        dcf_log(DCF_LOG_WARN, "DEADLINE_MISSED", "clock", clock, "case", o->audit->case_key, NULL);
}

static dcf_status keep_state(dcf_exchange_loop *x, int32_t partition, const char *key,
                             const dcf_outcome *outcome)
{
    dcf_buf *packed = &x->desk.packed;
    dcf_buf_clear(packed);
    DCF_TRY(dcf_message_pack(&outcome->state->base, packed));
    DCF_TRY(dcf_case_store_put(x->writes, &x->cases.stores[partition], key, dcf_buf_span(packed),
                               outcome->next_tick_ms));
    return dcf_case_changes_add(&x->changes, partition, key);
}

static dcf_status take_outcome(dcf_exchange_loop *x, int32_t partition, const char *key,
                               const dcf_outcome *outcome)
{
    if (outcome->state) DCF_TRY(keep_state(x, partition, key, outcome));
    DCF_TRY(dcf_exchange_send_outputs(&x->desk, outcome));
    for (size_t i = 0; i < outcome->count; i++) tell_deadline(x, &outcome->outputs[i]);
    return DCF_OK;
}

static dcf_status load_state(dcf_exchange_loop *x, int32_t partition, const char *key,
                             Dcf__V1__CaseState **ret)
{
    *ret = NULL;
    if (!key[0]) return DCF_OK;
    dcf_status s = dcf_case_store_get(x->writes, &x->cases.stores[partition], key, &x->arena, ret);
    return dcf_is(s, DCF_E_NOT_FOUND) ? DCF_OK : s;
}

static bool is_unfit(const dcf_exchange_loop *x, const dcf_record *r)
{
    return r->partition == x->unfit_partition && r->offset == x->unfit_offset;
}

static dcf_status apply(dcf_exchange_loop *x, const dcf_record *r)
{
    Dcf__V1__Envelope *e = NULL;
    Dcf__V1__CaseState *state = NULL;
    dcf_outcome outcome;
    dcf_arena_reset(&x->arena);
    dcf_status s = dcf_envelope_unpack(r->value, &x->arena, &e);
    if (is_unfit(x, r))
        return dcf_exchange_hold(&x->desk, r, dcf_ok(s) ? e : NULL, x->unfit_reason);
    if (dcf_status_class(s) == DCF_CLASS_POISON)
        return dcf_exchange_hold(&x->desk, r, NULL, DCF_FAULT_NO_MESSAGE);
    if (dcf_ok(s)) s = load_state(x, r->partition, e->case_key, &state);
    if (dcf_is(s, DCF_E_CORRUPT))
        return dcf_exchange_hold(&x->desk, r, e, DCF_FAULT_CASE_UNREADABLE);
    if (dcf_ok(s))
        s = dcf_exchange_apply(x->config.exchange, state, e, dcf_clock_ms(), &x->arena, &outcome);
    if (dcf_is(s, DCF_E_NOMEM)) s = DCF_ERR(LIMIT); /* over the arena: as it is now it never fits */
    DCF_TRY(s);
    return take_outcome(x, r->partition, e->case_key, &outcome);
}

/* --- partitions --------------------------------------------------------------------------- */

static void tell_partitions(dcf_exchange_loop *x)
{
    int n = (int)x->cases.warm_count;
    if ((n > 0) != (atomic_load(&x->partitions) > 0)) atomic_store(&x->since_ms, dcf_clock_ms());
    atomic_store(&x->partitions, n);
}

static void on_revoke(void *self, const char *topic, const int32_t *partitions, size_t n)
{
    dcf_exchange_loop *x = self;
    (void)topic;
    forget_batch(x); /* its Kafka transaction is already aborted */
    dcf_case_partitions_take(&x->cases, partitions, n);
    tell_partitions(x);
}

/* Its state first: until that is there, nothing of it is read. */
static void on_assign(void *self, const char *topic, const int32_t *partitions, size_t n)
{
    dcf_exchange_loop *x = self;
    (void)topic;
    forget_batch(x);
    dcf_case_partitions_give(&x->cases, x->txn, partitions, n);
}

/* --- ticks: what waited too long ------------------------------------------------------------- */

static dcf_status tick_partition(dcf_exchange_loop *x, int32_t p, int64_t now_ms)
{
    const char *keys[DUE_MOST];
    size_t n = 0;
    dcf_arena list;
    dcf_arena_init(&list, 1 << 20);
    dcf_status s =
        dcf_case_store_take_due(x->writes, &x->cases.stores[p], now_ms, &list, keys, DUE_MOST, &n);
    for (size_t i = 0; i < n && dcf_ok(s); i++) {
        Dcf__V1__CaseState *state = NULL;
        dcf_outcome outcome;
        dcf_arena_reset(&x->arena);
        s = load_state(x, p, keys[i], &state);
        if (dcf_ok(s) && state) {
            s = dcf_exchange_tick(x->config.exchange, state, now_ms, &x->arena, &outcome);
            if (dcf_ok(s)) s = take_outcome(x, p, keys[i], &outcome);
        }
    }
    dcf_arena_fini(&list);
    return s;
}

/* In a transaction of their own: what fails here must not be blamed on a message. */
static dcf_status tick(dcf_exchange_loop *x)
{
    int64_t mono = dcf_clock_mono_ms();
    if (x->count || mono - x->ticked_ms < TICK_MS || !x->cases.warm_count) return DCF_OK;
    x->ticked_ms = mono;
    DCF_TRY(open_batch(x));
    for (int32_t p = 0; p < DCF_PARTITIONS_MAX; p++)
        if (x->cases.warm[p]) DCF_TRY(tick_partition(x, p, dcf_clock_ms()));
    return commit_batch(x);
}

/* --- the loop ------------------------------------------------------------------------------------
 */

static bool batch_is_due(const dcf_exchange_loop *x, bool drained)
{
    return drained || x->count >= (x->alone ? 1 : x->config.config->commit_messages) ||
           dcf_clock_mono_ms() - x->started_ms >= GATHER_MS;
}

static dcf_status take_record(dcf_exchange_loop *x, const dcf_record *r)
{
    DCF_TRY(open_batch(x));
    x->next_offset[r->partition] = r->offset + 1;
    x->count++;
    return apply(x, r);
}

static dcf_status turn(dcf_exchange_loop *x)
{
    dcf_record r = {0};
    if (dcf_case_partitions_warm_up(&x->cases, x->txn)) tell_partitions(x);
    dcf_status s = dcf_txn_poll(x->txn, x->cases.restoring || x->count ? 0 : IDLE_MS, &r);
    bool drained = dcf_is(s, DCF_E_AGAIN);
    if (dcf_ok(s) && x->cases.cold_count)
        s = DCF_ERR(FENCED); /* start anew: no message is applied to a state that is not there */
    if (dcf_ok(s))
        s = take_record(x, &r);
    else if (drained)
        s = DCF_OK;
    dcf_record_free(&r);
    DCF_TRY(s);
    if (x->count && batch_is_due(x, drained)) {
        DCF_TRY(commit_batch(x));
        if (x->alone) x->alone--;
    }
    return tick(x); /* also when messages never cease */
}

/* Of a batch of one: remember which record it was and why, so that it is held when it comes again.
 */
static void mark_unfit(dcf_exchange_loop *x, dcf_status why)
{
    x->unfit_reason = dcf_is(why, DCF_E_LIMIT) ? DCF_FAULT_TOO_LARGE : DCF_FAULT_NOT_WRITABLE;
    for (int32_t p = 0; p < DCF_PARTITIONS_MAX; p++)
        if (x->next_offset[p]) {
            x->unfit_partition = p;
            x->unfit_offset = x->next_offset[p] - 1;
        }
}

/* What failed is undone: in the store here, in Kafka by abort or, when nobody can know, by new
 * clients. */
static void recover(dcf_exchange_loop *x, dcf_status s)
{
    size_t count = x->count;
    bool poison = dcf_status_class(s) == DCF_CLASS_POISON;
    dcf_log(DCF_LOG_WARN, "EXCHANGE_ABORTED", "status", dcf_status_name(s), "messages",
            DCF_U64(count), NULL);
    if (poison && count == 1) mark_unfit(x, s);
    if (poison) x->alone = count;
    forget_batch(x);
    if (dcf_status_class(s) != DCF_CLASS_FATAL) s = dcf_txn_abort(x->txn);
    if (dcf_ok(s) || dcf_is(s, DCF_E_AGAIN)) return;
    dcf_case_partitions_forget(&x->cases);
    tell_partitions(x);
    do beat(x);
    while (!atomic_load(&x->stop) && dcf_failed(dcf_txn_reopen(x->txn)));
}

static bool open_txn(dcf_exchange_loop *x)
{
    const char *const topics[] = {x->names->submitted};
    size_t output_count = 0;
    const char *const *outputs = dcf_exchange_topics(x->config.config, &x->arena, &output_count);
    dcf_txn_spec spec = {.group = x->names->exchange,
                         .transactional_id = x->transactional_id,
                         .topics = topics,
                         .topic_count = 1,
                         .outputs = outputs,
                         .output_count = output_count,
                         .second_id = x->second_id,
                         .on_assign = on_assign,
                         .on_revoke = on_revoke,
                         .self = x};
    dcf_kafka_error err = {{0}};
    dcf_status s = dcf_txn_open(x->config.kafka, &spec, &x->txn, &err);
    beat(x);
    if (dcf_failed(s))
        dcf_log(DCF_LOG_WARN, "KAFKA_WAIT", "role", "exchange", "reason", err.text, NULL);
    return dcf_ok(s);
}

static void *run(void *self)
{
    dcf_exchange_loop *x = self;
    while (!x->txn && !atomic_load(&x->stop)) (void)open_txn(x);
    x->desk.txn = x->txn;
    while (x->txn && !atomic_load(&x->stop)) {
        beat(x);
        dcf_status s = turn(x);
        if (dcf_failed(s)) recover(x, s);
    }
    if (x->txn && x->count && dcf_failed(commit_batch(x)))
        dcf_log(DCF_LOG_WARN, "DRAIN_UNCOMMITTED", "role", "exchange", NULL);
    forget_batch(x);
    dcf_case_partitions_forget(&x->cases);
    dcf_txn_close(x->txn);
    return NULL;
}

dcf_status dcf_exchange_loop_start(const dcf_exchange_loop_config *config, dcf_exchange_loop **ret)
{
    dcf_exchange_loop *x = calloc(1, sizeof *x);
    if (!x) return DCF_ERR(NOMEM);
    x->config = *config;
    x->names = &config->config->names;
    x->cases.how = (dcf_case_restore){config->store, config->kafka, x->names->state};
    x->cases.input = x->names->submitted;
    x->unfit_offset = -1;
    atomic_store(&x->since_ms, dcf_clock_ms());
    x->desk.config = config->config;
    x->desk.packed.limit = (size_t)config->config->max_message_bytes;
    dcf_case_changes_init(&x->changes);
    dcf_arena_init(&x->arena, dcf_config_message_memory(config->config));
    dcf_arena_init(&x->desk.arena, dcf_config_message_memory(config->config));
    snprintf(x->transactional_id, sizeof x->transactional_id, "%s-%s", x->names->exchange,
             config->config->instance);
    snprintf(x->second_id, sizeof x->second_id, "%s2-%s", x->names->exchange,
             config->config->instance);
    beat(x);
    if (pthread_create(&x->thread, NULL, run, x) != 0) {
        free(x);
        return DCF_ERR(NOMEM);
    }
    *ret = x;
    return DCF_OK;
}

void dcf_exchange_loop_stop(dcf_exchange_loop *x)
{
    atomic_store(&x->stop, true);
}

void dcf_exchange_loop_join(dcf_exchange_loop *x)
{
    if (!x) return;
    pthread_join(x->thread, NULL);
    dcf_case_changes_fini(&x->changes);
    dcf_arena_fini(&x->arena);
    dcf_arena_fini(&x->desk.arena);
    dcf_buf_fini(&x->desk.packed);
    free(x);
}

int64_t dcf_exchange_loop_beat(const dcf_exchange_loop *x)
{
    return (int64_t)atomic_load(&x->beat_ms);
}

int dcf_exchange_loop_partitions(const dcf_exchange_loop *x)
{
    return atomic_load(&x->partitions);
}

int64_t dcf_exchange_loop_since(const dcf_exchange_loop *x)
{
    return (int64_t)atomic_load(&x->since_ms);
}
