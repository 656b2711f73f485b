/* json_reader.c - JSON to events: RFC 8259 and nothing more, iterative, every limit kept. */
#include "base/arena.h"
#include "base/utf8.h"
#include "translate/event.h"
#include "translate/scan.h"

#include <stdlib.h>

typedef struct json_frame {
    bool array;
    bool inner;       /* array: an item itself, of the array around it */
    bool any;         /* has a member or item already */
    dcf_span name;    /* array: of its items */
    size_t keys_from; /* object: its first key on the key stack */
    uint64_t seen;    /* object: a bit of 64 for each key */
} json_frame;

typedef struct json_reader {
    dcf_parse *parse;
    dcf_span document;
    uint8_t *copy, *p;  /* in a copy of the document, where texts are unescaped and end in NUL */
    const uint8_t *end; /* of it: a NUL, and room for a scan to look beyond */
    const uint8_t *line_start;
    uint32_t line;
    json_frame *frames;
    size_t frame_count, frame_capacity;
    dcf_span *keys; /* of all open objects, innermost last */
    size_t key_count, key_capacity;
    dcf_event open, value; /* the present ones, told by address: most of them never changes */
} json_reader;

enum { BEYOND = 16 };
_Static_assert(BEYOND >= (int)DCF_SCAN_BLOCK, "a scan looks no further");

