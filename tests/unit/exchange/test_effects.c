/* test_effects.c - what a taken message leaves behind: in the state, in the audit, with others. */
#include "dcf/v1/audit.pb-c.h"
#include "fixture.h"

#define PRE     DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE
#define CODE(x) DCF__V1__DECISION_CODE__DECISION_CODE_##x

BUILDER(material, Dcf__V1__Material)
BUILDER(offence, Dcf__V1__Offence)

static world w;

static void begin(const char *more, const char *checklists)
{
    open_world(&w, more, &(dcf_exchange_config){.checklists = checklists});
}

static void *one(void *item)
{
    void **list = dcf_arena_alloc(&w.arena, sizeof *list);
    *list = item;
    return list;
}

static Dcf__V1__Offence *offence(const char *code)
{
    Dcf__V1__Offence *o = new_offence(&w.arena);
    o->code = (char *)(uintptr_t)code;
    return o;
}

/* A decision that authorises theft, for whomever it names. */
static Dcf__V1__Envelope *authorises(const char *id, Dcf__V1__DecisionCode code,
                                     const char *suspect)
{
    Dcf__V1__Envelope *e = decision(&w, id, code, true);
    Dcf__V1__SuspectDecision *d = e->charging_decision->suspects[0];
    d->suspect_id = (char *)(uintptr_t)suspect;
    d->reason = (char *)"as discussed";
    d->authorised_charges = one(offence("TH68010"));
    d->n_authorised_charges = 1;
    seal(&w, e);
    return e;
}

static Dcf__V1__Envelope *charges(const char *id, const char *first, const char *second)
{
    Dcf__V1__Envelope *e = from(&w, "force-45", "spi-45", id, KEY);
    Dcf__V1__Defendant *d = new_defendant(&w.arena);
    d->source_id = (char *)"S1";
    d->offences = dcf_arena_alloc(&w.arena, 2 * sizeof *d->offences);
    d->offences[d->n_offences++] = offence(first);
    if (second) d->offences[d->n_offences++] = offence(second);
    e->body_case = DCF__V1__ENVELOPE__BODY_CHARGE_NOTIFICATION;
    e->charge_notification = new_charge_notification(&w.arena);
    e->charge_notification->urn = (char *)KEY;
    e->charge_notification->defendants = one(d);
    e->charge_notification->n_defendants = 1;
    seal(&w, e);
    return e;
}

