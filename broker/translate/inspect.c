/* inspect.c - a walk over the trie that tells each rule. */
#include "translate/inspect.h"

#include "translate/mapping.h"

#include <stdio.h>

enum { PATH_MAX_SIZE = 2048, SETS_MAX = 64 };

typedef struct walk {
    bool (*fn)(void *, const dcf_inspect_rule *);
    void *self;
    const char *message;
    char path[PATH_MAX_SIZE];
} walk;

static bool tell_rule(walk *w, const dcf_node *n, const dcf_rule *r)
{
    if (r->writing && !tell_rule(w, n, r->writing)) return false;
    bool by_message = !r->path.count && !r->constant && !r->drop;
    return w->fn(w->self, &(dcf_inspect_rule){
                              .message = w->message,
                              .native_path = w->path,
                              .canonical = r->path.text ? r->path.text : "",
                              .second = r->second.text ? r->second.text : "",
                              .also = r->also.text ? r->also.text : "",
                              .otherwise = r->otherwise.text ? r->otherwise.text : "",
                              .codec = r->as.codec ? r->as.codec->name : "",
                              .argument = r->as.pattern,
                              .codes = r->as.codes,
                              .loss = r->as.codec ? r->as.codec->loss : NULL,
                              .fallback = r->fallback,
                              .constant = by_message ? "" : r->constant,
                              .drop = r->drop,
                              .max = r->max,
                              .truncate = r->truncate,
                              .repeated = n->array,
                              .required_read = (r->required & DCF_READ) != 0,
                              .required_write = (r->required & DCF_WRITE) != 0,
                              .read = (r->only & DCF_READ) != 0,
                              .write = (r->only & DCF_WRITE) != 0,
                              .line = r->line,
                          });
}

static bool tell_group(walk *w, const dcf_node *n, const dcf_variant *v)
{
    dcf_inspect_rule rule = {.message = w->message,
                             .native_path = w->path,
                             .canonical = "",
                             .second = "",
                             .also = "",
                             .codec = "",
                             .read = true,
                             .write = !n->drop,
                             .drop = n->drop};
    if (v) {
        rule.canonical = v->target.text;
        rule.group = rule.repeated = true;
        rule.required_read = (n->required & DCF_READ) != 0;
        rule.required_write = (n->required & DCF_WRITE) != 0;
        rule.line = v->line;
    }
    return w->fn(w->self, &rule);
}

/* A drop pattern, below the present path. */
static bool tell_wild(walk *w, const dcf_wild *wild)
{
    size_t size = strlen(w->path);
    snprintf(w->path + size, sizeof w->path - size, "%s%s%s%s%s", size ? "/" : "",
             wild->attribute ? "@" : "", wild->ns ? wild->ns->prefix : "", wild->ns ? ":" : "",
             wild->local ? wild->local : "*");
    bool ok = w->fn(w->self, &(dcf_inspect_rule){.message = w->message,
                                                 .native_path = w->path,
                                                 .canonical = "",
                                                 .second = "",
                                                 .also = "",
                                                 .codec = "",
                                                 .read = true,
                                                 .drop = wild->reason});
    w->path[size] = 0;
    return ok;
}

static bool tell_node(walk *w, const dcf_node *n)
{
    size_t size = strlen(w->path);
    bool ok = true;
    snprintf(w->path + size, sizeof w->path - size, "%s%s%s", size ? "/" : "",
             n->attribute ? "@" : "", n->local);
    if (n->drop) ok = tell_group(w, n, NULL);
    for (size_t i = 0; ok && i < n->variant_count; i++) {
        const dcf_variant *v = n->variants[i];
        if (v->message) w->message = v->message->name;
        if (v->each) ok = tell_group(w, n, v);
        for (size_t k = 0; ok && k < v->self_count; k++)
            ok = !v->self[k] || tell_rule(w, n, v->self[k]);
        for (size_t k = 0; ok && k < v->child_count; k++) ok = tell_node(w, v->children[k]);
        for (size_t k = 0; ok && k < v->wild_count; k++) ok = tell_wild(w, &v->wilds[k]);
        if (v->message) w->message = "";
    }
    w->path[size] = 0;
    return ok;
}

