/* map.c - dcfctl map: translations and their faults, without a daemon. */
#include "base/arena.h"
#include "ctl/ctl.h"
#include "dcf/translate.h"
#include "dcf/v1/envelope.pb-c.h"
#include "model/fault_json.h"

#include <limits.h>
#include <unistd.h>

enum {
    DOCUMENT_MAX = 64 << 20, /* bytes of a file; the translation has limits of its own */
    MEMORY_MAX = 512 << 20,
    FAULTS_MAX = 1000
};

/* --- where the dialects are ---------------------------------------------------------------- */

/* adapters/dialect in a folder above the program, as in a source tree; false when there is none. */
static bool source_tree_dialects(char out[PATH_MAX])
{
    char folder[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 1);
    if (n <= 0) return false;
    folder[n] = '\0';
    for (char *slash = strrchr(folder, '/'); slash; slash = strrchr(folder, '/')) {
        *slash = '\0';
        int size = snprintf(out, PATH_MAX, "%s/adapters/dialect", folder);
        if (size < PATH_MAX && access(out, R_OK | X_OK) == 0) return true;
    }
    return false;
}

/* The mapping file to use: --mapping, or mapping.yaml of the dialect. */
static int mapping_of(const ctl *c, const char *dialect, char out[PATH_MAX])
{
    char found[PATH_MAX];
    const char *folder = ctl_setting(c, OPT_DIALECTS, "DCF_DIALECTS", NULL);
    if (!folder) folder = source_tree_dialects(found) ? found : CTL_DIALECTS_DIR;
    if (snprintf(out, PATH_MAX, "%s/%s/mapping.yaml", folder, dialect) >= PATH_MAX ||
        access(out, R_OK) != 0)
        return ctl_fail(
            c, CTL_NOT_FOUND,
            "Name a folder of it by --dialect, its place by --dialects, or a file by --mapping.",
            "there is no dialect '%s' in %s", dialect, folder);
    return CTL_OK;
}

/* --- faults ------------------------------------------------------------------------------------
 */

static void print_fault(const ctl *c, const char *file, const dcf_fault *f)
{
    const dcf_fault_row *row = dcf_fault_row_of(f->code);
    if (c->opt[OPT_FAULTS] && strcmp(c->opt[OPT_FAULTS], "json") == 0) {
        dcf_buf line DCF_CLEANUP(dcf_buf_fini) = {0};
        dcf_fault_json(f, &line);
        fprintf(c->err, "%s\n", dcf_buf_cstr(&line));
        return;
    }
    const char *where = *f->path ? f->path : f->field;
    fputs(file, c->err);
    if (f->line) fprintf(c->err, ":%u:%u", f->line, f->column);
    fprintf(c->err, ": %s %s", f->severity == DCF_SEVERITY_ERROR ? "error" : "warning", row->id);
    if (*where && strcmp(where, file) != 0) fprintf(c->err, " %s", where);
    fprintf(c->err, ": %s", row->text);
    if (*f->detail) fprintf(c->err, " (%s)", f->detail);
    fputc('\n', c->err);
}

/* The remedy of a code stands once, below the last of those in a row that have it. */
static void print_faults(const ctl *c, const char *file, const dcf_faults *faults)
{
    bool text = !c->opt[OPT_FAULTS] || strcmp(c->opt[OPT_FAULTS], "json") != 0;
    for (size_t i = 0; i < faults->count; i++) {
        const dcf_fault *f = &faults->items[i];
        print_fault(c, file, f);
        bool last = i + 1 == faults->count || faults->items[i + 1].code != f->code;
        if (text && last) fprintf(c->err, "  remedy: %s\n", dcf_fault_row_of(f->code)->remedy);
    }
    if (faults->dropped)
        fprintf(c->err, "%s: %zu more faults are not shown\n", file, faults->dropped);
}

/* What a status other than OK and FAULTY means for the command. */
static int fail_with(const ctl *c, const char *file, dcf_status status)
{
    if (dcf_is(status, DCF_E_NOT_FOUND))
        return ctl_fail(c, CTL_NOT_FOUND, NULL, "there is no file %s", file);
    return ctl_fail(c, dcf_status_class(status) == DCF_CLASS_POISON ? CTL_FAILED : CTL_INTERNAL,
                    NULL, "%s: %s", file, dcf_status_text(status));
}

