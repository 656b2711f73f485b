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

/* "pace_detention ends 2026-11-21T18:00:00.000Z": no value of the case but the time. */
static dcf_status alert_fault(dcf_run *run, const dcf_clock_alert *alert, Dcf__V1__AuditEvent *a)
{
    const dcf_fault_row *row =
        dcf_fault_row_of(alert->missed ? DCF_FAULT_DEADLINE_MISSED : DCF_FAULT_DEADLINE_NEAR);
    const Dcf__V1__Clock *k = alert->clock;
    char at[DCF_TIME_TEXT_SIZE];
    Dcf__V1__Fault *f = dcf_arena_alloc(run->arena, sizeof *f);
    a->faults = dcf_arena_alloc(run->arena, sizeof(Dcf__V1__Fault *));
    if (!f || !a->faults) return DCF_ERR(NOMEM);
    dcf__v1__fault__init(f);
    f->code = (char *)row->id;
    f->severity = (char *)"warn";
    f->remedy = (char *)row->remedy;
    f->detail =
        dcf_arena_printf(run->arena, "%s %s %s%s", k->clock, alert->missed ? "ended" : "ends",
                         dcf_time_format(k->deadline_ms, at),
                         k->uncertain ? ", bank holidays not known (DCF-4122)" : "");
    if (!f->detail) return DCF_ERR(NOMEM);
    a->faults[a->n_faults++] = f;
    a->reason = f->code;
    return DCF_OK;
}

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
    a->force = run->state->force;
    a->area = run->state->area;
    a->clocks = dcf_arena_alloc(run->arena, sizeof(Dcf__V1__Clock *));
    if (!a->clocks) return DCF_ERR(NOMEM);
    a->clocks[a->n_clocks++] = (Dcf__V1__Clock *)alert->clock;
    return alert_fault(run, alert, a);
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