void dcf_inspect_rules(const dcf_dialect *d, bool (*fn)(void *self, const dcf_inspect_rule *rule),
                       void *self)
{
    walk w = {.fn = fn, .self = self, .message = ""};
    for (size_t i = 0; i < d->roots->child_count; i++)
        if (!tell_node(&w, d->roots->children[i])) return;
    for (size_t i = 0; i < d->drop_count; i++)
        if (!tell_wild(&w, &d->drops[i])) return;
}

/* The fields that the conditions of a variant, and of all below it, set. */
static size_t sets_of(const dcf_variant *v, const char *sets[], size_t n)
{
    for (size_t i = 0; i < v->wheres.count && n < SETS_MAX; i++)
        if (!dcf_where_presence(&v->wheres.items[i])) sets[n++] = v->wheres.items[i].path.text;
    for (size_t i = 0; i < v->child_count; i++)
        for (size_t k = 0; k < v->children[i]->variant_count; k++)
            n = sets_of(v->children[i]->variants[k], sets, n);
    return n;
}

void dcf_inspect_messages(const dcf_dialect *d,
                          bool (*fn)(void *self, const dcf_inspect_message *message), void *self)
{
    for (size_t i = 0; i < d->roots->child_count; i++)
        for (size_t k = 0; k < d->roots->children[i]->variant_count; k++) {
            const dcf_variant *v = d->roots->children[i]->variants[k];
            const char *sets[SETS_MAX];
            if (!v->message) continue;
            dcf_field *body = dcf_path_field(&v->target);
            if (!fn(self, &(dcf_inspect_message){.name = v->message->name,
                                                 .body = body->name,
                                                 .type = dcf_field_message(body),
                                                 .read_only = v->message->read_only,
                                                 .sets = sets,
                                                 .set_count = sets_of(v, sets, 0)}))
                return;
        }
}

/* --- canonical drops ---------------------------------------------------------------- */

typedef struct drops {
    bool (*fn)(void *, const char *, const char *, const char *);
    void *self;
    const char *message;
} drops;

static bool tell_cover(const drops *w, const dcf_cover *c, const char *scope)
{
    for (size_t i = 0; c && i < c->count; i++) {
        char field[PATH_MAX_SIZE];
        bool top = !*scope || strcmp(scope, "/") == 0;
        snprintf(field, sizeof field, "%s%s%s", scope, top ? "" : ".", c->below[i]->field->name);
        const char *reason = c->below[i]->dropped;
        if (reason && !w->fn(w->self, w->message, field, reason)) return false;
        if (!tell_cover(w, c->below[i], field)) return false;
    }
    return true;
}

static bool tell_scopes(drops *w, const dcf_node *n)
{
    for (size_t i = 0; i < n->variant_count; i++) {
        const dcf_variant *v = n->variants[i];
        if (v->message) w->message = v->message->name;
        if (v->message && !tell_cover(w, v->message->envelope, "/")) return false;
        if (!tell_cover(w, v->cover, v->scope ? v->scope : "")) return false;
        for (size_t k = 0; k < v->child_count; k++)
            if (!tell_scopes(w, v->children[k])) return false;
    }
    return true;
}

void dcf_inspect_canonical_drops(const dcf_dialect *d,
                                 bool (*fn)(void *, const char *, const char *, const char *),
                                 void *self)
{
    drops w = {.fn = fn, .self = self, .message = ""};
    if (!tell_cover(&w, d->cover, "/")) return; /* of the wrappers */
    for (size_t i = 0; i < d->roots->child_count; i++)
        if (!tell_scopes(&w, d->roots->children[i])) return;
}
