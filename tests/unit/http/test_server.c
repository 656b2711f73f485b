/* test_server.c - the server over real loopback sockets, with peers that keep the rules and peers
 * that do not. */
#include "await.h"
#include "http/router.h"
#include "loopback.h"

#include <pthread.h>
#include <stdatomic.h>

static char got[65536];

/* --- a small application --- */

static void echo(void *self, dcf_http_request *r)
{
    (void)self;
    const dcf_http_header headers[] = {
        {"X-Method", dcf_http_method(r)}, {"X-Peer", dcf_http_peer(r)}, {NULL, NULL}};
    dcf_http_reply(r, 201, headers, "text/plain", dcf_http_body(r));
}

static void show(void *self, dcf_http_request *r)
{
    (void)self;
    char text[256];
    const char *q = dcf_http_query(r, "q"), *none = dcf_http_query(r, "none"),
               *h = dcf_http_get_header(r, "x-key");
    snprintf(text, sizeof text, "urn=%s q=%s none=%s key=%s.", dcf_http_param(r, "urn"),
             q ? q : "-", none ? none : "-", h ? h : "-");
    dcf_http_reply(r, 200, NULL, "text/plain", dcf_span_str(text));
}

static void cut(void *self, dcf_http_request *r)
{
    (void)self;
    dcf_http_drop(r);
}

static dcf_http_request *_Atomic parked;

static void park(void *self, dcf_http_request *r)
{
    (void)self;
    atomic_store(&parked, r);
}

static dcf_http_request *take_parked(void)
{
    dcf_http_request *r;
    AWAIT((r = atomic_exchange(&parked, NULL)));
    return r;
}

static void app(void *self, dcf_http_request *r)
{
    static const dcf_http_route routes[] = {{"POST", "/echo", echo},
                                            {"PUT", "/echo", echo},
                                            {"GET", "/urns/{urn}/show", show},
                                            {"GET", "/park", park},
                                            {"GET", "/cut", cut}};
    dcf_http_dispatch(routes, sizeof routes / sizeof routes[0], self, r);
}

static dcf_http_server *start(dcf_http_limits limits)
{
    dcf_http_server *s = NULL;
    dcf_http_config config = {.listen = "127.0.0.1:0", .limits = limits, .handler = app};
    if (dcf_failed(dcf_http_server_open(&config, &s))) abort();
    return s;
}

/* --- tests --- */

static void echoes_body_header_and_keeps_the_connection(void)
{
    dcf_http_server *s = start((dcf_http_limits){0});
    int fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    for (int i = 0; i < 3; i++) {
        loopback_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
        CU_ASSERT_EQUAL(loopback_expect(fd, "hello", got, sizeof got), 1);
        CU_ASSERT(strncmp(got, "HTTP/1.1 201 ", 13) == 0);
        CU_ASSERT(strstr(got, "X-Method: POST") != NULL);
        CU_ASSERT(strstr(got, "X-Peer: 127.0.0.1") != NULL);
        CU_ASSERT(strstr(got, "Content-Type: text/plain") != NULL);
    }
    close(fd);
    dcf_http_server_close(s, 1000);
}

static void reads_a_chunked_body(void)
{
    dcf_http_server *s = start((dcf_http_limits){0});
    int fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    loopback_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                      "chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
    CU_ASSERT_EQUAL(loopback_expect(fd, "abcdefg", got, sizeof got), 1);
    close(fd);
    dcf_http_server_close(s, 1000);
}

static void gives_parameters_query_and_headers_decoded(void)
{
    dcf_http_server *s = start((dcf_http_limits){0});
    int fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    loopback_send(
        fd,
        "GET /urns/01AB1234526%2F2%zz/show?q=a%20b&x=1 HTTP/1.1\r\nHost: x\r\nX-KEY: k\r\n\r\n");
    CU_ASSERT_EQUAL(
        loopback_expect(fd, "urn=01AB1234526/2%zz q=a b none=- key=k.", got, sizeof got), 1);
    close(fd);
    dcf_http_server_close(s, 1000);
}

