/*
 * scaffold_write.h - one message of a scaffold. Internal to translate/.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_AUTHORING_SCAFFOLD_WRITE_H
#define DCF_AUTHORING_SCAFFOLD_WRITE_H

#include "authoring/scaffold_parts.h"

enum { DCF_SCAFFOLD_STEP = 256 };

/* What all messages of one scaffold share. */
typedef struct dcf_scaffolder {
    const dcf_format *format;
    dcf_arena *arena;
    dcf_buf codes;           /* the tables they need */
    const char **namespaces; /* of xml: the first is the default */
    size_t namespace_count;
} dcf_scaffolder;

/* Appends the rows of a message of that body, indented, and its drops. where: it must also say what
 * kind it is. */
DCF_RESULT dcf_scaffold_rows(dcf_scaffolder *s, const dcf_shape_node *root,
                             const ProtobufCMessageDescriptor *body, const char *skip,
                             dcf_buf *out);
/* How well the body fits the documents: the likeness of all that is likely. */
DCF_RESULT dcf_scaffold_fit(dcf_scaffolder *s, const dcf_shape_node *root,
                            const ProtobufCMessageDescriptor *body, unsigned *ret);
/* The place of a namespace among all, added when new. */
size_t dcf_scaffold_ns(dcf_scaffolder *s, const char *uri);
/* "@type", "n1:PAON": with a prefix where it is in another namespace than its parent. */
void dcf_scaffold_step(dcf_scaffolder *s, const dcf_shape_node *n, char out[DCF_SCAFFOLD_STEP]);
/* scaffold_refs.c: appends what parts seem to name each other by ids, as remarks. */
void dcf_scaffold_refs(dcf_scaffolder *s, const dcf_shape_node *root, dcf_buf *out);

#endif
