/* attempt.c - see attempt.h. */
#include "daemon/attempt.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "daemon/refusal.h"
#include "daemon/shadow.h"
#include "dcf/v1/envelope.pb-c.h"
#include "model/envelope.h"
#include "security/digest.h"
#include "transport/spool/spool_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct attempt {
    dcf_arena arena; /* the envelope, its faults, header texts */
    dcf_faults faults;
    dcf_buf native;
    const dcf_dialect *dialect;
    const char *body; /* of the envelope: what kind of message it is */
    dcf_attempt_done *done;
    void *job;
} attempt;

enum { TEXT_MAX = 4096 }; /* bytes of a receiver's answer that go into the receipt */

/* --- what an answer means --------------------------------------------------- */

static const struct {
    int from, to;
    dcf_attempt_result result;
    const char *reason;
} answers[] = {
    {200, 299, DCF_ATTEMPT_OK, "delivered"},
    {401, 401, DCF_ATTEMPT_RETRY, "receiver wants other credentials"},
    {403, 403, DCF_ATTEMPT_RETRY, "receiver wants other credentials"},
    {408, 408, DCF_ATTEMPT_RETRY, "receiver timed out"},
    {423, 423, DCF_ATTEMPT_LOCKED,
     "receiver has the case locked"}, /* PAC: CMS answers 423 to a locked case */
    {425, 425, DCF_ATTEMPT_RETRY, "receiver busy"},
    {429, 429, DCF_ATTEMPT_RETRY, "receiver busy"},
    {400, 499, DCF_ATTEMPT_REFUSED, "receiver refused"},
    {100, 599, DCF_ATTEMPT_RETRY, "receiver failed"},
};

static const char *const troubles[] = {
    [DCF_HTTP_NO_TROUBLE] = "receiver failed",
    [DCF_HTTP_BAD_REQUEST] = "receiver's address is none",
    [DCF_HTTP_RESOLVE] = "receiver's host is not known",
    [DCF_HTTP_CONNECT] = "receiver away",
    [DCF_HTTP_TLS] = "TLS with receiver failed",
    [DCF_HTTP_TIMEOUT] = "receiver timed out",
    [DCF_HTTP_BROKEN] = "receiver broke the connection",
    [DCF_HTTP_ABORTED] = "ended by us",
};

static void finish(attempt *a, const dcf_outcome_of_attempt *outcome)
{
    a->done(a->job, outcome);
    dcf_buf_fini(&a->native);
    dcf_arena_fini(&a->arena);
    free(a);
}

static void finish_refused(attempt *a, const char *reason, int http_status)
{
    finish(a, &(dcf_outcome_of_attempt){.result = DCF_ATTEMPT_REFUSED,
                                        .http_status = http_status,
                                        .reason = reason,
                                        .faults = &a->faults});
}

static void finish_unwritable(attempt *a, const dcf_dialect *d, dcf_status why)
{
    dcf_faults_add(&a->faults, DCF_FAULT_NOT_WRITABLE, 0, 0, "", "", "dialect %s: %s",
                   dcf_dialect_name(d), dcf_status_text(why));
    finish_refused(a, "cannot be written", 0);
}

static void answered(void *self, const dcf_http_answer *answer)
{
    attempt *a = self;
    int status = dcf_http_answer_status(answer);
    dcf_outcome_of_attempt o = {.result = DCF_ATTEMPT_RETRY,
                                .retry_after_ms = dcf_http_answer_retry_after_ms(answer),
                                .http_status = status,
                                .reason = troubles[dcf_http_answer_trouble(answer)],
                                .faults = &a->faults};
    dcf_http_trouble trouble = dcf_http_answer_trouble(answer);
    if (!status && trouble <= DCF_HTTP_TLS) o.result = DCF_ATTEMPT_UNSENT; /* see client.h */
    for (size_t i = 0; status && i < sizeof answers / sizeof answers[0]; i++)
        if (status >= answers[i].from && status <= answers[i].to) {
            o.result = answers[i].result;
            o.reason = answers[i].reason;
            break;
        }
    dcf_span body = dcf_http_answer_body(answer);
    if (o.result == DCF_ATTEMPT_REFUSED) {
        dcf_refusal_read(a->dialect, a->body, body, &a->faults);
        dcf_faults_add(&a->faults, DCF_FAULT_RECEIVER_REFUSED, 0, 0, "", "",
                       "the receiver answered %d", status);
    }
    if (o.result == DCF_ATTEMPT_OK && body.size <= TEXT_MAX && dcf_utf8_is_xml(body))
        o.receiver_text = body;
    finish(a, &o);
}

/* --- the two transports ------------------------------------------------------ */

static void finish_retry(attempt *a, const char *reason)
{
    finish(a, &(dcf_outcome_of_attempt){.result = DCF_ATTEMPT_RETRY, .reason = reason});
}

