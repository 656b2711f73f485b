/*
 * measure.h - the figures of the metric catalogue, from the audit alone.
 *
 * Thread rules as in ledger.h: dcf_ledger_measure belongs to the writer; dcf_ledger_figures is a
 * query. SPDX-License-Identifier: MIT
 */
#ifndef DCF_LEDGER_MEASURE_H
#define DCF_LEDGER_MEASURE_H

#include "ledger/catalogue.h"
#include "ledger/ledger.h"

/* Measures by this catalogue from now on, and all that is in the ledger already when it was
 * measured by another. Borrows the catalogue until the ledger is closed. IO, NOMEM. */
DCF_RESULT dcf_ledger_measure(dcf_ledger *l, const dcf_catalogue *c);

/* One cell: a metric in a time, of one force, Area, case type and group. Times in milliseconds. */
typedef struct dcf_ledger_figure {
    const char *metric;
    const char *force, *area, *case_type;       /* "" when not asked by it, or not told */
    const char *group;                          /* "" when the metric has none */
    uint64_t count, good, cases;                /* observations; the good ones; distinct cases */
    uint64_t per;                               /* observations of the metric's `per` in the cell */
    int64_t sum_ms, median_ms, p90_ms, most_ms; /* nearest rank: a value that occurred */
} dcf_ledger_figure;

typedef struct dcf_ledger_figures_ask {
    dcf_time_range range;     /* to_ms 0: without end */
    const char *metric, *per; /* per: the metric it is compared with; NULL: none */
    bool by_force, by_area, by_case_type;
    bool times; /* sum, median, 90th percentile and most too; else they are 0 */
} dcf_ledger_figures_ask;

/* The cells of one metric, ordered by force, Area, case type, group. */
DCF_RESULT dcf_ledger_figures(dcf_ledger *l, const dcf_ledger_figures_ask *ask,
                              void (*cb)(void *self, const dcf_ledger_figure *f), void *self);

#endif
