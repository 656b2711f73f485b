/* test_ledger_answers.c - what the ledger answers: the status of a message, what is held, a case's
 * timeline, a link's balance. */
#include "ledger_kit.h"

static void a_message_has_the_status_of_its_last_deciding_event(void)
{
    fixture f = begin();
    tell(f.l, 0, 4);
    heard h = {0};
    OK(dcf_ledger_message_get(f.l, "L:1", hear_message, &h));
    CU_ASSERT_EQUAL(h.m.status, DCF_MESSAGE_ACCEPTED); /* a duplicate changes nothing */
    CU_ASSERT_EQUAL(h.m.duplicates, 1);
    CU_ASSERT_EQUAL(h.m.first_ms, 1000);
    CU_ASSERT_EQUAL(h.m.last_ms, 1011);
    CU_ASSERT_STRING_EQUAL(h.destination, "cps");
    tell(f.l, 4, STORY_STEPS);
    CU_ASSERT_EQUAL(status_now(f.l, "L:1"), DCF_MESSAGE_DELIVERED);
    CU_ASSERT_EQUAL(status_now(f.l, "L:2"), DCF_MESSAGE_HELD);
    CU_ASSERT_EQUAL(status_now(f.l, "L:4"), DCF_MESSAGE_RECEIVED);
    OK(dcf_ledger_message_get(f.l, "L:3", hear_message, &h));
    CU_ASSERT_EQUAL(h.m.status, DCF_MESSAGE_REJECTED);
    CU_ASSERT_STRING_EQUAL(h.reason, "DCF-2003");
    CU_ASSERT_TRUE(dcf_is(dcf_ledger_message_get(f.l, "L:9", hear_message, &h), DCF_E_NOT_FOUND));
    end(&f);
}

static void the_texts_of_statuses_are_those_the_gateway_answers(void)
{
    CU_ASSERT_STRING_EQUAL(dcf_message_status_text(DCF_MESSAGE_RECEIVED), "received");
    CU_ASSERT_STRING_EQUAL(dcf_message_status_text(DCF_MESSAGE_DELIVERED), "delivered");
    CU_ASSERT_STRING_EQUAL(dcf_message_status_text(DCF_MESSAGE_NOT_DELIVERED), "not_delivered");
}

static void a_refused_delivery_that_is_held_counts_as_held_in_either_order(void)
{
    static const step order[2][2] = {
        {{KIND(NOT_DELIVERED), "L:1", "K", "DCF-5001", 20, NULL, NULL},
         {KIND(HELD), "L:1", "K", "DCF-5001", 20, NULL, NULL}},
        {{KIND(HELD), "L:1", "K", "DCF-5001", 20, NULL, NULL},
         {KIND(NOT_DELIVERED), "L:1", "K", "DCF-5001", 20, NULL, NULL}},
    };
    for (size_t i = 0; i < 2; i++) {
        fixture f = begin();
        OK(put_event(f.l, 0, 0, &(step){KIND(RECEIVED), "L:1", "K", NULL, 10, NULL, NULL}));
        OK(put_event(f.l, 0, 1, &order[i][0]));
        OK(put_event(f.l, 0, 2, &order[i][1]));
        CU_ASSERT_EQUAL(status_now(f.l, "L:1"), DCF_MESSAGE_HELD);
        end(&f);
    }
}

