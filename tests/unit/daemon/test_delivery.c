/* test_delivery.c - the delivery stage, the whole loop between an in-process Kafka and a receiver
 * on the loopback: what it commits, tells and lets pass. */
#include "daemon/delivery_commit.h"
#include "daemon/delivery_loop.h"
#include "daemon/wire.h"
#include "fixture.h"
#include "kafka/producer.h"

#include <pthread.h>
#include <stdatomic.h>

/* --- between Kafka and a receiver ------------------------------------------------------ */

static dcf_embedded *cluster;
static dcf_kafka_conf conf;
static dcf_dialects *dialects;
static dcf_measures *measures;
static dcf_producer *producer;
static dcf_http_server *server;
static dcf_delivery_loop *loop;
static dcf_link link_;
static dcf_party party = {.name = "cps", .links = &link_, .link_count = 1};
static dcf_config config;

static struct {
    pthread_mutex_t lock;
    int code, calls;
    char keys[64][64];
    char busy; /* keys that begin so are answered 423: the case is locked */
    int taken;
    char taken_keys[64][64];
    dcf_http_request *held;
    bool hold;
} r = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void receive(void *self, dcf_http_request *req)
{
    (void)self;
    pthread_mutex_lock(&r.lock);
    const char *key = dcf_http_get_header(req, "Idempotency-Key");
    if (r.calls < 64) snprintf(r.keys[r.calls], sizeof r.keys[0], "%s", key ? key : "");
    r.calls++;
    bool hold = r.hold;
    if (hold) r.held = req;
    int code = key && r.busy && *key == r.busy ? 423 : r.code;
    if (code == 200 && r.taken < 64)
        snprintf(r.taken_keys[r.taken++], sizeof r.taken_keys[0], "%s", key ? key : "");
    pthread_mutex_unlock(&r.lock);
    if (!hold) dcf_http_reply(req, code, NULL, "text/plain", dcf_span_str("ref-1"));
}

static int calls(void)
{
    pthread_mutex_lock(&r.lock);
    int n = r.calls;
    pthread_mutex_unlock(&r.lock);
    return n;
}

static int taken(void)
{
    pthread_mutex_lock(&r.lock);
    int n = r.taken;
    pthread_mutex_unlock(&r.lock);
    return n;
}

static void set_busy(char first)
{
    pthread_mutex_lock(&r.lock);
    r.busy = first;
    pthread_mutex_unlock(&r.lock);
}

static void set_code(int code)
{
    pthread_mutex_lock(&r.lock);
    r.code = code;
    pthread_mutex_unlock(&r.lock);
}

static void start(void)
{
    dcf_yaml_error err = {{0}};
    const dcf_delivery_config d = {&config, &conf, dialects, &party, measures};
    OK(dcf_delivery_loop_start(&d, &loop, &err));
}

static void begin(void)
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
        .transport = DCF_TRANSPORT_HTTP, .url = url, .timeout_ms = 5000, .concurrency = 4};
    OK(dcf_dialects_load(fx_folder, &parties, NULL, &dialects, NULL));
    OK(dcf_measures_open(&measures));
    OK(dcf_embedded_start(1, &cluster));
    conf = (dcf_kafka_conf){.bootstrap = dcf_embedded_bootstrap(cluster)};
    OK(dcf_embedded_topic(cluster, "t.deliver.cps", 1));
    OK(dcf_embedded_topic(cluster, "t.deliver.cps.urgent", 1));
    OK(dcf_embedded_topic(cluster, "t.submitted", 1));
    OK(dcf_embedded_topic(cluster, "t.held", 1));
    OK(dcf_producer_open(&conf, NULL, 0, &producer, NULL));
    config = (dcf_config){.instance = "i",
                          .prefix = "t",
                          .max_message_bytes = 2 << 20,
                          .commit_ms = 20,
                          .drain_ms = 5000,
                          .retry_cap_ms = 200};
    snprintf(config.names.submitted, sizeof config.names.submitted, "t.submitted");
    snprintf(config.names.held, sizeof config.names.held, "t.held");
}

static void end(void)
{
    if (loop) dcf_delivery_loop_stop(loop);
    dcf_delivery_loop_join(loop);
    loop = NULL;
    dcf_producer_close(producer, 1000);
    dcf_http_server_close(server, 1000);
    dcf_embedded_stop(cluster);
    dcf_metrics_close(measures);
    dcf_dialects_free(dialects);
    fx_end();
}

