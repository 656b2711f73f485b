/* road_http.c - see road_http.h. */
#include "road_http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { IN_FLIGHT = 16, DIGITS = 5 };

/* --- the server ------------------------------------------------------------------------------- */

static void take(struct evhttp_request *r, void *self)
{
    road_sink *s = self;
    struct evbuffer *body = evhttp_request_get_input_buffer(r);
    size_t size = evbuffer_get_length(body);
    if (size && size <= ROAD_BODY_MAX) s->last_size = (size_t)evbuffer_remove(body, s->last, size);
    atomic_fetch_add(&s->taken, 1);
    evhttp_send_reply(r, 202, NULL, NULL);
}

static void serve(road_sink *s)
{
    struct event_base *base = event_base_new();
    struct evhttp *http = base ? evhttp_new(base) : NULL;
    struct evhttp_bound_socket *bound =
        http ? evhttp_bind_socket_with_handle(http, "127.0.0.1", 0) : NULL;
    struct sockaddr_in at = {0};
    socklen_t size = sizeof at;
    if (!bound ||
        getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&at, &size) != 0)
        return;
    evhttp_set_max_body_size(http, ROAD_BODY_MAX);
    evhttp_set_gencb(http, take, s);
    atomic_store(&s->port, ntohs(at.sin_port));
    event_base_dispatch(base);
}

road_sink *road_sink_start(void)
{
    road_sink *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED) return NULL;
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* never left behind */
        serve(s);
        _exit(1);
    }
    s->pid = pid;
    for (int i = 0; pid > 0 && i < 1000; i++) {
        if (atomic_load(&s->port)) return s;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    road_sink_stop(s);
    return NULL;
}

void road_sink_stop(road_sink *s)
{
    if (s->pid > 0) {
        (void)kill(s->pid, SIGKILL);
        (void)waitpid(s->pid, NULL, 0);
    }
    munmap(s, sizeof *s);
}

/* --- the client ------------------------------------------------------------------------------- */

typedef struct slot {
    CURL *easy;
    struct curl_slist *headers;
    char *body;
    size_t number;
} slot;

typedef struct poster {
    const road_letter *letters;
    size_t kinds, next, until, taken;
    CURLM *multi;
    slot slots[IN_FLIGHT];
} poster;

/* Its own number, wherever a document has one: URN 45GU00101 26, message ids. */
static void set_number(char *body, size_t size, size_t number)
{
    static const char *const before[] = {"45GU", "5a7e11c0-45f0-4d1b-9c3e-0000000",
                                         "e55e0003-1c4e-4f2a-8a42-0000000"};
    char digits[DIGITS + 1];
    snprintf(digits, sizeof digits, "%05zu", number % 100000);
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        size_t skip = strlen(before[i]);
        char *at = memmem(body, size, before[i], skip);
        if (at && at + skip + DIGITS <= body + size) memcpy(at + skip, digits, DIGITS);
    }
}

static size_t ignore(char *data, size_t size, size_t n, void *self)
{
    (void)data;
    (void)self;
    return size * n;
}

static bool begin(poster *p, slot *s, size_t number)
{
    const road_letter *l = &p->letters[number % p->kinds];
    s->number = number;
    s->body = realloc(s->body, l->body.size);
    curl_slist_free_all(s->headers);
    char type[96];
    snprintf(type, sizeof type, "Content-Type: %s", l->media_type);
    s->headers = curl_slist_append(curl_slist_append(NULL, type), "Expect:");
    if (!s->body || !s->headers) return false;
    memcpy(s->body, l->body.data, l->body.size);
    set_number(s->body, l->body.size, number);
    curl_easy_setopt(s->easy, CURLOPT_URL, l->url);
    curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
    curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, s->body);
    curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE, (long)l->body.size);
    return !curl_multi_add_handle(p->multi, s->easy);
}

/* Taken: the next one. Refused for now: the same again. */
static bool answered(poster *p, CURL *easy)
{
    slot *s = NULL;
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&s);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    curl_multi_remove_handle(p->multi, easy);
    if (code == 202) {
        p->taken++;
        return p->next == p->until || begin(p, s, p->next++);
    }
    if (code == 429 || code == 503) {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        return begin(p, s, s->number);
    }
    if (code) fprintf(stderr, "bench: a document was answered %ld\n", code);
    return false;
}

static bool open_slots(poster *p)
{
    p->multi = curl_multi_init();
    bool ok = p->multi != NULL;
    for (size_t i = 0; ok && i < IN_FLIGHT && p->next < p->until; i++) {
        slot *s = &p->slots[i];
        ok = (s->easy = curl_easy_init()) != NULL;
        if (!ok) break;
        curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s);
        curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, ignore);
        curl_easy_setopt(s->easy, CURLOPT_TCP_NODELAY, 1L);
        ok = begin(p, s, p->next++);
    }
    return ok;
}

static void close_slots(poster *p)
{
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        slot *s = &p->slots[i];
        if (s->easy) curl_multi_remove_handle(p->multi, s->easy);
        curl_easy_cleanup(s->easy);
        curl_slist_free_all(s->headers);
        free(s->body);
    }
    curl_multi_cleanup(p->multi);
}

bool road_post(const road_letter *letters, size_t kinds, size_t first, size_t count)
{
    poster p = {.letters = letters, .kinds = kinds, .next = first, .until = first + count};
    bool ok = open_slots(&p);
    while (ok && p.taken < count) {
        int left = 0;
        ok = !curl_multi_perform(p.multi, &left);
        CURLMsg *m;
        while (ok && (m = curl_multi_info_read(p.multi, &left))) ok = answered(&p, m->easy_handle);
        if (ok && p.taken < count) curl_multi_poll(p.multi, NULL, 0, 100, NULL);
    }
    close_slots(&p);
    return ok;
}
