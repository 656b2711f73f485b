/* test_lanes.c - two lanes to one party, and cases longer than the window keeps whole. */
#include "scheduler_kit.h"

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
    static char keys[14][8];
    next_offset = 0;
    for (int i = 0; i < 14; i++) {
        CU_ASSERT_TRUE(dcf_scheduler_is_low(s, DCF_LANE_ORDINARY));
        snprintf(keys[i], sizeof keys[i], "K%d", i);
        CU_ASSERT_TRUE(add_in(s, DCF_LANE_ORDINARY, keys[i], keys[i], 0, 0) != 0);
    }
    CU_ASSERT_FALSE(dcf_scheduler_is_low(s, DCF_LANE_ORDINARY)); /* though two more have room */
    CU_ASSERT_TRUE(dcf_scheduler_is_low(s, DCF_LANE_URGENT));
    dcf_delivery d = dcf_scheduler_next(s, 1);
    CU_ASSERT(dcf_ok(dcf_scheduler_result(s, d, 1, DCF_ATTEMPT_OK, 0)));
    CU_ASSERT_TRUE(dcf_scheduler_is_low(s, DCF_LANE_ORDINARY));
    for (int i = 0; i < 3; i++) { /* ten are left, of 10 bytes each */
        d = dcf_scheduler_next(s, 1);
        CU_ASSERT(dcf_ok(dcf_scheduler_result(s, d, 1, DCF_ATTEMPT_OK, 0)));
    }
    dcf_scheduler_message m = {.id = "l", .case_key = "L", .offset = next_offset, .size = 599};
    CU_ASSERT(dcf_ok(dcf_scheduler_add(s, &m, 1, &d)));
    CU_ASSERT_TRUE(dcf_scheduler_is_low(s, DCF_LANE_ORDINARY));
    m = (dcf_scheduler_message){.id = "n", .case_key = "N", .offset = next_offset + 1, .size = 1};
    CU_ASSERT(dcf_ok(dcf_scheduler_add(s, &m, 1, &d)));
    CU_ASSERT_FALSE(dcf_scheduler_is_low(s, DCF_LANE_ORDINARY)); /* by its bytes */
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
    X(the_urgent_lane_goes_first_but_not_before_what_waited_long)                                  \
    X(a_commit_of_very_many_open_messages_is_bounded_and_loses_none)                               \
    X(a_full_lane_leaves_the_other_its_room)                                                       \
    X(a_lane_that_was_full_is_low_when_an_eighth_of_it_is_gone)                                    \
    X(of_a_long_case_the_rest_is_read_again_in_its_order)                                          \
    X(that_nothing_more_may_be_absent_is_not_that_a_lane_is_full)                                  \
    X(a_second_long_case_does_not_spoil_the_reading_for_the_first)
UNIT_MAIN("lanes", TESTS)
