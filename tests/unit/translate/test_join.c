/* test_join.c - references: what an id names is read where it is named, and written apart again. */
#include "kit.h"

static dcf_dialect *links;

/* The first and the last test: others need what the first makes. */
static void the_mapping_compiles(void)
{
    links = kit_dialect(KIT_DIR "refs.yaml");
}

static void the_mapping_is_freed(void)
{
    dcf_dialect_free(links);
}

static const Dcf__V1__CaseSubmission *submission(const kit *k)
{
    if (!k->envelope || !k->envelope->case_submission) kit_show(k);
    CU_ASSERT_PTR_NOT_NULL_FATAL(k->envelope);
    CU_ASSERT_PTR_NOT_NULL_FATAL(k->envelope->case_submission);
    return k->envelope->case_submission;
}

#define SUSPECTS "{\"data\":{\"urn\":\"U\",\"suspects\":{\"data\":["

static void objects_stand_where_they_are_named(void)
{
    kit k;
    kit_read(&k, links,
             "{\"included\":[{\"type\":\"offence\",\"id\":\"o1\",\"code\":\"A\"},"
             "{\"id\":\"p2\",\"type\":\"suspect\",\"name\":\"JONES\"},{\"type\":\"witness\",\"id\":"
             "\"w\"}],"
             "\"data\":{\"urn\":\"U\",\"suspects\":{\"data\":[{\"type\":\"suspect\",\"id\":\"p1\"},"
             "{\"type\":\"suspect\",\"id\":\"p2\"}]}},"
             "\"aliases\":[{\"of\":\"p2\",\"surname\":\"BLACK\"}]}");
    CU_ASSERT_TRUE(dcf_is(k.status, DCF_E_FAULTY)); /* p1 is not there, o1 is named by nobody */
    const dcf_fault *f = kit_fault(&k, DCF_FAULT_DANGLING);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_STRING_EQUAL(f->path, "data/suspects/data");
    CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, DCF_FAULT_UNMAPPED));
    kit_end(&k);
    kit_read(
        &k, links,
        "{\"included\":[{\"type\":\"offence\",\"id\":\"o1\",\"code\":\"A\"},"
        "{\"id\":\"p2\",\"type\":\"suspect\",\"name\":\"JONES\",\"offences\":[\"o1\",\"o2\"]},"
        "{\"type\":\"witness\",\"id\":\"w\"},{\"type\":\"offence\",\"id\":\"o2\",\"code\":\"B\"},"
        "{\"type\":\"suspect\",\"id\":\"p1\",\"name\":\"SMITH\",\"offences\":[\"o1\"]}],"
        "\"data\":{\"urn\":\"U\",\"suspects\":{\"data\":[{\"type\":\"suspect\",\"id\":\"p1\"},"
        "{\"type\":\"suspect\",\"id\":\"p2\"}]}},"
        "\"aliases\":[{\"of\":\"p2\",\"surname\":\"BLACK\"},{\"of\":\"p2\",\"surname\":\"GREY\"}]"
        "}");
    CU_ASSERT_TRUE(dcf_ok(k.status));
    const Dcf__V1__CaseSubmission *c = submission(&k);
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 2);
    CU_ASSERT_STRING_EQUAL(c->defendants[0]->person->name->family_name, "SMITH");
    CU_ASSERT_EQUAL_FATAL(c->defendants[1]->n_offences, 2);
    CU_ASSERT_STRING_EQUAL(c->defendants[1]->offences[1]->code, "B");
    CU_ASSERT_STRING_EQUAL(c->defendants[0]->offences[0]->code, "A"); /* named twice, there twice */
    CU_ASSERT_EQUAL_FATAL(c->defendants[1]->person->n_aliases, 2);
    CU_ASSERT_EQUAL(c->n_witnesses, 1);
    kit_round(&k, links);
    CU_ASSERT_STRING_EQUAL(
        dcf_buf_cstr(&k.out),
        "{\"data\":{\"urn\":\"U\",\"suspects\":{\"data\":[{\"type\":\"suspect\",\"id\":\"p1\"},"
        "{\"type\":\"suspect\",\"id\":\"p2\"}]}},"
        "\"included\":[{\"type\":\"witness\",\"id\":\"w\"},{\"type\":\"offence\",\"id\":\"o1\","
        "\"code\":\"A\"},"
        "{\"type\":\"offence\",\"id\":\"o2\",\"code\":\"B\"},"
        "{\"type\":\"suspect\",\"id\":\"p1\",\"name\":\"SMITH\",\"offences\":[\"o1\"]},"
        "{\"type\":\"suspect\",\"id\":\"p2\",\"name\":\"JONES\",\"offences\":[\"o1\",\"o2\"]}],"
        "\"aliases\":[{\"of\":\"p2\",\"surname\":\"BLACK\"},{\"of\":\"p2\",\"surname\":\"GREY\"}]"
        "}");
    kit_end(&k);
}

