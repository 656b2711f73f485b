/* delivery_window.c - see delivery_window.h. */
#include "daemon/delivery_window.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon/config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* What an operator wants held: one message at a time. */
typedef struct window_hold {
    enum { HOLD_NONE, HOLD_ASKED, HOLD_TAKEN, HOLD_DONE } state;
    dcf_delivery what;
    char job[DCF_JOB_ID_SIZE];
} window_hold;

struct dcf_window {
    pthread_mutex_t lock; /* guards what follows */
    dcf_scheduler *scheduler;
    dcf_job **jobs; /* as many as the scheduler may keep */
    size_t count;
    window_hold hold;
};

dcf_status dcf_window_new(const dcf_scheduler_config *config, dcf_window **ret)
{
    dcf_window *w = calloc(1, sizeof *w);
    if (!w) return DCF_ERR(NOMEM);
    dcf_status s = dcf_scheduler_new(config, &w->scheduler);
    w->jobs = calloc(dcf_scheduler_capacity(config), sizeof(dcf_job *));
    if (dcf_ok(s) && !w->jobs) s = DCF_ERR(NOMEM);
    if (dcf_failed(s)) {
        dcf_scheduler_free(w->scheduler);
        free(w->jobs);
        free(w);
        return s;
    }
    pthread_mutex_init(&w->lock, NULL);
    *ret = w;
    return DCF_OK;
}

void dcf_window_free(dcf_window *w)
{
    if (!w) return;
    for (size_t i = 0; i < w->count; i++) dcf_job_free(w->jobs[i]);
    dcf_scheduler_free(w->scheduler);
    pthread_mutex_destroy(&w->lock);
    free(w->jobs);
    free(w);
}

/* --- partitions ------------------------------------------------------------------- */

static void take_out(dcf_window *w, const dcf_job *j)
{
    dcf_job *last = w->jobs[--w->count];
    w->jobs[last->slot = j->slot] = last;
}

static void drop(void *ctx, const dcf_scheduler_message *m)
{
    dcf_job *j = m->user;
    take_out(ctx, j);
    if (j->in_flight)
        j->dropped = true;
    else
        dcf_job_free(j);
}

dcf_status dcf_window_assign(dcf_window *w, int32_t place, int64_t committed, const char *metadata)
{
    pthread_mutex_lock(&w->lock);
    dcf_scheduler_revoke(w->scheduler, place, dcf_clock_mono_ms(), drop, w);
    dcf_status s = dcf_scheduler_assign(w->scheduler, place, committed, metadata);
    pthread_mutex_unlock(&w->lock);
    return s;
}

void dcf_window_forget(dcf_window *w, int32_t place)
{
    pthread_mutex_lock(&w->lock);
    if (w->hold.state == HOLD_TAKEN) w->hold.state = HOLD_NONE; /* it may not be committed */
    dcf_scheduler_revoke(w->scheduler, place, dcf_clock_mono_ms(), drop, w);
    pthread_mutex_unlock(&w->lock);
}

void dcf_window_forget_all(dcf_window *w)
{
    for (int32_t p = 0; p < DCF_PLACES_MAX; p++) dcf_window_forget(w, p);
}

/* --- jobs --------------------------------------------------------------------------- */

/* The scheduler's clock is the monotonic one. */
static int64_t to_mono(int64_t wall_ms, int64_t now)
{
    return wall_ms ? wall_ms - dcf_clock_ms() + now : 0;
}

/* OK: j is what an absent job of the window was wanted for, which has its bytes now. */
static dcf_status fill(dcf_window *w, dcf_job *j)
{
    int32_t place = dcf_place_of(j->lane, j->partition);
    dcf_delivery d = dcf_scheduler_wanted(w->scheduler, place, j->key, j->offset);
    if (!d) return DCF_ERR(NOT_FOUND);
    DCF_TRY(dcf_scheduler_fill(w->scheduler, d));
    dcf_job *absent = dcf_scheduler_message_of(w->scheduler, d)->user;
    absent->packed = j->packed;
    j->packed = (dcf_buf){0};
    j->handle = 0;
    return DCF_OK;
}

