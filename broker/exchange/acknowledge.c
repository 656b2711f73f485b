/* acknowledge.c - what must be acknowledged by when: opened with a delivery, closed by a receipt or
 * an answer, an alarm when it does not come. */
#include "exchange/run.h"
#include "model/envelope.h"

#include <string.h>

enum { EXPECTATIONS_MAX = 200 }; /* of a case; the oldest go */

static const char *text_at(const ProtobufCFieldDescriptor *const *path, const ProtobufCMessage *m)
{
    for (; path[0] && path[1] && m; path++) {
        if (path[0]->label == PROTOBUF_C_LABEL_REPEATED) return "";
        m = *(ProtobufCMessage *const *)(const void *)((const uint8_t *)m + path[0]->offset);
    }
    bool text = path[0] && m && path[0]->type == PROTOBUF_C_TYPE_STRING &&
                path[0]->label != PROTOBUF_C_LABEL_REPEATED;
    return text ? *(char *const *)(const void *)((const uint8_t *)m + path[0]->offset) : "";
}

dcf_status dcf_expect(dcf_run *run, const dcf_subject *s, Dcf__V1__Envelope *e)
{
    const dcf_acknowledge *a = &s->rule->acknowledge;
    const ProtobufCMessage *body = dcf_envelope_body(e);
    const dcf_facts facts = {body, run->state, run->now_ms};
    if (a->by == DCF_ACK_NONE || !dcf_condition_holds(a->when, &facts)) return DCF_OK;
    if (a->answers && dcf_condition_holds(a->answers, &facts)) return DCF_OK;
    Dcf__V1__Expectation *x = dcf_arena_alloc(run->arena, sizeof *x);
    if (!x) return DCF_ERR(NOMEM);
    dcf__v1__expectation__init(x);
    x->message_id = e->message_id;
    x->source_message_id = e->source_message_id;
    x->type = (char *)s->rule->type->name;
    x->party = (char *)s->to->name;
    x->by = (char *)(a->by == DCF_ACK_DELIVERY ? "delivery" : "receiver");
    x->reference = (char *)text_at(a->reference, body);
    x->opened_at_ms = run->now_ms;
    x->due_ms = e->acknowledge_by_ms = run->now_ms + a->within_ms;
    return DCF_LIST_ADD(run, expectations, x, EXPECTATIONS_MAX);
}

static dcf_status tell(dcf_run *run, const Dcf__V1__Expectation *x, Dcf__V1__AuditKind kind,
                       char *causation_id)
{
    Dcf__V1__Envelope about = DCF__V1__ENVELOPE__INIT;
    Dcf__V1__AuditEvent *a;
    about.message_id = x->message_id;
    about.case_key = run->state->case_key;
    about.test = run->state->test;
    DCF_TRY(dcf_audit_new(run, &about, kind, &a));
    a->type = x->type;
    a->destination_party = x->party;
    a->causation_id = causation_id;
    if (kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_NOT_ACKNOWLEDGED)
        a->reason = (char *)dcf_fault_row_of(DCF_FAULT_NOT_ACKNOWLEDGED)->id;
    return DCF_OK;
}

static dcf_status close_one(dcf_run *run, size_t i, bool acknowledged, char *causation_id)
{
    const Dcf__V1__Expectation *x = run->state->expectations[i];
    run->changed = true;
    if (acknowledged && strcmp(x->by, "receiver") == 0)
        DCF_TRY(tell(run, x, DCF__V1__AUDIT_KIND__AUDIT_KIND_ACKNOWLEDGED, causation_id));
    return DCF_LIST_REMOVE(run, expectations, i);
}

/* The oldest of its type that waits for this sender, and names the same thing when both name one.
 */
dcf_status dcf_expect_answered(dcf_run *run, const dcf_subject *s)
{
    const dcf_acknowledge *a = &s->rule->acknowledge;
    const ProtobufCMessage *body = dcf_envelope_body(s->envelope);
    const dcf_facts facts = {body, run->state, run->now_ms};
    if (!a->answers || !s->sender || !dcf_condition_holds(a->answers, &facts)) return DCF_OK;
    const char *reference = text_at(a->reference, body);
    for (size_t i = 0; i < run->state->n_expectations; i++) {
        const Dcf__V1__Expectation *x = run->state->expectations[i];
        bool same = !*reference || !*x->reference || strcmp(reference, x->reference) == 0;
        if (same && strcmp(x->type, s->rule->type->name) == 0 &&
            strcmp(x->party, s->sender->name) == 0)
            return close_one(run, i, true, s->envelope->message_id);
    }
    return DCF_OK;
}

static bool is_about(const Dcf__V1__Expectation *x, const Dcf__V1__Receipt *r)
{
    return strcmp(x->message_id, r->about_message_id) == 0 ||
           (*x->source_message_id && strcmp(x->source_message_id, r->about_source_id) == 0);
}

dcf_status dcf_expect_receipt(dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__Receipt *r = s->envelope->receipt;
    const char *party = s->sender ? s->sender->name : r->party;
    bool arrived = r->kind == DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED ||
                   r->kind == DCF__V1__RECEIPT_KIND__RECEIPT_KIND_ACCEPTED;
    for (size_t i = run->state->n_expectations; i-- > 0;) {
        const Dcf__V1__Expectation *x = run->state->expectations[i];
        if (!is_about(x, r) || strcmp(x->party, party) != 0) continue;
        bool enough = s->sender || strcmp(x->by, "delivery") == 0;
        if (enough || !arrived) DCF_TRY(close_one(run, i, arrived, s->envelope->message_id));
    }
    return DCF_OK;
}

dcf_status dcf_expect_tick(dcf_run *run)
{
    for (size_t i = 0; i < run->state->n_expectations; i++) {
        const Dcf__V1__Expectation *x = run->state->expectations[i];
        if (x->missed || x->due_ms > run->now_ms) continue;
        Dcf__V1__Expectation *late = dcf_arena_alloc(run->arena, sizeof *late);
        if (!late) return DCF_ERR(NOMEM);
        *late = *x;
        late->missed = true;
        DCF_TRY(tell(run, x, DCF__V1__AUDIT_KIND__AUDIT_KIND_NOT_ACKNOWLEDGED, (char *)""));
        DCF_TRY(DCF_LIST_REMOVE(run, expectations, i));
        DCF_TRY(DCF_LIST_ADD(run, expectations, late, EXPECTATIONS_MAX));
        run->changed = true;
        i--; /* the next one moved here */
    }
    return DCF_OK;
}

int64_t dcf_expect_next_ms(const Dcf__V1__CaseState *state)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < state->n_expectations; i++)
        if (!state->expectations[i]->missed && state->expectations[i]->due_ms < next)
            next = state->expectations[i]->due_ms;
    return next;
}
