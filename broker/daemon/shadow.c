/* shadow.c - see shadow.h. */
#include "daemon/shadow.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon/receipt.h"
#include "model/envelope.h"
#include "translate/flat.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 5000, NAME_SIZE = 200, DIFFERENCES_MAX = 64, FILE_MAX = 64 << 20 };

/* --- writing
 * ---------------------------------------------------------------------------------------- */

static void name_of(const Dcf__V1__Envelope *e, const char *ending, char out[NAME_SIZE])
{
    snprintf(out, NAME_SIZE, "%.180s.%s", e->source_message_id, ending);
    for (char *c = out; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-._", *c)) *c = '_';
    if (out[0] == '.') out[0] = '_';
}

static dcf_status make_folders(const char *folder)
{
    static const char *const below[] = {"", "/new", "/reference", "/done"};
    char path[PATH_SIZE];
    for (const char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(path, sizeof path, "%.*s", (int)(slash - folder), folder);
        (void)mkdir(path, 0750);
    }
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        snprintf(path, sizeof path, "%s%s", folder, below[i]);
        if (mkdir(path, 0750) != 0 && errno != EEXIST) return DCF_ERR(UNAVAILABLE);
    }
    return DCF_OK;
}

static dcf_status write_whole(const char *path, dcf_span bytes)
{
    char temporary[PATH_SIZE + 8];
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    FILE *f = fopen(temporary, "w");
    if (!f) return DCF_ERR(UNAVAILABLE);
    bool whole = (!bytes.size || fwrite(bytes.data, 1, bytes.size, f) == bytes.size) &&
                 fflush(f) == 0 && fsync(fileno(f)) == 0;
    whole = fclose(f) == 0 && whole && rename(temporary, path) == 0;
    if (!whole) (void)unlink(temporary);
    return whole ? DCF_OK : DCF_ERR(UNAVAILABLE);
}

dcf_status dcf_shadow_write(const char *folder, const Dcf__V1__Envelope *e, dcf_span native,
                            const char *ending)
{
    char name[NAME_SIZE], path[PATH_SIZE];
    dcf_buf header DCF_CLEANUP(dcf_buf_fini) = {0};
    Dcf__V1__Envelope about = *e;
    /* Its type is told by name, the body stays where it is. */
    about.request_kind = (char *)dcf_envelope_type(e);
    about.body_case = DCF__V1__ENVELOPE__BODY__NOT_SET;
    about.n_extensions = about.n_warnings = 0;
    name_of(e, ending, name);
    DCF_TRY(make_folders(folder));
    DCF_TRY(dcf_envelope_pack(&about, &header));
    snprintf(path, sizeof path, "%s/new/.%s.about", folder, name);
    DCF_TRY(write_whole(path, dcf_buf_span(&header)));
    snprintf(path, sizeof path, "%s/new/%s", folder, name);
    return write_whole(path, native);
}

/* --- comparing
 * --------------------------------------------------------------------------------------- */

typedef struct pair {
    const dcf_shadow_config *config;
    const dcf_link *link;
    const dcf_dialect *dialect;
    const char *folder, *name;
    dcf_arena arena;
    dcf_faults differences; /* those that nobody explained */
    dcf_buf report;
    Dcf__V1__Envelope *about;
} pair;

static dcf_status read_side(pair *p, const char *side, dcf_flat *ret)
{
    char path[PATH_SIZE];
    dcf_buf bytes DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_faults faults;
    Dcf__V1__Envelope *e = NULL;
    snprintf(path, sizeof path, "%s/%s/%s", p->folder, side, p->name);
    dcf_faults_init(&faults, &p->arena, DIFFERENCES_MAX);
    DCF_TRY(dcf_buf_read_file(&bytes, path, FILE_MAX));
    DCF_TRY(dcf_to_canonical(p->dialect, dcf_buf_span(&bytes), NULL, &p->arena, &faults, &e));
    return dcf_flatten(e, &p->arena, ret);
}

static dcf_status read_about(pair *p)
{
    char path[PATH_SIZE];
    dcf_buf bytes DCF_CLEANUP(dcf_buf_fini) = {0};
    snprintf(path, sizeof path, "%s/new/.%s.about", p->folder, p->name);
    DCF_TRY(dcf_buf_read_file(&bytes, path, FILE_MAX));
    DCF_TRY(dcf_envelope_unpack(dcf_buf_span(&bytes), &p->arena, &p->about));
    p->about->sequence = 0; /* its delivery was told by the delivery stage */
    return DCF_OK;
}

