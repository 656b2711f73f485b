/* site.c - see site.h. */
#include "daemon/site.h"

#include "model/contacts.h"
#include "security/digest.h"

#include <stdio.h>
#include <stdlib.h>

enum { TOKEN_KEY_MAX = 4096, RULE_FILE_MAX = 1 << 20 };

static void sha256(void *ctx, dcf_span bytes, uint8_t ret[32])
{
    (void)ctx;
    dcf_sha256(bytes, ret);
}

static dcf_status read_token_key(dcf_site *s, dcf_yaml_error *err)
{
    const char *path = s->config->token_key_file;
    if (!path) return DCF_OK;
    if (dcf_ok(dcf_buf_read_file(&s->token_key, path, TOKEN_KEY_MAX)) && s->token_key.size)
        return DCF_OK;
    if (err)
        snprintf(err->text, sizeof err->text, "rules.token_key_file: cannot read a key from %.150s",
                 path);
    return DCF_ERR(CONFIG);
}

static dcf_status load_exchange(dcf_site *s, dcf_yaml_error *err)
{
    dcf_exchange_config x = {.parties = &s->config->parties,
                             .forces = s->forces,
                             .lifecycle = s->config->lifecycle,
                             .checklists = s->config->checklists,
                             .clocks = s->config->clocks,
                             .holidays = s->config->holidays,
                             .policies = s->config->policies,
                             .redaction_tools = s->config->redaction_tools,
                             .forces_file = s->config->forces,
                             .sha256 = sha256,
                             .token_key = dcf_buf_span(&s->token_key),
                             .instance = s->config->instance};
    return dcf_exchange_new(&x, &s->exchange, err);
}

static dcf_status load_dialects(dcf_site *s, const dcf_site_ears *ears, dcf_yaml_error *err)
{
    return dcf_dialects_load(s->config->dialects, &s->config->parties, ears ? ears->fault : NULL,
                             &s->dialects, err);
}

/* The directory decides nothing here: it is proved with all else, and dcfctl reads it. */
static dcf_status prove_contacts(const dcf_site *s, dcf_yaml_error *err)
{
    dcf_contacts *contacts = NULL;
    if (!s->config->contacts) return DCF_OK;
    dcf_status status = dcf_contacts_load(s->config->contacts, s->forces, &contacts, err);
    dcf_contacts_free(contacts);
    return status;
}

/* The rules of the exchange as messages carry them, then the figures' and the stages', with a
 * digest of their own: an edit is seen though nobody changed a version. */
static dcf_status tell_version(dcf_site *s)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf text = {0};
    const char *const files[] = {s->config->metrics, s->config->onboarding};
    uint8_t hash[32];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        DCF_CLEANUP(dcf_buf_fini) dcf_buf file = {0};
        DCF_TRY(dcf_buf_read_file(&file, files[i], RULE_FILE_MAX));
        dcf_buf_printf(&text, "%zu\n", file.size);
        dcf_buf_add(&text, dcf_buf_span(&file));
    }
    dcf_sha256(dcf_buf_span(&text), hash);
    dcf_buf_printf(&s->version, "%s; metrics %s, onboarding %s, ",
                   dcf_exchange_rules_version(s->exchange), s->catalogue->version,
                   s->criteria->version);
    for (size_t i = 0; i < 6; i++) dcf_buf_printf(&s->version, "%02x", hash[i]);
    return text.failed || s->version.failed ? DCF_ERR(NOMEM) : DCF_OK;
}

/* The first failure is the site's; the others are told. */
static dcf_status join(dcf_status first, dcf_status s, const dcf_yaml_error *here,
                       const dcf_site_ears *ears, dcf_yaml_error *err)
{
    if (dcf_ok(s)) return first;
    if (dcf_ok(first)) {
        *err = *here;
        return s;
    }
    if (ears && ears->mistake && here->text[0]) ears->mistake(here->text);
    return first;
}

static dcf_status load(dcf_site *s, const char *path, const dcf_site_ears *ears,
                       dcf_yaml_error *err)
{
    dcf_status first = DCF_OK;
    dcf_yaml_error here = {{0}};
    DCF_TRY(dcf_config_load(path, ears ? ears->mistake : NULL, &s->config, err));
    first = join(first, dcf_forces_load(s->config->forces, &s->forces, &here), &here, ears, err);
    first = join(first, load_dialects(s, ears, &here), &here, ears, err);
    first =
        join(first, dcf_catalogue_load(s->config->metrics, &s->catalogue, &here), &here, ears, err);
    first = join(first, dcf_criteria_load(s->config->onboarding, &s->criteria, &here), &here, ears,
                 err);
    first = join(first, read_token_key(s, &here), &here, ears, err);
    if (!s->forces) return first; /* the rules cannot be read without */
    first = join(first, prove_contacts(s, &here), &here, ears, err);
    first = join(first, load_exchange(s, &here), &here, ears, err);
    return dcf_ok(first) ? tell_version(s) : first;
}

dcf_status dcf_site_load(const char *config_path, const dcf_site_ears *ears, dcf_site **ret,
                         dcf_yaml_error *err)
{
    dcf_site *s = calloc(1, sizeof *s);
    if (!s) return DCF_ERR(NOMEM);
    dcf_status status = load(s, config_path, ears, err);
    if (dcf_failed(status))
        dcf_site_free(s);
    else
        *ret = s;
    return status;
}

void dcf_site_free(dcf_site *s)
{
    if (!s) return;
    dcf_exchange_free(s->exchange);
    dcf_catalogue_free(s->catalogue);
    dcf_criteria_free(s->criteria);
    dcf_buf_fini(&s->token_key);
    dcf_buf_fini(&s->version);
    dcf_dialects_free(s->dialects);
    dcf_forces_free(s->forces);
    dcf_config_free(s->config);
    free(s);
}
