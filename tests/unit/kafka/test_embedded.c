/* test_embedded.c - clients against the in-process cluster: calls and errors, no guarantees.
 * SPDX-License-Identifier: MIT */
#include "await.h"
#include "kafka/embedded.h"
#include "kafka/producer.h"
#include "kafka/reader.h"
#include "kafka/topics.h"
#include "kafka/txn.h"

#include <pthread.h>
#include <stdatomic.h>

static dcf_embedded *cluster;
static dcf_kafka_conf conf;

static void start(const char *topic, int partitions)
{
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_embedded_start(1, &cluster)));
    conf = (dcf_kafka_conf){.bootstrap = dcf_embedded_bootstrap(cluster), .client_id = "unit"};
    dcf_topic_spec spec = {.name = topic, .partitions = partitions};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_topics_ensure(&conf, cluster, &spec, 1, PATIENCE_MS, NULL)));
}

static void stop(void)
{
    dcf_embedded_stop(cluster);
    cluster = NULL;
}

/* --- what a delivery callback saw ------------------------------------------ */

struct seen {
    atomic_int calls, ok;
    atomic_int last;
    pthread_t thread;
};

static void on_done(void *opaque, dcf_status status)
{
    struct seen *s = opaque;
    s->thread = pthread_self();
    atomic_store(&s->last, status.code);
    if (dcf_ok(status)) atomic_fetch_add(&s->ok, 1);
    atomic_fetch_add(&s->calls, 1);
}

static dcf_out out(const char *topic, const char *key, const char *value)
{
    return (dcf_out){
        .topic = topic, .partition = -1, .key = dcf_span_str(key), .value = dcf_span_str(value)};
}

/* --- configuration ---------------------------------------------------------- */

static void an_unknown_property_is_refused_by_name(void)
{
    static const char *const properties[] = {"security.protcol", "ssl", NULL};
    dcf_kafka_conf bad = {.bootstrap = "127.0.0.1:1", .properties = properties};
    dcf_kafka_error err = {0};
    int brokers = 0;
    CU_ASSERT_TRUE(dcf_is(dcf_kafka_probe(&bad, 100, &brokers, &err), DCF_E_CONFIG));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "security.protcol"));
}

static void what_the_guarantees_rest_on_cannot_be_set(void)
{
    static const char *const properties[] = {"isolation.level", "read_uncommitted", NULL};
    dcf_kafka_conf bad = {.bootstrap = "127.0.0.1:1", .properties = properties};
    dcf_kafka_error err = {0};
    int brokers = 0;
    CU_ASSERT_TRUE(dcf_is(dcf_kafka_probe(&bad, 100, &brokers, &err), DCF_E_CONFIG));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "isolation.level"));
}

static void a_property_without_value_is_refused(void)
{
    static const char *const properties[] = {"client.rack", NULL, NULL};
    dcf_kafka_conf bad = {.bootstrap = "127.0.0.1:1", .properties = properties};
    dcf_kafka_error err = {0};
    int brokers = 0;
    CU_ASSERT_TRUE(dcf_is(dcf_kafka_probe(&bad, 100, &brokers, &err), DCF_E_CONFIG));
}

static void probe_counts_brokers_and_says_why_it_cannot(void)
{
    dcf_kafka_error err = {0};
    int brokers = 0;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_embedded_start(3, &cluster)));
    dcf_kafka_conf good = {.bootstrap = dcf_embedded_bootstrap(cluster)};
    CU_ASSERT_TRUE(dcf_ok(dcf_kafka_probe(&good, PATIENCE_MS, &brokers, &err)));
    CU_ASSERT_EQUAL(brokers, 3);
    stop();
    dcf_kafka_conf nobody = {.bootstrap = "127.0.0.1:1"};
    CU_ASSERT_EQUAL(dcf_status_class(dcf_kafka_probe(&nobody, 700, &brokers, &err)),
                    DCF_CLASS_TRANSIENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "refused"));
}

static void topics_are_made_once_and_counted(void)
{
    start("t", 3);
    int n = 0;
    CU_ASSERT_TRUE(dcf_ok(dcf_embedded_topic(cluster, "t", 5)));
    CU_ASSERT_TRUE(dcf_ok(dcf_topic_partitions(&conf, "t", PATIENCE_MS, &n)));
    CU_ASSERT_EQUAL(n, 3);
    stop();
}

