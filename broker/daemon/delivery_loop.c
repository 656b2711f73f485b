/*
 * delivery_loop.c - see delivery_loop.h.
 *
 * Each turn: fetch what the window has room for, start what the scheduler allows,
 * let HTTP move on, commit what is final. Attempts end only on this thread, so jobs
 * need no lock; what ops looks at is in the window, which has one.
 *
 * Outcomes are gathered for commit_ms: the client waits actively for the millisecond after which
 * it registers the partitions of a transaction (2.0.2), and the exchange takes the receipts of one
 * commit as one batch. Nobody waits for an outcome but the one who is told of it: the next of a
 * case goes when the one before was answered.
 */
#include "daemon/delivery_loop.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/delivery_commit.h"
#include "security/random.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FETCH_MOST = 500, /* records read in one turn */
    FETCH_ROOM =
        1 << 20, /* bytes of room asked for before reading: a record's size is known only after */
    COMMIT_JOBS =
        200, /* final jobs that make a commit worth while at once; no more are begun before it */
    COMMIT_AGAIN_MS = 200, /* after an aborted commit */
    TURN_MS = 20,          /* longest wait of one turn */
    ANSWER_MS = 5,         /* and when a receiver may answer meanwhile, for Kafka does not end it */
    SKIP_MEMORY = 4096,
    CASE_SHARE = 16,   /* of the window, that one case may take */
    ABSENT_SHARE = 16, /* windows of messages at most that are known by their offset alone */
    BACKOFF_MS = 500   /* ceiling of the first wait between two attempts */
};

struct dcf_delivery_loop {
    dcf_delivery_config config;
    const dcf_link *link;
    dcf_attempt_road road;
    char token[520];
    char compare[4400];
    char topics[DCF_LANES][160], group[160], transactional_id[320];
    size_t message_memory;
    size_t absent_most; /* in each lane */
    pthread_t thread;
    atomic_bool stop;
    atomic_llong beat_ms;
    dcf_txn *txn;
    dcf_http_client *client;
    dcf_window *window;
    dcf_delivery_desk desk;
    bool assigned[DCF_PLACES_MAX];
    bool stalled[DCF_PLACES_MAX]; /* no more of it is to be read while so much is absent */
    int64_t untouched_from[DCF_PLACES_MAX]; /* what lay there when we came may have been tried */
    bool stopped;                           /* the breaker is open, as last told */
    bool unsure;           /* where a partition was committed could not be learned: start anew */
    bool flows[DCF_LANES]; /* is being read */
    dcf_job_list in_hand[DCF_LANES]; /* read, but the window had no room; no more of that lane is
                                        read before them */
    dcf_job_list final;              /* done, not yet committed, oldest first */
    int64_t commit_due_ms;
    size_t in_flight;
};

static void beat(dcf_delivery_loop *d)
{
    atomic_store(&d->beat_ms, dcf_clock_mono_ms());
}

/* --- results ------------------------------------------------------------------ */

static void log_result(const dcf_delivery_loop *d, const dcf_job *j,
                       const dcf_outcome_of_attempt *o, uint32_t attempts)
{
    const char *party = d->config.party->name;
    dcf_measure_attempt(d->config.measures, party, o->reason);
    if (o->result == DCF_ATTEMPT_OK || o->result == DCF_ATTEMPT_SKIPPED) return;
    dcf_log(DCF_LOG_WARN, dcf_attempt_is_final(o->result) ? "DELIVERY_REFUSED" : "DELIVERY_RETRY",
            "party", party, "message", j->id, "reason", o->reason, "status",
            DCF_U64(o->http_status), "attempts", DCF_U64(attempts), NULL);
}

static void tell_breaker(dcf_delivery_loop *d)
{
    bool stopped = dcf_window_stopped(d->window);
    if (stopped == d->stopped) return;
    d->stopped = stopped;
    dcf_log(stopped ? DCF_LOG_WARN : DCF_LOG_INFO, stopped ? "BREAKER_OPEN" : "BREAKER_CLOSED",
            "party", d->config.party->name, NULL);
}

