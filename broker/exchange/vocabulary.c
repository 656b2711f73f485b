/* vocabulary.c - the closed code lists of the canonical model, a row each; see vocabulary.h. */
#include "exchange/vocabulary.h"

#include <string.h>

enum { WORDS_MAX = 24 };

#define REVIEWS     "fiveDay", "twentyEightDay", "priority", "earlyAdvice" /* NDH */
#define LANES       "unredacted", "redacted"
#define ITEM_STATUS "requested", "partMet", "met", "notAvailable", "cancelled", "overdue"
#define COURTS      "magistrates", "crown", "rasso", "ccu" /* PAC */
/* CJS Data Standards 4.3, remand status; SPI; and the words of TWIF PoliceRemandStatus. */
#define REMAND                                                                                     \
    "B", "C", "CB", "HO", "LA", "NA", "PC", "PR", "SA", "UB", "Custody", "Conditional bail",       \
        "Unconditional bail", "Part 4 bail", "Reported"

static const struct {
    const char *message, *field;
    const char *words[WORDS_MAX];
} rows[] = {
    {"ActionAnswer", "status", {"partMet", "met", "notAvailable", "cancelled"}},
    {"ActionItem",
     "status",
     {"requested", "partMet", "met", "notAvailable", "cancelled", "overdue"}},
    {"ActionItem", "step_code", {"KWD", "NKWD"}},
    {"CaseSubmission", "anticipated_plea", {"guilty", "notGuilty"}},
    {"CaseSubmission", "case_type", {COURTS}},
    {"CaseSubmission", "review_type", {REVIEWS}},
    {"ContactRequest", "outcome_channel", {"telephone", "video", "meeting", "email"}},
    {"CourtDefendant", "bail_status", {REMAND}},
    {"CourtOffence", "final_disposal", {"Y", "N"}},
    {"Defendant", "custody_status", {REMAND}},
    {"Material", "lane", {LANES}},
    {"Material", "rebuttable", {"Yes", "No"}},
    {"MaterialNotice", "change", {"added", "replaced", "withdrawn"}},
    {"MaterialNotice", "schedule", {"MG6C", "MG6D", "MG6E", "SDC"}},
    {"Offence",
     "category", /* TWIF; CJS Data Standards 4.3 */
     {"Summary Only", "Either Way", "Indictable Only", "CB", "CE", "CI", "CM", "CR", "CS"}},
    {"OpenItem", "status", {ITEM_STATUS}},
    {"ProvidedMaterial", "lane", {LANES}},
    {"Redaction", "method", {"manual", "automatic", "ai"}},
    {"Redaction",
     "type",
     {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17",
      "18"}},
    {"SplitMerge", "kind", {"split", "merge", "mergedInto"}},
    {"TriageOutcome", "case_type", {COURTS}},
    {"TriageOutcome", "file_standard", {"compliant", "nonCompliant"}},
    {"TriageOutcome", "outcome", {"accepted", "rejected"}},
    {"TriageOutcome", "review_type", {REVIEWS}},
    {"TriageReason",
     "code",
     {"T01", "T02", "T03", "T04", "T05", "T06", "T07", "T08", "T09", "T10", "T11", "T12", "T13"}},
    {"VictimNotice", "entitlement", {"enhanced", "standard"}},
};

const char *const *dcf_vocabulary_of(const ProtobufCMessageDescriptor *m,
                                     const ProtobufCFieldDescriptor *f)
{
    for (size_t i = 0; m && i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].message, m->short_name) == 0 && strcmp(rows[i].field, f->name) == 0)
            return rows[i].words;
    return NULL;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);
    return n >= k && strcmp(name + n - k, end) == 0;
}

bool dcf_field_is_date(const ProtobufCFieldDescriptor *f)
{
    static const char *const names[] = {"date", "statutory_time_limit", "reply_by"};
    static const char *const ends[] = {"_date", "_dates", "_at", "_until"};
    if (f->type != PROTOBUF_C_TYPE_STRING) return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(f->name, names[i]) == 0) return true;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends_with(f->name, ends[i])) return true;
    return false;
}