static void what_has_no_id_is_numbered(void)
{
    kit k;
    kit_read(
        &k, links,
        "{\"data\":{\"urn\":\"U\",\"suspects\":{\"data\":[{\"type\":\"suspect\",\"id\":\"7\"}]}},"
        "\"included\":[{\"type\":\"suspect\",\"id\":\"7\",\"name\":\"A\",\"offences\":[\"2\"]},"
        "{\"type\":\"offence\",\"id\":\"2\",\"code\":\"X\"}]}");
    CU_ASSERT_TRUE(dcf_ok(k.status));
    submission(&k)->defendants[0]->source_id = (char *)"";
    submission(&k)->defendants[0]->offences[0]->sequence_number = (char *)"";
    CU_ASSERT_TRUE(dcf_ok(dcf_from_canonical(links, k.envelope, &k.arena, &k.faults, &k.out)));
    CU_ASSERT_STRING_EQUAL(
        dcf_buf_cstr(&k.out),
        "{\"data\":{\"urn\":\"U\",\"suspects\":{\"data\":[{\"type\":\"suspect\",\"id\":\"1\"}]}},"
        "\"included\":[{\"type\":\"offence\",\"code\":\"X\",\"id\":\"2\"},"
        "{\"type\":\"suspect\",\"id\":\"1\",\"name\":\"A\",\"offences\":[\"2\"]}]}");
    kit_end(&k);
}

static void keys_that_stand_twice_are_told(void)
{
    kit_expect(links,
               SUSPECTS "{\"type\":\"suspect\",\"id\":\"1\"}]}},\"included\":["
                        "{\"type\":\"suspect\",\"id\":\"1\"},{\"type\":\"suspect\",\"id\":\"1\"}]}",
               1015, "included[]");
    kit k;
    kit_read(&k, links,
             SUSPECTS "{\"type\":\"suspect\",\"id\":\"1\"},{\"type\":\"suspect\",\"id\":\"2\"}]}},"
                      "\"included\":[{\"type\":\"suspect\",\"id\":\"1\",\"name\":\"A\"},"
                      "{\"type\":\"suspect\",\"id\":\"2\",\"name\":\"B\"}]}");
    CU_ASSERT_TRUE(dcf_ok(k.status));
    submission(&k)->defendants[1]->source_id = (char *)"1"; /* two that differ cannot share an id */
    CU_ASSERT_TRUE(
        dcf_is(dcf_from_canonical(links, k.envelope, &k.arena, &k.faults, &k.out), DCF_E_FAULTY));
    CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, DCF_FAULT_KEY_TWICE));
    kit_end(&k);
    kit_expect(links, SUSPECTS "{\"type\":\"suspect\",\"id\":null}]}}}", 0,
               NULL); /* names nothing */
    kit_expect(links, "{\"data\":{\"urn\":\"U\"},\"aliases\":[{\"of\":\"9\",\"surname\":\"A\"}]}",
               1016, "aliases[]");
}

