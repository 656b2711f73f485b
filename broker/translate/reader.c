/* reader.c - native document to envelope: events walk the trie, one pass, one arena. */
#include "translate/reader.h"

#include <stdio.h>

/* --- stacks ------------------------------------------------------------------------------ */

bool dcf_reader_push(dcf_reader *r, const dcf_node *node, const dcf_event *e, dcf_mode mode,
                     uint32_t index)
{
    if (r->frame_count == r->frame_capacity) {
        size_t capacity = r->frame_capacity ? r->frame_capacity * 2 : 16;
        dcf_frame *frames =
            dcf_arena_grow(r->arena, r->frames, r->frame_count, capacity, sizeof *frames);
        if (!frames) return dcf_reader_no_memory(r);
        r->frames = frames;
        r->frame_capacity = capacity;
    }
    size_t trail = r->trail.size;
    bool numbered = node ? node->array : mode == DCF_CARRIED && (e->array || index);
    if (!dcf_trail_push(&r->trail, false, e->local, numbered ? index + 1 : 0))
        return dcf_reader_no_memory(r);
    dcf_reader_show_path(r);
    r->frames[r->frame_count++] = (dcf_frame){.node = node,
                                              .mode = mode,
                                              .trail = trail,
                                              .shape = e->shape,
                                              .index = index,
                                              .counts = r->count_count,
                                              .line = e->line,
                                              .column = e->column};
    return true;
}

void dcf_reader_pop(dcf_reader *r)
{
    dcf_frame *f = dcf_reader_top(r);
    r->count_count = f->counts;
    dcf_trail_cut(&r->trail, f->trail);
    r->frame_count--;
    dcf_reader_show_path(r);
}

static bool add_counters(dcf_reader *r, size_t n)
{
    if (r->count_count + n > r->count_capacity) {
        size_t capacity = (r->count_capacity + n) * 2;
        uint32_t *counts =
            dcf_arena_grow(r->arena, r->counts, r->count_count, capacity, sizeof *counts);
        if (!counts) return dcf_reader_no_memory(r);
        r->counts = counts;
        r->count_capacity = capacity;
    }
    memset(r->counts + r->count_count, 0, n * sizeof *r->counts);
    r->count_count += n;
    return true;
}

/* What is carried is told apart: of elements of one name that follow each other, which it is. */
static bool push_carried(dcf_reader *r, const dcf_event *e)
{
    dcf_frame *around = dcf_reader_top(r);
    bool again = around->carried && dcf_span_eq_str(e->local, around->carried);
    if (!again) around->carried = dcf_arena_str(r->arena, e->local);
    if (!around->carried) return dcf_reader_no_memory(r);
    around->alike = again ? around->alike + 1 : 0;
    return dcf_reader_push(r, NULL, e, DCF_CARRIED, around->alike);
}

/* --- entering ------------------------------------------------------------------------------ */

/* What of the document the envelope says itself. */
static bool found_message(dcf_reader *r, const dcf_variant *v)
{
    r->message = v;
    char *name = dcf_arena_strdup(r->arena, v->message->name);
    if (!name) return dcf_reader_no_memory(r);
    r->envelope->native->message = name;
    return true;
}

static bool set_wheres(dcf_reader *r, dcf_frame *f, const dcf_variant *v, const dcf_event *e)
{
    for (size_t i = 0; i < v->wheres.count; i++) {
        const dcf_where *where = &v->wheres.items[i];
        const dcf_path *p = &where->path;
        bool ok;
        if (dcf_where_presence(where)) continue;
        ProtobufCMessage *m = dcf_reader_reach(r, f->base, p, e, &ok);
        char *value = dcf_arena_strdup(r->arena, where->value);
        if (!ok || !value) return dcf_reader_no_memory(r);
        if (m && dcf_is(dcf_field_set_text(r->arena, m, dcf_path_field(p), 0, value), DCF_E_NOMEM))
            return dcf_reader_no_memory(r);
        if (m && !dcf_watch_where(r, f->base, v, where, e)) return false;
    }
    return true;
}

/* The base message of a variant: its target, made here, or what is around it. */
static bool make_base(dcf_reader *r, dcf_frame *f, const dcf_variant *v, const dcf_event *e)
{
    bool ok;
    ProtobufCMessage *m = dcf_reader_reach(r, f->base, &v->target, e, &ok);
    if (!m) { /* the fault is told: nothing of it is read */
        f->mode = DCF_SKIPPED;
        return ok;
    }
    f->base = dcf_field_make_message(r->arena, m, dcf_path_field(&v->target));
    return f->base || dcf_reader_no_memory(r);
}