/* --- one command's work
 * --------------------------------------------------------------------------- */

typedef struct job {
    dcf_arena arena;
    dcf_faults faults;
    dcf_dialect *dialect;
    dcf_buf in, out;
} job;

static void job_begin(job *j)
{
    *j = (job){.in = {.limit = DOCUMENT_MAX}};
    dcf_arena_init(&j->arena, MEMORY_MAX);
    dcf_faults_init(&j->faults, &j->arena, FAULTS_MAX);
}

static void job_end(job *j)
{
    dcf_dialect_free(j->dialect);
    dcf_buf_fini(&j->in);
    dcf_buf_fini(&j->out);
    dcf_arena_fini(&j->arena);
}

static void job_next(job *j)
{
    dcf_arena_reset(&j->arena);
    dcf_faults_init(&j->faults, &j->arena, FAULTS_MAX);
    dcf_buf_clear(&j->in);
    dcf_buf_clear(&j->out);
}

static int load_mapping(const ctl *c, job *j, const char *file)
{
    dcf_status status = dcf_dialect_load(file, &j->faults, &j->dialect);
    bool told = j->faults.count > 0;
    print_faults(c, file, &j->faults);
    dcf_faults_init(&j->faults, &j->arena, FAULTS_MAX);
    if (dcf_ok(status)) return CTL_OK;
    return told ? CTL_FAILED : fail_with(c, file, status);
}

static int load_dialect(const ctl *c, job *j)
{
    char file[PATH_MAX];
    if (!c->opt[OPT_DIALECT] == !c->opt[OPT_MAPPING])
        return ctl_fail(c, CTL_USAGE, "For instance: dcfctl map check --dialect spi FILE",
                        "give either --dialect or --mapping");
    if (c->opt[OPT_MAPPING]) return load_mapping(c, j, c->opt[OPT_MAPPING]);
    int code = mapping_of(c, c->opt[OPT_DIALECT], file);
    return code == CTL_OK ? load_mapping(c, j, file) : code;
}

static dcf_status read_standard_input(dcf_buf *out)
{
    uint8_t chunk[65536];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, stdin)) > 0) dcf_buf_add(out, dcf_span_of(chunk, n));
    return ferror(stdin) ? DCF_ERR(IO) : dcf_buf_status(out);
}

static int read_document(const ctl *c, job *j, const char *file)
{
    dcf_status status = strcmp(file, "-") == 0 ? read_standard_input(&j->in)
                                               : dcf_buf_read_file(&j->in, file, DOCUMENT_MAX);
    return dcf_ok(status) ? CTL_OK : fail_with(c, file, status);
}

/* Ends a translation: its faults, and the exit code. */
static int judge(const ctl *c, const job *j, const char *file, dcf_status status)
{
    print_faults(c, file, &j->faults);
    if (dcf_ok(status)) return CTL_OK;
    return dcf_is(status, DCF_E_FAULTY) && j->faults.errors ? CTL_FAILED
                                                            : fail_with(c, file, status);
}

static int write_out(const ctl *c, const job *j)
{
    if (j->out.failed) return ctl_fail(c, CTL_INTERNAL, NULL, "out of memory");
    fwrite(j->out.data, 1, j->out.size, c->out);
    return CTL_OK;
}

static bool is_binary(const ctl *c, enum ctl_option id)
{
    return c->opt[id] && strcmp(c->opt[id], "binary") == 0;
}

/* --- the commands
 * --------------------------------------------------------------------------------- */

static void pack(const Dcf__V1__Envelope *envelope, dcf_arena *arena, dcf_buf *out)
{
    size_t size = dcf__v1__envelope__get_packed_size(envelope);
    uint8_t *bytes = dcf_arena_alloc(arena, size);
    if (bytes)
        dcf_buf_add(out, dcf_span_of(bytes, dcf__v1__envelope__pack(envelope, bytes)));
    else
        out->failed = true;
}

