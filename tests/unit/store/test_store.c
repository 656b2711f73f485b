/* test_store.c - the state store keeps what was committed, and nothing else.
 * SPDX-License-Identifier: MIT */
#include "store/store.h"

#include "unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAP = 16 << 20 };

static char folder[64];

static dcf_store *opened(void)
{
    dcf_store *s = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_store_open(folder, MAP, &s)));
    return s;
}

static dcf_store *fresh(void)
{
    snprintf(folder, sizeof folder, "/tmp/dcf-store-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    return opened();
}

static void finish(dcf_store *s)
{
    char path[96];
    dcf_store_close(s);
    static const char *const files[] = {"data.mdb", "lock.mdb", "owner", "dirty"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    rmdir(folder);
}

static dcf_store_ns ns_of(dcf_store *s, const char *name)
{
    dcf_store_ns ns = 0;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_store_namespace(s, name, &ns)));
    return ns;
}

static dcf_store_txn *writing(dcf_store *s)
{
    dcf_store_txn *t = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_store_begin(s, &t)));
    return t;
}

static dcf_store_txn *reading(dcf_store *s)
{
    dcf_store_txn *t = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_store_begin_read(s, &t)));
    return t;
}

static void put(dcf_store_txn *t, dcf_store_ns ns, const char *key, const char *value)
{
    CU_ASSERT_TRUE(dcf_ok(dcf_store_put(t, ns, dcf_span_str(key), dcf_span_str(value))));
}

/* The committed value equals `want`; NULL: the key is absent. */
static bool holds(dcf_store *s, dcf_store_ns ns, const char *key, const char *want)
{
    dcf_store_txn *t = reading(s);
    dcf_span value = {0};
    dcf_status r = dcf_store_get(t, ns, dcf_span_str(key), &value);
    bool as_wanted = want ? dcf_ok(r) && dcf_span_eq_str(value, want) : dcf_is(r, DCF_E_NOT_FOUND);
    dcf_store_abort(t);
    return as_wanted;
}

static void an_aborted_write_leaves_nothing(void)
{
    dcf_store *s = fresh();
    dcf_store_ns ns = ns_of(s, "case/0");
    dcf_store_txn *t = writing(s);
    put(t, ns, "a", "1");
    CU_ASSERT_TRUE(dcf_ok(dcf_store_commit(t)));
    t = writing(s);
    put(t, ns, "a", "2");
    put(t, ns, "b", "2");
    dcf_span own = {0};
    CU_ASSERT_TRUE(dcf_ok(dcf_store_get(t, ns, dcf_span_str("a"), &own)) &&
                   dcf_span_eq_str(own, "2"));
    CU_ASSERT_TRUE(holds(s, ns, "a", "1")); /* a reader beside it sees the last commit */
    dcf_store_abort(t);
    CU_ASSERT_TRUE(holds(s, ns, "a", "1"));
    CU_ASSERT_TRUE(holds(s, ns, "b", NULL));
    finish(s);
}

static void a_reader_keeps_its_moment(void)
{
    dcf_store *s = fresh();
    dcf_store_ns ns = ns_of(s, "case/0");
    dcf_store_txn *before = reading(s);
    dcf_store_txn *t = writing(s);
    put(t, ns, "a", "1");
    CU_ASSERT_TRUE(dcf_ok(dcf_store_commit(t)));
    dcf_span value = {0};
    CU_ASSERT_TRUE(dcf_is(dcf_store_get(before, ns, dcf_span_str("a"), &value), DCF_E_NOT_FOUND));
    dcf_store_abort(before);
    CU_ASSERT_TRUE(holds(s, ns, "a", "1"));
    finish(s);
}

static void *read_elsewhere(void *arg)
{
    return holds(arg, ns_of(arg, "case/0"), "a", "1") ? arg : NULL;
}

