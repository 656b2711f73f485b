/* watch.c - keeps what the reader tells of each value, and names its canonical place at the end. */
#include "translate/watch.h"

#include "translate/reader.h"

#include <stdio.h>

const char *dcf_fate_name(dcf_fate fate)
{
    static const char *const names[DCF_FATE_COUNT] = {
        [DCF_FATE_MAPPED] = "mapped",   [DCF_FATE_DEFAULT] = "default",
        [DCF_FATE_SET] = "set",         [DCF_FATE_CONSTANT] = "constant",
        [DCF_FATE_WRITTEN] = "written", [DCF_FATE_DROPPED] = "dropped",
        [DCF_FATE_CARRIED] = "carried", [DCF_FATE_REFUSED] = "refused",
    };
    return names[fate];
}

/* --- while reading -----------------------------------------------------------------------------
 */

/* Which item of a list the next value becomes. */
static size_t item_of(const dcf_reader *r, const ProtobufCMessage *base, const dcf_path *p)
{
    const ProtobufCMessage *m = p->absolute ? &r->envelope->base : base;
    for (size_t i = 0; m && i + 1 < p->count; i++) m = dcf_field_get_message(m, p->steps[i], 0);
    if (p->index >= 0) return (size_t)p->index;
    return m ? dcf_field_count(m, dcf_path_field(p)) : 0;
}

static bool keep(dcf_reader *r, const dcf_sighting *s, const ProtobufCMessage *base,
                 const dcf_path *path)
{
    dcf_watch *w = r->watch;
    dcf_sightings *seen = w->seen;
    if (seen->count == seen->capacity) {
        size_t capacity = seen->capacity ? seen->capacity * 2 : 64;
        dcf_sighting *items =
            dcf_arena_grow(r->arena, seen->items, seen->count, capacity, sizeof *items);
        dcf_watch_place *places =
            dcf_arena_grow(r->arena, w->places, seen->count, capacity, sizeof *places);
        if (!items || !places) return dcf_reader_no_memory(r);
        seen->items = items;
        seen->capacity = capacity;
        w->places = places;
    }
    w->places[seen->count] =
        (dcf_watch_place){.base = base, .path = path, .item = path ? item_of(r, base, path) : 0};
    seen->items[seen->count++] = *s;
    return s->native && s->value ? true : dcf_reader_no_memory(r);
}

