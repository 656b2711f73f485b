/* canonical_json.c - the envelope as JSON and back, by reflection: the reading form of the tools.
 */
#include "dcf/v1/envelope.pb-c.h"
#include "translate/reflect.h"
#include "translate/trail.h"
#include "translate/writers.h"

enum { TEXT_ARENA_MAX = 1 << 24 }; /* for base64 while printing */

static bool number_field(dcf_field *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_MESSAGE:
        return false;
    default:
        return true;
    }
}

static dcf_value_kind kind_of(dcf_field *f)
{
    if (number_field(f)) return DCF_VALUE_NUMBER;
    return f->type == PROTOBUF_C_TYPE_BOOL ? DCF_VALUE_BOOLEAN : DCF_VALUE_TEXT;
}

/* --- writing ----------------------------------------------------------------------------- */

static bool print_message(dcf_arena *a, dcf_sink sink, const ProtobufCMessage *m);

static bool print_value(dcf_arena *a, dcf_sink sink, const ProtobufCMessage *m, dcf_field *f,
                        size_t i)
{
    char buf[DCF_FIELD_TEXT_SIZE];
    bool message = dcf_field_message(f) != NULL;
    dcf_event e = {.kind = DCF_EV_OPEN,
                   .shape = message ? DCF_SHAPE_OBJECT : DCF_SHAPE_SCALAR,
                   .array = dcf_field_repeated(f),
                   .local = dcf_span_str(f->name)};
    if (!dcf_emit(sink, &e)) return false;
    if (message) {
        if (!print_message(a, sink, dcf_field_get_message(m, f, i))) return false;
    } else {
        const char *text = dcf_field_get_text(a, m, f, i, buf);
        if (!text) return false;
        e = (dcf_event){
            .kind = DCF_EV_VALUE, .value = dcf_span_str(text), .value_kind = kind_of(f)};
        if (!dcf_emit(sink, &e)) return false;
    }
    return dcf_emit(sink, &(dcf_event){.kind = DCF_EV_CLOSE});
}

static bool print_message(dcf_arena *a, dcf_sink sink, const ProtobufCMessage *m)
{
    for (unsigned k = 0; k < m->descriptor->n_fields; k++) {
        dcf_field *f = &m->descriptor->fields[k];
        for (size_t i = 0, n = dcf_field_count(m, f); i < n; i++)
            if (!print_value(a, sink, m, f, i)) return false;
    }
    return true;
}

dcf_status dcf_canonical_to_json(const Dcf__V1__Envelope *envelope, bool pretty, dcf_buf *out)
{
    dcf_json_writer w;
    dcf_arena a;
    dcf_sink sink = dcf_json_writer_init(&w, out, pretty);
    dcf_arena_init(&a, TEXT_ARENA_MAX);
    bool ok = dcf_emit(sink, &(dcf_event){.kind = DCF_EV_OPEN, .shape = DCF_SHAPE_OBJECT}) &&
              print_message(&a, sink, &envelope->base) &&
              dcf_emit(sink, &(dcf_event){.kind = DCF_EV_CLOSE});
    dcf_arena_fini(&a);
    DCF_TRY(dcf_buf_status(out));
    return ok ? DCF_OK : DCF_ERR(LIMIT);
}

/* --- reading ------------------------------------------------------------------------------- */

typedef struct level {
    ProtobufCMessage *message; /* an object's; NULL when the value is a scalar's, or skipped */
    ProtobufCMessage *parent;
    dcf_field *field;
    size_t trail;
} level;

typedef struct loader {
    dcf_parse parse;
    dcf_arena *arena;
    dcf_trail trail;
    Dcf__V1__Envelope *envelope;
    level *levels;
    size_t count, capacity;
} loader;

static bool no_memory(loader *l)
{
    l->parse.status = DCF_ERR(NOMEM);
    return false;
}

static void fault(loader *l, dcf_fault_code code, const dcf_event *e, const char *detail)
{
    dcf_faults_add(l->parse.faults, code, e->line, e->column, l->parse.path, l->parse.path, "%s",
                   detail);
}

