/*
 * translate.h - native bytes to canonical message and back, by one mapping.
 *
 * A dialect is a compiled mapping: immutable, shareable between threads, lives
 * until freed. Every call works in the caller's arena, so memory is bounded by
 * its limit, and reports every fault of the document at once.
 * The mapping language: adapters/dialect/README.md.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_H
#define DCF_TRANSLATE_H

#include "dcf/fault.h"
#include "dcf/span.h"
#include "dcf/status.h"

struct dcf_arena;
struct dcf_buf;
struct Dcf__V1__Envelope;

typedef struct dcf_dialect dcf_dialect;

/* Limits of one document; 0 means the default in brackets. */
typedef struct dcf_limits {
    size_t bytes;  /* whole document [4 MiB] */
    size_t depth;  /* nesting, over all unwrapped layers together [64] */
    size_t values; /* elements + attributes + JSON values [200,000] */
    size_t text;   /* bytes of one value; a payload to unwrap counts as document [64 KiB] */
} dcf_limits;

/*
 * Compiles a mapping file (and the code tables it names, relative to it).
 * CONFIG: the mapping has mistakes; each is a fault 7001 with line and column.
 */
DCF_RESULT dcf_dialect_load(const char *path, dcf_faults *faults, dcf_dialect **ret);
void dcf_dialect_free(dcf_dialect *d);                 /* accepts NULL */
const char *dcf_dialect_name(const dcf_dialect *d);    /* "spi" */
const char *dcf_dialect_version(const dcf_dialect *d); /* "1" */
const char *
dcf_dialect_media_type(const dcf_dialect *d); /* "application/xml", "application/json" */

const char *dcf_dialect_extension(const dcf_dialect *d); /* of its files: "xml", "json", "csv" */

/*
 * Native document to envelope. Sets the body, what the mapping takes from the
 * native header (message id, correlation id, systems, test mark), dialect,
 * mapping version and extensions; the caller adds link, times and hashes.
 * The envelope lives in the arena and holds no pointer into native.
 * FAULTY: faults has at least one error and *ret is what could be read (may be
 * NULL), for showing what it was about; never to be sent on. NOMEM: over the arena's limit.
 */
DCF_RESULT dcf_to_canonical(const dcf_dialect *d, dcf_span native, const dcf_limits *limits,
                            struct dcf_arena *arena, dcf_faults *faults,
                            struct Dcf__V1__Envelope **ret);

/*
 * Envelope to native document, appended to out. FAULTY: the dialect cannot carry it
 * (2012) or a value has no form there (2006, 2007, 2008); out is then not to be used.
 */
DCF_RESULT dcf_from_canonical(const dcf_dialect *d, const struct Dcf__V1__Envelope *envelope,
                              struct dcf_arena *arena, dcf_faults *faults, struct dcf_buf *out);

/*
 * Where an HTTP receiver takes this message: the mapping's `path`, appended, its {field}s filled
 * and percent-escaped. NOT_FOUND: the mapping states none; FAULTY: the dialect cannot carry the
 * message, or a field is empty.
 */
DCF_RESULT dcf_dialect_path(const dcf_dialect *d, const struct Dcf__V1__Envelope *envelope,
                            struct dcf_buf *out);

/* Canonical JSON (field names as in proto/dcf/v1, enums by value name, bytes in base64): the
 * reading form of the tools. */
DCF_RESULT dcf_canonical_to_json(const struct Dcf__V1__Envelope *envelope, bool pretty,
                                 struct dcf_buf *out);
/* And back, strictly: an unknown field or a wrong kind is a fault. The envelope lives in the arena.
 */
DCF_RESULT dcf_canonical_from_json(dcf_span json, const dcf_limits *limits, struct dcf_arena *arena,
                                   dcf_faults *faults, struct Dcf__V1__Envelope **ret);

#endif
