/*
 * measure.c - the metric catalogue at work: each audit event becomes the observations that the
 * definitions ask for, once, when it enters the ledger; asking only adds them up.
 *
 * An observation belongs to the time of its event, so a late event changes the month it happened
 * in. Other definitions than before: all observations are made anew, from the events kept here.
 * Test and shadow messages are never observed.
 */
#include "ledger/measure.h"
#include "base/log.h"
#include "dcf/v1/audit.pb-c.h"
#include "ledger/internal.h"
#include "model/party.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 200, VALUE_SIZE = 96 };

enum statement { OBSERVE, RUN_ADD, RUN_TAKE, RUN_END, REMEMBER, RECALL, STATEMENTS };

static const char *const SQL[STATEMENTS] = {
    [OBSERVE] = "INSERT INTO observation VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [RUN_ADD] = "INSERT OR IGNORE INTO running VALUES(?1, ?2, ?3, ?4)",
    [RUN_TAKE] = "SELECT at_ms FROM running WHERE metric = ?1 AND case_key = ?2 AND key = ?3",
    [RUN_END] = "DELETE FROM running WHERE metric = ?1 AND case_key = ?2 AND key = ?3",
    [REMEMBER] = "INSERT INTO case_fact VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = ?3",
    [RECALL] = "SELECT value FROM case_fact WHERE case_key = ?1 AND name = ?2",
};

struct ledger_measurer {
    const dcf_catalogue *catalogue;
    sqlite3_stmt *statements[STATEMENTS];
};

typedef struct values {
    const char *items[VALUES_MAX];
    size_t count;
    char own[VALUE_SIZE]; /* holds one that is not borrowed */
} values;

typedef struct at_work {
    dcf_ledger *l;
    ledger_measurer *m;
    const Dcf__V1__AuditEvent *e;
} at_work;

static dcf_status run(at_work *w, enum statement which)
{
    sqlite3_stmt *s = w->m->statements[which];
    int rc = sqlite3_step(s);
    sqlite3_reset(s);
    return ledger_status(w->l->writer, rc, SQL[which]);
}

/* --- what a name stands for --------------------------------------------------------------------
 */

static void add_value(const ProtobufCFieldDescriptor *f, const void *at, values *v)
{
    const char *text = "";
    if (f->type == PROTOBUF_C_TYPE_STRING) {
        text = *(char *const *)at;
    } else if (f->type == PROTOBUF_C_TYPE_BOOL) {
        text = *(const protobuf_c_boolean *)at ? "true" : "false";
    } else if (f->type == PROTOBUF_C_TYPE_ENUM) { /* without its prefix, in small letters */
        const ProtobufCEnumDescriptor *d = f->descriptor;
        const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(d, 0);
        const ProtobufCEnumValue *is = protobuf_c_enum_descriptor_get_value(d, *(const int *)at);
        if (!zero || !is || !is->value) return;
        snprintf(v->own, sizeof v->own, "%s",
                 is->name + strlen(zero->name) - strlen("UNSPECIFIED"));
        for (char *c = v->own; *c; c++) *c = (char)tolower((unsigned char)*c);
        text = v->own;
    }
    if (*text && v->count < VALUES_MAX) v->items[v->count++] = text;
}

/* All values at a path of the event: "reason", "assurance.human_only", "clocks.clock". */
static void field_values(const ProtobufCMessage *m, const char *path, values *v)
{
    char name[48];
    size_t size = strcspn(path, ".");
    snprintf(name, sizeof name, "%.*s", (int)size, path);
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);
    if (!f) return;
    const uint8_t *base = (const uint8_t *)m;
    const void *list = base + f->offset;
    size_t count = 1;
    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        count = *(const size_t *)(const void *)(base + f->quantifier_offset);
        list = *(const void *const *)list;
    }
    bool pointers = f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE;
    for (size_t i = 0; i < count; i++) {
        const void *at = (const uint8_t *)list + i * (pointers ? sizeof(void *) : sizeof(int));
        if (f->type != PROTOBUF_C_TYPE_MESSAGE)
            add_value(f, at, v);
        else if (*(ProtobufCMessage *const *)at && path[size])
            field_values(*(ProtobufCMessage *const *)at, path + size + 1, v);
    }
}

/* The facts of this name; else the field; else what the case remembers of earlier events. */
static void values_of(at_work *w, const char *name, values *v)
{
    v->count = 0;
    for (size_t i = 0; i < w->e->n_facts && v->count < VALUES_MAX; i++)
        if (strcmp(w->e->facts[i]->name, name) == 0) v->items[v->count++] = w->e->facts[i]->value;
    if (!v->count) field_values(&w->e->base, name, v);
    if (v->count) return;
    sqlite3_stmt *s = w->m->statements[RECALL];
    ledger_bind(s, "tt", w->e->case_key, name);
    if (sqlite3_step(s) == SQLITE_ROW) {
        snprintf(v->own, sizeof v->own, "%s", ledger_text(s, 0));
        v->items[v->count++] = v->own;
    }
    sqlite3_reset(s);
}

