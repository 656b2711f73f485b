/* test_assurance.c - the checklist on the way of a case: what stops, what travels, and how the
 * human triage compares. */
#include "fixture.h"

#define PRE DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE

BUILDER(material, Dcf__V1__Material)
BUILDER(section, Dcf__V1__Section)
BUILDER(person, Dcf__V1__Person)

static void open_checked(world *w)
{
    open_world(w, "", &(dcf_exchange_config){.checklists = "config/checklists"});
}

/* What a full code file needs so as not to be refused, but for the forms left out; "MG11,MG15". */
static Dcf__V1__Envelope *file(world *w, const char *id, const char *without)
{
    static const char *const forms[] = {"MG3", "MG5", "MG11", "MG12", "MG15", "MG16", "MG6C"};
    Dcf__V1__Envelope *e = submission(w, id, PRE);
    Dcf__V1__CaseSubmission *c = e->case_submission;
    c->documents = dcf_arena_alloc(&w->arena, 10 * sizeof *c->documents);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strstr(without, forms[i])) continue;
        Dcf__V1__Material *m = c->documents[c->n_documents++] = new_material(&w->arena);
        m->document_type = (char *)forms[i];
        m->title =
            (char *)(i == 5 ? "Previous convictions of suspect and victim" : "Custody record");
    }
    c->anticipated_plea = (char *)"notGuilty";
    c->officer_in_case = new_worker(&w->arena);
    c->officer_in_case->name = new_person_name(&w->arena);
    c->officer_in_case->name->family_name = (char *)"Strand";
    c->officer_in_case->contact = new_contact(&w->arena);
    c->officer_in_case->contact->email_1 = (char *)"i.strand@police.example";
    c->approval->comments = dcf_arena_alloc(&w->arena, 6 * sizeof *c->approval->comments);
    for (; c->approval->n_comments < 6; c->approval->n_comments++) {
        c->approval->comments[c->approval->n_comments] = new_section(&w->arena);
        c->approval->comments[c->approval->n_comments]->text = (char *)"considered";
    }
    c->defendants = dcf_arena_alloc(&w->arena, sizeof *c->defendants);
    c->defendants[c->n_defendants++] = new_defendant(&w->arena);
    c->defendants[0]->person = new_person(&w->arena);
    seal(w, e);
    return e;
}

static Dcf__V1__Envelope *triaged(world *w, const char *id, const char *outcome,
                                  const char *const *codes)
{
    Dcf__V1__Envelope *e = triage(w, id, outcome);
    Dcf__V1__TriageOutcome *t = e->triage_outcome;
    t->reasons = dcf_arena_alloc(&w->arena, 8 * sizeof *t->reasons);
    e->triage_outcome->n_reasons = 0;
    for (; *codes; codes++) {
        t->reasons[t->n_reasons] = new_triage_reason(&w->arena);
        t->reasons[t->n_reasons++]->code = (char *)*codes;
    }
    t->police_response_date = (char *)"2026-12-01";
    seal(w, e);
    return e;
}

static const Dcf__V1__AuditEvent *applied(const world *w)
{
    for (size_t i = 0; i < w->out.count; i++)
        if (w->out.outputs[i].kind == DCF_OUTPUT_AUDIT &&
            w->out.outputs[i].audit->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_APPLIED)
            return w->out.outputs[i].audit;
    return NULL;
}

static const char *list(char *const *items, size_t count)
{
    static char text[256];
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "", items[i]);
    return text;
}

static void a_file_that_falls_short_is_refused_with_all_findings_and_the_case_does_not_move(void)
{
    world w;
    open_checked(&w);
    give(&w, file(&w, "m1", "MG11,MG15"));
    SAYS(&w, "received !DCF-4100 refused >force-45:receipt2#0 routed");
    CU_ASSERT_TRUE(!w.state || strcmp(w.state->state, "none") == 0);
    const Dcf__V1__Receipt *r = delivery(&w, 0)->receipt;
    size_t errors = 0;
    for (size_t i = 0; i < r->n_faults; i++) {
        errors += strcmp(r->faults[i]->severity, "error") == 0;
        CU_ASSERT_EQUAL(strncmp(r->faults[i]->code, "DCF-41", 6), 0);
    }
    CU_ASSERT_EQUAL(errors, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(r->faults[0]->detail, "T06 No or missing MG11s: Send the key"));
    CU_ASSERT_PTR_NOT_NULL(strstr(r->faults[1]->detail, "T08"));
    give(&w, file(&w, "m2", ""));
    IN_STATE(&w, "awaiting_triage");
    close_world(&w);
}

