/* spool_in.c - claim by rename, offer, and move on the gateway's word; see spool_in.h. */
#include "transport/spool/spool_in.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_text.h"
#include "base/log.h"
#include "model/fault_json.h"
#include "transport/spool/spool_list.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { IN, WORK, DONE, REFUSED, FOLDERS };
static const char *const folder_names[FOLDERS] = {"in", "work", "done", "refused"};

enum {
    BYTES_MOST = 64 << 20, /* in hand at once, and one file more */
    ERROR_NAME_MAX = 240   /* so that NAME.error.json is still a file name */
};

struct dcf_spool_in {
    dcf_spool_in_config config;
    int dirs[FOLDERS];
    bool gone; /* the folders are not where they were */
    size_t max_bytes;
    dcf_spool_list listed; /* of in/ */
    pthread_mutex_t lock;
    pthread_cond_t settled;
    size_t in_flight, bytes; /* guarded by lock */
    bool retry;              /* guarded by lock: something in work/ is to be offered again */
    bool busy;               /* guarded by lock: the gateway takes nothing now */
};

typedef struct spool_file {
    dcf_arrival arrival;
    dcf_spool_in *spool;
    dcf_buf bytes;
    char name[256];
} spool_file;

/* --- moving files --------------------------------------------------------- */

/* Names of files may be personal: only the link's goes to the log. */
static void complain(const dcf_spool_in *s, const char *event, int err)
{
    dcf_log(DCF_LOG_ERROR, event, "link", s->config.link->name, "folder", s->config.link->in.folder,
            "reason", strerrordesc_np(err), NULL);
}

/* Renames without ever overwriting: NAME, then NAME~2, NAME~3 … The name it got is left in taken.
 */
static bool move_file(dcf_spool_in *s, int from, int to, const char *name, char taken[300])
{
    snprintf(taken, 300, "%s", name);
    for (int n = 2; n < 100000; n++) {
        if (renameat2(s->dirs[from], name, s->dirs[to], taken, RENAME_NOREPLACE) == 0) return true;
        if (errno != EEXIST) return false;
        snprintf(taken, 300, "%s~%d", name, n);
    }
    return false;
}

static void write_error_file(dcf_spool_in *s, const char *name, const dcf_verdict *v)
{
    char path[320], temporary[330];
    snprintf(path, sizeof path, "%.*s.error.json", ERROR_NAME_MAX, name);
    snprintf(temporary, sizeof temporary, ".%s", path);
    dcf_buf json = {0};
    dcf_buf_addc(&json, '{');
    dcf_json_pair(&json, true, "file", name);
    dcf_json_pair(&json, false, "messageId", v->message_id);
    dcf_buf_addc(&json, ',');
    dcf_faults_json_members(v->faults, &json);
    dcf_buf_adds(&json, "}\n");
    int fd = openat(s->dirs[REFUSED], temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    bool whole = fd >= 0 && !json.failed && write(fd, json.data, json.size) == (ssize_t)json.size &&
                 fsync(fd) == 0;
    if (fd >= 0) whole = close(fd) == 0 && whole;
    if (!whole || renameat(s->dirs[REFUSED], temporary, s->dirs[REFUSED], path) != 0) {
        complain(s, "SPOOL_ERROR_FILE_NOT_WRITTEN", errno);
        (void)unlinkat(s->dirs[REFUSED], temporary, 0);
    }
    dcf_buf_fini(&json);
}

/* --- settling ------------------------------------------------------------- */

static void settle(dcf_arrival *arrival, const dcf_verdict *v)
{
    spool_file *file = (spool_file *)arrival;
    dcf_spool_in *s = file->spool;
    char taken[300];
    bool busy = v->kind == DCF_VERDICT_BUSY, refused = v->kind == DCF_VERDICT_REFUSED;
    if (!busy && !move_file(s, WORK, refused ? REFUSED : DONE, file->name, taken))
        complain(s, "SPOOL_FILE_NOT_MOVED",
                 errno); /* Kafka has it; offered again after a restart it is known */
    else if (refused)
        write_error_file(s, taken, v);
    pthread_mutex_lock(&s->lock);
    if (busy) s->retry = s->busy = true;
    s->in_flight--;
    s->bytes -= file->bytes.size;
    pthread_cond_broadcast(&s->settled);
    pthread_mutex_unlock(&s->lock);
    dcf_buf_fini(&file->bytes);
    free(file);
}

/* --- offering ------------------------------------------------------------- */

/* OK with *ret_fault 0 or what is wrong with the file; NOT_FOUND: it went away; AGAIN: it cannot be
 * read now. */
static dcf_status open_claimed(dcf_spool_in *s, const char *name, int *ret_fd,
                               dcf_fault_code *ret_fault)
{
    struct stat st;
    int fd = openat(s->dirs[WORK], name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &st) == 0) {
        *ret_fd = fd;
        *ret_fault = !S_ISREG(st.st_mode)                  ? DCF_FAULT_UNSAFE_FILE
                     : (uint64_t)st.st_size > s->max_bytes ? DCF_FAULT_TOO_LARGE
                                                           : 0;
        return DCF_OK;
    }
    int err = errno;
    if (fd >= 0) close(fd);
    if (err == ENOENT) return DCF_ERR(NOT_FOUND);
    if (err == ELOOP || err == ENXIO || err == EACCES || err == EPERM) {
        *ret_fault = DCF_FAULT_UNSAFE_FILE;
        return DCF_OK;
    }
    complain(s, "SPOOL_FILE_NOT_READ", err);
    return DCF_ERR(AGAIN);
}

