/* test_policy.c - every row of config/policies.yaml by a message that keeps it and one that breaks
 * it. */
#include "fixture.h"

#include "exchange/policy.h"

BUILDER(early_advice_session, Dcf__V1__EarlyAdviceSession)
BUILDER(contact_request, Dcf__V1__ContactRequest)
BUILDER(material, Dcf__V1__Material)
BUILDER(redaction_manifest, Dcf__V1__RedactionManifest)
BUILDER(redaction, Dcf__V1__Redaction)
BUILDER(offence, Dcf__V1__Offence)

#define PRE     DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE
#define CHARGED DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_CHARGED
#define TEXT(s) ((char *)(s))

static void *one(world *w, void *item)
{
    void **list = dcf_arena_alloc(&w->arena, sizeof(void *));
    *list = item;
    return list;
}

/* --- messages that keep all policies, or break the one at hand ------------------------------- */

static Dcf__V1__Envelope *file_of(world *w, Dcf__V1__SubmissionKind kind)
{
    Dcf__V1__Envelope *e = submission(w, "m9", kind);
    Dcf__V1__Approval *g = e->case_submission->gatekeeper = approval(w, "Adeyemi");
    g->approver->rank = TEXT("Inspector");
    g->accreditation = TEXT("ACC-1");
    g->trained_until = TEXT("2027-01-01");
    e->case_submission->approval = NULL;
    return e;
}

static Dcf__V1__Envelope *pre_charge(world *w, bool bad)
{
    Dcf__V1__Envelope *e = file_of(w, PRE);
    if (bad) e->case_submission->gatekeeper->approved_at = TEXT("");
    return e;
}

static Dcf__V1__Envelope *charged(world *w, bool bad)
{
    Dcf__V1__Envelope *e = file_of(w, CHARGED);
    if (bad) e->case_submission->gatekeeper = NULL;
    return e;
}

static Dcf__V1__Envelope *ranked(world *w, bool bad)
{
    Dcf__V1__Envelope *e = file_of(w, PRE);
    if (bad) e->case_submission->gatekeeper->approver->rank = TEXT("");
    return e;
}

static Dcf__V1__Envelope *accredited(world *w, bool bad)
{
    Dcf__V1__Envelope *e = file_of(w, PRE);
    if (bad) e->case_submission->gatekeeper->accreditation = TEXT("");
    return e;
}

static Dcf__V1__Envelope *trained(world *w, bool bad)
{
    Dcf__V1__Envelope *e = file_of(w, PRE);
    if (bad) e->case_submission->gatekeeper->trained_until = TEXT("2026-09-20");
    return e;
}

static Dcf__V1__Envelope *rejection(world *w)
{
    Dcf__V1__Envelope *e = triage(w, "t9", "rejected");
    e->triage_outcome->triager_contact = new_contact(&w->arena);
    e->triage_outcome->triager_contact->telephone_business = TEXT("020 7946 0000");
    return e;
}

static Dcf__V1__Envelope *rejection_contact(world *w, bool bad)
{
    Dcf__V1__Envelope *e = rejection(w);
    if (bad) e->triage_outcome->triager_contact = NULL;
    return e;
}

static Dcf__V1__Envelope *rejection_reason(world *w, bool bad)
{
    Dcf__V1__Envelope *e = rejection(w);
    if (bad) e->triage_outcome->reasons[0]->code = TEXT("T14");
    return e;
}

static Dcf__V1__Envelope *whole_plan(world *w, const char *plan_id)
{
    Dcf__V1__Envelope *e = plan(w, plan_id, plan_id, 1);
    Dcf__V1__Worker *p = e->action_plan->prosecutor = new_worker(&w->arena);
    p->contact = new_contact(&w->arena);
    p->contact->email_1 = TEXT("a.okafor@cps.example");
    return e;
}

static Dcf__V1__Envelope *plan_contact(world *w, bool bad)
{
    Dcf__V1__Envelope *e = whole_plan(w, "P9");
    if (bad) e->action_plan->prosecutor = NULL;
    return e;
}

