/* lifecycle.c - reads config/lifecycle.yaml, proves it, and answers what a case may do next. */
#include "exchange/lifecycle.h"

#include "exchange/prove.h"
#include "model/envelope.h"

#include <stdlib.h>
#include <string.h>

enum { RULES_MEMORY_MAX = 4 << 20 };

/* --- words -------------------------------------------------------------- */

typedef struct word {
    const char *text;
    uint32_t bit;
} word;

static const word senders[] = {
    {"force", DCF_SENDER_FORCE}, {"cps", DCF_SENDER_CPS}, {"broker", DCF_SENDER_BROKER}, {0}};
static const word routes[] = {{"none", DCF_ROUTE_NONE},   {"cps", DCF_ROUTE_CPS},
                              {"force", DCF_ROUTE_FORCE}, {"other", DCF_ROUTE_OTHER},
                              {"named", DCF_ROUTE_NAMED}, {0}};
static const word receipts[] = {
    {"accepted", 1U << DCF__V1__RECEIPT_KIND__RECEIPT_KIND_ACCEPTED},
    {"rejected", 1U << DCF__V1__RECEIPT_KIND__RECEIPT_KIND_REJECTED},
    {"held", 1U << DCF__V1__RECEIPT_KIND__RECEIPT_KIND_HELD},
    {"delivered", 1U << DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED},
    {"not_delivered", 1U << DCF__V1__RECEIPT_KIND__RECEIPT_KIND_NOT_DELIVERED},
    {0}};

static const word acknowledgers[] = {
    {"delivery", DCF_ACK_DELIVERY}, {"receiver", DCF_ACK_RECEIVER}, {0}};

static const word *find_word(const word *words, const char *text)
{
    while (words->text && (!text || strcmp(words->text, text) != 0)) words++;
    return words->text ? words : NULL;
}

/* A list of words as a set; absent is the empty set. */
static dcf_status read_set(const dcf_yaml_doc *doc, const dcf_yaml *node, const word *words,
                           uint32_t *ret, dcf_yaml_error *err)
{
    if (node && node->kind != DCF_YAML_LIST)
        return dcf_yaml_fail(doc, node, err, "%s must be a list", node->key);
    uint32_t set = 0;
    for (size_t i = 0; node && i < node->count; i++) {
        const word *w = find_word(words, node->items[i].text);
        if (!w) return dcf_yaml_fail(doc, &node->items[i], err, "unknown name in %s", node->key);
        set |= w->bit;
    }
    *ret = set;
    return DCF_OK;
}

/* --- states ------------------------------------------------------------- */

unsigned dcf_lifecycle_state(const dcf_lifecycle *l, const char *name)
{
    if (!name || !*name) return l->initial;
    unsigned i = 0;
    while (i < l->state_count && strcmp(l->states[i], name) != 0) i++;
    return i;
}

static uint32_t all_states(const dcf_lifecycle *l)
{
    return (uint32_t)((UINT64_C(1) << l->state_count) - 1);
}

static dcf_status read_states(dcf_lifecycle *l, const dcf_yaml *node, dcf_yaml_error *err)
{
    static const char *const known[] = {"initial", "final", NULL};
    if (!node || node->kind != DCF_YAML_MAP || !node->count || node->count > DCF_STATES_MAX)
        return dcf_yaml_fail(l->doc, node ? node : dcf_yaml_root(l->doc), err,
                             "states must be a map of 1 to %d", DCF_STATES_MAX);
    unsigned initials = 0;
    for (size_t i = 0; i < node->count; i++) {
        const dcf_yaml *item = &node->items[i];
        bool initial, final;
        DCF_TRY(dcf_yaml_only(l->doc, item, known, err));
        DCF_TRY(dcf_yaml_bool(l->doc, item, "initial", false, &initial, err));
        DCF_TRY(dcf_yaml_bool(l->doc, item, "final", false, &final, err));
        if (initial) l->initial = (unsigned)i;
        initials += initial;
        if (final) l->finals |= 1U << i;
        l->states[l->state_count++] = item->key;
    }
    return initials == 1 ? DCF_OK
                         : dcf_yaml_fail(l->doc, node, err, "exactly one state must be initial");
}

