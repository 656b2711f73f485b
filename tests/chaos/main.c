/*
 * main.c - chaos_ends: both ends of the road under a fault campaign. It sends as a force, receives
 * and answers as the CPS, receives as the force, and counts. chaos.sh steers it over HTTP:
 * GET /counts, POST /mark (a fault ends now), POST /mood?fail=10&late=5..., POST /stop, GET
 * /missing.
 */
#include "base/clock.h"
#include "book.h"
#include "http/router.h"
#include "letters.h"
#include "receiver.h"
#include "sender.h"

#include <argp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct ends {
    const char *cps, *force, *control, *token;
    const char *gateways[SENDER_GATEWAYS_MAX];
    size_t gateway_count, cases, per_case, slots;
    unsigned rate;
    uint64_t seed;
    book *book;
    receiver *receiver;
    sender_counts as_force, as_cps;
    atomic_bool stop;
    size_t next_case;     /* of the force's thread */
    pthread_mutex_t lock; /* guards the triage outcomes to be sent, by case */
    uint32_t *outbox;
    size_t outbox_count, outbox_sent;
    unsigned twice; /* thousandths of the answers that the CPS sends twice */
} ends;

/* --- what the force sends: its cases one after the other, each in order -------------- */

static bool force_next(void *self, const letter *accepted, letter *ret)
{
    ends *e = self;
    if (accepted && accepted->number + 1 < e->per_case) {
        *ret = (letter){accepted->of_case, accepted->number + 1};
        return true;
    }
    if (e->next_case == e->cases) return false;
    *ret = (letter){e->next_case++, 0};
    return true;
}

static void force_write(const letter *l, dcf_buf *out)
{
    letter_of_force(l->of_case, l->number, out);
}

static void force_accepted(void *self, const letter *l)
{
    book_accepted(((ends *)self)->book, l->of_case, l->number, dcf_clock_mono_ms());
}

/* --- what the CPS sends: a triage outcome a case, some of them twice ------------------ */

static void cps_triage(void *self, size_t of_case)
{
    ends *e = self;
    pthread_mutex_lock(&e->lock);
    e->outbox[e->outbox_count++] = (uint32_t)of_case;
    pthread_mutex_unlock(&e->lock);
}

static bool cps_next(void *self, const letter *accepted, letter *ret)
{
    ends *e = self;
    if (accepted && accepted->number == 0 && accepted->of_case * 7919U % 1000 < e->twice) {
        *ret = (letter){accepted->of_case, 1}; /* the same document again */
        return true;
    }
    pthread_mutex_lock(&e->lock);
    bool any = e->outbox_sent < e->outbox_count;
    if (any) *ret = (letter){e->outbox[e->outbox_sent++], 0};
    pthread_mutex_unlock(&e->lock);
    return any;
}

static void cps_write(const letter *l, dcf_buf *out)
{
    letter_of_cps(l->of_case, out);
}

static void cps_accepted(void *self, const letter *l)
{
    if (l->number == 0) book_answer_accepted(((ends *)self)->book);
}

static sender_config sending(ends *e, const char *link, const char *content_type)
{
    return (sender_config){.gateways = e->gateways,
                           .gateway_count = e->gateway_count,
                           .link = link,
                           .token = e->token,
                           .content_type = content_type,
                           .slots = e->slots,
                           .timeout_ms = 10000,
                           .stop = &e->stop};
}

static void *send_as_force(void *self)
{
    ends *e = self;
    sender_config c = sending(e, "essex-pole", "application/vnd.api+json");
    c.rate = e->rate;
    c.source = (sender_source){e, force_next, force_write, force_accepted};
    sender_run(&c, &e->as_force);
    return NULL;
}

static void *send_as_cps(void *self)
{
    ends *e = self;
    sender_config c = sending(e, "cps-cms", "application/json");
    c.source = (sender_source){e, cps_next, cps_write, cps_accepted};
    sender_run(&c, &e->as_cps);
    return NULL;
}

/* --- control ---------------------------------------------------------------------- */

static void reply_text(dcf_http_request *req, const char *text)
{
    dcf_http_reply(req, 200, NULL, "application/json", dcf_span_str(text));
}

static void get_counts(void *self, dcf_http_request *req)
{
    ends *e = self;
    book_counts c;
    book_count(e->book, &c);
    char text[1400];
    snprintf(text, sizeof text,
             "{\"planned\":%zu,\"accepted\":%zu,\"applied\":%zu,\"lost\":%zu,\"twice\":%zu,"
             "\"disorder\":%zu,\"damaged\":%zu,\"offeredAgain\":%zu,\"atCps\":%zu,\"atForce\":%zu,"
             "\"answersSent\":%zu,\"answers\":%zu,\"answersTwice\":%zu,\"retried\":%zu,"
             "\"refused\":%zu,\"faults\":%zu,\"unrecovered\":%zu,\"recoveryP50\":%.1f,"
             "\"recoveryP99\":%.1f,\"recoveryMax\":%.1f}\n",
             c.planned, c.accepted, c.applied, c.lost, c.twice, c.disorder, c.damaged,
             c.again[BOOK_CPS] + c.again[BOOK_FORCE], c.given[BOOK_CPS], c.given[BOOK_FORCE],
             c.answers_planned, c.answers, c.answers_twice,
             atomic_load(&e->as_force.again) + atomic_load(&e->as_cps.again),
             atomic_load(&e->as_force.refused) + atomic_load(&e->as_cps.refused), c.faults,
             c.unrecovered, c.recovery_p50_s, c.recovery_p99_s, c.recovery_max_s);
    reply_text(req, text);
}