/* --- producer --------------------------------------------------------------- */

static void a_callback_comes_from_the_producers_thread_after_delivery(void)
{
    start("t", 1);
    dcf_producer *p = NULL;
    struct seen seen = {0};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(&conf, NULL, 0, &p, NULL)));
    dcf_out m = out("t", "k", "v");
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m, on_done, &seen)));
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_flush(p, PATIENCE_MS)));
    CU_ASSERT_EQUAL(seen.calls, 1);
    CU_ASSERT_EQUAL(seen.ok, 1);
    CU_ASSERT_FALSE(pthread_equal(seen.thread, pthread_self()));
    dcf_producer_close(p, 1000);
    stop();
}

static void a_message_past_the_limit_is_refused_at_once(void)
{
    static uint8_t big[17 << 20];
    start("t", 1);
    dcf_producer *p = NULL;
    struct seen seen = {0};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(&conf, NULL, 0, &p, NULL)));
    dcf_out m = {.topic = "t", .partition = -1, .value = dcf_span_of(big, sizeof big)};
    CU_ASSERT_TRUE(dcf_is(dcf_producer_send(p, &m, on_done, &seen), DCF_E_LIMIT));
    CU_ASSERT_EQUAL(dcf_producer_outstanding(p), 0);
    dcf_producer_close(p, 1000);
    CU_ASSERT_EQUAL(seen.calls, 0);
    stop();
}

static void a_refusal_by_the_cluster_reaches_the_callback(void)
{
    start("t", 1);
    dcf_producer *p = NULL;
    struct seen seen = {0};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(&conf, NULL, 0, &p, NULL)));
    dcf_embedded_fail(cluster, 0, 10 /* MESSAGE_TOO_LARGE */, 1);
    dcf_out m = out("t", "k", "v");
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m, on_done, &seen)));
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_flush(p, PATIENCE_MS)));
    CU_ASSERT_EQUAL(seen.calls, 1);
    CU_ASSERT_EQUAL(seen.last, DCF_E_LIMIT);
    dcf_producer_close(p, 1000);
    stop();
}

static void a_full_queue_says_again_and_recovers(void)
{
    static const char *const properties[] = {"queue.buffering.max.messages", "2", NULL};
    start("t", 1);
    conf.properties = properties;
    dcf_producer *p = NULL;
    struct seen seen = {0};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(&conf, NULL, 0, &p, NULL)));
    dcf_out m = out("t", "k", "v");
    dcf_embedded_away(cluster, true);
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m, on_done, &seen)));
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m, on_done, &seen)));
    CU_ASSERT_TRUE(dcf_is(dcf_producer_send(p, &m, on_done, &seen), DCF_E_AGAIN));
    dcf_embedded_away(cluster, false);
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_flush(p, PATIENCE_MS)));
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m, on_done, &seen)));
    dcf_producer_close(p, PATIENCE_MS);
    CU_ASSERT_EQUAL(seen.ok, 3);
    stop();
}

static void a_fatal_client_error_fails_the_outstanding_and_renews_the_client(void)
{
    static const char *const properties[] = {"linger.ms", "60000", NULL};
    start("t", 1);
    conf.properties = properties;
    dcf_producer *p = NULL;
    struct seen before = {0}, after = {0};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(&conf, NULL, 0, &p, NULL)));
    dcf_out m = out("t", "k", "v");
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m, on_done, &before)));
    dcf_producer_break(p);
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_flush(p, PATIENCE_MS)));
    CU_ASSERT_EQUAL(before.calls, 1);
    CU_ASSERT_EQUAL(before.ok, 0);
    dcf_status s = DCF_ERR(AGAIN);
    for (int64_t until = dcf_clock_mono_ms() + PATIENCE_MS;
         dcf_is(s, DCF_E_AGAIN) && dcf_clock_mono_ms() < until;)
        s = dcf_producer_send(p, &m, on_done, &after);
    CU_ASSERT_TRUE(dcf_ok(s));
    dcf_producer_close(p, 100); /* linger is a minute: the rest is failed, not forgotten */
    CU_ASSERT_EQUAL(after.calls, 1);
    stop();
}

