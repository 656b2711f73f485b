/* compile_row.c - the rows of a mapping: fields, constants, groups, drops, and what is used twice.
 */
#include "translate/compile.h"

#include <stdlib.h>

enum { USE_DEPTH_MAX = 16, LISTS_TOLD = 128 };

static void compile_list(dcf_compiler *c, const dcf_yaml *rows, const dcf_place *place);

/* --- settings of a row ------------------------------------------------------------------ */

int dcf_row_choice(dcf_compiler *c, const dcf_yaml *row, dcf_keys_at at, const char *key, int first,
                   int fallback)
{
    const dcf_yaml *value = dcf_yaml_get(row, key);
    if (!value) return fallback;
    const char *words = dcf_key_words(at, key);
    int place = value->kind == DCF_YAML_SCALAR ? dcf_key_word(words, value->text) : -1;
    if (place >= 0) return first + place;
    dcf_mistake(c, value, "\"%s\" is one of %s, not \"%s\"", key, words,
                value->kind == DCF_YAML_SCALAR ? value->text : "…");
    return fallback;
}

/* false|read|write|true: the bits of DCF_READ and DCF_WRITE. */
unsigned dcf_row_required(dcf_compiler *c, const dcf_yaml *row, dcf_keys_at at)
{
    return (unsigned)dcf_row_choice(c, row, at, "required", 0, 0);
}

const char *dcf_row_text(dcf_compiler *c, const dcf_yaml *row, const char *key)
{
    const dcf_yaml *at = dcf_yaml_get(row, key);
    if (!at) return NULL;
    if (at->kind == DCF_YAML_SCALAR) return dcf_copy(c, at->text);
    dcf_mistake(c, at, "\"%s\" is one text", key);
    return NULL;
}

static bool yes(dcf_compiler *c, const dcf_yaml *row, dcf_keys_at at, const char *key)
{
    return dcf_row_choice(c, row, at, key, 0, 1) == 0; /* true|false */
}

static void compile_settings(dcf_compiler *c, const dcf_yaml *row, dcf_keys_at at, dcf_rule *r)
{
    r->required = dcf_row_required(c, row, at);
    r->check = (dcf_check)dcf_row_choice(c, row, at, "check", DCF_CHECK_ERROR, DCF_CHECK_DEFAULT);
    r->truncate = yes(c, row, at, "truncate");
    r->weak = yes(c, row, at, "weak");
    r->only = (unsigned)dcf_row_choice(c, row, at, "only", DCF_READ, DCF_READ | DCF_WRITE);
    r->required &= r->only;
    r->fallback = dcf_row_text(c, row, "default");
    const char *max = dcf_row_text(c, row, "max");
    if (max && strspn(max, "0123456789") == strlen(max))
        r->max = strtoul(max, NULL, 10);
    else if (max)
        dcf_mistake(c, dcf_yaml_get(row, "max"), "\"max\" is a number of characters");
    dcf_value_kind kind = r->as.codec ? r->as.codec->json : DCF_VALUE_TEXT;
    if (r->as.yes) kind = DCF_VALUE_TEXT; /* words stand as text */
    r->kind = (dcf_value_kind)dcf_row_choice(c, row, at, "kind", 0, (int)kind);
}

/* --- where a rule hangs ------------------------------------------------------------------- */

/* Two rows of one path: one is only read, the other only written. */
static bool share_path(dcf_rule **slot, dcf_rule *rule)
{
    dcf_rule *first = *slot;
    if (first->writing || (first->only & rule->only)) return false;
    if (first->only == DCF_READ) {
        first->writing = rule;
    } else {
        rule->writing = first;
        *slot = rule;
    }
    return true;
}