static int to_canonical(const ctl *c, job *j)
{
    const char *file = c->args[0];
    Dcf__V1__Envelope *envelope = NULL;
    int code = read_document(c, j, file);
    if (code != CTL_OK) return code;
    code = judge(
        c, j, file,
        dcf_to_canonical(j->dialect, dcf_buf_span(&j->in), NULL, &j->arena, &j->faults, &envelope));
    if (code != CTL_OK) return code;
    if (is_binary(c, OPT_FORM)) {
        pack(envelope, &j->arena, &j->out);
    } else {
        dcf_status status = dcf_canonical_to_json(envelope, true, &j->out);
        if (dcf_failed(status)) return fail_with(c, file, status);
        dcf_buf_addc(&j->out, '\n');
    }
    return write_out(c, j);
}

static int from_canonical(const ctl *c, job *j)
{
    const char *file = c->args[0];
    Dcf__V1__Envelope *envelope = NULL;
    int code = read_document(c, j, file);
    if (code != CTL_OK) return code;
    if (is_binary(c, OPT_INPUT)) {
        envelope = dcf__v1__envelope__unpack(&j->arena.pb, j->in.size, j->in.data);
        if (!envelope)
            return ctl_fail(c, CTL_FAILED, "Is it JSON? Leave --input out.",
                            "%s: no packed envelope", file);
    } else {
        code = judge(
            c, j, file,
            dcf_canonical_from_json(dcf_buf_span(&j->in), NULL, &j->arena, &j->faults, &envelope));
        if (code != CTL_OK) return code;
        dcf_faults_init(&j->faults, &j->arena, FAULTS_MAX); /* those so far are printed */
    }
    code =
        judge(c, j, file, dcf_from_canonical(j->dialect, envelope, &j->arena, &j->faults, &j->out));
    return code == CTL_OK ? write_out(c, j) : code;
}

static int check(const ctl *c, job *j)
{
    int worst = CTL_OK;
    for (int i = 0; i < c->arg_count; i++) {
        Dcf__V1__Envelope *envelope = NULL;
        const char *file = c->args[i];
        job_next(j);
        int code = read_document(c, j, file);
        if (code == CTL_OK)
            code = judge(c, j, file,
                         dcf_to_canonical(j->dialect, dcf_buf_span(&j->in), NULL, &j->arena,
                                          &j->faults, &envelope));
        if (code == CTL_OK || code == CTL_FAILED)
            fprintf(c->out, "%s: %s, %zu errors, %zu warnings\n", file,
                    code == CTL_OK ? "ok" : "faulty", j->faults.errors,
                    j->faults.count + j->faults.dropped - j->faults.errors);
        if (code > worst) worst = code;
    }
    return worst;
}

static int with_dialect(ctl *c, int (*work)(const ctl *c, job *j))
{
    job j;
    job_begin(&j);
    int code = load_dialect(c, &j);
    if (code == CTL_OK) code = work(c, &j);
    job_end(&j);
    return code;
}

int ctl_map_to_canonical(ctl *c)
{
    return with_dialect(c, to_canonical);
}

int ctl_map_from_canonical(ctl *c)
{
    return with_dialect(c, from_canonical);
}

int ctl_map_check(ctl *c)
{
    return with_dialect(c, check);
}

int ctl_map_lint(ctl *c)
{
    int worst = CTL_OK;
    for (int i = 0; i < c->arg_count; i++) {
        char file[PATH_MAX];
        job j;
        job_begin(&j);
        const char *arg = c->args[i], *name = file;
        int code = CTL_OK;
        if (strchr(arg, '/') || strchr(arg, '.'))
            name = arg;
        else
            code = mapping_of(c, arg, file);
        if (code == CTL_OK) code = load_mapping(c, &j, name);
        if (code == CTL_OK)
            fprintf(c->out, "%s: ok, dialect %s version %s\n", name, dcf_dialect_name(j.dialect),
                    dcf_dialect_version(j.dialect));
        if (code > worst) worst = code;
        job_end(&j);
    }
    return worst;
}
