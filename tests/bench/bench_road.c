/*
 * bench_road.c - the whole road: documents posted to the daemon as it is shipped, rules and all,
 * posted on to a CPS and told of to the force; its CPU beside that of the bare parts which the road
 * is made of. See README.md; DCF_KAFKA names the cluster. SPDX-License-Identifier: MIT
 */
#include "contender.h"
#include "kafka/reader.h"
#include "pipeline.h"
#include "road_http.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KINDS = 2, SIZES = 2, ROUNDS_MAX = 15, WARM = 500, PATIENCE_S = 60, PARSED = 2000 };

static const struct {
    const char *name;
    size_t bytes, share;
} sizes[SIZES] = {{"2k", 2000, 1}, {"20k", 20000, 4}};

static const struct {
    const char *link, *media_type;
    bench_form form;
    bool (*parse)(bench_contender *self, dcf_span document, size_t times);
} kinds[KINDS] = {{"surrey-spi", "application/xml", BENCH_SPI_WRAPPED, bench_expat},
                  {"surrey-pole", "application/vnd.api+json", BENCH_POLE, bench_yajl}};

/* Microseconds of CPU for a message. */
typedef struct figures {
    double road, parse_in, parse_out, server, client, pass;
    double letters, records; /* posted and written for a message */
} figures;

typedef struct road {
    bench_plan plan;
    const char *dcfd;
    unsigned port; /* of the gateway; ops is the next */
    road_sink *cps, *force;
    dcf_buf documents[KINDS];
    road_letter letters[KINDS];
    pid_t pid;
} road;

/* What the parts are asked to do in processes of their own. */
static struct {
    const road_letter *letters;
    size_t kinds;
} task;

