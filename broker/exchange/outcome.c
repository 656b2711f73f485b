/* outcome.c - what comes out of a run: deliveries, receipts, held messages, audit events. */
#include "base/clock.h"
#include "exchange/run.h"
#include "model/envelope.h"
#include "model/fault_proto.h"
#include "model/message.h"

#include <stdio.h>
#include <string.h>

/* --- parts -------------------------------------------------------------- */

dcf_status dcf_out_add(dcf_run *run, dcf_output output)
{
    if (run->count == run->capacity) {
        size_t capacity = run->capacity ? run->capacity * 2 : 16;
        dcf_output *grown =
            dcf_arena_grow(run->arena, run->outputs, run->count, capacity, sizeof *grown);
        if (!grown) return DCF_ERR(NOMEM);
        run->outputs = grown;
        run->capacity = capacity;
    }
    run->outputs[run->count++] = output;
    return DCF_OK;
}

/* These faults, and after them the subject's. */
static dcf_status join_faults(dcf_run *run, const dcf_subject *s, Dcf__V1__Fault **before,
                              size_t before_count, Dcf__V1__Fault ***ret, size_t *ret_count)
{
    Dcf__V1__Fault **list =
        dcf_faults_join(before, before_count, &s->faults, run->arena, ret_count);
    if (!list) return DCF_ERR(NOMEM);
    *ret = list;
    return DCF_OK;
}

static dcf_status all_faults(dcf_run *run, const dcf_subject *s, Dcf__V1__Fault ***ret,
                             size_t *ret_count)
{
    return join_faults(run, s, NULL, 0, ret, ret_count);
}

static const char *reason_of(const dcf_subject *s)
{
    dcf_fault_code code = dcf_subject_error(s);
    if (code) return dcf_fault_row_of(code)->id;
    return s->faults.count ? dcf_fault_row_of(s->faults.items[0].code)->id : "";
}

/* Also what stops the clock is urgent: the answer that was waited for. */
static bool is_urgent(const dcf_run *run)
{
    const dcf_clocks *clocks = run->x->clocks;
    return run->urgent || (clocks && dcf_clocks_urgent(clocks, run->state, run->now_ms));
}

/* The next number of the case's deliveries to this party, and their lane. Order is kept within a
 * lane only, so another is taken only when all that went by the one was told of. */
static dcf_status next_delivery(dcf_run *run, const dcf_subject *s, Dcf__V1__Envelope *e)
{
    e->sequence = 0;
    e->urgent = false;
    if (s->outside || !(run->existed || run->changed)) return DCF_OK;
    Dcf__V1__OutSequence *next = dcf_arena_alloc(run->arena, sizeof *next);
    if (!next) return DCF_ERR(NOMEM);
    dcf__v1__out_sequence__init(next);
    next->party = (char *)s->to->name;
    for (size_t i = 0; i < run->state->n_sequences; i++) {
        if (strcmp(run->state->sequences[i]->party, next->party) != 0) continue;
        *next = *run->state->sequences[i];
        DCF_TRY(DCF_LIST_REMOVE(run, sequences, i));
        break;
    }
    if (next->told >= next->last) next->urgent = is_urgent(run);
    e->sequence = ++next->last;
    e->urgent = next->urgent;
    run->changed = true;
    return DCF_LIST_ADD(run, sequences, next, SIZE_MAX);
}

/* --- audit -------------------------------------------------------------- */

dcf_status dcf_audit_new(dcf_run *run, const Dcf__V1__Envelope *e, Dcf__V1__AuditKind kind,
                         Dcf__V1__AuditEvent **ret)
{
    Dcf__V1__AuditEvent *a = dcf_arena_alloc(run->arena, sizeof *a);
    if (!a) return DCF_ERR(NOMEM);
    dcf__v1__audit_event__init(a);
    a->kind = kind;
    a->at_ms = a->run_at_ms = run->now_ms;
    a->input_id = run->input;
    a->message_id = e->message_id;
    a->case_key = e->case_key;
    a->type = (char *)dcf_envelope_type(e);
    if (e->source) {
        a->source_party = e->source->party;
        a->source_link = e->source->link;
    }
    a->state_before = a->state_after = run->state->state;
    a->sequence = e->sequence;
    a->rules_version = run->x->rules->version;
    if (e->native) a->mapping_version = e->native->mapping_version;
    a->correlation_id = e->correlation_id;
    a->causation_id = e->causation_id;
    a->body_sha256 = e->body_sha256;
    a->test = e->test;
    a->force = e->force[0] ? e->force : run->state->force;
    a->area = e->area[0] ? e->area : run->state->area;
    a->instance = (char *)run->x->config.instance;
    *ret = a;
    return dcf_out_add(run, (dcf_output){.kind = DCF_OUTPUT_AUDIT, .audit = a});
}

