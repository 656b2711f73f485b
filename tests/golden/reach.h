/*
 * reach.h - on which canonical fields the laws were really tried: which were set, came back as they
 * were, and were as long as a mapping lets them be. A law that no message reaches holds in vain.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TESTS_REACH_H
#define DCF_TESTS_REACH_H

#include "invent.h"

#include "translate/flat.h"

enum { REACH_SET = 1, REACH_SAME = 2, REACH_BOUND = 4, REACH_LIMIT = 8 };

/* Of one member of Envelope.body. */
typedef struct reach {
    const char *body;
    dcf_flat fields; /* by path */
    unsigned *seen;
    size_t *max; /* of the message at hand, in characters; 0: any */
} reach;

static inline int reach_by_path(const void *key, const void *item)
{
    return strcmp(key, ((const dcf_flat_value *)item)->path);
}

static inline const dcf_flat_value *reach_find(const dcf_flat *flat, const char *path)
{
    return bsearch(path, flat->items, flat->count, sizeof *flat->items, reach_by_path);
}

/* Every body there is; *ret_count. */
static inline reach *reach_bodies(dcf_arena *a, size_t *ret_count)
{
    const ProtobufCMessageDescriptor *type = &dcf__v1__envelope__descriptor;
    reach *all = dcf_arena_alloc(a, type->n_fields * sizeof *all);
    *ret_count = 0;
    for (unsigned i = 0; i < type->n_fields; i++) {
        dcf_field *f = &type->fields[i];
        if (!(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) continue;
        reach *r = &all[(*ret_count)++];
        *r = (reach){.body = f->name};
        if (dcf_failed(dcf_flat_fields(dcf_field_message(f), a, &r->fields))) abort();
        r->seen = dcf_arena_alloc(a, r->fields.count * sizeof *r->seen);
        r->max = dcf_arena_alloc(a, r->fields.count * sizeof *r->max);
        memset(r->seen, 0, r->fields.count * sizeof *r->seen);
    }
    return all;
}

/* The bounds of what is a plain text, both ways, in every row of the message at hand. */
static inline void reach_bounds(reach *r, const inventor *v)
{
    memset(r->max, 0, r->fields.count * sizeof *r->max);
    for (size_t i = 0; i < v->hint_count; i++) {
        const invent_hint *h = &v->hints[i];
        const dcf_flat_value *f = reach_find(&r->fields, h->field);
        if (!f) continue;
        size_t *max = &r->max[f - r->fields.items];
        if (strcmp(h->codec, "text") != 0 || !h->read || !h->write)
            *max = SIZE_MAX;
        else if (h->max && (!*max || h->max < *max))
            *max = h->max;
    }
}

/* One message was written, and back came this. */
static inline void reach_note(reach *r, const inventor *v, const dcf_flat *sent,
                              const dcf_flat *back)
{
    reach_bounds(r, v);
    for (size_t i = 0; i < sent->count; i++) {
        const dcf_flat_value *s = &sent->items[i], *b = reach_find(back, s->path);
        const dcf_flat_value *f = reach_find(&r->fields, s->field);
        if (!f) continue;
        size_t at = (size_t)(f - r->fields.items);
        bool bound = r->max[at] && r->max[at] != SIZE_MAX;
        r->seen[at] |= REACH_SET | (bound ? REACH_BOUND : 0);
        if (!b || strcmp(b->value, s->value) != 0) continue;
        r->seen[at] |= REACH_SAME;
        if (bound && dcf_utf8_length(dcf_span_str(s->value)) == r->max[at])
            r->seen[at] |= REACH_LIMIT;
    }
}

#endif
