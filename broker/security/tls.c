/* tls.c - see tls.h. */
#include "security/tls.h"

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct dcf_tls {
    pthread_mutex_t lock; /* guards ctx */
    SSL_CTX *ctx;
    dcf_tls_role role;
};

static dcf_status fail(dcf_tls_error *err, const char *what, const char *file)
{
    char why[160];
    ERR_error_string_n(ERR_get_error(), why, sizeof why);
    ERR_clear_error();
    if (err) snprintf(err->text, sizeof err->text, "%s %s: %s", what, file ? file : "", why);
    return DCF_ERR(CONFIG);
}

static dcf_status load(SSL_CTX *ctx, dcf_tls_role role, const dcf_tls_files *f, dcf_tls_error *err)
{
    if ((f->cert && !f->key) || (f->key && !f->cert) || (role == DCF_TLS_SERVER && !f->cert)) {
        if (err)
            snprintf(err->text, sizeof err->text, "a certificate and its key are needed together");
        return DCF_ERR(CONFIG);
    }
    if (f->require_client && !f->ca) {
        if (err)
            snprintf(err->text, sizeof err->text,
                     "client certificates need a ca file to check them");
        return DCF_ERR(CONFIG);
    }
    if (f->cert && SSL_CTX_use_certificate_chain_file(ctx, f->cert) != 1)
        return fail(err, "certificate", f->cert);
    if (f->key && SSL_CTX_use_PrivateKey_file(ctx, f->key, SSL_FILETYPE_PEM) != 1)
        return fail(err, "private key", f->key);
    if (f->cert && SSL_CTX_check_private_key(ctx) != 1) return fail(err, "key is not of", f->cert);
    if (f->ca && SSL_CTX_load_verify_locations(ctx, f->ca, NULL) != 1)
        return fail(err, "ca", f->ca);
    if (!f->ca && role == DCF_TLS_CLIENT && SSL_CTX_set_default_verify_paths(ctx) != 1)
        return fail(err, "system ca", NULL);
    if (f->ca && role == DCF_TLS_SERVER)
        SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(f->ca));
    return DCF_OK;
}

static int verify_mode(dcf_tls_role role, const dcf_tls_files *f)
{
    if (role == DCF_TLS_CLIENT) return SSL_VERIFY_PEER;
    if (f->require_client) return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    return f->ca ? SSL_VERIFY_PEER : SSL_VERIFY_NONE;
}

static dcf_status make_context(dcf_tls_role role, const dcf_tls_files *files, SSL_CTX **ret,
                               dcf_tls_error *err)
{
    SSL_CTX *ctx = SSL_CTX_new(role == DCF_TLS_SERVER ? TLS_server_method() : TLS_client_method());
    dcf_status s = ctx ? load(ctx, role, files, err) : DCF_ERR(NOMEM);
    if (dcf_failed(s)) {
        SSL_CTX_free(ctx);
        return s;
    }
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(ctx, verify_mode(role, files), NULL);
    /* Resumed sessions need an id context once clients are verified. */
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"dcf", 3);
    *ret = ctx;
    return DCF_OK;
}

dcf_status dcf_tls_open(dcf_tls_role role, const dcf_tls_files *files, dcf_tls **ret,
                        dcf_tls_error *err)
{
    dcf_tls *tls = calloc(1, sizeof *tls);
    dcf_status s = tls ? make_context(role, files, &tls->ctx, err) : DCF_ERR(NOMEM);
    if (dcf_failed(s)) {
        free(tls);
        return s;
    }
    tls->role = role;
    pthread_mutex_init(&tls->lock, NULL);
    *ret = tls;
    return DCF_OK;
}

dcf_status dcf_tls_renew(dcf_tls *tls, const dcf_tls_files *files, dcf_tls_error *err)
{
    SSL_CTX *ctx = NULL;
    DCF_TRY(make_context(tls->role, files, &ctx, err));
    pthread_mutex_lock(&tls->lock);
    SSL_CTX *old = tls->ctx;
    tls->ctx = ctx;
    pthread_mutex_unlock(&tls->lock);
    SSL_CTX_free(old); /* connections made from it hold it as long as they need it */
    return DCF_OK;
}

static SSL *new_ssl(const dcf_tls *tls)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)&tls->lock;
    pthread_mutex_lock(lock);
    SSL *ssl = SSL_new(tls->ctx);
    pthread_mutex_unlock(lock);
    return ssl;
}

void dcf_tls_free(dcf_tls *tls)
{
    if (!tls) return;
    SSL_CTX_free(tls->ctx);
    pthread_mutex_destroy(&tls->lock);
    free(tls);
}

struct bufferevent *dcf_tls_bufferevent(const dcf_tls *tls, struct event_base *base, int fd,
                                        const char *peer_name)
{
    SSL *ssl = new_ssl(tls);
    if (!ssl) return NULL;
    bool server = tls->role == DCF_TLS_SERVER;
    if (!server && peer_name &&
        (SSL_set1_host(ssl, peer_name) != 1 || SSL_set_tlsext_host_name(ssl, peer_name) != 1)) {
        SSL_free(ssl);
        return NULL;
    }
    struct bufferevent *bev = bufferevent_openssl_socket_new(
        base, fd, ssl, server ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING,
        BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    if (!bev) {
        SSL_free(ssl);
        return NULL;
    }
    bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
    return bev;
}

char *dcf_tls_peer_name(struct bufferevent *bev, char *out, size_t size)
{
    out[0] = 0;
    SSL *ssl = bufferevent_openssl_get_ssl(bev);
    X509 *peer =
        ssl && SSL_get_verify_result(ssl) == X509_V_OK ? SSL_get0_peer_certificate(ssl) : NULL;
    if (peer &&
        X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, out, (int)size) < 0)
        out[0] = 0;
    return out;
}
