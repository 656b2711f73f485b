/* trie.c - native paths into the trie: steps, namespaces, drop patterns, hash tables. */
#include "translate/compile.h"

#include <stdlib.h>

static bool xml(const dcf_compiler *c)
{
    return c->d->format->xml;
}

const dcf_ns *dcf_find_ns(dcf_compiler *c, const char *prefix, size_t size, const dcf_yaml *at)
{
    for (size_t i = 0; i < c->d->namespace_count; i++)
        if (dcf_span_eq_str(dcf_span_of(prefix, size), c->d->namespaces[i].prefix))
            return &c->d->namespaces[i];
    if (at) dcf_mistake(c, at, "the namespace prefix \"%.*s\" is not declared", (int)size, prefix);
    return NULL;
}

dcf_variant *dcf_new_variant(dcf_compiler *c, dcf_node *n, const dcf_yaml *at)
{
    dcf_variant *v = dcf_make(c, sizeof *v);
    if (!v) return NULL;
    v->scope = "";
    v->line = at ? at->line : 0;
    return dcf_append(c, &n->variants, &n->variant_count, v) ? v : NULL;
}

static bool conditional(const dcf_variant *v)
{
    return v->each || v->once || v->when_count || v->message;
}

dcf_variant *dcf_plain_variant(dcf_compiler *c, dcf_node *n, const dcf_yaml *at)
{
    if (n->variant_count == 0) return dcf_new_variant(c, n, at);
    if (!conditional(n->variants[0])) return n->variants[0];
    dcf_mistake(c, at, "\"%s\" is a group: put the row inside it", n->path);
    return NULL;
}

/* One step of a path, taken apart. */
typedef struct step {
    const char *local;
    size_t size;
    const dcf_ns *ns;
    bool attribute;
} step;

static bool parse_step(dcf_compiler *c, const dcf_ns *inherited, const char *text, size_t size,
                       const dcf_yaml *at, step *ret)
{
    step s = {.local = text, .size = size, .ns = inherited};
    if (xml(c) && size && *text == '@')
        s = (step){.local = text + 1, .size = size - 1, .attribute = true};
    const char *colon = xml(c) && s.size ? memchr(s.local, ':', s.size) : NULL;
    if (colon) {
        s.ns = dcf_find_ns(c, s.local, (size_t)(colon - s.local), at);
        if (!s.ns) return false;
        s.size -= (size_t)(colon + 1 - s.local);
        s.local = colon + 1;
    }
    bool here = s.size == 1 && *s.local == '.';
    if (s.size == 0 || here || (xml(c) && strcspn(s.local, " []*@<>&\"'") < s.size)) {
        dcf_mistake(c, at, "\"%.*s\" is no step of a path", (int)size, text);
        return false;
    }
    *ret = s;
    return true;
}

static dcf_node *find_child(const dcf_variant *v, const step *s)
{
    for (size_t i = 0; i < v->child_count; i++) {
        dcf_node *n = v->children[i];
        if (n->attribute == s->attribute && n->ns == s->ns && strlen(n->local) == s->size &&
            memcmp(n->local, s->local, s->size) == 0)
            return n;
    }
    return NULL;
}

static dcf_node *add_child(dcf_compiler *c, dcf_variant *v, const step *s, const char *parent_path)
{
    dcf_node *n = dcf_make(c, sizeof *n);
    char *local = dcf_arena_str(c->arena, dcf_span_of(s->local, s->size));
    if (!n || !local || !dcf_append(c, &v->children, &v->child_count, n)) return NULL;
    const char *shown = s->attribute ? dcf_join_path(c, "@", 0, local) : s->size ? local : "[]";
    *n = (dcf_node){.local = local, .ns = s->ns, .attribute = s->attribute};
    n->path = dcf_join_path(c, parent_path, '/', shown ? shown : "");
    if (s->attribute) { /* attributes go first */
        memmove(v->children + v->attribute_count + 1, v->children + v->attribute_count,
                (v->child_count - 1 - v->attribute_count) * sizeof(dcf_node *));
        v->children[v->attribute_count++] = n;
    }
    return n;
}

/* Takes "[]" or "[n]" off the end of a path. */
static bool parse_index(dcf_compiler *c, const char *path, const dcf_yaml *at, size_t *size,
                        dcf_walk *w)
{
    w->index = -1;
    w->array = false;
    if (*size < 2 || path[*size - 1] != ']') return true;
    size_t open = *size - 1;
    while (open > 0 && path[open] != '[') open--;
    const char *digits = path + open + 1;
    size_t n = *size - open - 2;
    if (path[open] != '[' || n > 3 || strspn(digits, "0123456789") < n) {
        dcf_mistake(c, at, "\"%s\": only [] or [n] may end a path", path);
        return false;
    }
    w->array = true;
    if (n) w->index = (int32_t)strtol(digits, NULL, 10);
    *size = open;
    return true;
}

