/*
 * party.h - who takes part: forces and the CPS, and the links they come and go by.
 *
 * Read from the `parties:` part of the configuration (config/dcfd.yaml shows all
 * of it). The rooms see parties only through this: gateway and delivery look at
 * links, the exchange at kinds, forces and areas.
 * Ownership: strings belong to the YAML document, which must outlive the parties.
 * Thread rule: immutable after loading. SPDX-License-Identifier: MIT
 */
#ifndef DCF_MODEL_PARTY_H
#define DCF_MODEL_PARTY_H

#include "base/buf.h"
#include "base/yaml.h"
#include "dcf/status.h"
#include "dcf/translate.h"

enum { DCF_PARTY_LISTS_MAX = 64, DCF_OUT_WINDOW_MOST = 65536 };

typedef enum dcf_party_kind { DCF_PARTY_FORCE, DCF_PARTY_CPS } dcf_party_kind;
typedef enum dcf_transport_kind {
    DCF_TRANSPORT_NONE,
    DCF_TRANSPORT_SPOOL,
    DCF_TRANSPORT_HTTP
} dcf_transport_kind;

typedef struct dcf_way { /* one direction of a link */
    dcf_transport_kind transport;
    const char *folder; /* spool */
    const char *url;    /* http out: base address; the dialect's message gives the path below it */
    const char *token_file; /* http: file holding the bearer token; NULL: none */
    const char *ca_file, *cert_file,
        *key_file;        /* http out over TLS; NULL: system trust, no client certificate */
    uint64_t timeout_ms;  /* http out: one attempt */
    uint64_t poll_ms;     /* spool in: between two looks */
    uint64_t concurrency; /* http out: most deliveries in flight */
    uint64_t window;      /* out: most deliveries in memory, of each lane */
} dcf_way;

/* How far a link is on its way to work (config/onboarding.yaml says what it takes to go on). */
typedef enum dcf_stage {
    DCF_STAGE_REGISTERED, /* nothing passes, either way */
    DCF_STAGE_TEST,       /* only test messages */
    DCF_STAGE_SHADOW, /* real ones are translated, judged and written for comparison; nobody gets
                         them */
    DCF_STAGE_LIVE
} dcf_stage;

/* Before the case key of what comes by a link in shadow: its case has a state of its own, beside
 * the real one, and nothing that comes of it reaches anybody. */
#define DCF_SHADOW_MARK '~'

typedef struct dcf_link {
    const char *name;
    const char *dialect;
    bool has_in, has_out;
    dcf_way in, out;
    dcf_stage stage;
    dcf_limits limits; /* of one inbound document */
    uint64_t window;   /* most inbound documents between arrival and Kafka's word */
    const struct dcf_party *party;
    uint32_t line; /* in the configuration */
} dcf_link;

typedef struct dcf_party {
    const char *name;
    dcf_party_kind kind;
    bool live;                                    /* false: a test party */
    const char *forces[DCF_PARTY_LISTS_MAX + 1];  /* force: codes it may speak for, NULL-ended */
    const char *areas[DCF_PARTY_LISTS_MAX + 1];   /* cps: Area numbers it serves; none means all */
    const char *cleared[DCF_PARTY_LISTS_MAX + 1]; /* for what it is cleared: "unredacted" */
    dcf_link *links;
    size_t link_count;
} dcf_party;

typedef struct dcf_parties {
    dcf_party *items;
    size_t count;
} dcf_parties;

const char *dcf_stage_text(dcf_stage s); /* "registered" …; never NULL */

/* Loads the list under node (`parties:`). CONFIG with err naming file and line. The caller frees.
 */
DCF_RESULT dcf_parties_load(const dcf_yaml_doc *doc, const dcf_yaml *node, dcf_parties *ret,
                            dcf_yaml_error *err);
void dcf_parties_free(dcf_parties *p);
/* Appends `parties:` as the rules see them: names, kinds, forces, Areas, clearances, stages and
 * which links lead where; loads again to parties that are decided alike. */
void dcf_parties_write(const dcf_parties *p, dcf_buf *out);

const dcf_party *dcf_party_by_name(const dcf_parties *p, const char *name);
const dcf_link *dcf_link_by_name(const dcf_parties *p, const char *name);
/* The force party that speaks for this force code; NULL when none. */
const dcf_party *dcf_party_of_force(const dcf_parties *p, const char *force);
/* The CPS party that serves this Area; NULL when none. */
const dcf_party *dcf_party_of_area(const dcf_parties *p, const char *area);
/* The link by which messages leave to this party: the first with `out`. */
const dcf_link *dcf_party_out(const dcf_party *party);
bool dcf_party_is_cleared(const dcf_party *party, const char *for_what);
bool dcf_party_speaks_for(const dcf_party *party, const char *force);

#endif
