/*
 * envelope.h - the one record that travels (proto/dcf/v1/envelope.proto): its
 * type, its case, its bytes and its headers.
 *
 * Everything is found through the descriptors, so a new body needs no line here.
 * Thread rule: none; pure. SPDX-License-Identifier: MIT
 */
#ifndef DCF_MODEL_ENVELOPE_H
#define DCF_MODEL_ENVELOPE_H

#include "dcf/v1/envelope.pb-c.h"
#include "model/message.h"

/* The body's type as the lifecycle and the routes write it: "case_submission"; "" without a body.
 * Static. */
const char *dcf_envelope_type(const Dcf__V1__Envelope *e);
/* The types a body can have, in order of tag; NULL past the last. Static. */
const char *dcf_envelope_type_at(size_t i);
/* The body itself, borrowed; NULL when there is none. */
const ProtobufCMessage *dcf_envelope_body(const Dcf__V1__Envelope *e);
/* The body's URN as sent; "" when there is none. Borrowed. */
const char *dcf_envelope_urn(const Dcf__V1__Envelope *e);

/*
 * The case the message is about, which is its Kafka key: the URN's root. A URN of
 * no known form counts as it stands (upper case, no spaces) when it is at most 40
 * printable ASCII characters, so that a case keeps its order even then. "" when
 * there is none. In the arena; NULL over its limit.
 */
char *dcf_envelope_case_key(const Dcf__V1__Envelope *e, dcf_arena *arena);

/*
 * What a receiver knows a delivery by (Idempotency-Key): the message's id, and after people let it
 * go again ID/again/N, for the receiver may remember that it refused. In the arena or the envelope;
 * NULL over its limit.
 */
const char *dcf_envelope_delivery_id(const Dcf__V1__Envelope *e, dcf_arena *arena);

enum { DCF_SHORT_ID_SIZE = 37 };
/*
 * An id for forms that have no room for ours, made of a hash: a UUID (RFC 9562, version 8).
 * SPI allows 50 characters (SystemDataStreamID), TWIF 40 (UniqueId). Returns out.
 */
char *dcf_short_id(const uint8_t hash[16], char out[DCF_SHORT_ID_SIZE]);

/* Appends the packed envelope. LIMIT: over out's ceiling. */
DCF_RESULT dcf_envelope_pack(const Dcf__V1__Envelope *e, dcf_buf *out);
/*
 * The body alone, its type first: what body_sha256 is over; and appends it packed. Two
 * envelopes with equal bodies of one type give equal bytes, whatever their headers.
 */
Dcf__V1__Envelope dcf_envelope_body_alone(const Dcf__V1__Envelope *e); /* borrows e's body */
DCF_RESULT dcf_envelope_pack_body(const Dcf__V1__Envelope *e, dcf_buf *out);
/* As dcf_message_unpack. */
DCF_RESULT dcf_envelope_unpack(dcf_span packed, dcf_arena *arena, Dcf__V1__Envelope **ret);

typedef struct dcf_envelope_header {
    const char *name, *value; /* static, of the envelope, or in the arena */
} dcf_envelope_header;

enum { DCF_ENVELOPE_HEADERS_MAX = 7 };
/*
 * CloudEvents 1.0 in binary mode: ce_specversion, ce_id, ce_source
 * ("/force-45/spi-45"), ce_type ("uk.dcf.v1.CaseSubmission"), ce_time (when
 * received), content-type; and traceparent when there is one. NOMEM: over the
 * arena's limit.
 */
DCF_RESULT dcf_envelope_headers(const Dcf__V1__Envelope *e, dcf_arena *arena,
                                dcf_envelope_header ret[DCF_ENVELOPE_HEADERS_MAX],
                                size_t *ret_count);

#endif
