/* yaml.c - libyaml's events into a tree; then the typed readers that name file and line when they
 * refuse. */
#include "base/yaml.h"

#include "base/arena.h"
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

enum {
    FILE_MAX = 4 << 20,
    DEPTH_MAX = 32,
    NODES_MAX = 200000,
    MEMORY_MAX = 128 << 20,
    KEY_MAX = 64
};

struct dcf_yaml_doc {
    dcf_arena arena;
    const char *name;
    const dcf_yaml *root;
};

/* A list or map that is still open; its children so far are nodes[first..]. */
typedef struct frame {
    dcf_yaml self;
    size_t first;
    const char *key; /* map: read, its value not yet */
    uint32_t key_line, key_column;
} frame;

typedef struct loader {
    dcf_yaml_doc *doc;
    dcf_yaml_error *err;
    dcf_yaml *nodes; /* finished nodes whose parent is still open */
    size_t count, capacity, total;
    frame open[DEPTH_MAX];
    size_t depth;
} loader;

/* --- errors ----------------------------------------------------------------------------------- */

static dcf_status fail_at(dcf_yaml_error *err, const char *name, size_t line, size_t column,
                          const char *text)
{
    if (err) snprintf(err->text, sizeof err->text, "%s:%zu:%zu: %s", name, line, column, text);
    return DCF_ERR(CONFIG);
}

dcf_status dcf_yaml_fail(const dcf_yaml_doc *doc, const dcf_yaml *node, dcf_yaml_error *err,
                         const char *fmt, ...)
{
    char text[sizeof err->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return fail_at(err, doc ? doc->name : "yaml", node ? node->line : 1, node ? node->column : 1,
                   text);
}

static dcf_status refuse(const loader *l, yaml_mark_t at, const char *text)
{
    return fail_at(l->err, l->doc->name, at.line + 1, at.column + 1, text);
}

/* --- building --------------------------------------------------------------------------------- */

static int by_key_then_place(const void *pa, const void *pb)
{
    const dcf_yaml *a = *(const dcf_yaml *const *)pa, *b = *(const dcf_yaml *const *)pb;
    int order = strcmp(a->key, b->key);
    if (order) return order;
    return a < b ? -1 : a > b;
}

static dcf_status check_unique_keys(const loader *l, const dcf_yaml *items, size_t count)
{
    if (count < 2) return DCF_OK;
    const dcf_yaml **sorted = malloc(count * sizeof(const dcf_yaml *));
    if (!sorted) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < count; i++) sorted[i] = &items[i];
    qsort(sorted, count, sizeof(const dcf_yaml *), by_key_then_place);
    const dcf_yaml *twice = NULL;
    for (size_t i = 1; i < count && !twice; i++)
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0) twice = sorted[i];
    free(sorted);
    if (!twice) return DCF_OK;
    return dcf_yaml_fail(l->doc, twice, l->err, "key \"%s\" stands twice in one map", twice->key);
}

/* Puts a finished node under the innermost open one. */
static dcf_status push(loader *l, dcf_yaml node, yaml_mark_t at)
{
    frame *parent = l->depth ? &l->open[l->depth - 1] : NULL;
    if (parent && parent->self.kind == DCF_YAML_MAP) {
        node.key = DCF_TAKE(parent->key);
        node.line = parent->key_line;
        node.column = parent->key_column;
    }
    if (++l->total > NODES_MAX) return refuse(l, at, "more than 200000 values");
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? l->capacity * 2 : 64;
        dcf_yaml *nodes = realloc(l->nodes, capacity * sizeof *nodes);
        if (!nodes) return DCF_ERR(NOMEM);
        l->nodes = nodes;
        l->capacity = capacity;
    }
    l->nodes[l->count++] = node;
    return DCF_OK;
}

static bool awaits_key(const loader *l)
{
    return l->depth && l->open[l->depth - 1].self.kind == DCF_YAML_MAP &&
           !l->open[l->depth - 1].key;
}

