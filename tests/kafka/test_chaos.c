/*
 * test_chaos.c - a broker is killed (SIGKILL) and started again in mid-run; the counts stay exact.
 * Needs kafka.sh to know the cluster: DCF_KAFKA_DIR as it was at start. SPDX-License-Identifier:
 * MIT
 */
#include "live.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

static char in[LIVE_NAME], to[LIVE_NAME], group[LIVE_NAME], id[LIVE_NAME];
static const char *const ins[] = {in};
static const char *const tos[] = {to};

static int kafka_sh(const char *words)
{
    const char *source = getenv("DCF_SOURCE");
    char command[512];
    snprintf(command, sizeof command, "bash '%s/tests/kafka/kafka.sh' %s >&2",
             source ? source : ".", words);
    return system(command); /* NOLINT(cert-env33-c): the words are ours */
}

struct restart {
    atomic_bool done;
    int rc;
};

static void *kill_and_start(void *arg)
{
    struct restart *r = arg;
    r->rc = kafka_sh("kill-broker 1");
    sleep(1);
    r->rc |= kafka_sh("start-broker 1");
    atomic_store(&r->done, true);
    return NULL;
}

static void a_killed_broker_neither_loses_nor_doubles_what_passes_through(void)
{
    enum { N = 6000 };
    live_topic(in, "in", 4);
    live_topic(to, "out", 4);
    live_name(group, "group");
    live_name(id, "txn");
    live_feed(in, N);
    dcf_txn_spec spec = live_spec(group, id, ins, tos);
    live_loop l = {.t = live_pair(&spec), .in = in, .to = to, .batch = 20};
    struct restart restart = {0};
    pthread_t killer;
    while (l.committed < N / 6) live_turn(&l, 1000);
    pthread_create(&killer, NULL, kill_and_start, &restart);
    bool more = true;
    for (int64_t until = dcf_clock_mono_ms() + LIVE_WAIT_MS; dcf_clock_mono_ms() < until;) {
        more = live_turn(&l, 2000);
        usleep(5000); /* so that the run is still under way when the broker dies */
        if (!more && atomic_load(&restart.done) && live_left(group, in) == 0) break;
    }
    pthread_join(killer, NULL);
    printf("(%d transactions, %d aborted, %d reopened) ", l.turns, l.aborts, l.fenced);
    CU_ASSERT_EQUAL(restart.rc, 0);
    CU_ASSERT_FALSE(more);
    dcf_txn_close(l.t);
    CU_ASSERT_TRUE(live_exactly_once(to, N));
}

/* A process that passes so many messages on, counts in *ret what it has committed, and waits to be
 * killed. No client lives in the parent while it forks. */
static pid_t worker(int most, atomic_int *ret)
{
    pid_t pid = fork();
    if (pid != 0) return pid;
    alarm(LIVE_WAIT_MS / 1000);
    dcf_txn_spec spec = live_spec(group, id, ins, tos);
    live_loop l = {.t = live_pair(&spec), .in = in, .to = to, .batch = 20};
    while (l.committed < most) {
        live_turn(&l, 1000);
        atomic_store(ret, l.committed);
        usleep(5000);
    }
    for (;;) pause();
}

/* Or a delivery stands still with its partitions until a broker is back. */
static void a_question_to_a_dead_leader_ends_in_time(void)
{
    live_topic(in, "in", 1);
    live_name(group, "group");
    live_name(id, "txn");
    live_feed(in, 1);
    dcf_txn_spec spec = live_spec(group, id, ins, tos);
    dcf_txn *t = live_pair(&spec);
    int64_t end = 0;
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_end(t, in, 0, &end)));
    CU_ASSERT_EQUAL(end, 1);
    CU_ASSERT_EQUAL(kafka_sh("kill-broker 1"), 0);
    int64_t began = dcf_clock_mono_ms();
    CU_ASSERT_TRUE(dcf_failed(dcf_txn_end(t, in, 0, &end)));
    CU_ASSERT_TRUE(dcf_clock_mono_ms() - began < LIVE_WAIT_MS);
    CU_ASSERT_EQUAL(kafka_sh("start-broker 1"), 0);
    dcf_txn_close(t);
}

static void a_killed_process_leaves_nothing_half_done(void)
{
    enum { N = 4000, KILLS = 3 };
    live_topic(in, "in", 4);
    live_topic(to, "out", 4);
    live_name(group, "group");
    live_name(id, "txn");
    live_feed(in, N);
    atomic_int *passed =
        mmap(NULL, sizeof *passed, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CU_ASSERT_TRUE_FATAL(passed != MAP_FAILED);
    for (int i = 0; i < KILLS; i++) {
        atomic_store(passed, 0);
        pid_t pid = worker(N / (KILLS + 1), passed);
        CU_ASSERT_TRUE_FATAL(pid > 0);
        for (int64_t until = dcf_clock_mono_ms() + LIVE_WAIT_MS;
             atomic_load(passed) < 200 && dcf_clock_mono_ms() < until;)
            usleep(500);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        CU_ASSERT_TRUE(atomic_load(passed) >= 200); /* it was at work when it died */
    }
    munmap(passed, sizeof *passed);
    CU_ASSERT_TRUE(live_each(to, NULL, NULL) < N); /* and had not finished */
    dcf_txn_spec spec = live_spec(group, id, ins, tos);
    live_loop l = {.t = live_pair(&spec), .in = in, .to = to, .batch = 100};
    for (int64_t until = dcf_clock_mono_ms() + LIVE_WAIT_MS; dcf_clock_mono_ms() < until;)
        if (!live_turn(&l, 1000) && live_left(group, in) == 0) break;
    dcf_txn_close(l.t);
    CU_ASSERT_TRUE(live_exactly_once(to, N));
}

struct acks {
    atomic_int ok, failed;
};

static void on_done(void *opaque, dcf_status status)
{
    struct acks *a = opaque;
    atomic_fetch_add(dcf_ok(status) ? &a->ok : &a->failed, 1);
}

static void a_killed_broker_makes_the_producer_wait_not_lose(void)
{
    enum { N = 2000 };
    struct restart restart = {0};
    struct acks acks = {0};
    pthread_t killer;
    dcf_producer *p = NULL;
    live_topic(to, "sent", 2);
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(live(), tos, 1, &p, NULL)));
    for (int i = 0; i < N; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        dcf_out m = live_out(to, text, text);
        CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m, on_done, &acks)));
        if (i == N / 4) pthread_create(&killer, NULL, kill_and_start, &restart);
        usleep(500);
    }
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_flush(p, LIVE_WAIT_MS)));
    pthread_join(killer, NULL);
    dcf_producer_close(p, 1000);
    CU_ASSERT_EQUAL(restart.rc, 0);
    CU_ASSERT_EQUAL(acks.failed, 0);
    CU_ASSERT_EQUAL(acks.ok, N);
    CU_ASSERT_TRUE(live_exactly_once(to, N));
}

#define TESTS(X)                                                                                   \
    X(a_killed_broker_neither_loses_nor_doubles_what_passes_through)                               \
    X(a_question_to_a_dead_leader_ends_in_time)                                                    \
    X(a_killed_process_leaves_nothing_half_done)                                                   \
    X(a_killed_broker_makes_the_producer_wait_not_lose)
UNIT_MAIN("kafka.chaos", TESTS)
