/*
 * delivery_loop.c - see delivery_loop.h.
 *
 * Each turn: fetch what the window has room for, start what the scheduler allows,
 * let HTTP move on, commit what is final. One lock covers scheduler and jobs; it is
 * let go while waiting for Kafka or for receivers, so that explain is never slow.
 */
#include "daemon/delivery_loop.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/attempt.h"
#include "daemon/receipt.h"
#include "daemon/wire.h"
#include "kafka/txn.h"
#include "model/envelope.h"
#include "security/random.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MESSAGE_MEMORY = 64 << 20, /* bytes of arena for one message */
    COMMIT_JOBS = 200,         /* final jobs that make a commit worth while at once */
    PARTITIONS_MAX = 1024,
    TURN_MS = 20 /* longest wait of one turn */
};

typedef struct job {
    dcf_delivery_loop *loop;
    dcf_delivery handle;
    int32_t partition;
    int64_t offset;
    dcf_buf packed;
    char *id, *key, *type;
    bool in_flight, dropped; /* dropped: its partition went away while it was in flight */
    dcf_buf receipt, held;   /* packed, once final; held: only when it was refused */
    struct job *next;        /* in the list of final jobs */
    size_t slot;             /* in the window */
} job;

struct dcf_delivery_loop {
    dcf_delivery_config config;
    const dcf_link *link;
    dcf_attempt_road road;
    char token[520];
    char topic[160], group[160], transactional_id[320];
    pthread_t thread;
    atomic_bool stop;
    atomic_llong beat_ms;
    dcf_txn *txn;
    dcf_http_client *client;
    int64_t commit_due_ms; /* 0: nothing final */
    bool assigned[PARTITIONS_MAX];
    pthread_mutex_t lock;     /* guards what follows */
    dcf_scheduler *scheduler;
    job **window;             /* jobs in the window, for explain */
    size_t window_count, window_capacity;
    job *final, **final_end;  /* final, not yet committed, oldest first */
    size_t final_count, in_flight;
};

/* --- jobs -------------------------------------------------------------------- */

static void job_free(job *j)
{
    if (!j) return;
    dcf_buf_fini(&j->packed);
    dcf_buf_fini(&j->receipt);
    dcf_buf_fini(&j->held);
    free(j->id);
    free(j->key);
    free(j->type);
    free(j);
}

static void window_remove(dcf_delivery_loop *d, const job *j)
{
    if (j->slot >= d->window_count || d->window[j->slot] != j) return; /* not in it */
    job *last = d->window[--d->window_count];
    d->window[last->slot = j->slot] = last;
}

static bool window_add(dcf_delivery_loop *d, job *j)
{
    if (d->window_count == d->window_capacity) {
        size_t capacity = d->window_capacity ? 2 * d->window_capacity : 64;
        job **window = realloc(d->window, capacity * sizeof(job *));
        if (!window) return false;
        d->window = window;
        d->window_capacity = capacity;
    }
    j->slot = d->window_count;
    d->window[d->window_count++] = j;
    return true;
}

static char *text_of(dcf_span s)
{
    return strndup(s.data ? (const char *)s.data : "", s.size);
}

static job *job_new(dcf_delivery_loop *d, const dcf_record *r)
{
    job *j = calloc(1, sizeof *j);
    if (!j) return NULL;
    j->loop = d;
    j->partition = r->partition;
    j->offset = r->offset;
    dcf_buf_add(&j->packed, r->value);
    j->id = text_of(dcf_record_header(r, "ce_id"));
    j->key = text_of(r->key);
    j->type = text_of(dcf_record_header(r, "ce_type"));
    if (j->packed.failed || !j->id || !j->key || !j->type) {
        job_free(j);
        return NULL;
    }
    return j;
}

/* --- results ------------------------------------------------------------------ */

