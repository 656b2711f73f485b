/*
 * map_roundtrip.c - dcfctl map roundtrip: what was read is written, and read again.
 *
 * The laws: the message means the same the second time, and the second document is
 * written the third time byte for byte. Between the first document and the second
 * only what the mapping declares may differ; that is listed.
 */
#include "authoring/generate.h"
#include "ctl/map_trip.h"

#include <stdarg.h>

typedef struct laws {
    const ctl *c;
    map_job *j;
    map_reasons one_way;
    json_t *documents;
    json_t *notes; /* declared normalisations: text to how often */
    size_t passed, failed, excused;
} laws;

/* --- what differs between the first document and the second
 * --------------------------------------- */

static void note(laws *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void note(laws *l, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    json_int_t n = json_integer_value(json_object_get(l->notes, text));
    json_object_set_new(l->notes, text, json_integer(n + 1));
}

static bool same_place(const dcf_sighting *a, const dcf_sighting *b)
{
    return strcmp(a->canonical, b->canonical) == 0 && a->row == b->row;
}

static const dcf_sighting *counterpart(const dcf_sightings *seen, const dcf_sighting *s)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].fate == DCF_FATE_MAPPED && same_place(&seen->items[i], s))
            return &seen->items[i];
    return NULL;
}

/* The same but for white space: what `trim` and `collapse` declare. */
static bool same_words(const char *a, const char *b)
{
    dcf_span x = dcf_span_trim(dcf_span_str(a)), y = dcf_span_trim(dcf_span_str(b));
    size_t i = 0, k = 0;
    while (i < x.size && k < y.size) {
        bool gap = strchr(" \t\r\n", x.data[i]) && x.data[i];
        if (gap != (strchr(" \t\r\n", y.data[k]) && y.data[k])) return false;
        if (!gap && x.data[i] != y.data[k]) return false;
        i++, k++;
        while (gap && i < x.size && strchr(" \t\r\n", x.data[i])) i++;
        while (gap && k < y.size && strchr(" \t\r\n", y.data[k])) k++;
    }
    return i == x.size && k == y.size;
}

/* A mapped value: written again as it was, or changed as its codec declares. */
static void compare_value(laws *l, const dcf_sighting *s, const dcf_sightings *again,
                          json_t *problems)
{
    const dcf_sighting *other = counterpart(again, s);
    if (!other)
        note(l, "row %u, %s: written by another row, or absent is what it says", s->row, s->field);
    else if (strcmp(other->value, s->value) == 0)
        return;
    else if (same_words(other->value, s->value))
        note(l, "row %u, %s: white space", s->row, s->field);
    else if (s->loss)
        note(l, "row %u, %s: %s", s->row, s->codec, s->loss);
    else
        map_say(problems, "%s: \"%s\" was written as \"%s\", and nothing declares it (row %u)",
                s->native, s->value, other->value, s->row);
}

static void compare_documents(laws *l, const dcf_sightings *first, const dcf_sightings *again,
                              json_t *problems)
{
    for (size_t i = 0; i < first->count; i++) {
        const dcf_sighting *s = &first->items[i];
        switch (s->fate) {
        case DCF_FATE_MAPPED:
            compare_value(l, s, again, problems);
            break;
        case DCF_FATE_DROPPED:
            note(l, "dropped: %s", s->reason);
            break;
        case DCF_FATE_CARRIED:
            note(l, "carried: %s is unknown, and not written again (2013)", s->native);
            break;
        case DCF_FATE_DEFAULT:
            note(l, "row %u, %s: absent, written as its default", s->row, s->field);
            break;
        case DCF_FATE_WRITTEN:
            note(l, "row %u: only written, what it said is not looked at", s->row);
            break;
        default:
            break;
        }
    }
}

/* --- one document
 * ----------------------------------------------------------------------------------- */

typedef struct comparison {
    const dcf_sightings *seen; /* of the first document */
    json_t *problems;
} comparison;

