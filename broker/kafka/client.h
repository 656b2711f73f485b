/*
 * client.h - how to reach a Kafka cluster, and whether it can be reached.
 *
 * Every client of the room starts from the same hardened settings (client.c);
 * properties may add to them (security.protocol, sasl.*, ssl.*, ...) but not
 * take away what the guarantees rest on: those names are refused.
 * What the client library says goes to dcf_log; it never holds a message.
 * Thread rule: a conf is read only during the call it is given to.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_KAFKA_CLIENT_H
#define DCF_KAFKA_CLIENT_H

#include "dcf/status.h"

typedef struct dcf_kafka_conf {
    const char *bootstrap;         /* "host:port,host:port" */
    const char *client_id;         /* shown in the brokers' logs and quotas; NULL means "dcf" */
    const char *const *properties; /* key, value, key, value, NULL; or NULL */
} dcf_kafka_conf;

/* A reason ready to print. */
typedef struct dcf_kafka_error {
    char text[256];
} dcf_kafka_error;

/*
 * Asks the cluster who its brokers are. OK with their number; CONFIG names the
 * property that is refused; UNAVAILABLE or TIMEOUT with the last reason heard.
 * err may be NULL. Blocks at most about timeout_ms.
 */
DCF_RESULT dcf_kafka_probe(const dcf_kafka_conf *conf, int timeout_ms, int *ret_brokers,
                           dcf_kafka_error *err);

/*
 * Begins anew as the writer of transactions transactional_id, which must be nobody else's: that
 * is written down by a coordinator and all replicas it needs. UNAVAILABLE, TIMEOUT: it was not, so
 * no transaction can be committed, though brokers may answer. Others say why it was not tried, or
 * are an answer (this id may not write). Blocks at most about timeout_ms.
 */
DCF_RESULT dcf_kafka_probe_commit(const dcf_kafka_conf *conf, const char *transactional_id,
                                  int timeout_ms);

#endif
