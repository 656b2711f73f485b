/* queue.c - lines, binary heaps of lines, and the table of lines by case. */
#include "delivery/queue.h"

#include <stdlib.h>
#include <string.h>

/* --- heap --------------------------------------------------------------- */

static void set(dcf_heap *h, size_t at, dcf_line *l)
{
    h->items[at] = l;
    l->heap = h;
    l->at = at;
}

static void up(dcf_heap *h, dcf_line *l, size_t at)
{
    for (; at && h->before(l, h->items[(at - 1) / 2]); at = (at - 1) / 2)
        set(h, at, h->items[(at - 1) / 2]);
    set(h, at, l);
}

static void down(dcf_heap *h, dcf_line *l, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < h->count; at = child) {
        if (child + 1 < h->count && h->before(h->items[child + 1], h->items[child])) child++;
        if (!h->before(h->items[child], l)) break;
        set(h, at, h->items[child]);
    }
    set(h, at, l);
}

void dcf_heap_put(dcf_heap *h, dcf_line *l)
{
    up(h, l, h->count++);
}

void dcf_heap_moved(dcf_line *l)
{
    dcf_heap *h = l->heap;
    if (!h) return;
    up(h, l, l->at);
    down(h, l, l->at);
}

void dcf_heap_take(dcf_line *l)
{
    dcf_heap *h = DCF_TAKE(l->heap);
    if (!h) return;
    dcf_line *last = h->items[--h->count];
    if (last == l) return;
    set(h, l->at, last);
    dcf_heap_moved(last);
}

bool dcf_line_urgent_first(const dcf_line *a, const dcf_line *b)
{
    int64_t x = a->min_head->urgency, y = b->min_head->urgency;
    return x != y ? x < y : a->head->order < b->head->order;
}

bool dcf_line_early_first(const dcf_line *a, const dcf_line *b)
{
    return a->not_before != b->not_before ? a->not_before < b->not_before
                                          : a->head->order < b->head->order;
}

/* --- line --------------------------------------------------------------- */

void dcf_line_push(dcf_line *l, dcf_item *item)
{
    item->line = l;
    item->next = NULL;
    if (l->head)
        l->tail->next = item;
    else
        l->head = item;
    l->tail = item;

    while (l->min_tail && l->min_tail->urgency > item->urgency) l->min_tail = l->min_tail->min_prev;
    item->min_prev = l->min_tail;
    item->min_next = NULL;
    if (l->min_tail)
        l->min_tail->min_next = item;
    else
        l->min_head = item;
    l->min_tail = item;
}

/* The head; the line must not be empty. */
static void pop(dcf_line *l)
{
    const dcf_item *item = l->head;
    l->head = item->next;
    if (!l->head) l->tail = NULL;
    if (l->min_head == item) {
        l->min_head = item->min_next;
        if (l->min_head)
            l->min_head->min_prev = NULL;
        else
            l->min_tail = NULL;
    }
}

/* --- table -------------------------------------------------------------- */

dcf_status dcf_lines_init(dcf_lines *t, size_t capacity)
{
    size_t buckets = 16;
    while (buckets < capacity) buckets *= 2;
    *t = (dcf_lines){.slots = calloc(capacity, sizeof *t->slots),
                     .buckets = calloc(buckets, sizeof(dcf_line *)),
                     .mask = buckets - 1};
    if (!t->slots || !t->buckets) return DCF_ERR(NOMEM);
    for (size_t i = capacity; i-- > 0;) {
        t->slots[i].chain = t->free;
        t->free = &t->slots[i];
    }
    return DCF_OK;
}

void dcf_lines_fini(dcf_lines *t)
{
    free(t->slots);
    free(t->buckets);
    *t = (dcf_lines){0};
}

/* FNV-1a. Case keys are validated URN roots, so nobody can choose them to collide at will. */
static dcf_line **bucket(const dcf_lines *t, int32_t partition, const char *key)
{
    uint64_t hash = 14695981039346656037U ^ (uint32_t)partition;
    for (; *key; key++) hash = (hash ^ (uint8_t)*key) * 1099511628211U;
    return &t->buckets[(hash ^ (hash >> 32)) & t->mask];
}

dcf_line *dcf_lines_find(const dcf_lines *t, int32_t partition, const char *case_key)
{
    dcf_line *l = *bucket(t, partition, case_key);
    while (l && (l->head->m.partition != partition || strcmp(l->head->m.case_key, case_key) != 0))
        l = l->chain;
    return l;
}

dcf_line *dcf_lines_add(dcf_lines *t, dcf_item *item)
{
    dcf_line *l = t->free;
    if (!l) return NULL;
    t->free = l->chain;
    dcf_line **b = bucket(t, item->m.partition, item->m.case_key);
    *l = (dcf_line){.chain = *b};
    *b = l;
    t->count++;
    dcf_line_push(l, item);
    return l;
}

dcf_line *dcf_lines_pop(dcf_lines *t, dcf_line *l)
{
    const dcf_scheduler_message *m = &l->head->m;
    dcf_line **b = bucket(t, m->partition, m->case_key);
    pop(l);
    if (l->head) return l;
    while (*b != l) b = &(*b)->chain;
    *b = l->chain;
    l->chain = t->free;
    t->free = l;
    t->count--;
    return NULL;
}
