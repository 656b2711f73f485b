/* test_protobuf.c - protobuf as a native format: the wire against another implementation and the
 * examples of its specification, and every way bytes can be wrong. */
#include "kit.h"

static dcf_dialect *wire;

/* The first and the last test: others need what the first makes. */
static void the_mapping_compiles(void)
{
    wire = kit_dialect(KIT_DIR "protobuf.yaml");
}

static void the_mapping_is_freed(void)
{
    dcf_dialect_free(wire);
}

#define BYTES(text)     ((dcf_span){(const uint8_t *)(text), sizeof(text) - 1})
#define ID              "\x0A\x01X"
#define PERSON(n, text) ID "\x12" n text

static void read_bytes(kit *k, dcf_span bytes)
{
    kit_read_span(k, wire, bytes);
}

static const Dcf__V1__Defendant *person(const kit *k)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(k->envelope->case_submission);
    CU_ASSERT_EQUAL_FATAL(k->envelope->case_submission->n_defendants, 1);
    return k->envelope->case_submission->defendants[0];
}

/* The wire bytes of one field of a person, the text they mean; written they are the same again. */
static void every_scalar_type_goes_both_ways(void)
{
    static const struct {
        dcf_span bytes;
        size_t offset; /* of the canonical text in Defendant */
        const char *text;
    } rows[] = {
#define ROW(n, text, field, means)                                                                 \
    {BYTES(PERSON(n, text)), offsetof(Dcf__V1__Defendant, field), means}
        ROW("\x02", "\x18\x00", asn, "0"),
        ROW("\x02", "\x18\x01", asn, "-1"),
        ROW("\x02", "\x18\x02", asn, "1"),
        ROW("\x06", "\x18\xFF\xFF\xFF\xFF\x0F", asn, "-2147483648"),
        ROW("\x09", "\x21\x00\x00\x00\x00\x00\x00\xF8\x3F", pnc_id, "1.5"),
        ROW("\x09", "\x21\x9A\x99\x99\x99\x99\x99\xB9\x3F", pnc_id, "0.1"),
        ROW("\x05", "\x2D\x00\x00\xC0\xBF", cro_number, "-1.5"),
        ROW("\x05", "\x2D\xCD\xCC\xCC\x3D", cro_number, "0.1"),
        ROW("\x05", "\x35\xFE\xFF\xFF\xFF", offender_code, "-2"),
        ROW("\x03", "\x38\x96\x01", custody_status, "150"),
        ROW("\x06", "\x38\xFF\xFF\xFF\xFF\x0F", custody_status, "4294967295"),
        ROW("\x05", "\x45\xFE\xFF\xFF\xFF", bail_conditions, "4294967294"),
        ROW("\x0B", "\x48\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", bail_date, "-2"),
        ROW("\x0B", "\x50\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", source_id,
            "-9223372036854775808"),
        ROW("\x09", "\x59\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", custody_reference,
            "9223372036854775807"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit k;
        read_bytes(&k, rows[i].bytes);
        CU_ASSERT_TRUE(dcf_ok(k.status));
        if (dcf_failed(k.status)) kit_show(&k);
        const char *text = *(char *const *)((const char *)person(&k) + rows[i].offset);
        if (strcmp(text, rows[i].text) != 0) printf("  %s, not %s\n", text, rows[i].text);
        CU_ASSERT_STRING_EQUAL(text, rows[i].text);
        kit_round(&k, wire);
        CU_ASSERT_TRUE(dcf_span_eq(dcf_buf_span(&k.out), rows[i].bytes));
        kit_end(&k);
    }
}

static void groups_lists_maps_and_bytes_go_both_ways(void)
{
    kit k;
    dcf_span bytes = BYTES(ID "\x32\x0D\x09\x2A\x00\x00\x00\x00\x00\x00\x00\x12\x02\xFF\x00"
                              "\x20\x01\x1A\x01"
                              "A\x1A\x01"
                              "B\x12\x04\x0A\x02"
                              "AB\x12\x02\x10\x02"
                              "\x2A\x05\x0A\x01k\x10\x05");
    read_bytes(&k, bytes);
    CU_ASSERT_TRUE(dcf_ok(k.status));
    const Dcf__V1__CaseSubmission *c = k.envelope->case_submission;
    CU_ASSERT_STRING_EQUAL(k.envelope->source_message_id, "42");
    CU_ASSERT_STRING_EQUAL(c->informant, "/wA=");
    CU_ASSERT_TRUE(c->domestic_abuse);
    CU_ASSERT_EQUAL_FATAL(c->n_monitoring_codes, 2);
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 2);
    CU_ASSERT_EQUAL(c->defendants[1]->person->gender, DCF__V1__GENDER__GENDER_FEMALE);
    CU_ASSERT_EQUAL_FATAL(c->n_outline, 1);
    CU_ASSERT_STRING_EQUAL(c->outline[0]->heading, "k");
    CU_ASSERT_STRING_EQUAL(c->outline[0]->text, "5");
    kit_round(&k, wire);
    CU_ASSERT_TRUE(dcf_span_eq(dcf_buf_span(&k.out), bytes));
    kit_end(&k);
}

