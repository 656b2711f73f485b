/*
 * message.h - any canonical message to bytes and back, strictly.
 *
 * protobuf-c checks neither UTF-8 nor NUL in texts (a text is cut silently at the
 * NUL) nor depth, so bytes are checked against the descriptor before they are read.
 * Thread rule: none; pure. SPDX-License-Identifier: MIT
 */
#ifndef DCF_MODEL_MESSAGE_H
#define DCF_MODEL_MESSAGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "dcf/span.h"
#include "dcf/status.h"

#include <protobuf-c/protobuf-c.h>

/*
 * Appends the bytes of m. The same content gives the same bytes: fields in order
 * of tag, each once, defaults left out. LIMIT: over out's ceiling.
 */
DCF_RESULT dcf_message_pack(const ProtobufCMessage *m, dcf_buf *out);

/* The same bytes in the arena. NOMEM: over its limit. */
DCF_RESULT dcf_message_pack_in(const ProtobufCMessage *m, dcf_arena *arena, dcf_span *ret);

/*
 * Reads a message of type d; it lives in the arena and borrows nothing from packed.
 * CORRUPT: not protobuf, a text that is not UTF-8 or holds a NUL. LIMIT: nested
 * deeper than 32. NOMEM: over the arena's limit.
 */
DCF_RESULT dcf_message_unpack(const ProtobufCMessageDescriptor *d, dcf_span packed,
                              dcf_arena *arena, ProtobufCMessage **ret);

#endif
