/* held_correct.c - see held_correct.h. */
#include "daemon/held_correct.h"

#include "model/envelope.h"
#include "security/digest.h"
#include "translate/reflect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { INDEX_MAX = 9999, PATH_MAX_SIZE = 200 };

__attribute__((format(printf, 2, 3))) static dcf_status refuse(char *why, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, DCF_WHY_SIZE, fmt, ap);
    va_end(ap);
    return DCF_ERR(FAULTY);
}

/* --- which fields ------------------------------------------------------------------------- */

/* "items[0].rationale" as faults write it: "items.rationale". */
static void without_indexes(const char *path, char out[PATH_MAX_SIZE])
{
    size_t n = 0;
    for (bool inside = false; *path && n + 1 < PATH_MAX_SIZE; path++) {
        if (*path == '[') inside = true;
        if (!inside) out[n++] = *path;
        if (*path == ']') inside = false;
    }
    out[n] = 0;
}

static bool is_at_fault(const Dcf__V1__Held *held, const char *field)
{
    char path[PATH_MAX_SIZE];
    without_indexes(field, path);
    for (size_t i = 0; i < held->n_faults; i++) {
        const char *at = held->faults[i]->field;
        size_t size = strlen(at);
        if (size && strncmp(path, at, size) == 0 && (path[size] == 0 || path[size] == '.'))
            return true;
    }
    return false;
}

/* "prosecutor.contact, items.rationale": what may be put right. */
static dcf_status refuse_field(const Dcf__V1__Held *held, const char *field, char *why)
{
    char list[160] = "";
    for (size_t i = 0, n = 0; i < held->n_faults && n + 1 < sizeof list; i++)
        if (*held->faults[i]->field && !strstr(list, held->faults[i]->field))
            n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "",
                                  held->faults[i]->field);
    if (!*list) return refuse(why, "its faults name no field, so nothing can be put right here");
    return refuse(why, "%.60s is not at fault; at fault: %s", field, list);
}

/* --- one value ----------------------------------------------------------------------------- */

typedef struct place { /* where a path leads */
    ProtobufCMessage *message;
    dcf_field *field;
    size_t index;
} place;

/* One name of a path, with its index when it has one; *path moves behind it. */
static bool take_name(const char **path, dcf_span *ret_name, size_t *ret_index)
{
    size_t size = strcspn(*path, ".[");
    const char *end = *path + size;
    *ret_name = dcf_span_of(*path, size);
    *ret_index = 0;
    if (*end == '[') {
        char *closed = NULL;
        unsigned long n = strtoul(end + 1, &closed, 10);
        if (end[1] < '0' || end[1] > '9' || *closed != ']' || n > INDEX_MAX) return false;
        *ret_index = n;
        end = closed + 1;
    }
    if (*end && *end != '.') return false;
    *path = *end ? end + 1 : end;
    return size > 0;
}

/* The message at p, made when it is absent and single or the next of its list; NULL: none. */
static ProtobufCMessage *enter(dcf_arena *arena, const place *p)
{
    ProtobufCMessage *m = dcf_field_get_message(p->message, p->field, p->index);
    if (m) return m;
    bool next = p->index == dcf_field_count(p->message, p->field);
    return next ? dcf_field_make_message(arena, p->message, p->field) : NULL;
}

static dcf_status find(dcf_arena *arena, ProtobufCMessage *body, const char *path, place *ret)
{
    ret->message = body;
    for (;;) {
        dcf_span name;
        if (!take_name(&path, &name, &ret->index)) return DCF_ERR(NOT_FOUND);
        ret->field = dcf_field_find(ret->message->descriptor, (const char *)name.data, name.size);
        if (!ret->field || (ret->index && !dcf_field_repeated(ret->field)))
            return DCF_ERR(NOT_FOUND);
        if (!*path) return dcf_field_message(ret->field) ? DCF_ERR(NOT_FOUND) : DCF_OK;
        if (!dcf_field_message(ret->field)) return DCF_ERR(NOT_FOUND);
        ret->message = enter(arena, ret);
        if (!ret->message) return DCF_ERR(NOT_FOUND);
    }
}

static ProtobufCBinaryData hash_of(dcf_arena *arena, const char *text)
{
    uint8_t *hash = *text ? dcf_arena_alloc(arena, DCF_SHA256_SIZE) : NULL;
    if (!hash) return (ProtobufCBinaryData){0};
    dcf_sha256(dcf_span_str(text), hash);
    return (ProtobufCBinaryData){.len = DCF_SHA256_SIZE, .data = hash};
}

static dcf_status put(dcf_arena *arena, ProtobufCMessage *body, const Dcf__V1__FieldValue *set,
                      Dcf__V1__Correction *note, char *why)
{
    place p;
    char buf[DCF_FIELD_TEXT_SIZE];
    if (dcf_failed(find(arena, body, set->field, &p)))
        return refuse(why, "there is no value %.100s in this message", set->field);
    if (p.index > dcf_field_count(p.message, p.field))
        return refuse(why, "%.100s: there is no such entry, and none before it", set->field);
    bool there = p.index < dcf_field_count(p.message, p.field);
    const char *before = there ? dcf_field_get_text(arena, p.message, p.field, p.index, buf) : "";
    if (!before) return DCF_ERR(NOMEM);
    note->field = set->field;
    note->before_sha256 = hash_of(arena, before);
    note->after_sha256 = hash_of(arena, set->value);
    const char *text = dcf_arena_strdup(arena, set->value);
    if (!text) return DCF_ERR(NOMEM);
    if (dcf_failed(dcf_field_set_text(arena, p.message, p.field, p.index, text)))
        return refuse(why, "%.100s: the value does not have the form of this field", set->field);
    return DCF_OK;
}

/* --- the message ----------------------------------------------------------------------------- */

static dcf_status seal(dcf_arena *arena, Dcf__V1__Envelope *e)
{
    dcf_buf body DCF_CLEANUP(dcf_buf_fini) = {0};
    uint8_t *hash = dcf_arena_alloc(arena, DCF_SHA256_SIZE);
    e->case_key = dcf_envelope_case_key(e, arena);
    if (!hash || !e->case_key) return DCF_ERR(NOMEM);
    DCF_TRY(dcf_envelope_pack_body(e, &body));
    dcf_sha256(dcf_buf_span(&body), hash);
    e->body_sha256 = (ProtobufCBinaryData){.data = hash, .len = DCF_SHA256_SIZE};
    return DCF_OK;
}

dcf_status dcf_held_correct(const Dcf__V1__Held *held, Dcf__V1__FieldValue *const *sets, size_t n,
                            dcf_arena *arena, Dcf__V1__Envelope *e, Dcf__V1__HeldStep *step,
                            char why[DCF_WHY_SIZE])
{
    ProtobufCMessage *body = (ProtobufCMessage *)dcf_envelope_body(e);
    step->corrections = dcf_arena_alloc(arena, (n + 1) * sizeof *step->corrections);
    if (!step->corrections) return DCF_ERR(NOMEM);
    if (!body) return refuse(why, "it holds no values: replay it when its mapping is put right");
    for (size_t i = 0; i < n; i++) {
        Dcf__V1__Correction *note = dcf_arena_alloc(arena, sizeof *note);
        if (!note) return DCF_ERR(NOMEM);
        dcf__v1__correction__init(note);
        if (!is_at_fault(held, sets[i]->field)) return refuse_field(held, sets[i]->field, why);
        DCF_TRY(put(arena, body, sets[i], note, why));
        step->corrections[step->n_corrections++] = note;
    }
    return seal(arena, e);
}
