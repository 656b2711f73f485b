/* condition_print.c - a condition in words, for the printed checklist and for explanations. */
#include "exchange/condition.h"

#include <inttypes.h>

static void print_words(const char *name, dcf_buf *out)
{
    while (*name) {
        size_t size = strcspn(name, "_");
        dcf_buf_add(out, dcf_span_of(name, size));
        name += size;
        if (*name) {
            dcf_buf_addc(out, ' ');
            name++;
        }
    }
}

/* "start date of offences" for defendants.offences.start_date: the last two names say enough. */
static void print_path(const ProtobufCFieldDescriptor *const path[], dcf_buf *out)
{
    size_t last = 0;
    while (path[last + 1]) last++;
    print_words(path[last]->name, out);
    if (!last) return;
    dcf_buf_adds(out, " of ");
    print_words(path[last - 1]->name, out);
}

static void print_values(const dcf_condition *c, dcf_buf *out)
{
    for (size_t i = 0; i < c->count; i++) {
        if (i) dcf_buf_adds(out, i + 1 == c->count ? " or " : ", ");
        dcf_buf_adds(out, c->texts[i]);
    }
}

static bool is_list(const dcf_condition *c)
{
    return c && (c->kind == DCF_WHEN_ALL || c->kind == DCF_WHEN_ANY || c->kind == DCF_WHEN_NONE);
}

static void print_children(const dcf_condition *c, const char *between, dcf_buf *out)
{
    for (size_t i = 0; i < c->count; i++) {
        bool group = is_list(c->children[i]) && c->count > 1;
        if (i) dcf_buf_adds(out, between);
        if (group) dcf_buf_addc(out, '(');
        dcf_condition_print(c->children[i], out);
        if (group) dcf_buf_addc(out, ')');
    }
}

static void print_moment(const dcf_moment *m, dcf_buf *out)
{
    char text[DCF_PERIOD_TEXT_SIZE], day[DCF_DAY_TEXT_SIZE];
    if (m->add.count) dcf_buf_printf(out, "%s after ", dcf_period_format(m->add, text));
    if (m->path[0])
        print_path(m->path, out);
    else
        dcf_buf_adds(out, m->is_date ? dcf_day_format(m->date, day) : "now");
}

static void print_count(const dcf_condition *c, dcf_buf *out)
{
    if (c->at_least) dcf_buf_printf(out, "at least %" PRIu64 " ", c->at_least);
    if (c->at_least && c->at_most != UINT64_MAX) dcf_buf_adds(out, "and ");
    if (c->at_most != UINT64_MAX) dcf_buf_printf(out, "at most %" PRIu64 " ", c->at_most);
    print_path(c->path, out);
}

static void print_entries(const dcf_condition *c, dcf_buf *out)
{
    dcf_buf_adds(out, c->kind == DCF_WHEN_SOME ? "one of " : "each of ");
    print_path(c->path, out);
    if (c->children[0]) {
        dcf_buf_adds(out, " where ");
        dcf_condition_print(c->children[0], out);
    }
    dcf_buf_adds(out, ": ");
    dcf_condition_print(c->children[1], out);
}

static void print_field(const dcf_condition *c, dcf_buf *out)
{
    static const char *const verbs[] = {[DCF_WHEN_PRESENT] = " is there",
                                        [DCF_WHEN_ABSENT] = " is not there",
                                        [DCF_WHEN_IN] = " is ",
                                        [DCF_WHEN_NOT_IN] = " is not ",
                                        [DCF_WHEN_CONTAINS] = " mentions ",
                                        [DCF_WHEN_AFTER] = " is after ",
                                        [DCF_WHEN_BEFORE] = " is before "};
    print_path(c->path, out);
    dcf_buf_adds(out, verbs[c->kind]);
    if (c->moment)
        print_moment(c->moment, out);
    else
        print_values(c, out);
}

void dcf_condition_print(const dcf_condition *c, dcf_buf *out)
{
    if (!c) {
        dcf_buf_adds(out, "always");
        return;
    }
    switch (c->kind) {
    case DCF_WHEN_ALL:
        print_children(c, " and ", out);
        break;
    case DCF_WHEN_ANY:
        print_children(c, " or ", out);
        break;
    case DCF_WHEN_NONE:
        dcf_buf_adds(out, "not: ");
        print_children(c, " or ", out);
        break;
    case DCF_WHEN_EVERY:
    case DCF_WHEN_SOME:
        print_entries(c, out);
        break;
    case DCF_WHEN_CASE:
        dcf_buf_adds(out, "the case's ");
        print_children(c, "", out);
        break;
    case DCF_WHEN_COUNT:
        print_count(c, out);
        break;
    case DCF_WHEN_TERM:
        print_words(c->text, out);
        break;
    default:
        print_field(c, out);
    }
}
