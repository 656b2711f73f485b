/*
 * shadow.h - what a link in shadow made, compared with what came the old way.
 *
 * COMPARE/LINK/new/NAME is what the receiver's link would have got, in its dialect. Whoever runs
 * the old way puts a copy of what it delivered into COMPARE/LINK/reference/NAME; NAME is the
 * sender's own id of the message (other characters than letters, digits, - and . are _) with .xml
 * or .json. When both lie there they are read by the receiver's dialect and compared value by
 * value; the result is told to the exchange as a receipt, and then both go to done/ with
 * NAME.differences, which holds paths, no values. Source: Recommendation 4.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_SHADOW_H
#define DCF_DAEMON_SHADOW_H

#include "daemon/dialects.h"
#include "dcf/v1/envelope.pb-c.h"
#include "ledger/criteria.h"

/* Writes new/NAME, and beside it .NAME.about: the envelope without its body. UNAVAILABLE: the
 * folder cannot be written. */
DCF_RESULT dcf_shadow_write(const char *folder, const Dcf__V1__Envelope *e, dcf_span native,
                            const char *ending);

typedef struct dcf_shadow_config { /* all borrowed */
    const char *compare;           /* COMPARE */
    const dcf_parties *parties;
    const dcf_dialects *dialects;
    const dcf_criteria *criteria; /* which differences are explained; NULL: none */
    size_t memory;                /* bytes of arena for one comparison */
    /* Takes the packed receipt of a comparison; OK only when Kafka has it. */
    DCF_RESULT (*tell)(void *self, const Dcf__V1__Envelope *receipt, dcf_span packed);
    void *self;
} dcf_shadow_config;

/* Compares all pairs that lie there; returns how many. What cannot be read or told stays, and is
 * logged. */
size_t dcf_shadow_compare(const dcf_shadow_config *config);

#endif