static dcf_status on_scalar(loader *l, const yaml_event_t *e)
{
    dcf_span value = dcf_span_of(e->data.scalar.value, e->data.scalar.length);
    if (memchr(value.data, 0, value.size)) return refuse(l, e->start_mark, "NUL in a text");
    const char *text = dcf_arena_str(&l->doc->arena, value);
    if (!text) return DCF_ERR(NOMEM);
    uint32_t line = (uint32_t)e->start_mark.line + 1, column = (uint32_t)e->start_mark.column + 1;
    if (awaits_key(l)) {
        frame *map = &l->open[l->depth - 1];
        map->key = text;
        map->key_line = line;
        map->key_column = column;
        return DCF_OK;
    }
    return push(l,
                (dcf_yaml){.kind = DCF_YAML_SCALAR,
                           .line = line,
                           .column = column,
                           .text = text,
                           .quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE},
                e->start_mark);
}

static dcf_status on_open(loader *l, yaml_mark_t at, dcf_yaml_kind kind)
{
    if (awaits_key(l)) return refuse(l, at, "a key must be a plain text");
    if (l->depth == DEPTH_MAX) return refuse(l, at, "nested deeper than 32");
    l->open[l->depth++] = (frame){
        .self = {.kind = kind, .line = (uint32_t)at.line + 1, .column = (uint32_t)at.column + 1},
        .first = l->count};
    return DCF_OK;
}

static dcf_status on_close(loader *l, yaml_mark_t at)
{
    frame *f = &l->open[l->depth - 1];
    size_t count = l->count - f->first;
    dcf_yaml *items = dcf_arena_grow(&l->doc->arena, NULL, 0, count, sizeof *items);
    if (!items) return DCF_ERR(NOMEM);
    if (count) memcpy(items, l->nodes + f->first, count * sizeof *items);
    if (f->self.kind == DCF_YAML_MAP) DCF_TRY(check_unique_keys(l, items, count));
    l->count = f->first;
    l->depth--;
    f->self.items = items;
    f->self.count = count;
    return push(l, f->self, at);
}

static dcf_status refuse_anchor_and_tag(const loader *l, const yaml_event_t *e)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (e->type == YAML_SCALAR_EVENT)
        anchor = e->data.scalar.anchor, tag = e->data.scalar.tag;
    else if (e->type == YAML_SEQUENCE_START_EVENT)
        anchor = e->data.sequence_start.anchor, tag = e->data.sequence_start.tag;
    else if (e->type == YAML_MAPPING_START_EVENT)
        anchor = e->data.mapping_start.anchor, tag = e->data.mapping_start.tag;
    if (anchor) return refuse(l, e->start_mark, "anchors are refused");
    if (tag) return refuse(l, e->start_mark, "tags are refused");
    return DCF_OK;
}

static dcf_status on_event(loader *l, const yaml_event_t *e)
{
    DCF_TRY(refuse_anchor_and_tag(l, e));
    switch (e->type) {
    case YAML_ALIAS_EVENT:
        return refuse(l, e->start_mark, "aliases are refused");
    case YAML_SCALAR_EVENT:
        return on_scalar(l, e);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(l, e->start_mark, DCF_YAML_LIST);
    case YAML_MAPPING_START_EVENT:
        return on_open(l, e->start_mark, DCF_YAML_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_close(l, e->start_mark);
    case YAML_DOCUMENT_START_EVENT:
        return l->count ? refuse(l, e->start_mark, "a second document in one file") : DCF_OK;
    default:
        return DCF_OK;
    }
}

/* What the parser says, in words that tell what to write. */
static const char *problem(const yaml_parser_t *parser)
{
    const char *said = parser->problem ? parser->problem : "not YAML";
    if (strcmp(said, "did not find expected ',' or '}'") == 0)
        return "no ',' or '}' here: inside {…} quote a text that has any of , [ ] { }";
    if (strcmp(said, "did not find expected ',' or ']'") == 0)
        return "no ',' or ']' here: inside […] quote a text that has any of , [ ] { }";
    return said;
}

static dcf_status run(loader *l, yaml_parser_t *parser)
{
    for (bool more = true; more;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            if (parser->error == YAML_MEMORY_ERROR) return DCF_ERR(NOMEM);
            return refuse(l, parser->problem_mark, problem(parser));
        }
        more = event.type != YAML_STREAM_END_EVENT;
        dcf_status s = on_event(l, &event);
        yaml_event_delete(&event);
        DCF_TRY(s);
    }
    if (!l->count) return refuse(l, (yaml_mark_t){0}, "nothing in it");
    l->doc->root = dcf_arena_grow(&l->doc->arena, l->nodes, 1, 1, sizeof *l->nodes);
    return l->doc->root ? DCF_OK : DCF_ERR(NOMEM);
}

