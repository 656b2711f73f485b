/* catalogue.c - see catalogue.h. */
#include "ledger/catalogue.h"

#include "dcf/v1/audit.pb-c.h"
#include "dcf/v1/envelope.pb-c.h"
#include "model/fact_name.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 20 };

static const char *const MEASURES[] = {[DCF_MEASURE_COUNT] = "count",
                                       [DCF_MEASURE_ELAPSED] = "elapsed",
                                       [DCF_MEASURE_STAGES] = "stages",
                                       [DCF_MEASURE_REPEAT] = "repeat"};
static const char *const FIGURES[] = {[DCF_FIGURE_COUNT] = "count",
                                      [DCF_FIGURE_SHARE] = "share",
                                      [DCF_FIGURE_MEDIAN] = "median",
                                      [DCF_FIGURE_RATE] = "rate",
                                      [DCF_FIGURE_PER_CASE] = "per_case"};

const char *dcf_metric_figure_text(dcf_metric_figure f)
{
    return FIGURES[f];
}

const char *dcf_metric_measure_text(dcf_metric_measure m)
{
    return MEASURES[m];
}

/* The place of the child's text in a list of words. */
static dcf_status read_word(const dcf_yaml_doc *doc, const dcf_yaml *node, const char *key,
                            const char *const words[], size_t count, unsigned *ret,
                            dcf_yaml_error *err)
{
    const char *text = dcf_yaml_str(node, key, "");
    const dcf_yaml *at = dcf_yaml_get(node, key);
    char all[128] = "";
    for (size_t i = 0; i < count; i++) {
        *ret = (unsigned)i;
        if (strcmp(words[i], text) == 0) return DCF_OK;
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", words[i]);
    }
    return dcf_yaml_fail(doc, at ? at : node, err, "%s must be one of: %s", key, all);
}

/* "not_delivered" is AUDIT_KIND_NOT_DELIVERED; 0 when there is none. */
static int kind_of(const char *text)
{
    char name[64] = "AUDIT_KIND_";
    size_t n = strlen(name);
    for (; *text && n + 1 < sizeof name; text++) name[n++] = (char)toupper((unsigned char)*text);
    name[n] = '\0';
    const ProtobufCEnumValue *v =
        protobuf_c_enum_descriptor_get_value_by_name(&dcf__v1__audit_kind__descriptor, name);
    return v ? v->value : 0;
}

/* A field of the audit event: "reason", "clocks.clock". */
static bool is_field(const char *path)
{
    const ProtobufCMessageDescriptor *d = &dcf__v1__audit_event__descriptor;
    for (;;) {
        char name[64];
        size_t size = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)size, path);
        const ProtobufCFieldDescriptor *f =
            d ? protobuf_c_message_descriptor_get_field_by_name(d, name) : NULL;
        if (!f) return false;
        if (!path[size]) return true;
        d = f->type == PROTOBUF_C_TYPE_MESSAGE ? f->descriptor : NULL;
        path += size + 1;
    }
}

static dcf_status read_name(const dcf_yaml_doc *doc, const dcf_yaml *at, const char *name,
                            dcf_yaml_error *err)
{
    if (!name || dcf_fact_is_known(name) || is_field(name)) return DCF_OK;
    return dcf_yaml_fail(doc, at, err, "%.40s is neither a fact of the audit nor a field of it",
                         name);
}

static bool is_message(const char *type)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(&dcf__v1__envelope__descriptor, type);
    return f && f->type == PROTOBUF_C_TYPE_MESSAGE && (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);
}

static dcf_status read_values(const dcf_yaml_doc *doc, const dcf_yaml *list, dcf_metric_where *w,
                              dcf_yaml_error *err)
{
    *w = (dcf_metric_where){.name = list->key};
    if (list->kind != DCF_YAML_LIST || !list->count || list->count > DCF_METRIC_VALUES_MAX)
        return dcf_yaml_fail(doc, list, err, "%s: a list of 1 to %d values", list->key,
                             DCF_METRIC_VALUES_MAX);
    for (; w->count < list->count; w->count++) {
        w->values[w->count] = list->items[w->count].text;
        if (!w->values[w->count])
            return dcf_yaml_fail(doc, &list->items[w->count], err, "a value is text");
    }
    return DCF_OK;
}