/* dcf.v1 itself as the native schema, packed and unpacked by protobuf-c. */
static void another_implementation_agrees(void)
{
    static const char yaml[] =
        "dialect: own\nversion: '1'\nformat: protobuf\nprotobuf:\n  root: Submission\n"
        "  enums: {Gender: {0: GENDER_UNSPECIFIED, 1: GENDER_NOT_KNOWN, 2: GENDER_MALE, 3: "
        "GENDER_FEMALE}}\n"
        "  messages:\n"
        "    Submission: {2: string urn, 12: \"Defendant defendants[]\", 21: \"string codes[]\"}\n"
        "    Defendant: {1: string asn, 4: Person person, 12: \"Offence offences[]\"}\n"
        "    Person: {1: Name name, 4: Gender gender}\n"
        "    Name: {5: string family_name}\n"
        "    Offence: {2: string code}\n"
        "messages:\n  S:\n    canonical: case_submission\n    fields:\n"
        "      - {native: urn, canonical: urn}\n"
        "      - each: defendants\n        canonical: defendants\n        fields:\n"
        "          - {native: asn, canonical: asn, as: text}\n"
        "          - {native: person/name/family_name, canonical: person.name.family_name}\n"
        "          - {native: person/gender, canonical: person.gender}\n"
        "          - {each: offences, canonical: offences, fields: [{native: code, canonical: "
        "code}]}\n"
        "      - {native: 'codes[]', canonical: monitoring_codes}\n";
    kit k;
    dcf_dialect *own = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(kit_load_text(&k, yaml, &own)));
    kit_end(&k);
    char *codes[] = {(char *)"A",
                     (char *)"long enough to need a second byte of length, which begins "
                             "past one hundred and twenty-seven bytes of text, so on and on it "
                             "goes until it is there"};
    Dcf__V1__PersonName name = DCF__V1__PERSON_NAME__INIT;
    name.family_name = (char *)"M\xC3\xBCller";
    Dcf__V1__Person who = DCF__V1__PERSON__INIT;
    who.name = &name;
    who.gender = DCF__V1__GENDER__GENDER_FEMALE;
    Dcf__V1__Offence offence = DCF__V1__OFFENCE__INIT, *offences[] = {&offence};
    offence.code = (char *)"TH68001";
    Dcf__V1__Defendant one = DCF__V1__DEFENDANT__INIT, two = DCF__V1__DEFENDANT__INIT,
                       *defendants[] = {&one, &two};
    one.person = &who;
    one.offences = offences;
    one.n_offences = 1;
    two.asn = (char *)"x";
    Dcf__V1__CaseSubmission s = DCF__V1__CASE_SUBMISSION__INIT;
    s.urn = (char *)"45AA1234526";
    s.defendants = defendants;
    s.n_defendants = 2;
    s.monitoring_codes = codes;
    s.n_monitoring_codes = 2;
    uint8_t packed[600];
    CU_ASSERT_FATAL(dcf__v1__case_submission__get_packed_size(&s) <= sizeof packed);
    size_t n = dcf__v1__case_submission__pack(&s, packed);
    kit_read_span(&k, own, dcf_span_of(packed, n));
    CU_ASSERT_TRUE(dcf_ok(k.status));
    CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->defendants[0]->offences[0]->code,
                           "TH68001");
    kit_round(&k, own);
    CU_ASSERT_TRUE(dcf_span_eq(dcf_buf_span(&k.out), dcf_span_of(packed, n)));
    kit_end(&k);
    dcf_dialect_free(own);
}

