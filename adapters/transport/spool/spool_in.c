/* spool_in.c - claim by rename, offer, and move on the gateway's word; see spool_in.h. */
#include "transport/spool/spool_in.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_text.h"
#include "model/fault_json.h"

#include <dirent.h>
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

struct dcf_spool_in {
    dcf_spool_in_config config;
    int dirs[FOLDERS];
    size_t max_bytes;
    pthread_mutex_t lock;
    pthread_cond_t settled;
    size_t in_flight; /* guarded by lock */
    bool retry;       /* guarded by lock: something went back to work/ */
};

typedef struct spool_file {
    dcf_arrival arrival;
    dcf_spool_in *spool;
    dcf_buf bytes;
    char name[256];
} spool_file;

/* --- moving files --------------------------------------------------------- */

/* Renames without ever overwriting: NAME, then NAME~2, NAME~3 … The name it got is left in taken. */
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
    snprintf(path, sizeof path, "%s.error.json", name);
    snprintf(temporary, sizeof temporary, ".%s", path);
    dcf_buf json = {0};
    dcf_buf_addc(&json, '{');
    dcf_json_pair(&json, true, "file", name);
    dcf_json_pair(&json, false, "messageId", v->message_id);
    dcf_buf_addc(&json, ',');
    dcf_faults_json_members(v->faults, &json);
    dcf_buf_adds(&json, "}\n");
    int fd = openat(s->dirs[REFUSED], temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd >= 0) {
        bool whole = write(fd, json.data, json.size) == (ssize_t)json.size && fsync(fd) == 0;
        if (close(fd) == 0 && whole) (void)renameat(s->dirs[REFUSED], temporary, s->dirs[REFUSED], path);
    }
    dcf_buf_fini(&json);
}

/* --- settling ------------------------------------------------------------- */

static void settle(dcf_arrival *arrival, const dcf_verdict *v)
{
    spool_file *file = (spool_file *)arrival;
    dcf_spool_in *s = file->spool;
    char taken[300];
    if (v->kind == DCF_VERDICT_ACCEPTED) {
        (void)move_file(s, WORK, DONE, file->name, taken);
    } else if (v->kind == DCF_VERDICT_REFUSED) {
        if (move_file(s, WORK, REFUSED, file->name, taken)) write_error_file(s, taken, v);
    }
    pthread_mutex_lock(&s->lock);
    if (v->kind == DCF_VERDICT_BUSY) s->retry = true;
    s->in_flight--;
    pthread_cond_broadcast(&s->settled);
    pthread_mutex_unlock(&s->lock);
    dcf_buf_fini(&file->bytes);
    free(file);
}

/* --- offering ------------------------------------------------------------- */

static dcf_fault_code read_claimed(dcf_spool_in *s, const char *name, dcf_buf *bytes)
{
    struct stat st;
    int fd = openat(s->dirs[WORK], name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return DCF_FAULT_UNSAFE_FILE;
    dcf_fault_code fault = 0;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) fault = DCF_FAULT_UNSAFE_FILE;
    uint8_t chunk[65536];
    ssize_t n = 1;
    while (!fault && (n = read(fd, chunk, sizeof chunk)) > 0) {
        dcf_buf_add(bytes, dcf_span_of(chunk, (size_t)n));
        if (bytes->size > s->max_bytes) fault = DCF_FAULT_TOO_LARGE;
    }
    if (!fault && n < 0) fault = DCF_FAULT_UNSAFE_FILE;
    close(fd);
    if (fault) dcf_buf_clear(bytes);
    return fault;
}

static void offer(dcf_spool_in *s, const char *name)
{
    spool_file *file = calloc(1, sizeof *file);
    if (!file) return; /* it stays in work/ and is offered at the next look */
    file->spool = s;
    snprintf(file->name, sizeof file->name, "%s", name);
    file->arrival = (dcf_arrival){.link = s->config.link, .name = file->name, .source_id = "", .settle = settle};
    file->arrival.fault = read_claimed(s, name, &file->bytes);
    file->arrival.body = dcf_buf_span(&file->bytes);
    pthread_mutex_lock(&s->lock);
    s->in_flight++;
    pthread_mutex_unlock(&s->lock);
    s->config.arrive(s->config.gateway, &file->arrival);
}

