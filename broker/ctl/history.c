/* history.c - dcfctl case, message and held: what happened, and what waits for a person. */
#include "ctl/ctl.h"

/* GETs path, prints JSON when that is wanted, else by show. Takes nothing. */
static int show(ctl *c, dcf_buf *path, void (*print)(const ctl *c, const json_t *answer))
{
    json_t *answer = NULL;
    const char *text = dcf_buf_cstr(path);
    int code = text ? ctl_get(c, text, &answer) : CTL_INTERNAL;
    if (code != CTL_OK) return code;
    if (ctl_wants_json(c))
        ctl_json(c, answer);
    else
        print(c, answer);
    json_decref(answer);
    return CTL_OK;
}

/* --- case show ------------------------------------------------------------------------ */

static const ctl_column CASE[] = {{"CASE", "case", CELL_TEXT},
                                  {"STATE", "state", CELL_TEXT},
                                  {"EVENTS", "events", CELL_TEXT},
                                  {"TEST", "test", CELL_TEXT}};
static const ctl_column TIMELINE[] = {{"TIME", "at", CELL_TEXT},
                                      {"HOP", "hop", CELL_TEXT},
                                      {"TYPE", "type", CELL_TEXT},
                                      {"FROM", "from", CELL_TEXT},
                                      {"TO", "to", CELL_TEXT},
                                      {"STATE", "state_after", CELL_TEXT},
                                      {"REASON", "reason", CELL_TEXT},
                                      {"MAPPING", "mapping_version", CELL_TEXT},
                                      {"MESSAGE", "message_id", CELL_TEXT},
                                      {"BY", "by", CELL_TEXT}};

static const ctl_column CLOCKS[] = {{"CLOCK", "clock", CELL_TEXT},
                                    {"OF", "subject", CELL_TEXT},
                                    {"CLOCK STATE", "state", CELL_TEXT},
                                    {"DEADLINE", "deadline", CELL_TEXT}};

static bool is(const json_t *of, const char *key, const char *value)
{
    const char *text = json_string_value(json_object_get(of, key));
    return text && strcmp(text, value) == 0;
}

static const ctl_column PARTS[] = {
    {"PART", "urn", CELL_TEXT}, {"PART STATE", "state", CELL_TEXT}, {"OF", "of", CELL_TEXT}};

/* Each goes its own way; all are of the case. */
static void print_parts(const ctl *c, const json_t *answer)
{
    json_t *part, *parts = json_object_get(answer, "parts");
    size_t i;
    json_array_foreach(parts, i, part) json_object_set(part, "of", json_object_get(answer, "case"));
    if (!json_array_size(parts)) return;
    fputc('\n', c->out);
    ctl_table(c, PARTS, CTL_COUNT(PARTS), parts, "");
}

/* Those that count. */
static void print_clocks(const ctl *c, const json_t *clocks)
{
    json_t *counting = json_array(), *clock;
    size_t i;
    json_array_foreach(clocks, i, clock) if (!is(clock, "state", "stopped"))
        json_array_append(counting, clock);
    if (json_array_size(counting)) {
        fputc('\n', c->out);
        ctl_table(c, CLOCKS, CTL_COUNT(CLOCKS), counting, "");
    }
    json_decref(counting);
}

/* An alarm of a clock says which, and its deadline. */
static void name_alarms(const json_t *timeline)
{
    json_t *event;
    size_t i;
    json_array_foreach(timeline, i, event)
    {
        if (!is(event, "hop", "deadline_warned") && !is(event, "hop", "deadline_missed")) continue;
        const json_t *fault = json_array_get(json_object_get(event, "faults"), 0);
        const char *detail = json_string_value(json_object_get(fault, "detail"));
        const char *code = json_string_value(json_object_get(event, "reason"));
        if (code && detail)
            json_object_set_new(event, "reason", json_sprintf("%s %s", code, detail));
    }
}

static void print_case(const ctl *c, const json_t *answer)
{
    ctl_fields(c, CASE, CTL_COUNT(CASE), answer);
    size_t i;
    json_t *other;
    json_array_foreach(json_object_get(answer, "linked"), i, other)
        fprintf(c->out, "LINKED  %s\n", json_string_value(other));
    fprintf(c->out, "WHOM TO ASK  dcfctl contact show %s\n",
            json_string_value(json_object_get(answer, "case")));
    print_parts(c, answer);
    print_clocks(c, json_object_get(answer, "clocks"));
    fputc('\n', c->out);
    name_alarms(json_object_get(answer, "timeline"));
    ctl_table(c, TIMELINE, CTL_COUNT(TIMELINE), json_object_get(answer, "timeline"), "no events");
}

int ctl_case_show(ctl *c)
{
    dcf_buf path DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_buf_adds(&path, "/v1/cases");
    ctl_path_add(&path, c->args[0]);
    ctl_query_add(&path, "limit", c->opt[OPT_LIMIT]);
    return show(c, &path, print_case);
}

/* --- message show ------------------------------------------------------------------------ */

