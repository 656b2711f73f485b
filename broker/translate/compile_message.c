/* compile_message.c - the roots of documents: wrappers, and the messages inside them. */
#include "translate/compile.h"

#include "dcf/v1/envelope.pb-c.h"

static dcf_node *root_node(dcf_compiler *c, const char *root, const dcf_yaml *at)
{
    const dcf_ns *ns = dcf_find_ns(c, "default", strlen("default"), NULL);
    dcf_place place = {.variant = c->d->roots, .ns = ns, .native = "", .prefix.index = -1};
    dcf_walk w;
    if (c->d->format->xml) return dcf_walk_native(c, &place, root, at, 0, &w) ? w.node : NULL;
    if (c->d->roots->child_count) return c->d->roots->children[0];
    dcf_node *n = dcf_make(c, sizeof *n);
    if (!n || !dcf_append(c, &c->d->roots->children, &c->d->roots->child_count, n)) return NULL;
    *n = (dcf_node){.local = "", .path = ""};
    return n;
}

static bool yes(dcf_compiler *c, const dcf_yaml *node, const char *key, const char *fallback)
{
    const char *text = dcf_yaml_str(node, key, fallback);
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        dcf_mistake(c, dcf_yaml_get(node, key), "\"%s\" is true or false", key);
    return strcmp(text, "true") == 0;
}

static const dcf_place *keep_place(dcf_compiler *c, const dcf_place *place)
{
    dcf_place *kept = dcf_make(c, sizeof *kept);
    if (kept) *kept = *place;
    return kept;
}

/* The place of the next layer. */
static void add_payload(dcf_compiler *c, const dcf_yaml *at, const dcf_place *place, bool unwrap)
{
    dcf_walk w = {0};
    if (!dcf_walk_native(c, place, at->text, at, DCF_WRITE, &w)) return;
    if (w.node->variant_count == 0) (void)dcf_new_variant(c, w.node, at);
    w.node->payload = true;
    w.node->unwrap = unwrap;
}

static void compile_wrapper(dcf_compiler *c, const dcf_yaml *w, size_t rank)
{
    if (!dcf_only_keys(c, w, DCF_KEYS_WRAPPER)) return;
    const char *root = dcf_top_text(c, w, "root", true);
    const dcf_yaml *payload =
        dcf_top_text(c, w, "payload", true) ? dcf_yaml_get(w, "payload") : NULL;
    dcf_node *n = root && payload ? root_node(c, root, w) : NULL;
    if (!n) return;
    if (n->variant_count) {
        dcf_mistake(c, w, "\"%s\" is the root of another wrapper", root);
        return;
    }
    n->rank = rank;
    n->written = yes(c, w, "write", "false");
    dcf_cover *cover = n->written ? c->d->cover : dcf_make(c, sizeof *cover);
    if (!cover) return;
    dcf_place place = {.variant = dcf_plain_variant(c, n, w),
                       .ns = n->ns,
                       .native = "",
                       .type = &dcf__v1__envelope__descriptor,
                       .prefix.index = -1,
                       .cover = cover,
                       .envelope = cover,
                       .scope = "",
                       .payload = payload};
    bool unwrap = yes(c, w, "unwrap", "false");
    if (!place.variant) return;
    dcf_compile_rows(c, w, &place);
    if (n->written) c->wrapper = keep_place(c, &place);
    add_payload(c, payload, &place, unwrap);
}

/* `wrap: {PATH: value}`: the rows of the written wrapper that this message sets. */
static void compile_wrap(dcf_compiler *c, const dcf_yaml *at, dcf_message *message)
{
    dcf_walk w;
    if (!c->wrapper || at->kind != DCF_YAML_SCALAR) {
        dcf_mistake(c, at, "\"wrap\" is a map of paths of a written wrapper to values");
        return;
    }
    if (!dcf_walk_native(c, c->wrapper, at->key, at, 0, &w)) return;
    const dcf_variant *v = w.node->variant_count ? w.node->variants[0] : NULL;
    const dcf_rule *rule = v && v->self_count == 1 ? v->self[0] : NULL;
    if (rule && rule->writing) rule = rule->writing;
    if (!rule || rule->constant || rule->drop) {
        dcf_mistake(c, at, "\"%s\" is no row of the wrapper that a message may set", at->key);
        return;
    }
    dcf_wrap *wraps = dcf_arena_grow(c->arena, message->wraps, message->wrap_count,
                                     message->wrap_count + 1, sizeof *wraps);
    const char *value = dcf_copy(c, at->text);
    if (!wraps || !value) {
        c->no_memory = true;
        return;
    }
    wraps[message->wrap_count++] = (dcf_wrap){.rule = rule, .value = value};
    message->wraps = wraps;
}

static void compile_wraps(dcf_compiler *c, const dcf_yaml *m, dcf_message *message)
{
    const dcf_yaml *wrap = dcf_yaml_get(m, "wrap");
    if (wrap && wrap->kind != DCF_YAML_MAP)
        dcf_mistake(c, wrap, "\"wrap\" is a map of paths of a written wrapper to values");
    for (size_t i = 0; wrap && wrap->kind == DCF_YAML_MAP && i < wrap->count; i++)
        compile_wrap(c, &wrap->items[i], message);
}

/* The part of a path up to and with its first {FIELD}; *rest is what follows, NULL after a mistake.
 */