static void attempt_done(void *job, const dcf_outcome_of_attempt *o)
{
    dcf_job *j = job;
    dcf_delivery_loop *d = j->owner;
    d->in_flight--;
    if (j->dropped) {
        dcf_job_free(j);
        return;
    }
    uint32_t attempts = dcf_window_attempts(d->window, j) + 1;
    dcf_outcome_of_attempt outcome = *o;
    const dcf_job_end end = {.party = d->config.party->name,
                             .attempts = o->result == DCF_ATTEMPT_SKIPPED ? 0 : attempts,
                             .memory = d->message_memory,
                             .record_max = (size_t)d->config.config->max_message_bytes};
    log_result(d, j, o, attempts);
    if (dcf_attempt_is_final(o->result) && dcf_failed(dcf_job_conclude(j, o, &end))) {
        /* No memory to tell of it: it goes again, under the same key, when there is some. */
        dcf_log(DCF_LOG_ERROR, "RECEIPT_NOT_MADE", "party", d->config.party->name, "message", j->id,
                NULL);
        outcome.result = DCF_ATTEMPT_RETRY;
    }
    dcf_window_result(d->window, j, &outcome);
    tell_breaker(d);
    if (!dcf_attempt_is_final(outcome.result)) return;
    dcf_job_list_add(&d->final, j);
    if (d->final.count == 1)
        d->commit_due_ms = dcf_clock_mono_ms() + (int64_t)d->config.config->commit_ms;
    if (d->final.count == COMMIT_JOBS) d->commit_due_ms = 0;
}

/* --- partitions ---------------------------------------------------------------- */

/* False: no partition that we could keep. */
static bool find_place(const dcf_delivery_loop *d, const char *topic, int32_t partition,
                       int32_t *ret)
{
    bool urgent = strcmp(topic, d->topics[DCF_LANE_URGENT]) == 0;
    *ret = dcf_place_of(urgent ? DCF_LANE_URGENT : DCF_LANE_ORDINARY, partition);
    return partition >= 0 && partition < DCF_PARTITIONS_MAX;
}

static void drop_jobs(dcf_delivery_loop *d, int32_t place)
{
    for (dcf_lane lane = 0; lane < DCF_LANES; lane++) dcf_job_list_drop(&d->in_hand[lane], place);
    dcf_job_list_drop(&d->final, place);
}

static void forget(dcf_delivery_loop *d, int32_t place)
{
    d->assigned[place] = d->stalled[place] = false;
    dcf_window_forget(d->window, place);
    drop_jobs(d, place);
}

static void on_revoke(void *self, const char *topic, const int32_t *partitions, size_t n)
{
    int32_t place;
    for (size_t i = 0; i < n; i++)
        if (find_place(self, topic, partitions[i], &place)) forget(self, place);
}

/* Without the committed offset and its marks everything would be delivered again: rather start
 * anew. */
static dcf_status assign(dcf_delivery_loop *d, const char *topic, int32_t partition,
                         bool *ends_known)
{
    dcf_buf metadata DCF_CLEANUP(dcf_buf_fini) = {0};
    int64_t committed = -1;
    int32_t place;
    if (!find_place(d, topic, partition, &place)) return DCF_ERR(LIMIT);
    forget(d, place);
    DCF_TRY(dcf_txn_committed(d->txn, topic, partition, &committed, &metadata));
    if (*ends_known)
        *ends_known = dcf_ok(dcf_txn_end(d->txn, topic, partition, &d->untouched_from[place]));
    if (!*ends_known) d->untouched_from[place] = INT64_MAX; /* then nothing is skipped */
    const char *marks = dcf_buf_cstr(&metadata);
    dcf_status s = marks ? dcf_window_assign(d->window, place, committed < 0 ? 0 : committed, marks)
                         : DCF_ERR(NOMEM);
    if (dcf_is(s, DCF_E_CORRUPT)) {
        dcf_log(DCF_LOG_WARN, "COMMIT_METADATA_IGNORED", "topic", topic, "partition",
                DCF_U64(partition), NULL);
        s = DCF_OK;
    }
    d->assigned[place] = dcf_ok(s);
    return s;
}

