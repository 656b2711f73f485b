/*
 * tree.h - a part of a document kept whole, for what cannot be said in passing:
 * references. Made from events, told as events again; in one arena.
 * Internal to translate/. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_TREE_H
#define DCF_TRANSLATE_TREE_H

#include "base/arena.h"
#include "translate/event.h"

typedef struct dcf_tree {
    dcf_event event; /* OPEN, ATTRIBUTE, VALUE, DOCUMENT or DOCUMENT_END */
    struct dcf_tree *parent, *first, *last, *next;
    struct dcf_tree *newest; /* what was inserted last */
    bool gone;               /* taken out: neither told nor found */
    bool hidden;             /* found, not told: it is told elsewhere */
} dcf_tree;

/* A step of a path, as the mapping writes it. */
typedef struct dcf_tree_step {
    dcf_span ns, local;
    bool attribute;
} dcf_tree_step;

typedef struct dcf_tree_path {
    dcf_tree_step *steps;
    size_t count;     /* 0: the element itself, "." */
    bool array;       /* NAME[], the last */
    const char *text; /* for people */
} dcf_tree_path;

/* A copy of the event as the last child; NULL out of memory. */
dcf_tree *dcf_tree_add(dcf_arena *a, dcf_tree *parent, const dcf_event *e);
/* Takes an event inside *at, which moves with OPEN and CLOSE. False out of memory. */
bool dcf_tree_take(dcf_arena *a, dcf_tree **at, const dcf_event *e);
/* Tells what is inside: attributes first. */
bool dcf_tree_tell(const dcf_tree *inside, dcf_sink sink);
void dcf_tree_append(dcf_tree *parent, dcf_tree *child);
/* As one more of its name, after the others; else last. */
void dcf_tree_insert(dcf_tree *parent, dcf_tree *child);
/* A copy of what is inside `from`, last in `to`. False when the budget of nodes ends (it is
 * SIZE_MAX then), or out of memory. */
bool dcf_tree_copy(dcf_arena *a, dcf_tree *to, const dcf_tree *from, size_t *budget);
/* Whether the two hold the same, in the same order. */
bool dcf_tree_same(const dcf_tree *a, const dcf_tree *b);
/* What the path leads to, first of all: the node whose event has the value; NULL when there is
 * none. */
dcf_tree *dcf_tree_value(const dcf_tree *node, const dcf_tree_path *path);
/* Makes what is missing of the path up to its last step, and returns where that hangs; NULL out of
 * memory. */
dcf_tree *dcf_tree_reach(dcf_arena *a, dcf_tree *node, const dcf_tree_path *path);

/* All nodes the path leads to, in the order of the document. */
typedef struct dcf_tree_list {
    dcf_tree **items;
    size_t count, capacity;
} dcf_tree_list;
bool dcf_tree_find(dcf_arena *a, dcf_tree *node, const dcf_tree_path *path, dcf_tree_list *ret);

#endif