static Dcf__V1__Envelope *plan_items(world *w, bool bad)
{
    Dcf__V1__Envelope *e = whole_plan(w, "P9");
    if (bad) e->action_plan->n_items = 0;
    return e;
}

static Dcf__V1__Envelope *plan_why(world *w, bool bad)
{
    Dcf__V1__Envelope *e = whole_plan(w, "P9");
    if (bad) e->action_plan->items[0]->rationale = TEXT("");
    return e;
}

static Dcf__V1__Envelope *plan_necessity(world *w, bool bad)
{
    Dcf__V1__Envelope *e = whole_plan(w, "P9");
    e->action_plan->items[0]->step_code = TEXT(bad ? "MAYBE" : "KWD");
    return e;
}

/* The same words in another layout, in another plan, after they were answered. */
static Dcf__V1__Envelope *plan_again(world *w, bool bad)
{
    give(w, whole_plan(w, "P1"));
    give(w, answer(w, "a1", "P1", "i0", "met"));
    Dcf__V1__Envelope *e = whole_plan(w, "P9");
    e->action_plan->items[0]->text =
        TEXT(bad ? "Statement of the  shopkeeper." : "statement of the landlord");
    return e;
}

static Dcf__V1__Envelope *plan_provided(world *w, bool bad)
{
    Dcf__V1__Envelope *e = whole_plan(w, "P9");
    e->action_plan->items[0]->document_type = TEXT("MG5"); /* the file in hand has one */
    e->action_plan->items[0]->action_type = TEXT(bad ? "StartFileBuild" : "ModifyFileBuild");
    return e;
}

static Dcf__V1__Envelope *notice(world *w, const char *lane)
{
    Dcf__V1__Envelope *e = material(w, "n9", "");
    Dcf__V1__Material *m = new_material(&w->arena);
    m->material_id = TEXT("doc-1");
    m->lane = dcf_arena_strdup(&w->arena, lane);
    m->purpose = TEXT("charging decision");
    e->material_notice->materials = one(w, m);
    e->material_notice->n_materials = 1;
    return e;
}

static Dcf__V1__Envelope *lane(world *w, bool bad)
{
    return notice(w, bad ? "grey" : "redacted");
}

static Dcf__V1__Envelope *lane_of_document(world *w, bool bad)
{
    Dcf__V1__Envelope *e = file_of(w, PRE);
    Dcf__V1__Material *m = new_material(&w->arena);
    m->href = TEXT("https://materials.example/1");
    m->lane = TEXT(bad ? "" : "redacted");
    e->case_submission->documents = one(w, m);
    e->case_submission->n_documents = 1;
    return e;
}

static Dcf__V1__Envelope *lane_of_material(world *w, bool bad)
{
    Dcf__V1__Envelope *e = notice(w, bad ? "" : "redacted");
    e->material_notice->materials[0]->file_name = TEXT("MG11.pdf");
    return e;
}

static Dcf__V1__Envelope *cleared(world *w, bool bad) /* cps-se is not cleared in this world */
{
    return notice(w, bad ? "unredacted" : "redacted");
}

static Dcf__V1__Envelope *redacted(world *w, const char *tool, const char *method)
{
    Dcf__V1__Envelope *e = notice(w, "redacted");
    Dcf__V1__RedactionManifest *r = new_redaction_manifest(&w->arena);
    Dcf__V1__Redaction *item = new_redaction(&w->arena);
    e->material_notice->materials[0]->redaction = r;
    r->tool = dcf_arena_strdup(&w->arena, tool);
    r->tool_version = TEXT("1.0");
    r->profile = TEXT("disclosure");
    r->sha256_before = r->sha256_after = TEXT("00");
    item->type = TEXT("5");
    item->method = dcf_arena_strdup(&w->arena, method);
    item->model_id = TEXT("names-2026");
    item->confidence = TEXT("0.97");
    item->human_confirmed = true;
    r->redactions = one(w, item);
    r->n_redactions = 1;
    return e;
}

