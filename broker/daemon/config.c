/* config.c - see config.h. */
#include "daemon/config.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    MESSAGE_LEAST = 1 << 20, /* the state of a case is one record */
    MESSAGE_MOST = 15 << 20, /* the Kafka clients take 16 MiB with all that surrounds a value */
    MEMORY_FACTOR = 16,      /* a small field on the wire is a large one in memory */
    COMMIT_MOST_MS = 10000   /* Kafka aborts a transaction that is open for 30 s */
};

/* Where a mistake in this key is: at the key, when it is written. */
static const dcf_yaml *place(const dcf_yaml *node, const char *key)
{
    const dcf_yaml *v = dcf_yaml_get(node, key);
    return v ? v : node;
}

static dcf_status read_names(dcf_config *c, const dcf_yaml *node, dcf_yaml_error *err)
{
    c->prefix = dcf_yaml_str(node, "prefix", "dcf");
    size_t n =
        strspn(c->prefix, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
    if (n == 0 || c->prefix[n] || n > 60)
        return dcf_yaml_fail(c->doc, node, err,
                             "kafka.prefix: letters, digits, - _ and . only, at most 60");
    snprintf(c->names.submitted, sizeof c->names.submitted, "%s.submitted", c->prefix);
    snprintf(c->names.state, sizeof c->names.state, "%s.case", c->prefix);
    snprintf(c->names.held, sizeof c->names.held, "%s.held", c->prefix);
    snprintf(c->names.job, sizeof c->names.job, "%s.job", c->prefix);
    snprintf(c->names.rules, sizeof c->names.rules, "%s.rules", c->prefix);
    snprintf(c->names.audit, sizeof c->names.audit, "%s.audit", c->prefix);
    snprintf(c->names.exchange, sizeof c->names.exchange, "%s-exchange", c->prefix);
    return DCF_OK;
}

static dcf_status read_kafka(dcf_config *c, const dcf_yaml *node, dcf_yaml_error *err)
{
    static const char *const known[] = {"bootstrap",         "prefix",     "partitions",
                                        "max_message_bytes", "properties", NULL};
    if (node) DCF_TRY(dcf_yaml_only(c->doc, node, known, err));
    DCF_TRY(dcf_yaml_u64(c->doc, node, "partitions", 8, &c->partitions, err));
    DCF_TRY(dcf_yaml_u64(c->doc, node, "max_message_bytes", 8u << 20, &c->max_message_bytes, err));
    if (c->partitions == 0 || c->partitions > DCF_PARTITIONS_MAX)
        return dcf_yaml_fail(c->doc, place(node, "partitions"), err,
                             "kafka.partitions must be 1 to %d", DCF_PARTITIONS_MAX);
    if (c->max_message_bytes < MESSAGE_LEAST || c->max_message_bytes > MESSAGE_MOST)
        return dcf_yaml_fail(c->doc, place(node, "max_message_bytes"), err,
                             "kafka.max_message_bytes must be 1MiB to 15MiB");
    c->kafka.bootstrap = dcf_yaml_str(node, "bootstrap", "127.0.0.1:9092");
    c->kafka.client_id = c->instance;
    DCF_TRY(read_names(c, node, err));
    const dcf_yaml *p = dcf_yaml_get(node, "properties");
    if (!p) return DCF_OK;
    if (p->kind != DCF_YAML_MAP)
        return dcf_yaml_fail(c->doc, p, err, "kafka.properties must be a map");
    c->kafka_properties = calloc(2 * p->count + 1, sizeof *c->kafka_properties);
    if (!c->kafka_properties) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < p->count; i++) {
        if (p->items[i].kind != DCF_YAML_SCALAR)
            return dcf_yaml_fail(c->doc, &p->items[i], err, "a Kafka property is text");
        c->kafka_properties[2 * i] = p->items[i].key;
        c->kafka_properties[2 * i + 1] = p->items[i].text;
    }
    c->kafka.properties = c->kafka_properties;
    return DCF_OK;
}

