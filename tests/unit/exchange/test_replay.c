/* test_replay.c - a case decided again from its bundle comes out the same, and anything changed in
 * the bundle is found. Histories are random: orders, resends, waits, expiries; a failure prints its
 * seed. */
#include "fixture.h"

#include "base/buf.h"
#include "exchange/replay.h"
#include "exchange/rule_set.h"
#include "exchange/run.h"
#include "model/message.h"

#include <ftw.h>
#include <unistd.h>

enum { SEEDS = 40, STEPS = 40, RECORDS_MAX = 4096 };

typedef struct history {
    world w;
    dcf_exchange *other; /* the same, by other policies */
    Dcf__V1__CaseBundle bundle;
    Dcf__V1__BundleInput inputs[RECORDS_MAX];
    Dcf__V1__BundleInput *input_list[RECORDS_MAX];
    ProtobufCBinaryData events[RECORDS_MAX];
    Dcf__V1__RuleSet *rules[2];
    uint64_t seed;
} history;

static uint64_t draw(history *h) /* splitmix64 */
{
    uint64_t z = h->seed += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static unsigned dice(history *h, unsigned sides)
{
    return (unsigned)(draw(h) % sides);
}

static ProtobufCBinaryData packed(world *w, const ProtobufCMessage *m)
{
    dcf_buf b = {0};
    CU_ASSERT_FATAL(dcf_ok(dcf_message_pack(m, &b)));
    uint8_t *copy = dcf_arena_alloc(&w->arena, b.size + 1);
    if (b.size) memcpy(copy, b.data, b.size);
    ProtobufCBinaryData ret = {.len = b.size, .data = copy};
    dcf_buf_fini(&b);
    return ret;
}

/* --- making a history ------------------------------------------------------------------------- */

static void note_events(history *h)
{
    for (size_t i = 0; i < h->w.out.count; i++)
        if (h->w.out.outputs[i].kind == DCF_OUTPUT_AUDIT)
            h->events[h->bundle.n_events++] = packed(&h->w, &h->w.out.outputs[i].audit->base);
    if (h->w.out.state) h->w.state = h->w.out.state;
}

static void submit(history *h, const dcf_exchange *x, const Dcf__V1__Envelope *e)
{
    size_t n = h->bundle.n_inputs++;
    dcf__v1__bundle_input__init(&h->inputs[n]);
    h->inputs[n].envelope = packed(&h->w, &e->base);
    h->input_list[n] = &h->inputs[n];
    CU_ASSERT_FATAL(dcf_ok(dcf_exchange_apply(x, h->w.state, e, h->w.now, &h->w.arena, &h->w.out)));
    note_events(h);
}

static Dcf__V1__Envelope *any_message(history *h, unsigned id)
{
    world *w = &h->w;
    const char *name = dcf_arena_printf(&w->arena, "x%u", id);
    switch (dice(h, 8)) {
    case 0:
        return submission(w, name, DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE);
    case 1:
        return triage(w, name, dice(h, 2) ? "accepted" : "rejected");
    case 2:
        return decision(w, name, DCF__V1__DECISION_CODE__DECISION_CODE_A, dice(h, 2));
    case 3:
        return plan(w, name, dice(h, 2) ? "P" : "Q", 2);
    case 4:
        return answer(w, name, "P", dice(h, 2) ? "i0" : "i1", "met");
    case 5:
        return submission(w, name, DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_CHARGED);
    default:
        return material(w, name, "");
    }
}

/* Messages before and after their case, resends, receipts, days that pass. */
static void live(history *h)
{
    for (unsigned i = 0; i < STEPS; i++) {
        const dcf_exchange *x = i > STEPS / 2 ? h->other : h->w.x;
        const Dcf__V1__Envelope *sent = delivery(&h->w, 0);
        h->w.now += dice(h, 3) ? 1000 : 11 * DAY;
        if (h->w.state && h->w.out.next_tick_ms <= h->w.now && dice(h, 2)) {
            CU_ASSERT_FATAL(
                dcf_ok(dcf_exchange_tick(x, h->w.state, h->w.now, &h->w.arena, &h->w.out)));
            note_events(h);
        } else if (sent && !dice(h, 3)) {
            submit(h, x, delivered(&h->w, sent, DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED));
        } else {
            submit(h, x, any_message(h, dice(h, 4) ? i : i / 2)); /* some ids come again */
        }
    }
}

static void other_policies(char path[64])
{
    dcf_buf b = {0};
    snprintf(path, 64, "/tmp/dcf-policies-XXXXXX");
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    dcf_buf_adds(&b, "version: '7'\npolicies: []\n");
    CU_ASSERT_FATAL(write(fd, b.data, b.size) == (ssize_t)b.size);
    close(fd);
    dcf_buf_fini(&b);
}

static void open_history(history *h, uint64_t seed)
{
    char path[64];
    memset(h, 0, sizeof *h);
    h->seed = seed;
    open_world(&h->w, "",
               &(dcf_exchange_config){.checklists = seed % 2 ? NULL : "config/checklists",
                                      .clocks = "config/clocks.yaml",
                                      .holidays = "config/bank-holidays.yaml"});
    other_policies(path);
    dcf_exchange_config c = {.parties = &h->w.parties,
                             .forces = h->w.forces,
                             .lifecycle = "config/lifecycle.yaml",
                             .policies = path,
                             .redaction_tools = "config/redaction-tools.yaml",
                             .forces_file = "config/forces.yaml",
                             .sha256 = fake_sha256,
                             .instance = "another daemon"};
    CU_ASSERT_FATAL(dcf_ok(dcf_exchange_new(&c, &h->other, NULL)));
    unlink(path);
    dcf__v1__case_bundle__init(&h->bundle);
    h->bundle.format = DCF_REPLAY_FORMAT;
    h->bundle.inputs = h->input_list;
    h->bundle.events = h->events;
    h->rules[0] = (Dcf__V1__RuleSet *)(uintptr_t)dcf_exchange_rules(h->w.x);
    h->rules[1] = (Dcf__V1__RuleSet *)(uintptr_t)dcf_exchange_rules(h->other);
    h->bundle.rules = h->rules;
    h->bundle.n_rules = 2;
    live(h);
    if (h->w.state) h->bundle.state = packed(&h->w, &h->w.state->base);
}

static void close_history(history *h)
{
    dcf_exchange_free(h->other);
    close_world(&h->w);
    free(h);
}

/* --- replaying ---------------------------------------------------------------------------------
 */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st;
    (void)flag;
    (void)at;
    return remove(path);
}

