/* test_scheduler_retry.c - what an attempt that failed makes of the next: backoff, breaker, limits,
 * budget. */
#include "scheduler_kit.h"

static void backoff_doubles_up_to_its_cap(void)
{
    dcf_scheduler *s = make(NULL);
    dcf_delivery d;
    dcf_delivery a = add(s, "a1", "A", 0, 0);
    int64_t now = 0;
    static const int64_t waits[] = {1000, 2000, 4000, 4000, 4000};
    for (uint32_t i = 0; i < 5; i++) {
        NEXT_IS(s, now, "a1");
        RESULT(s, now, RETRY);
        CU_ASSERT_EQUAL(dcf_scheduler_attempts(s, a), i + 1);
        CU_ASSERT_EQUAL(dcf_scheduler_wake(s, now), now + waits[i]);
        dcf_explanation e;
        CU_ASSERT(dcf_ok(dcf_scheduler_explain(s, a, now + 1, &e)));
        CU_ASSERT_EQUAL(e.why, DCF_WAIT_BACKOFF);
        CU_ASSERT_EQUAL(e.since_ms, now);
        CU_ASSERT_EQUAL(e.next_ms, now + waits[i]);
        CU_ASSERT_EQUAL(e.attempts, i + 1);
        now += waits[i];
    }
    dcf_scheduler_free(s);
}

static void retry_after_is_honoured_up_to_its_cap(void)
{
    dcf_scheduler *s = make(NULL);
    dcf_delivery d;
    add(s, "a1", "A", 0, 0);
    NEXT_IS(s, 0, "a1");
    CU_ASSERT(dcf_ok(dcf_scheduler_result(s, d, 0, DCF_ATTEMPT_RETRY, 30000)));
    CU_ASSERT_EQUAL(dcf_scheduler_wake(s, 0), 30000);
    NEXT_IS(s, 29999, "none");
    NEXT_IS(s, 30000, "a1");
    CU_ASSERT(dcf_ok(dcf_scheduler_result(s, d, 30000, DCF_ATTEMPT_RETRY, INT64_MAX)));
    CU_ASSERT_EQUAL(dcf_scheduler_wake(s, 30000),
                    30000 + dcf_scheduler_defaults.retry_after_cap_ms);
    dcf_scheduler_free(s);
}

static void two_at_once(dcf_scheduler_config *c)
{
    c->concurrency = 2;
}

static void no_more_attempts_in_flight_than_allowed(void)
{
    dcf_scheduler *s = make(two_at_once);
    dcf_delivery d;
    add(s, "a1", "A", 1, 0);
    add(s, "b1", "B", 2, 0);
    dcf_delivery c = add(s, "c1", "C", 3, 0);
    NEXT_IS(s, 0, "a1");
    NEXT_IS(s, 0, "b1");
    dcf_delivery b = d;
    NEXT_IS(s, 0, "none");
    CU_ASSERT_EQUAL(dcf_scheduler_wake(s, 0), INT64_MAX);
    dcf_explanation e;
    CU_ASSERT(dcf_ok(dcf_scheduler_explain(s, c, 5, &e)));
    CU_ASSERT_EQUAL(e.why, DCF_WAIT_CONCURRENCY);
    CU_ASSERT(dcf_ok(dcf_scheduler_explain(s, b, 5, &e)));
    CU_ASSERT_EQUAL(e.why, DCF_WAIT_IN_FLIGHT);
    d = b;
    RESULT(s, 6, REFUSED);
    NEXT_IS(s, 6, "c1");
    dcf_scheduler_free(s);
}

static void quick_breaker(dcf_scheduler_config *c)
{
    c->breaker_failures = 3;
    c->breaker_open_ms = 5000;
    c->breaker_cap_ms = 15000;
}

/* Three cases fail: the breaker is open at 0 until 5000. */
static dcf_scheduler *broken(dcf_delivery *ret_a)
{
    dcf_scheduler *s = make(quick_breaker);
    dcf_delivery d;
    *ret_a = add(s, "a1", "A", 1, 0);
    add(s, "b1", "B", 2, 0);
    add(s, "c1", "C", 3, 0);
    for (int i = 0; i < 3; i++) {
        d = dcf_scheduler_next(s, 0);
        RESULT(s, 0, RETRY);
    }
    CU_ASSERT(dcf_scheduler_load_of(s).breaker_open);
    return s;
}

