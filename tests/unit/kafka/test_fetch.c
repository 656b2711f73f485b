/* test_fetch.c - records by their place, on the in-process cluster. */
#include "await.h"
#include "kafka/embedded.h"
#include "kafka/fetch.h"
#include "kafka/producer.h"

enum { RECORDS = 20 };

static dcf_embedded *cluster;
static dcf_kafka_conf conf;
static dcf_fetcher *fetcher;

static void begin(void)
{
    dcf_producer *p = NULL;
    char text[16];
    CU_ASSERT_FATAL(dcf_ok(dcf_embedded_start(1, &cluster)));
    CU_ASSERT_FATAL(dcf_ok(dcf_embedded_topic(cluster, "t.held", 2)));
    conf = (dcf_kafka_conf){.bootstrap = dcf_embedded_bootstrap(cluster)};
    CU_ASSERT_FATAL(dcf_ok(dcf_producer_open(&conf, NULL, 0, &p, NULL)));
    for (int i = 0; i < RECORDS; i++) {
        snprintf(text, sizeof text, "%d", i);
        dcf_out out = {.topic = "t.held", .partition = i % 2, .value = dcf_span_str(text)};
        CU_ASSERT_FATAL(dcf_ok(dcf_producer_send(p, &out, NULL, NULL)));
    }
    CU_ASSERT_FATAL(dcf_ok(dcf_producer_flush(p, PATIENCE_MS)));
    dcf_producer_close(p, 0);
    CU_ASSERT_FATAL(dcf_ok(dcf_fetcher_open(&conf, &fetcher, NULL)));
}

static void end(void)
{
    dcf_fetcher_close(fetcher);
    dcf_embedded_stop(cluster);
}

/* The number in the record; -1: there is none. */
static int at(int32_t partition, int64_t offset)
{
    dcf_record r = {0};
    dcf_status s = dcf_fetcher_get(fetcher, "t.held", partition, offset, PATIENCE_MS, &r);
    CU_ASSERT(dcf_ok(s) || dcf_is(s, DCF_E_NOT_FOUND));
    int n = dcf_ok(s) ? (int)(r.value.data[0] - '0') : -1;
    if (n >= 0 && r.value.size > 1) n = n * 10 + (int)(r.value.data[1] - '0');
    if (dcf_ok(s)) CU_ASSERT(r.offset == offset && r.partition == partition);
    dcf_record_free(&r);
    return n;
}

static void any_record_is_given_in_any_order(void)
{
    begin();
    for (int i = RECORDS; i-- > 0;) CU_ASSERT_EQUAL(at(i % 2, i / 2), i);
    CU_ASSERT_EQUAL(at(1, 3), 7);
    CU_ASSERT_EQUAL(at(1, 3), 7);
    end();
}

static void a_place_past_the_end_has_none(void)
{
    begin();
    CU_ASSERT_EQUAL(at(0, RECORDS), -1);
    CU_ASSERT_EQUAL(at(0, RECORDS / 2), -1);
    CU_ASSERT_EQUAL(at(0, 0), 0); /* and that spoils nothing */
    end();
}

/* A record takes milliseconds, the machine permitting; what the client library waits by itself is
 * a second each. */
static void one_after_the_other_does_not_wait(void)
{
    begin();
    CU_ASSERT_EQUAL(at(0, 0), 0);
    int64_t took = 900;
    for (int i = 0; i < RECORDS && took >= 900; i++) {
        int64_t from = dcf_clock_mono_ms();
        CU_ASSERT_EQUAL(at(0, 1), 2);
        took = dcf_clock_mono_ms() - from;
    }
    CU_ASSERT(took < 900);
    end();
}

#define TESTS(X)                                                                                   \
    X(any_record_is_given_in_any_order)                                                            \
    X(a_place_past_the_end_has_none)                                                               \
    X(one_after_the_other_does_not_wait)

UNIT_MAIN("fetch", TESTS)
