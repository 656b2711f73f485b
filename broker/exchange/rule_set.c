/* rule_set.c - see rule_set.h. */
#include "exchange/rule_set.h"

#include "base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PARTIES "parties.yaml"

/* A row a file, or folder of files, that dcf_exchange_config names. */
static const struct {
    const char *name;
    size_t path; /* offset in dcf_exchange_config */
    bool needed; /* to make an exchange of it again */
} rows[] = {
    {"lifecycle.yaml", offsetof(dcf_exchange_config, lifecycle), true},
    {"checklists", offsetof(dcf_exchange_config, checklists), false},
    {"clocks.yaml", offsetof(dcf_exchange_config, clocks), false},
    {"bank-holidays.yaml", offsetof(dcf_exchange_config, holidays), false},
    {"policies.yaml", offsetof(dcf_exchange_config, policies), true},
    {"redaction-tools.yaml", offsetof(dcf_exchange_config, redaction_tools), true},
    {"forces.yaml", offsetof(dcf_exchange_config, forces_file), true},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static const char **path_of(const dcf_exchange_config *config, size_t row)
{
    return (const char **)(void *)((char *)(uintptr_t)config + rows[row].path);
}

/* --- reading ------------------------------------------------------------ */

static dcf_status add(Dcf__V1__RuleSet *set, dcf_arena *arena, const char *name, dcf_span content)
{
    if (set->n_files == DCF_RULE_FILES_MAX) return DCF_ERR(LIMIT);
    Dcf__V1__RuleFile *f = dcf_arena_alloc(arena, sizeof *f);
    uint8_t *bytes = dcf_arena_alloc(arena, content.size);
    if (!f || !bytes) return DCF_ERR(NOMEM);
    dcf__v1__rule_file__init(f);
    if (content.size) memcpy(bytes, content.data, content.size);
    f->name = dcf_arena_strdup(arena, name);
    f->content = (ProtobufCBinaryData){.len = content.size, .data = bytes};
    if (!f->name) return DCF_ERR(NOMEM);
    set->files[set->n_files++] = f;
    return DCF_OK;
}

static dcf_status add_file(Dcf__V1__RuleSet *set, dcf_arena *arena, const char *name,
                           const char *path)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf b = {0};
    DCF_TRY(dcf_buf_read_file(&b, path, DCF_RULE_FILE_BYTES_MAX));
    return add(set, arena, name, dcf_buf_span(&b));
}

static int is_yaml(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > 5 && strcmp(e->d_name + n - 5, ".yaml") == 0;
}

static dcf_status add_folder(Dcf__V1__RuleSet *set, dcf_arena *arena, const char *name,
                             const char *path)
{
    struct dirent **list = NULL;
    int n = scandir(path, &list, is_yaml, alphasort);
    dcf_status s = n < 0 ? DCF_ERR(IO) : DCF_OK;
    for (int i = 0; i < n; i++) {
        const char *file = dcf_arena_printf(arena, "%s/%s", path, list[i]->d_name);
        const char *as = dcf_arena_printf(arena, "%s/%s", name, list[i]->d_name);
        if (dcf_ok(s)) s = file && as ? add_file(set, arena, as, file) : DCF_ERR(NOMEM);
        free(list[i]);
    }
    free(list);
    return s;
}

static dcf_status add_parties(Dcf__V1__RuleSet *set, dcf_arena *arena, const dcf_parties *parties)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf b = {0};
    dcf_parties_write(parties, &b);
    return b.failed ? DCF_ERR(NOMEM) : add(set, arena, PARTIES, dcf_buf_span(&b));
}

/* --- version ------------------------------------------------------------ */

enum { DIGEST_SIZE = 13 /* 12 digits and NUL: the end of the version */ };

static dcf_status digest(const dcf_exchange_config *config, const Dcf__V1__RuleSet *set,
                         char ret[DIGEST_SIZE])
{
    uint8_t hash[32];
    DCF_CLEANUP(dcf_buf_fini) dcf_buf b = {0};
    for (size_t i = 0; i < set->n_files; i++) {
        const ProtobufCBinaryData *c = &set->files[i]->content;
        dcf_buf_printf(&b, "%s %zu\n", set->files[i]->name, c->len);
        dcf_buf_add(&b, dcf_span_of(c->data, c->len));
    }
    if (b.failed) return DCF_ERR(NOMEM);
    config->sha256(config->sha256_ctx, dcf_buf_span(&b), hash);
    for (size_t i = 0; i < 6; i++) snprintf(ret + 2 * i, 3, "%02x", hash[i]);
    return DCF_OK;
}

