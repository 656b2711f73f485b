/* test_client.c - the client against servers that answer, refuse, stay silent, cut, and against
 * TLS. */
#include "../security/certs.h"
#include "await.h"
#include "http/client.h"
#include "http/router.h"
#include "loopback.h"

static char url[128];

static void echo(void *self, dcf_http_request *r)
{
    (void)self;
    const char *key = dcf_http_get_header(r, "Idempotency-Key");
    const dcf_http_header headers[] = {
        {"ETag", "\"7\""}, {"Retry-After", "3"}, {"X-Key", key ? key : ""}, {NULL, NULL}};
    const char *who = dcf_http_peer_subject(r);
    dcf_span body = *who ? dcf_span_str(who) : dcf_http_body(r);
    int code = dcf_http_query(r, "code") ? atoi(dcf_http_query(r, "code")) : 200;
    dcf_http_reply(r, code, headers, "text/plain", body);
}

static void cut(void *self, dcf_http_request *r)
{
    (void)self;
    dcf_http_drop(r);
}

static dcf_http_request *held[64];
static _Atomic size_t held_count; /* written after the request it counts */

static void hold(void *self, dcf_http_request *r)
{
    (void)self;
    held[held_count] = r;
    held_count++;
}

static void app(void *self, dcf_http_request *r)
{
    static const dcf_http_route routes[] = {{"POST", "/echo", echo},
                                            {"GET", "/echo", echo},
                                            {"GET", "/cut", cut},
                                            {"GET", "/hold", hold}};
    dcf_http_dispatch(routes, sizeof routes / sizeof routes[0], self, r);
}

static dcf_http_server *serve(const dcf_tls *tls)
{
    dcf_http_server *s = NULL;
    dcf_http_config config = {.listen = "127.0.0.1:0", .tls = tls, .handler = app};
    if (dcf_failed(dcf_http_server_open(&config, &s))) abort();
    return s;
}

static dcf_http_client *client(dcf_http_client_config config)
{
    dcf_http_client *c = NULL;
    config.connect_ms = config.timeout_ms = PATIENCE_MS;
    if (dcf_failed(dcf_http_client_open(&config, &c))) abort();
    return c;
}

static const char *at(const dcf_http_server *s, const char *scheme, const char *path)
{
    snprintf(url, sizeof url, "%s://127.0.0.1:%u%s", scheme, dcf_http_server_port(s), path);
    return url;
}

typedef struct seen {
    int calls, status;
    dcf_http_trouble trouble;
    size_t body_size;
    bool truncated;
    char body[64], etag[16], key[16];
    uint64_t retry_after_ms;
} seen;

static void note(void *opaque, const dcf_http_answer *a)
{
    seen *n = opaque;
    n->calls++;
    n->status = dcf_http_answer_status(a);
    n->trouble = dcf_http_answer_trouble(a);
    n->retry_after_ms = dcf_http_answer_retry_after_ms(a);
    n->truncated = dcf_http_answer_truncated(a);
    n->body_size = dcf_http_answer_body(a).size;
    snprintf(n->body, sizeof n->body, "%.*s", (int)n->body_size,
             (const char *)dcf_http_answer_body(a).data);
    const char *etag = dcf_http_answer_header(a, "etag"), *key = dcf_http_answer_header(a, "X-Key");
    snprintf(n->etag, sizeof n->etag, "%s", etag ? etag : "");
    snprintf(n->key, sizeof n->key, "%s", key ? key : "");
}

static seen call(dcf_http_client *c, const dcf_http_call *what)
{
    seen n = {0};
    CU_ASSERT(dcf_ok(dcf_http_client_start(c, what, note, &n)));
    AWAIT(dcf_http_client_poll(c, 100) == 0);
    CU_ASSERT_EQUAL(n.calls, 1);
    return n;
}

static void posts_and_tells_status_headers_and_body(void)
{
    dcf_http_server *s = serve(NULL);
    dcf_http_client *c = client((dcf_http_client_config){0});
    const dcf_http_header headers[] = {{"Idempotency-Key", "k1"}, {"X-Empty", ""}, {NULL, NULL}};
    seen n = call(c, &(dcf_http_call){"POST", at(s, "http", "/echo?code=503"), headers,
                                      dcf_span_str("body"), 0});
    CU_ASSERT_EQUAL(n.status, 503);
    CU_ASSERT_EQUAL(n.trouble, DCF_HTTP_NO_TROUBLE);
    CU_ASSERT_STRING_EQUAL(n.body, "body");
    CU_ASSERT_STRING_EQUAL(n.etag, "\"7\"");
    CU_ASSERT_STRING_EQUAL(n.key, "k1");
    CU_ASSERT_EQUAL(n.retry_after_ms, 3000);
    n = call(c, &(dcf_http_call){"POST", at(s, "http", "/echo"), NULL, {0}, 0});
    CU_ASSERT_EQUAL(n.status, 200);
    CU_ASSERT_EQUAL(n.body_size, 0);
    dcf_http_client_close(c);
    dcf_http_server_close(s, 1000);
}

