/* contract.c - a walk over the trie that says each row in a line, and of a group that says the same
 * as an earlier one only that. */
#include "authoring/contract.h"

#include "translate/inspect.h"
#include "translate/mapping.h"

#include <stdio.h>

enum { PATH_SIZE = 2048, SAME_LINES = 3, MEMORY = 256 << 20 };

/* A canonical group: the first size characters of a path; NULL: none yet. */
typedef struct scope {
    const char *text;
    size_t size;
} scope;

/* What a group said: its lines, relative to the native path and the canonical group it has. */
typedef struct said {
    dcf_span lines;
    const char *path;
    scope scope;
    const struct said *before;
} said;

typedef struct memory {
    dcf_arena arena;
    const said *newest;
    bool full;
} memory;

typedef struct contract {
    const dcf_dialect *d;
    const dcf_yaml *root; /* of the mapping file */
    dcf_buf *out;
    memory *said;
    scope scope;          /* canonical paths are told from here */
    bool finding;         /* … when it is known: the group that all of them are in */
    bool apart;           /* a group is told for itself, to be compared */
    char path[PATH_SIZE]; /* native, of what is being told */
} contract;

static void put_node(contract *c, const dcf_node *n, const dcf_ns *outer);

static void put(contract *c, const char *text)
{
    dcf_buf_printf(c->out, "%s", text);
}

/* ", name value" when there is a value. */
static void put_text(contract *c, const char *name, const char *value)
{
    if (value) dcf_buf_printf(c->out, ", %s \"%s\"", name, value);
}

static bool is_in(const scope *s, const char *text)
{
    return strncmp(text, s->text, s->size) == 0 && (!text[s->size] || text[s->size] == '.');
}

/* Makes the scope as wide as the path needs. */
static void widen(scope *s, const char *text)
{
    if (!s->text) *s = (scope){text, strlen(text)};
    while (s->size && !is_in(s, text)) do
            s->size--;
        while (s->size && s->text[s->size] != '.');
}

static void put_path(contract *c, const char *before, const char *text)
{
    bool inner = *text != '/';
    if (c->finding && inner) widen(&c->scope, text);
    if (c->scope.size && !c->finding && inner)
        dcf_buf_printf(c->out, "%s.%s", before, text + c->scope.size);
    else
        dcf_buf_printf(c->out, "%s%s", before, text);
}

static void put_field(contract *c, const char *name, const dcf_path *p)
{
    if (!p->count) return;
    dcf_buf_printf(c->out, ", %s", name);
    put_path(c, " ", p->text);
}

static void put_required(contract *c, unsigned required)
{
    static const char *const names[] = {"", ", required read", ", required write", ", required"};
    put(c, names[required & (DCF_READ | DCF_WRITE)]);
}

static void put_wheres(contract *c, const dcf_wheres *wheres)
{
    for (size_t i = 0; i < wheres->count; i++) {
        put_path(c, ", where ", wheres->items[i].path.text);
        dcf_buf_printf(c->out, " is \"%s\"", wheres->items[i].value);
    }
}

/* Steps into a name; returns what to give to step_out. */
static size_t step_in(contract *c, const char *form, const char *prefix, const char *local)
{
    size_t size = strlen(c->path);
    snprintf(c->path + size, sizeof c->path - size, "%s%s%s%s%s", size ? "/" : "", form, prefix,
             *prefix ? ":" : "", local);
    return size;
}

static void step_out(contract *c, size_t size)
{
    c->path[size] = 0;
}

/* --- one row ------------------------------------------------------------------------------ */

static const char *arrow(unsigned only)
{
    return only == DCF_READ ? "->" : only == DCF_WRITE ? "<-" : "<->";
}

static void put_codec(contract *c, const dcf_codec_use *use)
{
    static const char *const spaces[] = {"keep", "trim", "collapse"};
    const char *name = use->codec->name;
    bool text = strcmp(name, "text") == 0;
    if (text && use->space == c->d->text.space) return; /* what has no `as` */
    dcf_buf_printf(c->out, ", %s", name);
    if (text) dcf_buf_printf(c->out, " %s", spaces[use->space]);
    if (use->codes) dcf_buf_printf(c->out, " %s", use->codes->name);
    if (use->pattern) dcf_buf_printf(c->out, " \"%s\"", use->pattern);
    if (use->alone_first) put(c, " alone first");
    if (use->yes) dcf_buf_printf(c->out, " \"%s\" \"%s\"", use->yes, use->no);
}

static void put_bounds(contract *c, const dcf_rule *r)
{
    static const char *const checks[] = {"", ", check error", ", check warn", ", check off"};
    static const char *const kinds[] = {
        [DCF_VALUE_NUMBER] = ", a number", [DCF_VALUE_BOOLEAN] = ", a boolean"};
    put_required(c, r->required);
    if (r->max) dcf_buf_printf(c->out, ", max %zu%s", r->max, r->truncate ? " cut" : "");
    put(c, checks[r->check]);
    put_text(c, "default", r->fallback);
    put_field(c, "also", &r->also);
    put_field(c, "else", &r->otherwise);
    if (r->weak) put(c, ", weak");
    if (c->d->format->kinds && (size_t)r->kind < sizeof kinds / sizeof *kinds && kinds[r->kind])
        put(c, kinds[r->kind]);
    put_wheres(c, &r->wheres);
}