static dcf_status read_claimed(dcf_spool_in *s, const char *name, dcf_buf *bytes,
                               dcf_fault_code *ret_fault)
{
    int fd = -1;
    DCF_TRY(open_claimed(s, name, &fd, ret_fault));
    uint8_t chunk[65536];
    ssize_t n = 0;
    while (!*ret_fault && (n = read(fd, chunk, sizeof chunk)) > 0) {
        dcf_buf_add(bytes, dcf_span_of(chunk, (size_t)n));
        if (bytes->size > s->max_bytes) *ret_fault = DCF_FAULT_TOO_LARGE;
    }
    bool whole = n >= 0 && !bytes->failed;
    if (!whole) complain(s, "SPOOL_FILE_NOT_READ", n < 0 ? errno : ENOMEM);
    if (fd >= 0) close(fd);
    if (*ret_fault) dcf_buf_clear(bytes);
    return whole ? DCF_OK : DCF_ERR(AGAIN);
}

/* Offers a file of work/; what cannot be read now stays there for another look. */
static bool offer(dcf_spool_in *s, const char *name)
{
    spool_file *file = calloc(1, sizeof *file);
    dcf_status read = DCF_ERR(NOMEM);
    if (file) {
        file->spool = s;
        snprintf(file->name, sizeof file->name, "%s", name);
        file->arrival = (dcf_arrival){
            .link = s->config.link, .name = file->name, .source_id = "", .settle = settle};
        read = read_claimed(s, name, &file->bytes, &file->arrival.fault);
        file->arrival.body = dcf_buf_span(&file->bytes);
    }
    pthread_mutex_lock(&s->lock);
    if (dcf_ok(read)) {
        s->in_flight++;
        s->bytes += file->bytes.size;
    } else if (!dcf_is(read, DCF_E_NOT_FOUND)) {
        s->retry = true;
    }
    pthread_mutex_unlock(&s->lock);
    if (dcf_ok(read)) {
        s->config.arrive(s->config.gateway, &file->arrival);
    } else if (file) {
        dcf_buf_fini(&file->bytes);
        free(file);
    }
    return dcf_ok(read);
}

static bool has_room(dcf_spool_in *s)
{
    pthread_mutex_lock(&s->lock);
    bool room = !s->busy && s->in_flight < s->config.link->window && s->bytes < BYTES_MOST;
    pthread_mutex_unlock(&s->lock);
    return room;
}

/* What a crash, or a busy gateway, left in work/. Called when nothing is in flight. False when
 * there is more: what is new must not overtake that. */
static bool offer_work(dcf_spool_in *s, size_t *offered)
{
    const char *name;
    bool all = dcf_spool_list_fill(&s->listed, s->dirs[WORK]);
    for (; (name = dcf_spool_list_peek(&s->listed)) && has_room(s); s->listed.next++)
        *offered += offer(s, name);
    all = all && !name;
    dcf_spool_list_clear(&s->listed);
    pthread_mutex_lock(&s->lock);
    if (!all) s->retry = true; /* the rest, when these are settled */
    pthread_mutex_unlock(&s->lock);
    return all;
}

/* --- what is new in in/ ------------------------------------------------------ */

/* True when a writer has the file open: then a read lease is refused. Without leases, stillness
 * alone decides. */
