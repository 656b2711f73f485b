/* test_action.c - what operators do with held messages, and what receipts betray of the deliveries
 * between the exchange and the receivers. */
#include "dcf/v1/audit.pb-c.h"
#include "fixture.h"

static world w;

static void begin(void)
{
    open_world(&w, "", NULL);
}

static void end(void)
{
    close_world(&w);
}

static ProtobufCBinaryData packed(const ProtobufCMessage *m)
{
    dcf_buf b = {0};
    CU_ASSERT_FATAL(dcf_ok(dcf_message_pack(m, &b)));
    uint8_t *copy = dcf_arena_alloc(&w.arena, b.size);
    memcpy(copy, b.data, b.size);
    ProtobufCBinaryData data = {.len = b.size, .data = copy};
    dcf_buf_fini(&b);
    return data;
}

/* The word of an operator on a held record; goes: what goes on instead, or NULL. */
static Dcf__V1__Envelope *word(const Dcf__V1__Held *h, const char *record, Dcf__V1__HeldVerb verb,
                               const Dcf__V1__Envelope *goes)
{
    Dcf__V1__Envelope *e = from(&w, "dcf", "dcf", record, h->case_key);
    Dcf__V1__HeldAction *a = dcf_arena_alloc(&w.arena, sizeof *a);
    Dcf__V1__HeldStep *step = dcf_arena_alloc(&w.arena, sizeof *step);
    dcf__v1__held_action__init(a);
    dcf__v1__held_step__init(step);
    step->verb = verb;
    step->operator_ = (char *)"ann";
    step->held_id = h->held_id;
    step->record = dcf_arena_strdup(&w.arena, record);
    a->step = step;
    a->held = packed(&h->base);
    if (goes) a->envelope = packed(&goes->base);
    e->held_action = a;
    return e;
}

#define REPLAY  DCF__V1__HELD_VERB__HELD_VERB_REPLAY
#define CORRECT DCF__V1__HELD_VERB__HELD_VERB_CORRECT
#define DISCARD DCF__V1__HELD_VERB__HELD_VERB_DISCARD

/* A case under consideration, and a decision that is held because it names no contact. */
static const Dcf__V1__Held *hold_a_decision(void)
{
    give(&w, submission(&w, "s1", DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE));
    give(&w, triage(&w, "t1", "accepted"));
    give(&w, decision(&w, "d1", DCF__V1__DECISION_CODE__DECISION_CODE_A, false));
    CU_ASSERT_PTR_NOT_NULL_FATAL(held(&w));
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4010");
    CU_ASSERT_STRING_EQUAL(held(&w)->stage, "exchange");
    return held(&w);
}

static const Dcf__V1__AuditEvent *audit(Dcf__V1__AuditKind kind)
{
    for (size_t i = 0; i < w.out.count; i++)
        if (w.out.outputs[i].kind == DCF_OUTPUT_AUDIT && w.out.outputs[i].audit->kind == kind)
            return w.out.outputs[i].audit;
    CU_FAIL_FATAL("no such event");
    return NULL;
}

static void what_is_replayed_unchanged_is_judged_anew_and_held_anew(void)
{
    begin();
    const Dcf__V1__Held *h = hold_a_decision();
    give(&w, word(h, "held/0/7", REPLAY, NULL));
    CU_ASSERT_PTR_NOT_NULL_FATAL(held(&w));
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4010");
    CU_ASSERT_EQUAL(held(&w)->envelope->n_lineage, 1);
    CU_ASSERT_STRING_EQUAL(held(&w)->envelope->lineage[0]->record, "held/0/7");
    CU_ASSERT_EQUAL(held(&w)->envelope->lineage[0]->at_ms, w.now);
    CU_ASSERT_EQUAL(h->envelope->n_lineage, 0); /* the original is as it was */
    CU_ASSERT_STRING_EQUAL(audit(DCF__V1__AUDIT_KIND__AUDIT_KIND_REPLAYED)->step->operator_, "ann");
    end();
}

