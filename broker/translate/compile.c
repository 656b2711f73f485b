/* compile.c - a mapping file to a dialect: the outer form, and the checks of the whole. */
#include "translate/compile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIALECT_MEMORY_MAX = 64 << 20, KEYS_MAX = 32 };

/* --- what all parts use -------------------------------------------------------------- */

void dcf_mistake(dcf_compiler *c, const dcf_yaml *at, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    c->mistaken = true;
    dcf_faults_add(c->faults, DCF_FAULT_MAPPING, at ? at->line : 0, at ? at->column : 0, c->file,
                   "", "%s", text);
}

bool dcf_only_keys(dcf_compiler *c, const dcf_yaml *node, dcf_keys_at at)
{
    const char *known[KEYS_MAX];
    size_t n = dcf_key_names(at, known, KEYS_MAX);
    if (node->kind != DCF_YAML_MAP) {
        dcf_mistake(c, node, "a map is expected here");
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        const char *key = node->items[i].key;
        bool found = false;
        for (size_t k = 0; k < n; k++) found = found || strcmp(key, known[k]) == 0;
        if (found) continue;
        const char *near = dcf_nearest(key, known, n);
        dcf_mistake(c, &node->items[i], "\"%s\" is no key here%s%s%s", key,
                    near ? "; the nearest is \"" : "", near ? near : "", near ? "\"" : "");
    }
    return true;
}

void *dcf_make(dcf_compiler *c, size_t size)
{
    void *p = dcf_arena_alloc(c->arena, size);
    if (!p) c->no_memory = true;
    return p;
}

char *dcf_copy(dcf_compiler *c, const char *text)
{
    char *p = dcf_arena_strdup(c->arena, text);
    if (!p) c->no_memory = true;
    return p;
}

bool dcf_append(dcf_compiler *c, void *array, size_t *count, const void *item)
{
    void **items;
    memcpy(&items, array, sizeof items);
    if ((*count & (*count - 1)) == 0) {
        items = dcf_arena_grow(c->arena, items, *count, *count ? *count * 2 : 1, sizeof *items);
        if (!items) {
            c->no_memory = true;
            return false;
        }
        memcpy(array, &items, sizeof items);
    }
    memcpy(&items[(*count)++], &item, sizeof item);
    return true;
}

const char *dcf_join_path(dcf_compiler *c, const char *a, char separator, const char *b)
{
    char between[2] = "";
    if (*a && strcmp(a, "/") != 0) between[0] = separator;
    const char *joined = dcf_arena_printf(c->arena, "%s%s%s", a, between, b);
    if (!joined) c->no_memory = true;
    return joined ? joined : "";
}

const char *dcf_top_text(dcf_compiler *c, const dcf_yaml *node, const char *key, bool must)
{
    const char *text = dcf_yaml_str(node, key, NULL);
    if (text && *text) return dcf_copy(c, text);
    const dcf_yaml *at = dcf_yaml_get(node, key);
    if (must || at) dcf_mistake(c, at ? at : node, "\"%s\" is needed here, as one text", key);
    return NULL;
}

/* --- namespaces ------------------------------------------------------------------------ */

static void compile_ns(dcf_compiler *c, const dcf_yaml *at, dcf_ns *ns)
{
    size_t n = at->kind == DCF_YAML_LIST ? at->count : 1;
    ns->prefix = dcf_copy(c, at->key);
    ns->uris = dcf_make(c, (n + 1) * sizeof *ns->uris);
    for (size_t i = 0; ns->uris && i < n; i++) {
        const dcf_yaml *uri = at->kind == DCF_YAML_LIST ? &at->items[i] : at;
        if (uri->kind == DCF_YAML_SCALAR)
            ns->uris[ns->count++] = dcf_span_str(dcf_copy(c, uri->text));
        else
            dcf_mistake(c, uri, "a namespace is an URI, or a list of them");
    }
}

