/* checklist_form.c - dcfctl checklist form and diff: the checklist on paper, and two of them side
 * by side. */
#include "ctl/checklist.h"

/* --- form --------------------------------------------------------------------------------- */

static void print_rule(const ctl *c, const dcf_check_rule *rule, dcf_check_severity severity)
{
    static const char *const what[] = {"", "recorded only", "goes on with a warning",
                                       "the file is held", "the file is returned"};
    fprintf(c->out, "- [ ] **%s %s**%s\n  %s\n", rule->code, rule->title,
            rule->verified ? "" : " (unverified)", rule->officer);
    if (rule->when) {
        dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
        dcf_condition_print(rule->when, &text);
        fprintf(c->out, "  Only if: %s.\n", dcf_buf_cstr(&text));
    }
    fprintf(c->out, "  If not: %s. Source: %s.%s%s\n",
            rule->needs ? what[severity] : "for you to judge", rule->source,
            rule->local ? " Changed at this site: " : "", rule->local ? rule->local : "");
}

static void print_type(const ctl *c, const dcf_checklist *list, size_t type)
{
    const char *group = "";
    dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_condition_print(list->types[type].when, &text);
    fprintf(c->out, "\n## %s\n\nWhen %s.\n", list->types[type].title, dcf_buf_cstr(&text));
    for (size_t i = 0; i < list->rule_count; i++) {
        const dcf_check_rule *rule = &list->rules[i];
        if (!rule->enabled || rule->severity[type] == DCF_CHECK_NONE) continue;
        if (strcmp(group, rule->group) != 0) fprintf(c->out, "\n### %s\n\n", rule->group);
        group = rule->group;
        print_rule(c, rule, rule->severity[type]);
    }
}

static void print_standard(const ctl *c, const dcf_checklist *list)
{
    if (!list->standard_count) return;
    fputs("\n## Reasons for which a sampled file fails the file standard\n\n", c->out);
    for (size_t i = 0; i < list->standard_count; i++) {
        const dcf_standard_reason *s = &list->standard[i];
        if (!s->enabled) continue;
        fprintf(c->out, "- %s %s: %s%s%s%s\n", s->code, s->group, s->title,
                s->verified ? "" : " (unverified)", *s->rules ? "; found by " : "", s->rules);
    }
}

static int print_form(const ctl *c, const dcf_checklists *set, const dcf_checklist *list)
{
    const char *wanted = c->opt[OPT_CASE_TYPE];
    size_t type = wanted ? dcf_case_type_of(list, wanted) : 0;
    (void)set;
    if (type == list->type_count) {
        dcf_buf names DCF_CLEANUP(dcf_buf_fini) = {0};
        for (size_t i = 0; i < list->type_count; i++)
            dcf_buf_printf(&names, " %s", list->types[i].name);
        return ctl_fail(c, CTL_NOT_FOUND, dcf_buf_cstr(&names),
                        "there is no case type '%s'; there are:", wanted);
    }
    fprintf(c->out, "# %s\n\nProfile %s, version %s%s%s. Source: %s.\n", list->title, list->name,
            list->version, list->changed_here ? "+local" : "",
            list->draft ? ", a draft that decides nothing" : "", list->source);
    fputs("\nCase (URN): ______________________  Checked by: ______________________  Date: "
          "______________\n",
          c->out);
    for (size_t i = 0; i < list->type_count; i++)
        if (!wanted || i == type) print_type(c, list, i);
    if (!wanted) print_standard(c, list);
    return CTL_OK;
}

int ctl_checklist_form(ctl *c)
{
    return checklist_with(c, print_form);
}

/* --- diff ------------------------------------------------------------------------------------ */

static void add_row(json_t *rows, const char *rule, const char *what, const char *a, const char *b)
{
    if (strcmp(a, b) != 0)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s}", "rule", rule, "what", what,
                                              "first", a, "second", b));
}

static void condition_text(const dcf_check_rule *rule, const dcf_condition *c, dcf_buf *out)
{
    if (!c && rule->needs != c) dcf_buf_adds(out, "always");
    if (c) dcf_condition_print(c, out);
}

static void diff_conditions(json_t *rows, const char *what, const dcf_check_rule *a,
                            const dcf_check_rule *b, bool needs)
{
    dcf_buf x DCF_CLEANUP(dcf_buf_fini) = {0}, y DCF_CLEANUP(dcf_buf_fini) = {0};
    condition_text(a, needs ? a->needs : a->when, &x);
    condition_text(b, needs ? b->needs : b->when, &y);
    add_row(rows, a->code, what, dcf_buf_cstr(&x), dcf_buf_cstr(&y));
}

static dcf_check_severity severity_in(const dcf_checklist *list, const dcf_check_rule *rule,
                                      const char *type)
{
    size_t t = dcf_case_type_of(list, type);
    return t < list->type_count && rule->enabled ? rule->severity[t] : DCF_CHECK_NONE;
}

static void diff_rule(json_t *rows, const dcf_checklist *a, const dcf_check_rule *x,
                      const dcf_checklist *b, const dcf_check_rule *y)
{
    add_row(rows, x->code, "title", x->title, y->title);
    for (size_t t = 0; t < a->type_count; t++)
        add_row(rows, x->code, a->types[t].title,
                dcf_check_severity_name(severity_in(a, x, a->types[t].name)),
                dcf_check_severity_name(severity_in(b, y, a->types[t].name)));
    diff_conditions(rows, "asked when", x, y, false);
    diff_conditions(rows, "needs", x, y, true);
    add_row(rows, x->code, "officer", x->officer, y->officer);
    add_row(rows, x->code, "lawyer", x->lawyer, y->lawyer);
}

static int print_diff(const ctl *c, const dcf_checklist *a, const dcf_checklist *b)
{
    const ctl_column columns[] = {{"RULE", "rule", CELL_TEXT},
                                  {"WHAT", "what", CELL_TEXT},
                                  {a->name, "first", CELL_TEXT},
                                  {b->name, "second", CELL_TEXT}};
    json_t *rows = json_array();
    for (size_t i = 0; i < a->rule_count; i++) {
        const dcf_check_rule *y = dcf_check_rule_of(b, a->rules[i].code);
        if (y)
            diff_rule(rows, a, &a->rules[i], b, y);
        else
            add_row(rows, a->rules[i].code, "rule", a->rules[i].title, "-");
    }
    for (size_t i = 0; i < b->rule_count; i++)
        if (!dcf_check_rule_of(a, b->rules[i].code))
            add_row(rows, b->rules[i].code, "rule", "-", b->rules[i].title);
    if (ctl_wants_json(c))
        ctl_json(c, rows);
    else
        ctl_table(c, columns, CTL_COUNT(columns), rows, "They say the same.");
    json_decref(rows);
    return CTL_OK;
}

int ctl_checklist_diff(ctl *c)
{
    dcf_checklists *set = NULL;
    int code = checklist_load(c, &set);
    const dcf_checklist *two[2] = {NULL, NULL};
    for (int i = 0; i < 2 && code == CTL_OK; i++) {
        two[i] = dcf_checklist_named(set, c->args[i]);
        if (!two[i])
            code = ctl_fail(c, CTL_NOT_FOUND, "dcfctl checklist list shows the profiles.",
                            "there is no profile '%s'", c->args[i]);
    }
    if (two[0] && two[1]) code = print_diff(c, two[0], two[1]);
    dcf_checklists_free(set);
    return code;
}
