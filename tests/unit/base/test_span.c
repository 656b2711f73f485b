/* test_span.c - borrowed bytes: equality, trimming, and the empty span. */
#include "dcf/span.h"

#include "unit.h"

static void a_null_string_is_the_empty_span(void)
{
    dcf_span s = dcf_span_str(NULL);
    CU_ASSERT_EQUAL(s.size, 0);
    CU_ASSERT_TRUE(dcf_span_eq(s, dcf_span_str("")));
    CU_ASSERT_TRUE(dcf_span_eq_str(s, ""));
    CU_ASSERT_EQUAL(dcf_span_trim(s).size, 0);
}

static void equality_looks_at_all_bytes_and_the_size(void)
{
    CU_ASSERT_TRUE(dcf_span_eq_str(dcf_span_of("abcd", 3), "abc"));
    CU_ASSERT_FALSE(dcf_span_eq_str(dcf_span_of("abcd", 4), "abc"));
    CU_ASSERT_FALSE(dcf_span_eq_str(dcf_span_str("abd"), "abc"));
    CU_ASSERT_FALSE(dcf_span_eq(dcf_span_of("a\0b", 3), dcf_span_of("a\0c", 3)));
}

static void trim_takes_white_space_of_both_ends_only(void)
{
    CU_ASSERT_TRUE(dcf_span_eq_str(dcf_span_trim(dcf_span_str(" \t\r\na b\n\r\t ")), "a b"));
    CU_ASSERT_EQUAL(dcf_span_trim(dcf_span_str(" \n ")).size, 0);
    CU_ASSERT_TRUE(dcf_span_eq_str(dcf_span_trim(dcf_span_str("a")), "a"));
}

static void trim_keeps_a_nul(void)
{
    CU_ASSERT_EQUAL(dcf_span_trim(dcf_span_of(" \0 ", 3)).size, 1);
}

#define TESTS(X)                                                                                   \
    X(a_null_string_is_the_empty_span)                                                             \
    X(equality_looks_at_all_bytes_and_the_size)                                                    \
    X(trim_takes_white_space_of_both_ends_only)                                                    \
    X(trim_keeps_a_nul)
UNIT_MAIN("span", TESTS)
