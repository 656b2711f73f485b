/* test_attempt.c - one try to deliver: over a real loopback socket with every answer, over TLS, and
 * into a folder. */
#include "../security/certs.h"
#include "daemon/attempt.h"
#include "fixture.h"
#include "http/server.h"

static dcf_dialects *dialects;
static dcf_link link_;
static dcf_party party = {.name = "cps", .links = &link_, .link_count = 1};
static dcf_parties parties = {.items = &party, .count = 1};
static dcf_attempt_road road;
static dcf_http_server *server;
static dcf_http_client *client;

static struct { /* what the receiver does, and what it saw */
    int code;
    bool drop;
    const char *retry_after;
    dcf_span text;
    char key[300], case_key[64], sequence[16], type[40], token[64], media[40], body[600];
    int calls;
} r;

static struct {
    int calls;
    dcf_attempt_result result;
    int http_status;
    uint64_t retry_after_ms;
    char reason[64], text[64];
    size_t faults;
    dcf_fault_code fault;
    char named[256]; /* path>field:detail of each fault, one a line */
} got;

static void keep(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "(none)");
}

static void receive(void *self, dcf_http_request *req)
{
    (void)self;
    r.calls++;
    keep(r.key, sizeof r.key, dcf_http_get_header(req, "Idempotency-Key"));
    keep(r.case_key, sizeof r.case_key, dcf_http_get_header(req, "DCF-Case"));
    keep(r.sequence, sizeof r.sequence, dcf_http_get_header(req, "DCF-Sequence"));
    keep(r.type, sizeof r.type, dcf_http_get_header(req, "DCF-Type"));
    keep(r.token, sizeof r.token, dcf_http_get_header(req, "Authorization"));
    keep(r.media, sizeof r.media, dcf_http_get_header(req, "Content-Type"));
    dcf_span body = dcf_http_body(req);
    snprintf(r.body, sizeof r.body, "%.*s", (int)body.size, (const char *)body.data);
    if (r.drop) {
        dcf_http_drop(req);
        return;
    }
    const dcf_http_header headers[] = {{r.retry_after ? "Retry-After" : NULL, r.retry_after},
                                       {NULL, NULL}};
    dcf_http_reply(req, r.code, headers, "text/plain", r.text);
}

static void done(void *job, const dcf_outcome_of_attempt *o)
{
    (void)job;
    got.calls++;
    got.result = o->result;
    got.http_status = o->http_status;
    got.retry_after_ms = o->retry_after_ms;
    got.faults = o->faults ? o->faults->count : 0;
    got.fault = got.faults ? o->faults->items[0].code : 0;
    for (size_t i = 0, n = 0; i < got.faults && n < sizeof got.named; i++) {
        const dcf_fault *f = &o->faults->items[i];
        n += (size_t)snprintf(got.named + n, sizeof got.named - n, "%s>%s:%s\n", f->path, f->field,
                              f->detail);
    }
    snprintf(got.reason, sizeof got.reason, "%s", o->reason);
    snprintf(got.text, sizeof got.text, "%.*s", (int)o->receiver_text.size,
             (const char *)o->receiver_text.data);
}

static void open_road(void)
{
    OK(dcf_dialects_load(fx_folder, &parties, NULL, &dialects, NULL));
    road = (dcf_attempt_road){
        .link = &link_, .dialect = dcf_dialects_get(dialects, "mini"), .message_memory = 8 << 20};
}

static void begin(const dcf_tls *tls, const char *ca)
{
    static char url[64];
    fx_begin();
    memset(&r, 0, sizeof r);
    r.code = 200;
    dcf_http_config h = {.listen = "127.0.0.1:0", .tls = tls, .handler = receive};
    OK(dcf_http_server_open(&h, &server));
    snprintf(url, sizeof url, "%s://127.0.0.1:%u/in", tls ? "https" : "http",
             dcf_http_server_port(server));
    link_ = (dcf_link){.name = "cps-mini", .dialect = "mini", .party = &party, .has_out = true};
    link_.out = (dcf_way){
        .transport = DCF_TRANSPORT_HTTP, .url = url, .timeout_ms = PATIENCE_MS, .concurrency = 4};
    open_road();
    dcf_http_client_config hc = {.ca = ca};
    OK(dcf_http_client_open(&hc, &client));
    road.client = client;
}