static bool has_one_of(const values *v, const dcf_metric_where *where)
{
    for (size_t i = 0; i < v->count; i++)
        for (size_t k = 0; k < where->count; k++)
            if (strcmp(v->items[i], where->values[k]) == 0) return true;
    return false;
}

static bool matches(at_work *w, const dcf_metric_match *m)
{
    if (!m->kind || m->kind != (int)w->e->kind) return false;
    if (m->type && strcmp(m->type, w->e->type) != 0) return false;
    for (size_t i = 0; i < m->count; i++) {
        values v;
        values_of(w, m->where[i].name, &v);
        if (!has_one_of(&v, &m->where[i])) return false;
    }
    return true;
}

/* --- observations --------------------------------------------------------------------------------
 */

static dcf_status observe(at_work *w, const dcf_metric_def *d, const char *group, bool good,
                          int64_t value)
{
    values type;
    values_of(w, "case_type", &type);
    ledger_bind(w->m->statements[OBSERVE], "tittttiit", d->name, w->e->at_ms, w->e->force,
                w->e->area, type.count ? type.items[0] : "", group, (int64_t)good, value,
                w->e->case_key);
    return run(w, OBSERVE);
}

/* One for each group the event is in. */
static dcf_status observe_groups(at_work *w, const dcf_metric_def *d, bool good, int64_t value)
{
    values groups;
    if (!d->by) return observe(w, d, "", good, value);
    values_of(w, d->by, &groups);
    if (!groups.count) return observe(w, d, "none", good, value);
    for (size_t i = 0; i < groups.count; i++) DCF_TRY(observe(w, d, groups.items[i], good, value));
    return DCF_OK;
}

static bool running_since(at_work *w, const dcf_metric_def *d, const char *key, int64_t *ret)
{
    sqlite3_stmt *s = w->m->statements[RUN_TAKE];
    ledger_bind(s, "ttt", d->name, w->e->case_key, key);
    bool there = sqlite3_step(s) == SQLITE_ROW;
    if (there) *ret = sqlite3_column_int64(s, 0);
    sqlite3_reset(s);
    return there;
}

static dcf_status begin(at_work *w, const dcf_metric_def *d, const char *key)
{
    ledger_bind(w->m->statements[RUN_ADD], "ttti", d->name, w->e->case_key, key, w->e->at_ms);
    return run(w, RUN_ADD);
}

static dcf_status end(at_work *w, const dcf_metric_def *d, const char *key, const char *group)
{
    int64_t since = 0;
    if (!running_since(w, d, key, &since)) return DCF_OK;
    ledger_bind(w->m->statements[RUN_END], "ttt", d->name, w->e->case_key, key);
    DCF_TRY(run(w, RUN_END));
    int64_t took = w->e->at_ms > since ? w->e->at_ms - since : 0;
    bool good = d->within_ms && took <= (int64_t)d->within_ms;
    return group ? observe(w, d, group, good, took) : observe_groups(w, d, good, took);
}

static void keys_of(at_work *w, const dcf_metric_def *d, values *v)
{
    *v = (values){.items = {""}, .count = 1};
    if (d->key) values_of(w, d->key, v);
}

static dcf_status elapsed(at_work *w, const dcf_metric_def *d)
{
    values keys;
    bool ends = matches(w, &d->of), starts = matches(w, &d->start);
    if (!ends && !starts) return DCF_OK;
    keys_of(w, d, &keys);
    for (size_t i = 0; ends && i < keys.count; i++) DCF_TRY(end(w, d, keys.items[i], NULL));
    for (size_t i = 0; starts && i < keys.count; i++) DCF_TRY(begin(w, d, keys.items[i]));
    return DCF_OK;
}

static dcf_status stages(at_work *w, const dcf_metric_def *d)
{
    const Dcf__V1__AuditEvent *e = w->e;
    if (e->kind != DCF__V1__AUDIT_KIND__AUDIT_KIND_APPLIED ||
        strcmp(e->state_before, e->state_after) == 0)
        return DCF_OK;
    DCF_TRY(end(w, d, e->state_before, e->state_before));
    return begin(w, d, e->state_after);
}

static dcf_status repeat(at_work *w, const dcf_metric_def *d)
{
    values keys;
    int64_t since = 0;
    if (!matches(w, &d->of)) return DCF_OK;
    keys_of(w, d, &keys);
    for (size_t i = 0; i < keys.count; i++) {
        DCF_TRY(observe_groups(w, d, running_since(w, d, keys.items[i], &since), 0));
        DCF_TRY(begin(w, d, keys.items[i]));
    }
    return DCF_OK;
}

static dcf_status measure(at_work *w, const dcf_metric_def *d)
{
    switch (d->measure) {
    case DCF_MEASURE_COUNT:
        return matches(w, &d->of) ? observe_groups(w, d, matches(w, &d->good), 0) : DCF_OK;
    case DCF_MEASURE_ELAPSED:
        return elapsed(w, d);
    case DCF_MEASURE_STAGES:
        return stages(w, d);
    case DCF_MEASURE_REPEAT:
        return repeat(w, d);
    }
    return DCF_ERR(BUG);
}

