/*
 * map_test.c - dcfctl map test: each sample means what is expected of it.
 *
 *   samples/X.xml      expected/X.canonical.json, X.native.xml, X.warnings.txt when it has any
 *   samples/bad/X.xml  expected/X.faults.txt
 *   mapping.yaml       contract.txt, which says all of it: samples cannot show every row and bound
 */
#include "authoring/contract.h"
#include "ctl/map_trip.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct suite {
    const ctl *c;
    map_job *j;
    map_reasons one_way;
    const char *folder; /* of the samples at hand */
    bool update;
    json_t *samples;
    int passed, failed;
} suite;

/* --- expected files ------------------------------------------------------------------------------
 */

/* "FOLDER/expected/NAME without its ending.suffix" */
static const char *expected_path(suite *s, const char *name, const char *suffix)
{
    const char *dot = strrchr(name, '.');
    return dcf_arena_printf(&s->j->arena, "%s/expected/%.*s.%s", s->folder, (int)(dot - name), name,
                            suffix);
}

static void write_expected(suite *s, const char *path, dcf_span text, json_t *problems)
{
    const char *folder =
        dcf_arena_printf(&s->j->arena, "%.*s", (int)(strrchr(path, '/') - path), path);
    if (folder) (void)mkdir(folder, 0777);
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(text.data, 1, text.size, f) == text.size;
    if (f && fclose(f) != 0) ok = false;
    if (!ok) map_say(problems, "%s: %s", path, strerror(errno));
}

/* The first line in which two texts differ, from a little before the difference. */
static void tell_difference(const char *what, dcf_span got, dcf_span want, json_t *problems)
{
    enum { AROUND = 60 };
    size_t at = 0, line = 1, start = 0;
    while (at < got.size && at < want.size && got.data[at] == want.data[at])
        if (got.data[at++] == '\n') line++, start = at;
    if (at - start > AROUND) start = at - AROUND;
    size_t got_end = at + AROUND < got.size ? at + AROUND : got.size,
           want_end = at + AROUND < want.size ? at + AROUND : want.size;
    map_say(problems, "%s differs at line %zu, byte %zu", what, line, at + 1);
    map_say(problems, "  expected  %.*s", (int)(want_end - start), (const char *)want.data + start);
    map_say(problems, "  got       %.*s", (int)(got_end - start), (const char *)got.data + start);
}

/* got is what the file holds; or, when updating, it does from now on. False: it is not. */
static bool expect(suite *s, const char *path, dcf_span got, json_t *problems)
{
    dcf_buf want DCF_CLEANUP(dcf_buf_fini) = {0};
    const char *name = strrchr(path, '/') + 1;
    if (s->update) {
        write_expected(s, path, got, problems);
        return true;
    }
    if (dcf_failed(dcf_buf_read_file(&want, path, MAP_DOCUMENT_MAX))) {
        map_say(problems, "%s is not there: --update writes it, then read it", name);
        return true;
    }
    if (dcf_span_eq(got, dcf_buf_span(&want))) return true;
    tell_difference(name, got, dcf_buf_span(&want), problems);
    return false;
}

static void tell_value(void *self, const char *path, const char *got, const char *want)
{
    json_t *problems = self;
    if (!want)
        map_say(problems, "  %s: \"%s\" was not expected", path, got);
    else if (!got)
        map_say(problems, "  %s: \"%s\" is missing", path, want);
    else
        map_say(problems, "  %s: expected \"%s\", got \"%s\"", path, want, got);
}

/* The canonical message, told field by field when it differs. */
static void expect_canonical(suite *s, const char *path, map_trip *t, json_t *problems)
{
    dcf_buf want DCF_CLEANUP(dcf_buf_fini) = {0};
    Dcf__V1__Envelope *envelope = NULL;
    dcf_faults faults;
    dcf_flat flat;
    size_t before = json_array_size(problems);
    if (expect(s, path, dcf_buf_span(&t->json), problems)) return;
    dcf_faults_init(&faults, &t->arena, 1);
    if (dcf_failed(dcf_buf_read_file(&want, path, MAP_DOCUMENT_MAX)) ||
        dcf_failed(
            dcf_canonical_from_json(dcf_buf_span(&want), NULL, &t->arena, &faults, &envelope)) ||
        dcf_failed(dcf_flatten(envelope, &t->arena, &flat)))
        return;
    while (json_array_size(problems) > before) json_array_remove(problems, before);
    map_say(problems, "the canonical message is another:");
    dcf_flat_compare(&t->flat, &flat, tell_value, problems);
}

/* --- the contract
 * --------------------------------------------------------------------------------- */

/* The first line of a text, with its end. */
static dcf_span line_of(dcf_span text)
{
    const uint8_t *end = text.size ? memchr(text.data, '\n', text.size) : NULL;
    return dcf_span_of(text.data, end ? (size_t)(end - text.data) + 1 : text.size);
}

