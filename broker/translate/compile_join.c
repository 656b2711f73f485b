/* compile_join.c - the `references` of a message. */
#include "translate/compile.h"

static bool add_key(dcf_compiler *c, const dcf_yaml *at, const dcf_place *place, dcf_join *j)
{
    dcf_join_key *key = &j->keys[j->key_count];
    if (at->kind != DCF_YAML_SCALAR || j->key_count == DCF_JOIN_KEYS_MAX ||
        strcmp(at->key, ".") == 0) {
        dcf_mistake(c, at, "\"on\" is a map of paths to paths, at most %d", DCF_JOIN_KEYS_MAX);
        return false;
    }
    if (!dcf_tree_steps(c, place, at->key, at, &key->item) ||
        !dcf_tree_steps(c, place, at->text, at, &key->place))
        return false;
    if (j->nest && key->place.count == 0) {
        dcf_mistake(c, at, "\".\" goes with \"fetch\"");
        return false;
    }
    j->key_count++;
    return true;
}

static bool compile_join(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                         dcf_join *ret)
{
    dcf_join j = {.nest = dcf_yaml_get(row, "nest") != NULL};
    const dcf_keys_at at = j.nest ? DCF_KEYS_NEST : DCF_KEYS_FETCH;
    if (!dcf_only_keys(c, row, at)) return false;
    const char *items = dcf_top_text(c, row, j.nest ? "nest" : "fetch", true),
               *where = dcf_top_text(c, row, j.nest ? "in" : "at", true);
    const dcf_yaml *on = dcf_yaml_get(row, "on");
    if (!items || !where || !dcf_tree_steps(c, place, items, row, &j.items) ||
        !dcf_tree_steps(c, place, where, row, &j.place))
        return false;
    if (!on || on->kind != DCF_YAML_MAP || !on->count || !j.items.count) {
        dcf_mistake(c, row, "a reference has \"on\", a map of paths in %s to paths in %s", items,
                    where);
        return false;
    }
    for (size_t i = 0; i < on->count; i++)
        if (!add_key(c, &on->items[i], place, &j)) return false;
    j.inside = !j.nest && dcf_row_choice(c, row, at, "inside", 0, 1) == 0;
    for (size_t i = 0; i < j.key_count && j.inside; i++)
        if (j.keys[i].place.count == 0) {
            dcf_mistake(c, row, "\"inside\" goes with a reference that has more than its key");
            return false;
        }
    int check = dcf_row_choice(c, row, at, "check", DCF_CHECK_ERROR, DCF_CHECK_ERROR);
    j.told = check != DCF_CHECK_OFF;
    j.severity = check == DCF_CHECK_WARN ? DCF_SEVERITY_WARN : DCF_SEVERITY_ERROR;
    *ret = j;
    return true;
}

const dcf_joins *dcf_compile_joins(dcf_compiler *c, const dcf_yaml *m, const dcf_place *place)
{
    const dcf_yaml *list = dcf_yaml_get(m, "references");
    if (!list) return NULL;
    if (list->kind != DCF_YAML_LIST || list->count > DCF_JOINS_MAX) {
        dcf_mistake(c, list, "\"references\" is a list of at most %d", DCF_JOINS_MAX);
        return NULL;
    }
    dcf_joins *joins = dcf_make(c, sizeof *joins);
    if (joins) joins->items = dcf_make(c, (list->count + 1) * sizeof *joins->items);
    for (size_t i = 0; joins && joins->items && i < list->count; i++)
        joins->count += compile_join(c, &list->items[i], place, &joins->items[joins->count]);
    return joins;
}
