/* test_gateway.c - documents through a real mapping to an in-process Kafka: what lies there, and
 * what the source is told. */
#include "daemon/gateway.h"

#include "fixture.h"
#include "kafka/producer.h"
#include "security/digest.h"

#include <stdatomic.h>

#define DOC(id, urn, name)                                                                         \
    "<Case><Id>" id "</Id><Urn>" urn                                                               \
    "</Urn><Kind>SUBMISSION_KIND_PRE_CHARGE</Kind><Defendant><Name>" name                          \
    "</Name></Defendant></Case>"

static dcf_embedded *cluster;
static dcf_kafka_conf conf;
static dcf_producer *producer;
static dcf_measures *measures;
static dcf_dialects *dialects;
static dcf_gateway *gateway;
static dcf_link link_;
static dcf_party party = {.name = "surrey", .links = &link_, .link_count = 1, .live = true};
static dcf_parties parties = {.items = &party, .count = 1};
static dcf_arena arena;

typedef struct source { /* a transport of the test's own */
    dcf_arrival arrival;
    atomic_int settled;
    dcf_verdict_kind kind;
    char id[300];
    size_t faults;
    dcf_fault_code first, last;
} source;

static void settle(dcf_arrival *a, const dcf_verdict *v)
{
    source *s = (source *)a;
    s->kind = v->kind;
    snprintf(s->id, sizeof s->id, "%s", v->message_id);
    s->faults = v->faults->count;
    if (s->faults) {
        s->first = v->faults->items[0].code;
        s->last = v->faults->items[s->faults - 1].code;
    }
    atomic_fetch_add(&s->settled, 1);
}

static void open_all(const char *const *properties, size_t memory)
{
    fx_begin();
    dcf_arena_init(&arena, 64 << 20);
    link_ = (dcf_link){
        .name = "surrey-mini", .dialect = "mini", .party = &party, .has_in = true, .window = 4};
    OK(dcf_dialects_load(fx_folder, &parties, NULL, &dialects, NULL));
    OK(dcf_measures_open(&measures));
    OK(dcf_embedded_start(1, &cluster));
    OK(dcf_embedded_topic(cluster, "t.submitted", 1));
    conf = (dcf_kafka_conf){.bootstrap = dcf_embedded_bootstrap(cluster), .properties = properties};
    const char *const outputs[] = {"t.submitted"};
    OK(dcf_producer_open(&conf, outputs, 1, &producer, NULL));
    dcf_gateway_config g = {dialects, producer, "t.submitted", measures, memory};
    OK(dcf_gateway_new(&g, &gateway));
}

static void begin(void)
{
    open_all(NULL, 16 << 20);
}

static void end(void)
{
    dcf_producer_close(producer, 0);
    producer = NULL;
    dcf_gateway_free(gateway);
    dcf_embedded_stop(cluster);
    dcf_metrics_close(measures);
    dcf_dialects_free(dialects);
    dcf_arena_fini(&arena);
    fx_end();
}

static void arrive(source *s, dcf_span body, const char *name, const char *source_id,
                   dcf_fault_code fault)
{
    *s = (source){.arrival = {.link = &link_,
                              .body = body,
                              .name = name,
                              .source_id = source_id,
                              .fault = fault,
                              .settle = settle}};
    dcf_gateway_arrive(gateway, &s->arrival);
}

/* Hands it over and waits for the word. */
static source send(const char *body, const char *source_id)
{
    static source s;
    arrive(&s, dcf_span_str(body), "file.xml", source_id, 0);
    AWAIT(atomic_load(&s.settled));
    CU_ASSERT_EQUAL(atomic_load(&s.settled), 1);
    return s;
}

static Dcf__V1__Envelope *submitted(int64_t offset, char key[64])
{
    dcf_reader *reader = NULL;
    Dcf__V1__Envelope *e = NULL;
    dcf_record r = fx_read(&conf, "t.submitted", offset, &reader);
    snprintf(key, 64, "%.*s", (int)r.key.size, (const char *)r.key.data);
    OK(dcf_envelope_unpack(r.value, &arena, &e));
    dcf_record_free(&r);
    dcf_reader_close(reader);
    return e;
}

