/* test_admit.c - who may submit what, whose case it is, and what came already. */
#include "fixture.h"

#define PRE     DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE
#define CHARGED DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_CHARGED

static void a_resend_takes_effect_once_and_gets_no_second_receipt(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    give(&w, submission(&w, "m1", PRE));
    SAYS(&w, "received duplicate");
    CU_ASSERT_PTR_NULL(w.out.state);
    CU_ASSERT_EQUAL(w.state->version, 1);
    close_world(&w);
}

static void the_same_id_with_another_body_is_a_conflict(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    give(&w, submission(&w, "m1", CHARGED));
    SAYS(&w, "received !DCF-4004 conflict >force-45:receipt2#2 routed");
    IN_STATE(&w, "awaiting_triage");
    CU_ASSERT_EQUAL(strncmp(held(&w)->held_id, "m1/conflict/", 12), 0);
    give(&w, submission(&w, "m1", PRE));
    SAYS(&w, "received duplicate"); /* the first is still the known one */
    close_world(&w);
}

static void only_so_many_ids_are_remembered(void)
{
    world w;
    open_world(&w, "", &(dcf_exchange_config){.seen = 3});
    for (int i = 0; i < 5; i++) {
        char id[8];
        snprintf(id, sizeof id, "m%d", i);
        give(&w, submission(&w, id, PRE));
    }
    CU_ASSERT_EQUAL(w.state->n_seen, 3);
    CU_ASSERT_STRING_EQUAL(w.state->seen[0]->message_id, "m2");
    CU_ASSERT_STRING_EQUAL(w.state->seen[2]->message_id, "m4");
    close_world(&w);
}

static void another_forces_case_is_rejected_and_left_untouched(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    Dcf__V1__Envelope *e = submission(&w, "x1", PRE);
    e->source->party = (char *)"met";
    e->source->link = (char *)"met-1";
    give(&w, e);
    SAYS(&w, "received !DCF-4001 refused >met:receipt2#0 routed");
    CU_ASSERT_PTR_NULL(w.out.state);
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->receipt->faults[0]->code, "DCF-4001");
    CU_ASSERT_PTR_EQUAL(held(&w)->envelope, e);
    Dcf__V1__Envelope *cps = triage(&w, "t1", "accepted");
    cps->source->party = (char *)"cps-all"; /* of another Area */
    give(&w, cps);
    SAYS(&w, "received !DCF-4001 refused >cps-all:receipt2#0 routed");
    IN_STATE(&w, "awaiting_triage");
    close_world(&w);
}

static void only_the_senders_of_the_lifecycle_may_send(void)
{
    world w;
    open_world(&w, "", NULL);
    Dcf__V1__Envelope *e = submission(&w, "m1", PRE);
    e->source->party = (char *)"cps-se";
    e->source->link = (char *)"cms-se";
    give(&w, e);
    SAYS(&w, "received !DCF-4002 refused >cps-se:receipt2#0 routed");
    e->source->party = (char *)"nobody";
    give(&w, e);
    SAYS(&w, "received !DCF-4002 refused");
    CU_ASSERT_PTR_NULL(w.state);
    close_world(&w);
}

static void the_force_is_told_by_urn_then_asn_then_organisation(void)
{
    world w;
    open_world(&w, "", NULL);
    Dcf__V1__Envelope *e = submission(&w, "m1", PRE);
    e->case_key = (char *)"ZZAA0209820"; /* no known force in it */
    e->source->party = (char *)"force-16";
    e->source->link = (char *)"spi-16";
    give(&w, e);
    SAYS(&w, "received !DCF-4009 held >force-16:receipt3#0 routed");
    e->case_submission->originating_organisation = (char *)"116HQ00";
    give(&w, e);
    SAYS(&w, "received !DCF-4007 held >force-16:receipt3#0 routed"); /* Humberside's Area has no
                                                                        party here, and the case is
                                                                        not there yet */
    Dcf__V1__Defendant *list[2] = {new_defendant(&w.arena), new_defendant(&w.arena)};
    list[0]->asn = (char *)"0800NP0100000000001H"; /* a dummy, skipped */
    list[1]->asn = (char *)"2316ED0000000003221K"; /* Humberside */
    e->case_submission->defendants = list;
    e->case_submission->n_defendants = 2;
    e->case_submission->originating_organisation = (char *)"";
    give(&w, e);
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4007");
    list[1]->asn = (char *)"1101ZD0100000448754K"; /* the Met, before the organisation */
    e->case_submission->originating_organisation = (char *)"116HQ00";
    give(&w, e);
    SAYS(&w, "received !DCF-4001 refused >force-16:receipt2#0 routed");
    close_world(&w);
}

