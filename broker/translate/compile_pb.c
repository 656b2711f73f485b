/* compile_pb.c - the `protobuf` of a mapping: the native schema, and whether the mapping's paths
 * are in it. */
#include "translate/compile.h"
#include "translate/pb.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIELDS_MAX = 500 };

const dcf_pb_field *dcf_pb_by_number(const dcf_pb_message *m, uint64_t number)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->fields[i].number == number) return &m->fields[i];
    return NULL;
}

const dcf_pb_field *dcf_pb_by_name(const dcf_pb_message *m, dcf_span name)
{
    for (size_t i = 0; i < m->count; i++)
        if (dcf_span_eq_str(name, m->fields[i].name)) return &m->fields[i];
    return NULL;
}

/* --- the schema ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    dcf_pb_wire wire;
    dcf_pb_kind kind;
} scalars[] = {
#define SCALAR(name, wire, kind) {#name, DCF_PB_##wire, DCF_PB_##kind},
    DCF_PB_SCALARS(SCALAR)
#undef SCALAR
};

static bool number_of(dcf_compiler *c, const dcf_yaml *at, long min, long max, long *ret)
{
    char *end;
    *ret = strtol(at->key, &end, 10);
    if (!*end && end != at->key && *ret >= min && *ret <= max) return true;
    dcf_mistake(c, at, "\"%s\" is no number a field or value can have", at->key);
    return false;
}

static dcf_pb_message *find_message(const dcf_pb *pb, const char *name)
{
    for (size_t i = 0; i < pb->message_count; i++)
        if (strcmp(pb->messages[i]->name, name) == 0) return pb->messages[i];
    return NULL;
}

static bool set_type(dcf_compiler *c, const dcf_pb *pb, const char *type, const dcf_yaml *at,
                     dcf_pb_field *f)
{
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        if (strcmp(scalars[i].name, type) == 0) {
            f->wire = scalars[i].wire;
            f->kind = scalars[i].kind;
            f->bits = strstr(type, "32") || strcmp(type, "float") == 0 ? 32 : 64;
            return true;
        }
    for (size_t i = 0; i < pb->enum_count; i++)
        if (strcmp(pb->enums[i]->name, type) == 0) {
            f->kind = DCF_PB_ENUM;
            f->bits = 32;
            f->values = pb->enums[i];
            return true;
        }
    f->message = find_message(pb, type);
    f->wire = DCF_PB_BYTES;
    f->kind = DCF_PB_MESSAGE;
    if (f->message) return true;
    dcf_mistake(c, at, "\"%s\" is no type of protobuf, and none under \"messages\" or \"enums\"",
                type);
    return false;
}

/* "map<K, V>": entries with a key and a value. */
static bool set_map(dcf_compiler *c, const dcf_pb *pb, char *types, const dcf_yaml *at,
                    dcf_pb_field *f)
{
    char *comma = strchr(types, ','), *end = comma ? strchr(comma, '>') : NULL;
    dcf_pb_message *entry = dcf_make(c, sizeof *entry);
    dcf_pb_field *fields = dcf_make(c, 2 * sizeof *fields);
    if (!entry || !fields) return false;
    if (!end) {
        dcf_mistake(c, at, "a map is written map<KEY, VALUE>");
        return false;
    }
    *comma = *end = 0;
    *entry = (dcf_pb_message){.name = "entry", .fields = fields, .count = 2};
    fields[0] = (dcf_pb_field){.number = 1, .name = "key"};
    fields[1] = (dcf_pb_field){.number = 2, .name = "value"};
    const char *value = comma + 1 + strspn(comma + 1, " ");
    *f = (dcf_pb_field){.number = f->number,
                        .name = f->name,
                        .wire = DCF_PB_BYTES,
                        .kind = DCF_PB_MESSAGE,
                        .repeated = true,
                        .message = entry};
    return set_type(c, pb, types, at, &fields[0]) && set_type(c, pb, value, at, &fields[1]);
}

/* NUMBER: TYPE NAME, or TYPE NAME[]. */
static void compile_field(dcf_compiler *c, const dcf_pb *pb, const dcf_yaml *at, dcf_pb_message *m)
{
    long number;
    char *text = at->kind == DCF_YAML_SCALAR ? dcf_copy(c, at->text) : NULL;
    char *space = text ? strrchr(text, ' ') : NULL;
    if (!space || !number_of(c, at, 1, 536870911, &number)) {
        if (!space) dcf_mistake(c, at, "a field is written NUMBER: TYPE NAME, or TYPE NAME[]");
        return;
    }
    *space = 0;
    dcf_pb_field f = {.number = (uint32_t)number, .name = space + 1};
    size_t size = strlen(f.name);
    f.repeated = size > 2 && strcmp(f.name + size - 2, "[]") == 0;
    if (f.repeated) space[1 + size - 2] = 0;
    if (dcf_pb_by_number(m, f.number) || dcf_pb_by_name(m, dcf_span_str(f.name)))
        dcf_mistake(c, at, "\"%s\" has the number or name of another field", f.name);
    else if (strncmp(text, "map<", 4) == 0 ? set_map(c, pb, text + 4, at, &f)
                                           : set_type(c, pb, text, at, &f))
        m->fields[m->count++] = f;
}

