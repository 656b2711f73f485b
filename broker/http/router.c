/* router.c - see router.h. */
#include "http/router.h"

#include "base/buf.h"
#include "http/request.h"

/* The next segment of a path, which stands at a '/'; moves on to the one after it. */
static bool next_segment(const char **at, dcf_span *ret)
{
    if (**at != '/') return false;
    const char *from = *at + 1, *end = from + strcspn(from, "/");
    *ret = dcf_span_of(from, (size_t)(end - from));
    *at = end;
    return true;
}

static bool is_param(dcf_span s)
{
    return s.size > 2 && s.data[0] == '{' && s.data[s.size - 1] == '}';
}

/* Both paths walked together; with r, its parameters are set from a fitting one. */
static bool match(const char *pattern, const char *path, dcf_http_request *r)
{
    dcf_span want, have;
    while (*pattern && *path) {
        if (!next_segment(&pattern, &want) || !next_segment(&path, &have)) return false;
        if (!is_param(want)) {
            if (!dcf_span_eq(want, have)) return false;
            continue;
        }
        if (have.size == 0) return false;
        const char *name =
            r ? dcf_arena_str(&r->arena, dcf_span_of(want.data + 1, want.size - 2)) : NULL;
        if (name) dcf_http_set_param(r, name, have);
    }
    return !*pattern && !*path;
}

bool dcf_http_match(const char *pattern, const char *path)
{
    return match(pattern, path, NULL);
}

void dcf_http_dispatch(const dcf_http_route *routes, size_t count, void *self, dcf_http_request *r)
{
    dcf_buf allow DCF_CLEANUP(dcf_buf_fini) = {0};
    for (size_t i = 0; i < count; i++) {
        if (!dcf_http_match(routes[i].pattern, dcf_http_path(r))) continue;
        if (strcmp(routes[i].method, dcf_http_method(r)) == 0) {
            match(routes[i].pattern, dcf_http_path(r), r);
            routes[i].handle(self, r);
            return;
        }
        dcf_buf_printf(&allow, "%s%s", allow.size ? ", " : "", routes[i].method);
    }
    if (!allow.size) {
        dcf_http_reply(r, 404, NULL, "application/json",
                       dcf_span_str("{\"error\":\"no such path\"}\n"));
        return;
    }
    const dcf_http_header headers[] = {{"Allow", dcf_buf_cstr(&allow)}, {NULL, NULL}};
    dcf_http_reply(r, 405, headers, "application/json",
                   dcf_span_str("{\"error\":\"this path does not take this method\"}\n"));
}
