/* topics.c - topics made through the admin API, or the embedded cluster's own.
 * SPDX-License-Identifier: MIT */
#include "kafka/topics.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/rk.h"

#include <stdio.h>
#include <stdlib.h>

static DCF_RESULT admin_open(const dcf_kafka_conf *conf, rd_kafka_t **ret, dcf_kafka_error *err)
{
    /* A consumer, for only it can ask about a topic without creating it. */
    static const dcf_rk_setting soft[] = {{"allow.auto.create.topics", "false"}, {NULL, NULL}};
    rd_kafka_conf_t *rc = NULL;
    DCF_TRY(dcf_rk_conf(conf, soft, NULL, &rc, err));
    dcf_status s = dcf_rk_new(RD_KAFKA_CONSUMER, rc, NULL, ret, err);
    rd_kafka_conf_destroy(rc);
    return s;
}

static dcf_status fail(dcf_kafka_error *err, const char *topic, rd_kafka_resp_err_t code,
                       const char *text)
{
    const char *why = text ? text : rd_kafka_err2str(code);
    if (err) snprintf(err->text, sizeof err->text, "%s%s%s", topic, *topic ? ": " : "", why);
    dcf_log(DCF_LOG_ERROR, "KAFKA_TOPIC_FAILED", "topic", topic, "text", why, NULL);
    return dcf_rk_status(code);
}

/* Partitions that have a leader now; -1 when the topic is not there. */
static DCF_RESULT partitions_led(rd_kafka_t *rk, const char *topic, int timeout_ms, int *ret)
{
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
    if (!rkt) return DCF_ERR(CONFIG);
    const struct rd_kafka_metadata *md = NULL;
    rd_kafka_resp_err_t e = rd_kafka_metadata(rk, 0, rkt, &md, timeout_ms);
    rd_kafka_topic_destroy(rkt);
    if (e) return dcf_rk_status(e);
    int led = -1;
    if (md->topic_cnt == 1 && !md->topics[0].err) {
        led = 0;
        for (int i = 0; i < md->topics[0].partition_cnt; i++)
            led += md->topics[0].partitions[i].leader >= 0;
        if (led != md->topics[0].partition_cnt) led = 0;
    }
    rd_kafka_metadata_destroy(md);
    *ret = led;
    return DCF_OK;
}

static DCF_RESULT broker_count(rd_kafka_t *rk, int timeout_ms, int *ret)
{
    const struct rd_kafka_metadata *md = NULL;
    rd_kafka_resp_err_t e = rd_kafka_metadata(rk, 0, NULL, &md, timeout_ms);
    if (e) return dcf_rk_status(e);
    *ret = md->broker_cnt;
    rd_kafka_metadata_destroy(md);
    return DCF_OK;
}

static void set_i64(rd_kafka_NewTopic_t *topic, const char *key, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    rd_kafka_NewTopic_set_config(topic, key, text);
}

static rd_kafka_NewTopic_t *new_topic(const dcf_topic_spec *spec, int brokers)
{
    int replicas = brokers < 3 ? brokers : 3;
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(spec->name, spec->partitions, replicas, NULL, 0);
    if (!topic) return NULL;
    if (replicas == 3) set_i64(topic, "min.insync.replicas", 2);
    if (spec->compacted) rd_kafka_NewTopic_set_config(topic, "cleanup.policy", "compact");
    if (spec->max_message_bytes) set_i64(topic, "max.message.bytes", spec->max_message_bytes);
    if (spec->retention_ms) set_i64(topic, "retention.ms", spec->retention_ms);
    return topic;
}

