/* held_word.c - see held_word.h. */
#include "daemon/held_word.h"

#include "base/clock.h"
#include "exchange/exchange.h"
#include "model/envelope.h"
#include "security/digest.h"

#include <inttypes.h>
#include <stdio.h>

enum { FETCH_MS = 10000 };

typedef struct word { /* one while it is made */
    const dcf_held_words *w;
    const dcf_held_said *said;
    const dcf_held_place *place;
    dcf_arena *arena;
    Dcf__V1__Held *held;
    Dcf__V1__Envelope *goes; /* instead of the held one; NULL: the held one itself */
    Dcf__V1__HeldStep *step;
    char *why;
} word;

static dcf_status refuse(const word *x, dcf_status s, const char *text)
{
    snprintf(x->why, DCF_WHY_SIZE, "%s", text);
    return s;
}

/* --- the record ----------------------------------------------------------------------------- */

static dcf_status stand_in(word *x)
{
    x->held = dcf_arena_alloc(x->arena, sizeof *x->held);
    if (!x->held) return DCF_ERR(NOMEM);
    dcf__v1__held__init(x->held);
    x->held->held_id = x->place->held_id;
    x->held->reason = x->place->reason;
    x->held->case_key = x->place->case_key;
    x->held->stage = (char *)DCF_STAGE_EXCHANGE;
    return DCF_OK;
}

static dcf_status fetch(word *x)
{
    dcf_record r = {0};
    ProtobufCMessage *m = NULL;
    dcf_status s = dcf_fetcher_get(x->w->fetcher, x->w->topic, x->place->partition,
                                   x->place->offset, FETCH_MS, &r);
    if (dcf_ok(s)) s = dcf_message_unpack(&dcf__v1__held__descriptor, r.value, x->arena, &m);
    dcf_record_free(&r);
    if (dcf_status_class(s) == DCF_CLASS_POISON)
        return refuse(x, DCF_ERR(NOT_FOUND), "its record cannot be read from the held topic");
    DCF_TRY(s);
    x->held = (Dcf__V1__Held *)m;
    return strcmp(x->held->held_id, x->place->held_id) == 0
               ? DCF_OK
               : refuse(x, DCF_ERR(NOT_FOUND), "another record lies where the ledger points");
}

/* --- what goes on ----------------------------------------------------------------------------- */

static const dcf_link *link_of(const dcf_parties *parties, const char *name)
{
    for (size_t p = 0; p < parties->count; p++)
        for (size_t l = 0; l < parties->items[p].link_count; l++)
            if (strcmp(parties->items[p].links[l].name, name) == 0)
                return &parties->items[p].links[l];
    return NULL;
}

static bool is_refusal(const Dcf__V1__Envelope *e)
{
    return e && e->body_case == DCF__V1__ENVELOPE__BODY_REFUSAL;
}

/* A document that could not be read is read again, by the mapping of now. */
static dcf_status translate(word *x)
{
    const dcf_link *link = link_of(x->w->parties, x->held->link);
    dcf_buf packed DCF_CLEANUP(dcf_buf_fini) = {0};
    if (!x->held->native_body.len)
        return refuse(x, DCF_ERR(FAULTY), "its document was too large to be kept: discard it");
    if (!link) return refuse(x, DCF_ERR(FAULTY), "the link it came by is not configured any more");
    const dcf_arrival a = {.link = link,
                           .body = dcf_span_of(x->held->native_body.data, x->held->native_body.len),
                           .name = "",
                           .source_id = ""};
    DCF_TRY(dcf_gateway_translate(x->w->gateway, &a, &packed, x->why, DCF_WHY_SIZE));
    return dcf_envelope_unpack(dcf_buf_span(&packed), x->arena, &x->goes);
}

static dcf_status correct(word *x)
{
    const Dcf__V1__HeldJob *job = x->said->job;
    x->goes = x->held->envelope;
    DCF_TRY(dcf_held_correct(x->held, job->sets, job->n_sets, x->arena, x->goes, x->step, x->why));
    /* The exchange needs of the old one only what it was; its values stay in its record. */
    Dcf__V1__Envelope *was = dcf_arena_alloc(x->arena, sizeof *was);
    if (!was) return DCF_ERR(NOMEM);
    *was = *x->goes;
    was->body_case = DCF__V1__ENVELOPE__BODY__NOT_SET;
    was->n_extensions = was->n_warnings = 0;
    x->held->envelope = was;
    return DCF_OK;
}

