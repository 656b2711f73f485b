/* xml_writer.c - events to XML; a document inside text is written escaped, once a layer. */
#include "translate/writers.h"

#include "base/utf8.h"

/* One byte that means itself at this layer, written through the layers around it. */
static void put(dcf_xml_writer *w, char c, unsigned layer)
{
    if (layer == 0 || (c != '<' && c != '>' && c != '&')) {
        dcf_buf_addc(w->out, c);
        return;
    }
    const char *entity = c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;";
    for (; *entity; entity++) put(w, *entity, layer - 1);
}

static void markup(dcf_xml_writer *w, const char *s)
{
    for (; *s; s++) put(w, *s, w->layer);
}

static void bytes(dcf_xml_writer *w, dcf_span s)
{
    if (w->layer == 0)
        dcf_buf_add(w->out, s);
    else
        for (size_t i = 0; i < s.size; i++) put(w, (char)s.data[i], w->layer);
}

/* What a parser would change or mistake is a character reference. */
static const char *reference(uint8_t c, bool attribute)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '\r':
        return "&#13;";
    case '"':
        return attribute ? "&quot;" : NULL;
    case '\n':
        return attribute ? "&#10;" : NULL;
    case '\t':
        return attribute ? "&#9;" : NULL;
    default:
        return NULL;
    }
}

static void content(dcf_xml_writer *w, dcf_span s, bool attribute)
{
    size_t from = 0;
    for (size_t i = 0; i < s.size; i++) {
        const char *r = reference(s.data[i], attribute);
        if (!r) continue;
        bytes(w, dcf_span_of(s.data + from, i - from));
        markup(w, r);
        from = i + 1;
    }
    if (from < s.size) bytes(w, dcf_span_of(s.data + from, s.size - from));
}

static void new_line(dcf_xml_writer *w)
{
    if (!w->pretty) return;
    put(w, '\n', 0);
    for (size_t i = 0; i < w->depth; i++) dcf_buf_adds(w->out, "  ");
}

static void finish_tag(dcf_xml_writer *w)
{
    if (!w->tag_open) return;
    markup(w, ">");
    w->tag_open = false;
}

static bool open_element(dcf_xml_writer *w, const dcf_event *e)
{
    if (w->depth == DCF_XML_WRITER_DEPTH) return false;
    finish_tag(w);
    dcf_xml_scope *parent = w->depth > w->document_base ? &w->scopes[w->depth - 1] : NULL;
    if (parent) parent->has_children = true;
    if (parent) new_line(w);
    dcf_xml_scope *scope = &w->scopes[w->depth++];
    *scope = (dcf_xml_scope){.ns = e->ns, .local = e->local};
    markup(w, "<");
    bytes(w, e->local);
    if (!dcf_span_eq(e->ns, parent ? parent->ns : (dcf_span){0})) {
        markup(w, " xmlns=\"");
        content(w, e->ns, true);
        markup(w, "\"");
    }
    w->tag_open = true;
    w->attribute_prefixes = 0;
    return true;
}

/* An attribute in a namespace declares a prefix of its own, beside it: rare, and always right. */
static void attribute(dcf_xml_writer *w, const dcf_event *e)
{
    char prefix[16] = "";
    if (dcf_span_eq_str(e->ns, "http://www.w3.org/XML/1998/namespace")) {
        strcpy(prefix, "xml:");
    } else if (e->ns.size) {
        unsigned n = ++w->attribute_prefixes;
        snprintf(prefix, sizeof prefix, "a%u:", n);
        markup(w, " xmlns:");
        bytes(w, dcf_span_of(prefix, strlen(prefix) - 1));
        markup(w, "=\"");
        content(w, e->ns, true);
        markup(w, "\"");
    }
    markup(w, " ");
    markup(w, prefix);
    bytes(w, e->local);
    markup(w, "=\"");
    content(w, e->value, true);
    markup(w, "\"");
}

static void close_element(dcf_xml_writer *w)
{
    dcf_xml_scope *scope = &w->scopes[--w->depth];
    if (w->tag_open) {
        markup(w, "/>");
        w->tag_open = false;
        return;
    }
    if (scope->has_children && !scope->has_text) new_line(w);
    markup(w, "</");
    bytes(w, scope->local);
    markup(w, ">");
}

static void value(dcf_xml_writer *w, dcf_span s)
{
    if (s.size == 0) return;
    finish_tag(w);
    if (w->depth) w->scopes[w->depth - 1].has_text = true;
    content(w, s, false);
}

static void declaration(dcf_xml_writer *w)
{
    markup(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    if (w->pretty) put(w, '\n', 0);
}

static bool begin_document(dcf_xml_writer *w)
{
    if (w->layer == DCF_LAYERS_MAX) return false;
    finish_tag(w);
    if (w->depth) w->scopes[w->depth - 1].has_text = true;
    w->bases[w->layer++] = w->document_base;
    w->document_base = w->depth;
    declaration(w);
    return true;
}

static bool on_event(void *self, const dcf_event *e)
{
    dcf_xml_writer *w = self;
    switch (e->kind) {
    case DCF_EV_OPEN:
        return open_element(w, e);
    case DCF_EV_ATTRIBUTE:
        attribute(w, e);
        break;
    case DCF_EV_VALUE:
        value(w, e->value);
        break;
    case DCF_EV_CLOSE:
        close_element(w);
        break;
    case DCF_EV_DOCUMENT:
        return begin_document(w);
    case DCF_EV_DOCUMENT_END:
        w->document_base = w->bases[--w->layer];
        break;
    }
    return !w->out->failed;
}

dcf_sink dcf_xml_writer_init(dcf_xml_writer *w, dcf_buf *out, bool pretty)
{
    *w = (dcf_xml_writer){.out = out, .pretty = pretty};
    declaration(w);
    return (dcf_sink){on_event, w};
}
