/* xml_reference.c - references in XML: characters by number, and the five entities there are. */
#include "base/utf8.h"
#include "translate/xml_reader.h"

static int digit_of(uint8_t c, uint32_t base)
{
    if (c >= '0' && c <= '9') return c - '0';
    uint8_t lower = c | 0x20;
    return base == 16 && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool is_character(uint32_t c)
{
    if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
    return c < 0xD800 || (c > 0xDFFF && c != 0xFFFE && c != 0xFFFF && c < 0x110000);
}

/* Behind "&#": digits, or x and hexadecimal digits, and a semicolon. */
static const uint8_t *by_number(const uint8_t *p, const uint8_t *end, uint8_t out[4],
                                size_t *ret_size)
{
    uint32_t c = 0, base = 10;
    if (p < end && *p == 'x') p++, base = 16;
    const uint8_t *start = p;
    for (int digit; p < end && (digit = digit_of(*p, base)) >= 0; p++)
        if (c < 0x110000) c = c * base + (uint32_t)digit;
    if (p == start || p == end || *p != ';' || !is_character(c)) return NULL;
    *ret_size = dcf_utf8_encode(c, out);
    return p + 1;
}

const uint8_t *dcf_xml_reference(const uint8_t *p, const uint8_t *end, uint8_t out[4],
                                 size_t *ret_size)
{
    static const struct {
        const char *text;
        uint8_t character;
    } known[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
    if (end - p >= 2 && p[1] == '#') return by_number(p + 2, end, out, ret_size);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i].text);
        if ((size_t)(end - p) < n || memcmp(p, known[i].text, n) != 0) continue;
        out[0] = known[i].character;
        *ret_size = 1;
        return p + n;
    }
    return NULL;
}

bool dcf_xml_unescape(dcf_span s, dcf_buf *out)
{
    const uint8_t *p = s.data, *end = s.data + s.size;
    while (p < end) {
        const uint8_t *stop = memchr(p, '&', (size_t)(end - p));
        uint8_t bytes[4];
        size_t size = 0;
        if (!stop) stop = end;
        if (memchr(p, '<', (size_t)(stop - p))) return false; /* a tag is no escaped text */
        dcf_buf_add(out, dcf_span_of(p, (size_t)(stop - p)));
        p = stop < end ? dcf_xml_reference(stop, end, bytes, &size) : end;
        if (!p) return false;
        dcf_buf_add(out, dcf_span_of(bytes, size));
    }
    return !out->failed;
}
