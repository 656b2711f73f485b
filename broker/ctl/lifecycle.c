/* lifecycle.c - dcfctl lifecycle: draws the states of a case and the ways between them, and proves
 * the file they come from. */
#include "ctl/ctl.h"
#include "ctl/rules.h"
#include "exchange/draw.h"

#include <stdio.h>
#include <stdlib.h>

/* The lifecycle of FILE, else of the folder of rule files. */
static int load(const ctl *c, dcf_lifecycle **ret)
{
    char path[PATH_MAX];
    dcf_yaml_error err = {{0}};
    if (c->arg_count)
        snprintf(path, sizeof path, "%s", c->args[0]);
    else if (ctl_rule_file(c, "lifecycle.yaml", path) != CTL_OK)
        return CTL_NOT_FOUND;
    dcf_status s = dcf_lifecycle_load(path, ret, &err);
    if (dcf_ok(s)) return CTL_OK;
    if (dcf_is(s, DCF_E_NOT_FOUND))
        return ctl_fail(c, CTL_NOT_FOUND, "Name the file, or its folder by --config-dir.",
                        "there is no file %s", path);
    return ctl_fail(c, CTL_FAILED, "Correct the file at the place given.", "%s",
                    err.text[0] ? err.text : dcf_status_text(s));
}

int ctl_lifecycle_draw(ctl *c)
{
    dcf_lifecycle *l = NULL;
    dcf_buf out DCF_CLEANUP(dcf_buf_fini) = {0};
    int code = load(c, &l);
    if (code != CTL_OK) return code;
    if (c->opt[OPT_PICTURE] && strcmp(c->opt[OPT_PICTURE], "svg") == 0)
        dcf_lifecycle_svg(l, &out);
    else
        dcf_lifecycle_mermaid(l, &out);
    dcf_lifecycle_free(l);
    const char *text = dcf_buf_cstr(&out);
    if (!text) return CTL_INTERNAL;
    fputs(text, c->out);
    return CTL_OK;
}

int ctl_lifecycle_check(ctl *c)
{
    dcf_lifecycle *l = NULL;
    dcf_edge edges[DCF_EDGES_MAX];
    int code = load(c, &l);
    if (code != CTL_OK) return code;
    json_t *answer = json_pack("{s:s, s:I, s:I, s:I}", "version", l->version, "states",
                               (json_int_t)l->state_count, "messages", (json_int_t)l->rule_count,
                               "ways", (json_int_t)dcf_lifecycle_edges(l, edges));
    if (ctl_wants_json(c))
        ctl_json(c, answer);
    else
        fprintf(c->out,
                "version %s: %zu states, each reached and none a trap; %zu messages, each with a "
                "rule; %lld ways, each can be taken\n",
                l->version, l->state_count, l->rule_count,
                (long long)json_integer_value(json_object_get(answer, "ways")));
    json_decref(answer);
    dcf_lifecycle_free(l);
    return CTL_OK;
}