static double cpu_us(pid_t pid)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void nap(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* --- the daemon ---------------------------------------------------------------------------------
 */

static const char *const rules[][2] = {
    {"lifecycle", "lifecycle.yaml"},  {"forces", "forces.yaml"},
    {"checklists", "checklists"},     {"clocks", "clocks.yaml"},
    {"policies", "policies.yaml"},    {"bank_holidays", "bank-holidays.yaml"},
    {"metrics", "metrics.yaml"},      {"redaction_tools", "redaction-tools.yaml"},
    {"onboarding", "onboarding.yaml"}};

static bool write_config(const road *r, const char *path)
{
    const bench_plan *p = &r->plan;
    FILE *f = fopen(path, "w");
    if (!f) return false;
    fprintf(f, "instance: %s\ndata: %s/%s\ndialects: %s/adapters/dialect\n", p->prefix, p->dir,
            p->prefix, p->source);
    fprintf(f, "kafka: {bootstrap: \"%s\", prefix: %s}\n", p->bootstrap, p->prefix);
    fprintf(f, "ops: {listen: \"127.0.0.1:%u\"}\ngateway: {listen: \"127.0.0.1:%u\"}\nrules:\n",
            r->port + 1, r->port);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        fprintf(f, "  %s: %s/config/%s\n", rules[i][0], p->source, rules[i][1]);
    fprintf(f, "parties:\n"
               "  - {name: surrey, kind: force, environment: live, cleared: [unredacted], forces: "
               "[\"45\"],\n     links: [{name: surrey-spi, dialect: spi, in: {transport: http}},\n"
               "             {name: surrey-pole, dialect: pole, in: {transport: http},\n");
    fprintf(f, "              out: {transport: http, url: \"http://127.0.0.1:%u\"}}]}\n",
            r->force->port);
    fprintf(f,
            "  - {name: cps, kind: cps, environment: live, cleared: [unredacted], areas: [],\n"
            "     links: [{name: cps-cms, dialect: cms, in: {transport: http},\n"
            "              out: {transport: http, url: \"http://127.0.0.1:%u\"}}]}\n",
            r->cps->port);
    return fclose(f) == 0;
}

static bool start_daemon(road *r)
{
    char config[512], log[512];
    snprintf(config, sizeof config, "%s/%s.yaml", r->plan.dir, r->plan.prefix);
    snprintf(log, sizeof log, "%s/%s.log", r->plan.dir, r->plan.prefix);
    if (!write_config(r, config)) return false;
    r->pid = fork();
    if (r->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (!freopen(log, "w", stderr) || !freopen(log, "a", stdout)) _exit(1);
        execl(r->dcfd, "dcfd", "--config", config, (char *)NULL);
        _exit(127);
    }
    return r->pid > 0;
}

static void stop_daemon(road *r)
{
    if (r->pid <= 0) return;
    (void)kill(r->pid, SIGTERM);
    (void)waitpid(r->pid, NULL, 0);
}

/* Until so many came, and as long as it has not ended. */
static bool await_letters(const road *r, road_sink *s, size_t count)
{
    double until = bench_now() + PATIENCE_S;
    while (atomic_load(&s->taken) < count && bench_now() < until) {
        if (waitpid(r->pid, NULL, WNOHANG) != 0) return false;
        nap(20);
    }
    return atomic_load(&s->taken) >= count;
}

/* Until nobody is told anything more. */
static void await_rest(const road *r)
{
    for (size_t before = SIZE_MAX; before != atomic_load(&r->force->taken); nap(2000))
        before = atomic_load(&r->force->taken);
}

/* --- parts --------------------------------------------------------------------------------------
 */

static bool post(const bench_plan *p, bench_result *ret)
{
    bench_cpu_us();
    bool ok = road_post(task.letters, task.kinds, p->first_case, p->messages);
    *ret = (bench_result){.cpu_us = bench_cpu_us(), .messages = p->messages};
    return ok;
}

/* The gateway listens when the daemon is up. */
static bool post_first(road *r)
{
    bench_result ignored;
    bench_plan p = r->plan;
    p.first_case = 0;
    p.messages = 1;
    for (int i = 0; i < 600; i++) {
        if (bench_apart(post, &p, &ignored)) return true;
        if (waitpid(r->pid, NULL, WNOHANG) != 0) return false;
        nap(100);
    }
    return false;
}

/* The records on the daemon's topics, counted. */
static bool count_records(const bench_plan *p, bench_result *ret)
{
    static const char *const topics[] = {"submitted",   "case",           "held",
                                         "deliver.cps", "deliver.surrey", "audit"};
    enum { N = sizeof topics / sizeof *topics };
    static char names[N][128];
    dcf_reader_start starts[N * BENCH_PARTITIONS];
    dcf_kafka_conf kafka = {.bootstrap = p->bootstrap, .client_id = "bench-count"};
    dcf_kafka_error err = {{0}};
    dcf_reader *reader = NULL;
    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "%s.%s", p->prefix, topics[i]);
        for (int32_t k = 0; k < BENCH_PARTITIONS; k++)
            starts[i * BENCH_PARTITIONS + (size_t)k] =
                (dcf_reader_start){names[i], k, DCF_OFFSET_BEGINNING};
    }
    if (dcf_failed(dcf_reader_open(&kafka, starts, N * BENCH_PARTITIONS, &reader, &err)))
        return false;
    double until = bench_now() + PATIENCE_S;
    *ret = (bench_result){0};
    while (!dcf_reader_caught_up(reader) && bench_now() < until) {
        dcf_record r = {0};
        if (dcf_ok(dcf_reader_poll(reader, 100, &r))) ret->records++;
        dcf_record_free(&r);
    }
    bool ok = dcf_reader_caught_up(reader);
    dcf_reader_close(reader);
    return ok;
}

static double parse_us(size_t kind, dcf_span document)
{
    bench_contender self = {0};
    if (!kinds[kind].parse(&self, document, PARSED / 10)) return 0;
    bench_cpu_us();
    return kinds[kind].parse(&self, document, PARSED) ? bench_cpu_us() / PARSED : 0;
}

