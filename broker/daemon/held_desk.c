/* held_desk.c - the desk's thread: its questions, its connection, its turns. */
#include "daemon/held_desk.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon/held_work.h"
#include "daemon/wire.h"
#include "model/envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    QUESTIONS_MAX = 64,
    QUESTION_MEMORY = 4 << 20,
    TURN_MS = 50,
    RETRY_MS = 1000,   /* before Kafka is asked again */
    CLOSE_MS = 5000,   /* for what was sent and not confirmed */
    RECORDS_MOST = 500 /* of the job topic in one turn */
};

struct dcf_held_question {
    dcf_held_question *next;
    dcf_arena arena;
    dcf_held_request request; /* in the arena */
    dcf_held_done *done;
    void *ctx;
};

/* --- questions -------------------------------------------------------------------------------- */

static dcf_status copy_job(dcf_held_question *q, const Dcf__V1__HeldJob *job)
{
    dcf_buf packed DCF_CLEANUP(dcf_buf_fini) = {0};
    ProtobufCMessage *m = NULL;
    DCF_TRY(dcf_message_pack(&job->base, &packed));
    DCF_TRY(
        dcf_message_unpack(&dcf__v1__held_job__descriptor, dcf_buf_span(&packed), &q->arena, &m));
    q->request.job = (const Dcf__V1__HeldJob *)m;
    return DCF_OK;
}

static dcf_held_question *question_new(const dcf_held_request *request, dcf_held_done *done,
                                       void *ctx)
{
    dcf_held_question *q = calloc(1, sizeof *q);
    if (!q) return NULL;
    dcf_arena_init(&q->arena, QUESTION_MEMORY);
    q->done = done;
    q->ctx = ctx;
    q->request.ask = request->ask;
    q->request.operator_ = dcf_arena_strdup(&q->arena, request->operator_);
    bool ok = q->request.operator_ != NULL;
    if (request->job_id) {
        q->request.job_id = dcf_arena_strdup(&q->arena, request->job_id);
        ok = ok && q->request.job_id;
    }
    if (ok && request->job) ok = dcf_ok(copy_job(q, request->job));
    if (ok) return q;
    dcf_arena_fini(&q->arena);
    free(q);
    return NULL;
}

static void question_free(dcf_held_question *q)
{
    dcf_arena_fini(&q->arena);
    free(q);
}

static void turn_away(dcf_held_done *done, void *ctx)
{
    done(ctx, &(dcf_held_reply){.http = 503,
                                .error = "the daemon is busy, or about to end",
                                .hint = "ask again in a moment"});
}

void dcf_held_desk_ask(dcf_held_desk *d, const dcf_held_request *request, dcf_held_done *done,
                       void *ctx)
{
    dcf_held_question *q = question_new(request, done, ctx);
    bool taken = false;
    pthread_mutex_lock(&d->lock);
    if (q && d->waiting < QUESTIONS_MAX && !atomic_load(&d->stop)) {
        *d->last = q;
        d->last = &q->next;
        d->waiting++;
        taken = true;
        pthread_cond_signal(&d->news);
    }
    pthread_mutex_unlock(&d->lock);
    if (taken) return;
    if (q) question_free(q);
    turn_away(done, ctx);
}

/* The next question, waited for at most a turn; NULL: none. */
static dcf_held_question *next_question(dcf_held_desk *d, bool wait)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += TURN_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;
    pthread_mutex_lock(&d->lock);
    if (!d->first && wait && !atomic_load(&d->stop))
        pthread_cond_timedwait(&d->news, &d->lock, &until);
    dcf_held_question *q = d->first;
    if (q) {
        d->first = q->next;
        d->waiting--;
        if (!d->first) d->last = &d->first;
    }
    pthread_mutex_unlock(&d->lock);
    return q;
}

static void answer_all(dcf_held_desk *d)
{
    bool wait = true;
    for (dcf_held_question *q; (q = next_question(d, wait)); wait = false) {
        held_answer(d, &q->request, q->done, q->ctx);
        question_free(q);
    }
}

/* --- sending -----------------------------------------------------------------------------------
 */

static void on_ack(void *self, dcf_status status)
{
    dcf_held_desk *d = self;
    pthread_mutex_lock(&d->lock);
    d->acked = true;
    d->ack = status;
    pthread_cond_signal(&d->news);
    pthread_mutex_unlock(&d->lock);
}

/* One is under way at a time. An ack that comes after the desk gave up, when it ends, meets a desk
 * that still lives: the producer is closed before. */
static dcf_status await_ack(dcf_held_desk *d)
{
    dcf_status s = DCF_ERR(TIMEOUT);
    pthread_mutex_lock(&d->lock);
    while (!d->acked && !atomic_load(&d->stop)) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&d->news, &d->lock, &until);
    }
    if (d->acked) s = d->ack;
    pthread_mutex_unlock(&d->lock);
    return dcf_is(s, DCF_E_FENCED) ? DCF_ERR(TIMEOUT) : s;
}

