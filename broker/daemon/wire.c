/* wire.c - see wire.h. */
#include "daemon/wire.h"

#include "model/envelope.h"

#include <inttypes.h>

enum { HEADER_MEMORY = 8192 };

typedef struct wire { /* an envelope on its way; its headers live in an arena and in the envelope */
    dcf_header headers[DCF_ENVELOPE_HEADERS_MAX + 2];
    dcf_out out;
} wire;

static dcf_status fill(wire *w, const char *topic, const Dcf__V1__Envelope *e, dcf_span packed,
                       dcf_arena *arena)
{
    dcf_envelope_header texts[DCF_ENVELOPE_HEADERS_MAX];
    size_t n = 0;
    DCF_TRY(dcf_envelope_headers(e, arena, texts, &n));
    for (size_t i = 0; i < n; i++)
        w->headers[i] = (dcf_header){texts[i].name, dcf_span_str(texts[i].value)};
    if (e->deadline && e->deadline->at_ms) {
        char *at = dcf_arena_printf(arena, "%" PRId64, e->deadline->at_ms);
        if (!at) return DCF_ERR(NOMEM);
        w->headers[n++] = (dcf_header){DCF_WIRE_DEADLINE, dcf_span_str(at)};
    }
    if (e->supersedes[0])
        w->headers[n++] = (dcf_header){DCF_WIRE_SUPERSEDES, dcf_span_str(e->supersedes)};
    w->out = (dcf_out){.topic = topic,
                       .partition = -1,
                       .key = dcf_span_str(e->case_key[0] ? e->case_key : e->message_id),
                       .value = packed,
                       .headers = w->headers,
                       .header_count = n};
    return DCF_OK;
}

dcf_status dcf_wire_send(dcf_txn *t, const char *topic, const Dcf__V1__Envelope *e, dcf_span packed,
                         dcf_arena *arena)
{
    wire w;
    DCF_TRY(fill(&w, topic, e, packed, arena));
    return dcf_txn_send(t, &w.out);
}

dcf_status dcf_wire_produce(dcf_producer *p, const char *topic, const Dcf__V1__Envelope *e,
                            dcf_span packed, dcf_producer_done done, void *opaque)
{
    wire w;
    dcf_arena arena;
    dcf_arena_init(&arena, HEADER_MEMORY);
    dcf_status s = fill(&w, topic, e, packed, &arena);
    if (dcf_ok(s)) s = dcf_producer_send(p, &w.out, done, opaque);
    dcf_arena_fini(&arena);
    return s;
}

dcf_status dcf_wire_send_record(dcf_txn *t, const dcf_wire_record *r)
{
    const dcf_header headers[] = {{"ce_specversion", dcf_span_str("1.0")},
                                  {"ce_id", dcf_span_str(r->id)},
                                  {"ce_source", dcf_span_str(r->source)},
                                  {"ce_type", dcf_span_str(r->type)},
                                  {"content-type", dcf_span_str("application/protobuf")},
                                  {DCF_WIRE_HOPS, dcf_span_str(r->hops ? r->hops : "")}};
    size_t count = sizeof headers / sizeof headers[0];
    return dcf_txn_send(t, &(dcf_out){.topic = r->topic,
                                      .partition = r->partition,
                                      .key = dcf_span_str(r->key[0] ? r->key : r->id),
                                      .value = r->value,
                                      .headers = headers,
                                      .header_count = r->hops ? count : count - 1});
}
