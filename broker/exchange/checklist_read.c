/* checklist_read.c - reads the files of config/checklists and proves them. */
#include "dcf/v1/case.pb-c.h"
#include "exchange/checklist.h"

#include <stdio.h>
#include <string.h>

typedef struct reader {
    dcf_checklists *set;
    const dcf_yaml_doc *doc;
    dcf_checklist *c;
    dcf_yaml_error *err;
} reader;

static const char *const severities[] = {"none", "notify", "warn", "hold", "reject"};

const char *dcf_check_severity_name(dcf_check_severity s)
{
    return severities[s];
}

/* --- parts ----------------------------------------------------------------------------- */

static dcf_status read_condition(const reader *r, const dcf_yaml *node, const dcf_condition **ret)
{
    return dcf_condition_read_with(r->c->terms, r->c->term_count, &r->set->arena, r->doc, node,
                                   &dcf__v1__case_submission__descriptor, ret, r->err);
}

static dcf_status read_text(const reader *r, const dcf_yaml *node, const char *key, bool required,
                            const char **ret)
{
    const dcf_yaml *v = dcf_yaml_get(node, key);
    if (v && v->text && *v->text) *ret = v->text;
    if (v && !v->text) return dcf_yaml_fail(r->doc, v, r->err, "%s is a text", key);
    return !required || (*ret && **ret) ? DCF_OK
                                        : dcf_yaml_fail(r->doc, node, r->err, "%s is missing", key);
}

static dcf_status read_severity(const reader *r, const dcf_yaml *node, dcf_check_severity *ret)
{
    for (size_t i = 0; node->text && i < sizeof severities / sizeof severities[0]; i++) {
        if (strcmp(severities[i], node->text) != 0) continue;
        *ret = (dcf_check_severity)i;
        return DCF_OK;
    }
    return dcf_yaml_fail(r->doc, node, r->err, "a severity is reject, hold, warn, notify or none");
}

/* One word for all types of case, or a map of them; a type that is not named keeps what it had. */
static dcf_status read_severities(const reader *r, const dcf_yaml *node, dcf_check_rule *rule)
{
    if (!node) return DCF_OK;
    dcf_check_severity all = DCF_CHECK_NONE;
    if (node->kind == DCF_YAML_SCALAR) DCF_TRY(read_severity(r, node, &all));
    for (size_t t = 0; node->kind == DCF_YAML_SCALAR && t < r->c->type_count; t++)
        rule->severity[t] = all;
    if (node->kind == DCF_YAML_SCALAR) return DCF_OK;
    if (node->kind != DCF_YAML_MAP)
        return dcf_yaml_fail(r->doc, node, r->err, "severity is a word, or a map of case types");
    for (size_t i = 0; i < node->count; i++) {
        size_t t = dcf_case_type_of(r->c, node->items[i].key);
        if (t == r->c->type_count)
            return dcf_yaml_fail(r->doc, &node->items[i], r->err, "no case type %.40s",
                                 node->items[i].key);
        DCF_TRY(read_severity(r, &node->items[i], &rule->severity[t]));
    }
    return DCF_OK;
}

static dcf_status check_severity(const reader *r, const dcf_yaml *node, const dcf_check_rule *rule)
{
    for (size_t t = 0; !rule->verified && !rule->local && t < r->c->type_count; t++)
        if (rule->severity[t] > DCF_CHECK_WARN)
            return dcf_yaml_fail(r->doc, node, r->err,
                                 "%.20s is not verified, so it may warn at most; a site may say "
                                 "more in local.yaml",
                                 rule->code);
    return DCF_OK;
}

/* --- rules ------------------------------------------------------------------------------- */

static dcf_status read_words(const reader *r, const dcf_yaml *node, dcf_check_rule *rule)
{
    DCF_TRY(read_text(r, node, "title", true, &rule->title));
    DCF_TRY(read_text(r, node, "group", true, &rule->group));
    DCF_TRY(read_text(r, node, "officer", true, &rule->officer));
    DCF_TRY(read_text(r, node, "lawyer", true, &rule->lawyer));
    DCF_TRY(read_text(r, node, "source", true, &rule->source));
    return read_text(r, node, "reason", false, &rule->reason);
}

static dcf_check_rule *find_rule(dcf_checklist *c, const char *code)
{
    for (size_t i = 0; i < c->rule_count; i++)
        if (strcmp(c->rules[i].code, code) == 0) return &c->rules[i];
    return NULL;
}

