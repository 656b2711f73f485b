/*
 * scheduler.h - what to deliver to one party next, and why the rest waits.
 *
 * A bounded window of undelivered messages, of each lane so many. Within a case strictly first in,
 * first out; the urgent lane before the ordinary, and in a lane the nearest deadline
 * first, aged so that nothing starves; a failing head waits out its backoff while other cases go
 * on; a limit
 * on attempts in flight; a circuit breaker with one probe; a retry budget. It
 * also keeps the completed offsets of each partition, as the text of a commit's
 * metadata, so that a restart does not deliver them again.
 *
 * A case with very many messages does not fill the window: of it only so many are kept whole, the
 * rest are absent: known by their offset, and to be read again (_wants) when those before are done.
 *
 * Pure: no clock, no I/O, no own randomness. Same calls, same answers.
 * Cost: O(log cases) an operation, nothing allocated after _new but a slot per assigned partition.
 * A newer version of a waiting message takes its place without an attempt, when the receiver cannot
 * have the older one; it stands where it came, so that the order of the case is kept.
 * Ownership: a message's strings are borrowed until its result is OK or REFUSED,
 * or its partition is revoked. Times are milliseconds of one clock that does not go back.
 * Thread rule: one thread at a time. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DELIVERY_SCHEDULER_H
#define DCF_DELIVERY_SCHEDULER_H

#include "dcf/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct dcf_scheduler dcf_scheduler;

/* Roads to one party that do not fill each other. A case is on one at a time. */
typedef enum dcf_lane { DCF_LANE_ORDINARY, DCF_LANE_URGENT, DCF_LANES } dcf_lane;

typedef struct dcf_scheduler_config {
    size_t window;          /* most messages kept whole, of each lane */
    size_t window_bytes;    /* most bytes of them; one larger message still fits an empty lane */
    size_t case_messages;   /* most messages of a case kept whole */
    size_t absent;          /* most messages known by their offset alone, of each lane */
    size_t concurrency;     /* most attempts in flight */
    int64_t ageing_ms;      /* a message is never overtaken by one of its lane that came this
                               much later, nor by an urgent one that came twice as much later */
    int64_t backoff_ms;     /* ceiling of the first wait; doubles with each attempt */
    int64_t backoff_cap_ms; /* ceiling of all waits */
    int64_t retry_after_cap_ms; /* most a receiver's Retry-After may ask */
    uint32_t
        breaker_failures;    /* consecutive failures, not all of one case, that open the breaker */
    int64_t breaker_open_ms; /* first time open; doubles with each failed probe */
    int64_t breaker_cap_ms;
    uint32_t retry_burst;      /* retry budget: tokens at most; each success gives one */
    uint32_t retry_per_minute; /* and time gives these, so that it always recovers */
    uint64_t (*random)(void *ctx);
    void *random_ctx;
} dcf_scheduler_config;

/* Sensible settings; random must still be set. */
extern const dcf_scheduler_config dcf_scheduler_defaults;

typedef struct dcf_scheduler_message {
    const char *id;
    const char *case_key;
    int32_t partition; /* a number of the caller's, another for each lane */
    dcf_lane lane;
    int64_t offset;      /* ascending within its partition; this is the order within a case */
    int64_t deadline_ms; /* nearest clock of the case; 0: none */
    int64_t arrived_ms;
    const char *supersedes; /* id of an earlier message of the case, whose newer version this is;
                               NULL or "": none */
    bool untouched;         /* nobody can have attempted it before it came into this window */
    size_t size;            /* bytes it keeps in memory */
    void *user;             /* the caller's own; never looked at */
} dcf_scheduler_message;

typedef uint64_t dcf_delivery; /* a message in the window; 0 is none. A stale one is recognised,
                                  never followed. */

