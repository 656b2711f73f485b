/* codes.c - code tables: two-way look-up, the first row in declared order that holds on the day. */
#include "translate/codec.h"

#include "translate/scan.h"

#include <stdlib.h>

static int by_native(const void *a, const void *b)
{
    const dcf_code_key *x = a, *y = b;
    return x->hash != y->hash ? (x->hash > y->hash ? 1 : -1)
                              : (x->row > y->row) - (x->row < y->row);
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
        c->by_canonical[i] = &c->rows[i];
        c->by_native[i] = (dcf_code_key){
            dcf_name_hash(dcf_name_of(dcf_span_str(c->rows[i].native))), &c->rows[i]};
        c->dated = c->dated || *c->rows[i].from || *c->rows[i].to;
    }
    if (c->count == 0) return;
    qsort(c->by_native, c->count, sizeof *c->by_native, by_native);
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

const dcf_code_row *dcf_codes_read(const dcf_codes *c, dcf_span native, const char *day)
{
    uint32_t hash = dcf_name_hash(dcf_name_of(native));
    size_t low = 0, high = native.size ? c->count : 0;
    while (low < high) { /* the first row of that hash */
        size_t mid = low + (high - low) / 2;
        if (c->by_native[mid].hash < hash)
            low = mid + 1;
        else
            high = mid;
    }
    for (; native.size && low < c->count && c->by_native[low].hash == hash; low++) {
        const dcf_code_row *row = c->by_native[low].row;
        if (dcf_same(dcf_span_str(row->native), native) && holds(row, day) && !is_rest(row))
            return row;
    }
    return NULL;
}

static const dcf_code_row *find_canonical(const dcf_codes *c, const char *key, const char *day)
{
    size_t low = 0, high = c->count;
    while (low < high) { /* the first row not before the key */
        size_t mid = low + (high - low) / 2;
        if (strcmp(c->by_canonical[mid]->canonical, key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (; low < c->count && strcmp(c->by_canonical[low]->canonical, key) == 0; low++)
        if (holds(c->by_canonical[low], day)) return c->by_canonical[low];
    return NULL;
}

const dcf_code_row *dcf_codes_write(const dcf_codes *c, const char *canonical, const char *day)
{
    const dcf_code_row *row = *canonical ? find_canonical(c, canonical, day) : NULL;
    return row ? row : find_canonical(c, "*", day);
}
