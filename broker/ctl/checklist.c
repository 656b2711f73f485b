/* checklist.c - dcfctl checklist: the national checklist tried on a file, explained, compared. */
#include "ctl/checklist.h"

#include "ctl/map_job.h"
#include "dcf/v1/envelope.pb-c.h"

#include <stdlib.h>

int checklist_load(const ctl *c, dcf_checklists **ret)
{
    char folder[PATH_MAX];
    dcf_yaml_error err = {{0}};
    int code = ctl_rule_file(c, "checklists", folder);
    if (code != CTL_OK) return code;
    dcf_status s = dcf_checklists_load(folder, ret, &err);
    return dcf_ok(s) ? CTL_OK
                     : ctl_fail(c, CTL_FAILED, "Correct the rule file at the line given.", "%s",
                                *err.text ? err.text : dcf_status_text(s));
}

static int choose(const ctl *c, const dcf_checklists *set, const dcf_checklist **ret)
{
    int64_t at = 0;
    const char *name = c->opt[OPT_PROFILE];
    int code = ctl_moment(c, &at);
    if (code != CTL_OK) return code;
    *ret = name ? dcf_checklist_named(set, name) : dcf_checklist_at(set, dcf_day_at(at));
    if (*ret) return CTL_OK;
    return ctl_fail(c, CTL_NOT_FOUND, "dcfctl checklist list shows the profiles.",
                    name ? "there is no profile '%s'" : "no profile is in force then", name);
}

/* --- run ------------------------------------------------------------------------------ */

static const ctl_column FINDINGS[] = {
    {"RULE", "rule", CELL_TEXT},     {"SEVERITY", "severity", CELL_TEXT},
    {"REASON", "reason", CELL_TEXT}, {"VERIFIED", "verified", CELL_TEXT},
    {"FINDING", "title", CELL_TEXT}, {"WHAT TO DO", "officer", CELL_TEXT}};

static json_t *finding_json(const dcf_checklist *list, const Dcf__V1__Finding *f)
{
    const dcf_check_rule *rule = dcf_check_rule_of(list, f->rule);
    return json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:s}", "rule", f->rule, "severity",
                     f->severity, "reason", f->reason, "verified", rule->verified, "title",
                     rule->title, "officer", rule->officer, "lawyer", rule->lawyer);
}

static const char *verdict(const Dcf__V1__CheckResult *r)
{
    if (!r->case_type[0]) return "not a type of case this profile knows";
    if (!r->n_findings) return "meets the checklist";
    const char *gravest = r->findings[0]->severity;
    if (!strcmp(gravest, "reject")) return "would be refused";
    if (!strcmp(gravest, "hold")) return "would be held";
    return !strcmp(gravest, "warn") ? "goes on, with warnings" : "meets the checklist, with notes";
}

static int print_result(const ctl *c, const dcf_checklist *list, const Dcf__V1__CheckResult *r)
{
    json_t *findings = json_array();
    for (size_t i = 0; i < r->n_findings; i++)
        json_array_append_new(findings, finding_json(list, r->findings[i]));
    size_t type = dcf_case_type_of(list, r->case_type);
    const char *title = type < list->type_count ? list->types[type].title : "unknown";
    if (ctl_wants_json(c)) {
        json_t *whole =
            json_pack("{s:s, s:s, s:s, s:s, s:O}", "profile", r->profile, "version", r->version,
                      "case_type", r->case_type, "verdict", verdict(r), "findings", findings);
        ctl_json(c, whole);
        json_decref(whole);
    } else {
        fprintf(c->out, "%s %s, %s: %s\n", r->profile, r->version, title, verdict(r));
        if (r->n_findings) {
            fputc('\n', c->out);
            ctl_table(c, FINDINGS, CTL_COUNT(FINDINGS), findings, "");
        }
    }
    json_decref(findings);
    bool stops = r->n_findings && (!strcmp(r->findings[0]->severity, "reject") ||
                                   !strcmp(r->findings[0]->severity, "hold"));
    return stops ? CTL_FAILED : CTL_OK;
}

