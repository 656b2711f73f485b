/*
 * ops.h - the operations HTTP API: what runs, what waits and why, what happened to
 * a case or a message, what is held, and whether the counts balance.
 *
 * What is held can be acted upon, by operators who say who they are; all else is read-only.
 * No answer but a bundle holds a message body or a personal value: identifiers,
 * codes, paths, times. Answers are JSON, times RFC 3339, ages milliseconds.
 * Errors are {"error": what, "hint": what to do}.
 *
 *   GET /healthz                    200 or 503 {"status": ok, degraded (Kafka is away, or takes no
 *                                   transaction) or failing, "reasons": […]}; needs no token
 *   GET /metrics                    Prometheus text
 *   GET /v1/status                  version, instance, roles, totals
 *   GET /v1/queues                  one queue a party; why it stands still
 *   GET /v1/queues/{party}          and what waits in it, each with its reason
 *   GET /v1/cases/{urn}             its timeline over all hops, clocks, split parts; ?limit=
 *   GET /v1/cases/{urn}/clocks      its time limits, and how each stands
 *   GET /v1/cases/{urn}/bundle      all it was made of, bodies too (CaseBundle, protobuf): for
 *                                   operators with the right `bodies`; kept in the audit
 *   GET /v1/messages/{id}           what became of a message
 *   GET /v1/held                    ?reason=&party=&case=&since=&limit=; counts by reason beside
 *   GET /v1/held/{id}
 *   POST /v1/jobs                   act upon what is held (held.c tells the body); ?dry_run=1 only
 *                                   says what that would be
 *   GET /v1/jobs                    what was asked for, and how far it is
 *   GET /v1/jobs/{id}
 *   POST /v1/jobs/{id}/approve      and /stop, /resume
 *   POST /v1/reload                 read the configuration anew: 200 with the version that runs,
 *                                   409 with why the old one goes on
 *   GET /v1/faults                  every fault code with remedy, and how often it was given
 *   GET /v1/reconciliation          per link: received = in_flight + held + refused + delivered,
 *                                   and each message lost, doubled or made up, each record
 *                                   that cannot be read; ?link=&from=&to=
 *   GET /v1/metrics                 the figures of a period: ?period=2026-10 (or from=&to=;
 *                                   else this month) &by=force,area,case_type &metric=
 *   GET /v1/metrics/dictionary      what each figure is
 *   GET /v1/onboarding              each link's stage, what it showed, what the next takes
 *   GET /v1/onboarding/{link}
 *
 * Source: what operators of such brokers ask for; broker/README.md, invariant 3.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_OPS_OPS_H
#define DCF_OPS_OPS_H

#include "ledger/ledger.h"
#include "model/party.h"
#include "ops/metrics.h"
#include "security/tls.h"

struct dcf_catalogue;
struct dcf_criteria;

/* --- what the daemon tells: plain structs, borrowed during the call --------------------- */

#define DCF_KAFKA_ROLE "kafka" /* its failing alone is "degraded": no fault of this daemon */

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
    uint32_t attempts;        /* failed so far */
    int64_t next_try_ms;      /* 0: as soon as another is done */
    const char *reason;       /* why it waits, in words */
    const char *last_failure; /* how its last attempt failed; "" when none did */
} dcf_waiting_info;

/* --- what operators ask to be done with held messages -------------------------------------- */

typedef enum dcf_held_ask {
    DCF_HELD_PREVIEW, /* what the job would do */
    DCF_HELD_START,
    DCF_HELD_JOBS, /* one, or all: newest first */
    DCF_HELD_APPROVE,
    DCF_HELD_STOP,
    DCF_HELD_RESUME
} dcf_held_ask;

typedef struct dcf_held_request {
    dcf_held_ask ask;
    const char *operator_;              /* "": asks only to see */
    const struct Dcf__V1__HeldJob *job; /* PREVIEW, START: verb, selection, note, sets, per_minute
                                           (0: the daemon's) */
    const char *job_id;                 /* the others; JOBS: NULL means all */
} dcf_held_request;

enum { DCF_HELD_DESTINATIONS = 16 };