/* What is told of a final job: a receipt, and the whole message when it was refused. */
static dcf_status make_records(const dcf_delivery_loop *d, job *j, const dcf_outcome_of_attempt *o, uint32_t attempts)
{
    dcf_arena arena;
    dcf_arena_init(&arena, MESSAGE_MEMORY);
    Dcf__V1__Envelope *about = NULL;
    dcf_status s = dcf_envelope_unpack(dcf_buf_span(&j->packed), &arena, &about);
    char *reference = dcf_arena_str(&arena, o->receiver_text);
    bool delivered = o->result == DCF_ATTEMPT_OK;
    dcf_receipt_facts facts = {.about = about,
                               .party = d->config.party->name,
                               .kind = delivered ? DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED
                                                 : DCF__V1__RECEIPT_KIND__RECEIPT_KIND_NOT_DELIVERED,
                               .faults = delivered ? NULL : o->faults,
                               .receiver_reference = reference,
                               .attempts = attempts + 1,
                               .now_ms = dcf_clock_ms()};
    if (dcf_ok(s) && !reference) s = DCF_ERR(NOMEM);
    if (dcf_ok(s)) s = dcf_receipt_pack(&facts, &arena, &j->receipt);
    if (dcf_ok(s) && !delivered) s = dcf_held_pack(&facts, &arena, &j->held);
    dcf_arena_fini(&arena);
    return s;
}

static void attempt_done(void *self, const dcf_outcome_of_attempt *o)
{
    job *j = self;
    dcf_delivery_loop *d = j->loop;
    j->in_flight = false;
    d->in_flight--;
    if (j->dropped) {
        job_free(j);
        return;
    }
    int64_t now = dcf_clock_mono_ms();
    uint32_t attempts = dcf_scheduler_attempts(d->scheduler, j->handle);
    if (dcf_failed(dcf_scheduler_result(d->scheduler, j->handle, now, o->result, (int64_t)o->retry_after_ms))) return;
    dcf_measure_attempt(d->config.measures, d->config.party->name, o->reason);
    if (o->result == DCF_ATTEMPT_RETRY) {
        dcf_log(DCF_LOG_WARN, "DELIVERY_RETRY", "party", d->config.party->name, "message", j->id, "reason", o->reason,
                "status", DCF_U64(o->http_status), "attempts", DCF_U64(attempts + 1), NULL);
        return;
    }
    if (o->result == DCF_ATTEMPT_REFUSED)
        dcf_log(DCF_LOG_WARN, "DELIVERY_REFUSED", "party", d->config.party->name, "message", j->id, "reason", o->reason,
                "status", DCF_U64(o->http_status), NULL);
    if (dcf_failed(make_records(d, j, o, attempts)))
        dcf_log(DCF_LOG_ERROR, "RECEIPT_FAILED", "party", d->config.party->name, "message", j->id, NULL);
    window_remove(d, j);
    *d->final_end = j;
    d->final_end = &j->next;
    d->final_count++;
    if (!d->commit_due_ms) d->commit_due_ms = now + (int64_t)d->config.config->commit_ms;
}

/* --- partitions ---------------------------------------------------------------- */

static void drop_final(dcf_delivery_loop *d, int32_t partition)
{
    for (job **at = &d->final; *at;) {
        job *j = *at;
        if (partition >= 0 && j->partition != partition) {
            at = &j->next;
            continue;
        }
        *at = j->next;
        d->final_count--;
        job_free(j);
    }
    for (d->final_end = &d->final; *d->final_end;) d->final_end = &(*d->final_end)->next;
    if (!d->final) d->commit_due_ms = 0;
}

static void drop_job(void *self, const dcf_scheduler_message *m)
{
    dcf_delivery_loop *d = self;
    job *j = m->user;
    window_remove(d, j);
    if (j->in_flight)
        j->dropped = true;
    else
        job_free(j);
}

static void forget(dcf_delivery_loop *d, int32_t partition)
{
    if (!d->assigned[partition]) return;
    d->assigned[partition] = false;
    dcf_scheduler_revoke(d->scheduler, partition, dcf_clock_mono_ms(), drop_job, d);
    drop_final(d, partition);
}

static void on_revoke(void *self, const char *topic, const int32_t *partitions, size_t n)
{
    dcf_delivery_loop *d = self;
    (void)topic;
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < n; i++) forget(d, partitions[i]);
    pthread_mutex_unlock(&d->lock);
}

