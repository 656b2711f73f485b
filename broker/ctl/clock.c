/* clock.c - dcfctl clock: the time limits there are, those of a case, and when one would end. */
#include "base/clock.h"
#include "ctl/rules.h"
#include "exchange/clock.h"

#include <stdlib.h>

typedef struct rules {
    dcf_lifecycle *lifecycle;
    dcf_holidays *holidays;
    dcf_clocks *clocks;
} rules;

static void free_rules(rules *r)
{
    dcf_clocks_free(r->clocks);
    dcf_holidays_free(r->holidays);
    dcf_lifecycle_free(r->lifecycle);
}

static int load_rules(const ctl *c, rules *ret)
{
    char lifecycle[PATH_MAX], holidays[PATH_MAX], clocks[PATH_MAX];
    dcf_yaml_error err = {{0}};
    int code = ctl_rule_file(c, "lifecycle.yaml", lifecycle);
    if (code == CTL_OK) code = ctl_rule_file(c, "bank-holidays.yaml", holidays);
    if (code == CTL_OK) code = ctl_rule_file(c, "clocks.yaml", clocks);
    if (code != CTL_OK) return code;
    dcf_status s = dcf_lifecycle_load(lifecycle, &ret->lifecycle, &err);
    if (dcf_ok(s)) s = dcf_holidays_load(holidays, &ret->holidays, &err);
    if (dcf_ok(s)) s = dcf_clocks_load(clocks, ret->lifecycle, ret->holidays, &ret->clocks, &err);
    return dcf_ok(s) ? CTL_OK
                     : ctl_fail(c, CTL_FAILED, "Correct the rule file at the line given.", "%s",
                                *err.text ? err.text : dcf_status_text(s));
}

/* --- in words ------------------------------------------------------------------------------ */

static void trigger_text(const rules *r, const dcf_clock_trigger *t, dcf_buf *out)
{
    if (out->size) dcf_buf_adds(out, "; ");
    if (t->on) {
        dcf_buf_printf(out, "%s", t->on->name);
        if (t->senders)
            dcf_buf_adds(out, t->senders == DCF_SENDER_CPS ? " of the CPS" : " of the force");
        if (t->when) dcf_buf_adds(out, " if ");
        if (t->when) dcf_condition_print(t->when, out);
        return;
    }
    dcf_buf_adds(out, "the case is");
    for (unsigned s = 0, n = 0; s < r->lifecycle->state_count; s++)
        if (t->states >> s & 1U)
            dcf_buf_printf(out, "%s %s", n++ ? " or" : "", r->lifecycle->states[s]);
}

static json_t *triggers_json(const rules *r, const dcf_clock_trigger *list, size_t count)
{
    dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
    for (size_t i = 0; i < count; i++) trigger_text(r, &list[i], &text);
    return json_string(dcf_buf_cstr(&text));
}

static json_t *alerts_json(const dcf_clock_rule *rule)
{
    dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
    for (size_t i = 0; i < rule->alert_count; i++) {
        dcf_period p = rule->alerts[i];
        char period[DCF_PERIOD_TEXT_SIZE];
        bool before = p.count < 0;
        if (!p.count) continue;
        p.count = before ? -p.count : p.count;
        dcf_buf_printf(&text, "%s%s %s", text.size ? ", " : "", dcf_period_format(p, period),
                       before ? "before" : "after");
    }
    return json_string(dcf_buf_cstr(&text));
}

/* "force missed; cps warning, missed" */
static json_t *told_json(const dcf_clock_rule *rule)
{
    const struct {
        const char *who;
        unsigned what;
    } told[] = {{"force", rule->tell_force}, {"cps", rule->tell_cps}};
    dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
    for (size_t i = 0; i < CTL_COUNT(told); i++) {
        bool warning = told[i].what & DCF_TELL_WARNING, missed = told[i].what & DCF_TELL_MISSED;
        if (!told[i].what) continue;
        dcf_buf_printf(&text, "%s%s %s%s%s", text.size ? "; " : "", told[i].who,
                       warning ? "warning" : "", warning && missed ? ", " : "",
                       missed ? "missed" : "");
    }
    return json_string(text.size ? dcf_buf_cstr(&text) : "");
}

static json_t *rule_json(const rules *r, const dcf_clock_rule *rule)
{
    json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "clock", rule->name, "title",
                          rule->title, "meaning", rule->meaning, "source", rule->source, "who",
                          rule->who, "verified", rule->verified, "enabled", rule->enabled);
    json_object_set_new(j, "starts", triggers_json(r, rule->start, rule->start_count));
    json_object_set_new(j, "stops", triggers_json(r, rule->stop, rule->stop_count));
    json_object_set_new(j, "suspended_by", triggers_json(r, rule->suspend, rule->suspend_count));
    json_object_set_new(j, "warns", alerts_json(rule));
    json_object_set_new(j, "tells", told_json(rule));
    return j;
}

/* --- list --------------------------------------------------------------------------------------
 */

