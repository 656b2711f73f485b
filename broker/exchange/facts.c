/*
 * facts.c - what of a message the audit may tell, so that figures can be made of the audit alone:
 * codes, ids of plans, and tokens. Never a name, a text or an address: a fact is a row here, so
 * that no configuration can let personal data into the ledger.
 */
#include "base/buf.h"
#include "exchange/run.h"
#include "model/envelope.h"
#include "model/fact_name.h"
#include "model/ids.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { FACTS_MAX = 200, VALUE_MAX = 80, TOKEN_HEX = 16 };

typedef enum how {
    AS_CODE,   /* a code or an id as it stands; an enum by its value's name: "pre_charge" */
    AS_WORKER, /* who: a token that is the same each time, and tells nobody's name */
    AS_ITEM,   /* what an action item asks for */
    AS_CASE    /* the root of a URN */
} how;

static const struct row {
    Dcf__V1__Envelope__BodyCase body;
    const char *name, *path;
    how how;
} ROWS[] = {
#define ROW(body, name, path, how)                                                                 \
    {                                                                                              \
        DCF__V1__ENVELOPE__BODY_##body, name, path, how                                            \
    }
    ROW(CASE_SUBMISSION, "submission", "kind", AS_CODE),
    ROW(CASE_SUBMISSION, "case_type", "case_type", AS_CODE),
    ROW(CASE_SUBMISSION, "review_type", "review_type", AS_CODE),
    ROW(CASE_SUBMISSION, "supervisor", "approval.approver", AS_WORKER),
    ROW(TRIAGE_OUTCOME, "outcome", "outcome", AS_CODE),
    ROW(TRIAGE_OUTCOME, "triage_reason", "reasons.code", AS_CODE),
    ROW(TRIAGE_OUTCOME, "case_type", "case_type", AS_CODE),
    ROW(TRIAGE_OUTCOME, "review_type", "review_type", AS_CODE),
    ROW(TRIAGE_OUTCOME, "file_standard", "file_standard", AS_CODE),
    ROW(CHARGING_DECISION, "decision", "suspects.decision", AS_CODE),
    ROW(CHARGING_DECISION, "test", "evidential_test", AS_CODE),
    ROW(ACTION_PLAN, "plan", "plan_id", AS_CODE),
    ROW(ACTION_PLAN, "asked", "items", AS_ITEM),
    ROW(ACTION_PLAN_ANSWER, "plan", "plan_id", AS_CODE),
    ROW(ACTION_PLAN_ANSWER, "answer", "answers.status", AS_CODE),
    ROW(VICTIM_NOTICE, "entitlement", "entitlement", AS_CODE),
    ROW(SPLIT_MERGE, "linked", "parts.urn", AS_CASE),
    ROW(SPLIT_MERGE, "linked", "merged_urns", AS_CASE),
#undef ROW
};

bool dcf_fact_is_keyed(const char *name)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (strcmp(ROWS[i].name, name) == 0)
            return ROWS[i].how == AS_WORKER || ROWS[i].how == AS_ITEM;
    return false;
}

typedef struct gathering {
    dcf_run *run;
    const dcf_subject *s;
    Dcf__V1__AuditEvent *to;
    size_t capacity;
} gathering;

static dcf_status add(gathering *g, const char *name, const char *value)
{
    Dcf__V1__AuditEvent *a = g->to;
    if (!dcf_fact_is_known(name)) return DCF_ERR(BUG);
    if (!value[0] || strlen(value) > VALUE_MAX || a->n_facts == FACTS_MAX) return DCF_OK;
    if (a->n_facts == g->capacity) {
        size_t capacity = g->capacity ? g->capacity * 2 : 8;
        void *grown =
            dcf_arena_grow(g->run->arena, a->facts, a->n_facts, capacity, sizeof(Dcf__V1__Fact *));
        if (!grown) return DCF_ERR(NOMEM);
        a->facts = grown;
        g->capacity = capacity;
    }
    Dcf__V1__Fact *f = dcf_arena_alloc(g->run->arena, sizeof *f);
    char *copy = dcf_arena_strdup(g->run->arena, value);
    if (!f || !copy) return DCF_ERR(NOMEM);
    dcf__v1__fact__init(f);
    f->name = (char *)name;
    f->value = copy;
    a->facts[a->n_facts++] = f;
    return DCF_OK;
}

