/* lag.c - committed against end, without joining the group. SPDX-License-Identifier: MIT */
#include "kafka/lag.h"

#include "base/clock.h"
#include "kafka/reader.h"
#include "kafka/rk.h"
#include "kafka/topics.h"

#include <stdlib.h>

enum { COUNT_MS = 5000 };

static DCF_RESULT group_open(const dcf_kafka_conf *conf, const char *group, rd_kafka_t **ret)
{
    static const dcf_rk_setting soft[] = {{"allow.auto.create.topics", "false"}, {NULL, NULL}};
    static const dcf_rk_setting hard[] = {
        {"enable.auto.commit", "false"}, {"isolation.level", "read_committed"}, {NULL, NULL}};
    rd_kafka_conf_t *rc = NULL;
    DCF_TRY(dcf_rk_conf(conf, soft, hard, &rc, NULL));
    dcf_status s = dcf_rk_set(rc, "group.id", group, NULL);
    if (dcf_ok(s)) s = dcf_rk_new(RD_KAFKA_CONSUMER, rc, NULL, ret, NULL);
    rd_kafka_conf_destroy(rc);
    return s;
}

/* lag: the stretch that must be counted; open: what is not done before it. */
static dcf_lag_row row_of(const rd_kafka_topic_partition_t *p, dcf_lag_left left, int64_t low,
                          int64_t high)
{
    dcf_lag_row row = {.partition = p->partition, .committed = p->offset, .end = high};
    int64_t from = p->offset;
    char *metadata = p->metadata_size ? strndup(p->metadata, p->metadata_size) : NULL;
    if (left && metadata) left(p->offset, metadata, &from, &row.open);
    free(metadata);
    if (row.committed < 0) row.committed = -1;
    if (from < low) from = low;
    row.lag = high > from ? high - from : 0;
    return row;
}

static dcf_status ask(rd_kafka_t *rk, const char *topic, dcf_lag_left left, dcf_lag_row *rows,
                      size_t n)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++) rd_kafka_topic_partition_list_add(list, topic, (int32_t)i);
    dcf_status s = dcf_rk_status(rd_kafka_committed(rk, list, DCF_RK_CALL_MS));
    for (size_t i = 0; dcf_ok(s) && i < n; i++) {
        int64_t low = 0, high = 0;
        s = dcf_rk_watermarks(rk, topic, (int32_t)i, &low, &high);
        rows[i] = row_of(&list->elems[i], left, low, high);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return s;
}

static bool read_through(const dcf_reader *reader, const dcf_reader_start *starts, size_t n,
                         const dcf_lag_row *rows)
{
    int64_t next = 0;
    for (size_t i = 0; i < n; i++) {
        dcf_reader_progress(reader, i, &next, NULL, NULL);
        if (next < rows[starts[i].partition].end) return false;
    }
    return true;
}

/* Replaces short distances in offsets by the number of records; what fails stays as it is. */
static void count_short(const dcf_kafka_conf *conf, const char *topic, dcf_lag_row *rows, size_t n)
{
    dcf_reader_start *starts = calloc(n, sizeof *starts);
    size_t *counted = calloc(n, sizeof *counted), wanted = 0;
    dcf_reader *reader = NULL;
    for (size_t i = 0; starts && i < n; i++)
        if (rows[i].lag > 0 && rows[i].lag <= DCF_LAG_EXACT)
            starts[wanted++] =
                (dcf_reader_start){topic, rows[i].partition, rows[i].end - rows[i].lag};
    if (counted && wanted && dcf_ok(dcf_reader_open(conf, starts, wanted, &reader, NULL))) {
        int64_t until = dcf_clock_mono_ms() + COUNT_MS;
        while (!read_through(reader, starts, wanted, rows) && dcf_clock_mono_ms() < until) {
            dcf_record record = {0};
            if (dcf_failed(dcf_reader_poll(reader, 100, &record))) continue;
            if (record.offset < rows[record.partition].end) counted[record.partition]++;
            dcf_record_free(&record);
        }
        bool whole = read_through(reader, starts, wanted, rows);
        for (size_t i = 0; whole && i < wanted; i++)
            rows[starts[i].partition].lag = (int64_t)counted[starts[i].partition];
    }
    dcf_reader_close(reader);
    free(counted);
    free(starts);
}

dcf_status dcf_lag(const dcf_kafka_conf *conf, const char *group, const char *topic,
                   dcf_lag_left left, dcf_lag_row *rows, size_t capacity, size_t *ret_n)
{
    int partitions = 0;
    DCF_TRY(dcf_topic_partitions(conf, topic, DCF_RK_CALL_MS, &partitions));
    size_t n = (size_t)partitions < capacity ? (size_t)partitions : capacity;
    rd_kafka_t *rk = NULL;
    DCF_TRY(group_open(conf, group, &rk));
    dcf_status s = ask(rk, topic, left, rows, n);
    dcf_rk_destroy(rk, NULL);
    DCF_TRY(s);
    count_short(conf, topic, rows, n);
    for (size_t i = 0; i < n; i++) rows[i].lag += (int64_t)rows[i].open;
    *ret_n = n;
    return DCF_OK;
}
