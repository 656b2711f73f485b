/* gateway.c - see gateway.h. */
#include "daemon/gateway.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/arrival_order.h"
#include "daemon/wire.h"
#include "model/envelope.h"
#include "model/fault_proto.h"
#include "model/ids.h"
#include "security/digest.h"
#include "security/random.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    FAULTS_MAX = 1000,
    FAULTS_MEMORY = 2 << 20, /* bytes of arena for the faults */
    HEADER_MEMORY = 2 << 20, /* and for all that is said of a document besides its content */
    ID_MAX = 200             /* bytes of a sender's id that stand in ours as they are */
};

struct dcf_gateway {
    dcf_gateway_config config;
    dcf_order *order;
};

/* One document between arrival and Kafka's word. What it turned into has an arena of its own, so
 * that there is memory left to refuse a document that filled it. */
typedef struct entry {
    dcf_gateway *gateway;
    dcf_arrival *arrival;
    dcf_arena content, header, faults_arena;
    dcf_faults faults;
    Dcf__V1__Envelope *envelope; /* NULL when memory is short */
    const char *message_id;      /* in header; "" before there is one */
    bool refused;
    dcf_order_turn turn; /* in its case's order */
} entry;

static void entry_fini(entry *x)
{
    dcf_arena_fini(&x->content);
    dcf_arena_fini(&x->header);
    dcf_arena_fini(&x->faults_arena);
}

static void go_on(dcf_order_turn *turn, bool confirmed);

static void end(entry *x, dcf_verdict_kind kind)
{
    const char *id = kind == DCF_VERDICT_BUSY ? "" : x->message_id, *link = x->arrival->link->name;
    dcf_verdict v = {.kind = kind, .message_id = id, .faults = &x->faults};
    static const char *const words[] = {"accepted", "refused", "busy"};
    bool confirmed = kind != DCF_VERDICT_BUSY;
    dcf_order_turn *followers = NULL;
    if (x->turn.place)
        followers = dcf_order_leave(x->gateway->order, &x->turn, confirmed, dcf_clock_mono_ms());
    dcf_measure_arrival(x->gateway->config.measures, link, words[kind]);
    if (kind == DCF_VERDICT_REFUSED)
        dcf_log(DCF_LOG_WARN, "DOCUMENT_REFUSED", "link", link, "message", id, "first",
                x->faults.count ? dcf_fault_row_of(x->faults.items[0].code)->id : "", "errors",
                DCF_U64(x->faults.errors), NULL);
    x->arrival->settle(x->arrival, &v);
    entry_fini(x);
    free(x);
    if (followers) go_on(followers, confirmed);
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
    const Dcf__V1__Envelope *read = x->envelope;
    Dcf__V1__Envelope *e = dcf_arena_alloc(&x->header, sizeof *e);
    Dcf__V1__Refusal *refusal = dcf_arena_alloc(&x->header, sizeof *refusal);
    x->refused = true;
    x->envelope = NULL;
    if (!e || !refusal) return;
    dcf__v1__envelope__init(e);
    dcf__v1__refusal__init(refusal);
    if (read) { /* what could be read of it still says what it was about */
        char *key = dcf_envelope_case_key(read, &x->header);
        if (key) e->case_key = key;
        e->source_message_id = read->source_message_id;
        e->correlation_id = read->correlation_id;
        e->native = read->native;
        e->source = read->source;
        e->test = read->test;
    }
    refusal->file_name = (char *)a->name;
    refusal->native_body =
        (ProtobufCBinaryData){.len = a->body.size, .data = (uint8_t *)a->body.data};
    refusal->faults = dcf_faults_to_proto(&x->faults, &x->header, &refusal->n_faults);
    e->body_case = DCF__V1__ENVELOPE__BODY_REFUSAL;
    e->refusal = refusal;
    if (refusal->faults) x->envelope = e;
}

/* Ours goes into HTTP headers, file names and logs. */
static bool is_plain(const char *id)
{
    size_t n = 0;
    while (id[n] > ' ' && id[n] < 127) n++;
    return n && !id[n] && n <= ID_MAX;
}

static bool set_identity(entry *x)
{
    const dcf_arrival *a = x->arrival;
    Dcf__V1__Envelope *e = x->envelope;
    uint8_t hash[DCF_SHA256_SIZE];
    char made[DCF_SHORT_ID_SIZE]; /* where there is no usable id: the same again for the same
                                     document */
    const char *id = e->source_message_id[0] ? e->source_message_id : a->source_id;
    dcf_sha256(id[0] && !x->refused ? dcf_span_str(id) : a->body, hash);
    dcf_short_id(hash, made);
    if (x->refused) /* a corrected document may come under the same id, so that id is not used up */
        e->message_id = dcf_arena_printf(&x->header, "%s:refused:%s", a->link->name, made);
    else
        e->message_id =
            dcf_arena_printf(&x->header, "%s:%s", a->link->name, is_plain(id) ? id : made);
    if (!e->message_id) return false;
    if (!e->source_message_id[0])
        e->source_message_id = strchr(e->message_id, ':') + 1; /* what is told of it back */
    if (!e->correlation_id[0]) e->correlation_id = e->source_message_id;
    x->message_id = e->message_id;
    return true;
}

