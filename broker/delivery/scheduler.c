/* scheduler.c - the window of one party: what is tried next, and what its results mean. */
#include "delivery/scheduler.h"

#include "delivery/state.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

const dcf_scheduler_config dcf_scheduler_defaults = {
    .window = 4096,
    .window_bytes = (size_t)64 << 20,
    .case_messages = 256,
    .absent = 65536,
    .concurrency = 8,
    .ageing_ms = INT64_C(24) * 60 * MINUTE, /* the longest detention before the first extension */
    .backoff_ms = 500,
    .backoff_cap_ms = 5 * MINUTE,
    .retry_after_cap_ms = 60 * MINUTE,
    .breaker_failures = 5,
    .breaker_open_ms = SECOND,
    .breaker_cap_ms = MINUTE,
    .retry_burst = 100,
    .retry_per_minute = 60,
};

/* --- making ------------------------------------------------------------- */

static bool usable(const dcf_scheduler_config *c)
{
    return c->random && c->window && c->window < INT32_MAX / 4 && c->absent < INT32_MAX / 4 &&
           c->case_messages && c->window_bytes && c->concurrency && c->ageing_ms > 0 &&
           c->backoff_ms > 0 && c->backoff_cap_ms >= c->backoff_ms && c->retry_after_cap_ms >= 0 &&
           c->breaker_failures && c->breaker_open_ms > 0 &&
           c->breaker_cap_ms >= c->breaker_open_ms && c->retry_burst && c->retry_per_minute;
}

static dcf_status heap_init(dcf_heap *h, size_t capacity, dcf_line_before *before)
{
    *h = (dcf_heap){.items = calloc(capacity, sizeof(dcf_line *)), .before = before};
    return h->items ? DCF_OK : DCF_ERR(NOMEM);
}

static dcf_status init(dcf_scheduler *s, const dcf_scheduler_config *c)
{
    s->config = *c;
    dcf_budget_init(&s->budget);
    size_t lines = DCF_LANES * c->window;
    s->items = calloc(dcf_scheduler_capacity(c), sizeof *s->items);
    if (!s->items) return DCF_ERR(NOMEM);
    DCF_TRY(dcf_lines_init(&s->lines, lines));
    DCF_TRY(heap_init(&s->fresh, lines, dcf_line_urgent_first));
    DCF_TRY(heap_init(&s->retries, lines, dcf_line_urgent_first));
    return heap_init(&s->backoff, lines, dcf_line_early_first);
}

size_t dcf_scheduler_capacity(const dcf_scheduler_config *c)
{
    return DCF_LANES * (c->window + c->absent);
}

dcf_status dcf_scheduler_new(const dcf_scheduler_config *config, dcf_scheduler **ret)
{
    if (!usable(config)) return DCF_ERR(CONFIG);
    dcf_scheduler *s = calloc(1, sizeof *s);
    if (!s) return DCF_ERR(NOMEM);
    dcf_status status = init(s, config);
    if (dcf_failed(status))
        dcf_scheduler_free(s);
    else
        *ret = s;
    return status;
}

void dcf_scheduler_free(dcf_scheduler *s)
{
    if (!s) return;
    for (size_t i = 0; i < s->partition_count; i++) dcf_offsets_fini(&s->partitions[i].offsets);
    free(s->partitions);
    free(s->fresh.items);
    free(s->retries.items);
    free(s->backoff.items);
    dcf_lines_fini(&s->lines);
    free(s->items);
    free(s);
}

/* --- handles and partitions --------------------------------------------- */

dcf_delivery dcf_handle_of(const dcf_scheduler *s, const dcf_item *item)
{
    return (uint64_t)item->generation << 32 | (uint64_t)(item - s->items);
}

dcf_item *dcf_item_of(const dcf_scheduler *s, dcf_delivery d)
{
    size_t slot = d & UINT32_MAX;
    if (!d || slot >= s->used) return NULL;
    dcf_item *item = &s->items[slot];
    return item->line && item->generation == d >> 32 ? item : NULL;
}

