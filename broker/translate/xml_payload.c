/* xml_payload.c - around the elements of a document: its declaration, and documents inside text.
 * What an inner document declares to be encoded in was true of other bytes, and is not looked at.
 */
#include "translate/scan.h"
#include "translate/xml_reader.h"

/* --- the declaration -------------------------------------------------------------------------- */

typedef struct pseudo {
    dcf_span name, value;
} pseudo;

static bool word_character(uint8_t c)
{
    uint8_t lower = c | 0x20;
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
}

/* One name="word" of a declaration, at x->at; an empty name: there is none left. */
static bool take_pseudo(dcf_xml *x, pseudo *ret)
{
    const uint8_t *start = dcf_xml_space(x, x->at), *p = start;
    *ret = (pseudo){0};
    if (p < x->end && *p == '?') {
        x->at = p;
        return true;
    }
    if (p == x->at) return dcf_xml_broken(x, p);
    while (p < x->end && *p >= 'a' && *p <= 'z') p++;
    ret->name = dcf_span_of(start, (size_t)(p - start));
    p = dcf_xml_space(x, p);
    if (p == x->end || *p != '=' || !ret->name.size) return dcf_xml_broken(x, p);
    p = dcf_xml_space(x, p + 1);
    if (p == x->end || (*p != '"' && *p != '\'')) return dcf_xml_broken(x, p);
    const uint8_t *open = p++;
    while (p < x->end && word_character(*p)) p++;
    if (p == x->end || *p != *open) return dcf_xml_broken(x, p);
    ret->value = dcf_span_of(open + 1, (size_t)(p - open) - 1);
    x->at = p + 1;
    return true;
}

bool dcf_xml_declaration(dcf_xml *x)
{
    const uint8_t *start = x->at;
    pseudo a;
    if (x->end - start < 6 || memcmp(start, "<?xml", 5) != 0) return true;
    if (dcf_xml_name(start + 2, x->end) != start + 5)
        return true; /* an instruction of such a name */
    x->at += 5;
    if (!take_pseudo(x, &a)) return false;
    if (!dcf_span_eq_str(a.name, "version")) return dcf_xml_broken(x, x->at);
    if (!take_pseudo(x, &a)) return false;
    if (dcf_span_eq_str(a.name, "encoding")) {
        bool letter =
            a.value.size && (a.value.data[0] | 0x20) >= 'a' && (a.value.data[0] | 0x20) <= 'z';
        if (!letter) return dcf_xml_broken(x, x->at);
        if (!take_pseudo(x, &a)) return false;
    }
    if (a.name.size) {
        bool yes_no = dcf_span_eq_str(a.value, "yes") || dcf_span_eq_str(a.value, "no");
        if (!dcf_span_eq_str(a.name, "standalone") || !yes_no) return dcf_xml_broken(x, x->at);
        if (!take_pseudo(x, &a)) return false;
        if (a.name.size) return dcf_xml_broken(x, x->at);
    }
    if (x->end - x->at < 2 || x->at[1] != '>') return dcf_xml_broken(x, x->at);
    x->at += 2;
    return true;
}

/* --- documents inside text -------------------------------------------------------------------- */

static dcf_span skip_bom(dcf_span s)
{
    s = dcf_span_trim(s);
    if (s.size >= 3 && memcmp(s.data, "\xEF\xBB\xBF", 3) == 0) s.data += 3, s.size -= 3;
    return dcf_span_trim(s);
}

static bool starts_escaped(dcf_span s)
{
    static const char *const less_than[] = {"&lt;",   "&#60;",    "&#x3c;",
                                            "&#x3C;", "&amp;lt;", "&amp;amp;"};
    for (size_t i = 0; i < sizeof less_than / sizeof less_than[0]; i++) {
        size_t n = strlen(less_than[i]);
        if (s.size >= n && memcmp(s.data, less_than[i], n) == 0) return true;
    }
    return false;
}

/* CR LF is one. */
static uint32_t line_breaks(dcf_span s)
{
    uint32_t n = 0;
    const uint8_t *end = s.data + s.size;
    for (const uint8_t *p = s.data; (p = memchr(p, '\n', (size_t)(end - p))); p++) n++;
    for (const uint8_t *p = s.data; (p = memchr(p, '\r', (size_t)(end - p))); p++)
        n += p + 1 == end || p[1] != '\n';
    return n;
}

/* The line in which s, a part of text, begins; see event.h. */
static uint32_t first_line(dcf_span text, dcf_span s, uint32_t opened, uint32_t line)
{
    uint32_t breaks = line_breaks(text);
    if (opened + breaks > line) return 1;
    return line - breaks + line_breaks(dcf_span_of(text.data, (size_t)(s.data - text.data)));
}

dcf_status dcf_xml_read_payload(dcf_parse *p, dcf_span text, uint32_t opened, uint32_t line,
                                uint32_t column)
{
    unsigned outer = p->layer++;
    dcf_span s = skip_bom(text);
    uint32_t first = first_line(text, s, opened, line);
    dcf_buf plain[2] = {{.limit = p->limits.bytes}, {.limit = p->limits.bytes}};
    while (p->layer <= DCF_LAYERS_MAX && dcf_ok(p->status) && starts_escaped(s)) {
        dcf_buf *out = &plain[p->layer++ % 2];
        dcf_buf_clear(out);
        if (!dcf_xml_unescape(s, out))
            (void)dcf_parse_fail(p, DCF_FAULT_NOT_WELL_FORMED, line, column,
                                 "the escaped payload is broken");
        s = skip_bom(dcf_buf_span(out));
    }
    if (dcf_ok(p->status) && p->layer > DCF_LAYERS_MAX)
        (void)dcf_parse_fail(p, DCF_FAULT_WRAPPED_TOO_DEEP, line, column, "more than three layers");
    dcf_status status = dcf_ok(p->status) ? dcf_xml_read_layer(p, s, first) : p->status;
    dcf_buf_fini(&plain[0]);
    dcf_buf_fini(&plain[1]);
    p->layer = outer;
    return status;
}