static const ctl_column FAULTS[] = {
    {"CODE", "code", CELL_TEXT},    {"SEVERITY", "severity", CELL_TEXT},
    {"LINE", "line", CELL_TEXT},    {"PATH", "path", CELL_TEXT},
    {"FAULT", "text", CELL_TEXT},   {"DETAIL", "detail", CELL_TEXT},
    {"REMEDY", "remedy", CELL_TEXT}};

static void print_faults(const ctl *c, const json_t *of)
{
    const json_t *faults = json_object_get(of, "faults");
    if (json_array_size(faults) == 0) return;
    fputc('\n', c->out);
    ctl_table(c, FAULTS, CTL_COUNT(FAULTS), faults, "");
}

static const ctl_column MESSAGE[] = {{"MESSAGE", "message_id", CELL_TEXT},
                                     {"STATUS", "status", CELL_TEXT},
                                     {"CASE", "case", CELL_TEXT},
                                     {"TYPE", "type", CELL_TEXT},
                                     {"FROM", "from", CELL_TEXT},
                                     {"LINK", "link", CELL_TEXT},
                                     {"TO", "to", CELL_TEXT},
                                     {"FIRST", "first", CELL_TEXT},
                                     {"LAST", "last", CELL_TEXT},
                                     {"REASON", "reason", CELL_TEXT},
                                     {"TEXT", "text", CELL_TEXT},
                                     {"ATTEMPTS", "attempts", CELL_TEXT},
                                     {"DUPLICATES", "duplicates", CELL_TEXT},
                                     {"CONFLICTS", "conflicts", CELL_TEXT}};

static void print_message(const ctl *c, const json_t *answer)
{
    ctl_fields(c, MESSAGE, CTL_COUNT(MESSAGE), answer);
    print_faults(c, answer);
}

int ctl_message_show(ctl *c)
{
    dcf_buf path DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_buf_adds(&path, "/v1/messages");
    ctl_path_add(&path, c->args[0]);
    return show(c, &path, print_message);
}

/* --- held ------------------------------------------------------------------------------------ */

static const ctl_column HELD[] = {
    {"HELD", "held_id", CELL_TEXT},    {"STATUS", "status", CELL_TEXT},
    {"REASON", "reason", CELL_TEXT},   {"CASE", "case", CELL_TEXT},
    {"TYPE", "type", CELL_TEXT},       {"FROM", "from", CELL_TEXT},
    {"TO", "to", CELL_TEXT},           {"SINCE", "since", CELL_TEXT},
    {"EXPIRES", "expires", CELL_TEXT}, {"TEXT", "text", CELL_TEXT}};

static void print_held_list(const ctl *c, const json_t *answer)
{
    const json_t *held = json_object_get(answer, "held"), *reason;
    json_int_t all = 0;
    size_t i;
    ctl_table(c, HELD, CTL_COUNT(HELD), held, "nothing is held");
    json_array_foreach(json_object_get(answer, "reasons"), i, reason) all +=
        json_integer_value(json_object_get(reason, "count"));
    if (json_is_true(json_object_get(answer, "more")) && (json_int_t)json_array_size(held) < all)
        fprintf(c->out,
                "\nThe oldest %zu that fit, of %" JSON_INTEGER_FORMAT
                " held in all: narrow it by a filter, or --limit up to 1000.\n",
                json_array_size(held), all);
}

int ctl_held_list(ctl *c)
{
    dcf_buf path DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_buf_adds(&path, "/v1/held");
    ctl_query_add(&path, "reason", c->opt[OPT_REASON]);
    ctl_query_add(&path, "party", c->opt[OPT_PARTY]);
    ctl_query_add(&path, "case", c->opt[OPT_CASE]);
    ctl_query_add(&path, "since", c->opt[OPT_SINCE]);
    ctl_query_add(&path, "until", c->opt[OPT_UNTIL]);
    ctl_query_add(&path, "limit", c->opt[OPT_LIMIT]);
    return show(c, &path, print_held_list);
}

static const ctl_column HELD_ONE[] = {
    {"HELD", "held_id", CELL_TEXT},   {"STATUS", "status", CELL_TEXT},
    {"REASON", "reason", CELL_TEXT},  {"TEXT", "text", CELL_TEXT},
    {"REMEDY", "remedy", CELL_TEXT},  {"WHO ACTS", "who", CELL_TEXT},
    {"CASE", "case", CELL_TEXT},      {"TYPE", "type", CELL_TEXT},
    {"FROM", "from", CELL_TEXT},      {"LINK", "link", CELL_TEXT},
    {"TO", "to", CELL_TEXT},          {"SINCE", "since", CELL_TEXT},
    {"EXPIRES", "expires", CELL_TEXT}};

static void print_held(const ctl *c, const json_t *answer)
{
    size_t i;
    json_t *held;
    json_array_foreach(json_object_get(answer, "held"), i, held)
    {
        if (i) fputc('\n', c->out);
        ctl_fields(c, HELD_ONE, CTL_COUNT(HELD_ONE), held);
        print_faults(c, held);
    }
}

int ctl_held_show(ctl *c)
{
    dcf_buf path DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_buf_adds(&path, "/v1/held");
    ctl_path_add(&path, c->args[0]);
    return show(c, &path, print_held);
}
