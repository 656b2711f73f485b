/* writer.c - envelope to native document: a walk over the trie in declared order. */
#include "translate/writer.h"

#include "translate/cover.h"

static bool write_node(dcf_writer *w, const dcf_node *n, const ProtobufCMessage *base);

static bool emit(dcf_writer *w, const dcf_event *e)
{
    return dcf_emit(w->sink, e) || dcf_write_stop(w, DCF_ERR(LIMIT));
}

/* Whether there is anything below to write. */
static bool has_value(dcf_writer *w, const dcf_variant *v, const ProtobufCMessage *base)
{
    if (v->each) return dcf_write_count(w, base, &v->target) > 0;
    if (!dcf_wheres_hold(w, base, &v->wheres)) return false;
    for (size_t i = 0; i < v->self_count; i++)
        if (dcf_write_has(w, base, v->self[i])) return true;
    for (size_t i = 0; i < v->child_count; i++)
        for (size_t k = 0; k < v->children[i]->variant_count; k++)
            if (has_value(w, v->children[i]->variants[k], base)) return true;
    return false;
}

/* --- elements -----------------------------------------------------------------------------------
 */

static bool push(dcf_writer *w, const dcf_node *n, uint32_t index)
{
    return dcf_trail_push(&w->trail, n->attribute, dcf_span_str(n->local), index) ||
           dcf_write_stop(w, DCF_ERR(NOMEM));
}

static bool open_element(dcf_writer *w, const dcf_node *n, const dcf_variant *v)
{
    dcf_event e = dcf_node_event(n, DCF_EV_OPEN);
    e.shape = dcf_variant_shape(w->d, v);
    return emit(w, &e);
}

static bool close_element(dcf_writer *w)
{
    return emit(w, &(dcf_event){.kind = DCF_EV_CLOSE});
}

static bool text_event(dcf_writer *w, const char *text, dcf_value_kind kind)
{
    return !text ||
           emit(w, &(dcf_event){
                       .kind = DCF_EV_VALUE, .value = dcf_span_str(text), .value_kind = kind});
}

static bool write_attribute(dcf_writer *w, const dcf_node *n, const ProtobufCMessage *base)
{
    const dcf_variant *v = n->variant_count ? n->variants[0] : NULL;
    if (!v || !v->self_count || !v->self[0]) return true;
    size_t trail = w->trail.size;
    dcf_value_kind kind;
    if (!push(w, n, 0)) return false;
    const char *text = dcf_write_text(w, base, v->self[0], 0, &kind);
    dcf_event e = dcf_node_event(n, DCF_EV_ATTRIBUTE);
    e.value = dcf_span_str(text);
    dcf_trail_cut(&w->trail, trail);
    return dcf_ok(w->status) && (!text || emit(w, &e));
}

static bool write_children(dcf_writer *w, const dcf_variant *v, const ProtobufCMessage *base)
{
    for (size_t i = v->attribute_count; i < v->child_count; i++)
        if (!write_node(w, v->children[i], base)) return false;
    return true;
}

static bool write_attributes(dcf_writer *w, const dcf_variant *v, const ProtobufCMessage *base)
{
    for (size_t i = 0; i < v->attribute_count; i++)
        if (!write_attribute(w, v->children[i], base)) return false;
    return true;
}

/* --- layers: wrappers, then the message --------------------------------------------------------
 */

static bool write_layer(dcf_writer *w);

static bool write_payload(dcf_writer *w, const dcf_node *n)
{
    if (n->unwrap && !emit(w, &(dcf_event){.kind = DCF_EV_DOCUMENT})) return false;
    if (!write_layer(w)) return false;
    return !n->unwrap || emit(w, &(dcf_event){.kind = DCF_EV_DOCUMENT_END});
}

/* --- groups
 * --------------------------------------------------------------------------------------- */

