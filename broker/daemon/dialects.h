/*
 * dialects.h - the compiled mappings of the dialects that the links use.
 * Thread rule: immutable after loading. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_DIALECTS_H
#define DCF_DAEMON_DIALECTS_H

#include "base/yaml.h"
#include "dcf/translate.h"
#include "model/party.h"

typedef struct dcf_dialects dcf_dialects;

/*
 * Compiles FOLDER/NAME/mapping.yaml for each dialect a link names. CONFIG with err
 * naming the first mistake; every mistake of a mapping is also passed to report (may be NULL).
 */
DCF_RESULT dcf_dialects_load(const char *folder, const dcf_parties *parties,
                             void (*report)(const char *file, const dcf_fault *fault),
                             dcf_dialects **ret, dcf_yaml_error *err);
void dcf_dialects_free(dcf_dialects *d); /* accepts NULL */
/* NULL when no link uses a dialect of this name. */
const dcf_dialect *dcf_dialects_get(const dcf_dialects *d, const char *name);

#endif