static dcf_status parse(loader *l, dcf_span text)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) return DCF_ERR(NOMEM);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, text.data, text.size);
    dcf_status s = run(l, &parser);
    yaml_parser_delete(&parser);
    free(l->nodes);
    return s;
}

dcf_status dcf_yaml_parse(dcf_span text, const char *name, dcf_yaml_doc **ret, dcf_yaml_error *err)
{
    if (text.size > FILE_MAX) return fail_at(err, name, 1, 1, "longer than 4 MiB");
    if (text.size == 0)
        return fail_at(err, name, 1, 1, "nothing in it"); /* libyaml asserts on no input at all */
    dcf_yaml_doc *doc = calloc(1, sizeof *doc);
    if (!doc) return DCF_ERR(NOMEM);
    dcf_arena_init(&doc->arena, MEMORY_MAX);
    doc->name = dcf_arena_strdup(&doc->arena, name);
    loader l = {.doc = doc, .err = err};
    dcf_status s = doc->name ? parse(&l, text) : DCF_ERR(NOMEM);
    if (dcf_is(s, DCF_E_NOMEM)) fail_at(err, name, 1, 1, "out of memory");
    if (dcf_failed(s))
        dcf_yaml_free(doc);
    else
        *ret = doc;
    return s;
}

dcf_status dcf_yaml_load(const char *path, dcf_yaml_doc **ret, dcf_yaml_error *err)
{
    dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_status s = dcf_buf_read_file(&text, path, FILE_MAX);
    if (dcf_is(s, DCF_E_LIMIT)) return fail_at(err, path, 1, 1, "longer than 4 MiB");
    if (dcf_failed(s)) {
        fail_at(err, path, 1, 1,
                dcf_is(s, DCF_E_NOT_FOUND) ? "no such file" : "the file cannot be read");
        return s;
    }
    return dcf_yaml_parse(dcf_buf_span(&text), path, ret, err);
}

void dcf_yaml_free(dcf_yaml_doc *doc)
{
    if (!doc) return;
    dcf_arena_fini(&doc->arena);
    free(doc);
}

/* --- reading ---------------------------------------------------------------------------------- */

const dcf_yaml *dcf_yaml_root(const dcf_yaml_doc *doc)
{
    return doc->root;
}

const char *dcf_yaml_name(const dcf_yaml_doc *doc)
{
    return doc->name;
}

const dcf_yaml *dcf_yaml_get(const dcf_yaml *node, const char *key)
{
    if (!node || node->kind != DCF_YAML_MAP) return NULL;
    for (size_t i = 0; i < node->count; i++)
        if (strcmp(node->items[i].key, key) == 0) return &node->items[i];
    return NULL;
}

const char *dcf_yaml_str(const dcf_yaml *node, const char *key, const char *fallback)
{
    const dcf_yaml *child = dcf_yaml_get(node, key);
    return child && child->kind == DCF_YAML_SCALAR ? child->text : fallback;
}

typedef struct unit {
    const char *name;
    uint64_t factor;
} unit;