void dcf_put_rule(dcf_compiler *c, dcf_variant *v, int32_t index, dcf_rule *rule,
                  const dcf_yaml *at)
{
    size_t i = index < 0 ? 0 : (size_t)index;
    if (i < v->self_count && v->self[i]) {
        if (share_path(&v->self[i], rule)) return;
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
        dcf_put_rule(c, place->variant, -1, rule, at);
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
    dcf_put_rule(c, v, w.index, rule, at);
}

dcf_rule *dcf_new_rule(dcf_compiler *c, const dcf_yaml *row, const char *native)
{
    dcf_rule *r = dcf_make(c, sizeof *r);
    if (!r) return NULL;
    *r = (dcf_rule){
        .native = native, .line = row->line, .only = DCF_READ | DCF_WRITE, .path.index = -1};
    return r;
}

/* --- fields and constants -------------------------------------------------------------------- */

/* `also` and `else`: a second field of the same kind. */
static bool compile_other(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                          const char *key, const dcf_rule *r, dcf_path *ret)
{
    const dcf_yaml *at = dcf_yaml_get(row, key);
    const char *text = dcf_row_text(c, row, key);
    if (!text) return !at;
    if (!dcf_resolve(c, place, text, at, ret)) return false;
    dcf_field *field = dcf_path_field(&r->path), *other = dcf_path_field(ret);
    if (other->type == field->type && other->descriptor == field->descriptor &&
        !dcf_field_message(other) && (!dcf_field_repeated(other) || ret->index >= 0))
        return true;
    dcf_mistake(c, at, "\"%s\" is no field of the kind of \"%s\"", ret->text, r->path.text);
    return false;
}

static bool compile_targets(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                            dcf_rule *r)
{
    const dcf_yaml *canonical = dcf_yaml_get(row, "canonical");
    if (!canonical) {
        dcf_mistake(c, row, "\"%s\" has neither \"canonical\" nor \"const\"", r->native);
        return false;
    }
    if (canonical->kind == DCF_YAML_SCALAR)
        return dcf_resolve(c, place, canonical->text, canonical, &r->path) &&
               compile_other(c, row, place, "also", r, &r->also) &&
               compile_other(c, row, place, "else", r, &r->otherwise);
    if (canonical->kind != DCF_YAML_LIST || canonical->count != 2 ||
        canonical->items[0].kind != DCF_YAML_SCALAR ||
        canonical->items[1].kind != DCF_YAML_SCALAR) {
        dcf_mistake(c, canonical, "\"canonical\" is one field, or two with as: {join: …}");
        return false;
    }
    return dcf_resolve(c, place, canonical->items[0].text, canonical, &r->path) &&
           dcf_resolve(c, place, canonical->items[1].text, canonical, &r->second);
}

static bool is_codec(const dcf_rule *r, const char *name)
{
    return strcmp(r->as.codec->name, name) == 0;
}

static bool fits_codec(dcf_compiler *c, const dcf_yaml *row, const dcf_rule *r)
{
    bool join = is_codec(r, "join"), flag = is_codec(r, "flag");
    bool list = dcf_field_repeated(dcf_path_field(&r->path)) && r->path.index < 0;
    if (join != (r->second.count != 0))
        dcf_mistake(c, row, "join goes with two canonical fields, and only join");
    else if ((join || flag || r->as.codec->partial) &&
             (dcf_yaml_get(row, "also") || dcf_yaml_get(row, "else")))
        dcf_mistake(c, row, "\"also\" and \"else\" go with one whole value");
    else if (flag && !list)
        dcf_mistake(c, row, "\"%s\" is not repeated: a flag is one of several", r->path.text);
    else if (list && !flag && r->native[strlen(r->native) - 1] != ']')
        dcf_mistake(c, row, "\"%s\" is repeated: write %s[] or %s[n]", r->path.text, r->native,
                    r->path.text);
    else
        return true;
    return false;
}

static void cover_rule(dcf_compiler *c, const dcf_place *place, const dcf_rule *r)
{
    if (is_codec(r, "flag")) {
        dcf_cover_flag(c, place, &r->path, r->as.pattern);
        return;
    }
    dcf_cover_mark(c, place, &r->path);
    if (r->second.count) dcf_cover_mark(c, place, &r->second);
}

static void compile_field(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                          const char *native)
{
    dcf_rule *r = dcf_new_rule(c, row, native);
    if (!r || !dcf_only_keys(c, row, DCF_KEYS_FIELD) || !compile_targets(c, row, place, r)) return;
    const dcf_yaml *as = dcf_yaml_get(row, "as");
    if (!dcf_compile_codec(c, as, row, dcf_path_field(&r->path), &r->as)) return;
    if (!fits_codec(c, row, r)) return;
    compile_settings(c, row, DCF_KEYS_FIELD, r);
    dcf_compile_wheres(c, row, place, &r->wheres);
    hang_rule(c, place, native, r, row, r->required);
    dcf_place p = *place;
    dcf_condition *own = r->wheres.count ? dcf_make(c, sizeof *own) : NULL;
    if (own) {
        *own = (dcf_condition){.wheres = &r->wheres, .outer = p.condition};
        p.condition = own;
    }
    if (r->only & DCF_WRITE) cover_rule(c, &p, r);
}

/* `wrap: true` in a wrapper: what stands here is for each message to say. */
static void compile_wrapped(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                            const char *native)
{
    dcf_rule *r = dcf_new_rule(c, row, native);
    if (!r || !dcf_only_keys(c, row, DCF_KEYS_WRAPPED)) return;
    (void)dcf_row_choice(c, row, DCF_KEYS_WRAPPED, "wrap", 0, 0);
    if (!place->payload) dcf_mistake(c, row, "\"wrap\" stands in the rows of a wrapper");
    r->required = dcf_row_required(c, row, DCF_KEYS_WRAPPED) & DCF_WRITE;
    hang_rule(c, place, native, r, row, r->required);
}

dcf_value_kind dcf_constant_kind(const dcf_yaml *value)
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
    const dcf_yaml *value = dcf_yaml_get(row, "const");
    dcf_rule *r = dcf_new_rule(c, row, native);
    if (!r || !dcf_only_keys(c, row, DCF_KEYS_CONSTANT)) return;
    r->constant = dcf_row_text(c, row, "const");
    compile_settings(c, row, DCF_KEYS_CONSTANT, r);
    if (!r->constant) return;
    if (!dcf_yaml_get(row, "kind")) r->kind = dcf_constant_kind(value);
    dcf_compile_wheres(c, row, place, &r->wheres);
    hang_rule(c, place, native, r, row, r->required);
}

