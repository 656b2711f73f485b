/* format.c - the formats dcf speaks, a row each. */
#include "translate/format.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "translate/csv.h"
#include "translate/pb.h"
#include "translate/writers.h"

static dcf_status xml_read(dcf_parse *p, const void *settings, dcf_span document)
{
    (void)settings;
    return dcf_xml_read(p, document);
}

static dcf_sink xml_write(const dcf_write_to *to)
{
    dcf_xml_writer *w = dcf_arena_alloc(to->arena, sizeof *w);
    return w ? dcf_xml_writer_init(w, to->out, false) : (dcf_sink){0};
}

static const char *xml_refuses(const void *settings, dcf_span text)
{
    (void)settings;
    return dcf_utf8_is_xml(text) ? NULL : "a character that XML cannot carry";
}

static dcf_status json_read(dcf_parse *p, const void *settings, dcf_span document)
{
    (void)settings;
    return dcf_json_read(p, document);
}

static dcf_sink json_write(const dcf_write_to *to)
{
    dcf_json_writer *w = dcf_arena_alloc(to->arena, sizeof *w);
    return w ? dcf_json_writer_init(w, to->out, false) : (dcf_sink){0};
}

const dcf_format *dcf_formats(size_t *ret_count)
{
    static const dcf_format formats[] = {
        {.name = "xml",
         .media_type = "application/xml",
         .extension = "xml",
         .xml = true,
         .refuses = xml_refuses,
         .read = xml_read,
         .write = xml_write},
        {.name = "json",
         .media_type = "application/json",
         .extension = "json",
         .kinds = true,
         .lists = true,
         .read = json_read,
         .write = json_write},
        {.name = "csv",
         .media_type = "text/csv",
         .extension = "csv",
         .own = true,
         .compile = dcf_csv_compile,
         .check = dcf_csv_check,
         .refuses = dcf_csv_refuses,
         .read = dcf_csv_read,
         .write = dcf_csv_write},
        {.name = "protobuf",
         .media_type = "application/protobuf",
         .extension = "pb",
         .own = true,
         .compile = dcf_pb_compile,
         .check = dcf_pb_check,
         .read = dcf_pb_read,
         .write = dcf_pb_write},
    };
    *ret_count = sizeof formats / sizeof *formats;
    return formats;
}
