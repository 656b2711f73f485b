/*
 * mock.h - the mock CPS as a library: a CPS-style endpoint with a memory, that
 * triages, decides and asks, and shows scripted faults. dcf-mockcps is a command
 * line around it; tests open it in-process. SPDX-License-Identifier: MIT
 */
#ifndef DCF_MOCKCPS_MOCK_H
#define DCF_MOCKCPS_MOCK_H

#include "dcf/status.h"
#include "security/tls.h"

typedef struct mock mock;

typedef struct mock_config {  /* texts are borrowed until mock_open returns, but for listen */
    const char *listen;       /* "127.0.0.1:8090"; outlives the mock */
    const char *broker_url;   /* where outcomes are posted; NULL: they are kept for reading */
    const char *broker_token; /* bearer token for it; NULL for none */
    const char *scenario, *triage, *journal; /* files; NULL for none, the built-in rules, none */
    bool sync;                               /* fsync the journal before each answer */
    dcf_tls_files tls;                       /* cert NULL: plain HTTP; ca also checks the broker */
    size_t max_cases;                        /* 0: 10,000; more are answered 503 */
    size_t max_keys; /* 0: 200,000 messages remembered; more are answered 503 */
} mock_config;

typedef struct mock_error {
    char text[512];
} mock_error;

/* Reads what the journal remembers, then listens. CONFIG, UNAVAILABLE, IO or NOMEM, with err
 * filled. */
DCF_RESULT mock_open(const mock_config *config, mock **ret, mock_error *err);
unsigned mock_port(const mock *m);
void mock_close(mock *m); /* accepts NULL */

#endif