static const ctl_column LIST[] = {
    {"CLOCK", "clock", CELL_TEXT},       {"WHO ACTS", "who", CELL_TEXT},
    {"VERIFIED", "verified", CELL_TEXT}, {"WARNS", "warns", CELL_TEXT},
    {"TELLS", "tells", CELL_TEXT},       {"MEANING", "meaning", CELL_TEXT}};

int ctl_clock_list(ctl *c)
{
    rules r = {0};
    int code = load_rules(c, &r);
    json_t *rows = json_array();
    for (size_t i = 0; code == CTL_OK && i < r.clocks->count; i++)
        json_array_append_new(rows, rule_json(&r, &r.clocks->rules[i]));
    if (code == CTL_OK && ctl_wants_json(c))
        ctl_json(c, rows);
    else if (code == CTL_OK)
        ctl_table(c, LIST, CTL_COUNT(LIST), rows, "no clocks");
    json_decref(rows);
    free_rules(&r);
    return code;
}

/* --- due ----------------------------------------------------------------------------------------
 */

/* The first of its ways to count; NULL: its end is stated. */
static const dcf_deadline *counted(const dcf_clock_rule *rule)
{
    if (rule->has_counts) return &rule->counts;
    for (size_t i = 0; i < rule->start_count; i++)
        for (size_t k = 0; k < rule->start[i].until_count; k++)
            if (rule->start[i].until[k].add.count) return &rule->start[i].until[k];
    return NULL;
}

static int print_due(const ctl *c, const rules *r, const dcf_clock_rule *rule)
{
    static const ctl_column columns[] = {{"CLOCK", "clock", CELL_TEXT},
                                         {"FROM", "from", CELL_TEXT},
                                         {"ENDS", "ends", CELL_TEXT},
                                         {"LOCAL", "local", CELL_TEXT},
                                         {"SURE", "sure", CELL_TEXT}};
    const dcf_deadline *d = counted(rule);
    const char *from = c->opt[OPT_FROM] ? c->opt[OPT_FROM] : "";
    char at[DCF_TIME_TEXT_SIZE], local[DCF_LOCAL_TEXT_SIZE];
    dcf_when w;
    bool sure = true;
    if (!d) return ctl_fail(c, CTL_FAILED, rule->meaning, "%s is stated, not counted", rule->name);
    if (!dcf_when_parse(from, &w))
        return ctl_fail(c, CTL_USAGE, "Give --from 2026-11-21 or --from 2026-11-21T15:00:00Z.",
                        "from when?");
    int64_t ends = dcf_deadline_from(r->clocks, d, w, &sure);
    json_t *j =
        json_pack("{s:s, s:s, s:s, s:s, s:b}", "clock", rule->name, "from", from, "ends",
                  dcf_time_format(ends, at), "local", dcf_local_format(ends, local), "sure", sure);
    if (ctl_wants_json(c))
        ctl_json(c, j);
    else
        ctl_fields(c, columns, CTL_COUNT(columns), j);
    json_decref(j);
    return CTL_OK;
}

int ctl_clock_due(ctl *c)
{
    rules r = {0};
    int code = load_rules(c, &r);
    const dcf_clock_rule *rule = code == CTL_OK ? dcf_clock_rule_of(r.clocks, c->args[0]) : NULL;
    if (code == CTL_OK && !rule)
        code = ctl_fail(c, CTL_NOT_FOUND, "dcfctl clock list shows the clocks.",
                        "there is no clock '%s'", c->args[0]);
    if (rule) code = print_due(c, &r, rule);
    free_rules(&r);
    return code;
}

/* --- explain
 * ---------------------------------------------------------------------------------------- */

typedef struct what_if { /* --if MESSAGE=TIME */
    char message[64];
    int64_t at_ms; /* 0: not asked */
} what_if;

static int read_what_if(const ctl *c, const rules *r, what_if *ret)
{
    const char *text = c->opt[OPT_IF], *equals = text ? strchr(text, '=') : NULL;
    dcf_when w;
    if (!text) return CTL_OK;
    snprintf(ret->message, sizeof ret->message, "%.*s", equals ? (int)(equals - text) : 0, text);
    if (!dcf_lifecycle_rule(r->lifecycle, ret->message) || !dcf_when_parse(equals + 1, &w))
        return ctl_fail(c, CTL_USAGE, "For example: --if charging_decision=2026-11-21T15:00:00Z",
                        "'%s' is no MESSAGE=TIME", text);
    ret->at_ms = w.ms;
    return CTL_OK;
}

static bool stops(const dcf_clock_rule *rule, const char *message)
{
    for (size_t i = 0; i < rule->stop_count; i++)
        if (rule->stop[i].on && strcmp(rule->stop[i].on->name, message) == 0) return true;
    return false;
}

static int64_t time_of(const json_t *clock, const char *key)
{
    int64_t ms = 0;
    const char *text = json_string_value(json_object_get(clock, key));
    return text && dcf_ok(dcf_time_parse(text, &ms)) ? ms : 0;
}

