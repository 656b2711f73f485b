/* replay.c - see replay.h. */
#include "exchange/replay.h"

#include "base/buf.h"
#include "exchange/rule_set.h"
#include "exchange/run.h"
#include "model/envelope.h"
#include "model/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STEP_MEMORY = 256 << 20, RULES_MEMORY = 64 << 20, SETS_MAX = 64 };

typedef struct rules { /* one rule set, made an exchange again */
    dcf_yaml_doc *doc;
    dcf_parties parties;
    dcf_forces *forces;
    dcf_exchange *x;
} rules;

typedef struct replay {
    const Dcf__V1__CaseBundle *bundle;
    rules sets[SETS_MAX];
    size_t set_count;
    dcf_arena arena;     /* of the rules */
    dcf_arena steps[2];  /* of this step and the one before, whose state it borrows */
    dcf_buf packed;      /* the state */
    size_t event, input; /* next of the bundle */
    bool *used;          /* by input: it was decided */
    dcf_replay_report *report;
} replay;

#define DIFFERS(r, ...)                                                                            \
    do {                                                                                           \
        (r)->report->same = false;                                                                 \
        snprintf((r)->report->where, sizeof(r)->report->where, __VA_ARGS__);                       \
    } while (0)

/* --- rules ---------------------------------------------------------------- */

static dcf_status load_rules(replay *r, const Dcf__V1__RuleSet *set, const char *folder, rules *out,
                             dcf_exchange_config *c, dcf_yaml_error *err)
{
    const char *parties = NULL;
    dcf_status whole = dcf_rule_set_check(c, set);
    if (dcf_is(whole, DCF_E_CONFLICT)) {
        DIFFERS(r, "the rules '%s' are not what they were: their digest differs", set->version);
        return DCF_OK;
    }
    DCF_TRY(whole);
    char *place = dcf_arena_printf(&r->arena, "%s/%zu", folder, r->set_count);
    if (!place) return DCF_ERR(NOMEM);
    if (mkdir(place, 0700) != 0) return DCF_ERR(IO);
    DCF_TRY(dcf_rule_set_unpack(set, place, &r->arena, c, &parties));
    DCF_TRY(dcf_yaml_load(parties, &out->doc, err));
    DCF_TRY(dcf_parties_load(out->doc, dcf_yaml_get(dcf_yaml_root(out->doc), "parties"),
                             &out->parties, err));
    DCF_TRY(dcf_forces_load(c->forces_file, &out->forces, err));
    c->parties = &out->parties;
    c->forces = out->forces;
    DCF_TRY(dcf_exchange_new(c, &out->x, err));
    if (strcmp(dcf_exchange_rules_version(out->x), set->version) != 0)
        DIFFERS(r, "the rules '%s' call themselves '%s'", set->version,
                dcf_exchange_rules_version(out->x));
    return DCF_OK;
}

static const dcf_exchange *exchange_of(const replay *r, const char *version)
{
    for (size_t i = 0; i < r->set_count; i++)
        if (strcmp(dcf_exchange_rules_version(r->sets[i].x), version) == 0) return r->sets[i].x;
    return NULL;
}

/* --- comparing ------------------------------------------------------------ */

/* What a daemon adds that its rules did not decide. */
static void forget_site(Dcf__V1__AuditEvent *a)
{
    a->instance = (char *)"";
    for (size_t i = 0; i < a->n_facts; i++)
        if (dcf_fact_is_keyed(a->facts[i]->name)) a->facts[i]->value = (char *)"";
}

static uint64_t varint(dcf_span s, size_t *at)
{
    uint64_t v = 0;
    for (int shift = 0; *at < s.size && shift < 64; shift += 7) {
        uint8_t byte = s.data[(*at)++];
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) break;
    }
    return v;
}

/* The name of the first field in which two packed messages differ. */
static const char *first_difference(const ProtobufCMessageDescriptor *d, dcf_span a, dcf_span b)
{
    unsigned field = 0;
    for (size_t at = 0; at < a.size;) {
        size_t start = at;
        uint64_t tag = varint(a, &at), size = 0;
        field = (unsigned)(tag >> 3);
        if ((tag & 7) == 0)
            (void)varint(a, &at);
        else
            size = (tag & 7) == 2 ? varint(a, &at) : (tag & 7) == 1 ? 8 : 4;
        at = size < a.size - at ? at + size : a.size;
        if (at > b.size || memcmp(a.data + start, b.data + start, at - start) != 0) break;
        if (at == a.size) field = (unsigned)(varint(b, &at) >> 3); /* b goes on */
    }
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(d, field);
    return f ? f->name : "a field";
}

