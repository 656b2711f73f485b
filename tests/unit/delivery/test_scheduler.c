/* test_scheduler.c - which message is tried next, and what it says while it waits. */
#include "scheduler_kit.h"

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
    CU_ASSERT_EQUAL(dcf_scheduler_load_of(s).cases, 0);
    dcf_explanation x;
    CU_ASSERT(dcf_is(dcf_scheduler_explain(s, d, 0, &x), DCF_E_NOT_FOUND)); /* it is done with */
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

/* What comes of the defaults with one setting changed. */
#define NEW_WITH(field, value, status)                                                             \
    do {                                                                                           \
        dcf_scheduler_config config = dcf_scheduler_defaults;                                      \
        dcf_scheduler *s = NULL;                                                                   \
        config.random = most;                                                                      \
        config.field = (value);                                                                    \
        CU_ASSERT(dcf_is(dcf_scheduler_new(&config, &s), DCF_E_##status));                         \
        dcf_scheduler_free(s);                                                                     \
    } while (0)

static void settings_that_cannot_work_are_refused(void)
{
    const dcf_scheduler_config *c = &dcf_scheduler_defaults;
    NEW_WITH(random, NULL, CONFIG);
    NEW_WITH(window, 0, CONFIG);
    NEW_WITH(window, INT32_MAX / 4, CONFIG);
    NEW_WITH(window_bytes, 0, CONFIG);
    NEW_WITH(case_messages, 0, CONFIG);
    NEW_WITH(absent, INT32_MAX / 4, CONFIG);
    NEW_WITH(concurrency, 0, CONFIG);
    NEW_WITH(ageing_ms, 0, CONFIG);
    NEW_WITH(backoff_ms, 0, CONFIG);
    NEW_WITH(backoff_cap_ms, c->backoff_ms - 1, CONFIG);
    NEW_WITH(backoff_cap_ms, c->backoff_ms, OK);
    NEW_WITH(retry_after_cap_ms, -1, CONFIG);
    NEW_WITH(retry_after_cap_ms, 0, OK);
    NEW_WITH(breaker_failures, 0, CONFIG);
    NEW_WITH(breaker_open_ms, 0, CONFIG);
    NEW_WITH(breaker_cap_ms, c->breaker_open_ms - 1, CONFIG);
    NEW_WITH(breaker_cap_ms, c->breaker_open_ms, OK);
    NEW_WITH(retry_burst, 0, CONFIG);
    NEW_WITH(retry_per_minute, 0, CONFIG);
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

static dcf_status take(dcf_scheduler *s, dcf_delivery d, int64_t now)
{
    return dcf_scheduler_take(s, d, now);
}

static void the_first_of_a_case_can_be_taken_out_of_its_turn(void)
{
    dcf_scheduler *s = make(NULL);
    dcf_delivery d, first = add(s, "a1", "A", 0, 0), second = add(s, "a2", "A", 0, 0);
    NEXT_IS(s, 1, "a1");
    CU_ASSERT(dcf_is(take(s, first, 1), DCF_E_AGAIN)); /* what is in flight is settled first */
    CU_ASSERT(dcf_is(take(s, second, 1), DCF_E_CONFLICT));
    RESULT(s, 1, RETRY);
    NEXT_IS(s, 2, "none"); /* it waits out its backoff */
    CU_ASSERT(dcf_ok(take(s, first, 2)));
    NEXT_IS(s, 2, "none"); /* in hand */
    CU_ASSERT_EQUAL(dcf_scheduler_load_of(s).in_flight, 1);
    d = first;
    RESULT(s, 2, HELD);
    CU_ASSERT(dcf_is(take(s, first, 2), DCF_E_NOT_FOUND));
    NEXT_IS(s, 2, "a2"); /* the case goes on */
    RESULT(s, 2, OK);
    CU_ASSERT_EQUAL(dcf_scheduler_load_of(s).messages, 0);
    dcf_scheduler_free(s);
}

#define TESTS(X)                                                                                   \
    X(a_case_is_strictly_first_in_first_out)                                                       \
    X(nearest_deadline_goes_first_across_cases)                                                    \
    X(an_urgent_message_hurries_those_before_it_in_its_case)                                       \
    X(a_back_load_does_not_delay_a_case_whose_clock_runs)                                          \
    X(a_far_deadline_is_no_worse_than_none)                                                        \
    X(nothing_starves_under_a_stream_of_urgent_messages)                                           \
    X(a_failing_head_waits_while_other_cases_go_on)                                                \
    X(the_window_is_bounded_in_messages_and_bytes)                                                 \
    X(a_revoked_partition_is_forgotten_and_its_late_results_ignored)                               \
    X(settings_that_cannot_work_are_refused)                                                       \
    X(a_newer_version_takes_the_place_of_one_that_cannot_be_there)                                 \
    X(what_may_be_there_is_not_skipped)                                                            \
    X(a_skip_says_nothing_of_the_receiver)                                                         \
    X(the_first_of_a_case_can_be_taken_out_of_its_turn)
UNIT_MAIN("scheduler", TESTS)
