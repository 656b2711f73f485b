/* exchange_desk.c - see exchange_desk.h. */
#include "daemon/exchange_desk.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon/wire.h"
#include "model/audit.h"
#include "model/envelope.h"

#include <ctype.h>
#include <stdio.h>

enum {
    RECORD_OVERHEAD = 4096, /* headers, key and framing of a Kafka record */
    HOPS_SIZE = DCF_AUDIT_HOPS_MAX * 24
};

const char *const *dcf_exchange_topics(const dcf_config *config, dcf_arena *arena,
                                       size_t *ret_count)
{
    const dcf_names *names = &config->names;
    const char *const fixed[] = {names->submitted, names->state, names->held, names->audit};
    size_t n = sizeof fixed / sizeof *fixed, all = n + 2 * config->parties.count;
    const char **list = dcf_arena_alloc(arena, all * sizeof *list);
    if (list) memcpy(list, fixed, sizeof fixed);
    for (; list && n < all; n++) {
        char topic[160];
        size_t i = n - sizeof fixed / sizeof *fixed;
        dcf_config_deliver_topic(config, config->parties.items[i / 2].name, i % 2, topic);
        list[n] = dcf_arena_str(arena, dcf_span_str(topic));
        if (!list[n]) break;
    }
    *ret_count = list ? n : 0;
    return list;
}

static dcf_status send_packed(dcf_exchange_desk *d, dcf_wire_record record, dcf_span packed)
{
    record.source = "/dcf/exchange";
    record.value = packed;
    return dcf_wire_send_record(d->txn, &record);
}

static dcf_status send_message(dcf_exchange_desk *d, dcf_wire_record record,
                               const ProtobufCMessage *m)
{
    dcf_buf_clear(&d->packed);
    DCF_TRY(dcf_message_pack(m, &d->packed));
    return send_packed(d, record, dcf_buf_span(&d->packed));
}

dcf_status dcf_exchange_send_state(dcf_exchange_desk *d, int32_t partition, const char *key,
                                   dcf_span packed)
{
    return send_packed(d,
                       (dcf_wire_record){.topic = d->config->names.state,
                                         .partition = partition,
                                         .key = key,
                                         .id = key,
                                         .type = "uk.dcf.v1.CaseState"},
                       packed);
}

static dcf_status send_held(dcf_exchange_desk *d, const Dcf__V1__Held *h)
{
    return send_message(d,
                        (dcf_wire_record){.topic = d->config->names.held,
                                          .partition = -1,
                                          .key = h->case_key,
                                          .id = h->held_id,
                                          .type = "uk.dcf.v1.Held"},
                        &h->base);
}

/* --- audit: what a decision brought about, as one record ------------------------------------ */

/* "received,applied,routed": what the record tells, for who reads it without our schema. */
static const char *name_hops(const Dcf__V1__AuditEvent *const *events, size_t count,
                             char out[HOPS_SIZE])
{
    static const char prefix[] = "AUDIT_KIND_";
    char *to = out;
    for (size_t i = 0; i < count; i++) {
        const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(
            &dcf__v1__audit_kind__descriptor, (int)events[i]->kind);
        if (i > 0) *to++ = ',';
        for (const char *c = v->name + sizeof prefix - 1; *c; c++)
            *to++ = (char)tolower((unsigned char)*c);
    }
    *to = '\0';
    return out;
}

static dcf_status send_audit(dcf_exchange_desk *d, const Dcf__V1__AuditEvent *const *events,
                             size_t count)
{
    char hops[HOPS_SIZE];
    const Dcf__V1__AuditEvent *a = NULL;
    dcf_arena_reset(&d->arena);
    DCF_TRY(dcf_audit_join(events, count, &d->arena, &a));
    d->outputs[DCF_OUTPUT_AUDIT]++;
    return send_message(d,
                        (dcf_wire_record){.topic = d->config->names.audit,
                                          .partition = -1,
                                          .key = a->case_key,
                                          .id = a->message_id,
                                          .type = "uk.dcf.v1.AuditEvent",
                                          .hops = name_hops(events, count, hops)},
                        &a->base);
}