static dcf_status read_match(const dcf_yaml_doc *doc, const dcf_yaml *def, const char *key,
                             dcf_metric_match *m, dcf_yaml_error *err)
{
    static const char *const known[] = {"kind", "type", "where", NULL};
    const dcf_yaml *node = dcf_yaml_get(def, key);
    if (!node) return DCF_OK;
    DCF_TRY(dcf_yaml_only(doc, node, known, err));
    const char *kind = dcf_yaml_str(node, "kind", "");
    m->kind = kind_of(kind);
    if (!m->kind)
        return dcf_yaml_fail(doc, node, err, "%s: there is no audit kind '%.40s'", key, kind);
    m->type = dcf_yaml_str(node, "type", NULL);
    if (m->type && !is_message(m->type))
        return dcf_yaml_fail(doc, node, err, "%s: there is no message '%.40s'", key, m->type);
    const dcf_yaml *where = dcf_yaml_get(node, "where");
    if (!where) return DCF_OK;
    if (where->kind != DCF_YAML_MAP || where->count > DCF_METRIC_WHERE_MAX)
        return dcf_yaml_fail(doc, where, err, "where: at most %d names, each with its values",
                             DCF_METRIC_WHERE_MAX);
    for (; m->count < where->count; m->count++) {
        DCF_TRY(read_name(doc, &where->items[m->count], where->items[m->count].key, err));
        DCF_TRY(read_values(doc, &where->items[m->count], &m->where[m->count], err));
    }
    return DCF_OK;
}

static dcf_status read_texts(const dcf_yaml_doc *doc, const dcf_yaml *node, dcf_metric_def *d,
                             dcf_yaml_error *err)
{
    const struct {
        const char *key, **to;
    } texts[] = {{"title", &d->title},
                 {"unit", &d->unit},
                 {"counts", &d->counts},
                 {"source", &d->source},
                 {"caveats", &d->caveats}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i].to = dcf_yaml_str(node, texts[i].key, NULL);
        if (!*texts[i].to)
            return dcf_yaml_fail(doc, node, err, "metric %s: %s is missing", d->name, texts[i].key);
    }
    return DCF_OK;
}

/* What a measure cannot do without. */
static const char *what_is_missing(const dcf_metric_def *d)
{
    if (d->measure != DCF_MEASURE_STAGES && !d->of.kind) return "of";
    if (d->measure == DCF_MEASURE_ELAPSED && !d->start.kind) return "start";
    if (d->measure == DCF_MEASURE_REPEAT && !d->key) return "key";
    if (d->figure == DCF_FIGURE_RATE && !d->per) return "per";
    if (d->figure == DCF_FIGURE_SHARE && d->measure == DCF_MEASURE_COUNT && !d->good.kind)
        return "good";
    if (d->figure == DCF_FIGURE_SHARE && d->measure == DCF_MEASURE_ELAPSED && !d->within_ms)
        return "within";
    return NULL;
}

