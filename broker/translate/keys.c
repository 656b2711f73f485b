/* keys.c - the table of the language's keys. */
#include "translate/keys.h"

static const dcf_key KEYS[] = {
    {DCF_KEYS_ROOT, "dialect", "text", true, "Name of the dialect."},
    {DCF_KEYS_ROOT, "version", "text", true, "Recorded in every message it translates."},
    {DCF_KEYS_ROOT, "title", "text", false, "For people."},
    {DCF_KEYS_ROOT, "source", "text", false, "Where the format is described, for people."},
    {DCF_KEYS_ROOT, "format", "xml|json|csv|protobuf", true, "What the bytes are."},
    {DCF_KEYS_ROOT, "media_type", "text", false, "Content type of documents."},
    {DCF_KEYS_ROOT, "namespaces", "#namespaces", false, "Prefixes to namespace URIs, for xml."},
    {DCF_KEYS_ROOT, "text", "keep|trim|collapse", false, "What a text field without `as` gets."},
    {DCF_KEYS_ROOT, "unknown", "error|carry", false,
     "What becomes of values the mapping does not know."},
    {DCF_KEYS_ROOT, "codes", "#codes", false, "Code tables: files beside the mapping, or inline."},
    {DCF_KEYS_ROOT, "drop", "#drops", false, "Dropped at every element of every message."},
    {DCF_KEYS_ROOT, "define", "#define", false, "Lists of rows to be used more than once."},
    {DCF_KEYS_ROOT, "wrappers", "#wrappers", false, "Layers around messages, outermost first."},
    {DCF_KEYS_ROOT, "csv", "#csv", false, "What a table looks like, for csv."},
    {DCF_KEYS_ROOT, "protobuf", "#protobuf", false, "The native schema, for protobuf."},
    {DCF_KEYS_ROOT, "messages", "#messages", true, "The messages, by native name."},

    {DCF_KEYS_WRAPPER, "name", "text", false, "For people."},
    {DCF_KEYS_WRAPPER, "root", "text", true, "Its root element."},
    {DCF_KEYS_WRAPPER, "payload", "text", true, "Path of the next layer."},
    {DCF_KEYS_WRAPPER, "unwrap", "true|false", false, "The payload is a document inside a text."},
    {DCF_KEYS_WRAPPER, "write", "true|false", false, "It is written around messages."},
    {DCF_KEYS_WRAPPER, "use", "text", false, "Rows of a list under `define`."},
    {DCF_KEYS_WRAPPER, "fields", "#rows", false, "Its rows."},
    {DCF_KEYS_WRAPPER, "drop", "#drops", false, "Native values that go, with a reason."},
    {DCF_KEYS_WRAPPER, "drop_canonical", "#canonical_drops", false,
     "Canonical values that are not written, with a reason."},

    {DCF_KEYS_MESSAGE, "canonical", "text", true, "Member of Envelope.body it becomes."},
    {DCF_KEYS_MESSAGE, "root", "text", false, "Root element, when it is not the message's name."},
    {DCF_KEYS_MESSAGE, "only", "read", false, "It is understood and never written."},
    {DCF_KEYS_MESSAGE, "path", "text", false, "Where an HTTP receiver takes it."},
    {DCF_KEYS_MESSAGE, "when", "#conditions", false, "Native values that tell it from others."},
    {DCF_KEYS_MESSAGE, "where", "#conditions", false, "Canonical values it is written for."},
    {DCF_KEYS_MESSAGE, "wrapped", "true|false", false, "false: written without wrappers."},
    {DCF_KEYS_MESSAGE, "wrap", "#conditions", false, "What it says in the written wrapper."},
    {DCF_KEYS_MESSAGE, "unwrap", "#list", false, "Elements whose text is a document."},
    {DCF_KEYS_MESSAGE, "references", "#references", false, "What an id names, put where it is."},
    {DCF_KEYS_MESSAGE, "use", "text", false, "Rows of a list under `define`."},
    {DCF_KEYS_MESSAGE, "fields", "#rows", false, "Its rows, in the order they are written."},
    {DCF_KEYS_MESSAGE, "drop", "#drops", false, "Native values that go, with a reason."},
    {DCF_KEYS_MESSAGE, "drop_canonical", "#canonical_drops", false,
     "Canonical values that are not written, with a reason."},

    {DCF_KEYS_FIELD, "native", "text", true, "Native path."},
    {DCF_KEYS_FIELD, "canonical", "#targets", true, "Canonical field; two with as: {join: …}."},
    {DCF_KEYS_FIELD, "as", "#codec", false, "The codec, which runs both ways."},
    {DCF_KEYS_FIELD, "required", "false|read|write|true", false, "It must be there."},
    {DCF_KEYS_FIELD, "check", "error|warn|off", false, "How severe the codec's complaint is."},
    {DCF_KEYS_FIELD, "max", "number", false, "Characters the native field holds."},
    {DCF_KEYS_FIELD, "truncate", "true|false", false, "Writing cuts to max and tells it."},
    {DCF_KEYS_FIELD, "default", "text", false, "Native text that stands for an absent value."},
    {DCF_KEYS_FIELD, "only", "read|write", false, "The row works in this direction alone."},
    {DCF_KEYS_FIELD, "weak", "true|false", false, "Read only if nothing else sets the field."},
    {DCF_KEYS_FIELD, "kind", "string|number|boolean", false, "How the value stands in JSON."},
    {DCF_KEYS_FIELD, "also", "text", false, "Reading sets this second field too."},
    {DCF_KEYS_FIELD, "else", "text", false, "Written when the first field is absent."},
    {DCF_KEYS_FIELD, "where", "#conditions", false, "Canonical values it is written for."},

    {DCF_KEYS_CONSTANT, "native", "text", true, "Native path."},
    {DCF_KEYS_CONSTANT, "const", "text", true, "Written whenever its parent is."},
    {DCF_KEYS_CONSTANT, "check", "error|warn|off", false, "Whether reading looks at it."},
    {DCF_KEYS_CONSTANT, "required", "false|read|write|true", false, "It must be there."},
    {DCF_KEYS_CONSTANT, "only", "read|write", false, "The row works in this direction alone."},
    {DCF_KEYS_CONSTANT, "kind", "string|number|boolean", false, "How the value stands in JSON."},
    {DCF_KEYS_CONSTANT, "where", "#conditions", false, "Canonical values it is written for."},

    {DCF_KEYS_WRAPPED, "native", "text", true, "Native path."},
    {DCF_KEYS_WRAPPED, "wrap", "true", true, "Each message says what stands here."},
    {DCF_KEYS_WRAPPED, "required", "false|read|write|true", false, "It must be there."},

    {DCF_KEYS_IN, "in", "text", true, "Path of a group that stands once; NAME[]: one item."},
    {DCF_KEYS_IN, "canonical", "text", false, "Submessage its rows are relative to."},
    {DCF_KEYS_IN, "required", "false|read|write|true", false, "It must be there."},
    {DCF_KEYS_IN, "when", "#conditions", false, "Native values that tell it from others."},
    {DCF_KEYS_IN, "when_last", "true|false", false, "The values of `when` are written last."},
    {DCF_KEYS_IN, "where", "#conditions", false, "Canonical values it is written for."},
    {DCF_KEYS_IN, "use", "text", false, "Rows of a list under `define`."},
    {DCF_KEYS_IN, "fields", "#rows", false, "Its rows."},
    {DCF_KEYS_IN, "drop", "#drops", false, "Native values that go, with a reason."},
    {DCF_KEYS_IN, "drop_canonical", "#canonical_drops", false,
     "Canonical values that are not written, with a reason."},
    {DCF_KEYS_IN, "unwrap", "#list", false, "Elements whose text is a document."},

    {DCF_KEYS_EACH, "each", "text", true, "Path of a group that repeats."},
    {DCF_KEYS_EACH, "canonical", "text", true, "Repeated message: one item an occurrence."},
    {DCF_KEYS_EACH, "required", "false|read|write|true", false, "There must be one."},
    {DCF_KEYS_EACH, "when", "#conditions", false, "Native values that tell it from others."},
    {DCF_KEYS_EACH, "when_last", "true|false", false, "The values of `when` are written last."},
    {DCF_KEYS_EACH, "where", "#conditions", false, "Canonical values it is written for."},
    {DCF_KEYS_EACH, "use", "text", false, "Rows of a list under `define`."},
    {DCF_KEYS_EACH, "fields", "#rows", false, "Its rows."},
    {DCF_KEYS_EACH, "drop", "#drops", false, "Native values that go, with a reason."},
    {DCF_KEYS_EACH, "drop_canonical", "#canonical_drops", false,
     "Canonical values that are not written, with a reason."},
    {DCF_KEYS_EACH, "unwrap", "#list", false, "Elements whose text is a document."},

    {DCF_KEYS_USE, "use", "text", true, "The rows of a list under `define`, here."},
    {DCF_KEYS_PAYLOAD, "payload", "true", true, "Where among a wrapper's rows its payload goes."},

    {DCF_KEYS_DROP, "native", "text", true, "A path, or one whose last step is a pattern."},
    {DCF_KEYS_DROP, "reason", "text", true, "Why nothing is lost."},
    {DCF_KEYS_DROP_CANONICAL, "canonical", "text", true, "A canonical field."},
    {DCF_KEYS_DROP_CANONICAL, "reason", "text", true, "Why it is not written."},

    {DCF_KEYS_FETCH, "fetch", "text", true, "The objects; NAME[] in JSON."},
    {DCF_KEYS_FETCH, "at", "text", true, "What names them."},
    {DCF_KEYS_FETCH, "on", "#conditions", true, "Paths in the object to paths in what names it."},
    {DCF_KEYS_FETCH, "inside", "true|false", false,
     "The object stands whole inside what names it."},
    {DCF_KEYS_FETCH, "check", "error|warn|off", false, "How severe it is when nothing is named."},

    {DCF_KEYS_NEST, "nest", "text", true, "The items; NAME[] in JSON."},
    {DCF_KEYS_NEST, "in", "text", true, "The groups they go into."},
    {DCF_KEYS_NEST, "on", "#conditions", true, "Paths in the item to paths in the group."},
    {DCF_KEYS_NEST, "check", "error|warn|off", false, "How severe it is when there is no group."},

    {DCF_KEYS_CSV, "separator", "text", false, "One character between cells; a comma."},
    {DCF_KEYS_CSV, "quote", "text", false, "One character around cells, or none; a double quote."},
    {DCF_KEYS_CSV, "quoting", "needed|all", false, "What is written in quotes."},
    {DCF_KEYS_CSV, "encoding", "utf-8|windows-1252|iso-8859-1", false, "What the bytes mean."},
    {DCF_KEYS_CSV, "header", "true|false", false, "The first row names the columns."},
    {DCF_KEYS_CSV, "ragged", "refuse|pad", false, "What becomes of rows of another width."},
    {DCF_KEYS_CSV, "line_end", "crlf|lf", false, "How lines are written."},
    {DCF_KEYS_CSV, "type", "text", false, "Heading of the first column, if it tells the record."},
    {DCF_KEYS_CSV, "records", "#csv_records", true, "The record types, by name."},

    {DCF_KEYS_CSV_RECORD, "columns", "#columns", true, "Names, or {name: heading}, in order."},
    {DCF_KEYS_CSV_RECORD, "in", "text", false, "The record it belongs to."},
    {DCF_KEYS_CSV_RECORD, "key", "#conditions", false,
     "Its columns to those of the row it belongs to."},

    {DCF_KEYS_PROTOBUF, "root", "text", true, "The message a document is."},
    {DCF_KEYS_PROTOBUF, "messages", "#schema", true,
     "By name: field numbers to TYPE NAME, TYPE NAME[] or map<KEY, VALUE> NAME."},
    {DCF_KEYS_PROTOBUF, "enums", "#schema", false, "By name: numbers to names of values."},

    {DCF_KEYS_CODE_ROW, "native", "text", true, "The code."},
    {DCF_KEYS_CODE_ROW, "canonical", "text", true, "What it means; *: written for all others."},
    {DCF_KEYS_CODE_ROW, "from", "#day", false, "First day it holds."},
    {DCF_KEYS_CODE_ROW, "to", "#day", false, "Last day it holds."},
    {DCF_KEYS_CODE_ROW, "text", "text", false, "For people."},
};

