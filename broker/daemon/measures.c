/* measures.c - the table of the daemon's metrics; see measures.h. */
#include "daemon/measures.h"

static const double transaction_seconds[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};

enum {
    ARRIVALS,
    ATTEMPTS,
    DELIVERIES,
    TRANSACTIONS,
    APPLIED,
    TRANSACTION_SECONDS,
    OUTPUTS,
    RULES,
    DEADLINES
};

static const dcf_metric_row rows[] = {
    [ARRIVALS] = {"dcf_arrivals_total",
                  DCF_METRIC_COUNTER,
                  "Documents settled by the gateway.",
                  {"link", "outcome"},
                  NULL,
                  0},
    [ATTEMPTS] = {"dcf_delivery_attempts_total",
                  DCF_METRIC_COUNTER,
                  "Attempts to deliver, by how they ended.",
                  {"party", "reason"},
                  NULL,
                  0},
    [DELIVERIES] = {"dcf_deliveries_total",
                    DCF_METRIC_COUNTER,
                    "Deliveries final and committed.",
                    {"party"},
                    NULL,
                    0},
    [TRANSACTIONS] = {"dcf_transactions_total",
                      DCF_METRIC_COUNTER,
                      "Exchange transactions, by outcome.",
                      {"outcome"},
                      NULL,
                      0},
    [APPLIED] = {"dcf_exchanged_total",
                 DCF_METRIC_COUNTER,
                 "Messages in committed exchange transactions.",
                 {NULL},
                 NULL,
                 0},
    [TRANSACTION_SECONDS] = {"dcf_transaction_seconds",
                             DCF_METRIC_HISTOGRAM,
                             "Time from first message to commit.",
                             {NULL},
                             transaction_seconds,
                             sizeof transaction_seconds / sizeof transaction_seconds[0]},
    [OUTPUTS] =
        {"dcf_outputs_total", DCF_METRIC_COUNTER, "Records the exchange made.", {"kind"}, NULL, 0},
    [RULES] = {"dcf_rules_info",
               DCF_METRIC_GAUGE,
               "1 for the version of the rules that decides now.",
               {"version"},
               NULL,
               0},
    [DEADLINES] = {"dcf_deadlines_total",
                   DCF_METRIC_COUNTER,
                   "Time limits of cases that were warned of or missed.",
                   {"clock", "what"},
                   NULL,
                   0},
};

dcf_status dcf_measures_open(dcf_measures **ret)
{
    return dcf_metrics_open(rows, sizeof rows / sizeof rows[0], ret);
}

void dcf_measure_arrival(dcf_measures *m, const char *link, const char *outcome)
{
    dcf_metric_add(DCF_SERIES(m, ARRIVALS, link, outcome), 1);
}

void dcf_measure_attempt(dcf_measures *m, const char *party, const char *reason)
{
    dcf_metric_add(DCF_SERIES(m, ATTEMPTS, party, reason), 1);
}

void dcf_measure_final(dcf_measures *m, const char *party, size_t count)
{
    dcf_metric_add(DCF_SERIES(m, DELIVERIES, party), (double)count);
}

void dcf_measure_transaction(dcf_measures *m, const char *outcome, size_t messages, double seconds)
{
    dcf_metric_add(DCF_SERIES(m, TRANSACTIONS, outcome), 1);
    if (!messages) return;
    dcf_metric_add(DCF_SERIES(m, APPLIED), (double)messages);
    dcf_metric_observe(DCF_SERIES(m, TRANSACTION_SECONDS), seconds);
}

void dcf_measure_output(dcf_measures *m, const char *kind, size_t count)
{
    if (count) dcf_metric_add(DCF_SERIES(m, OUTPUTS, kind), (double)count);
}

void dcf_measure_rules(dcf_measures *m, const char *rules)
{
    dcf_metrics_clear(m, RULES);
    dcf_metric_set(DCF_SERIES(m, RULES, rules), 1);
}

void dcf_measure_deadline(dcf_measures *m, const char *clock, const char *what)
{
    dcf_metric_add(DCF_SERIES(m, DEADLINES, clock, what), 1);
}
