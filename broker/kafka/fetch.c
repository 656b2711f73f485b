/* fetch.c - a consumer without a group that reads one record at a time.
 * SPDX-License-Identifier: MIT */
#include "kafka/fetch.h"

#include "base/clock.h"
#include "kafka/rk.h"

#include <stdlib.h>
#include <string.h>

/* The simple consumer, whose topic stays known between two gets: assign() asks for it anew each
 * time, which takes half a second. */
struct dcf_fetcher {
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic; /* the last one asked; NULL: none yet */
};

dcf_status dcf_fetcher_open(const dcf_kafka_conf *conf, dcf_fetcher **ret, dcf_kafka_error *err)
{
    static const dcf_rk_setting soft[] = {
        {"fetch.wait.max.ms", "50"},
        {"queued.min.messages", "10000"}, /* a full queue waits a second (#2879) */
        {"fetch.message.max.bytes", "1048576"},
        {"allow.auto.create.topics", "false"},
        {NULL, NULL}};
    static const dcf_rk_setting hard[] = {
        {"group.id", "dcf.fetcher"}, /* assign() wants one; it is never joined */
        {"enable.auto.commit", "false"},       {"enable.auto.offset.store", "false"},
        {"isolation.level", "read_committed"}, {"auto.offset.reset", "error"},
        {"enable.partition.eof", "true"},      {NULL, NULL}};
    rd_kafka_conf_t *rc = NULL;
    DCF_TRY(dcf_rk_conf(conf, soft, hard, &rc, err));
    dcf_fetcher *f = calloc(1, sizeof *f);
    dcf_status s = f ? dcf_rk_new(RD_KAFKA_CONSUMER, rc, NULL, &f->rk, err) : DCF_ERR(NOMEM);
    rd_kafka_conf_destroy(rc);
    if (dcf_failed(s))
        free(f);
    else
        *ret = f;
    return s;
}

void dcf_fetcher_close(dcf_fetcher *f)
{
    if (!f) return;
    if (f->topic) rd_kafka_topic_destroy(f->topic);
    dcf_rk_destroy(f->rk, NULL);
    free(f);
}

/* What one poll says of the record at offset: AGAIN when it says nothing. Takes m. */
static dcf_status judge(rd_kafka_message_t *m, int64_t offset, dcf_record *ret)
{
    dcf_status s = DCF_ERR(AGAIN);
    if (!m->err && m->offset == offset) {
        dcf_rk_record(m, ret);
        return DCF_OK;
    }
    bool past = !m->err && m->offset > offset; /* compacted, or of an aborted transaction */
    if (past || m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF ||
        m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
        m->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
        s = DCF_ERR(NOT_FOUND);
    else if (m->err == RD_KAFKA_RESP_ERR__FATAL)
        s = DCF_ERR(FENCED);
    rd_kafka_message_destroy(m);
    return s;
}

static dcf_status use_topic(dcf_fetcher *f, const char *topic)
{
    if (f->topic && strcmp(rd_kafka_topic_name(f->topic), topic) == 0) return DCF_OK;
    if (f->topic) rd_kafka_topic_destroy(f->topic);
    f->topic = rd_kafka_topic_new(f->rk, topic, NULL);
    if (!f->topic) return dcf_rk_status(rd_kafka_last_error());
    dcf_rk_warm(f->rk, &topic, 1);
    return DCF_OK;
}

dcf_status dcf_fetcher_get(dcf_fetcher *f, const char *topic, int32_t partition, int64_t offset,
                           int timeout_ms, dcf_record *ret)
{
    int64_t until = dcf_clock_mono_ms() + timeout_ms;
    DCF_TRY(use_topic(f, topic));
    if (rd_kafka_consume_start(f->topic, partition, offset) != 0)
        return dcf_rk_status(rd_kafka_last_error());
    dcf_status s = DCF_ERR(AGAIN);
    while (dcf_is(s, DCF_E_AGAIN) && dcf_clock_mono_ms() < until) {
        rd_kafka_message_t *m = rd_kafka_consume(f->topic, partition, 100);
        if (m) s = judge(m, offset, ret);
    }
    (void)rd_kafka_consume_stop(f->topic, partition);
    return dcf_is(s, DCF_E_AGAIN) ? DCF_ERR(TIMEOUT) : s;
}
