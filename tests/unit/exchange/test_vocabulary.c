/* test_vocabulary.c - the code lists that rules are proved by name fields that there are. */
#include "dcf/v1/case_state.pb-c.h"
#include "exchange/vocabulary.h"

#include "unit.h"

enum { ROWS = 26, SEEN_MAX = 256, WAY_MAX = 30 };

typedef struct walk {
    const ProtobufCMessageDescriptor *seen[SEEN_MAX];
    size_t count, lists, dates;
} walk;

static void visit(walk *w, const ProtobufCMessageDescriptor *m)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->seen[i] == m) return;
    CU_ASSERT_FATAL(w->count < SEEN_MAX);
    w->seen[w->count++] = m;
    for (unsigned i = 0; i < m->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->fields[i];
        const char *const *words = dcf_vocabulary_of(m, f);
        w->lists += words != NULL;
        w->dates += dcf_field_is_date(f);
        if (words) CU_ASSERT_EQUAL(f->type, PROTOBUF_C_TYPE_STRING);
        if (words) CU_ASSERT_FALSE(dcf_field_is_date(f));
        if (f->type == PROTOBUF_C_TYPE_MESSAGE) visit(w, f->descriptor);
    }
}

static void each_list_is_of_a_text_that_there_is(void)
{
    walk w = {0};
    visit(&w, &dcf__v1__case_state__descriptor);
    CU_ASSERT_EQUAL(w.lists, ROWS);
    CU_ASSERT(w.dates > 30);
}

static void a_date_is_known_by_its_name(void)
{
    static const struct {
        const ProtobufCMessageDescriptor *of;
        const char *field;
        bool date;
    } rows[] = {{&dcf__v1__offence__descriptor, "start_date", true},
                {&dcf__v1__offence__descriptor, "start_time", false},
                {&dcf__v1__case_submission__descriptor, "statutory_time_limit", true},
                {&dcf__v1__case_submission__descriptor, "pace_clock_expires_at", true},
                {&dcf__v1__contact_request__descriptor, "reply_by", true},
                {&dcf__v1__contact_request__descriptor, "outcome", false},
                {&dcf__v1__triage_outcome__descriptor, "triaged_by", false},
                {&dcf__v1__envelope__descriptor, "deadline", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CU_ASSERT_EQUAL(dcf_field_is_date(protobuf_c_message_descriptor_get_field_by_name(
                            rows[i].of, rows[i].field)),
                        rows[i].date);
}

#define TESTS(X) X(each_list_is_of_a_text_that_there_is) X(a_date_is_known_by_its_name)
UNIT_MAIN("vocabulary", TESTS)
