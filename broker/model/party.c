/* party.c - reads the parties and links of the configuration; see party.h. */
#include "model/party.h"

#include <stdlib.h>

static dcf_status read_list(const dcf_yaml_doc *doc, const dcf_yaml *node, const char *key,
                            const char *out[DCF_PARTY_LISTS_MAX + 1], dcf_yaml_error *err)
{
    const dcf_yaml *list = dcf_yaml_get(node, key);
    if (!list) return DCF_OK;
    if (list->kind != DCF_YAML_LIST || list->count > DCF_PARTY_LISTS_MAX)
        return dcf_yaml_fail(doc, list, err, "%s must be a list of at most %d codes", key,
                             DCF_PARTY_LISTS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind != DCF_YAML_SCALAR)
            return dcf_yaml_fail(doc, &list->items[i], err, "%s: a code is text", key);
        out[i] = list->items[i].text;
    }
    return DCF_OK;
}

static dcf_status read_transport(const dcf_yaml_doc *doc, const dcf_yaml *node, dcf_way *way,
                                 dcf_yaml_error *err)
{
    const char *name = dcf_yaml_str(node, "transport", "");
    if (strcmp(name, "spool") == 0)
        way->transport = DCF_TRANSPORT_SPOOL;
    else if (strcmp(name, "http") == 0)
        way->transport = DCF_TRANSPORT_HTTP;
    else
        return dcf_yaml_fail(doc, node, err, "transport must be spool or http");
    return DCF_OK;
}

static dcf_status read_way(const dcf_yaml_doc *doc, const dcf_yaml *node, bool out, dcf_way *way,
                           dcf_yaml_error *err)
{
    static const char *const known[] = {"transport", "folder",      "url",      "token_file",
                                        "ca_file",   "cert_file",   "key_file", "timeout",
                                        "poll",      "concurrency", "window",   NULL};
    DCF_TRY(dcf_yaml_only(doc, node, known, err));
    DCF_TRY(read_transport(doc, node, way, err));
    way->folder = dcf_yaml_str(node, "folder", NULL);
    way->url = dcf_yaml_str(node, "url", NULL);
    way->token_file = dcf_yaml_str(node, "token_file", NULL);
    way->ca_file = dcf_yaml_str(node, "ca_file", NULL);
    way->cert_file = dcf_yaml_str(node, "cert_file", NULL);
    way->key_file = dcf_yaml_str(node, "key_file", NULL);
    DCF_TRY(dcf_yaml_ms(doc, node, "timeout", 30000, &way->timeout_ms, err));
    DCF_TRY(dcf_yaml_ms(doc, node, "poll", 250, &way->poll_ms, err));
    DCF_TRY(dcf_yaml_u64(doc, node, "concurrency", 8, &way->concurrency, err));
    DCF_TRY(dcf_yaml_u64(doc, node, "window", 4096, &way->window, err));
    if (way->window == 0 || way->window > DCF_OUT_WINDOW_MOST)
        return dcf_yaml_fail(doc, node, err, "window must be 1 to %d", DCF_OUT_WINDOW_MOST);
    if (way->transport == DCF_TRANSPORT_SPOOL && !way->folder)
        return dcf_yaml_fail(doc, node, err, "a spool needs folder: PATH");
    if (way->transport == DCF_TRANSPORT_HTTP && out && !way->url)
        return dcf_yaml_fail(doc, node, err, "http out needs url: BASE");
    if (way->concurrency == 0 || way->timeout_ms == 0 || way->poll_ms == 0)
        return dcf_yaml_fail(doc, node, err, "concurrency, timeout and poll must be more than 0");
    return DCF_OK;
}

static dcf_status read_size(const dcf_yaml_doc *doc, const dcf_yaml *node, const char *key,
                            size_t *ret, dcf_yaml_error *err)
{
    uint64_t v;
    DCF_TRY(dcf_yaml_u64(doc, node, key, 0, &v, err));
    *ret = (size_t)v;
    return DCF_OK;
}

static dcf_status read_limits(const dcf_yaml_doc *doc, const dcf_yaml *node, dcf_limits *limits,
                              dcf_yaml_error *err)
{
    static const char *const known[] = {"bytes", "depth", "values", "text", NULL};
    if (!node) return DCF_OK;
    DCF_TRY(dcf_yaml_only(doc, node, known, err));
    DCF_TRY(read_size(doc, node, "bytes", &limits->bytes, err));
    DCF_TRY(read_size(doc, node, "depth", &limits->depth, err));
    DCF_TRY(read_size(doc, node, "values", &limits->values, err));
    return read_size(doc, node, "text", &limits->text, err);
}

