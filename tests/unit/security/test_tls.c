/* test_tls.c - what TLS contexts refuse at opening; what they do on the wire is tested with the
 * HTTP server. */
#include "certs.h"
#include "security/tls.h"
#include "unit.h"

static bool opens(dcf_tls_role role, dcf_tls_files files, dcf_tls_error *err)
{
    dcf_tls *tls = NULL;
    dcf_status s = dcf_tls_open(role, &files, &tls, err);
    CU_ASSERT_EQUAL(dcf_ok(s), tls != NULL);
    CU_ASSERT(dcf_ok(s) || dcf_is(s, DCF_E_CONFIG));
    dcf_tls_free(tls);
    return dcf_ok(s);
}

static void opens_with_matching_files(void)
{
    const char *cert = certs_path("server.pem"), *key = certs_path("server.key"),
               *ca = certs_path("ca.pem");
    CU_ASSERT(opens(DCF_TLS_SERVER, (dcf_tls_files){.cert = cert, .key = key}, NULL));
    CU_ASSERT(opens(DCF_TLS_SERVER,
                    (dcf_tls_files){.cert = cert, .key = key, .ca = ca, .require_client = true},
                    NULL));
    CU_ASSERT(opens(DCF_TLS_CLIENT, (dcf_tls_files){.ca = ca}, NULL));
    CU_ASSERT(opens(DCF_TLS_CLIENT, (dcf_tls_files){0}, NULL));
}

static void refuses_a_server_without_key(void)
{
    CU_ASSERT_FALSE(opens(DCF_TLS_SERVER, (dcf_tls_files){0}, NULL));
    CU_ASSERT_FALSE(opens(DCF_TLS_SERVER, (dcf_tls_files){.cert = certs_path("server.pem")}, NULL));
}

static void refuses_another_ones_key(void)
{
    dcf_tls_error err = {""};
    dcf_tls_files files = {.cert = certs_path("server.pem"), .key = certs_path("client.key")};
    CU_ASSERT_FALSE(opens(DCF_TLS_SERVER, files, &err));
    CU_ASSERT(err.text[0] != 0);
}

static void names_the_missing_file(void)
{
    dcf_tls_error err = {""};
    dcf_tls_files files = {.cert = certs_path("none.pem"), .key = certs_path("server.key")};
    CU_ASSERT_FALSE(opens(DCF_TLS_SERVER, files, &err));
    CU_ASSERT(strstr(err.text, "none.pem") != NULL);
}

static void client_certificates_need_a_ca(void)
{
    dcf_tls_files files = {
        .cert = certs_path("server.pem"), .key = certs_path("server.key"), .require_client = true};
    CU_ASSERT_FALSE(opens(DCF_TLS_SERVER, files, NULL));
}

/* What is served after that is tested with whole programs (tests/scenario/test_tls.sh). */
static void a_renewal_that_fails_leaves_what_there_was(void)
{
    dcf_tls *tls = NULL;
    dcf_tls_error err = {""};
    dcf_tls_files files = {.cert = certs_path("server.pem"), .key = certs_path("server.key")};
    CU_ASSERT_FATAL(dcf_ok(dcf_tls_open(DCF_TLS_SERVER, &files, &tls, NULL)));
    dcf_tls_files wrong = {.cert = certs_path("server.pem"), .key = certs_path("client.key")};
    CU_ASSERT(dcf_is(dcf_tls_renew(tls, &wrong, &err), DCF_E_CONFIG));
    CU_ASSERT(err.text[0] != 0);
    CU_ASSERT(dcf_ok(dcf_tls_renew(tls, &files, NULL)));
    dcf_tls_free(tls);
}

/* The first test makes the files and the last removes them. */
static void certificates_are_made(void)
{
    certs_make();
    CU_ASSERT(access(certs_path("client.pem"), R_OK) == 0);
}

static void certificates_are_removed(void)
{
    certs_remove();
    CU_ASSERT(access(certs_dir, F_OK) != 0);
}

#define TESTS(X)                                                                                   \
    X(certificates_are_made)                                                                       \
    X(opens_with_matching_files)                                                                   \
    X(refuses_a_server_without_key)                                                                \
    X(refuses_another_ones_key)                                                                    \
    X(names_the_missing_file)                                                                      \
    X(client_certificates_need_a_ca)                                                               \
    X(a_renewal_that_fails_leaves_what_there_was)                                                  \
    X(certificates_are_removed)
UNIT_MAIN("tls", TESTS)
