/*
 * attempt.h - one try to hand one message to its receiver: write it in the
 * receiver's dialect, send it by the link's transport, and say what came of it.
 *
 * What an HTTP answer means stands in one table (attempt.c). A timeout or a
 * broken connection leaves it open whether the receiver has it: it is tried
 * again with the same Idempotency-Key. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_ATTEMPT_H
#define DCF_DAEMON_ATTEMPT_H

#include "base/buf.h"
#include "dcf/translate.h"
#include "delivery/scheduler.h"
#include "http/client.h"
#include "model/party.h"

typedef struct dcf_outcome_of_attempt {
    dcf_attempt_result result;
    uint64_t retry_after_ms; /* what the receiver asked for; 0: nothing */
    int http_status;         /* 0 when there was none */
    const char *reason; /* one of the literals in attempt.c: "delivered", "receiver timed out" */
    const dcf_faults *faults; /* REFUSED: why; borrowed for the call; may be NULL */
    dcf_span receiver_text;   /* OK: what the receiver calls it (body of its answer, at most 4 KiB);
                                 borrowed */
} dcf_outcome_of_attempt;

/* Called exactly once an attempt, from dcf_attempt_start or from dcf_http_client_poll. */
typedef void dcf_attempt_done(void *job, const dcf_outcome_of_attempt *outcome);

typedef struct dcf_attempt_road { /* how to reach one party; all borrowed, all outlive the attempts
                                   */
    const dcf_link *link;
    const dcf_dialect *dialect;
    dcf_http_client *client; /* NULL for a spool */
    const char *token;       /* bearer token, or NULL */
    size_t message_memory;   /* bytes of arena for one message */
    const char *compare;     /* folder for what is delivered in shadow (shadow.h); NULL: none */
} dcf_attempt_road;

/* packed: the envelope as it lay on the topic; copied where needed. done may run before this
 * returns. */
void dcf_attempt_start(const dcf_attempt_road *road, dcf_span packed, dcf_attempt_done *done,
                       void *job);

#endif