/* A group that is one of an array's items stands once. */
static bool second_item(dcf_reader *r, const dcf_variant *v, const dcf_event *e)
{
    if (!v->once) return false;
    const dcf_frame *parent = &r->frames[r->frame_count - 2];
    if (r->counts[parent->counts + v->counter]++ == 0) return false;
    dcf_reader_fault(r, DCF_FAULT_REPEATED, "", e, "it may stand once");
    dcf_reader_top(r)->mode = DCF_SKIPPED;
    return true;
}

static bool at_root(const dcf_reader *r, const dcf_frame *f)
{
    return f->variant == r->d->roots || (f->node && f->node->payload);
}

static bool enter(dcf_reader *r, const dcf_variant *v, const dcf_event *e)
{
    dcf_frame *f = dcf_reader_top(r);
    bool plain = f->shape == DCF_SHAPE_SCALAR;
    f->variant = v;
    if (plain && v->self_count == 0) return true; /* null, or a fault when its value comes */
    if ((f->shape == DCF_SHAPE_OBJECT || f->shape == DCF_SHAPE_LIST) && v->child_count == 0 &&
        v->wild_count == 0) {
        dcf_reader_fault(r, DCF_FAULT_WRONG_KIND, "", e, "an object where a plain value belongs");
        f->mode = DCF_SKIPPED;
        return true;
    }
    if (second_item(r, v, e)) return true;
    if (v->target.count && !make_base(r, f, v, e)) return false;
    if (f->mode != DCF_MAPPED) return true;
    if (!at_root(r, f)) f->plain = v;
    if (v->message && !found_message(r, v)) return false;
    if (f->node->rank) r->rank = f->node->rank;
    if (v->message && v->message->joins && !dcf_record_message(r)) return false;
    return add_counters(r, v->counter_count) && set_wheres(r, f, v, e);
}

bool dcf_reader_choose(dcf_reader *r, const dcf_variant *v, const dcf_event *e)
{
    if (v) return enter(r, v, e);
    const dcf_node *n = dcf_reader_top(r)->node;
    dcf_reader_top(r)->mode = DCF_SKIPPED;
    dcf_reader_top(r)->drop = n->rest;
    if (n->variants[0]->message)
        dcf_reader_fault(r, DCF_FAULT_UNKNOWN_MESSAGE, "", e, "no alternative of the mapping fits");
    else if (!n->rest)
        dcf_reader_fault(r, DCF_FAULT_UNMAPPED, "", e,
                         "no alternative of the mapping fits; a drop of PATH/** takes the rest");
    return true;
}

/* --- events --------------------------------------------------------------------------------- */

/* What is inside goes by declaration. */
static bool drop(dcf_reader *r, const char *reason, const dcf_event *e)
{
    if (!dcf_reader_push(r, NULL, e, DCF_SKIPPED, 0)) return false;
    dcf_reader_top(r)->drop = reason;
    return true;
}

/* The name is known below v, in another namespace: the text says in which. */
static void wrong_namespace(dcf_reader *r, const dcf_variant *v, const dcf_event *e)
{
    char text[256] = "the name is known in no namespace";
    for (size_t i = 0; i < v->child_count; i++) {
        const dcf_node *n = v->children[i];
        if (!dcf_span_eq_str(e->local, n->local) || !n->ns || !n->ns->uris->size) continue;
        snprintf(text, sizeof text, "the name is known in the namespace %.*s",
                 (int)n->ns->uris->size, (const char *)n->ns->uris->data);
        break;
    }
    dcf_reader_fault(r, DCF_FAULT_WRONG_NAMESPACE, "", e, text);
}

static bool unknown(dcf_reader *r, const dcf_frame *f, const dcf_event *e, bool wrong_ns)
{
    bool root = at_root(r, f);
    const char *reason =
        f->variant ? dcf_variant_wild(r->d, f->variant, false, e->ns, e->local) : NULL;
    if (reason) return drop(r, reason, e);
    bool carry = r->d->carry && !wrong_ns && !root;
    if (carry) return push_carried(r, e);
    if (!dcf_reader_push(r, NULL, e, DCF_SKIPPED, 0)) return false;
    if (wrong_ns)
        wrong_namespace(r, root ? r->d->roots : f->variant, e);
    else if (root)
        dcf_reader_fault(r, DCF_FAULT_UNKNOWN_MESSAGE, "", e,
                         "no message or wrapper has this root");
    else
        dcf_reader_fault(r, DCF_FAULT_UNMAPPED, "", e, "neither mapped nor dropped");
    return true;
}