static dcf_status out_audit(dcf_run *run, const dcf_subject *s, Dcf__V1__AuditKind kind,
                            const char *state_before, Dcf__V1__AuditEvent **ret)
{
    Dcf__V1__AuditEvent *a;
    DCF_TRY(dcf_audit_new(run, s->envelope, kind, &a));
    *ret = a;
    a->test = s->test;
    if (*s->force) a->force = (char *)s->force;
    if (*s->area) a->area = (char *)s->area;
    if (kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_RECEIVED) dcf_audit_arrival(run, s->envelope, a);
    if (kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_APPLIED) {
        DCF_TRY(dcf_checklist_assure(run, s, a));
        a->clocks = run->clocks.changed;
        a->n_clocks = run->clocks.changed_count;
        DCF_TRY(dcf_audit_facts(run, s, a));
    }
    if (kind != DCF__V1__AUDIT_KIND__AUDIT_KIND_RECEIVED) {
        a->checks = s->checks;
        a->n_checks = s->n_checks;
    }
    if (state_before) a->state_before = (char *)state_before;
    a->reason = (char *)reason_of(s);
    return all_faults(run, s, &a->faults, &a->n_faults);
}

void dcf_audit_arrival(const dcf_run *run, const Dcf__V1__Envelope *e, Dcf__V1__AuditEvent *a)
{
    const dcf_link *link = dcf_link_by_name(run->x->config.parties, a->source_link);
    if (link) a->link_stage = (char *)dcf_stage_text(link->stage);
    if (e->shadow) a->link_stage = (char *)dcf_stage_text(DCF_STAGE_SHADOW);
    if (e->received_at_ms) a->at_ms = e->received_at_ms; /* not when its turn came */
}

dcf_status dcf_out_audit(dcf_run *run, const dcf_subject *s, Dcf__V1__AuditKind kind,
                         const char *state_before)
{
    Dcf__V1__AuditEvent *a;
    return out_audit(run, s, kind, state_before, &a);
}

/* --- deliveries --------------------------------------------------------- */

static dcf_status digest_of(dcf_run *run, dcf_span bytes, ProtobufCBinaryData *ret)
{
    uint8_t *hash = dcf_arena_alloc(run->arena, 32);
    if (!hash) return DCF_ERR(NOMEM);
    run->x->config.sha256(run->x->config.sha256_ctx, bytes, hash);
    *ret = (ProtobufCBinaryData){.data = hash, .len = 32};
    return DCF_OK;
}

/* The nearest of the case's clocks travels with every message of it. */
static dcf_status set_deadline(dcf_run *run, Dcf__V1__Envelope *e)
{
    const Dcf__V1__Clock *nearest = dcf_clock_nearest(run->state);
    e->deadline = NULL;
    if (!nearest) return DCF_OK;
    e->deadline = dcf_arena_alloc(run->arena, sizeof *e->deadline);
    if (!e->deadline) return DCF_ERR(NOMEM);
    dcf__v1__deadline__init(e->deadline);
    e->deadline->clock = nearest->clock;
    e->deadline->at_ms = nearest->deadline_ms;
    return DCF_OK;
}

