/* tools.c - the register of redaction tools whose output the other side is known to take. */
#include "exchange/policy.h"

#include <stdlib.h>
#include <string.h>

struct dcf_tools {
    dcf_yaml_doc *doc;
    const dcf_yaml *list;
};

static dcf_status check_tool(const dcf_tools *t, const dcf_yaml *node, dcf_yaml_error *err)
{
    static const char *const known[] = {"name", "versions", "models", NULL};
    static const char *const lists[] = {"versions", "models"};
    DCF_TRY(dcf_yaml_only(t->doc, node, known, err));
    if (!*dcf_yaml_str(node, "name", ""))
        return dcf_yaml_fail(t->doc, node, err, "a tool needs a name");
    for (size_t i = 0; i < 2; i++) {
        const dcf_yaml *list = dcf_yaml_get(node, lists[i]);
        for (size_t k = 0; list && k < list->count; k++)
            if (list->kind != DCF_YAML_LIST || !list->items[k].text)
                return dcf_yaml_fail(t->doc, list, err, "%s is a list of texts", lists[i]);
    }
    return DCF_OK;
}

static dcf_status read_all(dcf_tools *t, dcf_yaml_error *err)
{
    static const char *const known[] = {"version", "tools", NULL};
    const dcf_yaml *root = dcf_yaml_root(t->doc);
    DCF_TRY(dcf_yaml_only(t->doc, root, known, err));
    t->list = dcf_yaml_get(root, "tools");
    if (!*dcf_yaml_str(root, "version", "") || !t->list || t->list->kind != DCF_YAML_LIST ||
        t->list->count > DCF_TOOLS_MAX)
        return dcf_yaml_fail(t->doc, root, err, "needs version:, and tools: a list of at most %d",
                             DCF_TOOLS_MAX);
    for (size_t i = 0; i < t->list->count; i++) DCF_TRY(check_tool(t, &t->list->items[i], err));
    return DCF_OK;
}

dcf_status dcf_tools_load(const char *path, dcf_tools **ret, dcf_yaml_error *err)
{
    dcf_tools *t = calloc(1, sizeof *t);
    if (!t) return DCF_ERR(NOMEM);
    dcf_status s = dcf_yaml_load(path, &t->doc, err);
    if (dcf_ok(s)) s = read_all(t, err);
    if (dcf_failed(s))
        dcf_tools_free(t);
    else
        *ret = t;
    return s;
}

void dcf_tools_free(dcf_tools *t)
{
    if (!t) return;
    dcf_yaml_free(t->doc);
    free(t);
}

static bool has_text(const dcf_yaml *list, const char *text)
{
    for (size_t i = 0; list && i < list->count; i++)
        if (strcmp(list->items[i].text, text) == 0) return true;
    return false;
}

bool dcf_tools_has(const dcf_tools *t, const char *name, const char *version, const char *model)
{
    for (size_t i = 0; i < t->list->count; i++) {
        const dcf_yaml *tool = &t->list->items[i], *versions = dcf_yaml_get(tool, "versions");
        if (strcmp(dcf_yaml_str(tool, "name", ""), name) != 0) continue;
        bool version_fits = !versions || !versions->count || has_text(versions, version);
        if (version_fits && (!model || has_text(dcf_yaml_get(tool, "models"), model))) return true;
    }
    return false;
}
