/* test_arrival_order.c - what waits for a document that Kafka did not confirm, and what does not.
 */
#include "daemon/arrival_order.h"

#include "unit.h"

static dcf_order *o;

static void begin(void)
{
    CU_ASSERT_FATAL(dcf_ok(dcf_order_new(&o)));
}

static void end(void)
{
    dcf_order_free(o);
}

#define PASSES(link, key, id, now) CU_ASSERT(dcf_order_may_pass(o, link, key, id, now))
#define WAITS(link, key, id, now)  CU_ASSERT_FALSE(dcf_order_may_pass(o, link, key, id, now))

static void later_ones_of_its_case_and_link_wait_and_no_others(void)
{
    begin();
    PASSES("l", "A", "1", 0);
    dcf_order_failed(o, "l", "A", "1", 0);
    WAITS("l", "A", "2", 1);
    PASSES("l", "A", "1", 1);
    PASSES("l", "B", "3", 1);
    PASSES("m", "A", "4", 1);
    dcf_order_confirmed(o, "1");
    PASSES("l", "A", "2", 2);
    end();
}

static void several_that_failed_go_in_the_order_they_failed_first(void)
{
    begin();
    dcf_order_failed(o, "l", "A", "1", 0);
    dcf_order_failed(o, "l", "A", "2", 0);
    WAITS("l", "A", "2", 1);
    dcf_order_failed(o, "l", "A", "1", 5); /* once more, and still first */
    WAITS("l", "A", "2", 6);
    dcf_order_confirmed(o, "1");
    PASSES("l", "A", "2", 7);
    WAITS("l", "A", "3", 7);
    end();
}

static void a_sender_that_gave_up_does_not_stop_its_case(void)
{
    begin();
    dcf_order_failed(o, "l", "A", "1", 0);
    WAITS("l", "A", "2", DCF_ORDER_HOLD_MS - 1);
    PASSES("l", "A", "2", DCF_ORDER_HOLD_MS);
    dcf_order_failed(o, "l", "A", "3", 0);
    dcf_order_failed(o, "l", "A", "3", 1000); /* it tried again: its time begins anew */
    WAITS("l", "A", "2", DCF_ORDER_HOLD_MS);
    end();
}

static void the_list_is_bounded(void)
{
    char id[16];
    begin();
    for (int i = 0; i <= DCF_ORDER_MAX; i++) {
        snprintf(id, sizeof id, "%d", i);
        dcf_order_failed(o, "l", id, id, 0);
    }
    PASSES("l", "0", "x", 1); /* the oldest is forgotten */
    WAITS("l", "1", "x", 1);
    end();
}

#define TESTS(X)                                                                                   \
    X(later_ones_of_its_case_and_link_wait_and_no_others)                                          \
    X(several_that_failed_go_in_the_order_they_failed_first)                                       \
    X(a_sender_that_gave_up_does_not_stop_its_case)                                                \
    X(the_list_is_bounded)

UNIT_MAIN("arrival_order", TESTS)
