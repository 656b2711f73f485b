/* map_lint.c - dcfctl map lint: every mistake of mapping files. */
#include "ctl/map_job.h"

#include <limits.h>

int ctl_map_lint(ctl *c)
{
    int worst = CTL_OK;
    for (int i = 0; i < c->arg_count; i++) {
        char file[PATH_MAX];
        map_job j;
        map_begin(&j);
        const char *arg = c->args[i], *name = file;
        int code = CTL_OK;
        if (strchr(arg, '/') || strchr(arg, '.'))
            name = arg;
        else
            code = map_file_of(c, arg, file);
        if (code == CTL_OK) code = map_load_file(c, &j, name);
        if (code == CTL_OK)
            fprintf(c->out, "%s: ok, dialect %s version %s\n", name, dcf_dialect_name(j.dialect),
                    dcf_dialect_version(j.dialect));
        if (code > worst) worst = code;
        map_end(&j);
    }
    return worst;
}
