/* criteria.c - see criteria.h. */
#include "ledger/criteria.h"

#include "ledger/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000 };

static const char *const MEASURES[] = {"messages",      "days", "refused",  "held",
                                       "not_delivered", "lost", "shadowed", "compared",
                                       "differing",     NULL};

static dcf_status read_number(const dcf_yaml_doc *doc, const dcf_yaml *node, const char *text,
                              dcf_criterion *c, dcf_yaml_error *err)
{
    char *end;
    c->value = strtod(text, &end);
    c->percent = *end == '%';
    if (end == text || end[c->percent] || c->value < 0)
        return dcf_yaml_fail(doc, node, err, "%s is no number or percentage", text);
    return DCF_OK;
}

static dcf_status read_criterion(const dcf_yaml_doc *doc, const dcf_yaml *node, dcf_criterion *c,
                                 dcf_yaml_error *err)
{
    static const char *const known[] = {"measure", "least", "most", "text", NULL};
    DCF_TRY(dcf_yaml_only(doc, node, known, err));
    const char *least = dcf_yaml_str(node, "least", NULL), *most = dcf_yaml_str(node, "most", NULL);
    *c = (dcf_criterion){.measure = dcf_yaml_str(node, "measure", ""),
                         .least = least != NULL,
                         .text = dcf_yaml_str(node, "text", "")};
    size_t i = 0;
    while (MEASURES[i] && strcmp(MEASURES[i], c->measure) != 0) i++;
    if (!MEASURES[i])
        return dcf_yaml_fail(doc, node, err, "there is no measure '%.40s'", c->measure);
    if (!least == !most)
        return dcf_yaml_fail(doc, node, err, "a criterion has one of least and most");
    return read_number(doc, node, least ? least : most, c, err);
}

static bool is_stage(const char *name)
{
    for (int i = 0; i <= DCF_STAGE_LIVE; i++)
        if (strcmp(dcf_stage_text((dcf_stage)i), name) == 0) return true;
    return false;
}

static dcf_status read_stage(const dcf_yaml_doc *doc, const dcf_yaml *node, dcf_criteria_stage *s,
                             dcf_yaml_error *err)
{
    static const char *const known[] = {"next", "criteria", NULL};
    if (!node) return DCF_OK;
    DCF_TRY(dcf_yaml_only(doc, node, known, err));
    s->next = dcf_yaml_str(node, "next", NULL);
    if (s->next && !is_stage(s->next))
        return dcf_yaml_fail(doc, dcf_yaml_get(node, "next"), err,
                             "next: there is no stage '%.40s'", s->next);
    const dcf_yaml *list = dcf_yaml_get(node, "criteria");
    if (list && (list->kind != DCF_YAML_LIST || list->count > DCF_CRITERIA_MAX))
        return dcf_yaml_fail(doc, list, err, "criteria: a list of at most %d", DCF_CRITERIA_MAX);
    for (; list && s->count < list->count; s->count++)
        DCF_TRY(read_criterion(doc, &list->items[s->count], &s->items[s->count], err));
    return DCF_OK;
}

static dcf_status read_explained(dcf_criteria *c, const dcf_yaml *root, dcf_yaml_error *err)
{
    static const char *const known[] = {"dialect", "field", "reason", NULL};
    c->explained = dcf_yaml_get(root, "explained");
    for (size_t i = 0; c->explained && i < c->explained->count; i++) {
        const dcf_yaml *node = &c->explained->items[i];
        DCF_TRY(dcf_yaml_only(c->doc, node, known, err));
        if (!dcf_yaml_str(node, "dialect", NULL) || !dcf_yaml_str(node, "field", NULL) ||
            !dcf_yaml_str(node, "reason", NULL))
            return dcf_yaml_fail(c->doc, node, err, "it needs dialect, field and reason");
    }
    return DCF_OK;
}

static dcf_status read_all(dcf_criteria *c, dcf_yaml_error *err)
{
    static const char *const known[] = {"version", "stages", "explained", NULL};
    const dcf_yaml *root = dcf_yaml_root(c->doc), *stages = dcf_yaml_get(root, "stages");
    const char *names[DCF_STAGE_LIVE + 2] = {NULL};
    DCF_TRY(dcf_yaml_only(c->doc, root, known, err));
    c->version = dcf_yaml_str(root, "version", "");
    for (int i = 0; i <= DCF_STAGE_LIVE; i++) names[i] = dcf_stage_text((dcf_stage)i);
    if (!stages) return dcf_yaml_fail(c->doc, root, err, "stages is missing");
    DCF_TRY(dcf_yaml_only(c->doc, stages, names, err));
    for (int i = 0; i <= DCF_STAGE_LIVE; i++)
        DCF_TRY(read_stage(c->doc, dcf_yaml_get(stages, names[i]), &c->stages[i], err));
    return read_explained(c, root, err);
}

