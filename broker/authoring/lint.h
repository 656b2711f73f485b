/*
 * lint.h - what a mapping that compiles may still do wrong: rows nothing reaches,
 * values that cannot come back, lengths that cannot fit. SPDX-License-Identifier: MIT
 */
#ifndef DCF_AUTHORING_LINT_H
#define DCF_AUTHORING_LINT_H

#include "dcf/translate.h"

/* Adds faults 7002 to 7008, each with its line; path is file. */
void dcf_lint(const dcf_dialect *d, const char *file, dcf_faults *faults);
/* Adds a 7004 for each canonical text that d reads longer than `other` can write, and a 7009 for
 * each that `other` writes as a number. */
void dcf_lint_against(const dcf_dialect *d, const dcf_dialect *other, const char *file,
                      dcf_faults *faults);

#endif
