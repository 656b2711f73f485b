/* test_scheduler_property.c - laws of the scheduler under random failures, delays and restarts: the
 * world of scheduler_world.h, run to its end. Every run is a seed; a failure prints it. */
#include "scheduler_world.h"

#include "unit.h"

#include <stdlib.h>

enum { SEEDS = 300 };

static bool run(uint64_t seed)
{
    world *w = malloc(sizeof *w);
    setup(w, seed);
    for (int i = 0; i < 400; i++) {
        step(w);
        if (!dice(w, 100)) crash(w);
        if (!dice(w, 100)) rebalance(w);
    }
    w->healthy = true;
    for (int i = 0; i < 20000 && !drained(w, false); i++) step(w);
    must(w, drained(w, false), "every case drains when the receiver recovers");
    commit(w);
    for (int p = 0; p < PARTITIONS; p++)
        must(w, w->committed[p] == MESSAGES, "all is committed at the end");
    must(w, !w->filled == !w->again, "what is wanted comes");
    bool ok = !w->broken;
    if (!ok) fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
    dcf_scheduler_free(w->s);
    free(w);
    return ok;
}

static void the_laws_hold_for_every_seed(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) CU_ASSERT(run(seed));
}

/* Also when it has more messages than the window holds: it keeps only so many of a case. */
static void a_failing_case_never_blocks_another(void)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        world *w = malloc(sizeof *w);
        setup(w, seed);
        dcf_scheduler_free(w->s);
        w->config.window = w->config.case_messages + 1;
        w->config.absent = MESSAGES;
        start(w);
        for (int i = 0; i < 40000 && !drained(w, true); i++) step(w);
        CU_ASSERT(drained(w, true));
        CU_ASSERT_FALSE(drained(w, false));
        CU_ASSERT_FALSE(w->broken);
        dcf_scheduler_free(w->s);
        free(w);
    }
}

static bool drained_partition(const world *w, int p)
{
    for (int i = 0; i < MESSAGES; i++)
        if (!w->completed[p][i]) return false;
    return true;
}

/* Ordinary cases that nobody takes fill their lane; the urgent ones do not notice. */
static void a_full_ordinary_lane_keeps_no_urgent_case_out(void)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        world *w = malloc(sizeof *w);
        setup(w, seed);
        w->ordinary_locked = true;
        w->poisoned = -1;
        for (int i = 0; i < 20000 && !drained_partition(w, PARTITIONS - 1); i++) step(w);
        CU_ASSERT(drained_partition(w, PARTITIONS - 1));
        CU_ASSERT_FALSE(w->broken);
        for (int p = 0; p < PARTITIONS - 1; p++) CU_ASSERT_FALSE(drained_partition(w, p));
        dcf_scheduler_free(w->s);
        free(w);
    }
}

/* The cost of an operation may not grow with the number of cases. */
static void a_hundred_thousand_cases_are_handled_in_order(void)
{
    enum { MANY = 100000 };
    uint64_t seed = 7;
    dcf_scheduler_config c = dcf_scheduler_defaults;
    c.random = draw;
    c.random_ctx = &seed;
    c.window = MANY;
    c.window_bytes = SIZE_MAX;
    c.concurrency = MANY;
    c.ageing_ms = (int64_t)1 << 40;
    dcf_scheduler *s = NULL;
    CU_ASSERT_FATAL(dcf_ok(dcf_scheduler_new(&c, &s)));
    CU_ASSERT(dcf_ok(dcf_scheduler_assign(s, 0, 0, NULL)));
    char(*keys)[12] = malloc(MANY * sizeof *keys);
    dcf_delivery d;
    for (int i = 0; i < MANY; i++) {
        snprintf(keys[i], sizeof keys[i], "%d", i);
        dcf_scheduler_message m = {.id = keys[i],
                                   .case_key = keys[i],
                                   .offset = i,
                                   .deadline_ms = 1 + (int64_t)(draw(&seed) % 1000000),
                                   .arrived_ms = 0};
        CU_ASSERT(dcf_ok(dcf_scheduler_add(s, &m, 0, &d)));
    }
    int64_t before = 0;
    for (int i = 0; i < MANY; i++) {
        d = dcf_scheduler_next(s, 0);
        const dcf_scheduler_message *m = dcf_scheduler_message_of(s, d);
        CU_ASSERT_FATAL(m != NULL);
        CU_ASSERT(m->deadline_ms >= before);
        before = m->deadline_ms;
        CU_ASSERT(dcf_ok(dcf_scheduler_result(s, d, 0, DCF_ATTEMPT_OK, 0)));
    }
    free(keys);
    dcf_scheduler_free(s);
}

#define TESTS(X)                                                                                   \
    X(the_laws_hold_for_every_seed)                                                                \
    X(a_failing_case_never_blocks_another)                                                         \
    X(a_full_ordinary_lane_keeps_no_urgent_case_out)                                               \
    X(a_hundred_thousand_cases_are_handled_in_order)
UNIT_MAIN("scheduler laws", TESTS)
