/* dialects.c - see dialects.h. */
#include "daemon/dialects.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>

enum { DIALECTS_MAX = 64, FAULTS_MAX = 200 };

struct dcf_dialects {
    struct {
        const char *name; /* the configuration's */
        dcf_dialect *dialect;
    } items[DIALECTS_MAX];
    size_t count;
};

static dcf_status load_one(dcf_dialects *d, const char *folder, const char *name,
                           void (*report)(const char *, const dcf_fault *), dcf_yaml_error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s/mapping.yaml", folder, name);
    dcf_arena arena;
    dcf_faults faults;
    dcf_arena_init(&arena, 4u << 20);
    dcf_faults_init(&faults, &arena, FAULTS_MAX);
    dcf_dialect *dialect = NULL;
    dcf_status s = dcf_dialect_load(path, &faults, &dialect);
    for (size_t i = 0; report && i < faults.count; i++) report(path, &faults.items[i]);
    if (dcf_ok(s)) {
        d->items[d->count].name = name;
        d->items[d->count++].dialect = dialect;
    } else if (err) {
        const dcf_fault *f = faults.count ? &faults.items[0] : NULL;
        snprintf(err->text, sizeof err->text, "%.120s:%u:%u: %.100s", path, f ? f->line : 0,
                 f ? f->column : 0, f ? f->detail : dcf_status_text(s));
    }
    dcf_arena_fini(&arena);
    return dcf_ok(s) ? s : DCF_ERR(CONFIG);
}

dcf_status dcf_dialects_load(const char *folder, const dcf_parties *parties,
                             void (*report)(const char *file, const dcf_fault *fault),
                             dcf_dialects **ret, dcf_yaml_error *err)
{
    dcf_dialects *d = calloc(1, sizeof *d);
    if (!d) return DCF_ERR(NOMEM);
    dcf_status s = DCF_OK;
    for (size_t p = 0; p < parties->count; p++)
        for (size_t l = 0; l < parties->items[p].link_count && dcf_ok(s); l++) {
            const char *name = parties->items[p].links[l].dialect;
            if (dcf_dialects_get(d, name)) continue;
            s = d->count < DIALECTS_MAX ? load_one(d, folder, name, report, err) : DCF_ERR(LIMIT);
        }
    if (dcf_failed(s))
        dcf_dialects_free(d);
    else
        *ret = d;
    return s;
}

void dcf_dialects_free(dcf_dialects *d)
{
    if (!d) return;
    for (size_t i = 0; i < d->count; i++) dcf_dialect_free(d->items[i].dialect);
    free(d);
}

const dcf_dialect *dcf_dialects_get(const dcf_dialects *d, const char *name)
{
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->items[i].name, name) == 0) return d->items[i].dialect;
    return NULL;
}