typedef struct message {
    const char *topic, *id, *key, *supersedes;
    size_t letters;
} message;

static void submit_message(const message *m)
{
    dcf_buf packed = {0};
    const dcf_header headers[] = {
        {"ce_id", dcf_span_str(m->id)},
        {"ce_type", dcf_span_str("uk.dcf.v1.CaseSubmission")},
        {DCF_WIRE_SUPERSEDES, dcf_span_str(m->supersedes ? m->supersedes : "")}};
    fx_envelope_of(m->id, m->key, m->letters, &packed);
    OK(dcf_producer_send(producer,
                         &(dcf_out){.topic = m->topic ? m->topic : "t.deliver.cps",
                                    .partition = 0,
                                    .key = dcf_span_str(m->key),
                                    .value = dcf_buf_span(&packed),
                                    .headers = headers,
                                    .header_count = 3},
                         NULL, NULL));
    OK(dcf_producer_flush(producer, PATIENCE_MS));
    dcf_buf_fini(&packed);
}

static void submit(const char *id, const char *key)
{
    submit_message(&(message){.id = id, .key = key});
}

static dcf_arena arena;

static Dcf__V1__Envelope *told_at(int64_t offset)
{
    dcf_reader *reader = NULL;
    Dcf__V1__Envelope *e = NULL;
    dcf_arena_init(&arena, 1 << 20);
    dcf_record rec = fx_read(&conf, "t.submitted", offset, &reader);
    OK(dcf_envelope_unpack(rec.value, &arena, &e));
    dcf_record_free(&rec);
    dcf_reader_close(reader);
    return e;
}

static void a_delivered_message_is_told_with_a_receipt(void)
{
    begin();
    submit("s:1", "45AA0000126");
    start();
    Dcf__V1__Envelope *e = told_at(0);
    CU_ASSERT_STRING_EQUAL(e->message_id, "s:1/receipt/delivered");
    CU_ASSERT_STRING_EQUAL(e->receipt->receiver_reference, "ref-1");
    CU_ASSERT_EQUAL(calls(), 1);
    dcf_arena_fini(&arena);
    end();
}

static void a_refused_message_is_told_and_held(void)
{
    dcf_reader *reader = NULL;
    begin();
    set_code(422);
    submit("s:1", "45AA0000126");
    start();
    CU_ASSERT_STRING_EQUAL(told_at(0)->message_id, "s:1/receipt/not_delivered");
    dcf_arena_fini(&arena);
    dcf_record held = fx_read(&conf, "t.held", 0, &reader);
    CU_ASSERT(dcf_span_eq_str(held.key, "45AA0000126"));
    CU_ASSERT(dcf_span_eq_str(dcf_record_header(&held, "ce_type"), "uk.dcf.v1.Held"));
    dcf_record_free(&held);
    dcf_reader_close(reader);
    end();
}

static void a_failing_head_holds_up_its_own_case_only(void)
{
    begin();
    set_code(503);
    submit("s:1", "45AA0000126");
    start();
    AWAIT(calls() >= 2);
    set_code(200);
    submit("s:2", "45AA0000126");
    submit("s:3", "45AA0000226");
    Dcf__V1__Envelope *last = NULL;
    for (int64_t i = 0; i < 3; i++) {
        last = told_at(i);
        dcf_arena_fini(&arena);
    }
    CU_ASSERT_PTR_NOT_NULL(last);
    pthread_mutex_lock(&r.lock);
    int first = 0, second = 0;
    for (int i = 0; i < r.calls && i < 64; i++) {
        if (strcmp(r.keys[i], "s:1") == 0) first = i;
        if (strcmp(r.keys[i], "s:2") == 0) second = i;
    }
    pthread_mutex_unlock(&r.lock);
    CU_ASSERT(first < second);
    end();
}

static void a_full_lane_lets_the_urgent_pass(void)
{
    char id[16], key[16];
    begin();
    link_.out.window = 4;
    set_busy('a');
    for (int i = 0; i < 12; i++) {
        snprintf(id, sizeof id, "a:%d", i);
        snprintf(key, sizeof key, "45AA00%03d26", i);
        submit(id, key);
    }
    start();
    AWAIT(calls() >= 4);
    submit_message(&(message){.topic = "t.deliver.cps.urgent", .id = "u:1", .key = "45AA0099926"});
    AWAIT(taken() == 1);
    CU_ASSERT_STRING_EQUAL(told_at(0)->message_id, "u:1/receipt/delivered");
    dcf_arena_fini(&arena);
    set_busy(0);
    AWAIT(taken() == 13);
    CU_ASSERT_EQUAL(taken(), 13);
    end();
}

