/* compile_group.c - groups of rows, once or repeated, and the conditions that tell alternatives
 * apart. */
#include "translate/compile.h"

static dcf_place inside(const dcf_place *outer, const dcf_node *n, dcf_variant *v)
{
    dcf_place p = *outer;
    p.variant = v;
    p.ns = n->ns;
    p.native = n->path;
    return p;
}

/* The variant a group's rows are for: the path's one, or an alternative of its own. */
static dcf_variant *in_variant(dcf_compiler *c, const dcf_yaml *row, const dcf_walk *w)
{
    dcf_node *n = w->node;
    bool known = n->variant_count > 0;
    if (w->index >= 0 || (known && n->array != w->array)) {
        dcf_mistake(c, row,
                    w->index >= 0 ? "\"%s[n]\" is no group: NAME[] with \"when\" tells items apart"
                                  : "\"%s\" stands already, once as a list and once not",
                    n->path);
        return NULL;
    }
    n->array = w->array;
    bool alternative =
        w->array || dcf_yaml_get(row, "when") || (known && n->variants[0]->when_count);
    if (known && !alternative && dcf_yaml_get(row, "where"))
        dcf_mistake(c, row, "\"%s\" is mapped already: \"where\" is for all of it", n->path);
    dcf_variant *v = alternative ? dcf_new_variant(c, n, row) : dcf_plain_variant(c, n, row);
    if (v) v->once = w->array;
    return v;
}

/* The order is that of writing: what `when` says goes first, or last where the schema has it there.
 */
static void compile_inside(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                           dcf_keys_at keys)
{
    bool last = dcf_row_choice(c, row, keys, "when_last", 0, 1) == 0;
    if (!last) dcf_compile_conditions(c, row, place);
    dcf_compile_rows(c, row, place);
    if (last) dcf_compile_conditions(c, row, place);
}

/* The rows of a group are written when its turn comes. */
static bool add_condition(dcf_compiler *c, const dcf_node *n, const dcf_variant *v, dcf_place *p)
{
    dcf_condition *made = dcf_make(c, sizeof *made);
    if (!made) return false;
    *made = (dcf_condition){.node = n, .variant = v, .wheres = &v->wheres, .outer = p->condition};
    p->condition = made;
    return true;
}

/* The submessage that the rows of a group are relative to, when it names one. */
static bool submessage(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place, dcf_place *p)
{
    const dcf_yaml *canonical = dcf_yaml_get(row, "canonical");
    const char *text = dcf_row_text(c, row, "canonical");
    dcf_path path;
    if (!text) return !canonical;
    if (!dcf_resolve(c, place, text, canonical, &path)) return false;
    p->type = dcf_field_message(dcf_path_field(&path));
    p->prefix = path;
    if (p->type && !dcf_field_repeated(dcf_path_field(&path))) return true;
    dcf_mistake(c, canonical, "\"%s\" is no single submessage", path.text);
    return false;
}

/* `in: "."`: rows of this very element, in a submessage. */
static void compile_here(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place)
{
    static const char *const none[] = {"required", "when", "when_last", "where", "unwrap"};
    dcf_place p = *place;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        const dcf_yaml *at = dcf_yaml_get(row, none[i]);
        if (at) dcf_mistake(c, at, "\"%s\" goes with the group around \"in: .\"", none[i]);
    }
    if (!dcf_yaml_get(row, "canonical")) dcf_mistake(c, row, "\"in: .\" needs \"canonical\"");
    if (submessage(c, row, place, &p)) dcf_compile_rows(c, row, &p);
}

void dcf_compile_in(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                    const char *native)
{
    dcf_walk w;
    if (strcmp(native, ".") == 0) {
        compile_here(c, row, place);
        return;
    }
    if (!dcf_walk_native(c, place, native, row, dcf_row_required(c, row, DCF_KEYS_IN), &w)) return;
    dcf_variant *v = in_variant(c, row, &w);
    if (!v) return;
    dcf_place p = inside(place, w.node, v);
    if (!add_condition(c, w.node, v, &p)) return;
    if (submessage(c, row, place, &p)) compile_inside(c, row, &p, DCF_KEYS_IN);
}

