/* gauges.c - metrics that need no counting: set from the ledger and the provider at each scrape. */
#include "base/clock.h"
#include "ops/internal.h"

enum {
    BUILD,
    ROLE_UP,
    DEPTH,
    IN_FLIGHT,
    OLDEST,
    BREAKER,
    RECEIVED,
    DUPLICATES,
    CONFLICTS,
    MESSAGES,
    IMBALANCE,
    OPEN_AGE,
    HELD,
    UNREADABLE,
    FINDINGS
};

static const dcf_metric_row ROWS[] = {
    [BUILD] = {"dcf_build_info",
               DCF_METRIC_GAUGE,
               "Always 1; the labels tell which program runs.",
               {"version", "instance"},
               NULL,
               0},
    [ROLE_UP] = {"dcf_role_up",
                 DCF_METRIC_GAUGE,
                 "Whether a role of this daemon is well.",
                 {"role"},
                 NULL,
                 0},
    [DEPTH] = {"dcf_queue_depth",
               DCF_METRIC_GAUGE,
               "Messages not yet delivered to the party.",
               {"party"},
               NULL,
               0},
    [IN_FLIGHT] = {"dcf_queue_in_flight",
                   DCF_METRIC_GAUGE,
                   "Deliveries under way to the party.",
                   {"party"},
                   NULL,
                   0},
    [OLDEST] = {"dcf_queue_oldest_seconds",
                DCF_METRIC_GAUGE,
                "Age of the oldest message not yet delivered to the party.",
                {"party"},
                NULL,
                0},
    [BREAKER] = {"dcf_queue_breaker_open",
                 DCF_METRIC_GAUGE,
                 "1 while deliveries to the party are stopped because it is away.",
                 {"party"},
                 NULL,
                 0},
    [RECEIVED] = {"dcf_link_received_total",
                  DCF_METRIC_COUNTER,
                  "Messages that came by the link.",
                  {"link"},
                  NULL,
                  0},
    [DUPLICATES] = {"dcf_link_duplicates_total",
                    DCF_METRIC_COUNTER,
                    "Messages that came again with the same content.",
                    {"link"},
                    NULL,
                    0},
    [CONFLICTS] = {"dcf_link_conflicts_total",
                   DCF_METRIC_COUNTER,
                   "Messages that came again with other content.",
                   {"link"},
                   NULL,
                   0},
    [MESSAGES] = {"dcf_link_messages",
                  DCF_METRIC_GAUGE,
                  "Messages of the link by where they are now.",
                  {"link", "state"},
                  NULL,
                  0},
    [IMBALANCE] = {"dcf_link_imbalance",
                   DCF_METRIC_GAUGE,
                   "Received minus all that is accounted for: not 0 is an alarm.",
                   {"link"},
                   NULL,
                   0},
    [OPEN_AGE] =
        {"dcf_link_oldest_in_flight_seconds",
         DCF_METRIC_GAUGE,
         "Age of the oldest message of the link that is neither delivered, held nor refused.",
         {"link"},
         NULL,
         0},
    [HELD] = {"dcf_held", DCF_METRIC_GAUGE, "Messages held now, by reason.", {"reason"}, NULL, 0},
    [UNREADABLE] = {"dcf_ledger_unreadable_total",
                    DCF_METRIC_COUNTER,
                    "Of dcf_ledger_findings, records of the audit and held topics that cannot be "
                    "read.",
                    {NULL},
                    NULL,
                    0},
    [FINDINGS] = {"dcf_ledger_findings",
                  DCF_METRIC_GAUGE,
                  "Messages the audit shows to be lost, doubled or made up, and records of it that "
                  "cannot be read: not 0 is an alarm.",
                  {NULL},
                  NULL,
                  0},
};
enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0] };

dcf_status ops_gauges_open(dcf_metrics **ret)
{
    return dcf_metrics_open(ROWS, ROW_COUNT, ret);
}

static double age_s(int64_t since_ms)
{
    int64_t age = since_ms ? dcf_clock_ms() - since_ms : 0;
    return age > 0 ? (double)age / 1000 : 0;
}

static void set_role(void *ctx, const dcf_role_info *r)
{
    dcf_metric_set(DCF_SERIES(ctx, ROLE_UP, r->name), r->ok);
}

static void set_queue(void *ctx, const dcf_queue_info *q)
{
    dcf_metric_set(DCF_SERIES(ctx, DEPTH, q->party), (double)q->depth);
    dcf_metric_set(DCF_SERIES(ctx, IN_FLIGHT, q->party), (double)q->in_flight);
    dcf_metric_set(DCF_SERIES(ctx, OLDEST, q->party), age_s(q->oldest_ms));
    dcf_metric_set(DCF_SERIES(ctx, BREAKER, q->party), strcmp(q->breaker, "closed") != 0);
}

static void set_link(void *ctx, const dcf_ledger_link *k)
{
    dcf_metric_set(DCF_SERIES(ctx, RECEIVED, k->link), (double)k->received);
    dcf_metric_set(DCF_SERIES(ctx, DUPLICATES, k->link), (double)k->duplicates);
    dcf_metric_set(DCF_SERIES(ctx, CONFLICTS, k->link), (double)k->conflicts);
    dcf_metric_set(DCF_SERIES(ctx, MESSAGES, k->link, "in_flight"), (double)k->in_flight);
    dcf_metric_set(DCF_SERIES(ctx, MESSAGES, k->link, "held"), (double)k->held);
    dcf_metric_set(DCF_SERIES(ctx, MESSAGES, k->link, "refused"), (double)k->refused);
    dcf_metric_set(DCF_SERIES(ctx, MESSAGES, k->link, "delivered"), (double)k->delivered);
    dcf_metric_set(DCF_SERIES(ctx, IMBALANCE, k->link), (double)k->imbalance);
    dcf_metric_set(DCF_SERIES(ctx, OPEN_AGE, k->link), age_s(k->oldest_in_flight_ms));
}

static void set_held(void *ctx, const char *code, uint64_t count, int64_t oldest_ms)
{
    (void)oldest_ms;
    dcf_metric_set(DCF_SERIES(ctx, HELD, code), (double)count);
}

void ops_gauges_set(dcf_ops *o)
{
    const dcf_ops_provider *p = &o->config.provider;
    dcf_metrics *m = o->derived;
    for (size_t i = 0; i < ROW_COUNT; i++) dcf_metrics_clear(m, i);
    dcf_metric_set(DCF_SERIES(m, BUILD, DCF_VERSION, o->config.instance ? o->config.instance : ""),
                   1);
    p->roles(p->self, set_role, m);
    p->queues(p->self, set_queue, m);
    dcf_ledger_totals totals;
    bool ok = dcf_ok(dcf_ledger_links(o->config.ledger, set_link, m));
    ok = ok && dcf_ok(dcf_ledger_held_reasons(o->config.ledger, set_held, m));
    if (!ok || dcf_failed(dcf_ledger_totals_get(o->config.ledger, &totals))) return;
    dcf_metric_set(DCF_SERIES(m, UNREADABLE), (double)totals.unreadable);
    dcf_metric_set(DCF_SERIES(m, FINDINGS), (double)totals.findings);
}
