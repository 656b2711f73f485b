/* writer.c - envelope to native document: a walk over the trie in declared order. */
#include "dcf/v1/envelope.pb-c.h"
#include "translate/cover.h"
#include "translate/mapping.h"
#include "translate/trail.h"
#include "translate/utf8.h"
#include "translate/writers.h"

#include <ctype.h>

typedef struct writer {
    const dcf_dialect *d;
    const Dcf__V1__Envelope *envelope;
    dcf_arena *arena;
    dcf_faults *faults;
    dcf_sink sink;
    dcf_trail trail;
    const dcf_variant *message;
    size_t rank;       /* of the wrapper that is open */
    const char *day;   /* the message was sent; "" when not known */
    dcf_status status; /* why the walk stopped */
} writer;

static bool write_node(writer *w, const dcf_node *n, const ProtobufCMessage *base);

static bool stop(writer *w, dcf_status s)
{
    w->status = s;
    return false;
}

static bool emit(writer *w, const dcf_event *e)
{
    return dcf_emit(w->sink, e) || stop(w, DCF_ERR(LIMIT));
}

static void fault(writer *w, dcf_severity severity, dcf_fault_code code, const dcf_rule *rule,
                  const char *detail)
{
    dcf_faults_add_as(w->faults, severity, code, 0, 0, w->trail.text,
                      rule->path.text ? rule->path.text : "", "%s", detail);
}

/* --- one value ---------------------------------------------------------------------------- */

/* The message that holds a path's last field; NULL when something on the way is absent. */
static const ProtobufCMessage *holder(const writer *w, const ProtobufCMessage *base,
                                      const dcf_path *p)
{
    const ProtobufCMessage *m = p->absolute ? &w->envelope->base : base;
    for (size_t i = 0; m && i + 1 < p->count; i++) m = dcf_field_get_message(m, p->steps[i], 0);
    return m;
}

/* How many values a path has below base. */
static size_t count_of(const writer *w, const ProtobufCMessage *base, const dcf_path *p)
{
    if (p->count == 0) return 0;
    const ProtobufCMessage *m = holder(w, base, p);
    size_t n = m ? dcf_field_count(m, dcf_path_field(p)) : 0;
    if (p->index < 0) return n;
    return n > (size_t)p->index ? 1 : 0;
}

/* The i-th canonical value as text: "" when absent; a bool, number or enum also when it is the
 * default, if asked for. */
static const char *canonical(writer *w, const ProtobufCMessage *base, const dcf_path *p, size_t i,
                             bool defaults, char buf[DCF_FIELD_TEXT_SIZE])
{
    const ProtobufCMessage *m = holder(w, base, p);
    dcf_field *field = dcf_path_field(p);
    if (p->index >= 0) i = (size_t)p->index;
    if (m && i < dcf_field_count(m, field)) return dcf_field_get_text(w->arena, m, field, i, buf);
    if (!defaults || dcf_field_repeated(field) || field->type == PROTOBUF_C_TYPE_STRING) return "";
    if (field->type == PROTOBUF_C_TYPE_BOOL) return "false";
    return field->type == PROTOBUF_C_TYPE_ENUM
               ? ((const ProtobufCEnumDescriptor *)field->descriptor)->values[0].name
               : "0";
}

static const char *joined(writer *w, const ProtobufCMessage *base, const dcf_rule *rule)
{
    char left_buf[DCF_FIELD_TEXT_SIZE], right_buf[DCF_FIELD_TEXT_SIZE];
    const char *left = canonical(w, base, &rule->path, 0, false, left_buf);
    const char *right = canonical(w, base, &rule->second, 0, false, right_buf);
    if (!*left || !*right) return *left ? left : right;
    return dcf_arena_printf(w->arena, "%s%s%s", left, rule->as.pattern, right);
}

/* Canonical text through the codec; NULL when it has no form here (told), or out of memory. */
static const char *encode(writer *w, const dcf_rule *rule, const char *text, dcf_value_kind *kind)
{
    const char *native = NULL;
    dcf_codec_in in = {
        .use = &rule->as, .text = dcf_span_str(text), .old = "", .day = w->day, .arena = w->arena};
    switch (rule->as.codec->write(&in, &native)) {
    case DCF_CODEC_OK:
        return native;
    case DCF_CODEC_NOMEM:
        (void)stop(w, DCF_ERR(NOMEM));
        return NULL;
    default:
        break;
    }
    dcf_severity severity;
    bool told = dcf_rule_severity(rule, &severity);
    if (told)
        fault(w, severity, rule->as.codec->fault, rule, "the dialect has no form for the value");
    if (told && severity == DCF_SEVERITY_ERROR) return NULL;
    *kind = DCF_VALUE_TEXT; /* as it is */
    return dcf_arena_strdup(w->arena, text);
}