/* A layer's root: a deeper wrapper than the present one, or the one message. */
static bool root_allowed(dcf_reader *r, const dcf_node *n, const dcf_event *e)
{
    bool message = n->variants[0]->message != NULL;
    if (message ? !r->message : n->rank > r->rank) return true;
    dcf_reader_fault(r, message ? DCF_FAULT_REPEATED : DCF_FAULT_UNKNOWN_MESSAGE, "", e,
                     message ? "a second message in one document"
                             : "a wrapper inside itself, or in the wrong order");
    return false;
}

static void tell_beside(dcf_reader *r, const dcf_event *e)
{
    dcf_reader_fault(r, DCF_FAULT_UNMAPPED, "", e,
                     "a reference holds its key alone, unless it has \"inside: true\"");
}

/* Whether the element may stand here as it is; told when not. */
static bool fits(dcf_reader *r, const dcf_node *n, const dcf_event *e, uint32_t index, bool root)
{
    if (root) return root_allowed(r, n, e);
    bool other_kind = e->shape != DCF_SHAPE_ANY && e->array != n->array;
    if (!other_kind && !e->beside && (index == 0 || n->array)) return true;
    if (dcf_node_dropped(n)) return true;
    if (e->beside)
        tell_beside(r, e);
    else if (other_kind)
        dcf_reader_fault(r, DCF_FAULT_WRONG_KIND, "", e,
                         e->array ? "a list where one value belongs"
                                  : "one value where a list belongs");
    else
        dcf_reader_fault(r, DCF_FAULT_REPEATED, "", e, "it may stand once");
    return false;
}

static bool on_open(dcf_reader *r, const dcf_event *e)
{
    dcf_frame *f = dcf_reader_top(r);
    if (f->drop) return drop(r, f->drop, e);
    if (f->mode == DCF_CARRIED) return push_carried(r, e);
    if (f->mode != DCF_MAPPED) return dcf_reader_push(r, NULL, e, f->mode, 0);
    bool root = at_root(r, f), wrong_ns = false;
    const dcf_variant *around = root ? r->d->roots : f->variant;
    const dcf_node *n =
        around ? dcf_variant_child(around, false, e->ns, e->local, &wrong_ns) : NULL;
    if (!n || (n->variant_count == 0 && !n->drop)) return unknown(r, f, e, wrong_ns);
    uint32_t index = root ? 0 : r->counts[f->counts + n->ordinal]++;
    ProtobufCMessage *base = f->base;
    if (n->drop) return drop(r, n->drop, e);
    if (!dcf_reader_push(r, n, e, DCF_MAPPED, index)) return false;
    f = dcf_reader_top(r);
    f->base = base;
    if (!fits(r, n, e, index, root)) {
        f->mode = DCF_SKIPPED;
        return true;
    }
    r->parse.payload = n->unwrap;
    if (n->variant_count == 1 && n->variants[0]->when_count == 0)
        return enter(r, n->variants[0], e);
    return e->shape == DCF_SHAPE_SCALAR || dcf_record_start(r);
}

static bool skipped(dcf_reader *r, const dcf_frame *f, const dcf_event *e)
{
    return dcf_watch_value(r, f->drop ? DCF_FATE_DROPPED : DCF_FATE_REFUSED, f->drop, e);
}

/* No row is for it. */
static bool unknown_attribute(dcf_reader *r, const dcf_frame *f, const dcf_event *e, bool wrong_ns)
{
    const char *reason =
        f->variant ? dcf_variant_wild(r->d, f->variant, true, e->ns, e->local) : NULL;
    if (reason && !wrong_ns) return dcf_watch_value(r, DCF_FATE_DROPPED, reason, e);
    if (!f->variant && !wrong_ns) return skipped(r, f, e);
    if (r->d->carry && !wrong_ns) return dcf_reader_extension(r, e);
    if (wrong_ns)
        wrong_namespace(r, f->variant, e);
    else
        dcf_reader_fault(r, DCF_FAULT_UNMAPPED, "", e, "neither mapped nor dropped");
    return skipped(r, f, e);
}

