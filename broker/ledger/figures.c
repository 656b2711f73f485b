/* figures.c - adds the observations up: one metric, one stretch of time, by what is asked. */
#include "ledger/internal.h"
#include "ledger/measure.h"

/* f, a, c: force, Area and case type as far as they are asked; g: the group. The values are ranked
 * within their cell, so that median and 90th percentile are values that occurred. */
#define CELLS "iif(?4, force, '') f, iif(?5, area, '') a, iif(?6, case_type, '') c"
#define OBSERVED                                                                                   \
    "WITH o AS (SELECT " CELLS ", grp g, good, value, case_key FROM observation"                   \
    "  WHERE metric = ?1 AND at_ms >= ?2 AND at_ms < ?3),"
#define PER                                                                                        \
    " p AS (SELECT " CELLS ", count(*) n FROM observation"                                         \
    "  WHERE metric = ?7 AND at_ms >= ?2 AND at_ms < ?3 GROUP BY 1, 2, 3)"
#define COUNTED " SELECT r.f, r.a, r.c, r.g, count(*), sum(good), count(DISTINCT case_key),"
#define JOINED                                                                                     \
    " LEFT JOIN p ON p.f = r.f AND p.a = r.a AND p.c = r.c GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, " \
    "4"

static const char COUNTS[] =
    OBSERVED PER COUNTED " 0, 0, 0, 0, coalesce(max(p.n), 0) FROM o r" JOINED;
static const char TIMES[] =
    OBSERVED " r AS (SELECT *, row_number() OVER (PARTITION BY f, a, c, g ORDER BY value) i,"
             "  count(*) OVER (PARTITION BY f, a, c, g) n FROM o)," PER COUNTED " sum(value),"
             " max(iif(i = (r.n + 1) / 2, value, 0)), max(iif(i = (r.n * 9 + 9) / 10, value, 0)),"
             " max(value), coalesce(max(p.n), 0) FROM r" JOINED;

typedef struct figures {
    const dcf_ledger_figures_ask *ask;
    void (*cb)(void *self, const dcf_ledger_figure *f);
    void *self;
} figures;

static dcf_status figure_row(void *ctx, dcf_ledger *l, sqlite3_stmt *s)
{
    (void)l;
    const figures *to = ctx;
    to->cb(to->self, &(dcf_ledger_figure){.metric = to->ask->metric,
                                          .force = ledger_text(s, 0),
                                          .area = ledger_text(s, 1),
                                          .case_type = ledger_text(s, 2),
                                          .group = ledger_text(s, 3),
                                          .count = ledger_number(s, 4),
                                          .good = ledger_number(s, 5),
                                          .cases = ledger_number(s, 6),
                                          .sum_ms = sqlite3_column_int64(s, 7),
                                          .median_ms = sqlite3_column_int64(s, 8),
                                          .p90_ms = sqlite3_column_int64(s, 9),
                                          .most_ms = sqlite3_column_int64(s, 10),
                                          .per = ledger_number(s, 11)});
    return DCF_OK;
}

dcf_status dcf_ledger_figures(dcf_ledger *l, const dcf_ledger_figures_ask *ask,
                              void (*cb)(void *self, const dcf_ledger_figure *f), void *self)
{
    figures to = {ask, cb, self};
    ledger_query q = {.row = figure_row, .ctx = &to};
    DCF_TRY(ledger_prepare(l, ask->times ? TIMES : COUNTS, &q));
    ledger_bind(q.statement, "tiiiiit", ask->metric, ask->range.from_ms,
                ask->range.to_ms ? ask->range.to_ms : INT64_MAX, (int64_t)ask->by_force,
                (int64_t)ask->by_area, (int64_t)ask->by_case_type, ask->per);
    return ledger_finish(l, &q);
}
