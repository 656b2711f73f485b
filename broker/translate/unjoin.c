/* unjoin.c - references made: what the rows wrote in one place goes where the format keeps it, and
 * leaves its key behind. The other way round: join.c. */
#include "translate/join_key.h"

#include <stdio.h>
#include <stdlib.h>

/* Adds a value at a path; the kind of value is that of the one it repeats. */
static dcf_status add_value(dcf_join_context *c, dcf_tree *node, const dcf_tree_path *path,
                            dcf_span text, dcf_value_kind kind)
{
    dcf_tree *at = dcf_tree_reach(c->arena, node, path);
    if (!at) return DCF_ERR(NOMEM);
    const dcf_tree_step *step = &path->steps[path->count - 1];
    dcf_event e = {.kind = step->attribute ? DCF_EV_ATTRIBUTE : DCF_EV_OPEN,
                   .ns = step->ns,
                   .local = step->local,
                   .shape = DCF_SHAPE_SCALAR,
                   .value_kind = kind};
    if (step->attribute) e.value = text;
    dcf_tree *made = dcf_tree_add(c->arena, at, &e);
    e = (dcf_event){.kind = DCF_EV_VALUE, .value = text, .value_kind = kind};
    if (!made || (!step->attribute && !dcf_tree_add(c->arena, made, &e))) return DCF_ERR(NOMEM);
    return DCF_OK;
}

/* Of the keys, the one that stands for an id: the last. */
static const dcf_tree_path *id_of(const dcf_join *j)
{
    const dcf_join_key *last = &j->keys[j->key_count - 1];
    return dcf_path_is_self(&last->place) ? &last->item : &last->place;
}

/* No number that is made may be one that is there, of whatever it is. */
static dcf_status count_from(const dcf_join *j, dcf_join_context *c, dcf_tree *root)
{
    dcf_tree_list places;
    if (!dcf_tree_find(c->arena, root, &j->place, &places)) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < places.count; i++) {
        char text[16] = "";
        dcf_span s = dcf_keyed_text(places.items[i], id_of(j));
        if (s.size && s.size < sizeof text) memcpy(text, s.data, s.size);
        unsigned long n = strtoul(text, NULL, 10);
        if (n > c->number && n < 1000000000) c->number = n;
    }
    return DCF_OK;
}

/* A number for what has none. */
static dcf_status number_missing(dcf_join_context *c, const dcf_tree_list *list,
                                 const dcf_tree_path *path)
{
    for (size_t i = 0; i < list->count; i++) {
        char text[24];
        if (dcf_keyed_text(list->items[i], path).size) continue;
        int n = snprintf(text, sizeof text, "%lu", ++c->number);
        DCF_TRY(add_value(c, list->items[i], path, dcf_span_of(text, (size_t)n), DCF_VALUE_TEXT));
    }
    return DCF_OK;
}

static dcf_tree *new_item(const dcf_join *j, dcf_join_context *c, dcf_tree *root)
{
    const dcf_tree_step *step = &j->items.steps[j->items.count - 1];
    dcf_tree *holder = dcf_tree_reach(c->arena, root, &j->items),
             *item = dcf_arena_alloc(c->arena, sizeof *item);
    if (!holder || !item) return NULL;
    item->event = (dcf_event){.kind = DCF_EV_OPEN,
                              .ns = step->ns,
                              .local = step->local,
                              .array = j->items.array,
                              .shape = DCF_SHAPE_OBJECT};
    dcf_tree_insert(holder, item);
    return item;
}

/* Moves the object that stands inside the reference. */
static dcf_status move_inside(const dcf_join *j, dcf_join_context *c, dcf_tree *place,
                              dcf_tree *object)
{
    dcf_tree_list inner;
    const dcf_tree_path name = {.steps = &j->items.steps[j->items.count - 1], .count = 1};
    if (!dcf_tree_find(c->arena, place, &name, &inner)) return DCF_ERR(NOMEM);
    if (inner.count > 1)
        dcf_join_fault(c, DCF_SEVERITY_ERROR, DCF_FAULT_REPEATED, inner.items[1], &j->place,
                       "a reference names one object");
    for (size_t i = 0; i < inner.count; i++) {
        inner.items[i]->gone = true;
        for (dcf_tree *n = inner.items[i]->first, *next; n; n = next) {
            next = n->next;
            dcf_tree_insert(object, n);
        }
    }
    return DCF_OK;
}

/* Moves what the reference holds beside its key to the object. */
static void move_content(const dcf_join *j, dcf_tree *place, dcf_tree *object)
{
    const dcf_tree *keys[DCF_JOIN_KEYS_MAX];
    dcf_key_nodes(j, place, keys);
    dcf_tree *n = place->first, *next;
    place->first = place->last = place->newest = NULL;
    for (; n; n = next) {
        next = n->next;
        if (dcf_key_nodes_have(j, keys, n))
            dcf_tree_append(place, n);
        else
            dcf_tree_insert(object, n);
    }
}

/* "." again: the object kept its key, the reference is that alone. */
static dcf_status make_plain(const dcf_join *j, dcf_join_context *c, dcf_tree *place,
                             const dcf_tree *object)
{
    for (size_t i = 0; i < j->key_count; i++) {
        if (!dcf_path_is_self(&j->keys[i].place)) continue;
        const dcf_tree *value = dcf_tree_value(object, &j->keys[i].item);
        dcf_event e = {.kind = DCF_EV_VALUE};
        if (value) e.value = value->event.value, e.value_kind = value->event.value_kind;
        if (place->event.shape == DCF_SHAPE_OBJECT) place->event.shape = DCF_SHAPE_SCALAR;
        if (!dcf_tree_add(c->arena, place, &e)) return DCF_ERR(NOMEM);
    }
    return DCF_OK;
}

