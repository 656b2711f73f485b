/*
 * book.h - what the two ends of the road know: every message sent, every one that arrived, and what
 * is wrong between the two. It lives in a process that no fault touches, so its counts are exact.
 *
 * A message is (case, number): number 0 opens the case, the others follow in order.
 * It is accepted when the broker answered that it has it, and applied when the CPS
 * took it for the first time. An inbox holds what a party was given, per case by the
 * broker's sequence: the same message offered again is no fault (its key tells), any
 * other repetition or gap is.
 * Thread rule: any thread. SPDX-License-Identifier: MIT
 */
#ifndef DCF_CHAOS_BOOK_H
#define DCF_CHAOS_BOOK_H

#include "dcf/span.h"

#include <stdint.h>

typedef struct book book;

typedef enum book_party { BOOK_CPS, BOOK_FORCE, BOOK_PARTIES } book_party;

typedef enum book_arrival {
    BOOK_NEW,
    BOOK_AGAIN,    /* the same message under the same sequence: offered again */
    BOOK_DISORDER, /* not the next of its case, or another message under a sequence that was given
                    */
} book_arrival;

typedef struct book_counts {
    size_t planned, accepted, applied; /* messages of the force */
    size_t lost;                       /* accepted, not applied */
    size_t twice;                      /* applied again under another sequence */
    size_t disorder;                   /* sequences, or the messages of a case, out of order */
    size_t damaged;                    /* arrived without the mark of its content */
    size_t again[BOOK_PARTIES];        /* offered again */
    size_t given[BOOK_PARTIES];        /* taken by a party, receipts and answers included */
    size_t answers_planned, answers;   /* triage outcomes: accepted by the broker, at the force */
    size_t answers_twice;
    size_t faults;                                         /* marks */
    double recovery_p50_s, recovery_p99_s, recovery_max_s; /* of the marks that were reached */
    size_t unrecovered;                                    /* marks not reached yet */
} book_counts;

/* NULL: no memory. The caller frees. */
book *book_new(size_t cases, size_t per_case);
void book_free(book *b);

void book_accepted(book *b, size_t of_case, size_t number, int64_t now_ms);
/* One delivery at a party. key: the idempotency key. */
book_arrival book_arrived(book *b, book_party party, size_t of_case, uint64_t sequence,
                          const char *key);
/* The CPS takes a message of the force it had not; whole: its content bears its mark. */
void book_applied(book *b, size_t of_case, size_t number, bool whole, int64_t now_ms);
void book_answer_accepted(book *b);
void book_answered(book *b, size_t of_case); /* a triage outcome came to the force */

/* A fault ends now: recovered when everything accepted until now is applied. */
void book_mark(book *b, int64_t now_ms);
void book_count(book *b, book_counts *ret);
/* Appends the ids of up to max messages that are lost, one a line: for who looks for them. */
void book_missing(book *b, size_t max, char *out, size_t size);

#endif