static void expect_ack(dcf_held_desk *d)
{
    pthread_mutex_lock(&d->lock);
    d->acked = false;
    pthread_mutex_unlock(&d->lock);
}

dcf_status held_send_word(dcf_held_desk *d, const Dcf__V1__Envelope *word)
{
    dcf_buf packed DCF_CLEANUP(dcf_buf_fini) = {0};
    DCF_TRY(dcf_envelope_pack(word, &packed));
    expect_ack(d);
    DCF_TRY(dcf_wire_produce(d->producer, d->config.config->names.submitted, word,
                             dcf_buf_span(&packed), on_ack, d));
    return await_ack(d);
}

dcf_status held_send_record(dcf_held_desk *d, const char *key, const Dcf__V1__JobRecord *r)
{
    dcf_buf packed DCF_CLEANUP(dcf_buf_fini) = {0};
    DCF_TRY(dcf_message_pack(&r->base, &packed));
    expect_ack(d);
    DCF_TRY(dcf_producer_send(d->producer,
                              &(dcf_out){.topic = d->config.config->names.job,
                                         .partition = 0,
                                         .key = dcf_span_str(key),
                                         .value = dcf_buf_span(&packed)},
                              on_ack, d));
    return await_ack(d);
}

/* --- connection ----------------------------------------------------------------------------------
 */

static void disconnect(dcf_held_desk *d)
{
    dcf_reader_close(DCF_TAKE(d->reader));
    dcf_fetcher_close(DCF_TAKE(d->fetcher));
    dcf_producer_close(DCF_TAKE(d->producer), CLOSE_MS);
    dcf_held_jobs_fini(&d->jobs);
}

static dcf_status connect_all(dcf_held_desk *d)
{
    const dcf_config *c = d->config.config;
    const char *const outputs[] = {c->names.submitted, c->names.job};
    const dcf_reader_start start = {c->names.job, 0, DCF_OFFSET_BEGINNING};
    dcf_kafka_error err = {{0}};
    DCF_TRY(dcf_producer_open(d->config.kafka, outputs, 2, &d->producer, &err));
    DCF_TRY(dcf_fetcher_open(d->config.kafka, &d->fetcher, &err));
    return dcf_reader_open(d->config.kafka, &start, 1, &d->reader, &err);
}

/* What the job topic holds; false when it must be read anew. */
static bool read_jobs(dcf_held_desk *d)
{
    for (int i = 0; i < RECORDS_MOST; i++) {
        dcf_record r = {0};
        bool behind = !dcf_reader_caught_up(d->reader);
        dcf_status s = dcf_reader_poll(d->reader, behind ? TURN_MS : 0, &r);
        if (dcf_is(s, DCF_E_AGAIN) && behind) continue;
        if (dcf_is(s, DCF_E_AGAIN)) return true;
        if (dcf_failed(s)) return false;
        s = r.value.data ? dcf_held_jobs_take(&d->jobs, r.value) : DCF_OK;
        if (dcf_failed(s))
            dcf_log(DCF_LOG_ERROR, "JOB_RECORD_UNREADABLE", "offset", DCF_U64(r.offset), "status",
                    dcf_status_name(s), NULL);
        dcf_record_free(&r);
    }
    return true;
}

static void turn(dcf_held_desk *d, int64_t *retry_ms)
{
    if (!d->reader && dcf_clock_mono_ms() >= *retry_ms) {
        if (dcf_failed(connect_all(d))) disconnect(d);
        *retry_ms = dcf_clock_mono_ms() + RETRY_MS;
    }
    if (d->reader && !read_jobs(d)) disconnect(d);
    answer_all(d);
    if (d->reader && dcf_reader_caught_up(d->reader)) held_work_all(d);
}

static void *run(void *self)
{
    dcf_held_desk *d = self;
    int64_t retry_ms = 0;
    while (!atomic_load(&d->stop)) turn(d, &retry_ms);
    disconnect(d);
    for (dcf_held_question *q; (q = next_question(d, false)); question_free(q))
        turn_away(q->done, q->ctx);
    return NULL;
}

/* --- life ----------------------------------------------------------------------------------------
 */

static void desk_free(dcf_held_desk *d)
{
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->news);
    free(d);
}

dcf_status dcf_held_desk_start(const dcf_held_desk_config *config, dcf_held_desk **ret)
{
    dcf_held_desk *d = calloc(1, sizeof *d);
    if (!d) return DCF_ERR(NOMEM);
    d->config = *config;
    d->last = &d->first;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->news, NULL);
    if (pthread_create(&d->thread, NULL, run, d) != 0) {
        desk_free(d);
        return DCF_ERR(NOMEM);
    }
    *ret = d;
    return DCF_OK;
}

void dcf_held_desk_stop(dcf_held_desk *d)
{
    if (!d) return;
    pthread_mutex_lock(&d->lock);
    atomic_store(&d->stop, true);
    pthread_cond_broadcast(&d->news);
    pthread_mutex_unlock(&d->lock);
}

void dcf_held_desk_join(dcf_held_desk *d)
{
    if (!d) return;
    pthread_join(d->thread, NULL);
    desk_free(d);
}
