/*
 * scenario.h - scripted behaviour: rules by URN pattern that override what the
 * mock would do, and faults it is to show. The file is described in README.md.
 * Thread rule: one thread at a time. SPDX-License-Identifier: MIT
 */
#ifndef DCF_MOCKCPS_SCENARIO_H
#define DCF_MOCKCPS_SCENARIO_H

#include "base/yaml.h"

typedef struct scenario scenario;

/* YAML or JSON. CONFIG with err filled, NOMEM. */
DCF_RESULT scenario_parse(dcf_span text, const char *name, scenario **ret, dcf_yaml_error *err);
void scenario_free(scenario *s); /* accepts NULL */

/* What the first rule that fits says of this key; NULL when none says anything, or s is NULL. */
const dcf_yaml *scenario_find(const scenario *s, const char *urn, const char *message_type,
                              const char *key);
/* The same as a time in ms, 0 when absent. */
uint64_t scenario_ms(const scenario *s, const char *urn, const char *message_type, const char *key);
/* The same as a yes or no. */
bool scenario_flag(const scenario *s, const char *urn, const char *message_type, const char *key,
                   bool fallback);
/* Does the fault described by node still happen to this URN? Counts it against its `times` (default
 * 1) when so. */
bool scenario_spend(scenario *s, const dcf_yaml *node, const char *urn);

#endif
