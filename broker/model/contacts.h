/*
 * contacts.h - whom to ring or write to at a force or a CPS Area: a directory of desks, not of
 * people.
 *
 * Read from config/contacts.yaml. It decides nothing, so no version of the rules names it.
 * Source: Recommendation 5b. Ownership: the directory owns everything; its texts live as long as
 * it. Thread rule: immutable after loading; any thread may read. SPDX-License-Identifier: MIT
 */
#ifndef DCF_MODEL_CONTACTS_H
#define DCF_MODEL_CONTACTS_H

#include "base/day.h"
#include "model/forces.h"

enum { DCF_CONTACTS_MAX = 2000 };

typedef struct dcf_contact {
    const char *force, *area; /* code or number, as forces.yaml has them; one of them is "" */
    const char *unit, *role, *asked;       /* asked: what the role may be asked about */
    const char *telephone, *email, *hours; /* "" when not given */
    dcf_day from, until;                   /* its first and last day; INT32_MAX: no last one */
} dcf_contact;

typedef struct dcf_contacts {
    dcf_yaml_doc *doc;
    dcf_contact *list; /* in the order of the file */
    size_t count;
} dcf_contacts;

/* CONFIG with err naming file and line; NOT_FOUND, IO, NOMEM. err may be NULL. The caller frees. */
DCF_RESULT dcf_contacts_load(const char *path, const dcf_forces *forces, dcf_contacts **ret,
                             dcf_yaml_error *err);
void dcf_contacts_free(dcf_contacts *c); /* accepts NULL */
bool dcf_contact_holds(const dcf_contact *c, dcf_day on);

#endif