static void answers_404_and_405_with_allow(void)
{
    dcf_http_server *s = start((dcf_http_limits){0});
    int fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    loopback_send(fd, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    CU_ASSERT_EQUAL(loopback_expect(fd, "HTTP/1.1 404", got, sizeof got), 1);
    close(fd);
    fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    loopback_send(fd, "DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    CU_ASSERT_EQUAL(
        loopback_expect(fd, "{\"error\":\"this path does not take this method\"}", got, sizeof got),
        1);
    CU_ASSERT(strncmp(got, "HTTP/1.1 405", 12) == 0);
    CU_ASSERT(strstr(got, "Allow: POST, PUT\r\n") != NULL);
    close(fd);
    dcf_http_server_close(s, 1000);
}

static void refuses_a_body_over_the_limit_with_413(void)
{
    dcf_http_server *s = start((dcf_http_limits){.max_body = 1000});
    int fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    char body[1001], head[] = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n";
    memset(body, 'b', sizeof body);
    loopback_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
    CU_ASSERT_EQUAL(send(fd, body, 1001, MSG_NOSIGNAL),
                    1001); /* read to the end, so that the answer is not reset */
    CU_ASSERT_EQUAL(loopback_expect(fd, "HTTP/1.1 413", got, sizeof got), 1);
    close(fd);
    fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    loopback_send(fd,
                  "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n");
    CU_ASSERT_EQUAL(loopback_expect(fd, "HTTP/1.1 413", got, sizeof got), 1);
    close(fd);
    fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    loopback_send(fd, head);
    CU_ASSERT_EQUAL(send(fd, body, 1000, MSG_NOSIGNAL), 1000);
    CU_ASSERT_EQUAL(loopback_expect(fd, "HTTP/1.1 201", got, sizeof got), 1);
    close(fd);
    dcf_http_server_close(s, 1000);
}

static void refuses_headers_over_the_limit(void)
{
    dcf_http_server *s = start((dcf_http_limits){.max_header = 2000});
    int fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    char big[4000];
    snprintf(big, sizeof big, "GET /park HTTP/1.1\r\nHost: x\r\nX-Big: %03000d\r\n\r\n", 1);
    loopback_send(fd, big);
    loopback_expect(fd, "\r\n\r\n", got, sizeof got);
    CU_ASSERT(strncmp(got, "HTTP/1.1 4", 10) == 0);
    CU_ASSERT_PTR_NULL(atomic_load(&parked));
    close(fd);
    dcf_http_server_close(s, 1000);
}

static void is_not_stopped_by_nonsense(void)
{
    static const char *const nonsense[] = {
        "\x16\x03\x01\x02\x00\x01",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\r\n\r\n\r\n",
        "POST /echo HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"};
    dcf_http_server *s = start((dcf_http_limits){0});
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        int fd = loopback_connect(dcf_http_server_port(s), 100);
        loopback_send(fd, nonsense[i]);
        loopback_expect(fd, "\r\n\r\n", got, sizeof got);
        CU_ASSERT(strstr(got, " 201 ") == NULL && strstr(got, " 200 ") == NULL);
        close(fd);
    }
    int fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    loopback_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok");
    CU_ASSERT_EQUAL(loopback_expect(fd, "ok", got, sizeof got), 1);
    close(fd);
    dcf_http_server_close(s, 1000);
}

static bool has_ended(int fd)
{
    char byte;
    ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN);
}

static void *answer_later(void *self)
{
    usleep(900000); /* three times the idle limit: a held request is not idle */
    dcf_http_reply(self, 202, NULL, "text/plain", dcf_span_str("late"));
    return NULL;
}