typedef enum dcf_attempt_result {
    DCF_ATTEMPT_OK,      /* the receiver has it */
    DCF_ATTEMPT_RETRY,   /* it may take it later */
    DCF_ATTEMPT_UNSENT,  /* the same, and it cannot have it: nothing was sent */
    DCF_ATTEMPT_LOCKED,  /* the same: the receiver lives, and this case alone must wait */
    DCF_ATTEMPT_REFUSED, /* it never will: the case goes on, the caller tells the sender */
    DCF_ATTEMPT_SKIPPED, /* not tried: a newer version takes its place (see _superseded_by) */
    DCF_ATTEMPT_HELD     /* not tried: a person took it out (see _take) */
} dcf_attempt_result;

/* Whether the message is done with; else it is tried again. */
static inline bool dcf_attempt_is_final(dcf_attempt_result r)
{
    return r == DCF_ATTEMPT_OK || r == DCF_ATTEMPT_REFUSED || r == DCF_ATTEMPT_SKIPPED ||
           r == DCF_ATTEMPT_HELD;
}

typedef enum dcf_wait {
    DCF_WAIT_NONE,       /* the next free attempt may be its */
    DCF_WAIT_IN_FLIGHT,  /* being attempted */
    DCF_WAIT_BEHIND,     /* behind an earlier message of its case */
    DCF_WAIT_ABSENT,     /* it must be read again first */
    DCF_WAIT_BACKOFF,    /* its last attempt failed */
    DCF_WAIT_BREAKER,    /* the receiver is away: the breaker is open, or its probe is out */
    DCF_WAIT_BUDGET,     /* the party's retry budget is spent */
    DCF_WAIT_CONCURRENCY /* as many attempts as allowed are in flight */
} dcf_wait;

typedef struct dcf_explanation {
    dcf_wait why;
    const char
        *behind;      /* BEHIND: id of the message at the head of its case; else NULL. Borrowed. */
    int64_t since_ms; /* it waits for this reason since */
    int64_t next_ms;  /* tried at the earliest; INT64_MAX: when another is done */
    uint32_t attempts;
} dcf_explanation;

/* NOMEM, or CONFIG when a limit is zero or random is NULL. */
DCF_RESULT dcf_scheduler_new(const dcf_scheduler_config *config, dcf_scheduler **ret);
void dcf_scheduler_free(dcf_scheduler *s); /* accepts NULL */

/* Takes a partition on, from its committed offset and the metadata of that commit (NULL or "":
 * none). CORRUPT when the metadata is not readable or is not of this commit: then the partition is
 * taken on without marks (deliveries may repeat; the idempotency key covers them). NOMEM. */
DCF_RESULT dcf_scheduler_assign(dcf_scheduler *s, int32_t partition, int64_t committed,
                                const char *metadata);
/* Forgets a partition and its messages; results that still come for them are ignored.
 * drop (may be NULL) is called for each, so the caller can release it. */
void dcf_scheduler_revoke(dcf_scheduler *s, int32_t partition, int64_t now_ms,
                          void (*drop)(void *ctx, const dcf_scheduler_message *m), void *ctx);

/* Adds a message. *ret is 0 when its offset is already completed or in the window: skip it.
 * AGAIN when the window is full, LIMIT when it would be one more that is absent and no more may be,
 * NOT_FOUND when the partition is not assigned. */
DCF_RESULT dcf_scheduler_add(dcf_scheduler *s, const dcf_scheduler_message *m, int64_t now_ms,
                             dcf_delivery *ret);
/* The message to attempt now, marked in flight; 0 when none may be. */
dcf_delivery dcf_scheduler_next(dcf_scheduler *s, int64_t now_ms);
/* The message of a handle; NULL when stale. Valid until its final result. */
const dcf_scheduler_message *dcf_scheduler_message_of(const dcf_scheduler *s, dcf_delivery d);
/* Failed attempts so far; 0 when stale. */
uint32_t dcf_scheduler_attempts(const dcf_scheduler *s, dcf_delivery d);
/*
 * The id of the newer version that takes the place of a message given by _next; NULL: deliver it.
 * Only when its receiver cannot have it: it was untouched, and no attempt was made that may have
 * reached the receiver. Then the result is SKIPPED.
 */
