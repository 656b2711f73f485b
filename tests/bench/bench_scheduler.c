/*
 * bench_scheduler.c - how long a case whose detention clock runs waits behind another force's
 * back-load: the scheduler of one party in simulated time, fed from a queue in its order, as Kafka
 * feeds it, from a queue a lane. Each second such a case joins the end of its queue.
 * SPDX-License-Identifier: MIT
 */
#include "base/clock.h"
#include "delivery/scheduler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAKES_MS = 20,  /* the receiver, for each */
    EACH_MS = 1007, /* at no round of attempts */
    CUSTODY = 60,
    LEFT_MS = 4 * 3600 * 1000,
    QUEUE_MAX = 200000 + CUSTODY
};

typedef struct queued {
    char id[24], key[24];
    int64_t came_ms, deadline_ms, began_ms;
    dcf_lane lane;
} queued;

typedef struct world {
    dcf_scheduler *s;
    queued *queue; /* of both lanes, as they came */
    size_t count, done;
    size_t read[DCF_LANES]; /* of the queue */
    int64_t now_ms;
    dcf_delivery in_flight[64];
    int64_t ends_ms[64];
    size_t busy, width;
} world;

static uint64_t no_jitter(void *ctx)
{
    (void)ctx;
    return 0;
}

static void join(world *w, dcf_lane lane, const char *kind, int64_t deadline_ms)
{
    queued *q = &w->queue[w->count];
    *q = (queued){.came_ms = w->now_ms, .deadline_ms = deadline_ms, .began_ms = -1, .lane = lane};
    snprintf(q->id, sizeof q->id, "%s-%zu", kind, w->count);
    snprintf(q->key, sizeof q->key, "%zu", w->count++);
}

static void feed(world *w, dcf_lane lane)
{
    for (size_t *at = &w->read[lane]; *at < w->count; ++*at) {
        queued *q = &w->queue[*at];
        dcf_delivery d;
        if (q->lane != lane) continue;
        const dcf_scheduler_message m = {.id = q->id,
                                         .case_key = q->key,
                                         .partition = (int32_t)lane,
                                         .lane = lane,
                                         .offset = (int64_t)*at,
                                         .deadline_ms = q->deadline_ms,
                                         .arrived_ms = w->now_ms,
                                         .size = 2000,
                                         .user = q};
        if (dcf_failed(dcf_scheduler_add(w->s, &m, w->now_ms, &d))) return;
    }
}

static void attempt(world *w)
{
    dcf_delivery d;
    while (w->busy < w->width && (d = dcf_scheduler_next(w->s, w->now_ms))) {
        ((queued *)dcf_scheduler_message_of(w->s, d)->user)->began_ms = w->now_ms;
        w->in_flight[w->busy] = d;
        w->ends_ms[w->busy++] = w->now_ms + TAKES_MS;
    }
}

static void answer(world *w)
{
    for (size_t i = 0; i < w->busy;) {
        if (w->ends_ms[i] > w->now_ms) {
            i++;
            continue;
        }
        if (dcf_failed(dcf_scheduler_result(w->s, w->in_flight[i], w->now_ms, DCF_ATTEMPT_OK, 0)))
            abort();
        w->done++;
        w->in_flight[i] = w->in_flight[--w->busy];
        w->ends_ms[i] = w->ends_ms[w->busy];
    }
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int run(size_t back_load)
{
    dcf_scheduler_config c = dcf_scheduler_defaults;
    c.random = no_jitter;
    world w = {.queue = calloc(QUEUE_MAX, sizeof *w.queue), .width = c.concurrency};
    if (!w.queue || dcf_failed(dcf_scheduler_new(&c, &w.s)) ||
        dcf_failed(dcf_scheduler_assign(w.s, DCF_LANE_ORDINARY, 0, NULL)) ||
        dcf_failed(dcf_scheduler_assign(w.s, DCF_LANE_URGENT, 0, NULL)))
        return 1;
    int64_t waits[CUSTODY], began = dcf_clock_mono_ms();
    size_t custody = 0, of_custody[CUSTODY];
    while (w.count < back_load) join(&w, DCF_LANE_ORDINARY, "back-load", 0);
    for (; custody < CUSTODY || w.done < w.count; w.now_ms++) {
        if (custody < CUSTODY && w.now_ms % EACH_MS == 0) {
            of_custody[custody++] = w.count;
            join(&w, DCF_LANE_URGENT, "custody", w.now_ms + LEFT_MS);
        }
        answer(&w);
        for (size_t lane = 0; lane < DCF_LANES; lane++) feed(&w, (dcf_lane)lane);
        attempt(&w);
    }
    for (size_t i = 0; i < CUSTODY; i++)
        waits[i] = w.queue[of_custody[i]].began_ms - w.queue[of_custody[i]].came_ms;
    qsort(waits, CUSTODY, sizeof *waits, by_size);
    double us = (double)(dcf_clock_mono_ms() - began) * 1000 / (double)w.count;
    printf("| %zu | %lld | %lld | %.1f |\n", back_load, (long long)waits[CUSTODY / 2],
           (long long)waits[CUSTODY - 1], us);
    dcf_scheduler_free(w.s);
    free(w.queue);
    return 0;
}

int main(void)
{
    static const size_t back_loads[] = {0, 1000, 4000, 20000, 100000};
    int failed = 0;
    printf("One party, %zu at once, %d ms each, a window of %zu.\n\n",
           dcf_scheduler_defaults.concurrency, TAKES_MS, dcf_scheduler_defaults.window);
    puts("| back-load, messages | a custody case waits, ms (median) | (longest) | CPU a message, "
         "us |");
    puts("|---|---|---|---|");
    for (size_t i = 0; i < sizeof back_loads / sizeof back_loads[0]; i++)
        failed |= run(back_loads[i]);
    return failed;
}
