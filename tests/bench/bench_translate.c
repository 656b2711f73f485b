/*
 * bench_translate.c - how fast documents become protobuf, beside bare parsers and beside peers in
 * other languages: same bytes, same fields, turn by turn, in CPU time. Figures are ratios; the
 * README beside this file says of what.
 */
#include "contender.h"
#include "packed.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 101, PEERS_MAX = 4, SIZES = 3, CONTENDERS_MAX = 3 + PEERS_MAX };

static const size_t sizes[SIZES] = {2000, 20000, 200000};

typedef struct bench {
    size_t rounds, messages;
    double slice, warm; /* seconds of CPU: a turn; a peer's run before the first */
    const char *dir;    /* where the documents lie for the peers */
    bench_contender peers[PEERS_MAX];
    size_t peer_count;
    dcf_buf last; /* the line that ends the output */
} bench;

static void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

/* --- counting ------------------------------------------------------------------------------- */

static size_t allocations;

/* Every allocation of this process, those inside shared libraries too. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    allocations++;
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    allocations++;
    return __libc_realloc(p, size);
}

void free(void *p)
{
    __libc_free(p);
}
#endif

static double resident_kb(void)
{
    unsigned long pages = 0, whole = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%lu %lu", &whole, &pages) != 2) die("/proc/self/statm cannot be read");
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static double cpu_of(const bench_contender *c)
{
    clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
    struct timespec t;
    if (c->pid && clock_getcpuclockid(c->pid, &clock) != 0) die("a peer has ended");
    if (clock_gettime(clock, &t) != 0) die("no CPU clock");
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* --- turns ---------------------------------------------------------------------------------- */

static double turn(bench_contender *c, dcf_span document, size_t times)
{
    double before = cpu_of(c);
    if (!c->run(c, document, times)) die(c->name);
    return (cpu_of(c) - before) / (double)times;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds of CPU a document, the median of all turns; the contenders take turns. */
static void measure(const bench *b, bench_contender **c, size_t count, dcf_span document,
                    double *ret)
{
    static double seconds[CONTENDERS_MAX][ROUNDS_MAX];
    size_t times[CONTENDERS_MAX];
    for (size_t i = 0; i < count; i++) {
        double once = turn(c[i], document, 20);
        double until = cpu_of(c[i]) + (c[i]->pid ? b->warm : b->slice);
        times[i] = (size_t)(b->slice / once) + 1;
        while (cpu_of(c[i]) < until) once = turn(c[i], document, times[i]);
        times[i] = (size_t)(b->slice / once) + 1;
    }
    for (size_t r = 0; r < b->rounds; r++)
        for (size_t i = 0; i < count; i++) seconds[i][r] = turn(c[i], document, times[i]);
    for (size_t i = 0; i < count; i++) {
        qsort(seconds[i], b->rounds, sizeof(double), by_value);
        ret[i] = seconds[i][b->rounds / 2];
    }
}

/* --- a document ----------------------------------------------------------------------------- */

static void write_file(const char *path, dcf_span s)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(s.data, 1, s.size, f) != s.size || fclose(f) != 0) die(path);
}

/* The peer's protobuf bytes are ours, byte by byte. */
static void prove_equal(const bench *b, bench_contender *peer, const char *form, const char *file,
                        dcf_span ours)
{
    char path[4096];
    dcf_buf theirs = {0};
    snprintf(path, sizeof path, "%s/%s.%s.pb", b->dir, form, peer->name);
    if (!bench_peer_say(peer, "load %s %s", form, file) || !bench_peer_say(peer, "pack %s", path))
        die(peer->name);
    if (dcf_failed(dcf_buf_read_file(&theirs, path, (size_t)64 << 20))) die(path);
    if (!dcf_span_eq(dcf_buf_span(&theirs), ours)) {
        fprintf(stderr, "bench: %s and we differ on %s: compare %s with ours.pb beside it\n",
                peer->name, file, path);
        snprintf(path, sizeof path, "%s/ours.pb", b->dir);
        write_file(path, ours);
        die("outputs differ");
    }
    dcf_buf_fini(&theirs);
}

