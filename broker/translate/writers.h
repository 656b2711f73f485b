/*
 * writers.h - events to bytes, as XML or JSON. Names of open elements are
 * borrowed until they close; values only during the call. A writer trusts its
 * producer: events are balanced and values are what the format can carry.
 * False means too deep, or the buffer failed. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_WRITERS_H
#define DCF_TRANSLATE_WRITERS_H

#include "base/buf.h"
#include "translate/event.h"

#include <stdio.h>

enum { DCF_XML_WRITER_DEPTH = 128, DCF_JSON_WRITER_DEPTH = 128 };

typedef struct dcf_xml_scope {
    dcf_span ns, local;
    bool has_children, has_text;
} dcf_xml_scope;

typedef struct dcf_xml_writer {
    dcf_buf *out;
    bool pretty;
    bool tag_open; /* the start tag waits for its attributes */
    unsigned attribute_prefixes;
    unsigned layer;               /* escaped documents around the present one */
    size_t bases[DCF_LAYERS_MAX]; /* depth at which the outer documents began */
    size_t document_base;
    size_t depth;
    dcf_xml_scope scopes[DCF_XML_WRITER_DEPTH];
} dcf_xml_writer;

/* Borrows out, writes the XML declaration. The sink lives as long as w. */
dcf_sink dcf_xml_writer_init(dcf_xml_writer *w, dcf_buf *out, bool pretty);

typedef struct dcf_json_scope {
    dcf_span array; /* name of the array that is open in this object; data NULL when none */
    bool any;       /* something was written in it */
    bool scalar;    /* a plain value: no braces */
    bool list;      /* an array inside an array: its items have no names */
    bool valued;    /* scalar: its value was written */
} dcf_json_scope;

typedef struct dcf_json_writer {
    dcf_buf *out;
    bool pretty;
    size_t depth;
    dcf_json_scope scopes[DCF_JSON_WRITER_DEPTH];
} dcf_json_writer;

/* Borrows out. The sink lives as long as w. */
dcf_sink dcf_json_writer_init(dcf_json_writer *w, dcf_buf *out, bool pretty);

#endif
