/* test_offsets.c - completed offsets: the low-water mark and its text survive restarts. */
#include "delivery/offsets.h"

#include "unit.h"

#include <stdlib.h>

enum { TEXT = 128 };

static void low_is_the_lowest_open_offset(void)
{
    dcf_offsets o;
    CU_ASSERT(dcf_ok(dcf_offsets_init(&o, 10, NULL)));
    CU_ASSERT_EQUAL(dcf_offsets_low(&o), 10);
    dcf_offset_node n[3];
    CU_ASSERT(dcf_offsets_open(&o, 10, &n[0]));
    CU_ASSERT(dcf_offsets_open(&o, 11, &n[1]));
    CU_ASSERT(dcf_offsets_open(&o, 15, &n[2])); /* 12 to 14 were transaction markers */
    dcf_offsets_close(&o, &n[1]);
    CU_ASSERT_EQUAL(dcf_offsets_low(&o), 10);
    dcf_offsets_close(&o, &n[0]);
    CU_ASSERT_EQUAL(dcf_offsets_low(&o), 15);
    dcf_offsets_close(&o, &n[2]);
    CU_ASSERT_EQUAL(dcf_offsets_low(&o), 16);
    dcf_offsets_fini(&o);
}

static void an_offset_below_the_next_is_not_opened_again(void)
{
    dcf_offsets o;
    CU_ASSERT(dcf_ok(dcf_offsets_init(&o, 5, "")));
    dcf_offset_node n[2];
    CU_ASSERT_FALSE(dcf_offsets_open(&o, 4, &n[0]));
    CU_ASSERT(dcf_offsets_open(&o, 5, &n[0]));
    CU_ASSERT_FALSE(dcf_offsets_open(&o, 5, &n[1]));
    dcf_offsets_fini(&o);
}

/* Opens 0..99, closes those of which done says so, returns the text. */
static void run(bool done(int), size_t size, char *text, int64_t *low)
{
    dcf_offsets o;
    dcf_offset_node n[100];
    CU_ASSERT(dcf_ok(dcf_offsets_init(&o, 0, NULL)));
    for (int i = 0; i < 100; i++) CU_ASSERT(dcf_offsets_open(&o, i, &n[i]));
    for (int i = 0; i < 100; i++)
        if (done(i)) dcf_offsets_close(&o, &n[i]);
    *low = dcf_offsets_low(&o);
    dcf_offsets_encode(&o, text, size);
    dcf_offsets_fini(&o);
}

static bool third_done(int i)
{
    return i % 3 == 0;
}

static bool all_done(int i)
{
    return i >= 0;
}

static void a_restart_skips_exactly_the_completed(void)
{
    char text[TEXT], again[TEXT];
    int64_t low;
    run(third_done, sizeof text, text, &low);
    CU_ASSERT_EQUAL(low, 1);
    dcf_offsets o;
    dcf_offset_node n[100];
    CU_ASSERT(dcf_ok(dcf_offsets_init(&o, low, text)));
    dcf_offsets_encode(&o, again, sizeof again); /* nothing read yet: nothing forgotten */
    CU_ASSERT_STRING_EQUAL(again, text);
    for (int i = 1; i < 50; i++) CU_ASSERT_EQUAL(dcf_offsets_open(&o, i, &n[i]), !third_done(i));
    dcf_offsets_encode(&o, again, sizeof again); /* half read: still the same */
    CU_ASSERT_STRING_EQUAL(again, text);
    for (int i = 50; i < 100; i++) CU_ASSERT_EQUAL(dcf_offsets_open(&o, i, &n[i]), !third_done(i));
    CU_ASSERT(dcf_offsets_open(&o, 100, &n[0]));
    dcf_offsets_fini(&o);
}

static void all_completed_is_a_short_text(void)
{
    char text[TEXT];
    int64_t low;
    run(all_done, sizeof text, text, &low);
    CU_ASSERT_EQUAL(low, 100);
    CU_ASSERT(strlen(text) <= 4);
    dcf_offsets o;
    CU_ASSERT(dcf_ok(dcf_offsets_init(&o, 100, text)));
    CU_ASSERT_EQUAL(dcf_offsets_low(&o), 100);
    dcf_offsets_fini(&o);
}