static void what_is_corrected_goes_on_in_order_and_only_once(void)
{
    begin();
    const Dcf__V1__Held *h = hold_a_decision();
    const Dcf__V1__Envelope *right =
        decision(&w, "d1", DCF__V1__DECISION_CODE__DECISION_CODE_A, true);
    give(&w, word(h, "held/0/7", CORRECT, right));
    const Dcf__V1__Envelope *out = delivery(&w, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_STRING_EQUAL(out->destination->party, "force-45");
    CU_ASSERT_STRING_EQUAL(out->charging_decision->prosecutor->contact->email_1,
                           "a.okafor@cps.example");
    CU_ASSERT_EQUAL(out->n_lineage, 1);
    audit(DCF__V1__AUDIT_KIND__AUDIT_KIND_CORRECTED);
    give(&w, word(h, "held/0/7", CORRECT, right)); /* the job was asked twice */
    SAYS(&w, "duplicate");
    CU_ASSERT_STRING_EQUAL(w.out.outputs[0].audit->reason, "DCF-6101");
    give(&w, word(h, "held/0/7", DISCARD, NULL)); /* another operator comes too late */
    SAYS(&w, "duplicate");
    give(&w, word(h, "held/0/9", REPLAY, NULL)); /* the faulty one, from another record */
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4004");
    CU_ASSERT_EQUAL(delivery(&w, 0)->body_case, DCF__V1__ENVELOPE__BODY_RECEIPT);
    CU_ASSERT_PTR_NULL(delivery(&w, 1));
    end();
}

static void what_is_discarded_is_told_to_who_waits_for_it(void)
{
    begin();
    const Dcf__V1__Held *h = hold_a_decision();
    give(&w, word(h, "held/0/7", DISCARD, NULL));
    const Dcf__V1__AuditEvent *a = audit(DCF__V1__AUDIT_KIND__AUDIT_KIND_DISCARDED);
    CU_ASSERT_STRING_EQUAL(a->message_id, "d1");
    CU_ASSERT_STRING_EQUAL(a->reason, "DCF-4010");
    const Dcf__V1__Envelope *told = delivery(&w, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(told);
    CU_ASSERT_EQUAL(told->receipt->kind, DCF__V1__RECEIPT_KIND__RECEIPT_KIND_REJECTED);
    CU_ASSERT_STRING_EQUAL(told->receipt->faults[0]->code, "DCF-6102");
    /* and the sender may send it right */
    give(&w, decision(&w, "d1", DCF__V1__DECISION_CODE__DECISION_CODE_A, true));
    CU_ASSERT_PTR_NOT_NULL(delivery(&w, 0));
    end();
}

static void what_waits_for_its_case_can_be_discarded(void)
{
    begin();
    give(&w, material(&w, "m1", "new"));
    CU_ASSERT_EQUAL_FATAL(w.state->n_waiting, 1);
    give(&w, word(w.state->waiting[0], "waiting/m1", DISCARD, NULL));
    CU_ASSERT_EQUAL(w.state->n_waiting, 0);
    give(&w, submission(&w, "s1", DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE));
    for (size_t i = 0; delivery(&w, i); i++)
        CU_ASSERT_NOT_EQUAL(delivery(&w, i)->body_case, DCF__V1__ENVELOPE__BODY_MATERIAL_NOTICE);
    end();
}

static void what_waited_too_long_goes_on_when_its_case_is_there(void)
{
    begin();
    give(&w, material(&w, "n1", "1"));
    w.now += 28 * DAY;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_exchange_tick(w.x, w.state, w.now, &w.arena, &w.out)));
    w.state = w.out.state;
    const Dcf__V1__Held *h = held(&w);
    CU_ASSERT_STRING_EQUAL_FATAL(h->reason, "DCF-4006");
    give(&w, submission(&w, "s1", DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE));
    give(&w, word(h, "held/0/7", REPLAY, NULL));
    CU_ASSERT_PTR_NOT_NULL_FATAL(delivery(&w, 0));
    CU_ASSERT_EQUAL((int)delivery(&w, 0)->body_case, DCF__V1__ENVELOPE__BODY_MATERIAL_NOTICE);
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->message_id, "n1");
    end();
}

