/* forces.c - see forces.h. The rows are checked once, at loading; lookups read the YAML tree
 * itself. */
#include "model/forces.h"

#include <stdlib.h>

typedef struct row {
    dcf_force force;
    const char *alias; /* NULL: none */
    const dcf_yaml *node;
} row;

struct dcf_forces {
    dcf_yaml_doc *doc;
    const dcf_yaml *areas;
    row *rows;
    size_t count;
};

static const row *row_of(const dcf_forces *f, const char *code)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->rows[i].force.code, code) == 0) return &f->rows[i];
    return NULL;
}

static const row *resolve(const dcf_forces *f, const char *code)
{
    const row *r = row_of(f, code);
    return r && r->alias ? row_of(f, r->alias) : r;
}

/* --- loading ---------------------------------------------------------------------------------- */

/* Each item of a list or map is the number of a known Area. */
static dcf_status check_areas(const dcf_forces *f, const dcf_yaml *node, dcf_yaml_error *err)
{
    for (size_t i = 0; node && i < node->count; i++) {
        const dcf_yaml *item = &node->items[i];
        if (item->kind != DCF_YAML_SCALAR || !dcf_area_name(f, item->text))
            return dcf_yaml_fail(f->doc, item, err, "no such CPS Area");
    }
    return DCF_OK;
}

static dcf_status read_row(dcf_forces *f, const dcf_yaml *node, dcf_yaml_error *err)
{
    static const char *const known[] = {"code", "name", "areas", "units", "alias", NULL};
    DCF_TRY(dcf_yaml_only(f->doc, node, known, err));
    row r = {.force = {dcf_yaml_str(node, "code", ""), dcf_yaml_str(node, "name", "")},
             .alias = dcf_yaml_str(node, "alias", NULL),
             .node = node};
    if (!*r.force.code || !*r.force.name)
        return dcf_yaml_fail(f->doc, node, err, "a force needs code and name");
    if (row_of(f, r.force.code))
        return dcf_yaml_fail(f->doc, node, err, "force %s stands twice", r.force.code);
    const dcf_yaml *areas = dcf_yaml_get(node, "areas"), *units = dcf_yaml_get(node, "units");
    if (areas && areas->kind != DCF_YAML_LIST)
        return dcf_yaml_fail(f->doc, areas, err, "areas must be a list");
    if (units && units->kind != DCF_YAML_MAP)
        return dcf_yaml_fail(f->doc, units, err, "units must be a map from unit to Area");
    DCF_TRY(check_areas(f, areas, err));
    DCF_TRY(check_areas(f, units, err));
    f->rows[f->count++] = r;
    return DCF_OK;
}

static dcf_status check_aliases(const dcf_forces *f, dcf_yaml_error *err)
{
    for (size_t i = 0; i < f->count; i++) {
        const row *r = &f->rows[i], *target = r->alias ? row_of(f, r->alias) : NULL;
        if (r->alias && (!target || target->alias))
            return dcf_yaml_fail(f->doc, r->node, err,
                                 "force %s is an alias of %s, which is no force of its own",
                                 r->force.code, r->alias);
    }
    return DCF_OK;
}

static dcf_status read_table(dcf_forces *f, dcf_yaml_error *err)
{
    static const char *const known[] = {"version", "areas", "forces", NULL};
    const dcf_yaml *root = dcf_yaml_root(f->doc), *list = dcf_yaml_get(root, "forces");
    DCF_TRY(dcf_yaml_only(f->doc, root, known, err));
    f->areas = dcf_yaml_get(root, "areas");
    if (!f->areas || f->areas->kind != DCF_YAML_MAP || !list || list->kind != DCF_YAML_LIST)
        return dcf_yaml_fail(f->doc, root, err, "a map of areas and a list of forces are needed");
    f->rows = calloc(list->count + 1, sizeof *f->rows);
    if (!f->rows) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < list->count; i++) DCF_TRY(read_row(f, &list->items[i], err));
    return check_aliases(f, err);
}

dcf_status dcf_forces_load(const char *path, dcf_forces **ret, dcf_yaml_error *err)
{
    dcf_forces *f = calloc(1, sizeof *f);
    if (!f) return DCF_ERR(NOMEM);
    dcf_status s = dcf_yaml_load(path, &f->doc, err);
    if (dcf_ok(s)) s = read_table(f, err);
    if (dcf_failed(s))
        dcf_forces_free(f);
    else
        *ret = f;
    return s;
}

void dcf_forces_free(dcf_forces *f)
{
    if (!f) return;
    free(f->rows);
    dcf_yaml_free(f->doc);
    free(f);
}

/* --- lookups ---------------------------------------------------------------------------------- */

size_t dcf_forces_count(const dcf_forces *f)
{
    return f->count;
}

const dcf_force *dcf_force_by_code(const dcf_forces *f, const char *code)
{
    const row *r = resolve(f, code);
    return r ? &r->force : NULL;
}

const char *dcf_force_area(const dcf_forces *f, const char *code, const char *unit)
{
    const row *r = resolve(f, code);
    if (!r) return NULL;
    const char *by_unit = dcf_yaml_str(dcf_yaml_get(r->node, "units"), unit, NULL);
    const dcf_yaml *areas = dcf_yaml_get(r->node, "areas");
    const char *only = areas && areas->count == 1 ? areas->items[0].text : NULL;
    return by_unit ? by_unit : only;
}

const char *dcf_area_name(const dcf_forces *f, const char *area)
{
    return dcf_yaml_str(f->areas, area, NULL);
}
