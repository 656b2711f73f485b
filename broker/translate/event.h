/*
 * event.h - what every format becomes: a stream of events, in one pass, without
 * a tree. Readers produce it, writers take it, a mapping stands between them.
 *
 * A document is OPEN … CLOSE, balanced. XML: an element opens, its attributes
 * follow at once, then texts and children in order. JSON: a member opens with its
 * key and closes after its value; an item of an array is a member with the
 * array's key and `array` set, and an array inside an array is an item of shape LIST
 * whose items have the empty name; the document itself opens with the empty name.
 * Spans are valid UTF-8 without NUL and live only during the call.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_EVENT_H
#define DCF_TRANSLATE_EVENT_H

#include "dcf/fault.h"
#include "dcf/span.h"
#include "dcf/translate.h"

typedef enum dcf_event_kind {
    DCF_EV_OPEN,
    DCF_EV_ATTRIBUTE, /* name and value; only between OPEN and what is inside */
    DCF_EV_VALUE,     /* text of the open element, or the member's plain value */
    DCF_EV_CLOSE,
    DCF_EV_DOCUMENT, /* writers only: what follows is a document inside the open element's text … */
    DCF_EV_DOCUMENT_END /* … until here */
} dcf_event_kind;

typedef enum dcf_shape {
    DCF_SHAPE_ANY,
    DCF_SHAPE_OBJECT,
    DCF_SHAPE_SCALAR,
    DCF_SHAPE_LIST
} dcf_shape; /* XML is ANY */

typedef enum dcf_value_kind {
    DCF_VALUE_TEXT, /* XML, and JSON strings */
    DCF_VALUE_NUMBER,
    DCF_VALUE_BOOLEAN,
    DCF_VALUE_NULL
} dcf_value_kind;

typedef struct dcf_event {
    dcf_event_kind kind;
    dcf_shape shape; /* OPEN */
    bool array;      /* OPEN: an item of a JSON array */
    bool beside;  /* it stands in a reference beside its key, where writing has no place for it */
    bool lasting; /* local and value stay, in the arena; NUL stands behind the value */
    dcf_value_kind value_kind; /* ATTRIBUTE, VALUE */
    dcf_span ns, local;        /* OPEN, ATTRIBUTE */
    dcf_span value;            /* ATTRIBUTE, VALUE */
    uint32_t line, column;     /* from 1; see dcf_xml_read_payload */
} dcf_event;

/* Takes events. False stops the producer, which then returns the parse's status. */
typedef struct dcf_sink {
    bool (*on)(void *self, const dcf_event *e);
    void *self;
} dcf_sink;

static inline bool dcf_emit(dcf_sink sink, const dcf_event *e)
{
    return sink.on(sink.self, e);
}

enum {
    DCF_LAYERS_MAX = 3,
    DCF_NAME_MAX = 1024
}; /* wrapped documents inside each other; bytes of a name */

/* What the readers of one document, through all its layers, share. */
typedef struct dcf_parse {
    dcf_limits limits; /* none 0: see dcf_parse_init */
    struct dcf_arena *arena;
    dcf_faults *faults;
    dcf_sink sink;
    /* May be NULL. Most elements and members are nothing but a value: a sink that takes their OPEN,
     * VALUE and CLOSE at once (the CLOSE stands where the value does) has less to do. */
    bool (*leaf)(void *self, const dcf_event *open, const dcf_event *value);
    const char *path; /* where the sink stands, for faults; never NULL */
    bool payload;     /* set by the sink on OPEN: the text of this element is a document */
    unsigned layer;   /* escaped layers around the present document */
    size_t depth, values;
    dcf_status status; /* why the sink or a limit stopped the reading */
} dcf_parse;

void dcf_parse_init(dcf_parse *p, const dcf_limits *limits, struct dcf_arena *arena,
                    dcf_faults *faults, dcf_sink sink);
/* Counts values and depth against the limits: false, with a fault, when over. */
bool dcf_parse_over(dcf_parse *p, uint32_t line, uint32_t column); /* tells which: false */
static inline bool dcf_parse_count(dcf_parse *p, uint32_t line, uint32_t column)
{
    return ++p->values <= p->limits.values || dcf_parse_over(p, line, column);
}
static inline bool dcf_parse_open(dcf_parse *p, uint32_t line, uint32_t column)
{
    if (++p->depth > p->limits.depth) return dcf_parse_over(p, line, column);
    return dcf_parse_count(p, line, column);
}
/* A sink that stops says why: it is a mistake of ours when it did not. */
static inline bool dcf_parse_taken(dcf_parse *p, bool ok)
{
    if (!ok && dcf_ok(p->status)) p->status = DCF_ERR(BUG);
    return ok;
}
/* Hands over an event, or those of a leaf; false when the sink stops. */
static inline bool dcf_parse_emit(dcf_parse *p, const dcf_event *e)
{
    return dcf_parse_taken(p, dcf_emit(p->sink, e));
}
bool dcf_parse_each(dcf_parse *p, const dcf_event *open, const dcf_event *value); /* of a leaf */
static inline bool dcf_parse_leaf(dcf_parse *p, const dcf_event *open, const dcf_event *value)
{
    if (!p->leaf) return dcf_parse_each(p, open, value);
    return dcf_parse_taken(p, p->leaf(p->sink.self, open, value));
}
/* Reports and stops: returns false. */
bool dcf_parse_fail(dcf_parse *p, dcf_fault_code code, uint32_t line, uint32_t column,
                    const char *detail);

/*
 * A whole document. FAULTY: it was refused, the fault is in the list and the
 * stream ends where it stood; NOMEM; or what the sink left in p->status.
 */
DCF_RESULT dcf_xml_read(dcf_parse *p, dcf_span document);
DCF_RESULT dcf_json_read(dcf_parse *p, dcf_span document);

/*
 * The text of an element that is itself a document: trimmed, unescaped until it
 * is one (1009 past DCF_LAYERS_MAX), then read into the same sink. opened, line: of the element's
 * start and of the text's end. The lines of the payload are those of the document around it, so
 * that people find them there; where its line breaks are escaped too, they are its own. Columns
 * count the unescaped text.
 */
DCF_RESULT dcf_xml_read_payload(dcf_parse *p, dcf_span text, uint32_t opened, uint32_t line,
                                uint32_t column);

#endif
