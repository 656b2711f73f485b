/* json_reader.c - JSON to events: RFC 8259 and nothing more, iterative, every limit kept. */
#include "base/arena.h"
#include "base/buf.h"
#include "translate/event.h"
#include "translate/scan.h"
#include "translate/utf8.h"

#include <stdlib.h>

typedef struct json_key {
    dcf_span name;
    uint32_t line, column;
} json_key;

typedef struct json_frame {
    bool array;
    bool any;         /* has a member or item already */
    dcf_span name;    /* array: of its items */
    size_t keys_from; /* object: its first key on the key stack */
    uint64_t seen;    /* object: a bit of 64 for each key */
} json_frame;

typedef struct json_reader {
    dcf_parse *parse;
    dcf_span doc;
    size_t at;
    uint32_t line;
    size_t line_start; /* offset of the line's first byte */
    json_frame *frames;
    size_t frame_count, frame_capacity;
    json_key *keys; /* of all open objects, innermost last */
    size_t key_count, key_capacity;
    dcf_buf text; /* a string that had escapes */
} json_reader;

static uint32_t column_of(const json_reader *j)
{
    return (uint32_t)(j->at - j->line_start) + 1;
}

static bool fail(json_reader *j, dcf_fault_code code, const char *detail)
{
    return dcf_parse_fail(j->parse, code, j->line, column_of(j), detail);
}

static bool no_memory(json_reader *j)
{
    j->parse->status = DCF_ERR(NOMEM);
    return false;
}

static int peek(const json_reader *j)
{
    return j->at < j->doc.size ? j->doc.data[j->at] : -1;
}

static bool broken(json_reader *j)
{
    return fail(j, DCF_FAULT_NOT_WELL_FORMED,
                peek(j) < 0 ? "the document ends early" : "not JSON here");
}

static void pass_space(json_reader *j)
{
    for (;; j->at++) {
        int c = peek(j);
        if (c == '\n') {
            j->line++;
            j->line_start = j->at + 1;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            return; /* the end, or a control character */
        }
    }
}

static inline void skip_space(json_reader *j)
{
    if (j->at >= j->doc.size || j->doc.data[j->at] <= ' ') pass_space(j);
}

static bool expect(json_reader *j, char c)
{
    skip_space(j);
    if (peek(j) != c) return broken(j);
    j->at++;
    return true;
}

static bool emit(json_reader *j, dcf_event e, size_t at)
{
    e.line = j->line;
    e.column = (uint32_t)(at - j->line_start) + 1;
    return dcf_parse_emit(j->parse, &e);
}

/* --- strings ----------------------------------------------------------------- */

static bool hex4(json_reader *j, uint32_t *ret)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++, j->at++) {
        int c = peek(j);
        if (c >= '0' && c <= '9')
            v = v << 4 | (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            v = v << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return broken(j);
    }
    *ret = v;
    return true;
}

/* After "\u". */
static bool unicode_escape(json_reader *j)
{
    uint32_t c = 0, low = 0;
    if (!hex4(j, &c)) return false;
    if (c == 0) return fail(j, DCF_FAULT_FORBIDDEN_CHARACTER, "\\u0000");
    if (c >= 0xD800 && c <= 0xDBFF && peek(j) == '\\' && j->at + 1 < j->doc.size &&
        j->doc.data[j->at + 1] == 'u') {
        j->at += 2;
        if (!hex4(j, &low)) return false;
        if (low < 0xDC00 || low > 0xDFFF)
            return fail(j, DCF_FAULT_FORBIDDEN_CHARACTER, "a lone surrogate");
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    if (c >= 0xD800 && c <= 0xDFFF)
        return fail(j, DCF_FAULT_FORBIDDEN_CHARACTER, "a lone surrogate");
    uint8_t out[4];
    dcf_buf_add(&j->text, dcf_span_of(out, dcf_utf8_encode(c, out)));
    return true;
}

static bool escape(json_reader *j)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    j->at++; /* the backslash */
    int c = peek(j);
    if (c == 'u') {
        j->at++;
        return unicode_escape(j);
    }
    const char *found = c > 0 ? strchr(from, c) : NULL;
    if (!found) return broken(j);
    dcf_buf_addc(&j->text, to[found - from]);
    j->at++;
    return true;
}

/* Bytes that stand for themselves, up to a quote, backslash, control character or the end. */
static inline dcf_span plain_run(json_reader *j)
{
    const uint8_t *start = j->doc.data + j->at;
    const uint8_t *stop = dcf_scan(start, j->doc.data + j->doc.size, '"', '\\', '"');
    j->at += (size_t)(stop - start);
    return dcf_span_of(start, (size_t)(stop - start));
}

