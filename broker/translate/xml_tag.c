/* xml_tag.c - the inside of a start tag: attributes, and what namespaces they declare and use. */
#include "translate/scan.h"
#include "translate/xml_reader.h"

#include <stdlib.h>

static const char xml_uri[] = "http://www.w3.org/XML/1998/namespace";
static const char xmlns_uri[] = "http://www.w3.org/2000/xmlns/";

static dcf_span between(const uint8_t *from, const uint8_t *to)
{
    return dcf_span_of(from, (size_t)(to - from));
}

/* --- namespaces ------------------------------------------------------------------------------- */

/* A copy that lives as long as the parse; the few URIs of a document are copied once. */
static bool keep_uri(dcf_xml *x, dcf_span *uri)
{
    for (size_t i = 0; i < x->uri_count; i++)
        if (dcf_span_eq(x->uris[i], *uri)) {
            *uri = x->uris[i];
            return true;
        }
    uri->data = (const uint8_t *)dcf_arena_str(x->parse->arena, *uri);
    if (!uri->data) return dcf_xml_no_memory(x);
    if (x->uri_count < DCF_XML_URIS) x->uris[x->uri_count++] = *uri;
    return true;
}

/* Namespaces in XML 1.0: what may not be bound. NULL when it may. */
static const char *forbidden(dcf_span prefix, dcf_span uri)
{
    bool is_xml = dcf_span_eq_str(prefix, "xml");
    if (dcf_span_eq_str(prefix, "xmlns")) return "the prefix xmlns cannot be declared";
    if (is_xml != dcf_span_eq_str(uri, xml_uri)) return "xml and its namespace belong together";
    if (dcf_span_eq_str(uri, xmlns_uri)) return "the namespace of xmlns cannot be declared";
    return prefix.size && !uri.size ? "a prefix cannot be undeclared" : NULL;
}

static bool bind(dcf_xml *x, dcf_span prefix, dcf_span uri, const uint8_t *at)
{
    const char *why = forbidden(prefix, uri);
    if (why) return dcf_xml_fail(x, at, DCF_FAULT_NOT_WELL_FORMED, why);
    size_t own = x->elements[x->element_count - 1].bindings;
    for (size_t i = own; i < x->binding_count; i++)
        if (dcf_span_eq(x->bindings[i].prefix, prefix))
            return dcf_xml_fail(x, at, DCF_FAULT_NOT_WELL_FORMED, "duplicate attribute");
    if (x->binding_count == DCF_XML_BINDINGS_MAX)
        return dcf_xml_fail(x, at, DCF_FAULT_TOO_MANY, "more namespaces than one place needs");
    if (x->binding_count == x->binding_capacity) {
        size_t capacity = x->binding_capacity ? x->binding_capacity * 2 : 8;
        dcf_xml_binding *grown =
            dcf_arena_grow(x->parse->arena, x->bindings, x->binding_count, capacity, sizeof *grown);
        if (!grown) return dcf_xml_no_memory(x);
        x->bindings = grown;
        x->binding_capacity = capacity;
    }
    if (!keep_uri(x, &uri)) return false;
    x->bindings[x->binding_count++] = (dcf_xml_binding){prefix, uri};
    return true;
}

/* The namespace of a prefix; false when it has none. */
static bool resolve(const dcf_xml *x, dcf_span prefix, dcf_span *ret)
{
    for (size_t i = x->binding_count; i-- > 0;)
        if (dcf_span_eq(x->bindings[i].prefix, prefix)) {
            *ret = x->bindings[i].uri;
            return true;
        }
    bool is_xml = dcf_span_eq_str(prefix, "xml");
    *ret = is_xml ? dcf_span_str(xml_uri) : (dcf_span){0};
    return is_xml || prefix.size == 0;
}

static bool unbound(dcf_xml *x, dcf_span prefix)
{
    return dcf_xml_fail(x, prefix.data, DCF_FAULT_NOT_WELL_FORMED, "unbound prefix");
}

