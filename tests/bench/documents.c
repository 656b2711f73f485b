/* documents.c - see documents.h. People, places and numbers are made up; one seed, so that every
 * run and every program measures the same bytes. */
#include "documents.h"

#include "model/ids.h"

#include <stdio.h>

#define PICK(list, n) (list)[(n) % (sizeof(list) / sizeof *(list))]

static const char *const given[] = {"Tamsin",     "Osric",   "Bronwen",  "Fergal",
                                    "Ayesha",     "Ruaridh", "Marigold", "Ifor",
                                    "Zo\xC3\xAB", "Jocelyn", "Piran",    "Hesper"};
static const char *const family[] = {"Quillfeather", "O'Marrow",  "Ashdown-Pell",    "Trevanion",
                                     "Okonjo-Vane",  "Llwyd",     "Sk\xC3\xA5rstad", "Brambleby",
                                     "Hathersedge",  "Penhallow", "Mossop"};
static const char *const streets[] = {"Tanner's Wynd", "Lower Quay Road", "Ffordd y Felin",
                                      "Old Ropewalk", "Heron Close"};
static const char *const towns[] = {"Guildford", "Woking", "Reigate", "Dorking"};
static const char *const codes[] = {"TH68010", "CJ88001", "RT88191", "PU86005"};
static const char *const wordings[] = {
    "stole two bottles of whisky to the value of 58.00 pounds belonging to Larkfield Stores",
    "assaulted by beating the person named in the schedule to this charge",
    "drove a motor vehicle on a road, namely Quarry Lane, without due care and attention",
    "used towards another threatening, abusive or insulting words or behaviour with intent"};

typedef struct person {
    unsigned n;
    const char *given, *family;
    char asn[24], pnc[16];
} person;

/* Numbers of an invented person, with the check letters they must have. */
static person person_of(unsigned n)
{
    person p = {.n = n, .given = PICK(given, n * 7 + n / 5), .family = PICK(family, n * 3 + n / 7)};
    dcf_asn asn;
    dcf_pnc pnc;
    snprintf(p.asn, sizeof p.asn, "2645GU01%011uA", 70000 + n % 10000);
    snprintf(p.pnc, sizeof p.pnc, "2019%07uA", 10000 + n % 10000);
    (void)dcf_asn_parse(dcf_span_str(p.asn), &asn);
    (void)dcf_pnc_parse(dcf_span_str(p.pnc), &pnc);
    p.asn[19] = asn.computed;
    p.pnc[11] = pnc.computed;
    return p;
}

/* --- SPI ------------------------------------------------------------------------------------ */

#define BS " xmlns=\"http://www.govtalk.gov.uk/people/bs7666\""

static void xml(dcf_buf *out, const char *name, const char *value)
{
    dcf_buf_printf(out, "<%s>%s</%s>", name, value, name);
}

static void xml_address(dcf_buf *out, unsigned n)
{
    dcf_buf_printf(out, "<Address><PAON" BS ">  %u </PAON>", n % 90 + 1);
    dcf_buf_printf(out, "<StreetDescription" BS ">%s</StreetDescription>", PICK(streets, n));
    dcf_buf_adds(out, "<AdministrativeArea" BS ">Surrey</AdministrativeArea>");
    dcf_buf_printf(out, "<PostTown" BS ">%s</PostTown>", PICK(towns, n));
    dcf_buf_printf(out, "<PostCode" BS ">GU%u 9ZZ</PostCode></Address>", n % 9 + 1);
}

static void xml_name(dcf_buf *out, const char *element, const person *p)
{
    dcf_buf_printf(out, "<%s>", element);
    if (p->n % 2) xml(out, "PersonTitle", p->n % 4 == 1 ? "Ms" : "Mr");
    xml(out, "PersonGivenName1", p->given);
    if (p->n % 3 == 1) xml(out, "PersonGivenName2", PICK(given, p->n + 5));
    xml(out, "PersonFamilyName", p->family);
    dcf_buf_printf(out, "</%s>", element);
}

static void xml_victim(dcf_buf *out, const person *p)
{
    dcf_buf_adds(out, "<OtherPartyVictim>");
    xml_name(out, "PersonDetails", p);
    xml_address(out, p->n);
    dcf_buf_printf(out,
                   "<TelephoneDetails><TelephoneNumberHome>01632 96%04u</TelephoneNumberHome>"
                   "</TelephoneDetails><Birthdate>19%02u-03-%02u</Birthdate><Gender>%u</Gender>"
                   "</OtherPartyVictim>",
                   p->n % 1000, 50 + p->n % 49, p->n % 28 + 1, p->n % 2 + 1);
}

