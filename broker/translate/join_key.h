/*
 * join_key.h - what join.c and unjoin.c know of keys: the values a node is known by, compared and
 * sorted. Internal to translate/. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_JOIN_KEY_H
#define DCF_TRANSLATE_JOIN_KEY_H

#include "translate/join.h"

/* A node with the values it is known by. */
typedef struct dcf_keyed {
    dcf_tree *node;
    size_t count, order;
    dcf_span values[DCF_JOIN_KEYS_MAX];
    bool whole; /* all values are there */
} dcf_keyed;

/* The "." of a mapping: the node is its own key. */
static inline bool dcf_path_is_self(const dcf_tree_path *path)
{
    return path->count == 0;
}

/* Trimmed; empty when it is not there, or null. */
dcf_span dcf_keyed_text(const dcf_tree *node, const dcf_tree_path *path);
/* item: by the keys' paths from an item, else by those from a place. */
dcf_keyed dcf_keyed_of(const dcf_join *j, dcf_tree *node, bool item, size_t order);
/* By their values alone; for bsearch. */
int dcf_keyed_order(const void *a, const void *b);
/* Those of the list whose keys are whole, by key and then as they stood. NULL out of memory. */
dcf_keyed *dcf_keyed_sorted(const dcf_join *j, dcf_arena *arena, const dcf_tree_list *list,
                            bool items, size_t *ret_count);
/* The children of a reference that hold its keys, NULL where there is none; and whether n is one.
 */
void dcf_key_nodes(const dcf_join *j, const dcf_tree *place,
                   const dcf_tree *ret[DCF_JOIN_KEYS_MAX]);
bool dcf_key_nodes_have(const dcf_join *j, const dcf_tree *const keys[], const dcf_tree *n);
void dcf_join_fault(const dcf_join_context *c, dcf_severity severity, dcf_fault_code code,
                    const dcf_tree *at, const dcf_tree_path *path, const char *detail);

#endif
