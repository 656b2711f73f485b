/*
 * packed.h - what this program makes of a document: the bytes that every peer's are held against.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_BENCH_PACKED_H
#define DCF_BENCH_PACKED_H

#include "base/arena.h"
#include "base/buf.h"
#include "dcf/translate.h"

/* The dialect of that name in the tree $DCF_HOME (the working directory when unset); NULL, said on
 * stderr, when it cannot be loaded. */
dcf_dialect *bench_dialect(const char *name);
/* native document -> Envelope -> protobuf bytes, appended; false when the document has a fault
 * (said on stderr). */
bool bench_pack_once(const dcf_dialect *d, dcf_span document, dcf_arena *arena, dcf_buf *out);
/* The same in an arena of its own. */
bool bench_packed(const dcf_dialect *d, dcf_span document, dcf_buf *out);

#endif
