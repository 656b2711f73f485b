/* trail.c - see trail.h. */
#include "translate/trail.h"

/* "[index]"; there is room. */
static void add_index(dcf_trail *t, uint32_t index)
{
    char digits[10];
    size_t n = 0;
    for (; index; index /= 10) digits[n++] = (char)('0' + index % 10);
    t->text[t->size++] = '[';
    while (n) t->text[t->size++] = digits[--n];
    t->text[t->size++] = ']';
    t->text[t->size] = 0;
}

bool dcf_trail_push(dcf_trail *t, bool attribute, dcf_span local, uint32_t index)
{
    enum { EXTRA = 16 }; /* "/@", "[4294967295]" and NUL */
    if (t->size + local.size + EXTRA > t->capacity) {
        size_t capacity = (t->capacity + local.size + EXTRA) * 2;
        char *text = dcf_arena_grow(t->arena, t->text, t->size, capacity, 1);
        if (!text) return false;
        t->text = text;
        t->capacity = capacity;
    }
    if (t->size) t->text[t->size++] = '/';
    if (attribute) t->text[t->size++] = '@';
    if (local.size) memcpy(t->text + t->size, local.data, local.size);
    t->size += local.size;
    t->text[t->size] = 0;
    if (index) add_index(t, index);
    return true;
}

void dcf_trail_cut(dcf_trail *t, size_t size)
{
    t->size = size;
    if (t->text) t->text[size] = 0;
}
