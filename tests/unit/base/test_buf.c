/* test_buf.c - appends, the ceiling, and reading files whole or not at all. */
#include "base/buf.h"

#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

static void appends_in_order(void)
{
    dcf_buf b = {0};
    CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&b), "");
    dcf_buf_adds(&b, "ab");
    dcf_buf_addc(&b, 'c');
    dcf_buf_printf(&b, "%d", 12);
    dcf_buf_add(&b, dcf_span_of("x\0y", 3));
    dcf_buf_adds(&b, NULL);
    CU_ASSERT_EQUAL(b.size, 8);
    CU_ASSERT_EQUAL(memcmp(dcf_buf_cstr(&b), "abc12x\0y", 9), 0);
    CU_ASSERT(dcf_ok(dcf_buf_status(&b)));
    dcf_buf_fini(&b);
    CU_ASSERT_EQUAL(b.size, 0);
}

static void grows_far_past_its_first_size(void)
{
    dcf_buf b = {0};
    for (int i = 0; i < 100000; i++) dcf_buf_addc(&b, (char)('a' + i % 26));
    CU_ASSERT_EQUAL_FATAL(b.size, 100000);
    CU_ASSERT_EQUAL(b.data[99999], 'a' + 99999 % 26);
    dcf_buf_printf(&b, "%1000d", 1);
    CU_ASSERT_EQUAL(b.size, 101000);
    dcf_buf_fini(&b);
}

static void past_the_ceiling_fails_once_and_for_all(void)
{
    dcf_buf b = {.limit = 4};
    dcf_buf_adds(&b, "abcd");
    CU_ASSERT(dcf_ok(dcf_buf_status(&b)));
    CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&b), "abcd");
    dcf_buf_addc(&b, 'e');
    CU_ASSERT(dcf_is(dcf_buf_status(&b), DCF_E_LIMIT));
    CU_ASSERT_EQUAL(b.size, 4);
    CU_ASSERT_PTR_NULL(dcf_buf_cstr(&b));
    dcf_buf_clear(&b);
    dcf_buf_adds(&b, "x");
    CU_ASSERT(dcf_ok(dcf_buf_status(&b)));
    dcf_buf_printf(&b, "%s", "12345");
    dcf_buf_adds(&b, "y"); /* would fit, but the content is not whole any more */
    CU_ASSERT_EQUAL(b.size, 1);
    CU_ASSERT(dcf_failed(dcf_buf_status(&b)));
    dcf_buf_fini(&b);
    CU_ASSERT(dcf_ok(dcf_buf_status(&b)));
}

static void a_size_that_cannot_be_is_refused(void)
{
    dcf_buf b = {0};
    dcf_buf_add(&b, dcf_span_of("x", SIZE_MAX - 1));
    CU_ASSERT(dcf_is(dcf_buf_status(&b), DCF_E_LIMIT));
    dcf_buf_fini(&b);
}

static void files_are_read_whole_or_not_at_all(void)
{
    char path[] = "/tmp/dcf_buf_XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    static char content[40000];
    memset(content, 'z', sizeof content);
    CU_ASSERT_EQUAL(write(fd, content, sizeof content), (ssize_t)sizeof content);
    close(fd);
    dcf_buf b = {0};
    dcf_buf_adds(&b, "head");
    CU_ASSERT(dcf_is(dcf_buf_read_file(&b, path, sizeof content - 1), DCF_E_LIMIT));
    CU_ASSERT_EQUAL(b.size, 4);
    CU_ASSERT(dcf_ok(dcf_buf_read_file(&b, path, sizeof content)));
    CU_ASSERT_EQUAL(b.size, 4 + sizeof content);
    dcf_buf_fini(&b);
    dcf_buf small = {.limit = 100};
    CU_ASSERT(dcf_is(dcf_buf_read_file(&small, path, sizeof content), DCF_E_LIMIT));
    CU_ASSERT_EQUAL(small.size, 0);
    dcf_buf_fini(&small);
    unlink(path);
}

static void a_missing_file_and_a_folder_are_told_apart(void)
{
    dcf_buf b = {0};
    CU_ASSERT(dcf_is(dcf_buf_read_file(&b, "/nonexistent/x", 10), DCF_E_NOT_FOUND));
    CU_ASSERT(dcf_is(dcf_buf_read_file(&b, "/dev/null/x", 10), DCF_E_NOT_FOUND));
    CU_ASSERT(dcf_is(dcf_buf_read_file(&b, "/tmp", 10), DCF_E_IO));
    CU_ASSERT(dcf_ok(dcf_buf_read_file(&b, "/dev/null", 0)));
    dcf_buf_fini(&b);
}

#define TESTS(X)                                                                                   \
    X(appends_in_order)                                                                            \
    X(grows_far_past_its_first_size)                                                               \
    X(past_the_ceiling_fails_once_and_for_all)                                                     \
    X(a_size_that_cannot_be_is_refused)                                                            \
    X(files_are_read_whole_or_not_at_all)                                                          \
    X(a_missing_file_and_a_folder_are_told_apart)
UNIT_MAIN("buf", TESTS)
