/* fact_name.c - see fact_name.h; what each is made of says exchange/facts.c. */
#include "model/fact_name.h"

#include <string.h>

static const char *const NAMES[] = {"answer",
                                    "asked",
                                    "assurance",
                                    "assurance_agreed",
                                    "assurance_human_only",
                                    "assurance_own_only",
                                    "case_type",
                                    "checklist",
                                    "checklist_case_type",
                                    "decision",
                                    "entitlement",
                                    "file_standard",
                                    "finding",
                                    "letter",
                                    "linked",
                                    "open_items",
                                    "outcome",
                                    "part",
                                    "plan",
                                    "review_type",
                                    "submission",
                                    "supervisor",
                                    "test",
                                    "triage_reason"};

bool dcf_fact_is_known(const char *name)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (strcmp(NAMES[i], name) == 0) return true;
    return false;
}
