/* test_paths.c - what is expected of receivers, corrections on the way, parts and merges. */
#include "fixture.h"

BUILDER(witness_notice, Dcf__V1__WitnessNotice)
BUILDER(contact_request, Dcf__V1__ContactRequest)
BUILDER(split_part, Dcf__V1__SplitPart)

#define PRE     DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE
#define OTHER   "45AA0100126"
#define TEXT(s) ((char *)(s))

static void tick(world *w)
{
    CU_ASSERT_FATAL(dcf_ok(dcf_exchange_tick(w->x, w->state, w->now, &w->arena, &w->out)));
    if (w->out.state) w->state = w->out.state;
}

static Dcf__V1__Envelope *witness(world *w, const char *party, const char *id, bool asks,
                                  const char *answers)
{
    Dcf__V1__Envelope *e = from(w, party, "l", id, KEY);
    e->body_case = DCF__V1__ENVELOPE__BODY_WITNESS_NOTICE;
    e->witness_notice = new_witness_notice(&w->arena);
    e->witness_notice->acknowledgement_required = asks;
    e->witness_notice->acknowledges = dcf_arena_strdup(&w->arena, answers);
    seal(w, e);
    return e;
}

static Dcf__V1__Envelope *own_receipt(world *w, const char *party, const char *about)
{
    Dcf__V1__Envelope *e = from(w, party, "l", dcf_arena_printf(&w->arena, "r-%s", about), KEY);
    e->body_case = DCF__V1__ENVELOPE__BODY_RECEIPT;
    e->receipt = new_receipt(&w->arena);
    e->receipt->kind = DCF__V1__RECEIPT_KIND__RECEIPT_KIND_ACCEPTED;
    e->receipt->about_message_id = dcf_arena_strdup(&w->arena, about);
    e->receipt->about_type = TEXT("witness_notice");
    seal(w, e);
    return e;
}

/* What reached its receiver: the case is told, and expects nothing more of it. */
static void arrive(world *w, const char *message_id)
{
    for (size_t i = 0; i < w->out.count; i++)
        if (w->out.outputs[i].kind == DCF_OUTPUT_DELIVER &&
            strcmp(w->out.outputs[i].deliver->message_id, message_id) == 0) {
            give(w, delivered(w, w->out.outputs[i].deliver,
                              DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED));
            return;
        }
    CU_FAIL("not among the deliveries");
}

/* --- what must be acknowledged by when ------------------------------------------------------- */

static void a_delivery_is_expected_and_its_receipt_ends_that(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    CU_ASSERT_EQUAL(delivery(&w, 0)->acknowledge_by_ms, START + DAY);
    CU_ASSERT_EQUAL(w.state->n_expectations, 1);
    arrive(&w, "m1");
    CU_ASSERT_EQUAL(w.state->n_expectations, 0);
    CU_ASSERT_EQUAL(w.out.next_tick_ms, INT64_MAX);
    close_world(&w);
}

static void a_witness_notice_nobody_acknowledges_is_an_alarm_once(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    arrive(&w, "m1");
    give(&w, witness(&w, "force-45", "w1", true, ""));
    arrive(&w, "w1"); /* its system took it, but nobody answered */
    CU_ASSERT_EQUAL(w.out.next_tick_ms, START + 2 * DAY);
    w.now = START + 2 * DAY - 1;
    tick(&w);
    SAYS(&w, "");
    w.now++;
    tick(&w);
    SAYS(&w, "not_acknowledged");
    CU_ASSERT_STRING_EQUAL(w.out.outputs[0].audit->message_id, "w1");
    CU_ASSERT_STRING_EQUAL(w.out.outputs[0].audit->destination_party, "cps-se");
    CU_ASSERT_STRING_EQUAL(w.out.outputs[0].audit->reason, "DCF-4038");
    CU_ASSERT_EQUAL(w.out.next_tick_ms, INT64_MAX);
    tick(&w);
    SAYS(&w, "");
    give(&w, witness(&w, "cps-se", "w2", false, "1"));
    SAYS(&w, "received acknowledged applied >force-45:witness_notice#5 routed >cps-se:receipt1#3 "
             "routed");
    CU_ASSERT_EQUAL(w.state->n_expectations, 0);
    close_world(&w);
}