static bool is_being_written(dcf_spool_in *s, const char *name)
{
    int fd = openat(s->dirs[IN], name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return false;
    bool busy = fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
    if (!busy) (void)fcntl(fd, F_SETLEASE, F_UNLCK);
    close(fd);
    return busy;
}

static bool is_ready(dcf_spool_in *s, const char *name, int64_t now_ms)
{
    struct stat st;
    if (fstatat(s->dirs[IN], name, &st, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (!S_ISREG(st.st_mode)) return true; /* claimed, and then refused as unsafe */
    int64_t changed = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    /* a time ahead of ours, from another clock, says nothing new about a file */
    return llabs(now_ms - changed) >= (int64_t)s->config.settle_ms && !is_being_written(s, name);
}

static size_t offer_new(dcf_spool_in *s, int64_t now_ms)
{
    size_t offered = 0;
    char taken[300];
    const char *name;
    if (!dcf_spool_list_peek(&s->listed)) (void)dcf_spool_list_fill(&s->listed, s->dirs[IN]);
    for (; (name = dcf_spool_list_peek(&s->listed)) && has_room(s); s->listed.next++)
        if (is_ready(s, name, now_ms) && move_file(s, IN, WORK, name, taken))
            offered += offer(s, taken);
    return offered;
}

/* --- the folders --------------------------------------------------------------- */

/* They may be taken away and put back (a mount, a restored backup) while we hold the old ones open.
 */
static bool folders_are_in_place(const dcf_spool_in *s)
{
    char path[4200];
    for (int f = 0; f < FOLDERS; f++) {
        struct stat there, ours;
        snprintf(path, sizeof path, "%s/%s", s->config.link->in.folder, folder_names[f]);
        if (stat(path, &there) != 0 || fstat(s->dirs[f], &ours) != 0) return false;
        if (there.st_dev != ours.st_dev || there.st_ino != ours.st_ino) return false;
    }
    return true;
}

static void close_folders(dcf_spool_in *s)
{
    for (int f = 0; f < FOLDERS; f++) {
        if (s->dirs[f] >= 0) close(s->dirs[f]);
        s->dirs[f] = -1;
    }
}

static dcf_status open_folders(dcf_spool_in *s)
{
    int top = open(s->config.link->in.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) return DCF_ERR(IO);
    dcf_status status = DCF_OK;
    for (int f = 0; f < FOLDERS && dcf_ok(status); f++) {
        if (mkdirat(top, folder_names[f], 0750) != 0 && errno != EEXIST) status = DCF_ERR(IO);
        s->dirs[f] = openat(top, folder_names[f], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (s->dirs[f] < 0) status = DCF_ERR(IO);
    }
    int err = errno;
    close(top);
    errno = err;
    return status;
}

/* True when there are folders to look into. Where in/ is away nothing is made: it may be a mount
 * that comes back. */
static bool have_folders(dcf_spool_in *s, bool idle)
{
    char path[4200];
    struct stat st;
    if (folders_are_in_place(s)) return true;
    if (!s->gone) complain(s, "SPOOL_FOLDER_GONE", ENOENT);
    s->gone = true;
    snprintf(path, sizeof path, "%s/%s", s->config.link->in.folder, folder_names[IN]);
    if (!idle || stat(path, &st) != 0) return false;
    close_folders(s);
    if (dcf_failed(open_folders(s))) return false;
    s->gone = false;
    dcf_log(DCF_LOG_INFO, "SPOOL_FOLDER_BACK", "link", s->config.link->name, NULL);
    dcf_spool_list_clear(&s->listed);
    pthread_mutex_lock(&s->lock);
    s->retry = true; /* what lies in its work/ */
    pthread_mutex_unlock(&s->lock);
    return true;
}

size_t dcf_spool_in_scan(dcf_spool_in *s, int64_t now_ms)
{
    pthread_mutex_lock(&s->lock);
    bool idle = s->in_flight == 0;
    pthread_mutex_unlock(&s->lock);
    if (!have_folders(s, idle)) return 0;
    pthread_mutex_lock(&s->lock);
    bool wait =
        s->retry && !idle; /* what is in hand must be settled before work/ can be looked at */
    bool again = s->retry && idle;
    if (idle) s->retry = s->busy = false;
    pthread_mutex_unlock(&s->lock);
    if (wait) return 0;
    size_t offered = 0;
    if (!again || offer_work(s, &offered)) offered += offer_new(s, now_ms);
    pthread_mutex_lock(&s->lock);
    if (s->busy) offered = 0; /* no hurry */
    pthread_mutex_unlock(&s->lock);
    return offered;
}

size_t dcf_spool_in_depth(const dcf_spool_in *s)
{
    size_t n = 0;
    for (int f = IN; f <= WORK; f++) {
        DIR *list = dcf_spool_open_dir(s->dirs[f]);
        for (struct dirent *e; list && (e = readdir(list));) n += e->d_name[0] != '.';
        if (list) closedir(list);
    }
    return n;
}

/* --- life ----------------------------------------------------------------- */

dcf_status dcf_spool_in_open(const dcf_spool_in_config *config, dcf_spool_in **ret)
{
    dcf_spool_in *s = calloc(1, sizeof *s);
    if (!s) return DCF_ERR(NOMEM);
    s->config = *config;
    s->max_bytes = config->link->limits.bytes ? config->link->limits.bytes : 4u << 20;
    s->retry = true; /* look into work/ first */
    for (int f = 0; f < FOLDERS; f++) s->dirs[f] = -1;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->settled, NULL);
    dcf_status status = dcf_spool_list_init(&s->listed);
    if (dcf_ok(status) && mkdir(config->link->in.folder, 0750) != 0 && errno != EEXIST)
        status = DCF_ERR(IO);
    if (dcf_ok(status)) status = open_folders(s);
    int err = errno;
    if (dcf_failed(status))
        dcf_spool_in_close(s, 0);
    else
        *ret = s;
    errno = err;
    return status;
}

void dcf_spool_in_close(dcf_spool_in *s, uint64_t timeout_ms)
{
    if (!s) return;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)(timeout_ms / 1000);
    pthread_mutex_lock(&s->lock);
    while (s->in_flight && timeout_ms)
        if (pthread_cond_timedwait(&s->settled, &s->lock, &until) != 0) break;
    bool idle = s->in_flight == 0;
    pthread_mutex_unlock(&s->lock);
    if (!idle) return; /* a late settle still needs it */
    close_folders(s);
    dcf_spool_list_fini(&s->listed);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->settled);
    free(s);
}
