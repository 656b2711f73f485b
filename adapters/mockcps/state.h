/*
 * state.h - what the mock knows: cases, messages taken, messages to send. Private
 * to the room. Everything is under one lock, `lock`, taken by the handlers and by
 * the sender's thread; functions here expect it held. SPDX-License-Identifier: MIT
 */
#ifndef DCF_MOCKCPS_STATE_H
#define DCF_MOCKCPS_STATE_H

#include "base/clock.h"
#include "http/client.h"
#include "http/router.h"
#include "mockcps/contract.h"
#include "mockcps/mock.h"
#include "mockcps/scenario.h"
#include "security/digest.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/queue.h>

enum { MOCK_MAX_DELIVERIES = 100000, MOCK_MAX_EVENTS = 1000, MOCK_ID_SIZE = 37 /* of a UUID */ };

/* A message on its way to the broker: the head of its case's list is tried, the others wait for it.
 */
typedef struct mock_out {
    TAILQ_ENTRY(mock_out) link;
    char id[MOCK_ID_SIZE]; /* message id and Idempotency-Key */
    char *text;            /* the document */
    json_t *event;         /* its line of the timeline */
    struct mock *mock;
    struct mock_case *owner;
    bool in_flight, again; /* again: the scenario wants it sent twice */
    unsigned tries;
    int64_t due_ms;
} mock_out;

typedef struct mock_case {
    size_t id; /* from 1 */
    char *urn;
    const char *state;                      /* received, rejected, accepted, decided, actionPlan */
    json_t *submission, *triage, *decision; /* NULL until there is one */
    json_t *plans, *timeline;               /* arrays */
    json_t *documents;                      /* MG id -> true */
    json_int_t sequence;                    /* the last seen; -1 before */
    TAILQ_HEAD(, mock_out) outbox;
    size_t waiting;
} mock_case;

/* An answer that is held back by the scenario. */
typedef struct mock_late {
    TAILQ_ENTRY(mock_late) link;
    dcf_http_request *request;
    int64_t due_ms;
    int code;
    char *body;
} mock_late;

typedef struct mock_counters {
    json_int_t received, applied, duplicates, conflicts, refused, out_of_order, sent;
} mock_counters;

struct mock {
    contract *contract;
    dcf_http_route *routes;
    size_t route_count;
    dcf_http_server *server;
    dcf_tls *tls;
    dcf_yaml_doc *triage; /* triage.yaml */
    scenario *scenario;
    size_t max_cases, max_keys;
    pthread_mutex_t lock;
    mock_case **cases;
    size_t case_count;
    json_t *by_urn;     /* urn -> index */
    json_t *keys;       /* Idempotency-Key -> {sha256, answer} */
    json_t *deliveries; /* array, the newest MOCK_MAX_DELIVERIES */
    json_int_t forgotten;
    json_t *by_type; /* messageType -> applied */
    mock_counters counters;
    FILE *journal;
    bool sync, replaying;
    /* sender */
    char *broker_url, *authorization; /* NULL for none */
    dcf_http_client *client;
    pthread_t sender;
    bool stop;
    TAILQ_HEAD(, mock_late) late;
    size_t in_flight;
};

/* One delivery, wherever it comes from: the wire or the journal. Texts are borrowed. */
typedef struct mock_delivery {
    const char *urn, *key, *type, *sha256, *schema;
    json_int_t sequence; /* -1: none */
    int64_t at_ms;
    json_t *doc;
} mock_delivery;

/* cases.c */
mock_case *mock_find(const mock *m, const char *urn);
/* Finds or makes; NULL when full or out of memory. */
mock_case *mock_case_get(mock *m, const char *urn);
void mock_cases_free(mock *m);
json_t *mock_event(mock_case *c, const char *direction, const json_t *doc, const char *state,
                   int64_t at_ms); /* borrowed */
json_t *mock_case_summary(const mock_case *c);
json_t *mock_case_view(const mock_case *c);
const char *mock_message_id(const json_t *doc);

/* review.c: what follows from a document just taken. */
void mock_review(mock *m, mock_case *c, const mock_delivery *d);
/* rules.c */
typedef struct mock_findings {
    json_t *reasons; /* array of {code, text}: not empty rejects the case */
    json_t *asks;    /* array of action plan items without itemId */
} mock_findings;
/* Both arrays are the caller's. */
mock_findings mock_triage(const mock *m, const mock_case *c, int64_t at_ms);
char *mock_date(int64_t at_ms, int64_t days, char out[DCF_TIME_TEXT_SIZE]);

/* outbox.c */
/* Queues doc (borrowed) behind what its case has waiting, or keeps it when there is no broker. */
void mock_send(mock *m, mock_case *c, const json_t *doc, int64_t at_ms);
void mock_acknowledged(mock *m, mock_case *c, const char *id);
DCF_RESULT mock_sender_start(mock *m, const mock_config *config);
void mock_sender_stop(mock *m);
void mock_answer_late(mock *m, dcf_http_request *r, uint64_t delay_ms, int code, const char *body);

/* journal.c */
DCF_RESULT mock_journal_open(mock *m, const char *path);
DCF_RESULT mock_journal_delivery(mock *m, const mock_delivery *d);
void mock_journal_acknowledged(mock *m, const char *urn, const char *id);

/* deliver.c */
/* Takes a checked, new delivery: case, review, key. Returns the answer (owned), NULL when full. */
json_t *mock_apply(mock *m, const mock_delivery *d);
/* The handler of every POST below /v1. */
void mock_handle_delivery(mock *m, dcf_http_request *r, const contract_operation *o);

/* api.c */
DCF_RESULT mock_routes(mock *m, mock_error *err);
void mock_dispatch(void *self, dcf_http_request *r);
void mock_reply_json(dcf_http_request *r, int code, const dcf_http_header *headers,
                     json_t *body); /* takes r and body */
void mock_reply_fault(dcf_http_request *r, int code, const char *fault,
                      const char *text); /* takes r */

#endif
