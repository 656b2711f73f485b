/*
 * client.c - the one place where clients are configured, made, judged and destroyed.
 * Numbers in comments (#5032) are librdkafka issues that 2.0.2 has. SPDX-License-Identifier: MIT
 */
#include "kafka/client.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/rk.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const dcf_rk_setting DEFAULTS[] = {
    {"socket.nagle.disable", "true"}, /* #4986: 44 ms a commit otherwise */
    {"socket.keepalive.enable", "true"},
    /* a frozen broker answers nothing and closes nothing: 60 s, 30 s by default */
    {"socket.timeout.ms", "8000"},
    {"socket.connection.setup.timeout.ms", "4000"},
    {"reconnect.backoff.max.ms", "2000"}, /* 10 s by default: a restarted broker waits
                                             for nothing */
    {"message.max.bytes", "16777216"},
    {"log.connection.close", "false"},
    {NULL, NULL}};

/* What the guarantees rest on, and what has a field of its own. */
/* clang-format off */
static const char *const RESERVED[] = {
    "bootstrap.servers", "metadata.broker.list", "client.id", "group.id", "transactional.id",
    "enable.idempotence", "acks", "request.required.acks", "partitioner", "enable.auto.commit",
    "enable.auto.offset.store", "auto.offset.reset", "isolation.level", "enable.partition.eof",
    "partition.assignment.strategy", NULL};
/* clang-format on */

void dcf_rk_on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    dcf_level at = level <= 2 ? DCF_LOG_ERROR : level <= 4 ? DCF_LOG_WARN : DCF_LOG_DEBUG;
    if (strcmp(facility, "AUTOCREATE") == 0)
        at = DCF_LOG_DEBUG; /* said at every question to the embedded cluster */
    dcf_log(at, "KAFKA_CLIENT", "client", rk ? rd_kafka_name(rk) : "", "facility", facility, "text",
            text, NULL);
}

void dcf_rk_log(rd_kafka_t *rk, const char *what, const char *text)
{
    dcf_log(DCF_LOG_WARN, "KAFKA_CALL_FAILED", "client", rd_kafka_name(rk), "call", what, "text",
            text, NULL);
}

/* --- configuration -------------------------------------------------------- */

static dcf_status refuse(dcf_kafka_error *err, const char *text)
{
    if (err) snprintf(err->text, sizeof err->text, "%s", text);
    dcf_log(DCF_LOG_ERROR, "KAFKA_CONFIG_REFUSED", "text", text, NULL);
    return DCF_ERR(CONFIG);
}

dcf_status dcf_rk_set(rd_kafka_conf_t *rc, const char *key, const char *value, dcf_kafka_error *err)
{
    char text[256];
    if (rd_kafka_conf_set(rc, key, value, text, sizeof text) != RD_KAFKA_CONF_OK)
        return refuse(err, text);
    return DCF_OK;
}

static DCF_RESULT set_all(rd_kafka_conf_t *rc, const dcf_rk_setting list[], dcf_kafka_error *err)
{
    for (; list && list->key; list++) DCF_TRY(dcf_rk_set(rc, list->key, list->value, err));
    return DCF_OK;
}

static DCF_RESULT set_properties(rd_kafka_conf_t *rc, const char *const *properties,
                                 dcf_kafka_error *err)
{
    char text[256];
    for (const char *const *p = properties; p && *p; p += 2) {
        if (!p[1]) {
            snprintf(text, sizeof text, "property \"%s\" has no value", p[0]);
            return refuse(err, text);
        }
        for (const char *const *r = RESERVED; *r; r++) {
            if (strcmp(*r, p[0]) != 0) continue;
            snprintf(text, sizeof text, "property \"%s\" is set by the broker itself", p[0]);
            return refuse(err, text);
        }
        DCF_TRY(dcf_rk_set(rc, p[0], p[1], err));
    }
    return DCF_OK;
}

static void conf_destroy(rd_kafka_conf_t **rc)
{
    if (*rc) rd_kafka_conf_destroy(*rc);
}