/* A list of faults has an end; what stops a message is in it all the same. */
static void many_warnings_do_not_hide_what_stops_a_message(void)
{
    world w;
    enum { MANY = 100 };
    Dcf__V1__Material *many[MANY];
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    Dcf__V1__Envelope *e = redacted(&w, "manual", "manual");
    for (int i = 0; i < MANY; i++) {
        many[i] = redacted(&w, "manual", "manual")->material_notice->materials[0];
        many[i]->redaction->profile = TEXT(""); /* a warning each */
    }
    many[MANY - 1]->redaction->tool = TEXT("marker-pen");
    e->material_notice->materials = many;
    e->material_notice->n_materials = MANY;
    seal(&w, e);
    give(&w, e);
    CU_ASSERT_PTR_NOT_NULL_FATAL(held(&w));
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4032");
    close_world(&w);
}

static Dcf__V1__Envelope *tool(world *w, bool bad)
{
    return redacted(w, bad ? "marker-pen" : "manual", "manual");
}

static Dcf__V1__Envelope *model(world *w, bool bad)
{
    Dcf__V1__Envelope *e = redacted(w, "example-redactor-ai", "ai");
    if (bad)
        e->material_notice->materials[0]->redaction->redactions[0]->model_id = TEXT("names-2020");
    return e;
}

static Dcf__V1__Envelope *manifest(world *w, bool bad)
{
    Dcf__V1__Envelope *e = redacted(w, "manual", "manual");
    if (bad) e->material_notice->materials[0]->redaction->redactions[0]->type = TEXT("19");
    return e;
}

static Dcf__V1__Envelope *machine(world *w, bool bad)
{
    Dcf__V1__Envelope *e = redacted(w, "example-redactor-ai", "ai");
    if (bad) e->material_notice->materials[0]->redaction->redactions[0]->confidence = TEXT("");
    return e;
}

static Dcf__V1__Envelope *onward(world *w, bool bad)
{
    Dcf__V1__Envelope *e = redacted(w, "example-redactor-ai", "ai");
    e->material_notice->materials[0]->onward = one(w, TEXT("defence"));
    e->material_notice->materials[0]->n_onward = 1;
    if (bad) e->material_notice->materials[0]->redaction->redactions[0]->human_confirmed = false;
    return e;
}

/* "AI" is no less AI than "ai", and the Crown's expert no less beyond the receiver. */
static Dcf__V1__Envelope *onward_otherwise(world *w, bool bad)
{
    Dcf__V1__Envelope *e = onward(w, bad);
    e->material_notice->materials[0]->redaction->redactions[0]->method = TEXT("AI");
    e->material_notice->materials[0]->onward = one(w, TEXT("expert"));
    return e;
}

static Dcf__V1__Envelope *model_unnamed(world *w, bool bad)
{
    Dcf__V1__Envelope *e = redacted(w, "example-redactor-ai", bad ? "Ai" : "automatic");
    e->material_notice->materials[0]->redaction->redactions[0]->model_id = TEXT("");
    return e;
}

/* A second statement may be asked for; a second police report may not. */
static Dcf__V1__Envelope *plan_once(world *w, bool bad)
{
    Dcf__V1__Envelope *first = file_of(w, PRE);
    Dcf__V1__Material *m = new_material(&w->arena);
    first->message_id = TEXT("m2");
    m->document_type = TEXT(bad ? "MG5" : "MG11");
    first->case_submission->documents = one(w, m);
    first->case_submission->n_documents = 1;
    seal(w, first);
    give(w, first);
    Dcf__V1__Envelope *e = whole_plan(w, "P9");
    e->action_plan->items[0]->document_type = m->document_type;
    return e;
}

static Dcf__V1__Envelope *decision_name(world *w, bool bad)
{
    Dcf__V1__Envelope *e = decision(w, "d9", DCF__V1__DECISION_CODE__DECISION_CODE_A, true);
    if (bad) e->charging_decision->prosecutor->name->family_name = TEXT("");
    return e;
}

static Dcf__V1__Envelope *decision_reach(world *w, bool bad)
{
    return decision(w, "d9", DCF__V1__DECISION_CODE__DECISION_CODE_A, !bad);
}

