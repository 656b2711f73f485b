/*
 * scaffold.h - a mapping to start from, made of documents: every path of theirs is
 * mapped by a guess, marked "guess:", or dropped as not yet mapped, marked
 * "choose:". It compiles and reads those documents as it is. The values of a
 * document are never shown, but for words of code lists.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_AUTHORING_SCAFFOLD_H
#define DCF_AUTHORING_SCAFFOLD_H

#include "base/arena.h"
#include "base/buf.h"
#include "dcf/fault.h"

typedef struct dcf_scaffold_sample {
    const char *name; /* of its file, for faults and comments */
    dcf_span bytes;
} dcf_scaffold_sample;

typedef struct dcf_scaffold_wish {
    const char *dialect;   /* its name */
    const char *canonical; /* member of Envelope.body; NULL: guessed, a message each */
} dcf_scaffold_wish;

/*
 * Appends the mapping. xml, json and csv are told apart by their beginning.
 * FAULTY: a document cannot be read; NOT_FOUND: there is no such canonical message.
 */
DCF_RESULT dcf_scaffold(const dcf_scaffold_sample *samples, size_t count,
                        const dcf_scaffold_wish *wish, dcf_arena *arena, dcf_faults *faults,
                        dcf_buf *out);

#endif