static void xml_offence(dcf_buf *out, const person *p, unsigned sequence)
{
    unsigned day = p->n % 20 + 1;
    dcf_buf_printf(out,
                   "<Offence><BaseOffenceDetails><OffenceSequenceNumber>%u</OffenceSequenceNumber>"
                   "<OffenceCode>%s</OffenceCode><OffenceWording>On %u November 2026 at %s in the "
                   "county of Surrey %s.</OffenceWording><OffenceTiming><OffenceDateCode>1"
                   "</OffenceDateCode><OffenceStart><OffenceDateStartDate>2026-11-%02u"
                   "</OffenceDateStartDate><OffenceStartTime>16:20:00</OffenceStartTime>"
                   "</OffenceStart></OffenceTiming><ChargeDate>2026-11-%02u</ChargeDate>",
                   sequence, PICK(codes, p->n + sequence), day, PICK(towns, p->n),
                   PICK(wordings, p->n + sequence), day, day + 2);
    if (p->n % 2) dcf_buf_printf(out, "<ArrestDate>2026-11-%02u</ArrestDate>", day + 1);
    dcf_buf_printf(out, "<LocationOfOffence>%s, %s</LocationOfOffence></BaseOffenceDetails>",
                   PICK(streets, p->n + 2), PICK(towns, p->n));
    if (p->n % 3)
        dcf_buf_adds(out, "<ProsecutionFacts>Seen on CCTV by a store detective &amp; detained; "
                          "made \"no comment\" in interview.</ProsecutionFacts>");
    if (p->n % 4 == 3) {
        person victim = person_of(p->n + 1000);
        xml_victim(out, &victim);
    }
    dcf_buf_adds(out, "</Offence>");
}

static void xml_details(dcf_buf *out, const person *p)
{
    dcf_buf_adds(out, "<PersonDefendant><BasePersonDetails>");
    xml_name(out, "PersonName", p);
    if (p->n % 2)
        dcf_buf_printf(out,
                       "<TelephoneDetails><TelephoneNumberMobile>07700 90%04u"
                       "</TelephoneNumberMobile></TelephoneDetails><EmailDetails><EmailAddress1>"
                       "p%u@post.example</EmailAddress1></EmailDetails>",
                       p->n % 1000, p->n);
    dcf_buf_printf(out,
                   "<Birthdate>19%02u-02-%02u</Birthdate><Gender>%u</Gender></BasePersonDetails>"
                   "<PNCidentifier>%s</PNCidentifier><PersonStatedNationality>GBR"
                   "</PersonStatedNationality><BailConditions/></PersonDefendant>",
                   60 + p->n % 40, p->n % 28 + 1, p->n % 2 + 1, p->pnc);
}

static void xml_defendant(dcf_buf *out, const person *p)
{
    dcf_buf_printf(out,
                   "<Defendant><ProsecutorReference>%s</ProsecutorReference>"
                   "<PoliceIndividualDefendant>",
                   p->asn);
    xml_details(out, p);
    xml_address(out, p->n);
    if (p->n % 2)
        dcf_buf_printf(out,
                       "<PersonEthnicity><ObservedEthnicity>%u</ObservedEthnicity>"
                       "<SelfDefinedEthnicity>W1</SelfDefinedEthnicity></PersonEthnicity>"
                       "<Occupation>Kitchen porter</Occupation>",
                       p->n % 6);
    dcf_buf_adds(out, "<CustodyStatus>U</CustodyStatus><LanguageOptions><DocumentationLanguage>E"
                      "</DocumentationLanguage><HearingLanguage>E</HearingLanguage>"
                      "</LanguageOptions>");
    if (p->n % 5 == 4) {
        person alias = person_of(p->n + 500);
        xml_name(out, "Alias", &alias);
    }
    dcf_buf_adds(out, "</PoliceIndividualDefendant>");
    for (unsigned i = 0; i <= p->n % 3; i++) xml_offence(out, p, i + 1);
    dcf_buf_adds(out, "</Defendant>");
}

static void spi(dcf_buf *out, size_t size)
{
    static const char end[] = "</Case></NewCaseMessage>";
    size_t start = out->size;
    dcf_buf_adds(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
        "<NewCaseMessage xmlns=\"http://www.dca.gov.uk/xmlschemas/libra\" "
        "Flow=\"NewCasesFromThePolice\" Interface=\"LibraStandardProsecutorPolice\" "
        "SchemaVersion=\"0.6g\"><Case><PTIURN>45GU0010126</PTIURN><OriginatingOrganisation>145SU00"
        "</OriginatingOrganisation><CaseInitiation>C</CaseInitiation><CPSorganisation>A45SU00"
        "</CPSorganisation><InitialHearing><CourtHearingLocation>B45GU00</CourtHearingLocation>"
        "<DateOfHearing>2026-12-03</DateOfHearing><TimeOfHearing>10:00:00</TimeOfHearing>"
        "</InitialHearing><OtherPartyOfficerInCase><OfficerName><PersonGivenName1>Maya"
        "</PersonGivenName1><PersonFamilyName>Chidgey</PersonFamilyName></OfficerName>"
        "<PoliceOfficerRank>Detective Constable</PoliceOfficerRank><PoliceWorkerReferenceNumber>"
        "45DC4471</PoliceWorkerReferenceNumber></OtherPartyOfficerInCase>");
    for (unsigned n = 0; n == 0 || out->size - start + sizeof end - 1 < size; n++) {
        person p = person_of(n);
        xml_defendant(out, &p);
    }
    dcf_buf_adds(out, end);
}