/* What every sighting starts from. */
static dcf_sighting sighting(const dcf_reader *r, dcf_fate fate, dcf_span value, const dcf_event *e)
{
    return (dcf_sighting){.fate = fate,
                          .native = dcf_arena_strdup(r->arena, r->parse.path),
                          .value = dcf_arena_str(r->arena, value),
                          .canonical = "",
                          .field = "",
                          .second = "",
                          .codec = "",
                          .argument = "",
                          .reason = "",
                          .table = "",
                          .from = "",
                          .to = "",
                          .line = e->line,
                          .column = e->column};
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* The row of the code table that reads the value. */
static void add_codes(const dcf_reader *r, const dcf_rule *rule, dcf_span value, dcf_sighting *s)
{
    const dcf_codes *codes = rule->as.codes;
    char day[11] = "";
    if (!codes) return;
    s->table = codes->name;
    if (strlen(r->envelope->sent_at) >= 10 && r->envelope->sent_at[0] != 'T')
        memcpy(day, r->envelope->sent_at, 10);
    const dcf_code_row *row = dcf_codes_read(codes, dcf_span_trim(value), day);
    if (!row) return;
    s->from = row->from;
    s->to = row->to;
}

bool dcf_watch_rule(dcf_reader *r, dcf_fate fate, const ProtobufCMessage *base,
                    const dcf_rule *rule, const dcf_event *e)
{
    if (!r->watch) return true;
    if (rule->drop)
        fate = DCF_FATE_DROPPED;
    else if (!(rule->only & DCF_READ))
        fate = DCF_FATE_WRITTEN;
    else if (rule->constant || rule->path.count == 0)
        fate = DCF_FATE_CONSTANT;
    dcf_span value = fate == DCF_FATE_DEFAULT ? dcf_span_str(rule->fallback) : e->value;
    const dcf_codec_use *use = &rule->as;
    dcf_sighting s = sighting(r, fate, value, e);
    s.field = or_empty(rule->path.text);
    s.second = or_empty(rule->second.text);
    s.codec = use->codec ? use->codec->name : "";
    s.argument = or_empty(use->codes ? use->codes->name : use->pattern);
    s.loss = use->codec ? use->codec->loss : NULL;
    s.reason = or_empty(rule->drop);
    s.row = rule->line;
    add_codes(r, rule, value, &s);
    return keep(r, &s, base, rule->path.count ? &rule->path : NULL);
}

bool dcf_watch_value(dcf_reader *r, dcf_fate fate, const char *reason, const dcf_event *e)
{
    if (!r->watch || e->value_kind == DCF_VALUE_NULL || dcf_span_trim(e->value).size == 0)
        return true;
    dcf_sighting s = sighting(r, fate, e->value, e);
    s.reason = or_empty(reason);
    return keep(r, &s, NULL, NULL);
}

bool dcf_watch_where(dcf_reader *r, const ProtobufCMessage *base, const dcf_variant *v,
                     const dcf_where *where, const dcf_event *e)
{
    if (!r->watch) return true;
    dcf_sighting s = sighting(r, DCF_FATE_SET, dcf_span_str(where->value), e);
    s.field = or_empty(where->path.text);
    s.row = v->line;
    return keep(r, &s, base, &where->path);
}

/* --- the canonical place ------------------------------------------------------------------------
 */

/* Where m stands below the message at, as "defendants[1].person."; false when it is not there. */
static bool find(const ProtobufCMessage *at, const ProtobufCMessage *m, dcf_trail *path)
{
    if (at == m) return true;
    size_t size = path->size;
    for (unsigned i = 0; i < at->descriptor->n_fields; i++) {
        dcf_field *f = &at->descriptor->fields[i];
        size_t n = dcf_field_message(f) ? dcf_field_count(at, f) : 0;
        for (size_t k = 0; k < n; k++) {
            char step[160];
            int size_of = dcf_field_repeated(f) ? snprintf(step, sizeof step, "%s[%zu]", f->name, k)
                                                : snprintf(step, sizeof step, "%s", f->name);
            if (!dcf_trail_push(path, false, dcf_span_of(step, (size_t)size_of), 0)) return false;
            if (find(dcf_field_get_message(at, f, k), m, path)) return true;
            dcf_trail_cut(path, size);
        }
    }
    return false;
}

static const char *place_of(const dcf_reader *r, const dcf_watch_place *p)
{
    dcf_trail path = {.arena = r->arena};
    const ProtobufCMessage *base = p->path->absolute ? &r->envelope->base : p->base;
    if (!base || !p->path->count || !find(&r->envelope->base, base, &path)) return "";
    for (size_t i = 0; i < p->path->count; i++)
        if (!dcf_trail_push(&path, false, dcf_span_str(p->path->steps[i]->name), 0)) return NULL;
    char item[24] = "";
    if (dcf_field_repeated(dcf_path_field(p->path))) snprintf(item, sizeof item, "[%zu]", p->item);
    for (char *c = path.text; *c; c++)
        if (*c == '/') *c = '.';
    size_t first = strcspn(path.text, ".[");
    dcf_field *f = dcf_field_find(r->envelope->base.descriptor, path.text, first);
    bool body = f && (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);
    return dcf_arena_printf(r->arena, "%s%s%s", body ? "" : "/",
                            body ? path.text + first + 1 : path.text, item);
}

dcf_status dcf_to_canonical_watched(const dcf_dialect *d, dcf_span native, dcf_arena *arena,
                                    dcf_faults *faults, Dcf__V1__Envelope **ret,
                                    dcf_sightings *ret_seen)
{
    *ret_seen = (dcf_sightings){0};
    dcf_watch watch = {.seen = ret_seen};
    dcf_reader r = {
        .d = d, .arena = arena, .faults = faults, .trail.arena = arena, .watch = &watch};
    dcf_status s = dcf_reader_run(&r, native, NULL);
    if (r.envelope) *ret = r.envelope;
    for (size_t i = 0; r.envelope && i < ret_seen->count; i++) {
        if (!watch.places[i].path) continue;
        ret_seen->items[i].canonical = place_of(&r, &watch.places[i]);
        if (!ret_seen->items[i].canonical) return DCF_ERR(NOMEM);
    }
    return s;
}