/*
 * The keyed digest of a text, H(key H(key text)): without the site's key nobody can try out which
 * warrant number makes a token.
 */
static void token_of(const gathering *g, const char *force, const char *text,
                     char ret[TOKEN_HEX + 1])
{
    const dcf_exchange_config *c = &g->run->x->config;
    dcf_buf inner DCF_CLEANUP(dcf_buf_fini) = {0}, outer DCF_CLEANUP(dcf_buf_fini) = {0};
    uint8_t hash[32];
    dcf_buf_add(&inner, c->token_key);
    dcf_buf_printf(&inner, "%s/%s", force, text);
    c->sha256(c->sha256_ctx, dcf_buf_span(&inner), hash);
    dcf_buf_add(&outer, c->token_key);
    dcf_buf_add(&outer, dcf_span_of(hash, sizeof hash));
    c->sha256(c->sha256_ctx, dcf_buf_span(&outer), hash);
    for (size_t i = 0; i < TOKEN_HEX / 2; i++) snprintf(ret + 2 * i, 3, "%02x", (unsigned)hash[i]);
}

static dcf_status add_worker(gathering *g, const char *name, const ProtobufCMessage *m)
{
    const Dcf__V1__Worker *w = (const Dcf__V1__Worker *)m;
    const char *number = w->reference[0]         ? w->reference
                         : w->shoulder_number[0] ? w->shoulder_number
                         : w->contact            ? w->contact->email_1
                                                 : "";
    char token[TOKEN_HEX + 1];
    if (!number[0]) return DCF_OK;
    token_of(g, g->s->force, number, token);
    return add(g, name, token);
}

/* The same document of the same kind; where no document is named, the same words. */
static dcf_status add_item(gathering *g, const char *name, const ProtobufCMessage *m)
{
    const Dcf__V1__ActionItem *item = (const Dcf__V1__ActionItem *)m;
    char token[TOKEN_HEX + 1] = "", value[VALUE_MAX + 1];
    if (!item->document_type[0]) token_of(g, "", item->text, token);
    snprintf(value, sizeof value, "%.30s/%.30s", item->category,
             item->document_type[0] ? item->document_type : token);
    return add(g, name, value);
}

static dcf_status add_case(gathering *g, const char *name, const char *text)
{
    dcf_urn urn;
    return dcf_urn_parse(dcf_span_str(text), &urn) == DCF_ID_BAD_FORM ? DCF_OK
                                                                      : add(g, name, urn.root);
}

/* SUBMISSION_KIND_PRE_CHARGE is "pre_charge"; the zero value is nothing. */
static dcf_status add_enum(gathering *g, const char *name, const ProtobufCEnumDescriptor *e, int v)
{
    const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(e, 0);
    const ProtobufCEnumValue *value = v ? protobuf_c_enum_descriptor_get_value(e, v) : NULL;
    char text[VALUE_MAX];
    if (!zero || !value) return DCF_OK;
    snprintf(text, sizeof text, "%s", value->name + strlen(zero->name) - strlen("UNSPECIFIED"));
    for (char *c = text; *c; c++) *c = (char)tolower((unsigned char)*c);
    return add(g, name, text);
}

static dcf_status walk(gathering *g, const struct row *row, const char *path,
                       const ProtobufCMessage *m);

static dcf_status add_value(gathering *g, const struct row *row, const char *rest,
                            const ProtobufCFieldDescriptor *f, const void *value)
{
    if (f->type == PROTOBUF_C_TYPE_ENUM)
        return add_enum(g, row->name, f->descriptor, *(const int *)value);
    if (f->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(char *const *)value;
        return row->how == AS_CASE ? add_case(g, row->name, text) : add(g, row->name, text);
    }
    const ProtobufCMessage *child = *(ProtobufCMessage *const *)value;
    if (!child) return DCF_OK;
    if (*rest) return walk(g, row, rest, child);
    return row->how == AS_WORKER ? add_worker(g, row->name, child) : add_item(g, row->name, child);
}