/* --- names and values ------------------------------------------------------------------------- */

/* "local" or "prefix:local" at *p. */
static bool qname(dcf_xml *x, const uint8_t **p, dcf_span *ret_prefix, dcf_span *ret_local)
{
    const uint8_t *start = *p, *stop = dcf_xml_name(start, x->end);
    if (stop == start) return dcf_xml_broken(x, start);
    *ret_prefix = (dcf_span){0};
    *ret_local = between(start, stop);
    *p = stop;
    if (stop == x->end || *stop != ':') return true;
    *p = dcf_xml_name(stop + 1, x->end);
    if (*p == stop + 1) return dcf_xml_broken(x, *p);
    *ret_prefix = *ret_local;
    *ret_local = between(stop + 1, *p);
    return true;
}

/* The rest of a value from `from`, with references and white space in it: a copy as XML normalises
 * it. */
static const uint8_t *normalise(dcf_xml *x, const uint8_t *start, const uint8_t *from,
                                uint8_t quote, dcf_span *ret)
{
    const uint8_t *close = memchr(from, quote, (size_t)(x->end - from));
    if (!close) close = x->end;
    uint8_t *out = dcf_arena_alloc(x->parse->arena, (size_t)(close - start) + 1);
    if (!out) {
        (void)dcf_xml_no_memory(x);
        return NULL;
    }
    size_t n = (size_t)(from - start), size;
    memcpy(out, start, n);
    for (const uint8_t *p = from; p < x->end;) {
        const uint8_t *run = p;
        p = dcf_scan(p, x->end, quote, '<', '&');
        memcpy(out + n, run, (size_t)(p - run));
        n += (size_t)(p - run);
        if (p == x->end) break;
        if (*p == quote) {
            *ret = dcf_span_of(out, n);
            return p;
        }
        if (*p == '&') {
            const uint8_t *next = dcf_xml_reference(p, x->end, out + n, &size);
            if (!next) (void)dcf_xml_bad_reference(x, p);
            if (!next) return NULL;
            p = next;
            n += size;
        } else if (*p == '\t' || *p == '\n' || *p == '\r') {
            p = *p == '\t' ? p + 1 : dcf_xml_newline(x, p);
            out[n++] = ' ';
        } else {
            (void)dcf_xml_broken(x, p);
            return NULL;
        }
    }
    (void)dcf_xml_broken(x, x->end);
    return NULL;
}

/* A value at p, quotes and all: behind it. */
static const uint8_t *value(dcf_xml *x, const uint8_t *p, dcf_span *ret)
{
    if (p == x->end || (*p != '"' && *p != '\'')) {
        (void)dcf_xml_broken(x, p);
        return NULL;
    }
    uint8_t quote = *p++;
    const uint8_t *stop = dcf_scan(p, x->end, quote, '<', '&');
    if (stop < x->end && *stop == quote)
        *ret = between(p, stop);
    else
        stop = normalise(x, p, stop, quote, ret);
    return stop ? stop + 1 : NULL;
}

static bool add_attribute(dcf_xml *x, dcf_xml_attribute a)
{
    if (x->attribute_count == x->attribute_capacity) {
        size_t capacity = x->attribute_capacity ? x->attribute_capacity * 2 : 8;
        dcf_xml_attribute *grown = dcf_arena_grow(x->parse->arena, x->attributes,
                                                  x->attribute_count, capacity, sizeof *grown);
        if (!grown) return dcf_xml_no_memory(x);
        x->attributes = grown;
        x->attribute_capacity = capacity;
    }
    x->attributes[x->attribute_count++] = a;
    return true;
}

