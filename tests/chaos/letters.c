/* letters.c - see letters.h. */
#include "letters.h"

#include <stdio.h>
#include <stdlib.h>

static const char force_head[] =
    "{\"meta\":{\"modelVersion\":\"1.1\",\"messageId\":\"chaos-%zu-%zu\",\"correlationId\":\"chaos-"
    "%zu\","
    "\"created\":\"2026-11-19T14:02:11Z\",\"forceIdentifier\":\"42\",\"sender\":\"essex\","
    "\"sourceSystem\":\"04201PoliceCaseSystem\",\"sourceUnit\":\"042CH00\",\"dataController\":"
    "\"Essex Police\","
    "\"user\":\"pfile.42\",\"recipient\":\"cps\",\"recipientSystem\":\"C00CMS\","
    "\"transactionMode\":\"test\"},";

static const char investigation[] =
    "\"data\":{\"type\":\"investigation\",\"id\":\"INV-%zu\",\"attributes\":{\"submissionType\":"
    "\"SBTP_PRECHARGE\","
    "\"urn\":\"%s\",\"originatingOrganisation\":\"142CH00\",\"policeUnit\":\"CH\",\"reviewType\":"
    "\"RVWT_28DAY\","
    "\"courtType\":\"magistrates\",\"codeTest\":\"Early "
    "Consultation\",\"anticipatedPlea\":\"PLEA_G\","
    "\"outline\":[{\"heading\":\"Case outline\",\"text\":\"%s\"}]}},\"included\":["
    "{\"type\":\"officerInCase\",\"attributes\":{\"name\":{\"givenName1\":\"Imogen\","
    "\"familyName\":\"Strand\"},"
    "\"rank\":\"Detective "
    "Constable\",\"workerReference\":\"42DC7731\",\"contact\":{\"telephoneBusiness\":"
    "\"01632 960810\",\"email1\":\"imogen.strand@essex.police.example\"}}},"
    "{\"type\":\"gatekeeperApproval\",\"attributes\":{\"approver\":{\"name\":{\"givenName1\":"
    "\"Hollis\","
    "\"familyName\":\"Penhallow\"},\"rank\":\"Inspector\",\"workerReference\":\"42IN0077\","
    "\"role\":\"gatekeeper\"},"
    "\"approvedAt\":\"2026-11-19T13:55:30Z\",\"checklistVersion\":\"DG6-2025-07\"}},"
    "{\"type\":\"person\",\"id\":\"P-%zu\",\"attributes\":{\"nominal\":{\"personId\":\"P-%zu\","
    "\"name\":{"
    "\"givenName1\":\"Reuben\",\"familyName\":\"Askwith\"},\"dateOfBirth\":\"1997-12-01\","
    "\"gender\":\"GNDR_0001\"},"
    "\"custodyStatus\":\"Conditional "
    "bail\",\"offences\":[{\"offenceId\":\"O-%zu\",\"cjsCode\":\"TH68010\","
    "\"wording\":\"On 12 November 2026 at Chelmsford stole goods from a "
    "shop.\",\"startDate\":\"2026-11-12\"}]}},"
    "{\"type\":\"document\",\"id\":\"M-%zu\",\"attributes\":{\"title\":\"Report to Crown "
    "Prosecutor\","
    "\"documentType\":\"MG3\",\"fileName\":\"MG3.pdf\",\"lane\":\"redacted\"}}]}\n";

static const char material[] =
    "\"data\":{\"type\":\"materialNotice\",\"id\":\"MAT-%zu-%zu\",\"attributes\":{\"urn\":\"%s\","
    "\"change\":\"added\"}},\"included\":[{\"type\":\"document\",\"id\":\"M-%zu-%zu\","
    "\"attributes\":{"
    "\"title\":\"%s\",\"documentType\":\"MG11\",\"fileName\":\"MG11.pdf\",\"lane\":\"redacted\"}}]}"
    "\n";

static const char triage[] =
    "{\"messageType\":\"triageOutcome\",\"header\":{\"messageId\":\"CHAOS-CPS-%zu\","
    "\"correlationId\":\"chaos-%zu\","
    "\"sentAt\":\"2026-11-24T10:00:00Z\",\"from\":{\"organisation\":\"cps\",\"system\":\"C00CMS\","
    "\"unit\":\"A42CH00\"},"
    "\"to\":{\"organisation\":\"essex\",\"system\":\"04201PoliceCaseSystem\",\"unit\":\"042CH00\"},"
    "\"test\":true},"
    "\"urn\":\"%s\",\"outcome\":\"accepted\",\"triagedAt\":\"2026-11-24T10:00:00Z\",\"reviewType\":"
    "\"twentyEightDay\","
    "\"caseType\":\"preCharge\",\"courtType\":\"Magistrates\",\"nfsCompliant\":true,\"area\":\"3\","
    "\"triagedBy\":{\"name\":\"Lowri Attwell\",\"role\":\"Paralegal "
    "officer\",\"telephone\":\"01632 960900\","
    "\"email\":\"lowri.attwell@cps.example\"}}\n";

void letter_urn(size_t of_case, char out[LETTER_URN])
{
    snprintf(out, LETTER_URN, "42C%c%05zu26", (char)('A' + of_case / 100000 % 26),
             of_case % 100000);
}

size_t letter_case(const char *urn)
{
    char back[LETTER_URN], *end;
    if (strlen(urn) != 11 || urn[3] < 'A' || urn[3] > 'Z') return SIZE_MAX;
    char digits[6] = {0};
    memcpy(digits, urn + 4, 5);
    size_t of_case = (size_t)(urn[3] - 'A') * 100000 + strtoul(digits, &end, 10);
    letter_urn(of_case, back);
    return strcmp(back, urn) == 0 ? of_case : SIZE_MAX;
}

bool letter_number(const char *key, size_t *ret_case, size_t *ret_number)
{
    const char *id = strstr(key, "chaos-");
    int end = 0;
    size_t of_case, number;
    if (!id || sscanf(id, "chaos-%zu-%zu%n", &of_case, &number, &end) != 2 || id[end]) return false;
    *ret_case = of_case;
    *ret_number = number;
    return true;
}

void letter_mark(size_t of_case, size_t number, char out[LETTER_MARK])
{
    uint64_t check = (of_case + 1) * 0x9E3779B97F4A7C15U ^ (number + 1) * 0xC2B2AE3D27D4EB4FU;
    snprintf(out, LETTER_MARK, "mark %zu %zu %016llx", of_case, number, (unsigned long long)check);
}

/* The formats stand above, as constants. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
void letter_of_force(size_t of_case, size_t number, dcf_buf *out)
{
    char urn[LETTER_URN], mark[LETTER_MARK];
    letter_urn(of_case, urn);
    letter_mark(of_case, number, mark);
    dcf_buf_printf(out, force_head, of_case, number, of_case);
    if (number == 0)
        dcf_buf_printf(out, investigation, of_case, urn, mark, of_case, of_case, of_case, of_case);
    else
        dcf_buf_printf(out, material, of_case, number, urn, of_case, number, mark);
}

void letter_of_cps(size_t of_case, dcf_buf *out)
{
    char urn[LETTER_URN];
    letter_urn(of_case, urn);
    dcf_buf_printf(out, triage, of_case, of_case, urn);
}