static dcf_status walk(gathering *g, const struct row *row, const char *path,
                       const ProtobufCMessage *m)
{
    char name[32];
    size_t size = strcspn(path, ".");
    snprintf(name, sizeof name, "%.*s", (int)size, path);
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);
    if (!f) return DCF_ERR(BUG);
    const uint8_t *base = (const uint8_t *)m;
    const void *values = base + f->offset;
    size_t count = 1, step = f->type == PROTOBUF_C_TYPE_ENUM ? sizeof(int) : sizeof(void *);
    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        count = *(const size_t *)(const void *)(base + f->quantifier_offset);
        values = *(const void *const *)values;
    }
    const char *rest = path + size + (path[size] == '.');
    for (size_t i = 0; i < count; i++)
        DCF_TRY(add_value(g, row, rest, f, (const uint8_t *)values + i * step));
    return DCF_OK;
}

static dcf_status add_each(gathering *g, const char *name, char *const *values, size_t count)
{
    for (size_t i = 0; i < count; i++) DCF_TRY(add(g, name, values[i]));
    return DCF_OK;
}

static dcf_status add_check(gathering *g, const Dcf__V1__CheckResult *r)
{
    DCF_TRY(add(g, "checklist", r->profile));
    DCF_TRY(add(g, "checklist_case_type", r->case_type));
    for (size_t i = 0; i < r->n_findings; i++) DCF_TRY(add(g, "finding", r->findings[i]->rule));
    return DCF_OK;
}

/* What the checklist in force found, and how that compares with the human triage. */
static dcf_status add_rules(gathering *g)
{
    const Dcf__V1__Assurance *t = g->to->assurance;
    for (size_t i = 0; i < g->s->n_checks; i++)
        if (g->s->checks[i]->decides) DCF_TRY(add_check(g, g->s->checks[i]));
    if (!t) return DCF_OK;
    DCF_TRY(add(g, "assurance", t->agreement));
    DCF_TRY(add_each(g, "assurance_agreed", t->agreed_reasons, t->n_agreed_reasons));
    DCF_TRY(add_each(g, "assurance_human_only", t->human_only, t->n_human_only));
    return add_each(g, "assurance_own_only", t->own_only, t->n_own_only);
}

/* "45AA1234526/2 charged" */
static dcf_status add_part(gathering *g, const Dcf__V1__CasePart *part)
{
    dcf_urn urn;
    char value[VALUE_MAX + 1];
    if (!part || dcf_urn_parse(dcf_span_str(part->urn), &urn) == DCF_ID_BAD_FORM) return DCF_OK;
    snprintf(value, sizeof value, "%s %.50s", urn.text, part->state);
    return add(g, "part", value);
}

static dcf_status add_parts(gathering *g)
{
    for (size_t i = 0; i < g->run->state->n_parts; i++)
        DCF_TRY(add_part(g, g->run->state->parts[i]));
    return DCF_OK;
}

/* Whole dates compare as text. */
static const char *letter(const Dcf__V1__VictimNotice *n)
{
    if (!n->due_date[0] || !n->sent_date[0]) return "";
    return strncmp(n->sent_date, n->due_date, strlen("2026-11-21")) <= 0 ? "on_time" : "late";
}

dcf_status dcf_audit_facts(dcf_run *run, const dcf_subject *s, Dcf__V1__AuditEvent *a)
{
    gathering g = {run, s, a, 0};
    const Dcf__V1__Envelope *e = s->envelope;
    const ProtobufCMessage *body = dcf_envelope_body(e);
    for (size_t i = 0; body && i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (ROWS[i].body == e->body_case) DCF_TRY(walk(&g, &ROWS[i], ROWS[i].path, body));
    DCF_TRY(add_rules(&g));
    char open[16];
    switch (e->body_case) { /* what no field says by itself */
    case DCF__V1__ENVELOPE__BODY_ACTION_PLAN_ANSWER:
        snprintf(open, sizeof open, "%zu", run->state->n_open_items);
        DCF_TRY(add(&g, "open_items", open));
        break;
    case DCF__V1__ENVELOPE__BODY_VICTIM_NOTICE:
        DCF_TRY(add(&g, "letter", letter(e->victim_notice)));
        break;
    case DCF__V1__ENVELOPE__BODY_SPLIT_MERGE:
        return add_parts(&g);
    default:
        break;
    }
    return add_part(&g, dcf_part_named(run, e));
}
