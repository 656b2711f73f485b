/* pb_reader.c - protobuf wire bytes to events: one pass, every length checked before it is used. */
#include "base/arena.h"
#include "base/utf8.h"
#include "translate/base64.h"
#include "translate/pb.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct reader {
    dcf_parse *parse;
    dcf_span doc;
    size_t at;
} reader;

static bool message(reader *r, const dcf_pb_message *type, size_t end);

static uint32_t column_of(const reader *r)
{
    return (uint32_t)r->at + 1;
}

static bool fail(reader *r, dcf_fault_code code, const char *detail)
{
    return dcf_parse_fail(r->parse, code, 1, column_of(r), detail);
}

static bool emit(reader *r, dcf_event_kind kind, dcf_span text, size_t at)
{
    dcf_event e = {.kind = kind, .line = 1, .column = (uint32_t)at + 1};
    if (kind == DCF_EV_OPEN) e.local = text;
    if (kind == DCF_EV_VALUE) e.value = text;
    if (dcf_emit(r->parse->sink, &e)) return true;
    if (dcf_ok(r->parse->status)) r->parse->status = DCF_ERR(BUG); /* a sink that stops says why */
    return false;
}

/* --- the wire ------------------------------------------------------------------------------ */

static bool varint(reader *r, size_t end, uint64_t *ret)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (r->at >= end) return fail(r, DCF_FAULT_NOT_WELL_FORMED, "the document ends early");
        uint8_t b = r->doc.data[r->at++];
        if (shift == 63 && b > 1) break;
        v |= (uint64_t)(b & 0x7F) << shift;
        if (!(b & 0x80)) {
            *ret = v;
            return true;
        }
    }
    return fail(r, DCF_FAULT_NOT_WELL_FORMED, "a number of more than 64 bits");
}

static bool fixed(reader *r, size_t end, unsigned bytes, uint64_t *ret)
{
    if (end - r->at < bytes) return fail(r, DCF_FAULT_NOT_WELL_FORMED, "the document ends early");
    *ret = 0;
    for (unsigned i = 0; i < bytes; i++) *ret |= (uint64_t)r->doc.data[r->at++] << (8 * i);
    return true;
}

static bool length(reader *r, size_t end, size_t *ret)
{
    uint64_t n = 0;
    if (!varint(r, end, &n)) return false;
    if (n > end - r->at)
        return fail(r, DCF_FAULT_NOT_WELL_FORMED, "a length beyond the end of what holds it");
    *ret = (size_t)n;
    return true;
}

static bool number(reader *r, dcf_pb_wire wire, size_t end, uint64_t *ret)
{
    if (wire == DCF_PB_VARINT) return varint(r, end, ret);
    return fixed(r, end, wire == DCF_PB_FIXED64 ? 8 : 4, ret);
}

/* --- values to text ---------------------------------------------------------------------- */

static double real(const dcf_pb_field *f, uint64_t v)
{
    double d;
    float s;
    uint32_t half = (uint32_t)v;
    memcpy(&d, &v, sizeof d);
    memcpy(&s, &half, sizeof s);
    return f->bits == 32 ? (double)s : d;
}

/* The shortest text that reads as the same number. */
static int print_real(const dcf_pb_field *f, uint64_t v, char *out, size_t size)
{
    double d = real(f, v);
    int n = 0;
    for (int digits = 6; digits <= 17; digits++) {
        n = snprintf(out, size, "%.*g", digits, d);
        double again = strtod(out, NULL);
        if (f->bits == 32 ? (float)again == (float)d : again == d) break;
    }
    return n;
}

static int64_t signed_of(const dcf_pb_field *f, uint64_t v)
{
    if (f->kind == DCF_PB_ZIGZAG) return (int64_t)(v >> 1 ^ (0 - (v & 1)));
    return f->bits == 32 ? (int64_t)(int32_t)(uint32_t)v : (int64_t)v;
}

static const char *name_of(const dcf_pb_enum *values, int64_t number)
{
    for (size_t i = 0; i < values->count; i++)
        if (values->values[i].number == number) return values->values[i].name;
    return NULL;
}

static int print_number(const dcf_pb_field *f, uint64_t v, char *out, size_t size)
{
    const char *name = f->kind == DCF_PB_ENUM ? name_of(f->values, signed_of(f, v)) : NULL;
    if (name) return snprintf(out, size, "%s", name);
    switch (f->kind) {
    case DCF_PB_REAL:
        return print_real(f, v, out, size);
    case DCF_PB_BOOL:
        return snprintf(out, size, "%s", v ? "true" : "false");
    case DCF_PB_UNSIGNED:
        return snprintf(out, size, "%" PRIu64, f->bits == 32 ? (uint32_t)v : v);
    default:
        return snprintf(out, size, "%" PRId64, signed_of(f, v));
    }
}

static bool tell(reader *r, dcf_span name, dcf_span text, size_t at)
{
    return emit(r, DCF_EV_OPEN, name, at) && (text.size == 0 || emit(r, DCF_EV_VALUE, text, at)) &&
           emit(r, DCF_EV_CLOSE, name, at);
}

static bool tell_number(reader *r, const dcf_pb_field *f, uint64_t v, size_t at)
{
    char text[128];
    if (!dcf_parse_count(r->parse, 1, column_of(r))) return false;
    if (f->kind == DCF_PB_REAL && !isfinite(real(f, v)))
        return fail(r, DCF_FAULT_BAD_VALUE, "a number that is none");
    int n = print_number(f, v, text, sizeof text);
    size_t size = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    return tell(r, dcf_span_str(f->name), dcf_span_of(text, size), at);
}

