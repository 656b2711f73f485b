/* schema.h - one JSON value against one schema of the contract; private to contract.c.
 * SPDX-License-Identifier: MIT */
#ifndef DCF_MOCKCPS_SCHEMA_H
#define DCF_MOCKCPS_SCHEMA_H

#include "base/buf.h"
#include "base/yaml.h"

#include <jansson.h>
#include <regex.h>

enum { SCHEMA_MAX_PATTERNS = 32, SCHEMA_MAX_FAULTS = 1000 };

typedef struct schema_check {
    const dcf_yaml *schemas; /* where $ref leads */
    json_t *faults;
    dcf_buf path; /* JSON pointer of where the walk stands */
    struct {
        const char *text;
        regex_t compiled;
    } patterns[SCHEMA_MAX_PATTERNS]; /* compiled once each */
    size_t pattern_count;
} schema_check;

void schema_check_run(schema_check *k, const dcf_yaml *schema, const json_t *value, json_t *faults);
void schema_check_fini(schema_check *k);

#endif
