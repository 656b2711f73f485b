/* xml_encoding.c - what the bytes of a document are, by its first bytes and its declaration, as
 * XML 1.0 appendix F says; to UTF-8. */
#include "base/utf8.h"
#include "translate/charset.h"
#include "translate/xml_reader.h"

#include <strings.h>

static const struct {
    const char *name;
    dcf_charset charset;
} ENCODINGS[] = {
    {"UTF-8", DCF_CHARSET_UTF8},
    {"US-ASCII", DCF_CHARSET_US_ASCII},
    {"ISO-8859-1", DCF_CHARSET_ISO_8859_1},
    {"windows-1252", DCF_CHARSET_WINDOWS_1252},
    {"UTF-16", DCF_CHARSET_UTF16_LE},
    {"UTF-16", DCF_CHARSET_UTF16_BE},
    {"UTF-16LE", DCF_CHARSET_UTF16_LE},
    {"UTF-16BE", DCF_CHARSET_UTF16_BE},
};

/* What the first bytes of a document tell, which are a byte order mark or ASCII. */
typedef struct guess {
    dcf_charset charset;
    bool wide, sure; /* two bytes a unit; not to be overruled by what is declared */
} guess;

static dcf_span without_mark(dcf_span s)
{
    bool mark = s.size >= 3 && memcmp(s.data, "\xEF\xBB\xBF", 3) == 0;
    return mark ? dcf_span_of(s.data + 3, s.size - 3) : s;
}

static guess look(dcf_span s)
{
    bool big = s.size > 1 && (s.data[0] == 0 || (s.data[0] == 0xFE && s.data[1] == 0xFF));
    bool little = s.size > 1 && (s.data[1] == 0 || (s.data[0] == 0xFF && s.data[1] == 0xFE));
    if (big) return (guess){DCF_CHARSET_UTF16_BE, true, true};
    if (little) return (guess){DCF_CHARSET_UTF16_LE, true, true};
    return (guess){DCF_CHARSET_UTF8, false, without_mark(s).size != s.size};
}

/* The encoding that a document declares; empty: none. Whether the
 * declaration is one at all is for dcf_xml_declaration to say. */
static dcf_span declared(dcf_span s)
{
    static const char word[] = "encoding";
    if (s.size < 6 || memcmp(s.data, "<?xml", 5) != 0 || !dcf_is_space(s.data[5]))
        return (dcf_span){0};
    const uint8_t *end = memchr(s.data, '>', s.size);
    const uint8_t *p = end ? memmem(s.data, (size_t)(end - s.data), word, sizeof word - 1) : NULL;
    if (!p) return (dcf_span){0};
    p += sizeof word - 1;
    while (p < end && (dcf_is_space(*p) || *p == '=')) p++;
    const uint8_t *close = p < end ? memchr(p + 1, *p, (size_t)(end - p) - 1) : NULL;
    return close ? dcf_span_of(p + 1, (size_t)(close - p) - 1) : (dcf_span){0};
}

/* Whether the encoding of that name is read, and can be that of the bytes. */
static bool believe(dcf_span name, guess *g)
{
    if (name.size == 0) return true;
    for (size_t i = 0; i < sizeof ENCODINGS / sizeof ENCODINGS[0]; i++) {
        dcf_charset c = ENCODINGS[i].charset;
        bool same = name.size == strlen(ENCODINGS[i].name) &&
                    strncasecmp((const char *)name.data, ENCODINGS[i].name, name.size) == 0;
        if (!same || (g->sure ? c != g->charset : c >= DCF_CHARSET_UTF16_LE)) continue;
        g->charset = c;
        return true;
    }
    return false;
}

static bool decode(dcf_parse *p, dcf_charset charset, dcf_span s, dcf_span *ret)
{
    size_t bad;
    uint32_t line, column;
    if (charset == DCF_CHARSET_UTF8) return true; /* checked as it is read */
    if (!dcf_charset_decode(charset, s, p->arena, ret, &bad)) {
        p->status = DCF_ERR(NOMEM);
        return false;
    }
    if (bad == s.size) return true;
    dcf_text_position(s, bad, &line, &column);
    return dcf_parse_fail(p, DCF_FAULT_BAD_ENCODING, line, column,
                          "a byte that the encoding does not have");
}

bool dcf_xml_decode(dcf_parse *p, dcf_span document, dcf_span *ret)
{
    guess g = look(document);
    *ret = document;
    if (document.size > p->limits.bytes)
        return dcf_parse_fail(p, DCF_FAULT_TOO_LARGE, 0, 0, "more bytes than the link allows");
    if (g.wide && !decode(p, g.charset, document, ret)) return false;
    if (!believe(declared(without_mark(*ret)), &g))
        return dcf_parse_fail(p, DCF_FAULT_BAD_ENCODING, 1, 1,
                              "one is declared that is not read, or is not that of the bytes");
    return g.wide || decode(p, g.charset, document, ret);
}