static dcf_status read_rule(const reader *r, const dcf_yaml *node, dcf_check_rule *rule)
{
    static const char *const known[] = {"code",     "title",   "group",   "severity", "when",
                                        "needs",    "reason",  "officer", "lawyer",   "source",
                                        "verified", "enabled", NULL};
    const dcf_yaml *when = dcf_yaml_get(node, "when"), *needs = dcf_yaml_get(node, "needs");
    DCF_TRY(dcf_yaml_only(r->doc, node, known, r->err));
    DCF_TRY(read_words(r, node, rule));
    DCF_TRY(dcf_yaml_bool(r->doc, node, "verified", rule->verified, &rule->verified, r->err));
    DCF_TRY(dcf_yaml_bool(r->doc, node, "enabled", rule->enabled, &rule->enabled, r->err));
    DCF_TRY(read_severities(r, dcf_yaml_get(node, "severity"), rule));
    if (when) DCF_TRY(read_condition(r, when, &rule->when));
    if (needs) DCF_TRY(read_condition(r, needs, &rule->needs));
    if (*rule->reason && !find_rule(r->c, rule->reason))
        return dcf_yaml_fail(r->doc, dcf_yaml_get(node, "reason"), r->err,
                             "reason: no rule %.20s here or above", rule->reason);
    return check_severity(r, node, rule);
}

static dcf_status read_new_rule(const reader *r, const dcf_yaml *node)
{
    dcf_checklist *c = r->c;
    const char *code = dcf_yaml_str(node, "code", "");
    if (!*code || strlen(code) > 15)
        return dcf_yaml_fail(r->doc, node, r->err, "a rule needs code: of at most 15 characters");
    if (c->rule_count == DCF_CHECK_RULES_MAX)
        return dcf_yaml_fail(r->doc, node, r->err, "more than %d rules", DCF_CHECK_RULES_MAX);
    if (find_rule(c, code)) return dcf_yaml_fail(r->doc, node, r->err, "%.20s stands twice", code);
    dcf_check_rule *rule = &c->rules[c->rule_count++];
    *rule = (dcf_check_rule){.code = code, .reason = "", .enabled = true};
    return read_rule(r, node, rule);
}

static dcf_status read_changed_rule(const reader *r, const dcf_yaml *node)
{
    dcf_check_rule *rule = find_rule(r->c, dcf_yaml_str(node, "code", ""));
    if (!rule) return dcf_yaml_fail(r->doc, node, r->err, "the base has no rule of this code");
    return read_rule(r, node, rule);
}

static dcf_status read_list(const reader *r, const char *key,
                            dcf_status (*read)(const reader *r, const dcf_yaml *node))
{
    const dcf_yaml *list = dcf_yaml_get(dcf_yaml_root(r->doc), key);
    if (list && list->kind != DCF_YAML_LIST)
        return dcf_yaml_fail(r->doc, list, r->err, "%s must be a list", key);
    for (size_t i = 0; list && i < list->count; i++) DCF_TRY(read(r, &list->items[i]));
    return DCF_OK;
}

static dcf_status read_removed_rule(const reader *r, const dcf_yaml *node)
{
    dcf_check_rule *rule = find_rule(r->c, node->text ? node->text : "");
    if (!rule) return dcf_yaml_fail(r->doc, node, r->err, "the base has no rule of this code");
    size_t at = (size_t)(rule - r->c->rules);
    memmove(rule, rule + 1, (--r->c->rule_count - at) * sizeof *rule);
    return DCF_OK;
}

static dcf_status read_standard(const reader *r, const dcf_yaml *node)
{
    static const char *const known[] = {"code", "title", "group", "verified", "rules", NULL};
    dcf_standard_reason s = {.rules = "", .enabled = true};
    if (r->c->standard_count == DCF_STANDARD_MAX)
        return dcf_yaml_fail(r->doc, node, r->err, "more than %d reasons", DCF_STANDARD_MAX);
    DCF_TRY(dcf_yaml_only(r->doc, node, known, r->err));
    DCF_TRY(read_text(r, node, "code", true, &s.code));
    DCF_TRY(read_text(r, node, "title", true, &s.title));
    DCF_TRY(read_text(r, node, "group", true, &s.group));
    DCF_TRY(read_text(r, node, "rules", false, &s.rules));
    DCF_TRY(dcf_yaml_bool(r->doc, node, "verified", false, &s.verified, r->err));
    for (const char *at = s.rules; *at;) {
        char code[16];
        size_t size = strcspn(at, " ");
        snprintf(code, sizeof code, "%.*s", (int)size, at);
        if (!find_rule(r->c, code)) return dcf_yaml_fail(r->doc, node, r->err, "no rule %s", code);
        at += size + strspn(at + size, " ");
    }
    r->c->standard[r->c->standard_count++] = s;
    return DCF_OK;
}