/* Within the length the mapping states; NULL when it is not (told). */
static const char *fit(writer *w, const dcf_rule *rule, const char *text)
{
    dcf_span s = dcf_span_str(text);
    if (!rule->max || s.size <= rule->max || dcf_utf8_length(s) <= rule->max) return text;
    if (!rule->truncate) {
        fault(w, DCF_SEVERITY_ERROR, DCF_FAULT_TOO_LONG, rule, "longer than the mapping allows");
        return NULL;
    }
    fault(w, DCF_SEVERITY_WARN, DCF_FAULT_TRUNCATED, rule, "cut to the length the mapping states");
    const char *cut = dcf_arena_str(w->arena, dcf_span_of(text, dcf_utf8_prefix(s, rule->max)));
    if (!cut) (void)stop(w, DCF_ERR(NOMEM));
    return cut;
}

/* The native text of a rule: NULL when there is none to write. */
static const char *text_of(writer *w, const ProtobufCMessage *base, const dcf_rule *rule, size_t i,
                           dcf_value_kind *kind)
{
    char buf[DCF_FIELD_TEXT_SIZE];
    *kind = rule->kind;
    if (rule->drop || !(rule->only & DCF_WRITE)) return NULL;
    if (rule->constant) return rule->constant;
    bool must = (rule->required & DCF_WRITE) != 0;
    const char *text = rule->second.count
                           ? joined(w, base, rule)
                           : canonical(w, base, &rule->path, i, must && !rule->fallback, buf);
    if (!text) (void)stop(w, DCF_ERR(NOMEM));
    if (!text) return NULL;
    const char *native = *text ? encode(w, rule, text, kind) : NULL;
    if (*text && !native) return NULL;
    if (!native || !*native) native = rule->fallback;
    if (!native) {
        dcf_severity severity =
            rule->check == DCF_CHECK_WARN ? DCF_SEVERITY_WARN : DCF_SEVERITY_ERROR;
        if (must) fault(w, severity, DCF_FAULT_REQUIRED, rule, "missing");
        return NULL;
    }
    if (w->d->format == DCF_FORMAT_XML && !dcf_utf8_is_xml(dcf_span_str(native))) {
        fault(w, DCF_SEVERITY_ERROR, DCF_FAULT_BAD_VALUE, rule,
              "a character that XML cannot carry");
        return NULL;
    }
    return fit(w, rule, native);
}

/* --- what there is to write ------------------------------------------------------------------ */

static bool variant_has_value(const writer *w, const dcf_variant *v, const ProtobufCMessage *base)
{
    if (v->each) return count_of(w, base, &v->target) > 0;
    for (size_t i = 0; i < v->self_count; i++) {
        const dcf_rule *rule = v->self[i];
        if (rule && (rule->only & DCF_WRITE) &&
            (count_of(w, base, &rule->path) || count_of(w, base, &rule->second)))
            return true;
    }
    for (size_t i = 0; i < v->child_count; i++)
        for (size_t k = 0; k < v->children[i]->variant_count; k++)
            if (variant_has_value(w, v->children[i]->variants[k], base)) return true;
    return false;
}

static bool where_holds(writer *w, const dcf_variant *v, const ProtobufCMessage *base)
{
    char buf[DCF_FIELD_TEXT_SIZE];
    for (size_t i = 0; i < v->where_count; i++) {
        const char *text = canonical(w, base, &v->wheres[i].path, 0, true, buf);
        if (!text || strcmp(text, v->wheres[i].value) != 0) return false;
    }
    return true;
}

/* --- elements -----------------------------------------------------------------------------------
 */

static bool push(writer *w, const dcf_node *n, uint32_t index)
{
    return dcf_trail_push(&w->trail, n->attribute, dcf_span_str(n->local), index) ||
           stop(w, DCF_ERR(NOMEM));
}

static dcf_event named(const dcf_node *n, dcf_event_kind kind)
{
    dcf_event e = {.kind = kind, .local = dcf_span_str(n->local), .array = n->array};
    if (n->ns && n->ns->count) e.ns = n->ns->uris[0];
    return e;
}

static bool open(writer *w, const dcf_node *n, const dcf_variant *v)
{
    dcf_event e = named(n, DCF_EV_OPEN);
    bool plain = v->child_count == 0 && v->self_count > 0;
    if (w->d->format == DCF_FORMAT_JSON) e.shape = plain ? DCF_SHAPE_SCALAR : DCF_SHAPE_OBJECT;
    return emit(w, &e);
}

