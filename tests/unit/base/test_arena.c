/* test_arena.c - the limit holds, memory is zeroed and aligned, and a reset arena is as good as
 * new. */
#include "base/arena.h"

#include "unit.h"

static void takes_nothing_before_the_first_allocation(void)
{
    dcf_arena a;
    dcf_arena_init(&a, 100000);
    CU_ASSERT_EQUAL(a.used, 0);
    CU_ASSERT_PTR_NULL(a.blocks);
    dcf_arena_fini(&a);
}

static void limit_holds_whatever_the_sizes(void)
{
    static const size_t sizes[] = {1, 16, 100, 4000, 9000, 50000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        dcf_arena a;
        dcf_arena_init(&a, 100000);
        size_t given = 0;
        while (dcf_arena_alloc(&a, sizes[i])) {
            given += sizes[i];
            CU_ASSERT_FATAL(a.used <= a.limit && given <= a.limit);
        }
        CU_ASSERT_TRUE(given > 0);
        dcf_arena_fini(&a);
        CU_ASSERT_EQUAL(a.used, 0);
    }
}

static void one_allocation_may_fill_the_limit_and_not_pass_it(void)
{
    dcf_arena a;
    dcf_arena_init(&a, 65536);
    CU_ASSERT_PTR_NULL(dcf_arena_alloc(&a, 65537));
    CU_ASSERT_PTR_NULL(dcf_arena_alloc(&a, SIZE_MAX));
    CU_ASSERT_PTR_NULL(dcf_arena_alloc(&a, SIZE_MAX - 8));
    CU_ASSERT_PTR_NOT_NULL(dcf_arena_alloc(&a, 65536));
    CU_ASSERT_PTR_NULL(dcf_arena_alloc(&a, 1));
    dcf_arena_fini(&a);
}

static void memory_is_zeroed_aligned_and_apart(void)
{
    dcf_arena a;
    dcf_arena_init(&a, 1 << 20);
    for (int round = 0; round < 2; round++) {
        uint8_t *last = NULL;
        for (size_t size = 0; size < 300; size++) {
            uint8_t *p = dcf_arena_alloc(&a, size);
            CU_ASSERT_PTR_NOT_NULL_FATAL(p);
            CU_ASSERT_EQUAL((uintptr_t)p % 16, 0);
            CU_ASSERT_PTR_NOT_EQUAL(p, last);
            for (size_t i = 0; i < size; i++) CU_ASSERT_EQUAL_FATAL(p[i], 0);
            memset(p, 0xff, size);
            last = p;
        }
        dcf_arena_reset(&a); /* the second round meets used memory */
    }
    dcf_arena_fini(&a);
}

static void a_reset_arena_allows_what_a_new_one_allows(void)
{
    dcf_arena a;
    dcf_arena_init(&a, 100000);
    while (dcf_arena_alloc(&a, 1000)) continue;
    dcf_arena_reset(&a);
    CU_ASSERT_TRUE(a.used <= 8192);
    CU_ASSERT_PTR_NOT_NULL(dcf_arena_alloc(&a, 16));
    CU_ASSERT_PTR_NOT_NULL(dcf_arena_alloc(&a, 90000));
    dcf_arena_reset(&a);
    dcf_arena_fini(&a);
    dcf_arena_init(&a, 100000);
    CU_ASSERT_PTR_NOT_NULL(dcf_arena_alloc(&a, 90000)); /* a large first block does not stay */
    dcf_arena_reset(&a);
    CU_ASSERT_EQUAL(a.used, 0);
    CU_ASSERT_PTR_NOT_NULL(dcf_arena_alloc(&a, 100000));
    dcf_arena_fini(&a);
}

static void reset_keeps_the_first_block(void)
{
    dcf_arena a;
    dcf_arena_init(&a, 100000);
    void *first = dcf_arena_alloc(&a, 8);
    for (int i = 0; i < 40; i++) CU_ASSERT_PTR_NOT_NULL(dcf_arena_alloc(&a, 1000));
    dcf_arena_reset(&a);
    CU_ASSERT_PTR_EQUAL(dcf_arena_alloc(&a, 8), first);
    dcf_arena_fini(&a);
}

