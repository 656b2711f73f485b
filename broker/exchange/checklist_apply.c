/*
 * checklist_apply.c - the checklist where a submission is judged, and its result beside the human
 * triage (operational triage assurance).
 */
#include "exchange/run.h"
#include "model/envelope.h"

#include <string.h>

/* --- a submission ------------------------------------------------------------------------- */

static const struct {
    const char *severity;
    dcf_fault_code fault;
} faults[] = {{"reject", DCF_FAULT_CHECKLIST_REJECT},
              {"hold", DCF_FAULT_CHECKLIST_HOLD},
              {"warn", DCF_FAULT_CHECKLIST_WARN}};

static void add_fault(dcf_subject *s, const dcf_checklist *c, const Dcf__V1__Finding *f)
{
    const dcf_check_rule *rule = dcf_check_rule_of(c, f->rule);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        if (strcmp(faults[i].severity, f->severity) == 0)
            dcf_faults_add(&s->faults, faults[i].fault, 0, 0, "", "", "%s %s: %s", rule->code,
                           rule->title, rule->officer);
}

static dcf_status run_one(const dcf_run *run, dcf_subject *s, const dcf_checklist *c)
{
    const dcf_facts facts = {dcf_envelope_body(s->envelope), run->state, run->now_ms};
    Dcf__V1__CheckResult *r;
    DCF_TRY(dcf_checklist_run(c, &facts, run->arena, &r));
    r->about_message_id = s->envelope->message_id;
    s->checks[s->n_checks++] = r;
    for (size_t i = 0; r->decides && i < r->n_findings; i++) add_fault(s, c, r->findings[i]);
    return DCF_OK;
}

dcf_status dcf_checklist_judge(const dcf_run *run, dcf_subject *s)
{
    const dcf_checklists *set = run->x->checklists;
    s->n_checks = 0; /* what waited is judged again when it goes on */
    if (!set || s->envelope->body_case != DCF__V1__ENVELOPE__BODY_CASE_SUBMISSION) return DCF_OK;
    s->checks = dcf_arena_alloc(run->arena, set->count * sizeof(Dcf__V1__CheckResult *));
    if (!s->checks) return DCF_ERR(NOMEM);
    const dcf_checklist *in_force = dcf_checklist_at(set, dcf_day_at(run->now_ms));
    if (in_force) DCF_TRY(run_one(run, s, in_force));
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i]->draft) DCF_TRY(run_one(run, s, set->items[i]));
    return DCF_OK;
}

/* --- a triage outcome ------------------------------------------------------------------------ */

static const Dcf__V1__CheckResult *own_result(const Dcf__V1__CaseState *state)
{
    for (size_t i = 0; i < state->n_checks; i++)
        if (state->checks[i]->decides) return state->checks[i];
    return NULL;
}

static bool given(const Dcf__V1__TriageOutcome *t, const char *reason)
{
    for (size_t i = 0; i < t->n_reasons; i++)
        if (strcmp(t->reasons[i]->code, reason) == 0) return true;
    return false;
}

static bool found(const Dcf__V1__CheckResult *r, const char *reason)
{
    for (size_t i = 0; i < r->n_findings; i++)
        if (strcmp(r->findings[i]->reason, reason) == 0 &&
            strcmp(r->findings[i]->severity, "notify") != 0)
            return true;
    return false;
}

static bool is_reason(const dcf_checklist *c, const char *code)
{
    for (size_t i = 0; c && i < c->rule_count; i++)
        if (strcmp(c->rules[i].reason, code) == 0 && *code) return true;
    return false;
}

static void add_once(char **list, size_t *n, const char *text)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(list[i], text) == 0) return;
    list[(*n)++] = (char *)text;
}

/* Every reason of either side, into the list it belongs to. */
static void sort_reasons(const dcf_checklist *c, const Dcf__V1__CheckResult *r,
                         const Dcf__V1__TriageOutcome *t, Dcf__V1__Assurance *to)
{
    for (size_t i = 0; i < t->n_reasons; i++) {
        const char *code = t->reasons[i]->code;
        if (!is_reason(c, code))
            add_once(to->unknown_reasons, &to->n_unknown_reasons, *code ? "?" : "none");
        else if (found(r, code))
            add_once(to->agreed_reasons, &to->n_agreed_reasons, code);
        else
            add_once(to->human_only, &to->n_human_only, code);
    }
    for (size_t i = 0; i < r->n_findings; i++) {
        const char *reason = r->findings[i]->reason;
        if (*reason && found(r, reason) && !given(t, reason))
            add_once(to->own_only, &to->n_own_only, reason);
    }
}

static dcf_status make_lists(dcf_arena *arena, size_t most, Dcf__V1__Assurance *to)
{
    char ***lists[] = {&to->agreed_reasons, &to->human_only, &to->own_only, &to->unknown_reasons};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (!(*lists[i] = dcf_arena_alloc(arena, (most + 1) * sizeof(char *))))
            return DCF_ERR(NOMEM);
    return DCF_OK;
}

/* A priority file that is taken although it falls short is marked so: that is no acceptance of it.
 */
static bool was_accepted(const Dcf__V1__TriageOutcome *t)
{
    return strcmp(t->outcome, "accepted") == 0 && strcmp(t->file_standard, "nonCompliant") != 0;
}

dcf_status dcf_checklist_assure(const dcf_run *run, const dcf_subject *s, Dcf__V1__AuditEvent *a)
{
    const Dcf__V1__CheckResult *r = own_result(run->state);
    if (!r || s->envelope->body_case != DCF__V1__ENVELOPE__BODY_TRIAGE_OUTCOME) return DCF_OK;
    const Dcf__V1__TriageOutcome *t = s->envelope->triage_outcome;
    Dcf__V1__Assurance *to = dcf_arena_alloc(run->arena, sizeof *to);
    if (!to) return DCF_ERR(NOMEM);
    dcf__v1__assurance__init(to);
    DCF_TRY(make_lists(run->arena, t->n_reasons + r->n_findings, to));
    const dcf_checklist *c =
        run->x->checklists ? dcf_checklist_named(run->x->checklists, r->profile) : NULL;
    sort_reasons(c, r, t, to);
    bool meets = to->n_agreed_reasons + to->n_own_only == 0, accepted = was_accepted(t);
    to->profile = r->profile;
    to->version = r->version;
    to->about_message_id = r->about_message_id;
    to->outcome = (char *)(accepted ? "accepted" : "rejected");
    to->result = (char *)(meets ? "meets" : "falls_short");
    to->agreement = (char *)(accepted == meets ? "agree"
                             : accepted        ? "false_accept"
                                               : "false_reject");
    a->assurance = to;
    return DCF_OK;
}