/* A string that has escapes or is no good; s: what was read of it. */
static bool other_string(json_reader *j, size_t limit, dcf_span s, dcf_span *ret)
{
    if (peek(j) == '\\') {
        dcf_buf_clear(&j->text);
        dcf_buf_add(&j->text, s);
        while (peek(j) == '\\') {
            if (j->text.size > limit) break;
            if (!escape(j)) return false;
            dcf_buf_add(&j->text, plain_run(j));
        }
        if (j->text.failed) return no_memory(j);
        s = dcf_buf_span(&j->text);
    }
    if (s.size > limit)
        return fail(j, DCF_FAULT_TEXT_TOO_LONG, "a text is longer than the link allows");
    if (peek(j) == 0) return fail(j, DCF_FAULT_FORBIDDEN_CHARACTER, "NUL");
    if (peek(j) != '"') return broken(j);
    j->at++;
    *ret = s;
    return true;
}

/* A string; *ret points into the document, or into j->text when it had escapes. */
static bool string(json_reader *j, size_t limit, dcf_span *ret)
{
    j->at++; /* the quote */
    dcf_span s = plain_run(j);
    if (peek(j) != '"' || s.size > limit) return other_string(j, limit, s, ret);
    j->at++;
    *ret = s;
    return true;
}

/* --- plain values -------------------------------------------------------------- */

static size_t digits(json_reader *j)
{
    size_t start = j->at;
    while (peek(j) >= '0' && peek(j) <= '9') j->at++;
    return j->at - start;
}

static bool number(json_reader *j, dcf_span *ret)
{
    size_t start = j->at;
    if (peek(j) == '-') j->at++;
    bool zero = peek(j) == '0';
    size_t n = digits(j);
    if (n == 0 || (zero && n > 1)) return broken(j);
    if (peek(j) == '.') {
        j->at++;
        if (digits(j) == 0) return broken(j);
    }
    if (peek(j) == 'e' || peek(j) == 'E') {
        j->at++;
        if (peek(j) == '+' || peek(j) == '-') j->at++;
        if (digits(j) == 0) return broken(j);
    }
    *ret = dcf_span_of(j->doc.data + start, j->at - start);
    if (ret->size > j->parse->limits.text)
        return fail(j, DCF_FAULT_TEXT_TOO_LONG, "a number is longer than the link allows");
    return true;
}

static bool word(json_reader *j, const char *w, dcf_span *ret)
{
    size_t n = strlen(w);
    if (j->doc.size - j->at < n || memcmp(j->doc.data + j->at, w, n) != 0) return broken(j);
    *ret = dcf_span_of(j->doc.data + j->at, n);
    j->at += n;
    return true;
}

static bool plain_value(json_reader *j, dcf_event *e)
{
    int c = peek(j);
    if (c == '"') return string(j, j->parse->limits.text, &e->value);
    e->value_kind = c == 't' || c == 'f' ? DCF_VALUE_BOOLEAN
                    : c == 'n'           ? DCF_VALUE_NULL
                                         : DCF_VALUE_NUMBER;
    if (c == 't') return word(j, "true", &e->value);
    if (c == 'f') return word(j, "false", &e->value);
    if (c == 'n') return word(j, "null", &e->value);
    return number(j, &e->value);
}

/* --- objects and arrays ---------------------------------------------------------- */

static bool push(json_reader *j, json_frame frame)
{
    if (j->frame_count == j->frame_capacity) {
        size_t capacity = j->frame_capacity ? j->frame_capacity * 2 : 16;
        json_frame *frames =
            dcf_arena_grow(j->parse->arena, j->frames, j->frame_count, capacity, sizeof *frames);
        if (!frames) return no_memory(j);
        j->frames = frames;
        j->frame_capacity = capacity;
    }
    frame.keys_from = j->key_count;
    j->frames[j->frame_count++] = frame;
    return true;
}

static bool push_key(json_reader *j, json_key key)
{
    if (j->key_count == j->key_capacity) {
        size_t capacity = j->key_capacity ? j->key_capacity * 2 : 32;
        json_key *keys =
            dcf_arena_grow(j->parse->arena, j->keys, j->key_count, capacity, sizeof *keys);
        if (!keys) return no_memory(j);
        j->keys = keys;
        j->key_capacity = capacity;
    }
    j->keys[j->key_count++] = key;
    return true;
}

static int by_name(const void *a, const void *b)
{
    const json_key *x = a, *y = b;
    if (x->name.size != y->name.size) return x->name.size < y->name.size ? -1 : 1;
    return x->name.size ? memcmp(x->name.data, y->name.data, x->name.size) : 0;
}

/* Objects of up to so many keys are looked through at each key, larger ones sorted at their end. */
enum { KEYS_FEW = 64 };

static bool seen_before(json_reader *j, dcf_span name)
{
    json_frame *f = &j->frames[j->frame_count - 1];
    unsigned mix = name.size ? name.data[0] * 5U + name.data[name.size - 1] : 0;
    uint64_t bit = 1ULL << ((mix + (unsigned)name.size * 11U) % 64);
    bool maybe = f->seen & bit && j->key_count - f->keys_from <= KEYS_FEW;
    f->seen |= bit;
    for (size_t i = f->keys_from; maybe && i < j->key_count; i++)
        if (dcf_span_eq(j->keys[i].name, name)) return true;
    return false;
}

