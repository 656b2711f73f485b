/*
 * bench_carriers.c - documents on one topic, canonical records on another, exactly once: our Kafka
 * loop and translation beside the same mapping in other languages and clients. First what a message
 * costs, in turns; then what is lost and doubled when the carrier is killed. See README.md;
 * DCF_KAFKA names the cluster. SPDX-License-Identifier: MIT
 */
#include "carriers.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 32, CARRIERS_MAX = 4, SIZES = 2, KILLS_MAX = 200 };

/* Of the larger documents fewer are carried. */
static const struct {
    const char *name;
    size_t bytes, share;
} sizes[SIZES] = {{"2k", 2000, 1}, {"20k", 20000, 4}};

typedef struct bench {
    const char *bootstrap, *dir;
    bench_carrier carriers[CARRIERS_MAX]; /* the first is ours */
    size_t count, rounds, messages, kills, killed_messages;
    unsigned commit_ms;
    long seed;
    double us[SIZES][CARRIERS_MAX][ROUNDS_MAX]; /* CPU a message, microseconds */
} bench;

/* A carrier between two topics of its own. */
typedef struct passage {
    bench_carrier *carrier;
    const bench_load *load;
    bench_road road;
    bench_feeder *feeder;
    bench_book book;
} passage;

static bool open_passage(const bench *b, bench_carrier *c, const bench_load *load, const char *name,
                         passage *ret)
{
    *ret = (passage){.carrier = c,
                     .load = load,
                     .road = {.bootstrap = b->bootstrap, .dir = b->dir, .commit_ms = b->commit_ms}};
    bench_road *r = &ret->road;
    snprintf(r->from, sizeof r->from, "%s%ld-%s", c->name, (long)getpid(), name);
    snprintf(r->to, sizeof r->to, "%s-out", r->from);
    ret->feeder = bench_feeder_open(b->bootstrap, r->from);
    return ret->feeder && bench_book_open(&ret->book, r, load);
}

static void close_passage(passage *x, bool well)
{
    if (!well)
        fprintf(stderr, "bench: %s %s: see %s/%s.log\n", x->carrier->name,
                x->book.differing ? "made other bytes than we" : "did not go on", x->road.dir,
                x->carrier->name);
    bench_carrier_kill(x->carrier);
    bench_feeder_close(x->feeder);
    bench_book_close(&x->book);
}

static bool lay(passage *x, size_t from, size_t until)
{
    return bench_feeder_lay(x->feeder, x->load, from, until) && bench_feeder_commit(x->feeder);
}

/* --- what a message costs -----------------------------------------------------------------------
 */

/* The first half warms up; the second lies there, unseen, until the first is carried. */
static bool turn(passage *x, double *ret_us)
{
    size_t all = x->load->messages, half = all / 2;
    bool ok = lay(x, 0, half) && bench_carrier_start(x->carrier, &x->road) &&
              bench_book_until(&x->book, half) && bench_feeder_lay(x->feeder, x->load, half, all);
    double before = bench_carrier_cpu(x->carrier);
    ok = ok && bench_feeder_commit(x->feeder) && bench_book_until(&x->book, all);
    double after = bench_carrier_cpu(x->carrier);
    *ret_us = (after - before) * 1e6 / (double)(all - half);
    return ok && x->book.twice == 0 && before >= 0 && after > before;
}

