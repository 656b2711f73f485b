/*
 * contract.h - openapi.yaml at work: the operations it lists, and documents
 * checked against its schemas. What the file does not say is not enforced.
 *
 * Understood of JSON Schema: $ref, type, enum, pattern, format, the length,
 * number and item limits, properties, required, additionalProperties: false, and
 * oneOf as a choice of required names. Thread rule: one thread at a time.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_MOCKCPS_CONTRACT_H
#define DCF_MOCKCPS_CONTRACT_H

#include "base/yaml.h"

#include <jansson.h>

typedef struct contract contract;

typedef struct contract_operation { /* texts live as long as the contract */
    const char *id, *method, *path; /* "postUpgrade", "POST", "/v1/urns/{urn}/upgrades" */
    const char *schema; /* of the request body: "CaseSubmission"; "" when there is none */
    bool needs_case;    /* it declares 404: the URN must be known */
} contract_operation;

dcf_span contract_text(void); /* the file, as compiled in */
dcf_span triage_text(void);   /* triage.yaml, as compiled in */

/* Reads the compiled-in file. CONFIG with err filled, NOMEM. */
DCF_RESULT contract_open(contract **ret, dcf_yaml_error *err);
void contract_free(contract *c); /* accepts NULL */

size_t contract_operations(const contract *c, const contract_operation **ret);

/* The schema for a messageType; NULL when it is none. */
const char *contract_schema_of(const contract *c, const char *message_type);

/* Appends every fault of doc, at most 1000, to the array faults: {code, path, text}. path is a JSON
 * pointer. */
void contract_check(contract *c, const char *schema, const json_t *doc, json_t *faults);

/* Appends one fault. */
void contract_fault(json_t *faults, const char *code, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
