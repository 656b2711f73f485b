/* policy.c - reads config/policies.yaml, and asks every policy of a message; all breaches are told.
 */
#include "exchange/policy.h"

#include "exchange/prove.h"
#include "exchange/run.h"
#include "model/envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_MAX = 4 << 20, PLACE_MAX = 256 };

/* --- reading ------------------------------------------------------------ */

static const ProtobufCFieldDescriptor *body_field(const char *name)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(
        &dcf__v1__envelope__descriptor, name ? name : "");
    return f && (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) ? f : NULL;
}

static uint64_t type_bit(uint32_t id)
{
    return id < 64 ? UINT64_C(1) << id : 0;
}

/* The descriptor that the row's paths start at; a row for several messages may only check. */
static dcf_status read_scope(const dcf_policy_set *set, const dcf_yaml *node, dcf_policy *p,
                             const ProtobufCMessageDescriptor **ret, dcf_yaml_error *err)
{
    const dcf_yaml *types = dcf_yaml_get(node, "applies_to");
    p->each_material = strcmp(dcf_yaml_str(node, "each", ""), "material") == 0;
    *ret = &dcf__v1__material__descriptor;
    if (p->each_material == (types != NULL))
        return dcf_yaml_fail(set->doc, node, err,
                             "a policy needs applies_to: [MESSAGE], or each: material");
    if (types && (types->kind != DCF_YAML_LIST || !types->count))
        return dcf_yaml_fail(set->doc, types, err, "applies_to is a list of message types");
    for (size_t i = 0; types && i < types->count; i++) {
        const ProtobufCFieldDescriptor *f = body_field(types->items[i].text);
        if (!f)
            return dcf_yaml_fail(set->doc, &types->items[i], err, "no message %.40s",
                                 types->items[i].text ? types->items[i].text : "");
        p->types |= type_bit(f->id);
        *ret = f->descriptor;
    }
    if (types && types->count > 1 && (dcf_yaml_get(node, "when") || dcf_yaml_get(node, "require")))
        return dcf_yaml_fail(set->doc, node, err,
                             "when: and require: speak of one message type; write a row for each");
    return DCF_OK;
}

static dcf_status read_forms(const dcf_policy_set *set, const dcf_yaml *node, dcf_policy *p,
                             dcf_yaml_error *err)
{
    const dcf_yaml *list = dcf_yaml_get(node, "once_per_case");
    if (!list) return DCF_OK;
    if (list->kind != DCF_YAML_LIST || list->count > DCF_POLICY_FORMS_MAX)
        return dcf_yaml_fail(set->doc, list, err, "once_per_case is a list of at most %d forms",
                             DCF_POLICY_FORMS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        if (!list->items[i].text)
            return dcf_yaml_fail(set->doc, &list->items[i], err, "a form is a text");
        p->forms[p->form_count++] = list->items[i].text;
    }
    return DCF_OK;
}

static dcf_status read_verdict(const dcf_policy_set *set, const dcf_yaml *node, dcf_policy *p,
                               dcf_yaml_error *err)
{
    const dcf_fault_row *row = dcf_fault_row_by_id(dcf_yaml_str(node, "fault", ""));
    const char *severity = dcf_yaml_str(node, "severity", "");
    const char *check = dcf_yaml_str(node, "check", NULL);
    bool hold = strcmp(severity, "hold") == 0;
    if (!row) return dcf_yaml_fail(set->doc, node, err, "fault: names no fault code");
    if (!hold && strcmp(severity, "warn") != 0)
        return dcf_yaml_fail(set->doc, node, err, "severity is hold or warn");
    if ((check != NULL) == (dcf_yaml_get(node, "require") != NULL))
        return dcf_yaml_fail(set->doc, node, err, "a policy needs require: or check:, one of them");
    if (check && !(p->check = dcf_policy_check_by_name(check)))
        return dcf_yaml_fail(set->doc, node, err, "no check %.40s", check);
    p->fault = row->code;
    p->severity = hold ? DCF_SEVERITY_ERROR : DCF_SEVERITY_WARN;
    return DCF_OK;
}

static dcf_status read_policy(dcf_policy_set *set, const dcf_yaml *node, dcf_yaml_error *err)
{
    static const char *const known[] = {"name",  "source",   "applies_to", "each",
                                        "when",  "require",  "check",      "once_per_case",
                                        "fault", "severity", "text",       NULL};
    const ProtobufCMessageDescriptor *body;
    dcf_policy *p = &set->items[set->count];
    DCF_TRY(dcf_yaml_only(set->doc, node, known, err));
    p->name = dcf_yaml_str(node, "name", "");
    p->source = dcf_yaml_str(node, "source", "");
    p->text = dcf_yaml_str(node, "text", "");
    if (!*p->name || !*p->source || !*p->text)
        return dcf_yaml_fail(set->doc, node, err, "a policy needs name:, source: and text:");
    DCF_TRY(read_scope(set, node, p, &body, err));
    DCF_TRY(read_verdict(set, node, p, err));
    DCF_TRY(read_forms(set, node, p, err));
    DCF_TRY(
        dcf_condition_read(&set->arena, set->doc, dcf_yaml_get(node, "when"), body, &p->when, err));
    DCF_TRY(dcf_condition_read(&set->arena, set->doc, dcf_yaml_get(node, "require"), body,
                               &p->require, err));
    if (!dcf_can_hold(&p->when, 1, NULL, 0))
        return dcf_yaml_fail(set->doc, node, err, "when: can never hold");
    const dcf_condition *both[] = {p->when, p->require};
    if (!p->check && !dcf_can_hold(both, 2, NULL, 0))
        return dcf_yaml_fail(set->doc, node, err, "nothing can keep this policy");
    if (!p->check && !dcf_can_hold(&p->when, 1, &p->require, 1))
        return dcf_yaml_fail(set->doc, node, err, "nothing can break this policy");
    set->count++;
    return DCF_OK;
}