const dcf_scheduler_message *dcf_scheduler_message_of(const dcf_scheduler *s, dcf_delivery d)
{
    const dcf_item *item = dcf_item_of(s, d);
    return item ? &item->m : NULL;
}

uint32_t dcf_scheduler_attempts(const dcf_scheduler *s, dcf_delivery d)
{
    const dcf_item *item = dcf_item_of(s, d);
    return item ? item->attempts : 0;
}

dcf_partition *dcf_partition_of(const dcf_scheduler *s, int32_t number)
{
    for (size_t i = 0; i < s->partition_count; i++)
        if (s->partitions[i].number == number) return &s->partitions[i];
    return NULL;
}

dcf_status dcf_scheduler_assign(dcf_scheduler *s, int32_t number, int64_t committed,
                                const char *metadata)
{
    if (dcf_partition_of(s, number)) return DCF_ERR(CONFLICT);
    dcf_partition *grown = realloc(s->partitions, (s->partition_count + 1) * sizeof *grown);
    if (!grown) return DCF_ERR(NOMEM);
    s->partitions = grown;
    dcf_partition *p = &grown[s->partition_count];
    p->number = number;
    dcf_status status = dcf_offsets_init(&p->offsets, committed, metadata);
    if (!dcf_is(status, DCF_E_NOMEM)) s->partition_count++;
    return status;
}

dcf_status dcf_scheduler_commit(const dcf_scheduler *s, int32_t number, int64_t *ret_offset,
                                char ret_metadata[DCF_COMMIT_METADATA_MAX + 1])
{
    const dcf_partition *p = dcf_partition_of(s, number);
    if (!p) return DCF_ERR(NOT_FOUND);
    *ret_offset = dcf_offsets_low(&p->offsets);
    dcf_offsets_encode(&p->offsets, ret_metadata, DCF_COMMIT_METADATA_MAX + 1);
    return DCF_OK;
}

/* --- the window --------------------------------------------------------- */

void dcf_line_wait(dcf_scheduler *s, dcf_line *l)
{
    if (!l->head->absent) dcf_heap_put(l->head->attempts ? &s->backoff : &s->fresh, l);
}

static void give_back(dcf_scheduler *s, dcf_item *item)
{
    item->line = NULL;
    item->next = s->free;
    s->free = item;
}

/* Takes the head of its line out of the window. */
static void leave(dcf_scheduler *s, dcf_item *item, int64_t now_ms)
{
    dcf_line *l = item->line;
    dcf_heap_take(l);
    dcf_offsets_close(&dcf_partition_of(s, item->m.partition)->offsets, &item->node);
    dcf_item_leaves(s, item);
    l = dcf_lines_pop(&s->lines, l);
    give_back(s, item);
    if (!l) return;
    l->head->since_ms = now_ms;
    dcf_line_wait(s, l);
}

void dcf_scheduler_revoke(dcf_scheduler *s, int32_t number, int64_t now_ms,
                          void (*drop)(void *ctx, const dcf_scheduler_message *m), void *ctx)
{
    dcf_partition *p = dcf_partition_of(s, number);
    if (!p) return;
    for (dcf_offset_node *n; (n = p->offsets.first);) { /* ascending: always the head of its line */
        dcf_item *item = (dcf_item *)((char *)n - offsetof(dcf_item, node));
        if (item->in_flight) {
            s->in_flight--;
            dcf_breaker_forget(&s->breaker, dcf_handle_of(s, item));
        }
        dcf_scheduler_message m = item->m;
        leave(s, item, now_ms);
        if (drop) drop(ctx, &m);
    }
    dcf_offsets_fini(&p->offsets);
    *p = s->partitions[--s->partition_count];
}

