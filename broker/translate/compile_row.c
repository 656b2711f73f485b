/* compile_row.c - the rows of a mapping: fields, constants, groups, drops, and what is used twice.
 */
#include "translate/compile.h"

#include <stdlib.h>

enum { USE_DEPTH_MAX = 8 };

static void compile_list(dcf_compiler *c, const dcf_yaml *rows, const dcf_place *place);

/* --- settings of a row ------------------------------------------------------------------ */

/* Which of the names the key's text is; fallback when absent, with a mistake when none. */
static int choice(dcf_compiler *c, const dcf_yaml *row, const char *key, const char *const *names,
                  int fallback)
{
    const dcf_yaml *at = dcf_yaml_get(row, key);
    if (!at) return fallback;
    for (int i = 0; names[i]; i++)
        if (at->kind == DCF_YAML_SCALAR && strcmp(at->text, names[i]) == 0) return i;
    dcf_mistake(c, at, "\"%s\" is one of the words the language has for it", key);
    return fallback;
}

static unsigned required_of(dcf_compiler *c, const dcf_yaml *row)
{
    static const char *const names[] = {"false", "read", "write", "true",
                                        NULL}; /* the bits of DCF_READ, DCF_WRITE */
    return (unsigned)choice(c, row, "required", names, 0);
}

static const char *text_of(dcf_compiler *c, const dcf_yaml *row, const char *key)
{
    const dcf_yaml *at = dcf_yaml_get(row, key);
    if (!at) return NULL;
    if (at->kind == DCF_YAML_SCALAR) return dcf_copy(c, at->text);
    dcf_mistake(c, at, "\"%s\" is one text", key);
    return NULL;
}

static void compile_settings(dcf_compiler *c, const dcf_yaml *row, dcf_rule *r)
{
    static const char *const checks[] = {"", "error", "warn", "off", NULL};
    static const char *const booleans[] = {"false", "true", NULL};
    static const char *const directions[] = {"", "read", "write", NULL};
    static const char *const kinds[] = {"string", "number", "boolean", NULL};
    r->required = required_of(c, row);
    r->check = (dcf_check)choice(c, row, "check", checks, DCF_CHECK_DEFAULT);
    r->truncate = choice(c, row, "truncate", booleans, 0) != 0;
    r->only = (unsigned)choice(c, row, "only", directions, DCF_READ | DCF_WRITE);
    r->fallback = text_of(c, row, "default");
    const char *max = text_of(c, row, "max");
    if (max && strspn(max, "0123456789") == strlen(max))
        r->max = strtoul(max, NULL, 10);
    else if (max)
        dcf_mistake(c, dcf_yaml_get(row, "max"), "\"max\" is a number of characters");
    dcf_value_kind kind = r->as.codec ? r->as.codec->json : DCF_VALUE_TEXT;
    if (r->as.yes) kind = DCF_VALUE_TEXT; /* words stand as text */
    r->kind = (dcf_value_kind)choice(c, row, "kind", kinds, (int)kind);
}

/* --- where a rule hangs ------------------------------------------------------------------- */

static void put_rule(dcf_compiler *c, dcf_variant *v, int32_t index, dcf_rule *rule,
                     const dcf_yaml *at)
{
    size_t i = index < 0 ? 0 : (size_t)index;
    if (i < v->self_count && v->self[i]) {
        dcf_mistake(c, at, "\"%s\" stands twice (first in line %u)", rule->native,
                    v->self[i]->line);
        return;
    }
    if (i >= v->self_count) {
        dcf_rule **self =
            dcf_arena_grow(c->arena, v->self, v->self_count, i + 1, sizeof(dcf_rule *));
        if (!self) {
            c->no_memory = true;
            return;
        }
        v->self = self;
        v->self_count = i + 1;
    }
    v->self[i] = rule;
    v->indexed = index >= 0;
}

static void hang_rule(dcf_compiler *c, const dcf_place *place, const char *path, dcf_rule *rule,
                      const dcf_yaml *at, unsigned mark)
{
    dcf_walk w;
    if (strcmp(path, ".") == 0) {
        put_rule(c, place->variant, -1, rule, at);
        return;
    }
    if (!dcf_walk_native(c, place, path, at, mark, &w)) return;
    bool known = w.node->variant_count > 0;
    dcf_variant *v = dcf_plain_variant(c, w.node, at);
    if (!v) return;
    if (known && v->self_count && w.node->array != w.array) {
        dcf_mistake(c, at, "\"%s\" stands twice (first in line %u)", path, v->line);
        return;
    }
    if (w.array && w.index < 0 && rule->path.count &&
        !dcf_field_repeated(dcf_path_field(&rule->path))) {
        dcf_mistake(c, at, "\"%s\" repeats, \"%s\" does not", path, rule->path.text);
        return;
    }
    w.node->array = w.array;
    put_rule(c, v, w.index, rule, at);
}