static bool push(loader *l, level v, const dcf_event *e)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? l->capacity * 2 : 16;
        level *levels = dcf_arena_grow(l->arena, l->levels, l->count, capacity, sizeof *levels);
        if (!levels) return no_memory(l);
        l->levels = levels;
        l->capacity = capacity;
    }
    v.trail = l->trail.size;
    if (!dcf_trail_push(&l->trail, false, e->local, 0)) return no_memory(l);
    l->parse.path = l->trail.text;
    l->levels[l->count++] = v;
    return true;
}

/* Whether the member fits the field; told when not. */
static bool fits(loader *l, const ProtobufCMessage *m, dcf_field *f, const dcf_event *e)
{
    if (!f)
        fault(l, DCF_FAULT_UNMAPPED, e, "the canonical model has no such field");
    else if (e->array != dcf_field_repeated(f))
        fault(l, DCF_FAULT_WRONG_KIND, e, "a list, or no list, where the other belongs");
    else if (e->shape == DCF_SHAPE_LIST)
        fault(l, DCF_FAULT_WRONG_KIND, e, "a list inside a list");
    else if ((e->shape == DCF_SHAPE_OBJECT) != (dcf_field_message(f) != NULL))
        fault(l, DCF_FAULT_WRONG_KIND, e, "an object, or no object, where the other belongs");
    else if (dcf_field_displaced(m, f))
        fault(l, DCF_FAULT_REPEATED, e, "another member of the same choice is there already");
    else
        return true;
    return false;
}

static bool on_open(loader *l, const dcf_event *e)
{
    if (l->count == 0) return push(l, (level){.message = &l->envelope->base}, e);
    ProtobufCMessage *m = l->levels[l->count - 1].message;
    if (!m) return push(l, (level){0}, e);
    dcf_field *f = dcf_field_find(m->descriptor, (const char *)e->local.data, e->local.size);
    level v = {.parent = m, .field = f};
    if (!push(l, v, e)) return false;
    level *now = &l->levels[l->count - 1];
    if (!fits(l, m, f, e)) {
        now->field = NULL;
        return true;
    }
    if (e->shape != DCF_SHAPE_OBJECT) return true;
    now->message = dcf_field_make_message(l->arena, m, f);
    return now->message || no_memory(l);
}

static bool on_value(loader *l, const dcf_event *e)
{
    const level *v = &l->levels[l->count - 1];
    if (!v->field) return true;
    if (e->value_kind != kind_of(v->field)) {
        fault(l, DCF_FAULT_WRONG_KIND, e, "a value of another JSON kind");
        return true;
    }
    char *text = dcf_arena_str(l->arena, e->value);
    if (!text) return no_memory(l);
    size_t i = dcf_field_repeated(v->field) ? dcf_field_count(v->parent, v->field) : 0;
    dcf_status s = dcf_field_set_text(l->arena, v->parent, v->field, i, text);
    if (dcf_is(s, DCF_E_NOMEM)) return no_memory(l);
    if (dcf_failed(s)) fault(l, DCF_FAULT_BAD_VALUE, e, "not a value of the field");
    return true;
}

static bool on_event(void *self, const dcf_event *e)
{
    loader *l = self;
    if (e->kind == DCF_EV_OPEN) return on_open(l, e);
    if (e->kind == DCF_EV_VALUE) return on_value(l, e);
    dcf_trail_cut(&l->trail, l->levels[--l->count].trail);
    return true;
}

dcf_status dcf_canonical_from_json(dcf_span json, const dcf_limits *limits, dcf_arena *arena,
                                   dcf_faults *faults, Dcf__V1__Envelope **ret)
{
    loader l = {.arena = arena, .trail.arena = arena};
    size_t errors = faults->errors;
    dcf_parse_init(&l.parse, limits, arena, faults, (dcf_sink){on_event, &l});
    l.envelope = (Dcf__V1__Envelope *)dcf_message_new(arena, &dcf__v1__envelope__descriptor);
    if (!l.envelope) return DCF_ERR(NOMEM);
    dcf_status s = dcf_json_read(&l.parse, json);
    if (dcf_failed(s) && !dcf_is(s, DCF_E_FAULTY)) return s;
    *ret = l.envelope;
    return faults->errors == errors ? DCF_OK : DCF_ERR(FAULTY);
}
