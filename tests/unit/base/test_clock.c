/* test_clock.c - RFC 3339 times in and out, and everything that only looks like one. */
#include "base/clock.h"

#include "unit.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void check_parse(const char *text, int64_t want)
{
    int64_t ms = -77;
    dcf_status s = dcf_time_parse(text, &ms);
    if (dcf_failed(s) || ms != want) printf("\n      %s", text);
    CU_ASSERT(dcf_ok(s));
    CU_ASSERT_EQUAL(ms, want);
}

static void reads_offsets_and_fractions(void)
{
    check_parse("1970-01-01T00:00:00Z", 0);
    check_parse("2026-11-21T15:17:50.123Z", 1795274270123);
    check_parse("2026-11-21T15:17:50.1Z", 1795274270100);
    check_parse("2026-11-21T15:17:50.123999999999999999999999Z", 1795274270123);
    check_parse("2026-11-21T16:17:50+01:00", 1795274270000);
    check_parse("2026-11-21T09:47:50-05:30", 1795274270000);
    check_parse("2026-11-21t15:17:50z", 1795274270000);
    check_parse("1969-12-31T23:59:59.999Z", -1);
    check_parse("2024-02-29T00:00:00Z", 1709164800000);
    check_parse("2000-02-29T00:00:00Z", 951782400000);
    check_parse("2016-12-31T23:59:60Z", 1483228800000);
    check_parse("0001-01-01T00:00:00Z", -62135596800000);
}

static void refuses_what_is_no_time(void)
{
    static const char *const bad[] = {"",
                                      "2026-11-21",
                                      "2026-11-21T15:17:50",
                                      "2026-11-21 15:17:50Z",
                                      "2026-11-21T15:17Z",
                                      "2026-11-21T15:17:50.Z",
                                      "2026-11-21T15:17:50ZZ",
                                      "2026-11-21T15:17:50Z ",
                                      " 2026-11-21T15:17:50Z",
                                      "2026-1-21T15:17:50Z",
                                      "26-11-21T15:17:50Z",
                                      "2026-13-21T15:17:50Z",
                                      "2026-00-21T15:17:50Z",
                                      "2026-11-31T15:17:50Z",
                                      "2026-11-00T15:17:50Z",
                                      "2026-02-29T15:17:50Z",
                                      "1900-02-29T15:17:50Z",
                                      "2026-11-21T24:00:00Z",
                                      "2026-11-21T15:60:50Z",
                                      "2026-11-21T15:17:61Z",
                                      "2026-11-21T15:17:50+24:00",
                                      "2026-11-21T15:17:50+01:60",
                                      "2026-11-21T15:17:50+0100",
                                      "2026-11-21T15:17:50+01",
                                      "2026-11-21T15:17:50+ 1:00",
                                      "2026-11-21T15:17:50+-1:00",
                                      "2026-11-21T15:17:50+01:00Z",
                                      "+026-11-21T15:17:50Z"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ms = -77;
        dcf_status s = dcf_time_parse(bad[i], &ms);
        if (dcf_ok(s)) printf("\n      %s", bad[i]);
        CU_ASSERT(dcf_is(s, DCF_E_CORRUPT));
        CU_ASSERT_EQUAL(ms, -77);
    }
}

static void check_format(int64_t ms, const char *want)
{
    char text[DCF_TIME_TEXT_SIZE];
    CU_ASSERT_STRING_EQUAL(dcf_time_format(ms, text), want);
}

static void writes_utc_with_milliseconds(void)
{
    check_format(0, "1970-01-01T00:00:00.000Z");
    check_format(1795274270123, "2026-11-21T15:17:50.123Z");
    check_format(-1, "1969-12-31T23:59:59.999Z");
    check_format(-62135596800000, "0001-01-01T00:00:00.000Z");
    check_format(253402300799999, "9999-12-31T23:59:59.999Z");
}

static void writes_nothing_for_a_year_that_has_no_form(void)
{
    check_format(253402300800000, "");
    check_format(-62167219200001, "");
    check_format(INT64_MAX, "");
    check_format(INT64_MIN, "");
}

static void what_is_written_is_read_again(void)
{
    for (int64_t ms = -62167219200000; ms < 253402300799999; ms += 86400000LL * 97 + 12345677) {
        char text[DCF_TIME_TEXT_SIZE];
        int64_t back = 0;
        CU_ASSERT_FATAL(dcf_ok(dcf_time_parse(dcf_time_format(ms, text), &back)));
        CU_ASSERT_EQUAL_FATAL(back, ms);
    }
}

static void clocks_run_forward(void)
{
    int64_t wall = dcf_clock_ms(), mono = dcf_clock_mono_ms();
    CU_ASSERT_TRUE(wall > 1700000000000);
    CU_ASSERT_TRUE(dcf_clock_mono_ms() >= mono);
}

static void put_offset(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fputs(text, f);
    fclose(f);
}

static bool is_near(int64_t a, int64_t b)
{
    return a - b < 60000 && b - a < 60000;
}

static void the_wall_clock_can_be_ahead_or_behind_and_the_other_cannot(void)
{
    char path[] = "/tmp/dcf-clock-XXXXXX";
    int64_t wall = dcf_clock_ms(), mono = dcf_clock_mono_ms(), day = INT64_C(86400000);
    close(mkstemp(path));
    put_offset(path, "86400000\n");
    dcf_clock_offset_file(path);
    CU_ASSERT(is_near(dcf_clock_ms(), wall + day));
    CU_ASSERT(is_near(dcf_clock_mono_ms(), mono));
    put_offset(path, "-86400000");
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    CU_ASSERT(is_near(dcf_clock_ms(), wall - day));
    unlink(path);
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    CU_ASSERT(is_near(dcf_clock_ms(), wall));
    dcf_clock_offset_file(NULL);
}

#define TESTS(X)                                                                                   \
    X(reads_offsets_and_fractions)                                                                 \
    X(refuses_what_is_no_time)                                                                     \
    X(writes_utc_with_milliseconds)                                                                \
    X(writes_nothing_for_a_year_that_has_no_form)                                                  \
    X(what_is_written_is_read_again)                                                               \
    X(clocks_run_forward)                                                                          \
    X(the_wall_clock_can_be_ahead_or_behind_and_the_other_cannot)
UNIT_MAIN("clock", TESTS)