static dcf_status add(dcf_window *w, dcf_job *j, int64_t now)
{
    dcf_scheduler_message m = {.id = j->id,
                               .case_key = j->key,
                               .partition = dcf_place_of(j->lane, j->partition),
                               .lane = j->lane,
                               .offset = j->offset,
                               .deadline_ms = to_mono(j->deadline_ms, now),
                               .arrived_ms = now,
                               .supersedes = j->supersedes,
                               .untouched = j->untouched,
                               .size = j->packed.size,
                               .user = j};
    DCF_TRY(dcf_scheduler_add(w->scheduler, &m, now, &j->handle));
    if (!j->handle) return DCF_OK;
    w->jobs[j->slot = w->count++] = j;
    if (dcf_scheduler_is_absent(w->scheduler, j->handle)) dcf_buf_fini(&j->packed);
    return DCF_OK;
}

/* What should have come before j and did not. Its bytes are none that could be an envelope. */
static dcf_status give_up_lost(dcf_window *w, const dcf_job *j)
{
    dcf_delivery d;
    while ((d = dcf_scheduler_lost(w->scheduler, dcf_place_of(j->lane, j->partition), j->offset))) {
        dcf_job *lost = dcf_scheduler_message_of(w->scheduler, d)->user;
        DCF_TRY(dcf_scheduler_fill(w->scheduler, d));
        dcf_buf_adds(&lost->packed, "\xff");
        dcf_log(DCF_LOG_ERROR, "DELIVERY_LOST", "message", lost->id, "topic", lost->topic,
                "partition", DCF_U64(lost->partition), "offset", DCF_U64(lost->offset), NULL);
    }
    return DCF_OK;
}

dcf_status dcf_window_add(dcf_window *w, dcf_job *j)
{
    pthread_mutex_lock(&w->lock);
    dcf_status s = give_up_lost(w, j);
    if (dcf_ok(s)) s = fill(w, j);
    if (dcf_is(s, DCF_E_NOT_FOUND)) s = add(w, j, dcf_clock_mono_ms());
    bool known = dcf_ok(s) && j->handle == 0;
    pthread_mutex_unlock(&w->lock);
    if (known) dcf_job_free(j);
    return s;
}

bool dcf_window_has_room(dcf_window *w, dcf_lane lane, size_t bytes)
{
    pthread_mutex_lock(&w->lock);
    bool room = dcf_scheduler_has_room(w->scheduler, lane, bytes);
    pthread_mutex_unlock(&w->lock);
    return room;
}

bool dcf_window_is_low(dcf_window *w, dcf_lane lane)
{
    pthread_mutex_lock(&w->lock);
    bool low = dcf_scheduler_is_low(w->scheduler, lane);
    pthread_mutex_unlock(&w->lock);
    return low;
}

size_t dcf_window_absent_room(dcf_window *w, dcf_lane lane)
{
    pthread_mutex_lock(&w->lock);
    size_t room = dcf_scheduler_absent_room(w->scheduler, lane);
    pthread_mutex_unlock(&w->lock);
    return room;
}

bool dcf_window_wants(dcf_window *w, dcf_lane lane, int32_t *ret_place, int64_t *ret_offset)
{
    pthread_mutex_lock(&w->lock);
    bool wants = dcf_scheduler_wants(w->scheduler, lane, ret_place, ret_offset);
    pthread_mutex_unlock(&w->lock);
    return wants;
}

void dcf_window_want_again(dcf_window *w)
{
    pthread_mutex_lock(&w->lock);
    dcf_scheduler_want_again(w->scheduler);
    pthread_mutex_unlock(&w->lock);
}

dcf_job *dcf_window_next(dcf_window *w, const char **ret_superseded_by)
{
    pthread_mutex_lock(&w->lock);
    dcf_delivery h = dcf_scheduler_next(w->scheduler, dcf_clock_mono_ms());
    dcf_job *j = h ? dcf_scheduler_message_of(w->scheduler, h)->user : NULL;
    if (j) j->in_flight = true;
    *ret_superseded_by = j ? dcf_scheduler_superseded_by(w->scheduler, h) : NULL;
    pthread_mutex_unlock(&w->lock);
    return j;
}

uint32_t dcf_window_attempts(dcf_window *w, const dcf_job *j)
{
    pthread_mutex_lock(&w->lock);
    uint32_t attempts = dcf_scheduler_attempts(w->scheduler, j->handle);
    pthread_mutex_unlock(&w->lock);
    return attempts;
}

