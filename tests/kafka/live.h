/*
 * live.h - what the tests on a real Kafka share: its address, topics of their own, reading to the
 * end. Without DCF_KAFKA a test fails: a guarantee that was not tested is not one.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TESTS_KAFKA_LIVE_H
#define DCF_TESTS_KAFKA_LIVE_H

#include "await.h"
#include "kafka/lag.h"
#include "kafka/producer.h"
#include "kafka/reader.h"
#include "kafka/topics.h"
#include "kafka/txn.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>

enum { LIVE_NAME = 64, LIVE_WAIT_MS = 240000 };

static inline const dcf_kafka_conf *live(void)
{
    static dcf_kafka_conf conf = {.client_id = "test"};
    conf.bootstrap = getenv("DCF_KAFKA");
    if (!conf.bootstrap || !*conf.bootstrap) {
        fprintf(stderr, "\nDCF_KAFKA is not set: start a broker with tests/kafka/kafka.sh start, "
                        "and set it to the address that is printed last\n");
        exit(2);
    }
    return &conf;
}

/* A name that no other run uses. */
static inline const char *live_name(char out[LIVE_NAME], const char *what)
{
    static int serial;
    snprintf(out, LIVE_NAME, "test.%s.%d.%lld.%d", what, getpid(), (long long)dcf_clock_ms(),
             serial++);
    return out;
}

static inline const char *live_topic(char out[LIVE_NAME], const char *what, int partitions)
{
    dcf_topic_spec spec = {
        .name = live_name(out, what), .partitions = partitions, .max_message_bytes = 1 << 20};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_topics_ensure(live(), NULL, &spec, 1, LIVE_WAIT_MS, NULL)));
    return out;
}

static inline dcf_out live_out(const char *topic, const char *key, const char *value)
{
    return (dcf_out){
        .topic = topic, .partition = -1, .key = dcf_span_str(key), .value = dcf_span_str(value)};
}

/* Sends n messages whose key is their number. */
static inline void live_feed(const char *topic, int n)
{
    dcf_producer *p = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(live(), &topic, 1, &p, NULL)));
    for (int i = 0; i < n; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        dcf_out m = live_out(topic, id, id);
        CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m, NULL, NULL)));
    }
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_flush(p, LIVE_WAIT_MS)));
    dcf_producer_close(p, LIVE_WAIT_MS);
}

/* Calls f for every committed record of the topic, until its end; returns how many there are. */
static inline int live_each(const char *topic, void (*f)(void *self, const dcf_record *r),
                            void *self)
{
    int partitions = 0, n = 0;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_topic_partitions(live(), topic, LIVE_WAIT_MS, &partitions)));
    dcf_reader_start at[16];
    for (int i = 0; i < partitions; i++) at[i] = (dcf_reader_start){topic, i, DCF_OFFSET_BEGINNING};
    dcf_reader *r = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_reader_open(live(), at, (size_t)partitions, &r, NULL)));
    for (int64_t until = dcf_clock_mono_ms() + LIVE_WAIT_MS;
         !dcf_reader_caught_up(r) && dcf_clock_mono_ms() < until;) {
        dcf_record record = {0};
        if (dcf_failed(dcf_reader_poll(r, 100, &record))) continue;
        if (f) f(self, &record);
        n++;
        dcf_record_free(&record);
    }
    CU_ASSERT_TRUE(dcf_reader_caught_up(r));
    dcf_reader_close(r);
    return n;
}

/* Where the next record of its partition 0 will lie: past all there is, undecided or not. */
static inline int64_t live_end(const char *topic)
{
    int64_t low = 0, end = -1;
    rd_kafka_conf_t *c = rd_kafka_conf_new();
    rd_kafka_conf_set(c, "bootstrap.servers", live()->bootstrap, NULL, 0);
    rd_kafka_conf_set(c, "isolation.level", "read_uncommitted", NULL, 0);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, c, NULL, 0);
    if (rd_kafka_query_watermark_offsets(rk, topic, 0, &low, &end, LIVE_WAIT_MS)) end = -1;
    rd_kafka_destroy(rk);
    return end;
}

static inline void live_tally_one(void *self, const dcf_record *r)
{
    char text[16];
    snprintf(text, sizeof text, "%.*s", (int)r->value.size, (const char *)r->value.data);
    ((int *)self)[atoi(text)]++;
}

