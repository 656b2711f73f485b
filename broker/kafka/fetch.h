/*
 * fetch.h - one record by its place: to look at, or to act upon, what another topic points to.
 * Only committed records are given. Thread rule: one thread at a time. SPDX-License-Identifier: MIT
 */
#ifndef DCF_KAFKA_FETCH_H
#define DCF_KAFKA_FETCH_H

#include "kafka/client.h"
#include "kafka/record.h"

typedef struct dcf_fetcher dcf_fetcher;

DCF_RESULT dcf_fetcher_open(const dcf_kafka_conf *conf, dcf_fetcher **ret, dcf_kafka_error *err);
void dcf_fetcher_close(dcf_fetcher *f); /* accepts NULL */
/*
 * The record (dcf_record_free it before the next call). NOT_FOUND: there is none at that offset, or
 * none any more; TIMEOUT: not told in time.
 */
DCF_RESULT dcf_fetcher_get(dcf_fetcher *f, const char *topic, int32_t partition, int64_t offset,
                           int timeout_ms, dcf_record *ret);

#endif