static void on_assign(void *self, const char *topic, const int32_t *partitions, size_t n)
{
    dcf_delivery_loop *d = self;
    bool ends_known = true; /* asking waits: one answer that does not come is enough */
    for (size_t i = 0; i < n; i++) {
        dcf_status s = assign(d, topic, partitions[i], &ends_known);
        beat(d);
        if (dcf_ok(s)) continue;
        dcf_log(DCF_LOG_ERROR, "PARTITION_NOT_TAKEN", "topic", topic, "partition",
                DCF_U64(partitions[i]), "status", dcf_status_name(s), NULL);
        d->unsure = true;
    }
}

static void forget_all(dcf_delivery_loop *d)
{
    memset(d->assigned, 0, sizeof d->assigned);
    memset(d->stalled, 0, sizeof d->stalled);
    dcf_window_forget_all(d->window);
    drop_jobs(d, -1);
}

/* --- fetching -------------------------------------------------------------------- */

static void set_flow(dcf_delivery_loop *d, dcf_lane lane, bool flow)
{
    d->flows[lane] = flow;
    for (int32_t p = 0; p < DCF_PARTITIONS_MAX; p++) {
        int32_t place = dcf_place_of(lane, p);
        if (!d->assigned[place]) continue;
        dcf_status s = flow && !d->stalled[place] ? dcf_txn_resume(d->txn, d->topics[lane], p)
                                                  : dcf_txn_pause(d->txn, d->topics[lane], p);
        (void)s; /* a partition just lost: nothing to do */
    }
}

static dcf_status seek(dcf_delivery_loop *d, int32_t place, int64_t offset)
{
    return dcf_txn_seek(d->txn, d->topics[place / DCF_PARTITIONS_MAX], place % DCF_PARTITIONS_MAX,
                        offset);
}

/* It would be one more that is absent: its partition goes on from there when there are less. */
static dcf_status stall(dcf_delivery_loop *d, dcf_job *j)
{
    int32_t place = dcf_place_of(j->lane, j->partition);
    dcf_status s = seek(d, place, j->offset);
    if (dcf_ok(s)) s = dcf_txn_pause(d->txn, j->topic, j->partition);
    d->stalled[place] = true;
    if (dcf_failed(s)) d->unsure = true; /* it would be passed over */
    dcf_job_list_drop(&d->in_hand[j->lane], place);
    dcf_job_free(j);
    return DCF_OK;
}

/* What was read goes into the window, in order; what has no room yet stays in hand. A failure must
 * not be skipped: the offsets above would be committed past it. */
static dcf_status put_away(dcf_delivery_loop *d, dcf_lane lane)
{
    for (dcf_job *j; (j = dcf_job_list_take(&d->in_hand[lane])) != NULL;) {
        dcf_status s = dcf_window_add(d->window, j); /* which takes it, and frees one it knows */
        if (dcf_ok(s)) continue;
        if (dcf_is(s, DCF_E_LIMIT)) return stall(d, j);
        dcf_job_list_put_back(&d->in_hand[lane], j);
        return dcf_is(s, DCF_E_AGAIN) ? DCF_OK : s;
    }
    return DCF_OK;
}

static dcf_status take(dcf_delivery_loop *d, const dcf_record *r)
{
    int32_t place;
    dcf_job *j = find_place(d, r->topic, r->partition, &place) ? dcf_job_new(r) : NULL;
    if (!j) return DCF_ERR(NOMEM);
    j->owner = d;
    j->lane = (dcf_lane)(place / DCF_PARTITIONS_MAX);
    j->untouched = r->offset >= d->untouched_from[place];
    dcf_job_list_add(&d->in_hand[j->lane], j);
    return put_away(d, j->lane);
}

static bool has_room(dcf_delivery_loop *d, dcf_lane lane)
{
    return !d->in_hand[lane].first && dcf_window_has_room(d->window, lane, FETCH_ROOM);
}

