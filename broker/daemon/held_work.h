/*
 * held_work.h - the inside of the desk (held_desk.h): what its thread owns, and the work on one
 * job. Internal to the desk's files. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_HELD_WORK_H
#define DCF_DAEMON_HELD_WORK_H

#include "daemon/held_desk.h"
#include "daemon/held_jobs.h"
#include "kafka/reader.h"

#include <pthread.h>

typedef struct dcf_held_question dcf_held_question; /* waits for the thread; held_desk.c */

struct dcf_held_desk {
    dcf_held_desk_config config;
    pthread_t thread;
    atomic_bool stop;
    pthread_mutex_t lock; /* guards what follows, up to the line */
    pthread_cond_t news;
    dcf_held_question *first, **last;
    size_t waiting;
    bool acked;
    dcf_status ack;
    /* --- the thread's own */
    dcf_producer *producer;
    dcf_fetcher *fetcher;
    dcf_reader *reader; /* NULL: not connected */
    dcf_held_jobs jobs;
};

/* Kafka has it; waits for that. TIMEOUT: not known, send it again. */
DCF_RESULT held_send_record(dcf_held_desk *d, const char *key, const Dcf__V1__JobRecord *r);
DCF_RESULT held_send_word(dcf_held_desk *d, const Dcf__V1__Envelope *word);

/* What a job like this would act upon now. IO: the ledger cannot be read. */
DCF_RESULT held_preview(dcf_held_desk *d, const Dcf__V1__HeldJob *job, dcf_held_preview *ret);
/* Whether the word can be said on the one message that job is about. As dcf_held_word_make;
 * NOT_FOUND also when it is held no more. */
DCF_RESULT held_try_one(dcf_held_desk *d, const Dcf__V1__HeldJob *job, char why[DCF_WHY_SIZE]);
/* Does what is due of the jobs of this daemon. */
void held_work_all(dcf_held_desk *d);

/* held_answer.c: serves one request; done is called once. */
void held_answer(dcf_held_desk *d, const dcf_held_request *q, dcf_held_done *done, void *ctx);

#endif