static size_t count_allocations(bench_contender *c, dcf_span document)
{
    size_t before = allocations;
    if (!c->run(c, document, 10)) die(c->name);
    return (allocations - before) / 10;
}

static void show(const char *form, const char *name, dcf_span document, double seconds,
                 double translate)
{
    printf("%-6s %7zu  %-12s %9.2f us %8.1f MB/s", form, document.size, name, seconds * 1e6,
           (double)document.size / seconds / 1e6);
    if (seconds != translate) printf("   we need %.2f of its time", translate / seconds);
    printf("\n");
}

/* What one format's contenders are: translate first, then the bare parser of the ratio. */
typedef struct course {
    const char *name; /* in the last line: xml, json */
    const char *form; /* for peers: spi, pole */
    bench_form document;
    bench_contender bare[CONTENDERS_MAX];
    size_t bare_count;
} course;

static void run_size(bench *b, course *k, const dcf_dialect *d, size_t size)
{
    char file[4096];
    double seconds[CONTENDERS_MAX];
    dcf_buf document = {0}, packed = {0};
    bench_contender us = {.name = "translate", .run = bench_translate, .dialect = d};
    bench_contender *all[CONTENDERS_MAX] = {&us};
    size_t count = 1;
    bench_document(k->document, size, &document);
    dcf_span doc = dcf_buf_span(&document);
    if (!bench_packed(d, doc, &packed)) die(k->form);
    snprintf(file, sizeof file, "%s/%s-%zu", b->dir, k->form, size / 1000);
    write_file(file, doc);
    for (size_t i = 0; i < k->bare_count; i++) all[count++] = &k->bare[i];
    for (size_t i = 0; i < b->peer_count && k->bare_count; i++) {
        prove_equal(b, &b->peers[i], k->form, file, dcf_buf_span(&packed));
        all[count++] = &b->peers[i];
    }
    measure(b, all, count, doc, seconds);
    for (size_t i = 0; i < count; i++) show(k->form, all[i]->name, doc, seconds[i], seconds[0]);
    printf("%-6s %7zu  %zu bytes of protobuf, %zu allocations a document\n", k->form, doc.size,
           packed.size, count_allocations(&us, doc));
    if (k->bare_count)
        dcf_buf_printf(&b->last, " %s_%zuk=%.2f", k->name, size / 1000, seconds[1] / seconds[0]);
    for (size_t i = 1 + k->bare_count; i < count; i++)
        dcf_buf_printf(&b->last, " %s_%zuk_vs_%s=%.2f", k->name, size / 1000, all[i]->name,
                       seconds[i] / seconds[0]);
    dcf_buf_fini(&document);
    dcf_buf_fini(&packed);
}

/* Memory after many small messages, and what a larger document allocates more than a small one. */
static void run_memory(bench *b, const dcf_dialect *d)
{
    dcf_buf small = {0}, large = {0};
    bench_contender us = {.name = "translate", .run = bench_translate, .dialect = d};
    bench_document(BENCH_SPI, sizes[0], &small);
    bench_document(BENCH_SPI, sizes[2], &large);
    size_t few = count_allocations(&us, dcf_buf_span(&small));
    size_t many = count_allocations(&us, dcf_buf_span(&large));
    size_t fields = 0;
    for (size_t i = 0; i + 1 < large.size; i++) fields += memcmp(large.data + i, "</", 2) == 0;
    if (!us.run(&us, dcf_buf_span(&small), 1000)) die(us.name);
    double before = resident_kb();
    if (!us.run(&us, dcf_buf_span(&small), b->messages)) die(us.name);
    double growth = resident_kb() - before;
    printf("memory: %zu allocations for %zu bytes, %zu for %zu bytes with %zu elements; %zu "
           "messages: resident %.0f KB, %+.0f KB\n",
           few, small.size, many, large.size, fields, b->messages, before + growth, growth);
    dcf_buf_printf(&b->last, " alloc_per_field=%.3f rss_growth_kb=%.0f",
                   (double)(many - few) / (double)fields, growth);
    dcf_buf_fini(&small);
    dcf_buf_fini(&large);
}

