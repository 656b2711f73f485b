/*
 * forces.h - police forces by code, and the CPS Area a case of theirs goes to.
 *
 * Read from config/forces.yaml, where the sources of its rows stand.
 * Ownership: the table owns everything; rows and strings live as long as it.
 * Thread rule: immutable after loading; any thread may read. SPDX-License-Identifier: MIT
 */
#ifndef DCF_MODEL_FORCES_H
#define DCF_MODEL_FORCES_H

#include "base/yaml.h"

typedef struct dcf_forces dcf_forces;

typedef struct dcf_force {
    const char *code; /* "45" */
    const char *name;
} dcf_force;

/* CONFIG with err naming file and line; NOT_FOUND, IO. err may be NULL. The caller frees. */
DCF_RESULT dcf_forces_load(const char *path, dcf_forces **ret, dcf_yaml_error *err);
void dcf_forces_free(dcf_forces *f); /* accepts NULL */
size_t dcf_forces_count(const dcf_forces *f);

/* The force with this code, or the one it is an alias of ("02" gives "01"); NULL when unknown. */
const dcf_force *dcf_force_by_code(const dcf_forces *f, const char *code);
/*
 * The number of the CPS Area ("9") for a case of this force and police unit (URN
 * characters 3 and 4): by the force's `units` when it has the unit, else its only
 * Area. NULL when the force is unknown, has no Area, or has several and the unit
 * does not tell which.
 */
const char *dcf_force_area(const dcf_forces *f, const char *code, const char *unit);
/* "South East" for "9"; NULL when unknown. */
const char *dcf_area_name(const dcf_forces *f, const char *area);

#endif
