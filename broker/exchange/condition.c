/* condition.c - the conditions of the lifecycle: a field of the body is one of some values. */
#include "exchange/lifecycle.h"

#include <stdio.h>
#include <string.h>

/* Looks `a.b.c` up through the descriptors, so that a rule cannot name what no message has. */
static dcf_status read_path(const dcf_yaml_doc *doc, const dcf_yaml *node,
                            const ProtobufCMessageDescriptor *body, dcf_condition *c,
                            dcf_yaml_error *err)
{
    const char *at = node->text;
    for (size_t depth = 0; depth < DCF_PATH_MAX - 1; depth++) {
        char name[64];
        size_t size = strcspn(at, ".");
        if (!body || size == 0 || size >= sizeof name) break;
        memcpy(name, at, size);
        name[size] = '\0';
        const ProtobufCFieldDescriptor *f =
            protobuf_c_message_descriptor_get_field_by_name(body, name);
        if (!f) return dcf_yaml_fail(doc, node, err, "%s has no field %s", body->short_name, name);
        c->path[depth] = f;
        body = f->type == PROTOBUF_C_TYPE_MESSAGE ? f->descriptor : NULL;
        if (at[size]) {
            at += size + 1;
            continue;
        }
        if (f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_ENUM) return DCF_OK;
        break;
    }
    return dcf_yaml_fail(doc, node, err, "a condition needs the path of a text or enum field");
}

static const ProtobufCFieldDescriptor *leaf(const dcf_condition *c)
{
    size_t depth = 0;
    while (c->path[depth + 1]) depth++;
    return c->path[depth];
}

/* CHARGED is SUBMISSION_KIND_CHARGED: the prefix is that of the UNSPECIFIED value. */
static const ProtobufCEnumValue *enum_value(const ProtobufCEnumDescriptor *e, const char *text)
{
    const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(e, 0);
    char name[128];
    int prefix = (int)(strlen(zero->name) - strlen("UNSPECIFIED"));
    snprintf(name, sizeof name, "%.*s%s", prefix, zero->name, text);
    return protobuf_c_enum_descriptor_get_value_by_name(e, name);
}

static dcf_status read_values(const dcf_yaml_doc *doc, const dcf_yaml *list, dcf_condition *c,
                              dcf_yaml_error *err)
{
    const ProtobufCFieldDescriptor *f = leaf(c);
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->items[i].text;
        if (!text) return dcf_yaml_fail(doc, &list->items[i], err, "a value is text");
        c->texts[i] = text;
        if (f->type != PROTOBUF_C_TYPE_ENUM) continue;
        const ProtobufCEnumValue *v = enum_value(f->descriptor, text);
        if (!v)
            return dcf_yaml_fail(doc, &list->items[i], err, "%s has no value %s", f->name, text);
        c->numbers[i] = v->value;
    }
    c->count = list->count;
    return DCF_OK;
}

dcf_status dcf_condition_read(const dcf_yaml_doc *doc, const dcf_yaml *node,
                              const ProtobufCMessageDescriptor *body, dcf_condition *ret,
                              dcf_yaml_error *err)
{
    static const char *const known[] = {"field", "in", "open_items", NULL};
    *ret = (dcf_condition){0};
    if (!node) return DCF_OK;
    DCF_TRY(dcf_yaml_only(doc, node, known, err));
    const char *items = dcf_yaml_str(node, "open_items", NULL);
    if (items && strcmp(items, "none") != 0)
        return dcf_yaml_fail(doc, node, err, "open_items can only be none");
    ret->no_open_items = items != NULL;
    const dcf_yaml *field = dcf_yaml_get(node, "field"), *list = dcf_yaml_get(node, "in");
    if (!field && !list && items) return DCF_OK;
    if (!field || !field->text || !list || list->kind != DCF_YAML_LIST || !list->count ||
        list->count > DCF_VALUES_MAX)
        return dcf_yaml_fail(doc, node, err,
                             "a condition is {field: PATH, in: [VALUES]} or {open_items: none}");
    DCF_TRY(read_path(doc, field, body, ret, err));
    return read_values(doc, list, ret, err);
}

static bool value_fits(const dcf_condition *c, const ProtobufCFieldDescriptor *f, const void *value)
{
    for (size_t i = 0; i < c->count; i++) {
        if (f->type == PROTOBUF_C_TYPE_ENUM ? *(const int *)value == c->numbers[i]
                                            : strcmp(*(char *const *)value, c->texts[i]) == 0)
            return true;
    }
    return false;
}

/* Whether any value at the end of the path fits. */
static bool path_fits(const dcf_condition *c, const ProtobufCMessage *m, size_t depth)
{
    const ProtobufCFieldDescriptor *f = c->path[depth];
    const uint8_t *base = (const uint8_t *)m;
    const void *one = base + f->offset;
    size_t count = 1;
    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        count = *(const size_t *)(const void *)(base + f->quantifier_offset);
        one = *(const void *const *)one;
    }
    size_t step = f->type == PROTOBUF_C_TYPE_ENUM ? sizeof(int) : sizeof(void *);
    for (size_t i = 0; i < count; i++) {
        const void *value = (const uint8_t *)one + i * step;
        if (f->type != PROTOBUF_C_TYPE_MESSAGE) {
            if (value_fits(c, f, value)) return true;
            continue;
        }
        const ProtobufCMessage *child = *(ProtobufCMessage *const *)value;
        if (child && path_fits(c, child, depth + 1)) return true;
    }
    return false;
}

bool dcf_condition_holds(const dcf_condition *c, const ProtobufCMessage *body,
                         const Dcf__V1__CaseState *of_case)
{
    if (c->no_open_items && of_case->n_open_items) return false;
    return !c->path[0] || path_fits(c, body, 0);
}