static void another_thread_may_read(void)
{
    dcf_store *s = fresh();
    dcf_store_txn *t = writing(s);
    dcf_store_abort(t);
    dcf_store_ns ns = ns_of(s, "case/0");
    t = writing(s);
    put(t, ns, "a", "1");
    CU_ASSERT_TRUE(dcf_ok(dcf_store_commit(t)));
    pthread_t thread;
    void *saw = NULL;
    pthread_create(&thread, NULL, read_elsewhere, s);
    pthread_join(thread, &saw);
    CU_ASSERT_PTR_NOT_NULL(saw);
    finish(s);
}

static void dropping_a_partition_spares_the_others(void)
{
    dcf_store *s = fresh();
    dcf_store_ns zero = ns_of(s, "case/0"), one = ns_of(s, "case/1");
    CU_ASSERT_NOT_EQUAL(zero, one);
    dcf_store_txn *t = writing(s);
    put(t, zero, "a", "0");
    put(t, one, "a", "1");
    CU_ASSERT_TRUE(dcf_ok(dcf_store_commit(t)));
    t = writing(s);
    CU_ASSERT_TRUE(dcf_ok(dcf_store_drop(t, zero)));
    CU_ASSERT_TRUE(dcf_ok(dcf_store_commit(t)));
    CU_ASSERT_TRUE(holds(s, zero, "a", NULL));
    CU_ASSERT_TRUE(holds(s, one, "a", "1"));
    t = writing(s);
    put(t, zero, "a", "again"); /* the handle is still good */
    CU_ASSERT_TRUE(dcf_ok(dcf_store_commit(t)));
    CU_ASSERT_TRUE(holds(s, zero, "a", "again"));
    finish(s);
}

static dcf_status collect(void *self, dcf_span key, dcf_span value)
{
    char *out = self;
    strncat(out, (const char *)key.data, key.size);
    strncat(out, (const char *)value.data, value.size);
    return strlen(out) > 8 ? DCF_ERR(LIMIT) : DCF_OK;
}

static void iterates_a_prefix_in_order_and_stops_when_told(void)
{
    dcf_store *s = fresh();
    dcf_store_ns ns = ns_of(s, "x");
    dcf_store_txn *t = writing(s);
    put(t, ns, "b2", "y");
    put(t, ns, "b1", "x");
    put(t, ns, "a", "-");
    put(t, ns, "c", "-");
    size_t n = 0;
    CU_ASSERT_TRUE(dcf_ok(dcf_store_count(t, ns, &n)));
    CU_ASSERT_EQUAL(n, 4);
    char seen[64] = "";
    CU_ASSERT_TRUE(dcf_ok(dcf_store_each(t, ns, dcf_span_str("b"), collect, seen)));
    CU_ASSERT_STRING_EQUAL(seen, "b1xb2y");
    *seen = 0;
    CU_ASSERT_TRUE(dcf_is(dcf_store_each(t, ns, (dcf_span){0}, collect, seen), DCF_E_LIMIT));
    CU_ASSERT_STRING_EQUAL(seen, "a-b1xb2yc-");
    dcf_store_abort(t);
    finish(s);
}

static void deleting_twice_says_not_found(void)
{
    dcf_store *s = fresh();
    dcf_store_ns ns = ns_of(s, "x");
    dcf_store_txn *t = writing(s);
    put(t, ns, "a", "1");
    CU_ASSERT_TRUE(dcf_ok(dcf_store_del(t, ns, dcf_span_str("a"))));
    CU_ASSERT_TRUE(dcf_is(dcf_store_del(t, ns, dcf_span_str("a")), DCF_E_NOT_FOUND));
    dcf_store_abort(t);
    finish(s);
}