static void spi_wrapped(dcf_buf *out, size_t size)
{
    dcf_buf inner = {0};
    spi(&inner, size);
    dcf_buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                      "<RouteData xmlns=\"http://schemas.cjse.gov.uk/common/operations\" "
                      "xmlns:be=\"http://schemas.cjse.gov.uk/common/businessentities\" "
                      "VersionNumber=\"1.0\" RequestResponse=\"Request\"><RequestFromSystem "
                      "VersionNumber=\"1.0\"><CorrelationID>5a7e11c0-45f0-4d1b-9c3e-000000000101"
                      "</CorrelationID><SystemID>04501PoliceCaseSystem</SystemID><TestOperation>"
                      "false</TestOperation></RequestFromSystem><DataStream VersionNumber=\"1.0\">"
                      "<be:Dated>2026-11-20</be:Dated><be:Timed>09:14:22.500Z</be:Timed>"
                      "<be:DataStreamContent>");
    for (size_t i = 0; i < inner.size; i++) {
        uint8_t c = inner.data[i];
        if (c == '<' || c == '>' || c == '&')
            dcf_buf_adds(out, c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;");
        else
            dcf_buf_addc(out, (char)c);
    }
    dcf_buf_adds(out, "</be:DataStreamContent></DataStream></RouteData>");
    dcf_buf_fini(&inner);
}

/* --- POLE ----------------------------------------------------------------------------------- */

static void json_name(dcf_buf *out, const person *p)
{
    dcf_buf_adds(out, "\"name\":{");
    if (p->n % 2) dcf_buf_printf(out, "\"title\":\"%s\",", p->n % 4 == 1 ? "Ms" : "Mr");
    dcf_buf_printf(out, "\"givenName1\":\"%s\",", p->given);
    if (p->n % 3 == 1) dcf_buf_printf(out, "\"givenName2\":\"%s\",", PICK(given, p->n + 5));
    dcf_buf_printf(out, "\"familyName\":\"%s\"}", p->family);
}

static void json_address(dcf_buf *out, unsigned n)
{
    dcf_buf_printf(
        out,
        "\"address\":{\"primaryAddressableObject\":\"%u\",\"streetDescription\":\"%s\","
        "\"administrativeArea\":\"Surrey\",\"postTown\":\"%s\",\"postcode\":\"GU%u 9ZZ\"}",
        n % 90 + 1, PICK(streets, n), PICK(towns, n), n % 9 + 1);
}

static void json_victim(dcf_buf *out, const person *p)
{
    dcf_buf_printf(out, ",\"victims\":[{\"role\":\"victim\",\"person\":{\"personId\":\"P-%u\",",
                   7000 + p->n);
    json_name(out, p);
    dcf_buf_printf(out, ",\"dateOfBirth\":\"19%02u-03-%02u\",\"gender\":\"GNDR_000%u\",",
                   50 + p->n % 49, p->n % 28 + 1, p->n % 2 + 1);
    json_address(out, p->n);
    dcf_buf_printf(out, ",\"contact\":{\"telephoneHome\":\"01632 96%04u\"}}}]", p->n % 1000);
}

static void json_offence(dcf_buf *out, const person *p, unsigned sequence)
{
    unsigned day = p->n % 20 + 1;
    dcf_buf_printf(out,
                   "{\"sequenceNumber\":%u,\"cjsCode\":\"%s\",\"wording\":\"On %u November 2026 at "
                   "%s in the county of Surrey %s.\",\"category\":\"OFCT_EITHERWAY\",\"dateCode\":"
                   "\"ODTC_1\",\"startDate\":\"2026-11-%02u\",\"startTime\":\"16:20:00\","
                   "\"chargeDate\":\"2026-11-%02u\",",
                   sequence, PICK(codes, p->n + sequence), day, PICK(towns, p->n),
                   PICK(wordings, p->n + sequence), day, day + 2);
    if (p->n % 2) dcf_buf_printf(out, "\"arrestDate\":\"2026-11-%02u\",", day + 1);
    dcf_buf_printf(out, "\"location\":\"%s, %s\"", PICK(streets, p->n + 2), PICK(towns, p->n));
    if (p->n % 3)
        dcf_buf_adds(out, ",\"facts\":\"Seen on CCTV by a store detective & detained; made "
                          "\\\"no comment\\\" in interview.\"");
    if (p->n % 4 == 3) {
        person victim = person_of(p->n + 1000);
        json_victim(out, &victim);
    }
    dcf_buf_addc(out, '}');
}