static void held_messages_are_listed_by_filter_until_they_go_on(void)
{
    fixture f = begin();
    OK(put_held(f.l, 0, "L:1", "K1", "DCF-4005", 100));
    OK(put_held(f.l, 1, "L:2", "K2", "DCF-4005", 200));
    OK(put_held(f.l, 2, "L:3", "K3", "DCF-2003", 300));
    heard h = {0};
    OK(dcf_ledger_held_list(f.l, &(dcf_ledger_held_filter){.reason = "DCF-2003"}, hear_held, &h));
    CU_ASSERT_EQUAL(h.count, 1);
    CU_ASSERT_STRING_EQUAL(h.ids[0], "L:3");
    CU_ASSERT_STRING_EQUAL(h.path, "Case/PTIURN");
    CU_ASSERT_STRING_EQUAL(h.type, "case_submission");
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){0}), 3);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.limit = 2}), 2);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.since_ms = 200}), 2);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.case_key = "K2"}), 1);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.party = "force-45"}), 3);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.party = "cps"}), 0);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.held_id = "L:1"}), 1);
    OK(put_event(f.l, 0, 0, &(step){KIND(RELEASED), "L:1", "K1", NULL, 400, NULL, NULL}));
    OK(put_event(f.l, 0, 1, &(step){KIND(EXPIRED), "L:2", "K2", "DCF-4006", 400, NULL, NULL}));
    OK(put_event(f.l, 0, 2, &(step){KIND(DELIVERED), "L:3", "K3", NULL, 400, NULL, NULL}));
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){0}), 0);
    OK(put_held(f.l, 3, "L:1", "K1", "DCF-5001", 500)); /* held again, later, for another reason */
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.held_id = "L:1"}), 1);
    end(&f);
}

static void a_conflict_stays_held_when_the_first_content_is_delivered(void)
{
    fixture f = begin();
    OK(put_event(f.l, 0, 0, &(step){KIND(RECEIVED), "L:1", "K", NULL, 100, NULL, NULL}));
    OK(put_event(f.l, 0, 1, &(step){KIND(APPLIED), "L:1", "K", NULL, 110, NULL, NULL}));
    OK(put_event(f.l, 0, 2, &(step){KIND(RECEIVED), "L:1", "K", NULL, 120, NULL, NULL}));
    OK(put_event(f.l, 0, 3, &(step){KIND(CONFLICT), "L:1", "K", "DCF-4004", 120, NULL, NULL}));
    OK(put_held(f.l, 0, "L:1/conflict/0a", "K", "DCF-4004", 120));
    CU_ASSERT_EQUAL(status_now(f.l, "L:1"), DCF_MESSAGE_ACCEPTED);
    OK(put_event(f.l, 0, 4, &(step){KIND(DELIVERED), "L:1", "K", NULL, 130, NULL, NULL}));
    CU_ASSERT_EQUAL(status_now(f.l, "L:1"), DCF_MESSAGE_DELIVERED);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){0}), 1);
    end(&f);
}

/* The exchange says RECEIVED before it says DUPLICATE. */
static void a_message_that_comes_again_keeps_its_status(void)
{
    fixture f = begin();
    tell(f.l, 0, STORY_STEPS);
    OK(put_event(f.l, 3, 90,
                 &(step){KIND(RECEIVED), "L:1", "01AB1234526", NULL, 1080, NULL, NULL}));
    OK(put_event(f.l, 3, 91,
                 &(step){KIND(DUPLICATE), "L:1", "01AB1234526", NULL, 1080, NULL, NULL}));
    heard h = {0};
    OK(dcf_ledger_message_get(f.l, "L:1", hear_message, &h));
    CU_ASSERT_EQUAL(h.m.status, DCF_MESSAGE_DELIVERED);
    CU_ASSERT_EQUAL(h.m.last_ms, 1050);
    CU_ASSERT_EQUAL(h.m.duplicates, 2);
    OK(dcf_ledger_links(f.l, hear_link, &h));
    CU_ASSERT_EQUAL(h.k.received, 4);
    CU_ASSERT_EQUAL(h.k.imbalance, 0);
    end(&f);
}