static int check_file(const ctl *c, map_job *j)
{
    const char *file = c->args[0];
    Dcf__V1__Envelope *e = NULL;
    dcf_checklists *set = NULL;
    const dcf_checklist *list = NULL;
    Dcf__V1__CheckResult *r = NULL;
    const Dcf__V1__CaseState nothing = DCF__V1__CASE_STATE__INIT;
    int64_t at = 0;
    int code = map_read(c, j, file);
    if (code != CTL_OK) return code;
    dcf_span in = dcf_buf_span(&j->in);
    code = map_judge(c, j, file,
                     j->dialect ? dcf_to_canonical(j->dialect, in, NULL, &j->arena, &j->faults, &e)
                                : dcf_canonical_from_json(in, NULL, &j->arena, &j->faults, &e));
    if (code != CTL_OK) return code;
    if (e->body_case != DCF__V1__ENVELOPE__BODY_CASE_SUBMISSION)
        return ctl_fail(c, CTL_FAILED, "The checklist is about case submissions.",
                        "%s is no case submission", file);
    code = checklist_load(c, &set);
    if (code == CTL_OK) code = choose(c, set, &list);
    if (code == CTL_OK) code = ctl_moment(c, &at);
    const dcf_facts facts = {&e->case_submission->base, &nothing, at};
    if (code == CTL_OK && dcf_failed(dcf_checklist_run(list, &facts, &j->arena, &r)))
        code = ctl_fail(c, CTL_INTERNAL, NULL, "out of memory");
    if (code == CTL_OK) code = print_result(c, list, r);
    dcf_checklists_free(set);
    return code;
}

int ctl_checklist_run(ctl *c)
{
    if (c->opt[OPT_DIALECT] || c->opt[OPT_MAPPING]) return map_run(c, check_file);
    map_job j; /* a canonical message, as JSON */
    map_begin(&j);
    int code = check_file(c, &j);
    map_end(&j);
    return code;
}

/* --- list, explain ---------------------------------------------------------------------- */

static void add_severities(const dcf_checklist *list, const dcf_check_rule *rule, json_t *to)
{
    for (size_t t = 0; t < list->type_count; t++)
        if (rule->severity[t] != DCF_CHECK_NONE)
            json_object_set_new(to, list->types[t].name,
                                json_string(dcf_check_severity_name(rule->severity[t])));
}

/* "reject pcd_ngap pcd_gap; warn threshold": gravest first. */
static void severities_text(const dcf_checklist *list, const dcf_check_rule *rule, dcf_buf *out)
{
    for (dcf_check_severity s = DCF_CHECK_REJECT; s > DCF_CHECK_NONE; s--) {
        bool first = true;
        for (size_t t = 0; t < list->type_count; t++) {
            if (rule->severity[t] != s) continue;
            if (first)
                dcf_buf_printf(out, "%s%s", out->size ? "; " : "", dcf_check_severity_name(s));
            first = false;
            dcf_buf_printf(out, " %s", list->types[t].name);
        }
    }
}

static json_t *condition_json(const dcf_condition *condition)
{
    dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_condition_print(condition, &text);
    return json_string(dcf_buf_cstr(&text));
}

static json_t *rule_json(const dcf_checklist *list, const dcf_check_rule *rule)
{
    dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
    severities_text(list, rule, &text);
    json_t *severity = json_object();
    add_severities(list, rule, severity);
    json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:o, s:s}", "code",
                            rule->code, "title", rule->title, "group", rule->group, "reason",
                            rule->reason, "officer", rule->officer, "lawyer", rule->lawyer,
                            "source", rule->source, "verified", rule->verified, "enabled",
                            rule->enabled, "severity", severity, "severities", dcf_buf_cstr(&text));
    json_object_set_new(row, "when", condition_json(rule->when));
    json_object_set_new(row, "needs",
                        rule->needs ? condition_json(rule->needs)
                                    : json_string("a person's judgement"));
    json_object_set_new(row, "profile", json_string(list->name));
    if (rule->local) json_object_set_new(row, "changed_here", json_string(rule->local));
    return row;
}

static const ctl_column RULES[] = {
    {"RULE", "code", CELL_TEXT},         {"GROUP", "group", CELL_TEXT},
    {"VERIFIED", "verified", CELL_TEXT}, {"ON", "enabled", CELL_TEXT},
    {"TITLE", "title", CELL_TEXT},       {"SEVERITY", "severities", CELL_TEXT}};
