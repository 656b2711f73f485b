/*
 * condition.h - the one language in which rule files ask about a message: small,
 * total, without side effects, and proved against the descriptors when it is read.
 *
 *   {field: PATH, is: present}            also absent, true, false
 *   {field: PATH, in: [VALUES]}           not_in: none of the field's values is among them
 *   {field: PATH, contains: [WORDS]}      a text that says these, as whole words in any case
 *   {field: PATH, after: MOMENT}          a date or time later than that; before: MOMENT
 *   {count: PATH, at_least: N}            entries of a list; at_most: N; both
 *   {all: [CONDITIONS]}                   any: at least one; none: not one
 *   {every: PATH, where: C, has: C}       each entry of a list that fits where: (all when absent)
 *   {some: PATH, where: C, has: C}        at least one entry
 *   {case: CONDITION}                     the same about what the exchange knows of the case
 *   {term: NAME}                          what the file's `terms:` call so, where a file has them
 *
 * A value that the field's enum or code list (vocabulary.h) does not have is a mistake, and so is a
 * comparison of what is no date. A text without a code list may be compared with any word.
 *
 * A path goes through lists: it then holds when any entry fits. Inside every: and some: paths
 * start at the entry. An empty text, an enum's UNSPECIFIED and a missing part are absent. Enum
 * values are written without their prefix: CHARGED. A MOMENT is now, a date, {add: "96 hours"} from
 * now, or {field: PATH, add: "6 months"} of the same message. Where one of two moments is a date
 * without a time, their local days are compared; a partial date or none fits nothing.
 * Ownership: all lives in the arena and borrows texts of the document.
 * Thread rule: immutable after reading; any thread. SPDX-License-Identifier: MIT
 */
#ifndef DCF_EXCHANGE_CONDITION_H
#define DCF_EXCHANGE_CONDITION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/yaml.h"
#include "dcf/v1/case_state.pb-c.h"
#include "exchange/calendar.h"

enum {
    DCF_PATH_MAX = 6,
    DCF_CONDITION_DEPTH_MAX = 8,
    DCF_CONDITION_LIST_MAX = 64 /* values, or conditions in a list */
};

typedef enum dcf_condition_kind {
    DCF_WHEN_ALL,
    DCF_WHEN_ANY,
    DCF_WHEN_NONE,
    DCF_WHEN_EVERY, /* children: where (may be NULL), has */
    DCF_WHEN_SOME,
    DCF_WHEN_CASE, /* children: one, about the CaseState */
    DCF_WHEN_PRESENT,
    DCF_WHEN_ABSENT,
    DCF_WHEN_IN,
    DCF_WHEN_NOT_IN,
    DCF_WHEN_COUNT,
    DCF_WHEN_CONTAINS,
    DCF_WHEN_AFTER,
    DCF_WHEN_BEFORE,
    DCF_WHEN_TERM /* children: one */
} dcf_condition_kind;

/* What a date or time is compared with: now, a date, or a field of the same message. */
typedef struct dcf_moment {
    bool is_date;
    dcf_day date;
    const ProtobufCFieldDescriptor *path[DCF_PATH_MAX]; /* [0] NULL: no field */
    const char *text;
    dcf_period add;
} dcf_moment;

typedef struct dcf_condition {
    dcf_condition_kind kind;
    uint32_t line;
    const char *text;                                   /* the path as written; TERM: its name */
    const ProtobufCFieldDescriptor *path[DCF_PATH_MAX]; /* ended by NULL */
    const char **texts;                                 /* IN, NOT_IN, CONTAINS: as written */
    int *numbers;                                       /* the same of an enum or bool */
    size_t count;                                       /* of values, or of children */
    const struct dcf_condition **children;
    uint64_t at_least, at_most; /* COUNT */
    const dcf_moment *moment;   /* AFTER, BEFORE */
} dcf_condition;

typedef struct dcf_term { /* a condition that a file gives a name; it may use those before it */
    const char *name;
    const dcf_condition *is;
} dcf_term;

typedef struct dcf_facts { /* what a condition is asked about; borrowed */
    const ProtobufCMessage *body;
    const Dcf__V1__CaseState *of_case;
    int64_t now_ms;
} dcf_facts;

/* Reads a condition about messages of this kind; an absent node gives NULL, which always holds.
 * CONFIG with err naming file and line; NOMEM. */
DCF_RESULT dcf_condition_read(dcf_arena *arena, const dcf_yaml_doc *doc, const dcf_yaml *node,
                              const ProtobufCMessageDescriptor *body, const dcf_condition **ret,
                              dcf_yaml_error *err);
/* The same in a file that has terms. */
DCF_RESULT dcf_condition_read_with(const dcf_term *terms, size_t term_count, dcf_arena *arena,
                                   const dcf_yaml_doc *doc, const dcf_yaml *node,
                                   const ProtobufCMessageDescriptor *body,
                                   const dcf_condition **ret, dcf_yaml_error *err);
/* Reads a dotted path into at most DCF_PATH_MAX - 1 fields and a NULL; CONFIG. */
DCF_RESULT dcf_condition_path(const dcf_yaml_doc *doc, const dcf_yaml *node,
                              const ProtobufCMessageDescriptor *body,
                              const ProtobufCFieldDescriptor *ret[DCF_PATH_MAX],
                              dcf_yaml_error *err);
const ProtobufCFieldDescriptor *dcf_condition_leaf(const dcf_condition *c);

bool dcf_condition_holds(const dcf_condition *c, const dcf_facts *facts);
/* In words, for people: "kind is PRE_CHARGE or UPGRADE". Of NULL: "always". */
void dcf_condition_print(const dcf_condition *c, dcf_buf *out);
/* For a condition that does not hold: each place that keeps it from holding, as a path with entry
 * numbers from 0 ("items[2].rationale"). Holds no value of the message. */
typedef void dcf_condition_miss(void *ctx, const char *field);
void dcf_condition_tell(const dcf_condition *c, const dcf_facts *facts, dcf_condition_miss *miss,
                        void *ctx);

/* A date ("2026-11-21") or a moment (RFC 3339) that a text tells. False: neither. */
typedef struct dcf_when {
    bool is_day;
    dcf_day day; /* of a moment: its local day */
    int64_t ms;  /* of a day: its local midnight */
} dcf_when;
bool dcf_when_parse(const char *text, dcf_when *ret);
/* The values at the end of a path (ended by NULL), until each returns false; false when it did. */
typedef bool dcf_path_visit(void *ctx, const ProtobufCFieldDescriptor *f, const void *value);
bool dcf_path_each(const ProtobufCFieldDescriptor *const path[], const ProtobufCMessage *m,
                   dcf_path_visit *each, void *ctx);
/* The first text at the end of a path that is not empty; "" when there is none. */
const char *dcf_path_text(const ProtobufCFieldDescriptor *const path[], const ProtobufCMessage *m);

#endif
