/* join_key.c - see join_key.h. */
#include "translate/join_key.h"

#include <stdlib.h>

dcf_span dcf_keyed_text(const dcf_tree *node, const dcf_tree_path *path)
{
    const dcf_tree *found = dcf_tree_value(node, path);
    bool there = found && found->event.value_kind != DCF_VALUE_NULL;
    return there ? dcf_span_trim(found->event.value) : (dcf_span){0};
}

dcf_keyed dcf_keyed_of(const dcf_join *j, dcf_tree *node, bool item, size_t order)
{
    dcf_keyed k = {.node = node, .count = j->key_count, .order = order, .whole = true};
    for (size_t i = 0; i < j->key_count; i++) {
        k.values[i] = dcf_keyed_text(node, item ? &j->keys[i].item : &j->keys[i].place);
        k.whole = k.whole && k.values[i].size;
    }
    return k;
}

int dcf_keyed_order(const void *a, const void *b)
{
    const dcf_keyed *x = a, *y = b;
    for (size_t i = 0; i < x->count; i++) {
        dcf_span s = x->values[i], t = y->values[i];
        if (s.size != t.size) return s.size < t.size ? -1 : 1;
        int order = s.size ? memcmp(s.data, t.data, s.size) : 0;
        if (order) return order;
    }
    return 0;
}

static int by_key_and_order(const void *a, const void *b)
{
    const dcf_keyed *x = a, *y = b;
    int order = dcf_keyed_order(a, b);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

dcf_keyed *dcf_keyed_sorted(const dcf_join *j, dcf_arena *arena, const dcf_tree_list *list,
                            bool items, size_t *ret_count)
{
    dcf_keyed *keys = dcf_arena_alloc(arena, (list->count + 1) * sizeof *keys);
    size_t n = 0;
    if (!keys) return NULL;
    for (size_t i = 0; i < list->count; i++) {
        keys[n] = dcf_keyed_of(j, list->items[i], items, i);
        n += keys[n].whole;
    }
    qsort(keys, n, sizeof *keys, by_key_and_order);
    *ret_count = n;
    return keys;
}

void dcf_key_nodes(const dcf_join *j, const dcf_tree *place, const dcf_tree *ret[DCF_JOIN_KEYS_MAX])
{
    for (size_t i = 0; i < j->key_count; i++) {
        ret[i] = dcf_tree_value(place, &j->keys[i].place);
        while (ret[i] && ret[i] != place && ret[i]->parent != place) ret[i] = ret[i]->parent;
    }
}

bool dcf_key_nodes_have(const dcf_join *j, const dcf_tree *const keys[], const dcf_tree *n)
{
    for (size_t i = 0; i < j->key_count; i++)
        if (keys[i] == n) return true;
    return false;
}

void dcf_join_fault(const dcf_join_context *c, dcf_severity severity, dcf_fault_code code,
                    const dcf_tree *at, const dcf_tree_path *path, const char *detail)
{
    dcf_faults_add_as(c->faults, severity, code, at->event.line, at->event.column, path->text, "",
                      "%s", detail);
}