/* name = "value" at *p. */
static bool attribute(dcf_xml *x, const uint8_t **p)
{
    const uint8_t *start = *p;
    dcf_xml_attribute a = {0};
    if (!qname(x, p, &a.prefix, &a.local)) return false;
    const uint8_t *is = dcf_xml_space(x, *p);
    if (is == x->end || *is != '=') return dcf_xml_broken(x, is);
    *p = value(x, dcf_xml_space(x, is + 1), &a.value);
    if (!*p) return false;
    bool plain = !a.prefix.size && dcf_span_eq_str(a.local, "xmlns");
    if (plain || dcf_span_eq_str(a.prefix, "xmlns"))
        return bind(x, plain ? (dcf_span){0} : a.local, a.value, start);
    return add_attribute(x, a);
}

/* --- all attributes --------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const dcf_xml_attribute *x = *(const dcf_xml_attribute *const *)a,
                            *y = *(const dcf_xml_attribute *const *)b;
    if (x->local.size != y->local.size) return x->local.size < y->local.size ? -1 : 1;
    int order = memcmp(x->local.data, y->local.data, x->local.size);
    if (order) return order;
    if (x->ns.size != y->ns.size) return x->ns.size < y->ns.size ? -1 : 1;
    return x->ns.size ? memcmp(x->ns.data, y->ns.data, x->ns.size) : 0;
}

/* Sorting costs n log n whatever the names are. */
static bool attributes_differ(dcf_xml *x, const uint8_t *at)
{
    size_t n = x->attribute_count;
    if (n < 2) return true;
    const dcf_xml_attribute **sorted = dcf_arena_alloc(x->parse->arena, n * sizeof *sorted);
    if (!sorted) return dcf_xml_no_memory(x);
    for (size_t i = 0; i < n; i++) sorted[i] = &x->attributes[i];
    qsort(sorted, n, sizeof *sorted, by_name);
    for (size_t i = 1; i < n; i++)
        if (by_name(&sorted[i - 1], &sorted[i]) == 0)
            return dcf_xml_fail(x, at, DCF_FAULT_NOT_WELL_FORMED, "duplicate attribute");
    return true;
}

static bool resolve_attributes(dcf_xml *x, const uint8_t *at)
{
    for (size_t i = 0; i < x->attribute_count; i++) {
        dcf_xml_attribute *a = &x->attributes[i];
        if (a->prefix.size && !resolve(x, a->prefix, &a->ns)) return unbound(x, a->prefix);
    }
    return attributes_differ(x, at);
}

static bool push_element(dcf_xml *x, dcf_span name)
{
    if (x->element_count == x->element_capacity) {
        size_t capacity = x->element_capacity ? x->element_capacity * 2 : 32;
        dcf_xml_element *grown =
            dcf_arena_grow(x->parse->arena, x->elements, x->element_count, capacity, sizeof *grown);
        if (!grown) return dcf_xml_no_memory(x);
        x->elements = grown;
        x->element_capacity = capacity;
    }
    x->elements[x->element_count++] = (dcf_xml_element){name, x->binding_count};
    return true;
}

bool dcf_xml_start_tag(dcf_xml *x, dcf_event *ret, bool *ret_empty)
{
    const uint8_t *start = x->at, *p = start;
    dcf_event e = {.kind = DCF_EV_OPEN};
    dcf_span prefix = {0};
    x->attribute_count = 0;
    if (!qname(x, &p, &prefix, &e.local) || !push_element(x, between(start, p))) return false;
    for (;;) {
        const uint8_t *name = dcf_xml_space(x, p);
        if (name < x->end && (*name == '>' || *name == '/')) {
            p = name;
            break;
        }
        if (name == p) return dcf_xml_broken(x, p);
        p = name;
        if (!attribute(x, &p)) return false;
    }
    *ret_empty = *p == '/';
    if (*ret_empty && (++p == x->end || *p != '>')) return dcf_xml_broken(x, p);
    if (!resolve(x, prefix, &e.ns)) return unbound(x, prefix);
    if (x->attribute_count && !resolve_attributes(x, start)) return false;
    x->at = p + 1;
    *ret = e;
    return true;
}