/* The last value of each fact that the case keeps. */
static dcf_status remember(at_work *w)
{
    const dcf_catalogue *c = w->m->catalogue;
    for (size_t i = 0; i < w->e->n_facts; i++)
        for (size_t k = 0; k < c->remember_count; k++) {
            if (strcmp(w->e->facts[i]->name, c->remember[k]) != 0) continue;
            ledger_bind(w->m->statements[REMEMBER], "ttt", w->e->case_key, c->remember[k],
                        w->e->facts[i]->value);
            DCF_TRY(run(w, REMEMBER));
        }
    return DCF_OK;
}

dcf_status ledger_measure(dcf_ledger *l, const Dcf__V1__AuditEvent *e)
{
    at_work w = {l, l->measurer, e};
    if (!w.m || e->test || *e->case_key == DCF_SHADOW_MARK) return DCF_OK;
    if (*e->case_key) DCF_TRY(remember(&w));
    for (size_t i = 0; i < w.m->catalogue->count; i++)
        DCF_TRY(measure(&w, &w.m->catalogue->defs[i]));
    return DCF_OK;
}

/* --- taking up a catalogue
 * -------------------------------------------------------------------------- */

static dcf_status exec(dcf_ledger *l, const char *sql)
{
    return ledger_status(l->writer, sqlite3_exec(l->writer, sql, NULL, NULL, NULL), sql);
}

static bool is_the_same(dcf_ledger *l, const dcf_catalogue *c)
{
    sqlite3_stmt *s = NULL;
    dcf_span text = dcf_buf_span(&c->text);
    bool same = false;
    if (sqlite3_prepare_v2(l->writer, "SELECT text FROM catalogue", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        same = (size_t)sqlite3_column_bytes(s, 0) == text.size &&
               memcmp(sqlite3_column_blob(s, 0), text.data, text.size) == 0;
    sqlite3_finalize(s);
    return same;
}

static dcf_status measure_all(dcf_ledger *l)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(
        l->writer, "SELECT value FROM event ORDER BY partition, offset, hop", -1, &s, NULL);
    dcf_status status = ledger_status(l->writer, rc, "events");
    while (dcf_ok(status) && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        dcf_arena_reset(&l->arena);
        Dcf__V1__AuditEvent *e = dcf__v1__audit_event__unpack(
            &l->arena.pb, (size_t)sqlite3_column_bytes(s, 0), sqlite3_column_blob(s, 0));
        status = e ? ledger_measure(l, e) : DCF_ERR(CORRUPT);
    }
    if (dcf_ok(status)) status = ledger_status(l->writer, rc, "events");
    sqlite3_finalize(s);
    return status;
}

static dcf_status keep_text(dcf_ledger *l, const dcf_catalogue *c)
{
    sqlite3_stmt *s = NULL;
    static const char sql[] = "INSERT INTO catalogue VALUES(1, ?1) ON CONFLICT DO UPDATE SET "
                              "text = ?1";
    DCF_TRY(ledger_status(l->writer, sqlite3_prepare_v2(l->writer, sql, -1, &s, NULL), sql));
    ledger_bind(s, "b", dcf_buf_span(&c->text));
    dcf_status status = ledger_status(l->writer, sqlite3_step(s), sql);
    sqlite3_finalize(s);
    return status;
}

static dcf_status make_anew(dcf_ledger *l, const dcf_catalogue *c)
{
    dcf_log(DCF_LOG_INFO, "LEDGER_MEASURES", "text",
            "another metric catalogue: every figure is made anew from the events", "catalogue",
            c->path, NULL);
    DCF_TRY(exec(l, "DELETE FROM observation; DELETE FROM running; DELETE FROM case_fact;"));
    DCF_TRY(measure_all(l));
    return keep_text(l, c);
}

void ledger_measurer_free(ledger_measurer *m)
{
    if (!m) return;
    for (size_t i = 0; i < STATEMENTS; i++) sqlite3_finalize(m->statements[i]);
    free(m);
}

dcf_status dcf_ledger_measure(dcf_ledger *l, const dcf_catalogue *c)
{
    ledger_measurer *m = calloc(1, sizeof *m);
    if (!m) return DCF_ERR(NOMEM);
    m->catalogue = c;
    dcf_status status = DCF_OK;
    for (size_t i = 0; i < STATEMENTS && dcf_ok(status); i++)
        status = ledger_status(l->writer,
                               sqlite3_prepare_v3(l->writer, SQL[i], -1, SQLITE_PREPARE_PERSISTENT,
                                                  &m->statements[i], NULL),
                               SQL[i]);
    ledger_measurer_free(l->measurer);
    l->measurer = m;
    if (dcf_failed(status) || is_the_same(l, c)) return status;
    DCF_TRY(dcf_ledger_begin(l));
    status = make_anew(l, c);
    if (dcf_ok(status)) return dcf_ledger_commit(l);
    dcf_ledger_abort(l);
    return status;
}
