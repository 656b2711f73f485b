/*
 * scaffold_write.c - the rows of one message: in each group every native path gets the
 * canonical field it is most like, best pairs first, each field once; the rest is dropped.
 */
#include "authoring/scaffold_write.h"

#include <stdio.h>
#include <strings.h>

enum { ITEMS_MAX = 400, PATH_SIZE = 1024, DCF_NEAR = 40 };

/* A path of a group that is mapped as a whole: a leaf, or a group that repeats. */
typedef struct item {
    const dcf_shape_node *node;
    char *path; /* native, from the group */
    bool group;
    dcf_target *target; /* NULL: none is like it */
    const char *near;   /* something like it, when it is not enough */
} item;

typedef struct items {
    item all[ITEMS_MAX];
    size_t count;
    const char *unwrap[8]; /* texts that are documents */
    size_t unwrap_count;
} items;

static dcf_status write_group(dcf_scaffolder *s, const dcf_shape_node *top,
                              const ProtobufCMessageDescriptor *type, bool body, const char *skip,
                              unsigned indent, dcf_buf *out);

size_t dcf_scaffold_ns(dcf_scaffolder *s, const char *uri)
{
    for (size_t i = 0; i < s->namespace_count; i++)
        if (strcmp(s->namespaces[i], uri) == 0) return i;
    const char **all = dcf_arena_grow(s->arena, s->namespaces, s->namespace_count,
                                      s->namespace_count + 1, sizeof *all);
    if (!all) return 0;
    s->namespaces = all;
    all[s->namespace_count] = uri;
    return s->namespace_count++;
}

/* --- what is in a group --------------------------------------------------------------------------
 */

void dcf_scaffold_step(dcf_scaffolder *s, const dcf_shape_node *n, char out[DCF_SCAFFOLD_STEP])
{
    bool own = n->attribute ? *n->ns != 0 : strcmp(n->ns, n->parent->ns) != 0;
    char prefix[24] = "";
    size_t ns = own ? dcf_scaffold_ns(s, n->ns) : 0;
    if (own) snprintf(prefix, sizeof prefix, ns ? "n%zu:" : "default:", ns);
    snprintf(out, DCF_SCAFFOLD_STEP, "%s%s%s", n->attribute ? "@" : "", prefix, n->name);
}

/* An item of a list in a list: it has no name, and is said "[]". */
static bool is_nested_item(const dcf_shape_node *n)
{
    return !*n->name && n->list;
}

/* A name that a path of the language cannot say. */
static bool unsayable(const dcf_scaffolder *s, const dcf_shape_node *n)
{
    return (!*n->name && !is_nested_item(n)) || strpbrk(n->name, "/[]*") ||
           strcmp(n->name, ".") == 0 || (!s->format->xml && *n->name == '@');
}

static bool add(dcf_scaffolder *s, items *to, const dcf_shape_node *n, const char *path, bool group)
{
    char *copy = dcf_arena_printf(s->arena, "%s%s", path,
                                  (n->list && !group) || is_nested_item(n) ? "[]" : "");
    if (!copy || to->count == ITEMS_MAX) return false;
    to->all[to->count++] = (item){.node = n, .path = copy, .group = group};
    return true;
}

/* It only holds a list of groups: <People><Person/><Person/></People>. */
static bool holds_a_list(const dcf_shape_node *n)
{
    const dcf_shape_node *c = n->child_count == 1 ? n->children[0] : NULL;
    return c && c->list && c->child_count && !n->texts;
}

/* A group that happens to stand once in the samples, where the model has a list of that name. */
static bool is_list_by_name(const dcf_scaffolder *s, const dcf_shape_node *n,
                            const dcf_shape_node *top, const dcf_targets *targets)
{
    static const char *const frames[] = {"case",   "file", "message", "record",
                                         "header", "data", "body",    "payload"};
    if (s->format->kinds || holds_a_list(n)) return false; /* a list there is a list */
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++)
        if (strcasecmp(frames[i], n->name) == 0) return false;
    for (size_t i = 0; i < targets->count; i++) {
        const dcf_target *t = &targets->items[i];
        if (dcf_field_message(t->field) && dcf_likeness(n, top, t) >= DCF_SURE) return true;
    }
    return false;
}