/* --- drops ---------------------------------------------------------------------------------------
 */

/* Whether there may be something that none of them takes. */
static bool only_alternatives(const dcf_node *n)
{
    bool all = n->variant_count > 0 && !n->drop && !n->rest;
    for (size_t i = 0; i < n->variant_count; i++) all = all && n->variants[i]->when_count > 0;
    return all;
}

static void drop_subtree(dcf_compiler *c, const dcf_place *place, const char *path,
                         const char *reason, const dcf_yaml *at)
{
    dcf_walk w;
    if (!dcf_walk_native(c, place, path, at, 0, &w)) return;
    if (only_alternatives(w.node)) {
        w.node->rest = reason;
        return;
    }
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
    if (!dcf_only_keys(c, row, DCF_KEYS_DROP)) return;
    char *path = (char *)dcf_row_text(c, row, "native");
    const char *reason = dcf_row_text(c, row, "reason");
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
        dcf_rule *r = dcf_new_rule(c, row, path);
        if (!r) return;
        r->drop = reason;
        r->only = DCF_READ;
        hang_rule(c, place, path, r, row, 0);
    }
}

static void compile_drop_canonical(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place)
{
    if (!dcf_only_keys(c, row, DCF_KEYS_DROP_CANONICAL)) return;
    const char *canonical = dcf_row_text(c, row, "canonical"),
               *reason = dcf_row_text(c, row, "reason");
    dcf_path path;
    if (!canonical || !*canonical || !reason || !*reason)
        dcf_mistake(c, row, "a canonical drop needs \"canonical\" and a \"reason\"");
    else if (dcf_resolve(c, place, canonical, row, &path))
        dcf_cover_drop(c, place, &path, reason);
}

/* --- lists of rows
 * ---------------------------------------------------------------------------------- */

static void no_such_list(dcf_compiler *c, const dcf_yaml *name, const dcf_yaml *lists)
{
    const char *names[LISTS_TOLD], *near = NULL;
    size_t n = 0;
    for (; lists && lists->kind == DCF_YAML_MAP && n < lists->count && n < LISTS_TOLD; n++)
        names[n] = lists->items[n].key;
    if (name->kind == DCF_YAML_SCALAR) near = dcf_nearest(name->text, names, n);
    dcf_mistake(c, name, "there is no list \"%s\" under \"define\"%s%s%s",
                name->kind == DCF_YAML_SCALAR ? name->text : "…", near ? "; the nearest is \"" : "",
                near ? near : "", near ? "\"" : "");
}

static void compile_use(dcf_compiler *c, const dcf_yaml *name, const dcf_place *place)
{
    const dcf_yaml *lists = dcf_yaml_get(c->root, "define");
    const dcf_yaml *rows = name->kind == DCF_YAML_SCALAR ? dcf_yaml_get(lists, name->text) : NULL;
    if (!rows || rows->kind != DCF_YAML_LIST) {
        no_such_list(c, name, lists);
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
    if (row->kind != DCF_YAML_MAP) {
        dcf_mistake(c, row, "a row is a map");
        return;
    }
    const char *native = dcf_row_text(c, row, "native"), *in = dcf_row_text(c, row, "in"),
               *each = dcf_row_text(c, row, "each");
    if ((native && !*native) || (in && !*in) || (each && !*each))
        dcf_mistake(c, row, "an empty path");
    else if (native && dcf_yaml_get(row, "const"))
        compile_constant(c, row, place, native);
    else if (native && dcf_yaml_get(row, "wrap"))
        compile_wrapped(c, row, place, native);
    else if (native)
        compile_field(c, row, place, native);
    else if (in && dcf_only_keys(c, row, DCF_KEYS_IN))
        dcf_compile_in(c, row, place, in);
    else if (each && dcf_only_keys(c, row, DCF_KEYS_EACH))
        dcf_compile_each(c, row, place, each);
    else if (dcf_yaml_get(row, "use") && dcf_only_keys(c, row, DCF_KEYS_USE))
        compile_use(c, dcf_yaml_get(row, "use"), place);
    else if (dcf_yaml_get(row, "payload") && dcf_only_keys(c, row, DCF_KEYS_PAYLOAD))
        compile_payload(c, row, place);
    else if (!in && !each && !dcf_yaml_get(row, "use") && !dcf_yaml_get(row, "payload"))
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
    if (!c->d->format->xml)
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