const dcf_key *dcf_keys(size_t *ret_count)
{
    *ret_count = sizeof KEYS / sizeof KEYS[0];
    return KEYS;
}

size_t dcf_key_names(dcf_keys_at at, const char *names[], size_t max)
{
    size_t count, n = 0;
    const dcf_key *keys = dcf_keys(&count);
    for (size_t i = 0; i < count && n + 1 < max; i++)
        if (keys[i].at == at) names[n++] = keys[i].name;
    names[n] = NULL;
    return n;
}

static bool is_type(const char *value)
{
    return *value == '#' || strcmp(value, "text") == 0 || strcmp(value, "number") == 0;
}

const char *dcf_key_words(dcf_keys_at at, const char *name)
{
    size_t count;
    const dcf_key *keys = dcf_keys(&count);
    for (size_t i = 0; i < count; i++)
        if (keys[i].at == at && strcmp(keys[i].name, name) == 0)
            return is_type(keys[i].value) ? "" : keys[i].value;
    return "";
}

int dcf_key_word(const char *words, const char *text)
{
    size_t size = strlen(text);
    int place = 0;
    for (const char *at = words; size && *at; place++) {
        size_t n = strcspn(at, "|");
        if (n == size && memcmp(at, text, n) == 0) return place;
        at += n + (at[n] == '|');
    }
    return -1;
}
