/*
 * test_cross.c - from one system's dialect to another's: what a force sends can be
 * written for the CPS, and what the CPS answers for either kind of force.
 *
 * Each line of tests/golden/cross/FROM-to-TO.txt is a sample with its HTTP path, and under
 * it what the receiver's dialect has no place for. Nothing else may be lost.
 */
#include "golden.h"
#include "unit.h"

#include "dcf/v1/envelope.pb-c.h"

typedef struct pair {
    const char *from, *to, *ext;
    const char *samples; /* what the names begin with, space separated; "" for all */
    dcf_arena arena;
    dcf_dialect *source, *target;
} pair;

static bool wanted(const pair *p, const char *name)
{
    if (!p->samples[0]) return true;
    for (const char *s = p->samples; *s; s += strcspn(s, " ") + (s[strcspn(s, " ")] == ' '))
        if (strncmp(name, s, strcspn(s, " ")) == 0) return true;
    return false;
}

/* What gateway and exchange add to an envelope between reading and writing. */
static void complete(dcf_arena *a, const char *link, Dcf__V1__Envelope *e)
{
    e->message_id = dcf_arena_printf(a, "%s:%s", link, e->source_message_id);
    if (!e->correlation_id[0]) e->correlation_id = e->message_id;
    if (!e->sent_at[0]) e->sent_at = (char *)"2026-11-20T09:00:00Z";
    Dcf__V1__Endpoint **ends[] = {&e->source, &e->destination};
    for (size_t i = 0; i < 2; i++) {
        if (!*ends[i]) {
            *ends[i] = dcf_arena_alloc(a, sizeof **ends[i]);
            dcf__v1__endpoint__init(*ends[i]);
        }
        (*ends[i])->party = (char *)(i ? "receiver" : "sender");
    }
}

static void cross(pair *p, const char *folder, const char *name, dcf_buf *report)
{
    dcf_arena a;
    dcf_arena_init(&a, GOLDEN_ARENA_LIMIT);
    DCF_CLEANUP(dcf_buf_fini) dcf_buf file = {0}, out = {0}, path = {0}, told = {0};
    dcf_faults read, written;
    dcf_faults_init(&read, &a, 100);
    dcf_faults_init(&written, &a, 100);
    Dcf__V1__Envelope *e = NULL;
    GOLDEN_CHECK(dcf_ok(dcf_buf_read_file(&file, dcf_arena_printf(&a, "%s/%s", folder, name),
                                          GOLDEN_FILE_LIMIT)),
                 "%s", name);
    dcf_status s = dcf_to_canonical(p->source, dcf_buf_span(&file), NULL, &a, &read, &e);
    GOLDEN_CHECK(dcf_ok(s), "%s: cannot be read", name);
    if (dcf_ok(s)) {
        complete(&a, p->from, e);
        s = dcf_from_canonical(p->target, e, &a, &written, &out);
        golden_faults(&written, &told);
        GOLDEN_CHECK(dcf_ok(s), "%s for %s:\n%s", name, p->to, dcf_buf_cstr(&told));
        dcf_buf_printf(report, "%s", name);
        if (dcf_ok(dcf_dialect_path(p->target, e, &path)))
            dcf_buf_printf(report, " %s", dcf_buf_cstr(&path));
        dcf_buf_addc(report, '\n');
        dcf_buf_add(report, dcf_buf_span(&told));
        /* what the receiver would read is the same kind of message */
        Dcf__V1__Envelope *back = NULL;
        s = dcf_to_canonical(p->target, dcf_buf_span(&out), NULL, &a, &read, &back);
        told.size = 0;
        golden_faults(&read, &told);
        GOLDEN_CHECK(dcf_ok(s) && back->body_case == e->body_case,
                     "%s: the receiver cannot read it:\n%s", name, dcf_buf_cstr(&told));
        const char *keep = getenv("DCF_CROSS_OUT");
        if (keep)
            golden_expect(dcf_arena_printf(&a, "%s/%s-to-%s.%s", keep, p->from, p->to, name),
                          dcf_buf_span(&out));
    }
    dcf_arena_fini(&a);
}

static void cross_all(const char *from, const char *to, const char *ext, const char *samples)
{
    pair p = {.from = from, .to = to, .ext = ext, .samples = samples};
    dcf_arena_init(&p.arena, GOLDEN_ARENA_LIMIT);
    p.source = golden_dialect(&p.arena, from);
    p.target = golden_dialect(&p.arena, to);
    const char *folder =
        dcf_arena_printf(&p.arena, "%s/adapters/dialect/%s/samples", golden_root(), from);
    char *names[GOLDEN_FILES];
    size_t n = golden_list(&p.arena, folder, ext, names), done = 0;
    DCF_CLEANUP(dcf_buf_fini) dcf_buf report = {0};
    for (size_t i = 0; p.source && p.target && i < n; i++)
        if (wanted(&p, names[i])) cross(&p, folder, names[i], &report), done++;
    GOLDEN_CHECK(done > 0, "%s: nothing to translate", folder);
    golden_expect(
        dcf_arena_printf(&p.arena, "%s/tests/golden/cross/%s-to-%s.txt", golden_root(), from, to),
        dcf_buf_span(&report));
    dcf_dialect_free(p.source);
    dcf_dialect_free(p.target);
    dcf_arena_fini(&p.arena);
}

static void an_spi_case_can_be_written_for_the_cps(void)
{
    cross_all(
        "spi", "cms", ".xml",
        "cdata corporate deliver double drink every longest minimal mixed other-force plain single "
        "sjp soap submit summons two victims welsh youth");
}

static void what_a_pole_force_sends_can_be_written_for_the_cps(void)
{
    cross_all(
        "pole", "cms", ".json",
        "action-plan-answer charge contact early every investigation material merge split victim "
        "witness acknowledgement");
}

static void what_the_cps_sends_can_be_written_for_an_spi_force(void)
{
    cross_all("cms", "spi", ".json", "triage charging action-plan.json contact receipt early");
}

static void what_the_cps_sends_can_be_written_for_a_pole_force(void)
{
    cross_all("cms", "pole", ".json", "");
}

#define TESTS(X)                                                                                   \
    X(an_spi_case_can_be_written_for_the_cps)                                                      \
    X(what_a_pole_force_sends_can_be_written_for_the_cps)                                          \
    X(what_the_cps_sends_can_be_written_for_an_spi_force)                                          \
    X(what_the_cps_sends_can_be_written_for_a_pole_force)
UNIT_MAIN("cross", TESTS)