static dcf_status read_listener(dcf_config *c, const char *key, const char *fallback,
                                dcf_listener *l, dcf_yaml_error *err)
{
    static const char *const known[] = {"listen",         "cert_file",  "key_file",       "ca_file",
                                        "require_client", "token_file", "operators_file", NULL};
    const dcf_yaml *node = dcf_yaml_get(dcf_yaml_root(c->doc), key);
    if (node) DCF_TRY(dcf_yaml_only(c->doc, node, known, err));
    l->listen = dcf_yaml_str(node, "listen", fallback);
    l->token_file = dcf_yaml_str(node, "token_file", NULL);
    l->operators_file = dcf_yaml_str(node, "operators_file", NULL);
    l->tls = (dcf_tls_files){.cert = dcf_yaml_str(node, "cert_file", NULL),
                             .key = dcf_yaml_str(node, "key_file", NULL),
                             .ca = dcf_yaml_str(node, "ca_file", NULL)};
    DCF_TRY(dcf_yaml_bool(c->doc, node, "require_client", false, &l->tls.require_client, err));
    if ((l->tls.cert == NULL) != (l->tls.key == NULL))
        return dcf_yaml_fail(c->doc, node, err, "%s: cert_file and key_file go together", key);
    return DCF_OK;
}

static bool is_loopback(const char *listen)
{
    return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]", 5) == 0 ||
           strncmp(listen, "localhost", 9) == 0;
}

/* Beyond the loopback nobody may post without a token or a client certificate. */
static dcf_status check_doors(const dcf_config *c, dcf_yaml_error *err)
{
    const dcf_yaml *root = dcf_yaml_root(c->doc);
    if (!is_loopback(c->ops.listen) && !c->ops.token_file && !c->ops.operators_file &&
        !c->ops.tls.require_client)
        return dcf_yaml_fail(c->doc, dcf_yaml_get(root, "ops"), err,
                             "ops listens beyond the loopback: set token_file, operators_file or "
                             "require_client");
    if (is_loopback(c->gateway.listen) || c->gateway.tls.require_client) return DCF_OK;
    for (size_t p = 0; p < c->parties.count; p++)
        for (size_t l = 0; l < c->parties.items[p].link_count; l++) {
            const dcf_link *link = &c->parties.items[p].links[l];
            if (!link->has_in || link->in.transport != DCF_TRANSPORT_HTTP || link->in.token_file)
                continue;
            dcf_yaml at = *root;
            at.line = link->line;
            return dcf_yaml_fail(
                c->doc, &at, err,
                "link %s: the gateway listens beyond the loopback: set in.token_file", link->name);
        }
    return DCF_OK;
}

/* A document may become larger as a message, and is held whole, with its faults, when it becomes
 * none. */
static dcf_status check_link(const dcf_config *c, const dcf_link *l, dcf_yaml_error *err)
{
    dcf_yaml at = *dcf_yaml_root(c->doc);
    at.line = l->line;
    if (l->limits.bytes > c->max_message_bytes / 2)
        return dcf_yaml_fail(c->doc, &at, err,
                             "link %s: limits.bytes is more than half of kafka.max_message_bytes",
                             l->name);
    if (l->window == 0)
        return dcf_yaml_fail(c->doc, &at, err, "link %s: window must be more than 0", l->name);
    return DCF_OK;
}

static dcf_status check_links(const dcf_config *c, dcf_yaml_error *err)
{
    for (size_t p = 0; p < c->parties.count; p++) {
        const dcf_party *party = &c->parties.items[p];
        const dcf_link *out = dcf_party_out(party);
        for (size_t l = 0; l < party->link_count; l++) {
            DCF_TRY(check_link(c, &party->links[l], err));
            if (!party->links[l].has_out || &party->links[l] == out) continue;
            dcf_yaml at = *dcf_yaml_root(c->doc);
            at.line = party->links[l].line;
            return dcf_yaml_fail(
                c->doc, &at, err,
                "party %s: messages go out by one link, and %s is it: take away out of "
                "link %s",
                party->name, out->name, party->links[l].name);
        }
    }
    return DCF_OK;
}

/* A file or folder of rules, or "none" for doing without: NULL. */
static const char *optional(const dcf_yaml *node, const char *key, const char *fallback)
{
    const char *path = dcf_yaml_str(node, key, fallback);
    return strcmp(path, "none") == 0 ? NULL : path;
}

static dcf_status read_rules(dcf_config *c, const dcf_yaml *root, dcf_yaml_error *err)
{
    static const char *const known[] = {
        "lifecycle",       "forces",  "checklists", "clocks",         "bank_holidays", "policies",
        "redaction_tools", "metrics", "onboarding", "token_key_file", "contacts",      NULL};
    const dcf_yaml *node = dcf_yaml_get(root, "rules");
    if (node) DCF_TRY(dcf_yaml_only(c->doc, node, known, err));
    c->lifecycle = dcf_yaml_str(node, "lifecycle", "config/lifecycle.yaml");
    c->forces = dcf_yaml_str(node, "forces", "config/forces.yaml");
    c->checklists = optional(node, "checklists", "config/checklists");
    c->onboarding = dcf_yaml_str(node, "onboarding", "config/onboarding.yaml");
    c->metrics = dcf_yaml_str(node, "metrics", "config/metrics.yaml");
    c->token_key_file = dcf_yaml_str(node, "token_key_file", NULL);
    c->clocks = optional(node, "clocks", "config/clocks.yaml");
    c->holidays = optional(node, "bank_holidays", "config/bank-holidays.yaml");
    c->policies = dcf_yaml_str(node, "policies", "config/policies.yaml");
    c->redaction_tools = dcf_yaml_str(node, "redaction_tools", "config/redaction-tools.yaml");
    c->contacts = optional(node, "contacts", "none");
    return DCF_OK;
}