dcf_status dcf_criteria_load(const char *path, dcf_criteria **ret, dcf_yaml_error *err)
{
    dcf_criteria *c = calloc(1, sizeof *c);
    if (!c) return DCF_ERR(NOMEM);
    dcf_status s = dcf_yaml_load(path, &c->doc, err);
    if (dcf_ok(s)) s = read_all(c, err);
    if (dcf_failed(s))
        dcf_criteria_free(c);
    else
        *ret = c;
    return s;
}

void dcf_criteria_free(dcf_criteria *c)
{
    if (!c) return;
    dcf_yaml_free(c->doc);
    free(c);
}

bool dcf_criteria_explain(const dcf_criteria *c, const char *dialect, const char *field)
{
    for (size_t i = 0; c && c->explained && i < c->explained->count; i++) {
        const dcf_yaml *node = &c->explained->items[i];
        if (strcmp(dcf_yaml_str(node, "dialect", ""), dialect) == 0 &&
            strcmp(dcf_yaml_str(node, "field", ""), field) == 0)
            return true;
    }
    return false;
}

/* --- measured ------------------------------------------------------------------------------------
 */

static dcf_status progress_row(void *ctx, dcf_ledger *l, sqlite3_stmt *s)
{
    (void)l;
    dcf_ledger_progress *p = ctx;
    const struct {
        const char *name;
        uint64_t *to;
    } counts[] = {{"messages", &p->messages}, {"refused", &p->refused},
                  {"held", &p->held},         {"delivered", &p->delivered},
                  {"shadowed", &p->shadowed}, {"not_delivered", &p->not_delivered},
                  {"compared", &p->compared}, {"differing", &p->differing},
                  {"lost", &p->lost}};
    const char *what = strrchr(ledger_text(s, 0), '/') + 1;
    if (strcmp(what, "since") == 0) p->since_ms = sqlite3_column_int64(s, 1);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (strcmp(what, counts[i].name) == 0) *counts[i].to = ledger_number(s, 1);
    return DCF_OK;
}

dcf_status dcf_ledger_progress_get(dcf_ledger *l, const char *link, dcf_stage stage,
                                   dcf_ledger_progress *ret)
{
    char prefix[64];
    dcf_ledger_progress p = {0};
    ledger_query q = {.row = progress_row, .ctx = &p};
    DCF_TRY(ledger_prepare(
        l, "SELECT what, n FROM counter WHERE link = ?1 AND what >= ?2 AND what < ?2 || 'z'", &q));
    snprintf(prefix, sizeof prefix, "stage/%s/", dcf_stage_text(stage));
    ledger_bind(q.statement, "tt", link, prefix);
    DCF_TRY(ledger_finish(l, &q));
    *ret = p;
    return DCF_OK;
}

double dcf_criterion_value(const dcf_criterion *c, const dcf_ledger_progress *p, int64_t now_ms)
{
    const struct {
        const char *name;
        uint64_t count, of;
    } counts[] = {
        {"messages", p->messages, p->messages},   {"refused", p->refused, p->messages},
        {"held", p->held, p->messages},           {"lost", p->lost, p->messages},
        {"shadowed", p->shadowed, p->messages},   {"compared", p->compared, p->shadowed},
        {"differing", p->differing, p->compared}, {"not_delivered", p->not_delivered, p->messages}};
    if (strcmp(c->measure, "days") == 0)
        return p->since_ms && now_ms > p->since_ms ? (double)(now_ms - p->since_ms) / DAY_MS : 0;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (strcmp(counts[i].name, c->measure) != 0) continue;
        if (!c->percent) return (double)counts[i].count;
        return counts[i].of ? 100.0 * (double)counts[i].count / (double)counts[i].of : 0;
    }
    return 0;
}

bool dcf_criterion_met(const dcf_criterion *c, double value)
{
    return c->least ? value >= c->value : value <= c->value;
}
