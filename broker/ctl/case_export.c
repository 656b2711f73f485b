/* case_export.c - dcfctl case export: a case's bundle from the daemon into a file that only its
 * owner reads. */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Never over a file that is there. */
static int write_file(const ctl *c, const char *path, dcf_span bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return ctl_fail(c, CTL_INTERNAL,
                        errno == EEXIST ? "Move it away, or name another by --out." : NULL,
                        "cannot make %s: %s", path, strerror(errno));
    bool written = true;
    for (size_t at = 0; written && at < bytes.size;) {
        ssize_t n = write(fd, bytes.data + at, bytes.size - at);
        written = n > 0;
        at += written ? (size_t)n : 0;
    }
    if (close(fd) == 0 && written) return CTL_OK;
    unlink(path);
    return ctl_fail(c, CTL_INTERNAL, "Is the disk full?", "cannot write %s", path);
}

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
    code = write_file(c, out, dcf_buf_span(&bundle));
    if (code == CTL_OK) fprintf(c->out, "%s: %zu bytes\n", out, bundle.size);
    return code;
}