static dcf_rule *new_rule(dcf_compiler *c, const dcf_yaml *row, const char *native)
{
    dcf_rule *r = dcf_make(c, sizeof *r);
    if (!r) return NULL;
    *r = (dcf_rule){
        .native = native, .line = row->line, .only = DCF_READ | DCF_WRITE, .path.index = -1};
    return r;
}

/* --- fields and constants -------------------------------------------------------------------- */

static bool compile_targets(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                            dcf_rule *r)
{
    const dcf_yaml *canonical = dcf_yaml_get(row, "canonical");
    if (!canonical) {
        dcf_mistake(c, row, "\"%s\" has neither \"canonical\" nor \"const\"", r->native);
        return false;
    }
    if (canonical->kind == DCF_YAML_SCALAR)
        return dcf_resolve(c, place, canonical->text, canonical, &r->path);
    if (canonical->kind != DCF_YAML_LIST || canonical->count != 2 ||
        canonical->items[0].kind != DCF_YAML_SCALAR ||
        canonical->items[1].kind != DCF_YAML_SCALAR) {
        dcf_mistake(c, canonical, "\"canonical\" is one field, or two with as: {join: …}");
        return false;
    }
    return dcf_resolve(c, place, canonical->items[0].text, canonical, &r->path) &&
           dcf_resolve(c, place, canonical->items[1].text, canonical, &r->second);
}

static void compile_field(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                          const char *native)
{
    static const char *const known[] = {"native",   "canonical", "as",   "required", "check", "max",
                                        "truncate", "default",   "only", "kind",     NULL};
    dcf_rule *r = new_rule(c, row, native);
    if (!r || !dcf_only_keys(c, row, known) || !compile_targets(c, row, place, r)) return;
    const dcf_yaml *as = dcf_yaml_get(row, "as");
    dcf_field *field = dcf_path_field(&r->path);
    if (!dcf_compile_codec(c, as, row, field, &r->as)) return;
    bool join = strcmp(r->as.codec->name, "join") == 0;
    if (join != (r->second.count != 0)) {
        dcf_mistake(c, row, "join goes with two canonical fields, and only join");
        return;
    }
    if (dcf_field_repeated(field) && r->path.index < 0 && native[strlen(native) - 1] != ']') {
        dcf_mistake(c, row, "\"%s\" is repeated: write %s[] or %s[n]", r->path.text, native,
                    r->path.text);
        return;
    }
    compile_settings(c, row, r);
    hang_rule(c, place, native, r, row, r->required);
    if (!(r->only & DCF_WRITE)) return;
    dcf_cover_mark(c, place, &r->path);
    if (join) dcf_cover_mark(c, place, &r->second);
}

static dcf_value_kind constant_kind(const dcf_yaml *value)
{
    if (value->quoted || !*value->text) return DCF_VALUE_TEXT;
    if (strcmp(value->text, "true") == 0 || strcmp(value->text, "false") == 0)
        return DCF_VALUE_BOOLEAN;
    return strspn(value->text, "0123456789") == strlen(value->text) ? DCF_VALUE_NUMBER
                                                                    : DCF_VALUE_TEXT;
}

static void compile_constant(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                             const char *native)
{
    static const char *const known[] = {"native", "const", "check", "required",
                                        "only",   "kind",  NULL};
    const dcf_yaml *value = dcf_yaml_get(row, "const");
    dcf_rule *r = new_rule(c, row, native);
    if (!r || !dcf_only_keys(c, row, known)) return;
    r->constant = text_of(c, row, "const");
    compile_settings(c, row, r);
    if (!r->constant) return;
    if (!dcf_yaml_get(row, "kind")) r->kind = constant_kind(value);
    hang_rule(c, place, native, r, row, r->required);
}

/* --- groups ------------------------------------------------------------------------------------
 */

static dcf_place inside(const dcf_place *outer, const dcf_node *n, dcf_variant *v)
{
    dcf_place p = *outer;
    p.variant = v;
    p.ns = n->ns;
    p.native = n->path;
    return p;
}

