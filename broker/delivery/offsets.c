/* offsets.c - completed offsets as the complement of the open ones, and their text. */
#include "delivery/offsets.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION = '1', NUMBER_MAX = 13 /* digits of a 64-bit number, five bits each */ };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Least significant five bits first; the sixth bit says that more follow. */
static size_t put(char out[NUMBER_MAX], uint64_t n)
{
    size_t size = 0;
    do {
        unsigned low = (unsigned)(n & 31U);
        n >>= 5;
        out[size++] = digits[low | (n ? 32U : 0U)];
    } while (n);
    return size;
}

static bool get(const char **text, uint64_t *ret)
{
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 5U * NUMBER_MAX; shift += 5) {
        const char *at = **text ? strchr(digits, **text) : NULL;
        if (!at) return false;
        uint64_t digit = (uint64_t)(at - digits);
        if (shift == 60 && (digit & 31U) > 7U) return false;
        n |= (digit & 31U) << shift;
        (*text)++;
        if (digit < 32U) {
            *ret = n;
            return true;
        }
    }
    return false;
}

/* A strictly ascending list; list has room for one number a byte. */
static bool parse(const char *text, int64_t *list, size_t *ret_count)
{
    uint64_t at = 0, step = 0;
    size_t count = 0;
    while (*text) {
        if (!get(&text, &step) || step > (uint64_t)INT64_MAX - at || (count && !step)) return false;
        at += step;
        list[count++] = (int64_t)at;
    }
    *ret_count = count;
    return count > 0;
}

dcf_status dcf_offsets_init(dcf_offsets *o, int64_t committed, const char *metadata)
{
    *o = (dcf_offsets){.next = committed > 0 ? committed : 0};
    if (!metadata || !*metadata) return DCF_OK;
    int64_t *list = malloc(strlen(metadata) * sizeof *list);
    if (!list) return DCF_ERR(NOMEM);
    size_t count = 0;
    if (metadata[0] != VERSION || !parse(metadata + 1, list, &count) || list[0] != committed) {
        free(list); /* not of this commit: someone moved the group's offsets */
        return DCF_ERR(CORRUPT);
    }
    o->restored = list;
    o->restored_count = count;
    return DCF_OK;
}

void dcf_offsets_fini(dcf_offsets *o)
{
    free(o->restored);
    *o = (dcf_offsets){0};
}

/* Index of the first restored number not below offset. */
static size_t restored_from(const dcf_offsets *o, int64_t offset)
{
    size_t low = 0, high = o->restored_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (o->restored[middle] < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool was_completed(const dcf_offsets *o, int64_t offset)
{
    size_t i = restored_from(o, offset);
    return i < o->restored_count && o->restored[i] != offset;
}

bool dcf_offsets_open(dcf_offsets *o, int64_t offset, dcf_offset_node *node)
{
    if (dcf_offsets_seen(o, offset)) return false;
    bool completed = was_completed(o, offset);
    o->next = offset + 1;
    if (completed) return false;
    *node = (dcf_offset_node){.offset = offset, .prev = o->last};
    if (o->last)
        o->last->next = node;
    else
        o->first = node;
    o->last = node;
    return true;
}

void dcf_offsets_close(dcf_offsets *o, dcf_offset_node *node)
{
    if (node->prev)
        node->prev->next = node->next;
    else
        o->first = node->next;
    if (node->next)
        node->next->prev = node->prev;
    else
        o->last = node->prev;
}

int64_t dcf_offsets_low(const dcf_offsets *o)
{
    if (o->first) return o->first->offset;
    size_t i = restored_from(o, o->next);
    return i < o->restored_count ? o->restored[i] : o->next;
}

void dcf_offsets_left(int64_t committed, const char *metadata, int64_t *ret_from,
                      uint64_t *ret_open)
{
    dcf_offsets o;
    dcf_status s = dcf_offsets_init(&o, committed, metadata);
    size_t open = dcf_ok(s) && o.restored_count ? o.restored_count - 1 : 0;
    *ret_from = open ? o.restored[open] : committed;
    *ret_open = open;
    dcf_offsets_fini(&o);
}

typedef struct encoder {
    char *at, *end;
    int64_t before;
} encoder;

static void append(encoder *e, int64_t offset)
{
    char number[NUMBER_MAX];
    size_t size = put(number, (uint64_t)(offset - e->before));
    /* Cut short, the number before is the horizon. None after it fits: its distance is larger. */
    if (size > (size_t)(e->end - e->at)) return;
    memcpy(e->at, number, size);
    e->at += size;
    e->before = offset;
}

void dcf_offsets_encode(const dcf_offsets *o, char *out, size_t size)
{
    out[0] = VERSION;
    encoder e = {.at = out + 1, .end = out + size - 1};
    for (const dcf_offset_node *n = o->first; n; n = n->next) append(&e, n->offset);
    size_t i = restored_from(o, o->next);
    if (i == o->restored_count) append(&e, o->next);
    for (; i < o->restored_count; i++) append(&e, o->restored[i]);
    *e.at = '\0';
}
