/* http_in.c - see http_in.h. */
#include "transport/http/http_in.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/json_text.h"
#include "http/router.h"
#include "model/fault_json.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { TOKEN_MAX = 512, LINKS_MAX = 512 };

typedef struct http_door { /* one link that takes HTTP */
    const dcf_link *link;
    char token[TOKEN_MAX]; /* "": no token asked */
    atomic_size_t in_flight;
} http_door;

struct dcf_http_in {
    dcf_http_in_config config;
    http_door *doors;
    size_t door_count;
    pthread_mutex_t lock;
    pthread_cond_t settled;
    size_t in_flight; /* guarded by lock */
};

typedef struct http_arrival {
    dcf_arrival arrival;
    dcf_http_in *in;
    http_door *door;
    dcf_http_request *req;
} http_arrival;

/* --- answers -------------------------------------------------------------- */

static void reply_json(dcf_http_request *req, int code, const dcf_http_header *headers,
                       dcf_buf *json)
{
    dcf_http_reply(req, code, headers, "application/json", dcf_buf_span(json));
    dcf_buf_fini(json);
}

static void reply_fault(dcf_http_request *req, int http, dcf_fault_code code, const char *detail)
{
    dcf_arena arena;
    dcf_arena_init(&arena, 65536);
    dcf_faults faults;
    dcf_faults_init(&faults, &arena, 1);
    dcf_faults_add(&faults, code, 0, 0, "", "", "%s", detail);
    dcf_buf json = {0};
    dcf_buf_addc(&json, '{');
    dcf_faults_json_members(&faults, &json);
    dcf_buf_adds(&json, "}\n");
    const dcf_http_header retry[] = {{"Retry-After", "1"}, {NULL, NULL}};
    reply_json(req, http, http == 429 || http == 503 ? retry : NULL, &json);
    dcf_arena_fini(&arena);
}

static void add_escaped(dcf_buf *out, const char *s)
{
    for (; *s; s++) {
        bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
                     (*s >= '0' && *s <= '9') || strchr("-_.~:", *s);
        if (plain)
            dcf_buf_addc(out, *s);
        else
            dcf_buf_printf(out, "%%%02X", (unsigned)(uint8_t)*s);
    }
}

static void reply_verdict(dcf_http_request *req, const dcf_verdict *v)
{
    if (v->kind == DCF_VERDICT_BUSY) {
        reply_fault(req, 503, DCF_FAULT_TOO_BUSY, "Kafka does not confirm: nothing was kept");
        return;
    }
    bool accepted = v->kind == DCF_VERDICT_ACCEPTED;
    dcf_buf json = {0}, location = {0};
    dcf_buf_adds(&location, "/v1/messages/");
    add_escaped(&location, v->message_id);
    dcf_buf_addc(&json, '{');
    dcf_json_pair(&json, true, "messageId", v->message_id);
    dcf_json_pair(&json, false, "status", dcf_buf_cstr(&location));
    dcf_buf_addc(&json, ',');
    dcf_faults_json_members(v->faults, &json);
    dcf_buf_adds(&json, "}\n");
    const dcf_http_header headers[] = {{"Location", dcf_buf_cstr(&location)}, {NULL, NULL}};
    bool too_large =
        !accepted && v->faults->count && v->faults->items[0].code == DCF_FAULT_TOO_LARGE;
    reply_json(req, accepted ? 202 : too_large ? 413 : 422, headers, &json);
    dcf_buf_fini(&location);
}

static void settle(dcf_arrival *arrival, const dcf_verdict *v)
{
    http_arrival *a = (http_arrival *)arrival;
    dcf_http_in *in = a->in;
    reply_verdict(a->req, v);
    atomic_fetch_sub(&a->door->in_flight, 1);
    free(a);
    pthread_mutex_lock(&in->lock);
    in->in_flight--;
    pthread_cond_broadcast(&in->settled);
    pthread_mutex_unlock(&in->lock);
}

/* --- who may send what ---------------------------------------------------- */

