/*
 * xml_reader.h - the state of one XML document being read, shared by the files that read it.
 * XML 1.0 (4th edition names) with namespaces, in the encodings of xml_encoding.c, no DOCTYPE; what
 * expat refuses or accepts under these rules, this reader does (tests/fuzz/fuzz_xml_diff.c).
 * Internal to translate/. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_XML_READER_H
#define DCF_TRANSLATE_XML_READER_H

#include "base/arena.h"
#include "base/buf.h"
#include "translate/event.h"

typedef struct dcf_xml_binding {
    dcf_span prefix, uri; /* prefix empty: the default namespace; uri empty: none */
} dcf_xml_binding;

typedef struct dcf_xml_attribute {
    dcf_span prefix, local, ns, value;
} dcf_xml_attribute;

typedef struct dcf_xml_element {
    dcf_span name;   /* as it stands in the document */
    size_t bindings; /* on the stack before its own */
} dcf_xml_element;

enum { DCF_XML_URIS = 8, DCF_XML_BINDINGS_MAX = 256 };

typedef struct dcf_xml {
    dcf_parse *parse;
    const uint8_t *at, *end;
    /* where `at` is, for people: columns count characters */
    uint32_t line, tails; /* tails: bytes of the line up to counted that begin no character */
    const uint8_t *line_start, *counted;
    bool ascii;
    dcf_xml_element *elements;
    size_t element_count, element_capacity;
    dcf_xml_binding *bindings; /* of all open elements, innermost last */
    size_t binding_count, binding_capacity;
    dcf_xml_attribute *attributes; /* of the tag being read, without xmlns */
    size_t attribute_count, attribute_capacity;
    dcf_span uris[DCF_XML_URIS]; /* in the arena: equal namespaces mostly are one pointer */
    size_t uri_count;
    dcf_span plain; /* text since the last tag: a piece of the document … */
    dcf_buf text;   /* … or, when it came in several, copied together */
    dcf_event open; /* pending: not told yet, since its element may be a mere leaf */
    bool pending;
    bool payload;      /* the text is a document: only the size limit holds */
    bool had_children; /* the element that is open has (so blank text is layout) */
} dcf_xml;

/* All give false when the reading ends here. */
bool dcf_xml_fail(dcf_xml *x, const uint8_t *at, dcf_fault_code code, const char *detail);
bool dcf_xml_broken(dcf_xml *x, const uint8_t *at); /* at: the byte that cannot stand there */
bool dcf_xml_bad_reference(dcf_xml *x, const uint8_t *at);
bool dcf_xml_no_memory(dcf_xml *x);

/* A line break at p, CR LF being one: behind it. */
const uint8_t *dcf_xml_newline(dcf_xml *x, const uint8_t *p);
const uint8_t *dcf_xml_space(dcf_xml *x, const uint8_t *p);

/* xml_reference.c: the reference at p, its bytes in out: behind it; NULL when it is none. */
const uint8_t *dcf_xml_reference(const uint8_t *p, const uint8_t *end, uint8_t out[4],
                                 size_t *ret_size);
/* Appends text without one level of escapes; false when there is more in it than text. */
bool dcf_xml_unescape(dcf_span s, dcf_buf *out);

/* xml_names.c: behind the name without colon that begins at p; p when none does. */
const uint8_t *dcf_xml_name(const uint8_t *p, const uint8_t *end);

/* xml_tag.c: the inside of a start tag, after '<': its element and bindings are pushed, the
 * attributes resolved, ret is its OPEN. */
bool dcf_xml_start_tag(dcf_xml *x, dcf_event *ret, bool *ret_empty);

/* xml_payload.c: the XML declaration, if x->at stands at one. */
bool dcf_xml_declaration(dcf_xml *x);
/* A whole document, in UTF-8 whatever it declares, that begins in that line. */
DCF_RESULT dcf_xml_read_layer(dcf_parse *p, dcf_span document, uint32_t line);

/* xml_encoding.c: the document in UTF-8, itself or a copy in the arena; false when it is too large,
 * or not in the encoding it declares. */
bool dcf_xml_decode(dcf_parse *p, dcf_span document, dcf_span *ret);

#endif
