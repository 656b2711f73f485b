/*
 * scaffold_parts.h - what the parts of the scaffold share: the shape of documents,
 * and how a name is likened to a canonical field. Internal to translate/.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_AUTHORING_SCAFFOLD_PARTS_H
#define DCF_AUTHORING_SCAFFOLD_PARTS_H

#include "authoring/scaffold.h"
#include "translate/mapping.h"

enum { DCF_SHAPE_VALUES = 16 };

/* All elements, members or cells of one path, over all documents. */
typedef struct dcf_shape_node {
    const char *name; /* "" is the document of a format without roots */
    const char *ns;
    bool attribute;
    bool list;     /* repeats, or stands in an array */
    bool document; /* its text is a document */
    struct dcf_shape_node *parent, **children;
    size_t child_count;
    size_t times, now;                    /* seen; in the present parent */
    size_t texts;                         /* values that are not blank */
    unsigned kinds;                       /* a bit for each dcf_value_kind */
    const char *values[DCF_SHAPE_VALUES]; /* different ones */
    size_t value_count;
    bool more;                /* than values holds */
    size_t shortest, longest; /* characters */
} dcf_shape_node;

/* Reads a document into the tree below root. */
DCF_RESULT dcf_shape_read(const dcf_format *format, const void *settings,
                          const dcf_scaffold_sample *sample, dcf_arena *arena, dcf_faults *faults,
                          dcf_shape_node *root);
/* Whether values stand there, and all of them pass. */
bool dcf_shape_all(const dcf_shape_node *n, bool (*pass)(const char *value));

/* scaffold_csv.c: the `csv` of a table nobody described, as YAML; and compiled. */
DCF_RESULT dcf_scaffold_csv(const dcf_scaffold_sample *samples, size_t count, dcf_arena *arena,
                            dcf_buf *yaml);

/* A canonical field a native path may be. */
typedef struct dcf_target {
    const char *path; /* "person.name.family_name", "/sent_at" */
    dcf_field *field;
    bool used;
} dcf_target;

typedef struct dcf_targets {
    dcf_target *items;
    size_t count, capacity;
} dcf_targets;

/* scaffold_match.c */
/* What is reachable from the type without passing a list; at the body of an Envelope also what
 * senders say in headers. */
DCF_RESULT dcf_targets_of(const ProtobufCMessageDescriptor *type, bool body, dcf_arena *arena,
                          dcf_targets *ret);
/* 0 to 100: how much the path of a node, below the group top, is like the field. Values count. */
unsigned dcf_likeness(const dcf_shape_node *node, const dcf_shape_node *top, const dcf_target *t);
enum { DCF_LIKELY = 62, DCF_SURE = 75 };

/* scaffold_codec.c: the `as` of a leaf at a field, as YAML ("" for none), with code rows appended
 * to codes when it needs a table of its own, and a remark. */
typedef struct dcf_as {
    char as[96];
    const char *remark; /* what to look at; "" for nothing */
    bool warn;          /* some values have no code yet */
} dcf_as;
DCF_RESULT dcf_scaffold_as(const dcf_shape_node *n, const dcf_target *t, dcf_buf *codes,
                           dcf_as *ret);
/* The value of the enum that a word of a document may mean; NULL: none. */
const char *dcf_scaffold_enum(const ProtobufCEnumDescriptor *e, const char *word);
/* The form of a leaf's values in words: "date DD/MM/YYYY, in 3 of 3". */
void dcf_scaffold_form(const dcf_shape_node *n, dcf_buf *out);
/* The date pattern all values have; NULL: none. */
const char *dcf_scaffold_date(const dcf_shape_node *n);
bool dcf_shape_is_datetime(const char *value);
/* A text as a YAML scalar, in quotes where it needs them. */
void dcf_yaml_text(dcf_buf *out, const char *text);

#endif