/* --- a profile ----------------------------------------------------------------------------- */

static dcf_status read_case_types(const reader *r)
{
    static const char *const known[] = {"title", "when", NULL};
    const dcf_yaml *map = dcf_yaml_get(dcf_yaml_root(r->doc), "case_types");
    if (!map) return DCF_OK;
    if (map->kind != DCF_YAML_MAP || r->c->base || map->count > DCF_CASE_TYPES_MAX)
        return dcf_yaml_fail(r->doc, map, r->err,
                             "case_types is a map of at most %d, in a profile without base",
                             DCF_CASE_TYPES_MAX);
    for (size_t i = 0; i < map->count; i++) {
        const dcf_yaml *item = &map->items[i];
        dcf_case_type *t = &r->c->types[r->c->type_count];
        DCF_TRY(dcf_yaml_only(r->doc, item, known, r->err));
        t->name = item->key;
        DCF_TRY(read_text(r, item, "title", true, &t->title));
        DCF_TRY(read_condition(r, dcf_yaml_get(item, "when"), &t->when));
        r->c->type_count++;
    }
    return DCF_OK;
}

static dcf_status read_terms(const reader *r)
{
    const dcf_yaml *map = dcf_yaml_get(dcf_yaml_root(r->doc), "terms");
    if (map && (map->kind != DCF_YAML_MAP || r->c->term_count + map->count > DCF_TERMS_MAX))
        return dcf_yaml_fail(r->doc, map, r->err, "terms is a map of at most %d conditions",
                             DCF_TERMS_MAX);
    for (size_t i = 0; map && i < map->count; i++) {
        dcf_term t = {.name = map->items[i].key};
        DCF_TRY(read_condition(r, &map->items[i], &t.is));
        r->c->terms[r->c->term_count++] = t;
    }
    return DCF_OK;
}

static dcf_status read_day(const reader *r, const dcf_yaml *root, const char *key, dcf_day *ret)
{
    const dcf_yaml *v = dcf_yaml_get(root, key);
    if (!v || (v->text && dcf_day_parse(v->text, ret))) return DCF_OK;
    return dcf_yaml_fail(r->doc, v, r->err, "%s: a date is written 2026-12-25", key);
}

static dcf_status read_base(const reader *r, const dcf_yaml *root)
{
    const char *base = dcf_yaml_str(root, "base", NULL);
    if (!base) return DCF_OK;
    const dcf_checklist *b = dcf_checklist_named(r->set, base);
    if (!b)
        return dcf_yaml_fail(r->doc, dcf_yaml_get(root, "base"), r->err,
                             "no profile %.40s in a file before this one", base);
    *r->c = *b;
    r->c->base = base;
    return DCF_OK;
}

static dcf_status read_head(const reader *r, const dcf_yaml *root)
{
    dcf_checklist *c = r->c;
    const char *status = dcf_yaml_str(root, "status", "");
    DCF_TRY(read_base(r, root));
    DCF_TRY(read_text(r, root, "profile", true, &c->name));
    DCF_TRY(read_text(r, root, "title", true, &c->title));
    DCF_TRY(read_text(r, root, "version", true, &c->version));
    DCF_TRY(read_text(r, root, "source", true, &c->source));
    c->draft = strcmp(status, "draft") == 0;
    if (!c->draft && strcmp(status, "in_force") != 0)
        return dcf_yaml_fail(r->doc, root, r->err, "status is in_force or draft");
    c->from = c->draft ? INT32_MAX : INT32_MIN;
    c->until = INT32_MAX;
    DCF_TRY(read_day(r, root, "from", &c->from));
    DCF_TRY(read_day(r, root, "until", &c->until));
    if (!c->draft && c->from == INT32_MIN)
        return dcf_yaml_fail(r->doc, root, r->err, "a profile in force needs from: a date");
    return dcf_checklist_named(r->set, c->name)
               ? dcf_yaml_fail(r->doc, root, r->err, "profile %.40s stands twice", c->name)
               : DCF_OK;
}