static void on_assign(void *self, const char *topic, const int32_t *partitions, size_t n)
{
    dcf_delivery_loop *d = self;
    for (size_t i = 0; i < n; i++) {
        dcf_buf metadata = {0};
        int64_t committed = -1;
        if (partitions[i] < 0 || partitions[i] >= PARTITIONS_MAX) continue;
        if (dcf_failed(dcf_txn_committed(d->txn, topic, partitions[i], &committed, &metadata))) committed = -1;
        pthread_mutex_lock(&d->lock);
        forget(d, partitions[i]);
        dcf_status s = dcf_scheduler_assign(d->scheduler, partitions[i], committed < 0 ? 0 : committed,
                                            dcf_buf_cstr(&metadata));
        d->assigned[partitions[i]] = true;
        pthread_mutex_unlock(&d->lock);
        if (dcf_failed(s))
            dcf_log(DCF_LOG_WARN, "COMMIT_METADATA_IGNORED", "topic", topic, "status", dcf_status_name(s), NULL);
        dcf_buf_fini(&metadata);
    }
}

static void forget_all(dcf_delivery_loop *d)
{
    pthread_mutex_lock(&d->lock);
    for (int32_t p = 0; p < PARTITIONS_MAX; p++) forget(d, p);
    pthread_mutex_unlock(&d->lock);
}

/* --- one turn -------------------------------------------------------------------- */

static void take(dcf_delivery_loop *d, const dcf_record *r)
{
    job *j = job_new(d, r);
    if (!j) return; /* out of memory: it is read again after a restart; nothing above it is committed past it */
    dcf_scheduler_message m = {.id = j->id,
                               .case_key = j->key,
                               .partition = r->partition,
                               .offset = r->offset,
                               .arrived_ms = dcf_clock_mono_ms(),
                               .size = r->value.size,
                               .user = j};
    pthread_mutex_lock(&d->lock);
    dcf_status s = window_add(d, j) ? dcf_scheduler_add(d->scheduler, &m, m.arrived_ms, &j->handle) : DCF_ERR(NOMEM);
    if (dcf_failed(s) || j->handle == 0) {
        window_remove(d, j);
        job_free(j);
    }
    pthread_mutex_unlock(&d->lock);
}

/* A mebibyte of room is asked for before reading, since a record's size is known only after. */
static bool has_room(dcf_delivery_loop *d)
{
    pthread_mutex_lock(&d->lock);
    bool room = dcf_scheduler_has_room(d->scheduler, 1 << 20);
    pthread_mutex_unlock(&d->lock);
    return room;
}

static void set_flow(dcf_delivery_loop *d, bool flow)
{
    for (int32_t p = 0; p < PARTITIONS_MAX; p++)
        if (d->assigned[p]) {
            dcf_status s = flow ? dcf_txn_resume(d->txn, d->topic, p) : dcf_txn_pause(d->txn, d->topic, p);
            (void)s; /* a partition just lost: nothing to do */
        }
}

static dcf_status fetch(dcf_delivery_loop *d, int timeout_ms)
{
    bool room = has_room(d);
    set_flow(d, room);
    dcf_status s = DCF_OK;
    for (int i = 0; dcf_ok(s) && i < 500; i++) {
        dcf_record r = {0};
        s = dcf_txn_poll(d->txn, i ? 0 : timeout_ms, &r);
        if (dcf_failed(s)) break;
        take(d, &r);
        dcf_record_free(&r);
        if (room && !has_room(d)) {
            set_flow(d, false);
            room = false;
        }
    }
    return dcf_is(s, DCF_E_AGAIN) ? DCF_OK : s;
}

static void start_attempts(dcf_delivery_loop *d)
{
    pthread_mutex_lock(&d->lock);
    for (dcf_delivery h; (h = dcf_scheduler_next(d->scheduler, dcf_clock_mono_ms())) != 0;) {
        job *j = dcf_scheduler_message_of(d->scheduler, h)->user;
        j->in_flight = true;
        d->in_flight++;
        dcf_attempt_start(&d->road, dcf_buf_span(&j->packed), attempt_done, j);
    }
    pthread_mutex_unlock(&d->lock);
}

static dcf_status send_records(dcf_delivery_loop *d, const job *j)
{
    dcf_arena arena;
    dcf_arena_init(&arena, MESSAGE_MEMORY);
    Dcf__V1__Envelope *e = NULL;
    dcf_status s = dcf_envelope_unpack(dcf_buf_span(&j->receipt), &arena, &e);
    if (dcf_ok(s)) s = dcf_wire_send(d->txn, d->config.config->names.submitted, -1, e, dcf_buf_span(&j->receipt));
    dcf_arena_fini(&arena);
    if (dcf_failed(s) || !j->held.size) return s;
    const dcf_header headers[] = {{"ce_specversion", dcf_span_str("1.0")},
                                  {"ce_id", dcf_span_str(j->id)},
                                  {"ce_source", dcf_span_str("/dcf/delivery")},
                                  {"ce_type", dcf_span_str("uk.dcf.v1.Held")},
                                  {"content-type", dcf_span_str("application/protobuf")}};
    return dcf_txn_send(d->txn, &(dcf_out){.topic = d->config.config->names.held,
                                           .partition = -1,
                                           .key = dcf_span_str(j->key),
                                           .value = dcf_buf_span(&j->held),
                                           .headers = headers,
                                           .header_count = sizeof headers / sizeof headers[0]});
}