static void json_nominal(dcf_buf *out, const person *p)
{
    dcf_buf_printf(out, "\"nominal\":{\"personId\":\"P-%u\",", 2000 + p->n);
    json_name(out, p);
    if (p->n % 5 == 4) {
        person alias = person_of(p->n + 500);
        dcf_buf_printf(out, ",\"aliases\":[{\"givenName1\":\"%s\",\"familyName\":\"%s\"}]",
                       alias.given, alias.family);
    }
    dcf_buf_printf(out,
                   ",\"dateOfBirth\":\"19%02u-02-%02u\",\"gender\":\"GNDR_000%u\",\"nationality\":"
                   "\"GBR\",",
                   60 + p->n % 40, p->n % 28 + 1, p->n % 2 + 1);
    if (p->n % 2)
        dcf_buf_printf(out,
                       "\"observedEthnicity\":\"ETHO_%u\",\"selfDefinedEthnicity\":\"ESDD_W1\","
                       "\"occupation\":\"Kitchen porter\",\"contact\":{\"telephoneMobile\":"
                       "\"07700 90%04u\",\"email1\":\"p%u@post.example\"},",
                       p->n % 6, p->n % 1000, p->n);
    json_address(out, p->n);
    dcf_buf_adds(out, ",\"documentationLanguage\":\"LANG_EN\",\"hearingLanguage\":\"LANG_EN\"}");
}

static void json_defendant(dcf_buf *out, const person *p)
{
    dcf_buf_printf(out, ",{\"type\":\"person\",\"id\":\"D-%u\",\"attributes\":{", 3000 + p->n);
    json_nominal(out, p);
    dcf_buf_printf(out, ",\"asn\":\"%s\",\"pncId\":\"%s\",\"custodyStatus\":\"U\",\"offences\":[",
                   p->asn, p->pnc);
    for (unsigned i = 0; i <= p->n % 3; i++) {
        if (i) dcf_buf_addc(out, ',');
        json_offence(out, p, i + 1);
    }
    dcf_buf_adds(out, "]}}");
}

static void pole(dcf_buf *out, size_t size)
{
    size_t start = out->size;
    dcf_buf_adds(
        out,
        "{\"meta\":{\"modelVersion\":\"1.1\",\"messageId\":\"e55e0003-1c4e-4f2a-8a42-"
        "000000000003\","
        "\"created\":\"2026-11-19T14:02:11.25Z\",\"forceIdentifier\":\"45\",\"sender\":\"surrey\","
        "\"sourceSystem\":\"04501PoliceCaseSystem\",\"dataController\":\"Surrey Police\","
        "\"recipient\":\"cps\",\"transactionMode\":\"live\"},\"data\":{\"type\":\"investigation\","
        "\"id\":\"45/0103920/26\",\"attributes\":{\"submissionType\":\"SBTP_CHARGED\",\"urn\":"
        "\"45GU0010126\",\"originatingOrganisation\":\"145SU00\",\"initiation\":\"INIT_C\","
        "\"cpsOrganisation\":\"A45SU00\",\"initialHearing\":{\"courtOuCode\":\"B45GU00\",\"date\":"
        "\"2026-12-03\",\"time\":\"10:00:00\"},\"anticipatedPlea\":\"PLEA_G\",\"domesticAbuse\":"
        "true,\"monitoringCodes\":[\"DOMV\",\"HNRC\"]}},\"included\":[{\"type\":\"officerInCase\","
        "\"attributes\":{\"name\":{\"givenName1\":\"Maya\",\"familyName\":\"Chidgey\"},\"rank\":"
        "\"Detective Constable\",\"workerReference\":\"45DC4471\"}}");
    for (unsigned n = 0; n == 0 || out->size - start + 2 < size; n++) {
        person p = person_of(n);
        json_defendant(out, &p);
        if (n % 2)
            dcf_buf_printf(out,
                           ",{\"type\":\"document\",\"id\":\"M-%u\",\"attributes\":{\"title\":"
                           "\"Charge sheet\",\"documentType\":\"MG4\",\"mediaType\":"
                           "\"application/pdf\",\"size\":%u,\"lane\":\"redacted\"}}",
                           4000 + n, 20000 + n);
    }
    dcf_buf_adds(out, "]}");
}

void bench_document(bench_form form, size_t size, dcf_buf *out)
{
    switch (form) {
    case BENCH_SPI:
        spi(out, size);
        return;
    case BENCH_SPI_WRAPPED:
        spi_wrapped(out, size);
        return;
    case BENCH_POLE:
        pole(out, size);
        return;
    }
}
