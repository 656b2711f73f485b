/* test_exchange.c - what happens to each submitted message. */
#include "fixture.h"

#define PRE     DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE
#define CHARGED DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_CHARGED
#define CODE(c) DCF__V1__DECISION_CODE__DECISION_CODE_##c

static void a_submission_opens_the_case_and_goes_to_the_cps_of_the_area(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    SAYS(&w, "received applied >cps-se:case_submission#1 routed >force-45:receipt1#1 routed");
    IN_STATE(&w, "awaiting_triage");
    CU_ASSERT_STRING_EQUAL(w.state->case_key, KEY);
    CU_ASSERT_STRING_EQUAL(w.state->force, "45");
    CU_ASSERT_STRING_EQUAL(w.state->force_party, "force-45");
    CU_ASSERT_STRING_EQUAL(w.state->cps_party, "cps-se");
    CU_ASSERT_STRING_EQUAL(w.state->area, "9");
    CU_ASSERT_STRING_EQUAL(w.state->rules_version, dcf_exchange_rules_version(w.x));
    CU_ASSERT_EQUAL(w.state->version, 1);
    const Dcf__V1__Envelope *to = delivery(&w, 0), *back = delivery(&w, 1);
    CU_ASSERT_STRING_EQUAL(to->destination->link, "cms-se");
    CU_ASSERT_STRING_EQUAL(to->rules_version, dcf_exchange_rules_version(w.x));
    CU_ASSERT_STRING_EQUAL(to->area, "9");
    CU_ASSERT_STRING_EQUAL(back->message_id, "m1/receipt/accepted");
    CU_ASSERT_STRING_EQUAL(back->causation_id, "m1");
    CU_ASSERT_STRING_EQUAL(back->destination->link,
                           "back-45"); /* the link it came by leads only in */
    CU_ASSERT_STRING_EQUAL(back->receipt->about_type, "case_submission");
    CU_ASSERT_EQUAL(back->body_sha256.len, 32);
    CU_ASSERT_STRING_EQUAL(w.out.outputs[1].audit->state_before, "none");
    CU_ASSERT_STRING_EQUAL(w.out.outputs[1].audit->state_after, "awaiting_triage");
    CU_ASSERT_EQUAL(w.out.next_tick_ms, START + DAY); /* the CPS's system is to take it by then */
    close_world(&w);
}

static void a_case_goes_its_way_from_submission_to_charge(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    give(&w, triage(&w, "t1", "rejected"));
    SAYS(&w, "received applied >force-45:triage_outcome#2 routed >cps-se:receipt1#2 routed");
    IN_STATE(&w, "triage_rejected");
    give(&w, submission(&w, "m2", PRE));
    IN_STATE(&w, "awaiting_triage");
    give(&w, triage(&w, "t2", "accepted"));
    IN_STATE(&w, "under_review");
    give(&w, decision(&w, "d1", CODE(H), true));
    IN_STATE(&w, "awaiting_police");
    give(&w, plan(&w, "p1", "P", 2));
    IN_STATE(&w, "awaiting_police");
    CU_ASSERT_EQUAL(w.state->n_open_items, 2);
    give(&w, answer(&w, "a1", "P", "i0", "met"));
    IN_STATE(&w, "awaiting_police");
    give(&w, answer(&w, "a2", "P", "i1", "partMet"));
    IN_STATE(&w, "awaiting_police");
    CU_ASSERT_STRING_EQUAL(w.state->open_items[0]->status, "partMet");
    give(&w, answer(&w, "a3", "P", "i1", "notAvailable"));
    IN_STATE(&w, "under_review");
    CU_ASSERT_EQUAL(w.state->n_open_items, 0);
    give(&w, decision(&w, "d2", CODE(A), true));
    IN_STATE(&w, "charge_authorised");
    Dcf__V1__Envelope *mg4 = from(&w, "force-45", "spi-45", "c1", KEY);
    mg4->body_case = DCF__V1__ENVELOPE__BODY_CHARGE_NOTIFICATION;
    mg4->charge_notification = new_charge_notification(&w.arena);
    give(&w, mg4);
    IN_STATE(&w, "charged");
    CU_ASSERT_EQUAL(w.state->version, 11);
    close_world(&w);
}

static void a_police_charged_file_is_charged_at_once_and_k_is_no_charge(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", CHARGED));
    IN_STATE(&w, "charged");
    w.state = NULL;
    give(&w, submission(&w, "m1", PRE));
    give(&w, decision(&w, "d1", CODE(K), true));
    IN_STATE(&w, "no_charge");
    close_world(&w);
}

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

