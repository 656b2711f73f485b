/* reader.c - a consumer without a group that knows when it has seen everything.
 * SPDX-License-Identifier: MIT */
#include "kafka/reader.h"

#include "base/log.h"
#include "kafka/rk.h"

#include <stdlib.h>

struct part {
    char *topic;
    int32_t id;
    int64_t next; /* everything before it was given out, or is a gap */
    int64_t end;  /* at open: next >= end means caught up */
};

struct dcf_reader {
    rd_kafka_t *rk;
    size_t count, behind; /* behind: partitions not caught up */
    struct part parts[];
};

static struct part *find(dcf_reader *r, const char *topic, int32_t id)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->parts[i].id == id && strcmp(r->parts[i].topic, topic) == 0) return &r->parts[i];
    return NULL;
}

/* Reading of p goes on at next. */
static void advance(dcf_reader *r, struct part *p, int64_t next)
{
    bool was_behind = p->next < p->end;
    if (next > p->next) p->next = next;
    if (was_behind && p->next >= p->end) r->behind--;
}

/*
 * Two clients of one configuration: one to read, and one (the caller's to destroy) that asks
 * where the partitions end. That one must not be read_committed: to such a client a partition
 * ends before the oldest undecided transaction, and a commit is answered before its markers are
 * written. A restore that ended there could miss what the partition's last owner committed.
 */
static DCF_RESULT clients_new(const dcf_kafka_conf *conf, rd_kafka_t **ret, rd_kafka_t **ret_asker,
                              dcf_kafka_error *err)
{
    static const dcf_rk_setting soft[] = {{"fetch.wait.max.ms", "100"},
                                          {"queued.min.messages", "100000"},
                                          {"queued.max.messages.kbytes", "65536"},
                                          {"allow.auto.create.topics", "false"},
                                          {NULL, NULL}};
    static const dcf_rk_setting hard[] = {
        {"group.id", "dcf.reader"}, /* assign() wants one; it is never joined */
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"isolation.level", "read_committed"},
        {"auto.offset.reset", "earliest"},
        {"enable.partition.eof", "true"},
        {NULL, NULL}};
    rd_kafka_conf_t *rc = NULL;
    DCF_TRY(dcf_rk_conf(conf, soft, hard, &rc, err));
    dcf_status s = dcf_rk_new(RD_KAFKA_CONSUMER, rc, NULL, ret, err);
    if (dcf_ok(s)) s = dcf_rk_set(rc, "isolation.level", "read_uncommitted", err);
    if (dcf_ok(s)) s = dcf_rk_new(RD_KAFKA_CONSUMER, rc, NULL, ret_asker, err);
    rd_kafka_conf_destroy(rc);
    return s;
}

static dcf_status place(rd_kafka_t *asker, struct part *p, const dcf_reader_start *start)
{
    int64_t low = 0, high = 0;
    DCF_TRY(dcf_rk_watermarks(asker, start->topic, start->partition, &low, &high));
    bool gone =
        start->offset != DCF_OFFSET_BEGINNING && (start->offset < low || start->offset > high);
    if (gone)
        dcf_log(DCF_LOG_ERROR, "KAFKA_OFFSET_GONE", "topic", start->topic, "partition",
                DCF_U64(start->partition), "wanted", DCF_U64(start->offset), "oldest", DCF_U64(low),
                "end", DCF_U64(high), NULL);
    p->next = start->offset == DCF_OFFSET_BEGINNING || gone ? low : start->offset;
    p->end = high;
    p->id = start->partition;
    p->topic = strdup(start->topic);
    return p->topic ? DCF_OK : DCF_ERR(NOMEM);
}

static dcf_status assign(dcf_reader *r)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)r->count);
    for (size_t i = 0; i < r->count; i++)
        rd_kafka_topic_partition_list_add(list, r->parts[i].topic, r->parts[i].id)->offset =
            r->parts[i].next;
    rd_kafka_resp_err_t err = rd_kafka_assign(r->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    return dcf_rk_status(err);
}

dcf_status dcf_reader_open(const dcf_kafka_conf *conf, const dcf_reader_start *starts, size_t n,
                           dcf_reader **ret, dcf_kafka_error *err)
{
    dcf_reader *r = calloc(1, sizeof *r + n * sizeof r->parts[0]);
    if (!r) return DCF_ERR(NOMEM);
    rd_kafka_t *asker = NULL;
    dcf_status s = clients_new(conf, &r->rk, &asker, err);
    for (; dcf_ok(s) && r->count < n; r->count++) {
        struct part *p = &r->parts[r->count];
        s = place(asker, p, &starts[r->count]);
        r->behind += p->next < p->end;
    }
    dcf_rk_destroy(asker, NULL);
    if (dcf_ok(s)) s = assign(r);
    if (dcf_failed(s)) {
        dcf_reader_close(r);
        return s;
    }
    *ret = r;
    return DCF_OK;
}

dcf_status dcf_reader_poll(dcf_reader *r, int timeout_ms, dcf_record *ret)
{
    rd_kafka_message_t *m = rd_kafka_consumer_poll(r->rk, timeout_ms);
    if (!m) return DCF_ERR(AGAIN);
    struct part *p = m->rkt ? find(r, rd_kafka_topic_name(m->rkt), m->partition) : NULL;
    if (!m->err) {
        if (p) advance(r, p, m->offset + 1);
        dcf_rk_record(m, ret);
        return DCF_OK;
    }
    dcf_status s = DCF_ERR(AGAIN);
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && p)
        advance(r, p, m->offset); /* the only way past a gap at the end */
    else if (m->err == RD_KAFKA_RESP_ERR__FATAL)
        s = DCF_ERR(FENCED);
    else
        dcf_rk_log(r->rk, "poll", rd_kafka_message_errstr(m));
    rd_kafka_message_destroy(m);
    return s;
}

bool dcf_reader_caught_up(const dcf_reader *r)
{
    return r->behind == 0;
}

void dcf_reader_progress(const dcf_reader *r, size_t i, int64_t *ret_next, int64_t *ret_end,
                         int64_t *ret_lag)
{
    const struct part *p = &r->parts[i];
    int64_t low = 0, high = 0;
    if (rd_kafka_get_watermark_offsets(r->rk, p->topic, p->id, &low, &high) || high < p->end)
        high = p->end;
    if (ret_next) *ret_next = p->next;
    if (ret_end) *ret_end = high;
    if (ret_lag) *ret_lag = high > p->next ? high - p->next : 0;
}

void dcf_reader_close(dcf_reader *r)
{
    if (!r) return;
    dcf_rk_destroy(r->rk, NULL);
    for (size_t i = 0; i < r->count; i++) free(r->parts[i].topic);
    free(r);
}