/* An extension that holds what no row knew: `unknown: carry` keeps it for people to read. */
static bool carried(const dcf_sightings *seen, const char *path, const char *text)
{
    if (strncmp(path, "/extensions[", 12) != 0) return false;
    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].fate == DCF_FATE_CARRIED &&
            (strcmp(seen->items[i].native, text) == 0 || strcmp(seen->items[i].value, text) == 0))
            return true;
    return false;
}

static void changed(void *self, const char *path, const char *first, const char *again)
{
    const comparison *x = self;
    if (!again && carried(x->seen, path, first)) return;
    if (!again)
        map_say(x->problems, "%s: \"%s\" is lost", path, first);
    else if (!first)
        map_say(x->problems, "%s: \"%s\" came from nowhere", path, again);
    else
        map_say(x->problems, "%s: \"%s\" became \"%s\"", path, first, again);
}

static void tell_faults(const dcf_faults *faults, size_t from, json_t *problems)
{
    for (size_t i = from; i < faults->count; i++) {
        const dcf_fault *f = &faults->items[i];
        map_say(problems, "  %s %s%s%s: %s", dcf_fault_row_of(f->code)->id, f->path,
                *f->path && *f->field ? " " : "", f->field, f->detail);
    }
}

static void check(laws *l, const map_trip *first, map_trip *again, json_t *problems)
{
    if (dcf_failed(first->read)) {
        map_say(problems, "it is not read: %s", dcf_status_text(first->read));
        tell_faults(&first->faults, 0, problems);
        return;
    }
    if (dcf_failed(first->written)) {
        map_say(problems, "it cannot be written again: %s", dcf_status_text(first->written));
        tell_faults(&first->faults, first->read_faults, problems);
        return;
    }
    map_trip_run(again, l->j->dialect, dcf_buf_span(&first->native));
    if (dcf_failed(again->read)) {
        map_say(problems, "what was written is not read: %s", dcf_status_text(again->read));
        tell_faults(&again->faults, 0, problems);
        return;
    }
    comparison x = {.seen = &first->seen, .problems = problems};
    dcf_flat_compare(&first->flat, &again->flat, changed, &x);
    if (json_array_size(problems)) tell_faults(&first->faults, first->read_faults, problems);
    if (dcf_failed(again->written) ||
        !dcf_span_eq(dcf_buf_span(&first->native), dcf_buf_span(&again->native)))
        map_say(problems, "written a third time, it is another document");
    compare_documents(l, &first->seen, &again->seen, problems);
}

static void one(laws *l, const char *name, dcf_span native)
{
    map_trip first, again;
    json_t *problems = json_array();
    map_trip_begin(&first);
    map_trip_begin(&again);
    map_trip_run(&first, l->j->dialect, native);
    check(l, &first, &again, problems);
    const char *message = first.envelope ? first.envelope->native->message : "";
    const char *reason = map_reason_of(&l->one_way, name);
    if (!reason) reason = map_reason_of(&l->one_way, message);
    bool ok = json_array_size(problems) == 0;
    if (ok)
        l->passed++;
    else if (reason)
        l->excused++;
    else
        l->failed++;
    json_array_append_new(l->documents,
                          json_pack("{s:s, s:s, s:s, s:s?, s:o}", "document", name, "message",
                                    message, "result",
                                    ok       ? "ok"
                                    : reason ? "one-way"
                                             : "failed",
                                    "reason", ok ? NULL : reason, "problems", problems));
    map_trip_end(&again);
    map_trip_end(&first);
}

/* --- the command
 * ------------------------------------------------------------------------------------ */

static int samples(laws *l)
{
    map_files files = {0};
    int code = map_samples(l->c, l->j, 0, &files);
    for (size_t i = 0; code == CTL_OK && i < files.count; i++) {
        map_next(l->j);
        code = map_read(l->c, l->j, files.items[i].path);
        if (code == CTL_OK) one(l, files.items[i].name, dcf_buf_span(&l->j->in));
    }
    return code;
}

