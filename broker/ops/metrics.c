/* metrics.c - the registry: a list of series a row, values in atomics, one lock for the lists. */
#include "ops/metrics.h"

#include <ctype.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct dcf_metric {
    dcf_metric *next;
    const dcf_metric_row *row;
    char *values[DCF_METRIC_LABELS_MAX];
    _Atomic double value;      /* histogram: the sum */
    _Atomic uint64_t counts[]; /* histogram: not cumulative, the last is +Inf */
};

typedef struct family {
    const dcf_metric_row *row;
    dcf_metric *first, **last;
    size_t count;
} family;

struct dcf_metrics {
    pthread_mutex_t lock;
    size_t count;
    family families[];
};

/* --- rows ----------------------------------------------------------------------- */

static bool name_ok(const char *name)
{
    if (!isalpha((unsigned char)*name) && *name != '_') return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '_') return false;
    return true;
}

static bool row_ok(const dcf_metric_row *r)
{
    if (!name_ok(r->name) || !r->help) return false;
    for (size_t i = 0; r->labels[i]; i++)
        if (i == DCF_METRIC_LABELS_MAX || !name_ok(r->labels[i]) || strcmp(r->labels[i], "le") == 0)
            return false;
    for (size_t i = 1; i < r->bucket_count; i++)
        if (r->buckets[i] <= r->buckets[i - 1]) return false;
    return (r->type == DCF_METRIC_HISTOGRAM) == (r->bucket_count > 0);
}

dcf_status dcf_metrics_open(const dcf_metric_row *rows, size_t count, dcf_metrics **ret)
{
    for (size_t i = 0; i < count; i++)
        if (!row_ok(&rows[i])) return DCF_ERR(BUG);
    dcf_metrics *m = calloc(1, sizeof *m + count * sizeof m->families[0]);
    if (!m) return DCF_ERR(NOMEM);
    pthread_mutex_init(&m->lock, NULL);
    m->count = count;
    for (size_t i = 0; i < count; i++)
        m->families[i] = (family){.row = &rows[i], .last = &m->families[i].first};
    *ret = m;
    return DCF_OK;
}

static void series_free(dcf_metric *s)
{
    if (!s) return;
    for (size_t i = 0; i < DCF_METRIC_LABELS_MAX; i++) free(s->values[i]);
    free(s);
}

static void family_clear(family *f)
{
    while (f->first) {
        dcf_metric *s = f->first;
        f->first = s->next;
        series_free(s);
    }
    f->last = &f->first;
    f->count = 0;
}

