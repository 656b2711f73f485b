/*
 * server.c - see server.h. One libevent loop in one thread; other threads only
 * ever append to the list of answered requests and wake it.
 */
#include "http/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { RETRY_MS = 20 };

TAILQ_HEAD(held_list, dcf_http_request);
STAILQ_HEAD(ready_list, dcf_http_request);

struct dcf_http_server {
    dcf_http_config config;
    struct event_base *base;
    struct evhttp *http;
    struct evconnlistener *listener;
    struct event *wake, *accept_again;
    pthread_t thread;
    unsigned port;
    /* shared between threads */
    pthread_mutex_t lock;
    struct held_list held;       /* unanswered */
    struct ready_list ready;     /* answered, not yet taken by the loop */
    size_t refs;                 /* the owner's and one for every held request */
    bool ended;                  /* the loop is gone: answers go nowhere */
    _Atomic int64_t drain_until; /* monotonic ms; 0 while serving */
    /* the loop thread's */
    size_t unsent; /* handed to the HTTP library, not yet on the wire */
};

static void destroy(dcf_http_server *s)
{
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* One holder less; the last one ends the server. */
static void unref(dcf_http_server *s)
{
    pthread_mutex_lock(&s->lock);
    bool last = --s->refs == 0;
    pthread_mutex_unlock(&s->lock);
    if (last) destroy(s);
}

/* Frees an answered request. The loop runs, so the owner still holds the server: this is never the
 * last holder. */
static void retire(dcf_http_server *s, dcf_http_request *r)
{
    http_request_free(r);
    pthread_mutex_lock(&s->lock);
    s->refs--;
    pthread_mutex_unlock(&s->lock);
}

/* --- connections --- */

struct tally {
    evutil_socket_t listener, last;
    size_t sockets;
};

/* The loop lists the events of one socket one after another. */
static int count_socket(const struct event_base *base, const struct event *ev, void *self)
{
    (void)base;
    struct tally *t = self;
    evutil_socket_t fd = event_get_fd(ev);
    if (fd < 0 || fd == t->listener || fd == t->last) return 0;
    t->last = fd;
    t->sockets++;
    return 0;
}

/* The HTTP library does not count its connections: those that read or write are in the loop, beside
 * the loop's own waker; those whose request is held do neither. */
static size_t connections(dcf_http_server *s)
{
    struct tally t = {.listener = evconnlistener_get_fd(s->listener), .last = -1};
    event_base_foreach_event(s->base, count_socket, &t);
    pthread_mutex_lock(&s->lock);
    size_t held = s->refs - 1;
    pthread_mutex_unlock(&s->lock);
    return t.sockets + held - 1;
}

static void on_accept_again(evutil_socket_t fd, short what, void *self)
{
    (void)fd, (void)what;
    dcf_http_server *s = self;
    if (s->drain_until) return;
    if (connections(s) < s->config.limits.max_connections) {
        evconnlistener_enable(s->listener);
        return;
    }
    event_add(s->accept_again, &(struct timeval){.tv_usec = RETRY_MS * 1000L});
}

/* Called by the HTTP library for each accepted connection, before it is given its socket. */
static struct bufferevent *on_connection(struct event_base *base, void *self)
{
    dcf_http_server *s = self;
    struct bufferevent *bev = s->config.tls
                                  ? dcf_tls_bufferevent(s->config.tls, base, -1, NULL)
                                  : bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    /* Pipelined bytes behind a held request wait in the kernel, not here. */
    const dcf_http_limits *l = &s->config.limits;
    if (bev) bufferevent_setwatermark(bev, EV_READ, 0, l->max_body + l->max_header + 65536);
    if (connections(s) + 1 >= l->max_connections) {
        evconnlistener_disable(s->listener);
        event_add(s->accept_again, &(struct timeval){.tv_usec = RETRY_MS * 1000L});
    }
    return bev;
}

static struct timeval idle_time(const dcf_http_server *s)
{
    unsigned ms = s->config.limits.idle_ms;
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
}

/* --- requests --- */

static void on_request(struct evhttp_request *ev, void *self)
{
    dcf_http_server *s = self;
    dcf_http_request *r =
        s->drain_until ? NULL : http_request_new(s, ev, s->config.limits.max_header);
    if (!r) {
        evhttp_add_header(evhttp_request_get_output_headers(ev), "Connection", "close");
        evhttp_send_reply(ev, 503, "Service Unavailable", NULL);
        return;
    }
    pthread_mutex_lock(&s->lock);
    TAILQ_INSERT_TAIL(&s->held, r, all);
    s->refs++;
    pthread_mutex_unlock(&s->lock);
    s->config.handler(s->config.self, r);
}

static void on_sent(struct evhttp_request *ev, void *self)
{
    (void)ev;
    dcf_http_server *s = self;
    if (s->unsent) s->unsent--;
}

static void send_reply(dcf_http_server *s, dcf_http_request *r)
{
    struct evkeyvalq *out = evhttp_request_get_output_headers(r->ev);
    for (const dcf_http_header *h = r->reply_headers; h && h->name; h++)
        evhttp_add_header(out, h->name, h->value);
    if (s->drain_until) evhttp_add_header(out, "Connection", "close");
    s->unsent++;
    evhttp_request_set_on_complete_cb(r->ev, on_sent, s);
    evhttp_send_reply(r->ev, r->code, NULL, r->reply_body);
}

static void finish(dcf_http_server *s, dcf_http_request *r)
{
    struct evhttp_connection *con = evhttp_request_get_connection(r->ev);
    if (con && r->drop)
        evhttp_connection_free(con); /* and the request with it */
    else if (con)
        send_reply(s, r);
    else
        evhttp_send_reply(r->ev, r->code, NULL, NULL); /* the peer is gone: only frees */
    retire(s, r);
}

static bool drained(dcf_http_server *s)
{
    pthread_mutex_lock(&s->lock);
    bool idle = TAILQ_EMPTY(&s->held) && s->unsent == 0;
    bool over = s->drain_until && (idle || dcf_clock_mono_ms() >= s->drain_until);
    pthread_mutex_unlock(&s->lock);
    return over;
}

static void on_wake(evutil_socket_t fd, short what, void *self)
{
    (void)fd, (void)what;
    dcf_http_server *s = self;
    struct ready_list take = STAILQ_HEAD_INITIALIZER(take);
    pthread_mutex_lock(&s->lock);
    STAILQ_CONCAT(&take, &s->ready);
    bool draining = s->drain_until != 0;
    pthread_mutex_unlock(&s->lock);
    while (!STAILQ_EMPTY(&take)) {
        dcf_http_request *r = STAILQ_FIRST(&take);
        STAILQ_REMOVE_HEAD(&take, ready);
        finish(s, r);
    }
    if (!draining) return;
    evconnlistener_disable(s->listener);
    if (drained(s))
        event_base_loopbreak(s->base);
    else
        event_add(s->wake, &(struct timeval){.tv_usec = RETRY_MS * 1000L});
}

/* What is still held outlives the loop: its holder's answer will only free it. */
static void abandon_held(dcf_http_server *s)
{
    pthread_mutex_lock(&s->lock);
    s->ended = true;
    struct ready_list late = STAILQ_HEAD_INITIALIZER(late);
    STAILQ_CONCAT(&late, &s->ready);
    pthread_mutex_unlock(&s->lock);
    while (!STAILQ_EMPTY(&late)) {
        dcf_http_request *r = STAILQ_FIRST(&late);
        STAILQ_REMOVE_HEAD(&late, ready);
        retire(s, r);
    }
}

static void *run(void *self)
{
    dcf_http_server *s = self;
    event_base_loop(s->base, EVLOOP_NO_EXIT_ON_EMPTY);
    abandon_held(s);
    return NULL;
}

/* The answer is complete: hand it to the loop, or to nobody when there is none any more. */
static void hand_over(dcf_http_request *r)
{
    dcf_http_server *s = r->server;
    pthread_mutex_lock(&s->lock);
    TAILQ_REMOVE(&s->held, r, all);
    bool ended = s->ended;
    if (!ended) {
        STAILQ_INSERT_TAIL(&s->ready, r, ready);
        event_active(s->wake, EV_TIMEOUT, 0);
    }
    pthread_mutex_unlock(&s->lock);
    if (!ended) return;
    http_request_free(r);
    unref(s);
}

static const dcf_http_header *copy_reply_headers(dcf_http_request *r, const dcf_http_header *from,
                                                 const char *type)
{
    size_t n = 0;
    while (from && from[n].name) n++;
    dcf_http_header *to = dcf_arena_alloc(&r->arena, (n + 2) * sizeof *to);
    if (!to) return NULL;
    size_t k = 0;
    if (type) to[k++] = (dcf_http_header){"Content-Type", dcf_arena_strdup(&r->arena, type)};
    for (size_t i = 0; i < n; i++)
        to[k++] = (dcf_http_header){dcf_arena_strdup(&r->arena, from[i].name),
                                    dcf_arena_strdup(&r->arena, from[i].value)};
    for (size_t i = 0; i < k; i++)
        if (!to[i].name || !to[i].value) return NULL;
    return to;
}

void dcf_http_reply(dcf_http_request *r, int code, const dcf_http_header *headers,
                    const char *content_type, dcf_span body)
{
    r->code = code;
    r->reply_headers = copy_reply_headers(r, headers, content_type);
    r->reply_body = evbuffer_new();
    bool whole = r->reply_headers && r->reply_body &&
                 (!body.size || evbuffer_add(r->reply_body, body.data, body.size) == 0);
    if (!whole) r->code = 500;
    hand_over(r);
}

void dcf_http_drop(dcf_http_request *r)
{
    r->drop = true;
    hand_over(r);
}

/* --- opening and closing --- */

static unsigned port_of(evutil_socket_t fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at = {.v6 = {0}};
    socklen_t size = sizeof at;
    if (getsockname(fd, &at.any, &size) != 0) return 0;
    return ntohs(at.any.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
}

/* "127.0.0.1:0" or "[::1]:8080"; names are not resolved: which address they give is not ours to
 * guess. */
static struct addrinfo *parse_address(const char *text)
{
    const char *colon = strrchr(text, ':');
    char host[64], *end = NULL;
    if (!colon || !colon[1] || strtoul(colon + 1, &end, 10) > 65535 || *end) return NULL;
    bool bracketed = text[0] == '[' && colon > text + 1 && colon[-1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(colon - text) - 2 * bracketed, text + bracketed);
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *ret = NULL;
    return getaddrinfo(host, colon + 1, &hints, &ret) == 0 ? ret : NULL;
}

static dcf_status listen_on(dcf_http_server *s)
{
    struct addrinfo *at = parse_address(s->config.listen);
    if (!at) return DCF_ERR(CONFIG);
    s->listener = evconnlistener_new_bind(
        s->base, NULL, NULL, LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
        1024, at->ai_addr, (int)at->ai_addrlen);
    int error = errno;
    freeaddrinfo(at);
    if (!s->listener) return error == EADDRNOTAVAIL ? DCF_ERR(CONFIG) : DCF_ERR(UNAVAILABLE);
    /* Accepted sockets inherit it; without it small TLS answers wait 40 ms for an acknowledgement.
     */
    setsockopt(evconnlistener_get_fd(s->listener), IPPROTO_TCP, TCP_NODELAY, &(int){1},
               sizeof(int));
    s->port = port_of(evconnlistener_get_fd(s->listener));
    if (evhttp_bind_listener(s->http, s->listener)) return DCF_OK;
    evconnlistener_free(s->listener);
    return DCF_ERR(NOMEM);
}

static void set_defaults(dcf_http_limits *l)
{
    if (!l->max_body) l->max_body = 16u << 20;
    if (!l->max_header) l->max_header = 16u << 10;
    if (!l->idle_ms) l->idle_ms = 30000;
    if (!l->max_connections) l->max_connections = 1024;
    if (!l->max_memory) l->max_memory = 512u << 20;
    size_t fit = l->max_memory / (l->max_body + l->max_header);
    if (fit < l->max_connections) l->max_connections = fit > 1 ? (unsigned)fit : 1;
}

static dcf_status build(dcf_http_server *s)
{
    s->base = event_base_new();
    s->http = s->base ? evhttp_new(s->base) : NULL;
    if (!s->http) return DCF_ERR(NOMEM);
    s->wake = event_new(s->base, -1, 0, on_wake, s);
    s->accept_again = event_new(s->base, -1, 0, on_accept_again, s);
    if (!s->wake || !s->accept_again) return DCF_ERR(NOMEM);
    const dcf_http_limits *l = &s->config.limits;
    struct timeval idle = idle_time(s);
    evhttp_set_timeout_tv(s->http, &idle);
    evhttp_set_max_body_size(s->http, (ev_ssize_t)l->max_body);
    evhttp_set_max_headers_size(s->http, (ev_ssize_t)l->max_header);
    evhttp_set_flags(s->http, EVHTTP_SERVER_LINGERING_CLOSE); /* so that a 413 is read, not reset */
    evhttp_set_default_content_type(s->http, NULL);
    evhttp_set_allowed_methods(s->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
                                            EVHTTP_REQ_PUT | EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE |
                                            EVHTTP_REQ_OPTIONS);
    evhttp_set_bevcb(s->http, on_connection, s);
    evhttp_set_gencb(s->http, on_request, s);
    return listen_on(s);
}

static void destroy_loop(dcf_http_server *s)
{
    if (s->wake) event_free(s->wake);
    if (s->accept_again) event_free(s->accept_again);
    if (s->http) evhttp_free(s->http); /* with the listener and its connections */
    if (s->base) event_base_free(s->base);
}

static void use_threads(void)
{
    evthread_use_pthreads();
}

dcf_status dcf_http_server_open(const dcf_http_config *config, dcf_http_server **ret)
{
    static pthread_once_t threads = PTHREAD_ONCE_INIT;
    pthread_once(&threads, use_threads);
    dcf_http_server *s = calloc(1, sizeof *s);
    if (!s) return DCF_ERR(NOMEM);
    s->config = *config;
    set_defaults(&s->config.limits);
    s->refs = 1;
    TAILQ_INIT(&s->held);
    STAILQ_INIT(&s->ready);
    pthread_mutex_init(&s->lock, NULL);
    dcf_status status = build(s);
    if (dcf_ok(status) && pthread_create(&s->thread, NULL, run, s) != 0) status = DCF_ERR(NOMEM);
    if (dcf_failed(status)) {
        destroy_loop(s);
        unref(s);
        return status;
    }
    *ret = s;
    return DCF_OK;
}

unsigned dcf_http_server_port(const dcf_http_server *s)
{
    return s->port;
}

void dcf_http_server_close(dcf_http_server *s, unsigned deadline_ms)
{
    if (!s) return;
    pthread_mutex_lock(&s->lock);
    s->drain_until = dcf_clock_mono_ms() + deadline_ms;
    event_active(s->wake, EV_TIMEOUT, 0);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    destroy_loop(s);
    unref(s);
}