static Dcf__V1__Envelope *decision_reason(world *w, bool bad)
{
    Dcf__V1__Envelope *e = decision(w, "d9", DCF__V1__DECISION_CODE__DECISION_CODE_K, true);
    if (!bad) e->charging_decision->suspects[0]->reason = TEXT("insufficient evidence");
    return e;
}

static Dcf__V1__Offence *theft(world *w, const char *code, const char *day)
{
    Dcf__V1__Offence *o = new_offence(&w->arena);
    o->code = dcf_arena_strdup(&w->arena, code);
    o->start_date = dcf_arena_strdup(&w->arena, day);
    return o;
}

static Dcf__V1__Envelope *charge(world *w, const char *code, const char *day)
{
    Dcf__V1__Envelope *d = decision(w, "d1", DCF__V1__DECISION_CODE__DECISION_CODE_A, true);
    d->charging_decision->suspects[0]->suspect_id = TEXT("S1");
    d->charging_decision->suspects[0]->authorised_charges =
        one(w, theft(w, "TH68010", "2026-09-01"));
    d->charging_decision->suspects[0]->n_authorised_charges = 1;
    give(w, d);
    Dcf__V1__Envelope *e = from(w, "force-45", "spi-45", "c9", KEY);
    Dcf__V1__Defendant *suspect = new_defendant(&w->arena);
    suspect->source_id = TEXT("S1");
    suspect->offences = one(w, theft(w, code, day));
    suspect->n_offences = 1;
    e->body_case = DCF__V1__ENVELOPE__BODY_CHARGE_NOTIFICATION;
    e->charge_notification = new_charge_notification(&w->arena);
    e->charge_notification->defendants = one(w, suspect);
    e->charge_notification->n_defendants = 1;
    return e;
}

static Dcf__V1__Envelope *charge_code(world *w, bool bad)
{
    return charge(w, bad ? "CD71039" : "TH68010", "2026-09-01");
}

static Dcf__V1__Envelope *charge_day(world *w, bool bad)
{
    return charge(w, "TH68010", bad ? "2026-09-02" : "2026-09-01");
}

static Dcf__V1__Envelope *contact(world *w)
{
    Dcf__V1__Envelope *e = from(w, "force-45", "spi-45", "q9", KEY);
    Dcf__V1__ContactRequest *r = e->contact_request = new_contact_request(&w->arena);
    e->body_case = DCF__V1__ENVELOPE__BODY_CONTACT_REQUEST;
    r->question = TEXT("is the file to be split");
    r->requester = new_worker(&w->arena);
    r->requester->name = new_person_name(&w->arena);
    r->requester->name->family_name = TEXT("Adeyemi");
    r->reply_by = TEXT("2026-09-25T12:00:00Z");
    return e;
}

static Dcf__V1__Envelope *contact_ask(world *w, bool bad)
{
    Dcf__V1__Envelope *e = contact(w);
    if (bad) e->contact_request->reply_by = TEXT("");
    return e;
}

static Dcf__V1__Envelope *contact_note(world *w, bool bad)
{
    Dcf__V1__Envelope *e = contact(w);
    e->contact_request->outcome = TEXT("agreed by telephone");
    if (!bad) e->contact_request->outcome_at = TEXT("2026-09-21T10:00:00Z");
    return e;
}

static Dcf__V1__Envelope *session(world *w, bool bad)
{
    Dcf__V1__Envelope *e = from(w, "cps-se", "cms-se", "e9", KEY);
    Dcf__V1__EarlyAdviceSession *s = e->early_advice_session = new_early_advice_session(&w->arena);
    e->body_case = DCF__V1__ENVELOPE__BODY_EARLY_ADVICE_SESSION;
    s->session_date = TEXT("2026-09-20");
    s->advice = TEXT("obtain the telephone records");
    s->attendees = one(w, new_worker(&w->arena));
    s->n_attendees = bad ? 0 : 1;
    return e;
}

static Dcf__V1__Envelope *merge_of(world *w, const char *urn)
{
    Dcf__V1__Envelope *e = from(w, "cps-se", "cms-se", "s9", KEY);
    e->body_case = DCF__V1__ENVELOPE__BODY_SPLIT_MERGE;
    e->split_merge = new_split_merge(&w->arena);
    e->split_merge->kind = TEXT("merge");
    e->split_merge->merged_urns = one(w, dcf_arena_strdup(&w->arena, urn));
    e->split_merge->n_merged_urns = 1;
    return e;
}