/* Compares without telling by its time how much was right. */
static bool same_secret(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    unsigned diff = n != m;
    for (size_t i = 0; i < m; i++) diff |= (unsigned)(a[n ? i % n : 0] ^ b[i]);
    return diff == 0;
}

static bool is_authorised(const http_door *door, const dcf_http_request *req)
{
    if (!door->token[0]) return true;
    const char *given = dcf_http_get_header(req, "Authorization");
    return given && strncasecmp(given, "Bearer ", 7) == 0 && same_secret(given + 7, door->token);
}

static http_door *find_door(dcf_http_in *in, const char *name)
{
    for (size_t i = 0; name && i < in->door_count; i++)
        if (strcmp(in->doors[i].link->name, name) == 0) return &in->doors[i];
    return NULL;
}

static bool media_type_fits(const char *given, const char *wanted)
{
    if (!given) return false;
    size_t n = strcspn(given, "; \t");
    if (strlen(wanted) == n && strncasecmp(given, wanted, n) == 0) return true;
    return strcmp(wanted, "application/xml") == 0 && n == 8 &&
           strncasecmp(given, "text/xml", n) == 0;
}

/* 0 when the request may go to the gateway; else answered. */
static int refuse_early(dcf_http_in *in, http_door *door, dcf_http_request *req)
{
    if (!door)
        return reply_fault(req, 404, DCF_FAULT_UNKNOWN_LINK, "see the configuration of parties"), 1;
    if (!is_authorised(door, req))
        return reply_fault(req, 401, DCF_FAULT_NOT_AUTHORISED, "send Authorization: Bearer TOKEN"),
               1;
    const char *wanted = in->config.media_type(in->config.gateway, door->link);
    if (!wanted || !media_type_fits(dcf_http_get_header(req, "Content-Type"), wanted)) {
        char detail[160];
        snprintf(detail, sizeof detail, "send Content-Type: %s",
                 wanted ? wanted : "(no dialect is loaded)");
        return reply_fault(req, 415, DCF_FAULT_WRONG_MEDIA_TYPE, detail), 1;
    }
    if (dcf_http_body(req).size == 0)
        return reply_fault(req, 400, DCF_FAULT_NOT_WELL_FORMED, "the request has no body"), 1;
    if (atomic_load(&door->in_flight) >= door->link->window)
        return reply_fault(req, 429, DCF_FAULT_TOO_BUSY, "the link's window is full"), 1;
    return 0;
}

/* --- the two calls -------------------------------------------------------- */

static void post_message(void *self, dcf_http_request *req)
{
    dcf_http_in *in = self;
    http_door *door = find_door(in, dcf_http_param(req, "link"));
    if (refuse_early(in, door, req)) return;
    http_arrival *a = calloc(1, sizeof *a);
    if (!a) {
        reply_fault(req, 503, DCF_FAULT_TOO_BUSY, "out of memory");
        return;
    }
    const char *id = dcf_http_get_header(req, "Idempotency-Key");
    *a = (http_arrival){.in = in, .door = door, .req = req};
    a->arrival = (dcf_arrival){.link = door->link,
                               .body = dcf_http_body(req),
                               .name = "",
                               .source_id = id ? id : "",
                               .settle = settle};
    size_t most = door->link->limits.bytes ? door->link->limits.bytes : 4u << 20;
    if (a->arrival.body.size > most) a->arrival.fault = DCF_FAULT_TOO_LARGE;
    atomic_fetch_add(&door->in_flight, 1);
    pthread_mutex_lock(&in->lock);
    in->in_flight++;
    pthread_mutex_unlock(&in->lock);
    in->config.arrive(in->config.gateway, &a->arrival);
}

/* A message is shown to the link it came by: its id starts with the link's name. */
static http_door *door_of_message(dcf_http_in *in, const char *id)
{
    for (size_t i = 0; i < in->door_count; i++) {
        size_t n = strlen(in->doors[i].link->name);
        if (strncmp(id, in->doors[i].link->name, n) == 0 && id[n] == ':') return &in->doors[i];
    }
    return NULL;
}

