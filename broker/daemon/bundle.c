/* bundle.c - see bundle.h. */
#include "daemon/bundle.h"

#include "base/clock.h"
#include "dcf/v1/audit.pb-c.h"
#include "dcf/v1/case_state.pb-c.h"
#include "exchange/replay.h"
#include "kafka/producer.h"
#include "kafka/reader.h"
#include "kafka/topics.h"
#include "model/audit.h"
#include "model/message.h"
#include "security/digest.h"

#include <stdatomic.h>
#include <string.h>

enum { CALL_MS = 10000, POLL_MS = 200, TRIES = 3, VERSIONS_MAX = 64 };

/* --- putting ---------------------------------------------------------------------------- */

static void note(void *opaque, dcf_status status)
{
    atomic_store((atomic_bool *)opaque, dcf_ok(status));
}

/* One record; OK once Kafka has it. */
static dcf_status put(const dcf_kafka_conf *kafka, const char *topic, const char *key,
                      const char *type, const ProtobufCMessage *m)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf packed = {0};
    const char *const outputs[] = {topic};
    dcf_producer *p = NULL;
    dcf_kafka_error err = {{0}};
    atomic_bool there = false;
    DCF_TRY(dcf_message_pack(m, &packed));
    DCF_TRY(dcf_producer_open(kafka, outputs, 1, &p, &err));
    const dcf_header headers[] = {{"ce_specversion", dcf_span_str("1.0")},
                                  {"ce_id", dcf_span_str(key)},
                                  {"ce_source", dcf_span_str("/dcf/daemon")},
                                  {"ce_type", dcf_span_str(type)},
                                  {"content-type", dcf_span_str("application/protobuf")}};
    const dcf_out out = {.topic = topic,
                         .partition = -1,
                         .key = dcf_span_str(key),
                         .value = dcf_buf_span(&packed),
                         .headers = headers,
                         .header_count = sizeof headers / sizeof headers[0]};
    dcf_status s = dcf_producer_send(p, &out, note, &there);
    if (dcf_ok(s)) s = dcf_producer_flush(p, CALL_MS);
    dcf_producer_close(p, CALL_MS); /* every callback has run */
    return dcf_ok(s) && !atomic_load(&there) ? DCF_ERR(UNAVAILABLE) : s;
}

dcf_status dcf_rules_publish(const dcf_kafka_conf *kafka, const char *topic,
                             const Dcf__V1__RuleSet *set)
{
    return put(kafka, topic, set->version, "uk.dcf.v1.RuleSet", &set->base);
}

/* --- reading ---------------------------------------------------------------------------- */

typedef struct gathering {
    const dcf_bundle_ask *ask;
    dcf_arena arena;
    dcf_arena record; /* the one in hand */
    int32_t partition;
    Dcf__V1__CaseBundle bundle;
    uint8_t sha256[32]; /* the bundle's */
    size_t inputs_room, events_room;
    const char *versions[VERSIONS_MAX];
    size_t version_count;
    ProtobufCBinaryData state;
    char *stands; /* the state's name */
} gathering;

typedef dcf_status take_record(gathering *g, const dcf_record *r);

static dcf_status scan(gathering *g, const char *topic, int32_t partition, take_record *take)
{
    dcf_reader *reader = NULL;
    dcf_kafka_error err = {{0}};
    const dcf_reader_start start = {topic, partition, DCF_OFFSET_BEGINNING};
    DCF_TRY(dcf_reader_open(g->ask->kafka, &start, 1, &reader, &err));
    dcf_status s = DCF_OK;
    while (dcf_ok(s) && !dcf_reader_caught_up(reader)) {
        dcf_record r = {0};
        s = dcf_reader_poll(reader, POLL_MS, &r);
        if (dcf_ok(s) && r.value.data) s = take(g, &r);
        dcf_record_free(&r);
        if (dcf_is(s, DCF_E_AGAIN)) s = DCF_OK;
        if (!g->ask->go_on(g->ask->self)) s = DCF_ERR(TIMEOUT);
    }
    dcf_reader_close(reader);
    return s;
}

static bool is_of_case(const gathering *g, const dcf_record *r)
{
    return dcf_span_eq(r->key, dcf_span_str(g->ask->case_key));
}

