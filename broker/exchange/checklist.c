/* checklist.c - the set of profiles, and the run of one over a case file; see checklist.h. */
#include "exchange/checklist.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONDITIONS_MEMORY = 8 << 20, PATH_SIZE = 4096 };

static const char local_name[] = "local.yaml";

/* --- loading --------------------------------------------------------------------------- */

static dcf_status open_doc(dcf_checklists *set, const char *folder, const char *name,
                           dcf_yaml_doc **ret, dcf_yaml_error *err)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    DCF_TRY(dcf_yaml_load(path, ret, err));
    set->docs[set->doc_count++] = *ret;
    return DCF_OK;
}

static dcf_status load_profile(dcf_checklists *set, const char *folder, const char *name,
                               dcf_yaml_error *err)
{
    dcf_yaml_doc *doc = NULL;
    if (set->count == DCF_PROFILES_MAX) {
        if (err)
            snprintf(err->text, sizeof err->text, "%s: more than %d profiles", folder,
                     DCF_PROFILES_MAX);
        return DCF_ERR(CONFIG);
    }
    DCF_TRY(open_doc(set, folder, name, &doc, err));
    dcf_checklist *c = calloc(1, sizeof *c);
    if (!c) return DCF_ERR(NOMEM);
    dcf_status s = dcf_checklist_read(set, doc, c, err);
    if (dcf_failed(s))
        free(c);
    else
        set->items[set->count++] = c;
    return s;
}

static int is_rule_file(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return entry->d_name[0] != '.' && size > 5 && !strcmp(entry->d_name + size - 5, ".yaml");
}

static dcf_status load_all(dcf_checklists *set, const char *folder, struct dirent **names,
                           int count, dcf_yaml_error *err)
{
    dcf_yaml_doc *local = NULL;
    for (int i = 0; i < count; i++)
        if (strcmp(names[i]->d_name, local_name) == 0)
            DCF_TRY(open_doc(set, folder, local_name, &local, err));
        else
            DCF_TRY(load_profile(set, folder, names[i]->d_name, err));
    return local ? dcf_checklist_read_local(set, local, err) : DCF_OK;
}

dcf_status dcf_checklists_load(const char *folder, dcf_checklists **ret, dcf_yaml_error *err)
{
    struct dirent **names = NULL;
    int count = scandir(folder, &names, is_rule_file, alphasort);
    if (count <= 0) {
        free(names);
        if (err) snprintf(err->text, sizeof err->text, "%s: no folder with profiles", folder);
        return DCF_ERR(NOT_FOUND);
    }
    dcf_checklists *set = calloc(1, sizeof *set);
    dcf_status s = set ? DCF_OK : DCF_ERR(NOMEM);
    if (set) dcf_arena_init(&set->arena, CONDITIONS_MEMORY);
    if (set) s = load_all(set, folder, names, count, err);
    for (int i = 0; i < count; i++) free(names[i]);
    free(names);
    if (dcf_failed(s))
        dcf_checklists_free(set);
    else
        *ret = set;
    return s;
}

void dcf_checklists_free(dcf_checklists *set)
{
    if (!set) return;
    for (size_t i = 0; i < set->count; i++) free(set->items[i]);
    for (size_t i = 0; i < set->doc_count; i++) dcf_yaml_free(set->docs[i]);
    dcf_arena_fini(&set->arena);
    free(set);
}

/* --- asking ------------------------------------------------------------------------------ */

const dcf_checklist *dcf_checklist_named(const dcf_checklists *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->items[i]->name, name) == 0) return set->items[i];
    return NULL;
}

const dcf_checklist *dcf_checklist_at(const dcf_checklists *set, dcf_day day)
{
    const dcf_checklist *newest = NULL;
    for (size_t i = 0; i < set->count; i++) {
        const dcf_checklist *c = set->items[i];
        if (!c->draft && day >= c->from && day <= c->until && (!newest || c->from > newest->from))
            newest = c;
    }
    return newest;
}

const dcf_check_rule *dcf_check_rule_of(const dcf_checklist *c, const char *code)
{
    for (size_t i = 0; i < c->rule_count; i++)
        if (strcasecmp(c->rules[i].code, code) == 0) return &c->rules[i];
    return NULL;
}

size_t dcf_case_type_of(const dcf_checklist *c, const char *name)
{
    size_t i = 0;
    while (i < c->type_count && strcmp(c->types[i].name, name) != 0) i++;
    return i;
}

/* --- running ------------------------------------------------------------------------------- */

static size_t type_of(const dcf_checklist *c, const dcf_facts *facts)
{
    size_t i = 0;
    while (i < c->type_count && !dcf_condition_holds(c->types[i].when, facts)) i++;
    return i;
}

static bool is_found(const dcf_check_rule *rule, const dcf_facts *facts)
{
    return rule->needs && dcf_condition_holds(rule->when, facts) &&
           !dcf_condition_holds(rule->needs, facts);
}

static dcf_status add_findings(const dcf_checklist *c, size_t type, dcf_check_severity severity,
                               const dcf_facts *facts, dcf_arena *arena, Dcf__V1__CheckResult *to)
{
    for (size_t i = 0; i < c->rule_count; i++) {
        const dcf_check_rule *rule = &c->rules[i];
        if (!rule->enabled || rule->severity[type] != severity || !is_found(rule, facts)) continue;
        Dcf__V1__Finding *f = dcf_arena_alloc(arena, sizeof *f);
        if (!f) return DCF_ERR(NOMEM);
        dcf__v1__finding__init(f);
        f->rule = (char *)rule->code;
        f->severity = (char *)dcf_check_severity_name(severity);
        f->reason = (char *)rule->reason;
        to->findings[to->n_findings++] = f;
    }
    return DCF_OK;
}

dcf_status dcf_checklist_run(const dcf_checklist *c, const dcf_facts *facts, dcf_arena *arena,
                             Dcf__V1__CheckResult **ret)
{
    Dcf__V1__CheckResult *r = dcf_arena_alloc(arena, sizeof *r);
    size_t type = type_of(c, facts);
    if (!r) return DCF_ERR(NOMEM);
    dcf__v1__check_result__init(r);
    r->profile = (char *)c->name;
    r->version = dcf_arena_printf(arena, "%s%s", c->version, c->changed_here ? "+local" : "");
    r->case_type = (char *)(type < c->type_count ? c->types[type].name : "");
    r->at_ms = facts->now_ms;
    r->decides = !c->draft;
    r->findings = dcf_arena_alloc(arena, c->rule_count * sizeof(Dcf__V1__Finding *));
    if (!r->findings || !r->version) return DCF_ERR(NOMEM);
    for (dcf_check_severity s = DCF_CHECK_REJECT; type < c->type_count && s > DCF_CHECK_NONE; s--)
        DCF_TRY(add_findings(c, type, s, facts, arena, r));
    *ret = r;
    return DCF_OK;
}
