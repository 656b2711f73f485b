/* test_time_range.c - periods begin and end at midnight in London, summer and winter. */
#include "base/time_range.h"

#include "base/clock.h"
#include "unit.h"

static void reads(const char *text, const char *from, const char *to)
{
    dcf_time_range p = {0, 0};
    char a[DCF_TIME_TEXT_SIZE], b[DCF_TIME_TEXT_SIZE];
    CU_ASSERT_TRUE(dcf_ok(dcf_time_range_parse(text, &p)));
    CU_ASSERT_STRING_EQUAL(dcf_time_format(p.from_ms, a), from);
    CU_ASSERT_STRING_EQUAL(dcf_time_format(p.to_ms, b), to);
}

static void the_four_forms_are_read(void)
{
    reads("2026", "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z");
    reads("2026-Q2", "2026-03-31T23:00:00.000Z", "2026-06-30T23:00:00.000Z");
    reads("2026-11", "2026-11-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z");
    reads("2024-02-29", "2024-02-29T00:00:00.000Z", "2024-03-01T00:00:00.000Z");
    reads("2026-12-31", "2026-12-31T00:00:00.000Z", "2027-01-01T00:00:00.000Z");
}

/* The months with a change are an hour shorter or longer; the day of the change itself too. */
static void summer_time_moves_the_edges(void)
{
    reads("2026-03", "2026-03-01T00:00:00.000Z", "2026-03-31T23:00:00.000Z");
    reads("2026-10", "2026-09-30T23:00:00.000Z", "2026-11-01T00:00:00.000Z");
    reads("2026-03-29", "2026-03-29T00:00:00.000Z", "2026-03-29T23:00:00.000Z");
    reads("2026-10-25", "2026-10-24T23:00:00.000Z", "2026-10-26T00:00:00.000Z");
}

static void what_is_no_period_is_refused(void)
{
    static const char *const bad[] = {"",
                                      "26",
                                      "2026-13",
                                      "2026-00",
                                      "2026-Q5",
                                      "2026-Q0",
                                      "2026-1",
                                      "2026-10-",
                                      "2026-02-29",
                                      "1969",
                                      "2026-10-32",
                                      "2026/10",
                                      "2026-10-05T00:00:00Z",
                                      "october"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        dcf_time_range p = {7, 8};
        CU_ASSERT_TRUE(dcf_is(dcf_time_range_parse(bad[i], &p), DCF_E_CORRUPT));
    }
}

static void an_edge_is_a_date_or_a_time(void)
{
    int64_t ms = 0;
    CU_ASSERT_TRUE(dcf_ok(dcf_time_edge_parse("2026-07-01", &ms)));
    CU_ASSERT_EQUAL(ms, INT64_C(1782860400000) /* 23:00 UTC */);
    CU_ASSERT_TRUE(dcf_ok(dcf_time_edge_parse("2026-07-01T12:00:00+01:00", &ms)));
    CU_ASSERT_EQUAL(ms, INT64_C(1782903600000));
    CU_ASSERT_TRUE(dcf_failed(dcf_time_edge_parse("yesterday", &ms)));
}

#define TESTS(X)                                                                                   \
    X(the_four_forms_are_read)                                                                     \
    X(summer_time_moves_the_edges)                                                                 \
    X(what_is_no_period_is_refused)                                                                \
    X(an_edge_is_a_date_or_a_time)
UNIT_MAIN("time_range", TESTS)