/* Bare client and bare server; the CPU of each for a letter. */
static bool bare_http(const bench_plan *p, const road_letter *letters, size_t count,
                      double *ret_client, double *ret_server)
{
    road_letter to[KINDS];
    bench_result posted;
    road_sink *s = road_sink_start();
    if (!s) return false;
    for (size_t i = 0; i < count; i++) {
        to[i] = letters[i];
        snprintf(to[i].url, sizeof to[i].url, "http://127.0.0.1:%u/", s->port);
    }
    task.letters = to;
    task.kinds = count;
    double before = cpu_us(s->pid);
    bool ok = bench_apart(post, p, &posted);
    *ret_client = posted.cpu_us / (double)p->messages;
    *ret_server = (cpu_us(s->pid) - before) / (double)p->messages;
    road_sink_stop(s);
    return ok;
}

static bool make_topics(const bench_plan *p, bench_result *ret)
{
    *ret = (bench_result){0};
    return bench_topics(p);
}

static bool measure_parts(road *r, size_t messages, figures *f)
{
    bench_result pass, ignored;
    bench_plan p = r->plan;
    double unused;
    road_letter delivered = {.media_type = "application/json",
                             .body = dcf_span_of(r->cps->last, r->cps->last_size)};
    p.messages = messages;
    for (size_t i = 0; i < KINDS; i++)
        f->parse_in += parse_us(i, dcf_buf_span(&r->documents[i])) / KINDS;
    f->parse_out = parse_us(1, delivered.body);
    if (!bare_http(&p, r->letters, KINDS, &unused, &f->server) ||
        !bare_http(&p, &delivered, 1, &f->client, &unused))
        return false;
    p.from = "deliver.cps";
    p.group = "bench-pass";
    p.messages = messages + WARM;
    if (!bench_apart(make_topics, &p, &ignored) || !bench_apart(bench_pass, &p, &pass))
        return false;
    f->pass = pass.cpu_us / (double)pass.messages;
    return true;
}

/* --- a round ------------------------------------------------------------------------------------
 */

static bool drive(road *r, size_t messages, figures *f)
{
    bench_result ignored;
    bench_plan p = r->plan;
    task.letters = r->letters;
    task.kinds = KINDS;
    if (!start_daemon(r) || !post_first(r)) return false;
    p.first_case = 1;
    p.messages = WARM - 1;
    if (!bench_apart(post, &p, &ignored) || !await_letters(r, r->cps, WARM)) return false;
    await_rest(r);
    double idle = cpu_us(r->pid);
    nap(2000);
    double before = cpu_us(r->pid), began = bench_now();
    idle = (before - idle) / 2;
    p.first_case = WARM;
    p.messages = messages;
    bool ok = bench_apart(post, &p, &ignored) && await_letters(r, r->cps, WARM + messages);
    await_rest(r);
    double spent = cpu_us(r->pid) - before - idle * (bench_now() - began);
    f->road = spent / (double)messages;
    size_t all = WARM + messages;
    f->letters = (double)(r->cps->taken + r->force->taken) / (double)all;
    ok = ok && bench_apart(count_records, &r->plan, &ignored);
    f->records = (double)ignored.records / (double)all;
    return ok;
}

static bool run(road *r, size_t size, size_t messages, figures *ret)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "road%ld-%zu-%ld", (long)getpid(), size,
             (long)(bench_now() * 1000));
    r->plan.prefix = r->plan.group = prefix;
    *ret = (figures){0};
    r->cps = road_sink_start();
    r->force = road_sink_start();
    if (!r->cps || !r->force) return false;
    for (size_t i = 0; i < KINDS; i++) {
        dcf_buf_clear(&r->documents[i]);
        bench_document(kinds[i].form, size, &r->documents[i]);
        r->letters[i] = (road_letter){.media_type = kinds[i].media_type,
                                      .body = dcf_buf_span(&r->documents[i])};
        snprintf(r->letters[i].url, sizeof r->letters[i].url,
                 "http://127.0.0.1:%u/v1/links/%s/messages", r->port, kinds[i].link);
    }
    bool ok = drive(r, messages, ret);
    stop_daemon(r);
    if (!ok) fprintf(stderr, "bench: dcfd did not deliver: see %s/%s.log\n", r->plan.dir, prefix);
    ok = ok && measure_parts(r, messages, ret);
    road_sink_stop(r->cps);
    road_sink_stop(r->force);
    return ok;
}

