/* test_scheduler.c - which message is tried next, and what it says while it waits. */
#include "delivery/scheduler.h"

#include "unit.h"

#include <string.h>

static uint64_t most(void *ctx) /* the longest wait the jitter allows, so times are known */
{
    (void)ctx;
    return UINT64_MAX - UINT64_MAX % 4000 - 1;
}

static dcf_scheduler *make(void (*change)(dcf_scheduler_config *))
{
    dcf_scheduler_config c = dcf_scheduler_defaults;
    c.random = most;
    c.backoff_ms = 1000;
    c.backoff_cap_ms = 4000;
    if (change) change(&c);
    dcf_scheduler *s = NULL;
    CU_ASSERT_FATAL(dcf_ok(dcf_scheduler_new(&c, &s)));
    CU_ASSERT_FATAL(dcf_ok(dcf_scheduler_assign(s, 0, 0, NULL)));
    return s;
}

static int64_t next_offset;

static dcf_delivery add(dcf_scheduler *s, const char *id, const char *key, int64_t deadline,
                        int64_t now)
{
    dcf_scheduler_message m = {.id = id,
                               .case_key = key,
                               .offset = next_offset++,
                               .deadline_ms = deadline,
                               .arrived_ms = now,
                               .size = 10};
    dcf_delivery d = 0;
    CU_ASSERT(dcf_ok(dcf_scheduler_add(s, &m, now, &d)));
    return d;
}

static const char *next_id(dcf_scheduler *s, int64_t now, dcf_delivery *ret)
{
    *ret = dcf_scheduler_next(s, now);
    const dcf_scheduler_message *m = dcf_scheduler_message_of(s, *ret);
    return m ? m->id : "none";
}

