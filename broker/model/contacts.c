/* contacts.c - see contacts.h. */
#include "model/contacts.h"

#include <stdlib.h>
#include <string.h>

typedef struct reading {
    dcf_contacts *to;
    const dcf_forces *forces;
    const dcf_yaml *roles;
    dcf_yaml_error *err;
} reading;

static const dcf_yaml *place(const dcf_yaml *node, const char *key)
{
    const dcf_yaml *child = dcf_yaml_get(node, key);
    return child ? child : node;
}

/* The code of the force, or the number of the Area; one of them. */
static dcf_status read_whose(const reading *r, const dcf_yaml *node, dcf_contact *c)
{
    const char *force = dcf_yaml_str(node, "force", ""), *area = dcf_yaml_str(node, "area", "");
    const dcf_force *known = *force ? dcf_force_by_code(r->forces, force) : NULL;
    if (!*force == !*area)
        return dcf_yaml_fail(r->to->doc, node, r->err, "a contact is of a force or of an area");
    if (*force && !known)
        return dcf_yaml_fail(r->to->doc, place(node, "force"), r->err, "no such force");
    if (*area && !dcf_area_name(r->forces, area))
        return dcf_yaml_fail(r->to->doc, place(node, "area"), r->err, "no such CPS Area");
    c->force = known ? known->code : "";
    c->area = area;
    return DCF_OK;
}

static dcf_status read_day(const reading *r, const dcf_yaml *node, const char *key, dcf_day *ret)
{
    const dcf_yaml *day = dcf_yaml_get(node, key);
    if (!day || (day->text && dcf_day_parse(day->text, ret))) return DCF_OK;
    return dcf_yaml_fail(r->to->doc, day, r->err, "%s: a date is written 2026-12-25", key);
}

static dcf_status read_days(const reading *r, const dcf_yaml *node, dcf_contact *c)
{
    c->until = INT32_MAX;
    if (!dcf_yaml_get(node, "from"))
        return dcf_yaml_fail(r->to->doc, node, r->err, "a contact says from which day it holds");
    DCF_TRY(read_day(r, node, "from", &c->from));
    DCF_TRY(read_day(r, node, "until", &c->until));
    if (c->until < c->from)
        return dcf_yaml_fail(r->to->doc, place(node, "until"), r->err, "until is before from");
    return DCF_OK;
}

static bool is_telephone(const char *text)
{
    size_t digits = 0;
    for (const char *p = text; *p; p++) digits += *p >= '0' && *p <= '9';
    return digits >= 3 && !text[strspn(text, "0123456789 +()-")];
}

static bool is_email(const char *text)
{
    const char *at = strchr(text, '@');
    return at && at != text && strchr(at, '.') && !strchr(at + 1, '@') && !strpbrk(text, " ,;<>");
}

static dcf_status read_how(const reading *r, const dcf_yaml *node, dcf_contact *c)
{
    c->telephone = dcf_yaml_str(node, "telephone", "");
    c->email = dcf_yaml_str(node, "email", "");
    c->hours = dcf_yaml_str(node, "hours", "");
    if (!*c->telephone && !*c->email)
        return dcf_yaml_fail(r->to->doc, node, r->err, "a contact needs a telephone or an email");
    if (*c->telephone && !is_telephone(c->telephone))
        return dcf_yaml_fail(r->to->doc, place(node, "telephone"), r->err,
                             "no telephone number: digits, spaces, + ( ) and -");
    if (*c->email && !is_email(c->email))
        return dcf_yaml_fail(r->to->doc, place(node, "email"), r->err, "no e-mail address");
    return DCF_OK;
}

bool dcf_contact_holds(const dcf_contact *c, dcf_day on)
{
    return c->from <= on && on <= c->until;
}

/* One desk, one role, one day: one entry. */
static bool clash(const dcf_contact *a, const dcf_contact *b)
{
    return strcmp(a->force, b->force) == 0 && strcmp(a->area, b->area) == 0 &&
           strcmp(a->unit, b->unit) == 0 && strcmp(a->role, b->role) == 0 && a->from <= b->until &&
           b->from <= a->until;
}

static dcf_status read_contact(const reading *r, const dcf_yaml *node)
{
    static const char *const known[] = {"force", "area",  "unit", "role",  "telephone",
                                        "email", "hours", "from", "until", NULL};
    dcf_contacts *to = r->to;
    DCF_TRY(dcf_yaml_only(to->doc, node, known, r->err));
    dcf_contact c = {.force = "",
                     .area = "",
                     .unit = dcf_yaml_str(node, "unit", ""),
                     .role = dcf_yaml_str(node, "role", "")};
    DCF_TRY(read_whose(r, node, &c));
    if (!*c.unit) return dcf_yaml_fail(to->doc, node, r->err, "a contact needs a unit");
    c.asked = dcf_yaml_str(r->roles, c.role, NULL);
    if (!c.asked)
        return dcf_yaml_fail(to->doc, place(node, "role"), r->err, "role is one of roles: above");
    DCF_TRY(read_how(r, node, &c));
    DCF_TRY(read_days(r, node, &c));
    for (size_t i = 0; i < to->count; i++)
        if (clash(&to->list[i], &c))
            return dcf_yaml_fail(to->doc, node, r->err,
                                 "%s has another entry as %s for some of these days", c.unit,
                                 c.role);
    to->list[to->count++] = c;
    return DCF_OK;
}

static dcf_status read_all(reading *r)
{
    static const char *const known[] = {"version", "roles", "contacts", NULL};
    dcf_contacts *to = r->to;
    const dcf_yaml *root = dcf_yaml_root(to->doc), *list = dcf_yaml_get(root, "contacts");
    DCF_TRY(dcf_yaml_only(to->doc, root, known, r->err));
    r->roles = dcf_yaml_get(root, "roles");
    if (!*dcf_yaml_str(root, "version", "") || !r->roles || r->roles->kind != DCF_YAML_MAP ||
        !list || list->kind != DCF_YAML_LIST || list->count > DCF_CONTACTS_MAX)
        return dcf_yaml_fail(to->doc, root, r->err,
                             "needs version:, a map of roles: and contacts:, a list of at most %d",
                             DCF_CONTACTS_MAX);
    to->list = reallocarray(NULL, list->count + 1, sizeof *to->list);
    if (!to->list) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < list->count; i++) DCF_TRY(read_contact(r, &list->items[i]));
    return DCF_OK;
}

dcf_status dcf_contacts_load(const char *path, const dcf_forces *forces, dcf_contacts **ret,
                             dcf_yaml_error *err)
{
    dcf_contacts *c = calloc(1, sizeof *c);
    if (!c) return DCF_ERR(NOMEM);
    reading r = {.to = c, .forces = forces, .err = err};
    dcf_status s = dcf_yaml_load(path, &c->doc, err);
    if (dcf_ok(s)) s = read_all(&r);
    if (dcf_failed(s))
        dcf_contacts_free(c);
    else
        *ret = c;
    return s;
}

void dcf_contacts_free(dcf_contacts *c)
{
    if (!c) return;
    free(c->list);
    dcf_yaml_free(c->doc);
    free(c);
}
