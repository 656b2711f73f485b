/*
 * client.h - HTTP requests in flight: many at once for delivery, or one at a
 * time for a command line. Connections are kept alive; redirects are not
 * followed; environment proxies are not used; bodies are never logged.
 *
 * A kept-alive connection that the peer ends before any byte of the answer makes
 * libcurl send the request once more, on a new one: what must not take effect
 * twice carries an Idempotency-Key.
 *
 * Thread rule: a client belongs to one thread, but for dcf_http_client_wake.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_HTTP_CLIENT_H
#define DCF_HTTP_CLIENT_H

#include "base/buf.h"
#include "http/server.h" /* dcf_http_header */

typedef struct dcf_http_client dcf_http_client;

typedef struct dcf_http_client_config { /* a zeroed one is usable */
    const char *ca, *cert, *key;        /* PEM files, copied; ca NULL: the system's authorities */
    unsigned connect_ms, timeout_ms;    /* 5 s and 30 s when 0 */
    size_t max_body;                    /* bytes of an answer that are kept; 1 MiB when 0 */
    unsigned max_connections;           /* to one host; 16 when 0 */
} dcf_http_client_config;

/* What became of a request that has no status, ordered by how sure it is that the peer saw nothing.
 */
typedef enum dcf_http_trouble {
    DCF_HTTP_NO_TROUBLE,  /* there is a status */
    DCF_HTTP_BAD_REQUEST, /* the URL is none, or its scheme is not http or https: never sent */
    DCF_HTTP_RESOLVE,     /* no such host: never sent */
    DCF_HTTP_CONNECT,     /* refused or unreachable: never sent */
    DCF_HTTP_TLS,         /* certificate or handshake: never sent */
    DCF_HTTP_TIMEOUT,     /* no answer in time: the peer may have acted */
    DCF_HTTP_BROKEN,      /* the connection ended first: the peer may have acted */
    DCF_HTTP_ABORTED      /* the client was closed: the peer may have acted */
} dcf_http_trouble;

const char *dcf_http_trouble_name(dcf_http_trouble t); /* "CONNECT" */

typedef struct dcf_http_call {
    const char *method, *url;
    const dcf_http_header *headers; /* ended by a NULL name; may be NULL */
    dcf_span body;                  /* BORROWED until the answer; the rest is copied */
    unsigned timeout_ms;            /* 0: the client's */
} dcf_http_call;

typedef struct dcf_http_answer dcf_http_answer;

int dcf_http_answer_status(const dcf_http_answer *a); /* 100..599; 0 with trouble */
dcf_http_trouble dcf_http_answer_trouble(const dcf_http_answer *a);
dcf_span dcf_http_answer_body(const dcf_http_answer *a);
bool dcf_http_answer_truncated(const dcf_http_answer *a); /* the body was longer than max_body */
/* A response header; NULL when absent; lives until the next call with this answer. */
const char *dcf_http_answer_header(const dcf_http_answer *a, const char *name);
/* Retry-After in milliseconds, seconds or date alike; 0 when absent. */
uint64_t dcf_http_answer_retry_after_ms(const dcf_http_answer *a);

/* Called from dcf_http_client_poll or _close, once for each call; a lives until it returns. It may
 * start further calls. */
typedef void dcf_http_done(void *opaque, const dcf_http_answer *a);

/* NOMEM, or CONFIG when a key comes without its certificate. */
DCF_RESULT dcf_http_client_open(const dcf_http_client_config *config, dcf_http_client **ret);
/* Ends all calls with DCF_HTTP_ABORTED; NULL is accepted. */
void dcf_http_client_close(dcf_http_client *c);
/* Starts a call; NOMEM leaves nothing behind and done is not called. */
DCF_RESULT dcf_http_client_start(dcf_http_client *c, const dcf_http_call *call, dcf_http_done *done,
                                 void *opaque);
/* Moves all calls on and waits up to timeout_ms for something to happen. Returns the number of
 * calls still in flight. */
size_t dcf_http_client_poll(dcf_http_client *c, unsigned timeout_ms);
/* Ends a poll that waits, from any thread. */
void dcf_http_client_wake(dcf_http_client *c);

typedef struct dcf_http_result {
    int status; /* 0 with trouble */
    dcf_http_trouble trouble;
    dcf_buf body;
} dcf_http_result;

/*
 * One call, waited for. OK whenever there is a status; TIMEOUT or UNAVAILABLE
 * with ret_result->trouble saying which; the body is the caller's to
 * dcf_buf_fini in all three. NOMEM leaves ret_result as it was.
 */
DCF_RESULT dcf_http_fetch(dcf_http_client *c, const dcf_http_call *call,
                          dcf_http_result *ret_result);

#endif