/* A state by its name in the file. */
static dcf_status read_state(const dcf_lifecycle *l, const dcf_yaml *node, unsigned *ret,
                             dcf_yaml_error *err)
{
    unsigned s =
        node->text && *node->text ? dcf_lifecycle_state(l, node->text) : (unsigned)l->state_count;
    if (s == l->state_count)
        return dcf_yaml_fail(l->doc, node, err, "no state %.40s", node->text ? node->text : "");
    *ret = s;
    return DCF_OK;
}

static dcf_status read_states_of(const dcf_lifecycle *l, const dcf_yaml *node, uint32_t *ret,
                                 dcf_yaml_error *err)
{
    if (node->text && strcmp(node->text, "any") == 0) {
        *ret = all_states(l);
        return DCF_OK;
    }
    if (node->text && strcmp(node->text, "any_case") == 0) {
        *ret = all_states(l) & ~(1U << l->initial);
        return DCF_OK;
    }
    if (node->kind != DCF_YAML_LIST)
        return dcf_yaml_fail(l->doc, node, err, "%s must be a list of states, any or any_case",
                             node->key);
    uint32_t set = 0;
    for (size_t i = 0; i < node->count; i++) {
        unsigned s = 0;
        DCF_TRY(read_state(l, &node->items[i], &s, err));
        set |= 1U << s;
    }
    *ret = set;
    return DCF_OK;
}

/* --- rules -------------------------------------------------------------- */

static dcf_status read_move(dcf_lifecycle *l, const dcf_yaml *node, dcf_rule *rule,
                            dcf_yaml_error *err)
{
    static const char *const known[] = {"from", "when", "to", NULL};
    DCF_TRY(dcf_yaml_only(l->doc, node, known, err));
    dcf_move *m = &rule->moves[rule->move_count];
    const dcf_yaml *from = dcf_yaml_get(node, "from"), *to = dcf_yaml_get(node, "to");
    if (!to) return dcf_yaml_fail(l->doc, node, err, "a move needs to: STATE");
    m->from = rule->in;
    if (from) DCF_TRY(read_states_of(l, from, &m->from, err));
    if (m->from & ~rule->in)
        return dcf_yaml_fail(l->doc, from, err,
                             "a move from a state that does not take the message");
    DCF_TRY(read_state(l, to, &m->to, err));
    DCF_TRY(dcf_condition_read(&l->arena, l->doc, dcf_yaml_get(node, "when"),
                               rule->type->descriptor, &m->when, err));
    rule->move_count++;
    return DCF_OK;
}

static dcf_status read_moves(dcf_lifecycle *l, const dcf_yaml *node, dcf_rule *rule,
                             dcf_yaml_error *err)
{
    if (node && (node->kind != DCF_YAML_LIST || node->count > DCF_MOVES_MAX))
        return dcf_yaml_fail(l->doc, node, err, "moves must be a list of at most %d",
                             DCF_MOVES_MAX);
    for (size_t i = 0; node && i < node->count; i++)
        DCF_TRY(read_move(l, &node->items[i], rule, err));
    return DCF_OK;
}

/* A message that opens a case must leave the initial state whatever it holds; no other may touch
 * it. */
static dcf_status check_opening(const dcf_lifecycle *l, const dcf_yaml *node, const dcf_rule *rule,
                                dcf_yaml_error *err)
{
    uint32_t initial = 1U << l->initial;
    bool leaves = false;
    for (size_t i = 0; i < rule->move_count; i++) {
        const dcf_move *m = &rule->moves[i];
        if (m->to == l->initial)
            return dcf_yaml_fail(l->doc, node, err, "a case does not go back to its initial state");
        if ((m->from & initial) && !rule->opens)
            return dcf_yaml_fail(l->doc, node, err,
                                 "a move from the initial state, but it does not open a case");
        leaves = leaves || ((m->from & initial) && !m->when);
    }
    if (rule->opens && (!(rule->in & initial) || !leaves || rule->waits))
        return dcf_yaml_fail(l->doc, node, err,
                             "a message that opens a case is taken in the initial state, always "
                             "moves on and never waits");
    return DCF_OK;
}

