/* clock.c - see clock.h. */
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t dcf_clock_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t dcf_clock_mono_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

char *dcf_time_format(int64_t ms, char out[DCF_TIME_TEXT_SIZE])
{
    int64_t sec = ms / 1000, frac = ms % 1000;
    if (frac < 0) sec--, frac += 1000;
    time_t t = (time_t)sec;
    struct tm tm;
    if (!gmtime_r(&t, &tm) || tm.tm_year > 8099 || tm.tm_year < -1900) {
        out[0] = 0;
        return out;
    }
    size_t n = strftime(out, DCF_TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, DCF_TIME_TEXT_SIZE - n, ".%03dZ", (int)frac);
    return out;
}

dcf_status dcf_time_parse(const char *text, int64_t *ret_ms)
{
    struct tm tm = {0};
    const char *p = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!p) return DCF_ERR(CORRUPT);
    int64_t ms = 0;
    if (*p == '.') {
        int64_t unit = 100;
        for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10) ms += (*p - '0') * unit;
    }
    int64_t offset_min = 0;
    if (*p == '+' || *p == '-') {
        int h, m, used = 0;
        if (sscanf(p + 1, "%2d:%2d%n", &h, &m, &used) != 2 || p[1 + used]) return DCF_ERR(CORRUPT);
        offset_min = (*p == '+' ? 1 : -1) * (h * 60 + m);
    } else if (strcmp(p, "Z") != 0) {
        return DCF_ERR(CORRUPT);
    }
    *ret_ms = ((int64_t)timegm(&tm) - offset_min * 60) * 1000 + ms;
    return DCF_OK;
}
