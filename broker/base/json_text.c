/* json_text.c - see json_text.h. */
#include "base/json_text.h"

static const char *short_escape(uint8_t c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

void dcf_json_string(dcf_buf *out, dcf_span s)
{
    dcf_buf_addc(out, '"');
    size_t from = 0;
    for (size_t i = 0; i < s.size; i++) {
        uint8_t c = s.data[i];
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        dcf_buf_add(out, dcf_span_of(s.data + from, i - from));
        const char *escape = short_escape(c);
        if (escape)
            dcf_buf_adds(out, escape);
        else
            dcf_buf_printf(out, "\\u%04x", (unsigned)c);
        from = i + 1;
    }
    if (s.size > from) dcf_buf_add(out, dcf_span_of(s.data + from, s.size - from));
    dcf_buf_addc(out, '"');
}

void dcf_json_pair(dcf_buf *out, bool first, const char *key, const char *value)
{
    if (!first) dcf_buf_addc(out, ',');
    dcf_json_string(out, dcf_span_str(key));
    dcf_buf_addc(out, ':');
    dcf_json_string(out, dcf_span_str(value));
}