static dcf_status read_all(dcf_policy_set *set, dcf_yaml_error *err)
{
    static const char *const known[] = {"version", "policies", NULL};
    const dcf_yaml *root = dcf_yaml_root(set->doc), *list = dcf_yaml_get(root, "policies");
    DCF_TRY(dcf_yaml_only(set->doc, root, known, err));
    set->version = dcf_yaml_str(root, "version", "");
    if (!*set->version) return dcf_yaml_fail(set->doc, root, err, "version is missing");
    if (!list || list->kind != DCF_YAML_LIST || list->count > DCF_POLICIES_MAX)
        return dcf_yaml_fail(set->doc, root, err, "policies is a list of at most %d",
                             DCF_POLICIES_MAX);
    for (size_t i = 0; i < list->count; i++) DCF_TRY(read_policy(set, &list->items[i], err));
    return DCF_OK;
}

/* Takes the document. */
static dcf_status build(dcf_yaml_doc *doc, dcf_policy_set **ret, dcf_yaml_error *err)
{
    dcf_policy_set *set = calloc(1, sizeof *set);
    if (!set) {
        dcf_yaml_free(doc);
        return DCF_ERR(NOMEM);
    }
    set->doc = doc;
    dcf_arena_init(&set->arena, MEMORY_MAX);
    dcf_status s = read_all(set, err);
    if (dcf_failed(s))
        dcf_policies_free(set);
    else
        *ret = set;
    return s;
}

dcf_status dcf_policies_load(const char *path, dcf_policy_set **ret, dcf_yaml_error *err)
{
    dcf_yaml_doc *doc = NULL;
    DCF_TRY(dcf_yaml_load(path, &doc, err));
    return build(doc, ret, err);
}

dcf_status dcf_policies_parse(dcf_span text, const char *name, dcf_policy_set **ret,
                              dcf_yaml_error *err)
{
    dcf_yaml_doc *doc = NULL;
    DCF_TRY(dcf_yaml_parse(text, name, &doc, err));
    return build(doc, ret, err);
}

void dcf_policies_free(dcf_policy_set *p)
{
    if (!p) return;
    dcf_arena_fini(&p->arena);
    dcf_yaml_free(p->doc);
    free(p);
}

/* --- asking ------------------------------------------------------------- */

void dcf_policy_breach(const dcf_policy *p, dcf_subject *s, const char *field)
{
    dcf_faults_add_as(&s->faults, p->severity, p->fault, 0, 0, "", field, "%s", p->text);
}

/* Where a message lies in the body: printed only when something is found there. */
typedef struct place {
    const struct place *in; /* NULL: the body itself */
    const char *field;
    bool listed;
    size_t i;
} place;

static char *print_place(const place *p, char *to, size_t size)
{
    *to = 0;
    if (!p->in) return to;
    print_place(p->in, to, size);
    size_t n = strlen(to);
    snprintf(to + n, size - n, p->listed ? "%s[%zu]." : "%s.", p->field, p->i);
    return to;
}

typedef struct asking {
    const dcf_policy *p;
    const dcf_run *run;
    dcf_subject *s;
    const place *where; /* what is asked about lies */
} asking;

static void miss(void *ctx, const char *field)
{
    const asking *a = ctx;
    char where[PLACE_MAX], whole[2 * PLACE_MAX];
    snprintf(whole, sizeof whole, "%s%s", print_place(a->where, where, sizeof where), field);
    dcf_policy_breach(a->p, a->s, whole);
}

static void ask(const asking *a, const ProtobufCMessage *what)
{
    const dcf_facts facts = {what, a->run->state, a->run->now_ms};
    char where[PLACE_MAX];
    if (!dcf_condition_holds(a->p->when, &facts)) return;
    if (a->p->check)
        a->p->check(a->p, a->run, a->s, what, print_place(a->where, where, sizeof where));
    else
        dcf_condition_tell(a->p->require, &facts, miss, (void *)a);
}

/* Every Material within a message, at any depth. */
static void ask_materials(const dcf_run *run, dcf_subject *s, const dcf_policy *p,
                          const ProtobufCMessage *m, const place *where)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
        if (f->type != PROTOBUF_C_TYPE_MESSAGE) continue;
        const uint8_t *at = (const uint8_t *)m + f->offset;
        bool list = f->label == PROTOBUF_C_LABEL_REPEATED;
        size_t n =
            list ? *(const size_t *)(const void *)((const uint8_t *)m + f->quantifier_offset) : 1;
        ProtobufCMessage *const *items = list ? *(ProtobufCMessage *const *const *)(const void *)at
                                              : (ProtobufCMessage *const *)(const void *)at;
        for (size_t k = 0; k < n; k++) {
            if (!items[k]) continue;
            const place inner = {where, f->name, list, k};
            if (f->descriptor == &dcf__v1__material__descriptor)
                ask(&(asking){p, run, s, &inner}, items[k]);
            else
                ask_materials(run, s, p, items[k], &inner);
        }
    }
}

void dcf_policies(const dcf_run *run, dcf_subject *s)
{
    const dcf_policy_set *set = run->x->policies;
    const ProtobufCMessage *body = dcf_envelope_body(s->envelope);
    if (!body) return;
    const place whole = {0};
    for (size_t i = 0; i < set->count; i++) {
        const asking a = {&set->items[i], run, s, &whole};
        if (a.p->each_material)
            ask_materials(run, s, a.p, body, &whole);
        else if (a.p->types & type_bit((uint32_t)s->envelope->body_case))
            ask(&a, body);
    }
}
