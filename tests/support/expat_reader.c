/* expat_reader.c - XML to events by expat: what the reader of the broker is measured against. */
#include "expat_reader.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "translate/event.h"

#include <expat.h>
#include <iconv.h>
#include <limits.h>
#include <strings.h>

/* Between namespace and local name in what expat hands over: no character of XML, so in no name. */
enum { NS_SEPARATOR = '\1' };

typedef struct xml_reader {
    dcf_parse *parse;
    XML_Parser expat;
    dcf_buf text;      /* character data since the last tag */
    bool payload;      /* that text is a document: only the size limit holds */
    bool had_children; /* the element that is open has (so blank text is layout) */
    bool mark;         /* the document begins with a byte order mark of UTF-8 */
    bool stopped;
} xml_reader;

static uint32_t line_of(const xml_reader *x)
{
    return (uint32_t)XML_GetCurrentLineNumber(x->expat);
}

static uint32_t column_of(const xml_reader *x)
{
    return (uint32_t)XML_GetCurrentColumnNumber(x->expat) + 1;
}

static void stop(xml_reader *x)
{
    x->stopped = true;
    XML_StopParser(x->expat, XML_FALSE);
}

static void fail(xml_reader *x, dcf_fault_code code, const char *detail)
{
    (void)dcf_parse_fail(x->parse, code, line_of(x), column_of(x), detail);
    stop(x);
}

static void emit(xml_reader *x, dcf_event e)
{
    e.line = line_of(x);
    e.column = column_of(x);
    if (dcf_emit(x->parse->sink, &e)) return;
    if (dcf_ok(x->parse->status)) x->parse->status = DCF_ERR(BUG); /* a sink that stops says why */
    stop(x);
}

static bool blank(dcf_span s)
{
    return dcf_span_trim(s).size == 0;
}

/* Hands over the text collected so far; blank text beside elements is layout. */
static void flush_text(xml_reader *x, bool beside_elements)
{
    dcf_span s = dcf_buf_span(&x->text);
    if (s.size && !(beside_elements && blank(s)))
        emit(x, (dcf_event){.kind = DCF_EV_VALUE, .value = s});
    dcf_buf_clear(&x->text);
}

static void split_name(const char *name, dcf_event *e)
{
    const char *mark = strchr(name, NS_SEPARATOR);
    e->ns = mark ? dcf_span_of(name, (size_t)(mark - name)) : (dcf_span){0};
    e->local = dcf_span_str(mark ? mark + 1 : name);
}

static bool name_fits(xml_reader *x, const char *name)
{
    if (strnlen(name, DCF_NAME_MAX + 1) <= DCF_NAME_MAX) return true;
    fail(x, DCF_FAULT_TEXT_TOO_LONG, "a name is too long");
    return false;
}

static void on_attribute(xml_reader *x, const char *name, const char *value)
{
    dcf_event e = {.kind = DCF_EV_ATTRIBUTE, .value = dcf_span_str(value)};
    if (!name_fits(x, name)) return;
    if (e.value.size > x->parse->limits.text) {
        fail(x, DCF_FAULT_TEXT_TOO_LONG, "an attribute is longer than the link allows");
        return;
    }
    if (!dcf_parse_count(x->parse, line_of(x), column_of(x))) {
        stop(x);
        return;
    }
    split_name(name, &e);
    emit(x, e);
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    xml_reader *x = user;
    if (!x->stopped) flush_text(x, true);
    if (x->stopped || !name_fits(x, name)) return;
    if (!dcf_parse_open(x->parse, line_of(x), column_of(x))) {
        stop(x);
        return;
    }
    dcf_event e = {.kind = DCF_EV_OPEN};
    split_name(name, &e);
    x->parse->payload = false;
    emit(x, e);
    x->payload = x->parse->payload;
    x->had_children = false;
    for (; *attributes && !x->stopped; attributes += 2)
        on_attribute(x, attributes[0], attributes[1]);
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
    (void)name;
    xml_reader *x = user;
    if (!x->stopped) flush_text(x, x->had_children);
    if (x->stopped) return;
    x->parse->depth--;
    x->had_children = true;
    x->payload = false;
    emit(x, (dcf_event){.kind = DCF_EV_CLOSE});
}

