/* test_exchange.c - the way of a case, message by message. */
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
    X(what_the_state_does_not_allow_is_held)                                                       \
    X(the_review_of_a_charged_case_leaves_it_charged)                                              \
    X(a_decision_without_prosecutor_contact_is_held)                                               \
    X(an_action_plan_says_what_why_and_by_when)                                                    \
    X(without_a_receiver_the_message_is_held)                                                      \
    X(a_refusal_is_held_whole_with_its_faults)                                                     \
    X(an_unknown_body_is_held_for_a_later_version)                                                 \
    X(an_expired_message_is_held) X(a_merge_is_remembered) X(too_small_an_arena_is_told_not_crashed)
UNIT_MAIN("exchange", TESTS)
