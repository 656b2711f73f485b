/* case_changes.c - see case_changes.h. */
#include "daemon/case_changes.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 1024 };

void dcf_case_changes_init(dcf_case_changes *c)
{
    *c = (dcf_case_changes){0};
    dcf_arena_init(&c->arena, SIZE_MAX);
}

void dcf_case_changes_fini(dcf_case_changes *c)
{
    dcf_arena_fini(&c->arena);
}

void dcf_case_changes_clear(dcf_case_changes *c)
{
    dcf_arena_reset(&c->arena);
    c->items = NULL;
    c->count = c->capacity = 0;
}

dcf_status dcf_case_changes_add(dcf_case_changes *c, int32_t partition, const char *key)
{
    if (c->count == c->capacity) {
        size_t capacity = c->capacity ? c->capacity * 2 : FIRST;
        dcf_case_change *grown =
            dcf_arena_grow(&c->arena, c->items, c->count, capacity, sizeof *grown);
        if (!grown) return DCF_ERR(NOMEM);
        c->items = grown;
        c->capacity = capacity;
    }
    const char *copy = dcf_arena_strdup(&c->arena, key);
    if (!copy) return DCF_ERR(NOMEM);
    c->items[c->count++] = (dcf_case_change){partition, copy};
    return DCF_OK;
}

static int by_place(const void *a, const void *b)
{
    const dcf_case_change *x = a, *y = b;
    if (x->partition != y->partition) return x->partition < y->partition ? -1 : 1;
    return strcmp(x->key, y->key);
}

void dcf_case_changes_sort(dcf_case_changes *c)
{
    size_t kept = 0;
    if (c->count) qsort(c->items, c->count, sizeof *c->items, by_place);
    for (size_t i = 0; i < c->count; i++)
        if (!kept || by_place(&c->items[kept - 1], &c->items[i]) != 0)
            c->items[kept++] = c->items[i];
    c->count = kept;
}