static bool close(writer *w)
{
    return emit(w, &(dcf_event){.kind = DCF_EV_CLOSE});
}

static bool text_event(writer *w, const char *text, dcf_value_kind kind)
{
    return !text ||
           emit(w, &(dcf_event){
                       .kind = DCF_EV_VALUE, .value = dcf_span_str(text), .value_kind = kind});
}

static bool write_attribute(writer *w, const dcf_node *n, const ProtobufCMessage *base)
{
    const dcf_variant *v = n->variant_count ? n->variants[0] : NULL;
    if (!v || !v->self_count || !v->self[0]) return true;
    size_t trail = w->trail.size;
    dcf_value_kind kind;
    if (!push(w, n, 0)) return false;
    const char *text = text_of(w, base, v->self[0], 0, &kind);
    dcf_event e = named(n, DCF_EV_ATTRIBUTE);
    e.value = dcf_span_str(text);
    dcf_trail_cut(&w->trail, trail);
    return dcf_ok(w->status) && (!text || emit(w, &e));
}

static bool write_children(writer *w, const dcf_variant *v, const ProtobufCMessage *base)
{
    for (size_t i = v->attribute_count; i < v->child_count; i++)
        if (!write_node(w, v->children[i], base)) return false;
    return true;
}

static bool write_attributes(writer *w, const dcf_variant *v, const ProtobufCMessage *base)
{
    for (size_t i = 0; i < v->attribute_count; i++)
        if (!write_attribute(w, v->children[i], base)) return false;
    return true;
}

/* --- layers: wrappers, then the message --------------------------------------------------------
 */

static bool write_layer(writer *w);

static bool write_payload(writer *w, const dcf_node *n)
{
    if (n->unwrap && !emit(w, &(dcf_event){.kind = DCF_EV_DOCUMENT})) return false;
    if (!write_layer(w)) return false;
    return !n->unwrap || emit(w, &(dcf_event){.kind = DCF_EV_DOCUMENT_END});
}

/* --- groups
 * --------------------------------------------------------------------------------------- */

static bool write_inside(writer *w, const dcf_node *n, const dcf_variant *v,
                         const ProtobufCMessage *base, size_t i)
{
    if (!write_attributes(w, v, base)) return false;
    if (n->payload) return write_payload(w, n);
    const dcf_rule *self = v->self_count && !v->indexed ? v->self[0] : NULL;
    dcf_value_kind kind;
    const char *text = self ? text_of(w, base, self, v->each ? 0 : i, &kind) : NULL;
    if (dcf_failed(w->status) || !text_event(w, text, kind)) return false;
    bool unwrap = n->unwrap && v->child_count > v->attribute_count;
    if (unwrap && !emit(w, &(dcf_event){.kind = DCF_EV_DOCUMENT})) return false;
    if (!write_children(w, v, base)) return false;
    if (unwrap && !emit(w, &(dcf_event){.kind = DCF_EV_DOCUMENT_END})) return false;
    return true;
}

static bool write_element(writer *w, const dcf_node *n, const dcf_variant *v,
                          const ProtobufCMessage *base, size_t i)
{
    size_t trail = w->trail.size;
    if (!push(w, n, n->array ? (uint32_t)i + 1 : 0)) return false;
    bool ok = open(w, n, v) && write_inside(w, n, v, base, i) && close(w);
    dcf_trail_cut(&w->trail, trail);
    return ok;
}

static bool same_target(const dcf_variant *a, const dcf_variant *b)
{
    if (a->target.count != b->target.count || a->target.absolute != b->target.absolute)
        return false;
    for (size_t i = 0; i < a->target.count; i++)
        if (a->target.steps[i] != b->target.steps[i]) return false;
    return true;
}

/* The alternative of the node that is for this item; NULL when none is. */
static const dcf_variant *for_item(writer *w, const dcf_node *n, const dcf_variant *first,
                                   const ProtobufCMessage *item)
{
    for (size_t i = 0; i < n->variant_count; i++)
        if (same_target(n->variants[i], first) && where_holds(w, n->variants[i], item))
            return n->variants[i];
    return NULL;
}