/* What the window knows by its offset alone, and needs next, is read again. Not before what is in
 * hand: what comes then is what lies behind. */
static void read_again(dcf_delivery_loop *d, dcf_lane lane)
{
    int32_t place;
    int64_t offset;
    if (dcf_window_absent_room(d->window, lane) > d->absent_most / 2)
        memset(&d->stalled[dcf_place_of(lane, 0)], 0, DCF_PARTITIONS_MAX * sizeof *d->stalled);
    while (!d->in_hand[lane].first && dcf_window_wants(d->window, lane, &place, &offset)) {
        d->stalled[place] = false;
        d->flows[lane] = true;
        if (dcf_ok(seek(d, place, offset))) continue;
        dcf_window_want_again(d->window);
        return;
    }
}

/* Stopping a lane throws away what the client has fetched ahead: once stopped it flows again when
 * that is worth while, not for one message. */
static bool may_flow(dcf_delivery_loop *d, dcf_lane lane)
{
    return has_room(d, lane) && (d->flows[lane] || dcf_window_is_low(d->window, lane));
}

static dcf_status fetch(dcf_delivery_loop *d, int timeout_ms)
{
    bool room[DCF_LANES];
    for (dcf_lane lane = 0; lane < DCF_LANES; lane++) {
        DCF_TRY(put_away(d, lane));
        read_again(d, lane);
        set_flow(d, lane, room[lane] = may_flow(d, lane));
    }
    for (int i = 0; i < FETCH_MOST; i++) {
        dcf_record r = {0};
        dcf_status s = dcf_txn_poll(d->txn, i ? 0 : timeout_ms, &r);
        if (d->unsure) s = DCF_ERR(FENCED);
        if (dcf_ok(s)) s = take(d, &r);
        dcf_record_free(&r);
        if (dcf_is(s, DCF_E_AGAIN)) break;
        DCF_TRY(s);
        for (dcf_lane lane = 0; lane < DCF_LANES; lane++)
            if (room[lane] && !has_room(d, lane)) set_flow(d, lane, room[lane] = false);
    }
    return DCF_OK;
}

/* --- committing -------------------------------------------------------------------- */

static dcf_status commit_when_due(dcf_delivery_loop *d)
{
    if (!d->final.count || dcf_clock_mono_ms() < d->commit_due_ms) return DCF_OK;
    size_t count = d->final.count;
    dcf_status s = dcf_delivery_commit(&d->desk, &d->final);
    if (dcf_ok(s)) dcf_measure_final(d->config.measures, d->config.party->name, count);
    if (dcf_ok(s) || dcf_status_class(s) == DCF_CLASS_FATAL) return s;
    /* Aborted for certain: the deliveries stand, their receipts are offered again in a while. What
     * the rewound consumer brings a second time the window knows. */
    d->commit_due_ms = dcf_clock_mono_ms() + COMMIT_AGAIN_MS;
    return DCF_OK;
}

/* --- one turn -------------------------------------------------------------------- */

/* Its newer version comes behind it, and the receiver cannot have it: its sender is told. */
static void skip(dcf_job *j, const char *newer)
{
    dcf_arena arena;
    dcf_faults faults;
    dcf_arena_init(&arena, SKIP_MEMORY);
    dcf_faults_init(&faults, &arena, 1);
    dcf_faults_add(&faults, DCF_FAULT_SUPERSEDED, 0, 0, "", "", "by %s", newer);
    attempt_done(j, &(dcf_outcome_of_attempt){
                        .result = DCF_ATTEMPT_SKIPPED, .reason = "superseded", .faults = &faults});
    dcf_arena_fini(&arena);
}

static void start_attempts(dcf_delivery_loop *d)
{
    dcf_job *j;
    const char *newer;
    while (d->final.count < COMMIT_JOBS && (j = dcf_window_next(d->window, &newer))) {
        d->in_flight++;
        if (newer)
            skip(j, newer);
        else
            dcf_attempt_start(&d->road, dcf_buf_span(&j->packed), attempt_done, j);
    }
}

