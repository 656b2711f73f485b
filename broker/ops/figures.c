/* figures.c - the metric catalogue and its figures. */
#include "base/clock.h"
#include "ledger/measure.h"
#include "ops/internal.h"

enum { HOUR_MS = 3600000, DAY_MS = 86400000 };

/* --- the dictionary ------------------------------------------------------------------------------
 */

static json_t *definition(const dcf_metric_def *d)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s*, s:s*, s:s*, s:b}", "metric",
                     d->name, "title", d->title, "unit", d->unit, "counts", d->counts, "source",
                     d->source, "caveats", d->caveats, "measure",
                     dcf_metric_measure_text(d->measure), "figure",
                     dcf_metric_figure_text(d->figure), "by", d->by, "key", d->key, "per", d->per,
                     "personal", d->personal);
}

void ops_metric_dictionary(void *self, dcf_http_request *r)
{
    const dcf_catalogue *c = ((dcf_ops *)self)->catalogue;
    json_t *list = json_array();
    for (size_t i = 0; c && i < c->count; i++) json_array_append_new(list, definition(&c->defs[i]));
    ops_reply(r, 200,
              json_pack("{s:s, s:I, s:o}", "version", c ? c->version : "", "least",
                        (json_int_t)(c ? c->least : 0), "metrics", list));
}

/* --- figures
 * --------------------------------------------------------------------------------------- */

typedef struct answer {
    const dcf_catalogue *catalogue;
    const dcf_metric_def *def;
    json_t *list;
} answer;

static json_t *rounded(double value, double steps)
{
    return json_real((double)(int64_t)(value * steps + 0.5) / steps); /* none is below 0 */
}

static double ratio(uint64_t a, uint64_t b)
{
    return b ? (double)a / (double)b : 0;
}

static json_t *in_unit(const char *unit, int64_t ms)
{
    double one = strcmp(unit, "hours") == 0 ? HOUR_MS : strcmp(unit, "days") == 0 ? DAY_MS : 1000;
    return rounded((double)ms / one, 100);
}

static json_t *value_of(const dcf_metric_def *d, const dcf_ledger_figure *f)
{
    switch (d->figure) {
    case DCF_FIGURE_COUNT:
        return json_integer((json_int_t)f->count);
    case DCF_FIGURE_SHARE:
        return rounded(ratio(f->good, f->count), 10000);
    case DCF_FIGURE_MEDIAN:
        return in_unit(d->unit, f->median_ms);
    case DCF_FIGURE_RATE:
        return rounded(ratio(f->count, f->per), 10000);
    case DCF_FIGURE_PER_CASE:
        return rounded(ratio(f->count, f->cases), 100);
    }
    return json_null();
}

static bool has_times(const dcf_metric_def *d)
{
    return d->measure == DCF_MEASURE_ELAPSED || d->measure == DCF_MEASURE_STAGES;
}

static void add_counts(json_t *row, const dcf_metric_def *d, const dcf_ledger_figure *f)
{
    json_object_update_new(row, json_pack("{s:o, s:I, s:I, s:I}", "value", value_of(d, f), "count",
                                          (json_int_t)f->count, "good", (json_int_t)f->good,
                                          "cases", (json_int_t)f->cases));
    if (d->per) json_object_set_new(row, "per", json_integer((json_int_t)f->per));
    if (has_times(d))
        json_object_update_new(row,
                               json_pack("{s:I, s:I, s:I, s:I}", "sum_ms", (json_int_t)f->sum_ms,
                                         "median_ms", (json_int_t)f->median_ms, "p90_ms",
                                         (json_int_t)f->p90_ms, "most_ms", (json_int_t)f->most_ms));
}

static void add_figure(void *ctx, const dcf_ledger_figure *f)
{
    answer *a = ctx;
    const dcf_metric_def *d = a->def;
    bool hidden = d->personal && f->count < a->catalogue->least;
    json_t *row =
        json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:b}", "metric", d->name, "title",
                  d->title, "unit", d->unit, "figure", dcf_metric_figure_text(d->figure), "force",
                  ops_string(f->force), "area", ops_string(f->area), "case_type",
                  ops_string(f->case_type), "group", ops_string(f->group), "suppressed", hidden);
    if (!hidden) add_counts(row, d, f);
    json_array_append_new(a->list, row);
}