static void closing_calls_back_for_what_could_not_be_sent(void)
{
    dcf_kafka_conf nobody = {.bootstrap = "127.0.0.1:1"};
    dcf_producer *p = NULL;
    struct seen seen = {0};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(&nobody, NULL, 0, &p, NULL)));
    dcf_out m = out("t", "k", "v");
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m, on_done, &seen)));
    CU_ASSERT_TRUE(dcf_is(dcf_producer_flush(p, 50), DCF_E_TIMEOUT));
    dcf_producer_close(p, 50);
    CU_ASSERT_EQUAL(seen.calls, 1);
    CU_ASSERT_EQUAL(seen.ok, 0);
}

/* --- reader ----------------------------------------------------------------- */

static void send_all(const dcf_out *m, size_t n)
{
    dcf_producer *p = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(&conf, NULL, 0, &p, NULL)));
    for (size_t i = 0; i < n; i++) CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m[i], NULL, NULL)));
    dcf_producer_close(p, PATIENCE_MS);
}

/* Polls until caught up; returns the number of records. The last one is left in ret. */
static int read_all(dcf_reader *r, dcf_record *ret)
{
    int n = 0;
    for (int64_t until = dcf_clock_mono_ms() + PATIENCE_MS;
         !dcf_reader_caught_up(r) && dcf_clock_mono_ms() < until;) {
        dcf_record record = {0};
        if (dcf_failed(dcf_reader_poll(r, 100, &record))) continue;
        dcf_record_free(ret);
        *ret = record;
        n++;
    }
    CU_ASSERT_TRUE(dcf_reader_caught_up(r));
    return n;
}

static void a_record_comes_back_as_it_was_sent(void)
{
    start("t", 1);
    dcf_header headers[] = {
        {"ce_id", dcf_span_str("1")}, {"ce_id", dcf_span_str("2")}, {"empty", dcf_span_of("", 0)}};
    dcf_out m = {.topic = "t",
                 .partition = 0,
                 .key = dcf_span_str("k"),
                 .value = {0},
                 .headers = headers,
                 .header_count = 3,
                 .timestamp_ms = 1234567890123};
    send_all(&m, 1);
    dcf_reader *r = NULL;
    dcf_record got = {0};
    dcf_header h = {0};
    dcf_reader_start at = {"t", 0, DCF_OFFSET_BEGINNING};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_reader_open(&conf, &at, 1, &r, NULL)));
    CU_ASSERT_EQUAL_FATAL(read_all(r, &got), 1);
    CU_ASSERT_TRUE(dcf_span_eq_str(dcf_span_str(got.topic), "t"));
    CU_ASSERT_TRUE(dcf_span_eq_str(got.key, "k"));
    CU_ASSERT_PTR_NULL(got.value.data); /* a tombstone stays one */
    CU_ASSERT_EQUAL(got.timestamp_ms, 1234567890123);
    CU_ASSERT_TRUE(dcf_span_eq_str(dcf_record_header(&got, "ce_id"), "2"));
    CU_ASSERT_PTR_NULL(dcf_record_header(&got, "absent").data);
    CU_ASSERT_TRUE(dcf_record_header_at(&got, 0, &h) && dcf_span_eq_str(h.value, "1"));
    CU_ASSERT_FALSE(dcf_record_header_at(&got, 3, &h));
    dcf_record_free(&got);
    dcf_reader_close(r);
    stop();
}

static void a_reader_of_an_empty_partition_is_caught_up_at_once(void)
{
    start("t", 1);
    dcf_reader *r = NULL;
    dcf_reader_start at = {"t", 0, DCF_OFFSET_BEGINNING};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_reader_open(&conf, &at, 1, &r, NULL)));
    CU_ASSERT_TRUE(dcf_reader_caught_up(r));
    dcf_reader_close(r);
    stop();
}

