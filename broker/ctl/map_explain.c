/* map_explain.c - dcfctl map explain: where each canonical value came from, and by which row. */
#include "base/utf8.h"
#include "ctl/map_trip.h"

enum { VALUE_SHOWN = 44 };

static const ctl_column COLUMNS[] = {
    {"FIELD", "field", CELL_TEXT}, {"VALUE", "shown", CELL_TEXT}, {"NATIVE", "native", CELL_TEXT},
    {"AT", "at", CELL_TEXT},       {"ROW", "row", CELL_TEXT},     {"BY", "by", CELL_TEXT},
};

/* The field, or the path, or what is above it. */
static bool asked(const ctl *c, const dcf_sighting *s)
{
    const char *want = c->opt[OPT_FIELD];
    const char *const places[] = {s->canonical, s->field, s->second, s->native};
    if (!want) return true;
    size_t n = strlen(want);
    for (size_t i = 0; i < CTL_COUNT(places); i++)
        if (n && strncmp(places[i], want, n) == 0 && (!places[i][n] || strchr(".[/", places[i][n])))
            return true;
    return false;
}

/* "code initiation, row of 2020-01-01 to 2024-03-31" */
static json_t *by(const dcf_sighting *s)
{
    char text[512];
    int n =
        snprintf(text, sizeof text, "%s", s->fate == DCF_FATE_MAPPED ? "" : dcf_fate_name(s->fate));
    if (*s->reason) n += snprintf(text + n, sizeof text - (size_t)n, ": %s", s->reason);
    if (*s->codec && n < (int)sizeof text)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%s%s%s", n ? ", " : "", s->codec,
                      *s->argument ? " " : "", s->argument);
    if ((*s->from || *s->to) && n < (int)sizeof text)
        snprintf(text + n, sizeof text - (size_t)n, ", row of %s to %s", *s->from ? s->from : "…",
                 *s->to ? s->to : "…");
    return json_string(text);
}

/* The value the field has in the message; NULL: none. */
static const char *value_of(const map_trip *t, const char *canonical)
{
    for (size_t i = 0; i < t->flat.count; i++)
        if (strcmp(t->flat.items[i].path, canonical) == 0) return t->flat.items[i].value;
    return NULL;
}

/* "GENDER_MALE <- 1", or the one text that both are; not longer than a table wants it. */
static json_t *shown(const char *value, const char *from)
{
    char text[512];
    if (*from && strcmp(value, from) != 0)
        snprintf(text, sizeof text, "%s <- %s", *value ? value : "-", from);
    else
        snprintf(text, sizeof text, "%s", value);
    size_t n = dcf_utf8_prefix(dcf_span_str(text), VALUE_SHOWN);
    return json_sprintf("%.*s%s", (int)n, text, n < strlen(text) ? "…" : "");
}

static json_t *row_of(const ctl *c, const map_job *j, const map_trip *t, const dcf_sighting *s)
{
    const char *file = strrchr(j->file, '/'), *value = value_of(t, s->canonical);
    char at[32] = "", row[128] = "";
    if (s->line) snprintf(at, sizeof at, "%u:%u", s->line, s->column);
    if (s->row && ctl_wants_json(c))
        snprintf(row, sizeof row, "%u", s->row);
    else if (s->row)
        snprintf(row, sizeof row, "%.100s:%u", file ? file + 1 : j->file, s->row);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o}", "field",
                     *s->canonical ? s->canonical : s->field, "value", value ? value : "", "from",
                     s->value, "native", s->native, "at", at, "row", row, "fate",
                     dcf_fate_name(s->fate), "by", by(s), "table", s->table, "shown",
                     shown(value ? value : "", s->value));
}

static int explain(const ctl *c, map_job *j)
{
    map_trip t;
    size_t told = 0;
    json_t *rows = json_array();
    int code = map_read(c, j, c->args[0]);
    map_trip_begin(&t);
    if (code == CTL_OK) {
        map_trip_read(&t, j->dialect, dcf_buf_span(&j->in));
        map_print_faults(c, c->args[0], &t.faults);
        if (!t.envelope) code = map_fail(c, c->args[0], t.read);
        if (t.envelope && !t.flat.count) (void)!dcf_ok(dcf_flatten(t.envelope, &t.arena, &t.flat));
    }
    for (size_t i = 0; code == CTL_OK && i < t.seen.count; i++) {
        const dcf_sighting *s = &t.seen.items[i];
        bool shown = c->opt[OPT_ALL] || c->opt[OPT_FIELD] || s->fate == DCF_FATE_MAPPED ||
                     s->fate == DCF_FATE_DEFAULT || s->fate == DCF_FATE_SET ||
                     s->fate == DCF_FATE_CARRIED;
        if (!shown || !asked(c, s)) continue;
        told++;
        json_array_append_new(rows, row_of(c, j, &t, s));
    }
    if (code == CTL_OK && ctl_wants_json(c)) ctl_json(c, rows);
    if (code == CTL_OK && !ctl_wants_json(c))
        ctl_table(c, COLUMNS, CTL_COUNT(COLUMNS), rows, "Nothing of the document is for it.");
    if (code == CTL_OK && (dcf_failed(t.read) || (c->opt[OPT_FIELD] && !told))) code = CTL_FAILED;
    json_decref(rows);
    map_trip_end(&t);
    return code;
}

int ctl_map_explain(ctl *c)
{
    return map_run(c, explain);
}
