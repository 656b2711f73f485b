/* xml_reader.c - XML to events: the document around its tags; every limit kept. */
#include "translate/xml_reader.h"

#include "base/utf8.h"
#include "translate/scan.h"

#include <strings.h>

/* --- where, and what went wrong --------------------------------------------------------------- */

/* Bytes of [from, to) that begin no character. */
static uint32_t tails_in(const uint8_t *from, const uint8_t *to)
{
    uint32_t n = 0;
    for (; from < to; from++) n += (*from & 0xC0) == 0x80;
    return n;
}

/* Of a place in the present line; what began in a line before counts from the line's start. */
static void position(dcf_xml *x, const uint8_t *at, dcf_event *e)
{
    if (at < x->line_start) at = x->line_start;
    if (!x->ascii) {
        if (x->counted < x->line_start) x->counted = x->line_start, x->tails = 0;
        if (x->counted < at) x->tails += tails_in(x->counted, at), x->counted = at;
    }
    e->line = x->line;
    e->column = (uint32_t)(at - x->line_start) - x->tails + 1;
}

/* The pending OPEN, since more than one text is in its element. */
static bool settle(dcf_xml *x)
{
    if (!x->pending) return true;
    x->pending = false;
    x->parse->payload = false;
    if (!dcf_parse_emit(x->parse, &x->open)) return false;
    x->payload = x->parse->payload;
    return true;
}

bool dcf_xml_fail(dcf_xml *x, const uint8_t *at, dcf_fault_code code, const char *detail)
{
    dcf_event e;
    if (!settle(x)) return false; /* the fault names the element it is in */
    position(x, at, &e);
    return dcf_parse_fail(x->parse, code, e.line, e.column, detail);
}

bool dcf_xml_broken(dcf_xml *x, const uint8_t *at)
{
    if (at == x->end)
        return dcf_xml_fail(x, at, DCF_FAULT_NOT_WELL_FORMED, "the document ends early");
    if (*at == 0) return dcf_xml_fail(x, at, DCF_FAULT_FORBIDDEN_CHARACTER, "NUL");
    return dcf_xml_fail(x, at, DCF_FAULT_NOT_WELL_FORMED, "not XML here");
}

bool dcf_xml_bad_reference(dcf_xml *x, const uint8_t *at)
{
    return dcf_xml_fail(x, at, DCF_FAULT_NOT_WELL_FORMED, "a reference that XML does not know");
}

bool dcf_xml_no_memory(dcf_xml *x)
{
    x->parse->status = DCF_ERR(NOMEM);
    return false;
}

const uint8_t *dcf_xml_newline(dcf_xml *x, const uint8_t *p)
{
    p += *p == '\r' && p + 1 < x->end && p[1] == '\n' ? 2 : 1;
    x->line++;
    x->line_start = p;
    return p;
}