static dcf_status read_acknowledge(dcf_lifecycle *l, const dcf_yaml *node, dcf_rule *rule,
                                   dcf_yaml_error *err)
{
    static const char *const known[] = {"by", "within", "when", "answers", "reference", NULL};
    const ProtobufCMessageDescriptor *body = rule->type->descriptor;
    dcf_acknowledge *a = &rule->acknowledge;
    uint64_t within = 0;
    if (!node) return DCF_OK;
    DCF_TRY(dcf_yaml_only(l->doc, node, known, err));
    const word *by = find_word(acknowledgers, dcf_yaml_str(node, "by", NULL));
    DCF_TRY(dcf_yaml_ms(l->doc, node, "within", 0, &within, err));
    if (!by || !within || within > (uint64_t)INT64_MAX / 4)
        return dcf_yaml_fail(l->doc, node, err,
                             "acknowledge: is {by: delivery or receiver, within: 2d}");
    a->by = (dcf_ack_by)by->bit;
    a->within_ms = (int64_t)within;
    const dcf_yaml *reference = dcf_yaml_get(node, "reference");
    if (reference) DCF_TRY(dcf_condition_path(l->doc, reference, body, a->reference, err));
    DCF_TRY(dcf_condition_read(&l->arena, l->doc, dcf_yaml_get(node, "when"), body, &a->when, err));
    return dcf_condition_read(&l->arena, l->doc, dcf_yaml_get(node, "answers"), body, &a->answers,
                              err);
}

static dcf_status read_version_key(const dcf_lifecycle *l, const dcf_yaml *node, size_t group,
                                   dcf_rule *rule, dcf_yaml_error *err)
{
    if (rule->version_count == DCF_VERSION_PATHS_MAX)
        return dcf_yaml_fail(l->doc, node, err, "version_of has more than %d paths",
                             DCF_VERSION_PATHS_MAX);
    dcf_version_key *k = &rule->version_of[rule->version_count++];
    k->group = group;
    return dcf_condition_path(l->doc, node, rule->type->descriptor, k->path, err);
}

static dcf_status read_version_of(const dcf_lifecycle *l, const dcf_yaml *node, dcf_rule *rule,
                                  dcf_yaml_error *err)
{
    if (node && (node->kind != DCF_YAML_LIST || !node->count))
        return dcf_yaml_fail(l->doc, node, err, "version_of is a list of paths");
    for (size_t i = 0; node && i < node->count; i++) {
        const dcf_yaml *item = &node->items[i];
        if (item->kind == DCF_YAML_SCALAR) DCF_TRY(read_version_key(l, item, i, rule, err));
        for (size_t k = 0; item->kind == DCF_YAML_LIST && k < item->count; k++)
            DCF_TRY(read_version_key(l, &item->items[k], i, rule, err));
    }
    return DCF_OK;
}

static dcf_status read_rule(dcf_lifecycle *l, const dcf_yaml *node, dcf_rule *rule,
                            dcf_yaml_error *err)
{
    static const char *const known[] = {"from",     "in",    "opens",       "waits",      "route",
                                        "receipts", "moves", "acknowledge", "version_of", NULL};
    DCF_TRY(dcf_yaml_only(l->doc, node, known, err));
    rule->line = node->line;
    const dcf_yaml *in = dcf_yaml_get(node, "in");
    const word *route = find_word(routes, dcf_yaml_str(node, "route", NULL));
    if (!in || !route)
        return dcf_yaml_fail(l->doc, node, err, "%s needs in: and route:", node->key);
    rule->route = (dcf_rule_route)route->bit;
    DCF_TRY(read_set(l->doc, dcf_yaml_get(node, "from"), senders, &rule->senders, err));
    if (!rule->senders)
        return dcf_yaml_fail(l->doc, node, err, "%s needs from: who may send it", node->key);
    DCF_TRY(read_set(l->doc, dcf_yaml_get(node, "receipts"), receipts, &rule->receipts, err));
    if (rule->receipts && rule->type->id == DCF__V1__ENVELOPE__BODY_RECEIPT)
        return dcf_yaml_fail(l->doc, node, err, "there are no receipts about a receipt");
    DCF_TRY(read_states_of(l, in, &rule->in, err));
    DCF_TRY(dcf_yaml_bool(l->doc, node, "opens", false, &rule->opens, err));
    DCF_TRY(dcf_yaml_bool(l->doc, node, "waits", false, &rule->waits, err));
    DCF_TRY(read_moves(l, dcf_yaml_get(node, "moves"), rule, err));
    DCF_TRY(read_acknowledge(l, dcf_yaml_get(node, "acknowledge"), rule, err));
    DCF_TRY(read_version_of(l, dcf_yaml_get(node, "version_of"), rule, err));
    return check_opening(l, node, rule, err);
}

