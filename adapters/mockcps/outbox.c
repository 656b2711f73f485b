/*
 * outbox.c - the sender's thread: posts each case's messages to the broker one
 * after another, retries with backoff under the same key, and gives the answers
 * the scenario holds back.
 */
#include "mockcps/state.h"

#include "base/log.h"

#include <stdlib.h>

enum { MAX_IN_FLIGHT = 32, BACKOFF_MS = 200, MAX_BACKOFF_MS = 30000, IDLE_MS = 1000 };

static void wake(mock *m)
{
    if (m->client) dcf_http_client_wake(m->client);
}

static void set_state(json_t *event, const char *state)
{
    json_object_set_new(event, "state", json_string(state));
}

void mock_send(mock *m, mock_case *c, const json_t *doc, int64_t at_ms)
{
    json_t *event = mock_event(c, "out", doc, m->broker_url ? "waiting" : "kept", at_ms);
    if (!m->broker_url) return;
    const char *type = json_string_value(json_object_get(doc, "messageType"));
    mock_out *o = calloc(1, sizeof *o);
    char *text = json_dumps(doc, JSON_COMPACT);
    if (!o || !text) {
        free(o);
        free(text);
        set_state(event, "refused");
        return;
    }
    snprintf(o->id, sizeof o->id, "%s", mock_message_id(doc));
    o->text = text;
    o->event = json_incref(event);
    o->mock = m;
    o->owner = c;
    o->again = scenario_flag(m->scenario, c->urn, type, "sendTwice", false);
    o->due_ms = dcf_clock_ms() + (int64_t)scenario_ms(m->scenario, c->urn, type, "outcomeDelay");
    TAILQ_INSERT_TAIL(&c->outbox, o, link);
    c->waiting++;
    wake(m);
}

static void forget(mock_case *c, mock_out *o)
{
    TAILQ_REMOVE(&c->outbox, o, link);
    c->waiting--;
    json_decref(o->event);
    free(o->text);
    free(o);
}

void mock_acknowledged(mock *m, mock_case *c, const char *id)
{
    mock_out *o;
    TAILQ_FOREACH(o, &c->outbox, link)
    if (strcmp(o->id, id) == 0) break;
    if (!o) return;
    set_state(o->event, "acknowledged");
    mock_journal_acknowledged(m, c->urn, id);
    forget(c, o);
}

static bool passes(int status)
{
    return status == 0 || status == 408 || status == 429 || status >= 500;
}

static int64_t backoff(unsigned tries, uint64_t retry_after_ms)
{
    int64_t ms = tries < 8 ? (int64_t)BACKOFF_MS << tries : MAX_BACKOFF_MS;
    if (ms > MAX_BACKOFF_MS) ms = MAX_BACKOFF_MS;
    return (int64_t)retry_after_ms > ms ? (int64_t)retry_after_ms : ms;
}

static void on_answer(void *self, const dcf_http_answer *a)
{
    mock_out *o = self;
    mock *m = o->mock;
    int status = dcf_http_answer_status(a);
    pthread_mutex_lock(&m->lock);
    o->in_flight = false;
    m->in_flight--;
    if (passes(status)) {
        o->due_ms = dcf_clock_ms() + backoff(o->tries++, dcf_http_answer_retry_after_ms(a));
    } else if (status >= 300) {
        dcf_log(DCF_LOG_WARN, "OUTCOME_REFUSED", "urn", o->owner->urn, "message", o->id, "status",
                DCF_U64(status), NULL);
        set_state(o->event, "refused");
        mock_journal_acknowledged(m, o->owner->urn, o->id);
        forget(o->owner, o);
    } else if (o->again) {
        o->again = false;
    } else {
        m->counters.sent++;
        mock_acknowledged(m, o->owner, o->id);
    }
    pthread_mutex_unlock(&m->lock);
}

static void post(mock *m, mock_out *o, int64_t now)
{
    const dcf_http_header headers[] = {
        {"Content-Type", "application/json"},
        {"Idempotency-Key", o->id},
        {m->authorization ? "Authorization" : NULL, m->authorization},
        {NULL, NULL}};
    const dcf_http_call call = {"POST", m->broker_url, headers, dcf_span_str(o->text), 0};
    if (dcf_failed(dcf_http_client_start(m->client, &call, on_answer, o))) {
        o->due_ms = now + IDLE_MS;
        return;
    }
    o->in_flight = true;
    m->in_flight++;
}

/* Starts what is due; returns when the next is. */
static int64_t post_due(mock *m, int64_t now)
{
    int64_t next = now + IDLE_MS;
    for (size_t i = 0; i < m->case_count && m->in_flight < MAX_IN_FLIGHT; i++) {
        mock_out *head = TAILQ_FIRST(&m->cases[i]->outbox);
        if (!head || head->in_flight) continue;
        if (head->due_ms <= now)
            post(m, head, now);
        else if (head->due_ms < next)
            next = head->due_ms;
    }
    return next;
}

static int64_t answer_due(mock *m, int64_t now, int64_t next)
{
    for (mock_late *l = TAILQ_FIRST(&m->late), *after; l; l = after) {
        after = TAILQ_NEXT(l, link);
        if (l->due_ms > now && !m->stop) {
            if (l->due_ms < next) next = l->due_ms;
            continue;
        }
        TAILQ_REMOVE(&m->late, l, link);
        dcf_http_reply(l->request, l->code, NULL, "application/json", dcf_span_str(l->body));
        free(l->body);
        free(l);
    }
    return next;
}

void mock_answer_late(mock *m, dcf_http_request *r, uint64_t delay_ms, int code, const char *body)
{
    mock_late *l = calloc(1, sizeof *l);
    char *copy = strdup(body);
    if (!l || !copy) {
        free(l);
        free(copy);
        mock_reply_fault(r, 503, "CPS-BUSY", "out of memory");
        return;
    }
    *l = (mock_late){
        .request = r, .due_ms = dcf_clock_ms() + (int64_t)delay_ms, .code = code, .body = copy};
    TAILQ_INSERT_TAIL(&m->late, l, link);
    wake(m);
}

static void *run(void *self)
{
    mock *m = self;
    bool stop = false;
    while (!stop) {
        int64_t now = dcf_clock_ms();
        pthread_mutex_lock(&m->lock);
        stop = m->stop;
        int64_t next = stop ? now : post_due(m, now);
        next = answer_due(m, now, next);
        pthread_mutex_unlock(&m->lock);
        if (!stop) dcf_http_client_poll(m->client, next > now ? (unsigned)(next - now) : 0);
    }
    return NULL;
}

dcf_status mock_sender_start(mock *m, const mock_config *config)
{
    const dcf_http_client_config http = {
        .ca = config->tls.ca, .cert = config->tls.cert, .key = config->tls.key};
    DCF_TRY(dcf_http_client_open(&http, &m->client));
    return pthread_create(&m->sender, NULL, run, m) == 0 ? DCF_OK : DCF_ERR(NOMEM);
}

void mock_sender_stop(mock *m)
{
    pthread_mutex_lock(&m->lock);
    m->stop = true;
    wake(m);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->sender, NULL);
}