static void compile_in(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                       const char *native)
{
    dcf_walk w;
    if (dcf_yaml_get(row, "where"))
        dcf_mistake(c, dcf_yaml_get(row, "where"), "\"where\" goes with \"each\" and messages");
    if (!dcf_walk_native(c, place, native, row, required_of(c, row), &w)) return;
    bool alternative = dcf_yaml_get(row, "when") != NULL;
    dcf_variant *v =
        alternative ? dcf_new_variant(c, w.node, row) : dcf_plain_variant(c, w.node, row);
    if (!v || w.array) {
        if (v) dcf_mistake(c, row, "\"%s\": a repeated group is \"each\"", native);
        return;
    }
    dcf_place p = inside(place, w.node, v);
    const dcf_yaml *canonical = dcf_yaml_get(row, "canonical");
    if (canonical) {
        dcf_path path;
        if (canonical->kind != DCF_YAML_SCALAR ||
            !dcf_resolve(c, place, canonical->text, canonical, &path))
            return;
        p.type = dcf_field_message(dcf_path_field(&path));
        if (!p.type || dcf_field_repeated(dcf_path_field(&path))) {
            dcf_mistake(c, canonical, "\"%s\" is no single submessage", path.text);
            return;
        }
        p.prefix = path;
    }
    dcf_compile_conditions(c, row, &p);
    dcf_compile_rows(c, row, &p);
}

static void compile_each(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                         const char *native)
{
    dcf_walk w;
    dcf_path target;
    const char *canonical = text_of(c, row, "canonical");
    if (!canonical) dcf_mistake(c, row, "\"each\" needs \"canonical\"");
    if (!canonical || !dcf_resolve(c, place, canonical, row, &target)) return;
    dcf_field *field = dcf_path_field(&target);
    if (!dcf_field_repeated(field) || !dcf_field_message(field)) {
        dcf_mistake(c, row, "\"%s\" is no repeated message", target.text);
        return;
    }
    if (!dcf_walk_native(c, place, native, row, required_of(c, row), &w)) return;
    if (w.node->variant_count && !w.node->variants[0]->each) {
        dcf_mistake(c, row, "\"%s\" stands already, as something that is there once", native);
        return;
    }
    dcf_variant *v = dcf_new_variant(c, w.node, row);
    dcf_cover *cover = dcf_make(c, sizeof *cover);
    if (!v || !cover) return;
    w.node->array = true;
    dcf_cover_mark(c, place, &target);
    *v = (dcf_variant){
        .each = true, .target = target, .cover = cover, .scope = target.text, .line = row->line};
    dcf_place p = inside(place, w.node, v);
    p.type = dcf_field_message(field);
    p.prefix = (dcf_path){.index = -1};
    p.cover = cover;
    p.scope = target.text;
    dcf_compile_conditions(c, row, &p);
    dcf_compile_rows(c, row, &p);
}

static void add_when(dcf_compiler *c, const dcf_yaml *at, const dcf_place *place)
{
    dcf_variant *v = place->variant;
    dcf_rule *r = new_rule(c, at, dcf_copy(c, at->key));
    dcf_walk w = {0};
    if (!r || at->kind != DCF_YAML_SCALAR || strcmp(at->key, ".") == 0 || strchr(at->key, '[')) {
        dcf_mistake(c, at, "\"when\" is a map of paths to values");
        return;
    }
    r->constant = dcf_copy(c, at->text);
    r->kind = constant_kind(at);
    if (!dcf_walk_native(c, place, at->key, at, DCF_WRITE, &w)) return;
    dcf_variant *leaf = dcf_plain_variant(c, w.node, at);
    if (leaf) put_rule(c, leaf, -1, r, at);
    dcf_when *whens =
        dcf_arena_grow(c->arena, v->whens, v->when_count, v->when_count + 1, sizeof *whens);
    if (!whens) {
        c->no_memory = true;
        return;
    }
    size_t above = strlen(place->native);
    whens[v->when_count++] =
        (dcf_when){.path = w.node->path + above + (above > 0), .value = r->constant};
    v->whens = whens;
}