static dcf_span after(dcf_span text, size_t size)
{
    return dcf_span_of(text.data + size, text.size - size);
}

static bool has_line(dcf_span text, dcf_span line)
{
    for (dcf_span at = line_of(text); at.size; at = line_of(text)) {
        if (dcf_span_eq(at, line)) return true;
        text = after(text, at.size);
    }
    return false;
}

/* The lines of text that other has not, each in the words of the form. */
static size_t tell_lines(const char *form, dcf_span text, dcf_span other, json_t *problems)
{
    enum { LINES_TOLD = 20 };
    size_t told = 0;
    for (dcf_span at = line_of(text); at.size; at = line_of(text)) {
        text = after(text, at.size);
        if (has_line(other, at)) continue;
        if (told++ < LINES_TOLD)
            map_say(problems, "  %s  %.*s", form, (int)at.size - 1, (const char *)at.data);
    }
    if (told > LINES_TOLD) map_say(problems, "  %s  %zu more", form, told - LINES_TOLD);
    return told;
}

static void tell_contract(dcf_span got, dcf_span want, json_t *problems)
{
    while (got.size && dcf_span_eq(line_of(got), line_of(want))) { /* what has not changed */
        size_t size = line_of(got).size;
        got = after(got, size);
        want = after(want, size);
    }
    map_say(problems, "the mapping says something else; if it is meant, --update:");
    if (tell_lines("no longer", want, got, problems) + tell_lines("now", got, want, problems) == 0)
        map_say(problems, "  another order, from  %.*s", (int)line_of(got).size - 1,
                (const char *)got.data);
}

static void report(suite *s, const char *folder, const char *name, json_t *problems)
{
    bool ok = json_array_size(problems) == 0;
    *(ok ? &s->passed : &s->failed) += 1;
    json_array_append_new(s->samples,
                          json_pack("{s:o, s:b, s:o}", "sample", json_sprintf("%s%s", folder, name),
                                    "ok", ok, "problems", problems));
}

static int test_contract(suite *s)
{
    dcf_buf got DCF_CLEANUP(dcf_buf_fini) = {0}, want DCF_CLEANUP(dcf_buf_fini) = {0};
    const char *slash = strrchr(s->j->file, '/');
    const char *path =
        dcf_arena_printf(&s->j->arena, "%.*s/contract.txt", slash ? (int)(slash - s->j->file) : 1,
                         slash ? s->j->file : ".");
    dcf_status status = dcf_contract(s->j->dialect, s->j->file, &got);
    if (!path || dcf_failed(status)) return map_fail(s->c, s->j->file, status);
    json_t *problems = json_array();
    bool there = dcf_ok(dcf_buf_read_file(&want, path, MAP_DOCUMENT_MAX));
    if (s->update || !there)
        (void)expect(s, path, dcf_buf_span(&got), problems);
    else if (!dcf_span_eq(dcf_buf_span(&got), dcf_buf_span(&want)))
        tell_contract(dcf_buf_span(&got), dcf_buf_span(&want), problems);
    report(s, "", "contract.txt", problems);
    return CTL_OK;
}

/* --- samples
 * -------------------------------------------------------------------------------------- */

static void tell_faults(const dcf_faults *faults, json_t *problems)
{
    for (size_t i = 0; i < faults->count; i++) {
        const dcf_fault *f = &faults->items[i];
        if (f->severity != DCF_SEVERITY_ERROR) continue;
        map_say(problems, "  %s %u:%u %s%s%s: %s (%s)", dcf_fault_row_of(f->code)->id, f->line,
                f->column, f->path, *f->field ? " to " : "", f->field,
                dcf_fault_row_of(f->code)->text, f->detail);
    }
}

static void test_good(suite *s, const char *name, map_trip *t, json_t *problems)
{
    dcf_buf faults DCF_CLEANUP(dcf_buf_fini) = {0};
    map_trip_run(t, s->j->dialect, dcf_buf_span(&s->j->in));
    if (dcf_failed(t->read)) {
        map_say(problems, "it is not read: %s", dcf_status_text(t->read));
        tell_faults(&t->faults, problems);
        return;
    }
    expect_canonical(s, expected_path(s, name, "canonical.json"), t, problems);
    map_fault_lines(&t->faults, &faults);
    const char *warnings = expected_path(s, name, "warnings.txt");
    if (faults.size)
        (void)expect(s, warnings, dcf_buf_span(&faults), problems);
    else if (s->update)
        (void)unlink(warnings);
    else if (access(warnings, F_OK) == 0)
        map_say(problems, "expected/%s: nothing is reported any more", strrchr(warnings, '/') + 1);
    if (dcf_ok(t->written)) {
        const char *suffix = dcf_arena_printf(&s->j->arena, "native%s", strrchr(name, '.'));
        (void)expect(s, expected_path(s, name, suffix), dcf_buf_span(&t->native), problems);
    } else if (!map_reason_of(&s->one_way, name) &&
               !map_reason_of(&s->one_way, t->envelope->native->message)) {
        map_say(problems, "it cannot be written again: %s", dcf_status_text(t->written));
        tell_faults(&t->faults, problems);
    }
}

