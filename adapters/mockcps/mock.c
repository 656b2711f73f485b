/* mock.c - see mock.h: reads the files, remembers the journal, then opens the doors; closes in the
 * other order. */
#include "mockcps/mock.h"

#include "mockcps/state.h"

#include <stdarg.h>
#include <stdlib.h>

enum { CLOSE_MS = 2000, MAX_BODY = 16 << 20 };

static dcf_status say(dcf_status s, mock_error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static dcf_status say(dcf_status s, mock_error *err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    return s;
}

static dcf_status read_rules(mock *m, const mock_config *config, mock_error *err)
{
    dcf_yaml_error why = {""};
    dcf_status s = contract_open(&m->contract, &why);
    if (dcf_ok(s))
        s = config->triage ? dcf_yaml_load(config->triage, &m->triage, &why)
                           : dcf_yaml_parse(triage_text(), "triage.yaml", &m->triage, &why);
    if (dcf_failed(s)) return say(s, err, "%s", why.text);
    if (!config->scenario) return DCF_OK;
    dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
    s = dcf_buf_read_file(&text, config->scenario, 4 << 20);
    if (dcf_failed(s)) return say(s, err, "%s: %s", config->scenario, dcf_status_text(s));
    s = scenario_parse(dcf_buf_span(&text), config->scenario, &m->scenario, &why);
    return dcf_ok(s) ? s : say(s, err, "%s", why.text);
}

static dcf_status make_room(mock *m, const mock_config *config)
{
    m->max_cases = config->max_cases ? config->max_cases : 10000;
    m->max_keys = config->max_keys ? config->max_keys : 200000;
    m->cases = calloc(m->max_cases, sizeof(mock_case *));
    m->by_urn = json_object();
    m->keys = json_object();
    m->deliveries = json_array();
    m->by_type = json_object();
    if (config->broker_url) {
        m->broker_url = strdup(config->broker_url);
        if (!m->broker_url) return DCF_ERR(NOMEM);
    }
    if (config->broker_token &&
        asprintf(&m->authorization, "Bearer %s", config->broker_token) < 0) {
        m->authorization = NULL;
        return DCF_ERR(NOMEM);
    }
    return m->cases && m->by_urn && m->keys && m->deliveries && m->by_type ? DCF_OK
                                                                           : DCF_ERR(NOMEM);
}

static dcf_status open_doors(mock *m, const mock_config *config, mock_error *err)
{
    dcf_tls_error why = {""};
    if (config->tls.cert) {
        dcf_status s = dcf_tls_open(DCF_TLS_SERVER, &config->tls, &m->tls, &why);
        if (dcf_failed(s)) return say(s, err, "%s", why.text);
    }
    dcf_status s = mock_sender_start(m, config);
    if (dcf_failed(s)) return say(s, err, "the sender cannot start: %s", dcf_status_text(s));
    const dcf_http_config http = {.listen = config->listen,
                                  .tls = m->tls,
                                  .limits = {.max_body = MAX_BODY},
                                  .handler = mock_dispatch,
                                  .self = m};
    s = dcf_http_server_open(&http, &m->server);
    if (dcf_ok(s)) return s;
    mock_sender_stop(m);
    return say(s, err, "cannot listen on %s: %s", config->listen, dcf_status_text(s));
}

static dcf_status prepare(mock *m, const mock_config *config, mock_error *err)
{
    dcf_status s = make_room(m, config);
    if (dcf_failed(s)) return say(s, err, "%s", dcf_status_text(s));
    DCF_TRY(read_rules(m, config, err));
    DCF_TRY(mock_routes(m, err));
    m->sync = config->sync;
    if (config->journal) {
        s = mock_journal_open(m, config->journal);
        if (dcf_failed(s)) return say(s, err, "%s: %s", config->journal, dcf_status_text(s));
    }
    return open_doors(m, config, err);
}

static void destroy(mock *m)
{
    dcf_http_client_close(m->client);
    mock_cases_free(m);
    json_decref(m->by_urn);
    json_decref(m->keys);
    json_decref(m->deliveries);
    json_decref(m->by_type);
    if (m->journal) fclose(m->journal);
    scenario_free(m->scenario);
    dcf_yaml_free(m->triage);
    contract_free(m->contract);
    dcf_tls_free(m->tls);
    free(m->routes);
    free(m->broker_url);
    free(m->authorization);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

dcf_status mock_open(const mock_config *config, mock **ret, mock_error *err)
{
    mock *m = calloc(1, sizeof *m);
    if (!m) return say(DCF_ERR(NOMEM), err, "out of memory");
    pthread_mutex_init(&m->lock, NULL);
    TAILQ_INIT(&m->late);
    dcf_status s = prepare(m, config, err);
    if (dcf_failed(s)) {
        destroy(m);
        return s;
    }
    *ret = m;
    return DCF_OK;
}

unsigned mock_port(const mock *m)
{
    return dcf_http_server_port(m->server);
}

void mock_close(mock *m)
{
    if (!m) return;
    mock_sender_stop(m); /* answers what was held back */
    dcf_http_server_close(m->server, CLOSE_MS);
    destroy(m);
}
