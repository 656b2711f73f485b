/* reflect.c - see reflect.h; the memory layout is that of protobuf-c's generated structs. */
#include "translate/reflect.h"

#include "translate/base64.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ProtobufCMessage *dcf_message_new(dcf_arena *a, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *m = dcf_arena_room(a, type->sizeof_message); /* which init fills */
    if (m) type->message_init(m);
    return m;
}

dcf_field *dcf_field_find(const ProtobufCMessageDescriptor *type, const char *name, size_t size)
{
    char text[64];
    if (size >= sizeof text) return NULL;
    memcpy(text, name, size);
    text[size] = 0;
    return protobuf_c_message_descriptor_get_field_by_name(type, text);
}

const ProtobufCMessageDescriptor *dcf_field_message(dcf_field *f)
{
    return f->type == PROTOBUF_C_TYPE_MESSAGE ? f->descriptor : NULL;
}

static void *at(const ProtobufCMessage *m, unsigned offset)
{
    return (uint8_t *)m + offset;
}

static bool in_oneof(dcf_field *f)
{
    return (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

static size_t item_size(dcf_field *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    default:
        return 4;
    }
}

/* Where the i-th value lies. */
static void *slot(const ProtobufCMessage *m, dcf_field *f, size_t i)
{
    void *p = at(m, f->offset);
    return dcf_field_repeated(f) ? *(uint8_t **)p + i * item_size(f) : p;
}

static bool is_default(const void *p, dcf_field *f)
{
    static const uint8_t zero[8];
    if (f->type == PROTOBUF_C_TYPE_STRING) return !*(char *const *)p || !**(char *const *)p;
    if (f->type == PROTOBUF_C_TYPE_MESSAGE) return !*(void *const *)p;
    if (f->type == PROTOBUF_C_TYPE_BYTES) return ((const ProtobufCBinaryData *)p)->len == 0;
    return memcmp(p, zero, item_size(f)) == 0;
}

bool dcf_field_displaced(const ProtobufCMessage *m, dcf_field *f)
{
    if (!in_oneof(f)) return false;
    uint32_t set = *(uint32_t *)at(m, f->quantifier_offset);
    return set != 0 && set != f->id;
}

size_t dcf_field_count(const ProtobufCMessage *m, dcf_field *f)
{
    if (dcf_field_repeated(f)) return *(size_t *)at(m, f->quantifier_offset);
    if (in_oneof(f) && *(uint32_t *)at(m, f->quantifier_offset) != f->id) return 0;
    return is_default(at(m, f->offset), f) ? 0 : 1;
}

ProtobufCMessage *dcf_field_get_message(const ProtobufCMessage *m, dcf_field *f, size_t i)
{
    return i < dcf_field_count(m, f) ? *(ProtobufCMessage **)slot(m, f, i) : NULL;
}

/* Room for the i-th value; the capacity of a repeated field is its count rounded up to a power of
 * two. */
static bool extend(dcf_arena *a, ProtobufCMessage *m, dcf_field *f, size_t i)
{
    if (!dcf_field_repeated(f)) {
        if (in_oneof(f)) *(uint32_t *)at(m, f->quantifier_offset) = f->id;
        return true;
    }
    size_t *n = at(m, f->quantifier_offset);
    void **items = at(m, f->offset);
    for (; *n <= i; ++*n) {
        if ((*n & (*n - 1)) == 0) {
            void *grown = dcf_arena_grow(a, *items, *n, *n ? *n * 2 : 1, item_size(f));
            if (!grown) return false;
            *items = grown;
        }
        if (f->type == PROTOBUF_C_TYPE_STRING)
            *(const char **)slot(m, f, *n) = protobuf_c_empty_string;
    }
    return true;
}

ProtobufCMessage *dcf_field_make_message(dcf_arena *a, ProtobufCMessage *m, dcf_field *f)
{
    size_t n = dcf_field_count(m, f);
    if (n && !dcf_field_repeated(f)) return dcf_field_get_message(m, f, 0);
    ProtobufCMessage *made = dcf_message_new(a, f->descriptor);
    if (!made || !extend(a, m, f, n)) return NULL;
    *(ProtobufCMessage **)slot(m, f, n) = made;
    return made;
}

/* --- scalars as text ------------------------------------------------------------ */

static const char *enum_name(dcf_field *f, int value, char *buf)
{
    const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(f->descriptor, value);
    if (v) return v->name;
    snprintf(buf, DCF_FIELD_TEXT_SIZE, "%d", value); /* open enum: a value of a later schema */
    return buf;
}

const char *dcf_field_get_text(dcf_arena *a, const ProtobufCMessage *m, dcf_field *f, size_t i,
                               char buf[DCF_FIELD_TEXT_SIZE])
{
    const void *p = slot(m, f, i);
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
        return *(char *const *)p ? *(char *const *)p : "";
    case PROTOBUF_C_TYPE_BYTES: {
        const ProtobufCBinaryData *b = p;
        return dcf_base64_encode(a, dcf_span_of(b->data, b->len));
    }
    case PROTOBUF_C_TYPE_ENUM:
        return enum_name(f, *(const int *)p, buf);
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)p ? "true" : "false";
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        snprintf(buf, DCF_FIELD_TEXT_SIZE, "%" PRId32, *(const int32_t *)p);
        return buf;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        snprintf(buf, DCF_FIELD_TEXT_SIZE, "%" PRIu32, *(const uint32_t *)p);
        return buf;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        snprintf(buf, DCF_FIELD_TEXT_SIZE, "%" PRId64, *(const int64_t *)p);
        return buf;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        snprintf(buf, DCF_FIELD_TEXT_SIZE, "%" PRIu64, *(const uint64_t *)p);
        return buf;
    default:
        return ""; /* float, double: the canonical model has none */
    }
}

