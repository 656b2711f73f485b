/* test_producer.c - the idempotent producer and the topics on a real Kafka.
 * SPDX-License-Identifier: MIT */
#include "live.h"

#include <stdatomic.h>

struct seen {
    atomic_int calls, ok, last;
};

static void on_done(void *opaque, dcf_status status)
{
    struct seen *s = opaque;
    atomic_store(&s->last, status.code);
    if (dcf_ok(status)) atomic_fetch_add(&s->ok, 1);
    atomic_fetch_add(&s->calls, 1);
}

static void probe_counts_the_brokers(void)
{
    dcf_kafka_error err = {0};
    int brokers = 0;
    CU_ASSERT_TRUE(dcf_ok(dcf_kafka_probe(live(), LIVE_WAIT_MS, &brokers, &err)));
    CU_ASSERT_TRUE(brokers >= 1);
}

static void topics_are_made_once_and_kept(void)
{
    char name[LIVE_NAME];
    int n = 0;
    live_topic(name, "topic", 3);
    dcf_topic_spec again = {.name = name, .partitions = 5, .compacted = true};
    dcf_kafka_error err = {0};
    CU_ASSERT_TRUE(dcf_ok(dcf_topics_ensure(live(), NULL, &again, 1, LIVE_WAIT_MS, &err)));
    CU_ASSERT_TRUE(dcf_ok(dcf_topic_partitions(live(), name, LIVE_WAIT_MS, &n)));
    CU_ASSERT_EQUAL(n, 3);
    CU_ASSERT_TRUE(dcf_is(dcf_topic_partitions(live(), "test.absent", 10000, &n), DCF_E_NOT_FOUND));
    again.name = "no spaces allowed";
    CU_ASSERT_TRUE(
        dcf_is(dcf_topics_ensure(live(), NULL, &again, 1, LIVE_WAIT_MS, &err), DCF_E_CONFIG));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "no spaces allowed"));
}

static void delivered_means_it_can_be_read(void)
{
    static const char *const pairs[] = {"linger.ms", "60000", "batch.num.messages", "2", NULL};
    dcf_kafka_conf conf = *live();
    char topic[LIVE_NAME];
    struct seen seen = {0};
    dcf_producer *p = NULL;
    conf.properties = pairs;
    live_topic(topic, "sent", 1);
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(&conf, NULL, 0, &p, NULL)));
    dcf_out m = live_out(topic, "k", "0");
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m, on_done, &seen)));
    CU_ASSERT_EQUAL(seen.calls, 0); /* accepted is not delivered */
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m, on_done, &seen)));
    AWAIT(seen.calls == 2);
    CU_ASSERT_EQUAL(seen.ok, 2);
    CU_ASSERT_EQUAL(live_each(topic, NULL, NULL), 2);
    dcf_producer_close(p, 1000);
}

static void a_message_the_topic_refuses_fails_alone(void)
{
    enum { SIZE = (1 << 20) + 4096 }; /* above the topic's limit, below the client's */
    char topic[LIVE_NAME];
    struct seen small = {0}, big = {0};
    dcf_producer *p = NULL;
    uint8_t *noise = malloc(SIZE);
    uint32_t seed = 7;
    for (size_t i = 0; i < SIZE; i++)
        noise[i] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
    live_topic(topic, "sized", 1);
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(live(), NULL, 0, &p, NULL)));
    dcf_out m = live_out(topic, "k", "0"), b = m;
    b.value = dcf_span_of(noise, SIZE);
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &b, on_done, &big)));
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_flush(p, LIVE_WAIT_MS)));
    CU_ASSERT_EQUAL(big.last, DCF_E_LIMIT);
    for (int tries = 0; small.ok == 0 && tries < 5;
         tries++) { /* 2.0.2 may lose the sequence and need a new client */
        CU_ASSERT_FALSE(dcf_is(dcf_producer_send(p, &m, on_done, &small), DCF_E_LIMIT));
        CU_ASSERT_TRUE(dcf_ok(dcf_producer_flush(p, LIVE_WAIT_MS)));
    }
    CU_ASSERT_EQUAL(small.ok, 1);
    CU_ASSERT_EQUAL(live_each(topic, NULL, NULL), 1);
    free(noise);
    dcf_producer_close(p, 1000);
}

static void an_unknown_topic_is_said_to_be_not_found(void)
{
    static const char *const properties[] = {"topic.metadata.propagation.max.ms", "500", NULL};
    dcf_kafka_conf conf = *live();
    char topic[LIVE_NAME];
    struct seen seen = {0};
    dcf_producer *p = NULL;
    conf.properties = properties;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(&conf, NULL, 0, &p, NULL)));
    dcf_out m = live_out(live_name(topic, "absent"), "k", "0");
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_send(p, &m, on_done, &seen)));
    CU_ASSERT_TRUE(dcf_ok(dcf_producer_flush(p, LIVE_WAIT_MS)));
    CU_ASSERT_EQUAL(seen.last, DCF_E_NOT_FOUND);
    dcf_producer_close(p, 1000);
}

static void a_renewed_client_delivers(void)
{
    char topic[LIVE_NAME];
    struct seen seen = {0};
    dcf_producer *p = NULL;
    live_topic(topic, "renewed", 1);
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_producer_open(live(), NULL, 0, &p, NULL)));
    dcf_producer_break(p);
    dcf_out m = live_out(topic, "k", "0");
    for (int64_t until = dcf_clock_mono_ms() + LIVE_WAIT_MS;
         seen.ok == 0 && dcf_clock_mono_ms() < until;)
        if (dcf_ok(dcf_producer_send(p, &m, on_done, &seen)))
            (void)!dcf_ok(dcf_producer_flush(p, LIVE_WAIT_MS));
    CU_ASSERT_EQUAL(seen.ok, 1);
    CU_ASSERT_EQUAL(live_each(topic, NULL, NULL), 1);
    dcf_producer_close(p, 1000);
}

#define TESTS(X)                                                                                   \
    X(probe_counts_the_brokers)                                                                    \
    X(topics_are_made_once_and_kept)                                                               \
    X(delivered_means_it_can_be_read)                                                              \
    X(a_message_the_topic_refuses_fails_alone)                                                     \
    X(an_unknown_topic_is_said_to_be_not_found)                                                    \
    X(a_renewed_client_delivers)
UNIT_MAIN("kafka.producer", TESTS)