static bool base64(reader *r, dcf_span *bytes)
{
    *bytes = dcf_span_str(dcf_base64_encode(r->parse->arena, *bytes));
    if (!bytes->data) r->parse->status = DCF_ERR(NOMEM);
    return bytes->data;
}

static bool tell_bytes(reader *r, dcf_span name, dcf_span bytes, bool text, size_t at)
{
    if (!dcf_parse_count(r->parse, 1, column_of(r))) return false;
    if (bytes.size > r->parse->limits.text)
        return fail(r, DCF_FAULT_TEXT_TOO_LONG, "a text is longer than the link allows");
    size_t good = text ? dcf_utf8_check(bytes) : bytes.size;
    if (good < bytes.size) {
        r->at -= bytes.size - good;
        return fail(r, DCF_FAULT_NOT_UTF8, "a byte sequence is not UTF-8");
    }
    if (text && bytes.size && memchr(bytes.data, 0, bytes.size))
        return fail(r, DCF_FAULT_FORBIDDEN_CHARACTER, "NUL");
    return (text || base64(r, &bytes)) && tell(r, name, bytes, at);
}

/* --- fields -------------------------------------------------------------------------------- */

static bool packed(reader *r, const dcf_pb_field *f, size_t end)
{
    while (r->at < end) {
        uint64_t v = 0;
        size_t at = r->at;
        if (!number(r, f->wire, end, &v) || !tell_number(r, f, v, at)) return false;
    }
    return true;
}

static bool submessage(reader *r, const dcf_pb_field *f, size_t end, size_t at)
{
    if (!dcf_parse_open(r->parse, 1, (uint32_t)at + 1)) return false;
    if (!emit(r, DCF_EV_OPEN, dcf_span_str(f->name), at) || !message(r, f->message, end))
        return false;
    r->parse->depth--;
    return emit(r, DCF_EV_CLOSE, dcf_span_str(f->name), at);
}

static bool delimited(reader *r, const dcf_pb_field *f, size_t end, size_t at)
{
    size_t n = 0;
    if (!length(r, end, &n)) return false;
    if (f->kind == DCF_PB_MESSAGE) return submessage(r, f, r->at + n, at);
    if (f->wire != DCF_PB_BYTES) return packed(r, f, r->at + n);
    dcf_span bytes = dcf_span_of(r->doc.data + r->at, n);
    r->at += n;
    return tell_bytes(r, dcf_span_str(f->name), bytes, f->kind == DCF_PB_TEXT, at);
}

/* A field of a number the schema does not have: told by it, for the mapping to judge. */
static bool unknown(reader *r, uint64_t field, dcf_pb_wire wire, size_t end, size_t at)
{
    char name[24], text[24];
    uint64_t v = 0;
    size_t size = 0;
    int n = snprintf(name, sizeof name, "#%" PRIu64, field);
    dcf_span local = dcf_span_of(name, (size_t)n);
    if (wire == DCF_PB_BYTES) {
        if (!length(r, end, &size)) return false;
        dcf_span bytes = dcf_span_of(r->doc.data + r->at, size);
        bool plain = dcf_utf8_check(bytes) == size && (!size || !memchr(bytes.data, 0, size));
        r->at += size;
        return tell_bytes(r, local, bytes, plain, at);
    }
    if (!dcf_parse_count(r->parse, 1, (uint32_t)at + 1) || !number(r, wire, end, &v)) return false;
    n = snprintf(text, sizeof text, "%" PRIu64, v);
    return tell(r, local, dcf_span_of(text, (size_t)n), at);
}

static bool field(reader *r, const dcf_pb_message *type, size_t end)
{
    uint64_t tag = 0, v = 0;
    size_t at = r->at;
    if (!varint(r, end, &tag)) return false;
    dcf_pb_wire wire = (dcf_pb_wire)(tag & 7);
    bool known_wire = wire == DCF_PB_VARINT || wire == DCF_PB_FIXED64 || wire == DCF_PB_BYTES ||
                      wire == DCF_PB_FIXED32;
    if (tag >> 3 == 0 || tag >> 3 > 536870911 || !known_wire)
        return fail(r, DCF_FAULT_NOT_WELL_FORMED, "no field begins like this");
    const dcf_pb_field *f = dcf_pb_by_number(type, tag >> 3);
    if (!f) return unknown(r, tag >> 3, wire, end, at);
    bool fits = wire == f->wire || (wire == DCF_PB_BYTES && f->repeated);
    if (!fits) {
        char detail[200];
        snprintf(detail, sizeof detail, "the field \"%.100s\" on the wire as another type",
                 f->name);
        return fail(r, DCF_FAULT_WRONG_KIND, detail);
    }
    if (wire == DCF_PB_BYTES) return delimited(r, f, end, at);
    return number(r, wire, end, &v) && tell_number(r, f, v, at);
}

static bool message(reader *r, const dcf_pb_message *type, size_t end)
{
    while (r->at < end)
        if (!field(r, type, end)) return false;
    return true;
}

dcf_status dcf_pb_read(dcf_parse *p, const void *settings, dcf_span document)
{
    const dcf_pb *pb = settings;
    reader r = {.parse = p, .doc = document};
    if (document.size > p->limits.bytes) {
        (void)dcf_parse_fail(p, DCF_FAULT_TOO_LARGE, 0, 0, "more bytes than the link allows");
        return p->status;
    }
    if (dcf_parse_open(p, 1, 1) && emit(&r, DCF_EV_OPEN, dcf_span_str(""), 0) &&
        message(&r, pb->root, document.size))
        (void)emit(&r, DCF_EV_CLOSE, dcf_span_str(""), 0);
    return p->status;
}
