/* live.c - what is now: health, metrics, status, queues. */
#include "base/clock.h"
#include "ops/internal.h"

/* --- health, status ------------------------------------------------------------------ */

typedef struct health {
    json_t *reasons;
    bool failing; /* by something other than Kafka's absence */
} health;

static void unhealthy(void *ctx, const dcf_role_info *info)
{
    health *h = ctx;
    if (info->ok) return;
    json_array_append_new(h->reasons, json_sprintf("%s: %s", info->name, info->reason));
    h->failing |= strcmp(info->name, DCF_KAFKA_ROLE) != 0;
}

void ops_health(void *self, dcf_http_request *r)
{
    dcf_ops *o = self;
    health h = {.reasons = json_array()};
    o->config.provider.roles(o->config.provider.self, unhealthy, &h);
    bool ok = json_array_size(h.reasons) == 0;
    const char *status = ok ? "ok" : h.failing ? "failing" : "degraded";
    ops_reply(r, ok ? 200 : 503, json_pack("{s:s, s:o}", "status", status, "reasons", h.reasons));
}

void ops_metrics(void *self, dcf_http_request *r)
{
    dcf_ops *o = self;
    dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
    ops_gauges_set(o);
    if (o->config.metrics) dcf_metrics_write(o->config.metrics, NULL, &text);
    dcf_metrics_write(o->derived, o->config.metrics, &text);
    if (text.failed)
        ops_error(r, 503, "out of memory", "try again");
    else
        dcf_http_reply(r, 200, NULL, DCF_METRICS_MEDIA_TYPE, dcf_buf_span(&text));
}

static void add_role(void *ctx, const dcf_role_info *info)
{
    json_array_append_new(ctx,
                          json_pack("{s:o, s:o, s:b, s:o, s:o}", "role", ops_string(info->name),
                                    "state", ops_string(info->state), "ok", info->ok, "reason",
                                    ops_string(info->reason), "since", ops_time(info->since_ms)));
}

typedef struct queue_sum {
    uint64_t queued;
    dcf_buf away; /* the parties that do not answer: "cps, essex" */
} queue_sum;

static void sum_queue(void *ctx, const dcf_queue_info *q)
{
    queue_sum *sum = ctx;
    sum->queued += q->depth;
    if (strcmp(q->breaker, "closed") != 0)
        dcf_buf_printf(&sum->away, "%s%s", sum->away.size ? ", " : "", q->party);
}

/* What waits for delivery, and for whom in vain: a party that is away is not the daemon's fault. */
static json_t *queue_totals(const dcf_ops_provider *p)
{
    queue_sum sum = {0};
    p->queues(p->self, sum_queue, &sum);
    json_t *totals = json_pack("{s:I, s:o}", "queued", (json_int_t)sum.queued, "away",
                               sum.away.size ? ops_string(dcf_buf_cstr(&sum.away)) : json_null());
    dcf_buf_fini(&sum.away);
    return totals;
}

static json_t *totals(dcf_ledger *ledger)
{
    dcf_ledger_totals t;
    if (dcf_failed(dcf_ledger_totals_get(ledger, &t))) return json_null();
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "cases", (json_int_t)t.cases, "messages",
                     (json_int_t)t.messages, "held", (json_int_t)t.held, "events",
                     (json_int_t)t.events, "unreadable", (json_int_t)t.unreadable, "last_event",
                     ops_time(t.last_ms));
}

void ops_status(void *self, dcf_http_request *r)
{
    dcf_ops *o = self;
    json_t *roles = json_array();
    o->config.provider.roles(o->config.provider.self, add_role, roles);
    json_t *body =
        json_pack("{s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "version", DCF_VERSION, "instance",
                  ops_string(o->config.instance), "started", ops_time(o->started_ms), "now",
                  ops_time(dcf_clock_ms()), "embedded", o->config.embedded, "roles", roles,
                  "totals", totals(o->config.ledger), "queues", queue_totals(&o->config.provider));
    if (o->config.embedded)
        json_object_set_new(
            body, "warning",
            json_string("embedded Kafka: nothing is kept and transactions have no effect"));
    ops_reply(r, 200, body);
}

/* --- queues ---------------------------------------------------------------------------- */

static json_t *queue_json(const dcf_queue_info *q)
{
    int64_t age = q->oldest_ms ? dcf_clock_ms() - q->oldest_ms : 0;
    return json_pack("{s:o, s:I, s:I, s:o, s:I, s:o, s:o, s:o}", "party", ops_string(q->party),
                     "depth", (json_int_t)q->depth, "in_flight", (json_int_t)q->in_flight, "oldest",
                     ops_time(q->oldest_ms), "oldest_age_ms", (json_int_t)(age > 0 ? age : 0),
                     "breaker", ops_string(q->breaker), "next_try", ops_time(q->next_try_ms),
                     "reason", ops_string(q->reason));
}

static void add_queue(void *ctx, const dcf_queue_info *info)
{
    json_array_append_new(ctx, queue_json(info));
}

void ops_queues(void *self, dcf_http_request *r)
{
    dcf_ops *o = self;
    json_t *queues = json_array();
    o->config.provider.queues(o->config.provider.self, add_queue, queues);
    ops_reply(r, 200, json_pack("{s:o}", "queues", queues));
}

static void add_waiting(void *ctx, const dcf_waiting_info *w)
{
    json_array_append_new(
        ctx, json_pack("{s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o}", "message_id",
                       ops_string(w->message_id), "case", ops_string(w->case_key), "type",
                       ops_string(w->type), "since", ops_time(w->since_ms), "attempts",
                       (json_int_t)w->attempts, "next_try", ops_time(w->next_try_ms), "reason",
                       ops_string(w->reason), "last_failure", ops_string(w->last_failure)));
}

typedef struct one_queue {
    const char *party;
    json_t *found;
} one_queue;

static void pick_queue(void *ctx, const dcf_queue_info *info)
{
    one_queue *one = ctx;
    if (!one->found && strcmp(one->party, info->party) == 0) one->found = queue_json(info);
}

bool ops_knows_party(const dcf_ops *o, const char *party)
{
    one_queue one = {.party = party};
    o->config.provider.queues(o->config.provider.self, pick_queue, &one);
    bool known = one.found != NULL;
    json_decref(one.found);
    return known;
}

void ops_no_such_party(dcf_http_request *r)
{
    ops_error(r, 404, "no such party", "dcfctl queue list (GET /v1/queues) names the parties");
}

void ops_queue(void *self, dcf_http_request *r)
{
    dcf_ops *o = self;
    const dcf_ops_provider *p = &o->config.provider;
    size_t limit;
    if (!ops_limit(r, OPS_WAITING_MAX, &limit)) return;
    one_queue one = {.party = dcf_http_param(r, "party")};
    json_t *waiting = json_array();
    if (dcf_failed(p->waiting(p->self, one.party, limit, add_waiting, waiting))) {
        json_decref(waiting);
        ops_no_such_party(r);
        return;
    }
    p->queues(p->self, pick_queue, &one);
    ops_reply(
        r, 200,
        json_pack("{s:o, s:o}", "queue", one.found ? one.found : json_null(), "waiting", waiting));
}
