/* test_receipt.c - what receivers answer, and what the sender hears of it. */
#include "fixture.h"

#define PRE DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE

static void delivery_receipts_are_noted_and_told_to_the_sender_once(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    Dcf__V1__Envelope *r =
        delivered(&w, delivery(&w, 0), DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED);
    Dcf__V1__Envelope *about_receipt =
        delivered(&w, delivery(&w, 1), DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED);
    give(&w, r);
    SAYS(&w, "delivered >force-45:receipt4#2 routed");
    const Dcf__V1__AuditEvent *a = w.out.outputs[0].audit;
    CU_ASSERT_STRING_EQUAL(a->message_id, "m1");
    CU_ASSERT_STRING_EQUAL(a->type, "case_submission");
    CU_ASSERT_STRING_EQUAL(a->destination_party, "cps-se");
    CU_ASSERT_STRING_EQUAL(a->source_party, "force-45");
    CU_ASSERT_EQUAL(a->attempts, 3);
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->message_id, r->message_id);
    give(&w, r);
    SAYS(&w, "duplicate");
    give(&w, about_receipt); /* a receipt about a receipt goes nowhere */
    SAYS(&w, "delivered");
    close_world(&w);
}

static void a_refused_delivery_is_told_with_its_faults(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    Dcf__V1__Envelope *r =
        delivered(&w, delivery(&w, 0), DCF__V1__RECEIPT_KIND__RECEIPT_KIND_NOT_DELIVERED);
    Dcf__V1__Fault *fault = new_fault(&w.arena);
    fault->code = (char *)"DCF-5001";
    r->receipt->faults = &fault;
    r->receipt->n_faults = 1;
    give(&w, r);
    SAYS(&w, "not_delivered >force-45:receipt5#2 routed");
    CU_ASSERT_STRING_EQUAL(w.out.outputs[0].audit->reason, "DCF-5001");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->receipt->faults[0]->code, "DCF-5001");
    close_world(&w);
}

static void a_sender_without_a_way_back_gets_no_receipt(void)
{
    world w;
    open_world(&w, "", NULL);
    Dcf__V1__Envelope *e = submission(&w, "m1", PRE);
    e->case_key = (char *)"46AA0209820";
    e->source->party = (char *)"force-46";
    e->source->link = (char *)"in-46";
    give(&w, e);
    SAYS(&w, "received applied >cps-se:case_submission#1 routed");
    Dcf__V1__Envelope *t = triage(&w, "t1", "accepted");
    t->case_key = (char *)"46AA0209820";
    give(&w, t);
    SAYS(&w, "received !DCF-4007 held >cps-se:receipt3#2 routed");
    close_world(&w);
}

#define TESTS(X)                                                                                   \
    X(delivery_receipts_are_noted_and_told_to_the_sender_once)                                     \
    X(a_refused_delivery_is_told_with_its_faults) X(a_sender_without_a_way_back_gets_no_receipt)
UNIT_MAIN("receipt", TESTS)