static dcf_status prepare(word *x)
{
    if (x->said->job->verb == DCF__V1__HELD_VERB__HELD_VERB_DISCARD) return DCF_OK;
    if (x->place->partition < 0)
        return refuse(x, DCF_ERR(FAULTY),
                      "it waits for its case and goes on by itself; it can be discarded");
    if (!x->held->envelope)
        return refuse(x, DCF_ERR(FAULTY), "its bytes are no message: it can only be discarded");
    if (is_refusal(x->held->envelope) &&
        x->said->job->verb == DCF__V1__HELD_VERB__HELD_VERB_CORRECT)
        return refuse(x, DCF_ERR(FAULTY),
                      "it holds no values: replay it when its mapping is put right");
    if (is_refusal(x->held->envelope)) return translate(x);
    return x->said->job->verb == DCF__V1__HELD_VERB__HELD_VERB_CORRECT ? correct(x) : DCF_OK;
}

/* --- the word ----------------------------------------------------------------------------- */

static dcf_status make_step(word *x)
{
    const Dcf__V1__HeldJob *job = x->said->job;
    x->step = dcf_arena_alloc(x->arena, sizeof *x->step);
    if (!x->step) return DCF_ERR(NOMEM);
    dcf__v1__held_step__init(x->step);
    x->step->verb = job->verb;
    x->step->held_id = x->place->held_id;
    x->step->operator_ = job->operator_;
    x->step->approved_by = (char *)x->said->approved_by;
    x->step->job_id = job->job_id;
    x->step->note = job->note;
    /* The id of the word: one word takes effect on one hold, whoever says it and how often. */
    x->step->record = x->place->partition < 0
                          ? dcf_arena_printf(x->arena, "waiting/%s/%" PRId64, x->place->held_id,
                                             x->place->held_ms)
                          : dcf_arena_printf(x->arena, "%s/%d/%" PRId64, x->w->topic,
                                             (int)x->place->partition, x->place->offset);
    return x->step->record ? DCF_OK : DCF_ERR(NOMEM);
}

static dcf_status pack(dcf_arena *arena, const ProtobufCMessage *m, ProtobufCBinaryData *ret)
{
    dcf_buf b DCF_CLEANUP(dcf_buf_fini) = {0};
    DCF_TRY(dcf_message_pack(m, &b));
    ret->data = dcf_arena_alloc(arena, b.size);
    if (!ret->data) return DCF_ERR(NOMEM);
    memcpy(ret->data, b.data, b.size);
    ret->len = b.size;
    return DCF_OK;
}

static dcf_status wrap(const word *x, Dcf__V1__Envelope **ret)
{
    Dcf__V1__Envelope *e = dcf_arena_alloc(x->arena, sizeof *e);
    Dcf__V1__HeldAction *a = dcf_arena_alloc(x->arena, sizeof *a);
    Dcf__V1__Endpoint *broker = dcf_arena_alloc(x->arena, sizeof *broker);
    uint8_t *hash = dcf_arena_alloc(x->arena, DCF_SHA256_SIZE);
    if (!e || !a || !broker || !hash) return DCF_ERR(NOMEM);
    dcf__v1__held_action__init(a);
    dcf__v1__endpoint__init(broker);
    dcf__v1__envelope__init(e);
    x->held->native_body = (ProtobufCBinaryData){0}; /* stays in the record */
    a->step = x->step;
    DCF_TRY(pack(x->arena, &x->held->base, &a->held));
    if (x->goes) DCF_TRY(pack(x->arena, &x->goes->base, &a->envelope));
    broker->party = broker->link = (char *)DCF_BROKER_PARTY;
    const Dcf__V1__Envelope *about = x->goes ? x->goes : x->held->envelope;
    e->schema_version = 1;
    e->message_id = x->step->record;
    e->source = broker;
    e->received_at_ms = dcf_clock_ms();
    e->case_key = x->held->case_key;
    if (about && *about->case_key) e->case_key = about->case_key;
    if (!*e->case_key) e->case_key = x->held->held_id; /* some key it must have */
    if (about) e->test = about->test;
    if (about) e->traceparent = about->traceparent;
    e->held_action = a;
    dcf_sha256(dcf_span_str(e->message_id), hash);
    e->body_sha256 = (ProtobufCBinaryData){.data = hash, .len = DCF_SHA256_SIZE};
    *ret = e;
    return DCF_OK;
}

dcf_status dcf_held_word_make(const dcf_held_words *w, const dcf_held_said *said,
                              const dcf_held_place *place, dcf_arena *arena,
                              Dcf__V1__Envelope **ret, char why[DCF_WHY_SIZE])
{
    word x = {.w = w, .said = said, .place = place, .arena = arena, .why = why};
    *why = 0;
    DCF_TRY(make_step(&x));
    DCF_TRY(place->partition < 0 ? stand_in(&x) : fetch(&x));
    DCF_TRY(prepare(&x));
    return wrap(&x, ret);
}
