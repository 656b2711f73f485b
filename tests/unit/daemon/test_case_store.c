/* test_case_store.c - states of cases in the local store, when they are due, and filling it from
 * the topic. */
#include "daemon/case_store.h"

#include "fixture.h"
#include "kafka/producer.h"

static dcf_store *store;
static dcf_case_store stores[4];

static void begin(void)
{
    fx_begin();
    OK(dcf_store_open(fx_path("state"), 64 << 20, &store));
    for (int32_t p = 0; p < 4; p++) OK(dcf_case_store_open(store, p, &stores[p]));
}

static void end(void)
{
    dcf_store_close(store);
    fx_end();
}

/* A state whose waiting message, if any, expires then. */
static void pack_state(const char *key, int64_t expires_at_ms, dcf_buf *out)
{
    Dcf__V1__CaseState state = DCF__V1__CASE_STATE__INIT;
    Dcf__V1__Held waits = DCF__V1__HELD__INIT, *list[] = {&waits};
    state.case_key = (char *)key;
    waits.held_id = (char *)"m";
    waits.expires_at_ms = expires_at_ms;
    if (expires_at_ms) {
        state.waiting = list;
        state.n_waiting = 1;
    }
    OK(dcf_message_pack(&state.base, out));
}

static void put(dcf_store_txn *t, int32_t partition, const char *key, int64_t due)
{
    dcf_buf packed = {0};
    pack_state(key, 0, &packed);
    OK(dcf_case_store_put(t, &stores[partition], key, dcf_buf_span(&packed), due));
    dcf_buf_fini(&packed);
}

static bool has(dcf_store_txn *t, int32_t partition, const char *key)
{
    dcf_arena arena;
    Dcf__V1__CaseState *state = NULL;
    dcf_arena_init(&arena, 1 << 20);
    dcf_status s = dcf_case_store_get(t, &stores[partition], key, &arena, &state);
    bool found = dcf_ok(s) && strcmp(state->case_key, key) == 0;
    CU_ASSERT(found || dcf_is(s, DCF_E_NOT_FOUND));
    dcf_arena_fini(&arena);
    return found;
}

static size_t take_due(dcf_store_txn *t, int32_t partition, int64_t now, const char **keys,
                       size_t most)
{
    static dcf_arena arena;
    size_t n = 0;
    dcf_arena_fini(&arena);
    dcf_arena_init(&arena, 1 << 20);
    OK(dcf_case_store_take_due(t, &stores[partition], now, &arena, keys, most, &n));
    if (n == 0) dcf_arena_fini(&arena);
    return n;
}

static void partitions_do_not_see_each_others_cases(void)
{
    dcf_store_txn *t = NULL;
    begin();
    OK(dcf_store_begin(store, &t));
    put(t, 1, "45AA0000126", INT64_MAX);
    CU_ASSERT(has(t, 1, "45AA0000126") && !has(t, 2, "45AA0000126"));
    OK(dcf_store_commit(t));
    end();
}

static void what_an_aborted_transaction_wrote_is_not_there(void)
{
    dcf_store_txn *t = NULL;
    const char *keys[4];
    begin();
    OK(dcf_store_begin(store, &t));
    put(t, 0, "45AA0000126", 10);
    dcf_store_abort(t);
    OK(dcf_store_begin(store, &t));
    CU_ASSERT(!has(t, 0, "45AA0000126"));
    CU_ASSERT_EQUAL(take_due(t, 0, 100, keys, 4), 0);
    dcf_store_abort(t);
    end();
}

