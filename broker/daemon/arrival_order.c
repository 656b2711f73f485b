/* arrival_order.c - see arrival_order.h. Rarely anything fails: the list is short, and mostly
 * empty. */
#include "daemon/arrival_order.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct failed {
    char *link, *case_key, *id;
    int64_t until_ms;
} failed;

struct dcf_order {
    pthread_mutex_t lock; /* guards the list */
    atomic_size_t count;  /* read without the lock, to know that there is nothing to look at */
    failed list[DCF_ORDER_MAX]; /* in the order in which they failed first */
};

dcf_status dcf_order_new(dcf_order **ret)
{
    dcf_order *o = calloc(1, sizeof *o);
    if (!o) return DCF_ERR(NOMEM);
    pthread_mutex_init(&o->lock, NULL);
    *ret = o;
    return DCF_OK;
}

static void drop(dcf_order *o, size_t i)
{
    size_t n = atomic_load(&o->count);
    free(o->list[i].link);
    free(o->list[i].case_key);
    free(o->list[i].id);
    memmove(&o->list[i], &o->list[i + 1], (n - i - 1) * sizeof o->list[0]);
    atomic_store(&o->count, n - 1);
}

void dcf_order_free(dcf_order *o)
{
    if (!o) return;
    while (atomic_load(&o->count)) drop(o, 0);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

static bool is_of(const failed *f, const char *link, const char *case_key)
{
    return strcmp(f->case_key, case_key) == 0 && strcmp(f->link, link) == 0;
}

bool dcf_order_may_pass(dcf_order *o, const char *link, const char *case_key, const char *id,
                        int64_t now_ms)
{
    bool may = true;
    if (!atomic_load(&o->count)) return true;
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < atomic_load(&o->count);) {
        const failed *f = &o->list[i];
        if (f->until_ms <= now_ms) {
            drop(o, i);
            continue;
        }
        if (is_of(f, link, case_key)) {
            may = strcmp(f->id, id) == 0;
            break; /* the first of its case decides */
        }
        i++;
    }
    pthread_mutex_unlock(&o->lock);
    return may;
}

static void add(dcf_order *o, const char *link, const char *case_key, const char *id,
                int64_t now_ms)
{
    if (atomic_load(&o->count) == DCF_ORDER_MAX) drop(o, 0);
    size_t n = atomic_load(&o->count);
    o->list[n] = (failed){strdup(link), strdup(case_key), strdup(id), now_ms + DCF_ORDER_HOLD_MS};
    atomic_store(&o->count, n + 1);
    if (!o->list[n].link || !o->list[n].case_key || !o->list[n].id) drop(o, n);
}

void dcf_order_failed(dcf_order *o, const char *link, const char *case_key, const char *id,
                      int64_t now_ms)
{
    bool known = false;
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < atomic_load(&o->count) && !known; i++) {
        known = strcmp(o->list[i].id, id) == 0;
        if (known) o->list[i].until_ms = now_ms + DCF_ORDER_HOLD_MS;
    }
    if (!known) add(o, link, case_key, id, now_ms);
    pthread_mutex_unlock(&o->lock);
}

void dcf_order_confirmed(dcf_order *o, const char *id)
{
    if (!atomic_load(&o->count)) return;
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < atomic_load(&o->count); i++)
        if (strcmp(o->list[i].id, id) == 0) {
            drop(o, i);
            break;
        }
    pthread_mutex_unlock(&o->lock);
}