static void end(void)
{
    dcf_http_client_close(client);
    dcf_http_server_close(server, 1000);
    dcf_dialects_free(dialects);
    dialects = NULL;
    fx_end();
}

/* Takes packed, which is copied where needed. */
static void attempt_packed(dcf_buf *packed)
{
    memset(&got, 0, sizeof got);
    dcf_attempt_start(&road, dcf_buf_span(packed), done, NULL);
    dcf_buf_fini(packed);
    AWAIT(got.calls || dcf_http_client_poll(client, 10) == 0);
    CU_ASSERT_EQUAL(got.calls, 1);
}

static void attempt_of(const char *id, const char *key)
{
    dcf_buf packed = {0};
    fx_envelope(id, key, &packed);
    attempt_packed(&packed);
}

static void attempt(const char *id)
{
    attempt_of(id, "45AA0000126");
}

static void attempt_in_shadow(const char *id)
{
    dcf_arena arena;
    dcf_buf packed = {0}, shadow = {0};
    Dcf__V1__Envelope *e = NULL;
    dcf_arena_init(&arena, 1 << 20);
    fx_envelope(id, "45AA0000126", &packed);
    OK(dcf_envelope_unpack(dcf_buf_span(&packed), &arena, &e));
    e->shadow = true;
    OK(dcf_envelope_pack(e, &shadow));
    dcf_buf_fini(&packed);
    dcf_arena_fini(&arena);
    attempt_packed(&shadow);
}

static void the_receiver_gets_document_key_case_and_token(void)
{
    begin(NULL, NULL);
    road.token = "s3cret";
    r.text = dcf_span_str("CMS-1");
    attempt("surrey-mini:a1");
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_OK);
    CU_ASSERT_STRING_EQUAL(got.text, "CMS-1");
    CU_ASSERT_STRING_EQUAL(r.key, "surrey-mini:a1");
    CU_ASSERT_STRING_EQUAL(r.case_key, "45AA0000126");
    CU_ASSERT_STRING_EQUAL(r.sequence, "3");
    CU_ASSERT_STRING_EQUAL(r.type, "case_submission");
    CU_ASSERT_STRING_EQUAL(r.token, "Bearer s3cret");
    CU_ASSERT_STRING_EQUAL(r.media, "application/xml");
    CU_ASSERT(strstr(r.body, "<Urn>45AA0000126</Urn>") != NULL);
    attempt("surrey-mini:a1");
    CU_ASSERT_STRING_EQUAL(r.key, "surrey-mini:a1"); /* the same key at every try */
    road.token = NULL;
    attempt("surrey-mini:a2");
    CU_ASSERT_STRING_EQUAL(r.token, "(none)");
    end();
}

static void every_answer_means_done_later_or_never(void)
{
    static const struct {
        int code;
        dcf_attempt_result result;
    } rows[] = {{200, DCF_ATTEMPT_OK},      {202, DCF_ATTEMPT_OK},      {204, DCF_ATTEMPT_OK},
                {301, DCF_ATTEMPT_RETRY},   {400, DCF_ATTEMPT_REFUSED}, {401, DCF_ATTEMPT_RETRY},
                {403, DCF_ATTEMPT_RETRY},   {404, DCF_ATTEMPT_REFUSED}, {408, DCF_ATTEMPT_RETRY},
                {409, DCF_ATTEMPT_REFUSED}, {413, DCF_ATTEMPT_REFUSED}, {422, DCF_ATTEMPT_REFUSED},
                {423, DCF_ATTEMPT_LOCKED},  {425, DCF_ATTEMPT_RETRY},   {429, DCF_ATTEMPT_RETRY},
                {499, DCF_ATTEMPT_REFUSED}, {500, DCF_ATTEMPT_RETRY},   {503, DCF_ATTEMPT_RETRY}};
    begin(NULL, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        r.code = rows[i].code;
        attempt("surrey-mini:a1");
        if (got.result != rows[i].result) printf("\n    %d gave %d", r.code, (int)got.result);
        CU_ASSERT_EQUAL((int)got.result, (int)rows[i].result);
        CU_ASSERT_EQUAL(got.http_status, rows[i].code);
        CU_ASSERT_EQUAL(got.faults, rows[i].result == DCF_ATTEMPT_REFUSED);
    }
    end();
}

#define ANSWERS(text_, named_)                                                                     \
    do {                                                                                           \
        r.text = dcf_span_str(text_);                                                              \
        attempt("surrey-mini:a1");                                                                 \
        CU_ASSERT_STRING_EQUAL(got.named, named_ ">:the receiver answered 422\n");                 \
    } while (0)

