/*
 * criteria.h - what a link must show before it goes on to the next stage: config/onboarding.yaml.
 * Measured from the ledger, decided by people. Ownership: it owns everything. Thread rule:
 * immutable. Source: Recommendation 4. SPDX-License-Identifier: MIT
 */
#ifndef DCF_LEDGER_CRITERIA_H
#define DCF_LEDGER_CRITERIA_H

#include "base/yaml.h"
#include "ledger/ledger.h"
#include "model/party.h"

enum { DCF_CRITERIA_MAX = 16 };

typedef struct dcf_criterion {
    const char *measure; /* see dcf_criterion_value */
    bool least;          /* least: at least so much; else at most */
    bool percent;
    double value;
    const char *text; /* for people */
} dcf_criterion;

typedef struct dcf_criteria_stage {
    const char *next; /* the stage after it; NULL: none */
    dcf_criterion items[DCF_CRITERIA_MAX];
    size_t count;
} dcf_criteria_stage;

typedef struct dcf_criteria {
    dcf_yaml_doc *doc;
    const char *version;
    dcf_criteria_stage stages[DCF_STAGE_LIVE + 1];
    const dcf_yaml *explained; /* list of {dialect, field, reason}; NULL: none */
} dcf_criteria;

/* CONFIG with err naming file and line; NOT_FOUND, IO, NOMEM. The caller frees. */
DCF_RESULT dcf_criteria_load(const char *path, dcf_criteria **ret, dcf_yaml_error *err);
void dcf_criteria_free(dcf_criteria *c); /* accepts NULL */
/* Whether it is known why a field (without positions) differs in this dialect. */
bool dcf_criteria_explain(const dcf_criteria *c, const char *dialect, const char *field);

/* What a link showed in one stage. */
typedef struct dcf_ledger_progress {
    int64_t since_ms; /* its first message in the stage; 0: none yet */
    uint64_t messages, refused, held, delivered, not_delivered, shadowed, compared, differing, lost;
} dcf_ledger_progress;

DCF_RESULT dcf_ledger_progress_get(dcf_ledger *l, const char *link, dcf_stage stage,
                                   dcf_ledger_progress *ret);
/* The value of a criterion's measure: days since the first message, counts, or percents of the
 * messages (compared and differing: of those shadowed and compared). */
double dcf_criterion_value(const dcf_criterion *c, const dcf_ledger_progress *p, int64_t now_ms);
bool dcf_criterion_met(const dcf_criterion *c, double value);

#endif