bool dcf_lane_fits(const dcf_scheduler *s, dcf_lane lane, size_t size)
{
    size_t whole = s->lanes[lane].whole, bytes = s->lanes[lane].bytes;
    if (!whole) return true;
    return whole < s->config.window && bytes < s->config.window_bytes &&
           size <= s->config.window_bytes - bytes;
}

bool dcf_scheduler_has_room(const dcf_scheduler *s, dcf_lane lane, size_t size)
{
    return s->lines.free && dcf_lane_fits(s, lane, size);
}

bool dcf_scheduler_is_low(const dcf_scheduler *s, dcf_lane lane)
{
    const dcf_scheduler_config *c = &s->config;
    return s->lanes[lane].whole < c->window - c->window / 8 &&
           s->lanes[lane].bytes < c->window_bytes - c->window_bytes / 8;
}

/* The older version is in the same line, before it. */
static void supersede(dcf_line *l, const dcf_scheduler_message *m)
{
    if (!m->supersedes || !*m->supersedes) return;
    for (dcf_item *old = l->head; old; old = old->next)
        if (strcmp(old->m.id, m->supersedes) == 0) old->superseded_by = m->id;
}

/* The nearest deadline, but never before the arrival (an overdue message gains nothing over
 * others that waited) and never later than the ageing allows (so nothing starves). The urgent lane
 * is ahead by as much: before all of the ordinary that did not wait so long. */
static int64_t urgency_of(const dcf_scheduler *s, const dcf_scheduler_message *m)
{
    int64_t ahead = m->lane == DCF_LANE_URGENT ? s->config.ageing_ms : 0;
    int64_t aged = m->arrived_ms + s->config.ageing_ms;
    if (!m->deadline_ms || m->deadline_ms > aged) return aged - ahead;
    return (m->deadline_ms < m->arrived_ms ? m->arrived_ms : m->deadline_ms) - ahead;
}

static dcf_item *new_item(dcf_scheduler *s, const dcf_scheduler_message *m, int64_t now_ms)
{
    dcf_item *item = s->free;
    if (item)
        s->free = item->next;
    else
        item = &s->items[s->used++];
    uint32_t generation = item->generation + 1;
    *item = (dcf_item){.m = *m,
                       .urgency = urgency_of(s, m),
                       .order = s->orders++,
                       .since_ms = now_ms,
                       .generation = generation ? generation : 1, /* a handle is never 0 */
                       .perhaps_there = !m->untouched};
    return item;
}

dcf_status dcf_scheduler_add(dcf_scheduler *s, const dcf_scheduler_message *m, int64_t now_ms,
                             dcf_delivery *ret)
{
    dcf_partition *p = dcf_partition_of(s, m->partition);
    if (!p) return DCF_ERR(NOT_FOUND);
    *ret = 0;
    if (dcf_offsets_seen(&p->offsets, m->offset)) return DCF_OK;
    dcf_line *l = dcf_lines_find(&s->lines, m->partition, m->case_key);
    bool absent = dcf_line_is_long(s, l);
    if (absent && !dcf_scheduler_absent_room(s, m->lane)) return DCF_ERR(LIMIT);
    if (!absent && !((l || s->lines.free) && dcf_lane_fits(s, m->lane, m->size)))
        return DCF_ERR(AGAIN);
    dcf_item *item = new_item(s, m, now_ms);
    if (!dcf_offsets_open(&p->offsets, m->offset, &item->node)) {
        give_back(s, item);
        return DCF_OK;
    }
    if (l) {
        supersede(l, m);
        dcf_line_push(l, item);
        dcf_heap_moved(l);
    } else {
        dcf_heap_put(&s->fresh, dcf_lines_add(&s->lines, item));
    }
    dcf_item_joins(s, item, absent);
    *ret = dcf_handle_of(s, item);
    return DCF_OK;
}

/* --- attempts ----------------------------------------------------------- */

void dcf_wake_up(dcf_scheduler *s, int64_t now_ms)
{
    dcf_budget_refill(&s->budget, &s->config, now_ms);
    while (s->backoff.count && s->backoff.items[0]->not_before <= now_ms) {
        dcf_line *l = s->backoff.items[0];
        dcf_heap_take(l);
        dcf_heap_put(&s->retries, l);
    }
}