/* Sorting costs n log n whatever the keys are: nothing to attack. */
static bool keys_differ(json_reader *j, size_t from)
{
    size_t n = j->key_count - from;
    if (n <= KEYS_FEW) {
        j->key_count = from;
        return true;
    }
    json_key *keys = j->keys + from;
    qsort(keys, n, sizeof *keys, by_name);
    for (size_t i = 1; i < n; i++)
        if (by_name(&keys[i - 1], &keys[i]) == 0)
            return dcf_parse_fail(j->parse, DCF_FAULT_DUPLICATE_KEY, keys[i].line, keys[i].column,
                                  "a key stands twice");
    j->key_count = from;
    return true;
}

static bool value(json_reader *j, dcf_span name, bool in_array)
{
    skip_space(j);
    size_t at = j->at;
    int c = peek(j);
    if (c == '[' && in_array) return fail(j, DCF_FAULT_WRONG_KIND, "an array inside an array");
    if (c == '[') {
        j->at++;
        return push(j, (json_frame){.array = true, .name = name});
    }
    if (!dcf_parse_open(j->parse, j->line, column_of(j))) return false;
    dcf_event open = {.kind = DCF_EV_OPEN,
                      .local = name,
                      .array = in_array,
                      .shape = c == '{' ? DCF_SHAPE_OBJECT : DCF_SHAPE_SCALAR};
    if (c == '{') {
        j->at++;
        return emit(j, open, at) && push(j, (json_frame){0});
    }
    dcf_event e = {.kind = DCF_EV_VALUE, .line = j->line};
    e.column = open.column = (uint32_t)(at - j->line_start) + 1;
    open.line = j->line;
    if (!plain_value(j, &e)) return false; /* before OPEN: a broken value opens nothing */
    j->parse->depth--;
    return dcf_parse_leaf(j->parse, &open, &e);
}

static bool member(json_reader *j)
{
    if (peek(j) != '"') return broken(j);
    json_key key = {.line = j->line, .column = column_of(j)};
    if (!string(j, DCF_NAME_MAX, &key.name)) return false;
    if (key.name.size &&
        key.name.data == j->text.data) { /* had escapes: outlive the scratch buffer */
        key.name.data = (const uint8_t *)dcf_arena_str(j->parse->arena, key.name);
        if (!key.name.data) return no_memory(j);
    }
    if (seen_before(j, key.name))
        return dcf_parse_fail(j->parse, DCF_FAULT_DUPLICATE_KEY, key.line, key.column,
                              "a key stands twice");
    return push_key(j, key) && expect(j, ':') && value(j, key.name, false);
}

static bool close_frame(json_reader *j)
{
    json_frame *f = &j->frames[j->frame_count - 1];
    size_t at = j->at++;
    bool array = f->array;
    if (!array && !keys_differ(j, f->keys_from)) return false;
    j->frame_count--;
    if (array) return true;
    j->parse->depth--;
    return emit(j, (dcf_event){.kind = DCF_EV_CLOSE}, at);
}

/* One member, one item or one end. */
static bool step(json_reader *j)
{
    json_frame *f = &j->frames[j->frame_count - 1];
    skip_space(j);
    if (peek(j) == (f->array ? ']' : '}')) return close_frame(j);
    if (f->any) {
        if (!expect(j, ',')) return false;
        skip_space(j);
    }
    f->any = true;
    return f->array ? value(j, f->name, true) : member(j);
}

static bool document(json_reader *j)
{
    if (j->doc.size >= 3 && memcmp(j->doc.data, "\xEF\xBB\xBF", 3) == 0) j->at = j->line_start = 3;
    skip_space(j);
    if (peek(j) == '[') return fail(j, DCF_FAULT_WRONG_KIND, "the document must be an object");
    if (peek(j) != '{') return broken(j);
    if (!value(j, dcf_span_str(""), false)) return false;
    while (j->frame_count)
        if (!step(j)) return false;
    skip_space(j);
    return j->at == j->doc.size ||
           fail(j, DCF_FAULT_NOT_WELL_FORMED, "bytes after the end of the document");
}

dcf_status dcf_json_read(dcf_parse *p, dcf_span doc)
{
    json_reader j = {.parse = p, .doc = doc, .line = 1};
    if (doc.size > p->limits.bytes) {
        (void)dcf_parse_fail(p, DCF_FAULT_TOO_LARGE, 0, 0, "more bytes than the link allows");
        return p->status;
    }
    size_t good = dcf_utf8_check(doc);
    if (good < doc.size) {
        uint32_t line, column;
        dcf_text_position(doc, good, &line, &column);
        (void)dcf_parse_fail(p, DCF_FAULT_NOT_UTF8, line, column, "a byte sequence is not UTF-8");
        return p->status;
    }
    (void)document(&j);
    dcf_buf_fini(&j.text);
    return p->status;
}
