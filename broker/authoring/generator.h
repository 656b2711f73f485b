/*
 * generator.h - the walk that makes a document, shared by its two parts.
 * Internal to translate/. SPDX-License-Identifier: MIT
 */
#ifndef DCF_AUTHORING_GENERATOR_H
#define DCF_AUTHORING_GENERATOR_H

#include "translate/format.h"
#include "translate/mapping.h"

/* What a canonical field of a scope holds by now; value NULL: it must stay empty, or, must: it has
 * to get one. */
typedef struct dcf_known {
    unsigned scope;
    const char *path, *value;
    bool must;
} dcf_known;

enum { DCF_ASKED_MAX = 16 };

typedef struct dcf_generator {
    const dcf_dialect *d;
    dcf_arena *arena;
    dcf_sink sink;
    dcf_faults *faults; /* of writing */
    uint64_t random;
    unsigned percent; /* of the values that may be left out, those that are there */
    const dcf_variant *chosen;
    size_t rank;
    dcf_span asked[DCF_ASKED_MAX]; /* paths from the open group that alternatives are told by */
    size_t asked_count;
    unsigned scopes; /* given out so far; 0 is the Envelope's */
    dcf_known *known;
    size_t known_count;
    size_t values;     /* written so far */
    dcf_status status; /* why it stopped */
} dcf_generator;

/* 0 to below n. */
unsigned dcf_generate_below(dcf_generator *g, unsigned n);
/* What is known of a field; NULL: nothing. */
const dcf_known *dcf_generate_known(const dcf_generator *g, unsigned scope, const dcf_path *p);
bool dcf_generate_learn(dcf_generator *g, unsigned scope, const dcf_path *p, const char *value);
/* A native text for the row, and the canonical values it stands for are learnt; NULL when there is
 * none. */
const char *dcf_generate_text(dcf_generator *g, unsigned scope, const dcf_rule *rule);

#endif