static void put_rule(contract *c, const dcf_rule *r, const char *index)
{
    dcf_buf_printf(c->out, "%s%s ", c->path, index);
    if (r->drop) {
        put(c, "dropped\n");
        return;
    }
    put(c, arrow(r->only));
    if (r->constant)
        dcf_buf_printf(c->out, " \"%s\"", r->constant);
    else if (r->path.count)
        put_path(c, " ", r->path.text);
    else
        put(c, " of each message");
    if (r->second.count) put_path(c, " and ", r->second.text);
    if (r->as.codec) put_codec(c, &r->as);
    put_bounds(c, r);
    put(c, "\n");
    if (r->writing) put_rule(c, r->writing, index);
}

/* --- groups -------------------------------------------------------------------------------- */

static void put_wild(contract *c, const dcf_wild *w)
{
    size_t size =
        step_in(c, w->attribute ? "@" : "", w->ns ? w->ns->prefix : "", w->local ? w->local : "*");
    dcf_buf_printf(c->out, "%s dropped\n", c->path);
    step_out(c, size);
}

static void put_whens(contract *c, const dcf_variant *v)
{
    for (size_t i = 0; i < v->when_count; i++)
        dcf_buf_printf(c->out, ", when %.*s is \"%.*s\"", (int)v->whens[i].path.size,
                       (const char *)v->whens[i].path.data, (int)v->whens[i].value.size,
                       (const char *)v->whens[i].value.data);
}

static void put_message(contract *c, const dcf_variant *v)
{
    const dcf_message *m = v->message;
    dcf_buf_printf(c->out, "\nmessage %s %s %s", m->name,
                   arrow(m->read_only ? DCF_READ : DCF_READ | DCF_WRITE), v->target.text);
    if (m->bare) put(c, ", not wrapped");
    for (size_t i = 0; i < m->wrap_count; i++)
        dcf_buf_printf(c->out, ", %s is \"%s\"", m->wraps[i].rule->native, m->wraps[i].value);
    if (m->post_count) put(c, ", to \"");
    for (size_t i = 0; i < m->post_count; i++) {
        const dcf_post_part *p = &m->post_to[i];
        dcf_buf_printf(c->out, "%s%s%s%s", p->text, p->field.count ? "{" : "",
                       p->field.count ? p->field.text : "", p->field.count ? "}" : "");
    }
    if (m->post_count) put(c, "\"");
}

/* What a group says of itself; nothing when it only holds rows. */
static void put_group(contract *c, const dcf_node *n, const dcf_variant *v)
{
    bool rows = v->child_count > 0 || v->wild_count > 0;
    bool says = v->each || v->once || v->when_count || v->wheres.count || n->required ||
                n->unwrap || n->payload || n->written;
    if (v->message)
        put_message(c, v);
    else if (!says || (!rows && !v->each && !n->payload))
        return;
    else
        dcf_buf_printf(c->out, "%s%s", c->path, v->each || v->once ? "[]" : "");
    if (v->each) put_path(c, " <-> ", v->target.text);
    if (v->once) put(c, ", one item");
    if (!v->message) put_required(c, n->required);
    if (n->written) put(c, ", written");
    if (n->payload) put(c, ", the next layer");
    if (n->unwrap) put(c, ", a document as text");
    put_whens(c, v);
    put_wheres(c, &v->wheres);
    put(c, "\n");
}

/* A settings tree as it stands: "csv.separator: ;". */
static void put_yaml(contract *c, const dcf_yaml *at, const char *name)
{
    if (!at) return;
    if (at->kind == DCF_YAML_SCALAR) dcf_buf_printf(c->out, "%s: %s\n", name, at->text);
    for (size_t i = 0; i < at->count; i++) {
        char inner[512], number[24];
        snprintf(number, sizeof number, "%zu", i + 1);
        snprintf(inner, sizeof inner, "%s.%s", name, at->items[i].key ? at->items[i].key : number);
        put_yaml(c, &at->items[i], inner);
    }
}

static void put_variant(contract *c, const dcf_node *n, const dcf_variant *v)
{
    put_group(c, n, v);
    if (v->message) {
        const dcf_yaml *m = dcf_yaml_get(dcf_yaml_get(c->root, "messages"), v->message->name);
        put_yaml(c, dcf_yaml_get(m, "references"), "references");
    }
    for (size_t i = 0; i < v->self_count; i++) {
        char index[24] = "";
        if (v->indexed) snprintf(index, sizeof index, "[%zu]", i);
        if (v->self[i]) put_rule(c, v->self[i], v->indexed ? index : n->array ? "[]" : "");
    }
    for (size_t i = 0; i < v->child_count; i++) put_node(c, v->children[i], n->ns);
    for (size_t i = 0; i < v->wild_count; i++) put_wild(c, &v->wilds[i]);
}

static void put_variants(contract *c, const dcf_node *n)
{
    for (size_t i = 0; i < n->variant_count; i++) put_variant(c, n, n->variants[i]);
}

