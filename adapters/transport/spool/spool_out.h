/*
 * spool_out.h - messages to a force as files of FOLDER/out.
 *
 * A file appears whole: written under a temporary name, flushed to disk, renamed.
 * Its name is made of the message, so that a second delivery of the same message
 * makes the same file, not another. Thread rule: any thread. SPDX-License-Identifier: MIT
 */
#ifndef DCF_SPOOL_OUT_H
#define DCF_SPOOL_OUT_H

#include "dcf/span.h"
#include "dcf/status.h"

/* name is a plain file name. UNAVAILABLE (retry): the folder cannot be written now; LIMIT: the name
 * is unusable. */
DCF_RESULT dcf_spool_out_write(const char *folder, const char *name, dcf_span body);

#endif
