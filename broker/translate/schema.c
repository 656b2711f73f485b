/* schema.c - the JSON Schema of the mapping language, made from its table of keys. */
#include "base/json_text.h"
#include "translate/codec.h"
#include "translate/keys.h"

#define TEXT           "{\"type\": [\"string\", \"number\", \"boolean\"]}"
#define REF(name)      "{\"$ref\": \"#/$defs/" name "\"}"
#define LIST_OF(name)  "{\"type\": \"array\", \"items\": " REF(name) "}"
#define MAP_OF(schema) "{\"type\": \"object\", \"additionalProperties\": " schema "}"

/* The values of keys that are neither a text nor a word. */
static const struct {
    const char *name, *schema;
} FORMS[] = {
    {"text", TEXT},
    {"number", "{\"type\": [\"integer\", \"string\"], \"minimum\": 0, \"pattern\": \"^[0-9]+$\"}"},
    {"#day", "{\"type\": \"string\", \"pattern\": \"^[0-9]{4}-[0-9]{2}-[0-9]{2}$\"}"},
    {"#list", LIST_OF("text")},
    {"#conditions", MAP_OF(TEXT)},
    {"#namespaces", MAP_OF("{\"anyOf\": [" TEXT ", " LIST_OF("text") "]}")},
    {"#codes", MAP_OF(REF("codes"))},
    {"#drops", LIST_OF("drop")},
    {"#canonical_drops", LIST_OF("drop_canonical")},
    {"#define", MAP_OF(LIST_OF("row"))},
    {"#wrappers", LIST_OF("wrapper")},
    {"#messages",
     "{\"type\": \"object\", \"minProperties\": 1, \"additionalProperties\": " REF("message") "}"},
    {"#rows", LIST_OF("row")},
    {"#targets", "{\"anyOf\": [" TEXT ", {\"type\": \"array\", \"minItems\": 2, \"maxItems\": 2, "
                 "\"items\": " TEXT "}]}"},
    {"#codec", REF("codec")},
    {"#references",
     "{\"type\": \"array\", \"items\": {\"anyOf\": [" REF("fetch") ", " REF("nest") "]}}"},
    {"#csv", REF("csv")},
    {"#protobuf", REF("protobuf")},
    {"#schema", MAP_OF("{\"type\": \"object\", \"propertyNames\": {\"pattern\": \"^-?[0-9]+$\"}, "
                       "\"additionalProperties\": " TEXT "}")},
    {"#csv_records", "{\"type\": \"object\", \"minProperties\": 1, \"additionalProperties\": " REF(
                         "csv_record") "}"},
    {"#columns", "{\"type\": \"array\", \"minItems\": 1, \"items\": {\"anyOf\": [" TEXT
                 ", {\"type\": \"object\", \"minProperties\": 1, \"maxProperties\": 1}]}}"},
};

static const char *const MAPS[DCF_KEYS_COUNT] = {
    [DCF_KEYS_WRAPPER] = "wrapper",
    [DCF_KEYS_MESSAGE] = "message",
    [DCF_KEYS_FIELD] = "field",
    [DCF_KEYS_CONSTANT] = "constant",
    [DCF_KEYS_WRAPPED] = "wrapped",
    [DCF_KEYS_IN] = "in",
    [DCF_KEYS_EACH] = "each",
    [DCF_KEYS_USE] = "use",
    [DCF_KEYS_PAYLOAD] = "payload",
    [DCF_KEYS_DROP] = "drop",
    [DCF_KEYS_FETCH] = "fetch",
    [DCF_KEYS_NEST] = "nest",
    [DCF_KEYS_CSV] = "csv",
    [DCF_KEYS_CSV_RECORD] = "csv_record",
    [DCF_KEYS_PROTOBUF] = "protobuf",
    [DCF_KEYS_CODE_ROW] = "code_row",
    [DCF_KEYS_DROP_CANONICAL] = "drop_canonical",
};

static const char *form(const char *value)
{
    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++)
        if (strcmp(FORMS[i].name, value) == 0) return FORMS[i].schema;
    return NULL;
}

