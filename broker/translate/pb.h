/*
 * pb.h - protobuf as a native format: wire bytes to events by a schema that the
 * mapping states, and back.
 *
 * The schema is text in the mapping, and not a descriptor set beside it, because
 * an author reads, compares and corrects it there, and because it is the wire that
 * must fit: numbers, names and types are all that counts. The document opens with
 * the empty name; a field is a member of its name, a repeated one several. An
 * unknown field is "#" and its number. There are no lines: faults are in line 1,
 * the column is the byte. Wire format: protobuf.dev/programming-guides/encoding.
 * Internal to translate/. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_PB_H
#define DCF_TRANSLATE_PB_H

#include "translate/format.h"

typedef enum dcf_pb_wire {
    DCF_PB_VARINT = 0,
    DCF_PB_FIXED64 = 1,
    DCF_PB_BYTES = 2,
    DCF_PB_FIXED32 = 5
} dcf_pb_wire;

/* X(name, wire, kind of number): the scalar types of .proto files. */
#define DCF_PB_SCALARS(X)                                                                          \
    X(double, FIXED64, REAL)                                                                       \
    X(float, FIXED32, REAL)                                                                        \
    X(int32, VARINT, SIGNED)                                                                       \
    X(int64, VARINT, SIGNED)                                                                       \
    X(uint32, VARINT, UNSIGNED)                                                                    \
    X(uint64, VARINT, UNSIGNED)                                                                    \
    X(sint32, VARINT, ZIGZAG)                                                                      \
    X(sint64, VARINT, ZIGZAG)                                                                      \
    X(fixed32, FIXED32, UNSIGNED)                                                                  \
    X(fixed64, FIXED64, UNSIGNED)                                                                  \
    X(sfixed32, FIXED32, SIGNED)                                                                   \
    X(sfixed64, FIXED64, SIGNED)                                                                   \
    X(bool, VARINT, BOOL)                                                                          \
    X(string, BYTES, TEXT)                                                                         \
    X(bytes, BYTES, BASE64)

typedef enum dcf_pb_kind {
    DCF_PB_REAL,
    DCF_PB_SIGNED,
    DCF_PB_UNSIGNED,
    DCF_PB_ZIGZAG,
    DCF_PB_BOOL,
    DCF_PB_TEXT,
    DCF_PB_BASE64,
    DCF_PB_ENUM,
    DCF_PB_MESSAGE
} dcf_pb_kind;

typedef struct dcf_pb_value {
    const char *name;
    int32_t number;
} dcf_pb_value;

typedef struct dcf_pb_enum {
    const char *name;
    dcf_pb_value *values;
    size_t count;
} dcf_pb_enum;

struct dcf_pb_message;

typedef struct dcf_pb_field {
    uint32_t number;
    const char *name;
    dcf_pb_wire wire;
    dcf_pb_kind kind;
    unsigned bits; /* of a number: 32 or 64 */
    bool repeated;
    const dcf_pb_enum *values;            /* ENUM */
    const struct dcf_pb_message *message; /* MESSAGE */
} dcf_pb_field;

typedef struct dcf_pb_message {
    const char *name;
    dcf_pb_field *fields;
    size_t count;
} dcf_pb_message;

typedef struct dcf_pb {
    const dcf_pb_message *root;
    dcf_pb_message **messages;
    dcf_pb_enum **enums;
    size_t message_count, enum_count;
} dcf_pb;

const dcf_pb_field *dcf_pb_by_number(const dcf_pb_message *m, uint64_t number); /* or NULL */
const dcf_pb_field *dcf_pb_by_name(const dcf_pb_message *m, dcf_span name);     /* or NULL */

const void *dcf_pb_compile(struct dcf_compiler *c, const dcf_yaml *settings);
void dcf_pb_check(struct dcf_compiler *c);
DCF_RESULT dcf_pb_read(dcf_parse *p, const void *settings, dcf_span document);
dcf_sink dcf_pb_write(const dcf_write_to *to);

#endif
