/*
 * draw.h - the lifecycle as a picture, made from its rules: Mermaid text, or SVG with a layout of
 * our own, so that nothing else has to be installed. The same rules give the same bytes.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_EXCHANGE_DRAW_H
#define DCF_EXCHANGE_DRAW_H

#include "base/buf.h"
#include "exchange/lifecycle.h"

enum { DCF_EDGES_MAX = 256 };

typedef struct dcf_edge { /* a way from one state to another */
    unsigned from, to;
} dcf_edge;

/* The ways that lead elsewhere, each once, by from, then in the order of the file. */
size_t dcf_lifecycle_edges(const dcf_lifecycle *l, dcf_edge ret[DCF_EDGES_MAX]);
/* The messages that make a way, one after the other, with their conditions or without. */
void dcf_lifecycle_tell_edge(const dcf_lifecycle *l, const dcf_edge *e, bool conditions,
                             dcf_buf *out);
void dcf_lifecycle_mermaid(const dcf_lifecycle *l, dcf_buf *out);
void dcf_lifecycle_svg(const dcf_lifecycle *l, dcf_buf *out); /* draw_svg.c */

#endif