static void a_reader_starts_where_it_is_told_and_knows_its_lag(void)
{
    start("t", 1);
    dcf_out m[5];
    for (int i = 0; i < 5; i++) m[i] = out("t", "k", "v");
    send_all(m, 5);
    dcf_reader *r = NULL;
    dcf_record got = {0};
    dcf_reader_start at = {"t", 0, 3};
    int64_t next = 0, end = 0, lag = 0;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_reader_open(&conf, &at, 1, &r, NULL)));
    CU_ASSERT_FALSE(dcf_reader_caught_up(r));
    dcf_reader_progress(r, 0, &next, &end, &lag);
    CU_ASSERT_EQUAL(next, 3);
    CU_ASSERT_EQUAL(lag, 2);
    CU_ASSERT_EQUAL(read_all(r, &got), 2);
    CU_ASSERT_EQUAL(got.offset, 4);
    dcf_reader_progress(r, 0, &next, &end, &lag);
    CU_ASSERT_EQUAL(next, 5);
    CU_ASSERT_EQUAL(end, 5);
    CU_ASSERT_EQUAL(lag, 0);
    dcf_record_free(&got);
    dcf_reader_close(r);
    stop();
}

static void a_reader_that_starts_at_the_end_reads_what_comes_after(void)
{
    start("t", 1);
    dcf_out m[3] = {out("t", "k", "1"), out("t", "k", "2"), out("t", "k", "3")};
    send_all(m, 2);
    dcf_reader *r = NULL;
    dcf_record got = {0};
    dcf_reader_start at = {"t", 0, 2};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_reader_open(&conf, &at, 1, &r, NULL)));
    CU_ASSERT_TRUE(dcf_reader_caught_up(r));
    send_all(&m[2], 1);
    AWAIT(dcf_ok(dcf_reader_poll(r, 100, &got)));
    CU_ASSERT_EQUAL(got.offset, 2);
    dcf_record_free(&got);
    dcf_reader_close(r);
    stop();
}

/* Java's murmur2 of "21" and friends: what the Java client's own tests fix (Utils.murmur2). */
static void keys_go_to_the_partition_java_clients_choose(void)
{
    static const struct {
        const char *key;
        int32_t murmur2;
    } known[] = {
        {"21", -973932308}, {"foobar", -790332482}, {"a-little-bit-long-string", -985981536}};
    enum { PARTITIONS = 7 };
    start("t", PARTITIONS);
    dcf_out m[3];
    dcf_reader_start at[PARTITIONS];
    for (int i = 0; i < 3; i++) m[i] = out("t", known[i].key, "v");
    for (int i = 0; i < PARTITIONS; i++) at[i] = (dcf_reader_start){"t", i, DCF_OFFSET_BEGINNING};
    send_all(m, 3);
    dcf_reader *r = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_reader_open(&conf, at, PARTITIONS, &r, NULL)));
    int n = 0;
    for (int64_t until = dcf_clock_mono_ms() + PATIENCE_MS; n < 3 && dcf_clock_mono_ms() < until;) {
        dcf_record got = {0};
        if (dcf_failed(dcf_reader_poll(r, 100, &got))) continue;
        for (int i = 0; i < 3; i++)
            if (dcf_span_eq_str(got.key, known[i].key))
                CU_ASSERT_EQUAL(got.partition, (known[i].murmur2 & 0x7fffffff) % PARTITIONS);
        n++;
        dcf_record_free(&got);
    }
    CU_ASSERT_EQUAL(n, 3);
    dcf_reader_close(r);
    stop();
}

/* --- transactional pair: the calls, not the guarantee ------------------------ */

struct assigned {
    int given, taken;
};

static void on_given(void *self, const char *topic, const int32_t *partitions, size_t n)
{
    (void)topic;
    (void)partitions;
    ((struct assigned *)self)->given += (int)n;
}

static void on_taken(void *self, const char *topic, const int32_t *partitions, size_t n)
{
    (void)topic;
    (void)partitions;
    ((struct assigned *)self)->taken += (int)n;
}

static dcf_txn *pair(struct assigned *a)
{
    static const char *const topics[] = {"in"};
    static const char *const outputs[] = {"out"};
    dcf_txn_spec spec = {.group = "g",
                         .transactional_id = "x",
                         .second_id = "y",
                         .topics = topics,
                         .topic_count = 1,
                         .outputs = outputs,
                         .output_count = 1,
                         .on_assign = on_given,
                         .on_revoke = on_taken,
                         .self = a};
    dcf_txn *t = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_txn_open(&conf, &spec, &t, NULL)));
    return t;
}

