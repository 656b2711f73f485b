/* refusal.c - see refusal.h. */
#include "daemon/refusal.h"

#include "translate/inspect.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { REASONS_MAX = 20, PATH_SIZE = 400, CODE_MAX = 60 };

typedef struct reason { /* one entry of the answer */
    const dcf_dialect *dialect;
    const char *body;
    dcf_faults *faults;
    char path[PATH_SIZE]; /* without positions, as the mapping writes it */
    const char *code;     /* "": none that may be told */
} reason;

static bool is_position(const char *segment, size_t size)
{
    size_t digits = strspn(segment, "0123456789");
    return digits >= size && size > 0;
}

/* "/defendants/0/asn" becomes "defendants/asn". */
static void without_positions(const char *pointer, char out[PATH_SIZE])
{
    size_t n = 0;
    for (const char *at = pointer; *at;) {
        size_t size = strcspn(at, "/"), name = strcspn(at, "/[");
        if (size && !is_position(at, size) && n + name + 2 < PATH_SIZE) {
            if (n) out[n++] = '/';
            memcpy(out + n, at, name);
            n += name;
        }
        at += size;
        if (*at) at++;
    }
    out[n] = 0;
}

static const char *plain_code(const json_t *entry)
{
    const char *code = json_string_value(json_object_get(entry, "code"));
    if (!code || strlen(code) > CODE_MAX) return "";
    for (const char *c = code; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-_.", *c)) return "";
    return code;
}

static bool is_told(const dcf_faults *f, const char *field)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->items[i].field, field) == 0) return true;
    return false;
}

typedef struct same_body {
    const char *message, *body;
    bool same;
} same_body;

static bool is_of_body(void *self, const dcf_inspect_message *m)
{
    same_body *s = self;
    s->same = strcmp(m->name, s->message) == 0 && strcmp(m->body, s->body) == 0;
    return !s->same;
}

static bool add_field(void *self, const dcf_inspect_rule *r)
{
    const reason *x = self;
    bool fits = r->write && *r->canonical && *r->canonical != '/' &&
                strcmp(r->native_path, x->path) == 0 && !is_told(x->faults, r->canonical);
    if (!fits) return true;
    same_body s = {.message = r->message, .body = x->body};
    dcf_inspect_messages(x->dialect, is_of_body, &s);
    if (s.same)
        dcf_faults_add(x->faults, DCF_FAULT_RECEIVER_REFUSED, 0, 0, x->path, r->canonical,
                       *x->code ? "the receiver says %s" : "the receiver names it%s", x->code);
    return x->faults->count < REASONS_MAX;
}

static json_t *entries_of(const json_t *answer)
{
    json_t *list = json_object_get(answer, "faults");
    return list ? list : json_object_get(answer, "errors");
}

void dcf_refusal_read(const dcf_dialect *d, const char *body, dcf_span answer, dcf_faults *faults)
{
    json_t *json = json_loadb((const char *)answer.data, answer.size, 0, NULL), *entry;
    size_t i;
    json_array_foreach(entries_of(json), i, entry)
    {
        reason x = {.dialect = d, .body = body, .faults = faults, .code = plain_code(entry)};
        const char *path = json_string_value(json_object_get(entry, "path"));
        if (!path) path = json_string_value(json_object_get(entry, "pointer"));
        if (!path || faults->count >= REASONS_MAX) continue;
        without_positions(path, x.path);
        dcf_inspect_rules(d, add_field, &x);
    }
    json_decref(json);
}
