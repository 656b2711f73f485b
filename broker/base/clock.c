/* clock.c - see clock.h. */
#include "base/clock.h"

#include <stdatomic.h>
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

static const char *offset_file;
static atomic_llong offset_ms, look_again_ms;

void dcf_clock_offset_file(const char *path)
{
    offset_file = path;
    atomic_store(&look_again_ms, 0);
}

static int64_t offset_now(void)
{
    enum { LOOK_MS = 200 };
    long long mono = dcf_clock_mono_ms(), due = atomic_load(&look_again_ms), ms = 0;
    if (mono < due || !atomic_compare_exchange_strong(&look_again_ms, &due, mono + LOOK_MS))
        return atomic_load(&offset_ms);
    char text[32];
    FILE *f = fopen(offset_file, "re");
    if (f && fgets(text, sizeof text, f)) ms = strtoll(text, NULL, 10);
    if (f) fclose(f);
    atomic_store(&offset_ms, ms);
    return ms;
}

int64_t dcf_clock_ms(void)
{
    return read_clock(CLOCK_REALTIME) + (offset_file ? offset_now() : 0);
}

int64_t dcf_clock_mono_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* Exactly count digits of n, and what comes after them; gives the place behind. */
static char *put_digits(char *to, int n, int count, char after)
{
    for (int i = count; i-- > 0; n /= 10) to[i] = (char)('0' + n % 10);
    to[count] = after;
    return to + count + 1;
}

char *dcf_time_format(int64_t ms, char out[DCF_TIME_TEXT_SIZE])
{
    int64_t sec = ms / 1000, frac = ms % 1000;
    if (frac < 0) sec--, frac += 1000;
    time_t t = (time_t)sec;
    struct tm tm;
    out[0] = 0;
    if (!gmtime_r(&t, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099) return out;
    char *to = put_digits(out, tm.tm_year + 1900, 4, '-');
    to = put_digits(to, tm.tm_mon + 1, 2, '-');
    to = put_digits(to, tm.tm_mday, 2, 'T');
    to = put_digits(to, tm.tm_hour, 2, ':');
    to = put_digits(to, tm.tm_min, 2, ':');
    to = put_digits(to, tm.tm_sec, 2, '.');
    *put_digits(to, (int)frac, 3, 'Z') = 0;
    return out;
}

/* Exactly count digits at *p, worth least to most; -1 when they are not there. */
static int digits(const char **p, int count, int least, int most)
{
    int n = 0;
    for (; count > 0; count--, (*p)++) {
        if (**p < '0' || **p > '9') return -1;
        n = n * 10 + (**p - '0');
    }
    return n >= least && n <= most ? n : -1;
}

static bool accept(const char **p, const char *any_of)
{
    return **p && strchr(any_of, **p) && (*p)++;
}

/* ".123456", or nothing; past the milliseconds digits are read and forgotten. */
static bool read_fraction(const char **p, int64_t *ret_ms)
{
    *ret_ms = 0;
    if (!accept(p, ".")) return true;
    if (**p < '0' || **p > '9') return false;
    for (int unit = 100; **p >= '0' && **p <= '9'; (*p)++, unit /= 10)
        *ret_ms += (int64_t)(**p - '0') * unit;
    return true;
}

/* "Z" or "+hh:mm" to the end of the text. */
static bool read_offset(const char *p, int64_t *ret_minutes)
{
    *ret_minutes = 0;
    if (accept(&p, "Zz")) return !*p;
    int sign = *p == '-' ? -1 : 1;
    if (!accept(&p, "+-")) return false;
    int h = digits(&p, 2, 0, 23);
    if (h < 0 || !accept(&p, ":")) return false;
    int m = digits(&p, 2, 0, 59);
    if (m < 0) return false;
    *ret_minutes = (int64_t)sign * (h * 60 + m);
    return !*p;
}

static bool read_date(const char **p, struct tm *tm)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = digits(p, 4, 0, 9999);
    if (year < 0 || !accept(p, "-")) return false;
    int month = digits(p, 2, 1, 12);
    if (month < 0 || !accept(p, "-")) return false;
    int day = digits(p, 2, 1, days[month - 1]);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day < 0 || (month == 2 && day == 29 && !leap)) return false;
    tm->tm_year = year - 1900;
    tm->tm_mon = month - 1;
    tm->tm_mday = day;
    return true;
}

/* A leap second (60) counts as the second after it. */
static bool read_clock_time(const char **p, struct tm *tm)
{
    tm->tm_hour = digits(p, 2, 0, 23);
    if (tm->tm_hour < 0 || !accept(p, ":")) return false;
    tm->tm_min = digits(p, 2, 0, 59);
    if (tm->tm_min < 0 || !accept(p, ":")) return false;
    tm->tm_sec = digits(p, 2, 0, 60);
    return tm->tm_sec >= 0;
}

dcf_status dcf_time_parse(const char *text, int64_t *ret_ms)
{
    struct tm tm = {0};
    const char *p = text;
    int64_t ms, offset;
    if (!read_date(&p, &tm) || !accept(&p, "Tt") || !read_clock_time(&p, &tm) ||
        !read_fraction(&p, &ms) || !read_offset(p, &offset))
        return DCF_ERR(CORRUPT);
    *ret_ms = ((int64_t)timegm(&tm) - offset * 60) * 1000 + ms;
    return DCF_OK;
}