static dcf_status read_def(const dcf_yaml_doc *doc, const dcf_yaml *node, dcf_metric_def *d,
                           dcf_yaml_error *err)
{
    static const char *const known[] = {
        "title", "unit", "counts", "source", "caveats", "measure", "figure",   "start",
        "of",    "good", "key",    "by",     "per",     "within",  "personal", NULL};
    unsigned measure = 0, figure = 0;
    *d = (dcf_metric_def){.name = node->key};
    DCF_TRY(dcf_yaml_only(doc, node, known, err));
    DCF_TRY(read_texts(doc, node, d, err));
    DCF_TRY(read_word(doc, node, "measure", MEASURES, sizeof MEASURES / sizeof MEASURES[0],
                      &measure, err));
    DCF_TRY(
        read_word(doc, node, "figure", FIGURES, sizeof FIGURES / sizeof FIGURES[0], &figure, err));
    d->measure = (dcf_metric_measure)measure;
    d->figure = (dcf_metric_figure)figure;
    DCF_TRY(read_match(doc, node, "start", &d->start, err));
    DCF_TRY(read_match(doc, node, "of", &d->of, err));
    DCF_TRY(read_match(doc, node, "good", &d->good, err));
    d->key = dcf_yaml_str(node, "key", NULL);
    d->by = dcf_yaml_str(node, "by", NULL);
    DCF_TRY(read_name(doc, dcf_yaml_get(node, "key"), d->key, err));
    DCF_TRY(read_name(doc, dcf_yaml_get(node, "by"), d->by, err));
    d->per = dcf_yaml_str(node, "per", NULL);
    DCF_TRY(dcf_yaml_ms(doc, node, "within", 0, &d->within_ms, err));
    DCF_TRY(dcf_yaml_bool(doc, node, "personal", false, &d->personal, err));
    const char *missing = what_is_missing(d);
    return missing ? dcf_yaml_fail(doc, node, err, "metric %s: it needs %s", d->name, missing)
                   : DCF_OK;
}

static dcf_status read_remember(dcf_catalogue *c, const dcf_yaml *root, dcf_yaml_error *err)
{
    dcf_metric_where list;
    const dcf_yaml *node = dcf_yaml_get(root, "remember");
    if (!node) return DCF_OK;
    DCF_TRY(read_values(c->doc, node, &list, err));
    for (size_t i = 0; i < list.count; i++)
        DCF_TRY(read_name(c->doc, &node->items[i], list.values[i], err));
    memcpy(c->remember, list.values, sizeof c->remember);
    c->remember_count = list.count;
    return DCF_OK;
}

static dcf_status read_all(dcf_catalogue *c, dcf_yaml_error *err)
{
    static const char *const known[] = {"version", "remember", "least", "metrics", NULL};
    const dcf_yaml *root = dcf_yaml_root(c->doc), *list = dcf_yaml_get(root, "metrics");
    DCF_TRY(dcf_yaml_only(c->doc, root, known, err));
    c->version = dcf_yaml_str(root, "version", NULL);
    if (!c->version) return dcf_yaml_fail(c->doc, root, err, "version is missing");
    DCF_TRY(dcf_yaml_u64(c->doc, root, "least", 5, &c->least, err));
    DCF_TRY(read_remember(c, root, err));
    if (!list || list->kind != DCF_YAML_MAP || list->count > DCF_METRIC_DEFS_MAX)
        return dcf_yaml_fail(c->doc, list ? list : root, err,
                             "metrics: a map of at most %d definitions", DCF_METRIC_DEFS_MAX);
    for (; c->count < list->count; c->count++)
        DCF_TRY(read_def(c->doc, &list->items[c->count], &c->defs[c->count], err));
    for (size_t i = 0; i < c->count; i++)
        if (c->defs[i].per && !dcf_metric_by_name(c, c->defs[i].per))
            return dcf_yaml_fail(c->doc, &list->items[i], err, "per: there is no metric %s",
                                 c->defs[i].per);
    return DCF_OK;
}

dcf_status dcf_catalogue_load(const char *path, dcf_catalogue **ret, dcf_yaml_error *err)
{
    dcf_catalogue *c = calloc(1, sizeof *c);
    if (!c) return DCF_ERR(NOMEM);
    dcf_status s = dcf_yaml_load(path, &c->doc, err);
    if (dcf_ok(s)) {
        c->path = dcf_yaml_name(c->doc);
        s = read_all(c, err);
    }
    if (dcf_ok(s)) s = dcf_buf_read_file(&c->text, path, TEXT_MAX);
    if (dcf_failed(s))
        dcf_catalogue_free(c);
    else
        *ret = c;
    return s;
}

void dcf_catalogue_free(dcf_catalogue *c)
{
    if (!c) return;
    dcf_buf_fini(&c->text);
    dcf_yaml_free(c->doc);
    free(c);
}

const dcf_metric_def *dcf_metric_by_name(const dcf_catalogue *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->defs[i].name, name) == 0) return &c->defs[i];
    return NULL;
}