static void get_message(void *self, dcf_http_request *req)
{
    dcf_http_in *in = self;
    const char *id = dcf_http_param(req, "id");
    http_door *door = id ? door_of_message(in, id) : NULL;
    dcf_buf json = {0};
    if (door && !is_authorised(door, req)) {
        reply_fault(req, 401, DCF_FAULT_NOT_AUTHORISED, "send Authorization: Bearer TOKEN");
        return;
    }
    if (!door || !in->config.status ||
        dcf_failed(in->config.status(in->config.gateway, id, &json))) {
        dcf_buf_fini(&json);
        reply_fault(req, 404, DCF_FAULT_NOTHING_HERE, "no such message, or not known yet");
        return;
    }
    reply_json(req, 200, NULL, &json);
}

void dcf_http_in_handle(dcf_http_in *in, dcf_http_request *req)
{
    static const dcf_http_route routes[] = {
        {"POST", "/v1/links/{link}/messages", post_message},
        {"GET", "/v1/messages/{id}", get_message},
    };
    enum { COUNT = sizeof routes / sizeof routes[0] };
    for (size_t i = 0; i < COUNT; i++)
        if (dcf_http_match(routes[i].pattern, dcf_http_path(req))) {
            dcf_http_dispatch(routes, COUNT, in, req);
            return;
        }
    reply_fault(req, 404, DCF_FAULT_NOTHING_HERE, "no such path");
}

/* --- life ----------------------------------------------------------------- */

static dcf_status read_token(http_door *door, dcf_yaml_error *err)
{
    const char *path = door->link->in.token_file;
    if (!path) return DCF_OK;
    dcf_buf text = {0};
    dcf_status s = dcf_buf_read_file(&text, path, TOKEN_MAX - 1);
    dcf_span token = dcf_span_trim(dcf_buf_span(&text));
    if (dcf_failed(s) || token.size == 0) {
        if (err)
            snprintf(err->text, sizeof err->text, "link %s: cannot read a token from %.150s",
                     door->link->name, path);
        s = DCF_ERR(CONFIG);
    } else {
        memcpy(door->token, token.data, token.size);
    }
    dcf_buf_fini(&text);
    return s;
}

dcf_status dcf_http_in_new(const dcf_http_in_config *config, dcf_http_in **ret, dcf_yaml_error *err)
{
    dcf_http_in *in = calloc(1, sizeof *in);
    if (!in) return DCF_ERR(NOMEM);
    in->config = *config;
    pthread_mutex_init(&in->lock, NULL);
    pthread_cond_init(&in->settled, NULL);
    in->doors = calloc(LINKS_MAX, sizeof *in->doors);
    dcf_status s = in->doors ? DCF_OK : DCF_ERR(NOMEM);
    for (size_t p = 0; p < config->parties->count && dcf_ok(s); p++) {
        const dcf_party *party = &config->parties->items[p];
        for (size_t l = 0; l < party->link_count && dcf_ok(s); l++) {
            const dcf_link *link = &party->links[l];
            if (!link->has_in || link->in.transport != DCF_TRANSPORT_HTTP ||
                in->door_count == LINKS_MAX)
                continue;
            in->doors[in->door_count].link = link;
            s = read_token(&in->doors[in->door_count++], err);
        }
    }
    if (dcf_failed(s))
        dcf_http_in_close(in, 0);
    else
        *ret = in;
    return s;
}

void dcf_http_in_close(dcf_http_in *in, uint64_t timeout_ms)
{
    if (!in) return;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)(timeout_ms / 1000);
    pthread_mutex_lock(&in->lock);
    while (in->in_flight && timeout_ms)
        if (pthread_cond_timedwait(&in->settled, &in->lock, &until) != 0) break;
    bool idle = in->in_flight == 0;
    pthread_mutex_unlock(&in->lock);
    if (!idle) return; /* a late settle still needs it: the process is ending anyway */
    pthread_mutex_destroy(&in->lock);
    pthread_cond_destroy(&in->settled);
    free(in->doors);
    free(in);
}