static void a_receipt_of_its_receiver_acknowledges_and_another_partys_does_not(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    arrive(&w, "m1");
    give(&w, witness(&w, "force-45", "w1", true, ""));
    give(&w, own_receipt(&w, "force-45", "w1"));
    CU_ASSERT_EQUAL(w.state->n_expectations, 1);
    give(&w, own_receipt(&w, "cps-se", "w1/other"));
    CU_ASSERT_EQUAL(w.state->n_expectations, 1);
    Dcf__V1__Envelope *e = own_receipt(&w, "cps-se", "w1");
    e->message_id = TEXT("r-2");
    give(&w, e);
    CU_ASSERT_EQUAL(w.state->n_expectations, 0);
    give(&w, witness(&w, "force-45", "w3", false, "")); /* it asks for none */
    CU_ASSERT_EQUAL(w.state->n_expectations, 0);
    close_world(&w);
}

static void the_outcome_answers_the_contact_request_it_names(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    arrive(&w, "m1");
    for (int i = 0; i < 3; i++) { /* two questions of the force, the outcome of the second */
        bool answer = i == 2;
        Dcf__V1__Envelope *e = from(&w, answer ? "cps-se" : "force-45", "l",
                                    dcf_arena_printf(&w.arena, "q%d", i), KEY);
        e->body_case = DCF__V1__ENVELOPE__BODY_CONTACT_REQUEST;
        e->contact_request = new_contact_request(&w.arena);
        e->contact_request->request_id = TEXT(i ? "B" : "A");
        if (answer) e->contact_request->outcome = TEXT("agreed");
        seal(&w, e);
        give(&w, e);
    }
    CU_ASSERT_EQUAL_FATAL(w.state->n_expectations, 1);
    CU_ASSERT_STRING_EQUAL(w.state->expectations[0]->message_id, "q0");
    close_world(&w);
}

/* --- corrections -------------------------------------------------------------------------------
 */

static Dcf__V1__Envelope *of_suspect(world *w, const char *id, const char *suspect)
{
    Dcf__V1__Envelope *e = submission(w, id, PRE);
    Dcf__V1__Defendant *d = new_defendant(&w->arena);
    d->source_id = dcf_arena_strdup(&w->arena, suspect);
    e->case_submission->informant = dcf_arena_strdup(&w->arena, id); /* another content */
    e->case_submission->defendants = dcf_arena_alloc(&w->arena, sizeof d);
    e->case_submission->defendants[0] = d;
    e->case_submission->n_defendants = *suspect ? 1 : 0;
    seal(w, e);
    return e;
}

static void a_newer_version_names_the_undelivered_older_one(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, of_suspect(&w, "m1", "S1"));
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->supersedes, "");
    give(&w, of_suspect(&w, "m2", "S1"));
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->supersedes, "m1");
    give(&w, of_suspect(&w, "m3", "S2")); /* another suspect's file is no correction */
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->supersedes, "");
    give(&w, of_suspect(&w, "m4", ""));
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->supersedes, "");
    give(&w, of_suspect(&w, "m5", "")); /* of nobody in particular: not known to be a version */
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->supersedes, "");
    give(&w, of_suspect(&w, "m6", "S1"));
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->supersedes, "m2");
    close_world(&w);
}

static void what_was_delivered_is_not_superseded(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, of_suspect(&w, "m1", "S1"));
    arrive(&w, "m1");
    give(&w, of_suspect(&w, "m2", "S1"));
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->supersedes, "");
    close_world(&w);
}

static void a_sender_cannot_name_what_its_message_supersedes(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, of_suspect(&w, "m1", "S1"));
    Dcf__V1__Envelope *e = of_suspect(&w, "m2", "S2");
    e->supersedes = TEXT("m1");
    give(&w, e);
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->supersedes, "");
    close_world(&w);
}

