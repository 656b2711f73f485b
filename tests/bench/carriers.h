/*
 * carriers.h - programs that carry documents from one topic to another, as processes: what lies
 * before them, how they are started and killed, and the book of what came out.
 *
 * A carrier is a command line; BOOTSTRAP GROUP FROM TO COMMIT_MS are put behind it. It runs until
 * it is killed. SPDX-License-Identifier: MIT
 */
#ifndef DCF_BENCH_CARRIERS_H
#define DCF_BENCH_CARRIERS_H

#include "base/buf.h"
#include "kafka/reader.h"

#include <sys/types.h>

enum { BENCH_KINDS = 2 };

/* Documents in turn, one of each kind, and what must come of them. */
typedef struct bench_load {
    dcf_buf document[BENCH_KINDS], packed[BENCH_KINDS];
    size_t messages;
} bench_load;

/* XML and JSON documents of about that size. False, said on stderr, when they have a fault. */
bool bench_load_make(size_t size, size_t messages, bench_load *ret);
void bench_load_free(bench_load *l);

/* Lays them in one transaction, so that none can be read before all can. */
typedef struct bench_feeder bench_feeder;

bench_feeder *bench_feeder_open(const char *bootstrap, const char *topic); /* makes the topic */
bool bench_feeder_lay(bench_feeder *f, const bench_load *l, size_t from, size_t until);
bool bench_feeder_commit(bench_feeder *f);
void bench_feeder_close(bench_feeder *f); /* NULL is accepted */

typedef struct bench_carrier {
    const char *name, *command;
    pid_t pid;
} bench_carrier;

typedef struct bench_road {
    const char *bootstrap, *dir; /* what carriers say goes to DIR/NAME.log */
    char from[96], to[96];       /* topics; the second names the group, too */
    unsigned commit_ms;
} bench_road;

bool bench_carrier_start(bench_carrier *c, const bench_road *r);
void bench_carrier_kill(bench_carrier *c); /* SIGKILL, and waits for its end */
/* CPU seconds of the process, all its threads; negative when it has ended. */
double bench_carrier_cpu(const bench_carrier *c);

/* What a reader of committed records sees of the output. */
typedef struct bench_book {
    const bench_load *load;
    dcf_reader *reader;
    uint8_t *times;  /* that each message came */
    size_t *highest; /* of each key */
    size_t seen, twice, disordered, differing;
} bench_book;

/* Makes the topic r->to. */
bool bench_book_open(bench_book *b, const bench_road *r, const bench_load *l);
/* Reads until so many different messages were seen; false when none came for 40 s, or one with
 * other bytes. */
bool bench_book_until(bench_book *b, size_t seen);
/* Reads on until nothing has come for a second. */
void bench_book_rest(bench_book *b);
void bench_book_close(bench_book *b);

#endif
