/*
 * delivery_job.h - one message on its way to its receiver, from the topic until what
 * became of it is told. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_DELIVERY_JOB_H
#define DCF_DAEMON_DELIVERY_JOB_H

#include "daemon/attempt.h"
#include "daemon/config.h"
#include "delivery/scheduler.h"
#include "kafka/record.h"

/* The partitions of a party's topics, one topic a lane, are numbered through: places. */
enum { DCF_PLACES_MAX = DCF_LANES * DCF_PARTITIONS_MAX };

static inline int32_t dcf_place_of(dcf_lane lane, int32_t partition)
{
    return (int32_t)lane * DCF_PARTITIONS_MAX + partition;
}

typedef struct dcf_job {
    void *owner; /* the loop; set by it */
    dcf_delivery handle;
    char *topic;
    dcf_lane lane; /* set by the loop */
    int32_t partition;
    int64_t offset, deadline_ms; /* deadline: wall clock; 0: none */
    char *id, *key, *type, *supersedes;
    dcf_buf packed; /* the envelope; let go once final, and while absent (scheduler.h) */
    bool untouched; /* set by the loop: nobody attempted it before */
    bool in_flight;
    const char *failure;   /* of the last attempt that failed: a literal of attempt.c; NULL: none */
    int failure_status;    /* HTTP status of it; 0: there was none */
    bool dropped;          /* its partition went away while it was in flight */
    dcf_buf receipt, held; /* packed, once final and not yet told; held: only when it was refused */
    dcf_buf audit;         /* packed, only when it could not be read, so that no receipt tells */
    struct dcf_job *next;  /* in a list of the loop */
    size_t slot;           /* in the window */
} dcf_job;

/* Copies r. NULL when out of memory. */
dcf_job *dcf_job_new(const dcf_record *r);
void dcf_job_free(dcf_job *j); /* accepts NULL */

typedef struct dcf_job_end {
    const char *party;
    const dcf_dialect *dialect; /* the party's */
    uint32_t attempts;
    size_t memory;     /* bytes of arena */
    size_t record_max; /* bytes of one Kafka record */
} dcf_job_end;

/*
 * The job is final: makes the receipt, and when it was refused the held record, which keeps the
 * message whole, or, when that is no record any more, says where on the topic it lies. A message
 * that cannot be read is held as the bytes that came, without a receipt. NOMEM: nothing was made.
 */
DCF_RESULT dcf_job_conclude(dcf_job *j, const dcf_outcome_of_attempt *o, const dcf_job_end *end);
/* Kafka refuses j's records for good: less is told. False when nothing is left to tell. */
bool dcf_job_tell_less(dcf_job *j, size_t memory);

/* First in, first out; owns its jobs. */
typedef struct dcf_job_list {
    dcf_job *first, **end;
    size_t count;
} dcf_job_list;

void dcf_job_list_init(dcf_job_list *l);
void dcf_job_list_add(dcf_job_list *l, dcf_job *j);
dcf_job *dcf_job_list_take(dcf_job_list *l);             /* NULL: empty */
void dcf_job_list_put_back(dcf_job_list *l, dcf_job *j); /* what was taken last is first again */
/* Frees the jobs of a place; -1: all. */
void dcf_job_list_drop(dcf_job_list *l, int32_t place);

#endif
