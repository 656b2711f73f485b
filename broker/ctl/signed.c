/* signed.c - files that dcfctl makes once, and their Ed25519 signatures beside them, as FILE.sig.
 */
#include "ctl/ctl.h"
#include "security/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { SIGNATURE_MAX = 4096 };

int ctl_file_new(const ctl *c, const char *path, dcf_span bytes, unsigned mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return ctl_fail(c, CTL_FAILED, "What is there stays: name another file by --out.",
                        "cannot make %s: %s", path, strerror(errno));
    bool whole = true;
    for (size_t at = 0; whole && at < bytes.size;) {
        ssize_t n = write(fd, bytes.data + at, bytes.size - at);
        whole = n > 0;
        at += whole ? (size_t)n : 0;
    }
    whole = whole && fsync(fd) == 0;
    if (close(fd) == 0 && whole) return CTL_OK;
    unlink(path);
    return ctl_fail(c, CTL_INTERNAL, "Is the disk full?", "cannot write %s", path);
}

static int key_trouble(const ctl *c, dcf_status s)
{
    const char *key = c->opt[OPT_KEY];
    if (dcf_is(s, DCF_E_NOT_FOUND))
        return ctl_fail(c, CTL_NOT_FOUND,
                        "Make one: openssl genpkey -algorithm ed25519 -out key.pem",
                        "cannot read the key %s", key);
    return ctl_fail(c, CTL_USAGE, "It must be an Ed25519 key in PEM, without a password.",
                    "%s holds no such key", key);
}

int ctl_file_signed(const ctl *c, const char *path, dcf_span bytes, unsigned mode)
{
    uint8_t signature[DCF_SIGNATURE_SIZE];
    dcf_buf beside DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_buf_printf(&beside, "%s.sig", path);
    dcf_status s = dcf_sign(c->opt[OPT_KEY], bytes, signature);
    if (dcf_failed(s)) return key_trouble(c, s);
    int code = ctl_file_new(c, path, bytes, mode);
    if (code != CTL_OK) return code;
    code = ctl_file_new(c, dcf_buf_cstr(&beside), dcf_span_of(signature, sizeof signature), 0644);
    if (code != CTL_OK) unlink(path);
    return code;
}

int ctl_file_verify(const ctl *c, const char *path, dcf_span bytes)
{
    dcf_buf beside DCF_CLEANUP(dcf_buf_fini) = {0}, signature DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_buf_printf(&beside, "%s.sig", path);
    if (dcf_failed(dcf_buf_read_file(&signature, dcf_buf_cstr(&beside), SIGNATURE_MAX)))
        return ctl_fail(c, CTL_NOT_FOUND, "The signature lies beside the file, as FILE.sig.",
                        "cannot read the signature of %s", path);
    dcf_status s = dcf_sign_verify(c->opt[OPT_KEY], bytes, dcf_buf_span(&signature));
    if (dcf_is(s, DCF_E_CORRUPT))
        return ctl_fail(c, CTL_FAILED, "It was changed, or signed by another key.",
                        "the signature does not hold");
    return dcf_failed(s) ? key_trouble(c, s) : CTL_OK;
}