static bool write_inside(dcf_writer *w, const dcf_node *n, const dcf_variant *v,
                         const ProtobufCMessage *base, size_t i)
{
    if (!write_attributes(w, v, base)) return false;
    if (n->payload) return write_payload(w, n);
    const dcf_rule *self = v->self_count && !v->indexed ? v->self[0] : NULL;
    dcf_value_kind kind;
    const char *text = dcf_write_text(w, base, self, v->each || v->once ? 0 : i, &kind);
    if (dcf_failed(w->status) || !text_event(w, text, kind)) return false;
    bool unwrap = n->unwrap && v->child_count > v->attribute_count;
    if (unwrap && !emit(w, &(dcf_event){.kind = DCF_EV_DOCUMENT})) return false;
    if (!write_children(w, v, base)) return false;
    if (unwrap && !emit(w, &(dcf_event){.kind = DCF_EV_DOCUMENT_END})) return false;
    return true;
}

static bool write_element(dcf_writer *w, const dcf_node *n, const dcf_variant *v,
                          const ProtobufCMessage *base, size_t i)
{
    size_t trail = w->trail.size;
    if (!push(w, n, n->array ? (uint32_t)i + 1 : 0)) return false;
    bool ok = open_element(w, n, v) && write_inside(w, n, v, base, i) && close_element(w);
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
static const dcf_variant *for_item(dcf_writer *w, const dcf_node *n, const dcf_variant *first,
                                   const ProtobufCMessage *item)
{
    for (size_t i = 0; i < n->variant_count; i++)
        if (same_target(n->variants[i], first) && dcf_wheres_hold(w, item, &n->variants[i]->wheres))
            return n->variants[i];
    return NULL;
}

/* All items of one repeated field, in its order, each by the alternative that is for it. */
static bool write_items(dcf_writer *w, const dcf_node *n, const dcf_variant *first,
                        const ProtobufCMessage *base, size_t *position)
{
    const ProtobufCMessage *m = dcf_write_holder(w, base, &first->target);
    dcf_field *field = dcf_path_field(&first->target);
    size_t count = m ? dcf_field_count(m, field) : 0;
    for (size_t i = 0; i < count; i++) {
        const ProtobufCMessage *item = dcf_field_get_message(m, field, i);
        const dcf_variant *v = for_item(w, n, first, item);
        if (!v)
            dcf_cover_report(w->faults, first->scope, "no alternative of the mapping is for it");
        if (v && !write_element(w, n, v, item, (*position)++)) return false;
        if (v) dcf_cover_check(&(dcf_cover_scope){w, item}, v->cover, item, v->scope);
    }
    return true;
}

/* An earlier alternative has the same repeated field. */
static bool had(const dcf_node *n, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_target(n->variants[k], n->variants[i])) return true;
    return false;
}

static bool none_written(dcf_writer *w, const dcf_node *n, const ProtobufCMessage *base)
{
    const dcf_variant *v = n->variants[0];
    if (!(n->required & DCF_WRITE)) return true;
    if (v->once && !v->when_count) return write_element(w, n, v, base, 0);
    size_t trail = w->trail.size;
    if (!push(w, n, 0)) return false;
    dcf_faults_add(w->faults, DCF_FAULT_REQUIRED, 0, 0, w->trail.text, v->scope, "missing");
    dcf_trail_cut(&w->trail, trail);
    return true;
}

/* The items of an array: repeated fields, and groups that are one item each. */
static bool write_array(dcf_writer *w, const dcf_node *n, const ProtobufCMessage *base)
{
    size_t position = 0;
    for (size_t i = 0; i < n->variant_count; i++) {
        const dcf_variant *v = n->variants[i];
        bool ok = true;
        if (v->each && !had(n, i))
            ok = write_items(w, n, v, base, &position);
        else if (v->once && has_value(w, v, base))
            ok = write_element(w, n, v, base, position++);
        if (!ok) return false;
    }
    return position > 0 || none_written(w, n, base);
}