static const char *const STAGES[] = {[DCF_STAGE_REGISTERED] = "registered",
                                     [DCF_STAGE_TEST] = "test",
                                     [DCF_STAGE_SHADOW] = "shadow",
                                     [DCF_STAGE_LIVE] = "live"};

const char *dcf_stage_text(dcf_stage s)
{
    return STAGES[s];
}

/* Without a word: a live party's link is live, a test party's in test. */
static dcf_status read_stage(const dcf_yaml_doc *doc, const dcf_yaml *node, const dcf_party *party,
                             dcf_stage *ret, dcf_yaml_error *err)
{
    const char *text =
        dcf_yaml_str(node, "stage", STAGES[party->live ? DCF_STAGE_LIVE : DCF_STAGE_TEST]);
    size_t i = 0;
    while (i < sizeof STAGES / sizeof STAGES[0] && strcmp(STAGES[i], text) != 0) i++;
    if (i == sizeof STAGES / sizeof STAGES[0])
        return dcf_yaml_fail(doc, node, err, "stage must be registered, test, shadow or live");
    if (!party->live && i > DCF_STAGE_TEST)
        return dcf_yaml_fail(doc, node, err,
                             "stage %s: the party's environment is test, so its links can be "
                             "registered or test",
                             text);
    *ret = (dcf_stage)i;
    return DCF_OK;
}

static dcf_status read_link(const dcf_yaml_doc *doc, const dcf_yaml *node, const dcf_party *party,
                            dcf_link *link, dcf_yaml_error *err)
{
    static const char *const known[] = {"name",   "dialect", "in",    "out",
                                        "limits", "window",  "stage", NULL};
    DCF_TRY(dcf_yaml_only(doc, node, known, err));
    *link = (dcf_link){.name = dcf_yaml_str(node, "name", NULL),
                       .dialect = dcf_yaml_str(node, "dialect", NULL),
                       .party = party,
                       .line = node->line};
    if (!link->name || !link->dialect)
        return dcf_yaml_fail(doc, node, err, "a link needs name and dialect");
    const dcf_yaml *in = dcf_yaml_get(node, "in"), *out = dcf_yaml_get(node, "out");
    link->has_in = in != NULL;
    link->has_out = out != NULL;
    if (in) DCF_TRY(read_way(doc, in, false, &link->in, err));
    if (out) DCF_TRY(read_way(doc, out, true, &link->out, err));
    DCF_TRY(dcf_yaml_u64(doc, node, "window", 256, &link->window, err));
    DCF_TRY(read_stage(doc, node, party, &link->stage, err));
    return read_limits(doc, dcf_yaml_get(node, "limits"), &link->limits, err);
}

static dcf_status read_links(const dcf_yaml_doc *doc, const dcf_yaml *node, dcf_party *party,
                             dcf_yaml_error *err)
{
    const dcf_yaml *list = dcf_yaml_get(node, "links");
    if (!list || list->kind != DCF_YAML_LIST || list->count == 0)
        return dcf_yaml_fail(doc, node, err, "party %s needs links: a list", party->name);
    party->links = calloc(list->count, sizeof *party->links);
    if (!party->links) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < list->count; i++) {
        DCF_TRY(read_link(doc, &list->items[i], party, &party->links[i], err));
        party->link_count++;
    }
    return DCF_OK;
}

static dcf_status read_party(const dcf_yaml_doc *doc, const dcf_yaml *node, dcf_party *party,
                             dcf_yaml_error *err)
{
    static const char *const known[] = {"name",  "kind",  "environment", "forces",
                                        "areas", "links", "cleared",     NULL};
    DCF_TRY(dcf_yaml_only(doc, node, known, err));
    const char *kind = dcf_yaml_str(node, "kind", "");
    const char *environment = dcf_yaml_str(node, "environment", "live");
    party->name = dcf_yaml_str(node, "name", NULL);
    if (!party->name) return dcf_yaml_fail(doc, node, err, "a party needs a name");
    if (strcmp(kind, "force") != 0 && strcmp(kind, "cps") != 0)
        return dcf_yaml_fail(doc, node, err, "party %s: kind must be force or cps", party->name);
    if (strcmp(environment, "live") != 0 && strcmp(environment, "test") != 0)
        return dcf_yaml_fail(doc, node, err, "party %s: environment must be live or test",
                             party->name);
    party->kind = strcmp(kind, "cps") == 0 ? DCF_PARTY_CPS : DCF_PARTY_FORCE;
    party->live = strcmp(environment, "live") == 0;
    DCF_TRY(read_list(doc, node, "forces", party->forces, err));
    DCF_TRY(read_list(doc, node, "areas", party->areas, err));
    DCF_TRY(read_list(doc, node, "cleared", party->cleared, err));
    for (const char *const *c = party->cleared; *c; c++)
        if (strcmp(*c, "unredacted") != 0)
            return dcf_yaml_fail(doc, dcf_yaml_get(node, "cleared"), err,
                                 "party %s: cleared can list unredacted only", party->name);
    if (party->kind == DCF_PARTY_FORCE && !party->forces[0])
        return dcf_yaml_fail(doc, node, err, "party %s: a force needs forces: [\"45\"]",
                             party->name);
    return read_links(doc, node, party, err);
}

