/*
 * metrics.h - counters, gauges and histograms with labels, for Prometheus (text
 * exposition 0.0.4). What exists is a table of rows; a series comes to be when
 * its label values are first used.
 *
 * Thread rule: any thread. Updates are one atomic addition on a series looked up
 * before (dcf_metric), or a short lock and a search beside it.
 * Series are bounded: past DCF_METRIC_SERIES_MAX of a row, all further label values
 * share one series whose values read "other". Label values are names of links,
 * parties, codes: never of people or cases. SPDX-License-Identifier: MIT
 */
#ifndef DCF_OPS_METRICS_H
#define DCF_OPS_METRICS_H

#include "base/buf.h"

enum { DCF_METRIC_LABELS_MAX = 4, DCF_METRIC_SERIES_MAX = 1000 };

typedef enum dcf_metric_type {
    DCF_METRIC_COUNTER,
    DCF_METRIC_GAUGE,
    DCF_METRIC_HISTOGRAM
} dcf_metric_type;

typedef struct dcf_metric_row {
    const char *name; /* "dcf_received_total": counters end in _total, units are base units */
    dcf_metric_type type;
    const char *help;
    const char *labels[DCF_METRIC_LABELS_MAX + 1]; /* NULL-ended */
    const double *buckets; /* histogram: upper bounds, rising; the last, +Inf, is implied */
    size_t bucket_count;
} dcf_metric_row;

typedef struct dcf_metrics dcf_metrics;
typedef struct dcf_metric dcf_metric; /* one series; lives as long as the registry */

/* Borrows the rows, which must outlive the registry. NOMEM; BUG: a row's name, labels or buckets
 * are not allowed. */
DCF_RESULT dcf_metrics_open(const dcf_metric_row *rows, size_t count, dcf_metrics **ret);
void dcf_metrics_close(dcf_metrics *m); /* accepts NULL; no updates after it */

/* The series of this row with these values, one for each label, in order. NULL when out of memory:
 * the calls below accept that. */
dcf_metric *dcf_metrics_get(dcf_metrics *m, size_t row, const char *const values[]);
/* The same with the values written out: DCF_SERIES(m, ROW, "force-45", "spi"). */
#define DCF_SERIES(m, row, ...)                                                                    \
    dcf_metrics_get((m), (row), (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

void dcf_metric_add(dcf_metric *s, double n); /* counter or gauge */
void dcf_metric_set(dcf_metric *s, double v); /* gauge; or a counter that another place counts */
void dcf_metric_observe(dcf_metric *s, double v); /* histogram */
double dcf_metric_value(const dcf_metric *s);     /* counter, gauge; histogram: how many */

/* Forgets all series of a row, for gauges that are set anew at every look. Series of that row must
 * not be kept. */
void dcf_metrics_clear(dcf_metrics *m, size_t row);

/*
 * Appends all series, rows in their order. Rows without series give HELP and TYPE alone. A row
 * whose name other (may be NULL) has too is left out, so that both can stand in one answer.
 */
void dcf_metrics_write(dcf_metrics *m, const dcf_metrics *other, dcf_buf *out);

#define DCF_METRICS_MEDIA_TYPE "text/plain; version=0.0.4; charset=utf-8"

#endif
