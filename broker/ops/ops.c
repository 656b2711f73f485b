/* ops.c - the operations API: routes, the token, and how answers and errors look. */
#include "ops/ops.h"

#include "base/clock.h"
#include "base/log.h"
#include "ops/internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { CLOSE_MS = 1000, BODY_MAX = 1 << 20 };

static const dcf_http_route ROUTES[] = {
    {"GET", "/healthz", ops_health},
    {"GET", "/metrics", ops_metrics},
    {"GET", "/v1/status", ops_status},
    {"GET", "/v1/queues", ops_queues},
    {"GET", "/v1/queues/{party}", ops_queue},
    {"GET", "/v1/cases/{urn}", ops_case},
    {"GET", "/v1/cases/{urn}/clocks", ops_clocks},
    {"GET", "/v1/cases/{urn}/bundle", ops_case_bundle},
    {"GET", "/v1/messages/{id}", ops_message},
    {"GET", "/v1/held", ops_held_list},
    {"GET", "/v1/held/{id}", ops_held},
    {"POST", "/v1/reload", ops_reload},
    {"POST", "/v1/jobs", ops_job_new},
    {"GET", "/v1/jobs", ops_jobs},
    {"GET", "/v1/jobs/{id}", ops_job},
    {"POST", "/v1/jobs/{id}/approve", ops_job_approve},
    {"POST", "/v1/jobs/{id}/stop", ops_job_stop},
    {"POST", "/v1/jobs/{id}/resume", ops_job_resume},
    {"GET", "/v1/faults", ops_faults},
    {"GET", "/v1/reconciliation", ops_reconciliation},
    {"GET", "/v1/metrics", ops_metric_figures},
    {"GET", "/v1/onboarding", ops_onboarding},
    {"GET", "/v1/onboarding/{link}", ops_onboarding_link},
    {"GET", "/v1/metrics/dictionary", ops_metric_dictionary},
};
enum { ROUTE_COUNT = sizeof ROUTES / sizeof ROUTES[0] };

/* --- answers ---------------------------------------------------------------------- */

void ops_reply(dcf_http_request *r, int code, json_t *body)
{
    static const dcf_http_header headers[] = {
        {"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}, {NULL, NULL}};
    static const dcf_http_header challenge[] = {{"WWW-Authenticate", "Bearer"}, {NULL, NULL}};
    static const dcf_http_header allow[] = {{"Allow", "GET, POST"}, {NULL, NULL}};
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    dcf_http_reply(
        r, text ? code : 500,
        code == 401   ? challenge
        : code == 405 ? allow
                      : headers,
        "application/json",
        dcf_span_str(text ? text : "{\"error\":\"out of memory\",\"hint\":\"try again\"}"));
    free(text);
    json_decref(body);
}

void ops_error(dcf_http_request *r, int code, const char *error, const char *hint)
{
    ops_reply(r, code,
              json_pack("{s:o, s:o}", "error", ops_string(error), "hint", ops_string(hint)));
}

void ops_ledger_error(dcf_http_request *r, dcf_status status, const char *missing, const char *hint)
{
    if (dcf_is(status, DCF_E_NOT_FOUND))
        ops_error(r, 404, missing, hint);
    else
        ops_error(r, 503, "the ledger cannot be read",
                  "look at the daemon's log for LEDGER_SQLITE");
}

bool ops_limit(dcf_http_request *r, size_t fallback, size_t *ret)
{
    const char *text = dcf_http_query(r, "limit");
    *ret = fallback;
    if (!text) return true;
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || n == 0 || n > DCF_LEDGER_LIMIT) {
        ops_error(r, 400, "limit is not a number from 1 to 1000",
                  "leave it out, or narrow the search by a filter");
        return false;
    }
    *ret = n;
    return true;
}

const char *ops_case_key(const dcf_http_request *r, dcf_urn *room)
{
    const char *key = dcf_http_param(r, "urn");
    return dcf_urn_parse(dcf_span_str(key), room) != DCF_ID_BAD_FORM ? room->root : key;
}

json_t *ops_string(const char *s)
{
    json_t *value = json_string(s ? s : "");
    return value ? value : json_string("(not UTF-8)");
}

json_t *ops_time(int64_t ms)
{
    char text[DCF_TIME_TEXT_SIZE];
    return ms ? json_string(dcf_time_format(ms, text)) : json_null();
}

/* --- one request ---------------------------------------------------------------------- */

static bool known_path(const char *path, const char *method)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if ((!method || strcmp(ROUTES[i].method, method) == 0) &&
            dcf_http_match(ROUTES[i].pattern, path))
            return true;
    return false;
}