static bool has_room(dcf_spool_in *s)
{
    pthread_mutex_lock(&s->lock);
    bool room = s->in_flight < s->config.link->window;
    pthread_mutex_unlock(&s->lock);
    return room;
}

static DIR *open_list(int dir)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return NULL;
    DIR *list = fdopendir(fd);
    if (!list) close(fd);
    return list;
}

/* What a crash, or a busy gateway, left in work/. Called when nothing is in flight. */
static size_t offer_work(dcf_spool_in *s)
{
    DIR *list = open_list(s->dirs[WORK]);
    size_t offered = 0;
    for (struct dirent *e; list && (e = readdir(list));) {
        if (e->d_name[0] == '.') continue;
        if (!has_room(s)) break;
        offer(s, e->d_name);
        offered++;
    }
    if (list) closedir(list);
    return offered;
}

static bool ends_with(const char *s, const char *tail)
{
    size_t n = strlen(s), m = strlen(tail);
    return n >= m && strcmp(s + n - m, tail) == 0;
}

/* True when a writer has the file open: then a read lease is refused. Without leases, stillness alone decides. */
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
    if (name[0] == '.' || ends_with(name, ".tmp") || ends_with(name, ".part")) return false;
    if (fstatat(s->dirs[IN], name, &st, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (!S_ISREG(st.st_mode)) return true; /* claimed, and then refused as unsafe */
    int64_t changed = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    return now_ms - changed >= (int64_t)s->config.settle_ms && !is_being_written(s, name);
}

static size_t offer_new(dcf_spool_in *s, int64_t now_ms)
{
    DIR *list = open_list(s->dirs[IN]);
    size_t offered = 0;
    char taken[300];
    for (struct dirent *e; list && (e = readdir(list));) {
        if (!is_ready(s, e->d_name, now_ms)) continue;
        if (!has_room(s)) break;
        if (!move_file(s, IN, WORK, e->d_name, taken)) continue;
        offer(s, taken);
        offered++;
    }
    if (list) closedir(list);
    return offered;
}

size_t dcf_spool_in_scan(dcf_spool_in *s, int64_t now_ms)
{
    pthread_mutex_lock(&s->lock);
    bool again = s->retry && s->in_flight == 0;
    if (again) s->retry = false;
    bool waiting = s->retry;
    pthread_mutex_unlock(&s->lock);
    if (waiting) return 0; /* the gateway said busy: let it empty first */
    return (again ? offer_work(s) : 0) + offer_new(s, now_ms);
}

size_t dcf_spool_in_depth(const dcf_spool_in *s)
{
    size_t n = 0;
    for (int f = IN; f <= WORK; f++) {
        DIR *list = open_list(s->dirs[f]);
        for (struct dirent *e; list && (e = readdir(list));) n += e->d_name[0] != '.';
        if (list) closedir(list);
    }
    return n;
}

/* --- life ----------------------------------------------------------------- */

static dcf_status open_folders(dcf_spool_in *s)
{
    const char *folder = s->config.link->in.folder;
    if (mkdir(folder, 0750) != 0 && errno != EEXIST) return DCF_ERR(IO);
    int top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) return DCF_ERR(IO);
    dcf_status status = DCF_OK;
    for (int f = 0; f < FOLDERS; f++) {
        if (mkdirat(top, folder_names[f], 0750) != 0 && errno != EEXIST) status = DCF_ERR(IO);
        s->dirs[f] = openat(top, folder_names[f], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (s->dirs[f] < 0) status = DCF_ERR(IO);
    }
    close(top);
    return status;
}

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
    dcf_status status = open_folders(s);
    if (dcf_failed(status))
        dcf_spool_in_close(s, 0);
    else
        *ret = s;
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
    if (!idle) return; /* a late settle still needs it: the process is ending anyway */
    for (int f = 0; f < FOLDERS; f++)
        if (s->dirs[f] >= 0) close(s->dirs[f]);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->settled);
    free(s);
}