void dcf_compile_each(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                      const char *native)
{
    dcf_walk w;
    dcf_path target;
    const char *canonical = dcf_row_text(c, row, "canonical");
    if (!canonical)
        dcf_mistake(c, row,
                    "\"each\" needs \"canonical\", the list its items go to; what is there "
                    "once is \"in\"");
    if (!canonical || !dcf_resolve(c, place, canonical, row, &target)) return;
    dcf_field *field = dcf_path_field(&target);
    if (!dcf_field_repeated(field) || !dcf_field_message(field)) {
        dcf_mistake(c, row, "\"%s\" is no repeated message", target.text);
        return;
    }
    if (!dcf_walk_native(c, place, native, row, dcf_row_required(c, row, DCF_KEYS_EACH), &w))
        return;
    if (w.index >= 0) {
        dcf_mistake(c, row, "\"%s\": \"each\" takes all items, and \"when\" tells them apart",
                    native);
        return;
    }
    if (w.node->variant_count && !w.node->array) {
        dcf_mistake(
            c, row,
            "\"%s\" stands already, as something that is there once; one of several is \"in: "
            "%s[]\"",
            native, native);
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
    p.condition = NULL;
    p.cover = cover;
    p.scope = target.text;
    compile_inside(c, row, &p, DCF_KEYS_EACH);
}

/* The value is written as a constant, unless any will do, or nothing is ever written: then rows may
 * map it. */
static void hang_discriminator(dcf_compiler *c, const dcf_yaml *at, const dcf_place *place)
{
    dcf_rule *r = dcf_new_rule(c, at, dcf_copy(c, at->key));
    dcf_walk w;
    if (!r || !dcf_walk_native(c, place, at->key, at, DCF_WRITE, &w)) return;
    r->constant = dcf_copy(c, at->text);
    r->kind = dcf_constant_kind(at);
    dcf_variant *leaf = dcf_plain_variant(c, w.node, at);
    if (leaf) dcf_put_rule(c, leaf, -1, r, at);
}

static void add_when(dcf_compiler *c, const dcf_yaml *at, const dcf_place *place)
{
    dcf_variant *v = place->variant;
    if (at->kind != DCF_YAML_SCALAR || strcmp(at->key, ".") == 0 || strchr(at->key, '[')) {
        dcf_mistake(c, at, "\"when\" is a map of paths to values");
        return;
    }
    const char *path = dcf_local_path(c, place, at->key, at);
    if (!path) return;
    bool read_only = v->message && v->message->read_only;
    if (strcmp(at->text, "*") != 0 && !read_only) hang_discriminator(c, at, place);
    dcf_when *whens =
        dcf_arena_grow(c->arena, v->whens, v->when_count, v->when_count + 1, sizeof *whens);
    if (!whens) {
        c->no_memory = true;
        return;
    }
    whens[v->when_count++] = (dcf_when){.path = dcf_span_str(path),
                                        .value = dcf_span_str(dcf_copy(c, at->text)),
                                        .any = strcmp(at->text, "*") == 0};
    v->whens = whens;
}

/* Whether the condition's value is one the field can have. */
static bool can_hold(const dcf_where *w)
{
    dcf_field *f = dcf_path_field(&w->path);
    if (dcf_where_presence(w)) return true;
    if (dcf_field_repeated(f) || dcf_field_message(f)) return false;
    if (f->type == PROTOBUF_C_TYPE_BOOL)
        return strcmp(w->value, "true") == 0 || strcmp(w->value, "false") == 0;
    return f->type != PROTOBUF_C_TYPE_ENUM ||
           protobuf_c_enum_descriptor_get_value_by_name(f->descriptor, w->value);
}

static void add_where(dcf_compiler *c, const dcf_yaml *at, const dcf_place *place,
                      dcf_wheres *wheres)
{
    dcf_where w = {0};
    if (at->kind != DCF_YAML_SCALAR) {
        dcf_mistake(c, at, "\"where\" is a map of canonical fields to values");
        return;
    }
    if (!dcf_resolve(c, place, at->key, at, &w.path)) return;
    w.value = dcf_copy(c, at->text);
    dcf_where *items =
        dcf_arena_grow(c->arena, wheres->items, wheres->count, wheres->count + 1, sizeof *items);
    if (!items || !w.value) {
        c->no_memory = true;
        return;
    }
    if (!can_hold(&w)) dcf_mistake(c, at, "\"%s\" is no value of \"%s\"", at->text, at->key);
    items[wheres->count++] = w;
    wheres->items = items;
}

void dcf_compile_wheres(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                        dcf_wheres *ret)
{
    const dcf_yaml *where = dcf_yaml_get(row, "where");
    if (where && where->kind != DCF_YAML_MAP)
        dcf_mistake(c, where, "\"where\" is a map of canonical fields to values");
    for (size_t i = 0; where && where->kind == DCF_YAML_MAP && i < where->count; i++)
        add_where(c, &where->items[i], place, ret);
}

void dcf_compile_conditions(dcf_compiler *c, const dcf_yaml *group, const dcf_place *place)
{
    const dcf_yaml *when = dcf_yaml_get(group, "when");
    dcf_wheres *wheres = &place->variant->wheres;
    if (when && (when->kind != DCF_YAML_MAP || when->count == 0))
        dcf_mistake(c, when, "\"when\" is a map of paths to values");
    for (size_t i = 0; when && when->kind == DCF_YAML_MAP && i < when->count; i++)
        add_when(c, &when->items[i], place);
    dcf_compile_wheres(c, group, place, wheres);
    for (size_t i = 0; i < wheres->count; i++) /* reading sets it */
        if (!dcf_where_presence(&wheres->items[i]))
            dcf_cover_mark(c, place, &wheres->items[i].path);
}
