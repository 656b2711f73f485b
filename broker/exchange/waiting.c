/* waiting.c - messages that came before their case: kept in its state, released or expired. */
#include "exchange/run.h"

/* There is room for it in number and in bytes, for the state is one Kafka record. */
static bool room(const dcf_run *run, const Dcf__V1__Envelope *e)
{
    size_t bytes = dcf__v1__envelope__get_packed_size(e);
    for (size_t i = 0; i < run->state->n_waiting; i++)
        bytes += dcf__v1__envelope__get_packed_size(run->state->waiting[i]->envelope);
    return run->state->n_waiting < run->x->config.waiting && bytes <= run->x->config.waiting_bytes;
}

dcf_status dcf_wait_for_case(dcf_run *run, dcf_subject *s)
{
    const Dcf__V1__Envelope *e = s->envelope;
    if (!room(run, e)) {
        dcf_faults_add_as(&s->faults, DCF_SEVERITY_ERROR, DCF_FAULT_WAITS_FOR_CASE, 0, 0, "", "",
                          "too many wait for this case");
        return dcf_out_held(run, s);
    }
    dcf_subject_fault(s, DCF_FAULT_WAITS_FOR_CASE, "", "");
    DCF_TRY(dcf_seen_mark(run, e));
    int64_t expires = run->now_ms + run->x->lifecycle->wait_ms;
    if (e->expires_at_ms && e->expires_at_ms < expires) expires = e->expires_at_ms;
    Dcf__V1__Held *h;
    DCF_TRY(dcf_held_new(run, s, expires, &h));
    DCF_TRY(DCF_LIST_ADD(run, waiting, h, SIZE_MAX));
    DCF_TRY(dcf_out_audit(run, s, DCF__V1__AUDIT_KIND__AUDIT_KIND_HELD, NULL));
    return dcf_out_receipt(run, s, DCF__V1__RECEIPT_KIND__RECEIPT_KIND_HELD);
}

dcf_status dcf_wait_expire(dcf_run *run)
{
    for (size_t i = 0; i < run->state->n_waiting;) {
        const Dcf__V1__Held *h = run->state->waiting[i];
        if (h->expires_at_ms > run->now_ms) {
            i++;
            continue;
        }
        dcf_subject s;
        dcf_subject_init(run, h->envelope, &s);
        dcf_admit(run,
                  &s); /* for who is to be told; that it waited too long is all that is wrong */
        dcf_faults_init(&s.faults, run->arena, DCF_EXCHANGE_FAULTS_MAX);
        dcf_subject_fault(&s, DCF_FAULT_EXPIRED, "", "its case did not come");
        DCF_TRY(DCF_LIST_REMOVE(run, waiting, i));
        DCF_TRY(dcf_seen_forget(run, h->envelope->message_id)); /* sent again it is judged anew */
        DCF_TRY(dcf_out_held(run, &s));
    }
    return DCF_OK;
}

int64_t dcf_wait_next_ms(const Dcf__V1__CaseState *state)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < state->n_waiting; i++)
        if (state->waiting[i]->expires_at_ms < next) next = state->waiting[i]->expires_at_ms;
    return next;
}
