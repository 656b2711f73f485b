/* scaffold.c - samples to messages: which format, which documents are of one message, and the file.
 */
#include "authoring/scaffold_write.h"
#include "translate/compile.h"

#include "dcf/v1/envelope.pb-c.h"

enum { MESSAGES_MAX = 64, NAME_DEPTH = 3, ALIKE = 60 };

typedef struct message {
    const char *name;
    const char *when; /* path of what tells it from others; NULL: its root, or nothing */
    const char *ns;
    dcf_shape_node *root;
    size_t samples;
} message;

typedef struct scaffold {
    dcf_scaffolder parts;
    const void *settings; /* of the format */
    const dcf_scaffold_sample *samples;
    size_t count;
    const dcf_scaffold_wish *wish;
    dcf_faults *faults;
    dcf_buf format_yaml;
    message messages[MESSAGES_MAX];
    size_t message_count;
} scaffold;

/* --- which format
 * ----------------------------------------------------------------------------------- */

static const dcf_format *format_named(const char *name)
{
    size_t n;
    const dcf_format *all = dcf_formats(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].name, name) == 0) return &all[i];
    return NULL;
}

static const dcf_format *format_of(dcf_span text)
{
    if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
        text = dcf_span_of(text.data + 3, text.size - 3);
    text = dcf_span_trim(text);
    bool xml = text.size && text.data[0] == '<',
         json = text.size && (text.data[0] == '{' || text.data[0] == '[');
    return format_named(xml ? "xml" : json ? "json" : "csv");
}

/* The settings a table needs are guessed, and compiled as the mapping will have them. */
static dcf_status table_settings(scaffold *s)
{
    dcf_yaml_doc *doc = NULL;
    dcf_status guessed = dcf_scaffold_csv(s->samples, s->count, s->parts.arena, &s->format_yaml);
    if (dcf_is(guessed, DCF_E_FAULTY))
        dcf_faults_add(s->faults, DCF_FAULT_NOT_WELL_FORMED, 1, 1, "", "",
                       "neither XML nor JSON, nor a table");
    DCF_TRY(guessed);
    DCF_TRY(dcf_yaml_parse(dcf_buf_span(&s->format_yaml), "the guessed table", &doc, NULL));
    dcf_dialect *d = dcf_arena_alloc(s->parts.arena, sizeof *d);
    dcf_compiler c = {.d = d,
                      .arena = s->parts.arena,
                      .file = "the guessed table",
                      .root = dcf_yaml_root(doc),
                      .faults = s->faults};
    if (d) s->settings = s->parts.format->compile(&c, dcf_yaml_get(c.root, s->parts.format->name));
    dcf_yaml_free(doc);
    return s->settings ? DCF_OK : DCF_ERR(FAULTY);
}

/* --- which message
 * ---------------------------------------------------------------------------------- */

/* A value that names its message: a member of such a name, near the top, one word. */
static const char *const TELLS[] = {"messagetype", "message_type", "msgtype", "msg_type",
                                    "doctype",     "documenttype", "event",   "eventtype",
                                    "kind",        "type",         "message", NULL};

static bool is_one_word(const char *v)
{
    return strlen(v) <= 40 && !strpbrk(v, " \t\r\n/\"'{}[]") && !strpbrk(v, ":#,&*!|>%@`");
}

static const dcf_shape_node *find_tell(const dcf_shape_node *n, const char *name, unsigned depth)
{
    for (size_t i = 0; i < n->child_count; i++) {
        const dcf_shape_node *c = n->children[i];
        if (!c->list && !c->child_count && c->value_count == 1 &&
            c->kinds == 1U << DCF_VALUE_TEXT && strcasecmp(c->name, name) == 0 &&
            is_one_word(c->values[0]))
            return c;
    }
    for (size_t i = 0; depth && i < n->child_count; i++)
        if (!n->children[i]->list && n->children[i]->child_count) {
            const dcf_shape_node *found = find_tell(n->children[i], name, depth - 1);
            if (found) return found;
        }
    return NULL;
}

static const char *path_of(const scaffold *s, const dcf_shape_node *n)
{
    const char *path = n->name;
    for (n = n->parent; n && *n->name; n = n->parent)
        path = dcf_arena_printf(s->parts.arena, "%s/%s", n->name, path ? path : "");
    return path;
}

static message *message_of(scaffold *s, const char *name, const char *ns, const char *when)
{
    for (size_t i = 0; i < s->message_count; i++)
        if (strcmp(s->messages[i].name, name) == 0 && strcmp(s->messages[i].ns, ns) == 0)
            return &s->messages[i];
    dcf_shape_node *root = dcf_arena_alloc(s->parts.arena, sizeof *root);
    if (!root || s->message_count == MESSAGES_MAX) return NULL;
    *root = (dcf_shape_node){.name = "", .ns = ""};
    message *m = &s->messages[s->message_count++];
    *m = (message){.name = name, .ns = ns, .when = when, .root = root};
    return m;
}

