/*
 * contract.h - what a mapping says, row by row, as lines of text: kept beside it, and
 * compared, so that no change of its meaning goes unseen where the samples are silent.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_AUTHORING_CONTRACT_H
#define DCF_AUTHORING_CONTRACT_H

#include "base/buf.h"
#include "dcf/translate.h"

/*
 * Appends the contract of d, which was loaded from file: code tables, then each native path in
 * order of writing, whole, with what it becomes and the bounds it has; of a group that says what an
 * earlier one said, below its own native path and canonical group, a line that names that one. How
 * the mapping is laid out (define and use, groups, comments, reasons) makes no difference. CONFIG
 * or IO: the file is no longer what was loaded.
 */
DCF_RESULT dcf_contract(const dcf_dialect *d, const char *file, dcf_buf *out);

#endif
