/* pack.c - canonical messages to bytes in one pass, from the last field to the first: a length is
 * known when it is written, so nothing is measured beforehand and nothing moved behind it. */
#include "model/message.h"

#include <protobuf-c/protobuf-c.h>

/* Bytes are put before p, down to start. */
typedef struct packer {
    uint8_t *start, *p;
    bool full;    /* no room: start again with more */
    bool foreign; /* a kind of field the canonical model does not have */
} packer;

typedef const ProtobufCFieldDescriptor field_descriptor;

static uint8_t *room(packer *k, size_t size)
{
    if ((size_t)(k->p - k->start) < size) {
        k->full = true;
        k->p = k->start; /* what follows costs nothing */
        return NULL;
    }
    return k->p -= size;
}

static void put_bytes(packer *k, const void *bytes, size_t size)
{
    uint8_t *to = room(k, size);
    if (to && size) memcpy(to, bytes, size);
}

static void put_long_varint(packer *k, uint64_t n)
{
    uint8_t bytes[10];
    size_t size = 0;
    for (; n >= 0x80; n >>= 7) bytes[size++] = (uint8_t)(n | 0x80);
    bytes[size++] = (uint8_t)n;
    put_bytes(k, bytes, size);
}

static inline void put_varint(packer *k, uint64_t n)
{
    if (n < 0x80 && k->p > k->start)
        *--k->p = (uint8_t)n;
    else
        put_long_varint(k, n);
}

static inline void put_tag(packer *k, uint32_t id, unsigned wire)
{
    put_varint(k, (uint64_t)id << 3 | wire);
}

/* Of what was put last. */
static inline void put_length(packer *k, field_descriptor *f, uint64_t size)
{
    put_varint(k, size);
    put_tag(k, f->id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
}

static inline void put_content(packer *k, field_descriptor *f, const void *bytes, size_t size)
{
    if (size < 0x80 && f->id < 0x10 && (size_t)(k->p - k->start) >= size + 2) { /* most of them */
        uint8_t *to = k->p -= size + 2;
        to[0] = (uint8_t)(f->id << 3 | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
        to[1] = (uint8_t)size;
        if (size) memcpy(to + 2, bytes, size);
        return;
    }
    put_bytes(k, bytes, size);
    put_length(k, f, size);
}

static void put_message(packer *k, const ProtobufCMessage *m);

static inline void put_text(packer *k, field_descriptor *f, const char *text)
{
    if (text && *text) put_content(k, f, text, strlen(text));
}

/* An integer, an enum or a boolean, as it is written. */
static uint64_t number_at(packer *k, field_descriptor *f, const void *at)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)at != 0;
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_INT32:
        return (uint64_t)(int64_t) * (const int32_t *)at;
    case PROTOBUF_C_TYPE_UINT32:
        return *(const uint32_t *)at;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return *(const uint64_t *)at;
    default:
        k->foreign = true;
        return 0;
    }
}

/* One value; always: also when it is the default, as a member of a oneof or of a list. */
static void put_value(packer *k, field_descriptor *f, const void *at, bool always)
{
    if (f->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(char *const *)at;
        if (always && (!text || !*text))
            put_content(k, f, NULL, 0);
        else
            put_text(k, f, text);
    } else if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCMessage *m = *(ProtobufCMessage *const *)at;
        const uint8_t *end = k->p;
        if (!m) return;
        put_message(k, m);
        if (!k->full) put_length(k, f, (uint64_t)(end - k->p));
    } else if (f->type == PROTOBUF_C_TYPE_BYTES) {
        const ProtobufCBinaryData *b = at;
        if (b->len || always) put_content(k, f, b->data, b->len);
    } else {
        uint64_t n = number_at(k, f, at);
        if (!n && !always) return;
        put_varint(k, n);
        put_tag(k, f->id, PROTOBUF_C_WIRE_TYPE_VARINT);
    }
}

