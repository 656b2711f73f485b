/*
 * test_golden_proto.c - proto/golden/v1.txt lists every message, field and enum value there is, so
 * that a change of the wire format is a visible diff. DCF_GOLDEN=write writes the list anew.
 */
#include "dcf/v1/audit.pb-c.h"
#include "dcf/v1/bundle.pb-c.h"
#include "dcf/v1/case_state.pb-c.h"
#include "dcf/v1/envelope.pb-c.h"
#include "dcf/v1/job.pb-c.h"

#include "base/buf.h"
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

enum { TYPES_MAX = 256, LINES_MAX = 4096 };

static const ProtobufCMessageDescriptor *messages[TYPES_MAX];
static const ProtobufCEnumDescriptor *enums[TYPES_MAX];
static size_t message_count, enum_count;

static void collect_enum(const ProtobufCEnumDescriptor *e)
{
    for (size_t i = 0; i < enum_count; i++)
        if (enums[i] == e) return;
    CU_ASSERT_FATAL(enum_count < TYPES_MAX);
    enums[enum_count++] = e;
}

/* Collects d and all it holds; path is the way here, to find a type that holds itself. */
static void collect(const ProtobufCMessageDescriptor *d, const ProtobufCMessageDescriptor *path[],
                    size_t depth)
{
    for (size_t i = 0; i < depth; i++) CU_ASSERT_PTR_NOT_EQUAL_FATAL(path[i], d);
    CU_ASSERT_FATAL(depth < 30); /* dcf_message_unpack reads no deeper */
    path[depth] = d;
    for (unsigned i = 0; i < d->n_fields; i++) {
        if (d->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            collect(d->fields[i].descriptor, path, depth + 1);
        if (d->fields[i].type == PROTOBUF_C_TYPE_ENUM) collect_enum(d->fields[i].descriptor);
    }
    for (size_t i = 0; i < message_count; i++)
        if (messages[i] == d) return;
    CU_ASSERT_FATAL(message_count < TYPES_MAX);
    messages[message_count++] = d;
}

static int by_message_name(const void *a, const void *b)
{
    return strcmp((*(const ProtobufCMessageDescriptor *const *)a)->name,
                  (*(const ProtobufCMessageDescriptor *const *)b)->name);
}

static int by_enum_name(const void *a, const void *b)
{
    return strcmp((*(const ProtobufCEnumDescriptor *const *)a)->name,
                  (*(const ProtobufCEnumDescriptor *const *)b)->name);
}

static void collect_all(void)
{
    static const ProtobufCMessageDescriptor *const roots[] = {
        &dcf__v1__envelope__descriptor,   &dcf__v1__held__descriptor,
        &dcf__v1__case_state__descriptor, &dcf__v1__audit_event__descriptor,
        &dcf__v1__job_record__descriptor, &dcf__v1__rule_set__descriptor,
        &dcf__v1__case_bundle__descriptor};
    const ProtobufCMessageDescriptor *path[32];
    message_count = enum_count = 0;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) collect(roots[i], path, 0);
    qsort(messages, message_count, sizeof *messages, by_message_name);
    qsort(enums, enum_count, sizeof *enums, by_enum_name);
}

/* --- the listing ------------------------------------------------------------------------------ */

static const char *type_name(const ProtobufCFieldDescriptor *f)
{
    static const char *const names[] = {
        [PROTOBUF_C_TYPE_INT32] = "int32",       [PROTOBUF_C_TYPE_SINT32] = "sint32",
        [PROTOBUF_C_TYPE_SFIXED32] = "sfixed32", [PROTOBUF_C_TYPE_INT64] = "int64",
        [PROTOBUF_C_TYPE_SINT64] = "sint64",     [PROTOBUF_C_TYPE_SFIXED64] = "sfixed64",
        [PROTOBUF_C_TYPE_UINT32] = "uint32",     [PROTOBUF_C_TYPE_FIXED32] = "fixed32",
        [PROTOBUF_C_TYPE_UINT64] = "uint64",     [PROTOBUF_C_TYPE_FIXED64] = "fixed64",
        [PROTOBUF_C_TYPE_FLOAT] = "float",       [PROTOBUF_C_TYPE_DOUBLE] = "double",
        [PROTOBUF_C_TYPE_BOOL] = "bool",         [PROTOBUF_C_TYPE_STRING] = "string",
        [PROTOBUF_C_TYPE_BYTES] = "bytes"};
    if (f->type == PROTOBUF_C_TYPE_ENUM)
        return ((const ProtobufCEnumDescriptor *)f->descriptor)->name;
    if (f->type == PROTOBUF_C_TYPE_MESSAGE)
        return ((const ProtobufCMessageDescriptor *)f->descriptor)->name;
    return names[f->type];
}

static const char *label(const ProtobufCFieldDescriptor *f)
{
    if (f->label == PROTOBUF_C_LABEL_REPEATED) return " repeated";
    return f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF ? " oneof" : "";
}

static void list_message(dcf_buf *out, const ProtobufCMessageDescriptor *d)
{
    dcf_buf_printf(out, "message %s\n", d->name);
    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        dcf_buf_printf(out, "%s %u %s %s%s\n", d->name, f->id, f->name, type_name(f), label(f));
    }
}

static void list_enum(dcf_buf *out, const ProtobufCEnumDescriptor *e)
{
    dcf_buf_printf(out, "enum %s\n", e->name);
    for (unsigned i = 0; i < e->n_values; i++)
        dcf_buf_printf(out, "%s %d %s\n", e->name, e->values[i].value, e->values[i].name);
}