static bool on_attribute(dcf_reader *r, const dcf_event *e)
{
    dcf_frame *f = dcf_reader_top(r);
    if (f->mode == DCF_SKIPPED && !r->watch) return true;
    bool wrong_ns = false, ok = true;
    dcf_node *n =
        f->variant ? dcf_variant_child(f->variant, true, e->ns, e->local, &wrong_ns) : NULL;
    size_t trail = r->trail.size;
    if (!dcf_trail_push(&r->trail, true, e->local, 0)) return dcf_reader_no_memory(r);
    dcf_reader_show_path(r);
    if (f->mode == DCF_SKIPPED) {
        ok = skipped(r, f, e);
    } else if (f->mode == DCF_CARRIED) {
        ok = dcf_reader_extension(r, e);
    } else if (e->beside && n && !dcf_node_dropped(n)) {
        tell_beside(r, e);
        ok = skipped(r, f, e);
    } else if (n && n->variant_count && n->variants[0]->self_count) {
        bool blank = dcf_span_blank(e->value);
        if (!blank) r->counts[f->counts + n->ordinal]++; /* a blank one counts as absent */
        ok = blank || dcf_reader_apply(r, f->base, n->variants[0]->self[0], e);
    } else {
        ok = unknown_attribute(r, f, e, wrong_ns);
    }
    dcf_trail_cut(&r->trail, trail);
    dcf_reader_show_path(r);
    return ok;
}

static const dcf_rule *own_rule(const dcf_frame *f)
{
    const dcf_variant *v = f->variant;
    if (!v || v->self_count == 0) return NULL;
    size_t i = v->indexed ? f->index : 0;
    return i < v->self_count ? v->self[i] : NULL;
}

static bool stray(dcf_reader *r, const dcf_frame *f, const dcf_event *e)
{
    if (f->variant && f->variant->indexed && r->d->carry) return dcf_reader_extension(r, e);
    if (f->variant && f->variant->indexed)
        dcf_reader_fault(r, DCF_FAULT_UNMAPPED, "", e, "more items than are mapped");
    else if (f->shape == DCF_SHAPE_SCALAR)
        dcf_reader_fault(r, DCF_FAULT_WRONG_KIND, "", e, "a plain value where an object belongs");
    else
        dcf_reader_fault(r, DCF_FAULT_STRAY_TEXT, "", e, "text beside elements");
    return dcf_watch_value(r, DCF_FATE_REFUSED, NULL, e);
}

static bool on_value(dcf_reader *r, const dcf_event *e)
{
    dcf_frame *f = dcf_reader_top(r);
    if (f->mode == DCF_CARRIED) return dcf_reader_extension(r, e);
    if (f->mode != DCF_MAPPED) return skipped(r, f, e);
    if (e->value_kind == DCF_VALUE_NULL || dcf_span_blank(e->value)) return true;
    if (f->node->unwrap)
        return dcf_ok(dcf_xml_read_payload(&r->parse, e->value, f->line, e->line, e->column));
    const dcf_rule *rule = own_rule(f);
    bool again = f->valued;
    f->valued = true;
    if (!rule || again) return stray(r, f, e);
    if (e->beside && !rule->drop) {
        tell_beside(r, e);
        return dcf_watch_value(r, DCF_FATE_REFUSED, NULL, e);
    }
    return dcf_reader_apply(r, f->base, rule, e);
}

/* --- closing -----------------------------------------------------------------------------------
 */

/* An awaited child that did not come: its default, or what is required of it, down to the values.
 */
static bool absent_child(dcf_reader *r, ProtobufCMessage *base, const dcf_node *n,
                         const dcf_event *at)
{
    const dcf_variant *first = n->variant_count ? n->variants[0] : NULL;
    const dcf_variant *v = n->variant_count == 1 ? first : NULL;
    bool group = !v || v->each || (v->self_count == 0 && v->child_count == 0), told = false,
         ok = true;
    size_t trail = r->trail.size;
    if (!dcf_trail_push(&r->trail, n->attribute, dcf_span_str(n->local), 0))
        return dcf_reader_no_memory(r);
    dcf_reader_show_path(r);
    if (group) {
        dcf_reader_fault(r, DCF_FAULT_REQUIRED, first ? first->scope : "", at, "missing");
    } else {
        for (size_t i = 0; ok && i < v->self_count; i++)
            if (v->self[i]) ok = dcf_reader_absent(r, base, v->self[i], at), told = true;
        for (size_t i = 0; ok && i < v->child_count; i++)
            if (v->children[i]->required & DCF_READ)
                ok = absent_child(r, base, v->children[i], at), told = true;
        if (!told) dcf_reader_fault(r, DCF_FAULT_REQUIRED, "", at, "missing");
    }
    dcf_trail_cut(&r->trail, trail);
    dcf_reader_show_path(r);
    return ok;
}