static void holds_a_request_until_another_thread_answers(void)
{
    dcf_http_server *s = start((dcf_http_limits){.idle_ms = 300});
    dcf_http_request *r = NULL;
    int fd, other, heard;
    do { /* again where it was idle for too long before it could say something */
        fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
        loopback_send(fd, "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
        AWAIT((r = atomic_exchange(&parked, NULL)) || has_ended(fd));
        if (!r) close(fd);
    } while (!r);
    pthread_t t;
    pthread_create(&t, NULL, answer_later, r);
    /* others are served meanwhile */
    do {
        other = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
        loopback_send(other, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok");
        heard = loopback_expect(other, "ok", got, sizeof got);
        close(other);
    } while (heard == 0);
    CU_ASSERT_EQUAL(heard, 1);
    CU_ASSERT_EQUAL(loopback_expect(fd, "late", got, sizeof got), 1);
    CU_ASSERT(strncmp(got, "HTTP/1.1 202", 12) == 0);
    /* after the answer the connection is idle again, and ends */
    CU_ASSERT_EQUAL(loopback_expect(fd, NULL, got, sizeof got), 0);
    pthread_join(t, NULL);
    close(fd);
    dcf_http_server_close(s, 1000);
}

static void survives_a_peer_that_leaves_while_held(void)
{
    dcf_http_server *s = start((dcf_http_limits){0});
    int fd = loopback_connect(dcf_http_server_port(s), 1000);
    loopback_send(fd, "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
    dcf_http_request *r = take_parked();
    close(fd);
    usleep(100000);
    CU_ASSERT_STRING_EQUAL(dcf_http_path(r), "/park");
    dcf_http_reply(r, 200, NULL, NULL, dcf_span_str("nobody"));
    dcf_http_server_close(s, 1000);
}

static void ends_a_connection_that_says_nothing(void)
{
    dcf_http_server *s = start((dcf_http_limits){.idle_ms = 200});
    int silent = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    int half = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    loopback_send(half, "POST /echo HTTP/1.1\r\nContent-Le");
    CU_ASSERT_EQUAL(loopback_expect(silent, NULL, got, sizeof got), 0);
    CU_ASSERT_EQUAL(loopback_expect(half, NULL, got, sizeof got), 0);
    close(silent);
    close(half);
    dcf_http_server_close(s, 1000);
}

static void more_connections_than_allowed_wait_their_turn(void)
{
    enum { MAX = 4 };
    dcf_http_server *s = start((dcf_http_limits){.max_connections = MAX});
    int fds[MAX];
    for (int i = 0; i < MAX; i++) {
        fds[i] = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
        loopback_send(fds[i], "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok");
        CU_ASSERT_EQUAL(loopback_expect(fds[i], "ok", got, sizeof got), 1);
    }
    int late = loopback_connect(dcf_http_server_port(s), 300);
    loopback_send(late, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok");
    CU_ASSERT_EQUAL(loopback_expect(late, "ok", got, sizeof got), -1);
    close(fds[0]);
    loopback_wait(late, PATIENCE_MS);
    CU_ASSERT_EQUAL(loopback_expect(late, "ok", got, sizeof got), 1);
    for (int i = 1; i < MAX; i++) close(fds[i]);
    close(late);
    dcf_http_server_close(s, 1000);
}

static void held_requests_count_as_connections(void)
{
    enum { MAX = 4 };
    dcf_http_server *s = start((dcf_http_limits){.max_connections = MAX});
    int fds[MAX];
    dcf_http_request *r[MAX];
    for (int i = 0; i < MAX; i++) {
        fds[i] = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
        loopback_send(fds[i], "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
        r[i] = take_parked();
    }
    int late = loopback_connect(dcf_http_server_port(s), 300);
    loopback_send(late, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok");
    CU_ASSERT_EQUAL(loopback_expect(late, "ok", got, sizeof got), -1);
    for (int i = 0; i < MAX; i++) dcf_http_reply(r[i], 200, NULL, NULL, dcf_span_str("end"));
    close(fds[0]);
    loopback_wait(late, PATIENCE_MS);
    CU_ASSERT_EQUAL(loopback_expect(late, "ok", got, sizeof got), 1);
    for (int i = 1; i < MAX; i++) close(fds[i]);
    close(late);
    dcf_http_server_close(s, 1000);
}

static void drops_without_an_answer_when_told(void)
{
    dcf_http_server *s = start((dcf_http_limits){0});
    int fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    loopback_send(fd, "GET /cut HTTP/1.1\r\nHost: x\r\n\r\n");
    CU_ASSERT_EQUAL(loopback_expect(fd, NULL, got, sizeof got), 0);
    CU_ASSERT_EQUAL(got[0], 0);
    close(fd);
    dcf_http_server_close(s, 1000);
}

/* Whether it is told so, and not served any more. */
static bool is_closing(int fd)
{
    loopback_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok");
    CU_ASSERT_EQUAL_FATAL(loopback_expect(fd, "\r\n\r\n", got, sizeof got), 1);
    return strstr(got, "HTTP/1.1 503") != NULL;
}

static void *close_server(void *self)
{
    dcf_http_server_close(self, 2 * PATIENCE_MS);
    return NULL;
}

static void closing_answers_what_is_in_flight_and_accepts_no_more(void)
{
    dcf_http_server *s = start((dcf_http_limits){0});
    unsigned port = dcf_http_server_port(s);
    int fd = loopback_connect(port, PATIENCE_MS), idle = loopback_connect(port, PATIENCE_MS);
    loopback_send(fd, "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
    dcf_http_request *r = take_parked();
    pthread_t t;
    pthread_create(&t, NULL, close_server, s);
    AWAIT(is_closing(idle));
    dcf_http_reply(r, 200, NULL, NULL, dcf_span_str("last words"));
    CU_ASSERT_EQUAL(loopback_expect(fd, "last words", got, sizeof got), 1);
    CU_ASSERT(strstr(got, "Connection: close") != NULL);
    int64_t before = dcf_clock_mono_ms();
    pthread_join(t, NULL);
    CU_ASSERT(dcf_clock_mono_ms() - before < PATIENCE_MS); /* not the whole deadline */
    close(fd);
    close(idle);
}

static void a_request_held_past_the_deadline_may_still_be_answered(void)
{
    dcf_http_server *s = start((dcf_http_limits){0});
    int fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    loopback_send(fd, "GET /park HTTP/1.1\r\nHost: x\r\nX-Key: kept\r\n\r\n");
    dcf_http_request *r = take_parked();
    dcf_http_server_close(s, 100);
    CU_ASSERT_EQUAL(loopback_expect(fd, NULL, got, sizeof got), 0);
    CU_ASSERT_STRING_EQUAL(dcf_http_get_header(r, "X-Key"), "kept");
    dcf_http_reply(r, 200, NULL, NULL, dcf_span_str("into the void"));
    close(fd);
}

static void says_why_it_cannot_listen(void)
{
    dcf_http_server *s = start((dcf_http_limits){0}), *second = NULL;
    char taken[32];
    snprintf(taken, sizeof taken, "127.0.0.1:%u", dcf_http_server_port(s));
    CU_ASSERT(
        dcf_is(dcf_http_server_open(&(dcf_http_config){.listen = taken, .handler = app}, &second),
               DCF_E_UNAVAILABLE));
    CU_ASSERT(dcf_is(
        dcf_http_server_open(&(dcf_http_config){.listen = "nonsense", .handler = app}, &second),
        DCF_E_CONFIG));
    CU_ASSERT(dcf_is(dcf_http_server_open(
                         &(dcf_http_config){.listen = "127.0.0.1:99999", .handler = app}, &second),
                     DCF_E_CONFIG));
    CU_ASSERT_PTR_NULL(second);
    dcf_http_server_close(s, 100);
}

#define TESTS(X)                                                                                   \
    X(echoes_body_header_and_keeps_the_connection)                                                 \
    X(reads_a_chunked_body)                                                                        \
    X(gives_parameters_query_and_headers_decoded)                                                  \
    X(answers_404_and_405_with_allow)                                                              \
    X(refuses_a_body_over_the_limit_with_413)                                                      \
    X(refuses_headers_over_the_limit)                                                              \
    X(is_not_stopped_by_nonsense)                                                                  \
    X(holds_a_request_until_another_thread_answers)                                                \
    X(survives_a_peer_that_leaves_while_held)                                                      \
    X(ends_a_connection_that_says_nothing)                                                         \
    X(more_connections_than_allowed_wait_their_turn)                                               \
    X(held_requests_count_as_connections)                                                          \
    X(drops_without_an_answer_when_told)                                                           \
    X(closing_answers_what_is_in_flight_and_accepts_no_more)                                       \
    X(a_request_held_past_the_deadline_may_still_be_answered)                                      \
    X(says_why_it_cannot_listen)
UNIT_MAIN("server", TESTS)
