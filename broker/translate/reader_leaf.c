/* reader_leaf.c - the short way of most values: an element or member that holds nothing else is
 * read without a frame of its own. */
#include "translate/reader.h"

/* The child that is nothing but a value, and may have this one; NULL when there is more to it. */
static inline const dcf_slot *plain_child(const dcf_frame *f, const dcf_event *open,
                                          const dcf_event *value)
{
    bool wrong_ns;
    if (!f->plain || value->value_kind == DCF_VALUE_NULL || dcf_span_blank(value->value))
        return NULL;
    const dcf_slot *child = dcf_variant_slot(f->plain, false, open->ns, open->local, &wrong_ns);
    if (!child || !child->plain) return NULL;
    return open->shape == DCF_SHAPE_ANY || open->array == child->array ? child : NULL;
}

/* A text that becomes a field as it is; false when there is more to it, and nothing was done. */
static inline bool fill(dcf_reader *r, const dcf_frame *f, const dcf_slot *child,
                        const dcf_event *value)
{
    if (!child->verbatim || !value->lasting || value->value_kind != child->kind ||
        value->value.size > child->max)
        return false;
    ProtobufCMessage *m =
        child->far ? dcf_reader_descend(r, f->base, &child->plain->path) : f->base;
    if (!m) return false;
    const char **at = (const char **)(void *)((uint8_t *)m + child->place);
    if (**at) return false;
    *at = (const char *)value->value.data;
    return true;
}

/* count: which occurrence, from 1. */
static bool apply_leaf(dcf_reader *r, const dcf_slot *child, uint32_t count, const dcf_event *open,
                       const dcf_event *value)
{
    size_t trail = r->trail.size;
    r->leaf = open;
    r->leaf_index = child->array ? count : 0;
    bool ok = dcf_reader_apply(r, dcf_reader_top(r)->base, child->plain, value);
    r->leaf = NULL;
    if (r->trail.size == trail) return ok;
    dcf_trail_cut(&r->trail, trail); /* a fault has named it */
    dcf_reader_show_path(r);
    return ok;
}

/* Apart from the leaves that are plain: they need none of its room. */
__attribute__((noinline)) static bool event_by_event(dcf_reader *r, const dcf_event *open,
                                                     const dcf_event *value)
{
    dcf_event end = {.kind = DCF_EV_CLOSE, .line = value->line, .column = value->column};
    return dcf_reader_on(r, open) && dcf_reader_on(r, value) && dcf_reader_on(r, &end);
}

/* A value that is all there is to its node is read without a frame; anything else event by event.
 */
bool dcf_reader_leaf(void *self, const dcf_event *open, const dcf_event *value)
{
    dcf_reader *r = self;
    if (r->record.active) return dcf_record_leaf(r, open, value);
    const dcf_frame *f = dcf_reader_top(r);
    const dcf_slot *child = plain_child(f, open, value);
    uint32_t *count = child ? &r->counts[f->counts + child->ordinal] : NULL;
    if (!child || (!child->array && *count)) return event_by_event(r, open, value);
    ++*count;
    if (fill(r, f, child, value)) return true;
    const dcf_rule *rule = child->plain;
    return (rule->direct && dcf_reader_apply_direct(r, f->base, rule, value)) ||
           apply_leaf(r, child, *count, open, value);
}