static size_t offsets_to_commit(dcf_delivery_loop *d, dcf_offset *offsets, char (*metadata)[DCF_COMMIT_METADATA_MAX + 1],
                                size_t most)
{
    bool wanted[PARTITIONS_MAX] = {0};
    size_t n = 0;
    for (const job *j = d->final; j; j = j->next) wanted[j->partition] = true;
    for (int32_t p = 0; p < PARTITIONS_MAX && n < most; p++) {
        if (!wanted[p]) continue;
        offsets[n] = (dcf_offset){.topic = d->topic, .partition = p, .metadata = metadata[n]};
        if (dcf_ok(dcf_scheduler_commit(d->scheduler, p, &offsets[n].next_offset, metadata[n]))) n++;
    }
    return n;
}

/* Final jobs and offsets are as of now: nothing else changes them, for attempts end only on this thread. */
static dcf_status commit(dcf_delivery_loop *d)
{
    enum { MOST = 64 };
    static _Thread_local char metadata[MOST][DCF_COMMIT_METADATA_MAX + 1];
    dcf_offset offsets[MOST];
    DCF_TRY(dcf_txn_begin(d->txn));
    for (const job *j = d->final; j; j = j->next) {
        dcf_status s = j->receipt.size ? send_records(d, j) : DCF_OK;
        if (dcf_is(s, DCF_E_FENCED)) return s;
        if (dcf_failed(s)) {
            dcf_log(DCF_LOG_WARN, "RECEIPT_NOT_SENT", "message", j->id, "status", dcf_status_name(s), NULL);
            DCF_TRY(dcf_txn_abort(d->txn));
            return DCF_ERR(AGAIN);
        }
    }
    size_t n = offsets_to_commit(d, offsets, metadata, MOST);
    DCF_TRY(dcf_txn_commit(d->txn, offsets, n));
    pthread_mutex_lock(&d->lock);
    dcf_measure_final(d->config.measures, d->config.party->name, d->final_count);
    drop_final(d, -1);
    pthread_mutex_unlock(&d->lock);
    return DCF_OK;
}

static dcf_status commit_when_due(dcf_delivery_loop *d, bool now)
{
    if (!d->final) return DCF_OK;
    if (!now && d->final_count < COMMIT_JOBS && dcf_clock_mono_ms() < d->commit_due_ms) return DCF_OK;
    dcf_status s = commit(d);
    if (dcf_ok(s) || dcf_status_class(s) == DCF_CLASS_FATAL) return s;
    /* Aborted for certain: the deliveries stand, their receipts are offered again in a while. What the
     * rewound consumer brings a second time the scheduler knows. */
    d->commit_due_ms = dcf_clock_mono_ms() + 200;
    return DCF_OK;
}

static dcf_status turn(dcf_delivery_loop *d)
{
    bool idle = d->in_flight == 0 && !d->final;
    DCF_TRY(fetch(d, idle ? TURN_MS : 0));
    start_attempts(d);
    if (d->client && d->in_flight) {
        /* attempts end inside: under the lock, in short steps */
        pthread_mutex_lock(&d->lock);
        (void)dcf_http_client_poll(d->client, d->final ? 1 : 5);
        pthread_mutex_unlock(&d->lock);
    }
    return commit_when_due(d, false);
}

static void recover(dcf_delivery_loop *d)
{
    dcf_log(DCF_LOG_WARN, "KAFKA_CLIENT_REMADE", "role", "delivery", "party", d->config.party->name, NULL);
    forget_all(d);
    while (!atomic_load(&d->stop) && dcf_failed(dcf_txn_reopen(d->txn))) atomic_store(&d->beat_ms, dcf_clock_mono_ms());
}

