/* wire.c - see wire.h. */
#include "daemon/wire.h"

#include "model/envelope.h"

enum { HEADER_MEMORY = 8192 };

/* Fills out, whose headers live in the arena and in e. */
static dcf_status fill(const char *topic, int32_t partition, const Dcf__V1__Envelope *e, dcf_span packed,
                       dcf_arena *arena, dcf_header headers[DCF_ENVELOPE_HEADERS_MAX], dcf_out *out)
{
    dcf_envelope_header texts[DCF_ENVELOPE_HEADERS_MAX];
    size_t n = 0;
    DCF_TRY(dcf_envelope_headers(e, arena, texts, &n));
    for (size_t i = 0; i < n; i++) headers[i] = (dcf_header){texts[i].name, dcf_span_str(texts[i].value)};
    *out = (dcf_out){.topic = topic,
                     .partition = partition,
                     .key = dcf_span_str(e->case_key[0] ? e->case_key : e->message_id),
                     .value = packed,
                     .headers = headers,
                     .header_count = n};
    return DCF_OK;
}

dcf_status dcf_wire_send(dcf_txn *t, const char *topic, int32_t partition, const Dcf__V1__Envelope *e, dcf_span packed)
{
    dcf_arena arena;
    dcf_header headers[DCF_ENVELOPE_HEADERS_MAX];
    dcf_out out;
    dcf_arena_init(&arena, HEADER_MEMORY);
    dcf_status s = fill(topic, partition, e, packed, &arena, headers, &out);
    if (dcf_ok(s)) s = dcf_txn_send(t, &out);
    dcf_arena_fini(&arena);
    return s;
}

dcf_status dcf_wire_produce(dcf_producer *p, const char *topic, const Dcf__V1__Envelope *e, dcf_span packed,
                            dcf_producer_done done, void *opaque)
{
    dcf_arena arena;
    dcf_header headers[DCF_ENVELOPE_HEADERS_MAX];
    dcf_out out;
    dcf_arena_init(&arena, HEADER_MEMORY);
    dcf_status s = fill(topic, -1, e, packed, &arena, headers, &out);
    if (dcf_ok(s)) s = dcf_producer_send(p, &out, done, opaque);
    dcf_arena_fini(&arena);
    return s;
}
