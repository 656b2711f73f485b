/* gateway.c - see gateway.h. */
#include "daemon/gateway.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/receipt.h"
#include "daemon/wire.h"
#include "model/envelope.h"
#include "model/ids.h"
#include "security/digest.h"
#include "security/random.h"

#include <stdio.h>
#include <stdlib.h>

enum { FAULTS_MAX = 1000 };

struct dcf_gateway {
    dcf_gateway_config config;
};

typedef struct entry { /* one document between arrival and Kafka's word */
    dcf_gateway *gateway;
    dcf_arrival *arrival;
    dcf_arena arena;
    dcf_faults faults;
    Dcf__V1__Envelope *envelope;
    bool refused;
} entry;

static void end(entry *x, dcf_verdict_kind kind)
{
    const char *id = x->envelope && kind != DCF_VERDICT_BUSY ? x->envelope->message_id : "";
    dcf_verdict v = {.kind = kind, .message_id = id, .faults = &x->faults};
    static const char *const words[] = {"accepted", "refused", "busy"};
    dcf_measure_arrival(x->gateway->config.measures, x->arrival->link->name, words[kind]);
    if (kind == DCF_VERDICT_REFUSED)
        dcf_log(DCF_LOG_WARN, "DOCUMENT_REFUSED", "link", x->arrival->link->name, "message", id, "first",
                x->faults.count ? dcf_fault_row_of(x->faults.items[0].code)->id : "", "errors",
                DCF_U64(x->faults.errors), NULL);
    x->arrival->settle(x->arrival, &v);
    dcf_arena_fini(&x->arena);
    free(x);
}

static void kafka_has_it(void *opaque, dcf_status status)
{
    entry *x = opaque;
    if (dcf_failed(status)) {
        dcf_log(DCF_LOG_WARN, "KAFKA_NOT_CONFIRMED", "link", x->arrival->link->name, "status", dcf_status_name(status),
                NULL);
        end(x, DCF_VERDICT_BUSY);
        return;
    }
    end(x, x->refused ? DCF_VERDICT_REFUSED : DCF_VERDICT_ACCEPTED);
}

/* --- making the envelope -------------------------------------------------------- */

static ProtobufCBinaryData hash_of(dcf_arena *arena, dcf_span bytes)
{
    uint8_t *hash = dcf_arena_alloc(arena, DCF_SHA256_SIZE);
    if (!hash) return (ProtobufCBinaryData){0};
    dcf_sha256(bytes, hash);
    return (ProtobufCBinaryData){.len = DCF_SHA256_SIZE, .data = hash};
}

/* The document could not become a message: it travels whole, with its faults. */
static void make_refusal(entry *x)
{
    const dcf_arrival *a = x->arrival;
    Dcf__V1__Envelope *e = dcf_arena_alloc(&x->arena, sizeof *e);
    Dcf__V1__Refusal *refusal = dcf_arena_alloc(&x->arena, sizeof *refusal);
    x->refused = true;
    if (!e || !refusal) {
        x->envelope = NULL;
        return;
    }
    dcf__v1__envelope__init(e);
    dcf__v1__refusal__init(refusal);
    if (x->envelope) { /* what could be read of the header still says what it was about */
        e->source_message_id = x->envelope->source_message_id;
        e->correlation_id = x->envelope->correlation_id;
        e->case_key = x->envelope->case_key;
        e->native = x->envelope->native;
        e->source = x->envelope->source;
        e->test = x->envelope->test;
    }
    refusal->file_name = dcf_arena_strdup(&x->arena, a->name);
    refusal->native_body = (ProtobufCBinaryData){.len = a->body.size, .data = (uint8_t *)a->body.data};
    refusal->faults = dcf_faults_to_proto(&x->faults, &x->arena, &refusal->n_faults);
    e->body_case = DCF__V1__ENVELOPE__BODY_REFUSAL;
    e->refusal = refusal;
    x->envelope = refusal->faults && refusal->file_name ? e : NULL;
}

static bool set_identity(entry *x)
{
    const dcf_arrival *a = x->arrival;
    Dcf__V1__Envelope *e = x->envelope;
    char hex[DCF_SHA256_HEX_SIZE];
    const char *id = e->source_message_id[0] ? e->source_message_id : a->source_id;
    dcf_sha256_hex(a->body, hex);
    if (x->refused) /* a corrected document may come under the same id, so that id is not used up */
        e->message_id = dcf_arena_printf(&x->arena, "%s:refused:%s", a->link->name, hex);
    else
        e->message_id = dcf_arena_printf(&x->arena, "%s:%s", a->link->name, id[0] ? id : hex);
    if (!e->correlation_id[0]) e->correlation_id = e->message_id;
    return e->message_id != NULL;
}

static bool set_source(entry *x)
{
    const dcf_link *link = x->arrival->link;
    Dcf__V1__Envelope *e = x->envelope;
    if (!e->source) {
        e->source = dcf_arena_alloc(&x->arena, sizeof *e->source);
        if (!e->source) return false;
        dcf__v1__endpoint__init(e->source);
    }
    e->source->party = (char *)link->party->name; /* who it is, is the link's to say, never the document's */
    e->source->link = (char *)link->name;
    if (!link->party->live) e->test = true;
    return true;
}

