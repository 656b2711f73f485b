/* pb_writer.c - events to protobuf wire bytes: a message is written, then its length put before
 * it. */
#include "base/arena.h"
#include "translate/base64.h"
#include "translate/pb.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEPTH_MAX = 128 };

typedef struct scope {
    const dcf_pb_message *type;
    size_t start; /* of its bytes */
} scope;

typedef struct writer {
    dcf_write_to to;
    const dcf_pb *pb;
    const dcf_pb_field *field; /* the open plain one; NULL: none */
    bool valued;
    size_t depth;
    scope scopes[DEPTH_MAX];
} writer;

/* --- the wire -----------------------------------------------------------------------------------
 */

static size_t put_varint(uint64_t v, uint8_t out[10])
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7) out[n++] = (uint8_t)(v | 0x80);
    out[n++] = (uint8_t)v;
    return n;
}

static void varint(dcf_buf *out, uint64_t v)
{
    uint8_t bytes[10];
    dcf_buf_add(out, dcf_span_of(bytes, put_varint(v, bytes)));
}

static void tag(dcf_buf *out, const dcf_pb_field *f)
{
    varint(out, (uint64_t)f->number << 3 | f->wire);
}

static void fixed(dcf_buf *out, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++, v >>= 8) dcf_buf_addc(out, (char)(v & 0xFF));
}

/* --- text to values ------------------------------------------------------------------------------
 */

static bool parse_real(const char *text, unsigned bits, uint64_t *ret)
{
    char *end;
    double d = strtod(text, &end);
    float s = (float)d;
    uint32_t half;
    if (*end || end == text || !isfinite(d) || (bits == 32 && !isfinite(s))) return false;
    memcpy(&half, &s, sizeof half);
    memcpy(ret, &d, sizeof d);
    if (bits == 32) *ret = half;
    return true;
}

static bool parse_signed(const char *text, unsigned bits, int64_t *ret)
{
    char *end;
    errno = 0;
    *ret = strtoll(text, &end, 10);
    return !*end && end != text && !errno &&
           (bits == 64 || (*ret >= INT32_MIN && *ret <= INT32_MAX));
}

static bool parse_unsigned(const char *text, unsigned bits, uint64_t *ret)
{
    char *end;
    errno = 0;
    *ret = strtoull(text, &end, 10);
    return !*end && end != text && *text != '-' && !errno && (bits == 64 || *ret <= UINT32_MAX);
}

static bool parse_enum(const dcf_pb_enum *values, const char *text, int64_t *ret)
{
    for (size_t i = 0; i < values->count; i++)
        if (strcmp(values->values[i].name, text) == 0) {
            *ret = values->values[i].number;
            return true;
        }
    return parse_signed(text, 32, ret);
}

static bool parse(const dcf_pb_field *f, const char *text, uint64_t *ret)
{
    int64_t n = 0;
    bool ok = false;
    switch (f->kind) {
    case DCF_PB_REAL:
        return parse_real(text, f->bits, ret);
    case DCF_PB_UNSIGNED:
        return parse_unsigned(text, f->bits, ret);
    case DCF_PB_BOOL:
        *ret = strcmp(text, "true") == 0;
        return *ret || strcmp(text, "false") == 0;
    case DCF_PB_ENUM:
        ok = parse_enum(f->values, text, &n);
        break;
    default:
        ok = parse_signed(text, f->bits, &n);
        break;
    }
    *ret = (uint64_t)n;
    if (f->kind == DCF_PB_ZIGZAG) *ret = *ret << 1 ^ (n < 0 ? UINT64_MAX : 0);
    return ok;
}

static void unwritable(writer *w, const char *detail)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", w->scopes[w->depth - 1].type->name, w->field->name);
    dcf_faults_add(w->to.faults, DCF_FAULT_BAD_VALUE, 0, 0, path, "", "%s", detail);
}

static bool put_bytes(writer *w, dcf_span text)
{
    uint8_t *decoded = NULL;
    if (w->field->kind == DCF_PB_BASE64) {
        decoded = dcf_arena_alloc(w->to.arena, text.size);
        if (!decoded) return false;
        size_t n;
        if (!dcf_base64_decode(text, decoded, &n)) {
            unwritable(w, "no base64");
            return true;
        }
        text = dcf_span_of(decoded, n);
    }
    tag(w->to.out, w->field);
    varint(w->to.out, text.size);
    dcf_buf_add(w->to.out, text);
    return true;
}

static bool put_value(writer *w, dcf_span text)
{
    uint64_t v;
    w->valued = true;
    if (w->field->wire == DCF_PB_BYTES) return put_bytes(w, text);
    const char *copy = dcf_arena_str(w->to.arena, text);
    if (!copy) return false;
    if (!parse(w->field, copy, &v)) {
        unwritable(w, "no value of the field's type");
        return true;
    }
    tag(w->to.out, w->field);
    if (w->field->wire == DCF_PB_VARINT)
        varint(w->to.out, v);
    else
        fixed(w->to.out, v, w->field->wire == DCF_PB_FIXED64 ? 8 : 4);
    return true;
}

/* --- events --------------------------------------------------------------------------------------
 */

static bool open_member(writer *w, dcf_span name)
{
    if (w->depth == DEPTH_MAX || w->field) return false;
    const dcf_pb_field *f = w->depth ? dcf_pb_by_name(w->scopes[w->depth - 1].type, name) : NULL;
    if (w->depth && !f) return false; /* dcf_pb_check lets no such mapping through */
    if (f && f->kind != DCF_PB_MESSAGE) {
        w->field = f;
        w->valued = false;
        return true;
    }
    if (f) tag(w->to.out, f);
    w->scopes[w->depth++] = (scope){.type = f ? f->message : w->pb->root, .start = w->to.out->size};
    return true;
}

static bool close_member(writer *w)
{
    if (w->field) { /* one without a value keeps the place of a later one */
        bool ok = w->valued || w->field->wire != DCF_PB_BYTES || put_bytes(w, dcf_span_str(""));
        w->field = NULL;
        return ok;
    }
    size_t start = w->scopes[--w->depth].start, size = w->to.out->size - start;
    uint8_t prefix[10];
    if (w->depth == 0) return true;
    size_t n = put_varint(size, prefix);
    if (!dcf_buf_room(w->to.out, n)) return false;
    memmove(w->to.out->data + start + n, w->to.out->data + start, size);
    memcpy(w->to.out->data + start, prefix, n);
    return true;
}

static bool on_event(void *self, const dcf_event *e)
{
    writer *w = self;
    bool ok = true;
    if (e->kind == DCF_EV_OPEN) ok = open_member(w, e->local);
    if (e->kind == DCF_EV_VALUE && w->field) ok = put_value(w, e->value);
    if (e->kind == DCF_EV_CLOSE) ok = close_member(w);
    return ok && !w->to.out->failed;
}

dcf_sink dcf_pb_write(const dcf_write_to *to)
{
    writer *w = dcf_arena_alloc(to->arena, sizeof *w);
    if (!w) return (dcf_sink){0};
    w->to = *to;
    w->pb = to->settings;
    return (dcf_sink){on_event, w};
}