static void compile_namespaces(dcf_compiler *c)
{
    const dcf_yaml *map = dcf_yaml_get(c->root, "namespaces");
    if (!map) return;
    if (map->kind != DCF_YAML_MAP || !c->d->format->xml) {
        dcf_mistake(c, map, "\"namespaces\" is a map of prefixes to URIs, for xml");
        return;
    }
    c->d->namespaces = dcf_make(c, map->count * sizeof *c->d->namespaces);
    for (size_t i = 0; c->d->namespaces && i < map->count; i++)
        compile_ns(c, &map->items[i], &c->d->namespaces[c->d->namespace_count++]);
}

/* --- checks of the whole -------------------------------------------------------------------- */

/* Whether a has a condition, or one for any value, on something of which b says nothing. */
static bool asks_for_more(const dcf_variant *a, const dcf_variant *b, bool any)
{
    for (size_t i = 0; i < a->when_count; i++) {
        bool found = any && !a->whens[i].any;
        for (size_t k = 0; k < b->when_count; k++)
            found = found || dcf_same(a->whens[i].path, b->whens[k].path);
        if (!found) return true;
    }
    return false;
}

/* One value at a path they share, or each something that the other has not: a document that has
 * both is told. */
static bool exclude_each_other(const dcf_variant *a, const dcf_variant *b)
{
    for (size_t i = 0; i < a->when_count; i++)
        for (size_t k = 0; k < b->when_count; k++)
            if (dcf_same(a->whens[i].path, b->whens[k].path) && !a->whens[i].any &&
                !b->whens[k].any && !dcf_same(a->whens[i].value, b->whens[k].value))
                return true;
    return asks_for_more(a, b, false) && asks_for_more(b, a, false) &&
           (asks_for_more(a, b, true) || asks_for_more(b, a, true));
}

static void check_alternatives(dcf_compiler *c, const dcf_node *n)
{
    for (size_t i = 0; i < n->variant_count; i++)
        for (size_t k = i + 1; k < n->variant_count; k++) {
            const dcf_variant *a = n->variants[i], *b = n->variants[k];
            bool rest =
                (a->when_count == 0) != (b->when_count == 0); /* one takes what the others leave */
            dcf_yaml at = {.line = b->line, .column = 1};
            if (!rest && !exclude_each_other(a, b))
                dcf_mistake(
                    c, &at,
                    "\"%s\" is already mapped in line %u, and no \"when\" tells the two apart",
                    n->path, a->line);
        }
}

static void check_variant(dcf_compiler *c, const dcf_variant *v)
{
    for (size_t i = 0; i < v->child_count; i++) {
        const dcf_node *n = v->children[i];
        check_alternatives(c, n);
        for (size_t k = 0; k < n->variant_count; k++) {
            const dcf_variant *inner = n->variants[k];
            dcf_yaml at = {.line = inner->line, .column = 1};
            if (!c->d->format->xml && inner->self_count && inner->child_count)
                dcf_mistake(c, &at, "\"%s\" is both a plain value and an object", n->path);
            check_variant(c, inner);
        }
    }
}

static void compile_drops(dcf_compiler *c)
{
    const dcf_yaml *drops = dcf_yaml_get(c->root, "drop");
    for (size_t i = 0; drops && i < drops->count; i++) {
        const dcf_yaml *row = &drops->items[i];
        if (drops->kind != DCF_YAML_LIST || !dcf_only_keys(c, row, DCF_KEYS_DROP)) continue;
        const char *native = dcf_top_text(c, row, "native", true),
                   *reason = dcf_top_text(c, row, "reason", true);
        if (native && reason)
            (void)dcf_add_wild(c, &c->d->drops, &c->d->drop_count, native, reason, row);
    }
}

/* The format the mapping names; XML after a mistake. */
static const dcf_format *find_format(dcf_compiler *c)
{
    size_t n;
    const dcf_format *formats = dcf_formats(&n);
    const char *name = dcf_top_text(c, c->root, "format", true);
    if (name) (void)dcf_row_choice(c, c->root, DCF_KEYS_ROOT, "format", 0, 0);
    for (size_t i = 0; name && i < n; i++)
        if (strcmp(formats[i].name, name) == 0) return &formats[i];
    return formats;
}

