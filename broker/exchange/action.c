/* action.c - an operator's word on a held message: it goes again, as it is or put right, or it is
 * over. */
#include "exchange/run.h"
#include "model/envelope.h"

#include <string.h>

enum { LINEAGE_MAX = 100 };

typedef struct action {
    const Dcf__V1__HeldStep *step; /* as it is remembered: with the time */
    const Dcf__V1__Held *held;
    const Dcf__V1__Envelope *was;  /* the held message; never NULL */
    const Dcf__V1__Envelope *goes; /* what goes on instead */
} action;

static dcf_status read_held(dcf_run *run, const Dcf__V1__HeldAction *a, const Dcf__V1__Held **ret)
{
    ProtobufCMessage *m = NULL;
    DCF_TRY(dcf_message_unpack(&dcf__v1__held__descriptor, dcf_span_of(a->held.data, a->held.len),
                               run->arena, &m));
    *ret = (const Dcf__V1__Held *)m;
    return DCF_OK;
}

/* Bytes that never became an envelope have at least an id and a case. */
static dcf_status stand_in(dcf_run *run, const Dcf__V1__Held *held, const Dcf__V1__Envelope **ret)
{
    Dcf__V1__Envelope *e = dcf_arena_alloc(run->arena, sizeof *e);
    if (!e) return DCF_ERR(NOMEM);
    dcf__v1__envelope__init(e);
    e->message_id = held->held_id;
    e->case_key = held->case_key;
    *ret = e;
    return DCF_OK;
}

static dcf_status read_action(dcf_run *run, const Dcf__V1__HeldAction *a, action *ret)
{
    Dcf__V1__HeldStep *step = dcf_arena_alloc(run->arena, sizeof *step);
    if (!step) return DCF_ERR(NOMEM);
    if (!a->step) return DCF_ERR(CORRUPT);
    *step = *a->step;
    step->at_ms = run->now_ms;
    ret->step = step;
    DCF_TRY(read_held(run, a, &ret->held));
    ret->was = ret->goes = ret->held->envelope;
    if (!ret->was) DCF_TRY(stand_in(run, ret->held, &ret->was));
    if (!a->envelope.len) return DCF_OK;
    Dcf__V1__Envelope *e = NULL;
    DCF_TRY(dcf_envelope_unpack(dcf_span_of(a->envelope.data, a->envelope.len), run->arena, &e));
    ret->goes = e;
    return DCF_OK;
}

static dcf_status tell(dcf_run *run, const action *a, Dcf__V1__AuditKind kind)
{
    Dcf__V1__AuditEvent *event;
    DCF_TRY(dcf_audit_new(run, a->was, kind, &event));
    event->reason = a->held->reason;
    event->step = (Dcf__V1__HeldStep *)a->step;
    return DCF_OK;
}

/* --- it is over --------------------------------------------------------------------------- */

static dcf_status stop_waiting(dcf_run *run, const char *message_id)
{
    for (size_t i = 0; i < run->state->n_waiting; i++) {
        if (strcmp(run->state->waiting[i]->held_id, message_id) != 0) continue;
        DCF_TRY(DCF_LIST_REMOVE(run, waiting, i));
        return dcf_seen_forget(run, message_id); /* sent again it is judged anew */
    }
    return DCF_OK;
}

/* Who was told that it is held hears how that ended. */
static dcf_status discard(dcf_run *run, const action *a)
{
    dcf_subject s;
    DCF_TRY(stop_waiting(run, a->held->held_id));
    DCF_TRY(tell(run, a, DCF__V1__AUDIT_KIND__AUDIT_KIND_DISCARDED));
    dcf_subject_init(run, a->was, &s);
    if (!s.rule || strcmp(a->held->stage, DCF_STAGE_EXCHANGE) != 0 ||
        dcf_held_told_rejected(a->held->reason))
        return DCF_OK;
    dcf_admit(run, &s); /* for who is to be told */
    dcf_faults_init(&s.faults, run->arena, DCF_EXCHANGE_FAULTS_MAX);
    dcf_subject_fault(&s, DCF_FAULT_DISCARDED, "", "");
    return dcf_out_receipt(run, &s, DCF__V1__RECEIPT_KIND__RECEIPT_KIND_REJECTED);
}