static void differs(void *self, const char *path, const char *left, const char *right)
{
    pair *p = self;
    const char *field = dcf_flat_field(&p->arena, path);
    bool known = field && dcf_criteria_explain(p->config->criteria, p->link->dialect, field);
    const char *how = !left    ? "only the old way has it"
                      : !right ? "the old way has it not"
                               : "another value";
    dcf_buf_printf(&p->report, "%s\t%s%s\n", path, how, known ? "\texplained" : "");
    if (!known)
        dcf_faults_add(&p->differences, DCF_FAULT_SHADOW_DIFFERENCE, 0, 0, "", field ? field : "",
                       "%s", how);
}

static dcf_status tell(pair *p)
{
    dcf_buf packed DCF_CLEANUP(dcf_buf_fini) = {0};
    Dcf__V1__Envelope *e = NULL;
    dcf_receipt_facts facts = {.about = p->about,
                               .about_type = p->about->request_kind,
                               .party = p->link->party->name,
                               .kind = DCF__V1__RECEIPT_KIND__RECEIPT_KIND_COMPARED,
                               .faults = &p->differences,
                               .receiver_reference = p->name,
                               .now_ms = dcf_clock_ms()};
    DCF_TRY(dcf_receipt_pack(&facts, &p->arena, &packed));
    DCF_TRY(dcf_envelope_unpack(dcf_buf_span(&packed), &p->arena, &e));
    return p->config->tell(p->config->self, e, dcf_buf_span(&packed));
}

static void put_away(const pair *p)
{
    char from[PATH_SIZE], to[PATH_SIZE];
    snprintf(from, sizeof from, "%s/new/.%s.about", p->folder, p->name);
    (void)unlink(from);
    snprintf(from, sizeof from, "%s/reference/%s", p->folder, p->name);
    snprintf(to, sizeof to, "%s/done/%s.reference", p->folder, p->name);
    (void)rename(from, to);
    snprintf(from, sizeof from, "%s/new/%s", p->folder, p->name);
    snprintf(to, sizeof to, "%s/done/%s", p->folder, p->name);
    (void)rename(from, to);
}

static dcf_status compare(pair *p)
{
    char path[PATH_SIZE];
    dcf_flat made, reference;
    dcf_faults_init(&p->differences, &p->arena, DIFFERENCES_MAX);
    DCF_TRY(read_about(p));
    DCF_TRY(read_side(p, "new", &made));
    DCF_TRY(read_side(p, "reference", &reference));
    dcf_flat_compare(&made, &reference, differs, p);
    snprintf(path, sizeof path, "%s/done/%s.differences", p->folder, p->name);
    DCF_TRY(write_whole(path, dcf_buf_span(&p->report)));
    DCF_TRY(tell(p));
    dcf_log(p->differences.count ? DCF_LOG_WARN : DCF_LOG_INFO, "SHADOW_COMPARED", "link",
            p->link->name, "message", p->about->message_id, "differences",
            DCF_U64(p->differences.count), NULL);
    put_away(p);
    return DCF_OK;
}

static bool lies_in(const char *folder, const char *side, const char *name)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s/%s", folder, side, name);
    return access(path, R_OK) == 0;
}

static bool compare_one(const dcf_shadow_config *c, const dcf_link *link, const char *folder,
                        const char *name)
{
    pair p = {.config = c,
              .link = link,
              .dialect = dcf_dialects_get(c->dialects, link->dialect),
              .folder = folder,
              .name = name};
    dcf_arena_init(&p.arena, c->memory);
    dcf_status s = compare(&p);
    if (dcf_failed(s))
        dcf_log(DCF_LOG_ERROR, "SHADOW_NOT_COMPARED", "link", link->name, "file", name, "status",
                dcf_status_name(s), NULL);
    dcf_buf_fini(&p.report);
    dcf_arena_fini(&p.arena);
    return dcf_ok(s);
}

static size_t compare_link(const dcf_shadow_config *c, const dcf_link *link)
{
    char folder[PATH_SIZE - 600], path[PATH_SIZE];
    size_t n = 0;
    snprintf(folder, sizeof folder, "%s/%s", c->compare, link->name);
    snprintf(path, sizeof path, "%s/reference", folder);
    DIR *dir = opendir(path);
    if (!dir) return 0;
    for (const struct dirent *d; (d = readdir(dir)) != NULL;)
        if (d->d_name[0] != '.' && strlen(d->d_name) < NAME_SIZE &&
            lies_in(folder, "new", d->d_name))
            n += compare_one(c, link, folder, d->d_name);
    closedir(dir);
    return n;
}

size_t dcf_shadow_compare(const dcf_shadow_config *c)
{
    size_t n = 0;
    for (size_t p = 0; p < c->parties->count; p++)
        for (size_t l = 0; l < c->parties->items[p].link_count; l++)
            if (c->parties->items[p].links[l].has_out)
                n += compare_link(c, &c->parties->items[p].links[l]);
    return n;
}
