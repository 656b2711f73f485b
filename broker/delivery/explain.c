/* explain.c - why a message waits, until when, and how much does. Nothing here decides what is
 * tried: it reads off what next would do. */
#include "delivery/state.h"

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The earliest a retry of this not_before may start, the breaker aside. */
static int64_t retry_at(const dcf_scheduler *s, int64_t not_before)
{
    return s->breaker.open ? not_before
                           : later(not_before, dcf_budget_next(&s->budget, &s->config));
}

int64_t dcf_scheduler_wake(dcf_scheduler *s, int64_t now_ms)
{
    dcf_wake_up(s, now_ms);
    if (s->in_flight >= s->config.concurrency || s->breaker.probe) return INT64_MAX;
    int64_t at = INT64_MAX;
    if (s->fresh.count) at = now_ms;
    if (s->retries.count) at = sooner(at, retry_at(s, now_ms));
    if (s->backoff.count) at = sooner(at, retry_at(s, s->backoff.items[0]->not_before));
    return at < INT64_MAX && s->breaker.open ? later(at, s->breaker.until_ms) : at;
}

static dcf_explanation because(dcf_wait why, int64_t since_ms, int64_t next_ms)
{
    return (dcf_explanation){.why = why, .since_ms = since_ms, .next_ms = next_ms};
}

/* Why the head of a line, not in flight, is not being tried at this moment. */
static dcf_explanation of_head(const dcf_scheduler *s, const dcf_item *item, int64_t now_ms)
{
    const dcf_line *l = item->line;
    int64_t backoff = l->heap == &s->backoff ? l->not_before : now_ms;
    int64_t breaker = !s->breaker.open   ? now_ms
                      : s->breaker.probe ? INT64_MAX
                                         : s->breaker.until_ms;
    int64_t next = later(backoff, breaker);
    if (breaker > now_ms && breaker >= backoff)
        return because(DCF_WAIT_BREAKER, later(item->since_ms, s->breaker.opened_ms), next);
    if (backoff > now_ms) return because(DCF_WAIT_BACKOFF, item->since_ms, next);
    if (s->in_flight >= s->config.concurrency)
        return because(DCF_WAIT_CONCURRENCY, item->since_ms, INT64_MAX);
    if (item->attempts && retry_at(s, now_ms) > now_ms)
        return because(DCF_WAIT_BUDGET, item->since_ms, retry_at(s, now_ms));
    return because(DCF_WAIT_NONE, item->since_ms, now_ms);
}

dcf_status dcf_scheduler_explain(const dcf_scheduler *s, dcf_delivery d, int64_t now_ms,
                                 dcf_explanation *ret)
{
    const dcf_item *item = dcf_item_of(s, d);
    if (!item) return DCF_ERR(NOT_FOUND);
    const dcf_item *head = item->line->head;
    if (item->absent && item == head) {
        *ret = because(DCF_WAIT_ABSENT, item->since_ms, INT64_MAX);
    } else if (item != head) {
        *ret = because(DCF_WAIT_BEHIND, item->since_ms, INT64_MAX);
        ret->behind = head->m.id;
    } else if (item->in_flight) {
        *ret = because(DCF_WAIT_IN_FLIGHT, item->since_ms, now_ms);
    } else {
        *ret = of_head(s, item, now_ms);
    }
    ret->attempts = item->attempts;
    return DCF_OK;
}

dcf_scheduler_load dcf_scheduler_load_of(const dcf_scheduler *s)
{
    dcf_scheduler_load load = {
        .cases = s->lines.count, .in_flight = s->in_flight, .breaker_open = s->breaker.open};
    for (size_t i = 0; i < DCF_LANES; i++) {
        load.messages += s->lanes[i].whole + s->lanes[i].absent;
        load.absent += s->lanes[i].absent;
        load.bytes += s->lanes[i].bytes;
    }
    return load;
}