static void packed_and_unknown_fields_are_read(void)
{
    kit k;
    read_bytes(&k,
               BYTES(ID "\x3A\x03\x01\x96\x01\x38\x05\x98\x01\x07\xA2\x01\x02hi\xA2\x01\x01\xFF"));
    CU_ASSERT_TRUE(dcf_ok(k.status));
    CU_ASSERT_EQUAL_FATAL(k.envelope->n_extensions, 3);
    CU_ASSERT_STRING_EQUAL(k.envelope->extensions[0]->path, "#19");
    CU_ASSERT_STRING_EQUAL(k.envelope->extensions[0]->value, "7");
    CU_ASSERT_STRING_EQUAL(k.envelope->extensions[1]->value, "hi");
    CU_ASSERT_STRING_EQUAL(k.envelope->extensions[2]->value, "/w==");
    kit_end(&k);
}

static void broken_bytes_are_refused_where_they_break(void)
{
    static const struct {
        dcf_span bytes;
        int code;
        uint32_t column;
    } rows[] = {
        {BYTES(ID "\x20"), 1001, 5},     /* a varint that does not come */
        {BYTES(ID "\x20\x80"), 1001, 6}, /* … or not whole */
        {BYTES(ID "\x38\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"), 1001, 0}, /* 65 bits */
        {BYTES(ID "\x12\x7F\x0A"), 1001, 0},      /* longer than the document */
        {BYTES(ID "\x12\x03\x0A\x05X"), 1001, 0}, /* longer than what holds it */
        {BYTES(ID "\x12\x03\x0A\x05X\x20\x01\x20\x01\x20\x01"), 1001,
         8},                                          /* though not the document */
        {BYTES(ID "\x0B"), 1001, 0},                  /* a group */
        {BYTES(ID "\x00\x01"), 1001, 0},              /* field 0 */
        {BYTES(ID "\x32\x03\x09\x01\x02"), 1001, 0},  /* half a fixed64 */
        {BYTES("\x0A\x02X\xFF"), 1002, 4},            /* not UTF-8 */
        {BYTES("\x0A\x02X\x00"), 1010, 0},            /* NUL */
        {BYTES("\x08\x01"), 2011, 0},                 /* a number for a text */
        {BYTES(ID "\x20\x01\x20\x00"), 2010, 0},      /* twice */
        {BYTES(PERSON("\x02", "\x10\x09")), 2007, 6}, /* an enum's number */
        {BYTES("\x20\x01"), 2005, 1},
        {BYTES(PERSON("\x09", "\x21\x00\x00\x00\x00\x00\x00\xF0\x7F")), 2006, 0}, /* infinite */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit k;
        read_bytes(&k, rows[i].bytes);
        const dcf_fault *f = kit_fault(&k, (dcf_fault_code)rows[i].code);
        bool good = f && (!rows[i].column || f->column == rows[i].column) && f->line == 1;
        if (!good) printf("  row %zu: no %d\n", i, rows[i].code), kit_show(&k);
        CU_ASSERT_TRUE(good);
        CU_ASSERT_TRUE(dcf_is(k.status, DCF_E_FAULTY));
        kit_end(&k);
    }
}

static void the_limits_hold(void)
{
    static const struct {
        dcf_limits limits;
        int code;
    } rows[] = {
        {{.bytes = 4}, 1005}, {{.values = 3}, 1006}, {{.text = 2}, 1007}, {{.depth = 1}, 1004}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit k;
        kit_begin(&k);
        dcf_status s = dcf_to_canonical(wire,
                                        BYTES(PERSON("\x05", "\x0A\x03"
                                                             "ABC") "\x3A\x03\x01\x02\x03"),
                                        &rows[i].limits, &k.arena, &k.faults, &k.envelope);
        CU_ASSERT_TRUE(dcf_is(s, DCF_E_FAULTY));
        CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, (dcf_fault_code)rows[i].code));
        kit_end(&k);
    }
}

