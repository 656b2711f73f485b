/*
 * breaker.h - when a receiver is away: backoff of a message, breaker and retry budget of its party.
 *
 * Closed: attempts flow. Open: none, until a time. Half-open: one probe; its
 * result closes the breaker or opens it for longer. Failures of one and the same
 * case in a row count once, so that one poisoned case never stops its party.
 * Internal to the room. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DELIVERY_BREAKER_H
#define DCF_DELIVERY_BREAKER_H

#include "delivery/scheduler.h"

typedef struct dcf_breaker {
    uint32_t failures; /* in a row, since the last answer */
    uint32_t openings; /* in a row */
    bool open;
    int64_t opened_ms, until_ms;
    const void *last_case; /* whose failure came last; only compared */
    dcf_delivery probe;    /* the one attempt let through; 0: none out */
} dcf_breaker;

/* Whether an attempt may start; while open, it would be the probe. */
bool dcf_breaker_allows(const dcf_breaker *b, int64_t now_ms);
void dcf_breaker_started(dcf_breaker *b, dcf_delivery d);
void dcf_breaker_answered(dcf_breaker *b); /* the receiver spoke: OK or REFUSED */
void dcf_breaker_failed(dcf_breaker *b, const dcf_scheduler_config *c, dcf_delivery d,
                        const void *of_case, int64_t now_ms, int64_t retry_after_ms);
/* The attempt ended without a result. */
void dcf_breaker_forget(dcf_breaker *b, dcf_delivery d);

typedef struct dcf_budget {
    uint64_t units; /* a token is 60000: one millisecond of one token a minute is one unit */
    int64_t at_ms;
} dcf_budget;

void dcf_budget_init(dcf_budget *b); /* the first refill fills it */
void dcf_budget_refill(dcf_budget *b, const dcf_scheduler_config *c, int64_t now_ms);
void dcf_budget_give(dcf_budget *b, const dcf_scheduler_config *c);
bool dcf_budget_has(const dcf_budget *b);
void dcf_budget_spend(dcf_budget *b);
/* When there is a token, if none is given. */
int64_t dcf_budget_next(const dcf_budget *b, const dcf_scheduler_config *c);

/* Exponential with full jitter, at least 1 ms, never before what the receiver asked for. */
int64_t dcf_backoff_ms(const dcf_scheduler_config *c, uint32_t attempts, int64_t retry_after_ms);

#endif
