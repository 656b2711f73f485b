/* map_lint.c - dcfctl map lint: every mistake of mapping files, and what may go wrong with them. */
#include "authoring/lint.h"
#include "base/yaml.h"
#include "ctl/map_job.h"
#include "model/fault_json.h"

/* Whether a `use` below the node names the list. */
static bool uses(const dcf_yaml *node, const char *name)
{
    if (node->key && strcmp(node->key, "use") == 0 && node->kind == DCF_YAML_SCALAR)
        return strcmp(node->text, name) == 0;
    for (size_t i = 0; i < node->count; i++)
        if (uses(&node->items[i], name)) return true;
    return false;
}

/* Lists nobody uses are gone after compiling. */
static void lint_lists(map_job *j)
{
    dcf_yaml_doc *doc = NULL;
    if (dcf_failed(dcf_yaml_load(j->file, &doc, NULL))) return;
    const dcf_yaml *root = dcf_yaml_root(doc), *lists = dcf_yaml_get(root, "define");
    for (size_t i = 0; lists && i < lists->count; i++)
        if (!uses(root, lists->items[i].key))
            dcf_faults_add(&j->faults, DCF_FAULT_UNUSED, lists->items[i].line,
                           lists->items[i].column, j->file, "", "no row uses the list \"%s\"",
                           lists->items[i].key);
    dcf_yaml_free(doc);
}

static int against(const ctl *c, map_job *j)
{
    map_job other;
    if (!c->opt[OPT_AGAINST]) return CTL_OK;
    map_begin(&other);
    int code = map_load_any(c, &other, c->opt[OPT_AGAINST]);
    if (code == CTL_OK) dcf_lint_against(j->dialect, other.dialect, j->file, &j->faults);
    map_end(&other);
    return code;
}

static json_t *fault_of(const dcf_fault *f)
{
    dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_fault_json(f, &text);
    const char *json = dcf_buf_cstr(&text);
    json_t *value = json ? json_loads(json, 0, NULL) : NULL;
    return value ? value : json_null();
}

/* One mapping, told as an object. */
static json_t *report(const map_job *j, int code)
{
    json_t *faults = json_array();
    for (size_t i = 0; i < j->faults.count; i++)
        json_array_append_new(faults, fault_of(&j->faults.items[i]));
    return json_pack("{s:s, s:b, s:I, s:I, s:o}", "mapping", j->file, "ok", code == CTL_OK,
                     "errors", (json_int_t)j->faults.errors, "warnings",
                     (json_int_t)(j->faults.count + j->faults.dropped - j->faults.errors), "faults",
                     faults);
}

static int lint(const ctl *c, map_job *j, const char *name)
{
    int code = map_find(c, j, name);
    if (code != CTL_OK) return code;
    dcf_status s = dcf_dialect_load(j->file, &j->faults, &j->dialect);
    if (dcf_ok(s)) {
        dcf_lint(j->dialect, j->file, &j->faults);
        lint_lists(j);
        code = against(c, j);
    }
    if (dcf_failed(s) && !j->faults.count) return map_fail(c, j->file, s);
    bool bad = j->faults.errors || (c->opt[OPT_STRICT] && j->faults.count);
    return code == CTL_OK && bad ? CTL_FAILED : code;
}

int ctl_map_lint(ctl *c)
{
    int worst = CTL_OK;
    json_t *reports = json_array();
    for (int i = 0; i < c->arg_count; i++) {
        map_job j;
        map_begin(&j);
        int code = lint(c, &j, c->args[i]);
        if (ctl_wants_json(c)) {
            json_array_append_new(reports, report(&j, code));
        } else {
            map_print_faults(c, j.file, &j.faults);
            if (code == CTL_OK)
                fprintf(c->out, "%s: ok, dialect %s version %s%s\n", j.file,
                        dcf_dialect_name(j.dialect), dcf_dialect_version(j.dialect),
                        j.faults.count ? ", with warnings" : "");
        }
        if (code > worst) worst = code;
        map_end(&j);
    }
    if (ctl_wants_json(c)) ctl_json(c, reports);
    json_decref(reports);
    return worst;
}