dcf_status dcf_checklist_read(dcf_checklists *set, const dcf_yaml_doc *doc, dcf_checklist *c,
                              dcf_yaml_error *err)
{
    static const char *const known[] = {"profile", "title",   "version", "status",        "from",
                                        "until",   "source",  "base",    "case_types",    "terms",
                                        "rules",   "changes", "removes", "file_standard", NULL};
    const reader r = {set, doc, c, err};
    const dcf_yaml *root = dcf_yaml_root(doc);
    DCF_TRY(dcf_yaml_only(doc, root, known, err));
    DCF_TRY(read_head(&r, root));
    DCF_TRY(read_terms(&r));
    DCF_TRY(read_case_types(&r));
    DCF_TRY(read_list(&r, "changes", read_changed_rule));
    DCF_TRY(read_list(&r, "removes", read_removed_rule));
    DCF_TRY(read_list(&r, "rules", read_new_rule));
    DCF_TRY(read_list(&r, "file_standard", read_standard));
    return c->rule_count && c->type_count
               ? DCF_OK
               : dcf_yaml_fail(doc, root, err, "a profile has case_types and rules");
}

/* --- the site's own file ---------------------------------------------------------------------- */

/* What may be said of a rule as of a reason of the file standard. */
static dcf_status change_both(const reader *r, const dcf_yaml *node, const char **title,
                              const char **because, bool *enabled, bool *verified)
{
    r->c->changed_here = true;
    DCF_TRY(read_text(r, node, "because", true, because));
    DCF_TRY(read_text(r, node, "title", false, title));
    DCF_TRY(dcf_yaml_bool(r->doc, node, "enabled", *enabled, enabled, r->err));
    return dcf_yaml_bool(r->doc, node, "verified", *verified, verified, r->err);
}

static dcf_status change_here(const reader *r, const dcf_yaml *node, const char *code, bool *found)
{
    const dcf_yaml *severity = dcf_yaml_get(node, "severity");
    dcf_check_rule *rule = find_rule(r->c, code);
    for (size_t i = 0; i < r->c->standard_count; i++) {
        dcf_standard_reason *s = &r->c->standard[i];
        if (strcmp(s->code, code) != 0) continue;
        if (severity)
            return dcf_yaml_fail(r->doc, severity, r->err,
                                 "%.20s is a reason of the file standard: it has no severity",
                                 code);
        *found = true;
        return change_both(r, node, &s->title, &s->local, &s->enabled, &s->verified);
    }
    if (!rule) return DCF_OK;
    *found = true;
    DCF_TRY(change_both(r, node, &rule->title, &rule->local, &rule->enabled, &rule->verified));
    return read_severities(r, severity, rule);
}

dcf_status dcf_checklist_read_local(dcf_checklists *set, const dcf_yaml_doc *doc,
                                    dcf_yaml_error *err)
{
    static const char *const top[] = {"overrides", NULL};
    static const char *const known[] = {"rule",  "profile",  "enabled", "severity",
                                        "title", "verified", "because", NULL};
    const dcf_yaml *root = dcf_yaml_root(doc), *list = dcf_yaml_get(root, "overrides");
    DCF_TRY(dcf_yaml_only(doc, root, top, err));
    if (list && list->kind != DCF_YAML_LIST)
        return dcf_yaml_fail(doc, list, err, "overrides must be a list");
    for (size_t i = 0; list && i < list->count; i++) {
        const dcf_yaml *node = &list->items[i];
        const char *code = dcf_yaml_str(node, "rule", ""),
                   *name = dcf_yaml_str(node, "profile", "");
        bool found = false;
        DCF_TRY(dcf_yaml_only(doc, node, known, err));
        for (size_t p = 0; p < set->count; p++) {
            const reader r = {set, doc, set->items[p], err};
            if (!*name || strcmp(name, r.c->name) == 0)
                DCF_TRY(change_here(&r, node, code, &found));
        }
        if (!found)
            return dcf_yaml_fail(doc, node, err, "no profile has the rule or reason %.20s", code);
    }
    return DCF_OK;
}
