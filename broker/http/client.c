/* client.c - see client.h: libcurl's multi interface behind one struct a call. */
#include "http/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

struct dcf_http_answer { /* one call in flight */
    TAILQ_ENTRY(dcf_http_answer) link;
    CURL *easy;
    struct curl_slist *headers;
    dcf_http_done *done;
    void *opaque;
    dcf_buf body;
    bool truncated;
    int status;
    dcf_http_trouble trouble;
};

TAILQ_HEAD(call_list, dcf_http_answer);

struct dcf_http_client {
    CURLM *multi;
    char *ca, *cert, *key;
    unsigned connect_ms, timeout_ms;
    size_t max_body;
    struct call_list calls;
    size_t in_flight;
};

static void global_init(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool copy(char **to, const char *from)
{
    *to = from ? strdup(from) : NULL;
    return *to || !from;
}

dcf_status dcf_http_client_open(const dcf_http_client_config *config, dcf_http_client **ret)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, global_init);
    if (!config->cert != !config->key) return DCF_ERR(CONFIG);
    dcf_http_client *c = calloc(1, sizeof *c);
    if (!c) return DCF_ERR(NOMEM);
    TAILQ_INIT(&c->calls);
    c->connect_ms = config->connect_ms ? config->connect_ms : 5000;
    c->timeout_ms = config->timeout_ms ? config->timeout_ms : 30000;
    c->max_body = config->max_body ? config->max_body : 1u << 20;
    c->multi = curl_multi_init();
    bool copied =
        copy(&c->ca, config->ca) && copy(&c->cert, config->cert) && copy(&c->key, config->key);
    if (!c->multi || !copied) {
        dcf_http_client_close(c);
        return DCF_ERR(NOMEM);
    }
    long per_host = config->max_connections ? (long)config->max_connections : 16;
    curl_multi_setopt(c->multi, CURLMOPT_MAX_HOST_CONNECTIONS, per_host);
    curl_multi_setopt(c->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    *ret = c;
    return DCF_OK;
}

static void call_free(dcf_http_answer *a)
{
    curl_easy_cleanup(a->easy);
    curl_slist_free_all(a->headers);
    dcf_buf_fini(&a->body);
    free(a);
}

/* Takes the call out of the client, tells its starter, frees it. */
static void finish(dcf_http_client *c, dcf_http_answer *a)
{
    curl_multi_remove_handle(c->multi, a->easy);
    TAILQ_REMOVE(&c->calls, a, link);
    c->in_flight--;
    a->done(a->opaque, a);
    call_free(a);
}

void dcf_http_client_close(dcf_http_client *c)
{
    if (!c) return;
    while (!TAILQ_EMPTY(&c->calls)) {
        TAILQ_FIRST(&c->calls)->trouble = DCF_HTTP_ABORTED;
        finish(c, TAILQ_FIRST(&c->calls));
    }
    if (c->multi) curl_multi_cleanup(c->multi);
    free(c->ca);
    free(c->cert);
    free(c->key);
    free(c);
}

/* Keeps what fits; past the cap the transfer is ended, for the status is known by then. */
static size_t on_body(char *data, size_t one, size_t size, void *self)
{
    (void)one;
    dcf_http_answer *a = self;
    size_t room = a->body.limit - a->body.size, keep = size < room ? size : room;
    dcf_buf_add(&a->body, dcf_span_of(data, keep));
    a->truncated = keep < size || a->body.failed;
    return a->truncated ? 0 : size;
}

static bool add_header(dcf_http_answer *a, const char *name, const char *value)
{
    dcf_buf line DCF_CLEANUP(dcf_buf_fini) = {0};
    /* libcurl's spelling of a header without a value ends in ';'. */
    dcf_buf_printf(&line, *value ? "%s: %s" : "%s;", name, value);
    const char *text = dcf_buf_cstr(&line);
    struct curl_slist *longer = text ? curl_slist_append(a->headers, text) : NULL;
    if (longer) a->headers = longer;
    return longer;
}

static bool add_headers(dcf_http_answer *a, const dcf_http_header *h)
{
    struct curl_slist *no_expect = curl_slist_append(NULL, "Expect:");
    if (!no_expect) return false;
    a->headers = no_expect;
    for (; h && h->name; h++)
        if (!add_header(a, h->name, h->value)) return false;
    return true;
}

static void set_tls(const dcf_http_client *c, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (c->ca) curl_easy_setopt(easy, CURLOPT_CAINFO, c->ca);
    if (c->cert) curl_easy_setopt(easy, CURLOPT_SSLCERT, c->cert);
    if (c->key) curl_easy_setopt(easy, CURLOPT_SSLKEY, c->key);
}

static void set_request(const dcf_http_call *call, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_URL, call->url);
    if (strcmp(call->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (strcmp(call->method, "GET") == 0) return;
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.size);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                     call->body.size ? (const char *)call->body.data : "");
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
}

