/*
 * yaml.h - YAML (libyaml) as a read-only tree that knows its lines, for every
 * file a person writes: configuration, mappings, lifecycle, code tables.
 *
 * Aliases, tags, several documents, duplicate keys and depth over 32 are
 * refused, so a file means what it looks like. Scalars stay text.
 * Ownership: the tree owns everything; nodes live as long as it.
 * Thread rule: immutable after loading; any thread may read. SPDX-License-Identifier: MIT
 */
#ifndef DCF_BASE_YAML_H
#define DCF_BASE_YAML_H

#include "dcf/span.h"
#include "dcf/status.h"

typedef enum dcf_yaml_kind { DCF_YAML_SCALAR, DCF_YAML_LIST, DCF_YAML_MAP } dcf_yaml_kind;

typedef struct dcf_yaml {
    dcf_yaml_kind kind;
    uint32_t line, column;        /* from 1; of its key when it has one */
    const char *text;             /* scalar: its value; NULL otherwise */
    bool quoted;                  /* scalar: written in quotes, so never null/number/boolean */
    const char *key;              /* this node's key when its parent is a map; NULL otherwise */
    const struct dcf_yaml *items; /* list or map: its children, in the order written */
    size_t count;
} dcf_yaml;

typedef struct dcf_yaml_doc dcf_yaml_doc;

/* An error ready to print: "FILE:LINE:COLUMN: text". */
typedef struct dcf_yaml_error {
    char text[256];
} dcf_yaml_error;

/* Reads a file (at most 4 MiB). NOT_FOUND, IO or CONFIG, with err filled (err may be NULL). */
DCF_RESULT dcf_yaml_load(const char *path, dcf_yaml_doc **ret, dcf_yaml_error *err);
/* The same from memory; name stands for the file in errors. */
DCF_RESULT dcf_yaml_parse(dcf_span text, const char *name, dcf_yaml_doc **ret, dcf_yaml_error *err);
void dcf_yaml_free(dcf_yaml_doc *doc); /* accepts NULL */
const dcf_yaml *dcf_yaml_root(const dcf_yaml_doc *doc);
const char *dcf_yaml_name(const dcf_yaml_doc *doc); /* the file's path as given */

/* The child of a map with this key; NULL when node is NULL, no map, or has none. */
const dcf_yaml *dcf_yaml_get(const dcf_yaml *node, const char *key);
/* The text of that child; fallback when it is absent or not a scalar. */
const char *dcf_yaml_str(const dcf_yaml *node, const char *key, const char *fallback);
/* Typed readers: absent gives fallback and OK; malformed gives CONFIG with err filled (file name
 * from doc). */
DCF_RESULT dcf_yaml_u64(const dcf_yaml_doc *doc, const dcf_yaml *node, const char *key,
                        uint64_t fallback, uint64_t *ret,
                        dcf_yaml_error *err); /* plain, or with KiB MiB GiB */
DCF_RESULT dcf_yaml_ms(const dcf_yaml_doc *doc, const dcf_yaml *node, const char *key,
                       uint64_t fallback, uint64_t *ret,
                       dcf_yaml_error *err); /* "250ms" "30s" "5m" "24h" "28d" */
DCF_RESULT dcf_yaml_bool(const dcf_yaml_doc *doc, const dcf_yaml *node, const char *key,
                         bool fallback, bool *ret, dcf_yaml_error *err); /* true or false */
/* CONFIG (naming file, line, the key and the nearest known one) when the map has a key that is not
 * in the NULL-terminated list. */
DCF_RESULT dcf_yaml_only(const dcf_yaml_doc *doc, const dcf_yaml *node, const char *const known[],
                         dcf_yaml_error *err);
/* Of a NULL-terminated list, the one that is written most like key; "none" of an empty one. */
const char *dcf_yaml_nearest(const char *key, const char *const known[]);
/* Fills err with "FILE:LINE:COLUMN: text" for this node. Returns CONFIG. */
dcf_status dcf_yaml_fail(const dcf_yaml_doc *doc, const dcf_yaml *node, dcf_yaml_error *err,
                         const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