static dcf_status deliver(dcf_run *run, const dcf_subject *s, Dcf__V1__Envelope *e,
                          const char *preferred_link)
{
    Dcf__V1__Endpoint *to = dcf_arena_alloc(run->arena, sizeof *to);
    if (!to) return DCF_ERR(NOMEM);
    dcf__v1__endpoint__init(to);
    to->party = (char *)s->to->name;
    const dcf_link *link = dcf_link_to(s->to, preferred_link);
    to->link = (char *)link->name;
    e->shadow =
        e->shadow || link->stage == DCF_STAGE_SHADOW || run->state->case_key[0] == DCF_SHADOW_MARK;
    e->destination = to;
    DCF_TRY(set_deadline(run, e));
    e->force = (char *)s->force;
    e->area = (char *)s->area;
    e->test = s->test;
    e->rules_version = run->x->rules->version;
    DCF_TRY(next_delivery(run, s, e));
    dcf_span packed;
    DCF_TRY(dcf_message_pack_in(&e->base, run->arena, &packed));
    DCF_TRY(
        dcf_out_add(run, (dcf_output){.kind = DCF_OUTPUT_DELIVER, .deliver = e, .packed = packed}));
    Dcf__V1__AuditEvent *a;
    DCF_TRY(dcf_audit_new(run, e, DCF__V1__AUDIT_KIND__AUDIT_KIND_ROUTED, &a));
    a->destination_party = to->party;
    return digest_of(run, packed, &a->output_sha256);
}

dcf_status dcf_out_deliver(dcf_run *run, const dcf_subject *s)
{
    Dcf__V1__Envelope *e = dcf_arena_alloc(run->arena, sizeof *e);
    if (!e) return DCF_ERR(NOMEM);
    *e = *s->envelope;
    DCF_TRY(join_faults(run, s, e->warnings, e->n_warnings, &e->warnings, &e->n_warnings));
    e->checks = s->checks;
    e->n_checks = s->n_checks;
    DCF_TRY(dcf_supersede(run, s, e));
    DCF_TRY(dcf_expect(run, s, e));
    const char *link = "";
    if (strcmp(s->to->name, run->state->force_party) == 0) link = run->state->force_link;
    if (e->destination && strcmp(s->to->name, e->destination->party) == 0)
        link = e->destination->link;
    return deliver(run, s, e, link);
}

static const char *const kind_names[] = {"",     "accepted",  "rejected",
                                         "held", "delivered", "not_delivered"};

static dcf_status receipt_body(dcf_run *run, const dcf_subject *s, Dcf__V1__ReceiptKind kind,
                               Dcf__V1__Receipt **ret)
{
    const Dcf__V1__Envelope *about = s->envelope;
    Dcf__V1__Receipt *r = dcf_arena_alloc(run->arena, sizeof *r);
    if (!r) return DCF_ERR(NOMEM);
    dcf__v1__receipt__init(r);
    r->urn = (char *)dcf_envelope_urn(about);
    r->kind = kind;
    r->about_message_id = about->message_id;
    r->about_source_id = about->source_message_id;
    r->about_type = (char *)dcf_envelope_type(about);
    if (kind == DCF__V1__RECEIPT_KIND__RECEIPT_KIND_ACCEPTED && s->to)
        r->party = (char *)s->to->name;
    *ret = r;
    return all_faults(run, s, &r->faults, &r->n_faults);
}

dcf_status dcf_hash_body(dcf_run *run, Dcf__V1__Envelope *e)
{
    const Dcf__V1__Envelope alone = dcf_envelope_body_alone(e);
    dcf_span body;
    DCF_TRY(dcf_message_pack_in(&alone.base, run->arena, &body));
    return digest_of(run, body, &e->body_sha256);
}

/* Who is told: a sender that wants it, can be reached, and is no live party when this is a test. */
static bool wants(const dcf_subject *s, Dcf__V1__ReceiptKind kind)
{
    return s->rule && s->sender && (s->rule->receipts >> kind & 1U) && dcf_party_out(s->sender) &&
           !(s->test && s->sender->live) && !s->envelope->shadow;
}

static char *short_id(dcf_run *run, const char *message_id)
{
    uint8_t hash[32];
    char id[DCF_SHORT_ID_SIZE];
    run->x->config.sha256(run->x->config.sha256_ctx, dcf_span_str(message_id), hash);
    return dcf_arena_strdup(run->arena, dcf_short_id(hash, id));
}

