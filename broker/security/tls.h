/*
 * tls.h - TLS 1.2 and newer from PEM files, as libevent bufferevents.
 *
 * Any thread may make connections from a dcf_tls, also while another renews it; it
 * must outlive them. Clients that speak HTTP use http/client.h, which hands
 * the same files to its own library. SPDX-License-Identifier: MIT
 */
#ifndef DCF_SECURITY_TLS_H
#define DCF_SECURITY_TLS_H

#include "dcf/status.h"

#include <stddef.h>

struct event_base;
struct bufferevent;

typedef struct dcf_tls dcf_tls;

typedef enum dcf_tls_role { DCF_TLS_SERVER, DCF_TLS_CLIENT } dcf_tls_role;

typedef struct dcf_tls_files {
    const char *cert, *key; /* PEM chain and private key; a server must have both */
    const char *ca; /* PEM authorities the peer's certificate is checked against; NULL: a client
                       uses the system's */
    bool require_client; /* server: refuse a peer without a certificate of ca */
} dcf_tls_files;

typedef struct dcf_tls_error {
    char text[256]; /* which file, and why */
} dcf_tls_error;

/* CONFIG with err filled (err may be NULL) when a file is missing, unreadable, or key and
 * certificate differ. */
DCF_RESULT dcf_tls_open(dcf_tls_role role, const dcf_tls_files *files, dcf_tls **ret,
                        dcf_tls_error *err);
void dcf_tls_free(dcf_tls *tls); /* accepts NULL */
/* Connections from now on have what lies in these files now; those that are stay as they are. On
 * failure nothing changes. */
DCF_RESULT dcf_tls_renew(dcf_tls *tls, const dcf_tls_files *files, dcf_tls_error *err);

/*
 * A bufferevent that speaks TLS on fd (or -1: set later with bufferevent_setfd).
 * Returns one owned by the caller, which closes fd when freed; NULL when out of
 * memory, fd then stays the caller's. peer_name (client only) is what the
 * server's certificate must be issued to.
 */
struct bufferevent *dcf_tls_bufferevent(const dcf_tls *tls, struct event_base *base, int fd,
                                        const char *peer_name);

/* The common name of the peer's verified certificate, "" when it gave none or bev is not TLS.
 * Returns out. */
char *dcf_tls_peer_name(struct bufferevent *bev, char *out, size_t size);

#endif