static dcf_status copy(gathering *g, dcf_span bytes, ProtobufCBinaryData *ret)
{
    uint8_t *to = dcf_arena_alloc(&g->arena, bytes.size);
    if (!to) return DCF_ERR(LIMIT);
    memcpy(to, bytes.data, bytes.size);
    *ret = (ProtobufCBinaryData){.len = bytes.size, .data = to};
    return DCF_OK;
}

static dcf_status take_input(gathering *g, const dcf_record *r)
{
    if (!is_of_case(g, r)) return DCF_OK;
    Dcf__V1__CaseBundle *b = &g->bundle;
    if (b->n_inputs == g->inputs_room) {
        size_t room = g->inputs_room ? 2 * g->inputs_room : 64;
        b->inputs =
            dcf_arena_grow(&g->arena, b->inputs, b->n_inputs, room, sizeof(Dcf__V1__BundleInput *));
        if (!b->inputs) return DCF_ERR(LIMIT);
        g->inputs_room = room;
    }
    Dcf__V1__BundleInput *in = dcf_arena_alloc(&g->arena, sizeof *in);
    if (!in) return DCF_ERR(LIMIT);
    dcf__v1__bundle_input__init(in);
    in->partition = r->partition;
    in->offset = r->offset;
    in->stored_at_ms = r->timestamp_ms;
    b->inputs[b->n_inputs++] = in;
    return copy(g, r->value, &in->envelope);
}

static dcf_status remember_version(gathering *g, const char *version)
{
    for (size_t i = 0; i < g->version_count; i++)
        if (strcmp(g->versions[i], version) == 0) return DCF_OK;
    if (g->version_count == VERSIONS_MAX) return DCF_ERR(LIMIT);
    char *kept = dcf_arena_strdup(&g->arena, version);
    if (!kept) return DCF_ERR(LIMIT);
    g->versions[g->version_count++] = kept;
    return DCF_OK;
}

static dcf_status add_event(gathering *g, const Dcf__V1__AuditEvent *a)
{
    Dcf__V1__CaseBundle *b = &g->bundle;
    DCF_CLEANUP(dcf_buf_fini) dcf_buf packed = {0};
    DCF_TRY(remember_version(g, a->rules_version));
    if (b->n_events == g->events_room) {
        size_t room = g->events_room ? 2 * g->events_room : 64;
        b->events = dcf_arena_grow(&g->arena, b->events, b->n_events, room, sizeof *b->events);
        if (!b->events) return DCF_ERR(LIMIT);
        g->events_room = room;
    }
    DCF_TRY(dcf_message_pack(&a->base, &packed));
    return copy(g, dcf_buf_span(&packed), &b->events[b->n_events++]);
}

/* Those that the exchange made; others tell of the case, and decide nothing. */
static dcf_status take_event(gathering *g, const dcf_record *r)
{
    Dcf__V1__AuditEvent **events = NULL;
    size_t n = 0;
    if (!is_of_case(g, r)) return DCF_OK;
    dcf_arena_reset(&g->record);
    DCF_TRY(dcf_audit_split(r->value, &g->record, &events, &n));
    for (size_t i = 0; i < n; i++)
        if (events[i]->run_at_ms) DCF_TRY(add_event(g, events[i]));
    return DCF_OK;
}

static dcf_status take_state(gathering *g, const dcf_record *r)
{
    return is_of_case(g, r) ? copy(g, r->value, &g->state) : DCF_OK;
}

static dcf_status take_rules(gathering *g, const dcf_record *r)
{
    for (size_t i = 0; i < g->version_count; i++) {
        if (!dcf_span_eq(r->key, dcf_span_str(g->versions[i]))) continue;
        ProtobufCMessage *m = NULL;
        DCF_TRY(dcf_message_unpack(&dcf__v1__rule_set__descriptor, r->value, &g->arena, &m));
        g->bundle.rules[g->bundle.n_rules++] = (Dcf__V1__RuleSet *)m;
        g->versions[i] = ""; /* found; another daemon may have put the same once more */
    }
    return DCF_OK;
}

/* --- gathering -------------------------------------------------------------------------- */

static void begin_anew(gathering *g)
{
    dcf_arena_reset(&g->arena);
    dcf__v1__case_bundle__init(&g->bundle);
    g->inputs_room = g->events_room = g->version_count = 0;
    g->state = (ProtobufCBinaryData){0};
}

