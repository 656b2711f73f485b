/* follow.c - reads both topics into the ledger, batch by batch, until told to stop. */
#include "ledger/follow.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/reader.h"
#include "kafka/topics.h"
#include "ledger/internal.h"

#include <stdlib.h>
#include <time.h>

enum {
    BATCH_RECORDS = 1000,
    GATHER_MS = 100, /* longest that a record waits for others of its batch */
    IDLE_MS = 200,
    ASK_MS = 5000, /* for the cluster to tell its partitions */
    MAX_STARTS = 4096
};

static const struct timespec RETRY = {.tv_sec = 1};

typedef struct session {
    dcf_ledger_follower *f;
    dcf_reader *reader;
    size_t batched;
    int64_t due_ms; /* of the batch that is open, monotonic */
    size_t count;
    dcf_reader_start starts[MAX_STARTS];
} session;

static dcf_status add_topic(session *s, const char *topic)
{
    int partitions = 0;
    DCF_TRY(dcf_topic_partitions(s->f->kafka, topic, ASK_MS, &partitions));
    for (int p = 0; p < partitions && s->count < MAX_STARTS; p++) {
        dcf_reader_start *start = &s->starts[s->count];
        *start = (dcf_reader_start){.topic = topic, .partition = p};
        DCF_TRY(dcf_ledger_next_offset(s->f->ledger, topic, p, &start->offset));
        s->count++;
    }
    return DCF_OK;
}

static dcf_status open_session(session *s)
{
    DCF_TRY(add_topic(s, s->f->audit));
    DCF_TRY(add_topic(s, s->f->held));
    return dcf_reader_open(s->f->kafka, s->starts, s->count, &s->reader, NULL);
}

static void close_session(session *s)
{
    dcf_ledger_abort(s->f->ledger);
    dcf_reader_close(s->reader);
    atomic_store(&s->f->lag, -1);
}

static int64_t lag_of(const session *s)
{
    int64_t sum = 0;
    for (size_t i = 0; i < s->count; i++) {
        int64_t lag = 0;
        dcf_reader_progress(s->reader, i, NULL, NULL, &lag);
        sum += lag;
    }
    return sum;
}

static dcf_status commit(session *s)
{
    if (s->batched) DCF_TRY(dcf_ledger_commit(s->f->ledger));
    s->batched = 0;
    atomic_store(&s->f->lag, lag_of(s));
    if (dcf_reader_caught_up(s->reader)) atomic_store(&s->f->caught_up, true);
    return DCF_OK;
}

/* A record from before where we wanted to start: the topic is another one of the same name, or lost
 * its end. */
static bool made_anew(const session *s, const dcf_record *r)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->starts[i].partition == r->partition && strcmp(s->starts[i].topic, r->topic) == 0)
            return r->offset < s->starts[i].offset;
    return false;
}

static dcf_status take(session *s, const dcf_record *r)
{
    dcf_ledger *l = s->f->ledger;
    if (made_anew(s, r)) {
        dcf_log(DCF_LOG_WARN, "LEDGER_REBUILD", "topic", r->topic, "text",
                "the topic was made anew", NULL);
        if (s->batched) dcf_ledger_abort(l);
        DCF_TRY(ledger_empty(l));
        return DCF_ERR(AGAIN);
    }
    if (!s->batched) {
        DCF_TRY(dcf_ledger_begin(l));
        s->due_ms = dcf_clock_mono_ms() + GATHER_MS;
    }
    s->batched++;
    return dcf_ledger_apply(l, r);
}

static dcf_status run_session(session *s)
{
    DCF_TRY(open_session(s));
    while (!atomic_load(&s->f->stop)) {
        dcf_record r = {0};
        int64_t left = s->batched ? s->due_ms - dcf_clock_mono_ms() : IDLE_MS;
        dcf_status polled = dcf_reader_poll(s->reader, left > 0 ? (int)left : 0, &r);
        if (dcf_failed(polled) && !dcf_is(polled, DCF_E_AGAIN)) return polled;
        if (dcf_ok(polled)) {
            dcf_status taken = take(s, &r);
            dcf_record_free(&r);
            DCF_TRY(taken);
        }
        bool due = s->batched >= BATCH_RECORDS || dcf_clock_mono_ms() >= s->due_ms;
        if (!s->batched || due) DCF_TRY(commit(s));
    }
    return commit(s);
}

static dcf_status one_session(dcf_ledger_follower *f)
{
    session *s = calloc(1, sizeof *s);
    if (!s) return DCF_ERR(NOMEM);
    s->f = f;
    dcf_status status = run_session(s);
    close_session(s);
    free(s);
    return status;
}

void *dcf_ledger_follow(void *follower)
{
    dcf_ledger_follower *f = follower;
    int last = DCF_E_OK;
    atomic_store(&f->lag, -1);
    while (!atomic_load(&f->stop)) {
        dcf_status status = one_session(f);
        if (dcf_failed(status) && status.code != last && !dcf_is(status, DCF_E_AGAIN))
            dcf_log(DCF_LOG_WARN, "LEDGER_BEHIND", "reason", dcf_status_text(status), NULL);
        last = status.code;
        if (dcf_failed(status) && !atomic_load(&f->stop)) nanosleep(&RETRY, NULL);
    }
    return NULL;
}
