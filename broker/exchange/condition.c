/* condition.c - reads the conditions of rule files and proves them against the descriptors. */
#include "exchange/condition.h"

#include "exchange/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    dcf_arena *arena;
    const dcf_yaml_doc *doc;
    dcf_yaml_error *err;
    const dcf_term *terms;
    size_t term_count;
} reader;

static dcf_status read_any(const reader *r, const dcf_yaml *node,
                           const ProtobufCMessageDescriptor *body, int depth,
                           const dcf_condition **ret);

/* --- paths -------------------------------------------------------------- */

dcf_status dcf_condition_path(const dcf_yaml_doc *doc, const dcf_yaml *node,
                              const ProtobufCMessageDescriptor *body,
                              const ProtobufCFieldDescriptor *ret[DCF_PATH_MAX],
                              dcf_yaml_error *err)
{
    const ProtobufCFieldDescriptor *path[DCF_PATH_MAX] = {0};
    const char *at = node->text ? node->text : "";
    for (size_t depth = 0; depth < DCF_PATH_MAX - 1; depth++) {
        char name[64];
        size_t size = strcspn(at, ".");
        if (!body || size == 0 || size >= sizeof name) break;
        memcpy(name, at, size);
        name[size] = '\0';
        const ProtobufCFieldDescriptor *f =
            protobuf_c_message_descriptor_get_field_by_name(body, name);
        if (!f) return dcf_yaml_fail(doc, node, err, "%s has no field %s", body->short_name, name);
        path[depth] = f;
        if (!at[size]) {
            memcpy(ret, path, sizeof path);
            return DCF_OK;
        }
        body = f->type == PROTOBUF_C_TYPE_MESSAGE ? f->descriptor : NULL;
        at += size + 1;
    }
    return dcf_yaml_fail(doc, node, err, "a path is field.field.field, at most %d deep",
                         DCF_PATH_MAX - 1);
}

const ProtobufCFieldDescriptor *dcf_condition_leaf(const dcf_condition *c)
{
    size_t depth = 0;
    while (c->path[depth + 1]) depth++;
    return c->path[depth];
}

static dcf_status read_path(const reader *r, const dcf_yaml *node,
                            const ProtobufCMessageDescriptor *body, dcf_condition *c)
{
    c->text = node->text;
    return dcf_condition_path(r->doc, node, body, c->path, r->err);
}

/* --- values ------------------------------------------------------------- */

enum { WORDS_MAX = 64 };

/* That of the UNSPECIFIED value: CHARGED is SUBMISSION_KIND_CHARGED. */
static size_t prefix_size(const ProtobufCEnumDescriptor *e)
{
    const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(e, 0);
    return strlen(zero->name) - strlen("UNSPECIFIED");
}

/* What the text or enum at the end of the path may hold, ended by NULL; false: anything. An enum's
 * words are without its prefix. */
static bool words_of(const dcf_condition *c, const ProtobufCMessageDescriptor *body,
                     const char *ret[WORDS_MAX + 1])
{
    size_t n = 0, depth = 0;
    for (; c->path[depth + 1]; depth++) body = c->path[depth]->descriptor;
    const ProtobufCFieldDescriptor *f = c->path[depth];
    const char *const *words =
        f->type == PROTOBUF_C_TYPE_STRING ? dcf_vocabulary_of(body, f) : NULL;
    for (; words && words[n] && n < WORDS_MAX; n++) ret[n] = words[n];
    if (f->type == PROTOBUF_C_TYPE_ENUM) {
        const ProtobufCEnumDescriptor *e = f->descriptor;
        for (unsigned i = 0; i < e->n_values && n < WORDS_MAX; i++)
            if (e->values[i].value) ret[n++] = e->values[i].name + prefix_size(e);
    }
    ret[n] = NULL;
    return n > 0;
}

/* By its word; known to be one of words_of. */
static int number_of(const ProtobufCEnumDescriptor *e, const char *word)
{
    for (unsigned i = 0; i < e->n_values; i++)
        if (strcmp(e->values[i].name + prefix_size(e), word) == 0) return e->values[i].value;
    return 0;
}