/* As on another machine: from the packed bundle alone. */
static dcf_replay_report replay_of(history *h)
{
    char folder[] = "/tmp/dcf-replay-XXXXXX";
    dcf_arena arena;
    ProtobufCMessage *m = NULL;
    dcf_replay_report report = {0};
    dcf_yaml_error err = {{0}};
    ProtobufCBinaryData bytes = packed(&h->w, &h->bundle.base);
    dcf_arena_init(&arena, (size_t)64 << 20);
    CU_ASSERT_FATAL(mkdtemp(folder) != NULL);
    CU_ASSERT_FATAL(dcf_ok(dcf_message_unpack(&dcf__v1__case_bundle__descriptor,
                                              dcf_span_of(bytes.data, bytes.len), &arena, &m)));
    dcf_status s = dcf_replay((Dcf__V1__CaseBundle *)m, folder, fake_sha256, NULL, &report, &err);
    if (dcf_failed(s)) fprintf(stderr, "\n  %s %s\n", dcf_status_name(s), err.text);
    CU_ASSERT_TRUE(dcf_ok(s));
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    dcf_arena_fini(&arena);
    return report;
}

static void every_history_comes_out_the_same(void)
{
    size_t ticks = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        history *h = malloc(sizeof *h);
        open_history(h, seed);
        dcf_replay_report r = replay_of(h);
        if (!r.same || r.events != h->bundle.n_events)
            fprintf(stderr, "\n  seed %d: %s\n", (int)seed, r.where);
        CU_ASSERT_TRUE(r.same);
        CU_ASSERT_EQUAL(r.events, h->bundle.n_events);
        CU_ASSERT_EQUAL(r.messages, h->bundle.n_inputs);
        CU_ASSERT_EQUAL(r.versions, 2);
        ticks += r.ticks;
        close_history(h);
    }
    CU_ASSERT_TRUE(ticks > SEEDS / 4); /* days did pass */
}