static void keeps_a_long_answer_up_to_the_cap(void)
{
    dcf_http_server *s = serve(NULL);
    dcf_http_client *c = client((dcf_http_client_config){.max_body = 1000});
    static char big[100000];
    memset(big, 'x', sizeof big);
    seen n = call(
        c, &(dcf_http_call){"POST", at(s, "http", "/echo"), NULL, dcf_span_of(big, sizeof big), 0});
    CU_ASSERT_EQUAL(n.status, 200);
    CU_ASSERT_EQUAL(n.body_size, 1000);
    CU_ASSERT(n.truncated);
    n = call(c, &(dcf_http_call){"POST", at(s, "http", "/echo"), NULL, dcf_span_of(big, 1000), 0});
    CU_ASSERT_EQUAL(n.body_size, 1000);
    CU_ASSERT_FALSE(n.truncated);
    dcf_http_client_close(c);
    dcf_http_server_close(s, 1000);
}

static void a_413_is_read_even_while_the_body_is_still_being_sent(void)
{
    dcf_http_server *s = NULL;
    dcf_http_config config = {
        .listen = "127.0.0.1:0", .limits = {.max_body = 1000}, .handler = app};
    CU_ASSERT_FATAL(dcf_ok(dcf_http_server_open(&config, &s)));
    dcf_http_client *c = client((dcf_http_client_config){0});
    static char big[20 << 20];
    for (int i = 0; i < 3; i++) {
        dcf_http_call too_big = {"POST", at(s, "http", "/echo"), NULL, dcf_span_of(big, sizeof big),
                                 0};
        CU_ASSERT_EQUAL(call(c, &too_big).status, 413);
    }
    dcf_http_client_close(c);
    dcf_http_server_close(s, 1000);
}

static void tells_transport_troubles_apart(void)
{
    dcf_http_server *s = serve(NULL);
    dcf_http_client *c = client((dcf_http_client_config){0});
    CU_ASSERT_EQUAL(call(c, &(dcf_http_call){"GET", at(s, "http", "/cut"), NULL, {0}, 0}).trouble,
                    DCF_HTTP_BROKEN);
    CU_ASSERT_EQUAL(
        call(c, &(dcf_http_call){"GET", at(s, "http", "/hold"), NULL, {0}, 200}).trouble,
        DCF_HTTP_TIMEOUT);
    CU_ASSERT_EQUAL(
        call(c, &(dcf_http_call){"GET", "http://no-such-host.invalid/", NULL, {0}, 0}).trouble,
        DCF_HTTP_RESOLVE);
    CU_ASSERT_EQUAL(call(c, &(dcf_http_call){"GET", "file:///etc/hostname", NULL, {0}, 0}).trouble,
                    DCF_HTTP_BAD_REQUEST);
    CU_ASSERT_EQUAL(call(c, &(dcf_http_call){"GET", at(s, "https", "/echo"), NULL, {0}, 0}).trouble,
                    DCF_HTTP_TLS);
    at(s, "http", "/echo");
    for (size_t i = 0; i < held_count; i++) dcf_http_reply(held[i], 200, NULL, NULL, (dcf_span){0});
    held_count = 0;
    dcf_http_server_close(s, 1000);
    seen n = call(c, &(dcf_http_call){"GET", url, NULL, {0}, 0});
    CU_ASSERT_EQUAL(n.trouble, DCF_HTTP_CONNECT);
    CU_ASSERT_EQUAL(n.status, 0);
    dcf_http_client_close(c);
}

static void many_calls_run_at_once_and_each_is_told_once(void)
{
    enum { N = 200 };
    dcf_http_server *s = serve(NULL);
    dcf_http_client *c = client((dcf_http_client_config){.max_connections = 8});
    static seen n[N];
    memset(n, 0, sizeof n);
    for (int i = 0; i < N; i++) {
        dcf_http_call one = {"POST", at(s, "http", "/echo"), NULL, dcf_span_str("abc"), 0};
        CU_ASSERT(dcf_ok(dcf_http_client_start(c, &one, note, &n[i])));
    }
    while (dcf_http_client_poll(c, 1000)) {
    }
    for (int i = 0; i < N; i++) CU_ASSERT(n[i].calls == 1 && n[i].status == 200);
    dcf_http_client_close(c);
    dcf_http_server_close(s, 1000);
}

