/* schema.c - see schema.h. The walk goes on after a fault: a sender is told all of them at once. */
#include "mockcps/schema.h"

#include "base/clock.h"
#include "mockcps/contract.h"

#include <stdio.h>
#include <stdlib.h>

static void fault(schema_check *k, const char *code, const char *text, const char *detail)
{
    if (json_array_size(k->faults) >= SCHEMA_MAX_FAULTS) return;
    const char *path = k->path.size ? dcf_buf_cstr(&k->path) : "";
    contract_fault(k->faults, code, path ? path : "", "%s%s", text, detail);
}

static const dcf_yaml *resolve(const schema_check *k, const dcf_yaml *schema)
{
    for (const char *ref; (ref = dcf_yaml_str(schema, "$ref", NULL));)
        schema = dcf_yaml_get(k->schemas, strrchr(ref, '/') + 1);
    return schema;
}

/* A limit such as maxLength; fallback when the schema has none. */
static long long limit(const dcf_yaml *schema, const char *name, long long fallback)
{
    const char *text = dcf_yaml_str(schema, name, NULL);
    return text ? strtoll(text, NULL, 10) : fallback;
}

/* --- strings --- */

static bool matches(schema_check *k, const char *pattern, const char *text)
{
    size_t i = 0;
    while (i < k->pattern_count && k->patterns[i].text != pattern) i++;
    if (i == k->pattern_count) {
        if (i == SCHEMA_MAX_PATTERNS ||
            regcomp(&k->patterns[i].compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
            return false;
        k->patterns[k->pattern_count++].text = pattern;
    }
    return regexec(&k->patterns[i].compiled, text, 0, NULL, 0) == 0;
}

static bool digits_in_form(const char *text, const char *form)
{
    for (; *form; text++, form++)
        if (*form == '0' ? *text < '0' || *text > '9' : *text != *form) return false;
    return *text == 0;
}

static bool is_date(const char *text)
{
    char whole[40];
    int64_t ms;
    if (!digits_in_form(text, "0000-00-00")) return false;
    snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
    return dcf_ok(dcf_time_parse(whole, &ms));
}

static bool is_time(const char *text)
{
    char whole[40];
    int64_t ms;
    if (!digits_in_form(text, "00:00:00") && !digits_in_form(text, "00:00")) return false;
    snprintf(whole, sizeof whole, "2000-01-01T%s%sZ", text, text[5] ? "" : ":00");
    return dcf_ok(dcf_time_parse(whole, &ms));
}

static bool has_format(const char *format, const char *text)
{
    int64_t ms;
    if (strcmp(format, "date") == 0) return is_date(text);
    if (strcmp(format, "time") == 0) return is_time(text);
    if (strcmp(format, "date-time") == 0) return dcf_ok(dcf_time_parse(text, &ms));
    return true;
}

static long long characters(const char *text)
{
    long long n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static bool in_enum(const dcf_yaml *values, const char *text)
{
    for (size_t i = 0; i < values->count; i++)
        if (strcmp(values->items[i].text, text) == 0) return true;
    return false;
}

static void check_string(schema_check *k, const dcf_yaml *schema, const char *text)
{
    const dcf_yaml *values = dcf_yaml_get(schema, "enum");
    const char *pattern = dcf_yaml_str(schema, "pattern", NULL),
               *format = dcf_yaml_str(schema, "format", NULL);
    if (values && !in_enum(values, text))
        fault(k, "CPS-ENUM", "not one of the values of the list", "");
    if (pattern && !matches(k, pattern, text))
        fault(k, "CPS-PATTERN", "does not have the form ", pattern);
    if (format && !has_format(format, text)) fault(k, "CPS-FORMAT", "is not a ", format);
    if (characters(text) > limit(schema, "maxLength", INT64_MAX))
        fault(k, "CPS-LENGTH", "longer than ", dcf_yaml_str(schema, "maxLength", ""));
    if (characters(text) < limit(schema, "minLength", 0)) fault(k, "CPS-LENGTH", "is empty", "");
}

static void check_integer(schema_check *k, const dcf_yaml *schema, long long value)
{
    if (value < limit(schema, "minimum", INT64_MIN) || value > limit(schema, "maximum", INT64_MAX))
        fault(k, "CPS-RANGE", "out of range", "");
}

/* --- structures --- */

static void check(schema_check *k, const dcf_yaml *schema, const json_t *value);

static void check_member(schema_check *k, const dcf_yaml *schema, const char *name,
                         const json_t *value)
{
    size_t mark = k->path.size;
    dcf_buf_addc(&k->path, '/');
    dcf_buf_adds(&k->path, name);
    check(k, schema, value);
    k->path.size = mark;
}

static bool has_all(const dcf_yaml *names, const json_t *object)
{
    for (size_t i = 0; i < names->count; i++)
        if (!json_object_get(object, names->items[i].text)) return false;
    return true;
}

static void check_choice(schema_check *k, const dcf_yaml *choice, const json_t *object)
{
    size_t fits = 0;
    for (size_t i = 0; i < choice->count; i++)
        fits += has_all(dcf_yaml_get(&choice->items[i], "required"), object);
    if (fits != 1) fault(k, "CPS-CHOICE", "needs exactly one of its alternatives", "");
}

static void check_object(schema_check *k, const dcf_yaml *schema, const json_t *object)
{
    const dcf_yaml *required = dcf_yaml_get(schema, "required"),
                   *properties = dcf_yaml_get(schema, "properties");
    const dcf_yaml *choice = dcf_yaml_get(schema, "oneOf");
    bool closed = strcmp(dcf_yaml_str(schema, "additionalProperties", ""), "false") == 0;
    for (size_t i = 0; required && i < required->count; i++)
        if (!json_object_get(object, required->items[i].text))
            fault(k, "CPS-REQUIRED", "is missing: ", required->items[i].text);
    if (choice) check_choice(k, choice, object);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        const dcf_yaml *property = dcf_yaml_get(properties, name);
        if (property)
            check_member(k, property, name, value);
        else if (closed)
            fault(k, "CPS-UNKNOWN", "has no place here: ", name);
    }
}

static void check_array(schema_check *k, const dcf_yaml *schema, const json_t *array)
{
    long long count = (long long)json_array_size(array);
    if (count > limit(schema, "maxItems", INT64_MAX)) fault(k, "CPS-COUNT", "too many items", "");
    if (count < limit(schema, "minItems", 0)) fault(k, "CPS-COUNT", "too few items", "");
    const dcf_yaml *items = dcf_yaml_get(schema, "items");
    size_t i;
    json_t *value;
    json_array_foreach(array, i, value)
    {
        char index[24];
        snprintf(index, sizeof index, "%zu", i);
        if (items) check_member(k, items, index, value);
    }
}

static bool has_type(const char *type, const json_t *value)
{
    if (strcmp(type, "object") == 0) return json_is_object(value);
    if (strcmp(type, "array") == 0) return json_is_array(value);
    if (strcmp(type, "string") == 0) return json_is_string(value);
    if (strcmp(type, "integer") == 0) return json_is_integer(value);
    return strcmp(type, "boolean") != 0 || json_is_boolean(value);
}

static void check(schema_check *k, const dcf_yaml *schema, const json_t *value)
{
    schema = resolve(k, schema);
    const char *type = dcf_yaml_str(schema, "type", NULL);
    if (!type) return;
    if (!has_type(type, value)) {
        fault(k, "CPS-TYPE", "must be of type ", type);
        return;
    }
    if (json_is_object(value)) check_object(k, schema, value);
    if (json_is_array(value)) check_array(k, schema, value);
    if (json_is_string(value)) check_string(k, schema, json_string_value(value));
    if (json_is_integer(value)) check_integer(k, schema, json_integer_value(value));
}

void schema_check_run(schema_check *k, const dcf_yaml *schema, const json_t *value, json_t *faults)
{
    k->faults = faults;
    dcf_buf_clear(&k->path);
    check(k, schema, value);
}

void schema_check_fini(schema_check *k)
{
    for (size_t i = 0; i < k->pattern_count; i++) regfree(&k->patterns[i].compiled);
    dcf_buf_fini(&k->path);
}
