/* receipt.c - what the delivery stage tells: onto the case's timeline, and on to the message's
 * sender. */
#include "exchange/run.h"

#include <string.h>

static dcf_status note(dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__Receipt *r = s->envelope->receipt;
    bool delivered = r->kind == DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED;
    Dcf__V1__AuditEvent *a;
    DCF_TRY(dcf_audit_new(run, s->envelope,
                          delivered ? DCF__V1__AUDIT_KIND__AUDIT_KIND_DELIVERED
                                    : DCF__V1__AUDIT_KIND__AUDIT_KIND_NOT_DELIVERED,
                          &a));
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

/* The party to tell; NULL when nobody asked for it. */
static const dcf_party *listener(const dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__Receipt *r = s->envelope->receipt;
    const dcf_rule *about = dcf_lifecycle_rule(run->x->lifecycle, r->about_type);
    bool wanted = about && (unsigned)r->kind < 32 && (about->receipts >> r->kind & 1U);
    if (!wanted || !s->envelope->destination) return NULL;
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
    if (run->existed) DCF_TRY(dcf_seen_mark(run, s->envelope));
    s->to = listener(run, s);
    return s->to ? dcf_out_deliver(run, s) : DCF_OK;
}
