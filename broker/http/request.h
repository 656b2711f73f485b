/*
 * request.h - one request as the server keeps it: a copy that stands on its own,
 * so that another thread may hold it whatever becomes of the connection. Private
 * to the room. SPDX-License-Identifier: MIT
 */
#ifndef DCF_HTTP_REQUEST_H
#define DCF_HTTP_REQUEST_H

#include "base/arena.h"
#include "http/server.h"

#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <sys/queue.h>

enum { HTTP_MAX_HEADERS = 128, HTTP_MAX_PARAMS = 8 };

struct dcf_http_request {
    TAILQ_ENTRY(dcf_http_request) all;    /* held requests of the server; under its lock */
    STAILQ_ENTRY(dcf_http_request) ready; /* answered, on the way to the loop; under its lock */
    dcf_http_server *server;
    struct evhttp_request *ev; /* the loop thread's, while there is a loop */
    dcf_arena arena;           /* everything below but the bodies */
    const char *method, *path, *query_text, *peer, *subject;
    struct evkeyvalq query;
    bool query_parsed;
    dcf_http_header headers[HTTP_MAX_HEADERS];
    size_t header_count;
    dcf_http_header params[HTTP_MAX_PARAMS];
    size_t param_count;
    struct evbuffer *body;
    /* the answer */
    bool drop;
    int code;
    const dcf_http_header *reply_headers; /* NULL-ended */
    struct evbuffer *reply_body;
};

/* A copy of ev, moving its body out; NULL when out of memory or over the header count. */
dcf_http_request *http_request_new(dcf_http_server *server, struct evhttp_request *ev,
                                   size_t max_header);
void http_request_free(dcf_http_request *r);

#endif