/* What is in flight gets its answer, at most the drain time; what is final is committed. */
static void drain(dcf_delivery_loop *d)
{
    int64_t until = dcf_clock_mono_ms() + (int64_t)d->config.config->drain_ms;
    while (d->in_flight && d->client && dcf_clock_mono_ms() < until) {
        pthread_mutex_lock(&d->lock);
        (void)dcf_http_client_poll(d->client, TURN_MS);
        pthread_mutex_unlock(&d->lock);
    }
    if (dcf_failed(commit_when_due(d, true)))
        dcf_log(DCF_LOG_WARN, "DRAIN_UNCOMMITTED", "party", d->config.party->name, NULL);
}

static bool open_txn(dcf_delivery_loop *d)
{
    const char *topics[] = {d->topic}, *outputs[] = {d->config.config->names.submitted, d->config.config->names.held};
    dcf_txn_spec spec = {.group = d->group,
                         .transactional_id = d->transactional_id,
                         .topics = topics,
                         .topic_count = 1,
                         .outputs = outputs,
                         .output_count = 2,
                         .on_assign = on_assign,
                         .on_revoke = on_revoke,
                         .self = d};
    dcf_kafka_error err = {{0}};
    dcf_status s = dcf_txn_open(d->config.kafka, &spec, &d->txn, &err);
    atomic_store(&d->beat_ms, dcf_clock_mono_ms());
    if (dcf_failed(s)) dcf_log(DCF_LOG_WARN, "KAFKA_WAIT", "role", "delivery", "reason", err.text, NULL);
    return dcf_ok(s);
}

static void *run(void *self)
{
    dcf_delivery_loop *d = self;
    while (!d->txn && !atomic_load(&d->stop)) (void)open_txn(d);
    while (d->txn && !atomic_load(&d->stop)) {
        atomic_store(&d->beat_ms, dcf_clock_mono_ms());
        if (dcf_failed(turn(d))) recover(d);
    }
    if (d->txn) {
        drain(d);
        forget_all(d);
        dcf_txn_close(d->txn);
    }
    return NULL;
}

/* --- life ---------------------------------------------------------------------------- */

static uint64_t random_u64(void *ctx)
{
    uint64_t v = 0;
    (void)ctx;
    dcf_random_bytes(&v, sizeof v);
    return v;
}

static dcf_status read_token(dcf_delivery_loop *d, dcf_yaml_error *err)
{
    const char *path = d->link->out.token_file;
    if (!path) return DCF_OK;
    dcf_buf text = {0};
    dcf_status s = dcf_buf_read_file(&text, path, sizeof d->token - 1);
    dcf_span token = dcf_span_trim(dcf_buf_span(&text));
    if (dcf_ok(s)) {
        memcpy(d->token, token.data, token.size);
        d->road.token = d->token;
    } else if (err) {
        snprintf(err->text, sizeof err->text, "link %s: cannot read the token file %.150s", d->link->name, path);
    }
    dcf_buf_fini(&text);
    return dcf_ok(s) ? DCF_OK : DCF_ERR(CONFIG);
}

static dcf_status prepare(dcf_delivery_loop *d, dcf_yaml_error *err)
{
    const char *party = d->config.party->name, *instance = d->config.config->instance;
    dcf_config_deliver_topic(d->config.config, party, d->topic);
    snprintf(d->group, sizeof d->group, "%s-deliver-%s", d->config.config->prefix, party);
    snprintf(d->transactional_id, sizeof d->transactional_id, "%s-%s", d->group, instance);
    d->road = (dcf_attempt_road){.link = d->link,
                                 .dialect = dcf_dialects_get(d->config.dialects, d->link->dialect),
                                 .message_memory = MESSAGE_MEMORY};
    DCF_TRY(read_token(d, err));
    dcf_scheduler_config sc = dcf_scheduler_defaults;
    sc.concurrency = (size_t)d->link->out.concurrency;
    sc.backoff_cap_ms = (int64_t)d->config.config->retry_cap_ms;
    sc.random = random_u64;
    DCF_TRY(dcf_scheduler_new(&sc, &d->scheduler));
    if (d->link->out.transport != DCF_TRANSPORT_HTTP) return DCF_OK;
    dcf_http_client_config hc = {.ca = d->link->out.ca_file,
                                 .cert = d->link->out.cert_file,
                                 .key = d->link->out.key_file,
                                 .timeout_ms = (unsigned)d->link->out.timeout_ms,
                                 .max_connections = (unsigned)d->link->out.concurrency};
    DCF_TRY(dcf_http_client_open(&hc, &d->client));
    d->road.client = d->client;
    return DCF_OK;
}

