/* json_writer.c - events to JSON; items of one name in a row with `array` set become one array. */
#include "translate/writers.h"

#include "base/json_text.h"

static void new_line(dcf_json_writer *w, size_t depth)
{
    if (!w->pretty) return;
    dcf_buf_addc(w->out, '\n');
    for (size_t i = 0; i < depth; i++) dcf_buf_adds(w->out, "  ");
}

static void end_array(dcf_json_writer *w, dcf_json_scope *scope)
{
    if (!scope->array.data) return;
    dcf_buf_addc(w->out, ']');
    scope->array = (dcf_span){0};
}

static void member(dcf_json_writer *w, dcf_json_scope *parent, const dcf_event *e)
{
    bool same_array =
        parent->list || (e->array && parent->array.data && dcf_span_eq(parent->array, e->local));
    if (!same_array) end_array(w, parent);
    if (parent->any) dcf_buf_addc(w->out, ',');
    parent->any = true;
    if (same_array) return;
    new_line(w, w->depth);
    dcf_json_string(w->out, e->local);
    dcf_buf_adds(w->out, w->pretty ? ": " : ":");
    if (!e->array) return;
    dcf_buf_addc(w->out, '[');
    parent->array = e->local;
}

static bool open_member(dcf_json_writer *w, const dcf_event *e)
{
    if (w->depth == DCF_JSON_WRITER_DEPTH) return false;
    if (w->depth) member(w, &w->scopes[w->depth - 1], e);
    bool list = e->shape == DCF_SHAPE_LIST, scalar = e->shape == DCF_SHAPE_SCALAR;
    w->scopes[w->depth++] = (dcf_json_scope){.scalar = scalar, .list = list};
    if (!scalar) dcf_buf_addc(w->out, list ? '[' : '{');
    return true;
}

static void value(dcf_json_writer *w, const dcf_event *e)
{
    w->scopes[w->depth - 1].valued = true;
    if (e->value_kind == DCF_VALUE_TEXT)
        dcf_json_string(w->out, e->value);
    else if (e->value_kind == DCF_VALUE_NULL)
        dcf_buf_adds(w->out, "null");
    else
        dcf_buf_add(w->out, e->value);
}

static void close_member(dcf_json_writer *w)
{
    dcf_json_scope *scope = &w->scopes[--w->depth];
    if (scope->scalar) {
        if (!scope->valued) dcf_buf_adds(w->out, "\"\"");
        return;
    }
    end_array(w, scope);
    if (scope->any && !scope->list) new_line(w, w->depth);
    dcf_buf_addc(w->out, scope->list ? ']' : '}');
}

static bool on_event(void *self, const dcf_event *e)
{
    dcf_json_writer *w = self;
    if (e->kind == DCF_EV_OPEN) return open_member(w, e);
    if (e->kind == DCF_EV_VALUE) value(w, e);
    if (e->kind == DCF_EV_CLOSE) close_member(w);
    return !w->out->failed;
}

dcf_sink dcf_json_writer_init(dcf_json_writer *w, dcf_buf *out, bool pretty)
{
    *w = (dcf_json_writer){.out = out, .pretty = pretty};
    return (dcf_sink){on_event, w};
}
