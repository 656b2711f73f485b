/* test_arrival_order.c - documents of a case go one at a time; what waits for one that Kafka did
 * not confirm, and what does not. */
#include "daemon/arrival_order.h"

#include "unit.h"

enum { DOCS = 8 };

static dcf_order *o;
static dcf_order_turn docs[DOCS]; /* a test's documents, by number */

static void begin(void)
{
    memset(docs, 0, sizeof docs);
    CU_ASSERT_FATAL(dcf_ok(dcf_order_new(&o)));
}

static void end(void)
{
    dcf_order_free(o);
}

static dcf_order_word enter(const char *link, const char *key, int doc, int64_t now_ms)
{
    const char id[] = {(char)('0' + doc), 0};
    return dcf_order_enter(o, link, key, id, now_ms, &docs[doc]);
}

#define GOES(link, key, doc, now)  CU_ASSERT_EQUAL((int)enter(link, key, doc, now), DCF_ORDER_GO)
#define WAITS(link, key, doc, now) CU_ASSERT_EQUAL((int)enter(link, key, doc, now), DCF_ORDER_WAIT)
#define COMES_AGAIN(link, key, doc, now)                                                           \
    CU_ASSERT_EQUAL((int)enter(link, key, doc, now), DCF_ORDER_COME_AGAIN)
#define CONFIRMED(doc, next)   CU_ASSERT_PTR_EQUAL(dcf_order_leave(o, &docs[doc], true, 0), next)
#define FAILED(doc, now, next) CU_ASSERT_PTR_EQUAL(dcf_order_leave(o, &docs[doc], false, now), next)

static void one_of_a_case_and_link_goes_at_a_time_and_then_the_next(void)
{
    begin();
    GOES("l", "A", 1, 0);
    WAITS("l", "A", 2, 0);
    WAITS("l", "A", 3, 0);
    GOES("l", "B", 4, 0);
    GOES("m", "A", 5, 0);
    CONFIRMED(4, NULL);
    CU_ASSERT_PTR_NULL(docs[4].place);
    CONFIRMED(1, &docs[2]);
    WAITS("l", "A", 1, 0); /* another one, behind them */
    CONFIRMED(2, &docs[3]);
    CONFIRMED(3, &docs[1]);
    CONFIRMED(1, NULL);
    GOES("l", "A", 6, 0);
    CONFIRMED(6, NULL);
    CONFIRMED(5, NULL);
    end();
}

static void what_waits_behind_a_failed_one_comes_again_too_in_its_order(void)
{
    begin();
    GOES("l", "A", 1, 0);
    WAITS("l", "A", 2, 0);
    WAITS("l", "A", 3, 0);
    FAILED(1, 0, &docs[2]);
    CU_ASSERT_PTR_EQUAL(docs[2].next, &docs[3]);
    CU_ASSERT_PTR_NULL(docs[3].next);
    CU_ASSERT_PTR_NULL(docs[2].place);
    COMES_AGAIN("l", "A", 3, 1);
    COMES_AGAIN("l", "A", 4, 1); /* not seen before, and not let through */
    GOES("l", "B", 5, 1);
    GOES("m", "A", 6, 1);
    GOES("l", "A", 1, 1);
    WAITS("l", "A", 2, 1);
    COMES_AGAIN("l", "A", 4, 1);
    CONFIRMED(1, &docs[2]);
    COMES_AGAIN("l", "A", 4, 2); /* 3 is still to come */
    CONFIRMED(2, NULL);
    GOES("l", "A", 3, 2);
    WAITS("l", "A", 4, 2);
    CONFIRMED(3, &docs[4]);
    end();
}

static void one_that_fails_again_is_still_first(void)
{
    begin();
    GOES("l", "A", 1, 0);
    WAITS("l", "A", 2, 0);
    FAILED(1, 0, &docs[2]);
    GOES("l", "A", 1, 5);
    FAILED(1, 5, NULL);
    COMES_AGAIN("l", "A", 2, 6);
    GOES("l", "A", 1, 6);
    CONFIRMED(1, NULL);
    GOES("l", "A", 2, 7);
    end();
}