/* Released by a daemon whose clock is behind: the log counts, not the clocks. */
static void what_waits_for_its_case_is_held_without_a_record_of_its_own(void)
{
    fixture f = begin();
    OK(put_event(f.l, 0, 0, &(step){KIND(RECEIVED), "L:1", "K", NULL, 100, NULL, NULL}));
    OK(put_event(f.l, 0, 1, &(step){KIND(HELD), "L:1", "K", "DCF-4005", 100, NULL, NULL}));
    CU_ASSERT_EQUAL(
        held_now(f.l, &(dcf_ledger_held_filter){.reason = "DCF-4005", .party = "force-45"}), 1);
    OK(put_event(f.l, 0, 2, &(step){KIND(RELEASED), "L:1", "K", NULL, 90, NULL, NULL}));
    OK(put_event(f.l, 0, 3, &(step){KIND(APPLIED), "L:1", "K", NULL, 90, NULL, NULL}));
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){0}), 0);
    end(&f);
}

/* One moment of the exchange: what waited is released, judged, and held for a person. Its record
 * comes before or after. */
static void what_is_released_and_held_at_once_is_held(void)
{
    char *dumps[2];
    for (int first = 0; first < 2; first++) {
        fixture f = begin();
        if (first) OK(put_held(f.l, 0, "L:1", "K", "DCF-4011", 200));
        OK(put_event(f.l, 0, 0, &(step){KIND(RECEIVED), "L:1", "K", NULL, 100, NULL, NULL}));
        OK(put_event(f.l, 0, 1, &(step){KIND(HELD), "L:1", "K", "DCF-4005", 100, NULL, NULL}));
        OK(put_event(f.l, 0, 2, &(step){KIND(RELEASED), "L:1", "K", NULL, 200, NULL, NULL}));
        OK(put_event(f.l, 0, 3, &(step){KIND(HELD), "L:1", "K", "DCF-4011", 200, NULL, NULL}));
        if (!first) OK(put_held(f.l, 0, "L:1", "K", "DCF-4011", 200));
        heard h = {0};
        OK(dcf_ledger_held_list(f.l, &(dcf_ledger_held_filter){0}, hear_held, &h));
        CU_ASSERT_EQUAL(h.count, 1);
        CU_ASSERT_STRING_EQUAL(h.reason, "DCF-4011");
        CU_ASSERT_STRING_EQUAL(h.path, "Case/PTIURN"); /* the record's details, not the event's */
        dumps[first] = dump(f.path);
        end(&f);
    }
    CU_ASSERT_STRING_EQUAL(dumps[0], dumps[1]);
    free(dumps[0]);
    free(dumps[1]);
}

static void hear_place(void *self, const dcf_ledger_held *held)
{
    *(int64_t *)self = held->held_ms * 1000 + held->offset;
}

/* The record of a second hold, read before the events of the first. */
static void a_second_hold_for_the_same_reason_keeps_its_record(void)
{
    fixture f = begin();
    int64_t place = 0;
    OK(put_held(f.l, 7, "L:1", "K", "DCF-5001", 300));
    OK(put_event(f.l, 0, 0, &(step){KIND(HELD), "L:1", "K", "DCF-5001", 100, NULL, NULL}));
    OK(put_event(f.l, 0, 1, &(step){KIND(RELEASED), "L:1", "K", NULL, 200, NULL, NULL}));
    OK(put_event(f.l, 0, 2, &(step){KIND(HELD), "L:1", "K", "DCF-5001", 300, NULL, NULL}));
    OK(dcf_ledger_held_list(f.l, &(dcf_ledger_held_filter){0}, hear_place, &place));
    CU_ASSERT_EQUAL(place, 300007);
    end(&f);
}

