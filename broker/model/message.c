/* message.c - see message.h; reading: a scan of the wire format by descriptor, then protobuf-c. */
#include "model/message.h"

#include "base/utf8.h"

enum { DEPTH_MAX = 32 };

/* --- scanning --------------------------------------------------------------------------------- */

/* Takes the first size bytes off s; false when there are not so many. */
static bool take(dcf_span *s, uint64_t size, dcf_span *ret)
{
    if (size > s->size) return false;
    *ret = dcf_span_of(s->data, (size_t)size);
    s->data += size;
    s->size -= (size_t)size;
    return true;
}

static bool take_varint(dcf_span *s, uint64_t *ret)
{
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 70 && s->size; shift += 7) {
        uint8_t byte = *s->data++;
        s->size--;
        if (shift < 64) n |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret = n;
            return true;
        }
    }
    return false;
}

static bool is_text(dcf_span s)
{
    return dcf_utf8_check(s) == s.size && (!s.size || !memchr(s.data, 0, s.size));
}

static dcf_status scan(const ProtobufCMessageDescriptor *d, dcf_span s, unsigned depth);

static dcf_status scan_bytes(const ProtobufCFieldDescriptor *field, dcf_span value, unsigned depth)
{
    if (!field) return DCF_OK; /* of a later version: kept as it is */
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) return scan(field->descriptor, value, depth + 1);
    bool bad = field->type == PROTOBUF_C_TYPE_STRING && !is_text(value);
    return bad ? DCF_ERR(CORRUPT) : DCF_OK;
}

static dcf_status scan(const ProtobufCMessageDescriptor *d, dcf_span s, unsigned depth)
{
    enum { VARINT, FIXED64, BYTES, FIXED32 = 5 };
    if (depth > DEPTH_MAX) return DCF_ERR(LIMIT);
    while (s.size) {
        uint64_t tag, size;
        dcf_span value;
        if (!take_varint(&s, &tag) || tag >> 3 == 0 || tag > UINT32_MAX) return DCF_ERR(CORRUPT);
        bool good = false;
        switch (tag & 7) {
        case VARINT:
            good = take_varint(&s, &size);
            break;
        case FIXED64:
            good = take(&s, 8, &value);
            break;
        case FIXED32:
            good = take(&s, 4, &value);
            break;
        case BYTES:
            good = take_varint(&s, &size) && take(&s, size, &value);
            if (good)
                DCF_TRY(scan_bytes(protobuf_c_message_descriptor_get_field(d, (unsigned)(tag >> 3)),
                                   value, depth));
            break;
        default:
            break;
        }
        if (!good) return DCF_ERR(CORRUPT);
    }
    return DCF_OK;
}

/* --- unpacking -------------------------------------------------------------------------------- */

/* The arena, and whether it refused: protobuf-c tells no refusal from bad bytes. */
typedef struct watched {
    dcf_arena *arena;
    bool refused;
} watched;

static void *watched_alloc(void *self, size_t size)
{
    watched *w = self;
    void *p = dcf_arena_alloc(w->arena, size);
    if (!p) w->refused = true;
    return p;
}

static void watched_free(void *self, void *p)
{
    (void)self;
    (void)p; /* the arena frees everything at once */
}

dcf_status dcf_message_unpack(const ProtobufCMessageDescriptor *d, dcf_span packed,
                              dcf_arena *arena, ProtobufCMessage **ret)
{
    DCF_TRY(scan(d, packed, 1));
    watched w = {.arena = arena};
    ProtobufCAllocator allocator = {watched_alloc, watched_free, &w};
    ProtobufCMessage *m = protobuf_c_message_unpack(d, &allocator, packed.size, packed.data);
    if (!m) return w.refused ? DCF_ERR(NOMEM) : DCF_ERR(CORRUPT);
    *ret = m;
    return DCF_OK;
}
