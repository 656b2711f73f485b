/* contact.c - dcfctl contact: whom to ring or write to at a force or a CPS Area. */
#include "base/clock.h"
#include "ctl/rules.h"
#include "model/contacts.h"
#include "model/ids.h"

typedef struct asking {
    const char *force, *area; /* desks of either; NULL, NULL: all */
    dcf_day on;
} asking;

static bool is_asked(const asking *q, const dcf_contact *c)
{
    bool of_force = q->force && strcmp(c->force, q->force) == 0;
    bool of_area = q->area && strcmp(c->area, q->area) == 0;
    return (of_force || of_area || (!q->force && !q->area)) && dcf_contact_holds(c, q->on);
}

static json_t *contact_json(const dcf_forces *forces, const dcf_contact *c)
{
    char from[DCF_DAY_TEXT_SIZE], until[DCF_DAY_TEXT_SIZE] = "";
    if (c->until != INT32_MAX) dcf_day_format(c->until, until);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "of",
                     *c->force ? dcf_force_by_code(forces, c->force)->name
                               : dcf_area_name(forces, c->area),
                     "force", c->force, "area", c->area, "unit", c->unit, "role", c->role, "asked",
                     c->asked, "telephone", c->telephone, "email", c->email, "hours", c->hours,
                     "from", dcf_day_format(c->from, from), "until", until);
}

static const ctl_column LIST[] = {
    {"OF", "of", CELL_TEXT},        {"ROLE", "role", CELL_TEXT},
    {"UNIT", "unit", CELL_TEXT},    {"TELEPHONE", "telephone", CELL_TEXT},
    {"E-MAIL", "email", CELL_TEXT}, {"HOURS", "hours", CELL_TEXT},
    {"UNTIL", "until", CELL_TEXT},  {"ASK ABOUT", "asked", CELL_TEXT}};

static void print(ctl *c, const dcf_contacts *contacts, const dcf_forces *forces, const asking *q)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < contacts->count; i++)
        if (is_asked(q, &contacts->list[i]))
            json_array_append_new(rows, contact_json(forces, &contacts->list[i]));
    if (ctl_wants_json(c))
        ctl_json(c, rows);
    else
        ctl_table(c, LIST, CTL_COUNT(LIST), rows, "nobody is named there for that day");
    json_decref(rows);
}

/* --force and --area, or both sides of the case that the argument names. */
static int read_asking(const ctl *c, const dcf_forces *forces, asking *q)
{
    const char *force = c->opt[OPT_FORCE], *area = c->opt[OPT_AREA];
    dcf_urn urn = {0};
    int64_t now;
    int code = ctl_moment(c, &now);
    if (code != CTL_OK) return code;
    if (c->arg_count && dcf_urn_parse(dcf_span_str(c->args[0]), &urn) == DCF_ID_BAD_FORM)
        return ctl_fail(c, CTL_USAGE, "A URN is written 45AA1234526.", "'%s' is no URN",
                        c->args[0]);
    if (c->arg_count) force = urn.force;
    const dcf_force *known = force ? dcf_force_by_code(forces, force) : NULL;
    if (force && !known)
        return ctl_fail(c, CTL_NOT_FOUND, "Forces and their codes stand in forces.yaml.",
                        "there is no force %s", force);
    if (c->arg_count) area = dcf_force_area(forces, urn.force, urn.unit);
    if (area && !dcf_area_name(forces, area))
        return ctl_fail(c, CTL_NOT_FOUND, "Areas and their numbers stand in forces.yaml.",
                        "there is no CPS Area %s", area);
    *q = (asking){known ? known->code : NULL, area, dcf_day_at(now)};
    return CTL_OK;
}

int ctl_contact_list(ctl *c)
{
    char forces_path[PATH_MAX], path[PATH_MAX];
    dcf_forces *forces = NULL;
    dcf_contacts *contacts = NULL;
    dcf_yaml_error err = {{0}};
    asking q = {0};
    int code = ctl_rule_file(c, "forces.yaml", forces_path);
    if (code == CTL_OK) code = ctl_rule_file(c, "contacts.yaml", path);
    if (code != CTL_OK) return code;
    dcf_status s = dcf_forces_load(forces_path, &forces, &err);
    if (dcf_ok(s)) s = dcf_contacts_load(path, forces, &contacts, &err);
    if (dcf_failed(s))
        code = ctl_fail(c, CTL_FAILED, "Correct the file at the line given.", "%s",
                        *err.text ? err.text : dcf_status_text(s));
    if (code == CTL_OK) code = read_asking(c, forces, &q);
    if (code == CTL_OK && contacts) print(c, contacts, forces, &q);
    dcf_contacts_free(contacts);
    dcf_forces_free(forces);
    return code;
}