static void add_where(dcf_compiler *c, const dcf_yaml *at, const dcf_place *place)
{
    dcf_variant *v = place->variant;
    dcf_where *wheres =
        dcf_arena_grow(c->arena, v->wheres, v->where_count, v->where_count + 1, sizeof *wheres);
    if (!wheres) {
        c->no_memory = true;
        return;
    }
    dcf_where *w = &wheres[v->where_count];
    if (at->kind != DCF_YAML_SCALAR || !dcf_resolve(c, place, at->key, at, &w->path)) return;
    dcf_field *f = dcf_path_field(&w->path);
    w->value = dcf_copy(c, at->text);
    bool fits = !dcf_field_repeated(f) && !dcf_field_message(f) &&
                (f->type != PROTOBUF_C_TYPE_ENUM ||
                 protobuf_c_enum_descriptor_get_value_by_name(f->descriptor, at->text)) &&
                (f->type != PROTOBUF_C_TYPE_BOOL || strcmp(at->text, "true") == 0 ||
                 strcmp(at->text, "false") == 0);
    if (!fits) {
        dcf_mistake(c, at, "\"%s\" is no value of \"%s\"", at->text, at->key);
        return;
    }
    v->where_count++;
    v->wheres = wheres;
    dcf_cover_mark(c, place, &w->path);
}

void dcf_compile_conditions(dcf_compiler *c, const dcf_yaml *group, const dcf_place *place)
{
    const dcf_yaml *when = dcf_yaml_get(group, "when"), *where = dcf_yaml_get(group, "where");
    if (when && (when->kind != DCF_YAML_MAP || when->count == 0))
        dcf_mistake(c, when, "\"when\" is a map of paths to values");
    for (size_t i = 0; when && i < when->count; i++)
        if (when->kind == DCF_YAML_MAP) add_when(c, &when->items[i], place);
    if (where && where->kind != DCF_YAML_MAP)
        dcf_mistake(c, where, "\"where\" is a map of canonical fields to values");
    for (size_t i = 0; where && i < where->count; i++)
        if (where->kind == DCF_YAML_MAP) add_where(c, &where->items[i], place);
}

/* --- drops ---------------------------------------------------------------------------------------
 */

static void drop_subtree(dcf_compiler *c, const dcf_place *place, const char *path,
                         const char *reason, const dcf_yaml *at)
{
    dcf_walk w;
    if (!dcf_walk_native(c, place, path, at, 0, &w)) return;
    if (w.node->drop || w.node->variant_count)
        dcf_mistake(c, at, "\"%s/**\" is mapped or dropped already", path);
    w.node->drop = reason;
}

static void drop_pattern(dcf_compiler *c, const dcf_place *place, char *above, const char *pattern,
                         const char *reason, const dcf_yaml *at)
{
    dcf_variant *v = place->variant;
    dcf_walk w;
    if (*above) {
        if (!dcf_walk_native(c, place, above, at, 0, &w)) return;
        v = dcf_plain_variant(c, w.node, at);
    }
    if (v) (void)dcf_add_wild(c, &v->wilds, &v->wild_count, pattern, reason, at);
}

static void compile_drop(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place)
{
    static const char *const known[] = {"native", "reason", NULL};
    if (!dcf_only_keys(c, row, known)) return;
    char *path = (char *)text_of(c, row, "native");
    const char *reason = text_of(c, row, "reason");
    if (!path || !*path || !reason || !*reason) {
        dcf_mistake(c, row, "a drop needs \"native\" and a \"reason\"");
        return;
    }
    char *slash = strrchr(path, '/');
    const char *last = slash ? slash + 1 : path;
    if (strcmp(last, "**") == 0 && slash) {
        *slash = 0;
        drop_subtree(c, place, path, reason, row);
    } else if (strchr(last, '*')) {
        char none[1] = "";
        if (slash) *slash = 0;
        drop_pattern(c, place, slash ? path : none, last, reason, row);
    } else {
        dcf_rule *r = new_rule(c, row, path);
        if (!r) return;
        r->drop = reason;
        r->only = DCF_READ;
        hang_rule(c, place, path, r, row, 0);
    }
}

static void compile_drop_canonical(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place)
{
    static const char *const known[] = {"canonical", "reason", NULL};
    if (!dcf_only_keys(c, row, known)) return;
    const char *canonical = text_of(c, row, "canonical"), *reason = text_of(c, row, "reason");
    dcf_path path;
    if (!canonical || !*canonical || !reason || !*reason)
        dcf_mistake(c, row, "a canonical drop needs \"canonical\" and a \"reason\"");
    else if (dcf_resolve(c, place, canonical, row, &path))
        dcf_cover_mark(c, place, &path);
}

/* --- lists of rows
 * ---------------------------------------------------------------------------------- */