static bool next_record(dcf_txn *t, dcf_record *ret)
{
    dcf_status s = DCF_ERR(AGAIN);
    for (int64_t until = dcf_clock_mono_ms() + PATIENCE_MS;
         dcf_is(s, DCF_E_AGAIN) && dcf_clock_mono_ms() < until;)
        s = dcf_txn_poll(t, 100, ret);
    return dcf_ok(s);
}

static void an_abort_gives_the_records_again(void)
{
    start("in", 2);
    CU_ASSERT_TRUE(dcf_ok(dcf_embedded_topic(cluster, "out", 1)));
    dcf_out m[] = {out("in", "k", "1"), out("in", "k", "2")};
    send_all(m, 2);
    struct assigned a = {0};
    dcf_txn *t = pair(&a);
    dcf_record r = {0};
    for (int turn = 0; turn < 3; turn++) {
        CU_ASSERT_TRUE(next_record(t, &r));
        CU_ASSERT_TRUE(dcf_span_eq_str(r.value, "1"));
        CU_ASSERT_TRUE(dcf_ok(dcf_txn_begin(t)));
        dcf_record_free(&r);
        CU_ASSERT_TRUE(next_record(t, &r));
        CU_ASSERT_TRUE(dcf_span_eq_str(r.value, "2"));
        dcf_record_free(&r);
        if (turn == 1)
            CU_ASSERT_TRUE(dcf_ok(dcf_txn_pause(t, "in", 0)) && dcf_ok(dcf_txn_pause(t, "in", 1)));
        CU_ASSERT_TRUE(dcf_ok(dcf_txn_abort(t)));
        if (turn == 1) {
            CU_ASSERT_TRUE(dcf_is(dcf_txn_poll(t, 300, &r), DCF_E_AGAIN)); /* paused */
            CU_ASSERT_TRUE(dcf_ok(dcf_txn_resume(t, "in", 0)) &&
                           dcf_ok(dcf_txn_resume(t, "in", 1)));
            CU_ASSERT_TRUE(dcf_ok(dcf_txn_resume(t, "in", 1)));
        }
    }
    CU_ASSERT_EQUAL(a.given, 2);
    CU_ASSERT_EQUAL(a.taken, 0);
    dcf_txn_close(t);
    stop();
}

static void a_fatal_error_at_the_end_is_fenced_until_reopened(void)
{
    start("in", 1);
    CU_ASSERT_TRUE(dcf_ok(dcf_embedded_topic(cluster, "out", 1)));
    dcf_out m = out("in", "k", "1"), o = out("out", "k", "1");
    send_all(&m, 1);
    struct assigned a = {0};
    dcf_txn *t = pair(&a);
    dcf_record r = {0};
    CU_ASSERT_TRUE(next_record(t, &r));
    dcf_offset done = {"in", 0, r.offset + 1, NULL};
    dcf_record_free(&r);
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_begin(t)));
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_send(t, &o)));
    dcf_embedded_fail(cluster, 26 /* EndTxn */, 47 /* INVALID_PRODUCER_EPOCH */, 1);
    CU_ASSERT_TRUE(dcf_is(dcf_txn_commit(t, &done, 1), DCF_E_FENCED));
    CU_ASSERT_TRUE(dcf_is(dcf_txn_begin(t), DCF_E_FENCED));
    CU_ASSERT_TRUE(dcf_is(dcf_txn_poll(t, 10, &r), DCF_E_FENCED));
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_reopen(t)));
    CU_ASSERT_TRUE(next_record(t, &r));
    CU_ASSERT_EQUAL(a.given, 2); /* once more: state is to be restored */
    dcf_record_free(&r);
    dcf_txn_close(t);
    stop();
}

static void a_producer_knows_where_it_writes_before_the_first_message(void)
{
    static const char *const outputs[] = {"t"};
    start("t", 1);
    dcf_producer *p = NULL;
    struct seen seen = {0};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(&conf, outputs, 1, &p, NULL)));
    dcf_embedded_hide_topics(cluster);
    dcf_out m = out("t", "k", "v");
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m, on_done, &seen)));
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_flush(p, 20000)));
    CU_ASSERT_EQUAL(seen.ok, 1);
    dcf_producer_close(p, 1000);
    stop();
}