static dcf_status read_value(const reader *r, const dcf_yaml *node, const char *const *words,
                             dcf_condition *c)
{
    const ProtobufCFieldDescriptor *f = dcf_condition_leaf(c);
    size_t i = 0;
    if (!node->text || !*node->text)
        return dcf_yaml_fail(r->doc, node, r->err, "a value is a text");
    while (words && words[i] && strcmp(words[i], node->text) != 0) i++;
    if (words && !words[i])
        return dcf_yaml_fail(r->doc, node, r->err, "%s has no value %s; the nearest is %s", f->name,
                             node->text, dcf_yaml_nearest(node->text, words));
    c->texts[c->count] = node->text;
    if (f->type == PROTOBUF_C_TYPE_ENUM)
        c->numbers[c->count] = number_of(f->descriptor, node->text);
    c->count++;
    return DCF_OK;
}

static dcf_status read_values(const reader *r, const dcf_yaml *list,
                              const ProtobufCMessageDescriptor *body, dcf_condition *c)
{
    const ProtobufCFieldDescriptor *f = dcf_condition_leaf(c);
    const char *words[WORDS_MAX + 1];
    bool contains = c->kind == DCF_WHEN_CONTAINS;
    if (f->type != PROTOBUF_C_TYPE_STRING && (contains || f->type != PROTOBUF_C_TYPE_ENUM))
        return dcf_yaml_fail(r->doc, list, r->err, "%s needs the path of a text%s field", list->key,
                             contains ? "" : " or enum");
    if (list->kind != DCF_YAML_LIST || !list->count || list->count > DCF_CONDITION_LIST_MAX)
        return dcf_yaml_fail(r->doc, list, r->err, "%s is a list of 1 to %d values", list->key,
                             DCF_CONDITION_LIST_MAX);
    c->texts = dcf_arena_alloc(r->arena, list->count * sizeof *c->texts);
    c->numbers = dcf_arena_alloc(r->arena, list->count * sizeof *c->numbers);
    if (!c->texts || !c->numbers) return DCF_ERR(NOMEM);
    bool closed = words_of(c, body, words) && !contains;
    for (size_t i = 0; i < list->count; i++)
        DCF_TRY(read_value(r, &list->items[i], closed ? words : NULL, c));
    return DCF_OK;
}

/* true and false are values of a yes/no field; true is the same as present. */
static dcf_status read_is(const reader *r, const dcf_yaml *node, dcf_condition *c)
{
    const char *word = node->text ? node->text : "";
    bool yes = !strcmp(word, "true"), no = !strcmp(word, "false");
    if ((yes || no) && dcf_condition_leaf(c)->type != PROTOBUF_C_TYPE_BOOL)
        return dcf_yaml_fail(r->doc, node, r->err, "%s is no yes/no field", c->text);
    if (!yes && !no && strcmp(word, "present") != 0 && strcmp(word, "absent") != 0)
        return dcf_yaml_fail(r->doc, node, r->err, "is: takes present, absent, true or false");
    c->kind = yes || !strcmp(word, "present") ? DCF_WHEN_PRESENT : DCF_WHEN_ABSENT;
    return DCF_OK;
}

static dcf_status read_moment(const reader *r, const dcf_yaml *node,
                              const ProtobufCMessageDescriptor *body, dcf_moment *m)
{
    static const char *const known[] = {"field", "add", NULL};
    if (node->text && strcmp(node->text, "now") == 0) return DCF_OK;
    m->is_date = node->text && dcf_day_parse(node->text, &m->date);
    if (m->is_date) return DCF_OK;
    if (node->kind != DCF_YAML_MAP)
        return dcf_yaml_fail(r->doc, node, r->err,
                             "%s: takes now, a date, or {field: PATH, add: PERIOD}", node->key);
    DCF_TRY(dcf_yaml_only(r->doc, node, known, r->err));
    const dcf_yaml *field = dcf_yaml_get(node, "field"), *add = dcf_yaml_get(node, "add");
    if (add && (!add->text || !dcf_period_parse(add->text, &m->add)))
        return dcf_yaml_fail(r->doc, add, r->err, "a period is written 6 months or 96 hours");
    if (add && m->add.unit == DCF_UNIT_WORKING_DAYS)
        return dcf_yaml_fail(r->doc, add, r->err, "working days are for clocks");
    if (!field) return DCF_OK;
    m->text = field->text;
    DCF_TRY(dcf_condition_path(r->doc, field, body, m->path, r->err));
    size_t depth = 0;
    while (m->path[depth + 1]) depth++;
    return dcf_field_is_date(m->path[depth])
               ? DCF_OK
               : dcf_yaml_fail(r->doc, field, r->err, "%s is no date or time", m->text);
}