static bool write_list(dcf_writer *w, const dcf_node *n, const dcf_variant *v,
                       const ProtobufCMessage *base)
{
    const dcf_rule *rule = v->self_count ? v->self[0] : NULL;
    if (!rule || !dcf_write_has(w, base, rule)) return true;
    size_t count = dcf_write_count(w, base, &(rule->writing ? rule->writing : rule)->path);
    for (size_t i = 0; i < count; i++)
        if (!write_element(w, n, v, base, i)) return false;
    return true;
}

/* Whether a text stands here even for an absent value. */
static bool has_default(const dcf_rule *rule)
{
    if (rule && rule->writing) rule = rule->writing;
    return rule && (rule->only & DCF_WRITE) && (rule->constant || rule->fallback);
}

/* NAME[0], NAME[1] …: up to the last that has a value, empty ones in the gaps. */
static bool write_indexed(dcf_writer *w, const dcf_node *n, const dcf_variant *v,
                          const ProtobufCMessage *base)
{
    size_t count = 0;
    for (size_t i = 0; i < v->self_count; i++)
        if (has_default(v->self[i]) || dcf_write_has(w, base, v->self[i])) count = i + 1;
    for (size_t i = 0; i < count; i++) {
        dcf_value_kind kind;
        const char *text = dcf_write_text(w, base, v->self[i], 0, &kind);
        if (dcf_failed(w->status) || !open_element(w, n, v) || !text_event(w, text, kind) ||
            !close_element(w))
            return false;
    }
    return true;
}

/* A leaf that stands alone is written when its rule gives a text. */
static bool write_leaf(dcf_writer *w, const dcf_node *n, const dcf_variant *v,
                       const ProtobufCMessage *base)
{
    size_t trail = w->trail.size;
    dcf_value_kind kind;
    if (!push(w, n, 0)) return false;
    const char *text = dcf_write_text(w, base, v->self[0], 0, &kind);
    bool ok = dcf_ok(w->status) &&
              (!text || (open_element(w, n, v) && text_event(w, text, kind) && close_element(w)));
    dcf_trail_cut(&w->trail, trail);
    return ok;
}

bool dcf_write_turn(dcf_writer *w, const dcf_condition *c, const ProtobufCMessage *base)
{
    for (; c; c = c->outer) {
        if (c->wheres && !dcf_wheres_hold(w, base, c->wheres)) return false;
        if (!c->node || c->variant->once) continue;
        for (size_t i = 0; i < c->node->variant_count && c->node->variants[i] != c->variant; i++)
            if (has_value(w, c->node->variants[i], base)) return false;
    }
    return true;
}

static bool write_node(dcf_writer *w, const dcf_node *n, const ProtobufCMessage *base)
{
    if (n->variant_count == 0 || n->drop) return true;
    const dcf_variant *v = n->variants[0];
    if (v->each || v->once) return write_array(w, n, base);
    if (n->variant_count == 1 && !dcf_wheres_hold(w, base, &v->wheres)) return true;
    if (v->indexed) return write_indexed(w, n, v, base);
    if (n->array) return write_list(w, n, v, base);
    if (v->self_count && !v->child_count && n->variant_count == 1) return write_leaf(w, n, v, base);
    for (size_t i = 0; i < n->variant_count; i++)
        if (has_value(w, n->variants[i], base)) return write_element(w, n, n->variants[i], base, 0);
    return !(n->required & DCF_WRITE) || write_element(w, n, v, base, 0);
}

/* The message as its rows have it, then as its references want it. */
static bool write_joined(dcf_writer *w, const dcf_node *root, const ProtobufCMessage *body)
{
    dcf_unjoin kept;
    dcf_sink out = w->sink;
    w->sink = dcf_unjoin_begin(&kept, w->arena);
    if (!w->sink.on) return dcf_write_stop(w, DCF_ERR(NOMEM));
    bool ok = write_element(w, root, w->chosen, body, 0);
    w->sink = out;
    if (!ok) return false;
    dcf_status s = dcf_unjoin_end(&kept, w->chosen->message->joins, w->faults, out);
    return dcf_ok(s) || dcf_write_stop(w, s);
}