static void closing_tells_what_was_in_flight(void)
{
    dcf_http_server *s = serve(NULL);
    dcf_http_client *c = client((dcf_http_client_config){0});
    seen n = {0};
    CU_ASSERT(dcf_ok(dcf_http_client_start(
        c, &(dcf_http_call){"GET", at(s, "http", "/hold"), NULL, {0}, 0}, note, &n)));
    AWAIT(dcf_http_client_poll(c, 20) && held_count == 1);
    dcf_http_client_close(c);
    CU_ASSERT_EQUAL(n.calls, 1);
    CU_ASSERT_EQUAL(n.trouble, DCF_HTTP_ABORTED);
    dcf_http_reply(held[0], 200, NULL, NULL, (dcf_span){0});
    held_count = 0;
    dcf_http_server_close(s, 1000);
}

static void fetch_waits_for_one_answer(void)
{
    dcf_http_server *s = serve(NULL);
    dcf_http_client *c = client((dcf_http_client_config){0});
    dcf_http_result r = {0};
    CU_ASSERT(dcf_ok(dcf_http_fetch(
        c, &(dcf_http_call){"POST", at(s, "http", "/echo"), NULL, dcf_span_str("x"), 0}, &r)));
    CU_ASSERT_EQUAL(r.status, 200);
    CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&r.body), "x");
    dcf_buf_fini(&r.body);
    CU_ASSERT(
        dcf_is(dcf_http_fetch(c, &(dcf_http_call){"GET", at(s, "http", "/cut"), NULL, {0}, 0}, &r),
               DCF_E_UNAVAILABLE));
    CU_ASSERT_EQUAL(r.trouble, DCF_HTTP_BROKEN);
    dcf_http_client_close(c);
    dcf_http_server_close(s, 1000);
}

static void mutual_tls_names_the_client_and_refuses_strangers(void)
{
    certs_make();
    dcf_tls *tls = NULL;
    dcf_tls_files files = {certs_path("server.pem"), certs_path("server.key"), certs_path("ca.pem"),
                           true};
    CU_ASSERT_FATAL(dcf_ok(dcf_tls_open(DCF_TLS_SERVER, &files, &tls, NULL)));
    dcf_http_server *s = serve(tls);
    const dcf_http_call get = {"GET", at(s, "https", "/echo"), NULL, {0}, 0};
    dcf_http_client *c = client((dcf_http_client_config){.ca = certs_path("ca.pem"),
                                                         .cert = certs_path("client.pem"),
                                                         .key = certs_path("client.key")});
    seen n = call(c, &get);
    CU_ASSERT_EQUAL(n.status, 200);
    CU_ASSERT_STRING_EQUAL(n.body, "force-45");
    int64_t took = 40; /* without TCP_NODELAY each waits so long for an acknowledgement */
    for (int i = 0; i < 200 && took >= 40; i++) {
        int64_t began = dcf_clock_mono_ms();
        CU_ASSERT_EQUAL(call(c, &get).status, 200);
        took = dcf_clock_mono_ms() - began;
    }
    CU_ASSERT(took < 40);
    dcf_http_client_close(c);
    /* no certificate: refused; TLS 1.3 tells it only after the request, so the class is not always
     * TLS */
    c = client((dcf_http_client_config){.ca = certs_path("ca.pem")});
    n = call(c, &get);
    CU_ASSERT_EQUAL(n.status, 0);
    CU_ASSERT(n.trouble == DCF_HTTP_TLS || n.trouble == DCF_HTTP_BROKEN);
    dcf_http_client_close(c);
    /* a certificate of nobody known */
    c = client((dcf_http_client_config){.ca = certs_path("ca.pem"),
                                        .cert = certs_path("other.pem"),
                                        .key = certs_path("other.key")});
    CU_ASSERT_EQUAL(call(c, &get).status, 0);
    dcf_http_client_close(c);
    /* a server whose authority is not ours */
    c = client((dcf_http_client_config){.ca = certs_path("other.pem"),
                                        .cert = certs_path("client.pem"),
                                        .key = certs_path("client.key")});
    CU_ASSERT_EQUAL(call(c, &get).trouble, DCF_HTTP_TLS);
    dcf_http_client_close(c);
    /* TLS 1.1 */
    char command[256];
    snprintf(command, sizeof command,
             "openssl s_client -connect 127.0.0.1:%u -tls1_1 -cipher DEFAULT@SECLEVEL=0 </dev/null "
             ">/dev/null 2>&1",
             dcf_http_server_port(s));
    CU_ASSERT_NOT_EQUAL(system(command), 0);
    dcf_http_server_close(s, 1000);
    dcf_tls_free(tls);
    certs_remove();
}

#define TESTS(X)                                                                                   \
    X(posts_and_tells_status_headers_and_body)                                                     \
    X(keeps_a_long_answer_up_to_the_cap)                                                           \
    X(a_413_is_read_even_while_the_body_is_still_being_sent)                                       \
    X(tells_transport_troubles_apart)                                                              \
    X(many_calls_run_at_once_and_each_is_told_once)                                                \
    X(closing_tells_what_was_in_flight)                                                            \
    X(fetch_waits_for_one_answer) X(mutual_tls_names_the_client_and_refuses_strangers)
UNIT_MAIN("client", TESTS)
