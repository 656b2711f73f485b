/* receiver.c - see receiver.h. */
#include "receiver.h"

#include "base/clock.h"
#include "http/server.h"
#include "letters.h"

#include <pthread.h>
#include <stdlib.h>

enum { DELAYED_MAX = 65536 };

typedef struct delayed {
    dcf_http_request *req;
    int64_t due_ms;
} delayed;

struct receiver {
    receiver_config config;
    dcf_http_server *cps, *force;
    pthread_mutex_t lock; /* guards what follows */
    receiver_mood mood;
    uint64_t random;
    delayed delayed[DELAYED_MAX];
    size_t delayed_count;
};

typedef enum conduct { GOOD, FAIL, DROP, TAKE_DROP, LATE, SLOW } conduct;

static void answer_taken(dcf_http_request *req)
{
    dcf_http_reply(req, 200, NULL, "application/json", dcf_span_str("{\"status\":\"taken\"}\n"));
}

static const char *header(const dcf_http_request *req, const char *name)
{
    const char *value = dcf_http_get_header(req, name);
    return value ? value : "";
}

static conduct choose(receiver *r, const dcf_http_request *req)
{
    pthread_mutex_lock(&r->lock);
    bool poison = r->mood.poisoned && letter_case(header(req, "DCF-Case")) == r->mood.poison;
    r->random = r->random * 6364136223846793005U + 1442695040888963407U;
    unsigned at = (unsigned)(r->random >> 33) % 1000;
    const receiver_mood *m = &r->mood;
    const unsigned shares[] = {m->fail, m->drop, m->take_drop, m->late, m->slow};
    const conduct conducts[] = {FAIL, DROP, TAKE_DROP, LATE, SLOW};
    conduct c = poison ? FAIL : GOOD;
    for (size_t i = 0; i < sizeof shares / sizeof shares[0] && c == GOOD; i++) {
        if (at < shares[i]) c = conducts[i];
        at -= shares[i];
        if (at > 1000) at = 1000; /* it was within the share */
    }
    pthread_mutex_unlock(&r->lock);
    return c;
}

static void answer_later(receiver *r, dcf_http_request *req, conduct c)
{
    pthread_mutex_lock(&r->lock);
    bool room = r->delayed_count < DELAYED_MAX;
    unsigned wait = c == LATE ? r->mood.late_ms : r->mood.slow_ms;
    if (room) r->delayed[r->delayed_count++] = (delayed){req, dcf_clock_mono_ms() + wait};
    pthread_mutex_unlock(&r->lock);
    if (!room) answer_taken(req);
}

void receiver_tick(receiver *r, int64_t mono_ms)
{
    for (;;) {
        dcf_http_request *due = NULL;
        pthread_mutex_lock(&r->lock);
        for (size_t i = 0; i < r->delayed_count && !due; i++)
            if (r->delayed[i].due_ms <= mono_ms) {
                due = r->delayed[i].req;
                r->delayed[i] = r->delayed[--r->delayed_count];
            }
        pthread_mutex_unlock(&r->lock);
        if (!due) return;
        answer_taken(due);
    }
}

static bool holds(dcf_span body, const char *mark)
{
    return memmem(body.data, body.size, mark, strlen(mark)) != NULL;
}

/* Takes a delivery into the book; false: it is none of ours. */
static bool take(receiver *r, book_party party, const dcf_http_request *req)
{
    const char *key = header(req, "Idempotency-Key");
    size_t of_case = letter_case(header(req, "DCF-Case")), number;
    if (of_case == SIZE_MAX) return false;
    if (book_arrived(r->config.book, party, of_case,
                     strtoull(header(req, "DCF-Sequence"), NULL, 10), key) != BOOK_NEW)
        return true;
    if (party == BOOK_FORCE) {
        if (strcmp(header(req, "DCF-Type"), "triage_outcome") == 0)
            book_answered(r->config.book, of_case);
    } else if (letter_number(key, &of_case, &number)) {
        char mark[LETTER_MARK];
        letter_mark(of_case, number, mark);
        book_applied(r->config.book, of_case, number, holds(dcf_http_body(req), mark),
                     dcf_clock_mono_ms());
        if (number == 0) r->config.triage(r->config.self, of_case);
    }
    return true;
}

static void at_cps(void *self, dcf_http_request *req)
{
    receiver *r = self;
    conduct c = choose(r, req);
    if (c == FAIL) {
        const dcf_http_header headers[] = {{"Retry-After", "1"}, {NULL, NULL}};
        dcf_http_reply(req, 503, headers, NULL, (dcf_span){0});
        return;
    }
    if (c == DROP) {
        dcf_http_drop(req);
        return;
    }
    if (!take(r, BOOK_CPS, req))
        dcf_http_reply(req, 404, NULL, NULL, (dcf_span){0});
    else if (c == TAKE_DROP)
        dcf_http_drop(req);
    else if (c == GOOD)
        answer_taken(req);
    else
        answer_later(r, req, c);
}

static void at_force(void *self, dcf_http_request *req)
{
    if (take(self, BOOK_FORCE, req))
        answer_taken(req);
    else
        dcf_http_reply(req, 404, NULL, NULL, (dcf_span){0});
}

dcf_status receiver_open(const receiver_config *config, receiver **ret)
{
    receiver *r = calloc(1, sizeof *r);
    if (!r) return DCF_ERR(NOMEM);
    r->config = *config;
    r->random = config->seed;
    pthread_mutex_init(&r->lock, NULL);
    dcf_http_config cps = {.listen = config->cps, .handler = at_cps, .self = r};
    dcf_http_config force = {.listen = config->force, .handler = at_force, .self = r};
    cps.limits.idle_ms = force.limits.idle_ms = 120000;
    dcf_status s = dcf_http_server_open(&cps, &r->cps);
    if (dcf_ok(s)) s = dcf_http_server_open(&force, &r->force);
    if (dcf_ok(s))
        *ret = r;
    else
        receiver_close(r);
    return s;
}

void receiver_close(receiver *r)
{
    if (!r) return;
    receiver_tick(r, INT64_MAX);
    dcf_http_server_close(r->cps, 1000);
    dcf_http_server_close(r->force, 1000);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

void receiver_set_mood(receiver *r, receiver_mood mood)
{
    pthread_mutex_lock(&r->lock);
    r->mood = mood;
    pthread_mutex_unlock(&r->lock);
}
