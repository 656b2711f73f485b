/* receipt.c - see receipt.h. */
#include "daemon/receipt.h"

#include "base/clock.h"
#include "exchange/exchange.h"
#include "model/envelope.h"
#include "model/fault_proto.h"
#include "security/digest.h"

static const char *ending_of(Dcf__V1__ReceiptKind kind)
{
    return kind == DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED  ? "delivered"
           : kind == DCF__V1__RECEIPT_KIND__RECEIPT_KIND_COMPARED ? "compared"
                                                                  : "not_delivered";
}

dcf_status dcf_receipt_pack(const dcf_receipt_facts *f, dcf_arena *arena, dcf_buf *out)
{
    const Dcf__V1__Envelope *about = f->about;
    char sent_at[DCF_TIME_TEXT_SIZE], short_id[DCF_SHORT_ID_SIZE];
    uint8_t hash[DCF_SHA256_SIZE];
    Dcf__V1__Endpoint broker = DCF__V1__ENDPOINT__INIT;
    broker.party = broker.link = (char *)"dcf";
    Dcf__V1__Receipt receipt = DCF__V1__RECEIPT__INIT;
    receipt.kind = f->kind;
    receipt.about_message_id = about->message_id;
    receipt.about_source_id = about->source_message_id;
    receipt.about_type = (char *)(f->about_type ? f->about_type : dcf_envelope_type(about));
    receipt.urn = about->case_key;
    receipt.party = (char *)f->party;
    receipt.receiver_reference = (char *)f->receiver_reference;
    receipt.attempts = f->attempts;
    receipt.faults = dcf_faults_to_proto(f->faults, arena, &receipt.n_faults);
    Dcf__V1__Envelope e = DCF__V1__ENVELOPE__INIT;
    e.schema_version = 1;
    Dcf__V1__Native written = DCF__V1__NATIVE__INIT;
    if (f->dialect) {
        written.dialect = (char *)dcf_dialect_name(f->dialect);
        written.mapping_version = (char *)dcf_dialect_version(f->dialect);
    }
    const char *delivery = dcf_envelope_delivery_id(about, arena);
    if (!delivery) return DCF_ERR(NOMEM);
    e.message_id = dcf_arena_printf(arena, "%s/receipt/%s", delivery, ending_of(f->kind));
    if (!e.message_id) return DCF_ERR(NOMEM);
    dcf_sha256(dcf_span_str(e.message_id), hash);
    e.source_message_id = dcf_short_id(hash, short_id);
    e.correlation_id = about->correlation_id;
    e.causation_id = about->message_id;
    e.sequence = about->sequence; /* of the delivery: the exchange looks for gaps */
    e.native = f->dialect ? &written : NULL;
    e.source = &broker;
    e.destination = about->source;
    e.force = about->force;
    e.area = about->area;
    e.case_key = about->case_key;
    e.test = about->test;
    e.shadow = about->shadow;
    e.received_at_ms = f->now_ms;
    e.sent_at = dcf_time_format(f->now_ms, sent_at);
    e.traceparent = about->traceparent;
    e.body_case = DCF__V1__ENVELOPE__BODY_RECEIPT;
    e.receipt = &receipt;
    if (!receipt.faults) return DCF_ERR(NOMEM);
    /* what dedupe compares: the news itself, not how many attempts it took */
    e.body_sha256 = (ProtobufCBinaryData){.data = hash, .len = sizeof hash};
    return dcf_envelope_pack(&e, out);
}

dcf_status dcf_held_pack(const dcf_receipt_facts *f, dcf_arena *arena, dcf_buf *out)
{
    Dcf__V1__Held held = DCF__V1__HELD__INIT;
    size_t n = f->faults ? f->faults->count : 0;
    dcf_fault_code reason =
        n ? f->faults->items[n - 1].code : DCF_FAULT_RECEIVER_REFUSED; /* the last sums up */
    held.held_id = f->about->message_id;
    held.reason = (char *)dcf_fault_row_of(reason)->id;
    held.faults = dcf_faults_to_proto(f->faults, arena, &held.n_faults);
    held.held_at_ms = f->now_ms;
    held.case_key = f->about->case_key;
    held.stage = (char *)DCF_STAGE_DELIVERY;
    held.link = f->about->source ? f->about->source->link : (char *)"";
    held.envelope = (Dcf__V1__Envelope *)f->about;
    if (!held.faults) return DCF_ERR(NOMEM);
    return dcf_message_pack(&held.base, out);
}
