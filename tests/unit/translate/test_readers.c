/* test_readers.c - the XML and JSON readers on hostile input: refused with a code, a line and a
 * column, never worse. */
#include "base/utf8.h"
#include "kit.h"
#include "translate/event.h"

typedef struct tally {
    size_t depth, events;
    dcf_buf text; /* what came, in short: (a @b=1 'text' ) */
} tally;

static bool note(void *self, const dcf_event *e)
{
    static const char marks[] = "(@')";
    tally *t = self;
    t->events++;
    if (e->kind == DCF_EV_OPEN) t->depth++;
    if (e->kind == DCF_EV_CLOSE) t->depth--;
    dcf_buf_addc(&t->text, marks[e->kind]);
    if (e->array) dcf_buf_addc(&t->text, '*');
    dcf_buf_add(&t->text, e->local);
    if (e->kind == DCF_EV_ATTRIBUTE) dcf_buf_addc(&t->text, '=');
    dcf_buf_add(&t->text, e->value);
    return true;
}

typedef struct outcome {
    kit k;
    tally t;
    dcf_parse p;
} outcome;

static void run(outcome *o, bool xml, dcf_span doc, const dcf_limits *limits)
{
    memset(o, 0, sizeof *o);
    kit_begin(&o->k);
    dcf_parse_init(&o->p, limits, &o->k.arena, &o->k.faults, (dcf_sink){note, &o->t});
    o->k.status = xml ? dcf_xml_read(&o->p, doc) : dcf_json_read(&o->p, doc);
}

static void done(outcome *o)
{
    dcf_buf_fini(&o->t.text);
    kit_end(&o->k);
}

static void expect(bool xml, const char *doc, size_t size, int code, const dcf_limits *limits)
{
    outcome o;
    run(&o, xml, dcf_span_of(doc, size), limits);
    bool good = code ? dcf_is(o.k.status, DCF_E_FAULTY) && o.k.faults.count == 1 &&
                           (int)o.k.faults.items[0].code == code
                     : dcf_ok(o.k.status) && o.k.faults.count == 0 && o.t.depth == 0;
    if (!good) printf("\n  expected %d: %.100s\n", code, doc), kit_show(&o.k);
    CU_ASSERT_TRUE(good);
    done(&o);
}

#define REFUSES(xml, doc, code) expect(xml, doc, sizeof(doc) - 1, DCF_FAULT_##code, NULL)
#define TAKES(xml, doc)         expect(xml, doc, sizeof(doc) - 1, 0, NULL)

static void events(bool xml, const char *doc, const char *wanted)
{
    outcome o;
    run(&o, xml, dcf_span_str(doc), NULL);
    const char *got = dcf_buf_cstr(&o.t.text);
    if (strcmp(got, wanted) != 0) printf("\n  %s\n  gives %s\n", doc, got), kit_show(&o.k);
    CU_ASSERT_STRING_EQUAL(got, wanted);
    done(&o);
}

static void xml_becomes_events(void)
{
    events(true, "<a><b x='1' y='2'>t</b> <c/>\n</a>", "(a(b@x=1@y=2't)(c))");
    events(true, "<a>t<b/>u</a>", "(a't(b)'u)");
    events(true, "<a> </a>", "(a' )");
    events(true, "<a>x<!-- c -->y<![CDATA[<z>]]>&amp;&#65;<?p q?></a>", "(a'xy<z>&A)");
    events(true, "<p:a xmlns:p='u'><p:b/></p:a>", "(a(b))");
    events(true, "\xEF\xBB\xBF<a/>", "(a)");
}

static void json_becomes_events(void)
{
    events(false, "{\"a\":\"x\",\"b\":[1,{\"c\":true}],\"d\":{},\"e\":[],\"f\":null}",
           "((a'x)(*b'1)(*b(c'true))(d)(f'null))");
    events(false, "{\"\\u0061\\n\":\"\\ud83d\\ude00\\u00e9\\\\\\/\"}",
           "((a\n'\xF0\x9F\x98\x80\xC3\xA9\\/))");
    events(false, "{\"n\":[0,-0,-1.50e+3,12345678901234567890123]}",
           "((*n'0)(*n'-0)(*n'-1.50e+3)(*n'12345678901234567890123))");
    events(false, "{\"n\":[[1,[]],[{\"a\":[[\"x\"]]}],2]}", "((*n(*'1)(*))(*n(*(*a(*'x))))(*n'2))");
}