void dcf_window_result(dcf_window *w, dcf_job *j, const dcf_outcome_of_attempt *o)
{
    int64_t wait = o->retry_after_ms > INT32_MAX ? INT32_MAX : (int64_t)o->retry_after_ms;
    pthread_mutex_lock(&w->lock);
    j->in_flight = false;
    j->failure = o->reason;
    j->failure_status = o->http_status;
    dcf_status s =
        dcf_scheduler_result(w->scheduler, j->handle, dcf_clock_mono_ms(), o->result, wait);
    if (dcf_ok(s) && dcf_attempt_is_final(o->result)) take_out(w, j);
    bool untold = w->hold.state == HOLD_TAKEN && w->hold.what == j->handle;
    if (untold && o->result != DCF_ATTEMPT_HELD) w->hold.state = HOLD_NONE; /* it waits again */
    pthread_mutex_unlock(&w->lock);
}

/* --- taken out by an operator ------------------------------------------------------------ */

static dcf_status hold(dcf_window *w, const char *message_id, const char *job)
{
    window_hold *h = &w->hold;
    bool mine = job && strcmp(h->job, job) == 0;
    if (h->state == HOLD_ASKED && !dcf_scheduler_message_of(w->scheduler, h->what))
        h->state = HOLD_NONE; /* what was in flight came to another end */
    if (h->state == HOLD_DONE && mine) return DCF_OK;
    if (job && (h->state == HOLD_ASKED || h->state == HOLD_TAKEN)) return DCF_ERR(AGAIN);
    size_t i = 0;
    while (i < w->count && strcmp(w->jobs[i]->id, message_id) != 0) i++;
    if (i == w->count) return DCF_ERR(NOT_FOUND);
    dcf_explanation x;
    DCF_TRY(dcf_scheduler_explain(w->scheduler, w->jobs[i]->handle, dcf_clock_mono_ms(), &x));
    if (x.why == DCF_WAIT_BEHIND) return DCF_ERR(CONFLICT);
    if (!job) return DCF_OK;
    *h = (window_hold){.state = HOLD_ASKED, .what = w->jobs[i]->handle};
    snprintf(h->job, sizeof h->job, "%s", job);
    return DCF_ERR(AGAIN);
}

dcf_status dcf_window_hold(dcf_window *w, const char *message_id, const char *job)
{
    pthread_mutex_lock(&w->lock);
    dcf_status s = hold(w, message_id, job);
    pthread_mutex_unlock(&w->lock);
    return s;
}

dcf_job *dcf_window_take_held(dcf_window *w, char ret_job[DCF_JOB_ID_SIZE])
{
    dcf_job *j = NULL;
    pthread_mutex_lock(&w->lock);
    window_hold *h = &w->hold;
    if (h->state == HOLD_ASKED &&
        dcf_ok(dcf_scheduler_take(w->scheduler, h->what, dcf_clock_mono_ms()))) {
        j = dcf_scheduler_message_of(w->scheduler, h->what)->user;
        j->in_flight = true;
        h->state = HOLD_TAKEN;
        memcpy(ret_job, h->job, DCF_JOB_ID_SIZE);
    }
    pthread_mutex_unlock(&w->lock);
    return j;
}

void dcf_window_held(dcf_window *w)
{
    pthread_mutex_lock(&w->lock);
    if (w->hold.state == HOLD_TAKEN) w->hold.state = HOLD_DONE;
    pthread_mutex_unlock(&w->lock);
}

bool dcf_window_stopped(dcf_window *w)
{
    pthread_mutex_lock(&w->lock);
    bool open = dcf_scheduler_load_of(w->scheduler).breaker_open;
    pthread_mutex_unlock(&w->lock);
    return open;
}

dcf_status dcf_window_commit(dcf_window *w, int32_t place, int64_t *ret_offset,
                             char ret_metadata[DCF_COMMIT_METADATA_MAX + 1])
{
    pthread_mutex_lock(&w->lock);
    dcf_status s = dcf_scheduler_commit(w->scheduler, place, ret_offset, ret_metadata);
    pthread_mutex_unlock(&w->lock);
    return s;
}

