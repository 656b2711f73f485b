/*
 * delivery_kit.h - what the tests of the delivery stage share: its whole loop between a Kafka and a
 * receiver on the loopback, which says what it was given. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TESTS_DELIVERY_KIT_H
#define DCF_TESTS_DELIVERY_KIT_H

#include "daemon/delivery_loop.h"
#include "daemon/wire.h"
#include "fixture.h"
#include "http/server.h"
#include "kafka/producer.h"

#include <pthread.h>

static dcf_embedded *cluster; /* NULL: a real one */
static dcf_kafka_conf conf;
static dcf_dialects *dialects;
static dcf_measures *measures;
static dcf_producer *producer;
static dcf_http_server *server;
static dcf_delivery_loop *loop;
static dcf_link link_;
static dcf_party party = {.name = "cps", .links = &link_, .link_count = 1};
static dcf_config config;

enum { KEYS_MOST = 128 };

static struct {
    pthread_mutex_t lock;
    int code, calls;
    char keys[KEYS_MOST][64];
    char busy; /* keys that begin so are answered 423: the case is locked */
    int taken;
    char taken_keys[KEYS_MOST][64];
    char authorization[64]; /* of the last call */
    dcf_http_request *held;
    bool hold;
} r = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void receive(void *self, dcf_http_request *req)
{
    (void)self;
    pthread_mutex_lock(&r.lock);
    const char *key = dcf_http_get_header(req, "Idempotency-Key");
    if (r.calls < KEYS_MOST) snprintf(r.keys[r.calls], sizeof r.keys[0], "%s", key ? key : "");
    const char *authorization = dcf_http_get_header(req, "Authorization");
    snprintf(r.authorization, sizeof r.authorization, "%s", authorization ? authorization : "");
    r.calls++;
    bool hold = r.hold;
    if (hold) r.held = req;
    int code = key && r.busy && *key == r.busy ? 423 : r.code;
    if (code == 200 && r.taken < KEYS_MOST)
        snprintf(r.taken_keys[r.taken++], sizeof r.taken_keys[0], "%s", key ? key : "");
    pthread_mutex_unlock(&r.lock);
    if (!hold) dcf_http_reply(req, code, NULL, "text/plain", dcf_span_str("ref-1"));
}

UNUSED static int calls(void)
{
    pthread_mutex_lock(&r.lock);
    int n = r.calls;
    pthread_mutex_unlock(&r.lock);
    return n;
}

UNUSED static int taken(void)
{
    pthread_mutex_lock(&r.lock);
    int n = r.taken;
    pthread_mutex_unlock(&r.lock);
    return n;
}

UNUSED static void set_busy(char first)
{
    pthread_mutex_lock(&r.lock);
    r.busy = first;
    pthread_mutex_unlock(&r.lock);
}

UNUSED static void set_code(int code)
{
    pthread_mutex_lock(&r.lock);
    r.code = code;
    pthread_mutex_unlock(&r.lock);
}

UNUSED static void start(void)
{
    dcf_yaml_error err = {{0}};
    const dcf_delivery_config d = {&config, &conf, dialects, &party, measures};
    OK(dcf_delivery_loop_start(&d, &loop, &err));
}

/* The name of a topic of this test; a few at a time. */
UNUSED static const char *topic(const char *below)
{
    static char names[4][160];
    static unsigned next;
    char *name = names[next++ % 4];
    snprintf(name, sizeof names[0], "%s.%s", config.prefix, below);
    return name;
}

