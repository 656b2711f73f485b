/*
 * rk.h - what the files of this room share about librdkafka; no other room includes it.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_KAFKA_RK_H
#define DCF_KAFKA_RK_H

#include "kafka/client.h"
#include "kafka/record.h"

#include <librdkafka/rdkafka.h>

enum {
    DCF_RK_CALL_MS = 10000,   /* one question to the cluster */
    DCF_RK_OFFSETS_MS = 3000, /* one about offsets, while a caller holds partitions */
    DCF_RK_DESTROY_MS = 10000 /* a client that takes longer to go is left behind */
};

/* Lists of them end with a NULL key. */
typedef struct dcf_rk_setting {
    const char *key, *value;
} dcf_rk_setting;

/*
 * The settings of one kind of client: the room's defaults, then `soft`, then the
 * properties of conf, then `hard`, which properties may not name. CONFIG with err filled and
 * logged. The caller destroys *ret.
 */
DCF_RESULT dcf_rk_conf(const dcf_kafka_conf *conf, const dcf_rk_setting soft[],
                       const dcf_rk_setting hard[], rd_kafka_conf_t **ret, dcf_kafka_error *err);
/* Sets one pair that came from a caller (a group, a transactional id). */
DCF_RESULT dcf_rk_set(rd_kafka_conf_t *rc, const char *key, const char *value,
                      dcf_kafka_error *err);
/* A client made from a copy of rc, with this opaque for its callbacks. */
DCF_RESULT dcf_rk_new(rd_kafka_type_t type, const rd_kafka_conf_t *rc, void *opaque,
                      rd_kafka_t **ret, dcf_kafka_error *err);
/*
 * Closes (a consumer leaves its group) and destroys in a thread of its own, since
 * either can hang in 2.0.2 (#4187, #4724); after DCF_RK_DESTROY_MS the thread is
 * left to itself. Callbacks may run there. opaque (malloc'd or NULL) is freed last.
 */
void dcf_rk_destroy(rd_kafka_t *rk, void *opaque);

/* For rd_kafka_conf_set_log_cb; dcf_rk_conf does it. */
void dcf_rk_on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text);
dcf_status dcf_rk_status(rd_kafka_resp_err_t err);
/* The status of e, which is destroyed. e must not be NULL. */
dcf_status dcf_rk_error(rd_kafka_error_t *e);
/*
 * The oldest offset of a partition and one past the newest, as this client may read it. Instead of
 * rd_kafka_query_watermark_offsets, which in 2.0.2 asks a leader that has just died again and again
 * until it is back. TIMEOUT after DCF_RK_OFFSETS_MS each.
 */
dcf_status dcf_rk_watermarks(rd_kafka_t *rk, const char *topic, int32_t partition, int64_t *ret_low,
                             int64_t *ret_high);
/* Logs a failed call: what it was, and the client's words. */
void dcf_rk_log(rd_kafka_t *rk, const char *what, const char *text);

/* Fetches the metadata of topics, so that the first message to each does not wait a second (#5032).
 */
void dcf_rk_warm(rd_kafka_t *rk, const char *const *topics, size_t n);
/* Copies out into the local queue; opaque comes back with the delivery report. */
dcf_status dcf_rk_produce(rd_kafka_t *rk, const dcf_out *out, void *opaque);
/* Takes m. */
void dcf_rk_record(rd_kafka_message_t *m, dcf_record *ret);

#endif
