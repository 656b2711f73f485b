/*
 * join.h - references between parts of a document: what an id names is put where it
 * is named, or inside the group it names, before the rows of the mapping see it; and
 * taken out again after they have written it. So to the rows there is no reference.
 *
 * fetch: objects of a list stand, as if they were there, where a reference has
 *        their key; one that several references name, several times. With `inside`, an
 *        object stands as an element of its own in the reference, which keeps what it has.
 * nest:  items of a list stand inside the group whose key they have.
 *
 * Total: a reference is followed along declared paths only, and what it makes is
 * counted against the link's limit of values. Internal to translate/.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_JOIN_H
#define DCF_TRANSLATE_JOIN_H

#include "translate/tree.h"

enum { DCF_JOINS_MAX = 32, DCF_JOIN_KEYS_MAX = 8 };

/* Both have the same value. */
typedef struct dcf_join_key {
    dcf_tree_path item;  /* from the object or item */
    dcf_tree_path place; /* from the reference, or the group it goes into; "." */
} dcf_join_key;

typedef struct dcf_join {
    bool nest, inside;
    dcf_tree_path items; /* the objects (fetch), or the items (nest) */
    dcf_tree_path place; /* the references, or the groups, where the rows will see them */
    dcf_join_key keys[DCF_JOIN_KEYS_MAX];
    size_t key_count;
    bool told;             /* whether something that is not there is a fault … */
    dcf_severity severity; /* … and how severe */
} dcf_join;

typedef struct dcf_joins {
    dcf_join *items;
    size_t count;
} dcf_joins;

typedef struct dcf_join_context {
    dcf_arena *arena;
    dcf_faults *faults;
    size_t budget;        /* nodes that may be made */
    unsigned long number; /* the last that stands for an id */
} dcf_join_context;

/* Both change the tree below root, the message. LIMIT when the budget ends; NOMEM. */
DCF_RESULT dcf_joins_read(const dcf_joins *joins, dcf_join_context *c, dcf_tree *root);
DCF_RESULT dcf_joins_write(const dcf_joins *joins, dcf_join_context *c, dcf_tree *root);

/* A message on its way out: what its rows tell the sink is kept, then told to `out` as its
 * references want it. */
typedef struct dcf_unjoin {
    dcf_arena *arena;
    dcf_tree *document, *at;
} dcf_unjoin;

dcf_sink dcf_unjoin_begin(dcf_unjoin *u, dcf_arena *arena); /* on is NULL out of memory */
DCF_RESULT dcf_unjoin_end(dcf_unjoin *u, const dcf_joins *joins, dcf_faults *faults, dcf_sink out);

#endif
