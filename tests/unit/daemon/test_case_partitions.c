/* test_case_partitions.c - cold, warm, another's: what the exchange may read. On an in-process
 * Kafka, which gives the partitions by a real consumer. */
#include "daemon/case_partitions.h"

#include "fixture.h"

static dcf_embedded *cluster;
static dcf_kafka_conf conf;
static dcf_store *store;
static dcf_txn *txn;
static dcf_case_partitions c;
static bool given;

static void on_assign(void *self, const char *topic, const int32_t *partitions, size_t n)
{
    (void)self;
    (void)topic;
    dcf_case_partitions_give(&c, txn, partitions, n);
    given = true;
}

static bool polled(void)
{
    dcf_record r = {0};
    dcf_status s = dcf_txn_poll(txn, 50, &r);
    dcf_record_free(&r);
    CU_ASSERT(dcf_ok(s) || dcf_is(s, DCF_E_AGAIN));
    return true;
}

/* Three partitions, assigned and cold. */
static void begin(void)
{
    static const char *const topics[] = {"t.submitted"};
    fx_begin();
    OK(dcf_embedded_start(1, &cluster));
    conf = (dcf_kafka_conf){.bootstrap = dcf_embedded_bootstrap(cluster)};
    OK(dcf_embedded_topic(cluster, "t.submitted", 3));
    OK(dcf_embedded_topic(cluster, "t.case", 3));
    OK(dcf_store_open(fx_path("state"), 64 << 20, &store));
    c = (dcf_case_partitions){.how = {store, &conf, "t.case"}, .input = "t.submitted"};
    given = false;
    const dcf_txn_spec spec = {.group = "g",
                               .transactional_id = "g",
                               .topics = topics,
                               .topic_count = 1,
                               .on_assign = on_assign};
    OK(dcf_txn_open(&conf, &spec, &txn, NULL));
    AWAIT(polled() && given);
}

static void end(void)
{
    dcf_case_partitions_forget(&c);
    dcf_txn_close(txn);
    dcf_store_close(store);
    dcf_embedded_stop(cluster);
    fx_end();
}

static void warm_up(void)
{
    AWAIT(polled() && dcf_case_partitions_warm_up(&c, txn));
}

static void what_is_given_is_cold_until_all_of_it_is_restored(void)
{
    begin();
    CU_ASSERT_EQUAL(c.cold_count, 3);
    CU_ASSERT_EQUAL(c.warm_count, 0);
    warm_up();
    CU_ASSERT_EQUAL(c.cold_count, 0);
    CU_ASSERT_EQUAL(c.warm_count, 3);
    for (int32_t p = 0; p < 3; p++) CU_ASSERT(c.warm[p]);
    CU_ASSERT_FALSE(dcf_case_partitions_warm_up(&c, txn)); /* told once */
    end();
}

static void what_is_taken_is_no_more_read_and_the_rest_is(void)
{
    static const int32_t gone[] = {1, DCF_PARTITIONS_MAX, -1}; /* and two that never were */
    begin();
    warm_up();
    dcf_case_partitions_take(&c, gone, 3);
    dcf_case_partitions_take(&c, gone, 1);
    CU_ASSERT_EQUAL(c.warm_count, 2);
    CU_ASSERT(c.warm[0] && !c.warm[1] && c.warm[2]);
    end();
}

/* A rebalance in the middle of a restore: what it was about may be another's by now. */
static void a_restore_under_way_ends_with_what_it_was_about(void)
{
    static const int32_t first[] = {0};
    begin();
    AWAIT(polled() && (dcf_case_partitions_warm_up(&c, txn) || c.restoring));
    dcf_case_partitions_take(&c, first, 1);
    CU_ASSERT_EQUAL(c.cold_count, 0);
    CU_ASSERT_PTR_NULL(c.restoring);
    dcf_case_partitions_give(&c, txn, first, 1);
    CU_ASSERT_EQUAL(c.cold_count, 1);
    warm_up();
    CU_ASSERT(c.warm[0]);
    end();
}

static void what_is_forgotten_is_all_of_it(void)
{
    static const int32_t again[] = {2};
    begin();
    warm_up();
    dcf_case_partitions_give(&c, txn, again, 1);
    dcf_case_partitions_forget(&c);
    CU_ASSERT_EQUAL(c.warm_count, 0);
    CU_ASSERT_EQUAL(c.cold_count, 0);
    CU_ASSERT_FALSE(c.warm[0] || c.warm[1] || c.warm[2]);
    end();
}

#define TESTS(X)                                                                                   \
    X(what_is_given_is_cold_until_all_of_it_is_restored)                                           \
    X(what_is_taken_is_no_more_read_and_the_rest_is)                                               \
    X(a_restore_under_way_ends_with_what_it_was_about)                                             \
    X(what_is_forgotten_is_all_of_it)
UNIT_MAIN("case partitions", TESTS)