static void a_pair_knows_where_it_writes_before_the_first_message(void)
{
    start("in", 1);
    CU_ASSERT_TRUE(dcf_ok(dcf_embedded_topic(cluster, "out", 1)));
    struct assigned a = {0};
    dcf_txn *t = pair(&a);
    dcf_embedded_hide_topics(cluster);
    dcf_out m = out("out", "k", "1");
    for (int i = 0; i < 2; i++) { /* with either producer */
        CU_ASSERT_TRUE(dcf_ok(dcf_txn_begin(t)));
        CU_ASSERT_TRUE(dcf_ok(dcf_txn_send(t, &m)));
        CU_ASSERT_TRUE(dcf_ok(dcf_txn_commit(t, NULL, 0)));
    }
    dcf_txn_close(t);
    stop();
}

static void a_message_the_cluster_refuses_fails_the_commit(void)
{
    start("in", 1);
    CU_ASSERT_TRUE(dcf_ok(dcf_embedded_topic(cluster, "out", 1)));
    struct assigned a = {0};
    dcf_txn *t = pair(&a);
    dcf_out o = out("out", "k", "1");
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_begin(t)));
    CU_ASSERT_TRUE(dcf_is(dcf_txn_begin(t), DCF_E_BUG));
    dcf_embedded_fail(cluster, 0, 10 /* MESSAGE_TOO_LARGE */, 1);
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_send(t, &o)));
    CU_ASSERT_TRUE(dcf_is(dcf_txn_commit(t, NULL, 0), DCF_E_LIMIT));
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_begin(t)));
    dcf_txn_close(t);
    stop();
}

static void metadata_past_the_limit_aborts(void)
{
    static char big[DCF_OFFSET_METADATA_MAX + 2];
    memset(big, 'x', sizeof big - 1);
    start("in", 1);
    CU_ASSERT_TRUE(dcf_ok(dcf_embedded_topic(cluster, "out", 1)));
    struct assigned a = {0};
    dcf_txn *t = pair(&a);
    dcf_offset done = {"in", 0, 1, big};
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_begin(t)));
    CU_ASSERT_TRUE(dcf_is(dcf_txn_commit(t, &done, 1), DCF_E_LIMIT));
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_begin(t)));
    dcf_txn_close(t); /* aborts */
    stop();
}

#define TESTS(X)                                                                                   \
    X(an_unknown_property_is_refused_by_name)                                                      \
    X(what_the_guarantees_rest_on_cannot_be_set)                                                   \
    X(a_property_without_value_is_refused)                                                         \
    X(probe_counts_brokers_and_says_why_it_cannot)                                                 \
    X(topics_are_made_once_and_counted)                                                            \
    X(a_callback_comes_from_the_producers_thread_after_delivery)                                   \
    X(a_message_past_the_limit_is_refused_at_once)                                                 \
    X(a_refusal_by_the_cluster_reaches_the_callback)                                               \
    X(a_full_queue_says_again_and_recovers)                                                        \
    X(a_fatal_client_error_fails_the_outstanding_and_renews_the_client)                            \
    X(closing_calls_back_for_what_could_not_be_sent)                                               \
    X(a_record_comes_back_as_it_was_sent)                                                          \
    X(a_reader_of_an_empty_partition_is_caught_up_at_once)                                         \
    X(a_reader_starts_where_it_is_told_and_knows_its_lag)                                          \
    X(a_reader_that_starts_at_the_end_reads_what_comes_after)                                      \
    X(keys_go_to_the_partition_java_clients_choose)                                                \
    X(an_abort_gives_the_records_again)                                                            \
    X(a_fatal_error_at_the_end_is_fenced_until_reopened)                                           \
    X(a_producer_knows_where_it_writes_before_the_first_message)                                   \
    X(a_pair_knows_where_it_writes_before_the_first_message)                                       \
    X(a_message_the_cluster_refuses_fails_the_commit)                                              \
    X(metadata_past_the_limit_aborts)
UNIT_MAIN("kafka.embedded", TESTS)
