/* test_follow.c - the follower against the in-process cluster: what is on the topics comes into the
 * ledger, once. */
#include "await.h"
#include "kafka/embedded.h"
#include "kafka/producer.h"
#include "ledger/follow.h"
#include "ledger_events.h"

#include <pthread.h>
#include <time.h>

#define OK(expr) CU_ASSERT_TRUE_FATAL(dcf_ok(expr))

typedef struct road {
    char path[64];
    dcf_embedded *cluster;
    dcf_kafka_conf conf;
    dcf_producer *producer;
    dcf_ledger *ledger;
    dcf_ledger_follower follower;
    pthread_t thread;
} road;

static void begin(road *r)
{
    *r = (road){0};
    ledger_file(r->path);
    OK(dcf_embedded_start(1, &r->cluster));
    OK(dcf_embedded_topic(r->cluster, "dcf.audit", 2));
    OK(dcf_embedded_topic(r->cluster, "dcf.held", 2));
    r->conf.bootstrap = dcf_embedded_bootstrap(r->cluster);
    OK(dcf_producer_open(&r->conf, NULL, 0, &r->producer, NULL));
    OK(dcf_ledger_open(r->path, &r->ledger));
}

static void end(road *r)
{
    dcf_producer_close(r->producer, 1000);
    dcf_ledger_close(r->ledger);
    dcf_embedded_stop(r->cluster);
    drop_ledger_file(r->path);
}

static void start(road *r)
{
    r->follower = (dcf_ledger_follower){
        .ledger = r->ledger, .kafka = &r->conf, .audit = "dcf.audit", .held = "dcf.held"};
    CU_ASSERT_EQUAL_FATAL(pthread_create(&r->thread, NULL, dcf_ledger_follow, &r->follower), 0);
}

static void stop(road *r)
{
    atomic_store(&r->follower.stop, true);
    pthread_join(r->thread, NULL);
}

/* Events of this many messages, from this number on. */
static void send(road *r, int from, int count)
{
    for (int i = from; i < from + count; i++) {
        char id[16], key[16];
        uint8_t bytes[EVENT_BYTES];
        snprintf(id, sizeof id, "L:%d", i);
        snprintf(key, sizeof key, "K%d", i % 10);
        const step s = {KIND(RECEIVED), id, key, NULL, 1000 + i, NULL, NULL};
        OK(dcf_producer_send(r->producer,
                             &(dcf_out){.topic = "dcf.audit",
                                        .partition = -1,
                                        .key = dcf_span_str(key),
                                        .value = pack_event(&s, bytes)},
                             NULL, NULL));
    }
    OK(dcf_producer_flush(r->producer, PATIENCE_MS));
}

static uint64_t events(road *r)
{
    dcf_ledger_totals t = {0};
    OK(dcf_ledger_totals_get(r->ledger, &t));
    CU_ASSERT_EQUAL(t.events, t.messages); /* one event a message: more would be doubled */
    return t.events;
}

static void reaches(road *r, uint64_t expected)
{
    AWAIT(events(r) == expected && atomic_load(&r->follower.lag) == 0 &&
          atomic_load(&r->follower.caught_up));
}

static void all_records_come_once_over_stops_and_starts(void)
{
    road r;
    begin(&r);
    send(&r, 0, 300);
    start(&r);
    reaches(&r, 300);
    send(&r, 300, 50);
    reaches(&r, 350);
    stop(&r);
    CU_ASSERT_EQUAL(atomic_load(&r.follower.lag), -1);
    send(&r, 350, 50);
    CU_ASSERT_EQUAL(events(&r), 350);
    start(&r);
    reaches(&r, 400);
    stop(&r);
    end(&r);
}

static void a_topic_that_was_made_anew_is_projected_from_its_beginning(void)
{
    road r;
    begin(&r);
    for (int32_t p = 0; p < 2; p++) /* what the ledger knows of the topic that went before */
        OK(put_event(r.ledger, p, 5000,
                     &(step){KIND(RECEIVED), p ? "old:1" : "old:0", "K", NULL, 1, NULL, NULL}));
    send(&r, 0, 40);
    start(&r);
    reaches(&r, 40);
    stop(&r);
    end(&r);
}

static void it_stops_while_there_is_no_cluster(void)
{
    road r;
    begin(&r);
    r.conf.bootstrap = "127.0.0.1:1";
    start(&r);
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    stop(&r);
    r.conf.bootstrap = dcf_embedded_bootstrap(r.cluster);
    end(&r);
}

#define TESTS(X)                                                                                   \
    X(all_records_come_once_over_stops_and_starts)                                                 \
    X(a_topic_that_was_made_anew_is_projected_from_its_beginning)                                  \
    X(it_stops_while_there_is_no_cluster)
UNIT_MAIN("follow", TESTS)