static void warnings_travel_with_the_file_and_its_result_with_everything(void)
{
    world w;
    open_checked(&w);
    give(&w, file(&w, "m1", "MG12,MG5"));
    IN_STATE(&w, "awaiting_triage");
    const Dcf__V1__Envelope *e = delivery(&w, 0);
    CU_ASSERT_EQUAL_FATAL(e->n_warnings, 2);
    CU_ASSERT_STRING_EQUAL(e->warnings[0]->code, "DCF-4102");
    CU_ASSERT_EQUAL_FATAL(e->n_checks, 2);
    CU_ASSERT_STRING_EQUAL(e->checks[0]->profile, "dg6");
    CU_ASSERT_TRUE(e->checks[0]->decides);
    CU_ASSERT_STRING_EQUAL(e->checks[0]->findings[0]->rule, "T07");
    CU_ASSERT_STRING_EQUAL(e->checks[1]->profile, "dg7");
    CU_ASSERT_FALSE(e->checks[1]->decides);
    CU_ASSERT_STRING_EQUAL(w.state->checks[0]->about_message_id, "m1");
    CU_ASSERT_EQUAL(applied(&w)->n_checks, 2);
    close_world(&w);
}

static void triage_and_checklist_are_compared_reason_by_reason(void)
{
    static const struct {
        const char *without, *outcome, *codes[4], *agreement, *agreed, *human, *own;
    } rows[] = {
        {"", "accepted", {0}, "agree", "", "", ""},
        {"", "rejected", {"T06"}, "false_reject", "", "T06", ""},
        {"MG12", "accepted", {0}, "false_accept", "", "", "T07"},
        {"MG12", "rejected", {"T07"}, "agree", "T07", "", ""},
        {"MG12", "rejected", {"T07", "T11", "T07"}, "agree", "T07", "T11", ""},
        {"MG12", "rejected", {"T11"}, "agree", "", "T11", "T07"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world w;
        open_checked(&w);
        give(&w, file(&w, "m1", rows[i].without));
        give(&w, triaged(&w, "t1", rows[i].outcome, rows[i].codes));
        CU_ASSERT_PTR_NOT_NULL_FATAL(applied(&w));
        const Dcf__V1__Assurance *a = applied(&w)->assurance;
        CU_ASSERT_PTR_NOT_NULL_FATAL(a);
        CU_ASSERT_STRING_EQUAL(a->agreement, rows[i].agreement);
        CU_ASSERT_STRING_EQUAL(a->outcome, rows[i].outcome);
        CU_ASSERT_STRING_EQUAL(a->about_message_id, "m1");
        CU_ASSERT_STRING_EQUAL(list(a->agreed_reasons, a->n_agreed_reasons), rows[i].agreed);
        CU_ASSERT_STRING_EQUAL(list(a->human_only, a->n_human_only), rows[i].human);
        CU_ASSERT_STRING_EQUAL(list(a->own_only, a->n_own_only), rows[i].own);
        close_world(&w);
    }
}

static void a_priority_file_taken_as_non_compliant_is_no_acceptance_of_it(void)
{
    world w;
    open_checked(&w);
    give(&w, file(&w, "m1", "MG12"));
    Dcf__V1__Envelope *t = triaged(&w, "t1", "accepted", (const char *const[]){"T07", NULL});
    t->triage_outcome->file_standard = (char *)"nonCompliant";
    give(&w, t);
    CU_ASSERT_STRING_EQUAL(applied(&w)->assurance->outcome, "rejected");
    CU_ASSERT_STRING_EQUAL(applied(&w)->assurance->agreement, "agree");
    close_world(&w);
}

static void an_unknown_reason_is_counted_and_not_repeated(void)
{
    world w;
    open_checked(&w);
    give(&w, file(&w, "m1", ""));
    give(&w, triaged(&w, "t1", "rejected", (const char *const[]){"see phone call", "T02", NULL}));
    if (applied(&w)) { /* a policy may hold such an outcome */
        const Dcf__V1__Assurance *a = applied(&w)->assurance;
        CU_ASSERT_STRING_EQUAL(list(a->unknown_reasons, a->n_unknown_reasons), "?");
        CU_ASSERT_STRING_EQUAL(list(a->human_only, a->n_human_only), "T02");
    }
    close_world(&w);
}

#define TESTS(X)                                                                                   \
    X(a_file_that_falls_short_is_refused_with_all_findings_and_the_case_does_not_move)             \
    X(warnings_travel_with_the_file_and_its_result_with_everything)                                \
    X(triage_and_checklist_are_compared_reason_by_reason)                                          \
    X(a_priority_file_taken_as_non_compliant_is_no_acceptance_of_it)                               \
    X(an_unknown_reason_is_counted_and_not_repeated)

UNIT_MAIN("assurance", TESTS)