static bool set_source(entry *x)
{
    const dcf_link *link = x->arrival->link;
    Dcf__V1__Envelope *e = x->envelope;
    if (!e->source) {
        e->source = dcf_arena_alloc(&x->header, sizeof *e->source);
        if (!e->source) return false;
        dcf__v1__endpoint__init(e->source);
    }
    e->source->party =
        (char *)link->party->name; /* who it is, is the link's to say, never the document's */
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
        e->native = dcf_arena_alloc(&x->header, sizeof *e->native);
        if (!e->native) return false;
        dcf__v1__native__init(e->native);
    }
    e->native->dialect = (char *)dcf_dialect_name(d);
    e->native->mapping_version = (char *)dcf_dialect_version(d);
    e->native->media_type = (char *)dcf_dialect_media_type(d);
    e->native->size = a->body.size;
    e->native->sha256 = hash_of(&x->header, a->body);
    return e->native->sha256.data != NULL;
}

static bool set_case(entry *x)
{
    Dcf__V1__Envelope *e = x->envelope;
    if (!x->refused) e->case_key = dcf_envelope_case_key(e, &x->header);
    e->shadow = x->arrival->link->stage == DCF_STAGE_SHADOW && !e->test;
    dcf_urn urn;
    if (e->case_key && dcf_urn_parse(dcf_span_str(e->case_key), &urn) != DCF_ID_BAD_FORM)
        e->force = dcf_arena_strdup(&x->header, urn.force);
    if (e->shadow && e->case_key && *e->case_key)
        e->case_key = dcf_arena_printf(&x->header, "%c%s", DCF_SHADOW_MARK, e->case_key);
    return e->case_key && e->force;
}

static bool set_body_hash(entry *x)
{
    dcf_buf body = {0};
    bool ok = dcf_ok(dcf_envelope_pack_body(x->envelope, &body));
    if (ok) x->envelope->body_sha256 = hash_of(&x->header, dcf_buf_span(&body));
    dcf_buf_fini(&body);
    return ok && x->envelope->body_sha256.data;
}

static bool set_trace(entry *x)
{
    uint8_t id[24];
    char hex[49];
    dcf_random_bytes(id, sizeof id);
    dcf_hex(id, sizeof id, hex);
    x->envelope->traceparent = dcf_arena_printf(&x->header, "00-%.32s-%.16s-01", hex, hex + 32);
    return x->envelope->traceparent != NULL;
}

static bool set_warnings(entry *x)
{
    x->envelope->warnings = dcf_faults_to_proto(&x->faults, &x->header, &x->envelope->n_warnings);
    return x->envelope->warnings != NULL;
}

static bool complete(entry *x)
{
    if (!x->envelope) return false;
    x->envelope->schema_version = 1;
    x->envelope->received_at_ms = dcf_clock_ms();
    return set_identity(x) && set_source(x) && set_native(x) && set_case(x) && set_body_hash(x) &&
           set_trace(x) && (x->refused || set_warnings(x));
}

/* --- arrival ---------------------------------------------------------------------- */

static void kafka_has_it(void *opaque, dcf_status status);

static void translate(entry *x)
{
    const dcf_arrival *a = x->arrival;
    if (a->fault) {
        dcf_faults_add(&x->faults, a->fault, 0, 0, "", "", "%s", a->name);
        return;
    }
    const dcf_dialect *d = dcf_dialects_get(x->gateway->config.dialects, a->link->dialect);
    dcf_status s =
        dcf_to_canonical(d, a->body, &a->link->limits, &x->content, &x->faults, &x->envelope);
    if (dcf_failed(s) && x->faults.errors == 0)
        dcf_faults_add(&x->faults, DCF_FAULT_TOO_MANY, 0, 0, "", "", "%s", dcf_status_text(s));
}

/* After OK x belongs to the producer's thread, and may be gone. */
static dcf_status produce(entry *x)
{
    dcf_buf packed DCF_CLEANUP(dcf_buf_fini) = {0};
    DCF_TRY(dcf_envelope_pack(x->envelope, &packed));
    return dcf_wire_produce(x->gateway->config.producer, x->gateway->config.topic, x->envelope,
                            dcf_buf_span(&packed), kafka_has_it, x);
}

