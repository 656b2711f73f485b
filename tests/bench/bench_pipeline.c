/*
 * bench_pipeline.c - what the exchange stage costs beside bare librdkafka, on a real Kafka.
 * See README.md; DCF_KAFKA names the cluster. SPDX-License-Identifier: MIT
 */
#include "pipeline.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROUNDS_MAX = 32 };

/* The ratios of all that was run: the last line. */
static char ratios[1024];

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
    size_t at = strlen(ratios);
    va_list args;
    va_start(args, format);
    vsnprintf(ratios + at, sizeof ratios - at, format, args);
    va_end(args);
}

static bool make_topics(const bench_plan *p, bench_result *ret)
{
    *ret = (bench_result){0};
    return bench_topics(p);
}

/* --- rounds -------------------------------------------------------------------------------------
 */

enum { EXCHANGE, PASS, FAN, CONTENDERS };

static const struct {
    const char *name;
    bench_part *run;
} contenders[CONTENDERS] = {
    {"exchange", bench_exchange}, {"pass-through", bench_pass}, {"the same records", bench_fan}};

static bench_result results[CONTENDERS][ROUNDS_MAX];

static bool one(bench_plan *p, size_t who, size_t round)
{
    char group[64];
    snprintf(group, sizeof group, "%s-%zu", p->prefix, who);
    p->group = group;
    bench_result *r = &results[who][round];
    if (!bench_apart(contenders[who].run, p, r)) {
        fprintf(stderr, "bench: %s did not finish\n", contenders[who].name);
        return false;
    }
    double n = (double)r->messages, records = (double)r->records;
    printf("%5zu  %-17s %9.0f /s %8.2f us CPU a message %6.2f records %8.2f us CPU a record\n",
           round, contenders[who].name, n / r->seconds, r->cpu_us / n, records / n,
           r->cpu_us / (n + records));
    return true;
}

static bool one_round(bench_plan *p, size_t round)
{
    char prefix[64];
    bench_result ignored;
    snprintf(prefix, sizeof prefix, "bench%ld-%zu", (long)getpid(), round);
    p->prefix = prefix;
    p->group = prefix;
    bool early = round % 2; /* in turns, first and second */
    return bench_apart(make_topics, p, &ignored) && bench_apart(bench_seed, p, &ignored) &&
           (!early || one(p, PASS, round)) && one(p, EXCHANGE, round) &&
           (early || one(p, PASS, round)) && one(p, FAN, round);
}

/* --- what came of it
 * ------------------------------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double speed(const bench_result *r)
{
    return (double)r->messages / r->seconds;
}

static double cost(const bench_result *r)
{
    return r->cpu_us / (double)r->messages;
}

static double cost_of_record(const bench_result *r)
{
    return r->cpu_us / (double)(r->messages + r->records);
}

/* Of each round ours by theirs, and of those the middle one. */
static double ratio(double (*f)(const bench_result *), size_t ours, size_t theirs, size_t rounds)
{
    double all[ROUNDS_MAX];
    for (size_t i = 0; i < rounds; i++) all[i] = f(&results[ours][i]) / f(&results[theirs][i]);
    qsort(all, rounds, sizeof *all, by_size);
    return (all[rounds / 2] + all[(rounds - 1) / 2]) / 2;
}

static bool exchange(bench_plan p, size_t rounds)
{
    for (size_t i = 0; i < rounds; i++)
        if (!one_round(&p, i)) return false;
    tell("exchange_speed=%.2f exchange_cpu=%.2f exchange_record_cpu=%.2f same_speed=%.2f "
         "same_cpu=%.2f ",
         ratio(speed, EXCHANGE, PASS, rounds), ratio(cost, EXCHANGE, PASS, rounds),
         ratio(cost_of_record, EXCHANGE, PASS, rounds), ratio(speed, EXCHANGE, FAN, rounds),
         ratio(cost, EXCHANGE, FAN, rounds));
    return true;
}

/* --- latency: paced, from sent to readable
 * ---------------------------------------------------------- */

enum { SETTLE_S = 4, RATE = 1000, PACED = 8000, LATENCY_ROUNDS = 3 };

static bool one_latency(bench_plan *p, size_t who, const char *watched, bench_result *ret)
{
    char prefix[64];
    bench_result ignored;
    bench_worker carrier, watcher;
    snprintf(prefix, sizeof prefix, "bench%ld-%s-%ld", (long)getpid(), watched,
             (long)(bench_now() * 1000));
    p->prefix = p->group = prefix;
    p->watched = watched;
    if (!bench_apart(make_topics, p, &ignored) || !bench_launch(contenders[who].run, p, &carrier) ||
        !bench_launch(bench_watch, p, &watcher))
        return false;
    sleep(SETTLE_S);
    bool ok = bench_apart(bench_seed, p, &ignored);
    ok = bench_join(&carrier, &ignored) && ok;
    ok = bench_join(&watcher, ret) && ok;
    printf("       %-17s p50 %6.1f  p99 %6.1f  p99.9 %6.1f ms, %.0f us CPU a message\n",
           contenders[who].name, ret->wait_us[0] / 1e3, ret->wait_us[1] / 1e3,
           ret->wait_us[2] / 1e3, cost(&ignored));
    return ok;
}

