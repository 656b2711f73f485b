/* test_waiting.c - messages that come before their case. */
#include "fixture.h"

#define PRE DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE

static void messages_before_their_case_wait_and_are_released_in_order(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, material(&w, "n1", "first"));
    SAYS(&w, "received held >force-45:receipt3#1 routed");
    IN_STATE(&w, "none");
    CU_ASSERT_EQUAL(w.out.next_tick_ms, START + 28 * DAY);
    w.now += 1000;
    give(&w, triage(&w, "t1", "accepted"));
    give(&w, material(&w, "n2", "second"));
    give(&w, material(&w, "n1", "first"));
    SAYS(&w, "received duplicate");
    CU_ASSERT_EQUAL(w.state->n_waiting, 3);
    give(&w, submission(&w, "m1", PRE));
    SAYS(&w, "received applied >cps-se:case_submission#2 routed >force-45:receipt1#3 routed "
             "released applied >cps-se:material_notice#3 routed >force-45:receipt1#4 routed "
             "released applied >force-45:triage_outcome#5 routed >cps-se:receipt1#4 routed "
             "released applied >cps-se:material_notice#5 routed >force-45:receipt1#6 routed");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 2)->message_id, "n1");
    IN_STATE(&w, "under_review");
    CU_ASSERT_EQUAL(w.state->n_waiting, 0);
    CU_ASSERT_EQUAL(w.out.next_tick_ms, w.now + DAY); /* what went out is to be acknowledged */
    give(&w, material(&w, "n1", "first"));
    SAYS(&w, "received duplicate");
    close_world(&w);
}

static void what_is_not_due_after_the_wait_is_held_and_may_come_again(void)
{
    world w;
    open_world(&w, "", NULL);
    Dcf__V1__Envelope *mg4 = from(&w, "force-45", "spi-45", "c1", KEY);
    mg4->body_case = DCF__V1__ENVELOPE__BODY_CHARGE_NOTIFICATION;
    mg4->charge_notification = new_charge_notification(&w.arena);
    give(&w, mg4);
    give(&w, submission(&w, "m1", PRE));
    SAYS(&w, "received applied >cps-se:case_submission#1 routed >force-45:receipt1#2 routed "
             "released !DCF-4003 held >force-45:receipt3#3 routed");
    give(&w, triage(&w, "t1", "accepted"));
    give(&w, mg4);
    IN_STATE(&w, "charged");
    close_world(&w);
}

static void the_waiting_room_is_bounded(void)
{
    world w;
    open_world(&w, "", &(dcf_exchange_config){.waiting = 2});
    give(&w, material(&w, "n1", "1"));
    give(&w, material(&w, "n2", "2"));
    give(&w, material(&w, "n3", "3"));
    SAYS(&w, "received !DCF-4005 held >force-45:receipt3#3 routed");
    CU_ASSERT_EQUAL(w.state->n_waiting, 2);
    close_world(&w);
    open_world(&w, "", &(dcf_exchange_config){.waiting_bytes = 200});
    char *large = dcf_arena_alloc(&w.arena, 300);
    memset(large, 'x', 299);
    give(&w, material(&w, "n1", large));
    SAYS(&w, "received !DCF-4005 held >force-45:receipt3#0 routed");
    CU_ASSERT_PTR_NULL(w.state);
    close_world(&w);
}

static void waiting_ends_after_28_days(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, material(&w, "n1", "1"));
    w.now += DAY;
    give(&w, material(&w, "n2", "2"));
    w.now = START + 28 * DAY - 1;
    CU_ASSERT(dcf_ok(dcf_exchange_tick(w.x, w.state, w.now, &w.arena, &w.out)));
    SAYS(&w, "");
    CU_ASSERT_PTR_NULL(w.out.state);
    CU_ASSERT_EQUAL(w.out.next_tick_ms, START + 28 * DAY);
    w.now++;
    CU_ASSERT(dcf_ok(dcf_exchange_tick(w.x, w.state, w.now, &w.arena, &w.out)));
    w.state = w.out.state;
    SAYS(&w, "!DCF-4006 expired >force-45:receipt2#3 routed");
    CU_ASSERT_EQUAL(w.state->n_waiting, 1);
    CU_ASSERT_EQUAL(w.out.next_tick_ms, START + 29 * DAY);
    give(&w, material(&w, "n1", "1")); /* sent again, it waits again */
    SAYS(&w, "received held >force-45:receipt3#4 routed");
    close_world(&w);
}

#define TESTS(X)                                                                                   \
    X(messages_before_their_case_wait_and_are_released_in_order)                                   \
    X(what_is_not_due_after_the_wait_is_held_and_may_come_again)                                   \
    X(the_waiting_room_is_bounded) X(waiting_ends_after_28_days)
UNIT_MAIN("waiting", TESTS)