static void what_the_state_does_not_allow_is_held(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    give(&w, triage(&w, "t1", "rejected"));
    give(&w, decision(&w, "d1", CODE(A), true));
    SAYS(&w, "received !DCF-4003 held >cps-se:receipt3#3 routed");
    IN_STATE(&w, "triage_rejected");
    CU_ASSERT_EQUAL(w.state->version, 2);
    close_world(&w);
}

/* Police-charged files are triaged and reviewed too (PAC route 2). */
static void the_review_of_a_charged_case_leaves_it_charged(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", CHARGED));
    give(&w, triage(&w, "t1", "accepted"));
    IN_STATE(&w, "charged");
    give(&w, decision(&w, "d1", CODE(A), true));
    IN_STATE(&w, "charged");
    give(&w, decision(&w, "d2", CODE(L), true));
    IN_STATE(&w, "no_charge");
    close_world(&w);
}

static void a_decision_without_prosecutor_contact_is_held(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    give(&w, decision(&w, "d1", CODE(A), false));
    SAYS(&w, "received !DCF-4010 held >cps-se:receipt3#2 routed");
    CU_ASSERT_STRING_EQUAL(held(&w)->faults[0]->field, "prosecutor.contact");
    IN_STATE(&w, "awaiting_triage");
    Dcf__V1__Envelope *e = decision(&w, "d1", CODE(A), true); /* corrected, under the same id */
    e->charging_decision->prosecutor->name->family_name = (char *)"";
    give(&w, e);
    CU_ASSERT_STRING_EQUAL(held(&w)->faults[0]->field, "prosecutor.name.family_name");
    give(&w, decision(&w, "d1", CODE(A), true));
    IN_STATE(&w, "charge_authorised");
    close_world(&w);
}

static void an_action_plan_says_what_why_and_by_when(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    Dcf__V1__Envelope *e = plan(&w, "p1", "P", 2);
    e->action_plan->items[1]->rationale = (char *)"";
    e->action_plan->items[1]->due_date = (char *)"";
    give(&w, e);
    SAYS(&w, "received !DCF-4011 held >cps-se:receipt3#2 routed");
    CU_ASSERT_EQUAL(held(&w)->n_faults, 3); /* all at once, and that it names nobody to ask */
    CU_ASSERT_STRING_EQUAL(held(&w)->faults[1]->field, "items[1].rationale");
    CU_ASSERT_STRING_EQUAL(held(&w)->faults[2]->field, "items[1].due_date");
    CU_ASSERT_EQUAL(w.state->n_open_items, 0);
    give(&w, plan(&w, "p2", "P", 0));
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4011");
    close_world(&w);
}

static void without_a_receiver_the_message_is_held(void)
{
    world w;
    open_world(&w, "", NULL);
    Dcf__V1__Envelope *e = submission(&w, "m1", PRE);
    e->case_key = (char *)"01ZD1234526"; /* London: the unit decides, and is not configured */
    e->source->party = (char *)"met";
    e->source->link = (char *)"met-1";
    give(&w, e);
    SAYS(&w, "received !DCF-4007 held >met:receipt3#0 routed");
    CU_ASSERT_PTR_NULL(w.state);
    close_world(&w);
    open_world(&w, cps_any_text, NULL);
    e = submission(&w, "m1", PRE);
    e->case_key = (char *)"01ZD1234526";
    e->source->party = (char *)"met";
    e->source->link = (char *)"met-1";
    give(&w, e);
    SAYS(&w, "received applied >cps-any:case_submission#1 routed >met:receipt1#1 routed");
    CU_ASSERT_STRING_EQUAL(w.out.outputs[1].audit->reason, "DCF-4012");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->warnings[0]->code, "DCF-4012");
    close_world(&w);
}

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

static void a_refusal_is_held_whole_with_its_faults(void)
{
    world w;
    open_world(&w, "", NULL);
    Dcf__V1__Envelope *e = from(&w, "force-45", "spi-45", "spi-45:refused:ab", "");
    Dcf__V1__Fault *fault = new_fault(&w.arena);
    e->body_case = DCF__V1__ENVELOPE__BODY_REFUSAL;
    e->refusal = new_refusal(&w.arena);
    fault->code = (char *)"DCF-1001";
    e->refusal->faults = &fault;
    e->refusal->n_faults = 1;
    e->refusal->native_body = (ProtobufCBinaryData){.data = (uint8_t *)"<a", .len = 2};
    give(&w, e);
    SAYS(&w, "!DCF-1001 refused");
    CU_ASSERT_PTR_NULL(w.out.state);
    CU_ASSERT_EQUAL(held(&w)->native_body.len, 2);
    CU_ASSERT_EQUAL(held(&w)->envelope->refusal->native_body.len, 0);
    CU_ASSERT_STRING_EQUAL(held(&w)->link, "spi-45");
    CU_ASSERT_STRING_EQUAL(w.out.outputs[1].audit->faults[0]->code, "DCF-1001");
    close_world(&w);
}