/* What the format needs to know stands under its own name. */
static void compile_settings(dcf_compiler *c)
{
    size_t n;
    const dcf_format *formats = dcf_formats(&n);
    for (size_t i = 0; i < n; i++) {
        const dcf_yaml *own = formats[i].own ? dcf_yaml_get(c->root, formats[i].name) : NULL;
        if (&formats[i] != c->d->format) {
            if (own) dcf_mistake(c, own, "this goes with \"format: %s\"", formats[i].name);
        } else if (own) {
            c->d->settings = formats[i].compile(c, own);
        } else if (formats[i].own) {
            dcf_mistake(c, c->root, "\"%s\" is needed here, with what the format needs to know",
                        formats[i].name);
        }
    }
}

static void compile_root(dcf_compiler *c)
{
    const dcf_keys_at at = DCF_KEYS_ROOT;
    dcf_dialect *d = c->d;
    if (!dcf_only_keys(c, c->root, at)) return;
    d->name = dcf_top_text(c, c->root, "dialect", true);
    d->version = dcf_top_text(c, c->root, "version", true);
    d->format = find_format(c);
    d->media_type = dcf_top_text(c, c->root, "media_type", false);
    if (!d->media_type) d->media_type = d->format->media_type;
    d->carry = dcf_row_choice(c, c->root, at, "unknown", 0, 0) == 1;
    d->text.space = (dcf_space)dcf_row_choice(c, c->root, at, "text", 0, DCF_SPACE_KEEP);
    compile_settings(c);
    compile_namespaces(c);
    dcf_compile_codes(c, dcf_yaml_get(c->root, "codes"));
    compile_drops(c);
    dcf_compile_messages(c);
    if (c->no_memory) return;
    check_variant(c, d->roots);
    if (d->format->check && d->settings) d->format->check(c);
    dcf_finish_variant(c, d->roots);
}

/* ":12", taken off the text. */
static bool take_number(const char **text, unsigned *ret)
{
    char *end = NULL;
    if (**text != ':' || (*text)[1] < '0' || (*text)[1] > '9') return false;
    *ret = (unsigned)strtoul(*text + 1, &end, 10);
    *text = end;
    return true;
}

/* "FILE:LINE:COLUMN: text" of the YAML reader, as a fault. */
static void report_yaml(dcf_faults *faults, const char *path, const dcf_yaml_error *err)
{
    unsigned line = 0, column = 0;
    const char *text =
        strncmp(err->text, path, strlen(path)) == 0 ? err->text + strlen(path) : err->text;
    const char *rest = text;
    if (take_number(&rest, &line) && take_number(&rest, &column) && strncmp(rest, ": ", 2) == 0)
        text = rest + 2;
    dcf_faults_add(faults, DCF_FAULT_MAPPING, line, column, path, "", "%s", text);
}

dcf_status dcf_dialect_load(const char *path, dcf_faults *faults, dcf_dialect **ret)
{
    dcf_yaml_doc *doc = NULL;
    dcf_yaml_error err = {""};
    dcf_status s = dcf_yaml_load(path, &doc, &err);
    if (dcf_failed(s)) {
        report_yaml(faults, path, &err);
        return s;
    }
    dcf_dialect *d = calloc(1, sizeof *d);
    if (!d) {
        dcf_yaml_free(doc);
        return DCF_ERR(NOMEM);
    }
    dcf_arena_init(&d->arena, DIALECT_MEMORY_MAX);
    dcf_compiler c = {
        .d = d, .arena = &d->arena, .file = path, .root = dcf_yaml_root(doc), .faults = faults};
    d->roots = dcf_make(&c, sizeof *d->roots);
    d->cover = dcf_make(&c, sizeof *d->cover);
    if (!c.no_memory && c.root) compile_root(&c);
    if (!c.root) dcf_mistake(&c, NULL, "the file is empty");
    dcf_yaml_free(doc);
    if (!c.mistaken && !c.no_memory) {
        *ret = d;
        return DCF_OK;
    }
    dcf_dialect_free(d);
    return c.no_memory ? DCF_ERR(NOMEM) : DCF_ERR(CONFIG);
}