static dcf_status pack_event(const Dcf__V1__AuditEvent *a, dcf_arena *arena, dcf_buf *out)
{
    Dcf__V1__AuditEvent *copy = NULL;
    ProtobufCMessage *m = NULL;
    DCF_CLEANUP(dcf_buf_fini) dcf_buf whole = {0};
    DCF_TRY(dcf_message_pack(&a->base, &whole));
    DCF_TRY(dcf_message_unpack(&dcf__v1__audit_event__descriptor, dcf_buf_span(&whole), arena, &m));
    copy = (Dcf__V1__AuditEvent *)m;
    forget_site(copy);
    return dcf_message_pack(&copy->base, out);
}

static dcf_status compare_event(replay *r, const Dcf__V1__AuditEvent *mine, dcf_arena *arena)
{
    ProtobufCMessage *m = NULL;
    DCF_CLEANUP(dcf_buf_fini) dcf_buf a = {0};
    DCF_CLEANUP(dcf_buf_fini) dcf_buf b = {0};
    if (r->event == r->bundle->n_events) {
        DIFFERS(r, "after event %zu: one more (%s) that was not recorded", r->event,
                mine->message_id);
        return DCF_OK;
    }
    const ProtobufCBinaryData *kept = &r->bundle->events[r->event++];
    DCF_TRY(dcf_message_unpack(&dcf__v1__audit_event__descriptor,
                               dcf_span_of(kept->data, kept->len), arena, &m));
    DCF_TRY(pack_event((Dcf__V1__AuditEvent *)m, arena, &a));
    DCF_TRY(pack_event(mine, arena, &b));
    if (dcf_span_eq(dcf_buf_span(&a), dcf_buf_span(&b))) return DCF_OK;
    DIFFERS(
        r, "event %zu of %zu, about %s, under rules '%s': %s differs", r->event,
        r->bundle->n_events, ((Dcf__V1__AuditEvent *)m)->message_id,
        ((Dcf__V1__AuditEvent *)m)->rules_version,
        first_difference(&dcf__v1__audit_event__descriptor, dcf_buf_span(&a), dcf_buf_span(&b)));
    return DCF_OK;
}

/* --- stepping ------------------------------------------------------------- */

static dcf_status next_event(const replay *r, dcf_arena *arena, const Dcf__V1__AuditEvent **ret)
{
    ProtobufCMessage *m = NULL;
    const ProtobufCBinaryData *b = &r->bundle->events[r->event];
    DCF_TRY(dcf_message_unpack(&dcf__v1__audit_event__descriptor, dcf_span_of(b->data, b->len),
                               arena, &m));
    *ret = (const Dcf__V1__AuditEvent *)m;
    return DCF_OK;
}

static dcf_status read_input(const replay *r, size_t i, dcf_arena *arena, Dcf__V1__Envelope **ret)
{
    const ProtobufCBinaryData *b = &r->bundle->inputs[i]->envelope;
    return dcf_envelope_unpack(dcf_span_of(b->data, b->len), arena, ret);
}

/* The next input of that id; else an earlier one, which a daemon without transactions decided
 * twice. NULL: there is none. */
static dcf_status find_input(replay *r, const char *id, dcf_arena *arena, Dcf__V1__Envelope **ret)
{
    size_t n = r->bundle->n_inputs;
    *ret = NULL;
    for (size_t k = 0; k < n; k++) {
        size_t i = (r->input + k) % n;
        Dcf__V1__Envelope *e = NULL;
        dcf_status s = read_input(r, i, arena, &e);
        if (dcf_is(s, DCF_E_NOMEM)) return s;
        if (dcf_failed(s) || strcmp(e->message_id, id) != 0) continue;
        if (i >= r->input) r->input = i + 1;
        r->used[i] = true;
        *ret = e;
        return DCF_OK;
    }
    return DCF_OK;
}

static dcf_status keep_state(replay *r, const dcf_outcome *out)
{
    if (!out->state) return DCF_OK;
    dcf_buf_clear(&r->packed);
    return dcf_message_pack(&out->state->base, &r->packed);
}