static void what_expired_can_still_be_acted_upon(void)
{
    for (int first = 0; first < 2; first++) {
        fixture f = begin();
        if (first) OK(put_held(f.l, 0, "L:1", "K", "DCF-4006", 200));
        OK(put_event(f.l, 0, 1, &(step){KIND(HELD), "L:1", "K", "DCF-4005", 100, NULL, NULL}));
        OK(put_event(f.l, 0, 2, &(step){KIND(EXPIRED), "L:1", "K", "DCF-4006", 200, NULL, NULL}));
        if (!first) OK(put_held(f.l, 0, "L:1", "K", "DCF-4006", 200));
        CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){0}), 1);
        CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.reason = "DCF-4006"}), 1);
        CU_ASSERT_EQUAL(status_now(f.l, "L:1"), DCF_MESSAGE_EXPIRED);
        OK(put_event(f.l, 0, 3, &(step){KIND(REPLAYED), "L:1", "K", "DCF-4006", 300, NULL, NULL}));
        OK(put_event(f.l, 0, 4, &(step){KIND(APPLIED), "L:1", "K", NULL, 300, NULL, NULL}));
        CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){0}), 0);
        end(&f);
    }
}

static void receipts_of_the_broker_balance_no_link(void)
{
    fixture f = begin();
    tell(f.l, 0, STORY_STEPS);
    OK(put_event(
        f.l, 3, 90,
        &(step){KIND(ROUTED), "L:1/receipt/delivered", "01AB1234526", NULL, 1080, NULL, "dcf"}));
    heard h = {0};
    OK(dcf_ledger_links(f.l, hear_link, &h));
    CU_ASSERT_EQUAL(h.count, 1);
    CU_ASSERT_EQUAL(h.k.imbalance, 0);
    CU_ASSERT_EQUAL(status_now(f.l, "L:1/receipt/delivered"), DCF_MESSAGE_ACCEPTED);
    end(&f);
}

static void a_timeline_tells_the_hops_of_one_case_in_order(void)
{
    fixture f = begin();
    tell(f.l, 0, STORY_STEPS);
    heard h = {0};
    OK(dcf_ledger_timeline(f.l, "01AB1234526", 0, hear_case, hear_event, NULL, &h));
    static const int expected[] = {KIND(RECEIVED),  KIND(APPLIED),   KIND(ROUTED),
                                   KIND(DUPLICATE), KIND(DELIVERED), KIND(RECEIVED)};
    CU_ASSERT_EQUAL_FATAL(h.count, 6);
    for (int i = 0; i < 6; i++) CU_ASSERT_EQUAL(h.kinds[i], expected[i]);
    CU_ASSERT_STRING_EQUAL(h.state, "submitted");
    CU_ASSERT_EQUAL(h.c.events, 6);
    CU_ASSERT_EQUAL(h.c.first_ms, 1000);
    CU_ASSERT_EQUAL(h.c.last_ms, 1060);
    h.count = 0;
    OK(dcf_ledger_timeline(f.l, "01AB1234526", 2, hear_case, hear_event, NULL, &h));
    CU_ASSERT_EQUAL(h.count, 2);
    CU_ASSERT_TRUE(
        dcf_is(dcf_ledger_timeline(f.l, "99ZZ9999999", 0, hear_case, hear_event, NULL, &h),
               DCF_E_NOT_FOUND));
    end(&f);
}

static void a_link_balances_while_every_message_begins_at_the_door(void)
{
    fixture f = begin();
    tell(f.l, 0, STORY_STEPS);
    heard h = {0};
    OK(dcf_ledger_links(f.l, hear_link, &h));
    CU_ASSERT_EQUAL_FATAL(h.count, 1);
    CU_ASSERT_EQUAL(h.k.received, 4);
    CU_ASSERT_EQUAL(h.k.applied, 1);
    CU_ASSERT_EQUAL(h.k.delivered, 1);
    CU_ASSERT_EQUAL(h.k.held, 1);
    CU_ASSERT_EQUAL(h.k.refused, 1);
    CU_ASSERT_EQUAL(h.k.in_flight, 1);
    CU_ASSERT_EQUAL(h.k.duplicates, 1);
    CU_ASSERT_EQUAL(h.k.imbalance, 0);
    CU_ASSERT_EQUAL(h.k.oldest_in_flight_ms, 1060);
    /* A delivery of what was never received, and a second word of what was: only the first upsets
     * the balance. */
    OK(put_event(f.l, 3, 100,
                 &(step){KIND(RECEIVED), "L:4", "01AB1234526", NULL, 1100, NULL, NULL}));
    OK(put_event(f.l, 3, 101,
                 &(step){KIND(DELIVERED), "L:7", "01AB1234526", NULL, 1100, NULL, NULL}));
    OK(dcf_ledger_links(f.l, hear_link, &h));
    CU_ASSERT_EQUAL(h.k.received, 4);
    CU_ASSERT_EQUAL(h.k.imbalance, -1);
    end(&f);
}

