/*
 * scheduler_world.h - a topic of numbered messages, a receiver that fails at random, a daemon that
 * crashes at random and resumes from its last commit, and the laws that must hold at each step.
 * The last partition is of the urgent lane; of a case only few messages are kept whole, so the
 * topic is read again for the rest. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TESTS_SCHEDULER_WORLD_H
#define DCF_TESTS_SCHEDULER_WORLD_H

#include "delivery/scheduler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTITIONS = 3, CASES = 12, MESSAGES = 120 /* a partition */, FLIGHT_MAX = 16 };

typedef struct flight {
    dcf_delivery d;
    int64_t ends_ms;
} flight;

typedef struct world {
    uint64_t seed;
    dcf_scheduler_config config;
    dcf_scheduler *s;
    int64_t now;
    char keys[PARTITIONS][MESSAGES][8];
    char ids[PARTITIONS][MESSAGES][16];
    bool completed[PARTITIONS][MESSAGES], committed_done[PARTITIONS][MESSAGES];
    int older[PARTITIONS][MESSAGES];    /* the message whose newer version this is; -1: none */
    bool reached[PARTITIONS][MESSAGES]; /* the receiver may have it, whoever tried */
    dcf_delivery handles[PARTITIONS][MESSAGES];
    int64_t urgency[PARTITIONS][MESSAGES]; /* by its deadline and its age */
    int64_t since[PARTITIONS][MESSAGES];   /* what it waits for last changed */
    int64_t position[PARTITIONS];          /* next to read */
    int64_t known[PARTITIONS];             /* how far this scheduler read before it reads again */
    size_t again, filled;
    int64_t produced[PARTITIONS]; /* how far the topic went */
    int64_t untouched_from[PARTITIONS];
    size_t skipped;
    int64_t committed[PARTITIONS];
    char metadata[PARTITIONS][DCF_COMMIT_METADATA_MAX + 1];
    flight flights[FLIGHT_MAX];
    size_t flying;
    bool healthy, broken, ordinary_locked, explains;
    int poisoned; /* case that fails while not healthy */
} world;

