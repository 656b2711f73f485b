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
#include "daemon/delivery_intake.h"
#include "security/random.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
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
    pthread_t thread;
    atomic_bool stop;
    atomic_llong beat_ms;
    dcf_txn *txn;
    dcf_http_client *client;
    dcf_window *window;
    dcf_delivery_intake intake;
    dcf_delivery_desk desk;
    bool stopped;       /* the breaker is open, as last told */
    dcf_job_list final; /* done, not yet committed, oldest first */
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
    dcf_log(DCF_LOG_WARN,
            o->result == DCF_ATTEMPT_HELD     ? "DELIVERY_HELD"
            : dcf_attempt_is_final(o->result) ? "DELIVERY_REFUSED"
                                              : "DELIVERY_RETRY",
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
    uint32_t attempts = dcf_window_attempts(d->window, j) + (o->result != DCF_ATTEMPT_HELD);
    dcf_outcome_of_attempt outcome = *o;
    const dcf_job_end end = {.party = d->config.party->name,
                             .dialect = d->road.dialect,
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

/* --- committing -------------------------------------------------------------------- */

static dcf_status commit_when_due(dcf_delivery_loop *d)
{
    if (!d->final.count || dcf_clock_mono_ms() < d->commit_due_ms) return DCF_OK;
    size_t count = d->final.count;
    dcf_status s = dcf_delivery_commit(&d->desk, &d->final);
    if (dcf_ok(s)) dcf_measure_final(d->config.measures, d->config.party->name, count);
    if (dcf_ok(s)) dcf_window_held(d->window);
    if (dcf_ok(s) || dcf_status_class(s) == DCF_CLASS_FATAL) return s;
    /* Aborted for certain: the deliveries stand, their receipts are offered again in a while. What
     * the rewound consumer brings a second time the window knows. */
    d->commit_due_ms = dcf_clock_mono_ms() + COMMIT_AGAIN_MS;
    return DCF_OK;
}

/* --- one turn -------------------------------------------------------------------- */

/* j ends without an attempt, by what is named: its sender is told. */
static void leave_out(dcf_job *j, dcf_attempt_result how, dcf_fault_code why, const char *by)
{
    dcf_arena arena;
    dcf_faults faults;
    dcf_arena_init(&arena, SKIP_MEMORY);
    dcf_faults_init(&faults, &arena, 1);
    dcf_faults_add(&faults, why, 0, 0, "", "", "by %s", by);
    const char *reason = how == DCF_ATTEMPT_HELD ? "held by an operator" : "superseded";
    attempt_done(j, &(dcf_outcome_of_attempt){.result = how, .reason = reason, .faults = &faults});
    dcf_arena_fini(&arena);
}

static void start_attempts(dcf_delivery_loop *d)
{
    dcf_job *j;
    const char *newer;
    char job[DCF_JOB_ID_SIZE];
    if (d->final.count < COMMIT_JOBS && (j = dcf_window_take_held(d->window, job))) {
        d->in_flight++;
        leave_out(j, DCF_ATTEMPT_HELD, DCF_FAULT_TAKEN_OUT, job);
    }
    while (d->final.count < COMMIT_JOBS && (j = dcf_window_next(d->window, &newer))) {
        d->in_flight++;
        if (newer)
            leave_out(j, DCF_ATTEMPT_SKIPPED, DCF_FAULT_SUPERSEDED, newer);
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
    DCF_TRY(dcf_intake_fetch(&d->intake, d->in_flight ? 0 : patience(d, TURN_MS)));
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
        dcf_intake_forget_all(&d->intake);
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
    const dcf_names *names = &d->config.config->names;
    const char *topics[] = {d->topics[DCF_LANE_ORDINARY], d->topics[DCF_LANE_URGENT]},
               *outputs[] = {names->submitted, names->held, names->audit};
    dcf_txn_spec spec = {.group = d->group,
                         .transactional_id = d->transactional_id,
                         .topics = topics,
                         .topic_count = DCF_LANES,
                         .outputs = outputs,
                         .output_count = 3,
                         .on_assign = dcf_intake_on_assign,
                         .on_revoke = dcf_intake_on_revoke,
                         .self = &d->intake};
    dcf_kafka_error err = {{0}};
    dcf_status s = dcf_txn_open(d->config.kafka, &spec, &d->txn, &err);
    d->intake.txn = d->txn;
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
        dcf_intake_forget_all(&d->intake);
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
    d->intake.absent_most = c.absent;
    c.backoff_cap_ms = (int64_t)d->config.config->retry_cap_ms;
    if (c.breaker_cap_ms > c.backoff_cap_ms) c.breaker_cap_ms = c.backoff_cap_ms;
    if (c.breaker_open_ms > c.breaker_cap_ms) c.breaker_open_ms = c.breaker_cap_ms;
    c.backoff_ms = c.backoff_cap_ms < BACKOFF_MS ? c.backoff_cap_ms : BACKOFF_MS;
    c.random = random_u64;
    return dcf_window_new(&c, &d->window);
}

static void prepare_intake(dcf_delivery_loop *d)
{
    dcf_delivery_intake *in = &d->intake;
    dcf_intake_init(in);
    in->window = d->window;
    in->final = &d->final;
    for (dcf_lane lane = 0; lane < DCF_LANES; lane++) in->topics[lane] = d->topics[lane];
    in->beat_ms = &d->beat_ms;
    in->owner = d;
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
    prepare_intake(d);
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

dcf_status dcf_delivery_loop_hold(dcf_delivery_loop *d, const char *message_id, const char *job)
{
    return dcf_window_hold(d->window, message_id, job);
}