static dcf_status decide(replay *r, const dcf_exchange *x, const Dcf__V1__AuditEvent *first,
                         dcf_arena *arena, dcf_outcome *out)
{
    ProtobufCMessage *state = NULL;
    Dcf__V1__Envelope *e = NULL;
    if (r->packed.size)
        DCF_TRY(dcf_message_unpack(&dcf__v1__case_state__descriptor, dcf_buf_span(&r->packed),
                                   arena, &state));
    *out = (dcf_outcome){0};
    if (!*first->input_id) {
        r->report->ticks++;
        if (!state) {
            DIFFERS(r, "event %zu: something was due in a case that was not there", r->event + 1);
            return DCF_OK;
        }
        return dcf_exchange_tick(x, (Dcf__V1__CaseState *)state, first->run_at_ms, arena, out);
    }
    DCF_TRY(find_input(r, first->input_id, arena, &e));
    r->report->messages += e != NULL;
    if (!e) {
        DIFFERS(r, "event %zu: the bundle lacks its message %s", r->event + 1, first->input_id);
        return DCF_OK;
    }
    return dcf_exchange_apply(x, (Dcf__V1__CaseState *)state, e, first->run_at_ms, arena, out);
}

static dcf_status step(replay *r, dcf_arena *arena)
{
    const Dcf__V1__AuditEvent *first = NULL;
    dcf_outcome out;
    size_t events = 0;
    DCF_TRY(next_event(r, arena, &first));
    const dcf_exchange *x = exchange_of(r, first->rules_version);
    if (!x) {
        DIFFERS(r, "event %zu: the bundle lacks its rules '%s'", r->event + 1,
                first->rules_version);
        return DCF_OK;
    }
    DCF_TRY(decide(r, x, first, arena, &out));
    for (size_t i = 0; i < out.count && r->report->same; i++)
        if (out.outputs[i].kind == DCF_OUTPUT_AUDIT) {
            DCF_TRY(compare_event(r, out.outputs[i].audit, arena));
            events++;
        }
    if (r->report->same && !events)
        DIFFERS(r, "event %zu, about %s: it does not come about again", r->event + 1,
                first->message_id);
    r->report->events += events;
    return keep_state(r, &out);
}

static dcf_status run(replay *r)
{
    size_t turn = 0;
    while (r->report->same && r->event < r->bundle->n_events) {
        dcf_arena *arena = &r->steps[turn++ % 2];
        dcf_arena_reset(arena);
        DCF_TRY(step(r, arena));
    }
    for (size_t i = 0; i < r->bundle->n_inputs; i++) r->report->undecided += !r->used[i];
    if (!r->report->same) return DCF_OK;
    dcf_span kept = dcf_span_of(r->bundle->state.data, r->bundle->state.len);
    if (!dcf_span_eq(kept, dcf_buf_span(&r->packed)))
        DIFFERS(r, "the state at the end: %s differs",
                first_difference(&dcf__v1__case_state__descriptor, kept, dcf_buf_span(&r->packed)));
    return DCF_OK;
}

static dcf_status prepare(replay *r, const char *folder, dcf_exchange_config base,
                          dcf_yaml_error *err)
{
    if (r->bundle->format != DCF_REPLAY_FORMAT || r->bundle->n_rules > SETS_MAX)
        return DCF_ERR(CORRUPT);
    for (size_t i = 0; i < r->bundle->n_rules && r->report->same; i++) {
        dcf_exchange_config c = base;
        dcf_status s = load_rules(r, r->bundle->rules[i], folder, &r->sets[r->set_count], &c, err);
        r->set_count++; /* also half made: to be freed */
        DCF_TRY(s);
    }
    r->report->versions = r->set_count;
    r->used = dcf_arena_alloc(&r->arena, r->bundle->n_inputs + 1);
    if (!r->used) return DCF_ERR(NOMEM);
    return DCF_OK;
}

dcf_status dcf_replay(const Dcf__V1__CaseBundle *bundle, const char *folder,
                      void (*sha256)(void *, dcf_span, uint8_t[32]), void *sha256_ctx,
                      dcf_replay_report *ret, dcf_yaml_error *err)
{
    replay *r = calloc(1, sizeof *r);
    if (!r) return DCF_ERR(NOMEM);
    *ret = (dcf_replay_report){.same = true};
    r->bundle = bundle;
    r->report = ret;
    dcf_arena_init(&r->arena, RULES_MEMORY);
    for (int i = 0; i < 2; i++) dcf_arena_init(&r->steps[i], STEP_MEMORY);
    dcf_status s =
        prepare(r, folder, (dcf_exchange_config){.sha256 = sha256, .sha256_ctx = sha256_ctx}, err);
    if (dcf_ok(s) && ret->same) s = run(r);
    for (size_t i = 0; i < r->set_count; i++) {
        dcf_exchange_free(r->sets[i].x);
        dcf_forces_free(r->sets[i].forces);
        dcf_parties_free(&r->sets[i].parties);
        dcf_yaml_free(r->sets[i].doc);
    }
    dcf_buf_fini(&r->packed);
    for (int i = 0; i < 2; i++) dcf_arena_fini(&r->steps[i]);
    dcf_arena_fini(&r->arena);
    free(r);
    return s;
}
