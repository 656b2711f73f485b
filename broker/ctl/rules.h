/*
 * rules.h - where dcfctl finds the rule files, and what time it is for them.
 * Every int is an exit code of ctl.h; what is wrong has then been printed.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_CTL_RULES_H
#define DCF_CTL_RULES_H

#include "ctl/ctl.h"

#include <limits.h>

/* A file or folder of --config-dir; else DCF_CONFIG, the source tree's config, /etc/dcf. */
int ctl_rule_file(const ctl *c, const char *name, char out[PATH_MAX]);
/* --at as a moment: a date is its noon in London; absent: now. */
int ctl_moment(const ctl *c, int64_t *ret_ms);

#endif
