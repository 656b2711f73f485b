/* case_export.c - dcfctl case export: a case's bundle from the daemon into a file that only its
 * owner reads. */
#include "ctl/ctl.h"

#include <stdio.h>

int ctl_case_export(ctl *c)
{
    dcf_buf path DCF_CLEANUP(dcf_buf_fini) = {0}, bundle DCF_CLEANUP(dcf_buf_fini) = {0};
    char name[128];
    dcf_buf_adds(&path, "/v1/cases");
    ctl_path_add(&path, c->args[0]);
    dcf_buf_adds(&path, "/bundle");
    const char *text = dcf_buf_cstr(&path);
    int code = text ? ctl_get_bytes(c, text, &bundle) : CTL_INTERNAL;
    if (code != CTL_OK) return code;
    snprintf(name, sizeof name, "%.100s.dcfbundle", c->args[0]);
    for (char *p = name; *p; p++)
        if (*p == '/' || *p == ' ') *p = '-'; /* a split suffix */
    const char *out = c->opt[OPT_BUNDLE] ? c->opt[OPT_BUNDLE] : name;
    code = c->opt[OPT_KEY] ? ctl_file_signed(c, out, dcf_buf_span(&bundle), 0600)
                           : ctl_file_new(c, out, dcf_buf_span(&bundle), 0600);
    if (code == CTL_OK) fprintf(c->out, "%s: %zu bytes\n", out, bundle.size);
    return code;
}