static void due_cases_come_earliest_first_once_and_not_before_their_time(void)
{
    dcf_store_txn *t = NULL;
    const char *keys[4];
    begin();
    OK(dcf_store_begin(store, &t));
    put(t, 0, "late", 3000000000000);
    put(t, 0, "second", 200);
    put(t, 0, "first", 100); /* sorts before the others as a number, not as text */
    put(t, 0, "never", INT64_MAX);
    CU_ASSERT_EQUAL(take_due(t, 0, 99, keys, 4), 0);
    CU_ASSERT_EQUAL(take_due(t, 0, 200, keys, 1), 1);
    CU_ASSERT_STRING_EQUAL(keys[0], "first");
    CU_ASSERT_EQUAL(take_due(t, 0, 200, keys, 4), 1);
    CU_ASSERT_STRING_EQUAL(keys[0], "second");
    CU_ASSERT_EQUAL(take_due(t, 0, 200, keys, 4), 0);
    CU_ASSERT_EQUAL(take_due(t, 0, 3000000000000, keys, 4), 1);
    CU_ASSERT_EQUAL(take_due(t, 0, 3000000000001, keys, 4), 0); /* ends the memory of keys */
    dcf_store_abort(t);
    end();
}

static void all_that_is_due_at_one_moment_comes_and_is_taken(void)
{
    dcf_store_txn *t = NULL;
    const char *keys[4];
    begin();
    OK(dcf_store_begin(store, &t));
    put(t, 0, "45AA0000226", 100);
    put(t, 0, "45AA0000126", 100);
    put(t, 0, "45AA0000326", 100);
    CU_ASSERT_EQUAL_FATAL(take_due(t, 0, 100, keys, 4), 3);
    CU_ASSERT_STRING_EQUAL(keys[0], "45AA0000126");
    CU_ASSERT_STRING_EQUAL(keys[2], "45AA0000326");
    CU_ASSERT_EQUAL(take_due(t, 0, 100, keys, 4), 0);
    dcf_store_abort(t);
    end();
}

/* --- restoring -------------------------------------------------------------------- */

static dcf_embedded *cluster;
static dcf_kafka_conf conf;

static void cluster_begin(void)
{
    begin();
    OK(dcf_embedded_start(1, &cluster));
    conf = (dcf_kafka_conf){.bootstrap = dcf_embedded_bootstrap(cluster)};
    OK(dcf_embedded_topic(cluster, "t.case", 4));
}

static void cluster_end(void)
{
    dcf_embedded_stop(cluster);
    end();
}

static void produce(dcf_producer *p, int32_t partition, const char *key, dcf_span value)
{
    OK(dcf_producer_send(
        p,
        &(dcf_out){
            .topic = "t.case", .partition = partition, .key = dcf_span_str(key), .value = value},
        NULL, NULL));
}

static dcf_status restore(const int32_t *mine, size_t n)
{
    const dcf_case_restore how = {store, &conf, "t.case"};
    dcf_case_restoring *r = NULL;
    OK(dcf_case_restore_begin(&how, stores, mine, n, &r));
    dcf_status s;
    do s = dcf_case_restore_step(r, stores);
    while (dcf_is(s, DCF_E_AGAIN));
    dcf_case_restore_end(r);
    return s;
}

/* As long as the due list has room for, and that many more. */
static const char *longest_key(size_t more)
{
    static char key[DCF_STORE_KEY_MAX + 1];
    memset(key, 'k', sizeof key);
    key[DCF_STORE_KEY_MAX - 8 + more] = 0;
    return key;
}

static bool is_kept(dcf_store_txn *t, int32_t partition, const char *key)
{
    dcf_span packed;
    return dcf_ok(dcf_store_get(t, stores[partition].cases, dcf_span_str(key), &packed));
}

static void fill_topic(void)
{
    dcf_producer *p = NULL;
    dcf_buf plain = {0}, waits = {0};
    OK(dcf_producer_open(&conf, NULL, 0, &p, NULL));
    pack_state("gone", 0, &plain);
    produce(p, 1, "gone", dcf_buf_span(&plain));
    dcf_buf_clear(&plain);
    pack_state("kept", 0, &plain);
    produce(p, 1, "kept", dcf_buf_span(&plain));
    produce(p, 1, longest_key(0), dcf_buf_span(&plain));
    produce(p, 1, longest_key(1), dcf_buf_span(&plain)); /* more than the store takes */
    pack_state("waits", 500, &waits);
    produce(p, 3, "waits", dcf_buf_span(&waits));
    produce(p, 2, "kept", dcf_buf_span(&plain)); /* another's partition */
    produce(p, 1, "gone", (dcf_span){0});        /* a tombstone */
    OK(dcf_producer_flush(p, PATIENCE_MS));
    dcf_producer_close(p, 1000);
    dcf_buf_fini(&plain);
    dcf_buf_fini(&waits);
}