static void what_has_no_wire_form_is_told(void)
{
    kit k;
    read_bytes(&k, BYTES(PERSON("\x02", "\x38\x05")));
    static const struct {
        size_t offset;
        const char *text;
    } rows[] = {
        {offsetof(Dcf__V1__Defendant, custody_status), "4294967296"},
        {offsetof(Dcf__V1__Defendant, custody_status), "-1"},
        {offsetof(Dcf__V1__Defendant, custody_status), "five"},
        {offsetof(Dcf__V1__Defendant, asn), "2147483648"},
        {offsetof(Dcf__V1__Defendant, asn), "-2147483649"},
        {offsetof(Dcf__V1__Defendant, pnc_id), "1e999"},
        {offsetof(Dcf__V1__Defendant, cro_number), "1e39"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Dcf__V1__Defendant *d = k.envelope->case_submission->defendants[0];
        char **place = (char **)((char *)d + rows[i].offset), *before = *place;
        *place = (char *)rows[i].text;
        k.faults.count = k.faults.errors = 0;
        dcf_buf_clear(&k.out);
        CU_ASSERT_TRUE(dcf_is(dcf_from_canonical(wire, k.envelope, &k.arena, &k.faults, &k.out),
                              DCF_E_FAULTY));
        CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, DCF_FAULT_BAD_VALUE));
        *place = before;
    }
    kit_end(&k);
}

#define MAPPING(schema, fields)                                                                    \
    "dialect: s\nversion: '1'\nformat: protobuf\nprotobuf: " schema                                \
    "\nmessages: {M: {canonical: case_submission, fields: [" fields "]}}\n"
#define SCHEMA                                                                                     \
    "{root: F, messages: {F: {1: string a, 2: G g, 3: \"int32 n[]\", 4: string s}, G: {1: string " \
    "b}}}"

static void mappings_that_no_message_can_meet_are_refused(void)
{
    static const struct {
        const char *yaml, *says;
    } rows[] = {
        {MAPPING("{root: F}", ""), "\"messages\" is a map"},
        {MAPPING("{root: H, messages: {F: {1: string a}}}", ""), "no message \"H\""},
        {MAPPING("{root: F, messages: {F: {1: strin a}}}", ""), "is no type of protobuf"},
        {MAPPING("{root: F, messages: {F: {0: string a}}}", ""), "is no number"},
        {MAPPING("{root: F, messages: {F: {1: string}}}", ""), "NUMBER: TYPE NAME"},
        {MAPPING("{root: F, messages: {F: {1: string a, 2: string a}}}", ""), "of another field"},
        {MAPPING("{root: F, messages: {F: {1: map<string a}}}", ""), "map<KEY, VALUE>"},
        {MAPPING(SCHEMA, "{native: aa, canonical: urn}"), "the nearest is \"a\""},
        {MAPPING(SCHEMA, "{native: g, canonical: urn}"), "is a message"},
        {MAPPING(SCHEMA, "{in: a, fields: [{native: b, canonical: urn}]}"), "is a plain value"},
        {MAPPING(SCHEMA, "{native: 's[]', canonical: monitoring_codes}"), "is not repeated"},
        {MAPPING(SCHEMA, "{native: 'n[1]', canonical: urn}"), "has no empty form"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) kit_mistake(rows[i].yaml, rows[i].says);
}

#define TESTS(X)                                                                                   \
    X(the_mapping_compiles)                                                                        \
    X(every_scalar_type_goes_both_ways)                                                            \
    X(groups_lists_maps_and_bytes_go_both_ways)                                                    \
    X(another_implementation_agrees)                                                               \
    X(packed_and_unknown_fields_are_read)                                                          \
    X(broken_bytes_are_refused_where_they_break)                                                   \
    X(the_limits_hold)                                                                             \
    X(what_has_no_wire_form_is_told)                                                               \
    X(mappings_that_no_message_can_meet_are_refused)                                               \
    X(the_mapping_is_freed)
UNIT_MAIN("translate.protobuf", TESTS)