/* The state before and after the rest was read: unchanged, all of it belongs together. */
static dcf_status gather(gathering *g, bool *ret_still)
{
    const dcf_names *n = g->ask->names;
    begin_anew(g);
    DCF_TRY(scan(g, n->state, g->partition, take_state));
    ProtobufCBinaryData before = g->state;
    DCF_TRY(scan(g, n->audit, g->partition, take_event));
    DCF_TRY(scan(g, n->submitted, g->partition, take_input));
    DCF_TRY(scan(g, n->state, g->partition, take_state));
    *ret_still =
        dcf_span_eq(dcf_span_of(before.data, before.len), dcf_span_of(g->state.data, g->state.len));
    g->bundle.rules = dcf_arena_alloc(&g->arena, VERSIONS_MAX * sizeof(Dcf__V1__RuleSet *));
    if (!g->bundle.rules) return DCF_ERR(LIMIT);
    return scan(g, n->rules, 0, take_rules);
}

static dcf_status tell_audit(const gathering *g)
{
    Dcf__V1__AuditEvent a = DCF__V1__AUDIT_EVENT__INIT;
    Dcf__V1__HeldStep step = DCF__V1__HELD_STEP__INIT;
    Dcf__V1__CaseState *state =
        g->state.len ? dcf__v1__case_state__unpack(NULL, g->state.len, g->state.data) : NULL;
    step.operator_ = (char *)(uintptr_t)g->ask->operator_;
    step.at_ms = dcf_clock_ms();
    a.kind = DCF__V1__AUDIT_KIND__AUDIT_KIND_EXPORTED;
    a.at_ms = step.at_ms;
    a.case_key = (char *)(uintptr_t)g->ask->case_key;
    a.instance = (char *)(uintptr_t)g->ask->instance;
    a.step = &step;
    if (state) {
        a.state_before = a.state_after = state->state;
        a.force = state->force;
        a.area = state->area;
        a.test = state->test;
    }
    dcf_status s =
        put(g->ask->kafka, g->ask->names->audit, a.case_key, "uk.dcf.v1.AuditEvent", &a.base);
    if (state) dcf__v1__case_state__free_unpacked(state, NULL);
    return s;
}

/* The digest is the last field: it is packed empty, and put in. */
static dcf_status seal(gathering *g, dcf_buf *out)
{
    memset(g->sha256, 0, sizeof g->sha256);
    g->bundle.sha256 = (ProtobufCBinaryData){.len = sizeof g->sha256, .data = g->sha256};
    DCF_TRY(dcf_message_pack(&g->bundle.base, out));
    dcf_sha256(dcf_span_of(out->data, out->size - DCF_BUNDLE_SEAL), g->sha256);
    memcpy(out->data + out->size - sizeof g->sha256, g->sha256, sizeof g->sha256);
    return DCF_OK;
}

static dcf_status collect(gathering *g, dcf_buf *out)
{
    int partitions = 0;
    bool still = false;
    DCF_TRY(dcf_topic_partitions(g->ask->kafka, g->ask->names->submitted, CALL_MS, &partitions));
    g->partition = dcf_topic_partition_of(dcf_span_str(g->ask->case_key), partitions);
    for (int i = 0; i < TRIES && !still; i++) DCF_TRY(gather(g, &still));
    if (!still) return DCF_ERR(AGAIN);
    if (!g->bundle.n_inputs) return DCF_ERR(NOT_FOUND);
    g->bundle.format = 1;
    g->bundle.case_key = (char *)(uintptr_t)g->ask->case_key;
    g->bundle.program_version = (char *)(uintptr_t)DCF_VERSION;
    g->bundle.made_at_ms = dcf_clock_ms();
    g->bundle.state = g->state;
    DCF_TRY(tell_audit(g));
    return seal(g, out);
}

dcf_status dcf_bundle_collect(const dcf_bundle_ask *ask, dcf_buf *out)
{
    gathering g = {.ask = ask};
    dcf_arena_init(&g.arena, DCF_BUNDLE_MAX);
    dcf_arena_init(&g.record, DCF_BUNDLE_MAX);
    out->limit = DCF_BUNDLE_MAX;
    dcf_status s = collect(&g, out);
    dcf_arena_fini(&g.record);
    dcf_arena_fini(&g.arena);
    return s;
}