static bool run_size(bench *b, size_t s)
{
    bench_load load;
    bool ok = bench_load_make(sizes[s].bytes, 2 * b->messages / sizes[s].share, &load);
    for (size_t i = 0; ok && i < b->rounds * b->count; i++) {
        size_t round = i / b->count, k = i % b->count;
        size_t who = round % 2 ? b->count - 1 - k : k; /* first and last in turns */
        double *us = &b->us[s][who][round];
        char name[32];
        passage x;
        snprintf(name, sizeof name, "%s-%zu", sizes[s].name, round);
        ok = open_passage(b, &b->carriers[who], &load, name, &x) && turn(&x, us);
        close_passage(&x, ok);
        if (ok)
            printf("%5zu  %-4s %-10s %9.2f us CPU a message\n", round, sizes[s].name,
                   b->carriers[who].name, *us);
    }
    bench_load_free(&load);
    return ok;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Theirs by ours of each round, and of those the middle one. */
static double ratio(const bench *b, size_t s, size_t who)
{
    double all[ROUNDS_MAX];
    for (size_t i = 0; i < b->rounds; i++) all[i] = b->us[s][who][i] / b->us[s][0][i];
    qsort(all, b->rounds, sizeof *all, by_value);
    return (all[b->rounds / 2] + all[(b->rounds - 1) / 2]) / 2;
}

static void tell_costs(const bench *b)
{
    printf("carriers:");
    for (size_t who = 1; who < b->count; who++) {
        double least = 0;
        for (size_t s = 0; s < SIZES; s++) {
            double r = ratio(b, s, who);
            if (s == 0 || r < least) least = r;
            printf(" %s_cpu_%s=%.2f", b->carriers[who].name, sizes[s].name, r);
        }
        printf(" %s_cpu=%.2f", b->carriers[who].name, least);
    }
    printf("\n");
}

/* --- killed -------------------------------------------------------------------------------------
 */

static int by_number(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* Somewhere in the transaction after so many messages. */
static void wait_a_little(const bench *b)
{
    long us = lrand48() % ((long)b->commit_ms * 1000);
    nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

static bool kill_often(const bench *b, passage *x)
{
    size_t points[KILLS_MAX], all = x->load->messages;
    srand48(b->seed); /* the same points for all */
    for (size_t i = 0; i < b->kills; i++) points[i] = (size_t)lrand48() % all;
    qsort(points, b->kills, sizeof *points, by_number);
    bool ok = lay(x, 0, all) && bench_carrier_start(x->carrier, &x->road);
    for (size_t i = 0; ok && i < b->kills; i++) {
        ok = bench_book_until(&x->book, points[i]);
        wait_a_little(b);
        bench_carrier_kill(x->carrier);
        ok = ok && bench_carrier_start(x->carrier, &x->road);
    }
    ok = ok && bench_book_until(&x->book, all);
    if (ok) bench_book_rest(&x->book);
    return ok;
}

static bool run_kills(bench *b)
{
    bench_load load;
    printf("kills: seed %ld\n", b->seed);
    bool ok = bench_load_make(sizes[0].bytes, b->killed_messages, &load);
    for (size_t i = 0; ok && i < b->count; i++) {
        passage x;
        ok = open_passage(b, &b->carriers[i], &load, "killed", &x) && kill_often(b, &x);
        printf("%-10s killed %zu times over %zu messages: lost %zu, twice %zu, out of order %zu, "
               "other bytes %zu\n",
               b->carriers[i].name, b->kills, load.messages, load.messages - x.book.seen,
               x.book.twice, x.book.disordered, x.book.differing);
        close_passage(&x, ok);
    }
    bench_load_free(&load);
    return ok;
}

/* --- options ------------------------------------------------------------------------------------
 */

static void usage(FILE *to)
{
    fputs(
        "usage: bench_carriers --carrier NAME=COMMAND ... [options]; DCF_KAFKA names the cluster\n"
        "  --carrier NAME=COMMAND  who carries; the first is compared with the others\n"
        "  --rounds N       turns of each on each size of document; the median counts [3]\n"
        "  --messages N     measured messages of 2 KB in a turn; of 20 KB a quarter [40000]\n"
        "  --kills N        how often each is killed and started again; 0: never [5]\n"
        "  --killed N       over so many messages [20000]\n"
        "  --commit MS      how long a transaction gathers [100]\n"
        "  --seed N         of where they are killed [1]\n"
        "  --dir DIR        where what they say goes [.]\n"
        "example: bench_carriers --carrier dcf=build/tests/bench_carrier --rounds 1 --kills 20\n",
        to);
}

static bool add_carrier(bench *b, char *text)
{
    char *is = strchr(text, '=');
    if (!is || b->count == CARRIERS_MAX) return false;
    *is = 0;
    b->carriers[b->count++] = (bench_carrier){.name = text, .command = is + 1};
    return true;
}

static bool parse(bench *b, int argc, char **argv)
{
    static const struct option options[] = {{"carrier", 1, NULL, 'c'},  {"rounds", 1, NULL, 'r'},
                                            {"messages", 1, NULL, 'm'}, {"kills", 1, NULL, 'k'},
                                            {"killed", 1, NULL, 'n'},   {"commit", 1, NULL, 't'},
                                            {"seed", 1, NULL, 's'},     {"dir", 1, NULL, 'd'},
                                            {"help", 0, NULL, 'h'},     {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        size_t n = optarg ? strtoul(optarg, NULL, 10) : 0;
        switch (c) {
        case 'h':
            usage(stdout);
            exit(0);
        case 'c':
            if (!add_carrier(b, optarg)) return false;
            break;
        case 'r':
            b->rounds = n < ROUNDS_MAX ? n : ROUNDS_MAX;
            break;
        case 'm':
            b->messages = n;
            break;
        case 'k':
            b->kills = n < KILLS_MAX ? n : KILLS_MAX;
            break;
        case 'n':
            b->killed_messages = n;
            break;
        case 't':
            b->commit_ms = (unsigned)n;
            break;
        case 's':
            b->seed = (long)n;
            break;
        case 'd':
            b->dir = optarg;
            break;
        default:
            return false;
        }
    }
    return b->count && b->commit_ms && b->messages >= sizes[SIZES - 1].share && b->killed_messages;
}

int main(int argc, char **argv)
{
    static bench b = {.dir = ".",
                      .rounds = 3,
                      .messages = 40000,
                      .kills = 5,
                      .killed_messages = 20000,
                      .commit_ms = 100,
                      .seed = 1};
    b.bootstrap = getenv("DCF_KAFKA");
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!parse(&b, argc, argv) || !b.bootstrap) {
        usage(stderr);
        return 2;
    }
    if (b.kills && !run_kills(&b)) return 1;
    for (size_t s = 0; b.rounds && s < SIZES; s++)
        if (!run_size(&b, s)) return 1;
    if (b.rounds) tell_costs(&b);
    return 0;
}