static uint64_t draw(void *ctx) /* splitmix64 */
{
    uint64_t z = *(uint64_t *)ctx += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static unsigned dice(world *w, unsigned sides)
{
    return (unsigned)(draw(&w->seed) % sides);
}

static void must(world *w, bool law, const char *text)
{
    if (!law && !w->broken) fprintf(stderr, "law broken: %s\n", text);
    if (!law) w->broken = true;
}

static void start(world *w)
{
    must(w, dcf_ok(dcf_scheduler_new(&w->config, &w->s)), "a scheduler is made");
    for (int p = 0; p < PARTITIONS; p++) {
        must(w, dcf_ok(dcf_scheduler_assign(w->s, p, w->committed[p], w->metadata[p])),
             "its own metadata is read");
        w->position[p] = w->known[p] = w->committed[p];
        w->untouched_from[p] = w->produced[p];
    }
}

static void setup(world *w, uint64_t seed)
{
    *w = (world){.seed = seed};
    w->config = dcf_scheduler_defaults;
    w->config.random = draw;
    w->config.random_ctx = &w->seed;
    w->config.window = 5 + dice(w, 40);
    w->config.case_messages = 1 + dice(w, 8);
    w->config.absent = 1 + dice(w, MESSAGES);
    w->config.concurrency = 1 + dice(w, 8);
    w->config.breaker_failures = 1 + dice(w, 6);
    w->config.retry_burst = 1 + dice(w, 10);
    w->config.retry_per_minute = 60;
    w->poisoned = (int)dice(w, CASES);
    for (int p = 0; p < PARTITIONS; p++) {
        for (int i = 0; i < MESSAGES; i++) {
            unsigned c = dice(w, CASES / PARTITIONS) * PARTITIONS +
                         (unsigned)p; /* a case lives in one partition */
            snprintf(w->keys[p][i], sizeof w->keys[p][i], "C%u", c);
            snprintf(w->ids[p][i], sizeof w->ids[p][i], "m%d-%d", p, i);
            w->older[p][i] = -1;
            for (int k = i; k-- > 0 && w->older[p][i] < 0 && dice(w, 2);)
                if (strcmp(w->keys[p][k], w->keys[p][i]) == 0) w->older[p][i] = k;
        }
    }
    start(w);
}

static dcf_lane lane_of(int partition)
{
    return partition == PARTITIONS - 1 ? DCF_LANE_URGENT : DCF_LANE_ORDINARY;
}

/* --- what the window holds, and why it waits ------------------------------------------- */

static bool waits(const world *w, int p, int64_t i)
{
    return i < w->known[p] && !w->completed[p][i];
}

/* The next of the case of a message, in the window; MESSAGES: none. */
static int64_t next_of_case(const world *w, int p, int64_t i)
{
    const char *key = w->keys[p][i];
    while (++i < MESSAGES && !(waits(w, p, i) && strcmp(w->keys[p][i], key) == 0)) continue;
    return i;
}

/* The first message of its case that waits. */
static int64_t head_of(const world *w, int p, int64_t i)
{
    int64_t head = 0;
    while (!waits(w, p, head) || strcmp(w->keys[p][head], w->keys[p][i]) != 0) head++;
    return head;
}

static bool is_flying(const world *w, dcf_delivery d)
{
    for (size_t i = 0; i < w->flying; i++)
        if (w->flights[i].d == d) return true;
    return false;
}

static void complete(world *w, int p, int64_t i)
{
    int64_t next = next_of_case(w, p, i);
    w->completed[p][i] = true;
    if (next < MESSAGES) w->since[p][next] = w->now;
}

/* The nearest deadline, but not before the arrival and not after its ageing; the urgent lane is
 * ahead by as much. */
static int64_t urgency_of(const world *w, const dcf_scheduler_message *m)
{
    int64_t ageing = w->config.ageing_ms, most = m->arrived_ms + ageing;
    int64_t at = !m->deadline_ms || m->deadline_ms > most ? most : m->deadline_ms;
    if (at < m->arrived_ms) at = m->arrived_ms;
    return m->lane == DCF_LANE_URGENT ? at - ageing : at;
}

static int64_t nearest_of_case(const world *w, int p, int64_t head)
{
    int64_t nearest = INT64_MAX;
    for (int64_t i = head; i < MESSAGES; i = next_of_case(w, p, i))
        if (w->urgency[p][i] < nearest) nearest = w->urgency[p][i];
    return nearest;
}

/* Of the cases whose first message was never tried, none is more urgent than the one of d. */
static void must_be_the_most_urgent(world *w, dcf_delivery d)
{
    const dcf_scheduler_message *m = dcf_scheduler_message_of(w->s, d);
    int64_t chosen = nearest_of_case(w, m->partition, m->offset);
    if (dcf_scheduler_attempts(w->s, d)) return;
    for (int p = 0; p < PARTITIONS; p++)
        for (int64_t i = 0; i < w->known[p]; i++) {
            if (!waits(w, p, i) || head_of(w, p, i) != i) continue;
            dcf_delivery other = w->handles[p][i];
            if (is_flying(w, other) || dcf_scheduler_is_absent(w->s, other) ||
                dcf_scheduler_attempts(w->s, other))
                continue;
            must(w, chosen <= nearest_of_case(w, p, i), "the most urgent case goes first");
        }
}

static void explain_head(world *w, dcf_delivery d, const dcf_explanation *x, bool all_started)
{
    switch (x->why) {
    case DCF_WAIT_NONE:
        must(w, !all_started && x->next_ms == w->now, "what waits for nothing is tried");
        break;
    case DCF_WAIT_CONCURRENCY:
        must(w, w->flying == w->config.concurrency && x->next_ms == INT64_MAX, "all are in flight");
        break;
    case DCF_WAIT_BUDGET:
        must(w, dcf_scheduler_attempts(w->s, d) && x->next_ms > w->now, "only retries cost");
        break;
    case DCF_WAIT_BACKOFF:
        must(w, dcf_scheduler_attempts(w->s, d) && x->next_ms > w->now, "a failure is waited out");
        break;
    case DCF_WAIT_BREAKER:
        must(w, dcf_scheduler_load_of(w->s).breaker_open && x->next_ms > w->now, "it is open");
        break;
    default:
        must(w, false, "a first message waits for none before it");
    }
}

static void explain(world *w, int p, int64_t i, bool all_started)
{
    dcf_explanation x;
    dcf_delivery d = w->handles[p][i];
    int64_t head = head_of(w, p, i);
    must(w, dcf_ok(dcf_scheduler_explain(w->s, d, w->now, &x)), "what waits can be explained");
    must(w,
         x.why == DCF_WAIT_BREAKER ? x.since_ms >= w->since[p][i] && x.since_ms <= w->now
                                   : x.since_ms == w->since[p][i],
         "it waits so since the last change");
    if (i != head) {
        must(w, x.why == DCF_WAIT_BEHIND && strcmp(x.behind, w->ids[p][head]) == 0,
             "it is behind the first of its case");
        must(w, x.next_ms == INT64_MAX, "and waits for that");
    } else if (dcf_scheduler_is_absent(w->s, d)) {
        must(w, x.why == DCF_WAIT_ABSENT && x.next_ms == INT64_MAX, "it is to be read again");
    } else if (is_flying(w, d)) {
        must(w, x.why == DCF_WAIT_IN_FLIGHT, "it is in flight");
    } else {
        explain_head(w, d, &x, all_started);
    }
}

/* all_started: next just said that no other may be tried. */
static void explain_all(world *w, bool all_started)
{
    for (int p = 0; p < PARTITIONS; p++)
        for (int64_t i = 0; i < w->known[p]; i++)
            if (waits(w, p, i)) explain(w, p, i, all_started);
}

/* --- what happens ------------------------------------------------------------------------ */

static void read_again(world *w)
{
    int32_t p;
    int64_t offset;
    if (!dcf_scheduler_wants(w->s, dice(w, 2) ? DCF_LANE_URGENT : DCF_LANE_ORDINARY, &p, &offset))
        return;
    must(w, offset < w->known[p] && !w->completed[p][offset], "what was not delivered is wanted");
    if (dice(w, 5))
        w->position[p] = offset;
    else
        dcf_scheduler_want_again(w->s); /* the topic cannot be read now */
    w->again++;
}

/* What was absent comes again. */
static bool fill_absent(world *w, int p, int64_t i)
{
    dcf_delivery d = dcf_scheduler_wanted(w->s, p, w->keys[p][i], i);
    if (!d) return false;
    must(w, dcf_scheduler_is_absent(w->s, d), "only what is absent is wanted");
    if (dcf_ok(dcf_scheduler_fill(w->s, d))) {
        must(w, !dcf_scheduler_is_absent(w->s, d), "it is there now");
        w->position[p]++;
        w->filled++;
    }
    return true;
}

static void fill(world *w)
{
    read_again(w);
    int p = (int)dice(w, PARTITIONS);
    for (unsigned n = dice(w, 10); n && w->position[p] < MESSAGES; n--) {
        int64_t i = w->position[p];
        must(w, !dcf_scheduler_lost(w->s, p, i), "nothing is lost");
        if (fill_absent(w, p, i)) continue;
        dcf_scheduler_message m = {.id = w->ids[p][i],
                                   .case_key = w->keys[p][i],
                                   .partition = p,
                                   .lane = lane_of(p),
                                   .offset = i,
                                   .deadline_ms = dice(w, 3) ? 0 : w->now + dice(w, 100000),
                                   .arrived_ms = w->now,
                                   .supersedes =
                                       w->older[p][i] < 0 ? "" : w->ids[p][w->older[p][i]],
                                   .untouched = i >= w->untouched_from[p],
                                   .size = dice(w, 100)};
        dcf_delivery d = 0;
        if (dcf_failed(dcf_scheduler_add(w->s, &m, w->now, &d))) break;
        must(w, d || w->completed[p][i] || i < w->known[p],
             "only what was completed or is known is skipped");
        must(w, !d || i >= w->known[p], "what is known is not taken twice");
        must(w, !d || !w->committed_done[p][i], "what a commit recorded is not delivered again");
        if (d) {
            w->handles[p][i] = d;
            w->urgency[p][i] = urgency_of(w, &m);
            w->since[p][i] = w->now;
        }
        w->position[p]++;
        if (w->known[p] < w->position[p]) w->known[p] = w->position[p];
        if (w->produced[p] < w->position[p]) w->produced[p] = w->position[p];
    }
    dcf_scheduler_load load = dcf_scheduler_load_of(w->s);
    must(w, load.messages - load.absent <= DCF_LANES * w->config.window, "the window is bounded");
    must(w, load.absent <= DCF_LANES * w->config.absent, "what is absent is bounded");
}

/* A version is skipped for one that comes later in its case, and never one that may be there. */
static bool skip(world *w, dcf_delivery d)
{
    const dcf_scheduler_message m = *dcf_scheduler_message_of(w->s, d);
    const char *newer = dcf_scheduler_superseded_by(w->s, d);
    if (!newer) return false;
    int64_t by = m.offset + 1;
    while (by < MESSAGES && strcmp(w->ids[m.partition][by], newer) != 0) by++;
    must(w, by < MESSAGES && w->older[m.partition][by] == m.offset, "its newer version is meant");
    must(w, !w->completed[m.partition][by], "which is still to come");
    must(w, !w->reached[m.partition][m.offset], "what may be there is not skipped");
    must(w, dcf_ok(dcf_scheduler_result(w->s, d, w->now, DCF_ATTEMPT_SKIPPED, 0)), "it is skipped");
    complete(w, m.partition, m.offset);
    w->skipped++;
    return true;
}

static void launch(world *w)
{
    for (dcf_delivery d; w->flying < FLIGHT_MAX && (d = dcf_scheduler_next(w->s, w->now));) {
        const dcf_scheduler_message *m = dcf_scheduler_message_of(w->s, d);
        must(w, !dcf_scheduler_is_absent(w->s, d), "what is absent is not tried");
        for (size_t i = 0; i < w->flying; i++) {
            const dcf_scheduler_message *o = dcf_scheduler_message_of(w->s, w->flights[i].d);
            must(w, strcmp(o->case_key, m->case_key) != 0, "one attempt a case at a time");
        }
        for (int64_t i = 0; i < m->offset; i++)
            must(w,
                 w->completed[m->partition][i] ||
                     strcmp(w->keys[m->partition][i], m->case_key) != 0,
                 "all before it in its case are completed");
        must_be_the_most_urgent(w, d);
        w->since[m->partition][m->offset] = w->now;
        if (skip(w, d)) continue;
        w->flights[w->flying++] = (flight){d, w->now + 1 + dice(w, 500)};
    }
    must(w, w->flying <= w->config.concurrency, "concurrency is bounded");
    if (w->flying == FLIGHT_MAX) return;
    must(w, dcf_scheduler_wake(w->s, w->now) > w->now, "nothing now means a later time");
    if (w->explains) explain_all(w, true);
}

static dcf_attempt_result outcome(world *w, const dcf_scheduler_message *m)
{
    if (w->healthy) return DCF_ATTEMPT_OK;
    if (w->ordinary_locked && m->lane == DCF_LANE_ORDINARY) return DCF_ATTEMPT_LOCKED;
    if (atoi(m->case_key + 1) == w->poisoned) return DCF_ATTEMPT_RETRY;
    unsigned n = dice(w, 10);
    return n < 5   ? DCF_ATTEMPT_OK
           : n < 6 ? DCF_ATTEMPT_REFUSED
           : n < 8 ? DCF_ATTEMPT_UNSENT
           : n < 9 ? DCF_ATTEMPT_LOCKED
                   : DCF_ATTEMPT_RETRY;
}

static void land(world *w)
{
    for (size_t i = 0; i < w->flying;) {
        if (w->flights[i].ends_ms > w->now) {
            i++;
            continue;
        }
        dcf_delivery d = w->flights[i].d;
        w->flights[i] = w->flights[--w->flying];
        dcf_scheduler_message m = *dcf_scheduler_message_of(w->s, d);
        dcf_attempt_result r = outcome(w, &m);
        must(w, dcf_ok(dcf_scheduler_result(w->s, d, w->now, r, dice(w, 4) ? 0 : dice(w, 3000))),
             "a result is taken");
        must(w, !dcf_ok(dcf_scheduler_result(w->s, d, w->now, r, 0)), "and taken once");
        if (r != DCF_ATTEMPT_UNSENT && r != DCF_ATTEMPT_LOCKED)
            w->reached[m.partition][m.offset] = true;
        w->since[m.partition][m.offset] = w->now;
        if (dcf_attempt_is_final(r)) complete(w, m.partition, m.offset);
    }
}

static void commit(world *w)
{
    for (int p = 0; p < PARTITIONS; p++) {
        must(w, dcf_ok(dcf_scheduler_commit(w->s, p, &w->committed[p], w->metadata[p])),
             "a partition commits");
        for (int64_t i = 0; i < w->committed[p]; i++)
            must(w, w->completed[p][i], "below low water all is completed");
        memcpy(w->committed_done[p], w->completed[p], sizeof w->completed[p]);
    }
}

static void crash(world *w)
{
    for (size_t i = 0; i < w->flying; i++) { /* what was in the air may have arrived */
        const dcf_scheduler_message *m = dcf_scheduler_message_of(w->s, w->flights[i].d);
        w->reached[m->partition][m->offset] = true;
    }
    dcf_scheduler_free(w->s);
    w->flying = 0;
    memcpy(w->completed, w->committed_done,
           sizeof w->completed); /* the rest may be delivered again */
    start(w);
}

static void rebalance(world *w)
{
    int p = (int)dice(w, PARTITIONS);
    commit(w);
    for (size_t i = 0; i < w->flying; i++) {
        const dcf_scheduler_message *m = dcf_scheduler_message_of(w->s, w->flights[i].d);
        if (m->partition == p) w->reached[p][m->offset] = true;
    }
    dcf_scheduler_revoke(w->s, p, w->now, NULL, NULL);
    for (size_t i = 0; i < w->flying;)
        if (dcf_scheduler_message_of(w->s, w->flights[i].d))
            i++;
        else
            w->flights[i] = w->flights[--w->flying];
    must(w, dcf_ok(dcf_scheduler_assign(w->s, p, w->committed[p], w->metadata[p])),
         "taken on again");
    w->position[p] = w->known[p] = w->committed[p];
    w->untouched_from[p] = w->produced[p];
}

static bool drained(const world *w, bool but_poisoned)
{
    for (int p = 0; p < PARTITIONS; p++)
        for (int i = 0; i < MESSAGES; i++)
            if (!w->completed[p][i] && !(but_poisoned && atoi(w->keys[p][i] + 1) == w->poisoned))
                return false;
    return true;
}

/* With nothing in flight at times as much as the scheduler says: then there is one to try. */
static void pass_time(world *w)
{
    int64_t wake = dcf_scheduler_wake(w->s, w->now);
    bool idle = !w->flying && wake < INT64_MAX && !dice(w, 4);
    w->now = idle ? wake : w->now + dice(w, 400);
    size_t skipped = w->skipped;
    if (idle) launch(w);
    must(w, !idle || w->flying || w->skipped > skipped, "at the time it names there is one to try");
}

static void step(world *w)
{
    fill(w);
    w->explains = !dice(w, 8);
    if (w->explains) explain_all(w, false);
    launch(w);
    pass_time(w);
    land(w);
    if (!dice(w, 20)) commit(w);
}

#endif