static Dcf__V1__Envelope *merge_kind(world *w, bool bad)
{
    Dcf__V1__Envelope *e = merge_of(w, "45AA0100126");
    if (bad) e->split_merge->kind = TEXT("mergedInto");
    return e;
}

static Dcf__V1__Envelope *merge_force(world *w, bool bad)
{
    return merge_of(w, bad ? "46AA0100126" : "45AA0100126");
}

static Dcf__V1__Envelope *merge_itself(world *w, bool bad)
{
    return merge_of(w, bad ? KEY "/2" : "45AA0100126");
}

/* --- the walk --------------------------------------------------------------------------------- */

static const struct {
    const char *policy;
    Dcf__V1__Envelope *(*make)(world *w, bool bad);
    const char *field; /* where the breach is told */
} rows[] = {
    {"gatekeeper approval of a pre-charge file", pre_charge, ""},
    {"gatekeeper approval of a charged file", charged, ""},
    {"approval says who approved", ranked, "gatekeeper.approver"},
    {"a rejection names whom to contact", rejection_contact, "triager_contact"},
    {"an action plan names whom to contact", plan_contact, "prosecutor.contact"},
    {"the approver is accredited", accredited, "gatekeeper.accreditation"},
    {"the approver's training has not run out", trained, ""},
    {"a rejection has an enumerated reason", rejection_reason, "reasons.code"},
    {"an action plan asks for something", plan_items, "items"},
    {"each request says what, why, of which kind and by when", plan_why, "items[0].rationale"},
    {"necessity is one of the agreed codes", plan_necessity, "items[0].step_code"},
    {"what is asked for was not answered before", plan_again, "items[0]"},
    {"what is asked for was not provided already", plan_provided, "items[0]"},
    {"what is asked for was not provided already", plan_once, "items[0]"},
    {"a lane is unredacted or redacted", lane, "materials[0].lane"},
    {"a document of a file says its lane", lane_of_document, "documents[0].lane"},
    {"material says its lane", lane_of_material, "materials[0].lane"},
    {"unredacted material goes to cleared parties only", cleared, "materials[0].lane"},
    {"a redaction tool is on the register", tool, "materials[0].redaction.tool"},
    {"a redaction tool is on the register", model, "materials[0].redaction.tool"},
    {"a redaction tool is on the register", model_unnamed, "materials[0].redaction.tool"},
    {"a manifest says what became of which bytes", manifest,
     "materials[0].redaction.redactions[0].type"},
    {"what a machine redacted says which machine", machine,
     "materials[0].redaction.redactions[0].confidence"},
    {"unconfirmed AI redaction does not reach defence or court", onward,
     "materials[0].redaction.redactions[0].human_confirmed"},
    {"unconfirmed AI redaction does not reach defence or court", onward_otherwise,
     "materials[0].redaction.redactions[0].human_confirmed"},
    {"a decision names its prosecutor", decision_name, "prosecutor.name.family_name"},
    {"a decision says how to reach its prosecutor", decision_reach, "prosecutor.contact"},
    {"a decision that needs a reason has one", decision_reason, "suspects[0]"},
    {"only what was authorised is charged", charge_code, "defendants[0].offences[0].code"},
    {"only what was authorised is charged", charge_day, "defendants[0].offences[0].code"},
    {"a contact request can be answered", contact_ask, "reply_by"},
    {"the outcome of a conversation is dated", contact_note, "outcome_at"},
    {"an early advice session is recorded whole", session, "attendees"},
    {"a notice says that cases part or go into one", merge_kind, "kind"},
    {"a merge takes in cases of the same force", merge_force, "merged_urns[0]"},
    {"a merge takes in cases of the same force", merge_itself, "merged_urns[0]"},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static const dcf_policy *policy_of(const dcf_policy_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->items[i].name, name) == 0) return &set->items[i];
    return NULL;
}