static void compile_use(dcf_compiler *c, const dcf_yaml *name, const dcf_place *place)
{
    const dcf_yaml *rows = name->kind == DCF_YAML_SCALAR
                               ? dcf_yaml_get(dcf_yaml_get(c->root, "define"), name->text)
                               : NULL;
    if (!rows || rows->kind != DCF_YAML_LIST) {
        dcf_mistake(c, name, "there is no list of that name under \"define\"");
        return;
    }
    dcf_place p = *place;
    if (++p.depth > USE_DEPTH_MAX)
        dcf_mistake(c, name, "\"use\" goes in a circle");
    else
        compile_list(c, rows, &p);
}

static void compile_payload(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place)
{
    dcf_walk w;
    const dcf_yaml *path = place->payload;
    if (!path || path->kind != DCF_YAML_SCALAR) {
        dcf_mistake(c, row, "only a wrapper has a payload");
        return;
    }
    if (!dcf_walk_native(c, place, path->text, row, DCF_WRITE, &w)) return;
    if (w.node->variant_count == 0) (void)dcf_new_variant(c, w.node, row);
    w.node->payload = true;
}

static void compile_row(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place)
{
    static const char *const group_keys[] = {"in",   "each",           "canonical", "fields",
                                             "use",  "required",       "when",      "where",
                                             "drop", "drop_canonical", "unwrap",    NULL};
    if (row->kind != DCF_YAML_MAP) {
        dcf_mistake(c, row, "a row is a map");
        return;
    }
    const char *native = text_of(c, row, "native"), *in = text_of(c, row, "in"),
               *each = text_of(c, row, "each");
    if ((native && !*native) || (in && !*in) || (each && !*each))
        dcf_mistake(c, row, "an empty path");
    else if (native && dcf_yaml_get(row, "const"))
        compile_constant(c, row, place, native);
    else if (native)
        compile_field(c, row, place, native);
    else if (in && dcf_only_keys(c, row, group_keys))
        compile_in(c, row, place, in);
    else if (each && dcf_only_keys(c, row, group_keys))
        compile_each(c, row, place, each);
    else if (dcf_yaml_get(row, "use"))
        compile_use(c, dcf_yaml_get(row, "use"), place);
    else if (dcf_yaml_get(row, "payload"))
        compile_payload(c, row, place);
    else if (!in && !each)
        dcf_mistake(c, row, "a row has \"native\", \"in\", \"each\", \"use\" or \"payload\"");
}

static void compile_list(dcf_compiler *c, const dcf_yaml *rows, const dcf_place *place)
{
    for (size_t i = 0; rows && i < rows->count && !c->no_memory; i++)
        compile_row(c, &rows->items[i], place);
}

static const dcf_yaml *list_of(dcf_compiler *c, const dcf_yaml *group, const char *key)
{
    const dcf_yaml *list = dcf_yaml_get(group, key);
    if (!list || list->kind == DCF_YAML_LIST) return list;
    dcf_mistake(c, list, "\"%s\" is a list", key);
    return NULL;
}

static void compile_unwrap(dcf_compiler *c, const dcf_yaml *path, const dcf_place *place)
{
    dcf_walk w;
    if (c->d->format != DCF_FORMAT_XML)
        dcf_mistake(c, path, "only xml is unwrapped");
    else if (path->kind != DCF_YAML_SCALAR)
        dcf_mistake(c, path, "\"unwrap\" is a list of paths");
    else if (dcf_walk_native(c, place, path->text, path, 0, &w) &&
             dcf_plain_variant(c, w.node, path))
        w.node->unwrap = true;
}

void dcf_compile_rows(dcf_compiler *c, const dcf_yaml *group, const dcf_place *place)
{
    const dcf_yaml *use = dcf_yaml_get(group, "use");
    if (use) compile_use(c, use, place);
    compile_list(c, list_of(c, group, "fields"), place);
    const dcf_yaml *drops = list_of(c, group, "drop"),
                   *canonical = list_of(c, group, "drop_canonical");
    for (size_t i = 0; drops && i < drops->count; i++) compile_drop(c, &drops->items[i], place);
    for (size_t i = 0; canonical && i < canonical->count; i++)
        compile_drop_canonical(c, &canonical->items[i], place);
    const dcf_yaml *unwrap = dcf_yaml_get(group, "unwrap");
    for (size_t i = 0; unwrap && i < unwrap->count; i++)
        compile_unwrap(c, &unwrap->items[i], place);
}