static void a_document_cut_anywhere_is_refused(void)
{
    static const char xml[] =
        "<?xml version='1.0' encoding='UTF-8'?><a b='c'>\xC3\xA9&lt;<d><![CDATA[x]]></d></a>";
    static const char json[] =
        "{\"a\":\"\xC3\xA9\\u00e9\\n\",\"b\":[1,{\"c\":-1.5e3}],\"d\":true,\"e\":null}";
    for (size_t n = 0; n + 1 < sizeof xml - 1; n++) {
        outcome o;
        char *exact = malloc(n + 1); /* its own block: an overread would be seen */
        memcpy(exact, xml, n);
        run(&o, true, dcf_span_of(exact, n), NULL);
        CU_ASSERT_TRUE(dcf_is(o.k.status, DCF_E_FAULTY));
        CU_ASSERT_EQUAL(o.k.faults.count, 1);
        done(&o);
        free(exact);
    }
    for (size_t n = 0; n + 1 < sizeof json - 1; n++) {
        outcome o;
        char *exact = malloc(n + 1);
        memcpy(exact, json, n);
        run(&o, false, dcf_span_of(exact, n), NULL);
        CU_ASSERT_TRUE(dcf_is(o.k.status, DCF_E_FAULTY));
        CU_ASSERT_EQUAL(o.k.faults.count, 1);
        done(&o);
        free(exact);
    }
}

static void broken_xml_is_refused(void)
{
    REFUSES(true, "", NOT_WELL_FORMED);
    REFUSES(true, "<a></b>", NOT_WELL_FORMED);
    REFUSES(true, "<a/><b/>", NOT_WELL_FORMED);
    REFUSES(true, "<a b='1' b='2'/>", NOT_WELL_FORMED);
    REFUSES(true, "<a>&b;</a>", NOT_WELL_FORMED);
    REFUSES(true, "<p:a/>", NOT_WELL_FORMED);
    REFUSES(true, "<a>&#0;</a>", NOT_WELL_FORMED);
    REFUSES(true, "<a>\x01</a>", NOT_WELL_FORMED);
    REFUSES(true, "<a>]]></a>", NOT_WELL_FORMED);
    REFUSES(true, "<a>\0</a>", FORBIDDEN_CHARACTER);
    REFUSES(true, "<a xmlns:xmlns='u'/>", NOT_WELL_FORMED);
    REFUSES(true, "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", NOT_WELL_FORMED);
    REFUSES(true, "<a xmlns:xml='u'/>", NOT_WELL_FORMED);
    REFUSES(true, "<a xmlns='http://www.w3.org/XML/1998/namespace'/>", NOT_WELL_FORMED);
    TAKES(true, "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>");
    REFUSES(true, "<a xmlns:p=''/>", NOT_WELL_FORMED);
    TAKES(true, "<p:a xmlns:p='u'><a xmlns=''/></p:a>");
    TAKES(true, "<\xC3\x80/>"); /* the first and the last range of names */
    TAKES(true, "<\xED\x9E\xA3/>");
    TAKES(true, "<a\xC2\xB7\xE3\x83\xBE/>");
    REFUSES(true, "<\xC2\xB7/>", NOT_WELL_FORMED);
    REFUSES(true, "<\xED\x9E\xA4/>", NOT_WELL_FORMED);
    REFUSES(true, "<a\xE3\x83\xBF/>", NOT_WELL_FORMED);
    REFUSES(true, "<a xmlns:p='u' xmlns:p='v'/>", NOT_WELL_FORMED);
    REFUSES(true, "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>", NOT_WELL_FORMED);
    TAKES(true, "<a xmlns:p='u' xmlns:q='v' p:b='1' q:b='2'/>");
}

