/* test_http_in.c - documents posted over a real loopback socket: 202 only on the gateway's word,
 * every refusal coded. */
#include "transport/http/http_in.h"

#include "await.h"
#include "base/arena.h"
#include "http/client.h"

#include <pthread.h>
#include <stdlib.h>

enum { ACCEPT, REFUSE, BUSY, HOLD };

static struct {
    dcf_link link;
    dcf_party party;
    dcf_parties parties;
    dcf_http_in *in;
    dcf_http_server *server;
    dcf_http_client *client;
    char token_path[64];
    int mode;
    dcf_arrival *held[8];
    size_t held_count;
    char last_body[64], last_id[64];
    pthread_mutex_t lock;
} w;

static void give(dcf_arrival *a, dcf_verdict_kind kind)
{
    dcf_arena arena;
    dcf_arena_init(&arena, 65536);
    dcf_faults faults;
    dcf_faults_init(&faults, &arena, 8);
    if (a->fault) dcf_faults_add(&faults, a->fault, 0, 0, "", "", "at the door");
    if (kind == DCF_VERDICT_REFUSED && !a->fault) {
        dcf_faults_add(&faults, DCF_FAULT_REQUIRED, 4, 2, "Case/PTIURN", "urn", "absent");
        dcf_faults_add(&faults, DCF_FAULT_UNKNOWN_CODE, 9, 1, "Case/Gender", "gender",
                       "no such code");
    }
    a->settle(a, &(dcf_verdict){.kind = kind, .message_id = "essex:a/1", .faults = &faults});
    dcf_arena_fini(&arena);
}

/* Runs on the server's thread; w is looked at from the test's. */
static void arrive(void *gateway, dcf_arrival *a)
{
    (void)gateway;
    pthread_mutex_lock(&w.lock);
    int mode = w.mode;
    snprintf(w.last_body, sizeof w.last_body, "%.*s", (int)a->body.size,
             (const char *)a->body.data);
    snprintf(w.last_id, sizeof w.last_id, "%s", a->source_id);
    if (!a->fault && mode == HOLD) w.held[w.held_count++] = a;
    pthread_mutex_unlock(&w.lock);
    if (a->fault)
        give(a, DCF_VERDICT_REFUSED);
    else if (mode != HOLD)
        give(a, mode == ACCEPT   ? DCF_VERDICT_ACCEPTED
                : mode == REFUSE ? DCF_VERDICT_REFUSED
                                 : DCF_VERDICT_BUSY);
}

static void set_mode(int mode)
{
    pthread_mutex_lock(&w.lock);
    w.mode = mode;
    pthread_mutex_unlock(&w.lock);
}

static const char *media_type(void *gateway, const dcf_link *link)
{
    (void)gateway;
    (void)link;
    return "application/json";
}

static dcf_status status(void *gateway, const char *id, dcf_buf *out)
{
    (void)gateway;
    if (strcmp(id, "essex:a/1") != 0) return DCF_ERR(NOT_FOUND);
    dcf_buf_adds(out, "{\"status\":\"accepted\"}");
    return DCF_OK;
}

static void handle(void *self, dcf_http_request *req)
{
    (void)self;
    dcf_http_in_handle(w.in, req);
}

static void open_world(void)
{
    memset(&w, 0, sizeof w);
    pthread_mutex_init(&w.lock, NULL);
    snprintf(w.token_path, sizeof w.token_path, "/tmp/dcf-token-XXXXXX");
    int fd = mkstemp(w.token_path);
    if (write(fd, " s3cret\n", 8) != 8) abort();
    close(fd);
    w.party = (dcf_party){.name = "essex", .links = &w.link, .link_count = 1};
    w.link = (dcf_link){.name = "essex",
                        .party = &w.party,
                        .has_in = true,
                        .window = 2,
                        .limits = {.bytes = 100},
                        .in = {.transport = DCF_TRANSPORT_HTTP, .token_file = w.token_path}};
    w.parties = (dcf_parties){.items = &w.party, .count = 1};
    dcf_http_in_config c = {
        .parties = &w.parties, .arrive = arrive, .media_type = media_type, .status = status};
    CU_ASSERT_FATAL(dcf_ok(dcf_http_in_new(&c, &w.in, NULL)));
    dcf_http_config h = {.listen = "127.0.0.1:0", .handler = handle};
    CU_ASSERT_FATAL(dcf_ok(dcf_http_server_open(&h, &w.server)));
    dcf_http_client_config hc = {0};
    CU_ASSERT_FATAL(dcf_ok(dcf_http_client_open(&hc, &w.client)));
}

static void close_world(void)
{
    dcf_http_client_close(w.client);
    dcf_http_server_close(w.server, 1000);
    dcf_http_in_close(w.in, 1000);
    unlink(w.token_path);
}

static dcf_http_result call(const char *method, const char *path, const char *token,
                            const char *type, const char *body)
{
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", dcf_http_server_port(w.server), path);
    dcf_http_header headers[] = {{"Content-Type", type},
                                 {"Idempotency-Key", "k1"},
                                 {token ? "Authorization" : NULL, token},
                                 {NULL, NULL}};
    dcf_http_call c = {
        .method = method, .url = url, .headers = headers, .body = dcf_span_str(body)};
    dcf_http_result r = {0};
    CU_ASSERT(dcf_ok(dcf_http_fetch(w.client, &c, &r)));
    return r;
}