static void too_long_a_list_remembers_less_but_nothing_false(void)
{
    char text[20];
    int64_t low;
    run(third_done, sizeof text, text, &low);
    CU_ASSERT(strlen(text) < sizeof text);
    dcf_offsets o;
    dcf_offset_node n[100];
    int skipped = 0;
    CU_ASSERT(dcf_ok(dcf_offsets_init(&o, low, text)));
    for (int i = 1; i < 100; i++) {
        bool opened = dcf_offsets_open(&o, i, &n[i]);
        CU_ASSERT(opened || third_done(i));
        skipped += !opened;
    }
    CU_ASSERT(skipped > 3 && skipped < 33);
    dcf_offsets_fini(&o);
}

static void large_offsets_survive(void)
{
    dcf_offsets o;
    dcf_offset_node n[2];
    char text[TEXT];
    int64_t big = INT64_MAX - 10;
    CU_ASSERT(dcf_ok(dcf_offsets_init(&o, big, NULL)));
    CU_ASSERT(dcf_offsets_open(&o, big, &n[0]));
    CU_ASSERT(dcf_offsets_open(&o, big + 1, &n[1]));
    dcf_offsets_close(&o, &n[1]);
    dcf_offsets_encode(&o, text, sizeof text);
    dcf_offsets_fini(&o);
    CU_ASSERT(dcf_ok(dcf_offsets_init(&o, big, text)));
    CU_ASSERT(dcf_offsets_open(&o, big, &n[0]));
    CU_ASSERT_FALSE(dcf_offsets_open(&o, big + 1, &n[1]));
    dcf_offsets_fini(&o);
    CU_ASSERT(dcf_ok(dcf_offsets_init(&o, 1, "1B-___________H"))); /* up to the last there is */
    dcf_offsets_fini(&o);
}

static void foreign_or_broken_text_is_told_and_ignored(void)
{
    static const char *const bad[] = {"2B", "1", "1!", "1F", "1BA", "x", "1B\xff",
                                      "1________________________", "1BgA", "1B________________H",
                                      /* no number of 64 bits, and past the last offset there is */
                                      "1Bggggggggggggg", "1BgggggggggggggB", "1B____________H"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        dcf_offsets o;
        dcf_offset_node n[2];
        CU_ASSERT(dcf_is(dcf_offsets_init(&o, 1, bad[i]), DCF_E_CORRUPT));
        CU_ASSERT_EQUAL(dcf_offsets_low(&o), 1);
        CU_ASSERT(dcf_offsets_open(&o, 1, &n[0]));
        CU_ASSERT(dcf_offsets_open(&o, 2, &n[1]));
        dcf_offsets_fini(&o);
    }
}

/* 100 is committed with 100 and 103 open below 105, where it stood. */
static void a_commit_alone_tells_how_many_are_left(void)
{
    dcf_offsets o;
    dcf_offset_node n[5];
    char text[TEXT];
    int64_t from = 0;
    uint64_t open = 9;
    CU_ASSERT(dcf_ok(dcf_offsets_init(&o, 100, NULL)));
    for (int i = 0; i < 5; i++) CU_ASSERT(dcf_offsets_open(&o, 100 + i, &n[i]));
    dcf_offsets_close(&o, &n[1]);
    dcf_offsets_close(&o, &n[2]);
    dcf_offsets_close(&o, &n[4]);
    dcf_offsets_encode(&o, text, sizeof text);
    dcf_offsets_left(100, text, &from, &open);
    CU_ASSERT_EQUAL(from, 105);
    CU_ASSERT_EQUAL(open, 2);
    dcf_offsets_left(99, text, &from, &open); /* of another commit */
    CU_ASSERT_EQUAL(from, 99);
    CU_ASSERT_EQUAL(open, 0);
    dcf_offsets_left(7, "", &from, &open);
    CU_ASSERT_EQUAL(from, 7);
    dcf_offsets_fini(&o);
}

#define TESTS(X)                                                                                   \
    X(low_is_the_lowest_open_offset)                                                               \
    X(an_offset_below_the_next_is_not_opened_again)                                                \
    X(a_restart_skips_exactly_the_completed)                                                       \
    X(all_completed_is_a_short_text)                                                               \
    X(too_long_a_list_remembers_less_but_nothing_false)                                            \
    X(large_offsets_survive)                                                                       \
    X(foreign_or_broken_text_is_told_and_ignored) X(a_commit_alone_tells_how_many_are_left)
UNIT_MAIN("offsets", TESTS)
