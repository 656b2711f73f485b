/* test_watch.c - Kafka seen from outside: away after a time without an answer, ill when it takes no
 * transaction, and what lies on a
 * topic beyond delivery's window. */
#include "daemon/watch.h"

#include "await.h"
#include "kafka/embedded.h"
#include "kafka/producer.h"
#include "kafka/topics.h"

#include <stdio.h>

#define OK(expr) CU_ASSERT_TRUE_FATAL(dcf_ok(expr))

enum { HOUR_MS = 3600000 };

static uint64_t seen_depth;

static void queues(void *self, dcf_queue_cb *cb, void *ctx)
{
    (void)self;
    cb(ctx, &(dcf_queue_info){.party = "cps", .depth = seen_depth});
    cb(ctx, &(dcf_queue_info){.party = "idle", .depth = 0});
}

static void keep_ok(void *ctx, const dcf_role_info *info)
{
    *(bool *)ctx = info->ok;
}

static bool is_well(dcf_watch *w)
{
    bool ok = false;
    dcf_watch_tell(w, keep_ok, &ok);
    return ok;
}

static void kafka_is_away_only_after_a_time(void)
{
    const dcf_kafka_conf nowhere = {.bootstrap = "127.0.0.1:1", .client_id = "unit"};
    dcf_config config = {.prefix = "unit", .instance = "one"};
    dcf_watch *w = NULL;
    int64_t begun = dcf_clock_mono_ms();
    OK(dcf_watch_start(&(dcf_watch_config){.config = &config,
                                           .kafka = &nowhere,
                                           .queues = queues,
                                           .every_ms = 50,
                                           .away_ms = 1500,
                                           .probe_ms = 200},
                       &w));
    AWAIT(!is_well(w));
    CU_ASSERT_TRUE(dcf_clock_mono_ms() - begun >= 1500); /* no verdict before the time is over */
    CU_ASSERT_TRUE(dcf_watch_moves(w, begun - HOUR_MS)); /* its call ends when Kafka is back */
    dcf_watch_stop(w);
}

static void keep_told(void *ctx, const dcf_role_info *info)
{
    snprintf(ctx, 64, "%s, %s", info->state, info->ok ? "well" : "ill");
}

static const char *told(dcf_watch *w)
{
    static char text[64];
    dcf_watch_tell(w, keep_told, text);
    return text;
}

/* As with two of three brokers down: what is left tells who there is, and writes nothing down. */
static void brokers_that_answer_and_take_no_transaction_are_not_well(void)
{
    enum { INIT_PRODUCER_ID = 22, NOT_ENOUGH_REPLICAS = 19, TIMES = 1000 };
    dcf_embedded *e = NULL;
    dcf_watch *w = NULL;
    OK(dcf_embedded_start(1, &e));
    const dcf_kafka_conf kafka = {.bootstrap = dcf_embedded_bootstrap(e), .client_id = "unit"};
    dcf_config config = {.prefix = "unit", .instance = "one"};
    dcf_embedded_fail(e, INIT_PRODUCER_ID, NOT_ENOUGH_REPLICAS, TIMES);
    OK(dcf_watch_start(&(dcf_watch_config){.config = &config,
                                           .kafka = &kafka,
                                           .queues = queues,
                                           .every_ms = 50,
                                           .away_ms = 1,
                                           .probe_ms = 2000},
                       &w));
    AWAIT(strcmp(told(w), "reads only, ill") == 0);
    dcf_embedded_fail(e, INIT_PRODUCER_ID, 0, 0);
    AWAIT(strcmp(told(w), "answering, well") == 0);
    dcf_watch_stop(w);
    dcf_embedded_stop(e);
}

static void a_queue_is_as_deep_as_its_topic(void)
{
    dcf_embedded *e = NULL;
    dcf_watch *w = NULL;
    dcf_producer *p = NULL;
    OK(dcf_embedded_start(1, &e));
    const dcf_kafka_conf kafka = {.bootstrap = dcf_embedded_bootstrap(e), .client_id = "unit"};
    const dcf_topic_spec topic = {"unit.deliver.cps", 2, false, 0, 0};
    const char *const outputs[] = {topic.name};
    OK(dcf_topics_ensure(&kafka, e, &topic, 1, PATIENCE_MS, NULL));
    OK(dcf_producer_open(&kafka, outputs, 1, &p, NULL));
    for (int i = 0; i < 7; i++)
        OK(dcf_producer_send(p,
                             &(dcf_out){.topic = topic.name,
                                        .partition = i % 2,
                                        .key = dcf_span_str("k"),
                                        .value = dcf_span_str("v")},
                             NULL, NULL));
    OK(dcf_producer_flush(p, PATIENCE_MS));
    dcf_config config = {.prefix = "unit", .instance = "one"};
    seen_depth = 2;
    OK(dcf_watch_start(
        &(dcf_watch_config){.config = &config, .kafka = &kafka, .queues = queues, .every_ms = 100},
        &w));
    AWAIT(dcf_watch_depth(w, "cps", 2) == 7);
    CU_ASSERT_EQUAL(dcf_watch_depth(w, "cps", 9), 9); /* what delivery sees is never less */
    CU_ASSERT_EQUAL(dcf_watch_depth(w, "cps", 0), 0); /* done since the last look */
    CU_ASSERT_EQUAL(dcf_watch_depth(w, "idle", 0), 0);
    CU_ASSERT_TRUE(is_well(w));
    CU_ASSERT_TRUE(dcf_watch_moves(w, dcf_clock_mono_ms()));
    CU_ASSERT_FALSE(dcf_watch_moves(w, dcf_clock_mono_ms() - HOUR_MS)); /* stuck by itself */
    dcf_watch_stop(w);
    dcf_producer_close(p, 5000);
    dcf_embedded_stop(e);
}

#define TESTS(X)                                                                                   \
    X(kafka_is_away_only_after_a_time)                                                             \
    X(brokers_that_answer_and_take_no_transaction_are_not_well)                                    \
    X(a_queue_is_as_deep_as_its_topic)
UNIT_MAIN("watch", TESTS)
