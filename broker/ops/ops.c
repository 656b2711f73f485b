/* ops.c - the operations API: routes, the token, and how answers and errors look. */
#include "ops/ops.h"

#include "base/clock.h"
#include "base/log.h"
#include "ops/internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { TOKEN_MAX = 4096, OPERATORS_MAX = 1 << 20, CLOSE_MS = 1000, BODY_MAX = 1 << 20 };

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

/* --- who may ask -------------------------------------------------------------------- */

static dcf_status read_token(const char *path, dcf_buf *out)
{
    out->limit = TOKEN_MAX;
    DCF_TRY(dcf_buf_read_file(out, path, TOKEN_MAX));
    return dcf_span_trim(dcf_buf_span(out)).size ? DCF_OK : DCF_ERR(CONFIG);
}

/* Takes as long for a near miss as for a far one. */
static bool same_secret(dcf_span a, dcf_span b)
{
    if (a.size != b.size) return false;
    unsigned difference = 0;
    for (size_t i = 0; i < a.size; i++) difference |= (unsigned)(a.data[i] ^ b.data[i]);
    return difference == 0;
}

/* What follows "Bearer "; NULL: none is sent. */
static const char *bearer(const dcf_http_request *r)
{
    const char *header = dcf_http_get_header(r, "Authorization");
    return header && strncasecmp(header, "Bearer ", 7) == 0 ? header + 7 : NULL;
}

static bool is_shared_token(const dcf_ops *o, dcf_span sent)
{
    dcf_buf token DCF_CLEANUP(dcf_buf_fini) = {0};
    return o->config.token_file && dcf_ok(read_token(o->config.token_file, &token)) &&
           same_secret(dcf_span_trim(dcf_buf_span(&token)), sent);
}

static bool has_word(char **rest, const char *word)
{
    for (const char *w; (w = strtok_r(NULL, " \t\r", rest)) && *w != '#';)
        if (strcmp(w, word) == 0) return true;
    return false;
}

/* The operator whose token it is: lines NAME TOKEN [RIGHT…], # begins a comment; right NULL: any.
 */
static bool find_operator(const dcf_ops *o, dcf_span sent, const char *right,
                          char name[OPS_OPERATOR_SIZE])
{
    dcf_buf file DCF_CLEANUP(dcf_buf_fini) = {0};
    bool found = false;
    if (!o->config.operators_file ||
        dcf_failed(dcf_buf_read_file(&file, o->config.operators_file, OPERATORS_MAX)))
        return false;
    char *text = (char *)dcf_buf_cstr(&file), *rest = NULL;
    for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest)) {
        char *of_line = NULL, *who = strtok_r(line, " \t\r", &of_line);
        const char *token = strtok_r(NULL, " \t\r", &of_line);
        if (!who || *who == '#' || !token || !same_secret(dcf_span_str(token), sent)) continue;
        if (right && !has_word(&of_line, right)) continue;
        snprintf(name, OPS_OPERATOR_SIZE, "%s", who);
        found = true;
    }
    return found;
}

static bool allowed(const dcf_ops *o, const dcf_http_request *r)
{
    char name[OPS_OPERATOR_SIZE];
    bool asked = o->config.token_file || o->config.operators_file;
    if (!asked || strcmp(dcf_http_path(r), "/healthz") == 0) return true;
    const char *text = bearer(r);
    if (!text) return false;
    dcf_span sent = dcf_span_trim(dcf_span_str(text));
    return is_shared_token(o, sent) || find_operator(o, sent, NULL, name);
}

static bool is_name(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-");
    return n && !s[n] && n < OPS_OPERATOR_SIZE;
}

/* Proof before word: the operator's own token, then the client certificate, then what is said. */
bool ops_operator(const dcf_ops *o, dcf_http_request *r, char name[OPS_OPERATOR_SIZE])
{
    const char *said = dcf_http_get_header(r, "DCF-Operator"), *text = bearer(r);
    const char *subject = dcf_http_peer_subject(r);
    bool proven = text && find_operator(o, dcf_span_trim(dcf_span_str(text)), NULL, name);
    if (!proven && *subject) {
        snprintf(name, OPS_OPERATOR_SIZE, "%s", subject);
        proven = true;
    }
    if (!proven && o->config.operators_file) {
        ops_error(r, 403, "this token names no operator",
                  "send your own token, a line of this daemon's ops.operators_file");
        return false;
    }
    if (proven && said && strcmp(said, name) != 0) {
        ops_error(r, 403, "the token or certificate is another operator's",
                  "leave out --as, or use your own token");
        return false;
    }
    if (proven) return true;
    if (!said || !is_name(said)) {
        ops_error(r, 400, "who does this is not told", "say who you are: --as NAME (DCF-Operator)");
        return false;
    }
    snprintf(name, OPS_OPERATOR_SIZE, "%s", said);
    return true;
}

bool ops_sees_bodies(const dcf_ops *o, dcf_http_request *r, char name[OPS_OPERATOR_SIZE])
{
    const char *text = bearer(r);
    if (text && find_operator(o, dcf_span_trim(dcf_span_str(text)), "bodies", name)) return true;
    ops_error(r, 403, "bodies are shown to operators with that right only",
              "ask for the word bodies after your token in this daemon's ops.operators_file");
    return false;
}

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

static void handle(void *self, dcf_http_request *r)
{
    if (!allowed(self, r))
        ops_error(r, 401, "the bearer token is missing or wrong",
                  "send the token of this daemon's ops.token_file");
    else if (!known_path(dcf_http_path(r), NULL))
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
    if (o->config.token_file) {
        dcf_buf token DCF_CLEANUP(dcf_buf_fini) = {0};
        if (dcf_failed(read_token(o->config.token_file, &token))) {
            dcf_log(DCF_LOG_ERROR, "OPS_TOKEN", "file", o->config.token_file, "text",
                    "missing, unreadable or empty", NULL);
            return DCF_ERR(CONFIG);
        }
    }
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