/* The words, and true and false also as YAML's own. */
static void add_words(dcf_buf *out, const char *words)
{
    dcf_buf_adds(out, "\"enum\": [");
    for (const char *at = words; *at;) {
        size_t n = strcspn(at, "|");
        bool boolean =
            (n == 4 && memcmp(at, "true", n) == 0) || (n == 5 && memcmp(at, "false", n) == 0);
        dcf_buf_printf(out, "%s\"%.*s\"", at == words ? "" : ", ", (int)n, at);
        if (boolean) dcf_buf_printf(out, ", %.*s", (int)n, at);
        at += n + (at[n] == '|');
    }
    dcf_buf_addc(out, ']');
}

static void add_key(dcf_buf *out, const dcf_key *key, bool first)
{
    const char *schema = form(key->value);
    dcf_buf_printf(out, "%s\n        \"%s\": {\"description\": ", first ? "" : ",", key->name);
    dcf_json_string(out, dcf_span_str(key->help));
    dcf_buf_adds(out, ", ");
    if (schema)
        dcf_buf_printf(out, "%.*s", (int)strlen(schema) - 2, schema + 1);
    else
        add_words(out, key->value);
    dcf_buf_adds(out, "}");
}

/* "type", "required" and "properties" of one of the language's maps. */
static void add_map(dcf_buf *out, dcf_keys_at at)
{
    size_t count, n = 0;
    const dcf_key *keys = dcf_keys(&count);
    dcf_buf_adds(out,
                 "\"type\": \"object\", \"additionalProperties\": false,\n      \"required\": [");
    for (size_t i = 0; i < count; i++)
        if (keys[i].at == at && keys[i].must)
            dcf_buf_printf(out, "%s\"%s\"", n++ ? ", " : "", keys[i].name);
    dcf_buf_adds(out, "],\n      \"properties\": {");
    n = 0;
    for (size_t i = 0; i < count; i++)
        if (keys[i].at == at) add_key(out, &keys[i], n++ == 0);
    dcf_buf_adds(out, "\n      }");
}

static void add_codec(dcf_buf *out)
{
    size_t count;
    const dcf_codec *codecs = dcf_codec_all(&count);
    dcf_buf_adds(out, "    \"codec_name\": {\"enum\": [");
    for (size_t i = 0; i < count; i++)
        dcf_buf_printf(out, "%s\"%s\"", i ? ", " : "", codecs[i].name);
    dcf_buf_adds(
        out, "]},\n"
             "    \"codec\": {\"anyOf\": [" REF(
                 "codec_name") ", "
                               "{\"type\": \"object\", \"minProperties\": 1, \"maxProperties\": 1, "
                               "\"propertyNames\": " REF("codec_name") "}]},\n");
}

static void add_row(dcf_buf *out)
{
    dcf_buf_adds(out, "    \"row\": {\"anyOf\": [");
    for (dcf_keys_at at = DCF_KEYS_FIELD; at <= DCF_KEYS_PAYLOAD; at++)
        dcf_buf_printf(out, "%s{\"$ref\": \"#/$defs/%s\"}", at == DCF_KEYS_FIELD ? "" : ", ",
                       MAPS[at]);
    dcf_buf_adds(out, "]},\n");
}

void dcf_mapping_schema(dcf_buf *out)
{
    dcf_buf_adds(out,
                 "{\n"
                 "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
                 "  \"title\": \"dcf mapping\",\n"
                 "  \"description\": \"Made by: dcfctl map schema\",\n"
                 "  \"$defs\": {\n"
                 "    \"text\": " TEXT ",\n"
                 "    \"codes\": {\"anyOf\": [" TEXT ", " LIST_OF(
                     "code_row") ", "
                                 "{\"type\": \"object\", \"required\": [\"rows\"], \"properties\": "
                                 "{\"rows\": " LIST_OF("code_row") "}}, " MAP_OF(TEXT) "]},\n");
    add_codec(out);
    add_row(out);
    for (dcf_keys_at at = DCF_KEYS_WRAPPER; at < DCF_KEYS_COUNT; at++) {
        dcf_buf_printf(out, "    \"%s\": {", MAPS[at]);
        add_map(out, at);
        dcf_buf_adds(out, at + 1 < DCF_KEYS_COUNT ? "},\n" : "}\n");
    }
    dcf_buf_adds(out, "  },\n  ");
    add_map(out, DCF_KEYS_ROOT);
    dcf_buf_adds(out, "\n}\n");
}