static void a_sender_that_gave_up_does_not_stop_its_case(void)
{
    begin();
    GOES("l", "A", 1, 0);
    FAILED(1, 0, NULL);
    COMES_AGAIN("l", "A", 2, DCF_ORDER_HOLD_MS - 1);
    GOES("l", "A", 2, DCF_ORDER_HOLD_MS);
    CONFIRMED(2, NULL);
    GOES("l", "A", 3, 0);
    FAILED(3, 0, NULL);
    GOES("l", "A", 3, 999);
    FAILED(3, 1000, NULL); /* it tried again: its time begins anew */
    COMES_AGAIN("l", "A", 2, DCF_ORDER_HOLD_MS);
    end();
}

static void one_that_came_thrice_and_failed_need_come_again_only_once(void)
{
    dcf_order_turn copies[2] = {0};
    begin();
    GOES("l", "A", 1, 0);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL((int)dcf_order_enter(o, "l", "A", "1", 0, &copies[i]), DCF_ORDER_WAIT);
    FAILED(1, 0, &copies[0]);
    GOES("l", "A", 1, 1);
    CONFIRMED(1, NULL);
    GOES("l", "A", 2, 1);
    end();
}

/* Documents first to last, each of a case of its own. */
static void each(int first, int last, bool confirmed, int64_t now_ms)
{
    char id[16];
    dcf_order_turn turn = {0};
    for (int i = first; i <= last; i++) {
        snprintf(id, sizeof id, "%d", i);
        CU_ASSERT_EQUAL((int)dcf_order_enter(o, "l", id, id, now_ms, &turn), DCF_ORDER_GO);
        CU_ASSERT_PTR_NULL(dcf_order_leave(o, &turn, confirmed, now_ms));
    }
}

static void the_failed_that_are_waited_for_are_bounded(void)
{
    begin();
    each(0, DCF_ORDER_MAX, false, 1);
    COMES_AGAIN("l", "9999", 1, 2);
    GOES("l", "10000", 2, 2); /* there was no room for this one */
    CONFIRMED(2, NULL);
    end();
}

static void what_came_again_or_was_given_up_makes_room_for_others_that_fail(void)
{
    static dcf_order_turn behind[DCF_ORDER_MAX];
    begin();
    each(1, DCF_ORDER_MAX, false, 0);
    each(1, 1, true, 1);
    each(20001, 20001, false, 1);
    COMES_AGAIN("l", "20001", 1, 2);
    end();
    begin();
    char id[16];
    for (int i = 0; i < DCF_ORDER_MAX; i++) { /* of one case, that nothing follows */
        snprintf(id, sizeof id, "%d", i);
        CU_ASSERT(dcf_order_enter(o, "l", "A", id, 0, &behind[i]) != DCF_ORDER_COME_AGAIN);
    }
    CU_ASSERT_PTR_EQUAL(dcf_order_leave(o, &behind[0], false, 0), &behind[1]);
    each(1, 1, false, DCF_ORDER_HOLD_MS); /* finds no room, and all of A given up */
    each(2, 2, false, DCF_ORDER_HOLD_MS);
    COMES_AGAIN("l", "2", 1, DCF_ORDER_HOLD_MS);
    end();
}

#define TESTS(X)                                                                                   \
    X(one_of_a_case_and_link_goes_at_a_time_and_then_the_next)                                     \
    X(what_waits_behind_a_failed_one_comes_again_too_in_its_order)                                 \
    X(one_that_fails_again_is_still_first)                                                         \
    X(a_sender_that_gave_up_does_not_stop_its_case)                                                \
    X(one_that_came_thrice_and_failed_need_come_again_only_once)                                   \
    X(the_failed_that_are_waited_for_are_bounded)                                                  \
    X(what_came_again_or_was_given_up_makes_room_for_others_that_fail)

UNIT_MAIN("arrival_order", TESTS)