const char *dcf_scheduler_superseded_by(const dcf_scheduler *s, dcf_delivery d);
/*
 * Gives a message whatever its turn, as _next does, so that it can be ended as HELD. AGAIN: it is
 * in flight or absent, and may be had later; CONFLICT: it is not the first of its case; NOT_FOUND.
 */
DCF_RESULT dcf_scheduler_take(dcf_scheduler *s, dcf_delivery d, int64_t now_ms);
/* How an attempt ended. retry_after_ms: what the receiver asked for; 0: nothing. NOT_FOUND when
 * stale or not in flight. */
DCF_RESULT dcf_scheduler_result(dcf_scheduler *s, dcf_delivery d, int64_t now_ms,
                                dcf_attempt_result result, int64_t retry_after_ms);
/* When _next may give something without any other call: now_ms, a later time, or INT64_MAX. */
int64_t dcf_scheduler_wake(dcf_scheduler *s, int64_t now_ms);
DCF_RESULT dcf_scheduler_explain(const dcf_scheduler *s, dcf_delivery d, int64_t now_ms,
                                 dcf_explanation *ret);

typedef struct dcf_scheduler_load {
    size_t messages, bytes, cases, in_flight;
    size_t absent; /* of the messages */
    bool breaker_open;
} dcf_scheduler_load;
dcf_scheduler_load dcf_scheduler_load_of(const dcf_scheduler *s);
/* Whether a message of this size would be let in now, whole. */
bool dcf_scheduler_has_room(const dcf_scheduler *s, dcf_lane lane, size_t size);
/* Whether a lane that was full has given up enough, an eighth, that filling it again is worth the
 * reading. */
bool dcf_scheduler_is_low(const dcf_scheduler *s, dcf_lane lane);
/* Most messages there can be at once. */
size_t dcf_scheduler_capacity(const dcf_scheduler_config *config);

/* --- what is absent ------------------------------------------------------------------------ */

/* Whether only its offset is known: its size counts nothing until it is filled. */
bool dcf_scheduler_is_absent(const dcf_scheduler *s, dcf_delivery d);
/* How many more messages of a lane may be absent. */
size_t dcf_scheduler_absent_room(const dcf_scheduler *s, dcf_lane lane);
/* From where a partition of the lane is to be read again, now, in order and without a gap; said
 * once until that was done. False: from nowhere. What is known from there on, _add skips; what is
 * wanted, _wanted names. */
bool dcf_scheduler_wants(dcf_scheduler *s, dcf_lane lane, int32_t *ret_partition,
                         int64_t *ret_offset);
/* The absent message that lies there, when its case has room for it now; else 0. */
dcf_delivery dcf_scheduler_wanted(const dcf_scheduler *s, int32_t partition, const char *case_key,
                                  int64_t offset);
/* Of a known message at offset that comes again: one that was to come before it and did not, for it
 * is on the topic no more. 0: none. */
dcf_delivery dcf_scheduler_lost(const dcf_scheduler *s, int32_t partition, int64_t offset);
/* It was read again, and is whole. AGAIN when its lane is full. NOT_FOUND when it is not absent. */
DCF_RESULT dcf_scheduler_fill(dcf_scheduler *s, dcf_delivery d);
/* The reading could not be done: _wants will say it again. */
void dcf_scheduler_want_again(dcf_scheduler *s);

enum { DCF_COMMIT_METADATA_MAX = 3072 };
/* What to commit for a partition: the low-water mark and the metadata text (with NUL).
 * With very many open messages the metadata holds the lowest ones only. NOT_FOUND. */
DCF_RESULT dcf_scheduler_commit(const dcf_scheduler *s, int32_t partition, int64_t *ret_offset,
                                char ret_metadata[DCF_COMMIT_METADATA_MAX + 1]);

#endif
