/* join.c - references followed: what is named by a key is hung where the rows look for it. */
#include "translate/join_key.h"

#include <stdlib.h>

/* Sorted; two of one key are told. NULL out of memory. */
static dcf_keyed *index_of(const dcf_join *j, dcf_join_context *c, const dcf_tree_list *list,
                           bool items, size_t *ret_count)
{
    dcf_keyed *keys = dcf_keyed_sorted(j, c->arena, list, items, ret_count);
    for (size_t i = 1; keys && i < *ret_count; i++)
        if (dcf_keyed_order(&keys[i - 1], &keys[i]) == 0)
            dcf_join_fault(c, DCF_SEVERITY_ERROR, DCF_FAULT_KEY_TWICE, keys[i].node,
                           items ? &j->items : &j->place, "another has this key");
    return keys;
}

/* The key of an item, which says what the place says already. */
static void take_key(const dcf_join *j, dcf_tree *item)
{
    for (size_t i = 0; i < j->key_count; i++) {
        dcf_tree *value =
            dcf_path_is_self(&j->keys[i].item) ? NULL : dcf_tree_value(item, &j->keys[i].item);
        if (!value) continue;
        if (value->event.kind == DCF_EV_VALUE && value->parent != item) value = value->parent;
        value->gone = true;
    }
}

/* What the reference says beside its key: written, it would go to the object. */
static void mark_beside(const dcf_join *j, dcf_tree *place)
{
    const dcf_tree *keys[DCF_JOIN_KEYS_MAX];
    dcf_key_nodes(j, place, keys);
    for (dcf_tree *n = place->first; n; n = n->next)
        n->event.beside = !dcf_key_nodes_have(j, keys, n);
}

/* The object's content in place of the reference's, which was its key alone where that is "."; or
 * inside it. */
static dcf_status put_object(const dcf_join *j, dcf_join_context *c, dcf_tree *place,
                             const dcf_tree *object)
{
    bool self = false;
    for (size_t i = 0; i < j->key_count; i++) self = self || dcf_path_is_self(&j->keys[i].place);
    dcf_tree *copy = dcf_arena_alloc(c->arena, sizeof *copy);
    if (!copy) return DCF_ERR(NOMEM);
    copy->event = object->event;
    if (!dcf_tree_copy(c->arena, copy, object, &c->budget))
        return c->budget == SIZE_MAX ? DCF_ERR(LIMIT) : DCF_ERR(NOMEM);
    if (self)
        place->first = place->last = NULL;
    else
        take_key(j, copy);
    if (!j->inside) mark_beside(j, place);
    if (place->event.shape == DCF_SHAPE_SCALAR) place->event.shape = DCF_SHAPE_OBJECT;
    if (j->inside) {
        dcf_tree_append(place, copy);
        return DCF_OK;
    }
    for (dcf_tree *n = copy->first, *next; n; n = next) {
        next = n->next;
        dcf_tree_append(place, n);
    }
    return DCF_OK;
}

static bool tells_something(const dcf_tree *inside)
{
    const dcf_tree *n = inside->first;
    while (n && (n->gone || n->hidden)) n = n->next;
    return n;
}

/* What held nothing but objects that stand elsewhere now is not told either. From the last to the
 * first, so that an element with many of them is looked through once. */
static void hide_holders(const dcf_tree_list *objects, const dcf_tree *root)
{
    for (size_t i = objects->count; i-- > 0;)
        for (dcf_tree *n = objects->items[i]->parent; n != root && !n->hidden; n = n->parent) {
            if (tells_something(n)) break;
            n->hidden = true;
        }
}

static dcf_status fetch(const dcf_join *j, dcf_join_context *c, dcf_tree *root)
{
    dcf_tree_list objects, places;
    size_t n;
    if (!dcf_tree_find(c->arena, root, &j->items, &objects) ||
        !dcf_tree_find(c->arena, root, &j->place, &places))
        return DCF_ERR(NOMEM);
    dcf_keyed *index = index_of(j, c, &objects, true, &n);
    if (!index) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < places.count; i++) {
        dcf_keyed wanted = dcf_keyed_of(j, places.items[i], false, 0);
        dcf_keyed *found = bsearch(&wanted, index, n, sizeof *index, dcf_keyed_order);
        if (!wanted.whole) continue; /* it names nothing: null, or left out */
        if (!found) {
            if (j->told)
                dcf_join_fault(c, j->severity, DCF_FAULT_DANGLING, places.items[i], &j->place,
                               "nothing has the key it names");
            continue;
        }
        found->node->hidden = true;
        DCF_TRY(put_object(j, c, places.items[i], found->node));
    }
    hide_holders(&objects, root);
    return DCF_OK;
}

static dcf_status nest(const dcf_join *j, dcf_join_context *c, dcf_tree *root)
{
    dcf_tree_list items, places;
    size_t n;
    if (!dcf_tree_find(c->arena, root, &j->items, &items) ||
        !dcf_tree_find(c->arena, root, &j->place, &places))
        return DCF_ERR(NOMEM);
    dcf_keyed *index = index_of(j, c, &places, false, &n);
    if (!index) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < items.count; i++) {
        dcf_keyed wanted = dcf_keyed_of(j, items.items[i], true, 0);
        dcf_keyed *found = bsearch(&wanted, index, n, sizeof *index, dcf_keyed_order);
        if (!found && j->told)
            dcf_join_fault(c, j->severity, DCF_FAULT_DANGLING, items.items[i], &j->items,
                           "nothing has the key it names");
        if (!found) continue;
        dcf_tree *moved = dcf_arena_alloc(c->arena, sizeof *moved);
        if (!moved) return DCF_ERR(NOMEM);
        *moved = *items.items[i]; /* the old one stays in its list, as a gap */
        for (dcf_tree *child = moved->first; child; child = child->next) child->parent = moved;
        items.items[i]->gone = true;
        take_key(j, moved);
        dcf_tree_append(found->node, moved);
    }
    hide_holders(&items, root);
    return DCF_OK;
}

dcf_status dcf_joins_read(const dcf_joins *joins, dcf_join_context *c, dcf_tree *root)
{
    for (size_t i = 0; i < joins->count; i++)
        DCF_TRY(joins->items[i].nest ? nest(&joins->items[i], c, root)
                                     : fetch(&joins->items[i], c, root));
    return DCF_OK;
}