static dcf_status read_time(const reader *r, const dcf_yaml *node,
                            const ProtobufCMessageDescriptor *body, dcf_condition *c)
{
    dcf_moment *m = dcf_arena_alloc(r->arena, sizeof *m);
    if (!m) return DCF_ERR(NOMEM);
    if (!dcf_field_is_date(dcf_condition_leaf(c)))
        return dcf_yaml_fail(r->doc, node, r->err, "%s compares a date or time, and %s is none",
                             node->key, c->text);
    c->kind = strcmp(node->key, "after") == 0 ? DCF_WHEN_AFTER : DCF_WHEN_BEFORE;
    c->moment = m;
    return read_moment(r, node, body, m);
}

/* --- the forms ---------------------------------------------------------- */

static dcf_status read_field(const reader *r, const dcf_yaml *node,
                             const ProtobufCMessageDescriptor *body, dcf_condition *c)
{
    const dcf_yaml *is = dcf_yaml_get(node, "is"), *in = dcf_yaml_get(node, "in");
    const dcf_yaml *not_in = dcf_yaml_get(node, "not_in"), *after = dcf_yaml_get(node, "after");
    const dcf_yaml *before = dcf_yaml_get(node, "before"), *words = dcf_yaml_get(node, "contains");
    DCF_TRY(read_path(r, dcf_yaml_get(node, "field"), body, c));
    if (node->count != 2)
        return dcf_yaml_fail(r->doc, node, r->err,
                             "field: needs one of is:, in:, not_in:, contains:, after:, before:");
    if (is) return read_is(r, is, c);
    if (after || before) return read_time(r, after ? after : before, body, c);
    c->kind = in ? DCF_WHEN_IN : words ? DCF_WHEN_CONTAINS : DCF_WHEN_NOT_IN;
    return read_values(r, in ? in : words ? words : not_in, body, c);
}

static dcf_status read_count(const reader *r, const dcf_yaml *node,
                             const ProtobufCMessageDescriptor *body, dcf_condition *c)
{
    c->kind = DCF_WHEN_COUNT;
    DCF_TRY(read_path(r, dcf_yaml_get(node, "count"), body, c));
    DCF_TRY(dcf_yaml_u64(r->doc, node, "at_least", 0, &c->at_least, r->err));
    DCF_TRY(dcf_yaml_u64(r->doc, node, "at_most", UINT64_MAX, &c->at_most, r->err));
    if (node->count == 1 || c->at_least > c->at_most)
        return dcf_yaml_fail(r->doc, node, r->err, "count: needs at_least:, at_most: or both");
    return DCF_OK;
}

static dcf_status read_list(const reader *r, const dcf_yaml *node, dcf_condition_kind kind,
                            const ProtobufCMessageDescriptor *body, int depth, dcf_condition *c)
{
    const dcf_yaml *list = &node->items[0];
    if (node->count != 1 || list->kind != DCF_YAML_LIST || !list->count ||
        list->count > DCF_CONDITION_LIST_MAX)
        return dcf_yaml_fail(r->doc, node, r->err, "%s: is a list of 1 to %d conditions",
                             node->items[0].key, DCF_CONDITION_LIST_MAX);
    c->kind = kind;
    c->children = dcf_arena_alloc(r->arena, list->count * sizeof(const dcf_condition *));
    if (!c->children) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < list->count; i++)
        DCF_TRY(read_any(r, &list->items[i], body, depth + 1, &c->children[c->count++]));
    return DCF_OK;
}

static dcf_status read_entries(const reader *r, const dcf_yaml *node, const dcf_yaml *path,
                               const ProtobufCMessageDescriptor *body, int depth, dcf_condition *c)
{
    static const char *const known[] = {"every", "some", "where", "has", NULL};
    const dcf_yaml *has = dcf_yaml_get(node, "has"), *where = dcf_yaml_get(node, "where");
    DCF_TRY(dcf_yaml_only(r->doc, node, known, r->err));
    c->kind = strcmp(path->key, "every") == 0 ? DCF_WHEN_EVERY : DCF_WHEN_SOME;
    DCF_TRY(read_path(r, path, body, c));
    const ProtobufCFieldDescriptor *f = dcf_condition_leaf(c);
    if (!has || f->label != PROTOBUF_C_LABEL_REPEATED || f->type != PROTOBUF_C_TYPE_MESSAGE)
        return dcf_yaml_fail(r->doc, node, r->err,
                             "%s: needs the path of a list, and has:", path->key);
    c->children = dcf_arena_alloc(r->arena, 2 * sizeof(const dcf_condition *));
    if (!c->children) return DCF_ERR(NOMEM);
    c->count = 2;
    if (where) DCF_TRY(read_any(r, where, f->descriptor, depth + 1, &c->children[0]));
    return read_any(r, has, f->descriptor, depth + 1, &c->children[1]);
}