/* Ten thousand references to one object of many values must not become a million. */
static void references_are_counted_against_the_limit(void)
{
    kit k;
    kit_begin(&k);
    dcf_buf_adds(&k.out, SUSPECTS);
    for (int i = 0; i < 300; i++)
        dcf_buf_printf(&k.out, "%s{\"type\":\"suspect\",\"id\":\"1\"}", i ? "," : "");
    dcf_buf_adds(&k.out, "]}},\"included\":[{\"type\":\"suspect\",\"id\":\"1\",\"offences\":[");
    for (int i = 0; i < 300; i++) dcf_buf_adds(&k.out, i ? ",\"1\"" : "\"1\"");
    dcf_buf_adds(&k.out, "]}]}");
    dcf_limits limits = {.values = 20000};
    dcf_status s =
        dcf_to_canonical(links, dcf_buf_span(&k.out), &limits, &k.arena, &k.faults, &k.envelope);
    CU_ASSERT_TRUE(dcf_is(s, DCF_E_FAULTY));
    CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, DCF_FAULT_TOO_MANY));
    kit_end(&k);
}

static void ids_of_xml_are_followed_too(void)
{
    static const char yaml[] =
        "dialect: x\nversion: '1'\nformat: xml\nnamespaces: {default: 'urn:x'}\nmessages:\n  "
        "Case:\n"
        "    canonical: case_submission\n"
        "    references:\n"
        "      - {fetch: Person, at: Suspect/Who, on: {'@id': '@ref'}}\n"
        "      - {nest: Charge, in: Suspect, on: {'@suspect': '@no'}}\n"
        "    fields:\n"
        "      - {native: URN, canonical: urn}\n"
        "      - each: Suspect\n        canonical: defendants\n        fields:\n"
        "          - {native: '@no', canonical: source_id}\n"
        "          - in: Who\n            fields:\n"
        "              - {native: '@ref', canonical: custody_reference}\n"
        "              - {native: '@lang', canonical: person.hearing_language}\n"
        "              - {native: Surname, canonical: person.name.family_name}\n"
        "          - {each: Charge, canonical: offences, fields: [{native: Code, canonical: "
        "code}]}\n";
    kit k;
    dcf_dialect *d = NULL;
    dcf_status s = kit_load_text(&k, yaml, &d);
    if (dcf_failed(s)) kit_show(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(s));
    kit_end(&k);
    kit_read(&k, d,
             "<Case xmlns='urn:x'><Person lang='E' id='a'><Surname>SMITH</Surname></Person>"
             "<Charge suspect='1'><Code>C1</Code></Charge><URN>U</URN><Suspect no='1'><Who "
             "ref='a'/></Suspect>"
             "<Charge suspect='1'><Code>C2</Code></Charge></Case>");
    CU_ASSERT_TRUE(dcf_ok(k.status));
    CU_ASSERT_EQUAL_FATAL(submission(&k)->n_defendants, 1);
    CU_ASSERT_EQUAL_FATAL(submission(&k)->defendants[0]->n_offences, 2);
    kit_round(&k, d);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(dcf_buf_cstr(&k.out),
               "<Case xmlns=\"urn:x\"><URN>U</URN><Suspect no=\"1\"><Who ref=\"a\"/></Suspect>"
               "<Charge suspect=\"1\"><Code>C1</Code></Charge><Charge "
               "suspect=\"1\"><Code>C2</Code></Charge>"
               "<Person id=\"a\" lang=\"E\"><Surname>SMITH</Surname></Person></Case>"));
    if (!strstr(dcf_buf_cstr(&k.out), "</Suspect><Charge")) printf("%s\n", dcf_buf_cstr(&k.out));
    kit_end(&k);
    dcf_dialect_free(d);
}

