/* clock_apply.c - clocks where a case takes a message, and when time passes. */
#include "base/clock.h"
#include "exchange/run.h"
#include "model/envelope.h"

static dcf_status turn(dcf_run *run, const dcf_clock_event *event, dcf_clock_changes *ret)
{
    *ret = (dcf_clock_changes){0};
    if (!run->x->clocks) return DCF_OK;
    DCF_TRY(dcf_clocks_apply(run->x->clocks, run->state, event, run->arena, ret));
    if (!ret->clocks) return DCF_OK;
    run->state->clocks = ret->clocks;
    run->state->n_clocks = ret->count;
    run->changed = true;
    return DCF_OK;
}

dcf_status dcf_clocks_turn(dcf_run *run, const dcf_subject *s)
{
    const dcf_clock_event event = {.envelope = s->envelope,
                                   .sender = s->side,
                                   .state =
                                       dcf_lifecycle_state(run->x->lifecycle, run->state->state),
                                   .now_ms = run->now_ms};
    return turn(run, &event, &run->clocks);
}

/* "pace_detention ends 2026-11-21T18:00:00.000Z": no value of the case but the time. In a list of
 * one. */
static dcf_status alert_faults(dcf_run *run, const dcf_clock_alert *alert, Dcf__V1__Fault ***ret)
{
    const dcf_fault_row *row =
        dcf_fault_row_of(alert->missed ? DCF_FAULT_DEADLINE_MISSED : DCF_FAULT_DEADLINE_NEAR);
    const Dcf__V1__Clock *k = alert->clock;
    char at[DCF_TIME_TEXT_SIZE];
    Dcf__V1__Fault *f = dcf_arena_alloc(run->arena, sizeof *f);
    Dcf__V1__Fault **list = dcf_arena_alloc(run->arena, sizeof(Dcf__V1__Fault *));
    if (!f || !list) return DCF_ERR(NOMEM);
    dcf__v1__fault__init(f);
    f->code = (char *)row->id;
    f->severity = (char *)"warn";
    f->remedy = (char *)row->remedy;
    f->detail =
        dcf_arena_printf(run->arena, "%s %s %s%s", k->clock, alert->missed ? "ended" : "ends",
                         dcf_time_format(k->deadline_ms, at),
                         k->uncertain ? ", bank holidays not known (DCF-4122)" : "");
    if (!f->detail) return DCF_ERR(NOMEM);
    *list = f;
    *ret = list;
    return DCF_OK;
}

/* --- the parties of the case ------------------------------------------------------------------ */

static dcf_status new_receipt(dcf_run *run, const dcf_clock_alert *alert, Dcf__V1__Fault **faults,
                              Dcf__V1__Receipt **ret)
{
    const Dcf__V1__Clock *k = alert->clock;
    const dcf_clock_rule *rule = dcf_clock_rule_of(run->x->clocks, k->clock);
    char at[DCF_TIME_TEXT_SIZE];
    Dcf__V1__Receipt *r = dcf_arena_alloc(run->arena, sizeof *r);
    Dcf__V1__DeadlineNotice *d = dcf_arena_alloc(run->arena, sizeof *d);
    if (!r || !d) return DCF_ERR(NOMEM);
    dcf__v1__receipt__init(r);
    dcf__v1__deadline_notice__init(d);
    d->clock = k->clock;
    d->title = (char *)rule->title;
    d->subject = k->subject;
    d->ends_at = dcf_arena_strdup(run->arena, dcf_time_format(k->deadline_ms, at));
    if (!d->ends_at) return DCF_ERR(NOMEM);
    r->kind = alert->missed ? DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DEADLINE_MISSED
                            : DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DEADLINE_NEAR;
    r->urn = run->state->case_key;
    r->about_message_id = k->start_message_id;
    r->faults = faults;
    r->n_faults = 1;
    r->deadline = d;
    *ret = r;
    return DCF_OK;
}

