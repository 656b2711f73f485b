/* scaffold_shape.c - the shape of documents, from their events. */
#include "authoring/scaffold_parts.h"
#include "base/utf8.h"

typedef struct shaper {
    dcf_parse parse;
    dcf_arena *arena;
    const dcf_format *format;
    dcf_shape_node *at; /* the open element; NULL outside */
    dcf_shape_node *root;
} shaper;

static bool no_memory(shaper *s)
{
    s->parse.status = DCF_ERR(NOMEM);
    return false;
}

static dcf_shape_node *child(shaper *s, dcf_shape_node *n, bool attribute, const dcf_event *e)
{
    for (size_t i = 0; i < n->child_count; i++) {
        dcf_shape_node *c = n->children[i];
        if (c->attribute == attribute && dcf_span_eq_str(e->local, c->name) &&
            dcf_span_eq_str(e->ns, c->ns))
            return c;
    }
    dcf_shape_node *made = dcf_arena_alloc(s->arena, sizeof *made);
    dcf_shape_node **all = dcf_arena_grow(s->arena, n->children, n->child_count, n->child_count + 1,
                                          sizeof(dcf_shape_node *));
    char *name = dcf_arena_str(s->arena, e->local), *ns = dcf_arena_str(s->arena, e->ns);
    if (!made || !all || !name || !ns) return NULL;
    *made = (dcf_shape_node){.name = name, .ns = ns, .attribute = attribute, .parent = n};
    n->children = all;
    all[n->child_count++] = made;
    return made;
}

static bool keep_value(shaper *s, dcf_shape_node *n, dcf_span value)
{
    size_t length = dcf_utf8_length(value);
    if (!n->texts || length < n->shortest) n->shortest = length;
    if (length > n->longest) n->longest = length;
    n->texts++;
    for (size_t i = 0; i < n->value_count; i++)
        if (dcf_span_eq_str(value, n->values[i])) return true;
    if (n->value_count == DCF_SHAPE_VALUES) {
        n->more = true;
        return true;
    }
    char *copy = dcf_arena_str(s->arena, value);
    if (!copy) return no_memory(s);
    n->values[n->value_count++] = copy;
    return true;
}

static bool on_value(shaper *s, dcf_shape_node *n, const dcf_event *e)
{
    dcf_span value = dcf_span_trim(e->value);
    if (e->value_kind == DCF_VALUE_NULL || !value.size) return true;
    if (s->format->xml && !n->attribute && value.data[0] == '<') {
        n->document = true;
        return dcf_ok(dcf_xml_read_payload(&s->parse, e->value, 1, e->line, e->column));
    }
    n->kinds |= 1U << e->value_kind;
    return keep_value(s, n, value);
}

static bool on_open(shaper *s, const dcf_event *e)
{
    dcf_shape_node *n = s->root;
    if (s->at) {
        n = child(s, s->at, false, e);
        if (!n) return no_memory(s);
    } else if (!*n->name) {
        char *name = dcf_arena_str(s->arena, e->local), *ns = dcf_arena_str(s->arena, e->ns);
        if (!name || !ns) return no_memory(s);
        n->name = name;
        n->ns = ns;
    }
    n->times++;
    if (++n->now > 1 || e->array) n->list = true;
    for (size_t i = 0; i < n->child_count; i++) n->children[i]->now = 0;
    s->at = n;
    return true;
}

static bool on_event(void *self, const dcf_event *e)
{
    shaper *s = self;
    dcf_shape_node *n;
    switch (e->kind) {
    case DCF_EV_OPEN:
        return on_open(s, e);
    case DCF_EV_ATTRIBUTE:
        n = child(s, s->at, true, e);
        if (!n) return no_memory(s);
        n->times++;
        return on_value(s, n, e);
    case DCF_EV_VALUE:
        return on_value(s, s->at, e);
    case DCF_EV_CLOSE:
        s->at = s->at == s->root ? NULL : s->at->parent;
        return true;
    default:
        return true;
    }
}

dcf_status dcf_shape_read(const dcf_format *format, const void *settings,
                          const dcf_scaffold_sample *sample, dcf_arena *arena, dcf_faults *faults,
                          dcf_shape_node *root)
{
    shaper s = {.arena = arena, .format = format, .root = root};
    dcf_parse_init(&s.parse, NULL, arena, faults, (dcf_sink){on_event, &s});
    root->now = 0;
    dcf_status status = format->read(&s.parse, settings, sample->bytes);
    return status;
}

bool dcf_shape_all(const dcf_shape_node *n, bool (*pass)(const char *value))
{
    for (size_t i = 0; i < n->value_count; i++)
        if (!pass(n->values[i])) return false;
    return n->value_count > 0;
}