static bool close_mapped(dcf_reader *r, const dcf_frame *f)
{
    const dcf_variant *v = f->variant;
    const dcf_event at = {.line = f->line, .column = f->column};
    const dcf_rule *rule = own_rule(f);
    if (rule && !f->valued && !f->node->payload && !dcf_reader_absent(r, f->base, rule, &at))
        return false;
    if (!v || (f->shape == DCF_SHAPE_SCALAR && v->self_count == 0)) return true;
    for (size_t i = 0; i < v->awaited_count; i++) {
        const dcf_node *child = v->children[v->awaited[i]];
        if (r->counts[f->counts + child->ordinal] == 0 && !absent_child(r, f->base, child, &at))
            return false;
    }
    return true;
}

/* A group that is null is a group that did not come. */
static bool null_group(const dcf_frame *f)
{
    return f->mode == DCF_MAPPED && f->shape == DCF_SHAPE_SCALAR && !f->valued &&
           (!f->variant || !f->variant->self_count);
}

static bool on_close(dcf_reader *r)
{
    const dcf_frame *f = dcf_reader_top(r);
    const dcf_node *null = null_group(f) ? f->node : NULL;
    bool ok = f->mode != DCF_MAPPED || close_mapped(r, f);
    dcf_reader_pop(r);
    if (null) r->counts[dcf_reader_top(r)->counts + null->ordinal]--;
    return ok;
}

bool dcf_reader_on(void *self, const dcf_event *e)
{
    dcf_reader *r = self;
    if (r->record.active) return dcf_record_event(r, e);
    switch (e->kind) {
    case DCF_EV_OPEN:
        return on_open(r, e);
    case DCF_EV_ATTRIBUTE:
        return on_attribute(r, e);
    case DCF_EV_VALUE:
        return on_value(r, e);
    case DCF_EV_CLOSE:
        return on_close(r);
    default:
        return true;
    }
}

/* --- a whole document
 * ------------------------------------------------------------------------------ */

static bool begin(dcf_reader *r, size_t size)
{
    r->envelope = (Dcf__V1__Envelope *)dcf_message_new(r->arena, &dcf__v1__envelope__descriptor);
    Dcf__V1__Native *native =
        (Dcf__V1__Native *)dcf_message_new(r->arena, &dcf__v1__native__descriptor);
    if (!r->envelope || !native) return false;
    native->dialect = dcf_arena_strdup(r->arena, r->d->name);
    native->mapping_version = dcf_arena_strdup(r->arena, r->d->version);
    native->media_type = dcf_arena_strdup(r->arena, r->d->media_type);
    native->size = size;
    r->envelope->native = native;
    r->envelope->schema_version = 1;
    if (!native->dialect || !native->mapping_version || !native->media_type) return false;
    dcf_event bottom = {0};
    if (!dcf_reader_push(r, NULL, &bottom, DCF_MAPPED, 0)) return false;
    dcf_reader_top(r)->variant = r->d->roots;
    dcf_reader_top(r)->base = &r->envelope->base;
    return true;
}

dcf_status dcf_reader_run(dcf_reader *r, dcf_span native, const dcf_limits *limits)
{
    size_t errors = r->faults->errors;
    dcf_parse_init(&r->parse, limits, r->arena, r->faults, (dcf_sink){dcf_reader_on, r});
    if (!r->watch) r->parse.leaf = dcf_reader_leaf; /* a watch sees every event */
    if (!begin(r, native.size)) return DCF_ERR(NOMEM);
    dcf_status s = r->d->format->read(&r->parse, r->d->settings, native);
    if (dcf_failed(s) && !dcf_is(s, DCF_E_FAULTY)) return s;
    if (!dcf_reader_apply_kept(r)) return DCF_ERR(NOMEM);
    if (!r->message && r->faults->errors == errors)
        dcf_faults_add(r->faults, DCF_FAULT_UNKNOWN_MESSAGE, 0, 0, "", "",
                       "there is no message in the document");
    return r->faults->errors == errors ? DCF_OK : DCF_ERR(FAULTY);
}

dcf_status dcf_to_canonical(const dcf_dialect *d, dcf_span native, const dcf_limits *limits,
                            dcf_arena *arena, dcf_faults *faults, Dcf__V1__Envelope **ret)
{
    dcf_reader r = {.d = d, .arena = arena, .faults = faults, .trail.arena = arena};
    dcf_status s = dcf_reader_run(&r, native, limits);
    if (dcf_ok(s) || dcf_is(s, DCF_E_FAULTY)) *ret = r.envelope;
    return s;
}