static void expect(dcf_http_result r, int code, const char *text)
{
    CU_ASSERT_EQUAL(r.status, code);
    CU_ASSERT(text == NULL || strstr(dcf_buf_cstr(&r.body), text) != NULL);
    dcf_buf_fini(&r.body);
}

static const char *const MESSAGES = "/v1/links/essex/messages";
static const char *const TOKEN = "Bearer s3cret";
static const char *const JSON = "application/json; charset=utf-8";

static void accepted_is_202_with_id_and_place(void)
{
    open_world();
    expect(call("POST", MESSAGES, TOKEN, JSON, "{}"), 202,
           "\"status\":\"/v1/messages/essex:a%2F1\"");
    pthread_mutex_lock(&w.lock);
    CU_ASSERT_STRING_EQUAL(w.last_body, "{}");
    CU_ASSERT_STRING_EQUAL(w.last_id, "k1");
    pthread_mutex_unlock(&w.lock);
    expect(call("GET", "/v1/messages/essex:a%2F1", TOKEN, JSON, ""), 200, "accepted");
    expect(call("GET", "/v1/messages/essex:other", TOKEN, JSON, ""), 404, "DCF-6006");
    close_world();
}

static void refused_is_422_with_every_fault(void)
{
    open_world();
    set_mode(REFUSE);
    dcf_http_result r = call("POST", MESSAGES, TOKEN, JSON, "{}");
    CU_ASSERT(strstr(dcf_buf_cstr(&r.body), "DCF-2005") &&
              strstr(dcf_buf_cstr(&r.body), "DCF-2007"));
    expect(r, 422, "\"line\":9");
    close_world();
}

static void kafka_away_is_503(void)
{
    open_world();
    set_mode(BUSY);
    expect(call("POST", MESSAGES, TOKEN, JSON, "{}"), 503, "DCF-6004");
    close_world();
}

static void refuses_at_the_door(void)
{
    open_world();
    expect(call("POST", "/v1/links/none/messages", TOKEN, JSON, "{}"), 404, "DCF-6001");
    expect(call("POST", MESSAGES, NULL, JSON, "{}"), 401, "DCF-6002");
    expect(call("POST", MESSAGES, "Bearer s3cre", JSON, "{}"), 401, "DCF-6002");
    expect(call("POST", MESSAGES, "Bearer s3crets3cret", JSON, "{}"), 401, "DCF-6002");
    expect(call("POST", MESSAGES, TOKEN, "application/xml", "{}"), 415, "DCF-6003");
    expect(call("POST", MESSAGES, TOKEN, JSON, ""), 400, NULL);
    expect(call("GET", MESSAGES, TOKEN, JSON, ""), 405, NULL);
    expect(call("POST", "/v1/messages", TOKEN, JSON, "{}"), 404, "DCF-6006");
    expect(call("GET", "/v1/messages/essex:a%2F1", NULL, JSON, ""), 401, NULL);
    char big[200];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    expect(call("POST", MESSAGES, TOKEN, JSON, big), 413, "DCF-1005");
    close_world();
}

static void *post_held(void *self)
{
    (void)self;
    char command[256];
    snprintf(command, sizeof command,
             "curl -s -o /dev/null -H 'Authorization: Bearer s3cret' -H 'Content-Type: "
             "application/json' -d '{}' "
             "http://127.0.0.1:%u/v1/links/essex/messages",
             dcf_http_server_port(w.server));
    return system(command) == 0 ? self : NULL;
}

static size_t held_now(void)
{
    pthread_mutex_lock(&w.lock);
    size_t n = w.held_count;
    pthread_mutex_unlock(&w.lock);
    return n;
}

static void full_window_is_429_and_no_answer_before_the_word(void)
{
    open_world();
    set_mode(HOLD);
    pthread_t posts[2];
    for (int i = 0; i < 2; i++) pthread_create(&posts[i], NULL, post_held, &w);
    AWAIT(held_now() == 2);
    expect(call("POST", MESSAGES, TOKEN, JSON, "{}"), 429, "DCF-6004");
    for (int i = 0; i < 2; i++)
        give(w.held[i], DCF_VERDICT_ACCEPTED); /* from this thread, not the server's */
    for (int i = 0; i < 2; i++) {
        void *ok = NULL;
        pthread_join(posts[i], &ok);
        CU_ASSERT_PTR_NOT_NULL(ok);
    }
    set_mode(ACCEPT);
    expect(call("POST", MESSAGES, TOKEN, JSON, "{}"), 202, NULL);
    close_world();
}

#define TESTS(X)                                                                                   \
    X(accepted_is_202_with_id_and_place)                                                           \
    X(refused_is_422_with_every_fault)                                                             \
    X(kafka_away_is_503)                                                                           \
    X(refuses_at_the_door)                                                                         \
    X(full_window_is_429_and_no_answer_before_the_word)
UNIT_MAIN("http_in", TESTS)