static void an_open_breaker_lets_nothing_through_then_one_probe(void)
{
    dcf_delivery d, a;
    dcf_scheduler *s = broken(&a);
    dcf_delivery fresh = add(s, "d1", "D", 0, 100);
    NEXT_IS(s, 4999, "none");
    CU_ASSERT_EQUAL(dcf_scheduler_wake(s, 4999), 5000);
    dcf_explanation e;
    CU_ASSERT(dcf_ok(dcf_scheduler_explain(s, fresh, 200, &e)));
    CU_ASSERT_EQUAL(e.why, DCF_WAIT_BREAKER);
    CU_ASSERT_EQUAL(e.since_ms, 100);
    CU_ASSERT_EQUAL(e.next_ms, 5000);
    NEXT_IS(s, 5000, "d1"); /* the probe is one that never failed */
    dcf_delivery probe = d;
    NEXT_IS(s, 5000, "none");
    CU_ASSERT_EQUAL(dcf_scheduler_wake(s, 5000), INT64_MAX);
    d = probe;
    RESULT(s, 5001, OK);
    CU_ASSERT_FALSE(dcf_scheduler_load_of(s).breaker_open);
    NEXT_IS(s, 5001, "a1");
    NEXT_IS(s, 5001, "b1");
    dcf_scheduler_free(s);
}

static void who_waits_for_the_receiver_does_so_since_the_breaker_opened(void)
{
    dcf_scheduler *s = make(quick_breaker);
    static const char *const keys[] = {"A", "B", "C", "X", "Y"};
    dcf_delivery d, y = 0;
    dcf_explanation e;
    for (size_t i = 0; i < 5; i++) y = add(s, keys[i], keys[i], 0, 10);
    for (int i = 0; i < 3; i++) {
        d = dcf_scheduler_next(s, 70);
        RESULT(s, 70, RETRY);
    }
    CU_ASSERT(dcf_ok(dcf_scheduler_explain(s, y, 100, &e)));
    CU_ASSERT_EQUAL(e.why, DCF_WAIT_BREAKER);
    CU_ASSERT_EQUAL(e.since_ms, 70);
    NEXT_IS(s, 5070, "X");
    CU_ASSERT(dcf_ok(dcf_scheduler_explain(s, y, 5070, &e)));
    CU_ASSERT_EQUAL(e.why, DCF_WAIT_BREAKER);
    CU_ASSERT_EQUAL(e.next_ms, INT64_MAX); /* when the probe is back */
    RESULT(s, 5080, RETRY);
    CU_ASSERT(dcf_ok(dcf_scheduler_explain(s, y, 5081, &e)));
    CU_ASSERT_EQUAL(e.since_ms, 70); /* it was never closed */
    dcf_scheduler_free(s);
}

static void a_failed_probe_opens_the_breaker_for_longer(void)
{
    dcf_delivery d, a;
    dcf_scheduler *s = broken(&a);
    int64_t now = 0;
    static const int64_t open[] = {5000, 10000, 15000, 15000};
    for (size_t i = 0; i < 4; i++) {
        now += open[i];
        CU_ASSERT_EQUAL(dcf_scheduler_next(s, now - 1), 0);
        d = dcf_scheduler_next(s, now);
        CU_ASSERT_NOT_EQUAL(d, 0);
        RESULT(s, now, RETRY);
    }
    dcf_scheduler_free(s);
}

static void a_refusal_is_an_answer_and_closes_the_breaker(void)
{
    dcf_delivery d, a;
    dcf_scheduler *s = broken(&a);
    d = dcf_scheduler_next(s, 5000);
    RESULT(s, 5000, REFUSED);
    CU_ASSERT_FALSE(dcf_scheduler_load_of(s).breaker_open);
    dcf_scheduler_free(s);
}

/* A receiver that says of each case that it is locked lives: its other cases go on. */
static void locked_cases_wait_and_never_open_the_breaker(void)
{
    dcf_scheduler *s = make(quick_breaker);
    dcf_delivery d;
    static const char *const keys[] = {"A", "B", "C", "D", "E"};
    for (size_t i = 0; i < 5; i++) add(s, keys[i], keys[i], 0, 0);
    for (size_t i = 0; i < 5; i++) {
        d = dcf_scheduler_next(s, 0);
        CU_ASSERT_NOT_EQUAL_FATAL(d, 0);
        RESULT(s, 0, LOCKED);
        CU_ASSERT_FALSE(dcf_scheduler_load_of(s).breaker_open);
    }
    CU_ASSERT_EQUAL(dcf_scheduler_next(s, 0), 0); /* each waits out its backoff */
    CU_ASSERT_NOT_EQUAL(dcf_scheduler_next(s, 600000), 0);
    dcf_scheduler_free(s);
}

