/*
 * ledger.h - what happened to every message, ready to be asked: a SQLite (WAL)
 * projection of dcf.audit and dcf.held.
 *
 * The topics are the truth, this file is not: delete it and replay, and the same
 * answers come back. The next offset of each topic partition is stored in the
 * transaction that stores the rows, so a kill loses nothing and doubles nothing.
 * Bodies are never stored: a held row says where in dcf.held its bytes lie.
 *
 * What the daemon must give: every message of a link begins with RECEIVED or
 * REFUSED; all events of a message lie in one partition (key = case). A HELD event
 * makes a held row, with or without a record in dcf.held; APPLIED, RELEASED, EXPIRED,
 * DELIVERED and what operators do end it. Messages of the party "dcf" are the broker's own
 * (receipts) and are not reconciled.
 *
 * Thread rules: begin, apply, commit, abort, next_offset: one thread. Queries: any
 * thread, beside the writer; they run one at a time, and a callback must not query.
 * What a callback is handed is borrowed and dies when it returns.
 * Source: broker/README.md, invariant 3; what operators of such brokers ask for.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_LEDGER_LEDGER_H
#define DCF_LEDGER_LEDGER_H

#include "base/time_range.h"
#include "dcf/span.h"
#include "dcf/status.h"
#include "kafka/record.h"

#include <stddef.h>
#include <stdint.h>

struct Dcf__V1__AuditEvent;
struct Dcf__V1__Held;

typedef struct dcf_ledger dcf_ledger;

#define DCF_LEDGER_OWN_PARTY "dcf"

/* Opens or makes the file; one of an older layout is emptied, to be replayed. IO; CORRUPT: not a
 * ledger (delete it and replay). */
DCF_RESULT dcf_ledger_open(const char *path, dcf_ledger **ret);
void dcf_ledger_close(dcf_ledger *l); /* accepts NULL; an open batch is aborted */

/* --- writing ---------------------------------------------------------------- */

DCF_RESULT dcf_ledger_begin(dcf_ledger *l);
DCF_RESULT dcf_ledger_commit(dcf_ledger *l);
void dcf_ledger_abort(dcf_ledger *l);

/*
 * Takes one record of a topic whose name ends in ".audit" or ".held"; an offset seen
 * before is skipped. Outside a batch it commits by itself. A value that cannot be read
 * is a finding and passed, never a reason to stop. IO: abort the batch and try again.
 */
DCF_RESULT dcf_ledger_apply(dcf_ledger *l, const dcf_record *r);
/* Where reading goes on: 0 when the partition was never seen. Within a batch: with it. */
DCF_RESULT dcf_ledger_next_offset(dcf_ledger *l, const char *topic, int32_t partition,
                                  int64_t *ret);

/* --- queries ---------------------------------------------------------------- */

/* name, text the gateway answers, bucket of reconciliation */
#define DCF_MESSAGE_STATUS_TABLE(X)                                                                \
    X(RECEIVED, "received", "in_flight")      /* Kafka has it, the exchange has not decided */     \
    X(ACCEPTED, "accepted", "in_flight")      /* the case took it; delivery is due */              \
    X(HELD, "held", "held")                   /* waits for a person or for its case */             \
    X(REJECTED, "rejected", "refused")        /* its sender was told: faulty or not allowed */     \
    X(NOT_DELIVERED, "not_delivered", "held") /* the receiver refused it: kept for a person */     \
    X(EXPIRED, "expired", "refused")       /* its sender was told: held longer than it may be */   \
    X(DELIVERED, "delivered", "delivered") /* the receiver has it */                               \
    X(DISCARDED, "discarded", "refused")   /* held, and ended by an operator */                    \
    X(SUPERSEDED, "superseded", "refused") /* not delivered: a newer version came before */        \
    X(SHADOWED, "shadowed", "delivered")   /* written for comparison, delivered to nobody */

typedef enum dcf_message_status {
#define DCF_MESSAGE_STATUS_ENUM(name, text, bucket) DCF_MESSAGE_##name,
    DCF_MESSAGE_STATUS_TABLE(DCF_MESSAGE_STATUS_ENUM)
#undef DCF_MESSAGE_STATUS_ENUM
} dcf_message_status;

const char *dcf_message_status_text(dcf_message_status s);   /* "received" …; never NULL */
const char *dcf_message_status_bucket(dcf_message_status s); /* "in_flight" …; never NULL */

typedef struct dcf_ledger_message {
    const char *message_id, *case_key, *type;
    const char *source_party, *source_link, *destination_party; /* "" when not known */
    dcf_message_status status;
    int64_t first_ms, last_ms;      /* its first event, and the one that made the status */
    uint64_t duplicates, conflicts; /* times the id came again: same content, other content */
    bool test;
    const struct Dcf__V1__AuditEvent
        *last; /* the event that made the status: reason, faults, attempts */
} dcf_ledger_message;

/* What became of a message. NOT_FOUND. */
DCF_RESULT dcf_ledger_message_get(dcf_ledger *l, const char *message_id,
                                  void (*cb)(void *self, const dcf_ledger_message *m), void *self);

typedef struct dcf_ledger_case {
    const char *case_key, *state; /* lifecycle state after its last applied message */
    int64_t first_ms, last_ms;
    uint64_t events;
    bool test;
} dcf_ledger_case;