static void start_http(const dcf_attempt_road *road, attempt *a, const Dcf__V1__Envelope *e)
{
    a->dialect = road->dialect;
    a->body = dcf_envelope_type(e);
    dcf_buf url DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_buf_adds(&url, road->link->out.url);
    dcf_status path = dcf_dialect_path(road->dialect, e, &url);
    if (dcf_failed(path) && !dcf_is(path, DCF_E_NOT_FOUND)) {
        finish_unwritable(a, road->dialect, path);
        return;
    }
    const char *authorization =
        dcf_arena_printf(&a->arena, "Bearer %s", road->token ? road->token : "");
    const char *sequence = dcf_arena_printf(&a->arena, "%" PRIu64, e->sequence);
    const char *delivery_id = dcf_envelope_delivery_id(e, &a->arena);
    const dcf_http_header headers[] = {
        {"Content-Type", dcf_dialect_media_type(road->dialect)},
        {"Idempotency-Key", delivery_id},
        {"DCF-Case", e->case_key},
        {"DCF-Sequence", sequence},
        {"DCF-Type", dcf_envelope_type(e)},
        {e->traceparent[0] ? "traceparent" : "DCF-Version",
         e->traceparent[0] ? e->traceparent : DCF_VERSION},
        {road->token ? "Authorization" : NULL, authorization},
        {NULL, NULL},
    };
    dcf_http_call call = {.method = "POST",
                          .url = dcf_buf_cstr(&url),
                          .headers = headers,
                          .body = dcf_buf_span(&a->native),
                          .timeout_ms = (unsigned)road->link->out.timeout_ms};
    bool whole = authorization && sequence && delivery_id && call.url;
    if (!whole || dcf_failed(dcf_http_client_start(road->client, &call, answered, a)))
        finish_retry(a, "out of memory");
}

/* CASE-SEQUENCE-TYPE-HASH.xml: sorts in the order of the case, and the same message makes the same
 * name. */
static void start_spool(const dcf_attempt_road *road, attempt *a, const Dcf__V1__Envelope *e)
{
    char hash[DCF_SHA256_HEX_SIZE], name[240], key[48];
    dcf_sha256_hex(dcf_span_str(e->message_id), hash);
    snprintf(key, sizeof key, "%s", e->case_key[0] ? e->case_key : "no-case");
    for (char *c = key; *c; c++)
        if (*c == '/' || *c == '.' || *c == ' ') *c = '_';
    snprintf(name, sizeof name, "%s-%06" PRIu64 "-%.64s-%.12s.%s", key, e->sequence,
             dcf_envelope_type(e), hash, dcf_dialect_extension(road->dialect));
    dcf_status s = dcf_spool_out_write(road->link->out.folder, name, dcf_buf_span(&a->native));
    if (dcf_ok(s))
        finish(a, &(dcf_outcome_of_attempt){.result = DCF_ATTEMPT_OK,
                                            .reason = "delivered",
                                            .receiver_text = dcf_span_str(name)});
    else
        finish_retry(a, "folder not writable");
}

/* Nobody gets it: it is written beside what came the old way. Its warnings are told, for what the
 * receiver's dialect has no place for counts before the link goes live. */
static void start_shadow(const dcf_attempt_road *road, attempt *a, const Dcf__V1__Envelope *e)
{
    bool json = strstr(dcf_dialect_media_type(road->dialect), "json") != NULL;
    dcf_status s = road->compare ? dcf_shadow_write(road->compare, e, dcf_buf_span(&a->native),
                                                    json ? "json" : "xml")
                                 : DCF_OK;
    if (dcf_ok(s))
        finish(a, &(dcf_outcome_of_attempt){.result = DCF_ATTEMPT_OK,
                                            .reason = "written for comparison",
                                            .faults = &a->faults});
    else
        finish_retry(a, "folder not writable");
}

void dcf_attempt_start(const dcf_attempt_road *road, dcf_span packed, dcf_attempt_done *done,
                       void *job)
{
    attempt *a = calloc(1, sizeof *a);
    if (!a) {
        done(job,
             &(dcf_outcome_of_attempt){.result = DCF_ATTEMPT_RETRY, .reason = "out of memory"});
        return;
    }
    a->done = done;
    a->job = job;
    dcf_arena_init(&a->arena, road->message_memory);
    dcf_faults_init(&a->faults, &a->arena, 100);
    Dcf__V1__Envelope *e = NULL;
    dcf_status s = dcf_envelope_unpack(packed, &a->arena, &e);
    if (dcf_ok(s)) s = dcf_from_canonical(road->dialect, e, &a->arena, &a->faults, &a->native);
    if (dcf_failed(s)) {
        finish_unwritable(a, road->dialect, s);
    } else if (e->shadow) {
        start_shadow(road, a, e);
    } else if (road->link->out.transport == DCF_TRANSPORT_HTTP) {
        start_http(road, a, e);
    } else {
        start_spool(road, a, e);
    }
}
