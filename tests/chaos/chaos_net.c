/*
 * chaos_net.c - the network between the hosts of the fault campaign: a switch in user space with
 * one port in each network namespace, whose cables can be cut, slowed and made to lose frames. It
 * needs nothing of the kernel but TAP devices, so it works where the kernel has no netem.
 *
 *   chaos_net NAMESPACE...      port N (from 1) is 10.77.0.N in the N-th namespace, device dcf0
 *
 * It obeys lines on standard input, and ends with it:
 *   cut N | delay N MS | loss N PERCENT | heal [N]
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    PORTS_MAX = 16,
    MTU = 9000,
    FRAME_MAX = MTU + 64,
    QUEUE_MAX = 20000, /* frames under way to one port; more are lost, as on a real one */
    BURST = 64         /* frames read from a port before the others have their turn */
};

typedef struct frame {
    struct frame *next;
    int64_t due_us;
    size_t size;
    uint8_t bytes[];
} frame;

typedef struct port {
    int fd;
    bool cut;
    unsigned delay_ms, loss_percent;
    frame *first, **last; /* on their way to this port */
    size_t count;
} port;

static port ports[PORTS_MAX + 1]; /* from 1 */
static size_t port_count;

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what)
{
    fprintf(stderr, "chaos_net: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void enter(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s%s", name[0] == '/' ? "" : "/var/run/netns/", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) die(path);
    close(fd);
}

/* The last byte of a port's address, on both layers, is its number. */
static void plug(size_t number, const char *name)
{
    char command[256];
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    port *p = &ports[number];
    enter(name);
    strcpy(request.ifr_name, "dcf0");
    p->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (p->fd < 0 || ioctl(p->fd, TUNSETIFF, &request) != 0) die("/dev/net/tun");
    p->last = &p->first;
    snprintf(command, sizeof command,
             "ip link set dcf0 address 02:00:00:00:00:%02zx mtu %d up && ip link set lo up && "
             "ip addr add 10.77.0.%zu/24 dev dcf0",
             number, MTU, number);
    if (system(command) != 0) die("ip"); /* NOLINT(cert-env33-c): the words are ours */
}

static void send_now(port *p, const uint8_t *bytes, size_t size)
{
    ssize_t written = write(p->fd, bytes, size); /* a full device loses the frame */
    (void)written;
}

static bool lost(const port *from, const port *to)
{
    unsigned percent = from->loss_percent + to->loss_percent;
    return from->cut || to->cut || (percent && (unsigned)(random() % 100) < percent);
}

static void pass(const port *from, port *to, const uint8_t *bytes, size_t size)
{
    unsigned delay = from->delay_ms + to->delay_ms;
    if (lost(from, to)) return;
    if (delay == 0 && !to->first) {
        send_now(to, bytes, size);
        return;
    }
    frame *f = to->count < QUEUE_MAX ? malloc(sizeof *f + size) : NULL;
    if (!f) return;
    f->next = NULL;
    f->due_us = now_us() + (int64_t)delay * 1000;
    f->size = size;
    memcpy(f->bytes, bytes, size);
    *to->last = f;
    to->last = &f->next;
    to->count++;
}

static void receive(size_t from)
{
    uint8_t bytes[FRAME_MAX];
    for (int i = 0; i < BURST; i++) {
        ssize_t size = read(ports[from].fd, bytes, sizeof bytes);
        if (size < 14) return;
        bool known = bytes[0] == 0x02 && bytes[5] >= 1 && bytes[5] <= port_count;
        for (size_t to = 1; to <= port_count; to++)
            if (to != from && (!known || to == bytes[5]))
                pass(&ports[from], &ports[to], bytes, (size_t)size);
    }
}

/* Sends what is due; returns the milliseconds until more is, at most 1000. */
static int deliver_due(void)
{
    int64_t now = now_us(), next = now + 1000000;
    for (size_t n = 1; n <= port_count; n++) {
        port *p = &ports[n];
        while (p->first && p->first->due_us <= now) {
            frame *f = p->first;
            p->first = f->next;
            if (!p->first) p->last = &p->first;
            p->count--;
            send_now(p, f->bytes, f->size);
            free(f);
        }
        if (p->first && p->first->due_us < next) next = p->first->due_us;
    }
    return (int)((next - now + 999) / 1000);
}

static void heal(port *p)
{
    p->cut = false;
    p->delay_ms = p->loss_percent = 0;
}

static void obey(const char *line)
{
    char verb[16] = "";
    unsigned n = 0, value = 0;
    int words = sscanf(line, "%15s %u %u", verb, &n, &value);
    if (words == 1 && strcmp(verb, "heal") == 0) {
        for (size_t i = 1; i <= port_count; i++) heal(&ports[i]);
    } else if (words < 2 || n < 1 || n > port_count) {
        fprintf(stderr, "chaos_net: not understood: %s", line);
    } else if (strcmp(verb, "cut") == 0) {
        ports[n].cut = true;
    } else if (strcmp(verb, "delay") == 0) {
        ports[n].delay_ms = value;
    } else if (strcmp(verb, "loss") == 0) {
        ports[n].loss_percent = value;
    } else {
        heal(&ports[n]);
    }
}

int main(int argc, char **argv)
{
    struct pollfd polls[PORTS_MAX + 1];
    if (argc < 2 || argc > PORTS_MAX + 1) {
        fprintf(stderr, "usage: chaos_net NAMESPACE...\n");
        return 2;
    }
    port_count = (size_t)argc - 1;
    for (size_t n = 1; n <= port_count; n++) {
        plug(n, argv[n]);
        polls[n] = (struct pollfd){.fd = ports[n].fd, .events = POLLIN};
    }
    polls[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    puts("ready");
    fflush(stdout);
    for (;;) {
        if (poll(polls, (nfds_t)port_count + 1, deliver_due()) < 0 && errno != EINTR) die("poll");
        for (size_t n = 1; n <= port_count; n++)
            if (polls[n].revents & POLLIN) receive(n);
        if (polls[0].revents & (POLLIN | POLLHUP)) {
            char line[128]; /* a line at a time comes through the pipe */
            if (!fgets(line, sizeof line, stdin)) return 0;
            obey(line);
        }
    }
}