static size_t depth(void)
{
    dcf_queue_info info;
    dcf_delivery_loop_explain(loop, &info, NULL, NULL, 0);
    return info.depth;
}

/* The topic is read again for what was not kept; twenty times here. */
static void a_long_case_lets_others_pass_and_comes_in_order(void)
{
    enum { LONG = 40 };
    char id[16];
    begin();
    link_.out.window = 16; /* two of a case */
    set_busy('a');
    for (int i = 0; i < LONG; i++) {
        snprintf(id, sizeof id, "a:%d", i);
        submit(id, "45AA0000126");
    }
    submit("b:1", "45AA0000226");
    start();
    AWAIT(taken() == 1);
    CU_ASSERT_STRING_EQUAL(r.taken_keys[0], "b:1");
    CU_ASSERT_EQUAL(depth(), LONG);
    set_busy(0);
    AWAIT(taken() == LONG + 1);
    for (int i = 0; i < LONG; i++) {
        snprintf(id, sizeof id, "a:%d", i);
        CU_ASSERT_STRING_EQUAL(r.taken_keys[i + 1], id);
    }
    end();
}

/* What is no envelope: held as it came, and a person is told. */
static void bytes_that_nobody_can_read_are_held_and_told(void)
{
    dcf_reader *reader = NULL;
    ProtobufCMessage *m = NULL;
    begin();
    snprintf(config.names.audit, sizeof config.names.audit, "t.audit");
    OK(dcf_embedded_topic(cluster, "t.audit", 1));
    OK(dcf_producer_send(producer,
                         &(dcf_out){.topic = "t.deliver.cps",
                                    .key = dcf_span_str("45AA0000126"),
                                    .value = dcf_span_str("\xff")},
                         NULL, NULL));
    start();
    dcf_arena_init(&arena, 1 << 20);
    dcf_record rec = fx_read(&conf, "t.held", 0, &reader);
    OK(dcf_message_unpack(&dcf__v1__held__descriptor, rec.value, &arena, &m));
    CU_ASSERT_STRING_EQUAL(((Dcf__V1__Held *)m)->held_id, "t.deliver.cps/0/0");
    CU_ASSERT_EQUAL(((Dcf__V1__Held *)m)->native_body.len, 1);
    dcf_record_free(&rec);
    dcf_reader_close(reader);
    rec = fx_read(&conf, "t.audit", 0, &reader);
    CU_ASSERT(dcf_span_eq_str(dcf_record_header(&rec, "ce_type"), "uk.dcf.v1.AuditEvent"));
    dcf_record_free(&rec);
    dcf_reader_close(reader);
    CU_ASSERT_EQUAL(calls(), 0);
    dcf_arena_fini(&arena);
    end();
}

/* Whether the held record of this message is there, and with it the message itself. */
static bool is_held(const char *id, bool *ret_whole)
{
    bool found = false;
    for (int64_t i = 0; i < 4 && !found; i++) { /* aborted ones are seen here, too */
        dcf_reader *reader = NULL;
        ProtobufCMessage *m = NULL;
        dcf_arena_init(&arena, 1 << 20);
        dcf_record r_ = fx_read(&conf, "t.held", i, &reader);
        OK(dcf_message_unpack(&dcf__v1__held__descriptor, r_.value, &arena, &m));
        const Dcf__V1__Held *h = (Dcf__V1__Held *)m;
        found = strcmp(h->held_id, id) == 0;
        *ret_whole = h->envelope->body_case != DCF__V1__ENVELOPE__BODY__NOT_SET;
        dcf_record_free(&r_);
        dcf_reader_close(reader);
        dcf_arena_fini(&arena);
    }
    return found;
}

static void a_record_kafka_refuses_is_told_shorter_and_blocks_nobody(void)
{
    static const char *const narrow[] = {"message.max.bytes", "3000", NULL};
    bool whole = true;
    begin();
    set_code(422);
    submit_message(&(message){.id = "s:big", .key = "45AA0000126", .letters = 5000});
    submit("s:small", "45AA0000226");
    conf.properties = narrow; /* less than the configuration thinks */
    start();
    CU_ASSERT(is_held("s:big", &whole) && !whole);
    CU_ASSERT(is_held("s:small", &whole) && whole);
    CU_ASSERT(strstr(told_at(0)->message_id, "/receipt/not_delivered") != NULL);
    dcf_arena_fini(&arena);
    end();
}