bool dcf_walk_native(dcf_compiler *c, const dcf_place *place, const char *path, const dcf_yaml *at,
                     unsigned required, dcf_walk *ret)
{
    size_t size = strlen(path), from = 0;
    dcf_walk w = {0};
    dcf_variant *v = place->variant;
    const dcf_ns *ns = place->ns;
    const char *above = place->native;
    if (!parse_index(c, path, at, &size, &w)) return false;
    while (v) {
        size_t end = from;
        while (end < size && path[end] != '/') end++;
        step s = {.local = ""};
        bool item = w.array && end == size && end == from && c->d->format->lists;
        if (!item && !parse_step(c, ns, path + from, end - from, at, &s)) return false;
        if (s.attribute && (end < size || w.array)) {
            dcf_mistake(c, at, "\"%s\": nothing is below an attribute", path);
            return false;
        }
        w.node = find_child(v, &s);
        if (!w.node) w.node = add_child(c, v, &s, above);
        if (!w.node) return false;
        if (item != !*v->children[0]->local) {
            dcf_mistake(
                c, at, "\"%s\": the items of a list have no names: [] has nothing beside it", path);
            return false;
        }
        w.node->required |= required;
        if (end >= size) {
            *ret = w;
            return true;
        }
        above = w.node->path;
        ns = s.ns;
        from = end + 1;
        v = dcf_plain_variant(c, w.node, at);
    }
    return false;
}

const char *dcf_local_path(dcf_compiler *c, const dcf_place *place, const char *path,
                           const dcf_yaml *at)
{
    const char *local = "";
    for (const char *rest = path;;) {
        step s;
        size_t size = strcspn(rest, "/");
        if (!parse_step(c, place->ns, rest, size, at, &s)) return NULL;
        char *name =
            dcf_arena_printf(c->arena, "%s%.*s", s.attribute ? "@" : "", (int)s.size, s.local);
        local = dcf_join_path(c, local, '/', name ? name : "");
        if (!rest[size]) return local;
        rest += size + 1;
    }
}

bool dcf_tree_steps(dcf_compiler *c, const dcf_place *place, const char *path, const dcf_yaml *at,
                    dcf_tree_path *ret)
{
    size_t size = strlen(path), from = 0;
    dcf_walk w = {0};
    const dcf_ns *ns = place->ns;
    dcf_tree_path p = {.text = dcf_copy(c, path)};
    if (strcmp(path, ".") != 0 && !parse_index(c, path, at, &size, &w)) return false;
    while (p.text && strcmp(path, ".") != 0 && from <= size) {
        size_t end = from;
        while (end < size && path[end] != '/') end++;
        step s;
        if (!parse_step(c, ns, path + from, end - from, at, &s)) return false;
        dcf_tree_step *steps =
            dcf_arena_grow(c->arena, p.steps, p.count, p.count + 1, sizeof *steps);
        const char *local = dcf_arena_str(c->arena, dcf_span_of(s.local, s.size));
        if (!steps || !local) return !(c->no_memory = true);
        steps[p.count++] =
            (dcf_tree_step){.ns = s.ns && s.ns->count ? s.ns->uris[0] : (dcf_span){0},
                            .local = dcf_span_str(local),
                            .attribute = s.attribute};
        p.steps = steps;
        ns = s.ns;
        from = end + 1;
    }
    p.array = w.array;
    *ret = p;
    return p.text;
}

bool dcf_add_wild(dcf_compiler *c, dcf_wild **wilds, size_t *count, const char *text,
                  const char *reason, const dcf_yaml *at)
{
    dcf_wild w = {.reason = reason, .attribute = text[0] == '@'};
    const char *name = w.attribute ? text + 1 : text;
    const char *colon = strchr(name, ':');
    if (colon) {
        w.ns = dcf_find_ns(c, name, (size_t)(colon - name), at);
        if (!w.ns) return false;
        name = colon + 1;
    }
    if (strcmp(name, "*") != 0) {
        if (!*name || strpbrk(name, "*/[]")) {
            dcf_mistake(c, at, "\"%s\": a pattern is *, @*, p:* or @p:*", text);
            return false;
        }
        w.local = name;
    }
    dcf_wild *grown = dcf_arena_grow(c->arena, *wilds, *count, *count + 1, sizeof w);
    if (!grown) {
        c->no_memory = true;
        return false;
    }
    grown[(*count)++] = w;
    *wilds = grown;
    return true;
}

/* Of a node that is nothing but a value. */
static dcf_rule *plain_rule(const dcf_node *n)
{
    const dcf_variant *v = n->variant_count == 1 ? n->variants[0] : NULL;
    bool more = !v || n->attribute || n->drop || n->unwrap || n->payload || n->rank || v->message ||
                v->each || v->once || v->target.count || v->when_count || v->wheres.count ||
                v->indexed || v->child_count || v->wild_count;
    return !more && v->self_count == 1 ? v->self[0] : NULL;
}