static void a_skipped_version_shows_as_superseded_and_its_sender_is_told(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, of_suspect(&w, "m1", "S1"));
    const Dcf__V1__Envelope *first = delivery(&w, 0);
    give(&w, of_suspect(&w, "m2", "S1"));
    Dcf__V1__Envelope *e = delivered(&w, first, DCF__V1__RECEIPT_KIND__RECEIPT_KIND_NOT_DELIVERED);
    Dcf__V1__Fault *f = new_fault(&w.arena);
    f->code = TEXT("DCF-4020");
    e->receipt->faults = &f;
    e->receipt->n_faults = 1;
    seal(&w, e);
    give(&w, e);
    SAYS(&w, "superseded >force-45:receipt5#3 routed");
    CU_ASSERT_STRING_EQUAL(w.out.outputs[0].audit->message_id, "m1");
    CU_ASSERT_EQUAL(w.state->n_outgoing, 1); /* m2 */
    CU_ASSERT_EQUAL(w.state->n_expectations, 1);
    close_world(&w);
}

/* --- parts and merges ---------------------------------------------------------------------------
 */

static Dcf__V1__Envelope *split_merge(world *w, const char *id, const char *kind, const char *urn)
{
    Dcf__V1__Envelope *e = from(w, "cps-se", "cms-se", id, KEY);
    Dcf__V1__SplitMerge *m = e->split_merge = new_split_merge(&w->arena);
    e->body_case = DCF__V1__ENVELOPE__BODY_SPLIT_MERGE;
    m->urn = TEXT(KEY);
    m->kind = TEXT(kind);
    m->parts = dcf_arena_alloc(&w->arena, sizeof *m->parts);
    m->parts[0] = new_split_part(&w->arena);
    m->parts[0]->urn = TEXT(urn);
    m->n_parts = strcmp(kind, "split") == 0;
    m->merged_urns = dcf_arena_alloc(&w->arena, sizeof *m->merged_urns);
    m->merged_urns[0] = TEXT(urn);
    m->n_merged_urns = strcmp(kind, "merge") == 0;
    seal(w, e);
    return e;
}

/* Whether what became of the message is told with this fact. */
static bool tells(const world *w, const char *name, const char *value)
{
    for (size_t i = 0; i < w->out.count; i++) {
        const Dcf__V1__AuditEvent *a = w->out.outputs[i].audit;
        for (size_t k = 0; a && k < a->n_facts; k++)
            if (strcmp(a->facts[k]->name, name) == 0 && strcmp(a->facts[k]->value, value) == 0)
                return true;
    }
    return false;
}

static void a_part_goes_its_own_way_under_the_same_root(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    give(&w, split_merge(&w, "s1", "split", KEY "/2"));
    CU_ASSERT_EQUAL_FATAL(w.state->n_parts, 1);
    CU_ASSERT_STRING_EQUAL(w.state->parts[0]->state, "awaiting_triage");
    CU_ASSERT_TRUE(tells(&w, "part", KEY "/2 awaiting_triage"));
    Dcf__V1__Envelope *e = decision(&w, "d1", DCF__V1__DECISION_CODE__DECISION_CODE_A, true);
    e->charging_decision->urn = TEXT(KEY "/2");
    seal(&w, e);
    give(&w, e);
    CU_ASSERT_STRING_EQUAL(w.state->parts[0]->state, "charge_authorised");
    IN_STATE(&w, "awaiting_triage");
    CU_ASSERT_TRUE(tells(&w, "part", KEY "/2 charge_authorised"));
    e = triage(&w, "t1", "accepted"); /* a charge is authorised there: it is not triaged any more */
    e->triage_outcome->urn = TEXT(KEY "/2");
    seal(&w, e);
    give(&w, e);
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4003");
    give(&w, triage(&w, "t2", "accepted"));
    IN_STATE(&w, "under_review");
    CU_ASSERT_FALSE(tells(&w, "part", KEY "/2 charge_authorised")); /* it was not about the part */
    CU_ASSERT_STRING_EQUAL(w.state->parts[0]->state, "charge_authorised");
    CU_ASSERT_EQUAL(delivery(&w, 0)->sequence, 4); /* one order for the root and its parts */
    close_world(&w);
}

static const Dcf__V1__Envelope *note_of(const world *w)
{
    for (size_t i = 0; i < w->out.count; i++)
        if (w->out.outputs[i].kind == DCF_OUTPUT_SUBMIT) return w->out.outputs[i].deliver;
    return NULL;
}

/* The notice that KEY's case took OTHER in. */
static const Dcf__V1__Envelope *merged(world *w)
{
    give(w, submission(w, "m1", PRE));
    give(w, split_merge(w, "s1", "merge", OTHER));
    return note_of(w);
}