static bool latency(bench_plan p)
{
    double all[3][LATENCY_ROUNDS];
    p.rate = RATE;
    p.messages = PACED;
    for (size_t i = 0; i < LATENCY_ROUNDS; i++) {
        bench_result ours, bare;
        if (!one_latency(&p, PASS, "pass", &bare) ||
            !one_latency(&p, EXCHANGE, "deliver.cps", &ours))
            return false;
        for (size_t k = 0; k < 3; k++) all[k][i] = ours.wait_us[k] / bare.wait_us[k];
    }
    for (size_t k = 0; k < 3; k++) qsort(all[k], LATENCY_ROUNDS, sizeof(double), by_size);
    tell("latency_p50=%.2f latency_p99=%.2f latency_p999=%.2f ", all[0][LATENCY_ROUNDS / 2],
         all[1][LATENCY_ROUNDS / 2], all[2][LATENCY_ROUNDS / 2]);
    return true;
}

/* --- cases kept, links configured
 * -------------------------------------------------------------------- */

enum { SIZES = 5, KEPT_ROUNDS = 7, KEPT_MESSAGES = 10000, KEPT_LEAST = 10000 };

static int by_cost(const void *a, const void *b)
{
    double x = cost(a), y = cost(b);
    return (x > y) - (x < y);
}

/* Median CPU of a message in the whole stage, Kafka included; 0 when that was not measured. */
static double cost_of_stage(size_t rounds)
{
    qsort(results[EXCHANGE], rounds, sizeof(bench_result), by_cost);
    return rounds ? cost(&results[EXCHANGE][rounds / 2]) : 0;
}

static bool kept(bench_plan p, size_t most, double stage_us)
{
    static const struct {
        size_t cases, links;
    } sizes[SIZES] = {{10000, 0}, {10000, 41}, {100000, 0}, {1000000, 0}, {10000000, 0}};
    double costs[SIZES][KEPT_ROUNDS];
    size_t count = 0;
    while (count < SIZES && sizes[count].cases <= most) count++;
    p.messages = KEPT_MESSAGES;
    for (size_t i = 0; i < KEPT_ROUNDS; i++)
        for (size_t k = 0; k < count; k++) {
            char prefix[64];
            bench_result r;
            snprintf(prefix, sizeof prefix, "kept%ld-%zu", (long)getpid(), k);
            p.prefix = p.group = prefix;
            p.kept = sizes[k].cases;
            p.links = sizes[k].links;
            p.first_case = i; /* another row of chances */
            if (!bench_apart(bench_kept, &p, &r)) return false;
            costs[k][i] = cost(&r);
        }
    for (size_t k = 0; k < count; k++) {
        qsort(costs[k], KEPT_ROUNDS, sizeof(double), by_size);
        printf("       %8zu cases kept, %2zu links: %6.2f us CPU a message\n", sizes[k].cases,
               sizes[k].links + 2, costs[k][KEPT_ROUNDS / 2]);
    }
    double first = costs[0][KEPT_ROUNDS / 2], last = costs[count - 1][KEPT_ROUNDS / 2];
    tell("links=%.2f kept=%.2f ", costs[1][KEPT_ROUNDS / 2] / first, last / first);
    if (stage_us > 0) tell("kept_stage=%.2f ", (stage_us + last - first) / stage_us);
    return true;
}

static void usage(FILE *to)
{
    fputs("usage: bench_pipeline [options]; DCF_KAFKA names the cluster\n"
          "  --rounds N     turns of each carrier; the median counts [5]\n"
          "  --messages N   in a turn [20000]\n"
          "  --per-case N   messages of each case [4]\n"
          "  --most N       most messages of a transaction [1000]\n"
          "  --latency      then from sent to readable, at 1,000 messages a second\n"
          "  --kept CASES   then what a message costs by cases kept, up to so many (from 10000)\n"
          "  --dir DIR      configuration and stores [.dcf/bench/pipeline]\n"
          "example: bench_pipeline --rounds 0 --latency\n",
          to);
}

static bool parse(int argc, char **argv, bench_plan *p, size_t *rounds, bool *paced)
{
    static const struct option options[] = {{"messages", required_argument, NULL, 'm'},
                                            {"rounds", required_argument, NULL, 'r'},
                                            {"per-case", required_argument, NULL, 'c'},
                                            {"most", required_argument, NULL, 'n'},
                                            {"dir", required_argument, NULL, 'd'},
                                            {"kept", required_argument, NULL, 'k'},
                                            {"latency", no_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        size_t n = optarg ? strtoul(optarg, NULL, 10) : 0;
        if (c == 'm') p->messages = n;
        if (c == 'r') *rounds = n < ROUNDS_MAX ? n : ROUNDS_MAX;
        if (c == 'c') p->per_case = n;
        if (c == 'n') p->commit_messages = (unsigned)n;
        if (c == 'd') p->dir = optarg;
        if (c == 'k') p->kept = n;
        if (c == 'l') *paced = true;
        if (c == 'h') usage(stdout);
        if (c == 'h') exit(0);
        if (c == '?') return false;
    }
    bool enough = !p->kept || p->kept >= KEPT_LEAST;
    return p->messages && p->per_case && p->commit_messages && enough;
}

int main(int argc, char **argv)
{
    bench_plan p = {.bootstrap = getenv("DCF_KAFKA"),
                    .source = getenv("DCF_HOME") ? getenv("DCF_HOME") : ".",
                    .dir = ".dcf/bench/pipeline",
                    .messages = 20000,
                    .per_case = 4,
                    .commit_messages = 1000};
    size_t rounds = 5;
    bool paced = false;
    if (!parse(argc, argv, &p, &rounds, &paced) || !p.bootstrap) {
        usage(stderr);
        return 2;
    }
    (void)mkdir(p.dir, 0700);
    if (rounds && !exchange(p, rounds)) return 1;
    if (paced && !latency(p)) return 1;
    if (p.kept && !kept(p, p.kept, cost_of_stage(rounds))) return 1;
    puts(ratios);
    return 0;
}
