/* log.c - see log.h. */
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int max_level = DCF_LOG_INFO;

void dcf_log_set_level(dcf_level most)
{
    atomic_store(&max_level, (int)most);
}

const char *dcf_log_u64(char buf[24], uint64_t v)
{
    snprintf(buf, 24, "%" PRIu64, v);
    return buf;
}

/* A write is atomic up to PIPE_BUF; TAIL is kept for what marks a cut and ends the line. */
enum { TAIL = 16, LINE_MAX_SIZE = PIPE_BUF - TAIL };

static void add_value(dcf_buf *b, const char *v)
{
    dcf_buf_addc(b, '"');
    for (; v && *v && !b->failed; v++) {
        if ((unsigned char)*v < 0x20 || *v == 0x7f)
            dcf_buf_printf(b, "\\x%02x", (unsigned)*v);
        else if (*v == '"' || *v == '\\')
            dcf_buf_printf(b, "\\%c", *v);
        else
            dcf_buf_addc(b, *v);
    }
    dcf_buf_addc(b, '"');
}

/* Adds key and value; false when the line is full, which is then cut and marked. */
static bool add_pair(dcf_buf *b, const char *key, const char *value)
{
    size_t before = b->size;
    dcf_buf_printf(b, " %s=", key);
    add_value(b, value);
    if (!b->failed) return true;
    b->failed = false;
    b->limit += TAIL;
    if (b->size > before + strlen(key) + 2)
        dcf_buf_adds(b, "...\""); /* inside the value */
    else
        b->size = before;
    dcf_buf_adds(b, " cut=1");
    return false;
}

static const char *level_name(dcf_level level)
{
    switch (level) {
    case DCF_LOG_ERROR:
        return "ERROR";
    case DCF_LOG_WARN:
        return "WARN";
    case DCF_LOG_INFO:
        return "INFO";
    default:
        return "DEBUG";
    }
}

void dcf_log(dcf_level level, const char *event, ...)
{
    if ((int)level > atomic_load(&max_level)) return;
    char ts[DCF_TIME_TEXT_SIZE];
    dcf_buf line DCF_CLEANUP(dcf_buf_fini) = {.limit = LINE_MAX_SIZE};
    dcf_buf_printf(&line, "<%d>ts=%s level=%s event=%s", (int)level,
                   dcf_time_format(dcf_clock_ms(), ts), level_name(level), event);
    va_list ap;
    va_start(ap, event);
    for (const char *key; (key = va_arg(ap, const char *)) != NULL;)
        if (!add_pair(&line, key, va_arg(ap, const char *))) break;
    va_end(ap);
    line.limit = 0;
    dcf_buf_addc(&line, '\n');
    ssize_t n = write(STDERR_FILENO, line.data, line.size);
    (void)n; /* nowhere to report a log that cannot be written */
}
