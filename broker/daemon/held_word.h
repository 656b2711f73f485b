/*
 * held_word.h - an operator's word on one held record, made ready for the exchange: the record is
 * fetched from where it lies, translated anew or put right when that is asked for, and wrapped in
 * an envelope under the key of its case. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_HELD_WORD_H
#define DCF_DAEMON_HELD_WORD_H

#include "daemon/gateway.h"
#include "daemon/held_correct.h"
#include "kafka/fetch.h"

typedef struct dcf_held_place { /* a held row of the ledger; the caller owns the texts */
    char *held_id, *reason, *case_key, *party; /* party: receiver */
    int64_t held_ms;
    int32_t partition; /* -1: it waits in the state of its case */
    int64_t offset;
} dcf_held_place;

typedef struct dcf_held_words { /* how words are made; all borrowed */
    const dcf_parties *parties;
    dcf_gateway *gateway;
    dcf_fetcher *fetcher;
    const char *topic; /* of what is held */
} dcf_held_words;

typedef struct dcf_held_said { /* who says what */
    const Dcf__V1__HeldJob *job;
    const char *approved_by;
} dcf_held_said;

/*
 * The word in the arena. FAULTY with why filled: this cannot be done with it. NOT_FOUND: its record
 * is not there (why is filled too). TRANSIENT: try again.
 */
DCF_RESULT dcf_held_word_make(const dcf_held_words *w, const dcf_held_said *said,
                              const dcf_held_place *place, dcf_arena *arena,
                              Dcf__V1__Envelope **ret, char why[DCF_WHY_SIZE]);

#endif
