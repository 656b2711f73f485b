/* join.c - references, both ways: a sorted list of keys, and nodes hung elsewhere. */
#include "translate/join.h"

#include <stdio.h>
#include <stdlib.h>

/* --- keys ---------------------------------------------------------------------------------- */

/* A node with the values it is known by. */
typedef struct keyed {
    dcf_tree *node;
    size_t count, order;
    dcf_span values[DCF_JOIN_KEYS_MAX];
    bool whole; /* all values are there */
} keyed;

static dcf_span text_at(const dcf_tree *node, const dcf_tree_path *path)
{
    const dcf_tree *found = dcf_tree_value(node, path);
    bool there = found && found->event.value_kind != DCF_VALUE_NULL;
    return there ? dcf_span_trim(found->event.value) : (dcf_span){0};
}

static keyed key_of(const dcf_join *j, dcf_tree *node, bool item, size_t order)
{
    keyed k = {.node = node, .count = j->key_count, .order = order, .whole = true};
    for (size_t i = 0; i < j->key_count; i++) {
        k.values[i] = text_at(node, item ? &j->keys[i].item : &j->keys[i].place);
        k.whole = k.whole && k.values[i].size;
    }
    return k;
}

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
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
    const keyed *x = a, *y = b;
    int order = by_key(a, b);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static void fault(const dcf_join_context *c, dcf_severity severity, dcf_fault_code code,
                  const dcf_tree *at, const dcf_tree_path *path, const char *detail)
{
    dcf_faults_add_as(c->faults, severity, code, at->event.line, at->event.column, path->text, "",
                      "%s", detail);
}

/* Sorted, the keys that are whole; two of one key are told. NULL out of memory. */
static keyed *index_of(const dcf_join *j, dcf_join_context *c, const dcf_tree_list *list,
                       bool items, size_t *ret_count)
{
    keyed *keys = dcf_arena_alloc(c->arena, (list->count + 1) * sizeof *keys);
    size_t n = 0;
    for (size_t i = 0; keys && i < list->count; i++) {
        keys[n] = key_of(j, list->items[i], items, i);
        n += keys[n].whole;
    }
    if (!keys) return NULL;
    qsort(keys, n, sizeof *keys, by_key_and_order);
    for (size_t i = 1; i < n; i++)
        if (by_key(&keys[i - 1], &keys[i]) == 0)
            fault(c, DCF_SEVERITY_ERROR, DCF_FAULT_KEY_TWICE, keys[i].node,
                  items ? &j->items : &j->place, "another has this key");
    *ret_count = n;
    return keys;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static bool is_self(const dcf_tree_path *path)
{
    return path->count == 0;
}

/* The key of an item, which says what the place says already. */
static void take_key(const dcf_join *j, dcf_tree *item)
{
    for (size_t i = 0; i < j->key_count; i++) {
        dcf_tree *value = is_self(&j->keys[i].item) ? NULL : dcf_tree_value(item, &j->keys[i].item);
        if (!value) continue;
        if (value->event.kind == DCF_EV_VALUE && value->parent != item) value = value->parent;
        value->gone = true;
    }
}

/* The children of a reference that hold its keys, NULL where there is none. */
static void find_keys(const dcf_join *j, const dcf_tree *place,
                      const dcf_tree *ret[DCF_JOIN_KEYS_MAX])
{
    for (size_t i = 0; i < j->key_count; i++) {
        ret[i] = dcf_tree_value(place, &j->keys[i].place);
        while (ret[i] && ret[i] != place && ret[i]->parent != place) ret[i] = ret[i]->parent;
    }
}

static bool is_key(const dcf_join *j, const dcf_tree *const keys[], const dcf_tree *n)
{
    for (size_t i = 0; i < j->key_count; i++)
        if (keys[i] == n) return true;
    return false;
}

/* What the reference says beside its key: written, it would go to the object. */
static void mark_beside(const dcf_join *j, dcf_tree *place)
{
    const dcf_tree *keys[DCF_JOIN_KEYS_MAX];
    find_keys(j, place, keys);
    for (dcf_tree *n = place->first; n; n = n->next) n->event.beside = !is_key(j, keys, n);
}

/* The object's content in place of the reference's, which was its key alone where that is "."; or
 * inside it. */
static dcf_status put_object(const dcf_join *j, dcf_join_context *c, dcf_tree *place,
                             const dcf_tree *object)
{
    bool self = false;
    for (size_t i = 0; i < j->key_count; i++) self = self || is_self(&j->keys[i].place);
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
    keyed *index = index_of(j, c, &objects, true, &n);
    if (!index) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < places.count; i++) {
        keyed wanted = key_of(j, places.items[i], false, 0);
        keyed *found = bsearch(&wanted, index, n, sizeof *index, by_key);
        if (!wanted.whole) continue; /* it names nothing: null, or left out */
        if (!found) {
            if (j->told)
                fault(c, j->severity, DCF_FAULT_DANGLING, places.items[i], &j->place,
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
    keyed *index = index_of(j, c, &places, false, &n);
    if (!index) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < items.count; i++) {
        keyed wanted = key_of(j, items.items[i], true, 0);
        keyed *found = bsearch(&wanted, index, n, sizeof *index, by_key);
        if (!found && j->told)
            fault(c, j->severity, DCF_FAULT_DANGLING, items.items[i], &j->items,
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

/* --- writing ------------------------------------------------------------------------------------
 */

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
    return is_self(&last->place) ? &last->item : &last->place;
}

/* No number that is made may be one that is there, of whatever it is. */
static dcf_status count_from(const dcf_join *j, dcf_join_context *c, dcf_tree *root)
{
    dcf_tree_list places;
    if (!dcf_tree_find(c->arena, root, &j->place, &places)) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < places.count; i++) {
        char text[16] = "";
        dcf_span s = text_at(places.items[i], id_of(j));
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
        if (text_at(list->items[i], path).size) continue;
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
        fault(c, DCF_SEVERITY_ERROR, DCF_FAULT_REPEATED, inner.items[1], &j->place,
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
    find_keys(j, place, keys);
    dcf_tree *n = place->first, *next;
    place->first = place->last = place->newest = NULL;
    for (; n; n = next) {
        next = n->next;
        if (is_key(j, keys, n))
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
        if (!is_self(&j->keys[i].place)) continue;
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
        if (is_self(&j->keys[i].place)) continue;
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
        if (inner.count || text_at(places->items[i], id_of(j)).size)
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
    keyed *keys = dcf_arena_alloc(c->arena, (objects.count + 1) * sizeof *keys);
    size_t n = 0;
    if (!keys) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < objects.count; i++) {
        keys[n] = key_of(j, objects.items[i], true, i);
        n += keys[n].whole;
    }
    qsort(keys, n, sizeof *keys, by_key_and_order);
    for (size_t i = 1, first = 0; i < n; i++) {
        if (by_key(&keys[first], &keys[i]) != 0)
            first = i;
        else if (dcf_tree_same(keys[first].node, keys[i].node))
            keys[i].node->gone = true;
        else
            fault(c, DCF_SEVERITY_ERROR, DCF_FAULT_KEY_TWICE, keys[i].node, &j->items,
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