static void compile_enum(dcf_compiler *c, dcf_pb *pb, const dcf_yaml *at)
{
    dcf_pb_enum *e = dcf_make(c, sizeof *e);
    if (!e || !dcf_append(c, &pb->enums, &pb->enum_count, e)) return;
    e->name = dcf_copy(c, at->key);
    e->values = dcf_make(c, (at->count + 1) * sizeof *e->values);
    for (size_t i = 0; e->values && at->kind == DCF_YAML_MAP && i < at->count; i++) {
        long number;
        const dcf_yaml *value = &at->items[i];
        if (value->kind != DCF_YAML_SCALAR)
            dcf_mistake(c, value, "a value is written NUMBER: NAME");
        else if (number_of(c, value, INT32_MIN, INT32_MAX, &number))
            e->values[e->count++] = (dcf_pb_value){dcf_copy(c, value->text), (int32_t)number};
    }
}

/* First the names, since messages speak of each other. */
static void compile_messages(dcf_compiler *c, dcf_pb *pb, const dcf_yaml *messages)
{
    for (size_t i = 0; i < messages->count; i++) {
        const dcf_yaml *at = &messages->items[i];
        dcf_pb_message *m = dcf_make(c, sizeof *m);
        if (!m || !dcf_append(c, &pb->messages, &pb->message_count, m)) return;
        m->name = dcf_copy(c, at->key);
        m->fields = dcf_make(c, (at->count + 1) * sizeof *m->fields);
        if (at->kind != DCF_YAML_MAP || at->count > FIELDS_MAX)
            dcf_mistake(c, at, "a message is a map of numbers to fields, at most %d", FIELDS_MAX);
    }
    for (size_t i = 0; i < messages->count && !c->no_memory && !c->mistaken; i++)
        for (size_t k = 0; k < messages->items[i].count; k++)
            compile_field(c, pb, &messages->items[i].items[k], pb->messages[i]);
}

const void *dcf_pb_compile(dcf_compiler *c, const dcf_yaml *settings)
{
    dcf_pb *pb = dcf_make(c, sizeof *pb);
    if (!pb || !dcf_only_keys(c, settings, DCF_KEYS_PROTOBUF)) return NULL;
    const dcf_yaml *enums = dcf_yaml_get(settings, "enums"),
                   *messages = dcf_yaml_get(settings, "messages");
    for (size_t i = 0; enums && enums->kind == DCF_YAML_MAP && i < enums->count; i++)
        compile_enum(c, pb, &enums->items[i]);
    if (messages && messages->kind == DCF_YAML_MAP)
        compile_messages(c, pb, messages);
    else
        dcf_mistake(c, settings, "\"messages\" is a map of message names to fields");
    const char *root = dcf_top_text(c, settings, "root", true);
    pb->root = root ? find_message(pb, root) : NULL;
    if (root && !pb->root) dcf_mistake(c, settings, "\"root\": there is no message \"%s\"", root);
    return c->mistaken || c->no_memory ? NULL : pb;
}

/* --- paths -------------------------------------------------------------------------------------
 */

static void not_a_field(dcf_compiler *c, const dcf_pb_message *m, const dcf_node *n, uint32_t line)
{
    const char *names[FIELDS_MAX];
    for (size_t i = 0; i < m->count; i++) names[i] = m->fields[i].name;
    const char *near = dcf_nearest(n->local, names, m->count);
    dcf_mistake(c, &(dcf_yaml){.line = line, .column = 1}, "\"%s\": %s has no field \"%s\"%s%s%s",
                n->path, m->name, n->local, near ? "; the nearest is \"" : "", near ? near : "",
                near ? "\"" : "");
}

static void check_inside(dcf_compiler *c, const dcf_pb_message *m, const dcf_variant *v)
{
    for (size_t i = 0; i < v->child_count; i++) {
        const dcf_node *n = v->children[i];
        if (dcf_node_dropped(n)) continue;
        const dcf_pb_field *f = dcf_pb_by_name(m, dcf_span_str(n->local));
        uint32_t line = dcf_node_line(n);
        const dcf_yaml at = {.line = line, .column = 1};
        bool group = n->variants[0]->child_count || !n->variants[0]->self_count;
        if (!f)
            not_a_field(c, m, n, line);
        else if (group != (f->kind == DCF_PB_MESSAGE))
            dcf_mistake(c, &at, "\"%s\" is %s", n->path,
                        group ? "a plain value: nothing is inside"
                              : "a message: map what is inside");
        else if (n->variants[0]->indexed && f->wire != DCF_PB_BYTES)
            dcf_mistake(c, &at, "\"%s\": [n] goes with texts, since a number has no empty form",
                        n->path);
        else if (n->array && !f->repeated)
            dcf_mistake(c, &at, "\"%s\" is not repeated", n->path);
        for (size_t k = 0; f && f->message && k < n->variant_count; k++)
            check_inside(c, f->message, n->variants[k]);
    }
}

void dcf_pb_check(dcf_compiler *c)
{
    const dcf_pb *pb = c->d->settings;
    for (size_t i = 0; i < c->d->roots->child_count; i++) {
        const dcf_node *root = c->d->roots->children[i];
        for (size_t k = 0; k < root->variant_count; k++)
            check_inside(c, pb->root, root->variants[k]);
    }
}