static void what_a_receiver_refused_goes_to_it_again_under_a_new_number(void)
{
    begin();
    give(&w, submission(&w, "s1", DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE));
    const Dcf__V1__Envelope *first = delivery(&w, 0);
    Dcf__V1__Held h = DCF__V1__HELD__INIT;
    h.held_id = first->message_id;
    h.reason = (char *)"DCF-5001";
    h.case_key = first->case_key;
    h.stage = (char *)"delivery";
    h.envelope = (Dcf__V1__Envelope *)first;
    give(&w, word(&h, "held/1/3", REPLAY, NULL));
    const Dcf__V1__Envelope *again = delivery(&w, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(again);
    CU_ASSERT_STRING_EQUAL(again->message_id, "s1");
    CU_ASSERT_EQUAL(again->sequence, first->sequence + 1);
    CU_ASSERT_STRING_EQUAL(again->destination->party, first->destination->party);
    CU_ASSERT_STRING_EQUAL(dcf_envelope_delivery_id(again, &w.arena), "s1/again/1");
    CU_ASSERT_STRING_EQUAL(dcf_envelope_delivery_id(first, &w.arena), "s1");
    Dcf__V1__Envelope outside =
        *first; /* what was never one of the case's deliveries is none now */
    outside.sequence = 0;
    outside.urgent = true;
    outside.message_id = (char *)"s9";
    h.held_id = outside.message_id;
    h.envelope = &outside;
    give(&w, word(&h, "held/1/4", REPLAY, NULL));
    CU_ASSERT_PTR_NOT_NULL_FATAL(delivery(&w, 0));
    CU_ASSERT_EQUAL(delivery(&w, 0)->sequence, 0);
    CU_ASSERT_FALSE(delivery(&w, 0)->urgent);
    end();
}

static void bytes_that_are_no_message_can_be_discarded_and_nothing_else(void)
{
    begin();
    Dcf__V1__Held h = DCF__V1__HELD__INIT;
    h.held_id = (char *)"dcf.submitted/0/5";
    h.reason = (char *)"DCF-1001";
    h.case_key = (char *)KEY;
    h.stage = (char *)"exchange";
    give(&w, word(&h, "held/2/2", DISCARD, NULL));
    CU_ASSERT_STRING_EQUAL(audit(DCF__V1__AUDIT_KIND__AUDIT_KIND_DISCARDED)->message_id,
                           "dcf.submitted/0/5");
    CU_ASSERT_FALSE(dcf_ok(dcf_exchange_apply(w.x, w.state, word(&h, "held/2/3", REPLAY, NULL),
                                              w.now, &w.arena, &w.out)));
    end();
}

/* --- receipts in the order of their numbers ------------------------------------------------- */

static Dcf__V1__Envelope *receipt_for(const char *id, uint64_t sequence)
{
    Dcf__V1__Envelope about = DCF__V1__ENVELOPE__INIT;
    Dcf__V1__Endpoint cps = DCF__V1__ENDPOINT__INIT, force = DCF__V1__ENDPOINT__INIT;
    cps.party = (char *)"cps-se";
    force.party = (char *)"force-45";
    about.message_id = (char *)id;
    about.case_key = (char *)KEY;
    about.destination = &cps;
    about.source = &force;
    Dcf__V1__Envelope *e = delivered(&w, &about, DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED);
    e->destination = NULL;
    e->sequence = sequence;
    return e;
}

static bool told(Dcf__V1__AuditKind kind)
{
    for (size_t i = 0; i < w.out.count; i++)
        if (w.out.outputs[i].kind == DCF_OUTPUT_AUDIT && w.out.outputs[i].audit->kind == kind)
            return true;
    return false;
}

static bool is_clean(void)
{
    return !told(DCF__V1__AUDIT_KIND__AUDIT_KIND_SEQUENCE_GAP) &&
           !told(DCF__V1__AUDIT_KIND__AUDIT_KIND_SEQUENCE_CLASH);
}

/* Submission and three notices: numbers 1 to 4 for the CPS. */
static void four_deliveries(void)
{
    give(&w, submission(&w, "s1", DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE));
    for (int i = 1; i < 4; i++) give(&w, material(&w, (char[]){'m', (char)('0' + i), 0}, "new"));
}

static void receipts_in_order_are_no_news(void)
{
    begin();
    four_deliveries();
    for (uint64_t n = 1; n <= 4; n++) {
        give(&w, receipt_for((char[]){'x', (char)('0' + n), 0}, n));
        CU_ASSERT_TRUE(is_clean());
    }
    give(&w, receipt_for("x4", 4)); /* the same news again is a duplicate, no clash */
    SAYS(&w, "duplicate");
    end();
}

static void a_number_that_was_skipped_is_a_loss_and_says_which(void)
{
    begin();
    four_deliveries();
    give(&w, receipt_for("x1", 1));
    give(&w, receipt_for("x4", 4));
    const Dcf__V1__AuditEvent *a = audit(DCF__V1__AUDIT_KIND__AUDIT_KIND_SEQUENCE_GAP);
    CU_ASSERT_EQUAL(a->sequence, 2);
    CU_ASSERT_STRING_EQUAL(a->reason, "DCF-6103");
    CU_ASSERT_STRING_EQUAL(a->faults[0]->detail, "2 to 3 for cps-se, told by x4");
    end();
    begin();
    four_deliveries();
    give(&w, receipt_for("x2", 2)); /* the very first, and one alone */
    CU_ASSERT_EQUAL(audit(DCF__V1__AUDIT_KIND__AUDIT_KIND_SEQUENCE_GAP)->sequence, 1);
    end();
}

static void a_number_that_comes_twice_or_was_never_given_is_a_clash(void)
{
    begin();
    four_deliveries();
    give(&w, receipt_for("x1", 1));
    give(&w, receipt_for("other", 1));
    CU_ASSERT_EQUAL(audit(DCF__V1__AUDIT_KIND__AUDIT_KIND_SEQUENCE_CLASH)->sequence, 1);
    give(&w, receipt_for("forged", 9));
    CU_ASSERT_EQUAL(audit(DCF__V1__AUDIT_KIND__AUDIT_KIND_SEQUENCE_CLASH)->sequence, 9);
    give(&w, receipt_for("x2", 2)); /* and what is right goes on */
    CU_ASSERT_TRUE(is_clean());
    end();
}

#define TESTS(X)                                                                                   \
    X(what_is_replayed_unchanged_is_judged_anew_and_held_anew)                                     \
    X(what_is_corrected_goes_on_in_order_and_only_once)                                            \
    X(what_is_discarded_is_told_to_who_waits_for_it)                                               \
    X(what_waits_for_its_case_can_be_discarded)                                                    \
    X(what_waited_too_long_goes_on_when_its_case_is_there)                                         \
    X(what_a_receiver_refused_goes_to_it_again_under_a_new_number)                                 \
    X(bytes_that_are_no_message_can_be_discarded_and_nothing_else)                                 \
    X(receipts_in_order_are_no_news)                                                               \
    X(a_number_that_was_skipped_is_a_loss_and_says_which)                                          \
    X(a_number_that_comes_twice_or_was_never_given_is_a_clash)

UNIT_MAIN("action", TESTS)