static bool singular(dcf_field *f)
{
    return f->label == PROTOBUF_C_LABEL_NONE && !(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);
}

/* Whether a rule fills one place, which is always there, and does nothing else; a constant fills
 * none. */
static bool is_direct(const dcf_rule *r)
{
    if (r->constant) return true;
    bool more = r->path.count == 0 || r->second.count || r->also.count || r->drop || r->weak ||
                !(r->only & DCF_READ) || !r->as.codec || r->as.codec->partial ||
                (r->as.codes && r->as.codes->dated);
    for (size_t i = 0; !more && i < r->path.count; i++) more = !singular(r->path.steps[i]);
    return !more && dcf_path_field(&r->path)->type != PROTOBUF_C_TYPE_BYTES;
}

/* Whether it puts a text into its place as it comes. */
static bool is_verbatim(const dcf_rule *r)
{
    return r->direct && !r->constant && r->path.field->type == PROTOBUF_C_TYPE_STRING &&
           r->as.codec == dcf_codec_find("text") && r->as.space == DCF_SPACE_KEEP;
}

static dcf_slot slot_of(const dcf_compiler *c, dcf_node *n)
{
    dcf_rule *plain = plain_rule(n);
    dcf_slot slot = {.name = dcf_name_of(dcf_span_str(n->local)),
                     .child = n,
                     .ns = n->ns,
                     .plain = plain,
                     .ordinal = n->ordinal,
                     .attribute = n->attribute,
                     .array = n->array};
    if (!plain) return slot;
    plain->direct = is_direct(plain);
    if (!is_verbatim(plain)) return slot;
    slot.verbatim = true;
    slot.far = plain->path.count > 1 || plain->path.absolute;
    slot.place = plain->path.field->offset;
    slot.max = plain->max && plain->max < UINT32_MAX ? (uint32_t)plain->max : UINT32_MAX;
    slot.kind = (uint8_t)(c->d->format->kinds ? plain->kind : DCF_VALUE_TEXT);
    return slot;
}

static void build_slots(dcf_compiler *c, dcf_variant *v)
{
    enum { LINE = 64 }; /* of the cache */
    uint32_t size = 4;
    while (size < v->child_count * 2) size *= 2;
    uint8_t *room = dcf_make(c, size * sizeof *v->slots + LINE);
    if (!room) return;
    v->slots = (dcf_slot *)(void *)(room + (LINE - (uintptr_t)room % LINE));
    v->slot_mask = size - 1;
    for (size_t i = 0; i < v->child_count; i++) {
        dcf_slot slot = slot_of(c, v->children[i]);
        uint32_t h = dcf_name_hash(slot.name);
        while (v->slots[h & v->slot_mask].child) h++;
        v->slots[h & v->slot_mask] = slot;
    }
}

/* Reading, it is required, or has a default. */
static bool awaited(const dcf_node *n)
{
    const dcf_variant *v = n->variant_count == 1 ? n->variants[0] : NULL;
    return n->required & DCF_READ || (v && v->self_count && v->self[0] && v->self[0]->fallback);
}

static void list_awaited(dcf_compiler *c, dcf_variant *v)
{
    v->awaited_count = 0;
    v->awaited = dcf_make(c, v->child_count * sizeof *v->awaited);
    for (size_t i = 0; v->awaited && i < v->child_count; i++)
        if (awaited(v->children[i])) v->awaited[v->awaited_count++] = (uint32_t)i;
}

static void add_asked(dcf_compiler *c, dcf_node *n, dcf_when *when)
{
    for (when->asked = 0; when->asked < n->asked_count; when->asked++)
        if (dcf_same(n->asked[when->asked], when->path)) return;
    dcf_span *asked =
        dcf_arena_grow(c->arena, n->asked, n->asked_count, n->asked_count + 1, sizeof *asked);
    if (!asked) c->no_memory = true;
    if (!asked) return;
    asked[n->asked_count++] = when->path;
    n->asked = asked;
}

static void list_asked(dcf_compiler *c, dcf_node *n)
{
    n->asked_count = 0;
    for (size_t i = 0; i < n->variant_count; i++)
        for (size_t k = 0; k < n->variants[i]->when_count; k++)
            add_asked(c, n, &n->variants[i]->whens[k]);
}

void dcf_finish_variant(dcf_compiler *c, dcf_variant *v)
{
    list_awaited(c, v);
    v->counter_count = v->child_count;
    for (size_t i = 0; i < v->child_count; i++) {
        v->children[i]->ordinal = (uint32_t)i;
        list_asked(c, v->children[i]);
        for (size_t k = 0; k < v->children[i]->variant_count; k++) {
            dcf_variant *inner = v->children[i]->variants[k];
            if (inner->once) inner->counter = (uint32_t)v->counter_count++;
            dcf_finish_variant(c, inner);
        }
    }
    if (v->child_count && !v->slots) build_slots(c, v);
}