/* Groups that stand once are passed through: their values are the group's own. */
static bool collect(dcf_scaffolder *s, items *to, const dcf_shape_node *n, const char *prefix,
                    const char *skip, const dcf_shape_node *top, const dcf_targets *targets)
{
    for (size_t i = 0; i < n->child_count; i++) {
        const dcf_shape_node *c = n->children[i];
        char step[DCF_SCAFFOLD_STEP], path[PATH_SIZE];
        bool schema_hint = strcmp(c->ns, "http://www.w3.org/2001/XMLSchema-instance") == 0;
        if (unsayable(s, c) || (c->attribute && schema_hint)) continue;
        dcf_scaffold_step(s, c, step);
        snprintf(path, sizeof path, "%s%s%s", prefix, *prefix ? "/" : "", step);
        if (skip && strcmp(skip, path) == 0) continue;
        if (c->document && to->unwrap_count < 8)
            to->unwrap[to->unwrap_count++] = dcf_arena_strdup(s->arena, path);
        bool ok = true;
        if (!c->child_count)
            ok = add(s, to, c, path, false);
        else if (c->list || is_list_by_name(s, c, top, targets))
            ok = add(s, to, c, path, true);
        else
            ok = (!c->texts || c->document || add(s, to, c, path, false)) &&
                 collect(s, to, c, path, skip, top, targets);
        if (!ok) return false;
    }
    return true;
}

/* --- who is what
 * ---------------------------------------------------------------------------------- */

static bool may_be(const item *it, const dcf_target *t)
{
    bool list = dcf_field_repeated(t->field), message = dcf_field_message(t->field) != NULL;
    return it->group ? list && message : !message && list == it->node->list;
}

/* What a group holds tells what it is, where its name does not: how many of its values are likely
 * in an item of the list. */
static dcf_status by_content(dcf_scaffolder *s, const dcf_shape_node *n, const dcf_target *t,
                             unsigned *ret)
{
    dcf_targets inside = {0};
    unsigned likely = 0;
    DCF_TRY(dcf_targets_of(dcf_field_message(t->field), false, s->arena, &inside));
    for (size_t i = 0; i < n->child_count; i++) {
        unsigned most = 0;
        for (size_t k = 0; k < inside.count; k++) {
            unsigned like = dcf_likeness(n->children[i], n, &inside.items[k]);
            if (like > most) most = like;
        }
        likely += most >= DCF_LIKELY;
    }
    *ret = likely < 2 ? 0 : DCF_LIKELY + (likely > 5 ? 10 : likely * 2);
    return DCF_OK;
}

/* Groups without a telling name. */
static dcf_status assign_by_content(dcf_scaffolder *s, items *all, dcf_targets *targets)
{
    for (size_t i = 0; i < all->count; i++) {
        item *it = &all->all[i];
        unsigned most = 0;
        for (size_t k = 0; it->group && !it->target && k < targets->count; k++) {
            unsigned like = 0;
            if (targets->items[k].used || !may_be(it, &targets->items[k])) continue;
            DCF_TRY(by_content(s, it->node, &targets->items[k], &like));
            if (like > most) most = like, it->target = &targets->items[k];
        }
        if (it->target) it->target->used = true;
    }
    return DCF_OK;
}

/* Best pairs first. */
static dcf_status assign(dcf_scaffolder *s, items *all, dcf_targets *targets,
                         const dcf_shape_node *top, unsigned *ret_fit)
{
    uint8_t *like = dcf_arena_alloc(s->arena, all->count * targets->count + 1);
    unsigned fit = 0;
    if (!like) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < all->count; i++)
        for (size_t k = 0; k < targets->count; k++) {
            uint8_t *at = &like[i * targets->count + k];
            if (may_be(&all->all[i], &targets->items[k]))
                *at = (uint8_t)dcf_likeness(all->all[i].node, top, &targets->items[k]);
        }
    while (all->count && targets->count) {
        size_t best = 0;
        for (size_t i = 0; i < all->count * targets->count; i++)
            if (like[i] > like[best] && !all->all[i / targets->count].target &&
                !targets->items[i % targets->count].used)
                best = i;
        item *it = &all->all[best / targets->count];
        dcf_target *is = &targets->items[best % targets->count];
        if (it->target || is->used || like[best] < DCF_LIKELY) break;
        it->target = is;
        is->used = true;
        fit += like[best] * (it->group ? 3U : 1U);
        like[best] = 0;
    }
    for (size_t i = 0; i < all->count; i++)
        for (size_t k = 0, most = DCF_NEAR; k < targets->count; k++)
            if (like[i * targets->count + k] > most && !targets->items[k].used) {
                most = like[i * targets->count + k];
                all->all[i].near = targets->items[k].path;
            }
    *ret_fit = fit;
    return assign_by_content(s, all, targets);
}

static dcf_status look(dcf_scaffolder *s, const dcf_shape_node *top,
                       const ProtobufCMessageDescriptor *type, bool body, const char *skip,
                       items *all, unsigned *fit)
{
    dcf_targets targets = {0};
    DCF_TRY(dcf_targets_of(type, body, s->arena, &targets));
    *all = (items){.count = 0};
    if (top->texts && top->child_count && !top->document) {
        char dot[] = ".";
        all->all[all->count++] = (item){.node = top, .path = dot};
    }
    if (!collect(s, all, top, "", skip, top, &targets)) return DCF_ERR(LIMIT);
    return assign(s, all, &targets, top, fit);
}

/* --- rows
 * ------------------------------------------------------------------------------------------ */

