/* metrics.c - dcfctl metrics: the figures of the shared catalogue, as a table, a file, a signed
 * monthly snapshot. */
#include "ctl/ctl.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { SNAPSHOT_MAX = 64 << 20 };

/* --- asking
 * --------------------------------------------------------------------------------------- */

static int ask(const ctl *c, const char *period, const char *by, json_t **ret)
{
    dcf_buf path DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_buf_adds(&path, "/v1/metrics");
    ctl_query_add(&path, "period", period);
    ctl_query_add(&path, "by", by);
    ctl_query_add(&path, "metric", c->opt[OPT_METRIC]);
    const char *text = dcf_buf_cstr(&path);
    return text ? ctl_get(c, text, ret) : ctl_fail(c, CTL_INTERNAL, NULL, "out of memory");
}

/* --- show
 * -------------------------------------------------------------------------------------------- */

static const ctl_column FIGURES[] = {
    {"METRIC", "metric", CELL_TEXT},       {"GROUP", "group", CELL_TEXT},
    {"FORCE", "force", CELL_TEXT},         {"AREA", "area", CELL_TEXT},
    {"CASE-TYPE", "case_type", CELL_TEXT}, {"VALUE", "shown", CELL_TEXT},
    {"UNIT", "unit", CELL_TEXT},           {"OF", "count", CELL_TEXT}};

/* "37.5 %" for a share, "few" for what is not shown. */
static void add_shown(json_t *row)
{
    const json_t *value = json_object_get(row, "value");
    const char *unit = json_string_value(json_object_get(row, "unit"));
    char text[48] = "few";
    if (json_is_integer(value))
        snprintf(text, sizeof text, "%" PRId64, (int64_t)json_integer_value(value));
    else if (json_is_real(value) && unit && strcmp(unit, "share") == 0)
        snprintf(text, sizeof text, "%.1f %%", 100 * json_real_value(value));
    else if (json_is_real(value))
        snprintf(text, sizeof text, "%.2f", json_real_value(value));
    json_object_set_new(row, "shown", json_string(text));
}

int ctl_metrics_show(ctl *c)
{
    json_t *answer = NULL, *row;
    size_t i;
    int code = ask(c, c->opt[OPT_PERIOD], c->opt[OPT_BY], &answer);
    if (code != CTL_OK) return code;
    json_t *figures = json_object_get(answer, "figures");
    if (ctl_wants_json(c)) {
        ctl_json(c, answer);
    } else {
        json_array_foreach(figures, i, row) add_shown(row);
        ctl_table(c, FIGURES, CTL_COUNT(FIGURES), figures,
                  "nothing in this period; messages of tests are never counted");
    }
    json_decref(answer);
    return CTL_OK;
}

/* --- export
 * ------------------------------------------------------------------------------------------ */

static const char *const CSV[] = {
    "metric", "title", "unit",  "force", "area",   "case_type", "group",  "figure",  "value",
    "count",  "good",  "cases", "per",   "sum_ms", "median_ms", "p90_ms", "most_ms", "suppressed"};

/* RFC 4180; a text a spreadsheet would calculate stays a text. */
static void csv_text(FILE *out, const char *text)
{
    bool formula = *text && strchr("=+-@\t\r", *text);
    bool quoted = formula || strpbrk(text, ",\"\r\n");
    if (quoted) fputc('"', out);
    if (formula) fputc('\'', out);
    for (; *text; text++) {
        if (*text == '"') fputc('"', out);
        fputc(*text, out);
    }
    if (quoted) fputc('"', out);
}

static void csv_cell(FILE *out, const json_t *v)
{
    if (json_is_integer(v))
        fprintf(out, "%" PRId64, (int64_t)json_integer_value(v));
    else if (json_is_real(v))
        fprintf(out, "%.10g", json_real_value(v));
    else if (json_is_boolean(v))
        fputs(json_is_true(v) ? "yes" : "no", out);
    else if (json_is_string(v))
        csv_text(out, json_string_value(v));
}

static void print_csv(FILE *out, const json_t *answer)
{
    size_t i;
    json_t *row;
    fputs("from,to", out);
    for (size_t k = 0; k < CTL_COUNT(CSV); k++) fprintf(out, ",%s", CSV[k]);
    fputs("\r\n", out);
    json_array_foreach(json_object_get(answer, "figures"), i, row)
    {
        csv_cell(out, json_object_get(answer, "from"));
        fputc(',', out);
        csv_cell(out, json_object_get(answer, "to"));
        for (size_t k = 0; k < CTL_COUNT(CSV); k++) {
            fputc(',', out);
            csv_cell(out, json_object_get(row, CSV[k]));
        }
        fputs("\r\n", out);
    }
}

int ctl_metrics_export(ctl *c)
{
    json_t *answer = NULL;
    const char *format = c->opt[OPT_FORMAT] ? c->opt[OPT_FORMAT] : "csv";
    int code = ask(c, c->opt[OPT_PERIOD], c->opt[OPT_BY], &answer);
    if (code != CTL_OK) return code;
    if (strcmp(format, "json") == 0)
        ctl_json(c, answer);
    else
        print_csv(c->out, answer);
    json_decref(answer);
    return CTL_OK;
}

