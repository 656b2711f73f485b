/* certs.h - short-lived certificates for a test, made by the openssl command in a folder of its
 * own. */
#ifndef DCF_TESTS_CERTS_H
#define DCF_TESTS_CERTS_H

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char certs_dir[64];

/* The path of a file among the certificates; a few at a time. */
static inline const char *certs_path(const char *name)
{
    static char paths[8][128];
    static unsigned next;
    char *p = paths[next++ % 8];
    snprintf(p, sizeof paths[0], "%s/%s", certs_dir, name);
    return p;
}

/* ca.pem signs server.pem (localhost, 127.0.0.1) and client.pem (CN=force-45); other.pem signs
 * nothing. Keys: NAME.key. */
static inline void certs_make(void)
{
    snprintf(certs_dir, sizeof certs_dir, "/tmp/dcf-certs-XXXXXX");
    if (!mkdtemp(certs_dir)) abort();
    static const char script[] =
        "cd %s && exec 2>/dev/null && "
        "new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key "
        "-subj \"$2\" \"${@:3}\"; } && "
        "new ca /CN=test-ca -x509 -days 2 -out ca.pem && new other /CN=other-ca -x509 -days 2 -out "
        "other.pem && "
        "new server /CN=localhost -out server.csr && new client /CN=force-45 -out client.csr && "
        "printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > san && "
        "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
        "-extfile san -out server.pem && "
        "openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out "
        "client.pem";
    char inner[1024];
    snprintf(inner, sizeof inner, script, certs_dir);
    FILE *sh = popen("bash -e", "w");
    if (!sh) abort();
    fputs(inner, sh);
    if (pclose(sh) != 0) abort();
}

static inline void certs_remove(void)
{
    static const char *const names[] = {"ca.pem",     "ca.key",     "ca.srl",     "other.pem",
                                        "other.key",  "san",        "server.pem", "server.key",
                                        "server.csr", "client.pem", "client.key", "client.csr"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) unlink(certs_path(names[i]));
    rmdir(certs_dir);
}

#endif