static dcf_post_part post_part(dcf_compiler *c, char **rest, const dcf_yaml *at,
                               const dcf_place *place)
{
    dcf_post_part part = {.text = *rest};
    char *open = strchr(*rest, '{'), *close = open ? strchr(open, '}') : NULL;
    *rest += strlen(*rest);
    if (!open) return part;
    bool ok = close != NULL;
    if (ok) {
        *open = *close = 0;
        *rest = close + 1;
        ok = dcf_resolve(c, place, open + 1, at, &part.field) &&
             dcf_path_field(&part.field)->type == PROTOBUF_C_TYPE_STRING &&
             !dcf_field_repeated(dcf_path_field(&part.field));
    }
    if (!ok) {
        dcf_mistake(c, at, "\"path\" has {FIELD} where the text of one field goes");
        *rest = NULL;
    }
    return part;
}

static void compile_post_to(dcf_compiler *c, const dcf_yaml *m, const dcf_place *place)
{
    dcf_message *message = place->variant->message;
    char *rest = (char *)dcf_top_text(c, m, "path", false);
    while (rest && *rest) {
        dcf_post_part part = post_part(c, &rest, dcf_yaml_get(m, "path"), place);
        dcf_post_part *parts = dcf_arena_grow(c->arena, message->post_to, message->post_count,
                                              message->post_count + 1, sizeof *parts);
        if (!parts) {
            c->no_memory = true;
            return;
        }
        parts[message->post_count++] = part;
        message->post_to = parts;
    }
}

/* The member of Envelope.body a message is; NULL after a mistake. */
static dcf_field *body_of(dcf_compiler *c, const dcf_yaml *m, dcf_path *ret)
{
    const dcf_place envelope = {
        .type = &dcf__v1__envelope__descriptor, .prefix.index = -1, .scope = ""};
    const char *canonical = dcf_top_text(c, m, "canonical", true);
    if (!canonical || !dcf_resolve(c, &envelope, canonical, m, ret)) return NULL;
    dcf_field *body = dcf_path_field(ret);
    ret->absolute = true;
    if (ret->count == 1 && body->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) return body;
    dcf_mistake(c, m, "\"%s\" is no member of Envelope.body", canonical);
    return NULL;
}

/* What is the message's own; NULL out of memory. */
static dcf_message *new_message(dcf_compiler *c, const dcf_yaml *m)
{
    dcf_message *message = dcf_make(c, sizeof *message);
    dcf_cover *envelope = dcf_make(c, sizeof *envelope);
    if (!message || !envelope) return NULL;
    *message = (dcf_message){
        .name = dcf_copy(c, m->key),
        .envelope = envelope,
        .bare = !yes(c, m, "wrapped", "true"),
        .read_only = dcf_row_choice(c, m, DCF_KEYS_MESSAGE, "only", 0, -1) == 0,
    };
    compile_wraps(c, m, message);
    return message;
}

static void compile_message(dcf_compiler *c, const dcf_yaml *m, size_t rank)
{
    if (!dcf_only_keys(c, m, DCF_KEYS_MESSAGE)) return;
    const char *root = dcf_yaml_str(m, "root", m->key);
    dcf_path target;
    dcf_field *body = body_of(c, m, &target);
    dcf_node *n = body ? root_node(c, root, m) : NULL;
    if (!n) return;
    if (n->variant_count && !n->variants[0]->message) {
        dcf_mistake(c, m, "\"%s\" is the root of a wrapper", root);
        return;
    }
    n->rank = rank;
    dcf_variant *v = dcf_new_variant(c, n, m);
    dcf_cover *cover = dcf_make(c, sizeof *cover);
    dcf_message *message = new_message(c, m);
    if (!v || !cover || !message) return;
    for (size_t i = 0; i < c->d->cover->count && !message->bare; i++) /* what wrappers write */
        if (c->d->cover->below[i]->field == body) dcf_cover_take(c, cover, c->d->cover->below[i]);
    *v = (dcf_variant){
        .message = message, .target = target, .cover = cover, .scope = "", .line = m->line};
    dcf_place place = {.variant = v,
                       .ns = n->ns,
                       .native = "",
                       .type = dcf_field_message(body),
                       .prefix.index = -1,
                       .cover = cover,
                       .envelope = message->envelope,
                       .scope = ""};
    compile_post_to(c, m, &place);
    message->joins = dcf_compile_joins(c, m, &place);
    dcf_compile_conditions(c, m, &place);
    dcf_compile_rows(c, m, &place);
}

void dcf_compile_messages(dcf_compiler *c)
{
    const dcf_yaml *wrappers = dcf_yaml_get(c->root, "wrappers"),
                   *messages = dcf_yaml_get(c->root, "messages");
    if (wrappers && (wrappers->kind != DCF_YAML_LIST || !c->d->format->xml)) {
        dcf_mistake(c, wrappers, "\"wrappers\" is a list, for xml");
        wrappers = NULL;
    }
    size_t n = wrappers ? wrappers->count : 0;
    for (size_t i = 0; i < n; i++) compile_wrapper(c, &wrappers->items[i], i + 1);
    if (!messages || messages->kind != DCF_YAML_MAP || messages->count == 0) {
        dcf_mistake(c, messages ? messages : c->root,
                    "\"messages\" is a map of native names to messages");
        return;
    }
    for (size_t i = 0; i < messages->count; i++) compile_message(c, &messages->items[i], n + 1);
}