/* --- dictionary
 * --------------------------------------------------------------------------------------- */

static const ctl_column DICTIONARY[] = {
    {"METRIC", "metric", CELL_TEXT}, {"TITLE", "title", CELL_TEXT},
    {"UNIT", "unit", CELL_TEXT},     {"SHOWS", "figure", CELL_TEXT},
    {"BY", "by", CELL_TEXT},         {"SOURCE", "source", CELL_TEXT}};

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

static void print_dictionary(const ctl *c, const json_t *answer)
{
    size_t i;
    json_t *row;
    fprintf(c->out,
            "# Data dictionary of the metric catalogue, version %s\n\nPeriods begin and end at "
            "midnight in London. Test messages are never counted. Every figure can be asked by "
            "force, CPS Area and case type.\n",
            text_of(answer, "version"));
    json_array_foreach(json_object_get(answer, "metrics"), i, row)
    {
        fprintf(c->out, "\n## %s (`%s`)\n\n%s\n\n", text_of(row, "title"), text_of(row, "metric"),
                text_of(row, "counts"));
        fprintf(c->out, "* unit: %s; shown: %s%s%s\n", text_of(row, "unit"), text_of(row, "figure"),
                *text_of(row, "per") ? " of " : "", text_of(row, "per"));
        if (*text_of(row, "by")) fprintf(c->out, "* by: %s\n", text_of(row, "by"));
        fprintf(c->out, "* source: %s\n* caveats: %s\n", text_of(row, "source"),
                text_of(row, "caveats"));
        if (json_is_true(json_object_get(row, "personal")))
            fprintf(c->out, "* a cell of fewer than %" PRId64 " is not shown\n",
                    (int64_t)json_integer_value(json_object_get(answer, "least")));
    }
}

int ctl_metrics_dictionary(ctl *c)
{
    json_t *answer = NULL;
    int code = ctl_get(c, "/v1/metrics/dictionary", &answer);
    if (code != CTL_OK) return code;
    if (ctl_wants_json(c))
        ctl_json(c, answer);
    else if (c->opt[OPT_MARKDOWN])
        print_dictionary(c, answer);
    else
        ctl_table(c, DICTIONARY, CTL_COUNT(DICTIONARY), json_object_get(answer, "metrics"),
                  "the catalogue is empty");
    json_decref(answer);
    return CTL_OK;
}

/* --- the monthly snapshot
 * ------------------------------------------------------------------------------ */

int ctl_metrics_snapshot(ctl *c)
{
    json_t *answer = NULL;
    const char *month = c->opt[OPT_MONTH];
    char path[512];
    if (!month || !c->opt[OPT_KEY])
        return ctl_fail(c, CTL_USAGE,
                        "Example: dcfctl metrics snapshot --month 2026-10 --key key.pem",
                        "--month and --key are needed");
    int code = ask(c, month, "force,area,case_type", &answer);
    if (code != CTL_OK) return code;
    snprintf(path, sizeof path, "dcf-metrics-%s.json", month);
    if (c->opt[OPT_OUT]) snprintf(path, sizeof path, "%s", c->opt[OPT_OUT]);
    if (!json_is_true(json_object_get(answer, "ended"))) {
        code = ctl_fail(c, CTL_FAILED, "Its figures still change: take it when the month is over.",
                        "%s is not over", month);
    } else {
        char *text = json_dumps(answer, JSON_SORT_KEYS | JSON_INDENT(1));
        code = text ? ctl_file_signed(c, path, dcf_span_str(text), 0644) : CTL_INTERNAL;
        free(text);
    }
    if (code == CTL_OK) fprintf(c->out, "%s\n%s.sig\n", path, path);
    json_decref(answer);
    return code;
}

int ctl_metrics_verify(ctl *c)
{
    dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
    if (!c->opt[OPT_KEY])
        return ctl_fail(c, CTL_USAGE, "Give the signer's public key by --key.", "--key is needed");
    if (dcf_failed(dcf_buf_read_file(&text, c->args[0], SNAPSHOT_MAX)))
        return ctl_fail(c, CTL_NOT_FOUND, "dcfctl metrics snapshot makes one.", "cannot read %s",
                        c->args[0]);
    int code = ctl_file_verify(c, c->args[0], dcf_buf_span(&text));
    if (code != CTL_OK) return code;
    json_t *answer = json_loadb(dcf_buf_cstr(&text), text.size, 0, NULL);
    fprintf(c->out, "the signature holds: %s to %s, catalogue %s, %zu figures\n",
            text_of(answer, "from"), text_of(answer, "to"), text_of(answer, "catalogue"),
            json_array_size(json_object_get(answer, "figures")));
    json_decref(answer);
    return CTL_OK;
}
