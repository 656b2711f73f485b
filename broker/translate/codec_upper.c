/*
 * codec_upper.c - a text where the native format allows no lower case (TWIF UniqueIdType,
 * pattern [^a-z]*), without losing which letters were small: ids must come back as they went.
 *
 * '~' turns the letters after it small, the next '~' capital again, "~~" is a tilde:
 * "d3f-A1" is "~D3F-~A1". A text that needs none of this stands for itself, so another
 * system's own ids pass untouched.
 */
#include "translate/codec.h"

static bool is_small(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_capital(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

/* The marked form; out has room for twice the text and a NUL. */
static size_t mark(dcf_span s, char *out)
{
    size_t n = 0;
    bool small = false;
    for (size_t i = 0; i < s.size; i++) {
        uint8_t c = s.data[i];
        if (small ? is_capital(c) : is_small(c)) {
            out[n++] = '~';
            small = !small;
        }
        if (c == '~') out[n++] = '~';
        out[n++] = (char)(is_small(c) ? c - 'a' + 'A' : c);
    }
    return n;
}

/* What the marks say; never longer than the text. */
static size_t unmark(dcf_span s, char *out)
{
    size_t n = 0;
    bool small = false;
    for (size_t i = 0; i < s.size; i++) {
        uint8_t c = s.data[i];
        if (c == '~' && i + 1 < s.size && s.data[i + 1] == '~') {
            out[n++] = '~';
            i++;
        } else if (c == '~') {
            small = !small;
        } else {
            out[n++] = (char)(small && is_capital(c) ? c - 'A' + 'a' : c);
        }
    }
    return n;
}

/* Whether the text is one that writing makes of another. */
static bool is_marked(dcf_arena *a, dcf_span s, dcf_span *ret)
{
    if (!s.size || !memchr(s.data, '~', s.size)) return false;
    char *plain = dcf_arena_alloc(a, s.size + 1), *again = dcf_arena_alloc(a, 2 * s.size + 1);
    if (!plain || !again) return false;
    *ret = dcf_span_of(plain, unmark(s, plain));
    return dcf_span_eq(dcf_span_of(again, mark(*ret, again)), s);
}

dcf_codec_result dcf_upper_read(const dcf_codec_in *in, const char **ret)
{
    dcf_span s = dcf_span_trim(in->text), plain;
    return dcf_codec_copy(in->arena, is_marked(in->arena, s, &plain) ? plain : s, ret);
}

dcf_codec_result dcf_upper_write(const dcf_codec_in *in, const char **ret)
{
    dcf_span s = in->text, plain;
    bool small = false;
    for (size_t i = 0; i < s.size; i++) small = small || is_small(s.data[i]);
    if (!small && !is_marked(in->arena, s, &plain)) return dcf_codec_copy(in->arena, s, ret);
    char *out = dcf_arena_alloc(in->arena, 2 * s.size + 1);
    if (!out) return DCF_CODEC_NOMEM;
    mark(s, out);
    *ret = out;
    return DCF_CODEC_OK;
}