static const ctl_column RULE[] = {{"RULE", "code", CELL_TEXT},
                                  {"PROFILE", "profile", CELL_TEXT},
                                  {"TITLE", "title", CELL_TEXT},
                                  {"SEVERITY", "severities", CELL_TEXT},
                                  {"ASKED WHEN", "when", CELL_TEXT},
                                  {"NEEDS", "needs", CELL_TEXT},
                                  {"OFFICER", "officer", CELL_TEXT},
                                  {"LAWYER", "lawyer", CELL_TEXT},
                                  {"TRIAGE REASON", "reason", CELL_TEXT},
                                  {"SOURCE", "source", CELL_TEXT},
                                  {"VERIFIED", "verified", CELL_TEXT},
                                  {"ON", "enabled", CELL_TEXT},
                                  {"CHANGED HERE", "changed_here", CELL_TEXT}};

static int list_rules(const ctl *c, const dcf_checklists *set, const dcf_checklist *list)
{
    char from[DCF_DAY_TEXT_SIZE];
    json_t *rows = json_array();
    for (size_t i = 0; i < list->rule_count; i++)
        json_array_append_new(rows, rule_json(list, &list->rules[i]));
    if (ctl_wants_json(c)) {
        ctl_json(c, rows);
    } else {
        for (size_t i = 0; i < set->count; i++)
            fprintf(c->out, "%s %s: %s (%s%s)\n", set->items[i]->name, set->items[i]->version,
                    set->items[i]->title, set->items[i]->draft ? "draft" : "in force from ",
                    set->items[i]->draft ? "" : dcf_day_format(set->items[i]->from, from));
        fprintf(c->out, "\nRules of %s:\n\n", list->name);
        ctl_table(c, RULES, CTL_COUNT(RULES), rows, "");
    }
    json_decref(rows);
    return CTL_OK;
}

static int explain_standard(const ctl *c, const dcf_checklist *list, const char *code)
{
    static const ctl_column columns[] = {{"REASON", "code", CELL_TEXT},
                                         {"GROUP", "group", CELL_TEXT},
                                         {"TITLE", "title", CELL_TEXT},
                                         {"FOUND BY RULES", "rules", CELL_TEXT},
                                         {"VERIFIED", "verified", CELL_TEXT},
                                         {"ENABLED", "enabled", CELL_TEXT},
                                         {"CHANGED HERE", "changed_here", CELL_TEXT}};
    for (size_t i = 0; i < list->standard_count; i++) {
        const dcf_standard_reason *s = &list->standard[i];
        if (strcasecmp(s->code, code) != 0) continue;
        json_t *row =
            json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:s}", "code", s->code, "group", s->group,
                      "title", s->title, "rules", s->rules, "verified", s->verified, "enabled",
                      s->enabled, "changed_here", s->local ? s->local : "");
        if (ctl_wants_json(c))
            ctl_json(c, row);
        else
            ctl_fields(c, columns, CTL_COUNT(columns), row);
        json_decref(row);
        return CTL_OK;
    }
    return ctl_fail(c, CTL_NOT_FOUND, "dcfctl checklist list shows the rules.",
                    "%s has no rule and no reason '%s'", list->name, code);
}

static int explain_rule(const ctl *c, const dcf_checklists *set, const dcf_checklist *list)
{
    const dcf_check_rule *rule = dcf_check_rule_of(list, c->args[0]);
    (void)set;
    if (!rule) return explain_standard(c, list, c->args[0]);
    json_t *row = rule_json(list, rule);
    if (ctl_wants_json(c))
        ctl_json(c, row);
    else
        ctl_fields(c, RULE, CTL_COUNT(RULE) - !rule->local, row);
    json_decref(row);
    return CTL_OK;
}

int checklist_with(ctl *c,
                   int (*work)(const ctl *c, const dcf_checklists *set, const dcf_checklist *list))
{
    dcf_checklists *set = NULL;
    const dcf_checklist *list = NULL;
    int code = checklist_load(c, &set);
    if (code == CTL_OK) code = choose(c, set, &list);
    if (code == CTL_OK) code = work(c, set, list);
    dcf_checklists_free(set);
    return code;
}

int ctl_checklist_list(ctl *c)
{
    return checklist_with(c, list_rules);
}

int ctl_checklist_explain(ctl *c)
{
    return checklist_with(c, explain_rule);
}
