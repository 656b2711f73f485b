/* codes.c - code tables: two-way look-up, the first row in declared order that holds on the day. */
#include "translate/codec.h"

#include <stdlib.h>

static int by_native(const void *a, const void *b)
{
    const dcf_code_row *x = *(const dcf_code_row *const *)a, *y = *(const dcf_code_row *const *)b;
    int order = strcmp(x->native, y->native);
    return order ? order : (x > y) - (x < y);
}

static int by_canonical(const void *a, const void *b)
{
    const dcf_code_row *x = *(const dcf_code_row *const *)a, *y = *(const dcf_code_row *const *)b;
    int order = strcmp(x->canonical, y->canonical);
    return order ? order : (x > y) - (x < y);
}

void dcf_codes_sort(dcf_codes *c)
{
    for (size_t i = 0; i < c->count; i++) {
        c->by_native[i] = c->by_canonical[i] = &c->rows[i];
        c->dated = c->dated || *c->rows[i].from || *c->rows[i].to;
    }
    if (c->count == 0) return;
    qsort(c->by_native, c->count, sizeof(void *), by_native);
    qsort(c->by_canonical, c->count, sizeof(void *), by_canonical);
}

static bool holds(const dcf_code_row *row, const char *day)
{
    if (!*day) return true;
    return (!*row->from || strcmp(row->from, day) <= 0) && (!*row->to || strcmp(day, row->to) <= 0);
}

/* Writing only: for every value without a row of its own. */
static bool is_rest(const dcf_code_row *row)
{
    return strcmp(row->canonical, "*") == 0;
}

static int compare(const char *text, dcf_span key)
{
    int order = strncmp(text, (const char *)key.data, key.size);
    return order ? order : text[key.size] != 0;
}

static const dcf_code_row *find(const dcf_code_row *const *rows, size_t count, bool native,
                                dcf_span key, const char *day)
{
    if (key.size == 0) return NULL;
    size_t low = 0, high = count;
    while (low < high) { /* the first row not before the key */
        size_t mid = low + (high - low) / 2;
        if (compare(native ? rows[mid]->native : rows[mid]->canonical, key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (; low < count && compare(native ? rows[low]->native : rows[low]->canonical, key) == 0;
         low++)
        if (holds(rows[low], day) && !(native && is_rest(rows[low]))) return rows[low];
    return NULL;
}

const dcf_code_row *dcf_codes_read(const dcf_codes *c, dcf_span native, const char *day)
{
    return find(c->by_native, c->count, true, native, day);
}

const dcf_code_row *dcf_codes_write(const dcf_codes *c, const char *canonical, const char *day)
{
    const dcf_code_row *row = find(c->by_canonical, c->count, false, dcf_span_str(canonical), day);
    return row ? row : find(c->by_canonical, c->count, false, dcf_span_str("*"), day);
}
