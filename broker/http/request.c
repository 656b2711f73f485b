/* request.c - see request.h: copies a request out of the HTTP library, and reads it. */
#include "http/request.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>
#include <strings.h>

static const char *method_name(enum evhttp_cmd_type type)
{
    static const struct {
        enum evhttp_cmd_type type;
        const char *name;
    } names[] = {{EVHTTP_REQ_GET, "GET"},        {EVHTTP_REQ_POST, "POST"},
                 {EVHTTP_REQ_HEAD, "HEAD"},      {EVHTTP_REQ_PUT, "PUT"},
                 {EVHTTP_REQ_PATCH, "PATCH"},    {EVHTTP_REQ_DELETE, "DELETE"},
                 {EVHTTP_REQ_OPTIONS, "OPTIONS"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].type == type) return names[i].name;
    return "?";
}

static bool copy_headers(dcf_http_request *r, const struct evkeyvalq *from)
{
    const struct evkeyval *h;
    TAILQ_FOREACH(h, from, next)
    {
        if (r->header_count == HTTP_MAX_HEADERS) return false;
        dcf_http_header *to = &r->headers[r->header_count++];
        to->name = dcf_arena_strdup(&r->arena, h->key);
        to->value = dcf_arena_strdup(&r->arena, h->value);
        if (!to->name || !to->value) return false;
    }
    return true;
}

static bool copy_peer(dcf_http_request *r, struct evhttp_request *ev)
{
    struct evhttp_connection *con = evhttp_request_get_connection(ev);
    char *address = NULL;
    ev_uint16_t port = 0;
    evhttp_connection_get_peer(con, &address, &port);
    char subject[128];
    r->peer = dcf_arena_strdup(&r->arena, address ? address : "");
    r->subject =
        dcf_arena_strdup(&r->arena, dcf_tls_peer_name(evhttp_connection_get_bufferevent(con),
                                                      subject, sizeof subject));
    return r->peer && r->subject;
}

static bool copy_body(dcf_http_request *r, struct evhttp_request *ev)
{
    r->body = evbuffer_new();
    if (!r->body || evbuffer_add_buffer(r->body, evhttp_request_get_input_buffer(ev)) != 0)
        return false;
    return evbuffer_get_length(r->body) == 0 || evbuffer_pullup(r->body, -1) != NULL;
}

dcf_http_request *http_request_new(dcf_http_server *server, struct evhttp_request *ev,
                                   size_t max_header)
{
    dcf_http_request *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(ev);
    const char *path = evhttp_uri_get_path(uri), *query = evhttp_uri_get_query(uri);
    r->server = server;
    r->ev = ev;
    TAILQ_INIT(&r->query);
    /* Ten times: alignment and block overhead of many small copies, decoded params, reply headers.
     */
    dcf_arena_init(&r->arena, 10 * max_header + 65536);
    r->method = method_name(evhttp_request_get_command(ev));
    r->path = dcf_arena_strdup(&r->arena, path && *path ? path : "/");
    r->query_text = dcf_arena_strdup(&r->arena, query ? query : "");
    if (r->path && r->query_text && copy_headers(r, evhttp_request_get_input_headers(ev)) &&
        copy_peer(r, ev) && copy_body(r, ev))
        return r;
    http_request_free(r);
    return NULL;
}

void http_request_free(dcf_http_request *r)
{
    evhttp_clear_headers(&r->query);
    if (r->body) evbuffer_free(r->body);
    if (r->reply_body) evbuffer_free(r->reply_body);
    dcf_arena_fini(&r->arena);
    free(r);
}

const char *dcf_http_method(const dcf_http_request *r)
{
    return r->method;
}

const char *dcf_http_path(const dcf_http_request *r)
{
    return r->path;
}

const char *dcf_http_query(dcf_http_request *r, const char *name)
{
    if (!r->query_parsed) {
        r->query_parsed = true;
        if (evhttp_parse_query_str(r->query_text, &r->query) != 0) evhttp_clear_headers(&r->query);
    }
    return evhttp_find_header(&r->query, name);
}

const char *dcf_http_get_header(const dcf_http_request *r, const char *name)
{
    for (size_t i = 0; i < r->header_count; i++)
        if (strcasecmp(r->headers[i].name, name) == 0) return r->headers[i].value;
    return NULL;
}

dcf_span dcf_http_body(const dcf_http_request *r)
{
    return dcf_span_of(evbuffer_pullup(r->body, -1), evbuffer_get_length(r->body));
}

const char *dcf_http_peer(const dcf_http_request *r)
{
    return r->peer;
}

const char *dcf_http_peer_subject(const dcf_http_request *r)
{
    return r->subject;
}

const char *dcf_http_param(const dcf_http_request *r, const char *name)
{
    for (size_t i = 0; i < r->param_count; i++)
        if (strcmp(r->params[i].name, name) == 0) return r->params[i].value;
    return NULL;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes in place; a broken or NUL escape stays as it was written. */
static void percent_decode(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++) {
        int high = *at == '%' ? hex_digit((uint8_t)at[1]) : -1;
        int low = high >= 0 ? hex_digit((uint8_t)at[2]) : -1;
        if (low < 0 || high * 16 + low == 0) {
            *to++ = *at;
            continue;
        }
        *to++ = (char)(high * 16 + low);
        at += 2;
    }
    *to = 0;
}

void dcf_http_set_param(dcf_http_request *r, const char *name, dcf_span raw)
{
    if (r->param_count == HTTP_MAX_PARAMS) return;
    char *value = dcf_arena_str(&r->arena, raw);
    if (!value) return;
    percent_decode(value);
    r->params[r->param_count++] = (dcf_http_header){name, value};
}
