/* lint_against.c - lengths and numbers: what one dialect may read and another cannot write. */
#include "authoring/lint.h"

#include "translate/flat.h"
#include "translate/inspect.h"

/* A row of the other side that writes a text of limited length, or a number. */
typedef struct limit {
    const char *body, *field;
    size_t max; /* 0: a number */
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

static bool is_number(const dcf_inspect_rule *r)
{
    return !r->drop && (strcmp(r->codec, "integer") == 0 || strcmp(r->codec, "number") == 0);
}

static bool collect(void *self, const dcf_inspect_rule *r)
{
    against *a = self;
    bool number = is_number(r), text = is_text(r) && r->max && !r->truncate;
    if (!r->write || (!number && !text)) return true;
    limit *limits =
        dcf_arena_grow(a->faults->arena, a->limits, a->count, a->count + 1, sizeof *limits);
    char *field = dcf_flat_field(a->faults->arena, r->canonical);
    a->failed = !limits || !field;
    if (a->failed) return false;
    a->limits = limits;
    limits[a->count++] =
        (limit){.body = body_of(a, r->message), .field = field, .max = text ? r->max : 0};
    return true;
}

static void tell(const against *a, const dcf_inspect_rule *r, const limit *l)
{
    const char *other = dcf_dialect_name(a->other);
    if (!l->max)
        dcf_faults_add(a->faults, DCF_FAULT_ANY_TEXT, r->line, 1, a->file, l->field,
                       "%s: any text here, a number in %s", l->field, other);
    else if (r->max)
        dcf_faults_add(a->faults, DCF_FAULT_MAY_OVERFLOW, r->line, 1, a->file, l->field,
                       "%s: %zu characters here, %zu in %s", l->field, r->max, l->max, other);
    else
        dcf_faults_add(a->faults, DCF_FAULT_MAY_OVERFLOW, r->line, 1, a->file, l->field,
                       "%s: no \"max\" here, %zu in %s", l->field, l->max, other);
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
        if (l->max && r->max && r->max <= l->max) continue;
        tell(a, r, l);
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
