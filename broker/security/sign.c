/* sign.c - see sign.h. */
#include "security/sign.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>

static int no_password(char *buf, int size, int writing, void *self)
{
    (void)buf, (void)size, (void)writing, (void)self;
    return -1;
}

static dcf_status read_key(const char *path, bool secret, EVP_PKEY **ret)
{
    FILE *f = fopen(path, "r");
    if (!f) return DCF_ERR(NOT_FOUND);
    EVP_PKEY *key = secret ? PEM_read_PrivateKey(f, NULL, no_password, NULL)
                           : PEM_read_PUBKEY(f, NULL, no_password, NULL);
    if (!key && !secret) { /* the private key tells the public one */
        rewind(f);
        key = PEM_read_PrivateKey(f, NULL, no_password, NULL);
    }
    fclose(f);
    if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
        *ret = key;
        return DCF_OK;
    }
    EVP_PKEY_free(key);
    return DCF_ERR(CONFIG);
}

dcf_status dcf_sign(const char *key_file, dcf_span bytes, uint8_t ret[DCF_SIGNATURE_SIZE])
{
    EVP_PKEY *key = NULL;
    size_t size = DCF_SIGNATURE_SIZE;
    DCF_TRY(read_key(key_file, true, &key));
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool done = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestSign(ctx, ret, &size, bytes.data, bytes.size) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return done ? DCF_OK : DCF_ERR(NOMEM);
}

dcf_status dcf_sign_verify(const char *key_file, dcf_span bytes, dcf_span signature)
{
    EVP_PKEY *key = NULL;
    DCF_TRY(read_key(key_file, false, &key));
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool holds = ctx && signature.size == DCF_SIGNATURE_SIZE &&
                 EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
                 EVP_DigestVerify(ctx, signature.data, signature.size, bytes.data, bytes.size) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return holds ? DCF_OK : DCF_ERR(CORRUPT);
}
