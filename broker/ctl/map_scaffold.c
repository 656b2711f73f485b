/* map_scaffold.c - dcfctl map scaffold: a mapping to start from, made of samples. */
#include "authoring/scaffold.h"
#include "ctl/map_job.h"

#include <ctype.h>
#include <stdlib.h>

/* The name of the folder the samples lie in (or of what holds "samples"), as a dialect's name. */
static void name_of(const char *file, char out[64])
{
    char path[PATH_MAX], full[PATH_MAX];
    snprintf(path, sizeof path, "%s", file);
    char *real = realpath(path, full) ? full : path, *slash = strrchr(real, '/');
    if (slash) *slash = 0;
    char *folder = strrchr(real, '/');
    if (slash && folder && strcmp(folder, "/samples") == 0) *folder = 0;
    folder = strrchr(real, '/');
    const char *name = slash && folder && folder[1] ? folder + 1 : "new";
    size_t n = 0;
    for (; *name && n < 32; name++)
        if (isalnum((unsigned char)*name) || *name == '-') out[n++] = (char)tolower(*name);
    out[n] = 0;
    if (!n) snprintf(out, 64, "new");
}

static int scaffold(const ctl *c, map_job *j)
{
    map_files files = {0};
    char name[64];
    dcf_buf texts[CTL_ARGS_MAX] = {0};
    dcf_scaffold_sample samples[CTL_ARGS_MAX];
    int code = map_samples(c, j, 0, &files);
    if (code != CTL_OK) return code;
    if (files.count > CTL_ARGS_MAX) files.count = CTL_ARGS_MAX;
    for (size_t i = 0; code == CTL_OK && i < files.count; i++) {
        dcf_status s = dcf_buf_read_file(&texts[i], files.items[i].path, MAP_DOCUMENT_MAX);
        if (dcf_failed(s)) code = map_fail(c, files.items[i].path, s);
        samples[i] = (dcf_scaffold_sample){files.items[i].name, dcf_buf_span(&texts[i])};
    }
    name_of(files.items[0].path, name);
    const dcf_scaffold_wish wish = {.dialect = c->opt[OPT_NAME] ? c->opt[OPT_NAME] : name,
                                    .canonical = c->opt[OPT_CANONICAL]};
    if (code == CTL_OK) {
        dcf_status s = dcf_scaffold(samples, files.count, &wish, &j->arena, &j->faults, &j->out);
        map_print_faults(c, files.items[0].path, &j->faults);
        if (dcf_is(s, DCF_E_NOT_FOUND))
            code = ctl_fail(c, CTL_USAGE,
                            "The members of Envelope.body in proto/dcf/v1/envelope.proto.",
                            "there is no canonical message '%s'", wish.canonical);
        else if (dcf_failed(s))
            code = j->faults.errors ? CTL_FAILED : map_fail(c, files.items[0].path, s);
        else
            fwrite(j->out.data, 1, j->out.size, c->out);
    }
    for (size_t i = 0; i < files.count; i++) dcf_buf_fini(&texts[i]);
    return code;
}

int ctl_map_scaffold(ctl *c)
{
    map_job j;
    map_begin(&j);
    int code = scaffold(c, &j);
    map_end(&j);
    return code;
}