typedef struct dcf_held_preview {
    uint64_t count;
    int64_t oldest_ms, newest_ms;
    uint64_t duplicates; /* of messages that a case has taken since, or a receiver has */
    uint64_t waiting;    /* for their case: they can only be discarded */
    bool needs_approval; /* of a second person */
    struct {
        char party[64]; /* "": not decided yet */
        uint64_t count;
    } destinations[DCF_HELD_DESTINATIONS];
    size_t destination_count;
} dcf_held_preview;

typedef struct dcf_held_job_info {
    const struct Dcf__V1__HeldJob *job;
    const char *state; /* "pending", "running", "stopped", "done" */
    const char *approved_by, *instance, *last_error;
    uint64_t done, failed;
    int64_t changed_ms;
} dcf_held_job_info;

typedef struct dcf_held_reply { /* borrowed during the call */
    int http;                   /* 200, or what went wrong, with error and hint */
    const char *error, *hint;
    const dcf_held_preview *preview; /* PREVIEW, START */
    const dcf_held_job_info *jobs;   /* the others, and START */
    size_t job_count;
} dcf_held_reply;

/* Called exactly once, from any thread. */
typedef void dcf_held_done(void *ctx, const dcf_held_reply *reply);

/* --- reloading ------------------------------------------------------------------------------ */

typedef struct dcf_reload_reply { /* borrowed during the call */
    bool reloaded;
    const char *reason; /* why not; "" */
    const char *rules;  /* the version that runs now */
} dcf_reload_reply;

/* Called exactly once, from any thread. */
typedef void dcf_reload_done(void *ctx, const dcf_reload_reply *reply);

typedef struct dcf_link_info {
    const char *link, *party, *dialect;
    dcf_stage stage;
} dcf_link_info;

typedef void dcf_link_cb(void *ctx, const dcf_link_info *info);
/* --- a case with all it was made of --------------------------------------------------------- */

typedef struct dcf_bundle_reply { /* borrowed during the call */
    int http;                     /* 200, or what went wrong, with error and hint */
    const char *error, *hint;
    dcf_span bundle;
} dcf_bundle_reply;

/* Called exactly once, from any thread. */
typedef void dcf_bundle_done(void *ctx, const dcf_bundle_reply *reply);

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
    /* Copies the request; NULL: nothing can be done with what is held here. */
    void (*held)(void *self, const dcf_held_request *request, dcf_held_done *done, void *ctx);
    /* Reads the configuration anew, now; NULL: it cannot be. */
    void (*reload)(void *self, dcf_reload_done *done, void *ctx);
    void (*links)(void *self, dcf_link_cb *cb, void *ctx); /* as configured; NULL: not told */
    /* Gathers the bundle of a case for this operator; copies both. NULL: it cannot be. */
    void (*bundle)(void *self, const char *case_key, const char *operator_, dcf_bundle_done *done,
                   void *ctx);
} dcf_ops_provider;

typedef struct dcf_ops_config {
    const char *listen;     /* "127.0.0.1:8070"; port 0 takes a free one */
    const dcf_tls *tls;     /* NULL: plain HTTP */
    const char *token_file; /* bearer token all but /healthz must carry; read at each request, so it
                               can be replaced; NULL: none asked */
    const char *operators_file; /* lines NAME TOKEN [RIGHT…]: such a token may do all that
                                   token_file's may, and says who acts. reader: it only looks;
                                   inspector: at what names nobody (ops.c); bodies: message bodies
                                   too. Read at each request; NULL: who acts says so in
                                   DCF-Operator */
    const char *instance;       /* which daemon; "" */
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
/* What the ledger measures by, and what the onboarding stages take; before the first time there are
 * neither. Borrowed until others are given: nobody uses the old ones when it returns. Any thread.
 */
void dcf_ops_take_up(dcf_ops *o, const struct dcf_catalogue *catalogue,
                     const struct dcf_criteria *criteria);
unsigned dcf_ops_port(const dcf_ops *o);
void dcf_ops_close(dcf_ops *o); /* accepts NULL; waits at most a second for answers under way */

#endif