static void list_all(dcf_buf *out)
{
    collect_all();
    for (size_t i = 0; i < message_count; i++) list_message(out, messages[i]);
    for (size_t i = 0; i < enum_count; i++) list_enum(out, enums[i]);
    CU_ASSERT_FATAL(dcf_ok(dcf_buf_status(out)));
}

/* --- comparing -------------------------------------------------------------------------------- */

/* Cuts text into its lines, in place. */
static size_t split(char *text, const char *lines[])
{
    size_t count = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        CU_ASSERT_FATAL(count < LINES_MAX);
        lines[count++] = line;
    }
    return count;
}

/* Prints the lines of one that the other lacks (each line is whole in itself); how many. */
static size_t print_missing(const char *mark, const char *const one[], size_t one_count,
                            const char *const other[], size_t other_count)
{
    size_t missing = 0;
    for (size_t i = 0; i < one_count; i++) {
        bool there = false;
        for (size_t k = 0; k < other_count && !there; k++) there = strcmp(one[i], other[k]) == 0;
        if (!there) printf("\n      %s %s", mark, one[i]);
        missing += !there;
    }
    return missing;
}

static const char *source_path(char out[4096], const char *below)
{
    const char *source = getenv("DCF_SOURCE");
    snprintf(out, 4096, "%s/%s", source ? source : ".", below);
    return out;
}

static void write_golden(const char *path, const dcf_buf *text)
{
    FILE *f = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_EQUAL(fwrite(text->data, 1, text->size, f), text->size);
    CU_ASSERT_EQUAL(fclose(f), 0);
}

static void the_wire_format_is_the_golden_one(void)
{
    static const char *now_lines[LINES_MAX], *golden_lines[LINES_MAX];
    char path[4096];
    source_path(path, "proto/golden/v1.txt");
    dcf_buf now = {0}, golden = {0};
    list_all(&now);
    const char *mode = getenv("DCF_GOLDEN");
    if (mode && strcmp(mode, "write") == 0) write_golden(path, &now);
    dcf_status s = dcf_buf_read_file(&golden, path, 1 << 20);
    CU_ASSERT_FATAL(dcf_ok(s));
    bool same = dcf_span_eq(dcf_buf_span(&now), dcf_buf_span(&golden));
    if (!same) {
        dcf_buf_cstr(&now);
        dcf_buf_cstr(&golden);
        size_t n = split((char *)now.data, now_lines), g = split((char *)golden.data, golden_lines);
        print_missing("-", golden_lines, g, now_lines, n);
        print_missing("+", now_lines, n, golden_lines, g);
        printf("\n      A removed or changed line breaks peers; tags are only ever added."
               "\n      When the change is meant: DCF_GOLDEN=write %s, and commit %s\n",
               program_invocation_name, path);
    }
    CU_ASSERT_TRUE(same);
    dcf_buf_fini(&now);
    dcf_buf_fini(&golden);
}

/* --- nothing left out ------------------------------------------------------------------------- */

static bool is_listed(const char *name, size_t size)
{
    for (size_t i = 0; i < message_count; i++)
        if (strlen(messages[i]->short_name) == size &&
            strncmp(messages[i]->short_name, name, size) == 0)
            return true;
    for (size_t i = 0; i < enum_count; i++)
        if (strlen(enums[i]->short_name) == size && strncmp(enums[i]->short_name, name, size) == 0)
            return true;
    return false;
}

static void check_types_of(const char *path)
{
    dcf_buf text = {0};
    CU_ASSERT_FATAL(dcf_ok(dcf_buf_read_file(&text, path, 1 << 20)));
    dcf_buf_cstr(&text);
    char *rest = NULL;
    for (char *line = strtok_r((char *)text.data, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        size_t skip = strncmp(line, "message ", 8) == 0 ? 8
                      : strncmp(line, "enum ", 5) == 0  ? 5
                                                        : 0;
        if (!skip) continue;
        bool listed = is_listed(line + skip, strcspn(line + skip, " {"));
        if (!listed) printf("\n      not reached from any record: %s", line);
        CU_ASSERT_TRUE(listed);
    }
    dcf_buf_fini(&text);
}

static void every_type_of_the_proto_files_is_listed(void)
{
    char folder[4096], path[8192];
    size_t files = 0;
    collect_all();
    DIR *dir = opendir(source_path(folder, "proto/dcf/v1"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".proto") != 0) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        check_types_of(path);
        files++;
    }
    closedir(dir);
    CU_ASSERT_TRUE(files >= 10);
}

static void no_type_holds_itself(void)
{
    collect_all(); /* asserts it on the way */
    CU_ASSERT_TRUE(message_count > 40);
}

static void every_enum_begins_with_an_unspecified_zero(void)
{
    collect_all();
    for (size_t i = 0; i < enum_count; i++) {
        CU_ASSERT_EQUAL(enums[i]->values[0].value, 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(enums[i]->values[0].name, "_UNSPECIFIED"));
    }
}

#define TESTS(X)                                                                                   \
    X(the_wire_format_is_the_golden_one)                                                           \
    X(every_type_of_the_proto_files_is_listed)                                                     \
    X(no_type_holds_itself)                                                                        \
    X(every_enum_begins_with_an_unspecified_zero)
UNIT_MAIN("golden_proto", TESTS)
