/* faults.c - dcfctl explain and faults: the fault table for people and for the documentation. */
#include "ctl/ctl.h"
#include "dcf/fault.h"

static const char *severity(const dcf_fault_row *row)
{
    return row->severity == DCF_SEVERITY_WARN ? "warn" : "error";
}

static json_t *row_json(const dcf_fault_row *row)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "code", row->id, "name", row->name,
                     "severity", severity(row), "who", row->who, "text", row->text, "cause",
                     row->cause, "remedy", row->remedy, "avoidance", row->avoidance);
}

static const ctl_column BRIEF[] = {{"CODE", "code", CELL_TEXT},
                                   {"SEVERITY", "severity", CELL_TEXT},
                                   {"WHO ACTS", "who", CELL_TEXT},
                                   {"FAULT", "text", CELL_TEXT}};
static const ctl_column WHOLE[] = {
    {"CODE", "code", CELL_TEXT},           {"NAME", "name", CELL_TEXT},
    {"SEVERITY", "severity", CELL_TEXT},   {"FAULT", "text", CELL_TEXT},
    {"CAUSE", "cause", CELL_TEXT},         {"REMEDY", "remedy", CELL_TEXT},
    {"AVOIDANCE", "avoidance", CELL_TEXT}, {"WHO ACTS", "who", CELL_TEXT}};

static int print_all(ctl *c)
{
    size_t n;
    const dcf_fault_row *rows = dcf_fault_rows(&n);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) json_array_append_new(list, row_json(&rows[i]));
    if (ctl_wants_json(c))
        ctl_json(c, list);
    else
        ctl_table(c, BRIEF, CTL_COUNT(BRIEF), list, "");
    json_decref(list);
    return CTL_OK;
}

int ctl_explain(ctl *c)
{
    if (!c->arg_count) return print_all(c);
    const dcf_fault_row *row = dcf_fault_row_by_id(c->args[0]);
    if (!row)
        return ctl_fail(c, CTL_NOT_FOUND, "dcfctl explain lists all codes.",
                        "there is no fault code '%s'", c->args[0]);
    json_t *json = row_json(row);
    if (ctl_wants_json(c))
        ctl_json(c, json);
    else
        ctl_fields(c, WHOLE, CTL_COUNT(WHOLE), json);
    json_decref(json);
    return CTL_OK;
}

static const char *chapter(int code)
{
    static const char *const titles[] = {"",
                                         "1xxx: bytes and syntax",
                                         "2xxx: mapping and content",
                                         "3xxx: identifiers",
                                         "4xxx: exchange rules",
                                         "5xxx: delivery",
                                         "6xxx: gateway",
                                         "7xxx: mapping files"};
    size_t group = (size_t)code / 1000;
    return group < CTL_COUNT(titles) ? titles[group] : "";
}

int ctl_faults(ctl *c)
{
    if (!c->opt[OPT_MARKDOWN]) return print_all(c);
    size_t n;
    const dcf_fault_row *rows = dcf_fault_rows(&n);
    fputs("# Fault codes\n\nMade by `dcfctl faults --markdown`. A code is stable: it is never "
          "renumbered.\n",
          c->out);
    for (size_t i = 0; i < n; i++) {
        const dcf_fault_row *r = &rows[i];
        if (!i || rows[i - 1].code / 1000 != r->code / 1000)
            fprintf(c->out, "\n## %s\n", chapter((int)r->code));
        fprintf(c->out,
                "\n### %s %s\n\n%s: %s.\n\n* Cause: %s\n* Remedy: %s\n* Avoidance: %s\n* Who acts: "
                "%s\n",
                r->id, r->name, severity(r), r->text, r->cause, r->remedy, r->avoidance, r->who);
    }
    return CTL_OK;
}
