/* desk.h - a mock CPS of this process, a client to talk to it, a broker that listens, and documents
 * to send. */
#ifndef DCF_TESTS_DESK_H
#define DCF_TESTS_DESK_H

#include "await.h"
#include "http/client.h"
#include "mockcps/contract.h"
#include "mockcps/mock.h"

#include <pthread.h>
#include <stdlib.h>

#define URN "45AA0209826"

static mock *desk_mock;
static dcf_http_client *desk_client;

/* A new connection: on a reused one libcurl repeats a request that was cut. */
static inline void desk_reconnect(void)
{
    dcf_http_client_close(desk_client);
    if (dcf_failed(
            dcf_http_client_open(&(dcf_http_client_config){.max_body = 4 << 20}, &desk_client)))
        abort();
}

static inline void desk_open(mock_config config)
{
    mock_error err = {""};
    if (!config.listen) config.listen = "127.0.0.1:0";
    desk_mock = NULL;
    if (dcf_failed(mock_open(&config, &desk_mock, &err))) {
        fprintf(stderr, "mock: %s\n", err.text);
        abort();
    }
    if (dcf_failed(
            dcf_http_client_open(&(dcf_http_client_config){.max_body = 4 << 20}, &desk_client)))
        abort();
}

static inline void desk_close(void)
{
    dcf_http_client_close(desk_client);
    mock_close(desk_mock);
}

typedef struct reply {
    int status;
    json_t *body; /* NULL when there is none; leaks are the sanitizer's to find: reply_free */
    bool replayed;
    uint64_t retry_after_ms;
    bool done;
} reply;

static inline void reply_free(reply *r)
{
    json_decref(r->body);
}

static inline void desk_note(void *opaque, const dcf_http_answer *a)
{
    reply *r = opaque;
    dcf_span body = dcf_http_answer_body(a);
    const char *replayed = dcf_http_answer_header(a, "Idempotent-Replayed");
    r->status = dcf_http_answer_status(a);
    r->body = json_loadb((const char *)body.data, body.size, 0, NULL);
    r->replayed = replayed && strcmp(replayed, "true") == 0;
    r->retry_after_ms = dcf_http_answer_retry_after_ms(a);
    r->done = true;
}

#define REPLY DCF_CLEANUP(reply_free) reply

static inline reply desk_call(const char *method, const char *path, const char *key, int sequence,
                              const char *body)
{
    char url[256], number[16];
    reply r = {0};
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", mock_port(desk_mock), path);
    snprintf(number, sizeof number, "%d", sequence);
    const dcf_http_header headers[] = {{key ? "Idempotency-Key" : "X-None", key ? key : "-"},
                                       {"DCF-Sequence", number},
                                       {NULL, NULL}};
    dcf_http_call call = {method, url, headers, dcf_span_str(body), 0};
    if (dcf_failed(dcf_http_client_start(desk_client, &call, desk_note, &r))) abort();
    while (!r.done) dcf_http_client_poll(desk_client, 1000);
    return r;
}

static inline reply desk_post(const char *path, const char *key, int sequence, json_t *doc)
{
    char *text = json_dumps(doc, 0);
    reply r = desk_call("POST", path, key, sequence, text);
    free(text);
    json_decref(doc);
    return r;
}

static inline reply desk_get(const char *path)
{
    return desk_call("GET", path, NULL, 0, NULL);
}

/* Loads a scenario, or fails the test. */
static inline void desk_scenario(const char *text)
{
    REPLY r = desk_call("POST", "/admin/scenario", NULL, 0, text);
    CU_ASSERT_EQUAL(r.status, 204);
}

static inline const char *text_at(const json_t *doc, const char *name)
{
    const char *text = json_string_value(json_object_get(doc, name));
    return text ? text : "";
}

static inline json_int_t counter(const char *name)
{
    REPLY r = desk_get("/admin/counters");
    return json_integer_value(json_object_get(r.body, name));
}

/* --- documents --- */

static inline json_t *header_doc(const char *id)
{
    return json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:{s:s}, s:b}", "messageId", id,
                     "correlationId", "c-1", "sentAt", "2026-11-21T10:00:00Z", "from",
                     "organisation", "45", "system", "rms", "to", "organisation", "CPS", "test", 1);
}

