/*
 * compile.h - what the parts of the mapping compiler share. A mistake is reported
 * and compiling goes on, so that all are seen at once; running out of memory is
 * one flag, looked at in the end. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_COMPILE_H
#define DCF_TRANSLATE_COMPILE_H

#include "translate/keys.h"
#include "translate/mapping.h"

typedef struct dcf_compiler {
    dcf_dialect *d;
    dcf_arena *arena; /* the dialect's */
    const char *file; /* of the mapping */
    const dcf_yaml *root;
    dcf_faults *faults;
    const struct dcf_place *wrapper; /* the innermost that is written; NULL: none */
    bool mistaken;                   /* something was reported */
    bool no_memory;
} dcf_compiler;

/* Where rows stand: natively below a variant, canonically at a prefix below a scope's base message.
 */
typedef struct dcf_place {
    dcf_variant *variant;
    const dcf_ns *ns;                       /* of the parent element */
    const char *native;                     /* its path from the message's root; "" at the root */
    const ProtobufCMessageDescriptor *type; /* where canonical paths start */
    dcf_path prefix;                        /* from the scope's base message to there */
    dcf_cover *envelope;                    /* of absolute paths: the message's, or all wrappers' */
    dcf_cover *cover;                       /* of the scope; NULL: nobody looks (wrappers) */
    const char *scope;                      /* canonical path of the scope's base message */
    const dcf_yaml *payload;                /* a wrapper: the path of its payload */
    const dcf_condition *condition;         /* of what is written here; NULL: always */
    unsigned depth;                         /* of `use` */
} dcf_place;

/* Reports a mistake at a YAML node. */
void dcf_mistake(dcf_compiler *c, const dcf_yaml *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Reports every key of the map that the language does not have there; false when node is no map. */
bool dcf_only_keys(dcf_compiler *c, const dcf_yaml *node, dcf_keys_at at);
/* The closest of the names, when one is close; NULL otherwise. */
const char *dcf_nearest(const char *text, const char *const *names, size_t count);
/* Arena memory; NULL, with the flag set, when there is none. */
void *dcf_make(dcf_compiler *c, size_t size);
char *dcf_copy(dcf_compiler *c, const char *text);
/* Appends one pointer to an arena array whose capacity is its count rounded up to a power of two.
 */
bool dcf_append(dcf_compiler *c, void *array, size_t *count, const void *item);
/* The text of a key of an outer form; NULL, with a mistake when it must be there or is no text. */
const char *dcf_top_text(dcf_compiler *c, const dcf_yaml *node, const char *key, bool must);
/* "a/b", or b when a is empty. */
const char *dcf_join_path(dcf_compiler *c, const char *a, char separator, const char *b);

/* trie.c: native paths */
/* The variant without conditions; NULL, with a mistake, when the node holds alternatives. */
dcf_variant *dcf_plain_variant(dcf_compiler *c, dcf_node *n, const dcf_yaml *at);
dcf_variant *dcf_new_variant(dcf_compiler *c, dcf_node *n, const dcf_yaml *at);
/*
 * The node a path leads to, made where it is new; *ret_last is where its last step hangs. required
 * marks all of its steps. NULL after a mistake. index: -1, or n of a last step NAME[n]; *array: it
 * ends in [] or [n].
 */
typedef struct dcf_walk {
    dcf_node *node;
    bool array;
    int32_t index;
} dcf_walk;
bool dcf_walk_native(dcf_compiler *c, const dcf_place *place, const char *path, const dcf_yaml *at,
                     unsigned required, dcf_walk *ret);
/* The names of a path without prefixes, as the reader meets them: "attributes/@role". */
const char *dcf_local_path(dcf_compiler *c, const dcf_place *place, const char *path,
                           const dcf_yaml *at);
/* The steps of a path for references; "." has none. False after a mistake. */
bool dcf_tree_steps(dcf_compiler *c, const dcf_place *place, const char *path, const dcf_yaml *at,
                    dcf_tree_path *ret);
const dcf_ns *dcf_find_ns(dcf_compiler *c, const char *prefix, size_t size, const dcf_yaml *at);
bool dcf_add_wild(dcf_compiler *c, dcf_wild **wilds, size_t *count, const char *step,
                  const char *reason, const dcf_yaml *at);
/* Hash tables of the whole trie below. */
void dcf_finish_variant(dcf_compiler *c, dcf_variant *v);

/* compile_path.c: canonical paths */
bool dcf_resolve(dcf_compiler *c, const dcf_place *place, const char *text, const dcf_yaml *at,
                 dcf_path *ret);
/* Marks a path as taken care of: in the place's scope, or the Envelope's when absolute. */
void dcf_cover_mark(dcf_compiler *c, const dcf_place *place, const dcf_path *p);
/* The same, as never written: the reason lives in the dialect. */
void dcf_cover_drop(dcf_compiler *c, const dcf_place *place, const dcf_path *p, const char *reason);
/* Marks what another cover of the same message type has marked whatever the values are. */
void dcf_cover_take(dcf_compiler *c, dcf_cover *cover, const dcf_cover *other);
/* Marks one value of a repeated text. */
void dcf_cover_flag(dcf_compiler *c, const dcf_place *place, const dcf_path *p, const char *value);

/* compile_codec.c */
bool dcf_compile_codec(dcf_compiler *c, const dcf_yaml *as, const dcf_yaml *at, dcf_field *field,
                       dcf_codec_use *ret);
void dcf_compile_codes(dcf_compiler *c, const dcf_yaml *codes);

/* compile_row.c */
/* The `use`, `fields`, `drop`, `drop_canonical` and `unwrap` of a group, message or wrapper. */
void dcf_compile_rows(dcf_compiler *c, const dcf_yaml *group, const dcf_place *place);
/* Which of the key's words its text is, counted from first; fallback when absent, with a mistake
 * when none. */
int dcf_row_choice(dcf_compiler *c, const dcf_yaml *row, dcf_keys_at at, const char *key, int first,
                   int fallback);
unsigned dcf_row_required(dcf_compiler *c, const dcf_yaml *row, dcf_keys_at at);
/* A copy of the key's text; NULL when absent, or with a mistake when it is no text. */
const char *dcf_row_text(dcf_compiler *c, const dcf_yaml *row, const char *key);
dcf_rule *dcf_new_rule(dcf_compiler *c, const dcf_yaml *row, const char *native);
/* Hangs a rule at a variant's own text; index: n of NAME[n], or -1. */
void dcf_put_rule(dcf_compiler *c, dcf_variant *v, int32_t index, dcf_rule *rule,
                  const dcf_yaml *at);
dcf_value_kind dcf_constant_kind(const dcf_yaml *value);

/* compile_group.c */
void dcf_compile_in(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                    const char *native);
void dcf_compile_each(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                      const char *native);
/* The `when` and `where` of a group or message. */
void dcf_compile_conditions(dcf_compiler *c, const dcf_yaml *group, const dcf_place *place);
void dcf_compile_wheres(dcf_compiler *c, const dcf_yaml *row, const dcf_place *place,
                        dcf_wheres *ret);

/* compile_join.c */
/* The `references` of a message; NULL when there are none. */
const dcf_joins *dcf_compile_joins(dcf_compiler *c, const dcf_yaml *m, const dcf_place *place);

/* compile_message.c */
/* The wrappers, then the messages. */
void dcf_compile_messages(dcf_compiler *c);

#endif
