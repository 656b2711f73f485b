/* remote.c - asks the daemon, and says what to do when it does not answer. */
#include "ctl/ctl.h"
#include "http/client.h"

#include <stdlib.h>

enum {
    TOKEN_MAX = 4096,
    ANSWER_MAX = 64 << 20,
    CONNECT_MS = 3000,
    TIMEOUT_MS = 15000,
    LONG_MS = 300000,
    BUNDLE_MAX = 256 << 20
};

static void add_encoded(dcf_buf *path, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= '0' && *p <= '9') || strchr("-._~", *p);
        if (plain)
            dcf_buf_addc(path, (char)*p);
        else
            dcf_buf_printf(path, "%%%02X", *p);
    }
}

void ctl_path_add(dcf_buf *path, const char *text)
{
    if (!text) return;
    dcf_buf_addc(path, '/');
    add_encoded(path, text);
}

void ctl_query_add(dcf_buf *path, const char *name, const char *text)
{
    if (!text) return;
    const char *sofar = dcf_buf_cstr(path);
    dcf_buf_printf(path, "%c%s=", sofar && strchr(sofar, '?') ? '&' : '?', name);
    add_encoded(path, text);
}

/* "Bearer …" of the token file into out; stays empty when there is none. */
static int read_token(const ctl *c, dcf_buf *out)
{
    const char *file = ctl_setting(c, OPT_TOKEN_FILE, "DCF_TOKEN_FILE", NULL);
    if (!file) return CTL_OK;
    dcf_buf token DCF_CLEANUP(dcf_buf_fini) = {0};
    if (dcf_failed(dcf_buf_read_file(&token, file, TOKEN_MAX)))
        return ctl_fail(c, CTL_NOT_FOUND, "Name the file that holds the daemon's token.",
                        "cannot read the token file %s", file);
    dcf_buf_adds(out, "Bearer ");
    dcf_buf_add(out, dcf_span_trim(dcf_buf_span(&token)));
    return CTL_OK;
}

static int unreachable(const ctl *c, const char *url, dcf_http_trouble trouble)
{
    static const char *const hints[] = {
        [DCF_HTTP_BAD_REQUEST] = "Write the address as http://HOST:PORT or https://HOST:PORT.",
        [DCF_HTTP_RESOLVE] = "No such host: check --url or DCF_URL.",
        [DCF_HTTP_CONNECT] =
            "Is it running? Its address is ops.listen of its configuration: --url or DCF_URL.",
        [DCF_HTTP_TLS] =
            "Name the authority of its certificate by --ca; without TLS there, write http://.",
        [DCF_HTTP_TIMEOUT] = "It is there but does not answer: look at its log.",
        [DCF_HTTP_BROKEN] = "It ended the connection: does it serve https:// there?",
        [DCF_HTTP_ABORTED] = NULL,
    };
    return ctl_fail(c, trouble == DCF_HTTP_BAD_REQUEST ? CTL_USAGE : CTL_UNREACHABLE,
                    hints[trouble], "cannot reach dcfd at %s (%s)", url,
                    dcf_http_trouble_name(trouble));
}

/* What an error answer says becomes the message; an answer that is none is told so. */
static int refused(const ctl *c, int status, const json_t *body)
{
    const char *error = json_string_value(json_object_get(body, "error"));
    const char *hint = json_string_value(json_object_get(body, "hint"));
    static const struct {
        int status, code;
    } codes[] = {{404, CTL_NOT_FOUND}, {400, CTL_USAGE},  {403, CTL_FAILED},
                 {409, CTL_FAILED},    {422, CTL_FAILED}, {0, CTL_UNREACHABLE}};
    size_t i = 0;
    while (codes[i].status && codes[i].status != status) i++;
    int code = codes[i].code;
    if (status == 401) hint = "Give the daemon's token by --token-file or DCF_TOKEN_FILE.";
    if (!error)
        return ctl_fail(c, CTL_UNREACHABLE, "Is that the operations address of dcfd?",
                        "the server answered %d", status);
    return ctl_fail(c, code, hint, "%s", error);
}

