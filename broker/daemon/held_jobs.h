/*
 * held_jobs.h - the jobs of operators as the records of the job topic tell them: what was asked,
 * the last word on it, how far it is. Every daemon has the same list, for all read the same topic.
 * Thread rule: one thread at a time. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_HELD_JOBS_H
#define DCF_DAEMON_HELD_JOBS_H

#include "daemon/held_word.h"

enum { DCF_HELD_JOBS_MAX = 500 }; /* the oldest finished one goes for a new one */

typedef struct dcf_held_work { /* what the daemon that does a job has in hand of it; not kept */
    dcf_held_place *places;
    size_t count, next;
    int64_t since_ms; /* after these all are done */
    char *after_id;
    size_t id_next; /* of the selection's ids */
    int64_t due_ms; /* monotonic */
    int64_t noted_ms;
    bool begun;
} dcf_held_work;

typedef struct dcf_held_job {
    dcf_arena arena; /* the definition */
    Dcf__V1__HeldJob *def;
    Dcf__V1__JobState state;
    char approved_by[64], instance[128], last_error[DCF_WHY_SIZE + 128];
    uint64_t done, failed;
    int64_t changed_ms;
    dcf_held_work work;
} dcf_held_job;

typedef struct dcf_held_jobs {              /* zeroed: none */
    dcf_held_job *items[DCF_HELD_JOBS_MAX]; /* oldest first */
    size_t count;
} dcf_held_jobs;

void dcf_held_jobs_fini(dcf_held_jobs *t);
dcf_held_job *dcf_held_jobs_find(const dcf_held_jobs *t, const char *job_id);
/* Takes one record in the order of the topic; the same one twice changes nothing. CORRUPT, NOMEM;
 * LIMIT: as many jobs as may be are not finished. */
DCF_RESULT dcf_held_jobs_take(dcf_held_jobs *t, dcf_span record);
void dcf_held_places_free(dcf_held_work *w);
/* Forgets what was in hand: it is looked up again. */
void dcf_held_work_fini(dcf_held_work *w);
const char *dcf_held_state_text(Dcf__V1__JobState s);

#endif
