/*
 * catalogue.h - the shared metric catalogue: config/metrics.yaml as rows that measure.c runs.
 *
 * Each definition says what is counted, of which audit events, in words and as a rule; the data
 * dictionary is made of the same rows. Names of fields and kinds are checked when it is read.
 * Ownership: the catalogue owns everything. Thread rule: immutable after loading.
 * Source: Recommendations 10 and 11. SPDX-License-Identifier: MIT
 */
#ifndef DCF_LEDGER_CATALOGUE_H
#define DCF_LEDGER_CATALOGUE_H

#include "base/buf.h"
#include "base/yaml.h"

struct Dcf__V1__AuditEvent;

enum { DCF_METRIC_VALUES_MAX = 16, DCF_METRIC_WHERE_MAX = 6, DCF_METRIC_DEFS_MAX = 100 };

typedef struct dcf_metric_where { /* a fact or field of the event has one of these values */
    const char *name;
    const char *values[DCF_METRIC_VALUES_MAX];
    size_t count;
} dcf_metric_where;

typedef struct dcf_metric_match {
    int kind;         /* of AuditKind; 0: this matches nothing */
    const char *type; /* of the message; NULL: any */
    dcf_metric_where where[DCF_METRIC_WHERE_MAX];
    size_t count;
} dcf_metric_match;

typedef enum dcf_metric_measure {
    DCF_MEASURE_COUNT,   /* each event `of`; good: those that are `good` too */
    DCF_MEASURE_ELAPSED, /* from `start` to `of` in one case (and of one `key`); good: `within` */
    DCF_MEASURE_STAGES,  /* how long a case stood in each state */
    DCF_MEASURE_REPEAT   /* each value of `key`; good: the case had it before */
} dcf_metric_measure;

typedef enum dcf_metric_figure { /* what is shown first of a cell */
                                 DCF_FIGURE_COUNT,
                                 DCF_FIGURE_SHARE,   /* good of all */
                                 DCF_FIGURE_MEDIAN,  /* of the times; nearest rank */
                                 DCF_FIGURE_RATE,    /* all, to all of the metric `per` in the same
                                                        cell */
                                 DCF_FIGURE_PER_CASE /* all, to the cases that had one */
} dcf_metric_figure;

typedef struct dcf_metric_def {
    const char *name, *title, *unit, *counts, *source, *caveats;
    dcf_metric_measure measure;
    dcf_metric_figure figure;
    dcf_metric_match start, of, good;
    const char *key, *by, *per; /* NULL: none */
    uint64_t within_ms;
    bool personal; /* its groups are people, by token: small cells are not shown */
} dcf_metric_def;

typedef struct dcf_catalogue {
    dcf_yaml_doc *doc;
    const char *path, *version;
    dcf_buf text; /* the file as it stands: another text means other figures */
    const char *remember[DCF_METRIC_VALUES_MAX]; /* facts a case keeps for its later events */
    size_t remember_count;
    uint64_t least; /* of a personal cell: with fewer it is not shown */
    dcf_metric_def defs[DCF_METRIC_DEFS_MAX];
    size_t count;
} dcf_catalogue;

/* CONFIG with err naming file and line; NOT_FOUND, IO, NOMEM. The caller frees. */
DCF_RESULT dcf_catalogue_load(const char *path, dcf_catalogue **ret, dcf_yaml_error *err);
void dcf_catalogue_free(dcf_catalogue *c); /* accepts NULL */
const dcf_metric_def *dcf_metric_by_name(const dcf_catalogue *c, const char *name); /* or NULL */
/* "share" …; never NULL. */
const char *dcf_metric_figure_text(dcf_metric_figure f);
const char *dcf_metric_measure_text(dcf_metric_measure m);

#endif