static void get_missing(void *self, dcf_http_request *req)
{
    char text[8192];
    book_missing(((ends *)self)->book, 200, text, sizeof text);
    reply_text(req, text);
}

static void post_mark(void *self, dcf_http_request *req)
{
    book_mark(((ends *)self)->book, dcf_clock_mono_ms());
    reply_text(req, "{}\n");
}

static unsigned number(dcf_http_request *req, const char *name)
{
    const char *value = dcf_http_query(req, name);
    return value ? (unsigned)strtoul(value, NULL, 10) : 0;
}

static void post_mood(void *self, dcf_http_request *req)
{
    receiver_set_mood(((ends *)self)->receiver,
                      (receiver_mood){.fail = number(req, "fail"),
                                      .drop = number(req, "drop"),
                                      .take_drop = number(req, "take_drop"),
                                      .late = number(req, "late"),
                                      .slow = number(req, "slow"),
                                      .late_ms = 4000,
                                      .slow_ms = 150,
                                      .poisoned = dcf_http_query(req, "poison") != NULL,
                                      .poison = number(req, "poison")});
    reply_text(req, "{}\n");
}

static void post_stop(void *self, dcf_http_request *req)
{
    atomic_store(&((ends *)self)->stop, true);
    reply_text(req, "{}\n");
}

static void on_control(void *self, dcf_http_request *req)
{
    static const dcf_http_route routes[] = {
        {"GET", "/counts", get_counts}, {"GET", "/missing", get_missing},
        {"POST", "/mark", post_mark},   {"POST", "/mood", post_mood},
        {"POST", "/stop", post_stop},
    };
    dcf_http_dispatch(routes, sizeof routes / sizeof routes[0], self, req);
}

/* --- the program ------------------------------------------------------------------- */

static const struct argp_option options[] = {
    {"cps", 'c', "ADDRESS", 0, "where the CPS listens", 0},
    {"force", 'f', "ADDRESS", 0, "where the force listens", 0},
    {"control", 'o', "ADDRESS", 0, "where this program is steered and asked", 0},
    {"token", 't', "TOKEN", 0, "what the gateways ask for", 0},
    {"gateway", 'g', "URL", 0, "of a daemon; may stand several times", 0},
    {"cases", 'n', "N", 0, "cases [100]", 0},
    {"per-case", 'm', "N", 0, "messages of each [10]", 0},
    {"slots", 'w', "N", 0, "cases under way at once [64]", 0},
    {"rate", 'r', "N", 0, "messages a second; 0: as fast as it goes [0]", 0},
    {"seed", 's', "N", 0, "of the CPS's moods [1]", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    ends *e = state->input;
    switch (key) {
    case 'c':
        e->cps = arg;
        break;
    case 'f':
        e->force = arg;
        break;
    case 'o':
        e->control = arg;
        break;
    case 't':
        e->token = arg;
        break;
    case 'g':
        if (e->gateway_count == SENDER_GATEWAYS_MAX) argp_error(state, "too many gateways");
        e->gateways[e->gateway_count++] = arg;
        break;
    case 'n':
        e->cases = strtoul(arg, NULL, 10);
        break;
    case 'm':
        e->per_case = strtoul(arg, NULL, 10);
        break;
    case 'w':
        e->slots = strtoul(arg, NULL, 10);
        break;
    case 'r':
        e->rate = (unsigned)strtoul(arg, NULL, 10);
        break;
    case 's':
        e->seed = strtoull(arg, NULL, 10);
        break;
    case ARGP_KEY_END:
        if (!e->cps || !e->force || !e->control || !e->gateway_count)
            argp_error(state, "--cps, --force, --control and --gateway are needed");
        if (!e->cases || e->cases > LETTER_CASES_MAX || !e->per_case || e->per_case > 10000 ||
            !e->slots || e->slots > SENDER_SLOTS_MAX)
            argp_error(state, "cases, per-case or slots out of range");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int main(int argc, char **argv)
{
    ends e = {.token = "", .cases = 100, .per_case = 10, .slots = 64, .seed = 1, .twice = 100};
    const struct argp argp = {options, parse, NULL, "Both ends of the road, counted.",
                              NULL,    NULL,  NULL};
    argp_parse(&argp, argc, argv, 0, NULL, &e);
    pthread_mutex_init(&e.lock, NULL);
    e.outbox = calloc(e.cases, sizeof *e.outbox);
    e.book = book_new(e.cases, e.per_case);
    dcf_http_server *control = NULL;
    receiver_config rc = {e.book, e.cps, e.force, e.seed, cps_triage, &e};
    dcf_http_config cc = {.listen = e.control, .handler = on_control, .self = &e};
    if (!e.outbox || !e.book || dcf_failed(receiver_open(&rc, &e.receiver)) ||
        dcf_failed(dcf_http_server_open(&cc, &control))) {
        fprintf(stderr, "chaos_ends: cannot start: an address is taken, or no memory\n");
        return 1;
    }
    pthread_t force, cps;
    pthread_create(&force, NULL, send_as_force, &e);
    pthread_create(&cps, NULL, send_as_cps, &e);
    while (!atomic_load(&e.stop)) {
        receiver_tick(e.receiver, dcf_clock_mono_ms());
        usleep(5000);
    }
    pthread_join(force, NULL);
    pthread_join(cps, NULL);
    receiver_close(e.receiver);
    dcf_http_server_close(control, 1000);
    book_free(e.book);
    free(e.outbox);
    return 0;
}
