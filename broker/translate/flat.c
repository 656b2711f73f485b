/* flat.c - see flat.h; a walk by descriptors. */
#include "translate/flat.h"

#include "dcf/v1/envelope.pb-c.h"
#include "translate/reflect.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEP_SIZE = 160, DEPTH_MAX = 16 };

char *dcf_flat_field(dcf_arena *arena, const char *path)
{
    char *out = dcf_arena_strdup(arena, path), *to = out;
    if (!out) return NULL;
    for (const char *p = path; *p; p++) {
        if (*p == '[')
            while (p[1] && *p != ']') p++;
        else
            *to++ = *p;
    }
    *to = 0;
    return out;
}

static dcf_status add(dcf_arena *arena, dcf_flat *flat, const char *path, const char *value)
{
    if (flat->count == flat->capacity) {
        size_t capacity = flat->capacity ? flat->capacity * 2 : 64;
        dcf_flat_value *items =
            dcf_arena_grow(arena, flat->items, flat->count, capacity, sizeof *items);
        if (!items) return DCF_ERR(NOMEM);
        flat->items = items;
        flat->capacity = capacity;
    }
    dcf_flat_value v = {.path = dcf_arena_strdup(arena, path),
                        .field = dcf_flat_field(arena, path),
                        .value = value};
    if (!v.path || !v.field || !value) return DCF_ERR(NOMEM);
    flat->items[flat->count++] = v;
    return DCF_OK;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const dcf_flat_value *)a)->path, ((const dcf_flat_value *)b)->path);
}

/* "prefix.name[i]"; a prefix that ends in a slash takes no dot. */
static void step(char out[512], const char *prefix, dcf_field *f, size_t i)
{
    size_t n = strlen(prefix);
    const char *dot = n && prefix[n - 1] != '/' ? "." : "";
    if (dcf_field_repeated(f))
        snprintf(out, 512, "%s%s%s[%zu]", prefix, dot, f->name, i);
    else
        snprintf(out, 512, "%s%s%s", prefix, dot, f->name);
}

static dcf_status flatten(const ProtobufCMessage *m, const char *prefix, dcf_arena *arena,
                          dcf_flat *flat)
{
    for (unsigned k = 0; k < m->descriptor->n_fields; k++) {
        dcf_field *f = &m->descriptor->fields[k];
        size_t n = dcf_field_count(m, f);
        for (size_t i = 0; i < n; i++) {
            char path[512], buf[DCF_FIELD_TEXT_SIZE];
            bool body = f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
            step(path, prefix, f, i);
            if (dcf_field_message(f)) {
                DCF_TRY(flatten(dcf_field_get_message(m, f, i), body ? "" : path, arena, flat));
                continue;
            }
            if (strcmp(path, "/native.size") == 0 || strcmp(path, "/native.sha256") == 0) continue;
            const char *text = dcf_field_get_text(arena, m, f, i, buf);
            DCF_TRY(add(arena, flat, path, text == buf ? dcf_arena_strdup(arena, buf) : text));
        }
    }
    return DCF_OK;
}

dcf_status dcf_flatten(const Dcf__V1__Envelope *envelope, dcf_arena *arena, dcf_flat *ret)
{
    dcf_flat flat = {0};
    DCF_TRY(flatten(&envelope->base, "/", arena, &flat));
    if (flat.count) qsort(flat.items, flat.count, sizeof *flat.items, by_path);
    *ret = flat;
    return DCF_OK;
}

static dcf_status fields(const ProtobufCMessageDescriptor *const *open, unsigned depth,
                         const char *prefix, dcf_arena *arena, dcf_flat *flat)
{
    const ProtobufCMessageDescriptor *inside[DEPTH_MAX], *type = open[depth - 1];
    memcpy(inside, open, depth * sizeof(void *));
    for (unsigned k = 0; k < type->n_fields; k++) {
        dcf_field *f = &type->fields[k];
        char path[512];
        snprintf(path, sizeof path, "%s%s%s", prefix, *prefix ? "." : "", f->name);
        const ProtobufCMessageDescriptor *inner = dcf_field_message(f);
        bool again = depth == DEPTH_MAX;
        for (unsigned i = 0; inner && i < depth; i++) again = again || open[i] == inner;
        if (!inner)
            DCF_TRY(add(arena, flat, path, ""));
        else if (!again) {
            inside[depth] = inner;
            DCF_TRY(fields(inside, depth + 1, path, arena, flat));
        }
    }
    return DCF_OK;
}

dcf_status dcf_flat_fields(const ProtobufCMessageDescriptor *type, dcf_arena *arena, dcf_flat *ret)
{
    dcf_flat flat = {0};
    DCF_TRY(fields(&type, 1, "", arena, &flat));
    if (flat.count) qsort(flat.items, flat.count, sizeof *flat.items, by_path);
    *ret = flat;
    return DCF_OK;
}

void dcf_flat_compare(const dcf_flat *a, const dcf_flat *b,
                      void (*fn)(void *self, const char *path, const char *left, const char *right),
                      void *self)
{
    size_t i = 0, k = 0;
    while (i < a->count || k < b->count) {
        int order = i == a->count   ? 1
                    : k == b->count ? -1
                                    : strcmp(a->items[i].path, b->items[k].path);
        if (order < 0) {
            fn(self, a->items[i].path, a->items[i].value, NULL);
            i++;
        } else if (order > 0) {
            fn(self, b->items[k].path, NULL, b->items[k].value);
            k++;
        } else {
            if (strcmp(a->items[i].value, b->items[k].value) != 0)
                fn(self, a->items[i].path, a->items[i].value, b->items[k].value);
            i++, k++;
        }
    }
}
