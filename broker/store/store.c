/* store.c - the state store on LMDB, unsynced, with a mark that tells a clean end from a torn one.
 * SPDX-License-Identifier: MIT */
#include "store/store.h"

#include "base/buf.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct dcf_store {
    MDB_env *env;
    char *path;
    int lock; /* the folder's lock file: one process at a time */
    bool fresh;
};

/* LMDB's transaction is ours: the cast is the whole wrapper. */
static MDB_txn *raw(dcf_store_txn *t)
{
    return (MDB_txn *)t;
}

static dcf_status status_of(int err, const char *call)
{
    switch (err) {
    case MDB_SUCCESS:
        return DCF_OK;
    case MDB_NOTFOUND:
        return DCF_ERR(NOT_FOUND);
    case MDB_BAD_VALSIZE:
    case MDB_DBS_FULL:
    case MDB_READERS_FULL:
        return DCF_ERR(LIMIT);
    case ENOMEM:
        return DCF_ERR(NOMEM);
    case MDB_MAP_FULL:
        dcf_log(DCF_LOG_ERROR, "STORE_FULL", "call", call, "text", "raise the store's size", NULL);
        return DCF_ERR(IO);
    default:
        dcf_log(DCF_LOG_ERROR, "STORE_FAILED", "call", call, "text", mdb_strerror(err), NULL);
        return DCF_ERR(IO);
    }
}

/* --- the dirty mark: there between open and clean close, holding the machine's boot id --- */

enum { PATH_SIZE = 4096 };

static const char *in_folder(const dcf_store *s, const char *name, char out[PATH_SIZE])
{
    snprintf(out, PATH_SIZE, "%s/%s", s->path, name);
    return out;
}

static bool written_in_another_boot(const char *mark, dcf_span boot)
{
    dcf_buf seen = {0};
    dcf_status s = dcf_buf_read_file(&seen, mark, 4096);
    bool other = !dcf_is(s, DCF_E_NOT_FOUND) && !dcf_span_eq(dcf_buf_span(&seen), boot);
    dcf_buf_fini(&seen);
    return other;
}

