/*
 * cover.h - what a dialect has no place for is told, never silently lost (2013).
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_COVER_H
#define DCF_TRANSLATE_COVER_H

#include "translate/writer.h"

/* Conditions count from the base message of a scope. */
typedef struct dcf_cover_scope {
    dcf_writer *writer;
    const ProtobufCMessage *base;
} dcf_cover_scope;

/* Warns of every value of m, in the scope, that no row writes and no canonical drop takes; each
 * field once. */
void dcf_cover_check(const dcf_cover_scope *scope, const dcf_cover *cover,
                     const ProtobufCMessage *m, const char *name);
/* The same for the extensions an envelope carries: by the wrappers' rows, or the message's. */
void dcf_cover_extensions(dcf_writer *w, const dcf_cover *wrappers, const dcf_cover *message);
void dcf_cover_report(dcf_faults *faults, const char *field, const char *detail);

#endif
