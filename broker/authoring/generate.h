/*
 * generate.h - native documents made from a mapping alone: every message, group
 * and row of it, with values its codecs take, at its lengths, and Unicode. For
 * round-trip laws over more than the samples. The same seed makes the same
 * document. SPDX-License-Identifier: MIT
 */
#ifndef DCF_AUTHORING_GENERATE_H
#define DCF_AUTHORING_GENERATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "dcf/translate.h"

/*
 * Appends a document of the message seed % number of messages; those that are only
 * read are left out. Of each message the first document has every value, the
 * second only those that are required, the others a choice. *ret_message: its
 * native name, borrowed from the dialect. NOT_FOUND: the mapping writes no message. FAULTY:
 * of what was made again and again nothing could be written.
 */
DCF_RESULT dcf_generate(const dcf_dialect *d, uint64_t seed, dcf_arena *arena, dcf_buf *out,
                        const char **ret_message);

#endif