/* How long a turn may wait: never beyond the commit that is due. */
static int patience(const dcf_delivery_loop *d, int most_ms)
{
    int64_t left = d->final.count ? d->commit_due_ms - dcf_clock_mono_ms() : most_ms;
    return left < 0 ? 0 : left > most_ms ? most_ms : (int)left;
}

static dcf_status turn(dcf_delivery_loop *d)
{
    DCF_TRY(fetch(d, d->in_flight ? 0 : patience(d, TURN_MS)));
    start_attempts(d);
    if (d->client && d->in_flight)
        (void)dcf_http_client_poll(d->client, (unsigned)patience(d, ANSWER_MS));
    return commit_when_due(d);
}

static void recover(dcf_delivery_loop *d, dcf_status s)
{
    dcf_log(DCF_LOG_WARN, "KAFKA_CLIENT_REMADE", "role", "delivery", "party", d->config.party->name,
            "status", dcf_status_name(s), NULL);
    do {
        forget_all(d);
        d->unsure = false;
        beat(d);
    } while (!atomic_load(&d->stop) && dcf_failed(dcf_txn_reopen(d->txn)));
}

/* What is in flight gets its answer, at most the drain time; what is final is committed. */
static void drain(dcf_delivery_loop *d)
{
    int64_t until = dcf_clock_mono_ms() + (int64_t)d->config.config->drain_ms;
    while (d->in_flight && d->client && dcf_clock_mono_ms() < until)
        (void)dcf_http_client_poll(d->client, TURN_MS);
    if (d->final.count && dcf_failed(dcf_delivery_commit(&d->desk, &d->final)))
        dcf_log(DCF_LOG_WARN, "DRAIN_UNCOMMITTED", "role", "delivery", "party",
                d->config.party->name, NULL);
}

static bool open_txn(dcf_delivery_loop *d)
{
    const char *topics[] = {d->topics[DCF_LANE_ORDINARY], d->topics[DCF_LANE_URGENT]},
               *outputs[] = {d->config.config->names.submitted, d->config.config->names.held};
    dcf_txn_spec spec = {.group = d->group,
                         .transactional_id = d->transactional_id,
                         .topics = topics,
                         .topic_count = DCF_LANES,
                         .outputs = outputs,
                         .output_count = 2,
                         .on_assign = on_assign,
                         .on_revoke = on_revoke,
                         .self = d};
    dcf_kafka_error err = {{0}};
    dcf_status s = dcf_txn_open(d->config.kafka, &spec, &d->txn, &err);
    beat(d);
    if (dcf_failed(s))
        dcf_log(DCF_LOG_WARN, "KAFKA_WAIT", "role", "delivery", "party", d->config.party->name,
                "reason", err.text, NULL);
    return dcf_ok(s);
}

