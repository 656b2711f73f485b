/*
 * format.h - what a format is to the translator: one row with a function that
 * turns bytes into events and one that turns events into bytes. A new format is
 * two files and a row in format.c. Internal to translate/.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_FORMAT_H
#define DCF_TRANSLATE_FORMAT_H

#include "base/buf.h"
#include "base/yaml.h"
#include "translate/event.h"

struct dcf_compiler;

/* Where a document is written to. All of it outlives the sink. */
typedef struct dcf_write_to {
    const void *settings;    /* of the format, as the mapping has them */
    struct dcf_arena *arena; /* of the document */
    dcf_faults *faults;
    dcf_buf *out;
} dcf_write_to;

typedef struct dcf_format {
    const char *name, *media_type, *extension;
    bool xml;   /* namespaces, attributes, wrappers; the root's name tells the message */
    bool kinds; /* a value is a text, a number or a boolean, and may not be an object */
    bool lists; /* a list may stand in a list: [] is a step of a path */
    bool own;   /* the mapping has a key of the format's name with settings */
    /* The settings, in the dialect's arena; NULL after a mistake. */
    const void *(*compile)(struct dcf_compiler *c, const dcf_yaml *settings);
    /* Reports the native paths of the compiled mapping that no document can have. */
    void (*check)(struct dcf_compiler *c);
    /* Why no document can hold this text; NULL when one can. */
    const char *(*refuses)(const void *settings, dcf_span text);
    dcf_status (*read)(dcf_parse *p, const void *settings, dcf_span document);
    /* Allocated in to->arena; on is NULL out of memory. */
    dcf_sink (*write)(const dcf_write_to *to);
} dcf_format;

/* All formats, XML first. */
const dcf_format *dcf_formats(size_t *ret_count);

#endif