/* All but the cluster, which conf says, and its topics. */
static void begin_at(const char *prefix)
{
    static char url[64];
    static dcf_parties parties = {.items = &party, .count = 1};
    fx_begin();
    r.calls = r.taken = 0;
    r.busy = 0;
    r.code = 200;
    r.hold = false;
    dcf_http_config h = {.listen = "127.0.0.1:0", .handler = receive};
    OK(dcf_http_server_open(&h, &server));
    snprintf(url, sizeof url, "http://127.0.0.1:%u/in", dcf_http_server_port(server));
    link_ = (dcf_link){.name = "cps-mini", .dialect = "mini", .party = &party, .has_out = true};
    link_.out = (dcf_way){
        .transport = DCF_TRANSPORT_HTTP, .url = url, .timeout_ms = PATIENCE_MS, .concurrency = 4};
    OK(dcf_dialects_load(fx_folder, &parties, NULL, &dialects, NULL));
    OK(dcf_measures_open(&measures));
    OK(dcf_producer_open(&conf, NULL, 0, &producer, NULL));
    config = (dcf_config){.instance = "i",
                          .prefix = prefix,
                          .max_message_bytes = 2 << 20,
                          .commit_ms = 20,
                          .drain_ms = PATIENCE_MS,
                          .retry_cap_ms = 200};
    snprintf(config.names.submitted, sizeof config.names.submitted, "%s", topic("submitted"));
    snprintf(config.names.held, sizeof config.names.held, "%s", topic("held"));
}

UNUSED static void begin(void)
{
    OK(dcf_embedded_start(1, &cluster));
    conf = (dcf_kafka_conf){.bootstrap = dcf_embedded_bootstrap(cluster)};
    OK(dcf_embedded_topic(cluster, "t.deliver.cps", 2));
    OK(dcf_embedded_topic(cluster, "t.deliver.cps.urgent", 1));
    OK(dcf_embedded_topic(cluster, "t.submitted", 1));
    OK(dcf_embedded_topic(cluster, "t.held", 1));
    begin_at("t");
}

/* Ends the loop as a daemon that is stopped does. */
static void stop(void)
{
    if (loop) dcf_delivery_loop_stop(loop);
    dcf_delivery_loop_join(loop);
    loop = NULL;
}

UNUSED static void end(void)
{
    stop();
    dcf_producer_close(producer, 1000);
    dcf_http_server_close(server, 1000);
    dcf_embedded_stop(cluster);
    cluster = NULL;
    dcf_metrics_close(measures);
    dcf_dialects_free(dialects);
    fx_end();
}

typedef struct message {
    const char *topic, *id, *key, *supersedes, *deadline;
    size_t letters;
    int32_t partition;
} message;

static void submit_message(const message *m)
{
    dcf_buf packed = {0};
    const dcf_header headers[] = {
        {"ce_id", dcf_span_str(m->id)},
        {"ce_type", dcf_span_str("uk.dcf.v1.CaseSubmission")},
        {DCF_WIRE_SUPERSEDES, dcf_span_str(m->supersedes ? m->supersedes : "")},
        {DCF_WIRE_DEADLINE, dcf_span_str(m->deadline ? m->deadline : "0")}};
    fx_envelope_of(m->id, m->key, m->letters, &packed);
    OK(dcf_producer_send(producer,
                         &(dcf_out){.topic = m->topic ? m->topic : topic("deliver.cps"),
                                    .partition = m->partition,
                                    .key = dcf_span_str(m->key),
                                    .value = dcf_buf_span(&packed),
                                    .headers = headers,
                                    .header_count = sizeof headers / sizeof headers[0]},
                         NULL, NULL));
    OK(dcf_producer_flush(producer, PATIENCE_MS));
    dcf_buf_fini(&packed);
}

UNUSED static void submit(const char *id, const char *key)
{
    submit_message(&(message){.id = id, .key = key});
}

static dcf_arena arena;

UNUSED static Dcf__V1__Envelope *told_at(int64_t offset)
{
    dcf_reader *reader = NULL;
    Dcf__V1__Envelope *e = NULL;
    dcf_arena_init(&arena, 1 << 20);
    dcf_record rec = fx_read(&conf, config.names.submitted, offset, &reader);
    OK(dcf_envelope_unpack(rec.value, &arena, &e));
    dcf_record_free(&rec);
    dcf_reader_close(reader);
    return e;
}

UNUSED static size_t depth(void)
{
    dcf_queue_info info;
    dcf_delivery_loop_explain(loop, &info, NULL, NULL, 0);
    CU_ASSERT_STRING_EQUAL(info.party, party.name);
    return info.depth;
}

#endif
