/* apply.c - one submitted message from its arrival to its outcome. */
#include "exchange/run.h"
#include "model/envelope.h"

#include <string.h>

void dcf_subject_init(dcf_run *run, const Dcf__V1__Envelope *envelope, dcf_subject *ret)
{
    *ret = (dcf_subject){.envelope = envelope,
                         .rule = dcf_lifecycle_rule_of(run->x->lifecycle, envelope),
                         .test = envelope->test,
                         .force = "",
                         .area = ""};
    dcf_faults_init(&ret->faults, run->arena, DCF_EXCHANGE_FAULTS_MAX);
}

/* Where the message finds its case, or the part of it that it names. */
static unsigned state_for(const dcf_run *run, const Dcf__V1__Envelope *e)
{
    return dcf_lifecycle_state(run->x->lifecycle, dcf_stands(run, e));
}

static bool is_open(const dcf_run *run)
{
    return dcf_lifecycle_state(run->x->lifecycle, run->state->state) != run->x->lifecycle->initial;
}

/* The case takes it: mark, effect, state, and everything that goes out for it. */
static dcf_status take(dcf_run *run, dcf_subject *s)
{
    const dcf_lifecycle *l = run->x->lifecycle;
    Dcf__V1__CaseState *state = run->state;
    const char *before = state->state;
    unsigned from = state_for(run, s->envelope);
    run->changed = true;
    DCF_TRY(dcf_seen_mark(run, s->envelope));
    DCF_TRY(dcf_effect(run, s));
    if (s->n_checks) {
        state->checks = s->checks;
        state->n_checks = s->n_checks;
    }
    const dcf_facts facts = {dcf_envelope_body(s->envelope), state, run->now_ms};
    DCF_TRY(dcf_stand(run, s->envelope, l->states[dcf_lifecycle_next(s->rule, from, &facts)]));
    DCF_TRY(dcf_clocks_turn(run, s));
    state->version++;
    state->updated_at_ms = run->now_ms;
    state->rules_version = run->x->rules->version;
    DCF_TRY(dcf_out_audit(run, s, DCF__V1__AUDIT_KIND__AUDIT_KIND_APPLIED, before));
    if (s->to) DCF_TRY(dcf_out_deliver(run, s));
    DCF_TRY(dcf_out_receipt(run, s, DCF__V1__RECEIPT_KIND__RECEIPT_KIND_ACCEPTED));
    return dcf_clocks_tell(run);
}

/* A message that waited and is held now is not taken: sent again it is judged anew. */
static dcf_status hold(dcf_run *run, const dcf_subject *s)
{
    DCF_TRY(dcf_seen_forget(run, s->envelope->message_id));
    return dcf_out_held(run, s);
}

static bool in_time(const dcf_run *run, const Dcf__V1__Envelope *e)
{
    return !e->expires_at_ms || e->expires_at_ms > run->now_ms;
}

/* A case that went into another takes nothing more but word of what it sent before. */
static bool is_gone(const dcf_run *run, const dcf_subject *s)
{
    return run->state->merged_into[0] && s->rule->type->id != DCF__V1__ENVELOPE__BODY_RECEIPT;
}

/* Judges a message of this case: takes it, lets it wait for its case, or holds it. */
static dcf_status consider(dcf_run *run, dcf_subject *s)
{
    const dcf_lifecycle *l = run->x->lifecycle;
    unsigned state = state_for(run, s->envelope);
    bool allowed = state < l->state_count && (s->rule->in >> state & 1U);
    if (!in_time(run, s->envelope))
        dcf_subject_fault(s, DCF_FAULT_EXPIRED, "expires_at_ms", "its time to live is over");
    else if (is_gone(run, s))
        dcf_subject_fault(s, DCF_FAULT_MERGED_AWAY, "urn", run->state->merged_into);
    else if (!allowed && state == l->initial && s->rule->waits)
        return dcf_wait_for_case(run, s);
    else if (!allowed)
        dcf_subject_fault(s, DCF_FAULT_NOT_NOW, "", run->state->state);
    dcf_route(run, s);
    dcf_policies(run, s);
    DCF_TRY(dcf_checklist_judge(run, s));
    return dcf_subject_error(s) ? hold(run, s) : take(run, s);
}

dcf_status dcf_release(dcf_run *run)
{
    size_t count = run->state->n_waiting;
    Dcf__V1__Held **waiting = run->state->waiting;
    run->state->waiting = NULL;
    run->state->n_waiting = 0;
    for (size_t i = 0; i < count; i++) {
        dcf_subject s;
        dcf_subject_init(run, waiting[i]->envelope, &s);
        dcf_admit(run, &s);
        DCF_TRY(dcf_out_audit(run, &s, DCF__V1__AUDIT_KIND__AUDIT_KIND_RELEASED, NULL));
        DCF_TRY(s.outside ? hold(run, &s) : consider(run, &s));
    }
    return DCF_OK;
}