static bool parse_signed(const char *text, int64_t low, int64_t high, int64_t *ret)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    *ret = v;
    return end != text && !*end && errno == 0 && v >= low && v <= high;
}

static bool parse_unsigned(const char *text, uint64_t high, uint64_t *ret)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    *ret = v;
    return text[0] != '-' && end != text && !*end && errno == 0 && v <= high;
}

static bool parse_enum(dcf_field *f, const char *text, int *ret)
{
    const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value_by_name(f->descriptor, text);
    int64_t n;
    if (v) *ret = v->value;
    if (v) return true;
    if (!parse_signed(text, INT32_MIN, INT32_MAX, &n)) return false;
    *ret = (int)n;
    return true;
}

static dcf_status parse_bytes(dcf_arena *a, const char *text, ProtobufCBinaryData *ret)
{
    uint8_t *data = dcf_arena_alloc(a, strlen(text) / 4 * 3 + 3);
    if (!data) return DCF_ERR(NOMEM);
    size_t size;
    if (!dcf_base64_decode(dcf_span_str(text), data, &size)) return DCF_ERR(CORRUPT);
    *ret = (ProtobufCBinaryData){.len = size, .data = data};
    return DCF_OK;
}

dcf_status dcf_field_parse(dcf_arena *a, dcf_field *f, const char *text, dcf_scalar *v)
{
    bool ok = true;
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
        v->text = text;
        break;
    case PROTOBUF_C_TYPE_BYTES:
        return parse_bytes(a, text, &v->bytes);
    case PROTOBUF_C_TYPE_ENUM:
        ok = parse_enum(f, text, &v->e);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        v->b = strcmp(text, "true") == 0;
        ok = v->b || strcmp(text, "false") == 0;
        break;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        ok = parse_signed(text, INT32_MIN, INT32_MAX, &v->s);
        v->s32 = (int32_t)v->s;
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        ok = parse_unsigned(text, UINT32_MAX, &v->u);
        v->u32 = (uint32_t)v->u;
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        ok = parse_signed(text, INT64_MIN, INT64_MAX, &v->s);
        break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        ok = parse_unsigned(text, UINT64_MAX, &v->u);
        break;
    default:
        ok = false;
        break;
    }
    return ok ? DCF_OK : DCF_ERR(CORRUPT);
}

bool dcf_field_takes(dcf_arena *a, dcf_field *f, const char *text)
{
    dcf_scalar v;
    return dcf_ok(dcf_field_parse(a, f, text, &v));
}

void dcf_field_put(ProtobufCMessage *m, dcf_field *f, const dcf_scalar *v)
{
    memcpy(dcf_field_at(m, f), v, item_size(f));
}

dcf_status dcf_field_set(dcf_arena *a, ProtobufCMessage *m, dcf_field *f, size_t i,
                         const dcf_scalar *v)
{
    if (!extend(a, m, f, i)) return DCF_ERR(NOMEM);
    memcpy(slot(m, f, i), v, item_size(f));
    return DCF_OK;
}

dcf_status dcf_field_set_text(dcf_arena *a, ProtobufCMessage *m, dcf_field *f, size_t i,
                              const char *text)
{
    dcf_scalar v = {0};
    DCF_TRY(dcf_field_parse(a, f, text, &v));
    return dcf_field_set(a, m, f, i, &v);
}