static const dcf_shape_node *tell_of(const scaffold *s, const dcf_shape_node *root)
{
    const dcf_shape_node *tell = NULL;
    for (size_t i = 0; s->parts.format->kinds && TELLS[i] && !tell; i++)
        tell = find_tell(root, TELLS[i], NAME_DEPTH);
    return tell;
}

/* Members of one document's group, against another's. */
typedef struct members {
    size_t all, both;
} members;

static const dcf_shape_node *child_named(const dcf_shape_node *n, const char *name)
{
    for (size_t i = 0; n && i < n->child_count; i++)
        if (strcmp(n->children[i]->name, name) == 0) return n->children[i];
    return NULL;
}

/* Counts what a has and b may have: values, and of groups their members; but for the branch. */
static members compare(const dcf_shape_node *a, const dcf_shape_node *b, const char *branch)
{
    members m = {0};
    for (size_t i = 0; i < a->child_count; i++) {
        const dcf_shape_node *x = a->children[i], *y = child_named(b, x->name);
        if (strcmp(x->name, branch) == 0) continue;
        for (size_t k = 0; k < x->child_count; k++)
            m.both += y && child_named(y, x->children[k]->name);
        m.all += x->child_count ? x->child_count : 1;
        m.both += y && !x->child_count;
    }
    return m;
}

/* Whether most members of the smaller of the two stand in the other. */
static bool alike(const dcf_shape_node *a, const dcf_shape_node *b, const char *branch)
{
    members left = compare(a, b, branch), right = compare(b, a, branch);
    members m = left.all < right.all ? left : right;
    return m.both * 100 >= m.all * ALIKE;
}

/* Whether documents with other words at that place are other messages: they say other things,
 * beside the word or, where that stands in a head, beside the head. */
static bool tells_messages_apart(const dcf_shape_node *roots, size_t count, const scaffold *s)
{
    for (size_t i = 1; i < count; i++) {
        const dcf_shape_node *a = tell_of(s, &roots[0]), *b = tell_of(s, &roots[i]);
        if (!a || !b || strcmp(a->name, b->name) != 0) return false;
        if (strcmp(a->values[0], b->values[0]) == 0) continue;
        for (; a->parent && b->parent; a = a->parent, b = b->parent)
            if (!alike(a->parent, b->parent, a->name)) return true;
    }
    return false;
}

/* Reads each sample alone first, to see what message it is. */
static dcf_status read_samples(scaffold *s)
{
    const dcf_format *format = s->parts.format;
    dcf_shape_node *roots = dcf_arena_alloc(s->parts.arena, s->count * sizeof *roots);
    if (!roots) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < s->count; i++) {
        roots[i] = (dcf_shape_node){.name = "", .ns = ""};
        DCF_TRY(dcf_shape_read(format, s->settings, &s->samples[i], s->parts.arena, s->faults,
                               &roots[i]));
    }
    bool apart = tells_messages_apart(roots, s->count, s);
    for (size_t i = 0; i < s->count; i++) {
        const dcf_shape_node *tell = apart ? tell_of(s, &roots[i]) : NULL;
        const char *name = format->xml ? roots[i].name : tell ? tell->values[0] : "Document";
        message *m = message_of(s, name, roots[i].ns, tell ? path_of(s, tell) : NULL);
        if (!m) return DCF_ERR(LIMIT);
        m->samples++;
        DCF_TRY(dcf_shape_read(format, s->settings, &s->samples[i], s->parts.arena, s->faults,
                               m->root));
    }
    return DCF_OK;
}

/* --- which canonical message
 * -------------------------------------------------------------------------- */