static void broken_json_is_refused(void)
{
    static const char *const bad[] = {"",
                                      "1",
                                      "\"a\"",
                                      "{",
                                      "{}x",
                                      "{'a':1}",
                                      "{a:1}",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{,}",
                                      "{\"a\":[1,]}",
                                      "{\"a\":[,1]}",
                                      "{\"a\":01}",
                                      "{\"a\":+1}",
                                      "{\"a\":1.}",
                                      "{\"a\":.5}",
                                      "{\"a\":1e}",
                                      "{\"a\":NaN}",
                                      "{\"a\":tru}",
                                      "{\"a\":\"\t\"}",
                                      "{\"a\":\"\\x\"}",
                                      "{\"a\":\"\\u12\"}",
                                      "{\"a\":1 /**/}",
                                      "{} {}",
                                      "{\"a\":-}",
                                      "{\"a\" 1}",
                                      "{\"a\":1]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect(false, bad[i], strlen(bad[i]), DCF_FAULT_NOT_WELL_FORMED, NULL);
    REFUSES(false, "{\"a\":\"\\u0000\"}", FORBIDDEN_CHARACTER);
    REFUSES(false, "{\"a\":\"x\0y\"}", FORBIDDEN_CHARACTER);
    REFUSES(false, "{\"a\":\"\\ud800\"}", FORBIDDEN_CHARACTER);
    REFUSES(false, "{\"a\":\"\\ud800\\u0041\"}", FORBIDDEN_CHARACTER);
    REFUSES(false, "{\"a\":\"\\udc00\"}", FORBIDDEN_CHARACTER);
    REFUSES(false, "{\"a\\ud800\":1}", FORBIDDEN_CHARACTER);
    REFUSES(false, "[]", WRONG_KIND);
    REFUSES(false, "{\"a\":[[1}}", NOT_WELL_FORMED);
    REFUSES(false, "{\"a\":[[1]}", NOT_WELL_FORMED);
    REFUSES(false, "[[1]]", WRONG_KIND);
}

/* What the sink was told, and what it is worth when the reading has ended. */
typedef struct kept {
    dcf_span texts[16];
    size_t count;
    dcf_buf told; /* each with a NUL behind it */
} kept;

static bool keep_lasting(void *self, const dcf_event *e)
{
    kept *k = self;
    dcf_span s = e->kind == DCF_EV_OPEN ? e->local : e->value;
    if (!e->lasting || k->count == 16) return true;
    k->texts[k->count++] = s;
    dcf_buf_add(&k->told, s);
    dcf_buf_addc(&k->told, 0);
    return true;
}

static void json_texts_outlast_the_reading(void)
{
    static const char doc[] =
        "{\"a\\u00e9\":\"plain\",\"b\":[\"\\\"\\\\\\/\\n\",\"\\ud83d\\ude00x\"],"
        "\"c\":12,\"d\":\"\",\"e\":{\"f\":\"tail\\t\"}}";
    outcome o;
    kept k = {0};
    memset(&o, 0, sizeof o);
    kit_begin(&o.k);
    dcf_parse_init(&o.p, NULL, &o.k.arena, &o.k.faults, (dcf_sink){keep_lasting, &k});
    CU_ASSERT_TRUE(dcf_ok(dcf_json_read(&o.p, dcf_span_str(doc))));
    size_t at = 0;
    for (size_t i = 0; i < k.count; at += k.texts[i++].size + 1) {
        CU_ASSERT_TRUE(dcf_span_eq(k.texts[i], dcf_span_of(k.told.data + at, k.texts[i].size)));
        CU_ASSERT_EQUAL(k.texts[i].data[k.texts[i].size], 0);
    }
    CU_ASSERT_EQUAL(k.count, 13); /* the document, 7 members and items, 5 texts; no number */
    CU_ASSERT_EQUAL(at, k.told.size);
    dcf_buf_fini(&k.told);
    done(&o);
}

static void a_key_twice_is_refused_also_when_escaped_or_far_apart(void)
{
    REFUSES(false, "{\"a\":1,\"a\":1}", DUPLICATE_KEY);
    REFUSES(false, "{\"a\":1,\"\\u0061\":2}", DUPLICATE_KEY);
    REFUSES(false, "{\"x\":{\"a\":1,\"b\":{\"a\":2},\"a\":3}}", DUPLICATE_KEY);
    TAKES(false, "{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}");
    dcf_buf doc = {0};
    dcf_buf_adds(&doc, "{\"k77\":0");
    for (int i = 0; i < 1000; i++) dcf_buf_printf(&doc, ",\"k%d\":0", i == 77 ? 1077 : i);
    outcome o;
    dcf_buf_adds(&doc, ",\"k77\":0}");
    run(&o, false, dcf_buf_span(&doc), NULL);
    CU_ASSERT_EQUAL(o.k.faults.items[0].code, DCF_FAULT_DUPLICATE_KEY);
    done(&o);
    dcf_buf_fini(&doc);
}

static void text_that_is_not_utf8_is_refused_with_its_place(void)
{
    static const char *const bad[] = {"\x80",
                                      "\xC3",
                                      "\xC0\xAF",
                                      "\xE0\x80\xAF",
                                      "\xED\xA0\x80",
                                      "\xF0\x80\x80\xAF",
                                      "\xF4\x90\x80\x80",
                                      "\xFF",
                                      "\xE2\x82"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (int xml = 0; xml < 2; xml++) {
            char doc[64];
            snprintf(doc, sizeof doc, xml ? "<a>\nx%s</a>" : "{\"a\":\n\"%s\"}", bad[i]);
            outcome o;
            run(&o, xml, dcf_span_str(doc), NULL);
            CU_ASSERT_EQUAL_FATAL(o.k.faults.count, 1);
            CU_ASSERT_EQUAL(o.k.faults.items[0].code, DCF_FAULT_NOT_UTF8);
            CU_ASSERT_EQUAL(o.k.faults.items[0].line, 2);
            CU_ASSERT_EQUAL(o.k.faults.items[0].column, 2);
            done(&o);
        }
    }
    TAKES(true, "<?xml version='1.0' encoding='utf-8'?><a>\xF4\x8F\xBF\xBF\xED\x9F\xBF</a>");
}

static void events_of(const char *doc, size_t size, const char *wanted)
{
    outcome o;
    run(&o, true, dcf_span_of(doc, size), NULL);
    CU_ASSERT_TRUE(dcf_ok(o.k.status));
    if (o.k.faults.count) kit_show(&o.k);
    CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&o.t.text), wanted);
    done(&o);
}

