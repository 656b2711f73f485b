/* test_case_changes.c - which cases a batch changed. */
#include "daemon/case_changes.h"

#include "unit.h"

static dcf_case_changes c;

static void add(int32_t partition, const char *key)
{
    char borrowed[16];
    snprintf(borrowed, sizeof borrowed, "%s", key);
    CU_ASSERT_FATAL(dcf_ok(dcf_case_changes_add(&c, partition, borrowed)));
}

static void is(size_t i, int32_t partition, const char *key)
{
    CU_ASSERT_EQUAL(c.items[i].partition, partition);
    CU_ASSERT_STRING_EQUAL(c.items[i].key, key);
}

static void tells_each_case_once_and_in_order(void)
{
    dcf_case_changes_init(&c);
    add(3, "b");
    add(1, "c");
    add(3, "a");
    add(1, "c");
    add(3, "b");
    add(1, "b");
    dcf_case_changes_sort(&c);
    CU_ASSERT_EQUAL_FATAL(c.count, 4);
    is(0, 1, "b");
    is(1, 1, "c");
    is(2, 3, "a");
    is(3, 3, "b");
    dcf_case_changes_fini(&c);
}

static void keeps_all_of_a_large_batch(void)
{
    char key[16];
    dcf_case_changes_init(&c);
    for (int i = 0; i < 10000; i++) {
        snprintf(key, sizeof key, "%05d", i % 5000);
        add(0, key);
    }
    dcf_case_changes_sort(&c);
    CU_ASSERT_EQUAL_FATAL(c.count, 5000);
    is(4999, 0, "04999");
    dcf_case_changes_fini(&c);
}

static void the_next_batch_begins_with_nothing(void)
{
    dcf_case_changes_init(&c);
    dcf_case_changes_sort(&c);
    CU_ASSERT_EQUAL(c.count, 0);
    add(0, "a");
    dcf_case_changes_clear(&c);
    add(0, "b");
    dcf_case_changes_sort(&c);
    CU_ASSERT_EQUAL_FATAL(c.count, 1);
    is(0, 0, "b");
    dcf_case_changes_fini(&c);
}

#define TESTS(X)                                                                                   \
    X(tells_each_case_once_and_in_order)                                                           \
    X(keeps_all_of_a_large_batch)                                                                  \
    X(the_next_batch_begins_with_nothing)
UNIT_MAIN("case_changes", TESTS)
