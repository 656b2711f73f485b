/* test_delivery.c - the delivery stage: its window, what it commits, and the whole loop between an
 * in-process Kafka and a receiver on the loopback. */
#include "daemon/delivery_commit.h"
#include "daemon/delivery_loop.h"
#include "fixture.h"
#include "kafka/producer.h"

#include <pthread.h>
#include <stdatomic.h>

/* --- the window --------------------------------------------------------------------- */

static uint64_t no_chance(void *ctx)
{
    (void)ctx;
    return 0;
}

static dcf_window *new_window(size_t bytes)
{
    dcf_window *w = NULL;
    dcf_scheduler_config c = dcf_scheduler_defaults;
    c.window = 8;
    c.window_bytes = bytes;
    c.random = no_chance;
    OK(dcf_window_new(&c, &w));
    OK(dcf_window_assign(w, 0, 0, ""));
    OK(dcf_window_assign(w, 1, 0, ""));
    return w;
}

static dcf_job *new_job(int32_t partition, int64_t offset, const char *id, const char *key)
{
    dcf_buf packed = {0};
    fx_envelope(id, key, &packed);
    dcf_record r = {.topic = "t.deliver.cps",
                    .partition = partition,
                    .offset = offset,
                    .key = dcf_span_str(key)};
    r.value = dcf_buf_span(&packed);
    dcf_job *j = dcf_job_new(&r);
    CU_ASSERT_PTR_NOT_NULL_FATAL(j);
    free(j->id);
    j->id = strdup(id);
    dcf_buf_fini(&packed);
    return j;
}

static dcf_job *next_of(dcf_window *w)
{
    const char *newer;
    return dcf_window_next(w, &newer);
}

static void a_job_without_room_stays_the_callers(void)
{
    dcf_window *w = new_window(40);
    dcf_job *one = new_job(0, 0, "m:0", "A"), *two = new_job(0, 1, "m:1", "B");
    OK(dcf_window_add(w, one)); /* larger than the window: taken when it is empty */
    CU_ASSERT(dcf_is(dcf_window_add(w, two), DCF_E_AGAIN));
    CU_ASSERT_PTR_EQUAL(next_of(w), one);
    dcf_window_result(w, one, DCF_ATTEMPT_OK, 0);
    OK(dcf_window_add(w, two));
    CU_ASSERT_PTR_EQUAL(next_of(w), two);
    dcf_job_free(one);
    dcf_window_free(w);
}

static void what_comes_a_second_time_is_known(void)
{
    dcf_window *w = new_window(1 << 20);
    dcf_queue_info info;
    OK(dcf_window_add(w, new_job(0, 5, "m:5", "A")));
    OK(dcf_window_add(w, new_job(0, 5, "m:5", "A"))); /* freed inside */
    dcf_window_explain(w, &info, NULL, NULL, 0);
    CU_ASSERT_EQUAL(info.depth, 1);
    dcf_window_free(w);
}

static void a_lost_partition_takes_its_jobs_but_not_those_in_flight(void)
{
    dcf_window *w = new_window(1 << 20);
    dcf_queue_info info;
    dcf_job *flying = new_job(0, 0, "m:0", "A");
    OK(dcf_window_add(w, flying));
    OK(dcf_window_add(w, new_job(0, 1, "m:1", "A")));
    OK(dcf_window_add(w, new_job(1, 0, "n:0", "B")));
    CU_ASSERT_PTR_EQUAL(next_of(w), flying);
    dcf_window_forget(w, 0);
    CU_ASSERT(flying->dropped);
    dcf_window_explain(w, &info, NULL, NULL, 0);
    CU_ASSERT_EQUAL(info.depth, 1);
    dcf_window_forget_all(w);
    dcf_window_explain(w, &info, NULL, NULL, 0);
    CU_ASSERT_EQUAL(info.depth, 0);
    dcf_job_free(flying);
    dcf_window_free(w);
}

static dcf_job *long_job(int64_t offset)
{
    char id[16];
    snprintf(id, sizeof id, "m:%d", (int)offset);
    return new_job(0, offset, id, "A");
}

