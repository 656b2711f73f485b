/* tree.c - see tree.h. */
#include "translate/tree.h"

static bool copy_span(dcf_arena *a, dcf_span *s)
{
    if (s->size == 0) return true;
    s->data = (const uint8_t *)dcf_arena_str(a, *s);
    return s->data;
}

static void hang(dcf_tree *parent, dcf_tree *child, dcf_tree *after)
{
    child->parent = parent;
    child->next = after ? after->next : parent->first;
    if (after)
        after->next = child;
    else
        parent->first = child;
    if (parent->last == after) parent->last = child;
}

dcf_tree *dcf_tree_add(dcf_arena *a, dcf_tree *parent, const dcf_event *e)
{
    dcf_tree *n = dcf_arena_alloc(a, sizeof *n);
    if (!n) return NULL;
    n->event = *e;
    const dcf_event *around = &parent->event;
    if (e->ns.size && dcf_span_eq(e->ns, around->ns)) /* a namespace is mostly the one around */
        n->event.ns = around->ns;
    else if (!copy_span(a, &n->event.ns))
        return NULL;
    if (!copy_span(a, &n->event.local) || !copy_span(a, &n->event.value)) return NULL;
    hang(parent, n, parent->last);
    return n;
}

bool dcf_tree_take(dcf_arena *a, dcf_tree **at, const dcf_event *e)
{
    if (e->kind == DCF_EV_CLOSE) {
        *at = (*at)->parent;
        return true;
    }
    dcf_tree *n = dcf_tree_add(a, *at, e);
    if (n && e->kind == DCF_EV_OPEN) *at = n;
    return n;
}

static bool tell_node(const dcf_tree *n, dcf_sink sink)
{
    if (!dcf_emit(sink, &n->event)) return false;
    if (n->event.kind != DCF_EV_OPEN) return true;
    dcf_event close = {.kind = DCF_EV_CLOSE, .line = n->event.line, .column = n->event.column};
    return dcf_tree_tell(n, sink) && dcf_emit(sink, &close);
}

bool dcf_tree_tell(const dcf_tree *inside, dcf_sink sink)
{
    for (int others = 0; others < 2; others++)
        for (const dcf_tree *n = inside->first; n; n = n->next)
            if (!n->gone && !n->hidden && (n->event.kind != DCF_EV_ATTRIBUTE) == others &&
                !tell_node(n, sink))
                return false;
    return true;
}

static bool is_named(const dcf_tree *n, const dcf_tree_step *step)
{
    return !n->gone && n->event.kind == (step->attribute ? DCF_EV_ATTRIBUTE : DCF_EV_OPEN) &&
           dcf_span_eq(n->event.local, step->local);
}

void dcf_tree_insert(dcf_tree *parent, dcf_tree *child)
{
    const dcf_tree_step name = {.local = child->event.local};
    dcf_tree *after = parent->newest;
    if (!after || !is_named(after, &name)) {
        after = NULL;
        for (dcf_tree *n = parent->first; n; n = n->next)
            if (is_named(n, &name)) after = n;
    }
    hang(parent, child, after ? after : parent->last);
    parent->newest = child;
}

void dcf_tree_append(dcf_tree *parent, dcf_tree *child)
{
    hang(parent, child, parent->last);
}

bool dcf_tree_copy(dcf_arena *a, dcf_tree *to, const dcf_tree *from, size_t *budget)
{
    for (const dcf_tree *n = from->first; n; n = n->next) {
        if (n->gone) continue;
        if ((*budget)-- == 0) return false;
        dcf_tree *copy = dcf_arena_alloc(a, sizeof *copy);
        if (!copy) return false;
        copy->event = n->event;
        copy->hidden = n->hidden;
        hang(to, copy, to->last);
        if (!dcf_tree_copy(a, copy, n, budget)) return false;
    }
    return true;
}

static const dcf_tree *present(const dcf_tree *n)
{
    while (n && n->gone) n = n->next;
    return n;
}

bool dcf_tree_same(const dcf_tree *a, const dcf_tree *b)
{
    const dcf_tree *x = present(a->first), *y = present(b->first);
    for (; x && y; x = present(x->next), y = present(y->next))
        if (x->event.kind != y->event.kind || !dcf_span_eq(x->event.local, y->event.local) ||
            !dcf_span_eq(x->event.value, y->event.value) || !dcf_tree_same(x, y))
            return false;
    return !x && !y;
}

static dcf_tree *child_of(const dcf_tree *node, const dcf_tree_step *step)
{
    dcf_tree *n = node->first;
    while (n && !is_named(n, step)) n = n->next;
    return n;
}

dcf_tree *dcf_tree_value(const dcf_tree *node, const dcf_tree_path *path)
{
    for (size_t i = 0; node && i < path->count; i++) node = child_of(node, &path->steps[i]);
    if (!node || node->event.kind == DCF_EV_ATTRIBUTE) return (dcf_tree *)node;
    dcf_tree *n = node->first;
    while (n && (n->gone || n->event.kind != DCF_EV_VALUE)) n = n->next;
    return n;
}

dcf_tree *dcf_tree_reach(dcf_arena *a, dcf_tree *node, const dcf_tree_path *path)
{
    for (size_t i = 0; node && i + 1 < path->count; i++) {
        dcf_tree *next = child_of(node, &path->steps[i]);
        const dcf_tree_step *step = &path->steps[i];
        const dcf_event open = {.kind = DCF_EV_OPEN,
                                .ns = step->ns,
                                .local = step->local,
                                .shape = DCF_SHAPE_OBJECT,
                                .line = node->event.line};
        node = next ? next : dcf_tree_add(a, node, &open);
    }
    return node;
}

static bool list_add(dcf_arena *a, dcf_tree_list *list, dcf_tree *n)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        dcf_tree **items =
            dcf_arena_grow(a, list->items, list->count, capacity, sizeof(dcf_tree *));
        if (!items) return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = n;
    return true;
}

static bool find(dcf_arena *a, dcf_tree *node, const dcf_tree_path *path, size_t step,
                 dcf_tree_list *ret)
{
    if (step == path->count) return list_add(a, ret, node);
    for (dcf_tree *n = node->first; n; n = n->next)
        if (is_named(n, &path->steps[step]) && !find(a, n, path, step + 1, ret)) return false;
    return true;
}

bool dcf_tree_find(dcf_arena *a, dcf_tree *node, const dcf_tree_path *path, dcf_tree_list *ret)
{
    *ret = (dcf_tree_list){0};
    return find(a, node, path, 0, ret);
}
