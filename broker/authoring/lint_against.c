/* lint_against.c - lengths: what one dialect may read and another cannot write. */
#include "authoring/lint.h"

#include "translate/flat.h"
#include "translate/inspect.h"

/* A row of the other side that writes a text of limited length. */
typedef struct limit {
    const char *body, *field;
    size_t max;
} limit;

typedef struct against {
    const dcf_dialect *d, *other, *at; /* at: whose rules are walked */
    const char *file, *message, *body;
    dcf_faults *faults;
    limit *limits;
    size_t count;
    bool failed;
} against;

static bool find_body(void *self, const dcf_inspect_message *m)
{
    against *a = self;
    if (strcmp(m->name, a->message) != 0) return true;
    a->body = m->body;
    return false;
}

static const char *body_of(against *a, const char *message)
{
    a->message = message;
    a->body = "";
    dcf_inspect_messages(a->at, find_body, a);
    return a->body;
}

static bool is_text(const dcf_inspect_rule *r)
{
    return !r->group && *r->canonical && !r->drop && (!*r->codec || strcmp(r->codec, "text") == 0);
}

static bool collect(void *self, const dcf_inspect_rule *r)
{
    against *a = self;
    if (!is_text(r) || !r->write || !r->max || r->truncate) return true;
    limit *limits =
        dcf_arena_grow(a->faults->arena, a->limits, a->count, a->count + 1, sizeof *limits);
    char *field = dcf_flat_field(a->faults->arena, r->canonical);
    a->failed = !limits || !field;
    if (a->failed) return false;
    a->limits = limits;
    limits[a->count++] = (limit){.body = body_of(a, r->message), .field = field, .max = r->max};
    return true;
}

static bool compare(void *self, const dcf_inspect_rule *r)
{
    against *a = self;
    if (!is_text(r) || !r->read) return true;
    const char *body = body_of(a, r->message);
    char *field = dcf_flat_field(a->faults->arena, r->canonical);
    for (size_t i = 0; field && i < a->count; i++) {
        const limit *l = &a->limits[i];
        if (strcmp(l->field, field) != 0 || strcmp(l->body, body) != 0) continue;
        if (r->max && r->max <= l->max) continue;
        if (r->max)
            dcf_faults_add(a->faults, DCF_FAULT_MAY_OVERFLOW, r->line, 1, a->file, field,
                           "%s: %zu characters here, %zu in %s", field, r->max, l->max,
                           dcf_dialect_name(a->other));
        else
            dcf_faults_add(a->faults, DCF_FAULT_MAY_OVERFLOW, r->line, 1, a->file, field,
                           "%s: no \"max\" here, %zu in %s", field, l->max,
                           dcf_dialect_name(a->other));
        break;
    }
    return true;
}

void dcf_lint_against(const dcf_dialect *d, const dcf_dialect *other, const char *file,
                      dcf_faults *faults)
{
    against a = {.d = d, .other = other, .at = other, .file = file, .faults = faults};
    dcf_inspect_rules(other, collect, &a);
    a.at = d;
    if (!a.failed) dcf_inspect_rules(d, compare, &a);
}
