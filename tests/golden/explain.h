/*
 * explain.h - whether a dialect declares that a value does not come back as it was: what
 * the laws allow, and nothing else. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TESTS_EXPLAIN_H
#define DCF_TESTS_EXPLAIN_H

#include "invent.h"

/* What was written: by which message of which dialect, and what was told. */
typedef struct explanation {
    const dcf_dialect *d;
    const char *message;
    const inventor *hints;
    const dcf_faults *faults;
    const char *field, *reason; /* in the search */
} explanation;

static inline bool explain_below(const char *field, const char *above)
{
    size_t n = strlen(above);
    return strncmp(field, above, n) == 0 && (!field[n] || field[n] == '.');
}

static inline bool explain_told(const explanation *x, dcf_fault_code code)
{
    for (size_t i = 0; i < x->faults->count; i++)
        if (x->faults->items[i].code == code && explain_below(x->field, x->faults->items[i].field))
            return true;
    return false;
}

static inline bool explain_drop(void *self, const char *message, const char *field,
                                const char *reason)
{
    explanation *x = self;
    if (strcmp(message, x->message) == 0 && explain_below(x->field, field)) x->reason = reason;
    return !x->reason;
}

/* Rows that are for one direction, that say a second thing or that stand in for another. */
static inline const char *explain_row(const explanation *x, const char *left, const char *right)
{
    bool both_ways = false, known = false;
    for (size_t i = 0; i < x->hints->hint_count; i++) {
        const invent_hint *h = &x->hints->hints[i];
        const char *also = h->also + (*h->also == '/' ? 1 : 0), *dot = strchr(also, '.');
        if (right && *also && dot && strcmp(dot + 1, x->field) == 0) return "also";
        if (strcmp(h->field, x->field) != 0) continue;
        if (!left && *h->otherwise) return "else";
        if (!left && h->fallback) return "default";
        known = true;
        both_ways = both_ways || (h->read && h->write);
    }
    return known && !both_ways ? "one way" : NULL;
}

static inline const char *explain_loss(const explanation *x)
{
    for (size_t i = 0; i < x->hints->hint_count; i++) {
        const invent_hint *h = &x->hints->hints[i];
        if (strcmp(h->field, x->field) == 0 && h->write && h->loss) return h->codec;
    }
    return NULL;
}

/* "lost", "dropped" or "changed", and why; NULL: nothing allows it. left was written, right came
 * back. A codec may change a value, only join may move it to its other field. */
static inline const char *explain(const explanation *what, const char *field, const char *left,
                                  const char *right, const char **ret_why)
{
    explanation x = *what;
    x.field = field;
    x.reason = NULL;
    if (left && explain_told(&x, DCF_FAULT_LOST_ON_WRITE)) return "lost";
    if (left && right && explain_told(&x, DCF_FAULT_TRUNCATED)) {
        *ret_why = "cut";
        return "changed";
    }
    dcf_inspect_canonical_drops(x.d, explain_drop, &x);
    if (left && !right && x.reason) {
        *ret_why = x.reason;
        return "dropped";
    }
    const char *codec = explain_loss(&x), *row = explain_row(&x, left, right);
    if (!row && (!codec || (!(left && right) && strcmp(codec, "join") != 0))) return NULL;
    *ret_why = row ? row : codec;
    return "changed";
}

#endif