static void a_merge_tells_the_other_case_under_its_own_key(void)
{
    world w;
    open_world(&w, "", NULL);
    const Dcf__V1__Envelope *note = merged(&w);
    CU_ASSERT_PTR_NOT_NULL_FATAL(note);
    CU_ASSERT_STRING_EQUAL(note->case_key, OTHER);
    CU_ASSERT_STRING_EQUAL(note->causation_id, "s1");
    CU_ASSERT_STRING_EQUAL(note->split_merge->kind, "mergedInto");
    CU_ASSERT_STRING_EQUAL(w.state->merged_from[0], OTHER);
    w.state = NULL;
    Dcf__V1__Envelope *e = submission(&w, "o1", PRE);
    e->case_key = TEXT(OTHER);
    give(&w, e);
    give(&w, note);
    SAYS(&w, "merged");
    IN_STATE(&w, "merged");
    CU_ASSERT_STRING_EQUAL(w.state->merged_into, KEY);
    give(&w, note);
    SAYS(&w, "duplicate");
    e = triage(&w, "t1", "accepted");
    e->case_key = TEXT(OTHER);
    give(&w, e);
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4021");
    bool named = false;
    for (size_t i = 0; i < held(&w)->n_faults; i++)
        named |= strcmp(held(&w)->faults[i]->detail, KEY) == 0;
    CU_ASSERT_TRUE(named);
    close_world(&w);
}

static void what_waits_for_a_case_that_was_taken_in_is_held_with_the_survivors_name(void)
{
    world w;
    open_world(&w, "", NULL);
    const Dcf__V1__Envelope *note = merged(&w);
    w.state = NULL;
    Dcf__V1__Envelope *e = material(&w, "n1", "");
    e->case_key = TEXT(OTHER);
    give(&w, e);
    CU_ASSERT_EQUAL(w.state->n_waiting, 1);
    give(&w, note);
    SAYS(&w, "merged released !DCF-4021 held >force-45:receipt3#2 routed");
    CU_ASSERT_EQUAL(w.state->n_waiting, 0);
    e = submission(&w, "o1", PRE);
    e->case_key = TEXT(OTHER);
    give(&w, e);
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4021");
    close_world(&w);
}

static void two_cases_cannot_take_each_other_in(void)
{
    world w;
    open_world(&w, "", NULL);
    Dcf__V1__Envelope back = *merged(&w);
    Dcf__V1__SplitMerge body = *back.split_merge;
    char *survivor = TEXT(OTHER);
    body.urn = back.case_key = TEXT(KEY); /* as OTHER's case would write it */
    body.merged_urns = &survivor;
    back.split_merge = &body;
    back.message_id = TEXT("s2/merged/" KEY);
    give(&w, &back);
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4022");
    CU_ASSERT_STRING_EQUAL(w.state->merged_into, "");
    close_world(&w);
}

static void only_the_broker_can_say_that_a_case_was_taken_in(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    Dcf__V1__Envelope *e = split_merge(&w, "s1", "mergedInto", OTHER);
    give(&w, e);
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4022");
    CU_ASSERT_STRING_EQUAL(w.state->merged_into, "");
    IN_STATE(&w, "awaiting_triage");
    close_world(&w);
}

#define TESTS(X)                                                                                   \
    X(a_delivery_is_expected_and_its_receipt_ends_that)                                            \
    X(a_witness_notice_nobody_acknowledges_is_an_alarm_once)                                       \
    X(a_receipt_of_its_receiver_acknowledges_and_another_partys_does_not)                          \
    X(the_outcome_answers_the_contact_request_it_names)                                            \
    X(a_newer_version_names_the_undelivered_older_one)                                             \
    X(what_was_delivered_is_not_superseded)                                                        \
    X(a_sender_cannot_name_what_its_message_supersedes)                                            \
    X(a_skipped_version_shows_as_superseded_and_its_sender_is_told)                                \
    X(a_part_goes_its_own_way_under_the_same_root)                                                 \
    X(a_merge_tells_the_other_case_under_its_own_key)                                              \
    X(what_waits_for_a_case_that_was_taken_in_is_held_with_the_survivors_name)                     \
    X(two_cases_cannot_take_each_other_in)                                                         \
    X(only_the_broker_can_say_that_a_case_was_taken_in)
UNIT_MAIN("paths", TESTS)