/* A reference that says more than what it names: its own values stay with it. */
static void a_reference_keeps_what_is_its_own(void)
{
    static const char yaml[] =
        "dialect: x\nversion: '1'\nformat: xml\nnamespaces: {default: 'urn:x'}\nmessages:\n  "
        "Case:\n"
        "    canonical: case_submission\n"
        "    references:\n"
        "      - {fetch: People/Person, at: Accused, on: {'@id': '@who'}, inside: true}\n"
        "    fields:\n"
        "      - each: Accused\n        canonical: defendants\n        fields:\n"
        "          - {native: '@asn', canonical: asn, as: text}\n"
        "          - {each: Count, canonical: offences, fields: [{native: Law, canonical: code}]}\n"
        "          - in: Person\n            canonical: person\n            fields:\n"
        "              - {native: '@sex', canonical: occupation}\n"
        "              - {native: Name, canonical: name.family_name}\n"
        "        drop: [{native: '@who', reason: a number}]\n";
    static const char document[] =
        "<Case xmlns=\"urn:x\"><Accused asn=\"A\" who=\"1\"><Count><Law>C1</Law></Count></Accused>"
        "<Accused asn=\"B\" who=\"2\"/><Accused asn=\"C\"/><People><Person id=\"1\" "
        "sex=\"f\"><Name>ASH</Name></Person>"
        "<Person id=\"2\"><Name>ELM</Name></Person></People></Case>";
    kit k;
    dcf_dialect *d = NULL;
    dcf_status s = kit_load_text(&k, yaml, &d);
    if (dcf_failed(s)) kit_show(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(s));
    kit_end(&k);
    kit_read(&k, d, document); /* with nothing left in People, which no row knows */
    CU_ASSERT_TRUE(dcf_ok(k.status));
    CU_ASSERT_EQUAL_FATAL(submission(&k)->n_defendants, 3);
    CU_ASSERT_STRING_EQUAL(submission(&k)->defendants[0]->asn, "A");
    CU_ASSERT_STRING_EQUAL(submission(&k)->defendants[1]->person->name->family_name, "ELM");
    kit_round(&k, d);
    CU_ASSERT_PTR_NOT_NULL(strstr(dcf_buf_cstr(&k.out), document));
    kit_end(&k);
    kit_expect(
        d,
        "<Case xmlns='urn:x'><Accused who='1'/><People><Person id='1'><Name>A</Name></Person>"
        "<Other/></People></Case>",
        2003, "Case/People");
    dcf_dialect_free(d);
}

/* Written, a value beside the key would go to the object: it is refused, but where it is dropped.
 */
static void a_reference_without_inside_is_its_key_alone(void)
{
    static const char yaml[] =
        "dialect: x\nversion: '1'\nformat: xml\nunknown: carry\nmessages:\n  Case:\n"
        "    canonical: case_submission\n    references:\n"
        "      - {fetch: Person, at: Accused, on: {'@id': Key/Who}}\n"
        "    fields:\n      - each: Accused\n        canonical: defendants\n        fields:\n"
        "          - {native: '@asn', canonical: asn, as: text}\n"
        "          - {native: ., canonical: custody_reference}\n"
        "          - {native: Key/Who, canonical: source_id}\n"
        "          - {native: Key/Sort, canonical: person.occupation}\n"
        "          - {native: Name, canonical: person.name.family_name}\n"
        "          - {in: Firm, fields: [{native: Name, canonical: organisation.name}]}\n"
        "        drop: [{native: '@seen', reason: theirs}, {native: Old, reason: theirs}]\n";
    static const struct {
        const char *reference;
        int code;
        const char *path;
    } rows[] = {
        {"<Accused><Key><Who>1</Who><Sort>s</Sort></Key></Accused>", 0, NULL},
        {"<Accused seen='1'><Old/><Key><Who>1</Who></Key></Accused>", 0, NULL},
        {"<Accused asn='A'><Key><Who>1</Who></Key></Accused>", 2003, "Case/Accused[1]/@asn"},
        {"<Accused><Key><Who>1</Who></Key>text</Accused>", 2003, "Case/Accused[1]"},
        {"<Accused><Name>A</Name><Key><Who>1</Who></Key></Accused>", 2003, "Case/Accused[1]/Name"},
        {"<Accused><Key><Who>1</Who></Key><Firm><Name>A</Name></Firm></Accused>", 2003,
         "Case/Accused[1]/Firm"},
        {"<Accused asn='A'><Name>inline</Name></Accused><Accused><Key><Who>1</Who></Key></Accused>",
         0, NULL},
    };
    kit k;
    dcf_dialect *d = NULL;
    dcf_status s = kit_load_text(&k, yaml, &d);
    if (dcf_failed(s)) kit_show(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(s));
    kit_end(&k);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char doc[256];
        snprintf(doc, sizeof doc, "<Case>%s<Person id='1'/></Case>", rows[i].reference);
        kit_expect(d, doc, rows[i].code, rows[i].path);
    }
    dcf_dialect_free(d);
}