/* The group's lines for themselves: first to find the scope, then told from it. */
static void put_apart(const contract *c, const dcf_node *n, dcf_buf *out, scope *ret)
{
    contract apart = {.d = c->d, .root = c->root, .out = out, .finding = true, .apart = true};
    put_variants(&apart, n);
    apart.out->size = 0;
    apart.finding = false;
    put_variants(&apart, n);
    *ret = apart.scope;
}

static size_t line_count(dcf_span text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.size; i++) n += text.data[i] == '\n';
    return n;
}

static void remember(contract *c, dcf_span lines, const scope *in)
{
    memory *m = c->said;
    said *s = dcf_arena_alloc(&m->arena, sizeof *s);
    const char *text = dcf_arena_str(&m->arena, lines),
               *path = dcf_arena_strdup(&m->arena, c->path);
    m->full = m->full || !s || !text || !path;
    if (m->full) return;
    *s = (said){dcf_span_of(text, lines.size), path, *in, m->newest};
    m->newest = s;
}

/* Whether an earlier group said the same, which is then named instead. */
static bool put_same(contract *c, const dcf_node *n)
{
    dcf_buf lines DCF_CLEANUP(dcf_buf_fini) = {0};
    scope own;
    if (c->apart || !n->variant_count || n->variants[0]->message) return false;
    put_apart(c, n, &lines, &own);
    if (line_count(dcf_buf_span(&lines)) < SAME_LINES) return false;
    const said *s = c->said->newest;
    while (s && !dcf_span_eq(s->lines, dcf_buf_span(&lines))) s = s->before;
    if (!s) {
        remember(c, dcf_buf_span(&lines), &own);
        return false;
    }
    dcf_buf_printf(c->out, "%s as %s", c->path, s->path);
    if (own.size)
        dcf_buf_printf(c->out, ", %.*s for %.*s", (int)own.size, own.text, (int)s->scope.size,
                       s->scope.text);
    put(c, "\n");
    return true;
}

static void put_node(contract *c, const dcf_node *n, const dcf_ns *outer)
{
    bool foreign = n->ns && n->ns != outer && n->ns->prefix;
    bool named = *n->local || n->attribute;
    size_t size = strlen(c->path);
    if (named) size = step_in(c, n->attribute ? "@" : "", foreign ? n->ns->prefix : "", n->local);
    if (n->drop) dcf_buf_printf(c->out, "%s/** dropped\n", c->path);
    if (n->rest) dcf_buf_printf(c->out, "%s/** dropped where no alternative fits\n", c->path);
    if (!put_same(c, n)) put_variants(c, n);
    step_out(c, size);
}

/* --- the whole ----------------------------------------------------------------------------- */

static void put_codes(contract *c, const dcf_codes *codes)
{
    dcf_buf_printf(c->out, "\ncodes %s\n", codes->name);
    for (size_t i = 0; i < codes->count; i++) {
        const dcf_code_row *r = &codes->rows[i];
        dcf_buf_printf(c->out, "\"%s\" <-> %s", r->native, r->canonical);
        if (*r->from) dcf_buf_printf(c->out, ", from %s", r->from);
        if (*r->to) dcf_buf_printf(c->out, ", to %s", r->to);
        put(c, "\n");
    }
}

static bool put_canonical_drop(void *self, const char *message, const char *field,
                               const char *reason)
{
    contract *c = self;
    (void)reason;
    dcf_buf_printf(c->out, "%s%s%s\n", message, *message ? " " : "", field);
    return true;
}

static void put_settings(contract *c)
{
    static const char *const keys[] = {"format",     "media_type", "text",    "unknown",
                                       "namespaces", "csv",        "protobuf"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        put_yaml(c, dcf_yaml_get(c->root, keys[i]), keys[i]);
    for (size_t i = 0; i < c->d->drop_count; i++) put_wild(c, &c->d->drops[i]);
    for (size_t i = 0; i < c->d->code_count; i++) put_codes(c, c->d->codes[i]);
}

dcf_status dcf_contract(const dcf_dialect *d, const char *file, dcf_buf *out)
{
    dcf_yaml_doc *doc = NULL;
    DCF_TRY(dcf_yaml_load(file, &doc, NULL));
    memory told = {0};
    dcf_arena_init(&told.arena, MEMORY);
    contract c = {.d = d, .root = dcf_yaml_root(doc), .out = out, .said = &told};
    put(&c, "# What the mapping says, row by row: `dcfctl map test` compares it, --update renews "
            "it.\n");
    put_settings(&c);
    for (size_t i = 0; i < d->roots->child_count; i++) {
        const dcf_node *n = d->roots->children[i];
        if (n->variant_count && !n->variants[0]->message) put(&c, "\nwrapper\n");
        put_node(&c, n, NULL);
    }
    put(&c, "\nnever written\n");
    dcf_inspect_canonical_drops(d, put_canonical_drop, &c);
    dcf_yaml_free(doc);
    dcf_arena_fini(&told.arena);
    return told.full ? DCF_ERR(NOMEM) : dcf_buf_status(out);
}