static bool set_native(entry *x)
{
    const dcf_arrival *a = x->arrival;
    Dcf__V1__Envelope *e = x->envelope;
    const dcf_dialect *d = dcf_dialects_get(x->gateway->config.dialects, a->link->dialect);
    if (!e->native) {
        e->native = dcf_arena_alloc(&x->arena, sizeof *e->native);
        if (!e->native) return false;
        dcf__v1__native__init(e->native);
    }
    e->native->dialect = (char *)dcf_dialect_name(d);
    e->native->mapping_version = (char *)dcf_dialect_version(d);
    e->native->media_type = (char *)dcf_dialect_media_type(d);
    e->native->size = a->body.size;
    e->native->sha256 = hash_of(&x->arena, a->body);
    return e->native->sha256.data != NULL;
}

static bool set_case(entry *x)
{
    Dcf__V1__Envelope *e = x->envelope;
    if (!x->refused) e->case_key = dcf_envelope_case_key(e, &x->arena);
    dcf_urn urn;
    if (e->case_key && dcf_urn_parse(dcf_span_str(e->case_key), &urn) != DCF_ID_BAD_FORM)
        e->force = dcf_arena_strdup(&x->arena, urn.force);
    return e->case_key && e->force;
}

static bool set_body_hash(entry *x)
{
    dcf_buf body = {0};
    bool ok = dcf_ok(dcf_envelope_pack_body(x->envelope, &body));
    if (ok) x->envelope->body_sha256 = hash_of(&x->arena, dcf_buf_span(&body));
    dcf_buf_fini(&body);
    return ok && x->envelope->body_sha256.data;
}

static bool set_trace(entry *x)
{
    uint8_t id[24];
    char hex[49];
    dcf_random_bytes(id, sizeof id);
    dcf_hex(id, sizeof id, hex);
    x->envelope->traceparent = dcf_arena_printf(&x->arena, "00-%.32s-%.16s-01", hex, hex + 32);
    return x->envelope->traceparent != NULL;
}

static bool set_warnings(entry *x)
{
    x->envelope->warnings = dcf_faults_to_proto(&x->faults, &x->arena, &x->envelope->n_warnings);
    return x->envelope->warnings != NULL;
}

static bool complete(entry *x)
{
    if (!x->envelope) return false;
    x->envelope->schema_version = 1;
    x->envelope->received_at_ms = dcf_clock_ms();
    return set_identity(x) && set_source(x) && set_native(x) && set_case(x) && set_body_hash(x) && set_trace(x) &&
           (x->refused || set_warnings(x));
}

/* --- arrival ---------------------------------------------------------------------- */

static void translate(entry *x)
{
    const dcf_arrival *a = x->arrival;
    if (a->fault) {
        dcf_faults_add(&x->faults, a->fault, 0, 0, "", "", "%s", a->name);
        return;
    }
    const dcf_dialect *d = dcf_dialects_get(x->gateway->config.dialects, a->link->dialect);
    dcf_status s = dcf_to_canonical(d, a->body, &a->link->limits, &x->arena, &x->faults, &x->envelope);
    if (dcf_failed(s) && x->faults.errors == 0)
        dcf_faults_add(&x->faults, DCF_FAULT_TOO_MANY, 0, 0, "", "", "%s", dcf_status_text(s));
}

static void submit(entry *x)
{
    dcf_buf packed = {0};
    dcf_status s = complete(x) ? dcf_envelope_pack(x->envelope, &packed) : DCF_ERR(NOMEM);
    if (dcf_ok(s))
        s = dcf_wire_produce(x->gateway->config.producer, x->gateway->config.topic, x->envelope, dcf_buf_span(&packed),
                             kafka_has_it, x);
    dcf_buf_fini(&packed);
    if (dcf_failed(s)) end(x, DCF_VERDICT_BUSY);
}

void dcf_gateway_arrive(void *gateway, dcf_arrival *arrival)
{
    dcf_gateway *g = gateway;
    entry *x = calloc(1, sizeof *x);
    if (!x) {
        arrival->settle(arrival, &(dcf_verdict){.kind = DCF_VERDICT_BUSY, .message_id = "", .faults = &(dcf_faults){0}});
        return;
    }
    x->gateway = g;
    x->arrival = arrival;
    dcf_arena_init(&x->arena, g->config.message_memory);
    dcf_faults_init(&x->faults, &x->arena, FAULTS_MAX);
    translate(x);
    if (x->faults.errors) make_refusal(x);
    submit(x);
}

const char *dcf_gateway_media_type(void *gateway, const dcf_link *link)
{
    dcf_gateway *g = gateway;
    const dcf_dialect *d = dcf_dialects_get(g->config.dialects, link->dialect);
    return d ? dcf_dialect_media_type(d) : NULL;
}

dcf_status dcf_gateway_new(const dcf_gateway_config *config, dcf_gateway **ret)
{
    dcf_gateway *g = calloc(1, sizeof *g);
    if (!g) return DCF_ERR(NOMEM);
    g->config = *config;
    *ret = g;
    return DCF_OK;
}

void dcf_gateway_free(dcf_gateway *g)
{
    free(g);
}
