/*
 * bench_pipeline.c - what the exchange stage costs beside bare librdkafka, on a real Kafka.
 * See README.md; DCF_KAFKA names the cluster. SPDX-License-Identifier: MIT
 */
#include "pipeline.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 32 };

double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double micros(struct timeval t)
{
    return (double)t.tv_sec * 1e6 + (double)t.tv_usec;
}

double bench_cpu_us(void)
{
    static double last;
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    double now = micros(u.ru_utime) + micros(u.ru_stime), since = now - last;
    last = now;
    return since;
}

typedef bool part(const bench_plan *p, bench_result *ret);

/* In a process of its own: Kafka's client has threads, and the CPU time must be nobody else's. */
static bool apart(part *f, const bench_plan *p, bench_result *ret)
{
    int ends[2];
    if (pipe(ends) != 0) return false;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        bench_result r = {0};
        bool ok = f(p, &r) && write(ends[1], &r, sizeof r) == (ssize_t)sizeof r;
        _exit(ok ? 0 : 1);
    }
    close(ends[1]);
    bool ok = pid > 0 && read(ends[0], ret, sizeof *ret) == (ssize_t)sizeof *ret;
    close(ends[0]);
    int status = 1;
    return waitpid(pid, &status, 0) == pid && status == 0 && ok;
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
    part *run;
} contenders[CONTENDERS] = {
    {"exchange", bench_exchange}, {"pass-through", bench_pass}, {"the same records", bench_fan}};

static bench_result results[CONTENDERS][ROUNDS_MAX];

static bool one(bench_plan *p, size_t who, size_t round)
{
    char group[64];
    snprintf(group, sizeof group, "%s-%zu", p->prefix, who);
    p->group = group;
    bench_result *r = &results[who][round];
    if (!apart(contenders[who].run, p, r)) {
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
    return apart(make_topics, p, &ignored) && apart(bench_seed, p, &ignored) &&
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

static void tell(size_t rounds)
{
    printf("exchange_speed=%.2f exchange_cpu=%.2f exchange_record_cpu=%.2f same_speed=%.2f "
           "same_cpu=%.2f\n",
           ratio(speed, EXCHANGE, PASS, rounds), ratio(cost, EXCHANGE, PASS, rounds),
           ratio(cost_of_record, EXCHANGE, PASS, rounds), ratio(speed, EXCHANGE, FAN, rounds),
           ratio(cost, EXCHANGE, FAN, rounds));
}

static bool parse(int argc, char **argv, bench_plan *p, size_t *rounds)
{
    static const struct option options[] = {{"messages", required_argument, NULL, 'm'},
                                            {"rounds", required_argument, NULL, 'r'},
                                            {"per-case", required_argument, NULL, 'c'},
                                            {"commit", required_argument, NULL, 't'},
                                            {"most", required_argument, NULL, 'n'},
                                            {"dir", required_argument, NULL, 'd'},
                                            {0}};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        size_t n = optarg ? strtoul(optarg, NULL, 10) : 0;
        if (c == 'm') p->messages = n;
        if (c == 'r') *rounds = n < ROUNDS_MAX ? n : ROUNDS_MAX;
        if (c == 'c') p->per_case = n;
        if (c == 't') p->commit_ms = (unsigned)n;
        if (c == 'n') p->commit_messages = (unsigned)n;
        if (c == 'd') p->dir = optarg;
        if (c == '?') return false;
    }
    return p->messages && *rounds && p->per_case && p->commit_messages;
}

int main(int argc, char **argv)
{
    bench_plan p = {.bootstrap = getenv("DCF_KAFKA"),
                    .source = getenv("DCF_HOME") ? getenv("DCF_HOME") : ".",
                    .dir = ".dcf/bench/pipeline",
                    .messages = 20000,
                    .per_case = 4,
                    .commit_ms = 20,
                    .commit_messages = 500};
    size_t rounds = 5;
    if (!parse(argc, argv, &p, &rounds) || !p.bootstrap) {
        fprintf(stderr,
                "usage: bench_pipeline [--messages N] [--rounds N] [--per-case N] [--commit "
                "MS] [--most MESSAGES] [--dir DIR]; DCF_KAFKA names the cluster\n");
        return 2;
    }
    (void)mkdir(p.dir, 0700);
    for (size_t i = 0; i < rounds; i++)
        if (!one_round(&p, i)) return 1;
    tell(rounds);
    return 0;
}