/* One of a case is kept whole; the second of three is gone when the topic is read again. */
static void what_is_gone_from_the_topic_becomes_what_nobody_can_read(void)
{
    dcf_window *w = NULL;
    dcf_scheduler_config c = dcf_scheduler_defaults;
    int32_t place;
    int64_t offset;
    c.case_messages = 1;
    c.random = no_chance;
    OK(dcf_window_new(&c, &w));
    OK(dcf_window_assign(w, 0, 0, ""));
    dcf_job *second = long_job(1);
    OK(dcf_window_add(w, long_job(0)));
    OK(dcf_window_add(w, second));
    OK(dcf_window_add(w, long_job(2)));
    CU_ASSERT_EQUAL(second->packed.size, 0); /* it takes no memory */
    dcf_job *j = next_of(w);
    dcf_window_result(w, j, DCF_ATTEMPT_OK, 0);
    dcf_job_free(j);
    CU_ASSERT_PTR_NULL(next_of(w));
    CU_ASSERT_TRUE(dcf_window_wants(w, DCF_LANE_ORDINARY, &place, &offset));
    CU_ASSERT_EQUAL(offset, 1);
    OK(dcf_window_add(w, long_job(2)));
    CU_ASSERT_PTR_NOT_NULL_FATAL(j = next_of(w));
    CU_ASSERT_STRING_EQUAL(j->id, "m:1");
    dcf_arena a;
    Dcf__V1__Envelope *e;
    dcf_arena_init(&a, 1 << 16);
    CU_ASSERT(dcf_failed(dcf_envelope_unpack(dcf_buf_span(&j->packed), &a, &e)));
    dcf_window_result(w, j, DCF_ATTEMPT_REFUSED, 0);
    dcf_job_free(j);
    OK(dcf_window_add(w, long_job(2)));
    CU_ASSERT_PTR_NOT_NULL_FATAL(j = next_of(w));
    CU_ASSERT_STRING_EQUAL(j->id, "m:2");
    CU_ASSERT(dcf_ok(dcf_envelope_unpack(dcf_buf_span(&j->packed), &a, &e)));
    dcf_arena_fini(&a);
    dcf_window_free(w);
}

static char told[8][64];
static size_t told_count;

static void hear(void *ctx, const dcf_waiting_info *w)
{
    (void)ctx;
    snprintf(told[told_count++ % 8], 64, "%s: %s", w->message_id, w->reason);
}

static bool was_told(const char *text)
{
    for (size_t i = 0; i < told_count && i < 8; i++)
        if (strcmp(told[i], text) == 0) return true;
    return false;
}

static void each_waiting_message_says_why(void)
{
    dcf_window *w = new_window(1 << 20);
    dcf_queue_info info;
    told_count = 0;
    OK(dcf_window_add(w, new_job(0, 0, "m:0", "A")));
    OK(dcf_window_add(w, new_job(0, 1, "m:1", "A")));
    OK(dcf_window_add(w, new_job(1, 0, "n:0", "B")));
    (void)next_of(w);
    dcf_window_explain(w, &info, hear, NULL, 10);
    CU_ASSERT_EQUAL(told_count, 3);
    CU_ASSERT(was_told("m:1: behind an earlier message of its case"));
    CU_ASSERT_EQUAL(info.in_flight, 1);
    CU_ASSERT(info.oldest_ms > 0);
    dcf_job *next = next_of(w);
    dcf_window_result(w, next, DCF_ATTEMPT_RETRY, 3600000);
    dcf_window_explain(w, &info, NULL, NULL, 0);
    CU_ASSERT_EQUAL(info.depth, 3);
    dcf_window_free(w);
}

