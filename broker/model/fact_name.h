/*
 * fact_name.h - the names of what the audit tells of a message, so that who measures by one can be
 * told that there is no such fact. Thread rule: none. SPDX-License-Identifier: MIT
 */
#ifndef DCF_MODEL_FACT_NAME_H
#define DCF_MODEL_FACT_NAME_H

#include <stdbool.h>

bool dcf_fact_is_known(const char *name);

#endif