dcf_status dcf_rk_conf(const dcf_kafka_conf *conf, const dcf_rk_setting soft[],
                       const dcf_rk_setting hard[], rd_kafka_conf_t **ret, dcf_kafka_error *err)
{
    DCF_CLEANUP(conf_destroy) rd_kafka_conf_t *rc = rd_kafka_conf_new();
    if (!conf->bootstrap || !*conf->bootstrap) return refuse(err, "bootstrap is empty");
    DCF_TRY(set_all(rc, DEFAULTS, err));
    DCF_TRY(set_all(rc, soft, err));
    DCF_TRY(set_properties(rc, conf->properties, err));
    DCF_TRY(set_all(rc, hard, err));
    DCF_TRY(dcf_rk_set(rc, "bootstrap.servers", conf->bootstrap, err));
    DCF_TRY(dcf_rk_set(rc, "client.id", conf->client_id ? conf->client_id : "dcf", err));
    rd_kafka_conf_set_log_cb(rc, dcf_rk_on_log);
    *ret = DCF_TAKE(rc);
    return DCF_OK;
}

/* --- life ----------------------------------------------------------------- */

dcf_status dcf_rk_new(rd_kafka_type_t type, const rd_kafka_conf_t *rc, void *opaque,
                      rd_kafka_t **ret, dcf_kafka_error *err)
{
    char text[256];
    rd_kafka_conf_t *copy = rd_kafka_conf_dup(rc);
    rd_kafka_conf_set_opaque(copy, opaque);
    rd_kafka_t *rk = rd_kafka_new(type, copy, text, sizeof text);
    if (!rk) {
        rd_kafka_conf_destroy(copy); /* taken only on success */
        return refuse(err, text);
    }
    if (type == RD_KAFKA_CONSUMER) rd_kafka_poll_set_consumer(rk);
    *ret = rk;
    return DCF_OK;
}

struct burial {
    rd_kafka_t *rk;
    void *opaque;
};

static void *bury(void *arg)
{
    struct burial *b = arg;
    if (rd_kafka_type(b->rk) == RD_KAFKA_CONSUMER) rd_kafka_consumer_close(b->rk);
    rd_kafka_destroy(b->rk);
    free(b->opaque);
    free(b);
    return NULL;
}

void dcf_rk_destroy(rd_kafka_t *rk, void *opaque)
{
    if (!rk) return;
    char name[128];
    snprintf(name, sizeof name, "%s", rd_kafka_name(rk));
    struct burial *b = malloc(sizeof *b);
    pthread_t thread;
    if (b) *b = (struct burial){rk, opaque};
    if (!b || pthread_create(&thread, NULL, bury, b) != 0) {
        free(b);
        dcf_log(DCF_LOG_ERROR, "KAFKA_CLIENT_LEFT", "client", name, "text",
                "no thread to destroy it in", NULL);
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += DCF_RK_DESTROY_MS / 1000;
    if (pthread_timedjoin_np(thread, NULL, &until) != 0) {
        pthread_detach(thread);
        dcf_log(DCF_LOG_WARN, "KAFKA_CLIENT_LEFT", "client", name, "text",
                "destroy hangs; goes on without it", NULL);
    }
}

void dcf_rk_warm(rd_kafka_t *rk, const char *const *topics, size_t n)
{
    const struct rd_kafka_metadata *md = NULL;
    rd_kafka_topic_t **known = calloc(n + 1, sizeof(rd_kafka_topic_t *));
    for (size_t i = 0; known && i < n; i++) known[i] = rd_kafka_topic_new(rk, topics[i], NULL);
    if (known && !rd_kafka_metadata(rk, 0, NULL, &md, DCF_RK_CALL_MS))
        rd_kafka_metadata_destroy(md);
    for (size_t i = 0; known && i < n; i++)
        if (known[i]) rd_kafka_topic_destroy(known[i]);
    free(known);
}

/* --- errors --------------------------------------------------------------- */

dcf_status dcf_rk_status(rd_kafka_resp_err_t err)
{
    switch ((int)err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return DCF_OK;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        return DCF_ERR(AGAIN);
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
        return DCF_ERR(TIMEOUT);
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE:
        return DCF_ERR(LIMIT);
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return DCF_ERR(NOT_FOUND);
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        return DCF_ERR(CORRUPT);
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
        return DCF_ERR(CONFIG);
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR__STATE:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        return DCF_ERR(FENCED);
    default: /* transport, coordinators, leaders, purged queues: the cluster's weather */
        return DCF_ERR(UNAVAILABLE);
    }
}

dcf_status dcf_rk_error(rd_kafka_error_t *e)
{
    dcf_status s =
        rd_kafka_error_is_fatal(e) ? DCF_ERR(FENCED) : dcf_rk_status(rd_kafka_error_code(e));
    rd_kafka_error_destroy(e);
    return s;
}

static rd_kafka_resp_err_t offset_at(rd_kafka_t *rk, const char *topic, int32_t partition,
                                     int64_t where, int64_t *ret)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *p = rd_kafka_topic_partition_list_add(list, topic, partition);
    p->offset = where;
    rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(rk, list, DCF_RK_OFFSETS_MS);
    if (!err) err = p->err;
    if (!err) *ret = p->offset;
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}

