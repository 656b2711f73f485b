/* test_program.c - dcf-mockcps as a process: its command line, its ready line, and what it knows
 * after kill -9. */
#include "http/client.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char line[256];

/* Starts the program; its first line of output comes to `line` ("" when it ends without one). */
static pid_t start(const char *const argv[])
{
    int out[2];
    if (pipe2(out, O_CLOEXEC) != 0) abort();
    pid_t pid = fork();
    if (pid == 0) {
        char path[512];
        const char *bin = getenv("DCF_BIN");
        snprintf(path, sizeof path, "%s/dcf-mockcps", bin ? bin : "build/bin");
        dup2(out[1], STDOUT_FILENO);
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        execv(path, (char *const *)argv);
        _exit(126);
    }
    close(out[1]);
    size_t n = 0;
    while (n + 1 < sizeof line && read(out[0], line + n, 1) == 1 && line[n] != '\n') n++;
    line[n] = 0;
    close(out[0]);
    return pid;
}

static int end(pid_t pid, int sig)
{
    int status = 0;
    if (sig) kill(pid, sig);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int post(const char *key)
{
    static const char doc[] = "{\"messageType\":\"caseSubmission\",\"header\":{\"messageId\":\"m\","
                              "\"correlationId\":\"c\",\"sentAt\":\"2026-11-21T10:00:00Z\","
                              "\"from\":{\"organisation\":\"45\"},\"to\":{\"organisation\":\"CPS\"}"
                              ",\"test\":true},\"urn\":\"45AA0209826\","
                              "\"caseType\":\"charged\",\"defendants\":[{\"person\":{},"
                              "\"offences\":[{\"offenceCode\":\"TH68001\"}]}]}";
    char url[320];
    snprintf(url, sizeof url, "%s/v1/messages", strstr(line, "http"));
    dcf_http_client *c = NULL;
    dcf_http_result r = {0};
    const dcf_http_header headers[] = {{"Idempotency-Key", key}, {NULL, NULL}};
    if (dcf_failed(dcf_http_client_open(&(dcf_http_client_config){0}, &c))) abort();
    dcf_status s =
        dcf_http_fetch(c, &(dcf_http_call){"POST", url, headers, dcf_span_str(doc), 0}, &r);
    CU_ASSERT(dcf_ok(s));
    dcf_buf_fini(&r.body);
    dcf_http_client_close(c);
    return r.status;
}

static void says_when_it_is_ready_and_ends_on_sigterm(void)
{
    pid_t pid = start((const char *const[]){"dcf-mockcps", "--listen", "127.0.0.1:0", NULL});
    CU_ASSERT(strncmp(line, "listening on http://127.0.0.1:", 30) == 0);
    CU_ASSERT_NOT_EQUAL(atoi(line + 30), 0);
    CU_ASSERT_EQUAL(end(pid, SIGTERM), 0);
}

static void a_killed_one_comes_back_knowing_what_it_took(void)
{
    char journal[64];
    snprintf(journal, sizeof journal, "/tmp/dcf-mockcps-program-%d", (int)getpid());
    const char *const argv[] = {"dcf-mockcps", "--listen", "127.0.0.1:0",
                                "--journal",   journal,    NULL};
    pid_t pid = start(argv);
    CU_ASSERT_EQUAL(post("k1"), 202);
    CU_ASSERT_EQUAL(end(pid, SIGKILL), -SIGKILL);
    pid = start(argv);
    CU_ASSERT_EQUAL(post("k1"), 200);
    CU_ASSERT_EQUAL(post("k2"), 202);
    CU_ASSERT_EQUAL(end(pid, SIGTERM), 0);
    unlink(journal);
}

static void refuses_what_it_does_not_understand(void)
{
    CU_ASSERT_NOT_EQUAL(end(start((const char *const[]){"dcf-mockcps", "--nonsense", NULL}), 0), 0);
    CU_ASSERT_NOT_EQUAL(end(start((const char *const[]){"dcf-mockcps", "extra", NULL}), 0), 0);
    CU_ASSERT_EQUAL(end(start((const char *const[]){"dcf-mockcps", "--listen", "here", NULL}), 0),
                    1);
    CU_ASSERT_EQUAL(
        end(start((const char *const[]){"dcf-mockcps", "--scenario", "/nonexistent", NULL}), 0), 1);
    CU_ASSERT_EQUAL(end(start((const char *const[]){"dcf-mockcps", "--help", NULL}), 0), 0);
    CU_ASSERT_EQUAL(end(start((const char *const[]){"dcf-mockcps", "--version", NULL}), 0), 0);
    CU_ASSERT_STRING_EQUAL(line, "dcf-mockcps " DCF_VERSION);
}

#define TESTS(X)                                                                                   \
    X(says_when_it_is_ready_and_ends_on_sigterm)                                                   \
    X(a_killed_one_comes_back_knowing_what_it_took) X(refuses_what_it_does_not_understand)
UNIT_MAIN("program", TESTS)
