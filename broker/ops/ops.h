/*
 * ops.h - the operations HTTP API: what runs, what waits and why, what happened to
 * a case or a message, what is held, and whether the counts balance.
 *
 * Read-only. No answer holds a message body or a personal value: identifiers,
 * codes, paths, times. Answers are JSON, times RFC 3339, ages milliseconds.
 * Errors are {"error": what, "hint": what to do}.
 *
 *   GET /healthz                 200 or 503 {"status", "reasons": […]}; needs no token
 *   GET /metrics                 Prometheus text
 *   GET /v1/status               version, instance, roles, totals
 *   GET /v1/queues               one queue a party; why it stands still
 *   GET /v1/queues/{party}       and what waits in it, each with its reason
 *   GET /v1/cases/{urn}          the case's timeline over all hops (any form of the URN; ?limit=)
 *   GET /v1/messages/{id}        what became of a message
 *   GET /v1/held                 ?reason=&party=&case=&since=&limit=; counts by reason beside
 *   GET /v1/held/{id}
 *   GET /v1/faults               every fault code with remedy, and how often it was given
 *   GET /v1/reconciliation       per link: received = in_flight + held + refused + delivered, and
 *                                each message that was lost, doubled or made up; ?link=&from=&to=
 *
 * Source: what operators of such brokers ask for; broker/README.md, invariant 3.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_OPS_OPS_H
#define DCF_OPS_OPS_H

#include "ledger/ledger.h"
#include "ops/metrics.h"
#include "security/tls.h"

/* --- what the daemon tells: plain structs, borrowed during the call --------------------- */

typedef struct dcf_role_info {
    const char *name;   /* "exchange", "delivery cps", "link force-45-spi" */
    const char *state;  /* a word of the role's own: "running", "connecting" */
    bool ok;            /* false makes /healthz fail */
    const char *reason; /* why not ok, for an operator; "" */
    int64_t since_ms;   /* in this state since; 0: not known */
} dcf_role_info;

typedef struct dcf_queue_info {
    const char *party;
    uint64_t depth; /* messages not yet delivered, in flight ones among them */
    uint64_t in_flight;
    int64_t oldest_ms;   /* when the oldest of them came (not its age); 0: empty */
    const char *breaker; /* "closed", "open", "half-open" */
    int64_t next_try_ms; /* 0: at once, or as soon as another is done */
    const char *reason;  /* why it stands still; "" when it flows */
} dcf_queue_info;

typedef struct dcf_waiting_info {
    const char *message_id, *case_key, *type;
    int64_t since_ms;
    uint32_t attempts;   /* failed so far */
    int64_t next_try_ms; /* 0: as soon as another is done */
    const char *reason;  /* why it waits, in words */
} dcf_waiting_info;

typedef void dcf_role_cb(void *ctx, const dcf_role_info *info);
typedef void dcf_queue_cb(void *ctx, const dcf_queue_info *info);
typedef void dcf_waiting_cb(void *ctx, const dcf_waiting_info *info);

/* Called on the server's thread, at any time between open and close; must not block. */
typedef struct dcf_ops_provider {
    void *self;
    void (*roles)(void *self, dcf_role_cb *cb, void *ctx);
    void (*queues)(void *self, dcf_queue_cb *cb, void *ctx);
    /* At most limit, next to be tried first. NOT_FOUND: no such party. */
    dcf_status (*waiting)(void *self, const char *party, size_t limit, dcf_waiting_cb *cb,
                          void *ctx);
} dcf_ops_provider;

typedef struct dcf_ops_config {
    const char *listen;     /* "127.0.0.1:8070"; port 0 takes a free one */
    const dcf_tls *tls;     /* NULL: plain HTTP */
    const char *token_file; /* bearer token all but /healthz must carry; read at each request, so it
                               can be replaced; NULL: none asked */
    const char *instance;   /* which daemon; "" */
    bool
        embedded; /* runs on the in-process cluster: every status says that nothing is guaranteed */
    dcf_ledger *ledger;
    dcf_metrics
        *metrics; /* the daemon's own rows, which come before ours of the same name; NULL: none */
    dcf_ops_provider provider;
} dcf_ops_config;

typedef struct dcf_ops dcf_ops;

/* Copies config; what it points to is borrowed until close. CONFIG (listen, or the token file
 * cannot be read), UNAVAILABLE, NOMEM. */
DCF_RESULT dcf_ops_open(const dcf_ops_config *config, dcf_ops **ret);
unsigned dcf_ops_port(const dcf_ops *o);
void dcf_ops_close(dcf_ops *o); /* accepts NULL; waits at most a second for answers under way */

#endif