/* All items of one repeated field, in its order, each by the alternative that is for it. */
static bool write_items(writer *w, const dcf_node *n, const dcf_variant *first,
                        const ProtobufCMessage *base)
{
    const ProtobufCMessage *m = holder(w, base, &first->target);
    dcf_field *field = dcf_path_field(&first->target);
    size_t count = m ? dcf_field_count(m, field) : 0;
    if (count == 0 && (n->required & DCF_WRITE) && !first->when_count) {
        if (!push(w, n, 0)) return false;
        dcf_faults_add(w->faults, DCF_FAULT_REQUIRED, 0, 0, w->trail.text, first->scope, "missing");
    }
    for (size_t i = 0; i < count; i++) {
        const ProtobufCMessage *item = dcf_field_get_message(m, field, i);
        const dcf_variant *v = for_item(w, n, first, item);
        if (!v)
            dcf_cover_report(w->faults, first->scope, "no alternative of the mapping is for it");
        if (v && !write_element(w, n, v, item, i)) return false;
        if (v) dcf_cover_check(w->faults, v->cover, item, v->scope);
    }
    return true;
}

static bool write_groups(writer *w, const dcf_node *n, const ProtobufCMessage *base)
{
    for (size_t i = 0; i < n->variant_count; i++) {
        bool done = false; /* an earlier alternative has the same field */
        for (size_t k = 0; k < i; k++) done = done || same_target(n->variants[k], n->variants[i]);
        size_t trail = w->trail.size;
        if (!done && !write_items(w, n, n->variants[i], base)) return false;
        dcf_trail_cut(&w->trail, trail);
    }
    return true;
}

static bool write_list(writer *w, const dcf_node *n, const dcf_variant *v,
                       const ProtobufCMessage *base)
{
    size_t count = v->self_count && v->self[0] ? count_of(w, base, &v->self[0]->path) : 0;
    if (v->self_count && v->self[0] && (v->self[0]->drop || !(v->self[0]->only & DCF_WRITE)))
        return true;
    for (size_t i = 0; i < count; i++)
        if (!write_element(w, n, v, base, i)) return false;
    return true;
}

/* NAME[0], NAME[1] …: up to the last that has a value, empty ones in the gaps. */
static bool write_indexed(writer *w, const dcf_node *n, const dcf_variant *v,
                          const ProtobufCMessage *base)
{
    size_t count = 0;
    for (size_t i = 0; i < v->self_count; i++) {
        const dcf_rule *rule = v->self[i];
        if (rule && !rule->drop && (rule->only & DCF_WRITE) &&
            (rule->constant || count_of(w, base, &rule->path)))
            count = i + 1;
    }
    for (size_t i = 0; i < count; i++) {
        dcf_value_kind kind = DCF_VALUE_TEXT;
        const char *text = v->self[i] ? text_of(w, base, v->self[i], 0, &kind) : NULL;
        if (dcf_failed(w->status) || !open(w, n, v) || !text_event(w, text, kind) || !close(w))
            return false;
    }
    return true;
}

/* A leaf that stands alone is written when its rule gives a text. */
static bool write_leaf(writer *w, const dcf_node *n, const dcf_variant *v,
                       const ProtobufCMessage *base)
{
    size_t trail = w->trail.size;
    dcf_value_kind kind;
    if (!push(w, n, 0)) return false;
    const char *text = text_of(w, base, v->self[0], 0, &kind);
    bool ok =
        dcf_ok(w->status) && (!text || (open(w, n, v) && text_event(w, text, kind) && close(w)));
    dcf_trail_cut(&w->trail, trail);
    return ok;
}

static bool write_node(writer *w, const dcf_node *n, const ProtobufCMessage *base)
{
    if (n->variant_count == 0 || n->drop) return true;
    const dcf_variant *v = n->variants[0];
    if (v->each) return write_groups(w, n, base);
    if (v->indexed) return write_indexed(w, n, v, base);
    if (n->array) return write_list(w, n, v, base);
    if (v->self_count && !v->child_count && n->variant_count == 1) return write_leaf(w, n, v, base);
    for (size_t i = 0; i < n->variant_count; i++)
        if (variant_has_value(w, n->variants[i], base))
            return write_element(w, n, n->variants[i], base, 0);
    return !(n->required & DCF_WRITE) || write_element(w, n, v, base, 0);
}

static bool write_message(writer *w, const dcf_node *root)
{
    const ProtobufCMessage *body =
        dcf_field_get_message(&w->envelope->base, dcf_path_field(&w->message->target), 0);
    bool ok = write_element(w, root, w->message, body, 0);
    if (ok) dcf_cover_check(w->faults, w->message->cover, body, "");
    return ok;
}