static dcf_status created(rd_kafka_event_t *event, dcf_kafka_error *err)
{
    if (!event) return fail(err, "", RD_KAFKA_RESP_ERR__TIMED_OUT, NULL);
    if (rd_kafka_event_error(event))
        return fail(err, "", rd_kafka_event_error(event), rd_kafka_event_error_string(event));
    size_t n = 0;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
    for (size_t i = 0; i < n; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
        if (code && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return fail(err, rd_kafka_topic_result_name(results[i]), code,
                        rd_kafka_topic_result_error_string(results[i]));
    }
    return DCF_OK;
}

static dcf_status create(rd_kafka_t *rk, const dcf_topic_spec *specs, size_t n, int timeout_ms,
                         dcf_kafka_error *err)
{
    int brokers = 0;
    dcf_status s = broker_count(rk, timeout_ms, &brokers);
    if (dcf_failed(s)) return fail(err, "", RD_KAFKA_RESP_ERR__TRANSPORT, "no broker answers");
    rd_kafka_NewTopic_t **topics = calloc(n, sizeof(rd_kafka_NewTopic_t *));
    if (!topics) return DCF_ERR(NOMEM);
    size_t made = 0;
    while (made < n && (topics[made] = new_topic(&specs[made], brokers))) made++;
    if (made < n) {
        s = fail(err, specs[made].name, RD_KAFKA_RESP_ERR__INVALID_ARG, NULL);
    } else {
        rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
        rd_kafka_AdminOptions_t *options =
            rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_CREATETOPICS);
        rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, NULL, 0);
        rd_kafka_CreateTopics(rk, topics, n, options, queue);
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms + 1000);
        s = created(event, err);
        if (event) rd_kafka_event_destroy(event);
        rd_kafka_AdminOptions_destroy(options);
        rd_kafka_queue_destroy(queue);
    }
    rd_kafka_NewTopic_destroy_array(topics, made);
    free(topics);
    return s;
}

static dcf_status wait_for(rd_kafka_t *rk, const dcf_topic_spec *spec, int64_t until,
                           dcf_kafka_error *err)
{
    int led = -1;
    for (;;) {
        dcf_status s = partitions_led(rk, spec->name, 2000, &led);
        if (dcf_ok(s) && led > 0) break;
        if (dcf_clock_mono_ms() >= until)
            return fail(err, spec->name, RD_KAFKA_RESP_ERR__TIMED_OUT, "has no leaders yet");
        rd_kafka_poll(rk, 50);
    }
    if (led != spec->partitions)
        dcf_log(DCF_LOG_WARN, "KAFKA_TOPIC_PARTITIONS", "topic", spec->name, "has", DCF_U64(led),
                "asked", DCF_U64(spec->partitions), NULL);
    return DCF_OK;
}

dcf_status dcf_topics_ensure(const dcf_kafka_conf *conf, dcf_embedded *embedded,
                             const dcf_topic_spec *specs, size_t n, int timeout_ms,
                             dcf_kafka_error *err)
{
    for (size_t i = 0; embedded && i < n; i++)
        DCF_TRY(dcf_embedded_topic(embedded, specs[i].name, specs[i].partitions));
    if (embedded || n == 0) return DCF_OK;
    rd_kafka_t *rk = NULL;
    DCF_TRY(admin_open(conf, &rk, err));
    int64_t until = dcf_clock_mono_ms() + timeout_ms;
    dcf_status s = create(rk, specs, n, timeout_ms, err);
    for (size_t i = 0; dcf_ok(s) && i < n; i++) s = wait_for(rk, &specs[i], until, err);
    dcf_rk_destroy(rk, NULL);
    return s;
}

dcf_status dcf_topic_partitions(const dcf_kafka_conf *conf, const char *topic, int timeout_ms,
                                int *ret)
{
    rd_kafka_t *rk = NULL;
    DCF_TRY(admin_open(conf, &rk, NULL));
    int led = -1;
    dcf_status s = partitions_led(rk, topic, timeout_ms, &led);
    dcf_rk_destroy(rk, NULL);
    if (dcf_ok(s) && led < 0) return DCF_ERR(NOT_FOUND);
    if (dcf_ok(s) && led == 0) return DCF_ERR(UNAVAILABLE);
    if (dcf_ok(s)) *ret = led;
    return s;
}

int32_t dcf_topic_partition_of(dcf_span key, int partitions)
{
    return rd_kafka_msg_partitioner_murmur2(NULL, key.data, key.size, partitions, NULL, NULL);
}
