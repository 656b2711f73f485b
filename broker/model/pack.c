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

static void put_varint(packer *k, uint64_t n)
{
    uint8_t bytes[10];
    size_t size = 0;
    if (n < 0x80) {
        uint8_t *to = room(k, 1);
        if (to) *to = (uint8_t)n;
        return;
    }
    for (; n >= 0x80; n >>= 7) bytes[size++] = (uint8_t)(n | 0x80);
    bytes[size++] = (uint8_t)n;
    put_bytes(k, bytes, size);
}

static void put_tag(packer *k, uint32_t id, unsigned wire)
{
    put_varint(k, (uint64_t)id << 3 | wire);
}

/* Everything down to `end` is the field's content. */
static void put_length(packer *k, field_descriptor *f, const uint8_t *end)
{
    if (k->full) return;
    put_varint(k, (uint64_t)(end - k->p));
    put_tag(k, f->id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
}

static void put_message(packer *k, const ProtobufCMessage *m);

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
    const uint8_t *end = k->p;
    if (f->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(char *const *)at;
        if ((!text || !*text) && !always) return;
        put_bytes(k, text, text ? strlen(text) : 0);
        put_length(k, f, end);
    } else if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCMessage *m = *(ProtobufCMessage *const *)at;
        if (!m) return;
        put_message(k, m);
        put_length(k, f, end);
    } else if (f->type == PROTOBUF_C_TYPE_BYTES) {
        const ProtobufCBinaryData *b = at;
        if (b->len == 0 && !always) return;
        put_bytes(k, b->data, b->len);
        put_length(k, f, end);
    } else {
        uint64_t n = number_at(k, f, at);
        if (n == 0 && !always) return;
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

static void put_message(packer *k, const ProtobufCMessage *m)
{
    const ProtobufCMessageDescriptor *d = m->descriptor;
    const uint8_t *base = (const uint8_t *)m;
    for (unsigned i = m->n_unknown_fields; i-- > 0;) put_unknown(k, &m->unknown_fields[i]);
    for (unsigned i = d->n_fields; i-- > 0 && !k->full && !k->foreign;) {
        field_descriptor *f = &d->fields[i];
        const void *at = base + f->offset, *quantifier = base + f->quantifier_offset;
        if (f->label == PROTOBUF_C_LABEL_REPEATED)
            put_list(k, f, *(void *const *)at, *(const size_t *)quantifier);
        else if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            if (*(const uint32_t *)quantifier == f->id) put_value(k, f, at, true);
        } else if (f->label == PROTOBUF_C_LABEL_NONE)
            put_value(k, f, at, false);
        else
            k->foreign = true;
    }
}

/* For what the canonical model does not have, and its tests may. */
static dcf_status pack_foreign(const ProtobufCMessage *m, dcf_buf *out)
{
    uint8_t *to = dcf_buf_room(out, protobuf_c_message_get_packed_size(m));
    if (to) protobuf_c_message_pack(m, to);
    return dcf_buf_status(out);
}

dcf_status dcf_message_pack(const ProtobufCMessage *m, dcf_buf *out)
{
    enum { ROOM_MIN = 1024 };
    size_t before = out->size;
    size_t size = out->capacity - before > ROOM_MIN ? out->capacity - before - 1 : ROOM_MIN;
    for (;; size *= 2) {
        size_t left = out->limit ? out->limit - before : SIZE_MAX;
        bool last = size >= left;
        uint8_t *to = dcf_buf_room(out, last ? left : size);
        if (!to) return dcf_buf_status(out);
        packer k = {.start = to, .p = out->data + out->size};
        const uint8_t *end = k.p;
        put_message(&k, m);
        out->size = before;
        if (k.foreign) return pack_foreign(m, out);
        if (!k.full) {
            memmove(to, k.p, (size_t)(end - k.p));
            out->size += (size_t)(end - k.p);
            return dcf_buf_status(out);
        }
        if (last) out->failed = true;
        if (last) return dcf_buf_status(out);
    }
}
