/* generate.c - a walk over the trie in declared order, which writes a document nobody sent. */
#include "authoring/generate.h"

#include "authoring/generator.h"

enum { ITEMS_MAX = 3, ALL = 100 };

static bool make_node(dcf_generator *g, const dcf_node *n, unsigned scope);

/* False. */
static bool stop(dcf_generator *g, dcf_status s)
{
    g->status = s;
    return false;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
unsigned dcf_generate_below(dcf_generator *g, unsigned n)
{
    uint64_t z = (g->random += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return n ? (unsigned)((z ^ (z >> 31)) % n) : 0;
}

/* --- what is known -----------------------------------------------------------------------------
 */

const dcf_known *dcf_generate_known(const dcf_generator *g, unsigned scope, const dcf_path *p)
{
    if (p->absolute) scope = 0;
    for (size_t i = g->known_count; i-- > 0;)
        if (g->known[i].scope == scope && strcmp(g->known[i].path, p->text) == 0)
            return &g->known[i];
    return NULL;
}

bool dcf_generate_learn(dcf_generator *g, unsigned scope, const dcf_path *p, const char *value)
{
    if ((g->known_count & (g->known_count - 1)) == 0) {
        size_t n = g->known_count ? g->known_count * 2 : 1;
        dcf_known *known = dcf_arena_grow(g->arena, g->known, g->known_count, n, sizeof *known);
        if (!known) return stop(g, DCF_ERR(NOMEM));
        g->known = known;
    }
    g->known[g->known_count++] =
        (dcf_known){.scope = p->absolute ? 0 : scope, .path = p->text, .value = value};
    return true;
}

/* The field has to get a value, whatever it is. */
static bool demand(dcf_generator *g, unsigned scope, const dcf_path *p)
{
    if (!dcf_generate_learn(g, scope, p, NULL)) return false;
    g->known[g->known_count - 1].must = true;
    return true;
}

/* Whether what is written back will be written at all: the conditions can still hold, and from now
 * on do. may_come: a value that "*" asks for may be made later. */
static bool agree(dcf_generator *g, unsigned scope, const dcf_wheres *wheres, bool may_come)
{
    for (size_t i = 0; i < wheres->count; i++) {
        const dcf_where *w = &wheres->items[i];
        const dcf_known *known = dcf_generate_known(g, scope, &w->path);
        const char *value = known ? known->value : NULL;
        if (strcmp(w->value, "*") == 0) {
            if (known ? !value && !known->must : !may_come) return false;
            if (!known && !demand(g, scope, &w->path)) return false;
        } else if (!*w->value) {
            if (value || (known && known->must)) return false;
            if (!known && !dcf_generate_learn(g, scope, &w->path, NULL)) return false;
        } else if (known ? !value || strcmp(value, w->value) != 0 : !may_come) {
            return false;
        } else if (!known && !dcf_generate_learn(g, scope, &w->path, w->value)) {
            return false;
        }
    }
    return true;
}

static bool wanted(dcf_generator *g, unsigned required)
{
    return required || dcf_generate_below(g, ALL) < g->percent;
}

/* --- what alternatives are told by -------------------------------------------------------------
 */

/* What follows the node's step in the path; false: the path begins with another. */
static bool below(const dcf_node *n, dcf_span path, dcf_span *ret)
{
    size_t sign = n->attribute, size = strlen(n->local) + sign;
    if (path.size < size || (sign && path.data[0] != '@') ||
        memcmp(path.data + sign, n->local, size - sign) != 0)
        return false;
    if (path.size > size && path.data[size] != '/') return false;
    size += path.size > size;
    *ret = dcf_span_of(path.data + size, path.size - size);
    return true;
}

/* Something with `when: {…: "*"}` is told by the node, or by what is in it. */
static bool asked_for(const dcf_generator *g, const dcf_node *n)
{
    dcf_span rest;
    for (size_t i = 0; i < g->asked_count; i++)
        if (below(n, g->asked[i], &rest)) return true;
    return false;
}

/* Steps into a group: what is asked for, from there. */
static void ask_inside(dcf_generator *g, const dcf_node *n, const dcf_variant *v)
{
    size_t count = 0;
    dcf_span rest;
    for (size_t i = 0; i < g->asked_count; i++)
        if (below(n, g->asked[i], &rest) && rest.size) g->asked[count++] = rest;
    for (size_t i = 0; i < v->when_count && count < DCF_ASKED_MAX; i++)
        if (v->whens[i].any) g->asked[count++] = v->whens[i].path;
    g->asked_count = count;
}

/* --- events ------------------------------------------------------------------------------------
 */

static bool emit(dcf_generator *g, const dcf_event *e)
{
    g->values += e->kind == DCF_EV_VALUE;
    return dcf_emit(g->sink, e) || stop(g, DCF_ERR(LIMIT));
}

static bool open_node(dcf_generator *g, const dcf_node *n, const dcf_variant *v)
{
    dcf_event e = dcf_node_event(n, DCF_EV_OPEN);
    e.shape = dcf_variant_shape(g->d, v);
    return emit(g, &e);
}

static bool close_node(dcf_generator *g)
{
    return emit(g, &(dcf_event){.kind = DCF_EV_CLOSE});
}

static bool emit_text(dcf_generator *g, const dcf_rule *r, const char *text)
{
    dcf_event e = {.kind = DCF_EV_VALUE, .value = dcf_span_str(text)};
    e.value_kind = r ? r->kind : DCF_VALUE_TEXT;
    return emit(g, &e);
}

/* --- rows ---------------------------------------------------------------------------------------
 */

static bool same_path(const dcf_path *a, const dcf_path *b)
{
    return a->count && b->count && strcmp(a->text, b->text) == 0 && a->absolute == b->absolute;
}

/* A value that is read by this row and written by none cannot come back. */
static bool comes_back(const dcf_rule *r)
{
    const dcf_rule *writing = r->writing ? r->writing : r;
    return (writing->only & DCF_WRITE) &&
           (same_path(&r->path, &writing->path) || same_path(&r->path, &writing->otherwise));
}

static const char *wrapped(const dcf_generator *g, const dcf_rule *r)
{
    const dcf_message *m = g->chosen->message;
    for (size_t i = 0; i < m->wrap_count; i++)
        if (m->wraps[i].rule == r || m->wraps[i].rule == r->writing) return m->wraps[i].value;
    return NULL;
}

/* The text for a row; NULL: none. */
static const char *text_for(dcf_generator *g, unsigned scope, const dcf_node *n, const dcf_rule *r)
{
    if (!r || r->drop || !(r->only & DCF_READ)) return NULL;
    const char *wrap = wrapped(g, r);
    if (wrap) return wrap;
    if (r->constant) return agree(g, scope, &r->wheres, false) ? r->constant : NULL;
    if (r->path.count == 0 || !(comes_back(r) || (r->required & DCF_READ))) return NULL;
    const dcf_known *known = dcf_generate_known(g, scope, &r->path);
    /* without a value, `else` would write another's */
    bool must = r->required || r->otherwise.count || (known && known->must) || asked_for(g, n);
    if (!wanted(g, must) || !agree(g, scope, &r->wheres, false)) return NULL;
    return dcf_generate_text(g, scope, r);
}

static bool make_attribute(dcf_generator *g, const dcf_node *n, unsigned scope)
{
    const dcf_variant *v = n->variant_count ? n->variants[0] : NULL;
    const char *text = v && v->self_count ? text_for(g, scope, n, v->self[0]) : NULL;
    dcf_event e = dcf_node_event(n, DCF_EV_ATTRIBUTE);
    if (!text) return dcf_ok(g->status);
    e.value = dcf_span_str(text);
    return emit(g, &e);
}

static bool make_leaf(dcf_generator *g, const dcf_node *n, const dcf_variant *v, const dcf_rule *r,
                      unsigned scope, bool gap)
{
    const char *text = text_for(g, scope, n, r);
    if (dcf_failed(g->status)) return false;
    if (!text && !gap) return true;
    return open_node(g, n, v) && (!text || emit_text(g, r, text)) && close_node(g);
}

/* --- groups -------------------------------------------------------------------------------------
 */

static bool make_layer(dcf_generator *g);

static bool make_children(dcf_generator *g, const dcf_variant *v, unsigned scope)
{
    for (size_t i = v->attribute_count; i < v->child_count; i++)
        if (!make_node(g, v->children[i], scope)) return false;
    return true;
}

static bool make_inside(dcf_generator *g, const dcf_node *n, const dcf_variant *v, unsigned scope)
{
    bool document = n->unwrap && (n->payload || v->child_count > v->attribute_count);
    for (size_t i = 0; i < v->attribute_count; i++)
        if (!make_attribute(g, v->children[i], scope)) return false;
    const dcf_rule *self = v->self_count && !v->indexed ? v->self[0] : NULL;
    const char *text = n->payload ? NULL : text_for(g, scope, n, self);
    if (dcf_failed(g->status) || (text && !emit_text(g, self, text))) return false;
    if (document && !emit(g, &(dcf_event){.kind = DCF_EV_DOCUMENT})) return false;
    unsigned percent = g->percent;
    if (document && !n->payload) g->percent = ALL; /* an empty text is no document */
    if (!(n->payload ? make_layer(g) : make_children(g, v, scope))) return false;
    g->percent = percent;
    return !document || emit(g, &(dcf_event){.kind = DCF_EV_DOCUMENT_END});
}

static bool make_group(dcf_generator *g, const dcf_node *n, const dcf_variant *v, unsigned scope)
{
    dcf_span asked[DCF_ASKED_MAX];
    size_t count = g->asked_count;
    memcpy(asked, g->asked, sizeof asked);
    ask_inside(g, n, v);
    bool ok = open_node(g, n, v) && make_inside(g, n, v, scope) && close_node(g);
    memcpy(g->asked, asked, sizeof asked);
    g->asked_count = count;
    return ok;
}

/* Items of repeated groups, each of an alternative by chance; each single item at most once. */
static bool make_array(dcf_generator *g, const dcf_node *n, unsigned scope)
{
    size_t repeated[8], count = 0;
    for (size_t i = 0; i < n->variant_count; i++) {
        const dcf_variant *v = n->variants[i];
        if (v->each) {
            if (count < 8) repeated[count++] = i;
        } else if (wanted(g, n->variant_count == 1 ? n->required : 0) &&
                   agree(g, scope, &v->wheres, true) && !make_group(g, n, v, scope)) {
            return false;
        }
    }
    if (!count || !wanted(g, n->required)) return dcf_ok(g->status);
    unsigned items = 1 + dcf_generate_below(g, ITEMS_MAX);
    for (unsigned i = 0; i < items; i++) {
        const dcf_variant *v = n->variants[repeated[dcf_generate_below(g, (unsigned)count)]];
        unsigned item = ++g->scopes;
        if (agree(g, item, &v->wheres, true) && !make_group(g, n, v, item)) return false;
    }
    return dcf_ok(g->status);
}

static bool make_list(dcf_generator *g, const dcf_node *n, const dcf_variant *v, unsigned scope)
{
    size_t count = v->indexed ? v->self_count : 1 + dcf_generate_below(g, ITEMS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!make_leaf(g, n, v, v->self[v->indexed ? i : 0], scope, v->indexed)) return false;
    return true;
}

static bool make_node(dcf_generator *g, const dcf_node *n, unsigned scope)
{
    if (n->variant_count == 0 || n->drop) return true;
    const dcf_variant *v = n->variants[dcf_generate_below(g, (unsigned)n->variant_count)];
    if (n->variants[0]->each || n->variants[0]->once) return make_array(g, n, scope);
    if (!n->payload && v->child_count && !wanted(g, n->required || asked_for(g, n))) return true;
    if (!n->payload && !agree(g, scope, &v->wheres, true)) return dcf_ok(g->status);
    if (n->array) return !v->self_count || make_list(g, n, v, scope);
    if (v->self_count && !v->child_count && !n->payload)
        return make_leaf(g, n, v, v->self[0], scope, false);
    return make_group(g, n, v, scope);
}

/* --- a whole document ---------------------------------------------------- */

/* As the rows have it, then as its references want it. */
static bool make_message(dcf_generator *g, const dcf_node *n, unsigned scope)
{
    const dcf_joins *joins = g->chosen->message->joins;
    if (!joins) return make_group(g, n, g->chosen, scope);
    dcf_unjoin kept;
    dcf_sink out = g->sink;
    g->sink = dcf_unjoin_begin(&kept, g->arena);
    if (!g->sink.on) return stop(g, DCF_ERR(NOMEM));
    bool ok = make_group(g, n, g->chosen, scope);
    g->sink = out;
    if (!ok) return false;
    dcf_status s = dcf_unjoin_end(&kept, joins, g->faults, out);
    return dcf_ok(s) || stop(g, s);
}

/* The next written wrapper inwards, or the message. */
static bool make_layer(dcf_generator *g)
{
    const dcf_variant *roots = g->d->roots;
    const dcf_node *wrapper = NULL, *message = NULL;
    for (size_t i = 0; i < roots->child_count; i++) {
        const dcf_node *n = roots->children[i];
        if (n->written && n->rank > g->rank && (!wrapper || n->rank < wrapper->rank)) wrapper = n;
        for (size_t k = 0; k < n->variant_count; k++)
            if (n->variants[k] == g->chosen) message = n;
    }
    if (wrapper && !g->chosen->message->bare) {
        g->rank = wrapper->rank;
        return make_group(g, wrapper, wrapper->variants[0], 0);
    }
    unsigned scope = ++g->scopes;
    return message && agree(g, scope, &g->chosen->wheres, true) && make_message(g, message, scope);
}

/* The number of messages that are written; *ret: the n-th of them. */
static size_t messages(const dcf_dialect *d, size_t nth, const dcf_variant **ret)
{
    size_t count = 0;
    for (size_t i = 0; i < d->roots->child_count; i++)
        for (size_t k = 0; k < d->roots->children[i]->variant_count; k++) {
            const dcf_variant *v = d->roots->children[i]->variants[k];
            if (!v->message || v->message->read_only) continue;
            if (count++ == nth && ret) *ret = v;
        }
    return count;
}

static dcf_status make_document(dcf_generator *g, dcf_buf *out)
{
    g->sink = g->d->format->write(&(dcf_write_to){g->d->settings, g->arena, g->faults, out});
    if (!g->sink.on) return DCF_ERR(NOMEM);
    if (make_layer(g)) return g->faults->errors ? DCF_ERR(FAULTY) : DCF_OK;
    return dcf_failed(g->status) ? g->status : DCF_ERR(BUG);
}

/* One attempt; DCF_E_FAULTY: no document says what was made, such as two objects of one key, or
 * more values than a CSV row has columns. */
static dcf_status attempt(dcf_generator *g, dcf_buf *out)
{
    size_t start = out->size;
    dcf_faults faults;
    dcf_faults_init(&faults, g->arena, 1);
    dcf_generator fresh = {.d = g->d,
                           .arena = g->arena,
                           .faults = &faults,
                           .random = g->random,
                           .percent = g->percent,
                           .chosen = g->chosen};
    dcf_status s = make_document(&fresh, out);
    g->random = fresh.random;
    if (dcf_ok(s) && !fresh.values && g->percent < ALL) s = DCF_ERR(NOT_FOUND);
    if (dcf_failed(s)) out->size = start;
    return s;
}

dcf_status dcf_generate(const dcf_dialect *d, uint64_t seed, dcf_arena *arena, dcf_buf *out,
                        const char **ret_message)
{
    enum { ATTEMPTS = 50 };
    static const unsigned percents[] = {ALL, 0, 50, 80};
    size_t count = messages(d, 0, NULL);
    if (!count) return DCF_ERR(NOT_FOUND);
    uint64_t nth = seed / count;
    dcf_generator g = {.d = d, .arena = arena, .random = seed * 0x2545F4914F6CDD1DU + 1};
    g.percent = percents[nth < 2 ? nth : 2 + nth % 2];
    (void)messages(d, (size_t)(seed % count), &g.chosen);
    dcf_status s = attempt(&g, out);
    if (dcf_is(s, DCF_E_NOT_FOUND)) { /* a document of nothing is none in some formats */
        g.percent = ALL;
        s = attempt(&g, out);
    }
    for (int i = 0; i < ATTEMPTS && dcf_is(s, DCF_E_FAULTY); i++) { /* other choices, and fewer */
        if (g.percent > 10) g.percent -= 10;
        s = attempt(&g, out);
    }
    DCF_TRY(s);
    *ret_message = g.chosen->message->name;
    return dcf_buf_status(out);
}