static void dispatch(dcf_ops *o, dcf_http_request *r)
{
    pthread_rwlock_rdlock(&o->lock);
    dcf_http_dispatch(ROUTES, ROUTE_COUNT, o, r);
    pthread_rwlock_unlock(&o->lock);
}

void dcf_ops_take_up(dcf_ops *o, const struct dcf_catalogue *catalogue,
                     const struct dcf_criteria *criteria)
{
    pthread_rwlock_wrlock(&o->lock);
    o->catalogue = catalogue;
    o->criteria = criteria;
    pthread_rwlock_unlock(&o->lock);
}

/* What an inspector sees (Recommendation 2): how the exchange does, and how a case went; never who
 * did it, what is held, or a change. */
static bool is_inspected(const char *path)
{
    static const char *const seen[] = {
        "/metrics",       "/v1/status",           "/v1/cases/{urn}", "/v1/cases/{urn}/clocks",
        "/v1/faults",     "/v1/reconciliation",   "/v1/metrics",     "/v1/metrics/dictionary",
        "/v1/onboarding", "/v1/onboarding/{link}"};
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++)
        if (dcf_http_match(seen[i], path)) return true;
    return false;
}

/* Whether this role may ask this; else r is answered. */
static bool permitted(ops_role role, dcf_http_request *r)
{
    const char *path = dcf_http_path(r);
    if (strcmp(path, "/healthz") == 0) return true;
    if (role == OPS_NOBODY)
        ops_error(r, 401, "the bearer token is missing or wrong",
                  "send the token of this daemon's ops.token_file");
    else if (role != OPS_OPERATOR && strcmp(dcf_http_method(r), "GET") != 0)
        ops_error(r, 403, "this token may look and not act",
                  "ask for the word operator after your token in this daemon's ops.operators_file");
    else if (role == OPS_INSPECTOR && !is_inspected(path))
        ops_error(r, 403, "an inspector does not see this",
                  "see /v1/metrics, /v1/reconciliation, /v1/onboarding, /v1/cases/{urn}");
    else
        return true;
    return false;
}

static void handle(void *self, dcf_http_request *r)
{
    if (!permitted(ops_role_of(self, r), r)) return;
    if (!known_path(dcf_http_path(r), NULL))
        ops_error(r, 404, "no such path",
                  "see /v1/status, /v1/queues, /v1/held, /v1/cases/{urn}, /v1/messages/{id}");
    else if (!known_path(dcf_http_path(r), dcf_http_method(r)))
        ops_error(r, 405, "this path does not take this method",
                  "use GET to look, POST on /v1/jobs and /v1/reload to act");
    else
        dispatch(self, r);
}

/* --- open and close ------------------------------------------------------------------ */

static dcf_status start(dcf_ops *o)
{
    DCF_TRY(ops_access_check(o));
    DCF_TRY(ops_gauges_open(&o->derived));
    return dcf_http_server_open(
        &(dcf_http_config){.listen = o->config.listen,
                           .tls = o->config.tls,
                           .limits = {.max_body = BODY_MAX, .max_connections = 128},
                           .handler = handle,
                           .self = o},
        &o->server);
}

dcf_status dcf_ops_open(const dcf_ops_config *config, dcf_ops **ret)
{
    dcf_ops *o = calloc(1, sizeof *o);
    if (!o) return DCF_ERR(NOMEM);
    o->config = *config;
    pthread_rwlock_init(&o->lock, NULL);
    o->started_ms = dcf_clock_ms();
    dcf_status status = start(o);
    if (dcf_failed(status)) {
        dcf_ops_close(o);
        return status;
    }
    *ret = o;
    return DCF_OK;
}

unsigned dcf_ops_port(const dcf_ops *o)
{
    return dcf_http_server_port(o->server);
}

void dcf_ops_close(dcf_ops *o)
{
    if (!o) return;
    dcf_http_server_close(o->server, CLOSE_MS);
    dcf_metrics_close(o->derived);
    pthread_rwlock_destroy(&o->lock);
    free(o);
}