static uint32_t column_of(const json_reader *j)
{
    return (uint32_t)(j->p - j->line_start) + 1;
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

static bool broken(json_reader *j)
{
    return fail(j, DCF_FAULT_NOT_WELL_FORMED,
                j->p == j->end ? "the document ends early" : "not JSON here");
}

static void pass_space(json_reader *j)
{
    for (;; j->p++) {
        if (*j->p == '\n') {
            j->line++;
            j->line_start = j->p + 1;
        } else if (*j->p != ' ' && *j->p != '\t' && *j->p != '\r') {
            return; /* the end, or a control character */
        }
    }
}

/* What comes after white space; 0 at the end. */
static inline uint8_t next(json_reader *j)
{
    if (*j->p <= ' ') pass_space(j);
    return *j->p;
}

static bool expect(json_reader *j, uint8_t c)
{
    if (next(j) != c) return broken(j);
    j->p++;
    return true;
}

/* --- strings ----------------------------------------------------------------- */

static bool hex4(json_reader *j, uint32_t *ret)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++, j->p++) {
        int c = *j->p;
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
static bool unicode_escape(json_reader *j, uint8_t **to)
{
    uint32_t c = 0, low = 0;
    if (!hex4(j, &c)) return false;
    if (c == 0) return fail(j, DCF_FAULT_FORBIDDEN_CHARACTER, "\\u0000");
    if (c >= 0xD800 && c <= 0xDBFF && j->p[0] == '\\' && j->p[1] == 'u') {
        j->p += 2;
        if (!hex4(j, &low)) return false;
        if (low < 0xDC00 || low > 0xDFFF)
            return fail(j, DCF_FAULT_FORBIDDEN_CHARACTER, "a lone surrogate");
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    if (c >= 0xD800 && c <= 0xDFFF)
        return fail(j, DCF_FAULT_FORBIDDEN_CHARACTER, "a lone surrogate");
    *to += dcf_utf8_encode(c, *to);
    return true;
}

/* What it stands for is shorter, and written over what was read: *to moves behind it. */
static bool escape(json_reader *j, uint8_t **to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    j->p++; /* the backslash */
    if (*j->p == 'u') {
        j->p++;
        return unicode_escape(j, to);
    }
    const char *found = *j->p ? strchr(from, *j->p) : NULL;
    if (!found) return broken(j);
    *(*to)++ = (uint8_t)into[found - from];
    j->p++;
    return true;
}

/* Passes bytes that stand for themselves, up to a quote, backslash, control character or the end.
 */
static inline void pass_plain(json_reader *j)
{
    j->p += dcf_scan_ended(j->p, '"', '\\') - j->p;
}

/* A string that has escapes or is no good, of which the text up to j->p was read. */
static bool other_string(json_reader *j, size_t limit, uint8_t *text, dcf_span *ret)
{
    uint8_t *to = j->p;
    while (*j->p == '\\' && (size_t)(to - text) <= limit) {
        if (!escape(j, &to)) return false;
        const uint8_t *run = j->p;
        pass_plain(j);
        memmove(to, run, (size_t)(j->p - run));
        to += j->p - run;
    }
    if ((size_t)(to - text) > limit)
        return fail(j, DCF_FAULT_TEXT_TOO_LONG, "a text is longer than the link allows");
    if (*j->p == 0 && j->p < j->end) return fail(j, DCF_FAULT_FORBIDDEN_CHARACTER, "NUL");
    if (*j->p != '"') return broken(j);
    j->p++;
    *to = 0;
    *ret = dcf_span_of(text, (size_t)(to - text));
    return true;
}

/* A string, NUL behind it. */
static inline bool string(json_reader *j, size_t limit, dcf_span *ret)
{
    uint8_t *text = ++j->p; /* the quote */
    pass_plain(j);
    size_t size = (size_t)(j->p - text);
    if (*j->p != '"' || size > limit) return other_string(j, limit, text, ret);
    *j->p++ = 0;
    *ret = dcf_span_of(text, size);
    return true;
}

/* --- plain values -------------------------------------------------------------- */

static size_t digits(json_reader *j)
{
    const uint8_t *start = j->p;
    while (*j->p >= '0' && *j->p <= '9') j->p++;
    return (size_t)(j->p - start);
}

static bool number(json_reader *j, dcf_span *ret)
{
    const uint8_t *start = j->p;
    if (*j->p == '-') j->p++;
    bool zero = *j->p == '0';
    size_t n = digits(j);
    if (n == 0 || (zero && n > 1)) return broken(j);
    if (*j->p == '.') {
        j->p++;
        if (digits(j) == 0) return broken(j);
    }
    if (*j->p == 'e' || *j->p == 'E') {
        j->p++;
        if (*j->p == '+' || *j->p == '-') j->p++;
        if (digits(j) == 0) return broken(j);
    }
    *ret = dcf_span_of(start, (size_t)(j->p - start));
    if (ret->size > j->parse->limits.text)
        return fail(j, DCF_FAULT_TEXT_TOO_LONG, "a number is longer than the link allows");
    return true;
}

static bool word(json_reader *j, const char *w, dcf_span *ret)
{
    size_t n = strlen(w);
    if (memcmp(j->p, w, n) != 0) return broken(j);
    *ret = dcf_span_of(j->p, n);
    j->p += n;
    return true;
}

static bool plain_value(json_reader *j, uint8_t c, dcf_event *e)
{
    e->value_kind = DCF_VALUE_TEXT;
    e->lasting = c == '"';
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

static bool push_key(json_reader *j, dcf_span key)
{
    if (j->key_count == j->key_capacity) {
        size_t capacity = j->key_capacity ? j->key_capacity * 2 : 32;
        dcf_span *keys =
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
    const dcf_span *x = a, *y = b;
    int order = x->size != y->size ? (x->size < y->size ? -1 : 1)
                : x->size          ? memcmp(x->data, y->data, x->size)
                                   : 0;
    return order ? order : (x->data > y->data) - (x->data < y->data); /* as they stand */
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
        if (dcf_same(j->keys[i], name)) return true;
    return false;
}

/* Places of names are looked up when they are asked for: behind the quote. */
static bool twice(json_reader *j, dcf_span name)
{
    uint32_t line, column;
    dcf_text_position(j->document, (size_t)(name.data - j->copy) - 1, &line, &column);
    return dcf_parse_fail(j->parse, DCF_FAULT_DUPLICATE_KEY, line, column, "a key stands twice");
}

/* Sorting costs n log n whatever the keys are: nothing to attack. */
static bool keys_differ(json_reader *j, size_t from)
{
    size_t n = j->key_count - from;
    if (n <= KEYS_FEW) {
        j->key_count = from;
        return true;
    }
    dcf_span *keys = j->keys + from;
    qsort(keys, n, sizeof *keys, by_name);
    for (size_t i = 1; i < n; i++)
        if (dcf_same(keys[i - 1], keys[i])) return twice(j, keys[i]);
    j->key_count = from;
    return true;
}

/* A value stands here: counts it, and makes ready what is told of it. */
static inline bool begin(json_reader *j, uint8_t c, dcf_span name, bool in_array)
{
    dcf_event *open = &j->open;
    open->line = j->value.line = j->line;
    open->column = j->value.column = column_of(j);
    open->local = name;
    open->array = in_array;
    open->shape = c == '{' ? DCF_SHAPE_OBJECT : c == '[' ? DCF_SHAPE_LIST : DCF_SHAPE_SCALAR;
    return dcf_parse_open(j->parse, open->line, open->column);
}

/* Of an object, or of an array inside an array. */
static bool enter(json_reader *j, json_frame frame)
{
    j->p++;
    return dcf_parse_emit(j->parse, &j->open) && push(j, frame);
}

static bool value(json_reader *j, dcf_span name, bool in_array)
{
    uint8_t c = next(j);
    if (c == '[' && !in_array) {
        j->p++;
        return push(j, (json_frame){.array = true, .name = name});
    }
    if (!begin(j, c, name, in_array)) return false;
    if (c == '[')
        return enter(j, (json_frame){.array = true, .inner = true, .name = dcf_span_str("")});
    if (c == '{') return enter(j, (json_frame){0});
    /* before OPEN: a broken value opens nothing */
    if (!plain_value(j, c, &j->value)) return false;
    j->parse->depth--;
    return dcf_parse_leaf(j->parse, &j->open, &j->value);
}

/* A member as far as its value. */
static bool member(json_reader *j, dcf_span *ret_name)
{
    if (*j->p != '"') return broken(j);
    if (!string(j, DCF_NAME_MAX, ret_name)) return false;
    if (seen_before(j, *ret_name)) return twice(j, *ret_name);
    return push_key(j, *ret_name) && expect(j, ':');
}

static bool close_frame(json_reader *j)
{
    json_frame *f = &j->frames[j->frame_count - 1];
    dcf_event end = {.kind = DCF_EV_CLOSE, .line = j->line, .column = column_of(j)};
    bool told = !f->array || f->inner;
    j->p++;
    if (!f->array && !keys_differ(j, f->keys_from)) return false;
    j->frame_count--;
    if (!told) return true;
    j->parse->depth--;
    return dcf_parse_emit(j->parse, &end);
}

/* One member, one item or one end. */
static bool step(json_reader *j)
{
    json_frame *f = &j->frames[j->frame_count - 1];
    uint8_t c = next(j);
    if (c == (f->array ? ']' : '}')) return close_frame(j);
    if (f->any) {
        if (c != ',') return broken(j);
        j->p++;
        (void)next(j);
    }
    f->any = true;
    dcf_span name = f->name;
    bool in_array = f->array;
    return (in_array || member(j, &name)) && value(j, name, in_array);
}

static bool document(json_reader *j)
{
    if (memcmp(j->p, "\xEF\xBB\xBF", 3) == 0) {
        j->document = dcf_span_of(j->document.data + 3, j->document.size - 3);
        j->copy = j->p += 3;
        j->line_start = j->p;
    }
    uint8_t c = next(j);
    if (c == '[') return fail(j, DCF_FAULT_WRONG_KIND, "the document must be an object");
    if (c != '{') return broken(j);
    if (!begin(j, c, dcf_span_str(""), false) || !enter(j, (json_frame){0})) return false;
    while (j->frame_count)
        if (!step(j)) return false;
    (void)next(j);
    return j->p == j->end ||
           fail(j, DCF_FAULT_NOT_WELL_FORMED, "bytes after the end of the document");
}

dcf_status dcf_json_read(dcf_parse *p, dcf_span doc)
{
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
    uint8_t *copy = dcf_arena_bytes(p->arena, doc.size + BEYOND);
    if (!copy) return DCF_ERR(NOMEM);
    if (doc.size) memcpy(copy, doc.data, doc.size);
    memset(copy + doc.size, 0, BEYOND);
    json_reader j = {.parse = p,
                     .document = doc,
                     .copy = copy,
                     .p = copy,
                     .end = copy + doc.size,
                     .line_start = copy,
                     .line = 1,
                     .open = {.kind = DCF_EV_OPEN, .lasting = true},
                     .value = {.kind = DCF_EV_VALUE}};
    (void)document(&j);
    return p->status;
}
