/* internal.h - the parts of the operations API that its files share. SPDX-License-Identifier: MIT
 */
#ifndef DCF_OPS_INTERNAL_H
#define DCF_OPS_INTERNAL_H

#include "http/router.h"
#include "model/ids.h"
#include "ops/ops.h"

#include <jansson.h>
#include <pthread.h>

struct dcf_ops {
    dcf_ops_config config;
    dcf_http_server *server;
    dcf_metrics *derived; /* set from the ledger and the provider at each scrape */
    int64_t started_ms;
    pthread_rwlock_t lock; /* guards both that follow; read while a request is answered */
    const struct dcf_catalogue *catalogue; /* NULL: none yet */
    const struct dcf_criteria *criteria;   /* NULL: none yet */
};

enum { OPS_WAITING_MAX = 200 };

/* Answers r with the JSON and takes both. */
void ops_reply(dcf_http_request *r, int code, json_t *body);
/* {"error", "hint"} */
void ops_error(dcf_http_request *r, int code, const char *error, const char *hint);
/* The answer to a failed ledger query: 404 with what is missing, else 503. */
void ops_ledger_error(dcf_http_request *r, dcf_status status, const char *missing,
                      const char *hint);
/* live.c: whether it is a party of the configuration, and the answer when it is none. */
bool ops_knows_party(const dcf_ops *o, const char *party);
void ops_no_such_party(dcf_http_request *r);
/* ?limit=: fallback when absent; false when it was malformed and r is answered. */
bool ops_limit(dcf_http_request *r, size_t fallback, size_t *ret);

/* {urn}, a case's key: the root of a URN of any form, else as it was sent. Borrowed. */
const char *ops_case_key(const dcf_http_request *r, dcf_urn *room);

/* access.c: what who asks may: to see what an inspector does, to look at all, to act. */
typedef enum ops_role { OPS_NOBODY, OPS_INSPECTOR, OPS_READER, OPS_OPERATOR } ops_role;
ops_role ops_role_of(const dcf_ops *o, const dcf_http_request *r);
/* CONFIG, logged: the token file is not there, or a line of the operators' file names no right. */
DCF_RESULT ops_access_check(const dcf_ops *o);

/* Who acts, in name; false when that is not told, and r is answered. */
enum { OPS_OPERATOR_SIZE = 64 };
bool ops_operator(const dcf_ops *o, dcf_http_request *r, char name[OPS_OPERATOR_SIZE]);

/* The same for one who may see bodies: an operator of the operators' file with that right. */
bool ops_sees_bodies(const dcf_ops *o, dcf_http_request *r, char name[OPS_OPERATOR_SIZE]);

/* A string; one that is not UTF-8 is told so and not shown. */
json_t *ops_string(const char *s);
/* RFC 3339; null for 0. */
json_t *ops_time(int64_t ms);

/* clocks.c: sets the lists "clocks" and "parts" of the case, as they stand. */
void ops_standing_add(const dcf_ops *o, const char *case_key, json_t *to);

/* Handlers: self is the dcf_ops. */
dcf_http_handler ops_health, ops_metrics, ops_status, ops_queues, ops_queue; /* live.c */
dcf_http_handler ops_case, ops_message, ops_held_list, ops_held, ops_faults; /* history.c */
dcf_http_handler ops_clocks;                                                 /* clocks.c */
dcf_http_handler ops_case_bundle;                                            /* bundle.c */
dcf_http_handler ops_metric_figures, ops_metric_dictionary;                  /* figures.c */
dcf_http_handler ops_onboarding, ops_onboarding_link;                        /* onboarding.c */
dcf_http_handler ops_reconciliation;                                         /* reconcile.c */
dcf_http_handler ops_reload;                                                 /* held.c */
dcf_http_handler ops_job_new, ops_jobs, ops_job, ops_job_approve, ops_job_stop,
    ops_job_resume; /* held.c */

/* gauges.c: the rows made here, and their setting from what is now. */
DCF_RESULT ops_gauges_open(dcf_metrics **ret);
void ops_gauges_set(dcf_ops *o);

#endif