static const unit byte_units[] = {
    {"", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {NULL, 0}};
static const unit time_units[] = {{"ms", 1},      {"s", 1000},     {"m", 60000},
                                  {"h", 3600000}, {"d", 86400000}, {NULL, 0}};

/* Digits, then one of the units; one space may stand between. */
static bool read_number(const char *text, const unit *units, uint64_t *ret)
{
    uint64_t n = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(n, 10U, &n) ||
            __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
            return false;
    if (p == text) return false;
    if (*p == ' ') p++;
    while (units->name && strcmp(units->name, p) != 0) units++;
    return units->name && !__builtin_mul_overflow(n, units->factor, ret);
}

static bool is_plain(const dcf_yaml *node)
{
    return node->kind == DCF_YAML_SCALAR && !node->quoted;
}

dcf_status dcf_yaml_u64(const dcf_yaml_doc *doc, const dcf_yaml *node, const char *key,
                        uint64_t fallback, uint64_t *ret, dcf_yaml_error *err)
{
    const dcf_yaml *child = dcf_yaml_get(node, key);
    uint64_t n = fallback;
    if (child && !(is_plain(child) && read_number(child->text, byte_units, &n)))
        return dcf_yaml_fail(doc, child, err,
                             "\"%s\" must be a number, plain or with KiB, MiB or GiB", key);
    *ret = n;
    return DCF_OK;
}

dcf_status dcf_yaml_ms(const dcf_yaml_doc *doc, const dcf_yaml *node, const char *key,
                       uint64_t fallback, uint64_t *ret, dcf_yaml_error *err)
{
    const dcf_yaml *child = dcf_yaml_get(node, key);
    uint64_t n = fallback;
    if (child && !(is_plain(child) && read_number(child->text, time_units, &n)))
        return dcf_yaml_fail(doc, child, err,
                             "\"%s\" must be a time with its unit: 250ms, 30s, 5m, 24h or 28d",
                             key);
    *ret = n;
    return DCF_OK;
}

dcf_status dcf_yaml_bool(const dcf_yaml_doc *doc, const dcf_yaml *node, const char *key,
                         bool fallback, bool *ret, dcf_yaml_error *err)
{
    const dcf_yaml *child = dcf_yaml_get(node, key);
    bool is_true = child && is_plain(child) && strcmp(child->text, "true") == 0;
    bool is_false = child && is_plain(child) && strcmp(child->text, "false") == 0;
    if (child && !is_true && !is_false)
        return dcf_yaml_fail(doc, child, err, "\"%s\" must be true or false", key);
    *ret = child ? is_true : fallback;
    return DCF_OK;
}

/* Levenshtein distance; texts past KEY_MAX count by their beginning. */
static size_t distance(const char *a, const char *b)
{
    size_t na = strnlen(a, KEY_MAX), nb = strnlen(b, KEY_MAX), row[KEY_MAX + 1];
    for (size_t j = 0; j <= nb; j++) row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = change < shorter ? change : shorter;
        }
    }
    return row[nb];
}

const char *dcf_yaml_nearest(const char *key, const char *const known[])
{
    const char *best = "none";
    size_t least = SIZE_MAX;
    for (; *known; known++) {
        size_t d = distance(key, *known);
        if (d < least) least = d, best = *known;
    }
    return best;
}

static bool is_known(const char *key, const char *const known[])
{
    for (; *known; known++)
        if (strcmp(key, *known) == 0) return true;
    return false;
}

dcf_status dcf_yaml_only(const dcf_yaml_doc *doc, const dcf_yaml *node, const char *const known[],
                         dcf_yaml_error *err)
{
    if (!node) return DCF_OK;
    if (node->kind != DCF_YAML_MAP)
        return dcf_yaml_fail(doc, node, err, "a map of keys and values is expected here");
    for (size_t i = 0; i < node->count; i++) {
        const dcf_yaml *child = &node->items[i];
        if (!is_known(child->key, known))
            return dcf_yaml_fail(doc, child, err,
                                 "unknown key \"%.*s\"; the nearest known one is \"%s\"", KEY_MAX,
                                 child->key, dcf_yaml_nearest(child->key, known));
    }
    return DCF_OK;
}
