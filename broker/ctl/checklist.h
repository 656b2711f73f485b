/* checklist.h - what the commands of dcfctl checklist share. Every int is an exit code of ctl.h.
 * SPDX-License-Identifier: MIT */
#ifndef DCF_CTL_CHECKLIST_H
#define DCF_CTL_CHECKLIST_H

#include "ctl/rules.h"
#include "exchange/checklist.h"

/* The caller frees the set. */
int checklist_load(const ctl *c, dcf_checklists **ret);
/* Loads and chooses, then does the work. */
int checklist_with(ctl *c,
                   int (*work)(const ctl *c, const dcf_checklists *set, const dcf_checklist *list));

#endif
