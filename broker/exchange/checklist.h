/*
 * checklist.h - the national checklist as data: profiles of config/checklists, and what a case file
 * does not meet (Recommendation 8; Recommendation 12 for the draft beside it).
 *
 * A profile is in force between its dates, or a draft. The one in force decides; drafts are run
 * beside it and only recorded. A rule's severity depends on the type of case:
 *   reject  the submission is refused with all its findings; the case does not move
 *   hold    the same, and a person looks at it
 *   warn    it goes on, and the finding travels with it to the reviewing lawyer
 *   notify  it is recorded
 * A rule that is not verified may warn at most, until the site's own file (local.yaml) says else.
 * Ownership: the set owns everything it hands out. Thread rule: immutable after loading.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_EXCHANGE_CHECKLIST_H
#define DCF_EXCHANGE_CHECKLIST_H

#include "dcf/v1/rules.pb-c.h"
#include "exchange/condition.h"

enum {
    DCF_CASE_TYPES_MAX = 16,
    DCF_CHECK_RULES_MAX = 200,
    DCF_PROFILES_MAX = 8,
    DCF_TERMS_MAX = 64,
    DCF_STANDARD_MAX = 64
};

typedef enum dcf_check_severity {
    DCF_CHECK_NONE, /* the rule does not apply */
    DCF_CHECK_NOTIFY,
    DCF_CHECK_WARN,
    DCF_CHECK_HOLD,
    DCF_CHECK_REJECT
} dcf_check_severity;

typedef struct dcf_case_type {
    const char *name, *title;
    const dcf_condition *when;
} dcf_case_type;

typedef struct dcf_check_rule {
    const char *code, *title, *group;
    const char *officer, *lawyer, *source;
    const char *reason; /* the triage reason it amounts to; "" none */
    bool verified;      /* its source was read, not remembered */
    bool enabled;
    const char *local; /* why the site changed it; NULL: it did not */
    dcf_check_severity severity[DCF_CASE_TYPES_MAX];
    const dcf_condition *when;  /* NULL: always */
    const dcf_condition *needs; /* NULL: a person judges */
} dcf_check_rule;

/* A reason for which a file fails the file standard when it is scored, and the rules that find it.
 */
typedef struct dcf_standard_reason {
    const char *code, *title, *group;
    bool verified, enabled;
    const char *rules; /* "T02 N10", for people; "" none */
    const char *local; /* why this site changed it; NULL: it did not */
} dcf_standard_reason;

typedef struct dcf_checklist {
    const char *name, *title, *version, *source;
    const char *base;         /* the profile it was made from; NULL */
    bool draft, changed_here; /* the site's own file changed a rule */
    dcf_day from, until;      /* both included; a draft has none */
    dcf_case_type types[DCF_CASE_TYPES_MAX];
    size_t type_count;
    dcf_check_rule rules[DCF_CHECK_RULES_MAX];
    size_t rule_count;
    dcf_standard_reason standard[DCF_STANDARD_MAX];
    size_t standard_count;
    dcf_term terms[DCF_TERMS_MAX];
    size_t term_count;
} dcf_checklist;

typedef struct dcf_checklists {
    dcf_checklist *items[DCF_PROFILES_MAX];
    size_t count;
    struct dcf_yaml_doc *docs[DCF_PROFILES_MAX + 1];
    size_t doc_count;
    dcf_arena arena;
} dcf_checklists;

/* Every .yaml of the folder in the order of names, local.yaml last. CONFIG with err naming file and
 * line; NOT_FOUND, IO, NOMEM. The caller frees. */
DCF_RESULT dcf_checklists_load(const char *folder, dcf_checklists **ret, dcf_yaml_error *err);
void dcf_checklists_free(dcf_checklists *set); /* accepts NULL */

const dcf_checklist *dcf_checklist_named(const dcf_checklists *set, const char *name);
/* The profile in force on that day; NULL: none is. */
const dcf_checklist *dcf_checklist_at(const dcf_checklists *set, dcf_day day);
const dcf_check_rule *dcf_check_rule_of(const dcf_checklist *c, const char *code);
const char *dcf_check_severity_name(dcf_check_severity s);
/* The number of a case type; type_count when there is none of that name. */
size_t dcf_case_type_of(const dcf_checklist *c, const char *name);

/* What the file does not meet, gravest first, into the arena. facts->body is a CaseSubmission. */
DCF_RESULT dcf_checklist_run(const dcf_checklist *c, const dcf_facts *facts, dcf_arena *arena,
                             Dcf__V1__CheckResult **ret);

/* checklist_read.c: one profile out of its document, into c; `set` holds those before it. */
DCF_RESULT dcf_checklist_read(dcf_checklists *set, const dcf_yaml_doc *doc, dcf_checklist *c,
                              dcf_yaml_error *err);
/* local.yaml: what the site changes, and why. */
DCF_RESULT dcf_checklist_read_local(dcf_checklists *set, const dcf_yaml_doc *doc,
                                    dcf_yaml_error *err);

#endif