/* So that an operator can correct just that field; what else the receiver writes may be personal.
 */
static void a_refusal_names_the_fields_that_the_receiver_named(void)
{
    begin(NULL, NULL);
    r.code = 422;
    ANSWERS("{\"faults\":[{\"code\":\"CPS-FORM\",\"path\":\"/Case/Defendant/1/Name\","
            "\"text\":\"Vega is no name\"}]}",
            "Case/Defendant/Name>defendants.person.name.family_name:the receiver says CPS-FORM\n");
    ANSWERS("{\"errors\":[{\"pointer\":\"/Case/Kind\",\"code\":\"not Vega\"},"
            "{\"pointer\":\"/Case/Kind\"},{\"pointer\":\"/Case/Defendant[2]/Name\"}]}",
            "Case/Kind>kind:the receiver names it\n"
            "Case/Defendant/Name>defendants.person.name.family_name:the receiver names it\n");
    ANSWERS("{\"faults\":[{\"path\":\"/Case/Vega\"},{\"path\":7},{\"path\":\"\"},3,{}]}", "");
    ANSWERS("{\"faults\":{\"path\":\"/Case/Kind\"}}", "");
    ANSWERS("[{\"path\":\"/Case/Kind\"}]", "");
    ANSWERS("{\"faults\":[{\"path\":\"/Case/Kind\"}", "");
    ANSWERS("no JSON", "");
    ANSWERS("", "");
    end();
}

static void retry_after_is_what_the_receiver_asked_for(void)
{
    begin(NULL, NULL);
    r.code = 503;
    r.retry_after = "7";
    attempt("surrey-mini:a1");
    CU_ASSERT_EQUAL(got.retry_after_ms, 7000);
    end();
}

static void a_broken_connection_is_tried_again(void)
{
    begin(NULL, NULL);
    r.drop = true;
    attempt("surrey-mini:a1");
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_RETRY);
    CU_ASSERT_EQUAL(got.http_status, 0);
    CU_ASSERT_STRING_EQUAL(got.reason, "receiver broke the connection");
    dcf_http_server_close(server, 0);
    server = NULL;
    attempt("surrey-mini:a1");
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_UNSENT);
    CU_ASSERT_STRING_EQUAL(got.reason, "receiver away");
    end();
}

static void an_answer_that_is_no_text_is_not_kept(void)
{
    begin(NULL, NULL);
    static const char latin[] = "\xe9t\xe9", nul[] = "a\0b";
    r.text = dcf_span_of(latin, sizeof latin - 1);
    attempt("surrey-mini:a1");
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_OK);
    CU_ASSERT_STRING_EQUAL(got.text, "");
    r.text = dcf_span_of(nul, sizeof nul - 1);
    attempt("surrey-mini:a1");
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_OK);
    CU_ASSERT_STRING_EQUAL(got.text, "");
    end();
}

static void what_cannot_be_written_is_refused_with_its_fault(void)
{
    begin(NULL, NULL);
    memset(&got, 0, sizeof got);
    dcf_attempt_start(&road, dcf_span_str("\xff no envelope"), done, NULL);
    CU_ASSERT_EQUAL(got.calls, 1);
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_REFUSED);
    CU_ASSERT_EQUAL((int)got.fault, DCF_FAULT_NOT_WRITABLE);
    CU_ASSERT_EQUAL(r.calls, 0);
    end();
}

static void a_closed_client_ends_what_is_in_flight_once(void)
{
    begin(NULL, NULL);
    dcf_buf packed = {0};
    fx_envelope("surrey-mini:a1", "45AA0000126", &packed);
    memset(&got, 0, sizeof got);
    dcf_attempt_start(&road, dcf_buf_span(&packed), done, NULL);
    dcf_http_client_close(client);
    client = NULL;
    CU_ASSERT_EQUAL(got.calls, 1);
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_RETRY);
    dcf_buf_fini(&packed);
    end();
}