static void indent_by(dcf_buf *out, unsigned n)
{
    for (; n; n--) dcf_buf_addc(out, ' ');
}

static dcf_status write_leaf(dcf_scaffolder *s, const item *it, unsigned indent, dcf_buf *out)
{
    dcf_as as;
    DCF_TRY(dcf_scaffold_as(it->node, it->target, &s->codes, &as));
    indent_by(out, indent);
    dcf_buf_adds(out, "- {native: ");
    dcf_yaml_text(out, it->path);
    dcf_buf_printf(out, ", canonical: %s", it->target->path);
    if (*as.as) dcf_buf_printf(out, ", as: %s", as.as);
    if (as.warn) dcf_buf_adds(out, ", check: warn");
    if (s->format->kinds && it->node->kinds == 1U << DCF_VALUE_TEXT &&
        (strcmp(as.as, "integer") == 0 || strcmp(as.as, "number") == 0))
        dcf_buf_adds(out, ", kind: string");
    dcf_buf_printf(out, "}  # guess: ");
    dcf_scaffold_form(it->node, out);
    if (*as.remark) dcf_buf_printf(out, "; choose: %s", as.remark);
    dcf_buf_addc(out, '\n');
    return DCF_OK;
}

static dcf_status write_each(dcf_scaffolder *s, const item *it, unsigned indent, dcf_buf *out)
{
    indent_by(out, indent);
    dcf_buf_adds(out, "- each: ");
    dcf_yaml_text(out, it->path);
    dcf_buf_addc(out, '\n');
    indent_by(out, indent + 2);
    dcf_buf_printf(out, "canonical: %s  # guess: %zu times\n", it->target->path, it->node->times);
    return write_group(s, it->node, dcf_field_message(it->target->field), false, NULL, indent + 2,
                       out);
}

/* Nothing is near: what it looks like, for whoever chooses. */
static void write_drop(const item *it, unsigned indent, dcf_buf *out)
{
    indent_by(out, indent);
    dcf_buf_adds(out, "- {native: ");
    char *path = (char *)it->path;
    char whole[PATH_SIZE + 4];
    snprintf(whole, sizeof whole, it->group ? "%s/**" : "%s", path);
    dcf_yaml_text(out, whole);
    dcf_buf_adds(out, ", reason: not yet mapped}  # choose: ");
    if (it->group)
        dcf_buf_printf(out, "a group of %zu values, %zu times", it->node->child_count,
                       it->node->times);
    else
        dcf_scaffold_form(it->node, out);
    if (it->near) dcf_buf_printf(out, "; perhaps %s", it->near);
    dcf_buf_addc(out, '\n');
}

static void write_unwraps(const items *all, unsigned indent, dcf_buf *out)
{
    if (!all->unwrap_count) return;
    indent_by(out, indent);
    dcf_buf_adds(out, "unwrap: [");
    for (size_t i = 0; i < all->unwrap_count; i++) {
        dcf_buf_adds(out, i ? ", " : "");
        dcf_yaml_text(out, all->unwrap[i]);
    }
    dcf_buf_adds(out, "]\n");
}

static dcf_status write_group(dcf_scaffolder *s, const dcf_shape_node *top,
                              const ProtobufCMessageDescriptor *type, bool body, const char *skip,
                              unsigned indent, dcf_buf *out)
{
    unsigned fit;
    size_t mapped = 0;
    items *all = dcf_arena_alloc(s->arena, sizeof *all);
    if (!all) return DCF_ERR(NOMEM);
    DCF_TRY(look(s, top, type, body, skip, all, &fit));
    write_unwraps(all, indent, out);
    for (size_t i = 0; i < all->count; i++) mapped += all->all[i].target != NULL;
    if (mapped) {
        indent_by(out, indent);
        dcf_buf_adds(out, "fields:\n");
    }
    for (size_t i = 0; i < all->count; i++)
        if (all->all[i].target)
            DCF_TRY(
                (all->all[i].group ? write_each : write_leaf)(s, &all->all[i], indent + 2, out));
    if (mapped == all->count) return dcf_buf_status(out);
    indent_by(out, indent);
    dcf_buf_adds(out, "drop:\n");
    for (size_t i = 0; i < all->count; i++)
        if (!all->all[i].target) write_drop(&all->all[i], indent + 2, out);
    return dcf_buf_status(out);
}

dcf_status dcf_scaffold_rows(dcf_scaffolder *s, const dcf_shape_node *root,
                             const ProtobufCMessageDescriptor *body, const char *skip, dcf_buf *out)
{
    return write_group(s, root, body, true, skip, 4, out);
}

dcf_status dcf_scaffold_fit(dcf_scaffolder *s, const dcf_shape_node *root,
                            const ProtobufCMessageDescriptor *body, unsigned *ret)
{
    items *all = dcf_arena_alloc(s->arena, sizeof *all);
    return all ? look(s, root, body, true, NULL, all, ret) : DCF_ERR(NOMEM);
}