/* After OK x belongs to the producer's thread or to the one before it, and may be gone. */
static dcf_status send(entry *x)
{
    if (!complete(x)) return DCF_ERR(NOMEM);
    const Dcf__V1__Envelope *e = x->envelope;
    if (!*e->case_key || x->turn.place) return produce(x);
    switch (dcf_order_enter(x->gateway->order, x->arrival->link->name, e->case_key, e->message_id,
                            dcf_clock_mono_ms(), &x->turn)) {
    case DCF_ORDER_GO:
        return produce(x);
    case DCF_ORDER_WAIT:
        return DCF_OK;
    default:
        return DCF_ERR(AGAIN);
    }
}

/* Kafka will never take what the document became: it is refused, whole if that fits, else by name
 * alone. */
static dcf_status send_less(entry *x)
{
    if (!x->refused) {
        dcf_faults_add(&x->faults, DCF_FAULT_TOO_LARGE, 0, 0, "", "",
                       "as a message it is over the limit");
        make_refusal(x);
    } else if (x->envelope->refusal->native_body.len) {
        x->envelope->refusal->native_body = (ProtobufCBinaryData){0};
    } else {
        return DCF_ERR(UNAVAILABLE);
    }
    return send(x);
}

static void submit(entry *x, dcf_status s)
{
    while (dcf_is(s, DCF_E_LIMIT)) s = send_less(x);
    if (dcf_ok(s)) return;
    dcf_log(DCF_LOG_WARN, "KAFKA_NOT_CONFIRMED", "link", x->arrival->link->name, "status",
            dcf_status_name(s), NULL);
    end(x, DCF_VERDICT_BUSY);
}

/* The one behind a confirmed document goes; all behind a failed one must come again. */
static void go_on(dcf_order_turn *turn, bool confirmed)
{
    while (turn) {
        entry *x = (entry *)((char *)turn - offsetof(entry, turn));
        turn = turn->next;
        submit(x, confirmed ? produce(x) : DCF_ERR(AGAIN));
    }
}

/* On the producer's thread. */
static void kafka_has_it(void *opaque, dcf_status status)
{
    entry *x = opaque;
    if (dcf_ok(status))
        end(x, x->refused ? DCF_VERDICT_REFUSED : DCF_VERDICT_ACCEPTED);
    else
        submit(x, status);
}

static void entry_init(entry *x, dcf_gateway *g, const dcf_arrival *arrival)
{
    x->gateway = g;
    x->arrival = (dcf_arrival *)arrival;
    x->message_id = "";
    dcf_arena_init(&x->content, g->config.message_memory);
    dcf_arena_init(&x->header, HEADER_MEMORY);
    dcf_arena_init(&x->faults_arena, FAULTS_MEMORY);
    dcf_faults_init(&x->faults, &x->faults_arena, FAULTS_MAX);
    translate(x);
}

void dcf_gateway_arrive(void *gateway, dcf_arrival *arrival)
{
    entry *x = calloc(1, sizeof *x);
    if (!x) {
        arrival->settle(
            arrival,
            &(dcf_verdict){.kind = DCF_VERDICT_BUSY, .message_id = "", .faults = &(dcf_faults){0}});
        return;
    }
    entry_init(x, gateway, arrival);
    if (x->faults.errors) make_refusal(x);
    submit(x, send(x));
}

static const dcf_fault *first_error(const dcf_faults *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i].severity == DCF_SEVERITY_ERROR) return &f->items[i];
    return NULL;
}

dcf_status dcf_gateway_translate(dcf_gateway *g, const dcf_arrival *arrival, dcf_buf *ret_packed,
                                 char *why, size_t why_size)
{
    entry x = {0};
    dcf_status s = DCF_ERR(FAULTY);
    entry_init(&x, g, arrival);
    const dcf_fault *f = first_error(&x.faults);
    if (f)
        snprintf(why, why_size, "it still has %zu errors; the first: %s at %s, line %u",
                 x.faults.errors, dcf_fault_row_of(f->code)->id, f->path, f->line);
    else if (x.faults.errors)
        snprintf(why, why_size, "it still has %zu errors", x.faults.errors);
    else
        s = complete(&x) ? dcf_envelope_pack(x.envelope, ret_packed) : DCF_ERR(NOMEM);
    entry_fini(&x);
    return s;
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
    dcf_status s = dcf_order_new(&g->order);
    if (dcf_failed(s)) {
        free(g);
        return s;
    }
    *ret = g;
    return DCF_OK;
}

void dcf_gateway_free(dcf_gateway *g)
{
    if (g) dcf_order_free(g->order);
    free(g);
}
