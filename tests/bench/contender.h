/*
 * contender.h - who takes part in the benchmark: this program's translation, bare parsers, and
 * peers in processes of their own. All work on the same bytes. SPDX-License-Identifier: MIT
 */
#ifndef DCF_BENCH_CONTENDER_H
#define DCF_BENCH_CONTENDER_H

#include "dcf/translate.h"
#include "documents.h"

#include <sys/types.h>

typedef struct bench_contender {
    const char *name;
    /* Does its work on the document so many times; false when it could not. */
    bool (*run)(struct bench_contender *self, dcf_span document, size_t times);
    const dcf_dialect *dialect; /* translate */
    pid_t pid;                  /* peer: whose CPU time counts; 0: our own */
    int in, out;                /* peer: pipes */
} bench_contender;

/* native document -> Envelope -> protobuf bytes, in a reused arena and buffer. */
bool bench_translate(bench_contender *self, dcf_span document, size_t times);
/* Bare parsers, their handlers empty. */
bool bench_expat(bench_contender *self, dcf_span document, size_t times);
bool bench_own_xml(bench_contender *self, dcf_span document, size_t times);
bool bench_own_json(bench_contender *self, dcf_span document, size_t times);
bool bench_yajl(bench_contender *self, dcf_span document, size_t times);

/*
 * Starts a peer. Its commands come a line each, and each is answered by "ok":
 * "load spi|pole FILE", "pack FILE" (writes the protobuf bytes there), "run TIMES".
 */
bool bench_peer_start(bench_contender *ret, const char *name, const char *command);
bool bench_peer_say(bench_contender *peer, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void bench_peer_stop(bench_contender *peer);

#endif