static dcf_status submit(dcf_run *run, dcf_subject *s)
{
    const Dcf__V1__Envelope *e = s->envelope;
    const char *party = e->source ? e->source->party : "";
    if (e->body_case == DCF__V1__ENVELOPE__BODY_RECEIPT && strcmp(party, DCF_BROKER_PARTY) == 0)
        return dcf_take_delivery_receipt(run, s);
    if (e->body_case == DCF__V1__ENVELOPE__BODY_SPLIT_MERGE && strcmp(party, DCF_BROKER_PARTY) == 0)
        return dcf_take_merged_into(run, s);
    DCF_TRY(dcf_out_audit(run, s, DCF__V1__AUDIT_KIND__AUDIT_KIND_RECEIVED, NULL));
    return dcf_judge(run, s);
}

dcf_status dcf_judge(dcf_run *run, dcf_subject *s)
{
    const Dcf__V1__Envelope *e = s->envelope;
    dcf_admit(run, s);
    if (s->outside) return dcf_out_held(run, s);
    switch (dcf_seen_check(run, e)) {
    case DCF_SEEN_SAME:
        return dcf_out_audit(run, s, DCF__V1__AUDIT_KIND__AUDIT_KIND_DUPLICATE, NULL);
    case DCF_SEEN_OTHER:
        dcf_subject_fault(s, DCF_FAULT_CONFLICT, "message_id",
                          "another content came under this id before");
        return dcf_out_held(run, s);
    case DCF_SEEN_NOT:
        break;
    }
    bool was_open = is_open(run);
    DCF_TRY(consider(run, s));
    return !was_open && is_open(run) ? dcf_release(run) : DCF_OK;
}

/* A document that never became a message: the case, if it has one, is not touched. */
static dcf_status refuse(dcf_run *run, dcf_subject *s)
{
    Dcf__V1__Held *h;
    Dcf__V1__AuditEvent *a;
    s->outside = true;
    s->sender = dcf_party_by_name(run->x->config.parties,
                                  s->envelope->source ? s->envelope->source->party : "");
    DCF_TRY(dcf_held_new(run, s, 0, &h));
    DCF_TRY(dcf_out_add(run, (dcf_output){.kind = DCF_OUTPUT_HELD, .held = h}));
    DCF_TRY(dcf_audit_new(run, s->envelope, DCF__V1__AUDIT_KIND__AUDIT_KIND_REFUSED, &a));
    dcf_audit_arrival(run, s->envelope, a);
    a->reason = h->reason;
    a->faults = h->faults;
    a->n_faults = h->n_faults;
    return dcf_out_receipt(run, s, DCF__V1__RECEIPT_KIND__RECEIPT_KIND_REJECTED);
}

static dcf_status start(const dcf_exchange *x, const Dcf__V1__CaseState *state,
                        const char *case_key, int64_t now_ms, dcf_arena *arena, dcf_run *ret)
{
    *ret = (dcf_run){
        .x = x, .arena = arena, .now_ms = now_ms, .input = (char *)"", .existed = state != NULL};
    ret->state = dcf_arena_alloc(arena, sizeof *ret->state);
    if (!ret->state) return DCF_ERR(NOMEM);
    if (state) {
        *ret->state = *state;
        ret->urgent = x->clocks && dcf_clocks_urgent(x->clocks, state, now_ms);
        return DCF_OK;
    }
    dcf__v1__case_state__init(ret->state);
    ret->state->case_key = (char *)case_key;
    ret->state->state = (char *)x->lifecycle->states[x->lifecycle->initial];
    return DCF_OK;
}

int64_t dcf_exchange_next_tick(const Dcf__V1__CaseState *state)
{
    const int64_t all[] = {dcf_wait_next_ms(state), dcf_expect_next_ms(state),
                           dcf_clock_next_ms(state)};
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i] < next) next = all[i];
    return next;
}

static void finish(const dcf_run *run, dcf_outcome *ret)
{
    *ret = (dcf_outcome){.state = run->changed ? run->state : NULL,
                         .outputs = run->outputs,
                         .count = run->count,
                         .next_tick_ms = dcf_exchange_next_tick(run->state)};
}

dcf_status dcf_exchange_apply(const dcf_exchange *x, const Dcf__V1__CaseState *state,
                              const Dcf__V1__Envelope *envelope, int64_t now_ms, dcf_arena *arena,
                              dcf_outcome *ret)
{
    dcf_run run;
    dcf_subject s;
    DCF_TRY(start(x, state, envelope->case_key, now_ms, arena, &run));
    run.input = envelope->message_id;
    dcf_subject_init(&run, envelope, &s);
    if (envelope->held_action)
        DCF_TRY(dcf_take_action(&run, envelope));
    else if (envelope->body_case == DCF__V1__ENVELOPE__BODY_REFUSAL)
        DCF_TRY(refuse(&run, &s));
    else
        DCF_TRY(submit(&run, &s));
    finish(&run, ret);
    return DCF_OK;
}

dcf_status dcf_exchange_tick(const dcf_exchange *x, const Dcf__V1__CaseState *state, int64_t now_ms,
                             dcf_arena *arena, dcf_outcome *ret)
{
    dcf_run run;
    DCF_TRY(start(x, state, state->case_key, now_ms, arena, &run));
    DCF_TRY(dcf_wait_expire(&run));
    DCF_TRY(dcf_expect_tick(&run));
    DCF_TRY(dcf_clocks_tick(&run));
    finish(&run, ret);
    return DCF_OK;
}
