/*
 * store.h - a daemon's local state: bytes by key, in namespaces, on LMDB.
 *
 * It is a cache of what the topics say. Nothing is synced to disk before a clean
 * close, so a commit costs microseconds: a killed process loses nothing, a
 * lost machine may tear the file. So after an unclean end of the machine the
 * file is thrown away at open (dcf_store_is_fresh), and the caller restores.
 *
 * Thread rule: one thread writes (namespace, begin to commit or abort, drop);
 * any thread may read in a read transaction of its own, which sees one moment.
 * Keys are 1 to DCF_STORE_KEY_MAX bytes, ordered bytewise. SPDX-License-Identifier: MIT
 */
#ifndef DCF_STORE_STORE_H
#define DCF_STORE_STORE_H

#include "dcf/span.h"
#include "dcf/status.h"

typedef struct dcf_store dcf_store;
typedef struct dcf_store_txn dcf_store_txn;
/* A namespace's handle: one a partition, so that state goes when the partition does. */
typedef unsigned dcf_store_ns;

enum { DCF_STORE_KEY_MAX = 511, DCF_STORE_NS_MAX = 1024, DCF_STORE_READERS_MAX = 126 };

/*
 * Opens or makes the folder at path. map_size: ceiling of the file in bytes (address
 * space, not memory); reaching it is IO from put or commit, logged as STORE_FULL.
 * IO when the folder cannot be used or another process has it.
 */
DCF_RESULT dcf_store_open(const char *path, size_t map_size, dcf_store **ret);
/* True when open found nothing, or nothing to be trusted: all state must be restored. */
bool dcf_store_is_fresh(const dcf_store *s);
/* Syncs. End all transactions first. Accepts NULL. */
void dcf_store_close(dcf_store *s);

/* The namespace of that name, made if need be. Not inside a write transaction. LIMIT past
 * DCF_STORE_NS_MAX. */
DCF_RESULT dcf_store_namespace(dcf_store *s, const char *name, dcf_store_ns *ret);

DCF_RESULT dcf_store_begin(dcf_store *s, dcf_store_txn **ret); /* to write; one at a time */
DCF_RESULT
dcf_store_begin_read(dcf_store *s,
                     dcf_store_txn **ret);     /* end it with abort, and soon: it keeps old pages */
DCF_RESULT dcf_store_commit(dcf_store_txn *t); /* takes t, also when it fails */
void dcf_store_abort(dcf_store_txn *t);        /* takes t; accepts NULL */

/* LIMIT: the key's size. */
DCF_RESULT dcf_store_put(dcf_store_txn *t, dcf_store_ns ns, dcf_span key, dcf_span value);
/* NOT_FOUND. The value is borrowed until the next put, del or drop of this transaction, or its end.
 */
DCF_RESULT dcf_store_get(dcf_store_txn *t, dcf_store_ns ns, dcf_span key, dcf_span *ret_value);
DCF_RESULT dcf_store_del(dcf_store_txn *t, dcf_store_ns ns, dcf_span key); /* NOT_FOUND */
/* Every key of the namespace; the handle stays valid. */
DCF_RESULT dcf_store_drop(dcf_store_txn *t, dcf_store_ns ns);
DCF_RESULT dcf_store_count(dcf_store_txn *t, dcf_store_ns ns, size_t *ret);
/*
 * Calls f for the keys that begin with prefix (the empty span: all), in order, until
 * it fails; its status comes back. f must not write to t. key and value are borrowed during the
 * call.
 */
DCF_RESULT dcf_store_each(dcf_store_txn *t, dcf_store_ns ns, dcf_span prefix,
                          dcf_status (*f)(void *self, dcf_span key, dcf_span value), void *self);

#endif
