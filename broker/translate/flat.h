/*
 * flat.h - an envelope as a list of its plain values with their paths, and what
 * differs between two of them: for diff, roundtrip, coverage and test.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_FLAT_H
#define DCF_TRANSLATE_FLAT_H

#include "base/arena.h"
#include "dcf/status.h"

#include <protobuf-c/protobuf-c.h>

struct Dcf__V1__Envelope;

/* Texts live in the arena or the message. */
typedef struct dcf_flat_value {
    const char *path;  /* "defendants[0].asn"; "/sent_at" when it is the Envelope's own */
    const char *field; /* the same without positions */
    const char *value; /* as reflect.h shows it */
} dcf_flat_value;

typedef struct dcf_flat {
    dcf_flat_value *items;
    size_t count, capacity;
} dcf_flat;

/* Every value that is there, sorted by path. The size and hash of the native document are left out:
 * they are the document's, not the message's. */
DCF_RESULT dcf_flatten(const struct Dcf__V1__Envelope *envelope, dcf_arena *arena, dcf_flat *ret);

/* Every plain field the message type can hold, "person.name.title", without values, sorted; a type
 * inside itself is not followed. */
DCF_RESULT dcf_flat_fields(const ProtobufCMessageDescriptor *type, dcf_arena *arena, dcf_flat *ret);

/* Calls fn for each difference, in order of path; left or right NULL: not there. */
void dcf_flat_compare(const dcf_flat *a, const dcf_flat *b,
                      void (*fn)(void *self, const char *path, const char *left, const char *right),
                      void *self);

/* A copy of a path without its "[n]"; NULL: no memory. */
char *dcf_flat_field(dcf_arena *arena, const char *path);

#endif
