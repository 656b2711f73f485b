/* log.c - see log.h. */
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"

#include <inttypes.h>
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

static void add_value(dcf_buf *b, const char *v)
{
    dcf_buf_addc(b, '"');
    for (; v && *v; v++) {
        if (*v == '"' || *v == '\\') dcf_buf_addc(b, '\\');
        if ((unsigned char)*v < 0x20)
            dcf_buf_printf(b, "\\x%02x", (unsigned)*v);
        else
            dcf_buf_addc(b, *v);
    }
    dcf_buf_addc(b, '"');
}

void dcf_log(dcf_level level, const char *event, ...)
{
    if ((int)level > atomic_load(&max_level)) return;
    const char *name = level == DCF_LOG_ERROR ? "ERROR"
                       : level == DCF_LOG_WARN ? "WARN"
                       : level == DCF_LOG_INFO ? "INFO"
                                               : "DEBUG";
    char ts[DCF_TIME_TEXT_SIZE];
    dcf_buf line = {.limit = 8192};
    dcf_buf_printf(&line, "<%d>ts=%s level=%s event=%s", (int)level,
                   dcf_time_format(dcf_clock_ms(), ts), name, event);
    va_list ap;
    va_start(ap, event);
    for (const char *key; (key = va_arg(ap, const char *)) != NULL;) {
        dcf_buf_printf(&line, " %s=", key);
        add_value(&line, va_arg(ap, const char *));
    }
    va_end(ap);
    line.limit = 0;
    line.failed = false;
    dcf_buf_addc(&line, '\n');
    ssize_t n = write(STDERR_FILENO, line.data, line.size);
    (void)n; /* nowhere to report a log that cannot be written */
    dcf_buf_fini(&line);
}
