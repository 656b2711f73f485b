/*
 * road_http.h - the ends of the road, and its bare HTTP parts: a plain evhttp server that takes
 * everything, and a plain libcurl client that posts documents on kept connections.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_BENCH_ROAD_HTTP_H
#define DCF_BENCH_ROAD_HTTP_H

#include "dcf/span.h"

#include <stdatomic.h>
#include <sys/types.h>

enum { ROAD_BODY_MAX = 1 << 20 };

/* A server in a process of its own; shared with it. */
typedef struct road_sink {
    pid_t pid;
    atomic_uint port;
    atomic_size_t taken;
    size_t last_size; /* the body that came last */
    uint8_t last[ROAD_BODY_MAX];
} road_sink;

road_sink *road_sink_start(void); /* NULL: it could not be */
void road_sink_stop(road_sink *s);

/* What is posted where. A case file of documents.h gets a URN and a message id of its own. */
typedef struct road_letter {
    char url[128];
    const char *media_type;
    dcf_span body;
} road_letter;

/*
 * Posts them in turn, numbered from first, until so many were taken; what is answered 429 or 503
 * is posted again. False at another answer (said on stderr) or none.
 */
bool road_post(const road_letter *letters, size_t kinds, size_t first, size_t count);

#endif