/* What the broker itself says about a message; the rest of it is the caller's. */
static dcf_status new_notice(dcf_run *run, const Dcf__V1__Envelope *about, char *id,
                             Dcf__V1__Envelope **ret)
{
    Dcf__V1__Envelope *e = dcf_arena_alloc(run->arena, sizeof *e);
    Dcf__V1__Endpoint *from = dcf_arena_alloc(run->arena, sizeof *from);
    char at[DCF_TIME_TEXT_SIZE];
    if (!e || !from || !id) return DCF_ERR(NOMEM);
    dcf__v1__envelope__init(e);
    dcf__v1__endpoint__init(from);
    from->party = from->link = (char *)DCF_BROKER_PARTY;
    e->schema_version = 1;
    e->message_id = id;
    e->source_message_id = short_id(run, id);
    e->correlation_id = about->correlation_id[0] ? about->correlation_id : about->message_id;
    e->causation_id = about->message_id;
    e->source = from;
    e->case_key =
        about->case_key[0] ? about->case_key : about->message_id; /* some key it must have */
    e->sent_at = dcf_arena_strdup(run->arena, dcf_time_format(run->now_ms, at));
    e->received_at_ms = run->now_ms;
    e->traceparent = about->traceparent;
    *ret = e;
    return e->source_message_id && e->sent_at ? DCF_OK : DCF_ERR(NOMEM);
}

dcf_status dcf_out_notice(dcf_run *run, const dcf_subject *s, const char *what,
                          Dcf__V1__Receipt *receipt, const char *link)
{
    Dcf__V1__Envelope *e;
    DCF_TRY(new_notice(
        run, s->envelope,
        dcf_arena_join(run->arena, (const char *[]){s->envelope->message_id, "/", what}, 3), &e));
    e->body_case = DCF__V1__ENVELOPE__BODY_RECEIPT;
    e->receipt = receipt;
    DCF_TRY(dcf_hash_body(run, e));
    return deliver(run, s, e, link);
}

dcf_status dcf_out_receipt(dcf_run *run, const dcf_subject *s, Dcf__V1__ReceiptKind kind)
{
    Dcf__V1__Receipt *r;
    char what[32];
    if (!wants(s, kind)) return DCF_OK;
    DCF_TRY(receipt_body(run, s, kind, &r));
    dcf_subject back = *s;
    back.to = s->sender;
    snprintf(what, sizeof what, "receipt/%s", kind_names[kind]);
    return dcf_out_notice(run, &back, what, r, s->envelope->source->link);
}

/* --- held --------------------------------------------------------------- */

/* The bytes of a document that never became a message lie beside the envelope, once. */
static dcf_status strip_refusal(dcf_run *run, Dcf__V1__Held *h)
{
    Dcf__V1__Envelope *e = dcf_arena_alloc(run->arena, sizeof *e);
    Dcf__V1__Refusal *r = dcf_arena_alloc(run->arena, sizeof *r);
    if (!e || !r) return DCF_ERR(NOMEM);
    *e = *h->envelope;
    *r = *e->refusal;
    h->native_body = r->native_body;
    r->native_body = (ProtobufCBinaryData){0};
    e->refusal = r;
    h->envelope = e;
    return DCF_OK;
}

/* Two contents under one id are two held messages. */
static char *conflict_id(dcf_run *run, const Dcf__V1__Envelope *e)
{
    unsigned hash = 0;
    for (size_t i = 0; i < 4 && i < e->body_sha256.len; i++)
        hash = hash << 8 | e->body_sha256.data[i];
    return dcf_arena_printf(run->arena, "%s/conflict/%08x", e->message_id, hash);
}