#define BECOMES(doc, wanted) events_of(doc, sizeof(doc) - 1, wanted)
#define DECLARED(name, rest) "<?xml version='1.0' encoding='" name "'?>" rest

static void xml_is_read_in_the_encoding_it_declares(void)
{
    BECOMES(DECLARED("ISO-8859-1", "<a>\xE9\x85</a>"), "(a'\xC3\xA9\xC2\x85)");
    BECOMES(DECLARED("Windows-1252", "<a b='\x80'>\xE9</a>"), "(a@b=\xE2\x82\xAC'\xC3\xA9)");
    BECOMES(DECLARED("us-ascii", "<a>x</a>"), "(a'x)");
    REFUSES(true, DECLARED("US-ASCII", "<a>\xE9</a>"), BAD_ENCODING);
    REFUSES(true, DECLARED("windows-1252", "<a>\x81</a>"), BAD_ENCODING);
    REFUSES(true, DECLARED("ISO-8859-1", "<a>\x01</a>"), NOT_WELL_FORMED);
    REFUSES(true, DECLARED("IBM037", "<a/>"), BAD_ENCODING);
    REFUSES(true, DECLARED("UTF-16", "<a/>"), BAD_ENCODING);
    REFUSES(true, "\xEF\xBB\xBF" DECLARED("ISO-8859-1", "<a/>"), BAD_ENCODING);
    BECOMES("\xEF\xBB\xBF" DECLARED("utf-8", "<a/>"), "(a)");
}

/* UTF-16 of an ASCII document, but that '^' stands for U+1F600. */
static void utf16(const char *ascii, bool big, bool mark, int code)
{
    dcf_buf doc = {0};
    uint16_t units[2];
    for (const char *p = mark ? ascii : ascii + 1; *p; p++) {
        size_t n = 1;
        units[0] = (uint16_t)(p == ascii ? 0xFEFF : *p == '^' ? (n = 2, 0xD83D) : *p);
        units[1] = 0xDE00;
        for (size_t i = 0; i < n; i++) {
            dcf_buf_addc(&doc, (char)(big ? units[i] >> 8 : units[i]));
            dcf_buf_addc(&doc, (char)(big ? units[i] : units[i] >> 8));
        }
    }
    if (code)
        expect(true, (const char *)doc.data, doc.size, code, NULL);
    else
        events_of((const char *)doc.data, doc.size, "(a'\xF0\x9F\x98\x80)");
    dcf_buf_fini(&doc);
}