static void a_document_becomes_an_envelope_of_its_case(void)
{
    char key[64], hash[65], want[65];
    begin();
    source s = send(DOC("a1", "45AA0000126", "Vega"), "");
    CU_ASSERT_EQUAL((int)s.kind, DCF_VERDICT_ACCEPTED);
    CU_ASSERT_STRING_EQUAL(s.id, "surrey-mini:a1");
    Dcf__V1__Envelope *e = submitted(0, key);
    CU_ASSERT_STRING_EQUAL(key, "45AA0000126");
    CU_ASSERT_STRING_EQUAL(e->message_id, "surrey-mini:a1");
    CU_ASSERT_STRING_EQUAL(e->source->party,
                           "surrey"); /* the link's word, whatever the document says */
    CU_ASSERT_STRING_EQUAL(e->source->link, "surrey-mini");
    CU_ASSERT_STRING_EQUAL(e->force, "45");
    CU_ASSERT_STRING_EQUAL(e->native->dialect, "mini");
    CU_ASSERT_STRING_EQUAL(e->native->mapping_version, "7");
    CU_ASSERT_EQUAL(strncmp(e->traceparent, "00-", 3), 0);
    CU_ASSERT(!e->test);
    dcf_hex(e->native->sha256.data, e->native->sha256.len, hash);
    CU_ASSERT_STRING_EQUAL(hash,
                           dcf_sha256_hex(dcf_span_str(DOC("a1", "45AA0000126", "Vega")), want));
    end();
}

static void a_party_that_is_not_live_sends_tests_only(void)
{
    char key[64];
    begin();
    party.live = false;
    send(DOC("a1", "45AA0000126", "Vega"), "");
    CU_ASSERT(submitted(0, key)->test);
    party.live = true;
    end();
}

static void the_hash_is_of_the_content_and_the_id_of_the_sender(void)
{
    char key[64];
    begin();
    send(DOC("a1", "45AA0000126", "Vega"), "");
    send("<Case>\n <Id>a1</Id><Urn>45AA0000126</Urn><Kind>SUBMISSION_KIND_PRE_CHARGE</Kind>"
         "<Defendant><Name>Vega</Name></Defendant></Case>",
         ""); /* the same, spaced otherwise */
    send(DOC("a1", "45AA0000126", "Hale"), "");
    Dcf__V1__Envelope *one = submitted(0, key), *same = submitted(1, key),
                      *other = submitted(2, key);
    CU_ASSERT_STRING_EQUAL(one->message_id, same->message_id);
    CU_ASSERT_STRING_EQUAL(one->message_id, other->message_id);
    CU_ASSERT_EQUAL(memcmp(one->body_sha256.data, same->body_sha256.data, 32), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(one->body_sha256.data, other->body_sha256.data, 32), 0);
    end();
}

