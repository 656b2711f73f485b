/* mapping.c - look-ups in a compiled mapping. */
#include "translate/mapping.h"

#include <stdlib.h>

bool dcf_ns_has(const dcf_ns *ns, dcf_span uri)
{
    if (!ns) return uri.size == 0;
    for (size_t i = 0; i < ns->count; i++)
        if (dcf_span_eq(ns->uris[i], uri)) return true;
    return false;
}

static const char *wild(const dcf_wild *wilds, size_t count, bool attribute, dcf_span ns,
                        dcf_span local)
{
    for (size_t i = 0; i < count; i++) {
        const dcf_wild *w = &wilds[i];
        if (w->attribute == attribute && (!w->ns || dcf_ns_has(w->ns, ns)) &&
            (!w->local || dcf_span_eq_str(local, w->local)))
            return w->reason;
    }
    return NULL;
}

const char *dcf_variant_wild(const dcf_dialect *d, const dcf_variant *v, bool attribute,
                             dcf_span ns, dcf_span local)
{
    const char *reason = wild(v->wilds, v->wild_count, attribute, ns, local);
    return reason ? reason : wild(d->drops, d->drop_count, attribute, ns, local);
}

dcf_shape dcf_variant_shape(const dcf_dialect *d, const dcf_variant *v)
{
    if (!d->format->kinds) return DCF_SHAPE_ANY;
    if (v->child_count == 0) return v->self_count ? DCF_SHAPE_SCALAR : DCF_SHAPE_OBJECT;
    return *v->children[0]->local ? DCF_SHAPE_OBJECT : DCF_SHAPE_LIST;
}

bool dcf_node_dropped(const dcf_node *n)
{
    if (n->drop || n->variant_count == 0) return true;
    const dcf_variant *v = n->variants[0];
    return v->self_count && v->self[0] && v->self[0]->drop;
}

uint32_t dcf_node_line(const dcf_node *n)
{
    const dcf_variant *v = n->variant_count ? n->variants[0] : NULL;
    const dcf_rule *rule = v && v->self_count ? v->self[v->self_count - 1] : NULL;
    return rule ? rule->line : v ? v->line : 0;
}

bool dcf_where_presence(const dcf_where *w)
{
    return !*w->value || strcmp(w->value, "*") == 0;
}

bool dcf_rule_severity(const dcf_rule *r, dcf_severity *ret)
{
    dcf_check check = r->check;
    if (check == DCF_CHECK_DEFAULT) {
        if (r->constant) return false;
        check = r->as.codec && r->as.codec->doubt ? DCF_CHECK_WARN : DCF_CHECK_ERROR;
    }
    *ret = check == DCF_CHECK_WARN ? DCF_SEVERITY_WARN : DCF_SEVERITY_ERROR;
    return check != DCF_CHECK_OFF;
}

void dcf_dialect_free(dcf_dialect *d)
{
    if (!d) return;
    dcf_arena_fini(&d->arena);
    free(d);
}

const char *dcf_dialect_name(const dcf_dialect *d)
{
    return d->name;
}

const char *dcf_dialect_version(const dcf_dialect *d)
{
    return d->version;
}

const char *dcf_dialect_extension(const dcf_dialect *d)
{
    return d->format->extension;
}

const char *dcf_dialect_media_type(const dcf_dialect *d)
{
    return d->media_type;
}