static bool prepare(dcf_http_client *c, const dcf_http_call *call, dcf_http_answer *a)
{
    a->easy = curl_easy_init();
    if (!a->easy || !add_headers(a, call->headers)) return false;
    CURL *easy = a->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, a);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, a->headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, a);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     (long)(call->timeout_ms ? call->timeout_ms : c->timeout_ms));
    set_tls(c, easy);
    set_request(call, easy);
    return true;
}

dcf_status dcf_http_client_start(dcf_http_client *c, const dcf_http_call *call, dcf_http_done *done,
                                 void *opaque)
{
    dcf_http_answer *a = calloc(1, sizeof *a);
    if (!a) return DCF_ERR(NOMEM);
    a->done = done;
    a->opaque = opaque;
    a->body.limit = c->max_body;
    if (!prepare(c, call, a) || curl_multi_add_handle(c->multi, a->easy) != CURLM_OK) {
        call_free(a);
        return DCF_ERR(NOMEM);
    }
    TAILQ_INSERT_TAIL(&c->calls, a, link);
    c->in_flight++;
    return DCF_OK;
}

static dcf_http_trouble trouble_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return DCF_HTTP_NO_TROUBLE;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        return DCF_HTTP_BAD_REQUEST;
    case CURLE_COULDNT_RESOLVE_HOST:
        return DCF_HTTP_RESOLVE;
    case CURLE_COULDNT_CONNECT:
        return DCF_HTTP_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return DCF_HTTP_TLS;
    case CURLE_OPERATION_TIMEDOUT:
        return DCF_HTTP_TIMEOUT;
    default:
        return DCF_HTTP_BROKEN;
    }
}

static void conclude(dcf_http_answer *a, CURLcode code)
{
    long status = 0;
    curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status);
    if (a->truncated) code = CURLE_OK; /* ended by us */
    a->trouble = code == CURLE_OK && status == 0 ? DCF_HTTP_BROKEN : trouble_of(code);
    a->status = a->trouble == DCF_HTTP_NO_TROUBLE ? (int)status : 0;
}

size_t dcf_http_client_poll(dcf_http_client *c, unsigned timeout_ms)
{
    int running = 0, left = 0;
    curl_multi_perform(c->multi, &running);
    if ((size_t)running == c->in_flight) { /* nothing ended yet: wait */
        curl_multi_poll(c->multi, NULL, 0, (int)timeout_ms, NULL);
        curl_multi_perform(c->multi, &running);
    }
    const CURLMsg *m;
    while ((m = curl_multi_info_read(c->multi, &left))) {
        if (m->msg != CURLMSG_DONE) continue;
        dcf_http_answer *a = NULL;
        CURLcode code = m->data.result; /* m dies with the handle */
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&a);
        conclude(a, code);
        finish(c, a);
    }
    return c->in_flight;
}

void dcf_http_client_wake(dcf_http_client *c)
{
    curl_multi_wakeup(c->multi);
}

int dcf_http_answer_status(const dcf_http_answer *a)
{
    return a->status;
}

dcf_http_trouble dcf_http_answer_trouble(const dcf_http_answer *a)
{
    return a->trouble;
}

dcf_span dcf_http_answer_body(const dcf_http_answer *a)
{
    return dcf_buf_span(&a->body);
}

bool dcf_http_answer_truncated(const dcf_http_answer *a)
{
    return a->truncated;
}

const char *dcf_http_answer_header(const dcf_http_answer *a, const char *name)
{
    struct curl_header *h = NULL;
    return curl_easy_header(a->easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : NULL;
}

uint64_t dcf_http_answer_retry_after_ms(const dcf_http_answer *a)
{
    curl_off_t seconds = 0;
    curl_easy_getinfo(a->easy, CURLINFO_RETRY_AFTER, &seconds);
    return seconds > 0 ? (uint64_t)seconds * 1000 : 0;
}

const char *dcf_http_trouble_name(dcf_http_trouble t)
{
    static const char *const names[] = {"NONE", "BAD_REQUEST", "RESOLVE", "CONNECT",
                                        "TLS",  "TIMEOUT",     "BROKEN",  "ABORTED"};
    return names[t];
}

static void keep(void *opaque, const dcf_http_answer *a)
{
    dcf_http_result *r = opaque;
    r->status = a->status;
    r->trouble = a->trouble;
    dcf_buf_add(&r->body, dcf_http_answer_body(a));
}

dcf_status dcf_http_fetch(dcf_http_client *c, const dcf_http_call *call,
                          dcf_http_result *ret_result)
{
    dcf_http_result r = {.status = -1};
    DCF_TRY(dcf_http_client_start(c, call, keep, &r));
    while (r.status < 0) dcf_http_client_poll(c, 1000);
    if (r.body.failed) {
        dcf_buf_fini(&r.body);
        return DCF_ERR(NOMEM);
    }
    *ret_result = r;
    if (r.status) return DCF_OK;
    return r.trouble == DCF_HTTP_TIMEOUT ? DCF_ERR(TIMEOUT) : DCF_ERR(UNAVAILABLE);
}