static void an_unknown_body_is_held_for_a_later_version(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, from(&w, "force-45", "spi-45", "m1", KEY));
    SAYS(&w, "received !DCF-2001 refused");
    close_world(&w);
}

static void an_expired_message_is_held(void)
{
    world w;
    open_world(&w, "", NULL);
    Dcf__V1__Envelope *e = submission(&w, "m1", PRE);
    e->expires_at_ms = START;
    give(&w, e);
    SAYS(&w, "received !DCF-4006 expired >force-45:receipt2#0 routed");
    e->expires_at_ms = START + 1;
    give(&w, e);
    IN_STATE(&w, "awaiting_triage");
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

static void a_merge_is_remembered(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    Dcf__V1__Envelope *e = from(&w, "cps-se", "cms-se", "s1", KEY);
    char *urns[] = {(char *)"45AA0100126/2"};
    e->body_case = DCF__V1__ENVELOPE__BODY_SPLIT_MERGE;
    e->split_merge = new_split_merge(&w.arena);
    e->split_merge->kind = (char *)"merge";
    e->split_merge->merged_urns = urns;
    e->split_merge->n_merged_urns = 1;
    give(&w, e);
    SAYS(&w, "received =45AA0100126:split_merge applied >force-45:split_merge#2 routed "
             ">cps-se:receipt1#2 routed");
    CU_ASSERT_STRING_EQUAL(w.state->merged_from[0], "45AA0100126");
    close_world(&w);
}

static void too_small_an_arena_is_told_not_crashed(void)
{
    world w;
    open_world(&w, "", NULL);
    const Dcf__V1__Envelope *e = submission(&w, "m1", PRE);
    dcf_status s = DCF_ERR(NOMEM);
    int refused = 0;
    for (size_t limit = 0; dcf_failed(s) && limit < 1 << 20; limit += 64) {
        dcf_arena small;
        dcf_outcome out;
        dcf_arena_init(&small, limit);
        s = dcf_exchange_apply(w.x, NULL, e, w.now, &small, &out);
        refused += dcf_failed(s);
        dcf_arena_fini(&small);
    }
    CU_ASSERT(dcf_ok(s));
    CU_ASSERT(refused > 0);
    close_world(&w);
}

#define TESTS(X)                                                                                   \
    X(a_submission_opens_the_case_and_goes_to_the_cps_of_the_area)                                 \
    X(a_case_goes_its_way_from_submission_to_charge)                                               \
    X(a_police_charged_file_is_charged_at_once_and_k_is_no_charge)                                 \
    X(a_resend_takes_effect_once_and_gets_no_second_receipt)                                       \
    X(the_same_id_with_another_body_is_a_conflict)                                                 \
    X(only_so_many_ids_are_remembered)                                                             \
    X(another_forces_case_is_rejected_and_left_untouched)                                          \
    X(only_the_senders_of_the_lifecycle_may_send)                                                  \
    X(the_force_is_told_by_urn_then_asn_then_organisation)                                         \
    X(a_message_without_a_usable_urn_is_held)                                                      \
    X(a_test_message_never_reaches_a_live_party)                                                   \
    X(messages_before_their_case_wait_and_are_released_in_order)                                   \
    X(what_is_not_due_after_the_wait_is_held_and_may_come_again)                                   \
    X(the_waiting_room_is_bounded)                                                                 \
    X(waiting_ends_after_28_days)                                                                  \
    X(what_the_state_does_not_allow_is_held)                                                       \
    X(the_review_of_a_charged_case_leaves_it_charged)                                              \
    X(a_decision_without_prosecutor_contact_is_held)                                               \
    X(an_action_plan_says_what_why_and_by_when)                                                    \
    X(without_a_receiver_the_message_is_held)                                                      \
    X(delivery_receipts_are_noted_and_told_to_the_sender_once)                                     \
    X(a_refused_delivery_is_told_with_its_faults)                                                  \
    X(a_party_cannot_speak_as_the_broker)                                                          \
    X(a_refusal_is_held_whole_with_its_faults)                                                     \
    X(an_unknown_body_is_held_for_a_later_version)                                                 \
    X(an_expired_message_is_held)                                                                  \
    X(a_sender_without_a_way_back_gets_no_receipt)                                                 \
    X(a_merge_is_remembered)                                                                       \
    X(too_small_an_arena_is_told_not_crashed)
UNIT_MAIN("exchange", TESTS)