static void utf16_is_known_by_its_first_bytes(void)
{
    for (int big = 0; big < 2; big++) {
        for (int mark = 0; mark < 2; mark++) {
            utf16("-<a>^</a>", big, mark, 0);
            utf16("-" DECLARED("utf-16", "<a>^</a>"), big, mark, 0);
            utf16("-" DECLARED("UTF-16LE", "<a>^</a>"), big, mark,
                  big ? DCF_FAULT_BAD_ENCODING : 0);
            utf16("-" DECLARED("UTF-16BE", "<a>^</a>"), big, mark,
                  big ? 0 : DCF_FAULT_BAD_ENCODING);
            utf16("-" DECLARED("UTF-8", "<a>^</a>"), big, mark, DCF_FAULT_BAD_ENCODING);
        }
    }
    REFUSES(true, "\xFF\xFE<\0a\0/\0>", BAD_ENCODING);                    /* half a unit */
    REFUSES(true, "\xFF\xFE<\0a\0>\0\x3D\xD8<\0/\0a\0>\0", BAD_ENCODING); /* half a pair */
    REFUSES(true, "\xFF\xFE<\0a\0>\0\x00\xDE<\0/\0a\0>\0", BAD_ENCODING);
    REFUSES(true, "\xFF\xFE<\0a\0>\0\0\0<\0/\0a\0>\0", FORBIDDEN_CHARACTER); /* NUL */
}

static void references_are_resolved_in_attributes_too(void)
{
    BECOMES("<a b='&lt;&amp;&#x41;&#66;&apos;\t'/>", "(a@b=<&AB' )");
    REFUSES(true, "<a b='&no;'/>", NOT_WELL_FORMED);
    REFUSES(true, "<a b='&'/>", NOT_WELL_FORMED);
}

static void a_doctype_is_refused_before_any_entity(void)
{
    REFUSES(true, "<!DOCTYPE a><a/>", DTD_REFUSED);
    REFUSES(true, "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", DTD_REFUSED);
    REFUSES(true,
            "<!DOCTYPE l [<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c "
            "'&b;&b;&b;&b;&b;&b;&b;&b;'>]><l>&c;</l>",
            DTD_REFUSED);
}

static void the_limits_hold(void)
{
    dcf_limits deep = {.depth = 3}, few = {.values = 3}, small = {.bytes = 20}, brief = {.text = 4};
    expect(true, "<a><a><a/></a></a>", 18, 0, &deep);
    expect(true, "<a><a><a><a/></a></a></a>", 25, DCF_FAULT_TOO_DEEP, &deep);
    expect(false, "{\"a\":{\"a\":1}}", 13, 0, &deep);
    expect(false, "{\"a\":{\"a\":{\"a\":1}}}", 19, DCF_FAULT_TOO_DEEP, &deep);
    expect(true, "<a><b/><b/></a>", 15, 0, &few);
    expect(true, "<a><b/><b c='1'/></a>", 21, DCF_FAULT_TOO_MANY, &few);
    expect(false, "{\"a\":1,\"b\":2}", 13, 0, &few);
    expect(false, "{\"a\":[1,2,3]}", 13, DCF_FAULT_TOO_MANY, &few);
    expect(true, "<a>1234567890123</a>", 20, 0, &small);
    expect(true, "<a>12345678901234</a>", 21, DCF_FAULT_TOO_LARGE, &small);
    expect(false, "{\"a\":\"123456789012\"}", 20, 0, &small);
    expect(false, "{\"a\":\"1234567890123\"}", 21, DCF_FAULT_TOO_LARGE, &small);
    expect(true, "<a>1234</a>", 11, 0, &brief);
    expect(true, "<a>12345</a>", 12, DCF_FAULT_TEXT_TOO_LONG, &brief);
    expect(true, "<a b='12345'/>", 14, DCF_FAULT_TEXT_TOO_LONG, &brief);
    expect(false, "{\"a\":\"12345\"}", 13, DCF_FAULT_TEXT_TOO_LONG, &brief);
    expect(false, "{\"a\":\"\\n\\n\\n\\n\\n\"}", 18, DCF_FAULT_TEXT_TOO_LONG, &brief);
    expect(false, "{\"a\":12345}", 11, DCF_FAULT_TEXT_TOO_LONG, &brief);
}