dcf_status dcf_rule_set_check(const dcf_exchange_config *config, const Dcf__V1__RuleSet *set)
{
    char hex[DIGEST_SIZE];
    size_t n = strlen(set->version);
    DCF_TRY(digest(config, set, hex));
    bool same = n >= sizeof hex - 1 && strcmp(set->version + n - (sizeof hex - 1), hex) == 0;
    return same ? DCF_OK : DCF_ERR(CONFLICT);
}

/* "lifecycle 2, " of a file that states its version. */
static void add_version(dcf_buf *out, const Dcf__V1__RuleFile *f)
{
    dcf_yaml_doc *doc = NULL;
    const char *base = strrchr(f->name, '/');
    base = base ? base + 1 : f->name;
    if (dcf_failed(
            dcf_yaml_parse(dcf_span_of(f->content.data, f->content.len), f->name, &doc, NULL)))
        return;
    const char *version = dcf_yaml_str(dcf_yaml_root(doc), "version", NULL);
    if (version) dcf_buf_printf(out, "%.*s %s, ", (int)(strlen(base) - 5), base, version);
    dcf_yaml_free(doc);
}

dcf_status dcf_rule_set_read(const dcf_exchange_config *config, dcf_arena *arena,
                             Dcf__V1__RuleSet **ret)
{
    char hex[DIGEST_SIZE];
    DCF_CLEANUP(dcf_buf_fini) dcf_buf version = {0};
    Dcf__V1__RuleSet *set = dcf_arena_alloc(arena, sizeof *set);
    if (!set) return DCF_ERR(NOMEM);
    dcf__v1__rule_set__init(set);
    set->files = dcf_arena_alloc(arena, DCF_RULE_FILES_MAX * sizeof(Dcf__V1__RuleFile *));
    if (!set->files) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < ROWS; i++) {
        const char *path = *path_of(config, i);
        struct stat st;
        if (!path) continue;
        bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
        DCF_TRY(folder ? add_folder(set, arena, rows[i].name, path)
                       : add_file(set, arena, rows[i].name, path));
    }
    DCF_TRY(add_parties(set, arena, config->parties));
    DCF_TRY(digest(config, set, hex));
    for (size_t i = 0; i < set->n_files; i++) add_version(&version, set->files[i]);
    dcf_buf_adds(&version, hex);
    set->version = dcf_arena_str(arena, dcf_buf_span(&version));
    if (!set->version || version.failed) return DCF_ERR(NOMEM);
    *ret = set;
    return DCF_OK;
}

/* --- writing ------------------------------------------------------------ */

/* NAME or FOLDER/NAME, of plain letters; neither begins with a dot. */
static bool is_safe(const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t n = strspn(name, plain);
    const char *last = name[n] == '/' ? name + n + 1 : name;
    size_t rest = strspn(last, plain);
    return n && rest && !last[rest] && name[0] != '.' && last[0] != '.' && n + rest < 200;
}

static dcf_status write_file(const char *path, const ProtobufCBinaryData *content)
{
    FILE *f = fopen(path, "wbx");
    if (!f) return errno == EEXIST ? DCF_ERR(CORRUPT) : DCF_ERR(IO);
    bool written = fwrite(content->data, 1, content->len, f) == content->len;
    return fclose(f) == 0 && written ? DCF_OK : DCF_ERR(IO);
}

dcf_status dcf_rule_set_unpack(const Dcf__V1__RuleSet *set, const char *folder, dcf_arena *arena,
                               dcf_exchange_config *config, const char **ret_parties)
{
    const char *parties = NULL;
    for (size_t i = 0; i < set->n_files; i++) {
        const char *name = set->files[i]->name, *slash = strchr(name, '/');
        if (!is_safe(name)) return DCF_ERR(CORRUPT);
        char *path = dcf_arena_printf(arena, "%s/%s", folder, name);
        if (!path) return DCF_ERR(NOMEM);
        char *parent =
            dcf_arena_printf(arena, "%s/%.*s", folder, slash ? (int)(slash - name) : 0, name);
        if (!parent) return DCF_ERR(NOMEM);
        if (slash) (void)mkdir(parent, 0700); /* made before, by another file of it */
        DCF_TRY(write_file(path, &set->files[i]->content));
        if (strcmp(name, PARTIES) == 0) parties = path;
        for (size_t r = 0; r < ROWS; r++) {
            size_t n = strlen(rows[r].name);
            if (strcmp(name, rows[r].name) == 0) *path_of(config, r) = path;
            if (slash && (size_t)(slash - name) == n && memcmp(name, rows[r].name, n) == 0)
                *path_of(config, r) = parent;
        }
    }
    for (size_t r = 0; r < ROWS; r++)
        if (rows[r].needed && !*path_of(config, r)) return DCF_ERR(CORRUPT);
    if (!parties) return DCF_ERR(CORRUPT);
    *ret_parties = parties;
    return DCF_OK;
}