dcf_status dcf_delivery_loop_start(const dcf_delivery_config *config, dcf_delivery_loop **ret, dcf_yaml_error *err)
{
    dcf_delivery_loop *d = calloc(1, sizeof *d);
    if (!d) return DCF_ERR(NOMEM);
    d->config = *config;
    d->final_end = &d->final;
    d->link = dcf_party_out(config->party);
    pthread_mutex_init(&d->lock, NULL);
    atomic_store(&d->beat_ms, dcf_clock_mono_ms());
    dcf_status s = d->link ? prepare(d, err) : DCF_ERR(CONFIG);
    if (dcf_ok(s) && pthread_create(&d->thread, NULL, run, d) != 0) s = DCF_ERR(NOMEM);
    if (dcf_failed(s)) {
        dcf_http_client_close(d->client);
        dcf_scheduler_free(d->scheduler);
        pthread_mutex_destroy(&d->lock);
        free(d);
        return s;
    }
    *ret = d;
    return DCF_OK;
}

void dcf_delivery_loop_stop(dcf_delivery_loop *d)
{
    atomic_store(&d->stop, true);
}

void dcf_delivery_loop_join(dcf_delivery_loop *d)
{
    if (!d) return;
    pthread_join(d->thread, NULL);
    dcf_http_client_close(d->client); /* ends what is still in flight; such jobs were dropped and go here */
    dcf_scheduler_free(d->scheduler);
    free(d->window);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

/* --- looking in ------------------------------------------------------------------------ */

int64_t dcf_delivery_loop_beat(const dcf_delivery_loop *d)
{
    return (int64_t)atomic_load(&d->beat_ms);
}

const char *dcf_delivery_loop_party(const dcf_delivery_loop *d)
{
    return d->config.party->name;
}

static const char *wait_text(dcf_wait why)
{
    switch (why) {
    case DCF_WAIT_NONE: return "next";
    case DCF_WAIT_IN_FLIGHT: return "being delivered";
    case DCF_WAIT_BEHIND: return "behind an earlier message of its case";
    case DCF_WAIT_BACKOFF: return "waits to be tried again";
    case DCF_WAIT_BREAKER: return "the receiver is away";
    case DCF_WAIT_BUDGET: return "the retry budget is spent";
    case DCF_WAIT_CONCURRENCY: return "as many deliveries as allowed are in flight";
    }
    return "";
}

void dcf_delivery_loop_explain(dcf_delivery_loop *d, dcf_queue_info *info,
                               void (*each)(void *self, const dcf_waiting_info *w), void *self, size_t limit)
{
    pthread_mutex_lock(&d->lock);
    int64_t now = dcf_clock_mono_ms(), to_wall = dcf_clock_ms() - now, oldest = now;
    dcf_scheduler_load load = dcf_scheduler_load_of(d->scheduler);
    for (size_t i = 0; i < d->window_count; i++) {
        const job *j = d->window[i];
        const dcf_scheduler_message *m = dcf_scheduler_message_of(d->scheduler, j->handle);
        dcf_explanation x;
        if (!m || dcf_failed(dcf_scheduler_explain(d->scheduler, j->handle, now, &x))) continue;
        if (m->arrived_ms < oldest) oldest = m->arrived_ms;
        if (each && i < limit)
            each(self, &(dcf_waiting_info){.message_id = j->id,
                                           .case_key = j->key,
                                           .type = j->type,
                                           .since_ms = m->arrived_ms + to_wall,
                                           .attempts = x.attempts,
                                           .next_try_ms = x.next_ms == INT64_MAX ? 0 : x.next_ms + to_wall,
                                           .reason = wait_text(x.why)});
    }
    *info = (dcf_queue_info){.party = d->config.party->name,
                             .depth = load.messages,
                             .in_flight = load.in_flight,
                             .oldest_ms = load.messages ? oldest + to_wall : 0,
                             .breaker = load.breaker_open ? "open" : "closed",
                             .reason = load.breaker_open ? "the receiver is away" : load.messages ? "being delivered" : ""};
    pthread_mutex_unlock(&d->lock);
}