/* The case and then its newest events over all hops, in the order of the log; then the cases it was
 * split from or merged with (other may be NULL). NOT_FOUND. */
DCF_RESULT dcf_ledger_timeline(dcf_ledger *l, const char *case_key, size_t limit,
                               void (*head)(void *self, const dcf_ledger_case *c),
                               void (*event)(void *self, const struct Dcf__V1__AuditEvent *e),
                               void (*other)(void *self, const char *case_key), void *self);

typedef struct dcf_ledger_held {
    const char *held_id, *reason, *case_key, *type;
    const char *source_party, *source_link, *destination_party;
    int64_t held_ms, expires_ms; /* expires 0: until a person acts */
    dcf_message_status status;   /* of its message: held, not_delivered, rejected, expired … */
    uint64_t native_size;        /* bytes of the native body kept with it; 0: none */
    int32_t partition; /* where in dcf.held the whole record lies; -1: in the state of its case */
    int64_t offset;
    const struct Dcf__V1__Held *record; /* without envelope and body: the faults */
} dcf_ledger_held;

typedef struct dcf_ledger_held_filter {
    const char *reason, *party, *case_key; /* NULL: any; party matches sender or receiver */
    const char *held_id;                   /* NULL: any */
    int64_t since_ms;                      /* held at or after; 0: any */
    int64_t until_ms;                      /* held before; 0: any */
    const char
        *after_id; /* with since_ms: of those held at since_ms only ids after this; NULL: all */
    size_t limit;  /* 0: DCF_LEDGER_LIMIT; never more than that */
} dcf_ledger_held_filter;

enum { DCF_LEDGER_LIMIT = 1000 };

/* What is held now (not: taken, released, expired, delivered, discarded since), oldest first, by id
 * within a millisecond. */
DCF_RESULT dcf_ledger_held_list(dcf_ledger *l, const dcf_ledger_held_filter *f,
                                void (*cb)(void *self, const dcf_ledger_held *h), void *self);

/* How many are held now of each reason, and the oldest of them; most first. */
DCF_RESULT dcf_ledger_held_reasons(dcf_ledger *l,
                                   void (*cb)(void *self, const char *code, uint64_t count,
                                              int64_t oldest_ms),
                                   void *self);

/* One link's balance: received = in_flight + held + refused + delivered. */
typedef struct dcf_ledger_link {
    const char *link;
    uint64_t received; /* messages that came (RECEIVED, or REFUSED at the door) */
    uint64_t applied;  /* events: a case took one */
    uint64_t in_flight, held, refused, delivered; /* messages by where they are now */
    uint64_t duplicates, conflicts;
    int64_t imbalance;           /* received minus the four: not 0 is an alarm */
    int64_t oldest_in_flight_ms; /* when the oldest in flight came; 0: none */
} dcf_ledger_link;

DCF_RESULT dcf_ledger_links(dcf_ledger *l, void (*cb)(void *self, const dcf_ledger_link *k),
                            void *self);

/*
 * The same for the messages that came in a time range (to_ms 0: without end), by where they are
 * now; link NULL: all. applied and oldest_in_flight_ms stay 0.
 */
DCF_RESULT dcf_ledger_balance(dcf_ledger *l, const dcf_time_range *range, const char *link,
                              void (*cb)(void *self, const dcf_ledger_link *k), void *self);

/* What the audit shows to be wrong, message by message: each is an alarm. */
typedef struct dcf_ledger_finding {
    const char *message_id; /* CASE>PARTY#NUMBER when all that is known is that number's absence;
                               unreadable: TOPIC/PARTITION/OFFSET */
    const char *kind; /* lost: an event is missing; doubled: one is there twice; invented: it has a
                         history and never came; gap, clash: numbers of its case were missing or
                         taken before its delivery; unreadable: a record, and what it
                         tells is not counted */
    const char *missing; /* lost: "applied", "routed", "decision"; else "" */
    const char *link;    /* "" for a number's absence */
    const char *case_key, *party;
    int64_t at_ms; /* of the event that showed it; of the record that is unreadable */
} dcf_ledger_finding;

/* In a time range (of at_ms), oldest first; link NULL: all (what is unreadable may be of any);
 * limit 0: DCF_LEDGER_LIMIT. */
DCF_RESULT dcf_ledger_findings(dcf_ledger *l, const dcf_time_range *range, const char *link,
                               size_t limit, void (*cb)(void *self, const dcf_ledger_finding *f),
                               void *self);

typedef struct dcf_ledger_totals {
    uint64_t events, cases, messages, held; /* held: open held records */
    uint64_t findings;                      /* see dcf_ledger_findings */
    uint64_t unreadable;                    /* of the findings */
    int64_t last_ms;                        /* newest event; 0: none */
} dcf_ledger_totals;

DCF_RESULT dcf_ledger_totals_get(dcf_ledger *l, dcf_ledger_totals *ret);

/* How often each reason code was given (refused, held, expired, not delivered), most frequent
 * first. */
DCF_RESULT dcf_ledger_reasons(dcf_ledger *l,
                              void (*cb)(void *self, const char *code, uint64_t count,
                                         int64_t last_ms),
                              void *self);

#endif