static void what_leaves_the_window_leaves_the_others_in_sight(void)
{
    dcf_window *w = new_window(1 << 20);
    dcf_queue_info info;
    static const char *const keys[] = {"A", "B", "C"};
    told_count = 0;
    for (int i = 0; i < 3; i++) OK(dcf_window_add(w, new_job(0, i, keys[i], keys[i])));
    dcf_job *a = next_of(w), *b = next_of(w), *c = next_of(w);
    dcf_window_result(w, a, DCF_ATTEMPT_OK, 0); /* c moves to its slot */
    dcf_window_result(w, c, DCF_ATTEMPT_OK, 0);
    dcf_window_explain(w, &info, hear, NULL, 10);
    CU_ASSERT_EQUAL(told_count, 1);
    CU_ASSERT(was_told("B: being delivered"));
    dcf_window_result(w, b, DCF_ATTEMPT_OK, 0);
    dcf_job_free(a);
    dcf_job_free(b);
    dcf_job_free(c);
    dcf_window_free(w);
}

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

static void submit_to(const char *topic, const char *id, const char *key, size_t letters)
{
    dcf_buf packed = {0};
    const dcf_header headers[] = {{"ce_id", dcf_span_str(id)},
                                  {"ce_type", dcf_span_str("uk.dcf.v1.CaseSubmission")}};
    fx_envelope_of(id, key, letters, &packed);
    OK(dcf_producer_send(producer,
                         &(dcf_out){.topic = topic,
                                    .partition = 0,
                                    .key = dcf_span_str(key),
                                    .value = dcf_buf_span(&packed),
                                    .headers = headers,
                                    .header_count = 2},
                         NULL, NULL));
    OK(dcf_producer_flush(producer, PATIENCE_MS));
    dcf_buf_fini(&packed);
}

static void submit_of(const char *id, const char *key, size_t letters)
{
    submit_to("t.deliver.cps", id, key, letters);
}

static void submit(const char *id, const char *key)
{
    submit_of(id, key, 0);
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
    submit_to("t.deliver.cps.urgent", "u:1", "45AA0099926", 0);
    AWAIT(taken() == 1);
    CU_ASSERT_STRING_EQUAL(told_at(0)->message_id, "u:1/receipt/delivered");
    dcf_arena_fini(&arena);
    set_busy(0);
    AWAIT(taken() == 13);
    CU_ASSERT_EQUAL(taken(), 13);
    end();
}

/* The topic is read again for what was not kept; twenty times here. */
static void a_long_case_lets_others_pass_and_comes_in_order(void)
{
    enum { LONG = 40 };
    char id[16];
    dcf_queue_info info;
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
    dcf_delivery_loop_explain(loop, &info, NULL, NULL, 0);
    CU_ASSERT_EQUAL(info.depth, LONG);
    set_busy(0);
    AWAIT(taken() == LONG + 1);
    for (int i = 0; i < LONG; i++) {
        snprintf(id, sizeof id, "a:%d", i);
        CU_ASSERT_STRING_EQUAL(r.taken_keys[i + 1], id);
    }
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
    submit_of("s:big", "45AA0000126", 5000);
    submit("s:small", "45AA0000226");
    conf.properties = narrow; /* less than the configuration thinks */
    start();
    CU_ASSERT(is_held("s:big", &whole) && !whole);
    CU_ASSERT(is_held("s:small", &whole) && whole);
    CU_ASSERT(strstr(told_at(0)->message_id, "/receipt/not_delivered") != NULL);
    dcf_arena_fini(&arena);
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
    X(a_job_without_room_stays_the_callers)                                                        \
    X(what_comes_a_second_time_is_known)                                                           \
    X(a_lost_partition_takes_its_jobs_but_not_those_in_flight)                                     \
    X(what_is_gone_from_the_topic_becomes_what_nobody_can_read)                                    \
    X(what_leaves_the_window_leaves_the_others_in_sight)                                           \
    X(each_waiting_message_says_why)                                                               \
    X(a_delivered_message_is_told_with_a_receipt)                                                  \
    X(a_refused_message_is_told_and_held)                                                          \
    X(a_failing_head_holds_up_its_own_case_only)                                                   \
    X(a_full_lane_lets_the_urgent_pass)                                                            \
    X(a_long_case_lets_others_pass_and_comes_in_order)                                             \
    X(a_record_kafka_refuses_is_told_shorter_and_blocks_nobody)                                    \
    X(what_is_in_flight_at_the_end_gets_its_answer)                                                \
    X(the_end_does_not_wait_for_a_silent_receiver_longer_than_told)
UNIT_MAIN("delivery", TESTS)
