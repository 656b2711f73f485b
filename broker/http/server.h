/*
 * server.h - an HTTP/1.1 server with its own thread: a request is held until it
 * is answered, from whichever thread, so that "taken" can mean "safe in Kafka".
 *
 * Limits on body, headers, connections and idle time are set once and answered
 * (413, 431 or 400, waiting in the backlog, a closed connection), never a crash.
 * Bodies are buffered whole up to max_body, 413 comes before more is; nothing of a request is ever
 * logged.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_HTTP_SERVER_H
#define DCF_HTTP_SERVER_H

#include "dcf/span.h"
#include "dcf/status.h"
#include "security/tls.h"

typedef struct dcf_http_server dcf_http_server;
typedef struct dcf_http_request dcf_http_request;

typedef struct dcf_http_header {
    const char *name, *value;
} dcf_http_header;

/* Runs on the server's thread and must not block: what takes time is answered later, from another
 * thread. */
typedef void dcf_http_handler(void *self, dcf_http_request *req);

typedef struct dcf_http_limits { /* 0 takes the default */
    size_t max_body;             /* bytes, 16 MiB */
    size_t max_header;           /* bytes of all headers together, 16 KiB */
    unsigned idle_ms; /* silence that ends a connection, 30 s; not while its request is held */
    unsigned max_connections; /* 1024; more wait in the listen backlog */
    size_t max_memory; /* bytes of what may have come of all requests together, 512 MiB: where
                          max_connections of max_body are more, fewer are let in */
} dcf_http_limits;

typedef struct dcf_http_config {
    const char *listen;     /* "127.0.0.1:8080", "[::1]:0"; port 0 takes a free one */
    const dcf_tls *tls;     /* borrowed, outlives the server; NULL for plain HTTP */
    dcf_http_limits limits; /* zeroed for the defaults */
    dcf_http_handler *handler;
    void *self;
} dcf_http_config;

/* Listens and starts the thread. CONFIG (address not understood), UNAVAILABLE (address in use),
 * NOMEM. */
DCF_RESULT dcf_http_server_open(const dcf_http_config *config, dcf_http_server **ret);
/* The port in use. */
unsigned dcf_http_server_port(const dcf_http_server *s);
/*
 * Stops accepting, lets what is held be answered until deadline_ms from now,
 * then cuts. A request still held stays valid until its holder answers it (into
 * the void). NULL is accepted. Not from the handler.
 */
void dcf_http_server_close(dcf_http_server *s, unsigned deadline_ms);

/* --- a request: owned by the handler until answered; one thread at a time; all texts are borrowed
 * from it --- */
const char *dcf_http_method(const dcf_http_request *r); /* "POST" */
const char *dcf_http_path(const dcf_http_request *r); /* as sent: percent escapes kept, no query */
const char *dcf_http_query(dcf_http_request *r, const char *name); /* decoded; NULL when absent */
const char *dcf_http_get_header(const dcf_http_request *r,
                                const char *name); /* NULL when absent; the first of several */
dcf_span dcf_http_body(const dcf_http_request *r);
const char *dcf_http_peer(const dcf_http_request *r); /* address, "127.0.0.1" */
const char *
dcf_http_peer_subject(const dcf_http_request *r); /* common name of the client certificate, or "" */
const char *dcf_http_param(const dcf_http_request *r,
                           const char *name); /* set by the router; NULL when absent */
void dcf_http_set_param(dcf_http_request *r, const char *name,
                        dcf_span raw); /* decodes percent escapes */

/*
 * Answers and takes r; any thread. headers (NULL ends them; may be NULL itself),
 * content_type (NULL for none) and body are copied.
 */
void dcf_http_reply(dcf_http_request *r, int code, const dcf_http_header *headers,
                    const char *content_type, dcf_span body);
/* Takes r and cuts its connection without an answer, as a failing peer would; any thread. */
void dcf_http_drop(dcf_http_request *r);

#endif
