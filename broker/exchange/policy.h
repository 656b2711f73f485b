/*
 * policy.h - what a message must hold to go on: config/policies.yaml, a row a policy, and the
 * register of redaction tools.
 *
 * A row is proved when it is read: message types, paths, fault code and check exist. What a
 * condition cannot say is a check, a C function the row names (policy_check.c).
 * Thread rule: immutable after loading. Internal to the room. SPDX-License-Identifier: MIT
 */
#ifndef DCF_EXCHANGE_POLICY_H
#define DCF_EXCHANGE_POLICY_H

#include "dcf/fault.h"
#include "exchange/condition.h"

struct dcf_run;
struct dcf_subject;
struct dcf_policy;

enum { DCF_POLICIES_MAX = 128, DCF_POLICY_FORMS_MAX = 32, DCF_TOOLS_MAX = 256 };

/* what: the body, or the material of `each: material`. Calls dcf_policy_breach for each breach. */
typedef void dcf_policy_check(const struct dcf_policy *p, const struct dcf_run *run,
                              struct dcf_subject *s, const ProtobufCMessage *what,
                              const char *place);

typedef struct dcf_policy {
    const char *name, *source, *text;
    uint64_t types; /* set of 1 << index of the Envelope's field */
    bool each_material;
    const dcf_condition *when, *require;
    dcf_policy_check *check; /* NULL: require decides */
    const char *forms[DCF_POLICY_FORMS_MAX];
    size_t form_count; /* once_per_case */
    dcf_fault_code fault;
    dcf_severity severity;
} dcf_policy;

typedef struct dcf_policy_set {
    dcf_yaml_doc *doc;
    dcf_arena arena;
    const char *version;
    dcf_policy items[DCF_POLICIES_MAX];
    size_t count;
} dcf_policy_set;

/* CONFIG with err naming file and line; NOT_FOUND, IO, NOMEM. The caller frees. */
DCF_RESULT dcf_policies_load(const char *path, dcf_policy_set **ret, dcf_yaml_error *err);
DCF_RESULT dcf_policies_parse(dcf_span text, const char *name, dcf_policy_set **ret,
                              dcf_yaml_error *err);
void dcf_policies_free(dcf_policy_set *p); /* accepts NULL */

void dcf_policy_breach(const dcf_policy *p, struct dcf_subject *s, const char *field);
/* policy_check.c: by the name a row gives; NULL: none. */
dcf_policy_check *dcf_policy_check_by_name(const char *name);

/* --- config/redaction-tools.yaml (tools.c) ------------------------------------------------- */

typedef struct dcf_tools dcf_tools;
DCF_RESULT dcf_tools_load(const char *path, dcf_tools **ret, dcf_yaml_error *err);
void dcf_tools_free(dcf_tools *t); /* accepts NULL */
/* model: NULL when no AI took part. */
bool dcf_tools_has(const dcf_tools *t, const char *name, const char *version, const char *model);

#endif