const uint8_t *dcf_xml_space(dcf_xml *x, const uint8_t *p)
{
    while (p < x->end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p = *p == ' ' || *p == '\t' ? p + 1 : dcf_xml_newline(x, p);
    return p;
}

static bool starts(const dcf_xml *x, const uint8_t *p, const char *text)
{
    size_t n = strlen(text);
    return (size_t)(x->end - p) >= n && memcmp(p, text, n) == 0;
}

/* --- text ------------------------------------------------------------------------------------- */

static dcf_span text_of(const dcf_xml *x)
{
    return x->text.size ? dcf_buf_span(&x->text) : x->plain;
}

static bool add_text(dcf_xml *x, const uint8_t *from, const uint8_t *to, const uint8_t *at)
{
    dcf_span piece = dcf_span_of(from, (size_t)(to - from));
    if (piece.size == 0) return true;
    if (text_of(x).size == 0) {
        x->plain = piece;
    } else {
        if (x->text.size == 0) dcf_buf_add(&x->text, x->plain);
        dcf_buf_add(&x->text, piece);
    }
    if (x->text.failed) return dcf_xml_no_memory(x);
    size_t size = text_of(x).size;
    if (size <= x->parse->limits.text) return true;
    if (!settle(x)) return false;
    if (size <= (x->payload ? x->parse->limits.bytes : x->parse->limits.text)) return true;
    return dcf_xml_fail(x, at, DCF_FAULT_TEXT_TOO_LONG, "a text is longer than the link allows");
}

/* Copied, since it does not live in the document. */
static bool add_bytes(dcf_xml *x, const void *bytes, size_t size, const uint8_t *at)
{
    if (x->text.size == 0) dcf_buf_add(&x->text, x->plain);
    x->plain.size = 0;
    if (x->text.size) return add_text(x, bytes, (const uint8_t *)bytes + size, at);
    dcf_buf_add(&x->text, dcf_span_of(bytes, size));
    return !x->text.failed || dcf_xml_no_memory(x);
}

/* Hands over the text collected so far; blank text beside elements is layout. */
static bool flush_text(dcf_xml *x, bool beside_elements, const dcf_event *where)
{
    dcf_span s = text_of(x);
    bool ok = true;
    if (s.size && !(beside_elements && dcf_span_trim(s).size == 0)) {
        dcf_event e = {
            .kind = DCF_EV_VALUE, .value = s, .line = where->line, .column = where->column};
        ok = settle(x) && dcf_parse_emit(x->parse, &e);
    }
    x->plain.size = 0;
    dcf_buf_clear(&x->text);
    return ok;
}

/* Plain text, to the next '<' or reference. */
static bool plain_text(dcf_xml *x)
{
    const uint8_t *run = x->at, *p = run;
    for (;; p++) {
        p = dcf_scan(p, x->end, '<', '&', ']');
        if (p == x->end || *p == '<' || *p == '&') break;
        if (*p == ']' && starts(x, p, "]]>")) return dcf_xml_broken(x, p);
        if (*p == '\n') {
            x->line++;
            x->line_start = p + 1;
        } else if (*p == '\r') {
            const uint8_t *next = dcf_xml_newline(x, p);
            if (!add_text(x, run, p, run) || !add_bytes(x, "\n", 1, p)) return false;
            run = next;
            p = next - 1;
        } else if (*p != '\t' && *p != ']') {
            return dcf_xml_broken(x, p);
        }
    }
    x->at = p;
    return add_text(x, run, p, run);
}

static bool reference(dcf_xml *x)
{
    uint8_t out[4];
    size_t size;
    const uint8_t *start = x->at, *next = dcf_xml_reference(start, x->end, out, &size);
    if (!next) return dcf_xml_bad_reference(x, start);
    x->at = next;
    return add_bytes(x, out, size, start);
}

/* --- comments, instructions, CDATA ------------------------------------------------------------ */

/* Behind the next `last` in what may be any characters; text: it is text of the element. */
static bool pass(dcf_xml *x, const char *last, bool text)
{
    uint8_t first = (uint8_t)*last;
    const uint8_t *run = x->at, *p = run;
    for (;; p++) {
        p = dcf_scan(p, x->end, first, first, first);
        if (p == x->end) return dcf_xml_broken(x, p);
        if (*p == first) {
            if (starts(x, p, last)) break;
        } else if (*p == '\n' || *p == '\r') {
            const uint8_t *next = dcf_xml_newline(x, p);
            if (text && *p == '\r') {
                if (!add_text(x, run, p, run) || !add_bytes(x, "\n", 1, p)) return false;
                run = next;
            }
            p = next - 1;
        } else if (*p != '\t') {
            return dcf_xml_broken(x, p);
        }
    }
    x->at = p + strlen(last);
    return !text || add_text(x, run, p, run);
}

/* Behind "<!--". */
static bool comment(dcf_xml *x)
{
    x->at += 4;
    if (!pass(x, "--", false)) return false;
    if (x->at == x->end || *x->at != '>') return dcf_xml_broken(x, x->at);
    x->at++;
    return true;
}

/* A processing instruction, which means nothing to us. */
static bool instruction(dcf_xml *x)
{
    const uint8_t *name = x->at + 2, *p = dcf_xml_name(name, x->end);
    if (p == name) return dcf_xml_broken(x, p);
    if (p - name == 3 && strncasecmp((const char *)name, "xml", 3) == 0)
        return dcf_xml_fail(x, x->at, DCF_FAULT_NOT_WELL_FORMED,
                            "an XML declaration that is not at the start");
    x->at = p;
    if (starts(x, p, "?>")) {
        x->at += 2;
        return true;
    }
    x->at = dcf_xml_space(x, p);
    if (x->at == p) return dcf_xml_broken(x, p);
    return pass(x, "?>", false);
}

/* --- tags ------------------------------------------------------------------------------------- */

static bool send_attribute(dcf_xml *x, const dcf_xml_attribute *a, const dcf_event *open,
                           const uint8_t *at)
{
    dcf_event e = {.kind = DCF_EV_ATTRIBUTE,
                   .ns = a->ns,
                   .local = a->local,
                   .value = a->value,
                   .line = open->line,
                   .column = open->column};
    if (e.local.size + e.ns.size > DCF_NAME_MAX)
        return dcf_xml_fail(x, at, DCF_FAULT_TEXT_TOO_LONG, "a name is too long");
    if (e.value.size > x->parse->limits.text)
        return dcf_xml_fail(x, at, DCF_FAULT_TEXT_TOO_LONG,
                            "an attribute is longer than the link allows");
    return dcf_parse_count(x->parse, e.line, e.column) && dcf_parse_emit(x->parse, &e);
}

static bool close_element(dcf_xml *x, const dcf_event *where)
{
    dcf_event e = {.kind = DCF_EV_CLOSE, .line = where->line, .column = where->column};
    x->parse->depth--;
    x->binding_count = x->elements[--x->element_count].bindings;
    x->had_children = true;
    x->payload = false;
    return dcf_parse_emit(x->parse, &e);
}

static bool open_element(dcf_xml *x)
{
    dcf_event e, where;
    bool empty;
    const uint8_t *at = x->at++;
    position(x, at, &where); /* before the line breaks inside the tag */
    if (!settle(x) || !flush_text(x, true, &where) || !dcf_xml_start_tag(x, &e, &empty))
        return false;
    e.line = where.line;
    e.column = where.column;
    if (e.local.size + e.ns.size > DCF_NAME_MAX)
        return dcf_xml_fail(x, at, DCF_FAULT_TEXT_TOO_LONG, "a name is too long");
    if (!dcf_parse_open(x->parse, e.line, e.column)) return false;
    x->open = e;
    x->pending = true;
    x->had_children = false;
    if (x->attribute_count == 0 && !empty) return true;
    if (!settle(x)) return false;
    for (size_t i = 0; i < x->attribute_count; i++)
        if (!send_attribute(x, &x->attributes[i], &e, at)) return false;
    position(x, x->at, &where);
    return !empty || close_element(x, &where);
}

/* An element that is nothing but a text. */
static bool leaf(dcf_xml *x, const dcf_event *where)
{
    dcf_event value = {
        .kind = DCF_EV_VALUE, .value = text_of(x), .line = where->line, .column = where->column};
    x->pending = false;
    x->had_children = true;
    x->payload = false;
    x->parse->payload = false;
    x->parse->depth--;
    x->binding_count = x->elements[--x->element_count].bindings;
    if (!dcf_parse_leaf(x->parse, &x->open, &value)) return false;
    x->plain.size = 0;
    dcf_buf_clear(&x->text);
    return true;
}

static bool end_tag(dcf_xml *x)
{
    const uint8_t *at = x->at, *name = at + 2;
    dcf_span open = x->elements[x->element_count - 1].name;
    if ((size_t)(x->end - name) < open.size)
        return dcf_xml_fail(x, at, DCF_FAULT_NOT_WELL_FORMED, "the document ends early");
    if (memcmp(name, open.data, open.size) != 0)
        return dcf_xml_fail(x, at, DCF_FAULT_NOT_WELL_FORMED, "mismatched tag");
    const uint8_t *p = name + open.size;
    dcf_event where;
    position(x, at, &where); /* before the line breaks inside the tag */
    if (p < x->end && *p != '>') p = dcf_xml_space(x, p);
    if (p == x->end || *p != '>') return dcf_xml_broken(x, p);
    x->at = p + 1;
    if (x->pending && text_of(x).size) return leaf(x, &where);
    return settle(x) && flush_text(x, x->had_children, &where) && close_element(x, &where);
}

/* --- the document ----------------------------------------------------------------------------- */

static bool content(dcf_xml *x)
{
    while (x->element_count) {
        const uint8_t *p = x->at;
        bool ok;
        if (p == x->end)
            return dcf_xml_fail(x, p, DCF_FAULT_NOT_WELL_FORMED, "the document ends early");
        if (*p == '&')
            ok = reference(x);
        else if (*p != '<')
            ok = plain_text(x);
        else if (starts(x, p, "</"))
            ok = end_tag(x);
        else if (starts(x, p, "<!--"))
            ok = comment(x);
        else if (starts(x, p, "<![CDATA["))
            x->at += 9, ok = pass(x, "]]>", true);
        else if (starts(x, p, "<?"))
            ok = instruction(x);
        else
            ok = open_element(x);
        if (!ok) return false;
    }
    return true;
}

/* White space, comments and instructions, before and after the root. */
static bool surroundings(dcf_xml *x)
{
    for (;;) {
        x->at = dcf_xml_space(x, x->at);
        if (starts(x, x->at, "<!--")) {
            if (!comment(x)) return false;
        } else if (starts(x, x->at, "<?")) {
            if (!instruction(x)) return false;
        } else {
            return true;
        }
    }
}

static bool document(dcf_xml *x)
{
    if (starts(x, x->at, "\xEF\xBB\xBF")) x->at += 3;
    if (!dcf_xml_declaration(x) || !surroundings(x)) return false;
    if (starts(x, x->at, "<!DOCTYPE"))
        return dcf_xml_fail(x, x->at, DCF_FAULT_DTD_REFUSED, "DOCTYPE");
    if (x->at == x->end || *x->at != '<') return dcf_xml_broken(x, x->at);
    if (!open_element(x) || !content(x) || !surroundings(x)) return false;
    return x->at == x->end ||
           dcf_xml_fail(x, x->at, DCF_FAULT_NOT_WELL_FORMED, "junk after the document's element");
}

/* U+FFFE and U+FFFF, which are UTF-8 and not XML. */
static const uint8_t *forbidden(dcf_span s)
{
    const uint8_t *end = s.data + s.size;
    for (const uint8_t *p = s.data; p < end && (p = memchr(p, 0xEF, (size_t)(end - p))); p++)
        if (end - p >= 3 && p[1] == 0xBF && p[2] >= 0xBE) return p;
    return NULL;
}

static bool check_bytes(dcf_xml *x, dcf_span s)
{
    x->ascii = dcf_utf8_ascii(s) == s.size;
    if (x->ascii) return true;
    size_t good = dcf_utf8_check(s);
    const uint8_t *no = good == s.size ? forbidden(s) : NULL;
    if (good == s.size && !no) return true;
    uint32_t line, column;
    dcf_text_position(s, no ? (size_t)(no - s.data) : good, &line, &column);
    line += x->line - 1;
    return no ? dcf_parse_fail(x->parse, DCF_FAULT_NOT_WELL_FORMED, line, column, "not XML here")
              : dcf_parse_fail(x->parse, DCF_FAULT_NOT_UTF8, line, column,
                               "a byte sequence is not UTF-8");
}

dcf_status dcf_xml_read_layer(dcf_parse *p, dcf_span s, uint32_t line)
{
    if (!s.data) s = dcf_span_str("");
    dcf_xml x = {.parse = p,
                 .at = s.data,
                 .end = s.data + s.size,
                 .line = line,
                 .line_start = s.data,
                 .counted = s.data};
    if (check_bytes(&x, s)) (void)document(&x);
    dcf_buf_fini(&x.text);
    return p->status;
}

dcf_status dcf_xml_read(dcf_parse *p, dcf_span document)
{
    dcf_span utf8;
    return dcf_xml_decode(p, document, &utf8) ? dcf_xml_read_layer(p, utf8, 1) : p->status;
}