static bool is_body(const ProtobufCFieldDescriptor *f)
{
    return (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

static dcf_status read_rules(dcf_lifecycle *l, const dcf_yaml *node, dcf_yaml_error *err)
{
    const ProtobufCMessageDescriptor *e = &dcf__v1__envelope__descriptor;
    if (!node || node->kind != DCF_YAML_MAP)
        return dcf_yaml_fail(l->doc, node ? node : dcf_yaml_root(l->doc), err,
                             "messages must be a map");
    for (size_t i = 0; i < node->count; i++) {
        const char *name = node->items[i].key;
        const ProtobufCFieldDescriptor *f =
            protobuf_c_message_descriptor_get_field_by_name(e, name);
        if (!f || !is_body(f))
            return dcf_yaml_fail(l->doc, &node->items[i], err, "no message %.40s", name);
        if (l->rule_count == DCF_TYPES_MAX)
            return dcf_yaml_fail(l->doc, node, err, "more than %d messages", DCF_TYPES_MAX);
        dcf_rule *rule = &l->rules[l->rule_count++];
        rule->type = f;
        DCF_TRY(read_rule(l, &node->items[i], rule, err));
    }
    for (unsigned i = 0; i < e->n_fields; i++)
        if (is_body(&e->fields[i]) && !dcf_lifecycle_rule(l, e->fields[i].name))
            return dcf_yaml_fail(l->doc, node, err, "no rule for message %s", e->fields[i].name);
    return DCF_OK;
}

/* --- proof -------------------------------------------------------------- */

/* The states that one message can bring about from this set. */
static uint32_t reach(const dcf_lifecycle *l, uint32_t from)
{
    uint32_t to = 0;
    for (size_t r = 0; r < l->rule_count; r++)
        for (size_t m = 0; m < l->rules[r].move_count; m++)
            if (l->rules[r].moves[m].from & from) to |= 1U << l->rules[r].moves[m].to;
    return to;
}

static dcf_status check_states(const dcf_lifecycle *l, const dcf_yaml *node, dcf_yaml_error *err)
{
    uint32_t reached = 1U << l->initial;
    for (uint32_t before = 0; before != reached;) {
        before = reached;
        reached |= reach(l, reached);
    }
    for (unsigned s = 0; s < l->state_count; s++) {
        uint32_t bit = 1U << s;
        bool leaves = (reach(l, bit) & ~bit) != 0;
        if (!(reached & bit))
            return dcf_yaml_fail(l->doc, &node->items[s], err, "state %s cannot be reached",
                                 l->states[s]);
        if (!leaves && !(l->finals & bit))
            return dcf_yaml_fail(l->doc, &node->items[s], err,
                                 "state %s is a trap: nothing leaves it and it is not final",
                                 l->states[s]);
        if (leaves && (l->finals & bit))
            return dcf_yaml_fail(l->doc, &node->items[s], err,
                                 "state %s is final, but a message leaves it", l->states[s]);
    }
    return DCF_OK;
}

/* Whether the m-th move can be the first that fits, in one of its states. */
static bool can_be_taken(const dcf_lifecycle *l, const dcf_rule *rule, size_t m)
{
    for (unsigned s = 0; s < l->state_count; s++) {
        const dcf_condition *before[DCF_MOVES_MAX];
        size_t n = 0;
        if (!(rule->moves[m].from >> s & 1U)) continue;
        for (size_t i = 0; i < m; i++)
            if (rule->moves[i].from >> s & 1U) before[n++] = rule->moves[i].when;
        if (dcf_can_hold(&rule->moves[m].when, 1, before, n)) return true;
    }
    return false;
}

static dcf_status check_moves(const dcf_lifecycle *l, const dcf_yaml *messages, dcf_yaml_error *err)
{
    for (size_t r = 0; r < l->rule_count; r++)
        for (size_t m = 0; m < l->rules[r].move_count; m++)
            if (!can_be_taken(l, &l->rules[r], m))
                return dcf_yaml_fail(l->doc, &dcf_yaml_get(&messages->items[r], "moves")->items[m],
                                     err,
                                     "this move is never taken: its condition cannot hold, or an "
                                     "earlier move always "
                                     "comes first");
    return DCF_OK;
}

/* --- loading ------------------------------------------------------------ */

static dcf_status read_all(dcf_lifecycle *l, dcf_yaml_error *err)
{
    static const char *const known[] = {"version", "wait", "states", "messages", NULL};
    const dcf_yaml *root = dcf_yaml_root(l->doc), *states = dcf_yaml_get(root, "states");
    DCF_TRY(dcf_yaml_only(l->doc, root, known, err));
    l->version = dcf_yaml_str(root, "version", "");
    if (!*l->version) return dcf_yaml_fail(l->doc, root, err, "version is missing");
    uint64_t wait_ms;
    DCF_TRY(dcf_yaml_ms(l->doc, root, "wait", UINT64_C(28) * 24 * 60 * 60 * 1000, &wait_ms, err));
    if (wait_ms == 0 || wait_ms > (uint64_t)INT64_MAX / 4)
        return dcf_yaml_fail(l->doc, root, err, "wait is out of range");
    l->wait_ms = (int64_t)wait_ms;
    DCF_TRY(read_states(l, states, err));
    DCF_TRY(read_rules(l, dcf_yaml_get(root, "messages"), err));
    DCF_TRY(check_moves(l, dcf_yaml_get(root, "messages"), err));
    return check_states(l, states, err);
}

/* Takes the document. */
static dcf_status build(dcf_yaml_doc *doc, dcf_lifecycle **ret, dcf_yaml_error *err)
{
    dcf_lifecycle *l = calloc(1, sizeof *l);
    if (!l) {
        dcf_yaml_free(doc);
        return DCF_ERR(NOMEM);
    }
    l->doc = doc;
    dcf_arena_init(&l->arena, RULES_MEMORY_MAX);
    dcf_status s = read_all(l, err);
    if (dcf_failed(s))
        dcf_lifecycle_free(l);
    else
        *ret = l;
    return s;
}

dcf_status dcf_lifecycle_load(const char *path, dcf_lifecycle **ret, dcf_yaml_error *err)
{
    dcf_yaml_doc *doc = NULL;
    DCF_TRY(dcf_yaml_load(path, &doc, err));
    return build(doc, ret, err);
}

dcf_status dcf_lifecycle_parse(dcf_span text, const char *name, dcf_lifecycle **ret,
                               dcf_yaml_error *err)
{
    dcf_yaml_doc *doc = NULL;
    DCF_TRY(dcf_yaml_parse(text, name, &doc, err));
    return build(doc, ret, err);
}

void dcf_lifecycle_free(dcf_lifecycle *l)
{
    if (!l) return;
    dcf_arena_fini(&l->arena);
    dcf_yaml_free(l->doc);
    free(l);
}

/* --- asking ------------------------------------------------------------- */

const dcf_rule *dcf_lifecycle_rule(const dcf_lifecycle *l, const char *type)
{
    for (size_t i = 0; i < l->rule_count; i++)
        if (strcmp(l->rules[i].type->name, type) == 0) return &l->rules[i];
    return NULL;
}

const dcf_rule *dcf_lifecycle_rule_of(const dcf_lifecycle *l, const Dcf__V1__Envelope *envelope)
{
    for (size_t i = 0; i < l->rule_count; i++)
        if (l->rules[i].type->id == (uint32_t)envelope->body_case) return &l->rules[i];
    return NULL;
}

unsigned dcf_lifecycle_next(const dcf_rule *rule, unsigned state, const dcf_facts *facts)
{
    for (size_t i = 0; i < rule->move_count; i++) {
        const dcf_move *m = &rule->moves[i];
        if ((m->from >> state & 1U) && dcf_condition_holds(m->when, facts)) return m->to;
    }
    return state;
}