static void hear_reason(void *self, const char *code, uint64_t count, int64_t last_ms)
{
    heard *h = self;
    h->count++;
    snprintf(h->reason, sizeof h->reason, "%s", code);
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_TRUE(last_ms > 0);
}

static void totals_count_what_is_there_and_what_cannot_be_read(void)
{
    fixture f = begin();
    tell(f.l, 0, STORY_STEPS);
    OK(put_held(f.l, 0, "L:2", "01AB1234527", "DCF-4005", 1031));
    OK(dcf_ledger_apply(f.l, &(dcf_record){.topic = "dcf.audit",
                                           .partition = 3,
                                           .offset = 200,
                                           .key = dcf_span_str("K"),
                                           .value = dcf_span_str("\xff\xff not a record")}));
    OK(dcf_ledger_apply(f.l, &(dcf_record){.topic = "dcf.held",
                                           .partition = 0,
                                           .offset = 9,
                                           .key = dcf_span_str("K"),
                                           .value = (dcf_span){0}})); /* a tombstone */
    CU_ASSERT_TRUE(dcf_is(dcf_ledger_apply(f.l, &(dcf_record){.topic = "dcf.case",
                                                              .partition = 0,
                                                              .offset = 0,
                                                              .key = dcf_span_str("K"),
                                                              .value = dcf_span_str("x")}),
                          DCF_E_BUG));
    dcf_ledger_totals t;
    OK(dcf_ledger_totals_get(f.l, &t));
    CU_ASSERT_EQUAL(t.events, STORY_STEPS);
    CU_ASSERT_EQUAL(t.cases, 2);
    CU_ASSERT_EQUAL(t.messages, 4);
    CU_ASSERT_EQUAL(t.held, 1);
    CU_ASSERT_EQUAL(t.unreadable, 1);
    CU_ASSERT_EQUAL(t.last_ms, 1060);
    int64_t next = 0;
    OK(dcf_ledger_next_offset(f.l, "dcf.audit", 3, &next));
    CU_ASSERT_EQUAL(next, 201); /* it does not stop there */
    heard h = {0};
    OK(dcf_ledger_reasons(f.l, hear_reason, &h));
    CU_ASSERT_EQUAL(h.count, 2);
    end(&f);
}

#define TESTS(X)                                                                                   \
    X(a_message_has_the_status_of_its_last_deciding_event)                                         \
    X(the_texts_of_statuses_are_those_the_gateway_answers)                                         \
    X(a_refused_delivery_that_is_held_counts_as_held_in_either_order)                              \
    X(held_messages_are_listed_by_filter_until_they_go_on)                                         \
    X(a_conflict_stays_held_when_the_first_content_is_delivered)                                   \
    X(a_message_that_comes_again_keeps_its_status)                                                 \
    X(what_waits_for_its_case_is_held_without_a_record_of_its_own)                                 \
    X(what_is_released_and_held_at_once_is_held)                                                   \
    X(a_second_hold_for_the_same_reason_keeps_its_record)                                          \
    X(what_expired_can_still_be_acted_upon)                                                        \
    X(receipts_of_the_broker_balance_no_link)                                                      \
    X(a_timeline_tells_the_hops_of_one_case_in_order)                                              \
    X(a_link_balances_while_every_message_begins_at_the_door)                                      \
    X(totals_count_what_is_there_and_what_cannot_be_read)
UNIT_MAIN("ledger answers", TESTS)