/* The body of a 200 as it is. */
static int take_bytes(const ctl *c, dcf_http_result *result, dcf_buf *ret)
{
    if (result->status == 200) {
        dcf_buf_add(ret, dcf_buf_span(&result->body));
        return ret->failed ? ctl_fail(c, CTL_INTERNAL, NULL, "out of memory") : CTL_OK;
    }
    json_t *body = json_loadb((const char *)result->body.data, result->body.size,
                              JSON_REJECT_DUPLICATES, NULL);
    int code = refused(c, result->status, body);
    json_decref(body);
    return code;
}

static int judge(const ctl *c, const dcf_http_result *result, json_t **ret)
{
    json_t *body = json_loadb((const char *)result->body.data, result->body.size,
                              JSON_REJECT_DUPLICATES, NULL);
    int code = CTL_OK;
    if (result->status != 200)
        code = refused(c, result->status, body);
    else if (!json_is_object(body))
        code = ctl_fail(c, CTL_UNREACHABLE, "Is that the operations address of dcfd?",
                        "the answer is not JSON");
    if (code == CTL_OK)
        *ret = body;
    else
        json_decref(body);
    return code;
}

/* One call; body NULL: GET. Its answer into ret_result, whose body is the caller's to free. */
static int fetch(const ctl *c, const char *path, const char *body, unsigned timeout_ms,
                 size_t max_body, dcf_http_result *ret_result)
{
    const char *base = ctl_setting(c, OPT_URL, "DCF_URL", CTL_DEFAULT_URL);
    const char *who = body ? ctl_setting(c, OPT_AS, "DCF_OPERATOR", NULL) : NULL;
    dcf_buf url DCF_CLEANUP(dcf_buf_fini) = {0}, bearer DCF_CLEANUP(dcf_buf_fini) = {0};
    size_t size = strlen(base), n = 0;
    while (size && base[size - 1] == '/') size--;
    dcf_buf_printf(&url, "%.*s%s", (int)size, base, path);
    int code = read_token(c, &bearer);
    if (code != CTL_OK) return code;
    dcf_http_header headers[4] = {{NULL, NULL}};
    if (bearer.size) headers[n++] = (dcf_http_header){"Authorization", dcf_buf_cstr(&bearer)};
    if (body) headers[n++] = (dcf_http_header){"Content-Type", "application/json"};
    if (who) headers[n++] = (dcf_http_header){"DCF-Operator", who};
    const dcf_http_client_config config = {.ca = ctl_setting(c, OPT_CA, "DCF_CA", NULL),
                                           .connect_ms = CONNECT_MS,
                                           .timeout_ms = timeout_ms,
                                           .max_body = max_body};
    dcf_http_client *client = NULL;
    if (dcf_failed(dcf_http_client_open(&config, &client)))
        return ctl_fail(c, CTL_INTERNAL, NULL, "cannot start an HTTP client");
    dcf_status status = dcf_http_fetch(client,
                                       &(dcf_http_call){.method = body ? "POST" : "GET",
                                                        .url = dcf_buf_cstr(&url),
                                                        .headers = headers,
                                                        .body = dcf_span_str(body ? body : "")},
                                       ret_result);
    dcf_http_client_close(client);
    if (dcf_is(status, DCF_E_NOMEM)) return ctl_fail(c, CTL_INTERNAL, NULL, "out of memory");
    if (ret_result->trouble != DCF_HTTP_NO_TROUBLE)
        return unreachable(c, base, ret_result->trouble);
    return CTL_OK;
}

static int call(const ctl *c, const char *path, const char *body, json_t **ret)
{
    dcf_http_result result = {0};
    int code = fetch(c, path, body, TIMEOUT_MS, ANSWER_MAX, &result);
    if (code == CTL_OK) code = judge(c, &result, ret);
    dcf_buf_fini(&result.body);
    return code;
}

int ctl_get(const ctl *c, const char *path, json_t **ret)
{
    return call(c, path, NULL, ret);
}

int ctl_post(const ctl *c, const char *path, const json_t *body, json_t **ret)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : strdup("{}");
    int code = text ? call(c, path, text, ret)
                    : ctl_fail(c, CTL_INTERNAL, NULL, "a word of the command line is not UTF-8");
    free(text);
    return code;
}

int ctl_get_bytes(const ctl *c, const char *path, dcf_buf *ret)
{
    dcf_http_result result = {0};
    int code = fetch(c, path, NULL, LONG_MS, BUNDLE_MAX, &result);
    if (code == CTL_OK) code = take_bytes(c, &result, ret);
    dcf_buf_fini(&result.body);
    return code;
}
