/*
 * reflect.h - protobuf messages by their descriptors: the mapping engine knows no
 * message type by name. Every scalar is seen as text: an enum by its value's name,
 * bool as true/false, bytes in base64.
 * Messages and strings made here live in the arena. NULL or NOMEM: over its limit.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_REFLECT_H
#define DCF_TRANSLATE_REFLECT_H

#include "base/arena.h"
#include "dcf/status.h"

#include <protobuf-c/protobuf-c.h>

typedef const ProtobufCFieldDescriptor dcf_field;

ProtobufCMessage *dcf_message_new(dcf_arena *a, const ProtobufCMessageDescriptor *type);
dcf_field *dcf_field_find(const ProtobufCMessageDescriptor *type, const char *name, size_t size);
static inline bool dcf_field_repeated(dcf_field *f)
{
    return f->label == PROTOBUF_C_LABEL_REPEATED;
}
/* Where a singular field's value lies. */
static inline void *dcf_field_at(const ProtobufCMessage *m, dcf_field *f)
{
    return (uint8_t *)m + f->offset;
}
/* The message type of a message field; NULL for others. */
const ProtobufCMessageDescriptor *dcf_field_message(dcf_field *f);

/* How many values the field holds: for a singular one 0 (absent, or the default value of a scalar)
 * or 1. */
size_t dcf_field_count(const ProtobufCMessage *m, dcf_field *f);
/* The oneof the field belongs to has another member set. */
bool dcf_field_displaced(const ProtobufCMessage *m, dcf_field *f);

/* The i-th message; NULL when there is none. */
ProtobufCMessage *dcf_field_get_message(const ProtobufCMessage *m, dcf_field *f, size_t i);
/* The singular message, made when absent; for a repeated field a new one at the end. */
ProtobufCMessage *dcf_field_make_message(dcf_arena *a, ProtobufCMessage *m, dcf_field *f);

enum { DCF_FIELD_TEXT_SIZE = 32 };
/* The i-th scalar as text, in buf or borrowed from the message (bytes: arena); also when it is the
 * default. NULL: no memory. */
const char *dcf_field_get_text(dcf_arena *a, const ProtobufCMessage *m, dcf_field *f, size_t i,
                               char buf[DCF_FIELD_TEXT_SIZE]);
/* A scalar of any type, as it lies in the message. */
typedef union dcf_scalar {
    int64_t s;
    uint64_t u;
    int e;
    protobuf_c_boolean b;
    const char *text;
    ProtobufCBinaryData bytes;
    int32_t s32;
    uint32_t u32;
} dcf_scalar;

/* A text as a value of the field's type, which may borrow it. CORRUPT: it is none. */
DCF_RESULT dcf_field_parse(dcf_arena *a, dcf_field *f, const char *text, dcf_scalar *ret);
/* Sets the scalar of a singular field that is in no oneof. */
void dcf_field_put(ProtobufCMessage *m, dcf_field *f, const dcf_scalar *v);
/* Sets the i-th scalar, as dcf_field_set_text does. */
DCF_RESULT dcf_field_set(dcf_arena *a, ProtobufCMessage *m, dcf_field *f, size_t i,
                         const dcf_scalar *v);
/*
 * Sets the i-th scalar (i == count appends; past it, empty ones fill the gap; singular: 0).
 * text must live in the arena: strings are not copied. CORRUPT: it is no value of the field's type.
 */
bool dcf_field_takes(dcf_arena *a, dcf_field *f, const char *text); /* whether it is such a value */
DCF_RESULT dcf_field_set_text(dcf_arena *a, ProtobufCMessage *m, dcf_field *f, size_t i,
                              const char *text);

#endif
