/* adapter_new.c - dcfctl adapter new: a dialect's folder to start from, copied from the template.
 */
#include "ctl/map_job.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

enum { FILE_SIZE_MAX = 1 << 20, DEPTH_MAX = 4 };

static const char TEMPLATE[] = "template"; /* the name of the dialect that is copied */

static int fail(const ctl *c, const char *path)
{
    return ctl_fail(c, CTL_INTERNAL, NULL, "%s: %s", path, strerror(errno));
}

/* The file with the new name wherever the template's stood. */
static int copy_file(const ctl *c, const char *from, const char *to, const char *name)
{
    dcf_buf text DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_status s = dcf_buf_read_file(&text, from, FILE_SIZE_MAX);
    if (dcf_failed(s)) return map_fail(c, from, s);
    FILE *out = fopen(to, "wx");
    if (!out) return fail(c, to);
    const char *rest = dcf_buf_cstr(&text);
    for (const char *at; rest && (at = strstr(rest, TEMPLATE)); rest = at + strlen(TEMPLATE))
        fprintf(out, "%.*s%s", (int)(at - rest), rest, name);
    if (rest) fputs(rest, out);
    return fclose(out) == 0 && rest ? CTL_OK : fail(c, to);
}

static int copy_folder(const ctl *c, const char *from, const char *to, const char *name,
                       unsigned depth)
{
    int code = CTL_OK;
    if (mkdir(to, 0777) != 0) return fail(c, to);
    DIR *dir = opendir(from);
    if (!dir) return fail(c, from);
    for (struct dirent *e; code == CTL_OK && (e = readdir(dir));) {
        char source[PATH_MAX], target[PATH_MAX];
        struct stat st;
        if (*e->d_name == '.') continue;
        snprintf(source, sizeof source, "%s/%s", from, e->d_name);
        snprintf(target, sizeof target, "%s/%s", to, e->d_name);
        if (stat(source, &st) != 0)
            code = fail(c, source);
        else if (S_ISREG(st.st_mode))
            code = copy_file(c, source, target, name);
        else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
            code = copy_folder(c, source, target, name, depth + 1);
    }
    closedir(dir);
    return code;
}

static bool good_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && n <= 32 && !name[n] && *name >= 'a';
}

int ctl_adapter_new(ctl *c)
{
    char found[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
    struct stat st;
    const char *name = c->args[0], *dialects = map_dialects(c, found);
    if (!good_name(name))
        return ctl_fail(c, CTL_USAGE,
                        "Small letters, digits and dashes, at most 32; a letter first.",
                        "'%s' is no name for a dialect", name);
    snprintf(from, sizeof from, "%s/../%s", dialects, TEMPLATE);
    snprintf(to, sizeof to, "%s/%s", c->opt[OPT_INTO] ? c->opt[OPT_INTO] : dialects, name);
    if (stat(from, &st) != 0)
        return ctl_fail(c, CTL_NOT_FOUND, "It lies beside the dialects' folder; see --dialects.",
                        "there is no %s", from);
    if (stat(to, &st) == 0)
        return ctl_fail(c, CTL_FAILED, "Choose another name, or remove it.", "%s is there already",
                        to);
    int code = copy_folder(c, from, to, name, 0);
    if (code != CTL_OK) return code;
    fprintf(c->out,
            "%s\n"
            "Next: put documents into samples/ in place of those there, of expected/ and of bad/, "
            "then\n"
            "  dcfctl map scaffold %s/samples > %s/mapping.yaml   (or edit the one there)\n"
            "  dcfctl map lint %s\n"
            "  dcfctl map test %s --update   and read what is expected now\n",
            to, to, to, to, to);
    return CTL_OK;
}