/* --- what came of it ----------------------------------------------------------------------------
 */

static double plain(const figures *f)
{
    return f->parse_in + f->pass + f->client;
}

/* What the daemon really does: a document in and one out, each letter posted, each record written.
 */
static double whole(const figures *f)
{
    return f->parse_in + f->parse_out + f->server + f->letters * f->client + f->records * f->pass;
}

static void show(const char *size, const figures *f)
{
    printf("%-4s %8.1f us CPU a message; parser in %.1f, out %.1f; HTTP server %.1f, client %.1f x "
           "%.1f letters; pass-through %.1f x %.1f records\n",
           size, f->road, f->parse_in, f->parse_out, f->server, f->client, f->letters, f->pass,
           f->records);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const figures *f, size_t n, double (*parts)(const figures *))
{
    double all[ROUNDS_MAX];
    for (size_t i = 0; i < n; i++) all[i] = f[i].road / parts(&f[i]);
    qsort(all, n, sizeof *all, by_value);
    return (all[n / 2] + all[(n - 1) / 2]) / 2;
}

static void usage(FILE *to)
{
    fputs("usage: bench_road --dcfd PROGRAM [options]; DCF_KAFKA names the cluster\n"
          "  --rounds N    of each size of document; the median counts [3]\n"
          "  --messages N  of 2 KB in a round; of 20 KB a quarter [8000]\n"
          "  --port N      of the gateway; the next is the operations API's [19098]\n"
          "  --dir DIR     configuration, stores and logs [.]\n"
          "example: bench_road --dcfd build/bin/dcfd --rounds 1\n",
          to);
}

static bool parse(road *r, size_t *rounds, size_t *messages, int argc, char **argv)
{
    static const struct option options[] = {{"dcfd", 1, NULL, 'x'},     {"rounds", 1, NULL, 'r'},
                                            {"messages", 1, NULL, 'm'}, {"port", 1, NULL, 'p'},
                                            {"dir", 1, NULL, 'd'},      {"help", 0, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        size_t n = optarg ? strtoul(optarg, NULL, 10) : 0;
        switch (c) {
        case 'x':
            r->dcfd = optarg;
            break;
        case 'r':
            *rounds = n < ROUNDS_MAX ? n : ROUNDS_MAX;
            break;
        case 'm':
            *messages = n;
            break;
        case 'p':
            r->port = (unsigned)n;
            break;
        case 'd':
            r->plan.dir = optarg;
            break;
        case 'h':
            usage(stdout);
            exit(0);
        default:
            return false;
        }
    }
    return r->dcfd && r->plan.bootstrap && *rounds && *messages >= sizes[SIZES - 1].share;
}

int main(int argc, char **argv)
{
    static figures all[SIZES][ROUNDS_MAX];
    static road r = {.port = 19098, .plan = {.dir = ".", .commit_messages = 1000}};
    size_t rounds = 3, messages = 8000;
    r.plan.bootstrap = getenv("DCF_KAFKA");
    r.plan.source = getenv("DCF_HOME") ? getenv("DCF_HOME") : ".";
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!parse(&r, &rounds, &messages, argc, argv)) {
        usage(stderr);
        return 2;
    }
    for (size_t s = 0; s < SIZES; s++)
        for (size_t i = 0; i < rounds; i++) {
            if (!run(&r, sizes[s].bytes, messages / sizes[s].share, &all[s][i])) return 1;
            show(sizes[s].name, &all[s][i]);
        }
    printf("road:");
    for (size_t s = 0; s < SIZES; s++)
        printf(" road_cpu_%s=%.2f road_parts_cpu_%s=%.2f", sizes[s].name,
               median(all[s], rounds, plain), sizes[s].name, median(all[s], rounds, whole));
    printf("\n");
    return 0;
}
