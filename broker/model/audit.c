/* audit.c - see audit.h; by the descriptor, so that a new field needs no word here. */
#include "model/audit.h"

#include "model/message.h"

#include <string.h>

enum { UNSET_FIELD_MAX = 255 }; /* a byte of `unset` */

typedef const ProtobufCFieldDescriptor field_descriptor;

/* How large the field's value is when it is a plain one; 0: it is a list or a message. */
static size_t plain_size(field_descriptor *f)
{
    if (f->label != PROTOBUF_C_LABEL_NONE) return 0;
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
        return sizeof(char *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_UINT32:
        return sizeof(uint32_t);
    default:
        return 0;
    }
}

static void *at(const Dcf__V1__AuditEvent *e, field_descriptor *f)
{
    return (char *)(uintptr_t)e + f->offset;
}

static bool is_empty(field_descriptor *f, const void *value)
{
    static const uint64_t zero;
    if (f->type == PROTOBUF_C_TYPE_STRING) return !**(char *const *)value;
    if (f->type == PROTOBUF_C_TYPE_BYTES) return !((const ProtobufCBinaryData *)value)->len;
    return memcmp(value, &zero, plain_size(f)) == 0;
}

static bool is_same(field_descriptor *f, const void *a, const void *b)
{
    const ProtobufCBinaryData *x = a, *y = b;
    if (f->type == PROTOBUF_C_TYPE_STRING)
        return *(char *const *)a == *(char *const *)b ||
               strcmp(*(char *const *)a, *(char *const *)b) == 0;
    if (f->type == PROTOBUF_C_TYPE_BYTES)
        return x->len == y->len && (!x->len || memcmp(x->data, y->data, x->len) == 0);
    return memcmp(a, b, plain_size(f)) == 0;
}

static void clear(field_descriptor *f, void *value)
{
    memset(value, 0, plain_size(f));
    if (f->type == PROTOBUF_C_TYPE_STRING) *(const char **)value = protobuf_c_empty_string;
}

/* Whether a hop may leave it to the first event. */
static bool is_shared(field_descriptor *f)
{
    return plain_size(f) && f->id <= UNSET_FIELD_MAX &&
           f->offset != offsetof(Dcf__V1__AuditEvent, unset);
}

static dcf_status shorten(const Dcf__V1__AuditEvent *first, Dcf__V1__AuditEvent *hop,
                          dcf_arena *arena)
{
    const ProtobufCMessageDescriptor *d = &dcf__v1__audit_event__descriptor;
    hop->unset.data = dcf_arena_bytes(arena, d->n_fields);
    if (!hop->unset.data) return DCF_ERR(NOMEM);
    for (unsigned i = 0; i < d->n_fields; i++) {
        field_descriptor *f = &d->fields[i];
        if (!is_shared(f)) continue;
        if (is_same(f, at(hop, f), at(first, f)))
            clear(f, at(hop, f));
        else if (is_empty(f, at(hop, f)))
            hop->unset.data[hop->unset.len++] = (uint8_t)f->id;
    }
    return DCF_OK;
}

static void complete(const Dcf__V1__AuditEvent *first, Dcf__V1__AuditEvent *hop)
{
    const ProtobufCMessageDescriptor *d = &dcf__v1__audit_event__descriptor;
    for (unsigned i = 0; i < d->n_fields; i++) {
        field_descriptor *f = &d->fields[i];
        bool unset = hop->unset.len && memchr(hop->unset.data, (int)f->id, hop->unset.len);
        if (is_shared(f) && !unset && is_empty(f, at(hop, f)))
            memcpy(at(hop, f), at(first, f), plain_size(f));
    }
    hop->unset = (ProtobufCBinaryData){0};
}

static dcf_status pack_hop(const Dcf__V1__AuditEvent *first, Dcf__V1__AuditEvent hop,
                           dcf_arena *arena, ProtobufCBinaryData *ret)
{
    dcf_span packed;
    DCF_TRY(shorten(first, &hop, arena));
    DCF_TRY(dcf_message_pack_in(&hop.base, arena, &packed));
    *ret = (ProtobufCBinaryData){.len = packed.size, .data = (uint8_t *)packed.data};
    return DCF_OK;
}

dcf_status dcf_audit_join(const Dcf__V1__AuditEvent *const *events, size_t count, dcf_arena *arena,
                          const Dcf__V1__AuditEvent **ret)
{
    if (!count || count > DCF_AUDIT_HOPS_MAX) return DCF_ERR(LIMIT);
    *ret = events[0];
    if (count == 1) return DCF_OK;
    Dcf__V1__AuditEvent *first = dcf_arena_alloc(arena, sizeof *first);
    ProtobufCBinaryData *hops = dcf_arena_alloc(arena, count * sizeof *hops);
    if (!first || !hops) return DCF_ERR(NOMEM);
    *first = *events[0];
    first->hops = hops;
    first->n_hops = count - 1;
    for (size_t i = 1; i < count; i++) DCF_TRY(pack_hop(first, *events[i], arena, &hops[i - 1]));
    *ret = first;
    return DCF_OK;
}

static dcf_status unpack(dcf_span packed, dcf_arena *arena, Dcf__V1__AuditEvent **ret)
{
    ProtobufCMessage *m = NULL;
    DCF_TRY(dcf_message_unpack(&dcf__v1__audit_event__descriptor, packed, arena, &m));
    *ret = (Dcf__V1__AuditEvent *)m;
    return DCF_OK;
}

dcf_status dcf_audit_split(dcf_span record, dcf_arena *arena, Dcf__V1__AuditEvent ***ret,
                           size_t *ret_count)
{
    Dcf__V1__AuditEvent *first = NULL;
    DCF_TRY(unpack(record, arena, &first));
    size_t count = first->n_hops + 1;
    if (count > DCF_AUDIT_HOPS_MAX) return DCF_ERR(LIMIT);
    Dcf__V1__AuditEvent **list = dcf_arena_alloc(arena, count * sizeof *list);
    if (!list) return DCF_ERR(NOMEM);
    list[0] = first;
    for (size_t i = 1; i < count; i++) {
        dcf_span hop = dcf_span_of(first->hops[i - 1].data, first->hops[i - 1].len);
        DCF_TRY(unpack(hop, arena, &list[i]));
        if (list[i]->n_hops) return DCF_ERR(CORRUPT);
        complete(first, list[i]);
    }
    first->n_hops = 0;
    *ret = list;
    *ret_count = count;
    return DCF_OK;
}