static void what_an_aborted_commit_did_not_tell_is_told_again_and_not_delivered_again(void)
{
    begin();
    dcf_embedded_fail(cluster, 25 /* AddOffsetsToTxn */, 30 /* GROUP_AUTHORIZATION_FAILED */, 1);
    submit("s:1", "45AA0000126");
    start();
    for (int64_t i = 0; i < 2; i++) { /* the aborted one is seen here, too */
        CU_ASSERT_STRING_EQUAL(told_at(i)->message_id, "s:1/receipt/delivered");
        dcf_arena_fini(&arena);
    }
    submit("s:2", "45AA0000126"); /* what was read a second time lies before it */
    CU_ASSERT_STRING_EQUAL(told_at(2)->message_id, "s:2/receipt/delivered");
    dcf_arena_fini(&arena);
    CU_ASSERT_EQUAL(calls(), 2);
    end();
}

static void a_newer_version_takes_the_place_of_what_nobody_attempted(void)
{
    begin();
    start();
    submit("b:1", "45AA0000226");
    AWAIT(taken() == 1); /* so that what comes now is known to be untouched */
    set_busy('a');
    submit("a:0", "45AA0000126");
    AWAIT(calls() >= 2);
    submit("s:1", "45AA0000126");
    submit_message(&(message){.id = "s:2", .key = "45AA0000126", .supersedes = "s:1"});
    AWAIT(depth() == 3);
    set_busy(0);
    AWAIT(taken() == 3);
    const Dcf__V1__Envelope *e = told_at(2);
    CU_ASSERT_STRING_EQUAL(e->message_id, "s:1/receipt/not_delivered");
    CU_ASSERT_EQUAL(e->receipt->attempts, 0);
    dcf_arena_fini(&arena);
    CU_ASSERT_STRING_EQUAL(r.taken_keys[2], "s:2");
    end();
}

static void what_is_in_flight_at_the_end_gets_its_answer(void)
{
    begin();
    r.hold = true;
    submit("s:1", "45AA0000126");
    start();
    AWAIT(calls() == 1);
    dcf_delivery_loop_stop(loop);
    usleep(200000);
    dcf_http_reply(r.held, 200, NULL, NULL, (dcf_span){0});
    dcf_delivery_loop_join(loop);
    loop = NULL;
    CU_ASSERT_STRING_EQUAL(told_at(0)->message_id, "s:1/receipt/delivered");
    dcf_arena_fini(&arena);
    end();
}

static void the_end_does_not_wait_for_a_silent_receiver_longer_than_told(void)
{
    begin();
    r.hold = true;
    config.drain_ms = 300;
    submit("s:1", "45AA0000126");
    start();
    AWAIT(calls() == 1);
    int64_t asked = dcf_clock_mono_ms();
    dcf_delivery_loop_stop(loop);
    dcf_delivery_loop_join(loop);
    loop = NULL;
    CU_ASSERT(dcf_clock_mono_ms() - asked < 4000);
    dcf_http_reply(r.held, 200, NULL, NULL, (dcf_span){0});
    end();
}

#define TESTS(X)                                                                                   \
    X(a_delivered_message_is_told_with_a_receipt)                                                  \
    X(a_refused_message_is_told_and_held)                                                          \
    X(a_failing_head_holds_up_its_own_case_only)                                                   \
    X(a_full_lane_lets_the_urgent_pass)                                                            \
    X(bytes_that_nobody_can_read_are_held_and_told)                                                \
    X(a_long_case_lets_others_pass_and_comes_in_order)                                             \
    X(a_record_kafka_refuses_is_told_shorter_and_blocks_nobody)                                    \
    X(what_an_aborted_commit_did_not_tell_is_told_again_and_not_delivered_again)                   \
    X(a_newer_version_takes_the_place_of_what_nobody_attempted)                                    \
    X(what_is_in_flight_at_the_end_gets_its_answer)                                                \
    X(the_end_does_not_wait_for_a_silent_receiver_longer_than_told)
UNIT_MAIN("delivery", TESTS)
