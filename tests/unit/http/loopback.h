/* loopback.h - raw sockets to a server of this process, for peers that misbehave. */
#ifndef DCF_TESTS_LOOPBACK_H
#define DCF_TESTS_LOOPBACK_H

#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Its reads give up after so long. */
static inline void loopback_wait(int fd, unsigned wait_ms)
{
    struct timeval wait = {.tv_sec = wait_ms / 1000,
                           .tv_usec = (suseconds_t)(wait_ms % 1000) * 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
}

static inline int loopback_connect(unsigned port, unsigned wait_ms)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) abort();
    loopback_wait(fd, wait_ms);
    return fd;
}

static inline void loopback_send(int fd, const char *text)
{
    size_t size = strlen(text);
    if (send(fd, text, size, MSG_NOSIGNAL) != (ssize_t)size) perror("send");
}

/* Reads until text was seen, the peer closed (0) or time is up (-1); > 0 when seen. What was read
 * stays in out. */
static inline int loopback_expect(int fd, const char *text, char *out, size_t size)
{
    size_t have = 0;
    out[0] = 0;
    while (have + 1 < size) {
        ssize_t n = recv(fd, out + have, size - 1 - have, 0);
        if (n <= 0) return n == 0 || errno == ECONNRESET ? 0 : -1;
        have += (size_t)n;
        out[have] = 0;
        if (text && strstr(out, text)) return 1;
    }
    return -1;
}

#endif