static const char *outcome_if(const dcf_clock_rule *rule, const what_if *w, const char *state,
                              int64_t deadline)
{
    bool over = deadline && w->at_ms > deadline, waits = strcmp(state, "suspended") == 0;
    if (stops(rule, w->message)) return over && !waits ? "stopped, too late" : "stopped in time";
    if (waits) return "stays suspended";
    return over ? "missed by then" : "still running";
}

/* Adds what the rule says to a clock as the daemon tells it. */
static void enrich(const rules *r, const what_if *w, int64_t now_ms, json_t *clock)
{
    const dcf_clock_rule *rule =
        dcf_clock_rule_of(r->clocks, json_string_value(json_object_get(clock, "clock")));
    const char *state = json_string_value(json_object_get(clock, "state"));
    int64_t deadline = time_of(clock, "deadline");
    char local[DCF_LOCAL_TEXT_SIZE];
    if (deadline)
        json_object_set_new(clock, "ends", json_string(dcf_local_format(deadline, local)));
    bool counts = deadline && strcmp(state, "stopped") != 0;
    if (counts && deadline >= now_ms)
        json_object_set_new(clock, "left", json_integer(deadline - now_ms));
    if (counts && deadline < now_ms)
        json_object_set_new(clock, "overdue", json_integer(now_ms - deadline));
    if (!rule) return;
    json_t *of_rule = rule_json(r, rule);
    json_object_update_missing(clock, of_rule);
    json_decref(of_rule);
    if (w->at_ms && strcmp(state, "stopped") != 0)
        json_object_set_new(clock, "if", json_string(outcome_if(rule, w, state, deadline)));
}

static const ctl_column CLOCKS[] = {{"CLOCK", "clock", CELL_TEXT},
                                    {"OF", "subject", CELL_TEXT},
                                    {"STATE", "state", CELL_TEXT},
                                    {"ENDS (LONDON)", "ends", CELL_TEXT},
                                    {"LEFT", "left", CELL_AGE},
                                    {"OVERDUE", "overdue", CELL_AGE},
                                    {"WHO ACTS", "who", CELL_TEXT},
                                    {"STARTED BY", "start_message_id", CELL_TEXT},
                                    {"ENDED BY", "end_message_id", CELL_TEXT},
                                    {"IF", "if", CELL_TEXT}};

static void print_why(const ctl *c, const json_t *clocks)
{
    size_t i;
    json_t *k;
    json_array_foreach(clocks, i, k)
    {
        static const char *const keys[][2] = {
            {"meaning", ""},          {"starts", "starts on "},
            {"stops", "stops when "}, {"suspended_by", "suspended on "},
            {"warns", "tells "},      {"source", "source: "}};
        const char *name = json_string_value(json_object_get(k, "clock"));
        bool told = false; /* several of one kind are explained once */
        for (size_t before = 0; before < i; before++)
            told |= !strcmp(
                name, json_string_value(json_object_get(json_array_get(clocks, before), "clock")));
        if (told || !json_object_get(k, "meaning")) continue;
        fprintf(c->out, "\n%s: %s\n", name, json_string_value(json_object_get(k, "title")));
        for (size_t n = 0; n < CTL_COUNT(keys); n++) {
            const char *text = json_string_value(json_object_get(k, keys[n][0]));
            if (text && *text) fprintf(c->out, "  %s%s\n", keys[n][1], text);
        }
        if (json_is_false(json_object_get(k, "verified"))) fputs("  unverified\n", c->out);
    }
}

static int explain(const ctl *c, const rules *r, json_t *answer)
{
    what_if w = {0};
    int64_t at;
    int code = read_what_if(c, r, &w);
    if (code == CTL_OK) code = ctl_moment(c, &at);
    if (code != CTL_OK) return code;
    json_t *clocks = json_object_get(answer, "clocks"), *k;
    size_t i;
    json_array_foreach(clocks, i, k) enrich(r, &w, at, k);
    if (ctl_wants_json(c)) {
        ctl_json(c, answer);
        return CTL_OK;
    }
    fprintf(c->out, "%s, %s\n\n", json_string_value(json_object_get(answer, "case")),
            json_string_value(json_object_get(answer, "state")));
    ctl_table(c, CLOCKS, CTL_COUNT(CLOCKS) - !w.at_ms, clocks, "no clock has run in this case");
    print_why(c, clocks);
    return CTL_OK;
}

int ctl_clock_explain(ctl *c)
{
    rules r = {0};
    json_t *answer = NULL;
    dcf_buf path DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_buf_adds(&path, "/v1/cases");
    ctl_path_add(&path, c->args[0]);
    dcf_buf_adds(&path, "/clocks");
    int code = load_rules(c, &r);
    if (code == CTL_OK) code = ctl_get(c, dcf_buf_cstr(&path), &answer);
    if (code == CTL_OK) code = explain(c, &r, answer);
    json_decref(answer);
    free_rules(&r);
    return code;
}