static void tls_is_spoken_with_a_receiver_of_our_authority_only(void)
{
    dcf_tls *tls = NULL;
    certs_make();
    dcf_tls_files files = {.cert = certs_path("server.pem"), .key = certs_path("server.key")};
    OK(dcf_tls_open(DCF_TLS_SERVER, &files, &tls, NULL));
    begin(tls, certs_path("ca.pem"));
    attempt("surrey-mini:a1");
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_OK);
    end();
    begin(tls, certs_path("other.pem"));
    attempt("surrey-mini:a1");
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_UNSENT);
    CU_ASSERT_STRING_EQUAL(got.reason, "TLS with receiver failed");
    CU_ASSERT_EQUAL(r.calls, 0);
    end();
    dcf_tls_free(tls);
    certs_remove();
}

/* --- into a folder ------------------------------------------------------------------ */

static size_t files_in(const char *below, char name[256])
{
    char command[400];
    snprintf(command, sizeof command, "ls -A '%s' 2>/dev/null", fx_path(below));
    FILE *ls = popen(command, "r");
    char line[256];
    size_t n = 0;
    while (ls && fgets(line, sizeof line, ls)) {
        line[strcspn(line, "\n")] = 0;
        snprintf(name, 256, "%s", line);
        n++;
    }
    if (ls) pclose(ls);
    return n;
}

static void a_file_is_named_by_case_sequence_and_message(void)
{
    char name[256];
    begin(NULL, NULL);
    char *folder = fx_path("force");
    link_.out = (dcf_way){.transport = DCF_TRANSPORT_SPOOL, .folder = folder};
    attempt("surrey-mini:a1");
    attempt("surrey-mini:a1"); /* the same message makes the same file */
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_OK);
    CU_ASSERT_EQUAL(files_in("force/out", name), 1);
    CU_ASSERT_EQUAL(strncmp(name, "45AA0000126-000003-case_submission-", 35), 0);
    CU_ASSERT_STRING_EQUAL(got.text, name);
    attempt("surrey-mini:a2");
    CU_ASSERT_EQUAL(files_in("force/out", name), 2);
    end();
}

static void a_key_leads_out_of_no_folder(void)
{
    char name[256];
    begin(NULL, NULL);
    link_.out = (dcf_way){.transport = DCF_TRANSPORT_SPOOL, .folder = fx_path("force")};
    attempt_of("surrey-mini:a1", "../45 AA/1.26");
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_OK);
    CU_ASSERT_EQUAL(files_in("force/out", name), 1);
    CU_ASSERT_EQUAL(strncmp(name, "___45_AA_1_26-000003-", 21), 0);
    end();
}

static void what_is_in_shadow_is_written_for_comparison_and_nobody_gets_it(void)
{
    begin(NULL, NULL);
    road.compare = fx_path("compare");
    attempt_in_shadow("surrey-mini:a1");
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_OK);
    CU_ASSERT_STRING_EQUAL(got.reason, "written for comparison");
    CU_ASSERT(fx_exists("compare"));
    fx_write("plain", "a file");
    road.compare = fx_path("plain/below");
    attempt_in_shadow("surrey-mini:a1");
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_RETRY);
    CU_ASSERT_EQUAL(r.calls, 0);
    end();
}

static void a_folder_that_is_away_is_tried_again(void)
{
    begin(NULL, NULL);
    fx_write("plain", "a file");
    link_.out = (dcf_way){.transport = DCF_TRANSPORT_SPOOL, .folder = fx_path("plain/below")};
    attempt("surrey-mini:a1");
    CU_ASSERT_EQUAL((int)got.result, DCF_ATTEMPT_RETRY);
    CU_ASSERT_STRING_EQUAL(got.reason, "folder not writable");
    end();
}

#define TESTS(X)                                                                                   \
    X(the_receiver_gets_document_key_case_and_token)                                               \
    X(every_answer_means_done_later_or_never)                                                      \
    X(a_refusal_names_the_fields_that_the_receiver_named)                                          \
    X(retry_after_is_what_the_receiver_asked_for)                                                  \
    X(a_broken_connection_is_tried_again)                                                          \
    X(an_answer_that_is_no_text_is_not_kept)                                                       \
    X(what_cannot_be_written_is_refused_with_its_fault)                                            \
    X(a_closed_client_ends_what_is_in_flight_once)                                                 \
    X(tls_is_spoken_with_a_receiver_of_our_authority_only)                                         \
    X(a_file_is_named_by_case_sequence_and_message)                                                \
    X(a_key_leads_out_of_no_folder)                                                                \
    X(what_is_in_shadow_is_written_for_comparison_and_nobody_gets_it)                              \
    X(a_folder_that_is_away_is_tried_again)
UNIT_MAIN("attempt", TESTS)
