/*
 * measures.h - what the daemon counts: one row a metric (the table is in
 * measures.c), one function an occasion.
 * What can be read off at any moment (queues, links, held) ops measures by itself. Any thread.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_MEASURES_H
#define DCF_DAEMON_MEASURES_H

#include "ops/metrics.h"

typedef struct dcf_metrics dcf_measures;

DCF_RESULT dcf_measures_open(dcf_measures **ret);

/* The gateway settled a document: outcome accepted, refused or busy. */
void dcf_measure_arrival(dcf_measures *m, const char *link, const char *outcome);
/* An attempt to deliver ended; reason as in attempt.c. */
void dcf_measure_attempt(dcf_measures *m, const char *party, const char *reason);
/* Deliveries became final and committed. */
void dcf_measure_final(dcf_measures *m, const char *party, size_t count);
/* One exchange transaction: messages in it, outcome committed, aborted or unknown, seconds it took.
 */
void dcf_measure_transaction(dcf_measures *m, const char *outcome, size_t messages, double seconds);
/* What the exchange made: deliver, held, audit. */
void dcf_measure_output(dcf_measures *m, const char *kind, size_t count);
/* A clock of a case was warned of or missed: what says which. */
void dcf_measure_deadline(dcf_measures *m, const char *clock, const char *what);
/* The version of the rules that decide now. */
void dcf_measure_rules(dcf_measures *m, const char *rules);

#endif
