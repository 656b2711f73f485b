/* map_diff.c - dcfctl map diff: what another version of a mapping would make of the same documents.
 */
#include "ctl/map_trip.h"

typedef struct shadow {
    const ctl *c;
    const dcf_dialect *old_one, *new_one;
    json_t *samples;
    size_t same, different;
    json_t *at; /* differences of the document at hand */
} shadow;

static void add(shadow *s, const char *what, const char *path, const char *left, const char *right)
{
    json_array_append_new(s->at, json_pack("{s:s, s:s, s:s?, s:s?}", "what", what, "path", path,
                                           "old", left, "new", right));
}

static void canonical_differs(void *self, const char *path, const char *left, const char *right)
{
    if (strcmp(path, "/native.mapping_version") != 0) add(self, "canonical", path, left, right);
}

/* A fault's place and code, as one text. */
static bool has_fault(const dcf_faults *faults, const dcf_fault *f)
{
    for (size_t i = 0; i < faults->count; i++)
        if (faults->items[i].code == f->code && faults->items[i].severity == f->severity &&
            strcmp(faults->items[i].path, f->path) == 0 &&
            strcmp(faults->items[i].field, f->field) == 0)
            return true;
    return false;
}

static void faults_differ(shadow *s, const map_trip *from, const map_trip *to, bool gone)
{
    for (size_t i = 0; i < from->faults.count; i++) {
        const dcf_fault *f = &from->faults.items[i];
        if (has_fault(&to->faults, f)) continue;
        char text[512];
        snprintf(text, sizeof text, "%s %s%s%s", dcf_fault_row_of(f->code)->id,
                 f->severity == DCF_SEVERITY_ERROR ? "error" : "warning", *f->detail ? ": " : "",
                 f->detail);
        add(s, "fault", *f->path ? f->path : f->field, gone ? text : NULL, gone ? NULL : text);
    }
}

static void compare(shadow *s, const map_file *file, dcf_span native)
{
    map_trip left, right;
    map_trip_begin(&left);
    map_trip_begin(&right);
    map_trip_run(&left, s->old_one, native);
    map_trip_run(&right, s->new_one, native);
    s->at = json_array();
    dcf_flat_compare(&left.flat, &right.flat, canonical_differs, s);
    faults_differ(s, &left, &right, true);
    faults_differ(s, &right, &left, false);
    if (dcf_ok(left.written) != dcf_ok(right.written))
        add(s, "native", "", dcf_ok(left.written) ? "written" : "not written",
            dcf_ok(right.written) ? "written" : "not written");
    else if (dcf_ok(left.written) &&
             !dcf_span_eq(dcf_buf_span(&left.native), dcf_buf_span(&right.native)))
        add(s, "native", "", dcf_buf_cstr(&left.native), dcf_buf_cstr(&right.native));
    *(json_array_size(s->at) ? &s->different : &s->same) += 1;
    json_array_append_new(s->samples,
                          json_pack("{s:s, s:o}", "sample", file->path, "differences", s->at));
    map_trip_end(&left);
    map_trip_end(&right);
}

/* --- printing
 * ------------------------------------------------------------------------------------- */

/* Two documents: from a little before where they part. */
static void say_native(json_t *lines, const char *left, const char *right)
{
    enum { AROUND = 50 };
    size_t at = 0;
    while (left[at] && left[at] == right[at]) at++;
    size_t start = at > AROUND ? at - AROUND : 0;
    map_say(lines, "written again, from byte %zu", at + 1);
    map_say(lines, "  old %.*s", 2 * AROUND, left + start);
    map_say(lines, "  new %.*s", 2 * AROUND, right + start);
}

static void print_sample(const shadow *s, const json_t *sample)
{
    size_t i;
    json_t *d, *lines = json_array(), *all = json_object_get(sample, "differences");
    json_array_foreach(all, i, d)
    {
        const char *what = json_string_value(json_object_get(d, "what")),
                   *path = json_string_value(json_object_get(d, "path")),
                   *left = json_string_value(json_object_get(d, "old")),
                   *right = json_string_value(json_object_get(d, "new"));
        if (strcmp(what, "native") == 0 && left && right)
            say_native(lines, left, right);
        else if (!left)
            map_say(lines, "+ %s: %s", path, right);
        else if (!right)
            map_say(lines, "- %s: %s", path, left);
        else
            map_say(lines, "~ %s: %s -> %s", path, left, right);
    }
    fprintf(s->c->out, "%s  %s\n", json_array_size(all) ? "DIFF" : "same",
            json_string_value(json_object_get(sample, "sample")));
    map_print_lines(s->c, lines);
    json_decref(lines);
}

static void print(const shadow *s)
{
    size_t i;
    json_t *sample;
    if (ctl_wants_json(s->c)) {
        json_t *all = json_pack("{s:I, s:I, s:O}", "same", (json_int_t)s->same, "different",
                                (json_int_t)s->different, "samples", s->samples);
        ctl_json(s->c, all);
        json_decref(all);
        return;
    }
    json_array_foreach(s->samples, i,
                       sample) if (s->c->opt[OPT_ALL] ||
                                   json_array_size(json_object_get(sample, "differences")))
        print_sample(s, sample);
    fprintf(s->c->out, "%zu the same, %zu different\n", s->same, s->different);
}

/* --- the command
 * ---------------------------------------------------------------------------------- */

static int diff(const ctl *c, map_job *left, map_job *right)
{
    map_files files = {0};
    shadow s = {
        .c = c, .old_one = left->dialect, .new_one = right->dialect, .samples = json_array()};
    int code = map_samples(c, left, 2, &files);
    for (size_t i = 0; code == CTL_OK && i < files.count; i++) {
        map_next(left);
        code = map_read(c, left, files.items[i].path);
        if (code == CTL_OK) compare(&s, &files.items[i], dcf_buf_span(&left->in));
    }
    if (code == CTL_OK) print(&s);
    json_decref(s.samples);
    return code != CTL_OK ? code : s.different ? CTL_FAILED : CTL_OK;
}

int ctl_map_diff(ctl *c)
{
    map_job left, right;
    map_begin(&left);
    map_begin(&right);
    int code = map_load_any(c, &left, c->args[0]);
    if (code == CTL_OK) code = map_load_any(c, &right, c->args[1]);
    if (code == CTL_OK) code = diff(c, &left, &right);
    map_end(&left);
    map_end(&right);
    return code;
}