static void *run(void *self)
{
    dcf_delivery_loop *d = self;
    while (!d->txn && !atomic_load(&d->stop)) (void)open_txn(d);
    d->desk =
        (dcf_delivery_desk){.txn = d->txn,
                            .window = d->window,
                            .topics = {d->topics[DCF_LANE_ORDINARY], d->topics[DCF_LANE_URGENT]},
                            .submitted = d->config.config->names.submitted,
                            .held = d->config.config->names.held,
                            .audit = d->config.config->names.audit,
                            .message_memory = d->message_memory};
    while (d->txn && !atomic_load(&d->stop)) {
        beat(d);
        dcf_status s = turn(d);
        if (dcf_failed(s)) recover(d, s);
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
    dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_status s = dcf_buf_read_file(&text, path, sizeof d->token - 1);
    dcf_span token = dcf_span_trim(dcf_buf_span(&text));
    if (dcf_failed(s) || token.size == 0) {
        if (err)
            snprintf(err->text, sizeof err->text, "link %s: cannot read a token from %.150s",
                     d->link->name, path);
        return DCF_ERR(CONFIG);
    }
    memcpy(d->token, token.data, token.size);
    d->road.token = d->token;
    return DCF_OK;
}

static dcf_status make_window(dcf_delivery_loop *d)
{
    dcf_scheduler_config c = dcf_scheduler_defaults;
    c.concurrency = (size_t)d->link->out.concurrency;
    if (d->link->out.window) c.window = (size_t)d->link->out.window;
    c.case_messages = c.window / CASE_SHARE + 1;
    if (c.absent > c.window * ABSENT_SHARE) c.absent = c.window * ABSENT_SHARE;
    d->absent_most = c.absent;
    c.backoff_cap_ms = (int64_t)d->config.config->retry_cap_ms;
    if (c.breaker_cap_ms > c.backoff_cap_ms) c.breaker_cap_ms = c.backoff_cap_ms;
    if (c.breaker_open_ms > c.breaker_cap_ms) c.breaker_open_ms = c.breaker_cap_ms;
    c.backoff_ms = c.backoff_cap_ms < BACKOFF_MS ? c.backoff_cap_ms : BACKOFF_MS;
    c.random = random_u64;
    return dcf_window_new(&c, &d->window);
}

static dcf_status prepare(dcf_delivery_loop *d, dcf_yaml_error *err)
{
    const char *party = d->config.party->name, *instance = d->config.config->instance;
    for (dcf_lane lane = 0; lane < DCF_LANES; lane++)
        dcf_config_deliver_topic(d->config.config, party, lane == DCF_LANE_URGENT, d->topics[lane]);
    snprintf(d->group, sizeof d->group, "%s-deliver-%s", d->config.config->prefix, party);
    snprintf(d->transactional_id, sizeof d->transactional_id, "%s-%s", d->group, instance);
    d->message_memory = dcf_config_message_memory(d->config.config);
    d->road = (dcf_attempt_road){.link = d->link,
                                 .dialect = dcf_dialects_get(d->config.dialects, d->link->dialect),
                                 .message_memory = d->message_memory,
                                 .compare = d->compare};
    snprintf(d->compare, sizeof d->compare, "%s/%s", d->config.config->compare, d->link->name);
    DCF_TRY(read_token(d, err));
    DCF_TRY(make_window(d));
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

static void loop_free(dcf_delivery_loop *d)
{
    dcf_http_client_close(
        d->client); /* ends what is still in flight; such jobs were dropped and go here */
    dcf_window_free(d->window);
    free(d);
}

dcf_status dcf_delivery_loop_start(const dcf_delivery_config *config, dcf_delivery_loop **ret,
                                   dcf_yaml_error *err)
{
    dcf_delivery_loop *d = calloc(1, sizeof *d);
    if (!d) return DCF_ERR(NOMEM);
    d->config = *config;
    d->link = dcf_party_out(config->party);
    for (dcf_lane lane = 0; lane < DCF_LANES; lane++) dcf_job_list_init(&d->in_hand[lane]);
    dcf_job_list_init(&d->final);
    beat(d);
    dcf_status s = d->link ? prepare(d, err) : DCF_ERR(CONFIG);
    if (dcf_ok(s) && pthread_create(&d->thread, NULL, run, d) != 0) s = DCF_ERR(NOMEM);
    if (dcf_failed(s))
        loop_free(d);
    else
        *ret = d;
    return s;
}

void dcf_delivery_loop_stop(dcf_delivery_loop *d)
{
    atomic_store(&d->stop, true);
}

void dcf_delivery_loop_join(dcf_delivery_loop *d)
{
    if (!d) return;
    pthread_join(d->thread, NULL);
    loop_free(d);
}

int64_t dcf_delivery_loop_beat(const dcf_delivery_loop *d)
{
    return (int64_t)atomic_load(&d->beat_ms);
}

const char *dcf_delivery_loop_party(const dcf_delivery_loop *d)
{
    return d->config.party->name;
}

void dcf_delivery_loop_explain(dcf_delivery_loop *d, dcf_queue_info *info, dcf_waiting_cb *each,
                               void *ctx, size_t limit)
{
    dcf_window_explain(d->window, info, each, ctx, limit);
    info->party = d->config.party->name;
}