static inline json_t *case_doc(const char *urn, const char *case_type)
{
    return json_pack("{s:s, s:o, s:s, s:s, s:[{s:s, s:{s:{s:s, s:s}}, s:[{s:s, s:i, s:s}]}]}",
                     "messageType", "caseSubmission", "header", header_doc("m-1"), "urn", urn,
                     "caseType", case_type, "defendants", "asn", "2645AA0100000123456X", "person",
                     "name", "givenName1", "Ann", "familyName", "Example", "offences",
                     "offenceCode", "TH68001", "sequenceNumber", 1, "wording", "Theft");
}

/* A pre-charge case; documents are a list such as "MG3 MG5". */
static inline json_t *pcd_doc(const char *urn, const char *documents)
{
    json_t *doc = case_doc(urn, "preCharge");
    json_object_update_new(
        doc, json_pack("{s:s, s:{s:{s:s}, s:{s:s}}, s:{s:{s:s}, s:[{s:s, s:s}]}}", "reviewType",
                       "twentyEightDay", "officerInCase", "name", "familyName", "Vega", "contact",
                       "telephoneMobile", "07700 900123", "supervisor", "name", "familyName",
                       "Hale", "comments", "heading", "Public interest", "text", "Serious."));
    json_t *list = json_array();
    char copy[256], *save = NULL;
    snprintf(copy, sizeof copy, "%s", documents);
    for (char *one = strtok_r(copy, " ", &save); one; one = strtok_r(NULL, " ", &save))
        json_array_append_new(list, json_pack("{s:s}", "documentType", one));
    json_object_set_new(doc, "documents", list);
    return doc;
}

static inline json_t *response_doc(const char *urn, const char *item, const char *status)
{
    return json_pack("{s:s, s:o, s:s, s:[{s:s, s:s}]}", "messageType", "actionPlanResponse",
                     "header", header_doc("m-2"), "urn", urn, "responses", "itemId", item, "status",
                     status);
}

/* --- a broker --- */

typedef struct broker {
    dcf_http_server *server;
    pthread_mutex_t lock;
    json_t *got;     /* array of {key, doc, authorization} */
    int fail, close; /* so many requests are answered 503, or cut */
    char url[64];
} broker;

static inline void broker_take(void *self, dcf_http_request *r)
{
    broker *b = self;
    dcf_span body = dcf_http_body(r);
    pthread_mutex_lock(&b->lock);
    bool cut = b->close > 0, failing = b->fail > 0;
    if (cut)
        b->close--;
    else if (failing)
        b->fail--;
    const char *key = dcf_http_get_header(r, "Idempotency-Key"),
               *who = dcf_http_get_header(r, "Authorization");
    json_t *doc = json_loadb((const char *)body.data, body.size, 0, NULL);
    json_array_append_new(b->got,
                          json_pack("{s:s, s:s, s:o, s:b}", "key", key ? key : "", "authorization",
                                    who ? who : "", "doc", doc, "failed", cut || failing));
    pthread_mutex_unlock(&b->lock);
    if (cut)
        dcf_http_drop(r);
    else
        dcf_http_reply(r, failing ? 503 : 202, NULL, NULL, (dcf_span){0});
}

static inline void broker_open(broker *b)
{
    *b = (broker){.got = json_array()};
    pthread_mutex_init(&b->lock, NULL);
    dcf_http_config config = {.listen = "127.0.0.1:0", .handler = broker_take, .self = b};
    if (dcf_failed(dcf_http_server_open(&config, &b->server))) abort();
    snprintf(b->url, sizeof b->url, "http://127.0.0.1:%u/links/cps",
             dcf_http_server_port(b->server));
}

static inline void broker_close(broker *b)
{
    dcf_http_server_close(b->server, 1000);
    json_decref(b->got);
    pthread_mutex_destroy(&b->lock);
}

static inline size_t broker_count(broker *b)
{
    pthread_mutex_lock(&b->lock);
    size_t have = json_array_size(b->got);
    pthread_mutex_unlock(&b->lock);
    return have;
}

/* Waits for n requests; returns how many came. */
static inline size_t broker_wait(broker *b, size_t n)
{
    AWAIT(broker_count(b) >= n);
    return broker_count(b);
}

static inline const char *broker_type(const broker *b, size_t i)
{
    return text_at(json_object_get(json_array_get(b->got, i), "doc"), "messageType");
}

static inline const char *broker_key(const broker *b, size_t i)
{
    return text_at(json_array_get(b->got, i), "key");
}

#endif