static void a_late_failure_does_not_count_as_the_probe(void)
{
    dcf_scheduler *s = make(quick_breaker);
    dcf_delivery d, out[4];
    static const char *const keys[] = {"A", "B", "C", "D"};
    for (size_t i = 0; i < 4; i++) add(s, keys[i], keys[i], 0, 0);
    for (size_t i = 0; i < 4; i++) out[i] = dcf_scheduler_next(s, 0);
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT(dcf_ok(dcf_scheduler_result(s, out[i], 0, DCF_ATTEMPT_RETRY, 0)));
    dcf_delivery probe = dcf_scheduler_next(s, 5000);
    CU_ASSERT_NOT_EQUAL(probe, 0);
    CU_ASSERT(dcf_ok(dcf_scheduler_result(s, out[3], 5001, DCF_ATTEMPT_RETRY, 0)));
    CU_ASSERT_EQUAL(dcf_scheduler_wake(s, 6000), INT64_MAX); /* still its turn */
    CU_ASSERT_EQUAL(dcf_scheduler_next(s, 20000), 0);
    d = probe;
    RESULT(s, 20000, OK);
    CU_ASSERT_NOT_EQUAL(dcf_scheduler_next(s, 20000), 0);
    dcf_scheduler_free(s);
}

static void one_poisoned_case_never_opens_the_breaker(void)
{
    dcf_scheduler *s = make(quick_breaker);
    dcf_delivery d;
    add(s, "a1", "A", 0, 0);
    for (int64_t now = 0; now < 100000; now += 5000) {
        NEXT_IS(s, now, "a1");
        RESULT(s, now, RETRY);
        CU_ASSERT_FALSE(dcf_scheduler_load_of(s).breaker_open);
    }
    dcf_scheduler_free(s);
}

static void small_budget(dcf_scheduler_config *c)
{
    c->retry_burst = 1;
    c->retry_per_minute = 6;
    c->breaker_failures = 1000;
}

static void the_retry_budget_holds_retries_but_not_first_attempts(void)
{
    dcf_scheduler *s = make(small_budget);
    dcf_delivery d;
    dcf_delivery a = add(s, "a1", "A", 1, 0);
    dcf_delivery b = add(s, "b1", "B", 2, 0);
    for (int i = 0; i < 2; i++) {
        d = dcf_scheduler_next(s, 0);
        RESULT(s, 0, RETRY);
    }
    NEXT_IS(s, 1000, "a1"); /* the one token */
    RESULT(s, 1000, RETRY);
    NEXT_IS(s, 1001, "none");
    dcf_explanation e;
    CU_ASSERT(dcf_ok(dcf_scheduler_explain(s, b, 1001, &e)));
    CU_ASSERT_EQUAL(e.why, DCF_WAIT_BUDGET);
    CU_ASSERT_EQUAL(e.next_ms, 11000); /* six a minute */
    CU_ASSERT_EQUAL(dcf_scheduler_wake(s, 1001), 11000);
    add(s, "c1", "C", 0, 1001);
    NEXT_IS(s, 1001, "c1");
    RESULT(s, 1002, OK); /* a success gives a token back */
    NEXT_IS(s, 1002, "b1");
    RESULT(s, 1002, OK);
    CU_ASSERT_NOT_EQUAL(dcf_scheduler_attempts(s, a), 0);
    dcf_scheduler_free(s);
}

static void a_success_gives_one_retry_back_and_saves_none_above_the_burst(void)
{
    dcf_scheduler *s = make(small_budget);
    dcf_delivery d;
    static const char *const keys[] = {"A", "B", "C"};
    for (int i = 0; i < 3; i++) {
        add(s, keys[i], keys[i], i + 2, 0);
        NEXT_IS(s, 0, keys[i]);
        RESULT(s, 0, RETRY);
    }
    for (int i = 0; i < 5; i++) {
        add(s, "o", "O", 1, 0);
        NEXT_IS(s, 1000, "o");
        RESULT(s, 1000, OK);
    }
    NEXT_IS(s, 1000, "A"); /* the one token */
    RESULT(s, 1000, OK);   /* and it is back */
    NEXT_IS(s, 1000, "B");
    RESULT(s, 1000, RETRY);
    NEXT_IS(s, 1000, "none");
    dcf_scheduler_free(s);
}

#define TESTS(X)                                                                                   \
    X(backoff_doubles_up_to_its_cap)                                                               \
    X(retry_after_is_honoured_up_to_its_cap)                                                       \
    X(no_more_attempts_in_flight_than_allowed)                                                     \
    X(an_open_breaker_lets_nothing_through_then_one_probe)                                         \
    X(who_waits_for_the_receiver_does_so_since_the_breaker_opened)                                 \
    X(a_failed_probe_opens_the_breaker_for_longer)                                                 \
    X(a_refusal_is_an_answer_and_closes_the_breaker)                                               \
    X(locked_cases_wait_and_never_open_the_breaker)                                                \
    X(a_late_failure_does_not_count_as_the_probe)                                                  \
    X(one_poisoned_case_never_opens_the_breaker)                                                   \
    X(the_retry_budget_holds_retries_but_not_first_attempts)                                       \
    X(a_success_gives_one_retry_back_and_saves_none_above_the_burst)
UNIT_MAIN("scheduler.retry", TESTS)