static void ids_that_would_break_a_header_are_replaced_and_stay_the_same(void)
{
    static const char *const bad[] = {"a b", "a&#10;X-Evil: 1", "\xc3\xa9t\xc3\xa9"};
    char doc[600], first[300];
    begin();
    for (size_t i = 0; i < 3; i++) {
        snprintf(doc, sizeof doc, DOC("%s", "45AA0000126", "Vega"), bad[i]);
        source s = send(doc, "");
        CU_ASSERT_EQUAL((int)s.kind, DCF_VERDICT_ACCEPTED);
        snprintf(first, sizeof first, "%s", s.id);
        for (const char *c = s.id; *c; c++) CU_ASSERT(*c > ' ' && *c < 127);
        CU_ASSERT_STRING_EQUAL(send(doc, "").id, first);
    }
    char long_id[260];
    memset(long_id, 'x', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = 0;
    snprintf(doc, sizeof doc, DOC("%s", "45AA0000126", "Vega"), long_id);
    CU_ASSERT(strlen(send(doc, "").id) < 100);
    end();
}

static void the_documents_own_id_wins_over_the_transports(void)
{
    begin();
    CU_ASSERT_STRING_EQUAL(send(DOC("own", "45AA0000126", "Vega"), "key-1").id, "surrey-mini:own");
    CU_ASSERT_STRING_EQUAL(send(DOC("", "45AA0000126", "Vega"), "key-1").id, "surrey-mini:key-1");
    source a = send(DOC("", "45AA0000126", "Vega"), ""),
           b = send(DOC("", "45AA0000126", "Vega"), "");
    CU_ASSERT_STRING_EQUAL(a.id, b.id); /* of the bytes */
    CU_ASSERT_STRING_NOT_EQUAL(a.id, send(DOC("", "45AA0000126", "Hale"), "").id);
    end();
}

static void a_refused_document_lies_there_whole_under_its_case(void)
{
    static const char doc[] = "<Case><Id>a1</Id><Urn>45AA0000126</Urn><Kind>NONE</Kind></Case>";
    char key[64];
    begin();
    source s = send(doc, "");
    CU_ASSERT_EQUAL((int)s.kind, DCF_VERDICT_REFUSED);
    CU_ASSERT_EQUAL((int)s.first, DCF_FAULT_UNKNOWN_CODE);
    CU_ASSERT_STRING_NOT_EQUAL(s.id, "surrey-mini:a1"); /* so that the corrected one may have it */
    Dcf__V1__Envelope *e = submitted(0, key);
    CU_ASSERT_STRING_EQUAL(key, "45AA0000126");
    CU_ASSERT_STRING_EQUAL(e->case_key, "45AA0000126");
    CU_ASSERT_STRING_EQUAL(e->source_message_id, "a1");
    CU_ASSERT_EQUAL((int)e->body_case, DCF__V1__ENVELOPE__BODY_REFUSAL);
    CU_ASSERT_STRING_EQUAL(e->refusal->file_name, "file.xml");
    CU_ASSERT_STRING_EQUAL(e->refusal->faults[0]->code, "DCF-2007");
    CU_ASSERT_EQUAL(e->refusal->native_body.len, sizeof doc - 1);
    CU_ASSERT_EQUAL(memcmp(e->refusal->native_body.data, doc, sizeof doc - 1), 0);
    end();
}

static void bytes_that_are_nothing_lie_there_whole_too(void)
{
    static const char junk[] = "\xff\xfe<\0x";
    char key[64];
    source s;
    begin();
    arrive(&s, dcf_span_of(junk, sizeof junk), "", "", 0);
    AWAIT(atomic_load(&s.settled));
    CU_ASSERT_EQUAL((int)s.kind, DCF_VERDICT_REFUSED);
    Dcf__V1__Envelope *e = submitted(0, key);
    CU_ASSERT_STRING_EQUAL(e->case_key, "");
    CU_ASSERT_STRING_EQUAL(key, e->message_id);
    CU_ASSERT_EQUAL(e->refusal->native_body.len, sizeof junk);
    CU_ASSERT_EQUAL(memcmp(e->refusal->native_body.data, junk, sizeof junk), 0);
    end();
}

static void what_the_transport_refused_is_told_to_kafka(void)
{
    char key[64];
    source s;
    begin();
    arrive(&s, (dcf_span){0}, "huge.xml", "", DCF_FAULT_TOO_LARGE);
    AWAIT(atomic_load(&s.settled));
    CU_ASSERT_EQUAL((int)s.kind, DCF_VERDICT_REFUSED);
    CU_ASSERT_EQUAL((int)s.first, DCF_FAULT_TOO_LARGE);
    CU_ASSERT_STRING_EQUAL(submitted(0, key)->refusal->file_name, "huge.xml");
    end();
}

static void a_document_that_fills_its_memory_is_still_refused_whole(void)
{
    char key[64];
    dcf_buf doc = {0};
    source s;
    open_all(NULL, 100000); /* too little for what follows */
    dcf_buf_adds(&doc, "<Case><Id>a1</Id><Urn>45AA0000126</Urn>");
    for (int i = 0; i < 2000; i++) dcf_buf_adds(&doc, "<Defendant><Name>Vega</Name></Defendant>");
    dcf_buf_adds(&doc, "</Case>");
    arrive(&s, dcf_buf_span(&doc), "", "", 0);
    AWAIT(atomic_load(&s.settled));
    CU_ASSERT_EQUAL((int)s.kind, DCF_VERDICT_REFUSED);
    CU_ASSERT_EQUAL((int)s.first, DCF_FAULT_TOO_MANY);
    const Dcf__V1__Refusal *refusal = submitted(0, key)->refusal;
    CU_ASSERT_EQUAL(refusal->native_body.len, doc.size);
    CU_ASSERT_EQUAL(refusal->n_faults, 1);
    dcf_buf_fini(&doc);
    end();
}

static void a_message_kafka_never_takes_is_refused_not_tried_for_ever(void)
{
    static const char *const narrow[] = {"message.max.bytes", "2000", NULL};
    char key[64];
    dcf_buf doc = {0};
    source s;
    open_all(narrow, 16 << 20);
    dcf_buf_adds(&doc, "<Case><Id>a1</Id><Urn>45AA0000126</Urn>");
    for (int i = 0; i < 200; i++) dcf_buf_adds(&doc, "<Defendant><Name>Vega</Name></Defendant>");
    dcf_buf_adds(&doc, "</Case>");
    arrive(&s, dcf_buf_span(&doc), "big.xml", "", 0);
    AWAIT(atomic_load(&s.settled));
    CU_ASSERT_EQUAL((int)s.kind, DCF_VERDICT_REFUSED);
    CU_ASSERT_EQUAL((int)s.last, DCF_FAULT_TOO_LARGE);
    Dcf__V1__Envelope *e = submitted(0, key); /* its bytes do not fit either: by name alone */
    CU_ASSERT_STRING_EQUAL(e->refusal->file_name, "big.xml");
    CU_ASSERT_STRING_EQUAL(e->case_key, "45AA0000126");
    CU_ASSERT_EQUAL(e->refusal->native_body.len, 0);
    dcf_buf_fini(&doc);
    end();
}

static void a_broker_that_says_too_large_is_believed(void)
{
    char key[64];
    begin();
    dcf_embedded_fail(cluster, 0, 10, 1); /* Produce: MESSAGE_TOO_LARGE, once */
    source s = send(DOC("a1", "45AA0000126", "Vega"), "");
    CU_ASSERT_EQUAL((int)s.kind, DCF_VERDICT_REFUSED);
    CU_ASSERT_EQUAL((int)s.last, DCF_FAULT_TOO_LARGE);
    CU_ASSERT(submitted(0, key)->refusal->native_body.len > 0); /* the refusal itself fits */
    end();
}

static void what_kafka_did_not_confirm_is_not_overtaken_by_its_case(void)
{
    static const char first[] = DOC("a1", "45AA0000126", "Vega");
    static const char second[] = DOC("a2", "45AA0000126", "Vega");
    static const char other[] = DOC("b1", "45AA0000226", "Vega");
    source s;
    begin();
    dcf_embedded_away(cluster, true);
    arrive(&s, dcf_span_str(first), "", "", 0);
    dcf_producer_break(producer); /* it still lies in the queue, and fails */
    AWAIT(atomic_load(&s.settled));
    dcf_embedded_away(cluster, false);
    CU_ASSERT_EQUAL_FATAL((int)s.kind, DCF_VERDICT_BUSY);
    CU_ASSERT_EQUAL((int)send(second, "").kind, DCF_VERDICT_BUSY);
    source o;
    do o = send(other, "");
    while (o.kind == DCF_VERDICT_BUSY); /* the client is being made anew */
    CU_ASSERT_EQUAL((int)o.kind, DCF_VERDICT_ACCEPTED);
    CU_ASSERT_EQUAL((int)send(second, "").kind, DCF_VERDICT_BUSY);
    CU_ASSERT_EQUAL((int)send(first, "").kind, DCF_VERDICT_ACCEPTED);
    CU_ASSERT_EQUAL((int)send(second, "").kind, DCF_VERDICT_ACCEPTED);
    end();
}

static void what_waits_behind_one_that_kafka_did_not_confirm_comes_again_after_it(void)
{
    static const char first[] = DOC("a1", "45AA0000126", "Vega");
    static const char second[] = DOC("a2", "45AA0000126", "Vega");
    char key[64];
    source a, b, again;
    begin();
    dcf_embedded_away(cluster, true);
    arrive(&a, dcf_span_str(first), "", "", 0);
    arrive(&b, dcf_span_str(second), "", "", 0);
    CU_ASSERT_EQUAL(dcf_producer_outstanding(producer), 1); /* the second is not in its hands */
    dcf_producer_break(producer);
    AWAIT(atomic_load(&a.settled) && atomic_load(&b.settled));
    dcf_embedded_away(cluster, false);
    CU_ASSERT_EQUAL_FATAL((int)a.kind, DCF_VERDICT_BUSY);
    CU_ASSERT_EQUAL_FATAL((int)b.kind, DCF_VERDICT_BUSY);
    do {
        CU_ASSERT_EQUAL((int)send(second, "").kind, DCF_VERDICT_BUSY);
        again = send(first, "");
    } while (again.kind == DCF_VERDICT_BUSY); /* the client is being made anew */
    CU_ASSERT_EQUAL((int)send(second, "").kind, DCF_VERDICT_ACCEPTED);
    CU_ASSERT_STRING_EQUAL(submitted(0, key)->message_id, "surrey-mini:a1");
    CU_ASSERT_STRING_EQUAL(submitted(1, key)->message_id, "surrey-mini:a2");
    end();
}

static void what_must_go_once_more_goes_before_what_came_behind_it(void)
{
    static const char *const single[] = {"batch.num.messages", "1", NULL};
    static const char first[] = DOC("a1", "45AA0000126", "Vega");
    static const char second[] = DOC("a2", "45AA0000126", "Vega");
    static const char third[] = DOC("a3", "45AA0000126", "Vega");
    char key[64];
    source a, b, c;
    open_all(single, 16 << 20);
    dcf_embedded_fail(cluster, 0, 10, 1); /* Produce: MESSAGE_TOO_LARGE, once */
    arrive(&a, dcf_span_str(first), "", "", 0);
    arrive(&b, dcf_span_str(second), "", "", 0);
    arrive(&c, dcf_span_str(third), "", "", 0);
    AWAIT(atomic_load(&a.settled) && atomic_load(&b.settled) && atomic_load(&c.settled));
    CU_ASSERT_EQUAL((int)a.kind, DCF_VERDICT_REFUSED);
    CU_ASSERT_EQUAL((int)b.kind, DCF_VERDICT_ACCEPTED);
    CU_ASSERT_EQUAL((int)c.kind, DCF_VERDICT_ACCEPTED);
    CU_ASSERT_STRING_EQUAL(submitted(0, key)->source_message_id, "a1");
    CU_ASSERT_STRING_EQUAL(submitted(1, key)->message_id, "surrey-mini:a2");
    CU_ASSERT_STRING_EQUAL(submitted(2, key)->message_id, "surrey-mini:a3");
    end();
}

static void without_kafkas_word_the_source_is_kept_waiting_then_told_busy(void)
{
    source s;
    begin();
    dcf_embedded_stop(cluster);
    cluster = NULL;
    static const char doc[] = DOC("a1", "45AA0000126", "Vega");
    arrive(&s, dcf_span_str(doc), "", "", 0);
    usleep(200000);
    CU_ASSERT_EQUAL(atomic_load(&s.settled), 0); /* enqueued is not delivered */
    dcf_producer_close(producer, 0);
    producer = NULL;
    CU_ASSERT_EQUAL(atomic_load(&s.settled), 1);
    CU_ASSERT_EQUAL((int)s.kind, DCF_VERDICT_BUSY);
    CU_ASSERT_STRING_EQUAL(s.id, "");
    end();
}

#define TESTS(X)                                                                                   \
    X(a_document_becomes_an_envelope_of_its_case)                                                  \
    X(a_party_that_is_not_live_sends_tests_only)                                                   \
    X(the_hash_is_of_the_content_and_the_id_of_the_sender)                                         \
    X(ids_that_would_break_a_header_are_replaced_and_stay_the_same)                                \
    X(the_documents_own_id_wins_over_the_transports)                                               \
    X(a_refused_document_lies_there_whole_under_its_case)                                          \
    X(bytes_that_are_nothing_lie_there_whole_too)                                                  \
    X(what_the_transport_refused_is_told_to_kafka)                                                 \
    X(a_document_that_fills_its_memory_is_still_refused_whole)                                     \
    X(a_message_kafka_never_takes_is_refused_not_tried_for_ever)                                   \
    X(a_broker_that_says_too_large_is_believed)                                                    \
    X(what_kafka_did_not_confirm_is_not_overtaken_by_its_case)                                     \
    X(what_waits_behind_one_that_kafka_did_not_confirm_comes_again_after_it)                       \
    X(what_must_go_once_more_goes_before_what_came_behind_it)                                      \
    X(without_kafkas_word_the_source_is_kept_waiting_then_told_busy)
UNIT_MAIN("gateway", TESTS)