static void refuses_keys_past_the_limit(void)
{
    static const char key[DCF_STORE_KEY_MAX + 1] = {1};
    dcf_store *s = fresh();
    dcf_store_ns ns = ns_of(s, "x");
    dcf_store_txn *t = writing(s);
    dcf_span value = dcf_span_str("v");
    CU_ASSERT_TRUE(dcf_ok(dcf_store_put(t, ns, dcf_span_of(key, DCF_STORE_KEY_MAX), value)));
    CU_ASSERT_TRUE(
        dcf_is(dcf_store_put(t, ns, dcf_span_of(key, DCF_STORE_KEY_MAX + 1), value), DCF_E_LIMIT));
    CU_ASSERT_TRUE(dcf_is(dcf_store_put(t, ns, dcf_span_of(key, 0), value), DCF_E_LIMIT));
    dcf_store_abort(t);
    finish(s);
}

static void a_full_store_is_an_error_and_keeps_what_it_has(void)
{
    static uint8_t big[1 << 20];
    dcf_store *s = fresh();
    dcf_store_ns ns = ns_of(s, "x");
    dcf_store_txn *t = writing(s);
    put(t, ns, "a", "1");
    CU_ASSERT_TRUE(dcf_ok(dcf_store_commit(t)));
    t = writing(s);
    dcf_status r = DCF_OK;
    for (char key[] = "k0"; dcf_ok(r) && key[1] < '0' + 40; key[1]++)
        r = dcf_store_put(t, ns, dcf_span_str(key), dcf_span_of(big, sizeof big));
    CU_ASSERT_TRUE(dcf_is(r, DCF_E_IO));
    dcf_store_abort(t);
    CU_ASSERT_TRUE(holds(s, ns, "a", "1"));
    finish(s);
}

static void survives_a_clean_close(void)
{
    dcf_store *s = fresh();
    CU_ASSERT_TRUE(dcf_store_is_fresh(s));
    dcf_store_ns ns = ns_of(s, "x");
    dcf_store_txn *t = writing(s);
    put(t, ns, "a", "1");
    CU_ASSERT_TRUE(dcf_ok(dcf_store_commit(t)));
    dcf_store_close(s);
    s = opened();
    CU_ASSERT_FALSE(dcf_store_is_fresh(s));
    CU_ASSERT_TRUE(holds(s, ns_of(s, "x"), "a", "1"));
    finish(s);
}

static void is_discarded_after_the_machine_died(void)
{
    dcf_store *s = fresh();
    dcf_store_ns ns = ns_of(s, "x");
    dcf_store_txn *t = writing(s);
    put(t, ns, "a", "1");
    CU_ASSERT_TRUE(dcf_ok(dcf_store_commit(t)));
    dcf_store_close(s);
    char mark[96];
    snprintf(mark, sizeof mark, "%s/dirty", folder);
    FILE *f = fopen(mark, "w"); /* what a machine that lost power leaves behind */
    fputs("00000000-0000-0000-0000-000000000000\n", f);
    fclose(f);
    s = opened();
    CU_ASSERT_TRUE(dcf_store_is_fresh(s));
    CU_ASSERT_TRUE(holds(s, ns_of(s, "x"), "a", NULL));
    finish(s);
}

static void a_second_process_is_refused(void)
{
    dcf_store *s = fresh(), *second = NULL;
    CU_ASSERT_TRUE(dcf_is(dcf_store_open(folder, MAP, &second), DCF_E_IO));
    finish(s);
}

#define TESTS(X)                                                                                   \
    X(an_aborted_write_leaves_nothing)                                                             \
    X(a_reader_keeps_its_moment)                                                                   \
    X(another_thread_may_read)                                                                     \
    X(dropping_a_partition_spares_the_others)                                                      \
    X(iterates_a_prefix_in_order_and_stops_when_told)                                              \
    X(deleting_twice_says_not_found)                                                               \
    X(refuses_keys_past_the_limit)                                                                 \
    X(a_full_store_is_an_error_and_keeps_what_it_has)                                              \
    X(survives_a_clean_close)                                                                      \
    X(is_discarded_after_the_machine_died)                                                         \
    X(a_second_process_is_refused)
UNIT_MAIN("store", TESTS)