static void without_a_limit_of_the_link_depth_ends_at_64(void)
{
    for (int depth = 64; depth <= 65; depth++) {
        dcf_buf xml = {0}, json = {0};
        int code = depth > 64 ? DCF_FAULT_TOO_DEEP : 0;
        for (int i = 0; i < depth; i++) dcf_buf_adds(&xml, "<a>");
        for (int i = 0; i < depth; i++) dcf_buf_adds(&xml, "</a>");
        for (int i = 1; i < depth; i++) dcf_buf_adds(&json, "{\"a\":");
        dcf_buf_adds(&json, "1");
        for (int i = 1; i < depth; i++) dcf_buf_adds(&json, "}");
        expect(true, (const char *)xml.data, xml.size, code, NULL);
        expect(false, (const char *)json.data, json.size, code, NULL);
        dcf_buf_fini(&xml);
        dcf_buf_fini(&json);
    }
}

static void fifty_megabytes_are_refused_at_the_door(void)
{
    size_t size = (size_t)50 << 20;
    char *big = malloc(size);
    memset(big, 'x', size);
    expect(true, big, size, DCF_FAULT_TOO_LARGE, NULL);
    expect(false, big, size, DCF_FAULT_TOO_LARGE, NULL);
    free(big);
}

static void deep_documents_meet_the_limit_not_the_stack(void)
{
    dcf_buf doc = {0};
    for (int i = 0; i < 1000000; i++) dcf_buf_adds(&doc, "<a>");
    expect(true, (const char *)doc.data, doc.size, DCF_FAULT_TOO_DEEP, NULL);
    dcf_buf_clear(&doc);
    for (int i = 0; i < 500000; i++) dcf_buf_adds(&doc, "{\"a\":");
    expect(false, (const char *)doc.data, doc.size, DCF_FAULT_TOO_DEEP, NULL);
    dcf_buf_clear(&doc);
    dcf_buf_adds(&doc, "{\"a\":");
    for (int i = 0; i < 500000; i++) dcf_buf_adds(&doc, "[");
    expect(false, (const char *)doc.data, doc.size, DCF_FAULT_TOO_DEEP, NULL);
    dcf_buf_fini(&doc);
}

static void utf8_counts_characters(void)
{
    dcf_span s = dcf_span_str("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    CU_ASSERT_EQUAL(dcf_utf8_length(s), 4);
    CU_ASSERT_EQUAL(dcf_utf8_prefix(s, 2), 3);
    CU_ASSERT_EQUAL(dcf_utf8_prefix(s, 9), s.size);
    CU_ASSERT_EQUAL(dcf_utf8_prefix(s, 0), 0);
    CU_ASSERT_TRUE(dcf_utf8_is_xml(s));
    CU_ASSERT_FALSE(dcf_utf8_is_xml(dcf_span_str("\x0B")));
    CU_ASSERT_FALSE(dcf_utf8_is_xml(dcf_span_str("\xEF\xBF\xBE")));
}

#define TESTS(X)                                                                                   \
    X(xml_becomes_events)                                                                          \
    X(json_becomes_events)                                                                         \
    X(a_document_cut_anywhere_is_refused)                                                          \
    X(broken_xml_is_refused)                                                                       \
    X(broken_json_is_refused)                                                                      \
    X(json_texts_outlast_the_reading)                                                              \
    X(a_key_twice_is_refused_also_when_escaped_or_far_apart)                                       \
    X(text_that_is_not_utf8_is_refused_with_its_place)                                             \
    X(xml_is_read_in_the_encoding_it_declares)                                                     \
    X(utf16_is_known_by_its_first_bytes)                                                           \
    X(references_are_resolved_in_attributes_too)                                                   \
    X(a_doctype_is_refused_before_any_entity)                                                      \
    X(the_limits_hold)                                                                             \
    X(without_a_limit_of_the_link_depth_ends_at_64)                                                \
    X(fifty_megabytes_are_refused_at_the_door)                                                     \
    X(deep_documents_meet_the_limit_not_the_stack)                                                 \
    X(utf8_counts_characters)
UNIT_MAIN("translate.readers", TESTS)