/* The next written wrapper inwards, or the message. */
static bool write_layer(writer *w)
{
    const dcf_variant *roots = w->d->roots;
    const dcf_node *wrapper = NULL, *message = NULL;
    for (size_t i = 0; i < roots->child_count; i++) {
        const dcf_node *n = roots->children[i];
        if (n->written && n->rank > w->rank && (!wrapper || n->rank < wrapper->rank)) wrapper = n;
        for (size_t k = 0; k < n->variant_count; k++)
            if (n->variants[k] == w->message) message = n;
    }
    w->rank = wrapper ? wrapper->rank : w->rank;
    if (wrapper) return write_element(w, wrapper, wrapper->variants[0], &w->envelope->base, 0);
    return write_message(w, message);
}

/* --- a whole document
 * -------------------------------------------------------------------------------- */

static const dcf_variant *choose_message(writer *w)
{
    const dcf_variant *roots = w->d->roots;
    for (size_t i = 0; i < roots->child_count; i++)
        for (size_t k = 0; k < roots->children[i]->variant_count; k++) {
            const dcf_variant *v = roots->children[i]->variants[k];
            if (!v->name) continue;
            const ProtobufCMessage *body =
                dcf_field_get_message(&w->envelope->base, dcf_path_field(&v->target), 0);
            if (body && where_holds(w, v, body)) return v;
        }
    return NULL;
}

static const char *day_of(const Dcf__V1__Envelope *e, char out[11])
{
    out[0] = 0;
    if (strlen(e->sent_at) < 10 || e->sent_at[0] == 'T') return out;
    memcpy(out, e->sent_at, 10);
    out[10] = 0;
    return out;
}

/* One {field} of a path: of the body or, with a leading slash, of the envelope; percent-escaped. */
static dcf_status add_path_field(const ProtobufCMessage *base, const Dcf__V1__Envelope *e, dcf_span name, dcf_buf *out)
{
    char field[64];
    if (name.size && name.data[0] == '/') {
        base = &e->base;
        name = dcf_span_of(name.data + 1, name.size - 1);
    }
    if (name.size >= sizeof field) return DCF_ERR(FAULTY);
    memcpy(field, name.data, name.size);
    field[name.size] = 0;
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(base->descriptor, field);
    if (!f || f->type != PROTOBUF_C_TYPE_STRING || f->label == PROTOBUF_C_LABEL_REPEATED) return DCF_ERR(FAULTY);
    const char *text = *(const char *const *)((const char *)base + f->offset);
    for (; *text; text++)
        if (isalnum((unsigned char)*text) || strchr("-_.~", *text))
            dcf_buf_addc(out, *text);
        else
            dcf_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
    return DCF_OK;
}

dcf_status dcf_dialect_path(const dcf_dialect *d, const Dcf__V1__Envelope *envelope, dcf_buf *out)
{
    writer w = {.d = d, .envelope = envelope};
    const dcf_variant *m = choose_message(&w);
    if (!m) return DCF_ERR(FAULTY);
    if (!m->post_to) return DCF_ERR(NOT_FOUND);
    const ProtobufCMessage *body = dcf_field_get_message(&envelope->base, dcf_path_field(&m->target), 0);
    for (const char *p = m->post_to; *p;) {
        size_t n = strcspn(p, "{");
        dcf_buf_add(out, dcf_span_of(p, n));
        p += n;
        if (!*p) break;
        size_t name = strcspn(++p, "}");
        DCF_TRY(add_path_field(body, envelope, dcf_span_of(p, name), out));
        p += name + (p[name] == '}');
    }
    return dcf_buf_status(out);
}

dcf_status dcf_from_canonical(const dcf_dialect *d, const Dcf__V1__Envelope *envelope,
                              dcf_arena *arena, dcf_faults *faults, dcf_buf *out)
{
    char day[11];
    dcf_xml_writer xml;
    dcf_json_writer json;
    size_t errors = faults->errors;
    writer w = {
        .d = d, .envelope = envelope, .arena = arena, .faults = faults, .trail.arena = arena};
    w.day = day_of(envelope, day);
    w.message = choose_message(&w);
    if (!w.message) {
        dcf_faults_add(faults, DCF_FAULT_NOT_CARRIED, 0, 0, "", "",
                       "no message of %s is for this body", d->name);
        return DCF_ERR(FAULTY);
    }
    w.sink = d->format == DCF_FORMAT_XML ? dcf_xml_writer_init(&xml, out, false)
                                         : dcf_json_writer_init(&json, out, false);
    if (!write_layer(&w)) return w.status;
    dcf_cover_extensions(faults, d->cover, w.message->envelope, &envelope->base);
    DCF_TRY(dcf_buf_status(out));
    return faults->errors == errors ? DCF_OK : DCF_ERR(FAULTY);
}
