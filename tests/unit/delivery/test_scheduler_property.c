/* test_scheduler_property.c - laws of the scheduler under random failures, delays and restarts.
 * A topic of numbered messages, a receiver that fails at random, a daemon that crashes at random
 * and resumes from its last commit. The last partition is of the urgent lane; of a case only few
 * messages are kept whole, so the topic is read again for the rest. Every run is a seed; a failure
 * prints it. */
#include "delivery/scheduler.h"

#include "unit.h"

#include <stdlib.h>

enum { PARTITIONS = 3, CASES = 12, MESSAGES = 120 /* a partition */, FLIGHT_MAX = 16, SEEDS = 300 };

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
    int64_t position[PARTITIONS];       /* next to read */
    int64_t known[PARTITIONS];          /* how far this scheduler read before it reads again */
    size_t again, filled;
    int64_t produced[PARTITIONS]; /* how far the topic went */
    int64_t untouched_from[PARTITIONS];
    size_t skipped;
    int64_t committed[PARTITIONS];
    char metadata[PARTITIONS][DCF_COMMIT_METADATA_MAX + 1];
    flight flights[FLIGHT_MAX];
    size_t flying;
    bool healthy, broken, ordinary_locked;
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
    w->completed[m.partition][m.offset] = true;
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
        if (skip(w, d)) continue;
        w->flights[w->flying++] = (flight){d, w->now + 1 + dice(w, 500)};
    }
    must(w, w->flying <= w->config.concurrency, "concurrency is bounded");
    if (w->flying < FLIGHT_MAX)
        must(w, dcf_scheduler_wake(w->s, w->now) > w->now, "nothing now means a later time");
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
        if (dcf_attempt_is_final(r)) w->completed[m.partition][m.offset] = true;
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

static void step(world *w)
{
    fill(w);
    launch(w);
    w->now += dice(w, 400);
    land(w);
    if (!dice(w, 20)) commit(w);
}

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