/* Whether the outcome tells this policy's breach; its field in ret_field. */
static bool is_told(const world *w, const dcf_policy *p, const char **ret_field)
{
    const Dcf__V1__Held *h = held(w);
    const Dcf__V1__Envelope *d = delivery(w, 0);
    Dcf__V1__Fault **faults = h ? h->faults : d ? d->warnings : NULL;
    size_t n = h ? h->n_faults : d ? d->n_warnings : 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(faults[i]->detail, p->text) != 0) continue;
        CU_ASSERT_STRING_EQUAL(faults[i]->code, dcf_fault_row_of(p->fault)->id);
        *ret_field = faults[i]->field;
        return true;
    }
    return false;
}

static void walk(const dcf_policy *p, size_t row, bool bad)
{
    world w;
    const char *field = "";
    open_world(&w, "", NULL);
    Dcf__V1__Envelope *first = submission(&w, "m1", PRE);
    Dcf__V1__Material *mg5 = new_material(&w.arena);
    mg5->document_type = TEXT("MG5");
    first->case_submission->documents = one(&w, mg5);
    first->case_submission->n_documents = 1;
    give(&w, first);
    Dcf__V1__Envelope *e = rows[row].make(&w, bad);
    seal(&w, e);
    give(&w, e);
    bool told = is_told(&w, p, &field), stopped = held(&w) != NULL;
    if (told != bad) fprintf(stderr, "\n  %s (row %zu, %s): %s\n", p->name, row, field, said(&w));
    CU_ASSERT_EQUAL(told, bad);
    if (stopped != (bad && p->severity == DCF_SEVERITY_ERROR))
        fprintf(stderr, "\n  %s (row %zu): %s\n", p->name, row, said(&w));
    CU_ASSERT_EQUAL(stopped, bad && p->severity == DCF_SEVERITY_ERROR);
    if (bad) CU_ASSERT_STRING_EQUAL(field, rows[row].field);
    close_world(&w);
}

static void every_policy_lets_pass_what_keeps_it_and_tells_what_breaks_it(void)
{
    dcf_policy_set *set = NULL;
    bool walked[DCF_POLICIES_MAX] = {0};
    CU_ASSERT_FATAL(dcf_ok(dcf_policies_load("config/policies.yaml", &set, NULL)));
    for (size_t i = 0; i < ROWS; i++) {
        const dcf_policy *p = policy_of(set, rows[i].policy);
        if (!p) fprintf(stderr, "\n  no policy %s\n", rows[i].policy);
        CU_ASSERT_FATAL(p != NULL);
        walked[p - set->items] = true;
        walk(p, i, false);
        walk(p, i, true);
    }
    for (size_t i = 0; i < set->count; i++) {
        if (!walked[i]) fprintf(stderr, "\n  nobody walks %s\n", set->items[i].name);
        CU_ASSERT(walked[i]);
    }
    dcf_policies_free(set);
}

static void a_cleared_party_gets_unredacted_material(void)
{
    world w;
    const char *field;
    dcf_policy_set *set = NULL;
    CU_ASSERT_FATAL(dcf_ok(dcf_policies_load("config/policies.yaml", &set, NULL)));
    open_world(&w, "", NULL);
    give(&w, submission(&w, "m1", PRE));
    Dcf__V1__Envelope *e = from(&w, "cps-se", "cms-se", "n1", KEY); /* the force is cleared here */
    e->body_case = DCF__V1__ENVELOPE__BODY_MATERIAL_NOTICE;
    e->material_notice = notice(&w, "unredacted")->material_notice;
    seal(&w, e);
    give(&w, e);
    CU_ASSERT_FALSE(
        is_told(&w, policy_of(set, "unredacted material goes to cleared parties only"), &field));
    CU_ASSERT_PTR_NULL(held(&w));
    dcf_policies_free(set);
    close_world(&w);
}

#define TESTS(X)                                                                                   \
    X(every_policy_lets_pass_what_keeps_it_and_tells_what_breaks_it)                               \
    X(a_cleared_party_gets_unredacted_material)                                                    \
    X(many_warnings_do_not_hide_what_stops_a_message)
UNIT_MAIN("policy", TESTS)