/* --- it goes again --------------------------------------------------------------------------- */

/* The case took it long ago; only its receiver refused it, or could not be written to. */
static dcf_status deliver_again(dcf_run *run, dcf_subject *s)
{
    const Dcf__V1__Envelope *e = s->envelope;
    s->sender = dcf_party_by_name(run->x->config.parties, e->source ? e->source->party : "");
    s->test = e->test;
    s->force = e->force;
    s->area = e->area;
    s->outside = e->sequence == 0;
    s->to = dcf_party_by_name(run->x->config.parties, e->destination ? e->destination->party : "");
    if (!s->to || !dcf_party_out(s->to))
        dcf_subject_fault(s, DCF_FAULT_NO_ROUTE, "", "its receiver is not configured any more");
    else if (s->test && s->to->live)
        dcf_subject_fault(s, DCF_FAULT_TEST_TO_LIVE, "test", "the receiver is live now");
    dcf_policies(run, s);
    if (!dcf_subject_error(s)) return dcf_out_deliver(run, s);
    Dcf__V1__Held *h;
    DCF_TRY(dcf_held_new(run, s, 0, &h));
    h->stage = (char *)DCF_STAGE_DELIVERY;
    DCF_TRY(dcf_out_add(run, (dcf_output){.kind = DCF_OUTPUT_HELD, .held = h}));
    return dcf_out_audit(run, s, DCF__V1__AUDIT_KIND__AUDIT_KIND_HELD, NULL);
}

static dcf_status again(dcf_run *run, const action *a, Dcf__V1__AuditKind kind)
{
    dcf_subject s;
    Dcf__V1__Envelope *e = dcf_arena_alloc(run->arena, sizeof *e);
    if (!e) return DCF_ERR(NOMEM);
    *e = *a->goes;
    e->lineage = dcf_list_add(run->arena, e->lineage, &e->n_lineage, a->step, LINEAGE_MAX);
    if (!e->lineage) return DCF_ERR(NOMEM);
    DCF_TRY(tell(run, a, kind));
    dcf_subject_init(run, e, &s);
    if (strcmp(a->held->stage, DCF_STAGE_DELIVERY) == 0) return deliver_again(run, &s);
    if (strcmp(e->message_id, a->was->message_id) != 0) /* a document that is a message only now */
        DCF_TRY(dcf_out_audit(run, &s, DCF__V1__AUDIT_KIND__AUDIT_KIND_RECEIVED, NULL));
    return dcf_judge(run, &s);
}

/* --- which -------------------------------------------------------------------------------------
 */

/* An earlier word on the same held record counts. */
static dcf_status too_late(dcf_run *run, const Dcf__V1__Envelope *word, const action *a)
{
    Dcf__V1__AuditEvent *event;
    DCF_TRY(dcf_audit_new(run, word, DCF__V1__AUDIT_KIND__AUDIT_KIND_DUPLICATE, &event));
    event->reason = (char *)dcf_fault_row_of(DCF_FAULT_ALREADY_ACTED)->id;
    event->causation_id = a->was->message_id;
    return DCF_OK;
}

dcf_status dcf_take_action(dcf_run *run, const Dcf__V1__Envelope *word)
{
    action a;
    DCF_TRY(read_action(run, word->held_action, &a));
    if (dcf_seen_check(run, word) != DCF_SEEN_NOT) return too_late(run, word, &a);
    DCF_TRY(dcf_seen_mark(run, word));
    if (a.step->verb == DCF__V1__HELD_VERB__HELD_VERB_DISCARD) return discard(run, &a);
    if (!a.goes) return DCF_ERR(CORRUPT);
    return again(run, &a,
                 a.step->verb == DCF__V1__HELD_VERB__HELD_VERB_CORRECT
                     ? DCF__V1__AUDIT_KIND__AUDIT_KIND_CORRECTED
                     : DCF__V1__AUDIT_KIND__AUDIT_KIND_REPLAYED);
}