static void texts_are_copied_and_end_in_nul(void)
{
    dcf_arena a;
    dcf_arena_init(&a, 65536);
    CU_ASSERT_STRING_EQUAL(dcf_arena_strdup(&a, "abc"), "abc");
    CU_ASSERT_STRING_EQUAL(dcf_arena_strdup(&a, NULL), "");
    CU_ASSERT_STRING_EQUAL(dcf_arena_str(&a, dcf_span_of("abcdef", 3)), "abc");
    CU_ASSERT_STRING_EQUAL(dcf_arena_printf(&a, "%s-%d", "x", 42), "x-42");
    CU_ASSERT_STRING_EQUAL(dcf_arena_printf(&a, "%s", ""), "");
    while (dcf_arena_alloc(&a, 16)) continue;
    CU_ASSERT_PTR_NULL(dcf_arena_strdup(&a, "abc"));
    CU_ASSERT_PTR_NULL(dcf_arena_printf(&a, "%d", 1));
    dcf_arena_fini(&a);
}

static void grow_keeps_what_was_there(void)
{
    dcf_arena a;
    dcf_arena_init(&a, 65536);
    int old[3] = {1, 2, 3};
    int *p = dcf_arena_grow(&a, old, 3, 6, sizeof *p);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL(memcmp(p, old, sizeof old), 0);
    CU_ASSERT_EQUAL(p[5], 0);
    CU_ASSERT_PTR_NOT_NULL(dcf_arena_grow(&a, NULL, 0, 4, 8));
    CU_ASSERT_PTR_NULL(dcf_arena_grow(&a, NULL, 0, SIZE_MAX / 4, 8));
    dcf_arena_fini(&a);
}

static void protobuf_allocates_here_and_frees_nothing(void)
{
    dcf_arena a;
    dcf_arena_init(&a, 20000);
    void *p = a.pb.alloc(a.pb.allocator_data, 100);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    a.pb.free(a.pb.allocator_data, p);
    memset(p, 1, 100); /* still there */
    CU_ASSERT_TRUE(a.used > 0);
    CU_ASSERT_PTR_NULL(a.pb.alloc(a.pb.allocator_data, 20001));
    dcf_arena_fini(&a);
}

static void parts_are_joined_and_what_is_given_back_is_given_out_again(void)
{
    dcf_arena a;
    dcf_arena_init(&a, 8192);
    CU_ASSERT_EQUAL(dcf_arena_left(&a), 0);
    CU_ASSERT_STRING_EQUAL(dcf_arena_join(&a, (const char *[]){"/", "essex", "/x"}, 3), "/essex/x");
    size_t left = dcf_arena_left(&a);
    uint8_t *p = dcf_arena_bytes(&a, left);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_PTR_NULL(dcf_arena_join(&a, (const char *[]){""}, 1));
    dcf_arena_trim(&a, p, 3);
    CU_ASSERT_EQUAL(dcf_arena_left(&a), left - 3);
    CU_ASSERT_PTR_EQUAL(dcf_arena_bytes(&a, 1), p + 3);
    dcf_arena_fini(&a);
}

#define TESTS(X)                                                                                   \
    X(takes_nothing_before_the_first_allocation)                                                   \
    X(limit_holds_whatever_the_sizes)                                                              \
    X(one_allocation_may_fill_the_limit_and_not_pass_it)                                           \
    X(memory_is_zeroed_aligned_and_apart)                                                          \
    X(a_reset_arena_allows_what_a_new_one_allows)                                                  \
    X(reset_keeps_the_first_block)                                                                 \
    X(texts_are_copied_and_end_in_nul)                                                             \
    X(grow_keeps_what_was_there)                                                                   \
    X(parts_are_joined_and_what_is_given_back_is_given_out_again)                                  \
    X(protobuf_allocates_here_and_frees_nothing)
UNIT_MAIN("arena", TESTS)