/* Events of one case lie together in one record, as many as it holds. */
static dcf_status send_events(dcf_exchange_desk *d, const dcf_outcome *o)
{
    const Dcf__V1__AuditEvent *events[DCF_AUDIT_HOPS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < o->count; i++) {
        if (o->outputs[i].kind != DCF_OUTPUT_AUDIT) continue;
        const Dcf__V1__AuditEvent *a = o->outputs[i].audit;
        if (n == DCF_AUDIT_HOPS_MAX || (n && strcmp(events[0]->case_key, a->case_key) != 0)) {
            DCF_TRY(send_audit(d, events, n));
            n = 0;
        }
        events[n++] = a;
    }
    return n ? send_audit(d, events, n) : DCF_OK;
}

/* --- the rest ------------------------------------------------------------------------------- */

static dcf_status send_envelope(dcf_exchange_desk *d, const char *topic, const Dcf__V1__Envelope *e)
{
    dcf_buf_clear(&d->packed);
    dcf_arena_reset(&d->arena);
    DCF_TRY(dcf_envelope_pack(e, &d->packed));
    return dcf_wire_send(d->txn, topic, e, dcf_buf_span(&d->packed), &d->arena);
}

static dcf_status send_delivery(dcf_exchange_desk *d, const dcf_output *o)
{
    char topic[160];
    dcf_config_deliver_topic(d->config, o->deliver->destination->party, o->deliver->urgent, topic);
    if (o->packed.size > d->packed.limit) return DCF_ERR(LIMIT);
    dcf_arena_reset(&d->arena);
    return dcf_wire_send(d->txn, topic, o->deliver, o->packed, &d->arena);
}

static dcf_status send_output(dcf_exchange_desk *d, const dcf_output *o)
{
    if (o->kind == DCF_OUTPUT_AUDIT) return DCF_OK; /* send_events */
    d->outputs[o->kind]++;
    if (o->kind == DCF_OUTPUT_DELIVER) return send_delivery(d, o);
    if (o->kind == DCF_OUTPUT_HELD) return send_held(d, o->held);
    return send_envelope(d, d->config->names.submitted, o->deliver);
}

dcf_status dcf_exchange_send_outputs(dcf_exchange_desk *d, const dcf_outcome *o)
{
    for (size_t i = 0; i < o->count; i++) DCF_TRY(send_output(d, &o->outputs[i]));
    return send_events(d, o);
}

/* What is held is told, so that no message is in flight for ever. */
static dcf_status tell_held(dcf_exchange_desk *d, const Dcf__V1__Held *held,
                            const Dcf__V1__Envelope *e)
{
    Dcf__V1__AuditEvent received = DCF__V1__AUDIT_EVENT__INIT, a;
    received.kind = DCF__V1__AUDIT_KIND__AUDIT_KIND_RECEIVED;
    received.at_ms = held->held_at_ms;
    received.message_id = held->held_id;
    received.case_key = held->case_key;
    received.source_link = held->link;
    received.instance = (char *)d->config->instance;
    if (e) received.type = (char *)dcf_envelope_type(e);
    if (e && e->source) received.source_party = e->source->party;
    a = received;
    a.kind = DCF__V1__AUDIT_KIND__AUDIT_KIND_HELD;
    a.reason = held->reason;
    const Dcf__V1__AuditEvent *const events[] = {&received, &a};
    return send_audit(d, events, 2);
}

dcf_status dcf_exchange_hold(dcf_exchange_desk *d, const dcf_record *r, Dcf__V1__Envelope *e,
                             dcf_fault_code reason)
{
    char id[160];
    Dcf__V1__Held held = DCF__V1__HELD__INIT;
    snprintf(id, sizeof id, "%s/%d/%lld", r->topic, (int)r->partition, (long long)r->offset);
    held.held_id = e && *e->message_id ? e->message_id : id;
    held.stage = (char *)DCF_STAGE_EXCHANGE;
    held.reason = (char *)dcf_fault_row_of(reason)->id;
    held.held_at_ms = dcf_clock_ms();
    if (e) held.case_key = e->case_key;
    held.link = e && e->source ? e->source->link : (char *)r->topic;
    bool fits = r->value.size + RECORD_OVERHEAD < d->config->max_message_bytes;
    if (fits) held.envelope = e;
    if (fits && !e)
        held.native_body =
            (ProtobufCBinaryData){.len = r->value.size, .data = (uint8_t *)r->value.data};
    dcf_log(DCF_LOG_ERROR, "RECORD_HELD", "id", id, "reason", held.reason, NULL);
    d->outputs[DCF_OUTPUT_HELD]++;
    DCF_TRY(send_held(d, &held));
    return tell_held(d, &held, e);
}