/* The line to try. A probe prefers a head that never failed: what failed may be what is wrong. */
static dcf_line *choose(const dcf_scheduler *s)
{
    dcf_line *fresh = s->fresh.count ? s->fresh.items[0] : NULL;
    dcf_line *retry = s->retries.count ? s->retries.items[0] : NULL;
    if (s->breaker.open) return fresh ? fresh : retry;
    if (!retry || !dcf_budget_has(&s->budget)) return fresh;
    return fresh && dcf_line_urgent_first(fresh, retry) ? fresh : retry;
}

dcf_delivery dcf_scheduler_next(dcf_scheduler *s, int64_t now_ms)
{
    dcf_wake_up(s, now_ms);
    if (s->in_flight >= s->config.concurrency || !dcf_breaker_allows(&s->breaker, now_ms)) return 0;
    dcf_line *l = choose(s);
    if (!l) return 0;
    dcf_heap_take(l);
    dcf_item *item = l->head;
    dcf_delivery d = dcf_handle_of(s, item);
    if (item->attempts && !s->breaker.open) dcf_budget_spend(&s->budget);
    dcf_breaker_started(&s->breaker, d);
    item->in_flight = true;
    item->since_ms = now_ms;
    s->in_flight++;
    return d;
}

const char *dcf_scheduler_superseded_by(const dcf_scheduler *s, dcf_delivery d)
{
    const dcf_item *item = dcf_item_of(s, d);
    return item && !item->perhaps_there ? item->superseded_by : NULL;
}

dcf_status dcf_scheduler_take(dcf_scheduler *s, dcf_delivery d, int64_t now_ms)
{
    dcf_item *item = dcf_item_of(s, d);
    if (!item) return DCF_ERR(NOT_FOUND);
    if (item != item->line->head) return DCF_ERR(CONFLICT);
    if (item->in_flight || item->absent) return DCF_ERR(AGAIN);
    dcf_heap_take(item->line);
    item->in_flight = true;
    item->since_ms = now_ms;
    s->in_flight++;
    return DCF_OK;
}

/* Nothing was asked of the receiver, so nothing is learnt about it. */
static void skip(dcf_scheduler *s, dcf_item *item, int64_t now_ms)
{
    dcf_breaker_forget(&s->breaker, dcf_handle_of(s, item));
    leave(s, item, now_ms);
}

dcf_status dcf_scheduler_result(dcf_scheduler *s, dcf_delivery d, int64_t now_ms,
                                dcf_attempt_result result, int64_t retry_after_ms)
{
    dcf_item *item = dcf_item_of(s, d);
    if (!item || !item->in_flight) return DCF_ERR(NOT_FOUND);
    item->in_flight = false;
    item->since_ms = now_ms;
    s->in_flight--;
    if (result == DCF_ATTEMPT_SKIPPED || result == DCF_ATTEMPT_HELD) {
        skip(s, item, now_ms);
        return DCF_OK;
    }
    if (dcf_attempt_is_final(result)) {
        dcf_breaker_answered(&s->breaker);
        dcf_budget_give(&s->budget, &s->config);
        leave(s, item, now_ms);
        return DCF_OK;
    }
    if (item->attempts < UINT32_MAX) item->attempts++;
    if (result == DCF_ATTEMPT_RETRY) item->perhaps_there = true;
    dcf_line *l = item->line;
    l->not_before = now_ms + dcf_backoff_ms(&s->config, item->attempts, retry_after_ms);
    if (result == DCF_ATTEMPT_LOCKED) /* an answer: the receiver is not away */
        dcf_breaker_answered(&s->breaker);
    else
        dcf_breaker_failed(&s->breaker, &s->config, d, l, now_ms, retry_after_ms);
    dcf_line_wait(s, l);
    return DCF_OK;
}