static void expect(history *h, const char *where)
{
    dcf_replay_report r = replay_of(h);
    CU_ASSERT_FALSE(r.same);
    if (!strstr(r.where, where)) fprintf(stderr, "\n  '%s' is not '%s'\n", r.where, where);
    CU_ASSERT_PTR_NOT_NULL(strstr(r.where, where));
}

/* The event changed; put back after. */
#define WITH_EVENT(h, at, statement, where)                                                        \
    do {                                                                                           \
        ProtobufCBinaryData kept_ = (h)->events[at];                                               \
        Dcf__V1__AuditEvent *a = dcf__v1__audit_event__unpack(NULL, kept_.len, kept_.data);        \
        CU_ASSERT_FATAL(a != NULL);                                                                \
        statement;                                                                                 \
        (h)->events[at] = packed(&(h)->w, &a->base);                                               \
        expect(h, where);                                                                          \
        (h)->events[at] = kept_;                                                                   \
        dcf__v1__audit_event__free_unpacked(a, NULL);                                              \
    } while (0)

static void what_was_changed_is_found_and_named(void)
{
    history *h = malloc(sizeof *h);
    open_history(h, 5);
    size_t last = h->bundle.n_events - 1;
    WITH_EVENT(h, 3, a->at_ms++, "event 4");
    WITH_EVENT(h, last, a->test = !a->test, "test differs");
    WITH_EVENT(h, last, a->sequence += 1, "sequence differs");
    WITH_EVENT(h, 0, a->link_stage[0] = '\0', "link_stage differs"); /* its last field */
    ProtobufCBinaryData state = h->bundle.state;
    h->bundle.state.len--;
    expect(h, "the state at the end");
    uint8_t endless[64] = {0}, back[] = {0xf2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1};
    size_t first = 2U + state.data[1]; /* as it was; then a length that leads before the begin */
    memcpy(endless, state.data, first + 1);
    memcpy(endless + first + 1, back, sizeof back);
    h->bundle.state = (ProtobufCBinaryData){.data = endless, .len = first + 1 + sizeof back};
    expect(h, "the state at the end");
    h->bundle.state = state;
    h->bundle.n_inputs--;
    expect(h, "lacks its message");
    h->bundle.n_inputs++;
    h->bundle.n_events--;
    CU_ASSERT_FALSE(replay_of(h).same);
    h->bundle.n_events++;
    h->bundle.n_rules = 1;
    expect(h, "lacks its rules");
    h->bundle.n_rules = 2;
    CU_ASSERT_TRUE(replay_of(h).same);
    close_history(h);
}

/* The first event that tells this fact. */
static size_t event_telling(history *h, const char *name)
{
    for (size_t i = 0; i < h->bundle.n_events; i++) {
        Dcf__V1__AuditEvent *a =
            dcf__v1__audit_event__unpack(NULL, h->events[i].len, h->events[i].data);
        size_t k = 0;
        while (k < a->n_facts && strcmp(a->facts[k]->name, name) != 0) k++;
        bool told = k < a->n_facts;
        dcf__v1__audit_event__free_unpacked(a, NULL);
        if (told) return i;
    }
    return SIZE_MAX;
}

/* Figures are made of facts: a changed one is found, but for the tokens, which need the site's key.
 */
static void a_changed_fact_is_found(void)
{
    history *h = malloc(sizeof *h);
    open_history(h, 8);
    size_t at = event_telling(h, "submission");
    CU_ASSERT_NOT_EQUAL_FATAL(at, SIZE_MAX);
    WITH_EVENT(h, at, a->facts[0]->value[0] ^= 1, "facts differs");
    WITH_EVENT(h, at, a->facts[0]->name[0] ^= 1, "facts differs");
    CU_ASSERT_TRUE(dcf_fact_is_keyed("supervisor"));
    CU_ASSERT_TRUE(dcf_fact_is_keyed("asked"));
    CU_ASSERT_FALSE(dcf_fact_is_keyed("triage_reason"));
    close_history(h);
}