/* --- what is asked
 * ---------------------------------------------------------------------------------- */

/* This month in London, so far. */
static dcf_time_range this_month(void)
{
    dcf_time_range range = {0};
    char text[DCF_TIME_TEXT_SIZE];
    dcf_time_format(dcf_clock_ms() + HOUR_MS, text); /* at most an hour ahead of UTC */
    text[strlen("2026-11")] = '\0';
    bool ok = dcf_ok(dcf_time_range_parse(text, &range));
    return ok ? range : (dcf_time_range){0};
}

static bool read_range(dcf_http_request *r, dcf_time_range *ret)
{
    const char *period = dcf_http_query(r, "period"), *from = dcf_http_query(r, "from"),
               *to = dcf_http_query(r, "to");
    *ret = from || to ? (dcf_time_range){0} : this_month();
    bool ok = (!period || dcf_ok(dcf_time_range_parse(period, ret))) &&
              (!from || dcf_ok(dcf_time_edge_parse(from, &ret->from_ms))) &&
              (!to || dcf_ok(dcf_time_edge_parse(to, &ret->to_ms)));
    if (!ok)
        ops_error(r, 400, "no such period",
                  "write 2026, 2026-Q4, 2026-10 or 2026-10-05; or from and to as dates");
    return ok;
}

static bool read_by(dcf_http_request *r, dcf_ledger_figures_ask *ask)
{
    const char *by = dcf_http_query(r, "by");
    for (size_t n; by && *by; by += n + (by[n] == ',')) {
        n = strcspn(by, ",");
        dcf_span word = dcf_span_of(by, n);
        bool force = dcf_span_eq_str(word, "force"), area = dcf_span_eq_str(word, "area"),
             type = dcf_span_eq_str(word, "case_type");
        if (!force && !area && !type) {
            ops_error(r, 400, "by is a list of force, area, case_type", "write by=force,case_type");
            return false;
        }
        ask->by_force |= force;
        ask->by_area |= area;
        ask->by_case_type |= type;
    }
    return true;
}

static void reply_figures(dcf_ops *o, dcf_http_request *r, dcf_ledger_figures_ask *ask,
                          const char *only)
{
    answer a = {.catalogue = o->catalogue, .list = json_array()};
    dcf_ledger_totals totals = {0};
    dcf_status s = dcf_ledger_totals_get(o->config.ledger, &totals);
    for (size_t i = 0; i < a.catalogue->count && dcf_ok(s); i++) {
        a.def = &a.catalogue->defs[i];
        if (only && strcmp(only, a.def->name) != 0) continue;
        ask->metric = a.def->name;
        ask->per = a.def->per;
        ask->times = has_times(a.def);
        s = dcf_ledger_figures(o->config.ledger, ask, add_figure, &a);
    }
    if (dcf_failed(s)) {
        json_decref(a.list);
        ops_ledger_error(r, s, "", "");
        return;
    }
    int64_t now = dcf_clock_ms();
    bool ended = ask->range.to_ms && ask->range.to_ms <= now;
    ops_reply(r, 200,
              json_pack("{s:o, s:o, s:b, s:o, s:o, s:s, s:I, s:o, s:o}", "from",
                        ops_time(ask->range.from_ms), "to", ops_time(ask->range.to_ms), "ended",
                        ended, "made", ops_time(now), "instance", ops_string(o->config.instance),
                        "catalogue", a.catalogue->version, "events", (json_int_t)totals.events,
                        "last_event", ops_time(totals.last_ms), "figures", a.list));
}

void ops_metric_figures(void *self, dcf_http_request *r)
{
    dcf_ops *o = self;
    dcf_ledger_figures_ask ask = {0};
    const char *only = dcf_http_query(r, "metric");
    if (!read_range(r, &ask.range) || !read_by(r, &ask)) return;
    if (!o->catalogue || (only && !dcf_metric_by_name(o->catalogue, only))) {
        ops_error(r, 404, "no such metric",
                  "dcfctl metrics dictionary (GET /v1/metrics/dictionary) lists them");
        return;
    }
    reply_figures(o, r, &ask, only);
}