/* The member of the body it is most like; a case submission when nothing is. */
static dcf_status body_for(scaffold *s, const message *m, dcf_field **ret)
{
    const ProtobufCMessageDescriptor *e = &dcf__v1__envelope__descriptor;
    unsigned most = 0;
    *ret = dcf_field_find(e, "case_submission", strlen("case_submission"));
    if (s->wish->canonical) {
        *ret = dcf_field_find(e, s->wish->canonical, strlen(s->wish->canonical));
        bool body = *ret && ((*ret)->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);
        return body ? DCF_OK : DCF_ERR(NOT_FOUND);
    }
    for (unsigned i = 0; i < e->n_fields; i++) {
        dcf_field *f = &e->fields[i];
        unsigned fit = 0;
        if (!(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) continue;
        const dcf_target named = {.path = f->name, .field = f};
        const dcf_shape_node title = {.name = m->name, .ns = ""};
        DCF_TRY(dcf_scaffold_fit(&s->parts, m->root, dcf_field_message(f), &fit));
        fit += dcf_likeness(&title, NULL, &named) * 3 + (f == *ret);
        if (fit > most) most = fit, *ret = f;
    }
    return DCF_OK;
}

static bool maps_kind(dcf_buf *rows)
{
    const char *text = dcf_buf_cstr(rows);
    return text && strstr(text, "canonical: kind");
}

static dcf_status write_message(scaffold *s, const message *m, dcf_buf *out)
{
    dcf_field *body;
    dcf_buf rows DCF_CLEANUP(dcf_buf_fini) = {0};
    DCF_TRY(body_for(s, m, &body));
    DCF_TRY(dcf_scaffold_rows(&s->parts, m->root, dcf_field_message(body), m->when, &rows));
    dcf_buf_adds(out, "  ");
    dcf_yaml_text(out, m->name);
    dcf_buf_printf(out, ":  # documents: %zu\n    canonical: %s%s\n", m->samples, body->name,
                   s->wish->canonical ? "" : "  # guess");
    size_t ns = s->parts.format->xml ? dcf_scaffold_ns(&s->parts, m->ns) : 0;
    if (ns) dcf_buf_printf(out, "    root: \"n%zu:%s\"\n", ns, m->name);
    if (m->when) {
        dcf_buf_adds(out, "    when: {");
        dcf_yaml_text(out, m->when);
        dcf_buf_adds(out, ": ");
        dcf_yaml_text(out, m->name);
        dcf_buf_adds(out, "}\n");
    }
    if (strcmp(body->name, "case_submission") == 0 && !maps_kind(&rows))
        dcf_buf_adds(out, "    where: {kind: SUBMISSION_KIND_CHARGED}  # guess: or "
                          "SUBMISSION_KIND_PRE_CHARGE, SUBMISSION_KIND_UPGRADE\n");
    dcf_scaffold_refs(&s->parts, m->root, out);
    dcf_buf_add(out, dcf_buf_span(&rows));
    return dcf_buf_status(&rows);
}

/* --- the file
 * ------------------------------------------------------------------------------------------- */

static void write_head(scaffold *s, dcf_buf *out)
{
    dcf_buf_adds(out, "# A start, made from ");
    for (size_t i = 0; i < s->count; i++)
        dcf_buf_printf(out, "%s%s", i ? i + 1 < s->count ? ", " : " and " : "", s->samples[i].name);
    dcf_buf_adds(out,
                 ".\n"
                 "#   guess:   looked right by name and values: check it, then delete the mark\n"
                 "#   choose:  nothing was like it: map it, or say why it is dropped\n"
                 "dialect: ");
    dcf_yaml_text(out, s->wish->dialect);
    dcf_buf_printf(out, "\nversion: \"1\"\nformat: %s\nmedia_type: %s\n", s->parts.format->name,
                   s->parts.format->media_type);
    dcf_buf_add(out, dcf_buf_span(&s->format_yaml));
    if (s->parts.format->xml) dcf_buf_adds(out, "text: trim\n");
}

static void write_namespaces(scaffold *s, dcf_buf *out)
{
    const dcf_scaffolder *p = &s->parts;
    if (!p->format->xml) return;
    dcf_buf_adds(out, "namespaces:\n");
    for (size_t i = 0; i < p->namespace_count; i++) {
        if (i)
            dcf_buf_printf(out, "  n%zu: ", i);
        else
            dcf_buf_adds(out, "  default: ");
        dcf_buf_printf(out, "\"%s\"\n", p->namespaces[i]);
    }
    dcf_buf_adds(out, "  xsi: http://www.w3.org/2001/XMLSchema-instance\n"
                      "drop:\n  - {native: \"@xsi:*\", reason: schema hints}\n");
}

static dcf_status write_file(scaffold *s, dcf_buf *out)
{
    dcf_buf messages DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_buf_adds(&s->parts.codes, "\ncodes:\n");
    for (size_t i = 0; i < s->message_count; i++)
        DCF_TRY(write_message(s, &s->messages[i], &messages));
    write_head(s, out);
    write_namespaces(s, out);
    if (s->parts.codes.size > strlen("\ncodes:\n"))
        dcf_buf_add(out, dcf_span_of(s->parts.codes.data + 1, s->parts.codes.size - 1));
    dcf_buf_adds(out, "messages:\n");
    dcf_buf_add(out, dcf_buf_span(&messages));
    DCF_TRY(dcf_buf_status(&s->parts.codes));
    return dcf_buf_status(out);
}

static dcf_status run(scaffold *s, dcf_buf *out)
{
    s->parts.format = format_of(s->samples[0].bytes);
    if (!s->parts.format) return DCF_ERR(BUG);
    if (s->parts.format->own) DCF_TRY(table_settings(s));
    DCF_TRY(read_samples(s));
    for (size_t i = 0; i < s->message_count && s->parts.format->xml; i++)
        (void)dcf_scaffold_ns(&s->parts, s->messages[i].ns);
    return write_file(s, out);
}

dcf_status dcf_scaffold(const dcf_scaffold_sample *samples, size_t count,
                        const dcf_scaffold_wish *wish, dcf_arena *arena, dcf_faults *faults,
                        dcf_buf *out)
{
    scaffold *s = dcf_arena_alloc(arena, sizeof *s);
    if (!s || !count) return s ? DCF_ERR(NOT_FOUND) : DCF_ERR(NOMEM);
    *s = (scaffold){
        .parts.arena = arena, .samples = samples, .count = count, .wish = wish, .faults = faults};
    dcf_status status = run(s, out);
    dcf_buf_fini(&s->format_yaml);
    dcf_buf_fini(&s->parts.codes);
    return status;
}