static bool write_message(dcf_writer *w, const dcf_node *root)
{
    const ProtobufCMessage *body =
        dcf_field_get_message(&w->envelope->base, dcf_path_field(&w->chosen->target), 0);
    bool ok = w->chosen->message->joins ? write_joined(w, root, body)
                                        : write_element(w, root, w->chosen, body, 0);
    if (ok) dcf_cover_check(&(dcf_cover_scope){w, body}, w->chosen->cover, body, "");
    return ok;
}

/* Whether a wrapper has values that must be written, beside its payload. */
static bool must_say(const dcf_variant *v)
{
    for (size_t i = 0; i < v->child_count; i++) {
        const dcf_node *n = v->children[i];
        if (n->payload || !(n->required & DCF_WRITE) || !n->variant_count) continue;
        if (n->variants[0]->self_count || must_say(n->variants[0])) return true;
    }
    return false;
}

/* A wrapper that must say something is left out when nothing of it is known: the message came bare,
 * and goes bare. */
static bool is_wanted(dcf_writer *w, const dcf_variant *wrapper)
{
    return !must_say(wrapper) || has_value(w, wrapper, &w->envelope->base);
}

/* The next written wrapper inwards, or the message. */
static bool write_layer(dcf_writer *w)
{
    const dcf_variant *roots = w->d->roots;
    const dcf_node *wrapper = NULL, *message = NULL;
    for (size_t i = 0; i < roots->child_count; i++) {
        const dcf_node *n = roots->children[i];
        if (n->written && n->rank > w->rank && (!wrapper || n->rank < wrapper->rank)) wrapper = n;
        for (size_t k = 0; k < n->variant_count; k++)
            if (n->variants[k] == w->chosen) message = n;
    }
    w->rank = wrapper ? wrapper->rank : w->rank;
    if (wrapper && !w->chosen->message->bare && is_wanted(w, wrapper->variants[0]))
        return write_element(w, wrapper, wrapper->variants[0], &w->envelope->base, 0);
    return message ? write_message(w, message) : dcf_write_stop(w, DCF_ERR(BUG));
}

/* --- a whole document
 * -------------------------------------------------------------------------------- */

const dcf_variant *dcf_write_choose(dcf_writer *w)
{
    const dcf_variant *roots = w->d->roots;
    for (size_t i = 0; i < roots->child_count; i++)
        for (size_t k = 0; k < roots->children[i]->variant_count; k++) {
            const dcf_variant *v = roots->children[i]->variants[k];
            if (!v->message || v->message->read_only) continue;
            const ProtobufCMessage *body =
                dcf_field_get_message(&w->envelope->base, dcf_path_field(&v->target), 0);
            if (body && dcf_wheres_hold(w, body, &v->wheres)) return v;
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

dcf_status dcf_from_canonical(const dcf_dialect *d, const Dcf__V1__Envelope *envelope,
                              dcf_arena *arena, dcf_faults *faults, dcf_buf *out)
{
    char day[11];
    size_t errors = faults->errors;
    dcf_writer w = {
        .d = d, .envelope = envelope, .arena = arena, .faults = faults, .trail.arena = arena};
    w.day = day_of(envelope, day);
    w.chosen = dcf_write_choose(&w);
    if (!w.chosen) {
        dcf_faults_add(faults, DCF_FAULT_NOT_CARRIED, 0, 0, "", "",
                       "no message of %s is for this body", d->name);
        return DCF_ERR(FAULTY);
    }
    w.sink = d->format->write(&(dcf_write_to){d->settings, arena, faults, out});
    if (!w.sink.on) return DCF_ERR(NOMEM);
    if (!write_layer(&w)) return w.status;
    dcf_cover_extensions(&w, d->cover, w.chosen->message->envelope);
    DCF_TRY(dcf_buf_status(out));
    return faults->errors == errors ? DCF_OK : DCF_ERR(FAULTY);
}
