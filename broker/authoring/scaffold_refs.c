/* scaffold_refs.c - values that look like the ids of other parts: remarks on what `references`
 * would put together. */
#include "authoring/scaffold_write.h"

#include <stdio.h>
#include <strings.h>

enum { PATH_SIZE = 512, REMARKS_MAX = 8 };

typedef struct refs {
    dcf_scaffolder *parts;
    const dcf_shape_node *root;
    dcf_buf *out;
    unsigned told;
} refs;

/* What an id is called. */
static bool is_id(const char *name)
{
    static const char *const ends[] = {"id", "ref", "key", "number", "no", "uri", "urn"};
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t m = strlen(ends[i]);
        if (n >= m && strcasecmp(name + n - m, ends[i]) == 0) return true;
    }
    return false;
}

/* Its values tell the groups of a list apart. */
static bool is_key(const dcf_shape_node *n)
{
    return n->parent && n->parent->list && is_id(n->name) && !n->more && n->value_count > 1 &&
           n->value_count == n->texts;
}

static bool has_value(const dcf_shape_node *n, const char *value)
{
    for (size_t i = 0; i < n->value_count; i++)
        if (strcmp(n->values[i], value) == 0) return true;
    return false;
}

/* All its values are keys of another group. */
static bool names_keys(const dcf_shape_node *n, const dcf_shape_node *key)
{
    if (n == key || n->parent == key->parent || n->more || !n->value_count || n->child_count)
        return false;
    for (size_t i = 0; i < n->value_count; i++)
        if (!has_value(key, n->values[i])) return false;
    return true;
}

/* items: of the parts that are put elsewhere, where JSON marks its list. */
static void path_of(const refs *r, const dcf_shape_node *n, bool items, char out[PATH_SIZE])
{
    char above[PATH_SIZE] = "", step[DCF_SCAFFOLD_STEP];
    if (n->parent && n->parent != r->root) path_of(r, n->parent, false, above);
    dcf_scaffold_step(r->parts, n, step);
    snprintf(out, PATH_SIZE, "%.250s%s%.240s%s", above, *above ? "/" : "", step,
             items && n->list && r->parts->format->kinds ? "[]" : "");
}

/* An item that says where it belongs is nested; what only names another fetches it. */
static void tell(refs *r, const dcf_shape_node *n, const dcf_shape_node *key)
{
    char from[PATH_SIZE], to[PATH_SIZE], mine[DCF_SCAFFOLD_STEP], theirs[DCF_SCAFFOLD_STEP];
    if (n->parent == r->root || r->told++ == REMARKS_MAX) return;
    bool nest = n->parent->list && n->parent->child_count > 1;
    path_of(r, n->parent, nest, from);
    path_of(r, key->parent, !nest, to);
    dcf_scaffold_step(r->parts, n, mine);
    dcf_scaffold_step(r->parts, key, theirs);
    if (r->told == 1)
        dcf_buf_adds(r->out, "    # choose: parts that seem to name each other; see references in "
                             "the language's README\n    # references:\n");
    if (nest)
        dcf_buf_printf(r->out, "    #   - {nest: \"%s\", in: \"%s\", on: {\"%s\": \"%s\"}}\n", from,
                       to, mine, theirs);
    else
        dcf_buf_printf(r->out, "    #   - {fetch: \"%s\", at: \"%s\", on: {\"%s\": \"%s\"}}\n", to,
                       from, theirs, mine);
}

static void match(refs *r, const dcf_shape_node *n, const dcf_shape_node *key)
{
    for (size_t i = 0; i < n->child_count; i++) {
        const dcf_shape_node *c = n->children[i];
        if (names_keys(c, key) && !is_key(c)) tell(r, c, key);
        match(r, c, key);
    }
}

static void find_keys(refs *r, const dcf_shape_node *n)
{
    for (size_t i = 0; i < n->child_count; i++) {
        if (is_key(n->children[i])) match(r, r->root, n->children[i]);
        find_keys(r, n->children[i]);
    }
}

void dcf_scaffold_refs(dcf_scaffolder *s, const dcf_shape_node *root, dcf_buf *out)
{
    if (s->format->own) return; /* a table says it by keys */
    find_keys(&(refs){.parts = s, .root = root, .out = out}, root);
}
