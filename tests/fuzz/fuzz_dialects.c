/* fuzz_dialects.c - documents through the dialects that are used, their samples being the seeds. */
#include "fuzz_trip.h"
#include "one_way.h"

#include <dirent.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DIALECTS_MAX = 16 };
static dcf_dialect *dialects[DIALECTS_MAX];
static size_t count;

static void load(void)
{
    const char *source = getenv("DCF_SOURCE");
    char path[1024];
    snprintf(path, sizeof path, "%s/adapters/dialect", source ? source : ".");
    DIR *dir = opendir(path);
    LAW(dir);
    for (struct dirent *e; (e = readdir(dir)) && count < DIALECTS_MAX;) {
        if (e->d_name[0] == '.' || strchr(e->d_name, '.')) continue;
        snprintf(path, sizeof path, "adapters/dialect/%s/mapping.yaml", e->d_name);
        dialects[count++] = trip_load(path);
    }
    closedir(dir);
    LAW(count > 0);
}

/* What a document begins with says which formats it may be; a table may begin with anything. */
static bool may_be(const dcf_dialect *d, dcf_span doc)
{
    const char *format = dcf_dialect_extension(d);
    dcf_span text = dcf_span_trim(doc);
    int first = text.size ? text.data[0] : 0;
    if (first == '<' || first == '{') return strcmp(format, first == '<' ? "xml" : "json") == 0;
    return strcmp(format, "xml") != 0 && strcmp(format, "json") != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!count) load();
    dcf_span doc = dcf_span_of(data, size);
    for (size_t i = 0; i < count; i++)
        if (may_be(dialects[i], doc))
            trip_laws(dialects[i], doc, (trip_options){.one_way = one_way});
    return 0;
}