dcf_status dcf_rk_watermarks(rd_kafka_t *rk, const char *topic, int32_t partition, int64_t *ret_low,
                             int64_t *ret_high)
{
    int64_t low = 0, high = 0;
    rd_kafka_resp_err_t err = offset_at(rk, topic, partition, RD_KAFKA_OFFSET_BEGINNING, &low);
    if (!err) err = offset_at(rk, topic, partition, RD_KAFKA_OFFSET_END, &high);
    if (err) return dcf_rk_status(err);
    *ret_low = low;
    *ret_high = high;
    return DCF_OK;
}

/* --- probe ---------------------------------------------------------------- */

/* A Kafka from 4.0 on takes no SCRAM of a librdkafka before 2.6.1, and says that the password is
 * wrong (edenhill/kcat#462). */
static bool is_old_scram(const char *reason)
{
    return rd_kafka_version() < 0x02060100 && strstr(reason, "SASL") && strstr(reason, "SCRAM");
}

static void on_probe_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
    (void)rk;
    dcf_kafka_error *heard = opaque;
    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && *heard->text)
        return; /* says less than what came before */
    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        snprintf(heard->text, sizeof heard->text,
                 "no broker answers, or each ends the connection: is the address right, and "
                 "security.protocol what that listener wants?");
    else if (is_old_scram(reason))
        snprintf(heard->text, sizeof heard->text,
                 "SCRAM authentication failed: the user or password is wrong, or this is Kafka 4 "
                 "or later, which librdkafka %s cannot log in to by SCRAM (2.6.1 can): use PLAIN "
                 "over TLS, or a client certificate",
                 rd_kafka_version_str());
    else
        snprintf(heard->text, sizeof heard->text, "%s", reason);
}

dcf_status dcf_kafka_probe(const dcf_kafka_conf *conf, int timeout_ms, int *ret_brokers,
                           dcf_kafka_error *err)
{
    DCF_CLEANUP(conf_destroy) rd_kafka_conf_t *rc = NULL;
    DCF_TRY(dcf_rk_conf(conf, NULL, NULL, &rc, err));
    rd_kafka_conf_set_error_cb(rc, on_probe_error);
    dcf_kafka_error *heard = calloc(1, sizeof *heard); /* outlives this call when destroy hangs */
    if (!heard) return DCF_ERR(NOMEM);
    rd_kafka_t *rk = NULL;
    dcf_status s = dcf_rk_new(RD_KAFKA_PRODUCER, rc, heard, &rk, err);
    if (dcf_failed(s)) {
        free(heard);
        return s;
    }
    const struct rd_kafka_metadata *md = NULL;
    rd_kafka_resp_err_t e = rd_kafka_metadata(rk, 0, NULL, &md, timeout_ms);
    if (e) {
        rd_kafka_poll(rk, 0); /* lets the error callback say why */
        if (err)
            snprintf(err->text, sizeof err->text, "%s",
                     *heard->text ? heard->text : rd_kafka_err2str(e));
        s = dcf_rk_status(e);
    } else {
        *ret_brokers = md->broker_cnt;
        rd_kafka_metadata_destroy(md);
    }
    dcf_rk_destroy(rk, heard);
    return s;
}

dcf_status dcf_kafka_probe_commit(const dcf_kafka_conf *conf, const char *transactional_id,
                                  int timeout_ms)
{
    DCF_CLEANUP(conf_destroy) rd_kafka_conf_t *rc = NULL;
    rd_kafka_t *rk = NULL;
    DCF_TRY(dcf_rk_conf(conf, NULL, NULL, &rc, NULL));
    DCF_TRY(dcf_rk_set(rc, "transactional.id", transactional_id, NULL));
    DCF_TRY(dcf_rk_new(RD_KAFKA_PRODUCER, rc, NULL, &rk, NULL));
    rd_kafka_error_t *e = rd_kafka_init_transactions(rk, timeout_ms);
    dcf_status s = e ? dcf_rk_status(rd_kafka_error_code(e)) : DCF_OK;
    if (e) rd_kafka_error_destroy(e);
    dcf_rk_destroy(rk, NULL);
    return s;
}
