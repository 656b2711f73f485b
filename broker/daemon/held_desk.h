/*
 * held_desk.h - where operators' requests about held messages are served: previews, jobs that work
 * through what is held at a given rate, approval by a second person, stop and resume.
 *
 * Nothing is written around the exchange: a job submits one word a held record (held_word.h), and
 * the exchange lets each record be acted upon once. So a job has no cursor of its own to lose:
 * what is still held, by the ledger, is what is left to do, and saying a word twice is harmless.
 * Only what is not held yet is held here: the delivery thread takes it out of its queue.
 * Definition, words and progress of jobs lie on the job topic (held_jobs.h); the daemon an
 * operator speaks to does the job, also after it was killed; another takes it by resume.
 * Thread rule: owns a thread; ask from any. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_HELD_DESK_H
#define DCF_DAEMON_HELD_DESK_H

#include "daemon/config.h"
#include "daemon/gateway.h"
#include "ledger/ledger.h"
#include "ops/ops.h"

#include <stdatomic.h>

typedef struct dcf_held_desk dcf_held_desk;

typedef struct dcf_held_desk_config { /* all borrowed, all outlive the desk */
    const dcf_config *config;
    const dcf_kafka_conf *kafka;
    dcf_gateway *gateway;
    dcf_ledger *ledger;
    const _Atomic bool *ledger_ready; /* all that was committed at its start is in the ledger */
    /* As dcf_window_hold, of the party's queue in this daemon; from any thread. */
    dcf_status (*hold)(void *self, const char *party, const char *message_id, const char *job);
    void *self;
} dcf_held_desk_config;

DCF_RESULT dcf_held_desk_start(const dcf_held_desk_config *config, dcf_held_desk **ret);
/* Asks it to end; does not wait. Accepts NULL. */
void dcf_held_desk_stop(dcf_held_desk *d);
/* Waits for its thread and frees; who still waits is answered 503. Accepts NULL. */
void dcf_held_desk_join(dcf_held_desk *d);
/* Copies the request. done is called once, also when the desk cannot serve. */
void dcf_held_desk_ask(dcf_held_desk *d, const dcf_held_request *request, dcf_held_done *done,
                       void *ctx);

#endif