static int generated(laws *l)
{
    unsigned long count, seed;
    int code = map_number(l->c, OPT_GENERATED, 0, &count);
    if (code == CTL_OK) code = map_number(l->c, OPT_SEED, 0, &seed);
    for (unsigned long i = 0; code == CTL_OK && i < count; i++) {
        char name[48];
        const char *message;
        map_next(l->j);
        dcf_status s = dcf_generate(l->j->dialect, seed + i, &l->j->arena, &l->j->out, &message);
        snprintf(name, sizeof name, "seed %lu", seed + i);
        if (dcf_failed(s)) return map_fail(l->c, name, s);
        one(l, name, dcf_buf_span(&l->j->out));
    }
    return code;
}

/* Whether a document failed as one before it did: the same lines, but for numbers. */
static bool like_another(json_t *told, json_t *problems)
{
    char *lines = json_dumps(problems, JSON_COMPACT), *kind = lines;
    if (!lines) return false;
    for (const char *p = lines; *p; p++)
        if (*p < '0' || *p > '9') *kind++ = *p;
    *kind = 0;
    bool known = json_object_get(told, lines);
    if (!known) json_object_set_new(told, lines, json_true());
    free(lines);
    return known;
}

static void print_documents(const laws *l)
{
    size_t i, alike = 0;
    json_t *d, *told = json_object();
    json_array_foreach(l->documents, i, d)
    {
        const char *result = json_string_value(json_object_get(d, "result"));
        bool failed = strcmp(result, "failed") == 0;
        if (!failed && !l->c->opt[OPT_ALL]) continue;
        if (!l->c->opt[OPT_ALL] && like_another(told, json_object_get(d, "problems"))) {
            alike++;
            continue;
        }
        fprintf(l->c->out, "%-7s  %s (%s)\n", failed ? "FAIL" : result,
                json_string_value(json_object_get(d, "document")),
                json_string_value(json_object_get(d, "message")));
        if (failed) map_print_lines(l->c, json_object_get(d, "problems"));
    }
    if (alike) fprintf(l->c->out, "FAIL     %zu more, each like one above (--all)\n", alike);
    json_decref(told);
}

static void print_text(const laws *l)
{
    json_t *times;
    const char *text;
    print_documents(l);
    if (json_object_size(l->notes)) fputs("Declared differences, and how often:\n", l->c->out);
    json_object_foreach(l->notes, text, times)
        fprintf(l->c->out, "  %5" JSON_INTEGER_FORMAT "  %s\n", json_integer_value(times), text);
    fprintf(l->c->out, "%zu passed, %zu failed", l->passed, l->failed);
    if (l->excused) fprintf(l->c->out, ", %zu one-way by samples/one-way.yaml", l->excused);
    fputc('\n', l->c->out);
}

static int roundtrip(const ctl *c, map_job *j)
{
    laws l = {.c = c, .j = j, .documents = json_array(), .notes = json_object()};
    int code = map_reasons_load(c, j, "one-way.yaml", &l.one_way);
    if (code == CTL_OK) code = samples(&l);
    if (code == CTL_OK) code = generated(&l);
    if (code == CTL_OK && ctl_wants_json(c)) {
        json_t *all = json_pack("{s:I, s:I, s:I, s:O, s:O}", "passed", (json_int_t)l.passed,
                                "failed", (json_int_t)l.failed, "one_way", (json_int_t)l.excused,
                                "normalisations", l.notes, "documents", l.documents);
        ctl_json(c, all);
        json_decref(all);
    } else if (code == CTL_OK) {
        print_text(&l);
    }
    if (code == CTL_OK && l.failed) code = CTL_FAILED;
    map_reasons_end(&l.one_way);
    json_decref(l.documents);
    json_decref(l.notes);
    return code;
}

int ctl_map_roundtrip(ctl *c)
{
    return map_run(c, roundtrip);
}