static void a_rule_changed_in_the_bundle_is_found(void)
{
    history *h = malloc(sizeof *h);
    open_history(h, 6);
    Dcf__V1__RuleFile *f = h->rules[0]->files[0];
    ProtobufCBinaryData kept = f->content;
    uint8_t *copy = dcf_arena_alloc(&h->w.arena, kept.len);
    memcpy(copy, kept.data, kept.len);
    char *wait = memmem(copy, kept.len, "wait: 28d", 9);
    CU_ASSERT_FATAL(wait != NULL);
    wait[6] = '3';
    f->content.data = copy;
    expect(h, "their digest differs");
    f->content = kept;
    char *name = f->name;
    f->name = (char *)"lifecycle.yamm"; /* then there is none, and no file is looked for */
    expect(h, "their digest differs");
    f->name = name;
    close_history(h);
}

static void the_stage_of_a_link_is_kept_with_the_rules(void)
{
    world w;
    dcf_buf text = {0};
    open_world(&w, "", &(dcf_exchange_config){0});
    w.parties.items[0].links[0].stage = DCF_STAGE_SHADOW; /* it decides who gets what */
    dcf_parties_write(&w.parties, &text);
    CU_ASSERT_PTR_NOT_NULL(strstr(dcf_buf_cstr(&text), ", stage: shadow,"));
    dcf_buf_fini(&text);
    close_world(&w);
}

static Dcf__V1__RuleFile *file_of(history *h, const char *name)
{
    size_t i = 0;
    while (i < h->rules[0]->n_files && strcmp(h->rules[0]->files[i]->name, name) != 0) i++;
    CU_ASSERT_FATAL(i < h->rules[0]->n_files);
    return h->rules[0]->files[i];
}

static dcf_status unpacked(history *h)
{
    char folder[] = "/tmp/dcf-replay-XXXXXX";
    dcf_exchange_config c = {0};
    const char *parties;
    CU_ASSERT_FATAL(mkdtemp(folder) != NULL);
    dcf_status s = dcf_rule_set_unpack(h->rules[0], folder, &h->w.arena, &c, &parties);
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return s;
}

static void a_rule_file_that_is_needed_is_there_and_each_comes_once(void)
{
    static const char *const needed[] = {"lifecycle.yaml", "policies.yaml", "redaction-tools.yaml",
                                         "forces.yaml", "parties.yaml"};
    history *h = malloc(sizeof *h);
    open_history(h, 7);
    CU_ASSERT(dcf_ok(unpacked(h)));
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        Dcf__V1__RuleFile *f = file_of(h, needed[i]);
        char *kept = f->name;
        f->name = (char *)"other.yaml";
        CU_ASSERT(dcf_is(unpacked(h), DCF_E_CORRUPT));
        f->name = kept;
    }
    Dcf__V1__RuleFile *f = file_of(h, "clocks.yaml");
    char *kept = f->name;
    f->name = (char *)"other.yaml";
    CU_ASSERT(dcf_ok(unpacked(h)));
    f->name = (char *)"policies.yaml";
    CU_ASSERT(dcf_is(unpacked(h), DCF_E_CORRUPT));
    f->name = kept;
    close_history(h);
}

static void a_rule_file_cannot_leave_its_folder(void)
{
    static const char *const names[] = {
        "../x.yaml", "/tmp/x.yaml", "a/../../x.yaml", "a/b/c.yaml", "", ".x", "a/"};
    history *h = malloc(sizeof *h);
    open_history(h, 7);
    Dcf__V1__RuleFile *f = file_of(h, "clocks.yaml"); /* which may be missing */
    char *kept = f->name;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        f->name = (char *)(uintptr_t)names[i];
        dcf_status s = unpacked(h);
        if (!dcf_is(s, DCF_E_CORRUPT)) fprintf(stderr, "\n  '%s' was written\n", names[i]);
        CU_ASSERT_TRUE(dcf_is(s, DCF_E_CORRUPT));
    }
    f->name = kept;
    close_history(h);
}

#define TESTS(X)                                                                                   \
    X(every_history_comes_out_the_same)                                                            \
    X(what_was_changed_is_found_and_named)                                                         \
    X(a_changed_fact_is_found)                                                                     \
    X(a_rule_changed_in_the_bundle_is_found)                                                       \
    X(a_rule_file_that_is_needed_is_there_and_each_comes_once)                                     \
    X(a_rule_file_cannot_leave_its_folder) X(the_stage_of_a_link_is_kept_with_the_rules)
UNIT_MAIN("replay", TESTS)