static dcf_status take_object(const dcf_join *j, dcf_join_context *c, dcf_tree *root,
                              dcf_tree *place)
{
    dcf_tree *object = new_item(j, c, root);
    if (!object) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < j->key_count; i++) {
        if (dcf_path_is_self(&j->keys[i].place)) continue;
        const dcf_tree *value = dcf_tree_value(place, &j->keys[i].place);
        if (!value) continue;
        DCF_TRY(
            add_value(c, object, &j->keys[i].item, value->event.value, value->event.value_kind));
    }
    if (j->inside) return move_inside(j, c, place, object);
    move_content(j, place, object);
    return make_plain(j, c, place, object);
}

/* Without those of the list that name nothing and have nothing inside. */
static dcf_status drop_idle(const dcf_join *j, dcf_join_context *c, dcf_tree_list *places)
{
    dcf_tree_list inner;
    const dcf_tree_path name = {.steps = &j->items.steps[j->items.count - 1], .count = 1};
    size_t n = 0;
    for (size_t i = 0; i < places->count; i++) {
        if (!dcf_tree_find(c->arena, places->items[i], &name, &inner)) return DCF_ERR(NOMEM);
        if (inner.count || dcf_keyed_text(places->items[i], id_of(j)).size)
            places->items[n++] = places->items[i];
    }
    places->count = n;
    return DCF_OK;
}

static dcf_status unfetch(const dcf_join *j, dcf_join_context *c, dcf_tree *root)
{
    dcf_tree_list places;
    if (!dcf_tree_find(c->arena, root, &j->place, &places)) return DCF_ERR(NOMEM);
    if (j->inside) DCF_TRY(drop_idle(j, c, &places));
    DCF_TRY(number_missing(c, &places, id_of(j)));
    for (size_t i = 0; i < places.count; i++) DCF_TRY(take_object(j, c, root, places.items[i]));
    return DCF_OK;
}

static dcf_status unnest(const dcf_join *j, dcf_join_context *c, dcf_tree *root)
{
    dcf_tree_list places, inner;
    const dcf_tree_path name = {.steps = &j->items.steps[j->items.count - 1], .count = 1};
    if (!dcf_tree_find(c->arena, root, &j->place, &places)) return DCF_ERR(NOMEM);
    DCF_TRY(number_missing(c, &places, id_of(j)));
    for (size_t i = 0; i < places.count; i++) {
        if (!dcf_tree_find(c->arena, places.items[i], &name, &inner)) return DCF_ERR(NOMEM);
        for (size_t k = 0; k < inner.count; k++) {
            dcf_tree *item = new_item(j, c, root);
            if (!item) return DCF_ERR(NOMEM);
            item->event.array = inner.items[k]->event.array;
            for (size_t n = 0; n < j->key_count; n++) {
                const dcf_tree *value = dcf_tree_value(places.items[i], &j->keys[n].place);
                if (value)
                    DCF_TRY(add_value(c, item, &j->keys[n].item, value->event.value,
                                      value->event.value_kind));
            }
            for (dcf_tree *n = inner.items[k]->first, *next; n; n = next) {
                next = n->next;
                dcf_tree_insert(item, n);
            }
            inner.items[k]->gone = true;
        }
    }
    return DCF_OK;
}

/* Objects of one key are one, when they say the same. */
static dcf_status merge_objects(const dcf_join *j, dcf_join_context *c, dcf_tree *root)
{
    dcf_tree_list objects;
    if (!dcf_tree_find(c->arena, root, &j->items, &objects)) return DCF_ERR(NOMEM);
    size_t n;
    dcf_keyed *keys = dcf_keyed_sorted(j, c->arena, &objects, true, &n);
    if (!keys) return DCF_ERR(NOMEM);
    for (size_t i = 1, first = 0; i < n; i++) {
        if (dcf_keyed_order(&keys[first], &keys[i]) != 0)
            first = i;
        else if (dcf_tree_same(keys[first].node, keys[i].node))
            keys[i].node->gone = true;
        else
            dcf_join_fault(c, DCF_SEVERITY_ERROR, DCF_FAULT_KEY_TWICE, keys[i].node, &j->items,
                           "another of this key says something else");
    }
    return DCF_OK;
}

dcf_status dcf_joins_write(const dcf_joins *joins, dcf_join_context *c, dcf_tree *root)
{
    for (size_t i = 0; i < joins->count; i++) DCF_TRY(count_from(&joins->items[i], c, root));
    for (size_t i = joins->count; i-- > 0;)
        DCF_TRY(joins->items[i].nest ? unnest(&joins->items[i], c, root)
                                     : unfetch(&joins->items[i], c, root));
    for (size_t i = 0; i < joins->count; i++)
        if (!joins->items[i].nest) DCF_TRY(merge_objects(&joins->items[i], c, root));
    return DCF_OK;
}

static bool keep_event(void *self, const dcf_event *e)
{
    dcf_unjoin *u = self;
    return dcf_tree_take(u->arena, &u->at, e);
}

dcf_sink dcf_unjoin_begin(dcf_unjoin *u, dcf_arena *arena)
{
    *u = (dcf_unjoin){.arena = arena, .document = dcf_arena_alloc(arena, sizeof *u->document)};
    u->at = u->document;
    return (dcf_sink){u->document ? keep_event : NULL, u};
}

dcf_status dcf_unjoin_end(dcf_unjoin *u, const dcf_joins *joins, dcf_faults *faults, dcf_sink out)
{
    dcf_join_context c = {.arena = u->arena, .faults = faults, .budget = SIZE_MAX - 1};
    DCF_TRY(dcf_joins_write(joins, &c, u->document->first));
    return dcf_tree_tell(u->document, out) ? DCF_OK : DCF_ERR(LIMIT);
}