/* There is one key to name it by. */
static void a_reference_with_two_objects_inside_is_refused(void)
{
    kit k;
    dcf_dialect *d = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(
        kit_load_text(&k,
                      "dialect: x\nversion: '1'\nformat: xml\nmessages:\n  Case:\n"
                      "    canonical: case_submission\n    references:\n"
                      "      - {fetch: Person, at: Count, on: {'@id': '@against'}, inside: true}\n"
                      "    fields:\n      - in: Count\n        fields:\n"
                      "          - {each: Person, canonical: defendants, fields: [{native: Asn, "
                      "canonical: asn, as: "
                      "text}]}\n"
                      "        drop: [{native: '@against', reason: a number}]\n",
                      &d)));
    kit_end(&k);
    kit_read(&k, d, "<Case><Count against='1'/><Person id='1'><Asn>A</Asn></Person></Case>");
    CU_ASSERT_TRUE(dcf_ok(k.status));
    Dcf__V1__CaseSubmission *c = k.envelope->case_submission;
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 1);
    CU_ASSERT_TRUE(dcf_ok(dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out)));
    Dcf__V1__Defendant *two[] = {c->defendants[0], c->defendants[0]};
    c->n_defendants = 2;
    c->defendants = two;
    CU_ASSERT_TRUE(
        dcf_is(dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out), DCF_E_FAULTY));
    const dcf_fault *f = kit_fault(&k, DCF_FAULT_REPEATED);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_STRING_EQUAL(f->path, "Count");
    kit_end(&k);
    dcf_dialect_free(d);
}

#define MAPPING(reference)                                                                         \
    "dialect: s\nversion: '1'\nformat: json\nmessages: {M: {canonical: case_submission, "          \
    "references: [" reference "], fields: [{native: a, canonical: urn}]}}\n"

static void references_that_say_too_little_are_refused(void)
{
    static const struct {
        const char *yaml, *says;
    } rows[] = {
        {MAPPING("{fetch: a}"), "\"at\" is needed"},
        {MAPPING("{nest: a, in: b}"), "has \"on\""},
        {MAPPING("{nest: a, in: b, on: {x: .}}"), "goes with \"fetch\""},
        {MAPPING("{fetch: a, at: b, on: {.: x}}"), "paths to paths"},
        {MAPPING("{fetch: a, at: b, on: {x: .}, inside: true}"), "\"inside\""},
        {MAPPING("{fetch: a, at: b, on: {x: y}, in: c}"), "\"in\" is no key"},
        {MAPPING("{fetch: 'a[x]', at: b, on: {x: y}}"), "[] or [n]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) kit_mistake(rows[i].yaml, rows[i].says);
}

#define TESTS(X)                                                                                   \
    X(the_mapping_compiles)                                                                        \
    X(objects_stand_where_they_are_named)                                                          \
    X(what_has_no_id_is_numbered)                                                                  \
    X(keys_that_stand_twice_are_told)                                                              \
    X(references_are_counted_against_the_limit)                                                    \
    X(ids_of_xml_are_followed_too)                                                                 \
    X(a_reference_with_two_objects_inside_is_refused)                                              \
    X(a_reference_keeps_what_is_its_own)                                                           \
    X(a_reference_without_inside_is_its_key_alone)                                                 \
    X(references_that_say_too_little_are_refused)                                                  \
    X(the_mapping_is_freed)
UNIT_MAIN("translate.join", TESTS)
