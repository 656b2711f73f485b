/* contenders.c - the contenders inside this process: translation, and bare parsers. */
#include "base/arena.h"
#include "contender.h"
#include "packed.h"
#include "translate/event.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <yajl/yajl_parse.h>

enum { MEMORY = 64 << 20 };

/* As the gateway does it: one arena, forgotten after each message, and one buffer. */
bool bench_translate(bench_contender *self, dcf_span document, size_t times)
{
    static dcf_arena arena;
    static dcf_buf out;
    bool ok = true;
    if (!arena.limit) dcf_arena_init(&arena, MEMORY);
    for (size_t i = 0; ok && i < times; i++) {
        dcf_arena_reset(&arena);
        dcf_buf_clear(&out);
        ok = bench_pack_once(self->dialect, document, &arena, &out);
    }
    return ok;
}

/* --- our own readers, their sink empty -------------------------------------------------------- */

static bool nothing(void *self, const dcf_event *e)
{
    (void)self;
    (void)e;
    return true;
}

static bool read_bare(dcf_status (*read)(dcf_parse *, dcf_span), dcf_span document, size_t times)
{
    static dcf_arena arena;
    bool ok = true;
    if (!arena.limit) dcf_arena_init(&arena, MEMORY);
    for (size_t i = 0; ok && i < times; i++) {
        dcf_faults faults;
        dcf_parse p;
        dcf_arena_reset(&arena);
        dcf_faults_init(&faults, &arena, 1);
        dcf_parse_init(&p, NULL, &arena, &faults, (dcf_sink){nothing, NULL});
        ok = dcf_ok(read(&p, document));
    }
    return ok;
}

bool bench_own_xml(bench_contender *self, dcf_span document, size_t times)
{
    (void)self;
    return read_bare(dcf_xml_read, document, times);
}

bool bench_own_json(bench_contender *self, dcf_span document, size_t times)
{
    (void)self;
    return read_bare(dcf_json_read, document, times);
}

/* --- expat: namespaces on, one parser, reset between documents -------------------------------- */

static void XMLCALL start_nothing(void *user, const XML_Char *name, const XML_Char **attributes)
{
    (void)user;
    (void)name;
    (void)attributes;
}

static void XMLCALL end_nothing(void *user, const XML_Char *name)
{
    (void)user;
    (void)name;
}

static void XMLCALL text_nothing(void *user, const XML_Char *text, int size)
{
    (void)user;
    (void)text;
    (void)size;
}

bool bench_expat(bench_contender *self, dcf_span document, size_t times)
{
    (void)self;
    static XML_Parser parser;
    bool ok = true;
    if (!parser) parser = XML_ParserCreateNS(NULL, '\1');
    for (size_t i = 0; ok && i < times; i++) {
        XML_ParserReset(parser, NULL);
        XML_SetElementHandler(parser, start_nothing, end_nothing);
        XML_SetCharacterDataHandler(parser, text_nothing);
        ok = XML_Parse(parser, (const char *)document.data, (int)document.size, 1) == XML_STATUS_OK;
    }
    return ok;
}

/* --- yajl: a handle a document, since it has no reset ----------------------------------------- */

static int yajl_plain(void *user)
{
    (void)user;
    return 1;
}

static int yajl_truth(void *user, int value)
{
    (void)user;
    (void)value;
    return 1;
}

static int yajl_digits(void *user, const char *text, size_t size)
{
    (void)user;
    (void)text;
    (void)size;
    return 1;
}

static int yajl_string(void *user, const unsigned char *text, size_t size)
{
    (void)user;
    (void)text;
    (void)size;
    return 1;
}

bool bench_yajl(bench_contender *self, dcf_span document, size_t times)
{
    static const yajl_callbacks empty = {yajl_plain,  yajl_truth,  NULL,       NULL,
                                         yajl_digits, yajl_string, yajl_plain, yajl_string,
                                         yajl_plain,  yajl_plain,  yajl_plain};
    (void)self;
    bool ok = true;
    for (size_t i = 0; ok && i < times; i++) {
        yajl_handle h = yajl_alloc(&empty, NULL, NULL);
        ok = yajl_parse(h, document.data, document.size) == yajl_status_ok &&
             yajl_complete_parse(h) == yajl_status_ok;
        yajl_free(h);
    }
    return ok;
}
