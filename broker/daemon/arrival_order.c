/* arrival_order.c - see arrival_order.h. */
#include "daemon/arrival_order.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024 };

/* A document in its case's order: in hand, or failed and waited for. */
typedef struct dcf_order_place {
    struct dcf_order_place *next; /* of its bucket: in the order in which they came */
    dcf_order_turn *turn;         /* NULL: failed */
    int64_t until_ms;             /* failed: how long it is waited for */
    const char *link, *case_key, *id;
    char text[]; /* what case_key and id point to */
} place;

struct dcf_order {
    pthread_mutex_t lock; /* guards all of it */
    size_t failed;
    place *buckets[BUCKETS];
};

dcf_status dcf_order_new(dcf_order **ret)
{
    dcf_order *o = calloc(1, sizeof *o);
    if (!o) return DCF_ERR(NOMEM);
    pthread_mutex_init(&o->lock, NULL);
    *ret = o;
    return DCF_OK;
}

/* Takes out what *at points to. */
static void drop(dcf_order *o, place **at)
{
    place *p = *at;
    *at = p->next;
    if (!p->turn) o->failed--;
    free(p);
}

void dcf_order_free(dcf_order *o)
{
    if (!o) return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (o->buckets[i]) drop(o, &o->buckets[i]);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

static place **bucket_of(dcf_order *o, const char *case_key)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *case_key; case_key++) hash = (hash ^ (uint8_t)*case_key) * 16777619u;
    return &o->buckets[hash % BUCKETS];
}

static bool is_of(const place *p, const char *link, const char *case_key)
{
    return strcmp(p->case_key, case_key) == 0 && strcmp(p->link, link) == 0;
}

static void forget_old(dcf_order *o, place **at, int64_t now_ms)
{
    while (*at)
        if (!(*at)->turn && (*at)->until_ms <= now_ms)
            drop(o, at);
        else
            at = &(*at)->next;
}

static place *place_new(const char *link, const char *case_key, const char *id)
{
    size_t key_size = strlen(case_key) + 1, id_size = strlen(id) + 1;
    place *p = calloc(1, sizeof *p + key_size + id_size);
    if (!p) return NULL;
    p->link = link;
    p->case_key = memcpy(p->text, case_key, key_size);
    p->id = memcpy(p->text + key_size, id, id_size);
    return p;
}

dcf_order_word dcf_order_enter(dcf_order *o, const char *link, const char *case_key, const char *id,
                               int64_t now_ms, dcf_order_turn *turn)
{
    dcf_order_word word = DCF_ORDER_GO;
    place *own = NULL;
    pthread_mutex_lock(&o->lock);
    place **at = bucket_of(o, case_key);
    forget_old(o, at, now_ms);
    for (; *at && !own && word != DCF_ORDER_COME_AGAIN; at = &(*at)->next) {
        if (!is_of(*at, link, case_key)) continue;
        if ((*at)->turn)
            word = DCF_ORDER_WAIT;
        else if (strcmp((*at)->id, id) == 0)
            own = *at;
        else
            word = DCF_ORDER_COME_AGAIN;
    }
    if (own)
        o->failed--;
    else if (word != DCF_ORDER_COME_AGAIN)
        own = *at = place_new(link, case_key, id);
    if (own) {
        own->turn = turn;
        turn->place = own;
    }
    pthread_mutex_unlock(&o->lock);
    return own ? word : DCF_ORDER_COME_AGAIN;
}

/* Who goes after p; a failed copy of p itself need not come again. */
static dcf_order_turn *pass_on(dcf_order *o, place **at, const place *p)
{
    dcf_order_turn *next = NULL;
    while (*at) {
        place *q = *at;
        bool same = q != p && is_of(q, p->link, p->case_key);
        if (same && !q->turn && strcmp(q->id, p->id) == 0) {
            drop(o, at);
            continue;
        }
        if (same && !next) next = q->turn;
        at = &q->next;
    }
    return next;
}

/* p and all that waited behind it failed: their places stay, as far as there is room. */
static dcf_order_turn *fail(dcf_order *o, place **at, const place *p, int64_t now_ms)
{
    dcf_order_turn *list = NULL, **tail = &list;
    for (; *at; at = &(*at)->next) {
        place *q = *at;
        if (!q->turn || !is_of(q, p->link, p->case_key)) continue;
        if (q != p) {
            *tail = q->turn;
            tail = &q->turn->next;
        }
        q->turn->place = NULL;
        q->turn = NULL;
        q->until_ms = now_ms + (o->failed < DCF_ORDER_MAX ? DCF_ORDER_HOLD_MS : 0);
        o->failed++;
    }
    *tail = NULL;
    return list;
}

dcf_order_turn *dcf_order_leave(dcf_order *o, dcf_order_turn *turn, bool confirmed, int64_t now_ms)
{
    pthread_mutex_lock(&o->lock);
    place *p = turn->place, **at = bucket_of(o, p->case_key);
    dcf_order_turn *followers = confirmed ? pass_on(o, at, p) : fail(o, at, p, now_ms);
    if (confirmed) {
        turn->place = NULL;
        while (*at && *at != p) at = &(*at)->next;
        if (*at) drop(o, at);
    }
    for (size_t i = 0; o->failed > DCF_ORDER_MAX && i < BUCKETS; i++)
        forget_old(o, &o->buckets[i], now_ms);
    pthread_mutex_unlock(&o->lock);
    return followers;
}