/* True when each number below n is in the topic exactly once, and nothing else is. */
static inline bool live_exactly_once(const char *topic, int n)
{
    int *times = calloc((size_t)n, sizeof *times);
    bool exact = live_each(topic, live_tally_one, times) == n;
    for (int i = 0; i < n; i++) exact = exact && times[i] == 1;
    free(times);
    return exact;
}

/* With two producers, as the exchange has them. To be opened before the next is made. */
static inline dcf_txn_spec live_spec(const char *group, const char *id, const char *const *in,
                                     const char *const *to)
{
    static char second_id[LIVE_NAME + 8];
    snprintf(second_id, sizeof second_id, "%s.second", id);
    return (dcf_txn_spec){.group = group,
                          .transactional_id = id,
                          .topics = in,
                          .topic_count = 1,
                          .outputs = to,
                          .output_count = 1,
                          .second_id = second_id};
}

static inline dcf_txn *live_pair(const dcf_txn_spec *spec)
{
    dcf_txn *t = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_txn_open(live(), spec, &t, NULL)));
    return t;
}

static inline bool live_next(dcf_txn *t, dcf_record *ret)
{
    dcf_status s = DCF_ERR(AGAIN);
    for (int64_t until = dcf_clock_mono_ms() + LIVE_WAIT_MS;
         dcf_is(s, DCF_E_AGAIN) && dcf_clock_mono_ms() < until;)
        s = dcf_txn_poll(t, 100, ret);
    return dcf_ok(s);
}

/* --- the loop of a daemon: read, pass on, commit; forget the batch when told to --- */

typedef struct live_loop {
    dcf_txn *t;
    const char *in, *to;
    int batch;       /* records a transaction */
    int abort_every; /* aborts each such transaction; 0: none */
    int turns, committed, aborts, fenced;
} live_loop;

/* One transaction; false when there was nothing to read for idle_ms. */
static inline bool live_turn(live_loop *l, int idle_ms)
{
    dcf_offset at[16];
    size_t parts = 0;
    int n = 0;
    dcf_status s = dcf_txn_begin(l->t);
    while (dcf_ok(s) && n < l->batch) {
        dcf_record r = {0};
        s = dcf_txn_poll(l->t, n ? 50 : idle_ms, &r);
        if (dcf_is(s, DCF_E_AGAIN)) {
            s = DCF_OK;
            break;
        }
        if (dcf_failed(s)) break;
        dcf_out m = {.topic = l->to, .partition = -1, .key = r.key, .value = r.value};
        size_t i = 0;
        while (i < parts && at[i].partition != r.partition) i++;
        if (i == parts) parts++;
        at[i] = (dcf_offset){l->in, r.partition, r.offset + 1, NULL};
        s = dcf_txn_send(l->t, &m);
        dcf_record_free(&r);
        n++;
    }
    l->turns++;
    if (n == 0 && dcf_ok(s)) {
        (void)!dcf_ok(dcf_txn_abort(l->t));
        return false;
    }
    if (dcf_ok(s) && l->abort_every && l->turns % l->abort_every == 0) s = DCF_ERR(AGAIN);
    s = dcf_ok(s)                 ? dcf_txn_commit(l->t, at, parts)
        : dcf_is(s, DCF_E_FENCED) ? s
                                  : dcf_txn_abort(l->t);
    if (dcf_is(s, DCF_E_FENCED)) {
        l->fenced++;
        while (dcf_failed(dcf_txn_reopen(l->t))) usleep(200000);
        return true;
    }
    l->aborts += dcf_failed(s) || (l->abort_every && l->turns % l->abort_every == 0);
    if (dcf_ok(s)) l->committed += n;
    return true;
}

/* How many records of a topic the group has not done; -1 when nobody can tell. */
static inline int64_t live_left(const char *group, const char *topic)
{
    dcf_lag_row rows[16];
    size_t n = 0;
    if (dcf_failed(dcf_lag(live(), group, topic, NULL, rows, 16, &n))) return -1;
    int64_t left = 0;
    for (size_t i = 0; i < n; i++) left += rows[i].lag;
    return left;
}

#endif
