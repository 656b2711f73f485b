/* compile_path.c - canonical paths through the descriptors, and which fields are taken care of. */
#include "translate/compile.h"

#include <stdio.h>

#include "dcf/v1/envelope.pb-c.h"

#include <stdlib.h>

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

static size_t distance(const char *a, const char *b)
{
    enum { MAX = 64 };
    size_t row[MAX + 1], n = strlen(b);
    if (n > MAX) return n;
    for (size_t k = 0; k <= n; k++) row[k] = k;
    for (size_t i = 0; a[i]; i++) {
        size_t corner = row[0];
        row[0] = i + 1;
        for (size_t k = 1; k <= n; k++) {
            size_t above = row[k];
            row[k] = least(above + 1, row[k - 1] + 1, corner + (a[i] != b[k - 1]));
            corner = above;
        }
    }
    return row[n];
}

const char *dcf_nearest(const char *text, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t best_distance = strlen(text) / 2 + 1;
    for (size_t i = 0; i < count; i++) {
        size_t d = distance(text, names[i]);
        if (d < best_distance) best = names[i], best_distance = d;
    }
    return best;
}

static void unknown_field(dcf_compiler *c, const dcf_yaml *at,
                          const ProtobufCMessageDescriptor *type, const char *name)
{
    const char *names[128];
    size_t n = 0;
    for (; n < type->n_fields && n < 128; n++) names[n] = type->fields[n].name;
    const char *near = dcf_nearest(name, names, n);
    if (near) {
        dcf_mistake(c, at, "%s has no field \"%s\"; the nearest is \"%s\"", type->short_name, name,
                    near);
        return;
    }
    char all[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        size_t room = sizeof all - used;
        size_t size = (size_t)snprintf(all + used, room, " %s%s", names[i], i + 1 < n ? "" : ".");
        if (size >= room) break; /* what does not fit whole is left out */
        used += size;
    }
    all[used] = 0;
    dcf_mistake(c, at, "%s has no field \"%s\"; it has%s%s%s", type->short_name, name, all,
                used && all[used - 1] == '.' ? "" : " …",
                type == &dcf__v1__envelope__descriptor
                    ? "; a field of the body begins with the body's name: case_submission.urn"
                    : "");
}

/* Takes "[n]" off a step. */
static bool step_index(char *step, int32_t *ret)
{
    char *open = strchr(step, '['), *end;
    *ret = -1;
    if (!open) return true;
    long n = strtol(open + 1, &end, 10);
    if (end == open + 1 || strcmp(end, "]") != 0 || n < 0 || n > 999) return false;
    *open = 0;
    *ret = (int32_t)n;
    return true;
}

static bool add_step(dcf_compiler *c, dcf_path *p, dcf_field *f)
{
    dcf_field **steps = dcf_arena_grow(c->arena, p->steps, p->count, p->count + 1, sizeof(void *));
    if (!steps) {
        c->no_memory = true;
        return false;
    }
    steps[p->count++] = f;
    p->steps = steps;
    p->field = f;
    return true;
}

bool dcf_resolve(dcf_compiler *c, const dcf_place *place, const char *text, const dcf_yaml *at,
                 dcf_path *ret)
{
    bool absolute = *text == '/';
    const ProtobufCMessageDescriptor *type =
        absolute ? &dcf__v1__envelope__descriptor : place->type;
    dcf_path p = absolute ? (dcf_path){.absolute = true} : place->prefix;
    char *copy = dcf_copy(c, absolute ? text + 1 : text), *rest = NULL;
    if (!copy) return false;
    p.index = -1;
    const char *where = absolute ? "/" : p.text ? p.text : place->scope;
    p.text = absolute ? dcf_join_path(c, "/", 0, copy) : dcf_join_path(c, where, '.', copy);
    for (char *step = strtok_r(copy, ".", &rest); step; step = strtok_r(NULL, ".", &rest)) {
        if (!step_index(step, &p.index) || (p.index >= 0 && *rest)) {
            dcf_mistake(c, at,
                        "\"%s\": [n] may only end a path; an item of groups is made by \"each\"",
                        text);
            return false;
        }
        dcf_field *f = type ? dcf_field_find(type, step, strlen(step)) : NULL;
        if (!f && type) unknown_field(c, at, type, step);
        if (!type) dcf_mistake(c, at, "\"%s\": nothing is below a plain field", text);
        if (!f || !add_step(c, &p, f)) return false;
        if (*rest && dcf_field_repeated(f)) {
            dcf_mistake(c, at, "\"%s\": \"%s\" is repeated: use each", text, step);
            return false;
        }
        type = dcf_field_message(f);
    }
    if (p.count == 0 || (p.index >= 0 && (!dcf_field_repeated(dcf_path_field(&p)) || type))) {
        dcf_mistake(c, at, "\"%s\" is no canonical path", text);
        return false;
    }
    *ret = p;
    return true;
}

static dcf_cover *cover_below(dcf_compiler *c, dcf_cover *cover, dcf_field *field)
{
    for (size_t i = 0; i < cover->count; i++)
        if (cover->below[i]->field == field) return cover->below[i];
    dcf_cover *made = dcf_make(c, sizeof *made);
    if (!made || !dcf_append(c, &cover->below, &cover->count, made)) return NULL;
    made->field = field;
    return made;
}

void dcf_cover_take(dcf_compiler *c, dcf_cover *cover, const dcf_cover *other)
{
    cover->whole = cover->whole || other->whole;
    if (cover->items < other->items) cover->items = other->items;
    for (size_t i = 0; i < other->count; i++) {
        dcf_cover *below = cover_below(c, cover, other->below[i]->field);
        if (below) dcf_cover_take(c, below, other->below[i]);
    }
}

static dcf_cover *cover_of(dcf_compiler *c, const dcf_place *place, const dcf_path *p)
{
    dcf_cover *cover = p->absolute ? place->envelope : place->cover;
    for (size_t i = 0; i < p->count && cover; i++) cover = cover_below(c, cover, p->steps[i]);
    return cover;
}

void dcf_cover_flag(dcf_compiler *c, const dcf_place *place, const dcf_path *p, const char *value)
{
    dcf_cover *cover = cover_of(c, place, p);
    if (cover) (void)dcf_append(c, &cover->flags, &cover->flag_count, value);
}

void dcf_cover_drop(dcf_compiler *c, const dcf_place *place, const dcf_path *p, const char *reason)
{
    dcf_cover *cover = cover_of(c, place, p);
    if (!cover) return;
    cover->whole = true;
    cover->dropped = reason;
}

/* Covered only when the condition holds. */
static void mark_sometimes(dcf_compiler *c, const dcf_condition *condition, const dcf_path *p,
                           dcf_cover *cover)
{
    dcf_covered_when *when = dcf_make(c, sizeof *when);
    if (!when) return;
    *when = (dcf_covered_when){condition, p->index < 0 ? 0 : (size_t)p->index + 1};
    (void)dcf_append(c, &cover->sometimes, &cover->sometimes_count, when);
}

void dcf_cover_mark(dcf_compiler *c, const dcf_place *place, const dcf_path *p)
{
    dcf_cover *cover = cover_of(c, place, p);
    if (!cover) return;
    if (place->condition && !p->absolute)
        mark_sometimes(c, place->condition, p, cover);
    else if (p->index < 0)
        cover->whole = true;
    else if (cover->items <= (size_t)p->index)
        cover->items = (size_t)p->index + 1;
}
