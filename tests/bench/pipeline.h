/*
 * pipeline.h - the parts of the benchmark of the road through Kafka: what is sent, and who carries
 * it.
 *
 * Every part runs in a process of its own (forked), so that its CPU time is its own, and works on
 * the same topics of a real Kafka. SPDX-License-Identifier: MIT
 */
#ifndef DCF_BENCH_PIPELINE_H
#define DCF_BENCH_PIPELINE_H

#include "base/buf.h"
#include "dcf/v1/envelope.pb-c.h"

#include <sys/types.h>

enum { BENCH_PARTITIONS = 8, BENCH_TOPICS = 4 };

typedef struct bench_plan {
    const char *bootstrap;
    const char *source;       /* the tree: configuration, samples */
    const char *dir;          /* folder for configuration and stores */
    const char *prefix;       /* of the topics; new for every round */
    const char *group;        /* of who carries; new for every run */
    size_t messages;          /* as many lie on PREFIX.submitted */
    size_t per_case;          /* of each case: its file, and notices about material */
    size_t first_case;        /* the cases' numbers begin here */
    double rate;              /* messages a second when paced; 0: as fast as can be */
    const char *from;         /* topic, after PREFIX., that bench_pass carries on */
    const char *watched;      /* topic, after PREFIX., that bench_watch reads */
    size_t kept;              /* cases in the store */
    size_t links;             /* configured beside the two that are used */
    unsigned commit_messages; /* most that a transaction gathers */
} bench_plan;

typedef struct bench_result {
    double seconds, cpu_us;
    size_t messages;       /* taken in */
    size_t records, bytes; /* put out, keys and values */
    double wait_us[3];     /* watched: p50, p99, p99.9 from sent to readable */
} bench_result;

/* Topics, and nothing in them. */
bool bench_topics(const bench_plan *p);
/* A configuration for that prefix: one force, one CPS. The path, in p->dir; static. */
const char *bench_config(const bench_plan *p);
/* The messages, on PREFIX.submitted. */
bool bench_seed(const bench_plan *p, bench_result *ret);
/* The exchange stage itself, rules and all, on its own store. */
bool bench_exchange(const bench_plan *p, bench_result *ret);
/* Bare librdkafka with transactions: each record goes on as it is. */
bool bench_pass(const bench_plan *p, bench_result *ret);
/* The same, and for each record read those are written that the exchange made of it. */
bool bench_fan(const bench_plan *p, bench_result *ret);
/* Reads what was carried, and says how long after it was sent. */
bool bench_watch(const bench_plan *p, bench_result *ret);
/* The exchange's work without Kafka, on so many cases kept. */
bool bench_kept(const bench_plan *p, bench_result *ret);

struct dcf_arena;
/* A notice about material, of no case yet; in the arena, which must outlive it. */
bool bench_notice(const bench_plan *p, struct dcf_arena *arena, Dcf__V1__Envelope **ret);

typedef bool bench_part(const bench_plan *p, bench_result *ret);
typedef struct bench_worker {
    pid_t pid;
    int result; /* the end of a pipe */
} bench_worker;

/* In a process of its own: Kafka's client has threads, and the CPU time must be nobody else's. */
bool bench_launch(bench_part *f, const bench_plan *p, bench_worker *ret);
bool bench_join(bench_worker *w, bench_result *ret);
bool bench_apart(bench_part *f, const bench_plan *p, bench_result *ret); /* both */

/* CPU of this process since the last call, in microseconds. */
double bench_cpu_us(void);
double bench_now(void); /* seconds, monotonic */
/* "CCNNNNNYY" of case n: its URN. Returns out. */
char *bench_urn(size_t n, char out[16]);

#endif
