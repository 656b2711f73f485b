/* test_exchange_property.c - laws of the exchange under random orders, repeats, delays and faults.
 * Each seed is a story of one case told twice: once with the state as it is, once with the state
 * packed and read back before every message, as after a restart. Both must give the same bytes. */
#include "fixture.h"

enum { SEEDS = 150, STEPS = 120, MADE_MAX = 64, SENT_MAX = 2048 };

typedef struct story {
    world w;
    uint64_t seed;
    const Dcf__V1__Envelope *made[MADE_MAX]; /* to be sent again */
    size_t made_count;
    const Dcf__V1__Envelope *sent[SENT_MAX]; /* put on delivery topics */
    size_t sent_count, reported;
    char *applied[SENT_MAX];
    size_t applied_count;
    uint64_t last[2]; /* sequence at the force, at the CPS */
    const char *last_released;
    dcf_buf bytes;
    bool restarts, broken;
    int received, settled, opened_at;
} story;

static uint64_t draw(story *t)
{
    uint64_t z = t->seed += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static unsigned dice(story *t, unsigned sides)
{
    return (unsigned)(draw(t) % sides);
}

static void must(story *t, bool law, const char *text)
{
    if (!law && !t->broken) fprintf(stderr, "\n  law broken: %s\n", text);
    if (!law) t->broken = true;
}

static Dcf__V1__Envelope *invent(story *t)
{
    world *w = &t->w;
    char id[16], plan_id[4] = {'P', (char)('0' + dice(t, 3)), 0},
                 item[4] = {'i', (char)('0' + dice(t, 3)), 0};
    snprintf(id, sizeof id, "m%u", dice(t, 60)); /* some ids come twice, with other bodies */
    static const char *const outcomes[] = {"accepted", "rejected", "neither"};
    static const char *const statuses[] = {"met", "partMet", "cancelled"};
    switch (dice(t, 9)) {
    case 0:
        return submission(w, id, (Dcf__V1__SubmissionKind)dice(t, 4));
    case 1:
        return triage(w, id, outcomes[dice(t, 3)]);
    case 2:
        return decision(w, id, (Dcf__V1__DecisionCode)dice(t, 17), dice(t, 4) != 0);
    case 3:
        return plan(w, id, plan_id, dice(t, 4));
    case 4:
    case 5:
        return answer(w, id, plan_id, item, statuses[dice(t, 3)]);
    case 6: {
        Dcf__V1__Envelope *e =
            submission(w, id, DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE);
        e->source->party = (char *)"met";
        e->source->link = (char *)"met-1";
        return e;
    }
    case 7: {
        Dcf__V1__Envelope *e = material(w, id, "");
        e->test = dice(t, 2) != 0;
        return e;
    }
    default:
        return material(w, id, id);
    }
}

static bool was_applied(const story *t, const char *id)
{
    for (size_t i = 0; i < t->applied_count; i++)
        if (strcmp(t->applied[i], id) == 0) return true;
    return false;
}

static void see_delivery(story *t, const Dcf__V1__Envelope *e)
{
    const dcf_party *to = dcf_party_by_name(&t->w.parties, e->destination->party);
    must(t, to != NULL && !(e->test && to->live), "nothing marked test goes to a live party");
    must(t, e->body_case == DCF__V1__ENVELOPE__BODY_RECEIPT || was_applied(t, e->message_id),
         "only what was taken goes on");
    if (e->sequence) {
        uint64_t *last = &t->last[to->kind == DCF_PARTY_CPS];
        must(t, e->sequence == *last + 1,
             "a case's deliveries to a party are numbered without gap");
        *last = e->sequence;
    }
    if (t->sent_count < SENT_MAX) t->sent[t->sent_count++] = e;
}

static void see_audit(story *t, const Dcf__V1__AuditEvent *a)
{
    switch (a->kind) {
    case DCF__V1__AUDIT_KIND__AUDIT_KIND_RECEIVED:
        t->received++;
        break;
    case DCF__V1__AUDIT_KIND__AUDIT_KIND_RELEASED:
        t->settled--; /* it was settled as held, and is judged again */
        must(t, !t->last_released || strcmp(t->last_released, a->message_id) != 0, "released once");
        t->last_released = a->message_id;
        break;
    case DCF__V1__AUDIT_KIND__AUDIT_KIND_APPLIED:
        must(t, !was_applied(t, a->message_id), "nothing is taken twice");
        t->applied[t->applied_count++] = a->message_id;
        t->settled++;
        break;
    case DCF__V1__AUDIT_KIND__AUDIT_KIND_HELD:
    case DCF__V1__AUDIT_KIND__AUDIT_KIND_REFUSED:
    case DCF__V1__AUDIT_KIND__AUDIT_KIND_CONFLICT:
        t->settled++;
        break;
    case DCF__V1__AUDIT_KIND__AUDIT_KIND_DUPLICATE:
        if (strcmp(a->type, "receipt") != 0) t->settled++;
        break;
    default:
        break;
    }
}

static void see(story *t)
{
    const dcf_outcome *o = &t->w.out;
    int deliveries = 0, routed = 0;
    for (size_t i = 0; i < o->count; i++) {
        const dcf_output *out = &o->outputs[i];
        const ProtobufCMessage *m = out->kind == DCF_OUTPUT_DELIVER ? &out->deliver->base
                                    : out->kind == DCF_OUTPUT_HELD  ? &out->held->base
                                                                    : &out->audit->base;
        size_t before = t->bytes.size;
        must(t, dcf_ok(dcf_message_pack(m, &t->bytes)), "an output packs");
        if (out->kind == DCF_OUTPUT_DELIVER)
            must(t,
                 dcf_span_eq(out->packed,
                             dcf_span_of(t->bytes.data + before, t->bytes.size - before)),
                 "a delivery's bytes are those of its envelope");
        if (out->kind == DCF_OUTPUT_DELIVER) see_delivery(t, out->deliver), deliveries++;
        if (out->kind == DCF_OUTPUT_AUDIT) see_audit(t, out->audit);
        routed += out->kind == DCF_OUTPUT_AUDIT &&
                  out->audit->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_ROUTED;
    }
    must(t, deliveries == routed, "each delivery is in the audit");
    if (o->state) must(t, dcf_ok(dcf_message_pack(&o->state->base, &t->bytes)), "the state packs");
    const Dcf__V1__CaseState *s = t->w.state;
    if (s && s->force_party[0]) must(t, s->n_waiting == 0, "nothing waits once the case is there");
    must(t, t->received == t->settled,
         "each received message is taken, waits, is held or is known");
}

/* The state as a new daemon reads it. */
static void restart(story *t)
{
    world *w = &t->w;
    if (!w->state) return;
    dcf_buf b = {0};
    ProtobufCMessage *m = NULL;
    must(t, dcf_ok(dcf_message_pack(&w->state->base, &b)), "the state packs");
    must(t,
         dcf_ok(
             dcf_message_unpack(&dcf__v1__case_state__descriptor, dcf_buf_span(&b), &w->arena, &m)),
         "and reads back");
    w->state = (const Dcf__V1__CaseState *)m;
    dcf_buf_fini(&b);
}

static const Dcf__V1__Envelope *pick(story *t)
{
    unsigned n = dice(t, 10);
    if (n < 2 && t->made_count) return t->made[dice(t, (unsigned)t->made_count)]; /* a resend */
    if (n < 5 && t->reported < t->sent_count)
        return delivered(&t->w, t->sent[t->reported++],
                         dice(t, 5) ? DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED
                                    : DCF__V1__RECEIPT_KIND__RECEIPT_KIND_NOT_DELIVERED);
    const Dcf__V1__Envelope *e = invent(t);
    if (t->made_count < MADE_MAX) t->made[t->made_count++] = e;
    return e;
}

static void tell(story *t, uint64_t seed, bool restarts)
{
    *t = (story){.seed = seed, .restarts = restarts};
    open_world(&t->w, "", NULL);
    for (int i = 0; i < STEPS; i++) {
        if (restarts) restart(t);
        t->w.now += dice(t, 1000);
        give(&t->w, pick(t));
        see(t);
        if (t->w.state && dice(t, 10) == 0) {
            must(t, dcf_ok(dcf_exchange_tick(t->w.x, t->w.state, t->w.now, &t->w.arena, &t->w.out)),
                 "a tick");
            must(t, t->w.out.count == 0, "nothing expires early");
        }
    }
}

static void forget(story *t)
{
    dcf_buf_fini(&t->bytes);
    close_world(&t->w);
}

static void the_laws_hold_and_the_same_story_gives_the_same_bytes(void)
{
    size_t taken = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        story *a = malloc(sizeof *a), *b = malloc(sizeof *b);
        tell(a, seed, false);
        tell(b, seed, true);
        bool ok = !a->broken && !b->broken &&
                  dcf_span_eq(dcf_buf_span(&a->bytes), dcf_buf_span(&b->bytes));
        if (!ok) fprintf(stderr, "  seed %d\n", (int)seed);
        CU_ASSERT(ok);
        CU_ASSERT(a->bytes.size > 0 && !a->bytes.failed);
        taken += a->applied_count;
        forget(a);
        forget(b);
        free(a);
        free(b);
    }
    CU_ASSERT(taken > SEEDS * 5); /* the stories are about something */
}

#define TESTS(X) X(the_laws_hold_and_the_same_story_gives_the_same_bytes)
UNIT_MAIN("exchange laws", TESTS)
