/* main.c - dcf-mockcps: a CPS-style case-management endpoint for adapter authors and tests. */
#include "mockcps/mock.h"

#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *argp_program_version = "dcf-mockcps " DCF_VERSION;

enum option_key {
    BROKER_URL = 256,
    BROKER_TOKEN,
    SCENARIO,
    TRIAGE,
    JOURNAL,
    SYNC,
    TLS_CERT,
    TLS_KEY,
    TLS_CA,
    TLS_CLIENTS,
    MAX_CASES
};

static const struct argp_option options[] = {
    {"listen", 'l', "ADDRESS:PORT", 0, "where to listen (127.0.0.1:8090); port 0 takes a free one",
     0},
    {"broker-url", BROKER_URL, "URL", 0,
     "post outcomes there; without it they are kept for reading", 0},
    {"broker-token", BROKER_TOKEN, "TOKEN", 0,
     "bearer token for the broker (or environment DCF_MOCKCPS_TOKEN)", 0},
    {"scenario", SCENARIO, "FILE", 0, "scripted behaviour and faults, YAML or JSON", 0},
    {"triage", TRIAGE, "FILE", 0, "rules of triage and decision instead of the built-in ones", 0},
    {"journal", JOURNAL, "FILE", 0, "remember deliveries there; read again at start", 0},
    {"sync", SYNC, NULL, 0, "fsync the journal before each answer", 0},
    {"tls-cert", TLS_CERT, "FILE", 0, "serve HTTPS with this PEM certificate", 0},
    {"tls-key", TLS_KEY, "FILE", 0, "its private key", 0},
    {"tls-ca", TLS_CA, "FILE", 0, "authorities for the broker's and for client certificates", 0},
    {"tls-require-client", TLS_CLIENTS, NULL, 0, "refuse clients without a certificate", 0},
    {"max-cases", MAX_CASES, "N", 0, "hold at most N cases (10000)", 0},
    {0},
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
    mock_config *c = state->input;
    switch (key) {
    case 'l':
        c->listen = arg;
        break;
    case BROKER_URL:
        c->broker_url = arg;
        break;
    case BROKER_TOKEN:
        c->broker_token = arg;
        break;
    case SCENARIO:
        c->scenario = arg;
        break;
    case TRIAGE:
        c->triage = arg;
        break;
    case JOURNAL:
        c->journal = arg;
        break;
    case SYNC:
        c->sync = true;
        break;
    case TLS_CERT:
        c->tls.cert = arg;
        break;
    case TLS_KEY:
        c->tls.key = arg;
        break;
    case TLS_CA:
        c->tls.ca = arg;
        break;
    case TLS_CLIENTS:
        c->tls.require_client = true;
        break;
    case MAX_CASES: {
        char *end;
        c->max_cases = strtoul(arg, &end, 10);
        if (*end || c->max_cases == 0 || c->max_cases > 1000000)
            argp_error(state, "--max-cases takes 1 to 1000000");
        break;
    }
    case ARGP_KEY_ARG:
        argp_usage(state);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct argp parser = {
        .options = options,
        .parser = on_option,
        .doc = "A CPS-style case-management endpoint: takes cases, triages, decides, asks, and "
               "fails as told.\v"
               "It ends on SIGINT or SIGTERM. The interface is adapters/mockcps/openapi.yaml."};
    mock_config config = {.listen = "127.0.0.1:8090", .broker_token = getenv("DCF_MOCKCPS_TOKEN")};
    argp_err_exit_status = 2;
    if (argp_parse(&parser, argc, argv, 0, NULL, &config) != 0) return 2;
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, NULL); /* before any thread, so that all wait for it here */
    signal(SIGPIPE, SIG_IGN);
    mock *m = NULL;
    mock_error err = {""};
    if (dcf_failed(mock_open(&config, &m, &err))) {
        fprintf(stderr, "dcf-mockcps: %s\n", err.text);
        return 1;
    }
    const char *colon = strrchr(config.listen, ':');
    printf("listening on %s://%.*s:%u\n", config.tls.cert ? "https" : "http",
           (int)(colon - config.listen), config.listen, mock_port(m));
    fflush(stdout);
    int got;
    sigwait(&ends, &got);
    mock_close(m);
    return 0;
}
