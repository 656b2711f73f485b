/* map_job.c - what the commands of dcfctl map share: dialects found, documents read, faults told.
 */
#include "ctl/map_job.h"

#include "model/fault_json.h"

#include <sys/stat.h>
#include <unistd.h>

enum { MEMORY_MAX = 512 << 20 };

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

const char *map_dialects(const ctl *c, char buf[PATH_MAX])
{
    const char *folder = ctl_setting(c, OPT_DIALECTS, "DCF_DIALECTS", NULL);
    if (folder) return folder;
    return source_tree_dialects(buf) ? buf : CTL_DIALECTS_DIR;
}

/* The mapping file to use: --mapping, or mapping.yaml of the dialect. */
static int file_of(const ctl *c, const char *dialect, char out[PATH_MAX])
{
    char found[PATH_MAX];
    const char *folder = map_dialects(c, found);
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
    if (f->code == DCF_FAULT_MAPPING && *f->path) file = f->path; /* or a code table's */
    fputs(file, c->err);
    if (f->line) fprintf(c->err, ":%u:%u", f->line, f->column);
    fprintf(c->err, ": %s %s", f->severity == DCF_SEVERITY_ERROR ? "error" : "warning", row->id);
    if (*where && strcmp(where, file) != 0) fprintf(c->err, " %s", where);
    fprintf(c->err, ": %s", row->text);
    if (*f->detail) fprintf(c->err, " (%s)", f->detail);
    fputc('\n', c->err);
}

/* The remedy of a code stands once, below the last of those in a row that have it. */
void map_print_faults(const ctl *c, const char *file, const dcf_faults *faults)
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
int map_fail(const ctl *c, const char *file, dcf_status status)
{
    if (dcf_is(status, DCF_E_NOT_FOUND))
        return ctl_fail(c, CTL_NOT_FOUND, NULL, "there is no file %s", file);
    return ctl_fail(c, dcf_status_class(status) == DCF_CLASS_POISON ? CTL_FAILED : CTL_INTERNAL,
                    NULL, "%s: %s", file, dcf_status_text(status));
}

/* --- one command's work ----------------------------------------------------------------------- */

void map_begin(map_job *j)
{
    *j = (map_job){.in = {.limit = MAP_DOCUMENT_MAX}};
    dcf_arena_init(&j->arena, MEMORY_MAX);
    dcf_arena_init(&j->kept, MEMORY_MAX);
    dcf_faults_init(&j->faults, &j->arena, MAP_FAULTS_MAX);
}

void map_end(map_job *j)
{
    dcf_dialect_free(j->dialect);
    dcf_buf_fini(&j->in);
    dcf_buf_fini(&j->out);
    dcf_arena_fini(&j->arena);
    dcf_arena_fini(&j->kept);
}

void map_next(map_job *j)
{
    dcf_arena_reset(&j->arena);
    dcf_faults_init(&j->faults, &j->arena, MAP_FAULTS_MAX);
    dcf_buf_clear(&j->in);
    dcf_buf_clear(&j->out);
}

static int load_file(const ctl *c, map_job *j, const char *file)
{
    if (file != j->file) snprintf(j->file, sizeof j->file, "%s", file);
    dcf_status status = dcf_dialect_load(file, &j->faults, &j->dialect);
    bool told = j->faults.count > 0;
    map_print_faults(c, file, &j->faults);
    dcf_faults_init(&j->faults, &j->arena, MAP_FAULTS_MAX);
    if (dcf_ok(status)) return CTL_OK;
    return told ? CTL_FAILED : map_fail(c, file, status);
}

static int load(const ctl *c, map_job *j)
{
    if (!c->opt[OPT_DIALECT] == !c->opt[OPT_MAPPING])
        return ctl_fail(c, CTL_USAGE, "For instance: dcfctl map check --dialect spi FILE",
                        "give either --dialect or --mapping");
    if (c->opt[OPT_MAPPING]) return load_file(c, j, c->opt[OPT_MAPPING]);
    int code = file_of(c, c->opt[OPT_DIALECT], j->file);
    return code == CTL_OK ? load_file(c, j, j->file) : code;
}

int map_find(const ctl *c, map_job *j, const char *name)
{
    struct stat st;
    char found[PATH_MAX];
    bool folder = stat(name, &st) == 0 && S_ISDIR(st.st_mode), word = !strpbrk(name, "/.");
    snprintf(j->file, sizeof j->file, "%s/%s/mapping.yaml", map_dialects(c, found), name);
    if (word && (!folder || access(j->file, R_OK) == 0)) return file_of(c, name, j->file);
    snprintf(j->file, sizeof j->file, folder ? "%s/mapping.yaml" : "%s", name);
    return CTL_OK;
}

int map_load_any(const ctl *c, map_job *j, const char *name)
{
    int code = map_find(c, j, name);
    return code == CTL_OK ? load_file(c, j, j->file) : code;
}

static dcf_status read_standard_input(dcf_buf *out)
{
    uint8_t chunk[65536];
    size_t n;
    while (!out->failed && (n = fread(chunk, 1, sizeof chunk, stdin)) > 0)
        dcf_buf_add(out, dcf_span_of(chunk, n));
    return ferror(stdin) ? DCF_ERR(IO) : dcf_buf_status(out);
}

int map_read(const ctl *c, map_job *j, const char *file)
{
    dcf_status status = strcmp(file, "-") == 0 ? read_standard_input(&j->in)
                                               : dcf_buf_read_file(&j->in, file, MAP_DOCUMENT_MAX);
    if (dcf_ok(status)) return CTL_OK;
    if (!dcf_is(status, DCF_E_LIMIT)) return map_fail(c, file, status);
    dcf_faults_add(&j->faults, DCF_FAULT_TOO_LARGE, 0, 0, "", "", "more than %d bytes",
                   MAP_DOCUMENT_MAX);
    map_print_faults(c, file, &j->faults);
    return CTL_FAILED;
}

/* Ends a translation: its faults, and the exit code. */
int map_judge(const ctl *c, const map_job *j, const char *file, dcf_status status)
{
    map_print_faults(c, file, &j->faults);
    if (dcf_ok(status)) return CTL_OK;
    return dcf_is(status, DCF_E_FAULTY) && j->faults.errors ? CTL_FAILED
                                                            : map_fail(c, file, status);
}

int map_run(ctl *c, int (*work)(const ctl *c, map_job *j))
{
    map_job j;
    map_begin(&j);
    int code = load(c, &j);
    if (code == CTL_OK) code = work(c, &j);
    map_end(&j);
    return code;
}
