/* breaker.c - backoff, circuit breaker and retry budget. */
#include "delivery/breaker.h"

enum { TOKEN = 60000 };

/* first * 2^doublings, at most cap */
static int64_t doubled(int64_t first, uint32_t doublings, int64_t cap)
{
    int64_t ms = first;
    while (doublings-- > 0 && ms < cap) ms = ms > cap / 2 ? cap : ms * 2;
    return ms < cap ? ms : cap;
}

static int64_t clamp(int64_t ms, int64_t cap)
{
    return ms < 0 ? 0 : ms > cap ? cap : ms;
}

int64_t dcf_backoff_ms(const dcf_scheduler_config *c, uint32_t attempts, int64_t retry_after_ms)
{
    int64_t ceiling = doubled(c->backoff_ms, attempts - 1, c->backoff_cap_ms);
    int64_t wait = 1 + (int64_t)(c->random(c->random_ctx) % (uint64_t)ceiling);
    int64_t asked = clamp(retry_after_ms, c->retry_after_cap_ms);
    return wait > asked ? wait : asked;
}

bool dcf_breaker_allows(const dcf_breaker *b, int64_t now_ms)
{
    return !b->open || (!b->probe && now_ms >= b->until_ms);
}

void dcf_breaker_started(dcf_breaker *b, dcf_delivery d)
{
    if (b->open) b->probe = d;
}

void dcf_breaker_answered(dcf_breaker *b)
{
    *b = (dcf_breaker){0};
}

void dcf_breaker_failed(dcf_breaker *b, const dcf_scheduler_config *c, dcf_delivery d,
                        const void *of_case, int64_t now_ms, int64_t retry_after_ms)
{
    if (b->open && b->probe != d) return; /* started before it opened: tells nothing new */
    if (!b->open) {
        if (b->last_case != of_case) b->failures++;
        b->last_case = of_case;
        if (b->failures < c->breaker_failures) return;
    }
    int64_t asked = clamp(retry_after_ms, c->retry_after_cap_ms);
    int64_t wait = doubled(c->breaker_open_ms, b->openings, c->breaker_cap_ms);
    if (!b->open) b->opened_ms = now_ms;
    if (b->openings < UINT32_MAX) b->openings++;
    b->open = true;
    b->probe = 0;
    b->until_ms = now_ms + (wait > asked ? wait : asked);
}

void dcf_breaker_forget(dcf_breaker *b, dcf_delivery d)
{
    if (b->probe == d) b->probe = 0;
}

static void cap(dcf_budget *b, const dcf_scheduler_config *c)
{
    uint64_t most = (uint64_t)c->retry_burst * TOKEN;
    if (b->units > most) b->units = most;
}

void dcf_budget_init(dcf_budget *b)
{
    *b = (dcf_budget){.at_ms = INT64_MIN};
}

void dcf_budget_refill(dcf_budget *b, const dcf_scheduler_config *c, int64_t now_ms)
{
    if (now_ms <= b->at_ms) return;
    uint64_t full_ms = (uint64_t)c->retry_burst * TOKEN / c->retry_per_minute + 1;
    uint64_t elapsed = (uint64_t)now_ms - (uint64_t)b->at_ms;
    b->units += (elapsed < full_ms ? elapsed : full_ms) * c->retry_per_minute;
    b->at_ms = now_ms;
    cap(b, c);
}

void dcf_budget_give(dcf_budget *b, const dcf_scheduler_config *c)
{
    b->units += TOKEN;
    cap(b, c);
}

bool dcf_budget_has(const dcf_budget *b)
{
    return b->units >= TOKEN;
}

void dcf_budget_spend(dcf_budget *b)
{
    b->units -= b->units < TOKEN ? b->units : TOKEN;
}

int64_t dcf_budget_next(const dcf_budget *b, const dcf_scheduler_config *c)
{
    if (dcf_budget_has(b)) return b->at_ms;
    uint64_t missing = TOKEN - b->units;
    return b->at_ms + (int64_t)((missing + c->retry_per_minute - 1) / c->retry_per_minute);
}
