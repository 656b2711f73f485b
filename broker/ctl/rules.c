/* rules.c - see rules.h. */
#include "ctl/rules.h"

#include "base/clock.h"
#include "exchange/condition.h"

#include <unistd.h>

enum { NOON = 12 * 60 };

static bool source_tree_file(const char *name, char out[PATH_MAX])
{
    char folder[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 1);
    if (n <= 0) return false;
    folder[n] = '\0';
    for (char *slash = strrchr(folder, '/'); slash; slash = strrchr(folder, '/')) {
        *slash = '\0';
        int size = snprintf(out, PATH_MAX, "%s/config/%s", folder, name);
        if (size < PATH_MAX && access(out, R_OK) == 0) return true;
    }
    return false;
}

int ctl_rule_file(const ctl *c, const char *name, char out[PATH_MAX])
{
    const char *folder = ctl_setting(c, OPT_CONFIG_DIR, "DCF_CONFIG", NULL);
    if (!folder && source_tree_file(name, out)) return CTL_OK;
    if (!folder) folder = CTL_CONFIG_DIR;
    if (snprintf(out, PATH_MAX, "%s/%s", folder, name) < PATH_MAX && access(out, R_OK) == 0)
        return CTL_OK;
    return ctl_fail(c, CTL_NOT_FOUND, "Name the folder of the rule files by --config-dir.",
                    "there is no %s in %s", name, folder);
}

int ctl_moment(const ctl *c, int64_t *ret_ms)
{
    dcf_when w = {.ms = dcf_clock_ms()};
    if (c->opt[OPT_AT] && !dcf_when_parse(c->opt[OPT_AT], &w))
        return ctl_fail(c, CTL_USAGE, "A time is written 2026-11-21 or 2026-11-21T15:00:00Z.",
                        "'%s' is no time", c->opt[OPT_AT]);
    *ret_ms = w.is_day ? dcf_day_ms(w.day, NOON) : w.ms;
    return CTL_OK;
}