static DCF_RESULT write_mark(const char *mark, dcf_span boot)
{
    int fd = open(mark, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return DCF_ERR(IO);
    bool ok = write(fd, boot.data, boot.size) == (ssize_t)boot.size && fsync(fd) == 0;
    return close(fd) == 0 && ok ? DCF_OK : DCF_ERR(IO);
}

/* Throws a torn file away, and marks the folder as in use. */
static dcf_status prepare(dcf_store *s)
{
    char mark[PATH_SIZE], data[PATH_SIZE];
    dcf_buf boot = {0};
    dcf_status r = dcf_buf_read_file(&boot, "/proc/sys/kernel/random/boot_id", 4096);
    if (dcf_ok(r)) {
        in_folder(s, "dirty", mark);
        in_folder(s, "data.mdb", data);
        if (written_in_another_boot(mark, dcf_buf_span(&boot))) {
            dcf_log(DCF_LOG_WARN, "STORE_DISCARDED", "path", s->path, "text",
                    "the machine ended uncleanly", NULL);
            unlink(data);
        }
        s->fresh = access(data, F_OK) != 0;
        r = write_mark(mark, dcf_buf_span(&boot));
    }
    dcf_buf_fini(&boot);
    return r;
}

static dcf_status claim(dcf_store *s)
{
    char lock[PATH_SIZE];
    if (mkdir(s->path, 0700) != 0 && errno != EEXIST) return DCF_ERR(IO);
    s->lock = open(in_folder(s, "owner", lock), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock < 0) return DCF_ERR(IO);
    if (flock(s->lock, LOCK_EX | LOCK_NB) == 0) return DCF_OK;
    dcf_log(DCF_LOG_ERROR, "STORE_IN_USE", "path", s->path, NULL);
    return DCF_ERR(IO);
}

/* --- life ----------------------------------------------------------------- */

static dcf_status env_open(dcf_store *s, size_t map_size)
{
    int e = mdb_env_create(&s->env);
    if (!e) e = mdb_env_set_mapsize(s->env, map_size);
    if (!e) e = mdb_env_set_maxdbs(s->env, DCF_STORE_NS_MAX);
    if (!e) e = mdb_env_set_maxreaders(s->env, DCF_STORE_READERS_MAX);
    /* No WRITEMAP: with it a full disk is a SIGBUS, and a stray write of ours reaches the file. */
    if (!e) e = mdb_env_open(s->env, s->path, MDB_NOSYNC | MDB_NOTLS, 0600);
    return status_of(e, "open");
}

static void store_free(dcf_store *s)
{
    if (s->env) mdb_env_close(s->env);
    if (s->lock >= 0) close(s->lock);
    free(s->path);
    free(s);
}

dcf_status dcf_store_open(const char *path, size_t map_size, dcf_store **ret)
{
    dcf_store *s = calloc(1, sizeof *s);
    if (!s) return DCF_ERR(NOMEM);
    s->lock = -1;
    s->path = strdup(path);
    dcf_status r = s->path ? claim(s) : DCF_ERR(NOMEM);
    if (dcf_ok(r)) r = prepare(s);
    if (dcf_ok(r)) r = env_open(s, map_size);
    if (dcf_failed(r)) {
        store_free(s);
        return r;
    }
    *ret = s;
    return DCF_OK;
}

bool dcf_store_is_fresh(const dcf_store *s)
{
    return s->fresh;
}

void dcf_store_close(dcf_store *s)
{
    if (!s) return;
    char mark[PATH_SIZE];
    if (mdb_env_sync(s->env, 1) == 0) unlink(in_folder(s, "dirty", mark));
    store_free(s);
}

/* --- transactions --------------------------------------------------------- */

static DCF_RESULT begin(dcf_store *s, unsigned flags, dcf_store_txn **ret)
{
    MDB_txn *txn = NULL;
    DCF_TRY(status_of(mdb_txn_begin(s->env, NULL, flags, &txn), "begin"));
    *ret = (dcf_store_txn *)txn;
    return DCF_OK;
}

dcf_status dcf_store_begin(dcf_store *s, dcf_store_txn **ret)
{
    return begin(s, 0, ret);
}

dcf_status dcf_store_begin_read(dcf_store *s, dcf_store_txn **ret)
{
    return begin(s, MDB_RDONLY, ret);
}

dcf_status dcf_store_commit(dcf_store_txn *t)
{
    return status_of(mdb_txn_commit(raw(t)), "commit");
}

void dcf_store_abort(dcf_store_txn *t)
{
    if (t) mdb_txn_abort(raw(t));
}

dcf_status dcf_store_namespace(dcf_store *s, const char *name, dcf_store_ns *ret)
{
    dcf_store_txn *t = NULL;
    MDB_dbi dbi = 0;
    DCF_TRY(dcf_store_begin(s, &t));
    int e = mdb_dbi_open(raw(t), name, MDB_CREATE, &dbi);
    if (e) {
        dcf_store_abort(t);
        return status_of(e, "namespace");
    }
    DCF_TRY(dcf_store_commit(t)); /* only now may other transactions use the handle */
    *ret = dbi;
    return DCF_OK;
}

/* --- data ----------------------------------------------------------------- */

static MDB_val val(dcf_span s)
{
    return (MDB_val){s.size, (void *)(uintptr_t)s.data};
}

static dcf_span span(MDB_val v)
{
    return dcf_span_of(v.mv_data, v.mv_size);
}

dcf_status dcf_store_put(dcf_store_txn *t, dcf_store_ns ns, dcf_span key, dcf_span value)
{
    MDB_val k = val(key), v = val(value);
    return status_of(mdb_put(raw(t), ns, &k, &v, 0), "put");
}

dcf_status dcf_store_get(dcf_store_txn *t, dcf_store_ns ns, dcf_span key, dcf_span *ret_value)
{
    MDB_val k = val(key), v;
    DCF_TRY(status_of(mdb_get(raw(t), ns, &k, &v), "get"));
    *ret_value = span(v);
    return DCF_OK;
}

dcf_status dcf_store_del(dcf_store_txn *t, dcf_store_ns ns, dcf_span key)
{
    MDB_val k = val(key);
    return status_of(mdb_del(raw(t), ns, &k, NULL), "del");
}

dcf_status dcf_store_drop(dcf_store_txn *t, dcf_store_ns ns)
{
    return status_of(mdb_drop(raw(t), ns, 0), "drop");
}

dcf_status dcf_store_count(dcf_store_txn *t, dcf_store_ns ns, size_t *ret)
{
    MDB_stat stat;
    DCF_TRY(status_of(mdb_stat(raw(t), ns, &stat), "count"));
    *ret = stat.ms_entries;
    return DCF_OK;
}

dcf_status dcf_store_each(dcf_store_txn *t, dcf_store_ns ns, dcf_span prefix,
                          dcf_status (*f)(void *self, dcf_span key, dcf_span value), void *self)
{
    MDB_cursor *cursor = NULL;
    DCF_TRY(status_of(mdb_cursor_open(raw(t), ns, &cursor), "each"));
    MDB_val k = val(prefix), v;
    int e = mdb_cursor_get(cursor, &k, &v, prefix.size ? MDB_SET_RANGE : MDB_FIRST);
    dcf_status s = DCF_OK;
    while (!e && dcf_ok(s)) {
        if (k.mv_size < prefix.size ||
            (prefix.size && memcmp(k.mv_data, prefix.data, prefix.size) != 0))
            break;
        s = f(self, span(k), span(v));
        if (dcf_ok(s)) e = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return dcf_failed(s) || !e || e == MDB_NOTFOUND ? s : status_of(e, "each");
}