/* Names are addresses: a party or link name stands once, and both are plain words (they become
 * topic and file names). */
static dcf_status check_name(const dcf_yaml_doc *doc, const dcf_yaml *node, const char *name,
                             dcf_yaml_error *err)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    if (n == 0 || name[n] || n > 64)
        return dcf_yaml_fail(doc, node, err,
                             "name '%.64s': letters, digits, - and _ only, at most 64", name);
    return DCF_OK;
}

static dcf_status check_names(const dcf_yaml_doc *doc, const dcf_yaml *list, const dcf_parties *p,
                              size_t i, dcf_yaml_error *err)
{
    const dcf_party *party = &p->items[i];
    DCF_TRY(check_name(doc, &list->items[i], party->name, err));
    if (dcf_party_by_name(p, party->name) != party)
        return dcf_yaml_fail(doc, &list->items[i], err, "a second party %s", party->name);
    for (size_t l = 0; l < party->link_count; l++) {
        DCF_TRY(check_name(doc, &list->items[i], party->links[l].name, err));
        if (dcf_link_by_name(p, party->links[l].name) != &party->links[l])
            return dcf_yaml_fail(doc, &list->items[i], err, "a second link %s",
                                 party->links[l].name);
    }
    return DCF_OK;
}

dcf_status dcf_parties_load(const dcf_yaml_doc *doc, const dcf_yaml *node, dcf_parties *ret,
                            dcf_yaml_error *err)
{
    if (!node || node->kind != DCF_YAML_LIST || node->count == 0)
        return dcf_yaml_fail(doc, node ? node : dcf_yaml_root(doc), err,
                             "parties must be a list of at least one");
    dcf_parties p = {.items = calloc(node->count, sizeof *p.items)};
    if (!p.items) return DCF_ERR(NOMEM);
    p.count = node->count;
    dcf_status s = DCF_OK;
    for (size_t i = 0; i < node->count && dcf_ok(s); i++)
        s = read_party(doc, &node->items[i], &p.items[i], err);
    for (size_t i = 0; i < node->count && dcf_ok(s); i++) s = check_names(doc, node, &p, i, err);
    if (dcf_ok(s))
        *ret = p;
    else
        dcf_parties_free(&p);
    return s;
}

void dcf_parties_free(dcf_parties *p)
{
    for (size_t i = 0; i < p->count; i++) free(p->items[i].links);
    free(p->items);
    *p = (dcf_parties){0};
}

const dcf_party *dcf_party_by_name(const dcf_parties *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].name && strcmp(p->items[i].name, name) == 0) return &p->items[i];
    return NULL;
}

const dcf_link *dcf_link_by_name(const dcf_parties *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t l = 0; l < p->items[i].link_count; l++)
            if (strcmp(p->items[i].links[l].name, name) == 0) return &p->items[i].links[l];
    return NULL;
}

static bool holds(const char *const list[], const char *code)
{
    for (; *list; list++)
        if (strcmp(*list, code) == 0) return true;
    return false;
}

const dcf_party *dcf_party_of_force(const dcf_parties *p, const char *force)
{
    for (size_t i = 0; i < p->count; i++)
        if (dcf_party_speaks_for(&p->items[i], force)) return &p->items[i];
    return NULL;
}

const dcf_party *dcf_party_of_area(const dcf_parties *p, const char *area)
{
    for (size_t i = 0; i < p->count; i++) {
        const dcf_party *party = &p->items[i];
        if (party->kind == DCF_PARTY_CPS && (!party->areas[0] || holds(party->areas, area)))
            return party;
    }
    return NULL;
}

const dcf_link *dcf_party_out(const dcf_party *party)
{
    for (size_t l = 0; l < party->link_count; l++)
        if (party->links[l].has_out) return &party->links[l];
    return NULL;
}

bool dcf_party_is_cleared(const dcf_party *party, const char *for_what)
{
    for (const char *const *c = party->cleared; *c; c++)
        if (strcmp(*c, for_what) == 0) return true;
    return false;
}

bool dcf_party_speaks_for(const dcf_party *party, const char *force)
{
    return party->kind == DCF_PARTY_FORCE && holds(party->forces, force);
}