/* It can be reached, its link takes such messages, and no test reaches a live party. */
static bool can_be_told(const dcf_run *run, const dcf_party *party)
{
    const dcf_link *out = party ? dcf_party_out(party) : NULL;
    bool test = run->state->test;
    return out && out->stage != DCF_STAGE_REGISTERED && !(test && party->live) &&
           (test || out->stage != DCF_STAGE_TEST) && run->state->case_key[0] != DCF_SHADOW_MARK;
}

/* The number of the alert is in the id: each is told once. */
static dcf_status tell_party(dcf_run *run, const Dcf__V1__Envelope *about,
                             const dcf_clock_alert *alert, Dcf__V1__Receipt *r, const char *name)
{
    const Dcf__V1__Clock *k = alert->clock;
    dcf_subject s = {.envelope = about,
                     .to = dcf_party_by_name(run->x->config.parties, name),
                     .test = run->state->test,
                     .force = run->state->force,
                     .area = run->state->area};
    if (!can_be_told(run, s.to)) return DCF_OK;
    const char *what = dcf_arena_printf(run->arena, "deadline/%s%s%s/%u/%s", k->clock,
                                        *k->subject ? "/" : "", k->subject, k->warnings, name);
    if (!what) return DCF_ERR(NOMEM);
    return dcf_out_notice(run, &s, what, r, run->state->force_link);
}

static dcf_status tell_parties(dcf_run *run, const Dcf__V1__Envelope *about,
                               const dcf_clock_alert *alert, Dcf__V1__Fault **faults)
{
    const dcf_clock_rule *rule = dcf_clock_rule_of(run->x->clocks, alert->clock->clock);
    const unsigned what = alert->missed ? DCF_TELL_MISSED : DCF_TELL_WARNING;
    Dcf__V1__Receipt *r;
    DCF_TRY(new_receipt(run, alert, faults, &r));
    if (rule->tell_force & what) DCF_TRY(tell_party(run, about, alert, r, run->state->force_party));
    if (rule->tell_cps & what) DCF_TRY(tell_party(run, about, alert, r, run->state->cps_party));
    return DCF_OK;
}

/* --- all -------------------------------------------------------------------------------------- */

static dcf_status tell(dcf_run *run, const dcf_clock_alert *alert)
{
    Dcf__V1__Envelope about = DCF__V1__ENVELOPE__INIT;
    Dcf__V1__AuditEvent *a;
    about.message_id = alert->clock->start_message_id;
    about.case_key = run->state->case_key;
    about.test = run->state->test;
    DCF_TRY(dcf_audit_new(run, &about,
                          alert->missed ? DCF__V1__AUDIT_KIND__AUDIT_KIND_DEADLINE_MISSED
                                        : DCF__V1__AUDIT_KIND__AUDIT_KIND_DEADLINE_WARNED,
                          &a));
    a->source_party = run->state->force_party;
    a->source_link = run->state->force_link;
    a->clocks = dcf_arena_alloc(run->arena, sizeof(Dcf__V1__Clock *));
    if (!a->clocks) return DCF_ERR(NOMEM);
    a->clocks[a->n_clocks++] = (Dcf__V1__Clock *)alert->clock;
    DCF_TRY(alert_faults(run, alert, &a->faults));
    a->n_faults = 1;
    a->reason = a->faults[0]->code;
    return tell_parties(run, &about, alert, a->faults);
}

dcf_status dcf_clocks_tell(dcf_run *run)
{
    for (size_t i = 0; i < run->clocks.alert_count; i++) DCF_TRY(tell(run, &run->clocks.alerts[i]));
    run->clocks = (dcf_clock_changes){0};
    return DCF_OK;
}

dcf_status dcf_clocks_tick(dcf_run *run)
{
    const dcf_clock_event event = {.now_ms = run->now_ms};
    DCF_TRY(turn(run, &event, &run->clocks));
    return dcf_clocks_tell(run);
}