static void put_list(packer *k, field_descriptor *f, const void *items, size_t count)
{
    size_t step = f->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
    bool plain = f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE ||
                 f->type == PROTOBUF_C_TYPE_BYTES;
    if (!plain) k->foreign = true; /* a packed list */
    if (k->foreign) return;
    while (count-- > 0 && !k->full) put_value(k, f, (const uint8_t *)items + count * step, true);
}

static void put_unknown(packer *k, const ProtobufCMessageUnknownField *u)
{
    put_bytes(k, u->data, u->len);
    put_tag(k, u->tag, u->wire_type);
}

/* A field that is a list, in a oneof, or of a kind that the canonical model does not have. */
static void put_other(packer *k, field_descriptor *f, const void *at, const void *quantifier)
{
    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = *(const size_t *)quantifier;
        if (count) put_list(k, f, *(void *const *)at, count);
    } else if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        if (*(const uint32_t *)quantifier == f->id) put_value(k, f, at, true);
    } else {
        k->foreign = true;
    }
}

static void put_message(packer *k, const ProtobufCMessage *m)
{
    const uint8_t *base = (const uint8_t *)m;
    field_descriptor *first = m->descriptor->fields;
    for (unsigned i = m->n_unknown_fields; i-- > 0;) put_unknown(k, &m->unknown_fields[i]);
    for (field_descriptor *f = first + m->descriptor->n_fields; f-- > first && !k->full;) {
        const void *at = base + f->offset;
        if (f->label != PROTOBUF_C_LABEL_NONE || f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
            put_other(k, f, at, base + f->quantifier_offset);
        else if (f->type == PROTOBUF_C_TYPE_STRING)
            put_text(k, f, *(char *const *)at); /* most fields, and absent */
        else
            put_value(k, f, at, false);
    }
}

/* For what the canonical model does not have, and its tests may. */
static dcf_status pack_foreign(const ProtobufCMessage *m, dcf_buf *out)
{
    uint8_t *to = dcf_buf_room(out, protobuf_c_message_get_packed_size(m));
    if (to) protobuf_c_message_pack(m, to);
    return dcf_buf_status(out);
}

enum { ROOM_MIN = 4096 };

dcf_status dcf_message_pack(const ProtobufCMessage *m, dcf_buf *out)
{
    size_t before = out->size;
    size_t size = out->capacity - before > ROOM_MIN ? out->capacity - before - 1 : ROOM_MIN;
    for (;; size *= 2) {
        size_t left = out->limit ? out->limit - before : SIZE_MAX;
        bool last = size >= left;
        size_t room = last ? left : size;
        uint8_t *to = dcf_buf_room(out, room);
        if (!to) return dcf_buf_status(out);
        packer k = {.start = to, .p = to + room};
        put_message(&k, m);
        out->size = before;
        if (k.foreign) return pack_foreign(m, out);
        if (!k.full) {
            size_t used = (size_t)(to + room - k.p);
            memmove(to, k.p, used);
            out->size += used;
            return dcf_buf_status(out);
        }
        if (last) {
            out->failed = true;
            return dcf_buf_status(out);
        }
    }
}

/* First where there is room; what does not fit there is measured. */
dcf_status dcf_message_pack_in(const ProtobufCMessage *m, dcf_arena *arena, dcf_span *ret)
{
    size_t left = dcf_arena_left(arena), room = left > ROOM_MIN ? left : ROOM_MIN;
    uint8_t *to = dcf_arena_bytes(arena, room);
    packer k = {.start = to, .p = to + room, .full = !to};
    if (to) put_message(&k, m);
    if (!k.full && !k.foreign) {
        size_t used = (size_t)(to + room - k.p);
        memmove(to, k.p, used);
        dcf_arena_trim(arena, to, used);
        *ret = dcf_span_of(to, used);
        return DCF_OK;
    }
    if (to) dcf_arena_trim(arena, to, 0);
    to = dcf_arena_bytes(arena, protobuf_c_message_get_packed_size(m));
    if (!to) return DCF_ERR(NOMEM);
    *ret = dcf_span_of(to, protobuf_c_message_pack(m, to));
    return DCF_OK;
}