static void a_restore_is_what_the_topic_says_and_nothing_older(void)
{
    const int32_t mine[] = {1, 3};
    dcf_store_txn *t = NULL;
    const char *keys[4];
    cluster_begin();
    OK(dcf_store_begin(store, &t));
    put(t, 1, "stale", 1);
    put(t, 3, "stale", 1);
    put(t, 0, "others", INT64_MAX);
    OK(dcf_store_commit(t));
    fill_topic();
    OK(restore(mine, 2));
    CU_ASSERT_EQUAL(stores[1].level, 5);
    CU_ASSERT_EQUAL(stores[3].level, 1);
    OK(dcf_store_begin(store, &t));
    CU_ASSERT(has(t, 1, "kept") && !has(t, 1, "gone") && !has(t, 1, "stale"));
    CU_ASSERT(is_kept(t, 1, longest_key(0)) && !is_kept(t, 1, longest_key(1)));
    CU_ASSERT(has(t, 3, "waits") && !has(t, 3, "stale") && !has(t, 2, "kept") &&
              has(t, 0, "others"));
    CU_ASSERT_EQUAL(take_due(t, 1, INT64_MAX - 1, keys, 4), 0); /* stale's time is forgotten too */
    CU_ASSERT_EQUAL(take_due(t, 3, 499, keys, 4), 0);
    CU_ASSERT_EQUAL(take_due(t, 3, 500, keys, 4), 1); /* what waits is due again */
    CU_ASSERT_EQUAL(take_due(t, 3, 500, keys, 4), 0);
    dcf_store_abort(t);
    cluster_end();
}

/* What was level is read on, not anew: what others committed since is seen, the rest stays. */
static void a_second_restore_reads_on_from_where_the_first_ended(void)
{
    const int32_t mine[] = {1};
    dcf_producer *p = NULL;
    dcf_buf packed = {0};
    dcf_store_txn *t = NULL;
    cluster_begin();
    fill_topic();
    OK(restore(mine, 1));
    CU_ASSERT_EQUAL(stores[1].level, 5);
    OK(dcf_store_begin(store, &t));
    put(t, 1, "mark", INT64_MAX); /* on no topic: a reading anew would drop it */
    OK(dcf_store_commit(t));
    OK(dcf_producer_open(&conf, NULL, 0, &p, NULL));
    pack_state("new", 0, &packed);
    produce(p, 1, "new", dcf_buf_span(&packed));
    produce(p, 1, "kept", (dcf_span){0});
    OK(dcf_producer_flush(p, PATIENCE_MS));
    dcf_producer_close(p, 1000);
    OK(restore(mine, 1));
    CU_ASSERT_EQUAL(stores[1].level, 7);
    OK(dcf_store_begin(store, &t));
    CU_ASSERT(has(t, 1, "mark") && has(t, 1, "new") && !has(t, 1, "kept"));
    dcf_store_abort(t);
    dcf_buf_fini(&packed);
    cluster_end();
}

#define TESTS(X)                                                                                   \
    X(partitions_do_not_see_each_others_cases)                                                     \
    X(what_an_aborted_transaction_wrote_is_not_there)                                              \
    X(due_cases_come_earliest_first_once_and_not_before_their_time)                                \
    X(all_that_is_due_at_one_moment_comes_and_is_taken)                                            \
    X(a_restore_is_what_the_topic_says_and_nothing_older)                                          \
    X(a_second_restore_reads_on_from_where_the_first_ended)
UNIT_MAIN("case_store", TESTS)