static dcf_status read_timing(dcf_config *c, const dcf_yaml *root, dcf_yaml_error *err)
{
    static const char *const known[] = {"commit", "commit_messages", "settle",
                                        "drain",  "retry_cap",       NULL};
    const dcf_yaml *node = dcf_yaml_get(root, "timing");
    if (node) DCF_TRY(dcf_yaml_only(c->doc, node, known, err));
    DCF_TRY(dcf_yaml_ms(c->doc, node, "commit", 100, &c->commit_ms, err));
    DCF_TRY(dcf_yaml_u64(c->doc, node, "commit_messages", 1000, &c->commit_messages, err));
    DCF_TRY(dcf_yaml_ms(c->doc, node, "settle", 500, &c->settle_ms, err));
    DCF_TRY(dcf_yaml_ms(c->doc, node, "retry_cap", 300000, &c->retry_cap_ms, err));
    if (c->commit_messages == 0 || c->retry_cap_ms == 0)
        return dcf_yaml_fail(c->doc, node, err,
                             "timing.commit_messages and retry_cap must be more than 0");
    if (c->commit_ms > COMMIT_MOST_MS)
        return dcf_yaml_fail(c->doc, place(node, "commit"), err,
                             "timing.commit must be at most 10s");
    return dcf_yaml_ms(c->doc, node, "drain", 30000, &c->drain_ms, err);
}

static dcf_status read_held(dcf_config *c, const dcf_yaml *root, dcf_yaml_error *err)
{
    static const char *const known[] = {"approve_above", "per_minute", NULL};
    const dcf_yaml *node = dcf_yaml_get(root, "held");
    if (node) DCF_TRY(dcf_yaml_only(c->doc, node, known, err));
    DCF_TRY(dcf_yaml_u64(c->doc, node, "approve_above", 20, &c->held_approve_above, err));
    DCF_TRY(dcf_yaml_u64(c->doc, node, "per_minute", 600, &c->held_per_minute, err));
    if (c->held_per_minute == 0 || c->held_per_minute > DCF_HELD_RATE_MOST)
        return dcf_yaml_fail(c->doc, place(node, "per_minute"), err,
                             "held.per_minute must be 1 to %d", DCF_HELD_RATE_MOST);
    return DCF_OK;
}

static dcf_status read_root(dcf_config *c, const dcf_yaml *root, dcf_yaml_error *err)
{
    static const char *const known[] = {"instance", "data",    "compare", "dialects",
                                        "kafka",    "rules",   "ops",     "gateway",
                                        "timing",   "parties", "held",    NULL};
    c->instance = dcf_yaml_str(root, "instance", "dcfd-1");
    c->data = dcf_yaml_str(root, "data", "/var/lib/dcf");
    c->dialects = dcf_yaml_str(root, "dialects", "adapters/dialect");
    const char *compare = dcf_yaml_str(root, "compare", NULL);
    snprintf(c->compare, sizeof c->compare, compare ? "%.4200s" : "%.4200s/compare",
             compare ? compare : c->data);
    return dcf_yaml_only(c->doc, root, known, err);
}

static dcf_status read_cluster(dcf_config *c, const dcf_yaml *root, dcf_yaml_error *err)
{
    return read_kafka(c, dcf_yaml_get(root, "kafka"), err);
}

static dcf_status read_ops(dcf_config *c, const dcf_yaml *root, dcf_yaml_error *err)
{
    (void)root;
    return read_listener(c, "ops", "127.0.0.1:8070", &c->ops, err);
}

static dcf_status read_gateway(dcf_config *c, const dcf_yaml *root, dcf_yaml_error *err)
{
    (void)root;
    return read_listener(c, "gateway", "127.0.0.1:8071", &c->gateway, err);
}

static dcf_status read_parties(dcf_config *c, const dcf_yaml *root, dcf_yaml_error *err)
{
    return dcf_parties_load(c->doc, dcf_yaml_get(root, "parties"), &c->parties, err);
}