void dcf_metrics_close(dcf_metrics *m)
{
    if (!m) return;
    for (size_t i = 0; i < m->count; i++) family_clear(&m->families[i]);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void dcf_metrics_clear(dcf_metrics *m, size_t row)
{
    pthread_mutex_lock(&m->lock);
    family_clear(&m->families[row]);
    pthread_mutex_unlock(&m->lock);
}

/* --- series ---------------------------------------------------------------------- */

static bool same(const dcf_metric *s, const char *const values[])
{
    for (size_t i = 0; s->row->labels[i]; i++)
        if (strcmp(s->values[i], values[i]) != 0) return false;
    return true;
}

static dcf_metric *find(const family *f, const char *const values[])
{
    for (dcf_metric *s = f->first; s; s = s->next)
        if (same(s, values)) return s;
    return NULL;
}

static dcf_metric *append(family *f, const char *const values[])
{
    size_t buckets = f->row->bucket_count ? f->row->bucket_count + 1 : 0;
    dcf_metric *s = calloc(1, sizeof *s + buckets * sizeof s->counts[0]);
    if (!s) return NULL;
    s->row = f->row;
    for (size_t i = 0; f->row->labels[i]; i++)
        if (!(s->values[i] = strdup(values[i]))) {
            series_free(s);
            return NULL;
        }
    *f->last = s;
    f->last = &s->next;
    f->count++;
    return s;
}

dcf_metric *dcf_metrics_get(dcf_metrics *m, size_t row, const char *const values[])
{
    static const char *const other[] = {"other", "other", "other", "other"};
    family *f = &m->families[row];
    pthread_mutex_lock(&m->lock);
    dcf_metric *s = find(f, values);
    if (!s && f->count >= DCF_METRIC_SERIES_MAX) {
        values = other;
        s = find(f, values);
    }
    if (!s) s = append(f, values);
    pthread_mutex_unlock(&m->lock);
    return s;
}

/* Not `+=`: on an atomic double that wants libatomic, to keep floating-point flags tidy. */
static void add(_Atomic double *to, double n)
{
    double old = atomic_load(to);
    while (!atomic_compare_exchange_weak(to, &old, old + n)) {
    }
}

void dcf_metric_add(dcf_metric *s, double n)
{
    if (s) add(&s->value, n);
}

void dcf_metric_set(dcf_metric *s, double v)
{
    if (s) atomic_store(&s->value, v);
}

void dcf_metric_observe(dcf_metric *s, double v)
{
    if (!s) return;
    size_t i = 0;
    while (i < s->row->bucket_count && v > s->row->buckets[i]) i++;
    atomic_fetch_add(&s->counts[i], 1);
    add(&s->value, v);
}

static uint64_t observed(const dcf_metric *s)
{
    uint64_t n = 0;
    for (size_t i = 0; i <= s->row->bucket_count; i++) n += atomic_load(&s->counts[i]);
    return n;
}

double dcf_metric_value(const dcf_metric *s)
{
    if (!s) return 0;
    return s->row->bucket_count ? (double)observed(s) : atomic_load(&s->value);
}

/* --- exposition ------------------------------------------------------------------- */

static void write_escaped(dcf_buf *out, const char *s, bool quotes)
{
    for (; *s; s++) {
        if (*s == '\\')
            dcf_buf_adds(out, "\\\\");
        else if (*s == '\n')
            dcf_buf_adds(out, "\\n");
        else if (*s == '"' && quotes)
            dcf_buf_adds(out, "\\\"");
        else
            dcf_buf_addc(out, *s);
    }
}

static void write_number(dcf_buf *out, double v)
{
    if (isinf(v))
        dcf_buf_adds(out, v < 0 ? "-Inf" : "+Inf");
    else if (isnan(v))
        dcf_buf_adds(out, "NaN");
    else
        dcf_buf_printf(out, "%.15g", v);
}

/* name_suffix{label="value",…,le="bound"} value */
static void write_sample(dcf_buf *out, const dcf_metric *s, const char *suffix, const double *le,
                         double v)
{
    dcf_buf_printf(out, "%s%s", s->row->name, suffix);
    bool any = false;
    for (size_t i = 0; s->row->labels[i]; i++, any = true) {
        dcf_buf_printf(out, "%c%s=\"", any ? ',' : '{', s->row->labels[i]);
        write_escaped(out, s->values[i], true);
        dcf_buf_addc(out, '"');
    }
    if (le) {
        dcf_buf_printf(out, "%cle=\"", any ? ',' : '{');
        write_number(out, *le);
        dcf_buf_addc(out, '"');
        any = true;
    }
    dcf_buf_adds(out, any ? "} " : " ");
    write_number(out, v);
    dcf_buf_addc(out, '\n');
}

static void write_histogram(dcf_buf *out, const dcf_metric *s)
{
    static const double endless = INFINITY;
    uint64_t sum = 0;
    for (size_t i = 0; i <= s->row->bucket_count; i++) {
        sum += atomic_load(&s->counts[i]);
        write_sample(out, s, "_bucket", i < s->row->bucket_count ? &s->row->buckets[i] : &endless,
                     (double)sum);
    }
    write_sample(out, s, "_sum", NULL, atomic_load(&s->value));
    write_sample(out, s, "_count", NULL, (double)sum);
}

static void write_family(dcf_buf *out, const family *f)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    dcf_buf_printf(out, "# HELP %s ", f->row->name);
    write_escaped(out, f->row->help, false);
    dcf_buf_printf(out, "\n# TYPE %s %s\n", f->row->name, types[f->row->type]);
    for (const dcf_metric *s = f->first; s; s = s->next) {
        if (f->row->type == DCF_METRIC_HISTOGRAM)
            write_histogram(out, s);
        else
            write_sample(out, s, "", NULL, atomic_load(&s->value));
    }
}

static bool has_row(const dcf_metrics *m, const char *name)
{
    for (size_t i = 0; m && i < m->count; i++)
        if (strcmp(m->families[i].row->name, name) == 0) return true;
    return false;
}

void dcf_metrics_write(dcf_metrics *m, const dcf_metrics *other, dcf_buf *out)
{
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->count; i++)
        if (!has_row(other, m->families[i].row->name)) write_family(out, &m->families[i]);
    pthread_mutex_unlock(&m->lock);
}
