/*
 * record.h - a message on its way into Kafka (dcf_out) and one that came out (dcf_record).
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_KAFKA_RECORD_H
#define DCF_KAFKA_RECORD_H

#include "dcf/span.h"

#include <stdbool.h>

typedef struct dcf_header {
    const char *name;
    dcf_span value;
} dcf_header;

/* Borrowed during the send call only: everything is copied. */
typedef struct dcf_out {
    const char *topic;
    int32_t partition; /* -1: by key, with the hash Java clients use (murmur2), so all producers
                          agree */
    dcf_span key;      /* data NULL: no key (then -1 means any partition) */
    dcf_span value;    /* data NULL: a tombstone */
    const dcf_header *headers;
    size_t header_count;
    int64_t timestamp_ms; /* since 1970; 0: now */
} dcf_out;

/* Its pointers live until dcf_record_free. */
typedef struct dcf_record {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* -1: none */
    dcf_span key;         /* data NULL: no key */
    dcf_span value;       /* data NULL: a tombstone */
    void *owner;          /* private */
} dcf_record;

/* Accepts a zeroed record; zeroes it. Free all records before their client is closed or reopened.
 */
void dcf_record_free(dcf_record *r);
/* The last header of that name; data NULL when there is none. */
dcf_span dcf_record_header(const dcf_record *r, const char *name);
/* The i-th header, in the order written; false past the end. */
bool dcf_record_header_at(const dcf_record *r, size_t i, dcf_header *ret);

#endif