static void test_bad(suite *s, const char *name, map_trip *t, json_t *problems)
{
    dcf_buf faults DCF_CLEANUP(dcf_buf_fini) = {0};
    map_trip_read(t, s->j->dialect, dcf_buf_span(&s->j->in));
    if (dcf_ok(t->read)) {
        map_say(problems, "it is taken, though it lies in bad/");
        return;
    }
    map_fault_lines(&t->faults, &faults);
    (void)expect(s, expected_path(s, name, "faults.txt"), dcf_buf_span(&faults), problems);
}

static int test_file(suite *s, const map_file *f, bool bad)
{
    map_trip t;
    json_t *problems = json_array();
    map_next(s->j);
    int code = map_read(s->c, s->j, f->path);
    map_trip_begin(&t);
    if (code == CTL_OK) (bad ? test_bad : test_good)(s, f->name, &t, problems);
    map_trip_end(&t);
    report(s, bad ? "bad/" : "", f->name, problems);
    return code;
}

/* An expected file whose sample went away tests nothing. */
static bool has_sample(const map_files *files, const char *expected)
{
    for (size_t i = 0; i < files->count; i++) {
        size_t n = (size_t)(strrchr(files->items[i].name, '.') - files->items[i].name);
        if (strncmp(expected, files->items[i].name, n) == 0 && expected[n] == '.') return true;
    }
    return false;
}

static int test_folder(suite *s, const char *folder, bool bad)
{
    map_files files = {0}, expected = {0};
    s->folder = folder;
    int code = map_list(s->c, &s->j->kept, folder, &files);
    for (size_t i = 0; code == CTL_OK && i < files.count; i++)
        code = test_file(s, &files.items[i], bad);
    const char *path = dcf_arena_printf(&s->j->kept, "%s/expected", folder);
    if (code != CTL_OK || !path) return code;
    code = map_list(s->c, &s->j->kept, path, &expected);
    for (size_t i = 0; i < expected.count; i++) {
        if (has_sample(&files, expected.items[i].name)) continue;
        report(s, bad ? "bad/expected/" : "expected/", expected.items[i].name,
               json_pack("[s]", "there is no sample for it: delete it, or bring the sample back"));
    }
    return code;
}

/* --- the command
 * ---------------------------------------------------------------------------------- */

static void print(const ctl *c, const suite *s)
{
    size_t i;
    json_t *sample;
    if (ctl_wants_json(c)) {
        json_t *all = json_pack("{s:s, s:i, s:i, s:O}", "mapping", s->j->file, "passed", s->passed,
                                "failed", s->failed, "samples", s->samples);
        ctl_json(c, all);
        json_decref(all);
        return;
    }
    json_array_foreach(s->samples, i, sample)
    {
        fprintf(c->out, "%s  %s\n", json_is_true(json_object_get(sample, "ok")) ? "ok  " : "FAIL",
                json_string_value(json_object_get(sample, "sample")));
        map_print_lines(c, json_object_get(sample, "problems"));
    }
    fprintf(c->out, "%d passed, %d failed%s\n", s->passed, s->failed,
            s->update ? "; expected files written, read them" : "");
}

static int test(const ctl *c, map_job *j)
{
    suite s = {.c = c, .j = j, .update = c->opt[OPT_UPDATE] != NULL, .samples = json_array()};
    const char *folder = map_samples_folder(j);
    const char *bad = folder ? dcf_arena_printf(&j->kept, "%s/bad", folder) : NULL;
    int code = bad ? map_reasons_load(c, j, "one-way.yaml", &s.one_way) : CTL_INTERNAL;
    if (code == CTL_OK) code = test_contract(&s);
    if (code == CTL_OK) code = test_folder(&s, folder, false);
    if (code == CTL_OK) code = test_folder(&s, bad, true);
    if (code == CTL_OK) {
        print(c, &s);
        if (json_array_size(s.samples) < 2) /* the contract alone */
            code =
                ctl_fail(c, CTL_NOT_FOUND, "Put documents there; --update writes what is expected.",
                         "there are no samples in %s", folder);
        else if (s.failed)
            code = CTL_FAILED;
    }
    map_reasons_end(&s.one_way);
    json_decref(s.samples);
    return code;
}

int ctl_map_test(ctl *c)
{
    map_job named;
    if (c->arg_count && !c->opt[OPT_DIALECT] && !c->opt[OPT_MAPPING]) {
        int code = map_find(c, &named, c->args[0]);
        if (code != CTL_OK) return code;
        c->opt[OPT_MAPPING] = named.file;
    } else if (c->arg_count) {
        return ctl_fail(c, CTL_USAGE, NULL, "give one of: DIALECT, --dialect, --mapping");
    }
    return map_run(c, test);
}
