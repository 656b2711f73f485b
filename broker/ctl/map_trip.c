/* map_trip.c - see map_trip.h. */
#include "ctl/map_trip.h"

#include "base/yaml.h"

#include <stdarg.h>
#include <unistd.h>

enum { MEMORY_MAX = 256 << 20 };

void map_trip_begin(map_trip *t)
{
    *t = (map_trip){.read = DCF_ERR(NOT_FOUND), .written = DCF_ERR(NOT_FOUND)};
    dcf_arena_init(&t->arena, MEMORY_MAX);
    dcf_faults_init(&t->faults, &t->arena, MAP_FAULTS_MAX);
}

void map_trip_end(map_trip *t)
{
    dcf_buf_fini(&t->json);
    dcf_buf_fini(&t->native);
    dcf_arena_fini(&t->arena);
}

void map_trip_read(map_trip *t, const dcf_dialect *d, dcf_span native)
{
    t->read = dcf_to_canonical_watched(d, native, &t->arena, &t->faults, &t->envelope, &t->seen);
    t->read_faults = t->faults.count;
    if (!t->envelope) return;
    t->envelope->native->size = 0; /* the document's, not the message's */
    t->envelope->native->sha256 = (ProtobufCBinaryData){0};
    if (dcf_ok(t->read)) t->read = dcf_flatten(t->envelope, &t->arena, &t->flat);
    if (dcf_ok(t->read)) t->read = dcf_canonical_to_json(t->envelope, true, &t->json);
}

void map_trip_run(map_trip *t, const dcf_dialect *d, dcf_span native)
{
    map_trip_read(t, d, native);
    if (dcf_ok(t->read))
        t->written = dcf_from_canonical(d, t->envelope, &t->arena, &t->faults, &t->native);
}

void map_fault_lines(const dcf_faults *faults, dcf_buf *out)
{
    for (size_t i = 0; i < faults->count; i++) {
        const dcf_fault *f = &faults->items[i];
        dcf_buf_printf(out, "%s %s %u:%u %s [%s] %s\n", dcf_fault_row_of(f->code)->id,
                       f->severity == DCF_SEVERITY_ERROR ? "error" : "warn", f->line, f->column,
                       f->path, f->field, f->detail);
    }
    if (faults->dropped) dcf_buf_printf(out, "and %zu more\n", faults->dropped);
}

void map_say(json_t *lines, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof text) /* cut between characters */
        for (n = (int)sizeof text - 1; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
            text[n - 1] = 0;
    json_array_append_new(lines, json_string(text));
}

void map_print_lines(const ctl *c, const json_t *lines)
{
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line)
    {
        fputs("      ", c->out);
        for (const char *p = json_string_value(line); p && *p; p++)
            fputc((unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p, c->out);
        fputc('\n', c->out);
    }
}

int map_reasons_load(const ctl *c, map_job *j, const char *name, map_reasons *ret)
{
    dcf_yaml_error err;
    const char *folder = map_samples_folder(j);
    const char *path = folder ? dcf_arena_printf(&j->kept, "%s/%s", folder, name) : NULL;
    *ret = (map_reasons){NULL};
    if (!path) return ctl_fail(c, CTL_INTERNAL, NULL, "out of memory");
    if (access(path, R_OK) != 0) return CTL_OK;
    if (dcf_ok(dcf_yaml_load(path, &ret->doc, &err))) return CTL_OK;
    return ctl_fail(c, CTL_FAILED, "It is a map of names to reasons.", "%s", err.text);
}

const char *map_reason_of(const map_reasons *w, const char *name)
{
    return w->doc ? dcf_yaml_str(dcf_yaml_root(w->doc), name, NULL) : NULL;
}

void map_reasons_end(map_reasons *w)
{
    dcf_yaml_free(w->doc);
    w->doc = NULL;
}
