/*
 * cover.h - what a dialect has no place for is told, never silently lost (2013).
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_COVER_H
#define DCF_TRANSLATE_COVER_H

#include "translate/mapping.h"

/* Warns of every value of m that no row of the scope writes and no canonical drop takes; each field
 * once. */
void dcf_cover_check(dcf_faults *faults, const dcf_cover *cover, const ProtobufCMessage *m,
                     const char *scope);
/* The same for the extensions an envelope carries: by the wrappers' rows, or the message's. */
void dcf_cover_extensions(dcf_faults *faults, const dcf_cover *wrappers, const dcf_cover *message,
                          const ProtobufCMessage *envelope);
void dcf_cover_report(dcf_faults *faults, const char *field, const char *detail);

#endif