/* Where the last delivery is warned of a charge nobody authorised; "" when it is not. */
static const char *unauthorised(void)
{
    const Dcf__V1__Envelope *e = delivery(&w, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(e);
    for (size_t i = 0; i < e->n_warnings; i++)
        if (strcmp(e->warnings[i]->code, "DCF-4030") == 0) return e->warnings[i]->field;
    return "";
}

static void only_a_charge_authorises(void)
{
    static const struct {
        Dcf__V1__DecisionCode code;
        size_t authorised;
    } rows[] = {{CODE(A), 1}, {CODE(B), 1}, {CODE(B2), 1},
                {CODE(C), 0}, {CODE(H), 0}, {CODE(K), 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin("", NULL);
        give(&w, submission(&w, "s1", PRE));
        give(&w, authorises("d1", rows[i].code, "S1"));
        CU_ASSERT_EQUAL(w.state->n_authorised, rows[i].authorised);
        close_world(&w);
    }
}

static void a_decision_that_names_no_suspect_is_for_all_and_each_charge_is_compared(void)
{
    begin("", NULL);
    give(&w, submission(&w, "s1", PRE));
    give(&w, authorises("d1", CODE(A), ""));
    give(&w, charges("c1", "TH68010", NULL));
    CU_ASSERT_STRING_EQUAL(unauthorised(), "");
    give(&w, charges("c2", "TH68010", "CD71039"));
    CU_ASSERT_STRING_EQUAL(unauthorised(), "defendants[0].offences[1].code");
    close_world(&w);
}

static void what_was_provided_is_known_by_all_its_marks(void)
{
    begin("", NULL);
    give(&w, submission(&w, "s1", PRE));
    Dcf__V1__Envelope *e = material(&w, "m1", "");
    Dcf__V1__Material *m = new_material(&w.arena);
    m->material_id = (char *)"M-1";
    m->document_type = (char *)"MG11";
    m->reference = (char *)"IS/9";
    m->sha256 = (char *)"00ff";
    m->lane = (char *)"redacted";
    e->material_notice->materials = one(m);
    e->material_notice->n_materials = 1;
    seal(&w, e);
    give(&w, e);
    CU_ASSERT_EQUAL_FATAL(w.state->n_provided, 1);
    const Dcf__V1__ProvidedMaterial *p = w.state->provided[0];
    CU_ASSERT_STRING_EQUAL(p->material_id, "M-1");
    CU_ASSERT_STRING_EQUAL(p->document_type, "MG11");
    CU_ASSERT_STRING_EQUAL(p->reference, "IS/9");
    CU_ASSERT_STRING_EQUAL(p->sha256, "00ff");
    CU_ASSERT_STRING_EQUAL(p->lane, "redacted");
    close_world(&w);
}

/* A draft beside the profile in force is recorded, and counted nowhere. */
static void the_figures_are_told_of_the_checklist_in_force_alone(void)
{
    begin("", "config/checklists");
    Dcf__V1__Envelope *e = submission(&w, "s1", DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_CHARGED);
    give(&w, e);
    size_t told = 0, drafts = 0;
    for (size_t i = 0; i < w.out.count; i++) {
        const Dcf__V1__AuditEvent *a = w.out.outputs[i].audit;
        if (!a || a->kind != DCF__V1__AUDIT_KIND__AUDIT_KIND_APPLIED) continue;
        for (size_t k = 0; k < a->n_checks; k++) drafts += !a->checks[k]->decides;
        for (size_t k = 0; k < a->n_facts; k++) {
            if (strcmp(a->facts[k]->name, "checklist") != 0) continue;
            CU_ASSERT_STRING_EQUAL(a->facts[k]->value, "dg6");
            told++;
        }
    }
    CU_ASSERT_EQUAL(told, 1);
    CU_ASSERT_EQUAL(drafts, 1);
    close_world(&w);
}

static void a_merge_tells_each_case_by_a_message_of_its_own(void)
{
    begin("", NULL);
    static char *others[] = {(char *)"45AA0300126", (char *)"45AA0300226"};
    give(&w, submission(&w, "s1", PRE));
    Dcf__V1__Envelope *e = from(&w, "force-45", "spi-45", "m1", KEY);
    e->body_case = DCF__V1__ENVELOPE__BODY_SPLIT_MERGE;
    e->split_merge = new_split_merge(&w.arena);
    e->split_merge->urn = (char *)KEY;
    e->split_merge->kind = (char *)"merge";
    e->split_merge->merged_urns = others;
    e->split_merge->n_merged_urns = 2;
    seal(&w, e);
    give(&w, e);
    size_t told = 0;
    for (size_t i = 0; i < w.out.count; i++) {
        if (w.out.outputs[i].kind != DCF_OUTPUT_SUBMIT) continue;
        const Dcf__V1__Envelope *n = w.out.outputs[i].deliver;
        char id[64];
        snprintf(id, sizeof id, "m1/merged/%s", n->case_key);
        CU_ASSERT_STRING_EQUAL(n->message_id, id);
        told++;
    }
    CU_ASSERT_EQUAL(told, 2);
    close_world(&w);
}

/* A file about a suspect: the next of the same is a newer version of it. */
static void give_file(const char *id)
{
    Dcf__V1__Envelope *e = submission(&w, id, PRE);
    Dcf__V1__Defendant *d = new_defendant(&w.arena);
    d->source_id = (char *)"S1";
    e->case_submission->defendants = one(d);
    e->case_submission->n_defendants = 1;
    seal(&w, e);
    give(&w, e);
}

/* A case stays with the CPS party it has, though another comes first in the configuration; and what
 * is on its way to one receiver is no older version of what goes to another. */
static void a_case_stays_with_its_receiver_and_versions_are_of_one_receiver(void)
{
    begin(cps_any_text, NULL);
    give_file("s1");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->destination->party, "cps-se");
    Dcf__V1__CaseState *moved = dcf_arena_alloc(&w.arena, sizeof *moved);
    *moved = *w.state;
    moved->cps_party = (char *)"cps-any";
    w.state = moved;
    give_file("s2");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->destination->party, "cps-any");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->supersedes, "");
    give_file("s3");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->supersedes, "s2");
    close_world(&w);
}

/* The sender heard of the rejection once; that an operator ends it is no news to it. */
static void what_was_rejected_is_discarded_without_another_word(void)
{
    begin("", NULL);
    Dcf__V1__Envelope *other = from(&w, "force-16", "spi-16", "o1", KEY);
    other->body_case = DCF__V1__ENVELOPE__BODY_CASE_SUBMISSION;
    other->case_submission = new_case_submission(&w.arena);
    other->case_submission->urn = (char *)KEY;
    seal(&w, other);
    give(&w, other);
    const Dcf__V1__Held *h = held(&w);
    CU_ASSERT_PTR_NOT_NULL_FATAL(h);
    CU_ASSERT_STRING_EQUAL(h->reason, "DCF-4001");
    Dcf__V1__Envelope *word = from(&w, "dcf", "dcf", "held/0/1", KEY);
    Dcf__V1__HeldAction action = DCF__V1__HELD_ACTION__INIT;
    Dcf__V1__HeldStep step = DCF__V1__HELD_STEP__INIT;
    dcf_buf packed = {0};
    CU_ASSERT_FATAL(dcf_ok(dcf_message_pack(&h->base, &packed)));
    step.verb = DCF__V1__HELD_VERB__HELD_VERB_DISCARD;
    step.operator_ = (char *)"ann";
    step.held_id = h->held_id;
    step.record = (char *)"held/0/1";
    action.step = &step;
    action.held = (ProtobufCBinaryData){.data = packed.data, .len = packed.size};
    word->held_action = &action;
    give(&w, word);
    SAYS(&w, "discarded");
    dcf_buf_fini(&packed);
    close_world(&w);
}

#define TESTS(X)                                                                                   \
    X(only_a_charge_authorises)                                                                    \
    X(a_decision_that_names_no_suspect_is_for_all_and_each_charge_is_compared)                     \
    X(what_was_provided_is_known_by_all_its_marks)                                                 \
    X(the_figures_are_told_of_the_checklist_in_force_alone)                                        \
    X(a_merge_tells_each_case_by_a_message_of_its_own)                                             \
    X(a_case_stays_with_its_receiver_and_versions_are_of_one_receiver)                             \
    X(what_was_rejected_is_discarded_without_another_word)
UNIT_MAIN("effects", TESTS)