static void a_message_without_a_usable_urn_is_held(void)
{
    world w;
    open_world(&w, "", NULL);
    Dcf__V1__Envelope *e = submission(&w, "m1", PRE);
    e->case_key = (char *)"";
    give(&w, e);
    SAYS(&w, "received !DCF-4009 held >force-45:receipt3#0 routed");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->case_key, "m1");
    e->case_key = (char *)"4500NP01234"; /* a dummy: many cases share it */
    Dcf__V1__Defendant *d = new_defendant(&w.arena);
    d->asn = (char *)"2245AA0100000448754K"; /* the force is known, the case is not */
    e->case_submission->defendants = &d;
    e->case_submission->n_defendants = 1;
    give(&w, e);
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4009");
    CU_ASSERT_PTR_NULL(w.state);
    close_world(&w);
}

static void a_test_message_never_reaches_a_live_party(void)
{
    world w;
    open_world(&w, "", NULL);
    Dcf__V1__Envelope *live = submission(&w, "m1", PRE), *test = submission(&w, "m2", PRE);
    live->test = true; /* on a live link */
    give(&w, live);
    SAYS(&w, "received !DCF-4008 held");
    test->source->party = (char *)"test-45"; /* and it does not even say so */
    test->source->link = (char *)"test-spi";
    give(&w, test);
    SAYS(&w,
         "received !DCF-4008 held >test-45:receipt3#0 routed"); /* the only receiver is live, and
                                                                   the case is not there yet */
    close_world(&w);
    open_world(&w, cps_test_text, NULL);
    test = submission(&w, "m2", PRE);
    test->source->party = (char *)"test-45";
    test->source->link = (char *)"test-spi";
    give(&w, test);
    SAYS(&w, "received applied >cps-test:case_submission#1 routed >test-45:receipt1#1 routed");
    CU_ASSERT(delivery(&w, 0)->test && delivery(&w, 1)->test && w.state->test);
    live = submission(&w, "m5", PRE);
    live->test = true; /* a live link may not even send it to a test system */
    give(&w, live);
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4008");
    SAYS(&w, "received !DCF-4008 held");
    give(&w, submission(&w, "m3", PRE)); /* a live message of a test case */
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4008");
    w.state = NULL;
    give(&w, submission(&w, "m4", PRE));
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->destination->party, "cps-se"); /* live to live */
    close_world(&w);
}

static void a_party_cannot_speak_as_the_broker(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    Dcf__V1__Envelope *r =
        delivered(&w, delivery(&w, 0), DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED);
    r->source->party = (char *)"force-45";
    r->destination = new_endpoint(&w.arena);
    r->destination->party = (char *)"met"; /* it does not choose who is told */
    give(&w, r);
    SAYS(&w, "received applied >cps-se:receipt4#2 routed");
    give(&w, delivered(&w, delivery(&w, 0), DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED));
    SAYS(&w, "delivered"); /* and nobody is told of a receipt's delivery */
    close_world(&w);
}

#define TESTS(X)                                                                                   \
    X(a_resend_takes_effect_once_and_gets_no_second_receipt)                                       \
    X(the_same_id_with_another_body_is_a_conflict)                                                 \
    X(only_so_many_ids_are_remembered)                                                             \
    X(another_forces_case_is_rejected_and_left_untouched)                                          \
    X(only_the_senders_of_the_lifecycle_may_send)                                                  \
    X(the_force_is_told_by_urn_then_asn_then_organisation)                                         \
    X(a_message_without_a_usable_urn_is_held)                                                      \
    X(a_test_message_never_reaches_a_live_party)                                                   \
    X(a_party_cannot_speak_as_the_broker)
UNIT_MAIN("admit", TESTS)