static dcf_status read_case(const reader *r, const dcf_yaml *node, int depth, dcf_condition *c)
{
    if (node->count != 1) return dcf_yaml_fail(r->doc, node, r->err, "case: stands alone");
    c->kind = DCF_WHEN_CASE;
    c->children = dcf_arena_alloc(r->arena, sizeof(const dcf_condition *));
    if (!c->children) return DCF_ERR(NOMEM);
    c->count = 1;
    return read_any(r, &node->items[0], &dcf__v1__case_state__descriptor, depth + 1,
                    &c->children[0]);
}

static dcf_status read_term(const reader *r, const dcf_yaml *node, dcf_condition *c)
{
    const char *name = dcf_yaml_str(node, "term", "");
    if (node->count != 1) return dcf_yaml_fail(r->doc, node, r->err, "term: stands alone");
    c->kind = DCF_WHEN_TERM;
    c->children = dcf_arena_alloc(r->arena, sizeof(const dcf_condition *));
    if (!c->children) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < r->term_count && !c->count; i++)
        if (strcmp(r->terms[i].name, name) == 0) {
            c->children[c->count++] = r->terms[i].is;
            c->text = r->terms[i].name; /* for people */
        }
    return c->count ? DCF_OK : dcf_yaml_fail(r->doc, node, r->err, "no term %.40s above", name);
}

static dcf_status read_any(const reader *r, const dcf_yaml *node,
                           const ProtobufCMessageDescriptor *body, int depth,
                           const dcf_condition **ret)
{
    static const char *const known[] = {"field", "is",     "in",    "not_in",   "contains",
                                        "after", "before", "count", "at_least", "at_most",
                                        "all",   "any",    "none",  "every",    "some",
                                        "where", "has",    "case",  "term",     NULL};
    static const char *const lists[] = {"all", "any", "none"}; /* in the order of their kinds */
    if (depth > DCF_CONDITION_DEPTH_MAX)
        return dcf_yaml_fail(r->doc, node, r->err, "conditions more than %d deep",
                             DCF_CONDITION_DEPTH_MAX);
    dcf_condition *c = dcf_arena_alloc(r->arena, sizeof *c);
    if (!c) return DCF_ERR(NOMEM);
    c->line = node->line;
    *ret = c;
    DCF_TRY(dcf_yaml_only(r->doc, node, known, r->err));
    for (int i = 0; i < 3; i++)
        if (dcf_yaml_get(node, lists[i]))
            return read_list(r, node, DCF_WHEN_ALL + (unsigned)i, body, depth, c);
    const dcf_yaml *every = dcf_yaml_get(node, "every"), *some = dcf_yaml_get(node, "some");
    if (every || some) return read_entries(r, node, every ? every : some, body, depth, c);
    if (dcf_yaml_get(node, "case")) return read_case(r, node, depth, c);
    if (dcf_yaml_get(node, "term")) return read_term(r, node, c);
    if (dcf_yaml_get(node, "count")) return read_count(r, node, body, c);
    if (dcf_yaml_get(node, "field")) return read_field(r, node, body, c);
    return dcf_yaml_fail(
        r->doc, node, r->err,
        "a condition starts with field, count, all, any, none, every, some, case or term");
}

dcf_status dcf_condition_read_with(const dcf_term *terms, size_t term_count, dcf_arena *arena,
                                   const dcf_yaml_doc *doc, const dcf_yaml *node,
                                   const ProtobufCMessageDescriptor *body,
                                   const dcf_condition **ret, dcf_yaml_error *err)
{
    const reader r = {arena, doc, err, terms, term_count};
    const dcf_condition *c = NULL;
    if (node) DCF_TRY(read_any(&r, node, body, 0, &c));
    *ret = c;
    return DCF_OK;
}

dcf_status dcf_condition_read(dcf_arena *arena, const dcf_yaml_doc *doc, const dcf_yaml *node,
                              const ProtobufCMessageDescriptor *body, const dcf_condition **ret,
                              dcf_yaml_error *err)
{
    return dcf_condition_read_with(NULL, 0, arena, doc, node, body, ret, err);
}
