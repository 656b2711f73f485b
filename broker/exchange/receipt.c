/* receipt.c - what the delivery stage tells: onto the case's timeline, and on to the message's
 * sender. */
#include "exchange/run.h"
#include "model/fault_proto.h"

#include <string.h>

static Dcf__V1__AuditKind what_became(const Dcf__V1__Envelope *e)
{
    const Dcf__V1__Receipt *r = e->receipt;
    if (r->kind == DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED)
        return e->shadow ? DCF__V1__AUDIT_KIND__AUDIT_KIND_SHADOWED
                         : DCF__V1__AUDIT_KIND__AUDIT_KIND_DELIVERED;
    if (r->kind == DCF__V1__RECEIPT_KIND__RECEIPT_KIND_COMPARED)
        return DCF__V1__AUDIT_KIND__AUDIT_KIND_COMPARED;
    const char *superseded = dcf_fault_row_of(DCF_FAULT_SUPERSEDED)->id;
    return r->n_faults && strcmp(r->faults[0]->code, superseded) == 0
               ? DCF__V1__AUDIT_KIND__AUDIT_KIND_SUPERSEDED
               : DCF__V1__AUDIT_KIND__AUDIT_KIND_NOT_DELIVERED;
}

static dcf_status note(dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__Receipt *r = s->envelope->receipt;
    Dcf__V1__AuditEvent *a;
    DCF_TRY(dcf_audit_new(run, s->envelope, what_became(s->envelope), &a));
    a->message_id = r->about_message_id;
    a->type = r->about_type;
    a->destination_party = r->party;
    if (s->envelope->destination) {
        a->source_party = s->envelope->destination->party;
        a->source_link = s->envelope->destination->link;
    }
    a->attempts = r->attempts;
    a->reason = r->n_faults ? r->faults[0]->code : a->reason;
    a->faults = r->faults;
    a->n_faults = r->n_faults;
    a->causation_id = s->envelope->message_id;
    return DCF_OK;
}

static dcf_status alarm(dcf_run *run, const dcf_subject *s, Dcf__V1__AuditKind kind,
                        dcf_fault_code code, uint64_t from, uint64_t to)
{
    const Dcf__V1__Receipt *r = s->envelope->receipt;
    dcf_faults faults;
    Dcf__V1__AuditEvent *a;
    dcf_faults_init(&faults, run->arena, 1);
    dcf_faults_add(&faults, code, 0, 0, "", "sequence", "%llu to %llu for %s, told by %s",
                   (unsigned long long)from, (unsigned long long)to, r->party, r->about_message_id);
    DCF_TRY(dcf_audit_new(run, s->envelope, kind, &a));
    a->destination_party = r->party;
    a->sequence = from;
    a->causation_id = r->about_message_id;
    a->reason = (char *)dcf_fault_row_of(code)->id;
    a->faults = dcf_faults_to_proto(&faults, run->arena, &a->n_faults);
    return a->faults ? DCF_OK : DCF_ERR(NOMEM);
}

/* Deliveries of a case to a party are told in the order of their numbers (exchange.h). */
static dcf_status count_told(dcf_run *run, const dcf_subject *s)
{
    uint64_t n = s->envelope->sequence;
    Dcf__V1__CaseState *state = run->state;
    size_t i = 0;
    if (!n || !run->existed) return DCF_OK;
    while (i < state->n_sequences &&
           strcmp(state->sequences[i]->party, s->envelope->receipt->party) != 0)
        i++;
    Dcf__V1__OutSequence *told = dcf_arena_alloc(run->arena, sizeof *told);
    if (!told) return DCF_ERR(NOMEM);
    dcf__v1__out_sequence__init(told);
    if (i < state->n_sequences) *told = *state->sequences[i];
    if (n <= told->told || n > told->last)
        return alarm(run, s, DCF__V1__AUDIT_KIND__AUDIT_KIND_SEQUENCE_CLASH,
                     DCF_FAULT_SEQUENCE_CLASH, n, n);
    if (n > told->told + 1)
        DCF_TRY(alarm(run, s, DCF__V1__AUDIT_KIND__AUDIT_KIND_SEQUENCE_GAP, DCF_FAULT_SEQUENCE_GAP,
                      told->told + 1, n - 1));
    told->told = n;
    run->changed = true;
    DCF_TRY(DCF_LIST_REMOVE(run, sequences, i));
    return DCF_LIST_ADD(run, sequences, told, SIZE_MAX);
}

/* The party to tell; NULL when nobody asked for it. */
static const dcf_party *listener(const dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__Receipt *r = s->envelope->receipt;
    const dcf_rule *about = dcf_lifecycle_rule(run->x->lifecycle, r->about_type);
    bool wanted = about && (unsigned)r->kind < 32 && (about->receipts >> r->kind & 1U);
    if (!wanted || !s->envelope->destination || s->envelope->shadow) return NULL;
    const dcf_party *party =
        dcf_party_by_name(run->x->config.parties, s->envelope->destination->party);
    return party && dcf_party_out(party) && !(s->test && party->live) ? party : NULL;
}

dcf_status dcf_take_delivery_receipt(dcf_run *run, dcf_subject *s)
{
    s->side = DCF_SENDER_BROKER;
    s->test = s->envelope->test;
    s->force = s->envelope->force;
    s->area = s->envelope->area;
    if (dcf_seen_check(run, s->envelope) != DCF_SEEN_NOT)
        return dcf_out_audit(run, s, DCF__V1__AUDIT_KIND__AUDIT_KIND_DUPLICATE, NULL);
    DCF_TRY(note(run, s));
    DCF_TRY(count_told(run, s));
    if (run->existed) {
        DCF_TRY(dcf_seen_mark(run, s->envelope));
        DCF_TRY(dcf_expect_receipt(run, s));
        DCF_TRY(dcf_supersede_receipt(run, s->envelope->receipt));
    }
    s->to = listener(run, s);
    return s->to ? dcf_out_deliver(run, s) : DCF_OK;
}