static void XMLCALL on_text(void *user, const XML_Char *text, int size)
{
    xml_reader *x = user;
    if (x->stopped) return;
    size_t limit = x->payload ? x->parse->limits.bytes : x->parse->limits.text;
    dcf_buf_add(&x->text, dcf_span_of(text, (size_t)size));
    if (x->text.failed) {
        x->parse->status = DCF_ERR(NOMEM);
        stop(x);
    } else if (x->text.size > limit) {
        fail(x, DCF_FAULT_TEXT_TOO_LONG, "a text is longer than the link allows");
    }
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_internal_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
    xml_reader *x = user;
    if (!x->stopped) fail(x, DCF_FAULT_DTD_REFUSED, "DOCTYPE");
}

/* windows-1252, which expat leaves to others. */
static int XMLCALL on_encoding(void *self, const XML_Char *name, XML_Encoding *ret)
{
    (void)self;
    if (strcasecmp(name, "windows-1252") != 0) return XML_STATUS_ERROR;
    iconv_t to = iconv_open("UTF-16LE", "WINDOWS-1252");
    for (int i = 0; i < 256; i++) {
        char byte = (char)i, *in = &byte, unit[2], *out = unit;
        size_t left = 1, room = sizeof unit;
        bool known = iconv(to, &in, &left, &out, &room) != (size_t)-1;
        ret->map[i] = known ? (uint8_t)unit[0] | (uint8_t)unit[1] << 8 : -1;
    }
    iconv_close(to);
    return XML_STATUS_OK;
}

/* A mark of UTF-8 before another encoding: expat goes by the latter, the reader by neither. */
static void XMLCALL on_declaration(void *user, const XML_Char *version, const XML_Char *encoding,
                                   int standalone)
{
    (void)version, (void)standalone;
    xml_reader *x = user;
    if (encoding && x->mark && !x->stopped && strcasecmp(encoding, "UTF-8") != 0)
        fail(x, DCF_FAULT_BAD_ENCODING, "another encoding is declared");
}

static void run(xml_reader *x, dcf_span document)
{
    XML_SetUserData(x->expat, x);
    XML_SetElementHandler(x->expat, on_start, on_end);
    XML_SetCharacterDataHandler(x->expat, on_text);
    XML_SetStartDoctypeDeclHandler(x->expat, on_doctype);
    XML_SetXmlDeclHandler(x->expat, on_declaration);
    if (XML_Parse(x->expat, (const char *)document.data, (int)document.size, 1) == XML_STATUS_OK ||
        x->stopped)
        return;
    enum XML_Error error = XML_GetErrorCode(x->expat);
    if (error == XML_ERROR_NO_MEMORY)
        x->parse->status = DCF_ERR(NOMEM);
    else
        fail(x, DCF_FAULT_NOT_WELL_FORMED, XML_ErrorString(error));
}

dcf_status expat_read(dcf_parse *p, dcf_span document)
{
    if (document.size > p->limits.bytes || document.size > INT_MAX) {
        (void)dcf_parse_fail(p, DCF_FAULT_TOO_LARGE, 0, 0, "more bytes than the link allows");
        return p->status;
    }
    xml_reader x = {.parse = p,
                    .mark = document.size >= 3 && memcmp(document.data, "\xEF\xBB\xBF", 3) == 0};
    x.expat = XML_ParserCreateNS(NULL, NS_SEPARATOR);
    if (!x.expat) return DCF_ERR(NOMEM);
    XML_SetUnknownEncodingHandler(x.expat, on_encoding, NULL);
    run(&x, document.size ? document : dcf_span_str(""));
    XML_ParserFree(x.expat);
    dcf_buf_fini(&x.text);
    return p->status;
}