static dcf_status check_all_links(dcf_config *c, const dcf_yaml *root, dcf_yaml_error *err)
{
    (void)root;
    return check_links(c, err);
}

static dcf_status check_all_doors(dcf_config *c, const dcf_yaml *root, dcf_yaml_error *err)
{
    (void)root;
    return check_doors(c, err);
}

/* Each tells its first mistake; one that is wrong does not hide those of the others. */
static dcf_status (*const sections[])(dcf_config *c, const dcf_yaml *root, dcf_yaml_error *err) = {
    read_root, read_cluster, read_rules,   read_timing,     read_held,
    read_ops,  read_gateway, read_parties, check_all_links, check_all_doors};

/* The parties one by one, when together they are refused. */
static void tell_parties(const dcf_config *c, dcf_config_mistake *mistake)
{
    const dcf_yaml *list = dcf_yaml_get(dcf_yaml_root(c->doc), "parties");
    for (size_t i = 1; list && i < list->count; i++) { /* the first mistake is told already */
        dcf_yaml one = *list;
        dcf_yaml_error err = {{0}};
        dcf_parties parties = {0};
        one.items = &list->items[i];
        one.count = 1;
        if (dcf_ok(dcf_parties_load(c->doc, &one, &parties, &err)))
            dcf_parties_free(&parties);
        else
            mistake(err.text);
    }
}

static dcf_status read_all(dcf_config *c, dcf_config_mistake *mistake, dcf_yaml_error *err)
{
    const dcf_yaml *root = dcf_yaml_root(c->doc);
    dcf_status first = DCF_OK;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        dcf_yaml_error here = {{0}};
        dcf_status s = sections[i](c, root, &here);
        if (dcf_ok(s)) continue;
        if (dcf_failed(first)) mistake(here.text);
        if (dcf_ok(first) && err) *err = here;
        if (dcf_ok(first)) first = s;
        if (!mistake) break;
        if (sections[i] == read_parties) tell_parties(c, mistake);
    }
    return first;
}

dcf_status dcf_config_load(const char *path, dcf_config_mistake *mistake, dcf_config **ret,
                           dcf_yaml_error *err)
{
    dcf_config *c = calloc(1, sizeof *c);
    if (!c) return DCF_ERR(NOMEM);
    dcf_status s = dcf_yaml_load(path, &c->doc, err);
    if (dcf_ok(s)) {
        c->path = dcf_yaml_name(c->doc);
        s = read_all(c, mistake, err);
    }
    if (dcf_failed(s))
        dcf_config_free(c);
    else
        *ret = c;
    return s;
}

size_t dcf_config_message_memory(const dcf_config *c)
{
    return MEMORY_FACTOR * (size_t)c->max_message_bytes;
}

char *dcf_config_deliver_topic(const dcf_config *c, const char *party, bool urgent, char out[160])
{
    snprintf(out, 160, "%s.deliver.%s%s", c->prefix, party, urgent ? ".urgent" : "");
    return out;
}

static bool same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool same_listener(const dcf_listener *a, const dcf_listener *b)
{
    return same(a->listen, b->listen) && same(a->token_file, b->token_file) &&
           same(a->operators_file, b->operators_file) && same(a->tls.cert, b->tls.cert) &&
           same(a->tls.key, b->tls.key) && same(a->tls.ca, b->tls.ca) &&
           a->tls.require_client == b->tls.require_client;
}

static bool same_properties(const char *const *a, const char *const *b)
{
    for (; a && *a && b && *b; a++, b++)
        if (!same(*a, *b)) return false;
    return (!a || !*a) && (!b || !*b);
}

const char *dcf_config_needs_restart(const dcf_config *a, const dcf_config *b)
{
    if (!same(a->kafka.bootstrap, b->kafka.bootstrap)) return "kafka.bootstrap";
    if (!same_properties(a->kafka.properties, b->kafka.properties)) return "kafka.properties";
    if (!same(a->prefix, b->prefix)) return "kafka.prefix";
    if (a->partitions != b->partitions) return "kafka.partitions";
    if (a->max_message_bytes != b->max_message_bytes) return "kafka.max_message_bytes";
    if (!same(a->data, b->data)) return "data";
    if (!same(a->instance, b->instance)) return "instance";
    if (!same_listener(&a->ops, &b->ops)) return "ops";
    if (!same_listener(&a->gateway, &b->gateway)) return "gateway";
    return NULL;
}

void dcf_config_free(dcf_config *c)
{
    if (!c) return;
    dcf_parties_free(&c->parties);
    free(c->kafka_properties);
    dcf_yaml_free(c->doc);
    free(c);
}
