/* test_memory.c - what peers send takes no more memory than the limits say, however many and slow
 * they are. */
#include "await.h"
#include "loopback.h"

#include <poll.h>

enum { PEERS = 100, BODY = 1 << 20, PIECE = 32 << 10, LET_IN = 8 };

static char got[4096];

static void take(void *self, dcf_http_request *r)
{
    (void)self;
    dcf_http_reply(r, dcf_http_body(r).size == BODY ? 202 : 500, NULL, NULL, (dcf_span){0});
}

static dcf_http_server *start(dcf_http_limits limits)
{
    dcf_http_server *s = NULL;
    dcf_http_config c = {.listen = "127.0.0.1:0", .limits = limits, .handler = take};
    CU_ASSERT_FATAL(dcf_ok(dcf_http_server_open(&c, &s)));
    return s;
}

/* Bytes of this process in memory; 0 where a sanitizer keeps its own. */
static size_t resident(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0;
#else
    size_t pages = 0;
    char text[64];
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fgets(text, sizeof text, f)) pages = strtoul(strchr(text, ' '), NULL, 10);
    if (f) fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
#endif
}

static void a_declared_gigabyte_in_chunks_is_refused_before_it_is_sent(void)
{
    dcf_http_server *s = start((dcf_http_limits){.max_body = BODY});
    int fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    loopback_send(fd,
                  "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n");
    CU_ASSERT_EQUAL(loopback_expect(fd, "HTTP/1.1 413", got, sizeof got), 1);
    close(fd);
    dcf_http_server_close(s, 1000);
}

/* Read to its end, or the peer would be reset before it reads the answer. */
static void a_declared_length_over_the_limit_is_read_and_not_kept(void)
{
    static const char piece[PIECE] = {0};
    dcf_http_server *s = start((dcf_http_limits){.max_body = BODY});
    int fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    loopback_send(fd, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\n");
    size_t before = resident(), most = before;
    for (int i = 0; i < 64 * BODY / PIECE; i++) {
        CU_ASSERT_EQUAL(send(fd, piece, PIECE, MSG_NOSIGNAL), PIECE);
        if (resident() > most) most = resident();
    }
    CU_ASSERT_EQUAL(loopback_expect(fd, "HTTP/1.1 413", got, sizeof got), 1);
    CU_ASSERT(most - before <= 2 * BODY);
    close(fd);
    dcf_http_server_close(s, 1000);
}

static void small_chunks_are_counted_together(void)
{
    static char chunk[PIECE + 16];
    dcf_http_server *s = start((dcf_http_limits){.max_body = BODY});
    int fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
    int n = snprintf(chunk, sizeof chunk, "%x\r\n", PIECE);
    memset(chunk + n, 'x', PIECE);
    snprintf(chunk + n + PIECE, 3, "\r\n");
    loopback_send(fd, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < BODY / PIECE; i++)
        CU_ASSERT_EQUAL(send(fd, chunk, (size_t)n + PIECE + 2, MSG_NOSIGNAL), n + PIECE + 2);
    CU_ASSERT_EQUAL(recv(fd, got, sizeof got, MSG_DONTWAIT), -1); /* just what may come */
    loopback_send(fd, "1\r\n");
    CU_ASSERT_EQUAL(loopback_expect(fd, "HTTP/1.1 413", got, sizeof got), 1);
    close(fd);
    dcf_http_server_close(s, 1000);
}

/* --- many at once ----------------------------------------------------------------------------- */

typedef struct peer {
    int fd;
    size_t sent;
    bool answered;
} peer;

static peer peers[PEERS];

/* One piece of each that has not sent so much; false when nobody could send. */
static bool send_pieces(size_t up_to)
{
    static const char piece[PIECE] = {0};
    bool any = false;
    for (size_t i = 0; i < PEERS; i++) {
        peer *p = &peers[i];
        size_t size = up_to - p->sent < PIECE ? up_to - p->sent : PIECE;
        ssize_t n = p->sent < up_to ? send(p->fd, piece, size, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
        if (n > 0) p->sent += (size_t)n, any = true;
    }
    return any;
}

static size_t hear_answers(void)
{
    size_t answered = 0;
    for (size_t i = 0; i < PEERS; i++) {
        peer *p = &peers[i];
        if (!p->answered && recv(p->fd, got, sizeof got, MSG_DONTWAIT) > 0) {
            p->answered = strncmp(got, "HTTP/1.1 202", 12) == 0;
            shutdown(p->fd, SHUT_RDWR);
        }
        answered += p->answered;
    }
    return answered;
}

static void a_hundred_slow_large_posts_take_the_memory_of_those_let_in(void)
{
    dcf_http_server *s = start((dcf_http_limits){
        .max_body = BODY, .max_memory = (LET_IN + 1) * BODY, .idle_ms = 2 * PATIENCE_MS});
    memset(peers, 0, sizeof peers);
    size_t before = resident(), most = 0;
    for (size_t i = 0; i < PEERS; i++) {
        peers[i].fd = loopback_connect(dcf_http_server_port(s), PATIENCE_MS);
        loopback_send(peers[i].fd, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n");
    }
    for (int idle = 0; idle < 20;) { /* all of them, but for the last byte */
        if (send_pieces(BODY - 1)) idle = 0;
        idle++;
        usleep(5000);
        if (resident() > most) most = resident();
    }
    CU_ASSERT_EQUAL(hear_answers(), 0);
    if (most > before + 2 * (LET_IN + 1) * BODY) printf("(%zu KiB) ", (most - before) >> 10);
    CU_ASSERT(most <= before + 2 * (LET_IN + 1) * BODY); /* a buffer grows by doubling */
    AWAIT((send_pieces(BODY), hear_answers() == PEERS)); /* each in its turn */
    for (size_t i = 0; i < PEERS; i++) close(peers[i].fd);
    dcf_http_server_close(s, 1000);
}

#define TESTS(X)                                                                                   \
    X(a_declared_gigabyte_in_chunks_is_refused_before_it_is_sent)                                  \
    X(a_declared_length_over_the_limit_is_read_and_not_kept)                                       \
    X(small_chunks_are_counted_together)                                                           \
    X(a_hundred_slow_large_posts_take_the_memory_of_those_let_in)
UNIT_MAIN("memory", TESTS)
