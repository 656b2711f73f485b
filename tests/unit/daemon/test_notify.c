/* test_notify.c - what systemd hears, on a socket of the test's own. */
#include "daemon/notify.h"
#include "unit.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_at(const char *path, size_t n)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval wait = {.tv_sec = 2};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path, path, n);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&address, size), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    return fd;
}

static void expect(int fd, const char *text)
{
    char got[128];
    ssize_t n = recv(fd, got, sizeof got - 1, 0);
    got[n < 0 ? 0 : n] = 0;
    CU_ASSERT_STRING_EQUAL(got, text);
}

static void one_datagram_a_state_at_a_path(void)
{
    char path[] = "/tmp/dcf-notify-XXXXXX";
    int named = mkstemp(path);
    close(named);
    unlink(path);
    int fd = listen_at(path, strlen(path) + 1);
    setenv("NOTIFY_SOCKET", path, 1);
    dcf_notify("READY=1\nSTATUS=running");
    dcf_notify("WATCHDOG=1");
    expect(fd, "READY=1\nSTATUS=running");
    expect(fd, "WATCHDOG=1");
    close(fd);
    unlink(path);
}

static void an_abstract_socket_is_meant_by_at(void)
{
    char name[64];
    int n = snprintf(name, sizeof name, "@dcf-notify-test-%d", (int)getpid());
    setenv("NOTIFY_SOCKET", name, 1);
    name[0] = 0;
    int fd = listen_at(name, (size_t)n);
    dcf_notify("STOPPING=1");
    expect(fd, "STOPPING=1");
    close(fd);
}

static void nobody_listening_harms_nobody(void)
{
    unsetenv("NOTIFY_SOCKET");
    dcf_notify("READY=1");
    setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
    dcf_notify("READY=1");
    setenv("NOTIFY_SOCKET", "", 1);
    dcf_notify("READY=1");
    unsetenv("NOTIFY_SOCKET");
}

static void the_watchdog_is_fed_four_times_as_often_as_it_bites(void)
{
    char pid[24];
    unsetenv("WATCHDOG_USEC");
    CU_ASSERT_EQUAL(dcf_notify_watchdog_ms(), 0);
    setenv("WATCHDOG_USEC", "300000000", 1);
    unsetenv("WATCHDOG_PID");
    CU_ASSERT_EQUAL(dcf_notify_watchdog_ms(), 75000);
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("WATCHDOG_PID", pid, 1);
    CU_ASSERT_EQUAL(dcf_notify_watchdog_ms(), 75000);
    setenv("WATCHDOG_PID", "1", 1); /* a variable inherited from another service */
    CU_ASSERT_EQUAL(dcf_notify_watchdog_ms(), 0);
}

#define TESTS(X)                                                                                   \
    X(one_datagram_a_state_at_a_path)                                                              \
    X(an_abstract_socket_is_meant_by_at)                                                           \
    X(nobody_listening_harms_nobody)                                                               \
    X(the_watchdog_is_fed_four_times_as_often_as_it_bites)
UNIT_MAIN("notify", TESTS)
