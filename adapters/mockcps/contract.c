/* contract.c - see contract.h: paths and operations; schema.c walks the schemas. */
#include "mockcps/contract.h"

#include "mockcps/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_OPERATIONS = 64 };

struct contract {
    dcf_yaml_doc *doc;
    const dcf_yaml *schemas, *messages; /* components.schemas; messageType -> $ref */
    contract_operation operations[MAX_OPERATIONS];
    size_t count;
    schema_check check;
};

static const char *after_slash(const char *ref)
{
    const char *slash = ref ? strrchr(ref, '/') : NULL;
    return slash ? slash + 1 : "";
}

static const char *method_name(const char *key)
{
    static const char *const names[][2] = {
        {"get", "GET"}, {"post", "POST"}, {"put", "PUT"}, {"delete", "DELETE"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(key, names[i][0]) == 0) return names[i][1];
    return NULL;
}

static const dcf_yaml *body_schema(const dcf_yaml *operation)
{
    const dcf_yaml *content = dcf_yaml_get(dcf_yaml_get(operation, "requestBody"), "content");
    return dcf_yaml_get(dcf_yaml_get(content, "application/json"), "schema");
}

static dcf_status add_path(contract *c, const dcf_yaml *path, dcf_yaml_error *err)
{
    for (size_t i = 0; i < path->count; i++) {
        const dcf_yaml *o = &path->items[i];
        const char *method = method_name(o->key), *id = dcf_yaml_str(o, "operationId", NULL);
        if (!method || !id || c->count == MAX_OPERATIONS)
            return dcf_yaml_fail(c->doc, o, err, "an operation needs a method and an operationId");
        c->operations[c->count++] = (contract_operation){
            .id = id,
            .method = method,
            .path = path->key,
            .schema = after_slash(dcf_yaml_str(body_schema(o), "$ref", NULL)),
            .needs_case = dcf_yaml_get(dcf_yaml_get(o, "responses"), "404") != NULL,
        };
    }
    return DCF_OK;
}

static dcf_status read_file(contract *c, dcf_yaml_error *err)
{
    DCF_TRY(dcf_yaml_parse(contract_text(), "openapi.yaml", &c->doc, err));
    const dcf_yaml *root = dcf_yaml_root(c->doc), *paths = dcf_yaml_get(root, "paths");
    c->schemas = dcf_yaml_get(dcf_yaml_get(root, "components"), "schemas");
    c->messages = dcf_yaml_get(
        dcf_yaml_get(dcf_yaml_get(c->schemas, "AnyMessage"), "discriminator"), "mapping");
    if (!paths || !c->messages)
        return dcf_yaml_fail(c->doc, root, err, "no paths, or no AnyMessage");
    for (size_t i = 0; i < paths->count; i++) DCF_TRY(add_path(c, &paths->items[i], err));
    c->check.schemas = c->schemas;
    return DCF_OK;
}

dcf_status contract_open(contract **ret, dcf_yaml_error *err)
{
    contract *c = calloc(1, sizeof *c);
    if (!c) return DCF_ERR(NOMEM);
    dcf_status s = read_file(c, err);
    if (dcf_failed(s)) {
        contract_free(c);
        return s;
    }
    *ret = c;
    return DCF_OK;
}

void contract_free(contract *c)
{
    if (!c) return;
    schema_check_fini(&c->check);
    dcf_yaml_free(c->doc);
    free(c);
}

size_t contract_operations(const contract *c, const contract_operation **ret)
{
    *ret = c->operations;
    return c->count;
}

const char *contract_schema_of(const contract *c, const char *message_type)
{
    const char *ref = message_type ? dcf_yaml_str(c->messages, message_type, NULL) : NULL;
    return ref ? after_slash(ref) : NULL;
}

void contract_check(contract *c, const char *schema, const json_t *doc, json_t *faults)
{
    schema_check_run(&c->check, dcf_yaml_get(c->schemas, schema), doc, faults);
}

void contract_fault(json_t *faults, const char *code, const char *path, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    json_array_append_new(faults,
                          json_pack("{s:s, s:s, s:s}", "code", code, "path", path, "text", text));
}