#define NEXT_IS(s, now, text) CU_ASSERT_STRING_EQUAL(next_id(s, now, &d), text)
#define RESULT(s, now, what)                                                                       \
    CU_ASSERT(dcf_ok(dcf_scheduler_result(s, d, now, DCF_ATTEMPT_##what, 0)))

static void a_case_is_strictly_first_in_first_out(void)
{
    dcf_scheduler *s = make(NULL);
    dcf_delivery d;
    add(s, "a1", "A", 0, 0);
    add(s, "a2", "A", 5, 0); /* nearer deadline, but behind */
    NEXT_IS(s, 1, "a1");
    dcf_delivery first = d;
    NEXT_IS(s, 1, "none");
    d = first;
    RESULT(s, 2, OK);
    NEXT_IS(s, 3, "a2");
    RESULT(s, 3, OK);
    CU_ASSERT_EQUAL(dcf_scheduler_load_of(s).messages, 0);
    CU_ASSERT_EQUAL(dcf_scheduler_load_of(s).bytes, 0);
    CU_ASSERT_EQUAL(dcf_scheduler_wake(s, 3), INT64_MAX);
    dcf_scheduler_free(s);
}

static void nearest_deadline_goes_first_across_cases(void)
{
    dcf_scheduler *s = make(NULL);
    dcf_delivery d;
    add(s, "none", "A", 0, 0);
    add(s, "late", "B", 9000, 0);
    add(s, "soon", "C", 4000, 0);
    NEXT_IS(s, 1, "soon");
    NEXT_IS(s, 1, "late");
    NEXT_IS(s, 1, "none");
    dcf_scheduler_free(s);
}

static void an_urgent_message_hurries_those_before_it_in_its_case(void)
{
    dcf_scheduler *s = make(NULL);
    dcf_delivery d;
    add(s, "b1", "B", 0, 0);
    add(s, "a1", "A", 0, 0);
    add(s, "a2", "A", 3000, 0);
    add(s, "c1", "C", 4000, 0);
    NEXT_IS(s, 1, "a1");
    RESULT(s, 2, OK);
    NEXT_IS(s, 2, "a2");
    RESULT(s, 2, OK);
    NEXT_IS(s, 2, "c1");
    dcf_scheduler_free(s);
}

static void small_ageing(dcf_scheduler_config *c)
{
    c->ageing_ms = 1000;
    c->concurrency = 1;
}

static void nothing_starves_under_a_stream_of_urgent_messages(void)
{
    dcf_scheduler *s = make(small_ageing);
    dcf_delivery d;
    add(s, "patient", "P", 0, 0);
    bool went = false;
    int64_t now = 0;
    char keys[200][8];
    for (int i = 0; i < 200 && !went; i++, now += 10) {
        snprintf(keys[i], sizeof keys[i], "K%d", i);
        add(s, "urgent", keys[i], 1, now); /* long overdue, all of them */
        went = strcmp(next_id(s, now, &d), "patient") == 0;
        RESULT(s, now, OK);
    }
    CU_ASSERT(went);
    CU_ASSERT(now <= 1100);
    dcf_scheduler_free(s);
}

/* As it is set by default: an hour's queue of what no clock drives, and a detention clock with
 * hours left that comes last. */
static void a_back_load_does_not_delay_a_case_whose_clock_runs(void)
{
    enum { BACK_LOAD = 2000, HOUR = 3600000 };
    static char keys[BACK_LOAD][8];
    dcf_scheduler *s = make(NULL);
    dcf_delivery d;
    for (int i = 0; i < BACK_LOAD; i++) {
        snprintf(keys[i], sizeof keys[i], "K%d", i);
        add(s, "back-load", keys[i], 0, i);
    }
    add(s, "custody", "C", 5 * HOUR, HOUR);
    NEXT_IS(s, HOUR, "custody");
    dcf_scheduler_free(s);
}

static void a_far_deadline_is_no_worse_than_none(void)
{
    const int64_t day = 24 * 3600000;
    dcf_scheduler *s = make(NULL);
    dcf_delivery d;
    add(s, "far", "F", 56 * day, 0);
    add(s, "none", "N", 0, 1000);
    NEXT_IS(s, 2000, "far");
    dcf_scheduler_free(s);
}

static void a_failing_head_waits_while_other_cases_go_on(void)
{
    dcf_scheduler *s = make(NULL);
    dcf_delivery d;
    add(s, "a1", "A", 1, 0);
    dcf_delivery a2 = add(s, "a2", "A", 0, 0);
    NEXT_IS(s, 0, "a1");
    RESULT(s, 10, RETRY);
    add(s, "b1", "B", 0, 10);
    NEXT_IS(s, 11, "b1");
    RESULT(s, 12, OK);
    NEXT_IS(s, 1009, "none");
    dcf_explanation e;
    CU_ASSERT(dcf_ok(dcf_scheduler_explain(s, a2, 1009, &e)));
    CU_ASSERT_EQUAL(e.why, DCF_WAIT_BEHIND);
    CU_ASSERT_STRING_EQUAL(e.behind, "a1");
    CU_ASSERT_EQUAL(dcf_scheduler_wake(s, 1009), 1010);
    NEXT_IS(s, 1010, "a1");
    dcf_scheduler_free(s);
}

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

static void tiny_window(dcf_scheduler_config *c)
{
    c->window = 2;
    c->window_bytes = 25;
}

static void the_window_is_bounded_in_messages_and_bytes(void)
{
    dcf_scheduler *s = make(tiny_window);
    dcf_delivery d;
    dcf_scheduler_message m = {.id = "x", .case_key = "X", .offset = next_offset, .size = 100};
    CU_ASSERT(dcf_ok(dcf_scheduler_add(s, &m, 0, &d))); /* larger than the window, alone */
    m.offset++;
    CU_ASSERT(dcf_is(dcf_scheduler_add(s, &m, 0, &d), DCF_E_AGAIN));
    d = dcf_scheduler_next(s, 0);
    RESULT(s, 0, OK);
    m.size = 10;
    CU_ASSERT(dcf_ok(dcf_scheduler_add(s, &m, 0, &d)));
    m.offset++;
    m.size = 16;
    CU_ASSERT(dcf_is(dcf_scheduler_add(s, &m, 0, &d), DCF_E_AGAIN));
    m.size = 15;
    CU_ASSERT(dcf_ok(dcf_scheduler_add(s, &m, 0, &d)));
    m.offset++;
    m.size = 0;
    CU_ASSERT(dcf_is(dcf_scheduler_add(s, &m, 0, &d), DCF_E_AGAIN));
    CU_ASSERT_FALSE(dcf_scheduler_has_room(s, DCF_LANE_ORDINARY, 0));
    next_offset += 3;
    dcf_scheduler_free(s);
}

static void count_drop(void *ctx, const dcf_scheduler_message *m)
{
    (void)m;
    ++*(int *)ctx;
}

static void a_revoked_partition_is_forgotten_and_its_late_results_ignored(void)
{
    dcf_scheduler *s = make(NULL);
    CU_ASSERT(dcf_ok(dcf_scheduler_assign(s, 1, 0, NULL)));
    CU_ASSERT(dcf_is(dcf_scheduler_assign(s, 1, 0, NULL), DCF_E_CONFLICT));
    dcf_delivery d, mine, other;
    dcf_scheduler_message m = {.id = "p1", .case_key = "A", .partition = 1};
    CU_ASSERT(dcf_ok(dcf_scheduler_add(s, &m, 0, &mine)));
    m.offset = 1;
    CU_ASSERT(dcf_ok(dcf_scheduler_add(s, &m, 0, &other)));
    add(s, "p0", "A", 0, 0);
    d = dcf_scheduler_next(s, 0);
    int drops = 0;
    dcf_scheduler_revoke(s, 1, 0, count_drop, &drops);
    CU_ASSERT_EQUAL(drops, 2);
    CU_ASSERT(dcf_is(dcf_scheduler_result(s, mine, 0, DCF_ATTEMPT_OK, 0), DCF_E_NOT_FOUND));
    CU_ASSERT_PTR_NULL(dcf_scheduler_message_of(s, other));
    dcf_delivery reused = add(s, "new", "N", 0, 0); /* may take the slot, not the handle */
    CU_ASSERT(reused != mine && reused != other);
    CU_ASSERT_PTR_NULL(dcf_scheduler_message_of(s, mine));
    CU_ASSERT_PTR_NULL(dcf_scheduler_message_of(s, other));
    CU_ASSERT(dcf_is(dcf_scheduler_add(s, &m, 0, &d), DCF_E_NOT_FOUND));
    CU_ASSERT_EQUAL(dcf_scheduler_load_of(s).messages, 2);
    CU_ASSERT_EQUAL(dcf_scheduler_load_of(s).in_flight, 0);
    NEXT_IS(s, 1, "p0");
    dcf_scheduler_free(s);
}

static void settings_that_cannot_work_are_refused(void)
{
    dcf_scheduler_config c = dcf_scheduler_defaults;
    dcf_scheduler *s = NULL;
    CU_ASSERT(dcf_is(dcf_scheduler_new(&c, &s), DCF_E_CONFIG)); /* no random */
    c.random = most;
    c.concurrency = 0;
    CU_ASSERT(dcf_is(dcf_scheduler_new(&c, &s), DCF_E_CONFIG));
    CU_ASSERT_PTR_NULL(s);
}

static dcf_delivery add_newer(dcf_scheduler *s, const char *id, const char *key, const char *older)
{
    dcf_scheduler_message m = {.id = id,
                               .case_key = key,
                               .offset = next_offset++,
                               .supersedes = older,
                               .untouched = true,
                               .size = 10};
    dcf_delivery d = 0;
    CU_ASSERT(dcf_ok(dcf_scheduler_add(s, &m, 0, &d)));
    return d;
}

static const char *newer_of(const dcf_scheduler *s, dcf_delivery d)
{
    const char *id = dcf_scheduler_superseded_by(s, d);
    return id ? id : "none";
}

static void a_newer_version_takes_the_place_of_one_that_cannot_be_there(void)
{
    dcf_scheduler *s = make(NULL);
    dcf_delivery d;
    add_newer(s, "a1", "A", "");
    add_newer(s, "a2", "A", "");
    add_newer(s, "a3", "A", "a1");
    add_newer(s, "b1", "B", "a2"); /* of another case: nothing of its line */
    NEXT_IS(s, 1, "a1");
    CU_ASSERT_STRING_EQUAL(newer_of(s, d), "a3");
    RESULT(s, 1, SKIPPED);
    NEXT_IS(s, 1, "a2"); /* stands between, and is not dropped */
    CU_ASSERT_STRING_EQUAL(newer_of(s, d), "none");
    RESULT(s, 1, OK);
    NEXT_IS(s, 1, "a3");
    CU_ASSERT_STRING_EQUAL(newer_of(s, d), "none");
    RESULT(s, 1, OK);
    NEXT_IS(s, 1, "b1");
    RESULT(s, 1, OK);
    NEXT_IS(s, 1, "none");
    dcf_scheduler_free(s);
}

static void what_may_be_there_is_not_skipped(void)
{
    dcf_scheduler *s = make(NULL);
    dcf_delivery d;
    add(s, "a1", "A", 0, 0); /* lay on the topic before this window: another may have tried */
    add_newer(s, "a2", "A", "a1");
    NEXT_IS(s, 1, "a1");
    CU_ASSERT_STRING_EQUAL(newer_of(s, d), "none");
    RESULT(s, 1, OK);
    NEXT_IS(s, 1, "a2");
    RESULT(s, 1, RETRY); /* a timeout: it may have arrived */
    add_newer(s, "a3", "A", "a2");
    NEXT_IS(s, 9000, "a2");
    CU_ASSERT_STRING_EQUAL(newer_of(s, d), "none");
    RESULT(s, 9000, OK);
    NEXT_IS(s, 9000, "a3");
    RESULT(s, 9000, UNSENT); /* nothing was sent */
    add_newer(s, "a4", "A", "a3");
    NEXT_IS(s, 19000, "a3");
    CU_ASSERT_STRING_EQUAL(newer_of(s, d), "a4");
    dcf_scheduler_free(s);
}

static void a_skip_says_nothing_of_the_receiver(void)
{
    dcf_scheduler *s = make(NULL);
    dcf_delivery d;
    add_newer(s, "a1", "A", "");
    for (int i = 0; i < 100 && !dcf_scheduler_load_of(s).breaker_open; i++) {
        static char keys[100][4];
        snprintf(keys[i], sizeof keys[i], "K%d", i);
        add_newer(s, keys[i], keys[i], "");
    }
    int64_t now = 1;
    for (; !dcf_scheduler_load_of(s).breaker_open; now++) {
        d = dcf_scheduler_next(s, now);
        if (d) RESULT(s, now, UNSENT);
    }
    add_newer(s, "a2", "A", "a1");
    const char *id = "";
    for (now += 600000; strcmp(id, "a1") != 0; now += 600000) {
        id = next_id(s, now, &d);
        if (strcmp(id, "a1") != 0) RESULT(s, now, UNSENT);
    }
    CU_ASSERT_STRING_EQUAL(newer_of(s, d), "a2");
    RESULT(s, now, SKIPPED);
    CU_ASSERT_TRUE(dcf_scheduler_load_of(s).breaker_open);
    CU_ASSERT_STRING_NOT_EQUAL(next_id(s, now, &d), "none"); /* the probe is free again */
    dcf_scheduler_free(s);
}

/* --- lanes and long cases ------------------------------------------------------- */

static dcf_delivery add_in(dcf_scheduler *s, dcf_lane lane, const char *id, const char *key,
                           int64_t deadline, int64_t now)
{
    const dcf_scheduler_message m = {.id = id,
                                     .case_key = key,
                                     .partition = (int32_t)lane,
                                     .lane = lane,
                                     .offset = next_offset++,
                                     .deadline_ms = deadline,
                                     .arrived_ms = now,
                                     .untouched = true,
                                     .size = 10};
    dcf_delivery d = 0;
    dcf_status status = dcf_scheduler_add(s, &m, now, &d);
    CU_ASSERT(dcf_ok(status) || dcf_is(status, DCF_E_AGAIN) || dcf_is(status, DCF_E_LIMIT));
    if (dcf_failed(status)) next_offset--;
    return d;
}

static void narrow(dcf_scheduler_config *c)
{
    c->window = 3;
    c->case_messages = 2;
    c->absent = 2;
    c->ageing_ms = 1000;
}

static dcf_scheduler *make_lanes(void)
{
    dcf_scheduler *s = make(narrow);
    next_offset = 0;
    CU_ASSERT(dcf_ok(dcf_scheduler_assign(s, DCF_LANE_URGENT, 0, NULL)));
    return s;
}

static void the_urgent_lane_goes_first_but_not_before_what_waited_long(void)
{
    dcf_scheduler *s = make_lanes();
    dcf_delivery d;
    add_in(s, DCF_LANE_ORDINARY, "old", "A", 0, 0);
    add_in(s, DCF_LANE_ORDINARY, "due", "B", 2500, 2000);
    add_in(s, DCF_LANE_URGENT, "u2", "C", 2900, 2000);
    add_in(s, DCF_LANE_URGENT, "u1", "D", 2100, 2000);
    add_in(s, DCF_LANE_URGENT, "u3", "E", 0, 2001);
    NEXT_IS(s, 2001, "old");
    NEXT_IS(s, 2001, "u1");
    NEXT_IS(s, 2001, "u2");
    NEXT_IS(s, 2001, "u3");
    NEXT_IS(s, 2001, "due");
    dcf_scheduler_free(s);
}

static void a_full_lane_leaves_the_other_its_room(void)
{
    dcf_scheduler *s = make_lanes();
    static const char *const keys[] = {"A", "B", "C", "D"};
    for (int lane = 0; lane < DCF_LANES; lane++) {
        CU_ASSERT_TRUE(dcf_scheduler_has_room(s, (dcf_lane)lane, 10));
        for (int i = 0; i < 3; i++)
            CU_ASSERT_TRUE(add_in(s, (dcf_lane)lane, keys[i], keys[i], 0, 0) != 0);
        CU_ASSERT_FALSE(dcf_scheduler_has_room(s, (dcf_lane)lane, 10));
        CU_ASSERT_EQUAL(add_in(s, (dcf_lane)lane, "more", keys[3], 0, 0), 0);
    }
    const dcf_scheduler_message known = {.id = "B", .case_key = "B", .offset = 1};
    dcf_delivery d = 1;
    CU_ASSERT(dcf_ok(dcf_scheduler_add(s, &known, 0, &d))); /* needs no room */
    CU_ASSERT_EQUAL(d, 0);
    CU_ASSERT_EQUAL(dcf_scheduler_load_of(s).messages, 6);
    dcf_scheduler_free(s);
}

static void wide(dcf_scheduler_config *c)
{
    c->window = 16;
    c->window_bytes = 800;
}

static void a_lane_that_was_full_is_low_when_an_eighth_of_it_is_gone(void)
{
    dcf_scheduler *s = make(wide);
    char key[8];
    next_offset = 0;
    for (int i = 0; i < 14; i++) {
        CU_ASSERT_TRUE(dcf_scheduler_is_low(s, DCF_LANE_ORDINARY));
        snprintf(key, sizeof key, "K%d", i);
        CU_ASSERT_TRUE(add_in(s, DCF_LANE_ORDINARY, key, key, 0, 0) != 0);
    }
    CU_ASSERT_FALSE(dcf_scheduler_is_low(s, DCF_LANE_ORDINARY)); /* though two more have room */
    CU_ASSERT_TRUE(dcf_scheduler_is_low(s, DCF_LANE_URGENT));
    dcf_delivery d = dcf_scheduler_next(s, 1);
    CU_ASSERT(dcf_ok(dcf_scheduler_result(s, d, 1, DCF_ATTEMPT_OK, 0)));
    CU_ASSERT_TRUE(dcf_scheduler_is_low(s, DCF_LANE_ORDINARY));
    const dcf_scheduler_message large = {
        .id = "l", .case_key = "L", .offset = next_offset, .size = 570}; /* and 130 are there */
    CU_ASSERT(dcf_ok(dcf_scheduler_add(s, &large, 1, &d)));
    CU_ASSERT_FALSE(dcf_scheduler_is_low(s, DCF_LANE_ORDINARY));
    dcf_scheduler_free(s);
}

static void of_a_long_case_the_rest_is_read_again_in_its_order(void)
{
    dcf_scheduler *s = make_lanes();
    dcf_delivery d, third;
    int32_t partition = -1;
    int64_t offset = -1;
    dcf_explanation x;
    add_in(s, DCF_LANE_ORDINARY, "a0", "A", 0, 0);
    add_in(s, DCF_LANE_ORDINARY, "a1", "A", 0, 0);
    third = add_in(s, DCF_LANE_ORDINARY, "a2", "A", 0, 0);
    CU_ASSERT_TRUE(dcf_scheduler_is_absent(s, third));
    CU_ASSERT_EQUAL(dcf_scheduler_load_of(s).bytes, 20);
    CU_ASSERT_FALSE(dcf_scheduler_is_absent(s, add_in(s, DCF_LANE_ORDINARY, "b", "B", 0, 0)));
    CU_ASSERT_TRUE(dcf_scheduler_is_absent(s, add_in(s, DCF_LANE_ORDINARY, "a4", "A", 0, 0)));
    CU_ASSERT_EQUAL(add_in(s, DCF_LANE_ORDINARY, "a5", "A", 0, 0), 0); /* only so many offsets */
    CU_ASSERT_EQUAL(dcf_scheduler_wanted(s, 0, "A", 2), 0);
    NEXT_IS(s, 1, "a0");
    RESULT(s, 1, OK);
    CU_ASSERT_EQUAL(dcf_scheduler_wanted(s, 0, "A", 2), third); /* there is room, but no need */
    CU_ASSERT_FALSE(dcf_scheduler_wants(s, DCF_LANE_ORDINARY, &partition, &offset));
    NEXT_IS(s, 1, "a1");
    RESULT(s, 2, OK);
    CU_ASSERT(dcf_ok(dcf_scheduler_explain(s, third, 3, &x)));
    CU_ASSERT_EQUAL(x.why, DCF_WAIT_ABSENT);
    CU_ASSERT_TRUE(dcf_scheduler_wants(s, DCF_LANE_ORDINARY, &partition, &offset));
    CU_ASSERT_EQUAL(partition, 0);
    CU_ASSERT_EQUAL(offset, 2);
    CU_ASSERT_FALSE(
        dcf_scheduler_wants(s, DCF_LANE_ORDINARY, &partition, &offset)); /* it is on its way */
    dcf_scheduler_want_again(s);
    CU_ASSERT_EQUAL(dcf_scheduler_lost(s, 0, 3), 0); /* nobody reads it */
    CU_ASSERT_FALSE(dcf_scheduler_wants(s, DCF_LANE_URGENT, &partition, &offset));
    CU_ASSERT_TRUE(dcf_scheduler_wants(s, DCF_LANE_ORDINARY, &partition, &offset));
    NEXT_IS(s, 3, "b");
    NEXT_IS(s, 3, "none");
    CU_ASSERT_EQUAL(dcf_scheduler_wanted(s, 0, "A", 4), 0); /* not before the one before it */
    CU_ASSERT_EQUAL(dcf_scheduler_lost(s, 0, 2), 0);
    CU_ASSERT_EQUAL(dcf_scheduler_lost(s, 0, 3), third); /* so it did not come */
    CU_ASSERT_EQUAL(dcf_scheduler_lost(s, 0, 5), 0);     /* 5 is new: nothing is read again */
    CU_ASSERT_EQUAL(dcf_scheduler_lost(s, 1, 3), 0);
    CU_ASSERT(dcf_ok(dcf_scheduler_fill(s, third)));
    CU_ASSERT(dcf_is(dcf_scheduler_fill(s, third), DCF_E_NOT_FOUND));
    CU_ASSERT_EQUAL(dcf_scheduler_load_of(s).absent, 1);
    NEXT_IS(s, 3, "a2");
    dcf_scheduler_free(s);
}

/* Too much that is absent stops a partition; a lane that is full for a moment does not. */
static void that_nothing_more_may_be_absent_is_not_that_a_lane_is_full(void)
{
    dcf_scheduler *s = make_lanes();
    static const char *const keys[] = {"A", "A", "A", "A", "B", "C", "A"};
    const enum dcf_status_code ends[] = {DCF_E_OK, DCF_E_OK,    DCF_E_OK,   DCF_E_OK,
                                         DCF_E_OK, DCF_E_AGAIN, DCF_E_LIMIT};
    int32_t partition;
    int64_t offset;
    dcf_delivery d;
    for (int i = 0; i < 7; i++) { /* whole: 0, 1, 4; absent: 2, 3 */
        dcf_scheduler_message m = {.id = "m", .case_key = keys[i], .offset = i, .size = 10};
        CU_ASSERT_TRUE(dcf_is(dcf_scheduler_add(s, &m, 0, &d), ends[i]));
    }
    NEXT_IS(s, 1, "m");
    RESULT(s, 1, OK);
    NEXT_IS(s, 1, "m");
    RESULT(s, 1, OK);
    CU_ASSERT_TRUE(dcf_scheduler_wants(s, DCF_LANE_ORDINARY, &partition, &offset));
    for (int i = 5; i < 7; i++) {
        dcf_scheduler_message m = {.id = "m", .case_key = i == 5 ? "C" : "D", .offset = i};
        CU_ASSERT_TRUE(dcf_ok(dcf_scheduler_add(s, &m, 0, &d)));
    }
    CU_ASSERT_EQUAL(dcf_scheduler_absent_room(s, DCF_LANE_ORDINARY), 0);
    CU_ASSERT_TRUE((d = dcf_scheduler_wanted(s, 0, "A", 2)) != 0);
    CU_ASSERT_TRUE(dcf_is(dcf_scheduler_fill(s, d), DCF_E_AGAIN));
    dcf_scheduler_free(s);
}

/* One reading of a partition serves all its long cases, so it begins at the first that is needed.
 */
static void a_second_long_case_does_not_spoil_the_reading_for_the_first(void)
{
    dcf_scheduler *s = make(narrow);
    dcf_delivery d;
    int32_t partition;
    int64_t offset;
    next_offset = 0;
    add_in(s, DCF_LANE_ORDINARY, "a0", "A", 0, 0);
    add_in(s, DCF_LANE_ORDINARY, "a1", "A", 0, 0);
    add_in(s, DCF_LANE_ORDINARY, "a2", "A", 0, 0); /* absent */
    NEXT_IS(s, 1, "a0");
    RESULT(s, 1, OK);
    NEXT_IS(s, 1, "a1");
    RESULT(s, 1, OK);
    CU_ASSERT_TRUE(dcf_scheduler_wants(s, DCF_LANE_ORDINARY, &partition, &offset));
    CU_ASSERT_EQUAL(offset, 2);
    add_in(s, DCF_LANE_ORDINARY, "b3", "B", 0, 0);
    add_in(s, DCF_LANE_ORDINARY, "b4", "B", 0, 0);
    add_in(s, DCF_LANE_ORDINARY, "b5", "B", 0, 0); /* absent */
    NEXT_IS(s, 1, "b3");
    RESULT(s, 1, OK);
    NEXT_IS(s, 1, "b4");
    RESULT(s, 1, OK);
    CU_ASSERT_TRUE(dcf_scheduler_wants(s, DCF_LANE_ORDINARY, &partition, &offset));
    CU_ASSERT_EQUAL(offset, 2); /* not 5: a2 would never come */
    dcf_scheduler_free(s);
}

/* What is open does not fit the text, which Kafka bounds: then it says less, and nothing false. */
static void a_commit_of_very_many_open_messages_is_bounded_and_loses_none(void)
{
    enum { OPEN = 20000, GONE_EVERY = 5 };
    char marks[DCF_COMMIT_METADATA_MAX + 1];
    int64_t low = -1;
    size_t kept = 0;
    dcf_delivery d;
    dcf_scheduler *s = make(NULL), *after;
    for (next_offset = 0; next_offset < OPEN;)
        if (next_offset % GONE_EVERY == 4) {
            char key[] = "B"; /* urgent, and done at once */
            add(s, "b", key, 1, 0);
            NEXT_IS(s, 1, "b");
            RESULT(s, 1, OK);
        } else {
            CU_ASSERT_TRUE(add(s, "a", "A", 0, 0) != 0);
        }
    CU_ASSERT(dcf_ok(dcf_scheduler_commit(s, 0, &low, marks)));
    CU_ASSERT_EQUAL(low, 0);
    CU_ASSERT_TRUE(strlen(marks) <= DCF_COMMIT_METADATA_MAX);
    dcf_scheduler_free(s);
    dcf_scheduler_config c = dcf_scheduler_defaults;
    c.random = most;
    CU_ASSERT_FATAL(dcf_ok(dcf_scheduler_new(&c, &after)));
    CU_ASSERT(dcf_ok(dcf_scheduler_assign(after, 0, low, marks)));
    for (next_offset = 0; next_offset < OPEN;) {
        bool done = next_offset % GONE_EVERY == 4;
        d = add(after, "m", done ? "B" : "A", 0, 0);
        CU_ASSERT_TRUE(done || d != 0); /* what is open comes again */
        kept += done && d == 0;
    }
    CU_ASSERT_TRUE(kept > DCF_COMMIT_METADATA_MAX / GONE_EVERY / 2); /* the lowest are remembered */
    dcf_scheduler_free(after);
}

#define TESTS(X)                                                                                   \
    X(a_case_is_strictly_first_in_first_out)                                                       \
    X(nearest_deadline_goes_first_across_cases)                                                    \
    X(an_urgent_message_hurries_those_before_it_in_its_case)                                       \
    X(a_back_load_does_not_delay_a_case_whose_clock_runs)                                          \
    X(a_far_deadline_is_no_worse_than_none)                                                        \
    X(nothing_starves_under_a_stream_of_urgent_messages)                                           \
    X(a_failing_head_waits_while_other_cases_go_on)                                                \
    X(backoff_doubles_up_to_its_cap)                                                               \
    X(retry_after_is_honoured_up_to_its_cap)                                                       \
    X(no_more_attempts_in_flight_than_allowed)                                                     \
    X(an_open_breaker_lets_nothing_through_then_one_probe)                                         \
    X(a_failed_probe_opens_the_breaker_for_longer)                                                 \
    X(a_refusal_is_an_answer_and_closes_the_breaker)                                               \
    X(locked_cases_wait_and_never_open_the_breaker)                                                \
    X(a_late_failure_does_not_count_as_the_probe)                                                  \
    X(one_poisoned_case_never_opens_the_breaker)                                                   \
    X(the_retry_budget_holds_retries_but_not_first_attempts)                                       \
    X(the_window_is_bounded_in_messages_and_bytes)                                                 \
    X(a_revoked_partition_is_forgotten_and_its_late_results_ignored)                               \
    X(settings_that_cannot_work_are_refused)                                                       \
    X(a_newer_version_takes_the_place_of_one_that_cannot_be_there)                                 \
    X(what_may_be_there_is_not_skipped)                                                            \
    X(a_skip_says_nothing_of_the_receiver)                                                         \
    X(the_urgent_lane_goes_first_but_not_before_what_waited_long)                                  \
    X(a_commit_of_very_many_open_messages_is_bounded_and_loses_none)                               \
    X(a_full_lane_leaves_the_other_its_room)                                                       \
    X(a_lane_that_was_full_is_low_when_an_eighth_of_it_is_gone)                                    \
    X(of_a_long_case_the_rest_is_read_again_in_its_order)                                          \
    X(that_nothing_more_may_be_absent_is_not_that_a_lane_is_full)                                  \
    X(a_second_long_case_does_not_spoil_the_reading_for_the_first)
UNIT_MAIN("scheduler", TESTS)