dcf_status dcf_held_new(dcf_run *run, const dcf_subject *s, int64_t expires_at_ms,
                        Dcf__V1__Held **ret)
{
    Dcf__V1__Held *h = dcf_arena_alloc(run->arena, sizeof *h);
    if (!h) return DCF_ERR(NOMEM);
    dcf__v1__held__init(h);
    h->held_id = s->envelope->message_id;
    if (dcf_subject_error(s) == DCF_FAULT_CONFLICT) h->held_id = conflict_id(run, s->envelope);
    if (!h->held_id) return DCF_ERR(NOMEM);
    h->reason = (char *)reason_of(s);
    h->held_at_ms = run->now_ms;
    h->expires_at_ms = expires_at_ms;
    h->envelope = (Dcf__V1__Envelope *)s->envelope;
    if (s->envelope->source) h->link = s->envelope->source->link;
    h->case_key = s->envelope->case_key;
    h->stage = (char *)DCF_STAGE_EXCHANGE;
    *ret = h;
    if (s->envelope->body_case == DCF__V1__ENVELOPE__BODY_REFUSAL) {
        h->stage = (char *)DCF_STAGE_GATEWAY;
        const Dcf__V1__Refusal *r = s->envelope->refusal;
        h->reason = r->n_faults ? r->faults[0]->code : h->reason;
        h->faults = r->faults;
        h->n_faults = r->n_faults;
        return strip_refusal(run, h);
    }
    return all_faults(run, s, &h->faults, &h->n_faults);
}

/* What each reason is to the audit and to the sender; others are HELD and HELD: a person acts. */
static const struct {
    dcf_fault_code code;
    Dcf__V1__AuditKind audit;
    Dcf__V1__ReceiptKind receipt;
} reasons[] = {
    {DCF_FAULT_UNKNOWN_MESSAGE, DCF__V1__AUDIT_KIND__AUDIT_KIND_REFUSED,
     DCF__V1__RECEIPT_KIND__RECEIPT_KIND_REJECTED},
    {DCF_FAULT_NOT_YOUR_CASE, DCF__V1__AUDIT_KIND__AUDIT_KIND_REFUSED,
     DCF__V1__RECEIPT_KIND__RECEIPT_KIND_REJECTED},
    {DCF_FAULT_NOT_ALLOWED_SENDER, DCF__V1__AUDIT_KIND__AUDIT_KIND_REFUSED,
     DCF__V1__RECEIPT_KIND__RECEIPT_KIND_REJECTED},
    {DCF_FAULT_CONFLICT, DCF__V1__AUDIT_KIND__AUDIT_KIND_CONFLICT,
     DCF__V1__RECEIPT_KIND__RECEIPT_KIND_REJECTED},
    {DCF_FAULT_CHECKLIST_REJECT, DCF__V1__AUDIT_KIND__AUDIT_KIND_REFUSED,
     DCF__V1__RECEIPT_KIND__RECEIPT_KIND_REJECTED},
    {DCF_FAULT_LINK_REGISTERED, DCF__V1__AUDIT_KIND__AUDIT_KIND_REFUSED,
     DCF__V1__RECEIPT_KIND__RECEIPT_KIND_REJECTED},
    {DCF_FAULT_REAL_ON_TEST_LINK, DCF__V1__AUDIT_KIND__AUDIT_KIND_REFUSED,
     DCF__V1__RECEIPT_KIND__RECEIPT_KIND_REJECTED},
    {DCF_FAULT_EXPIRED, DCF__V1__AUDIT_KIND__AUDIT_KIND_EXPIRED,
     DCF__V1__RECEIPT_KIND__RECEIPT_KIND_REJECTED},
};

bool dcf_held_told_rejected(const char *reason)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(dcf_fault_row_of(reasons[i].code)->id, reason) == 0) return true;
    return false;
}

dcf_status dcf_out_held(dcf_run *run, const dcf_subject *s)
{
    Dcf__V1__AuditKind audit = DCF__V1__AUDIT_KIND__AUDIT_KIND_HELD;
    Dcf__V1__ReceiptKind receipt = DCF__V1__RECEIPT_KIND__RECEIPT_KIND_HELD;
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].code != dcf_subject_error(s)) continue;
        audit = reasons[i].audit;
        receipt = reasons[i].receipt;
    }
    Dcf__V1__Held *h;
    DCF_TRY(dcf_held_new(run, s, 0, &h));
    DCF_TRY(dcf_out_add(run, (dcf_output){.kind = DCF_OUTPUT_HELD, .held = h}));
    Dcf__V1__AuditEvent *a;
    DCF_TRY(out_audit(run, s, audit, NULL, &a));
    dcf_span packed;
    DCF_TRY(dcf_message_pack_in(&h->base, run->arena, &packed));
    DCF_TRY(digest_of(run, packed, &a->output_sha256));
    return dcf_out_receipt(run, s, receipt);
}