static void usage(FILE *to)
{
    fputs("usage: bench_translate [options]\n"
          "  --rounds N       turns of each contender; the median counts [15]\n"
          "  --slice MS       CPU time of a turn [40]\n"
          "  --warm MS        CPU time a peer has before the first turn of a document [3000]\n"
          "  --messages N     messages over which memory must stay flat [100000]\n"
          "  --dir DIR        where documents and peers' outputs go [.]\n"
          "  --peer NAME=CMD  a peer, see README.md; may be repeated\n"
          "example: bench_translate --rounds 5 --dir /tmp\n",
          to);
}

static void parse_peer(bench *b, char *text)
{
    char *is = strchr(text, '=');
    if (!is || b->peer_count == PEERS_MAX) die("--peer NAME=COMMAND, at most 4");
    *is = 0;
    if (!bench_peer_start(&b->peers[b->peer_count++], text, is + 1))
        die("a peer cannot be started");
}

static void parse_options(bench *b, int argc, char **argv)
{
    static const struct option options[] = {{"rounds", 1, NULL, 'r'}, {"slice", 1, NULL, 's'},
                                            {"warm", 1, NULL, 'w'},   {"messages", 1, NULL, 'm'},
                                            {"dir", 1, NULL, 'd'},    {"peer", 1, NULL, 'p'},
                                            {"help", 0, NULL, 'h'},   {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        size_t number = optarg ? strtoul(optarg, NULL, 10) : 0;
        if (c == 'h') usage(stdout);
        if (c == 'h') exit(0);
        if (c == '?') usage(stderr);
        if (c == '?') exit(2);
        if (c == 'r') b->rounds = number ? number : 1;
        if (c == 's') b->slice = (double)number / 1e3;
        if (c == 'w') b->warm = (double)number / 1e3;
        if (c == 'm') b->messages = number;
        if (c == 'd') b->dir = optarg;
        if (c == 'p') parse_peer(b, optarg);
    }
    if (b->rounds > ROUNDS_MAX) b->rounds = ROUNDS_MAX;
}

int main(int argc, char **argv)
{
    bench b = {.rounds = 15, .messages = 100000, .slice = 0.04, .warm = 3, .dir = "."};
    course xml = {
        "xml",
        "spi",
        BENCH_SPI,
        {{.name = "expat", .run = bench_expat}, {.name = "own parser", .run = bench_own_xml}},
        2};
    course json = {
        "json",
        "pole",
        BENCH_POLE,
        {{.name = "yajl", .run = bench_yajl}, {.name = "own parser", .run = bench_own_json}},
        2};
    course wrapped = {.name = "wrapped", .form = "spi", .document = BENCH_SPI_WRAPPED};
    setvbuf(stdout, NULL, _IOLBF, 0); /* a long run shows where it is */
    parse_options(&b, argc, argv);
    dcf_dialect *spi = bench_dialect("spi"), *pole = bench_dialect("pole");
    if (!spi || !pole) return 1;
    for (size_t i = 0; i < SIZES; i++) run_size(&b, &xml, spi, sizes[i]);
    for (size_t i = 0; i < SIZES; i++) run_size(&b, &json, pole, sizes[i]);
    for (size_t i = 0; i < SIZES; i++) run_size(&b, &wrapped, spi, sizes[i]);
    run_memory(&b, spi);
    printf("bench translate:%s\n", dcf_buf_cstr(&b.last));
    for (size_t i = 0; i < b.peer_count; i++) bench_peer_stop(&b.peers[i]);
    dcf_buf_fini(&b.last);
    dcf_dialect_free(spi);
    dcf_dialect_free(pole);
    return 0;
}