/* --- looking in ------------------------------------------------------------------------ */

static const char *wait_text(dcf_wait why, uint32_t attempts)
{
    switch (why) {
    case DCF_WAIT_NONE:
        return "next";
    case DCF_WAIT_IN_FLIGHT:
        return attempts ? "being delivered again: the last attempt failed" : "being delivered";
    case DCF_WAIT_BEHIND:
        return "behind an earlier message of its case";
    case DCF_WAIT_ABSENT:
        return "very many of its case wait: it is being read again";
    case DCF_WAIT_BACKOFF:
        return "waits to be tried again";
    case DCF_WAIT_BREAKER:
        return "the receiver is away";
    case DCF_WAIT_BUDGET:
        return "the retry budget is spent";
    case DCF_WAIT_CONCURRENCY:
        return "as many deliveries as allowed are in flight";
    }
    return "";
}

static void explain_job(dcf_window *w, const dcf_job *j, int64_t now, dcf_waiting_cb *each,
                        void *ctx)
{
    const dcf_scheduler_message *m = dcf_scheduler_message_of(w->scheduler, j->handle);
    int64_t to_wall = dcf_clock_ms() - now;
    dcf_explanation x;
    char failure[80] = "";
    if (!m || dcf_failed(dcf_scheduler_explain(w->scheduler, j->handle, now, &x))) return;
    if (j->failure)
        snprintf(failure, sizeof failure, j->failure_status ? "%s (HTTP %d)" : "%s", j->failure,
                 j->failure_status);
    each(ctx, &(dcf_waiting_info){.message_id = j->id,
                                  .case_key = j->key,
                                  .type = j->type,
                                  .since_ms = m->arrived_ms + to_wall,
                                  .attempts = x.attempts,
                                  .next_try_ms = x.next_ms == INT64_MAX ? 0 : x.next_ms + to_wall,
                                  .reason = wait_text(x.why, x.attempts),
                                  .last_failure = failure});
}

/* First those that failed: whoever looks wants to see them, however many others wait. */
static void explain_jobs(dcf_window *w, int64_t now, dcf_waiting_cb *each, void *ctx, size_t limit)
{
    for (int failed = 1; each && failed >= 0; failed--)
        for (size_t i = 0; i < w->count && limit > 0; i++) {
            if ((dcf_scheduler_attempts(w->scheduler, w->jobs[i]->handle) > 0) != failed) continue;
            explain_job(w, w->jobs[i], now, each, ctx);
            limit--;
        }
}

static int64_t oldest_arrival(const dcf_window *w)
{
    int64_t oldest = INT64_MAX;
    for (size_t i = 0; i < w->count; i++) {
        const dcf_scheduler_message *m = dcf_scheduler_message_of(w->scheduler, w->jobs[i]->handle);
        if (m && m->arrived_ms < oldest) oldest = m->arrived_ms;
    }
    return oldest;
}

static const char *queue_text(const dcf_scheduler_load *load, bool waits)
{
    if (load->breaker_open) return "the receiver is away";
    if (!load->messages) return "";
    return load->in_flight || !waits ? "being delivered" : "what is there waits to be tried again";
}

void dcf_window_explain(dcf_window *w, dcf_queue_info *info, dcf_waiting_cb *each, void *ctx,
                        size_t limit)
{
    pthread_mutex_lock(&w->lock);
    int64_t now = dcf_clock_mono_ms(), to_wall = dcf_clock_ms() - now, oldest = oldest_arrival(w);
    dcf_scheduler_load load = dcf_scheduler_load_of(w->scheduler);
    int64_t wake = load.messages ? dcf_scheduler_wake(w->scheduler, now) : INT64_MAX;
    explain_jobs(w, now, each, ctx, limit);
    *info = (dcf_queue_info){.depth = load.messages,
                             .in_flight = load.in_flight,
                             .oldest_ms = oldest == INT64_MAX ? 0 : oldest + to_wall,
                             .breaker = load.breaker_open ? "open" : "closed",
                             .next_try_ms = wake > now && wake != INT64_MAX ? wake + to_wall : 0,
                             .reason = queue_text(&load, wake > now)};
    pthread_mutex_unlock(&w->lock);
}
