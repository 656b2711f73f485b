/* codec_time.c - dates and times as ISO 8601 text; zone offsets stay as the sender wrote them. */
#include "translate/codec.h"
#include "translate/moment.h"

#include <stdio.h>

static bool digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* n digits at the start of *s, taken off it. */
static bool take(dcf_span *s, size_t n, int *ret)
{
    int v = 0;
    if (s->size < n) return false;
    for (size_t i = 0; i < n; i++) {
        if (!digit(s->data[i])) return false;
        v = v * 10 + (s->data[i] - '0');
    }
    *ret = v;
    *s = dcf_span_of(s->data + n, s->size - n);
    return true;
}

static bool take_char(dcf_span *s, char c)
{
    if (s->size == 0 || s->data[0] != (uint8_t)c) return false;
    *s = dcf_span_of(s->data + 1, s->size - 1);
    return true;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Month and day 0 stand for "not given". */
static bool date_ok(int year, int month, int day)
{
    if (month < 0 || month > 12 || day < 0) return false;
    return day == 0 || (month > 0 && day <= days_in(year, month));
}

enum { PATTERN_MAX = 40 };

/* --- patterns: YYYY or YY, MM, MON or Mon, DD, HH and separators ------------------- */

typedef struct date {
    int year, month, day;
} date;

/* What a pattern begins with: a separator when at is NULL. */
typedef struct part {
    int *at;     /* the number in a date */
    size_t size; /* of its text, and of its place in the pattern */
    bool name;   /* of a month */
} part;

static part part_of(const char *pattern, date *d)
{
    if (strncmp(pattern, "YYYY", 4) == 0) return (part){&d->year, 4, false};
    if (strncmp(pattern, "YY", 2) == 0) return (part){&d->year, 2, false};
    if (strncmp(pattern, "MON", 3) == 0 || strncmp(pattern, "Mon", 3) == 0)
        return (part){&d->month, 3, true};
    if (strncmp(pattern, "MM", 2) == 0) return (part){&d->month, 2, false};
    if (strncmp(pattern, "DD", 2) == 0) return (part){&d->day, 2, false};
    return (part){NULL, 1, false};
}

/* Behind the parts of a pattern with YY stands the first of its hundred years: " from 1930". */
static const char FROM[] = " from ";

static size_t parts_size(const char *pattern)
{
    const char *from = strstr(pattern, FROM);
    return from ? (size_t)(from - pattern) : strlen(pattern);
}

static bool first_year(const char *pattern, int *ret)
{
    const char *from = strstr(pattern, FROM);
    dcf_span s = dcf_span_str(from ? from + sizeof FROM - 1 : "");
    return take(&s, 4, ret) && s.size == 0 && *ret > 0 && *ret <= 9900;
}

/* "MAY" by MON, "May" by Mon. */
static void month_name(int month, bool capitals, char out[4])
{
    static const char names[][4] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                    "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
    memcpy(out, names[month - 1], 4);
    for (int i = 1; i < 3 && !capitals; i++) out[i] = (char)(out[i] - 'A' + 'a');
}

static bool take_month(dcf_span *s, bool capitals, int *ret)
{
    char name[4];
    for (int month = 1; month <= 12; month++) {
        month_name(month, capitals, name);
        if (s->size < 3 || memcmp(s->data, name, 3) != 0) continue;
        *s = dcf_span_of(s->data + 3, s->size - 3);
        *ret = month;
        return true;
    }
    return false;
}

/* One of the patterns "A|B|C", and where the next begins; NULL after the last. */
static const char *next_pattern(const char *patterns, char *out, size_t size)
{
    size_t n = strcspn(patterns, "|");
    snprintf(out, size, "%.*s", (int)n, patterns);
    return patterns[n] ? patterns + n + 1 : NULL;
}

/* How often a pattern has each part; false when it has something else. */
static bool count_parts(const char *pattern, date *ret)
{
    date d = {0};
    size_t end = parts_size(pattern);
    for (size_t i = 0; i < end;) {
        part p = part_of(pattern + i, &d);
        if (p.at) ++*p.at;
        if (!p.at && !strchr("-/. ", pattern[i])) return false;
        i += p.size;
    }
    *ret = d;
    return true;
}

static bool one_pattern_ok(const char *pattern)
{
    date d;
    int year;
    bool two_digits = !strstr(pattern, "YYYY");
    if (two_digits ? !first_year(pattern, &year) : strstr(pattern, FROM) != NULL) return false;
    return count_parts(pattern, &d) && d.year == 1 && d.day <= 1 && d.month <= 1 &&
           (d.day == 0 || d.month == 1);
}

bool dcf_date_pattern_ok(const char *patterns)
{
    char one[PATTERN_MAX];
    for (const char *next = patterns; next;) {
        size_t size = strcspn(next, "|");
        next = next_pattern(next, one, sizeof one);
        if (size >= sizeof one || !one_pattern_ok(one)) return false;
    }
    return true;
}

size_t dcf_date_pattern_longest(const char *patterns)
{
    char one[PATTERN_MAX];
    size_t most = 0;
    for (const char *next = patterns; next;) {
        next = next_pattern(next, one, sizeof one);
        if (parts_size(one) > most) most = parts_size(one);
    }
    return most;
}

bool dcf_time_pattern_ok(const char *pattern)
{
    return strcmp(pattern, "HH:MM") == 0 || strcmp(pattern, "HH:MM:SS") == 0 ||
           strcmp(pattern, "local") == 0;
}

/* YYYY-MM-DD; NULL is that pattern too. */
static bool parse_iso(dcf_span *s, date *ret)
{
    date d;
    if (!take(s, 4, &d.year) || !take_char(s, '-') || !take(s, 2, &d.month) || !take_char(s, '-') ||
        !take(s, 2, &d.day) || !d.month || !d.day)
        return false;
    *ret = d;
    return date_ok(d.year, d.month, d.day);
}

static bool parse_date(const char *pattern, dcf_span *s, date *ret)
{
    date d = {0};
    int from;
    if (!pattern) return parse_iso(s, ret);
    for (size_t i = 0, end = parts_size(pattern); i < end;) {
        part p = part_of(pattern + i, &d);
        bool ok = !p.at    ? take_char(s, pattern[i])
                  : p.name ? take_month(s, pattern[i + 1] == 'O', p.at)
                           : take(s, p.size, p.at);
        if (!ok) return false;
        if (p.at && p.at != &d.year && *p.at == 0) return false; /* 00 is no month */
        i += p.size;
    }
    if (first_year(pattern, &from)) d.year += from - from % 100 + (d.year < from % 100 ? 100 : 0);
    *ret = d;
    return date_ok(d.year, d.month, d.day);
}

/* "Z" or "+hh:mm", or nothing. */
static bool offset_ok(dcf_span s)
{
    int hours, minutes;
    if (s.size == 0 || dcf_span_eq_str(s, "Z")) return true;
    if (!take_char(&s, '+') && !take_char(&s, '-')) return false;
    return take(&s, 2, &hours) && take_char(&s, ':') && take(&s, 2, &minutes) && s.size == 0 &&
           hours <= 14 && minutes <= 59;
}

/* A year that YY has no place for is bad. */
static dcf_codec_result print_date(dcf_arena *a, const char *pattern, date d, const char **ret)
{
    char out[64], name[4];
    size_t used = 0;
    int from;
    if (first_year(pattern, &from)) {
        if (d.year < from || d.year >= from + 100) return DCF_CODEC_BAD;
        d.year %= 100;
    }
    for (size_t i = 0, end = parts_size(pattern); i < end && used < sizeof out - 8;) {
        part p = part_of(pattern + i, &d);
        size_t room = sizeof out - used;
        if (p.name) {
            month_name(d.month, pattern[i + 1] == 'O', name);
            used += (size_t)snprintf(out + used, room, "%s", name);
        } else if (p.at) {
            used += (size_t)snprintf(out + used, room, "%0*d", (int)p.size, *p.at);
        } else {
            out[used++] = pattern[i];
        }
        i += p.size;
    }
    return dcf_codec_copy(a, dcf_span_of(out, used), ret);
}

static const char *iso_pattern(date d)
{
    return d.day ? "YYYY-MM-DD" : d.month ? "YYYY-MM" : "YYYY";
}

dcf_codec_result dcf_date_read(const dcf_codec_in *in, const char **ret)
{
    dcf_span s = dcf_span_trim(in->text);
    date d;
    if (!in->use->pattern) {
        dcf_span start = s;
        if (!parse_date(NULL, &s, &d) || !offset_ok(s)) return DCF_CODEC_BAD;
        return dcf_codec_keep(in, dcf_span_of(start.data, 10), ret);
    }
    char one[PATTERN_MAX];
    for (const char *next = in->use->pattern; next;) {
        dcf_span rest = s;
        next = next_pattern(next, one, sizeof one);
        if (parse_date(one, &rest, &d) && rest.size == 0)
            return print_date(in->arena, iso_pattern(d), d, ret);
    }
    return DCF_CODEC_BAD;
}

dcf_codec_result dcf_date_write(const dcf_codec_in *in, const char **ret)
{
    const char *iso = in->text.size == 10 ? "YYYY-MM-DD" : in->text.size == 7 ? "YYYY-MM" : "YYYY";
    dcf_span s = in->text;
    date d, has;
    if (!parse_date(iso, &s, &d) || s.size) return DCF_CODEC_BAD;
    char one[PATTERN_MAX];
    for (const char *next = in->use->pattern ? in->use->pattern : "YYYY-MM-DD"; next;) {
        next = next_pattern(next, one, sizeof one);
        if (!count_parts(one, &has) || has.month != (d.month != 0) || has.day != (d.day != 0))
            continue;
        dcf_codec_result r = print_date(in->arena, one, d, ret);
        if (r != DCF_CODEC_BAD) return r;
    }
    return DCF_CODEC_BAD;
}

/* --- times -------------------------------------------------------------------------- */

static char digit_char(int n)
{
    return (char)('0' + n % 10);
}

static dcf_codec_result concat(dcf_arena *a, const dcf_span *parts, size_t count, const char **ret)
{
    size_t size = 1;
    for (size_t i = 0; i < count; i++) size += parts[i].size;
    char *out = dcf_arena_alloc(a, size), *p = out;
    if (!out) return DCF_CODEC_NOMEM;
    for (size_t i = 0; i < count; p += parts[i++].size)
        if (parts[i].size) memcpy(p, parts[i].data, parts[i].size);
    *ret = out;
    return DCF_CODEC_OK;
}

/* HH:MM[:SS[.fraction]][offset] to HH:MM:SS[.fraction without zeros at its end][offset]. */
static dcf_codec_result normal_time(dcf_arena *a, dcf_span s, const char *before, const char **ret)
{
    int hours, minutes, seconds = 0;
    dcf_span fraction = {0};
    if (!take(&s, 2, &hours) || !take_char(&s, ':') || !take(&s, 2, &minutes)) return DCF_CODEC_BAD;
    if (take_char(&s, ':')) {
        if (!take(&s, 2, &seconds)) return DCF_CODEC_BAD;
        if (take_char(&s, '.')) {
            fraction.data = s.data;
            while (s.size && digit(s.data[0])) s.data++, s.size--, fraction.size++;
            if (fraction.size == 0) return DCF_CODEC_BAD;
        }
    }
    bool day_end = !*before && hours == 24 && minutes == 0 && seconds == 0; /* of xs:time */
    if ((hours > 23 && (!day_end || fraction.size)) || minutes > 59 || seconds > 60 ||
        !offset_ok(s))
        return DCF_CODEC_BAD;
    while (fraction.size && fraction.data[fraction.size - 1] == '0') fraction.size--;
    const char clock[] = {digit_char(hours / 10),   digit_char(hours),   ':',
                          digit_char(minutes / 10), digit_char(minutes), ':',
                          digit_char(seconds / 10), digit_char(seconds), '.'};
    dcf_span parts[] = {dcf_span_str(before),
                        dcf_span_of(clock, fraction.size ? sizeof clock : sizeof clock - 1),
                        fraction, s};
    return concat(a, parts, sizeof parts / sizeof *parts, ret);
}

static bool has_pattern(const dcf_codec_in *in, const char *pattern)
{
    return in->use->pattern && strcmp(in->use->pattern, pattern) == 0;
}

dcf_codec_result dcf_time_read(const dcf_codec_in *in, const char **ret)
{
    dcf_span s = dcf_span_trim(in->text);
    if (has_pattern(in, "HH:MM") && s.size != 5) return DCF_CODEC_BAD;
    return normal_time(in->arena, s, "", ret);
}

dcf_codec_result dcf_time_write(const dcf_codec_in *in, const char **ret)
{
    bool minutes = has_pattern(in, "HH:MM"), local = has_pattern(in, "local");
    const char *time;
    dcf_codec_result r = normal_time(in->arena, in->text, "", &time);
    if (r != DCF_CODEC_OK) return r;
    if (minutes && strcmp(time + 5, ":00") != 0) return DCF_CODEC_BAD;
    size_t size = minutes ? 5 : local ? 8 : strlen(time);
    return dcf_codec_copy(in->arena, dcf_span_of(time, size), ret);
}

/* Date, T, time: both directions. */
static dcf_codec_result normal_datetime(const dcf_codec_in *in, const char **ret)
{
    dcf_span s = dcf_span_trim(in->text), start = s;
    date d;
    if (!parse_iso(&s, &d) || !take_char(&s, 'T')) return DCF_CODEC_BAD;
    char before[12] = "";
    memcpy(before, start.data, 11);
    dcf_codec_result r = normal_time(in->arena, s, before, ret);
    if (r != DCF_CODEC_OK || !has_pattern(in, "zoned") || strpbrk(*ret + 11, "Z+-")) return r;
    *ret = dcf_arena_printf(in->arena, "%sZ", *ret);
    return *ret ? DCF_CODEC_OK : DCF_CODEC_NOMEM;
}

/* A pattern such as "DD/MM/YYYY HH:MM": the date's, one character or none, and the time's; the
 * first year of YY, which stands last, goes to the date's. */
static bool split_pattern(const char *pattern, char day[PATTERN_MAX], char *between,
                          const char **time)
{
    static const char *const times[] = {"HH:MM:SS", "HH:MM", "HHMMSS", "HHMM"};
    *time = strstr(pattern, "HH");
    size_t n = *time ? (size_t)(*time - pattern) : 0;
    if (n == 0 || n >= PATTERN_MAX) return false;
    *between = 0;
    if (strchr(" T", pattern[n - 1])) *between = pattern[n - 1];
    const char *from = strstr(*time, FROM);
    size_t size = from ? (size_t)(from - *time) : strlen(*time);
    int day_size = (int)(*between ? n - 1 : n);
    if (snprintf(day, PATTERN_MAX, "%.*s%s", day_size, pattern, from ? from : "") >= PATTERN_MAX)
        return false;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (size == strlen(times[i]) && memcmp(*time, times[i], size) == 0)
            return one_pattern_ok(day) && strstr(day, "DD");
    return false;
}

bool dcf_datetime_pattern_ok(const char *pattern)
{
    char day[PATTERN_MAX], between;
    const char *time;
    return strcmp(pattern, "zoned") == 0 || split_pattern(pattern, day, &between, &time);
}

dcf_codec_result dcf_datetime_read(const dcf_codec_in *in, const char **ret)
{
    char day[PATTERN_MAX], between;
    const char *time;
    if (!in->use->pattern || !split_pattern(in->use->pattern, day, &between, &time))
        return normal_datetime(in, ret);
    dcf_span s = dcf_span_trim(in->text);
    int hours = 0, minutes = 0, seconds = 0;
    bool colon = time[2] == ':', with_seconds = strstr(time, "SS") != NULL;
    date d;
    if (!parse_date(day, &s, &d) || (between && !take_char(&s, between)) || !take(&s, 2, &hours) ||
        (colon && !take_char(&s, ':')) || !take(&s, 2, &minutes) ||
        (with_seconds && ((colon && !take_char(&s, ':')) || !take(&s, 2, &seconds))) || s.size ||
        hours > 23 || minutes > 59 || seconds > 60)
        return DCF_CODEC_BAD;
    *ret = dcf_arena_printf(in->arena, "%04d-%02d-%02dT%02d:%02d:%02d", d.year, d.month, d.day,
                            hours, minutes, seconds);
    return *ret ? DCF_CODEC_OK : DCF_CODEC_NOMEM;
}

/* What has an offset is written in the time of the United Kingdom; seconds and fractions that the
 * pattern has no place for are left out. */
dcf_codec_result dcf_datetime_write(const dcf_codec_in *in, const char **ret)
{
    char day[PATTERN_MAX], between = 0, seconds[16];
    const char *time, *normal = NULL, *date_text;
    dcf_codec_result r = normal_datetime(in, &normal);
    if (r != DCF_CODEC_OK || !in->use->pattern ||
        !split_pattern(in->use->pattern, day, &between, &time)) {
        *ret = normal;
        return r;
    }
    dcf_moment m;
    if (!dcf_moment_local(normal, &m)) return DCF_CODEC_BAD;
    bool with_seconds = strstr(time, "SS") != NULL;
    r = print_date(in->arena, day, (date){m.year, m.month, m.day}, &date_text);
    if (r != DCF_CODEC_OK) return r;
    const char *colon = time[2] == ':' ? ":" : "";
    snprintf(seconds, sizeof seconds, "%s%02d", with_seconds ? colon : "", m.seconds);
    *ret = dcf_arena_printf(in->arena, "%s%.*s%02d%s%02d%s", date_text, between ? 1 : 0, &between,
                            m.hours, colon, m.minutes, with_seconds ? seconds : "");
    return *ret ? DCF_CODEC_OK : DCF_CODEC_NOMEM;
}

/* --- a date-time in two native values ------------------------------------------------ */

/* What the field holds may be the other half: "2013-12-01", or "T10:34:13Z". */
dcf_codec_result dcf_date_part_read(const dcf_codec_in *in, const char **ret)
{
    const char *day;
    if (*in->old && *in->old != 'T') return DCF_CODEC_BAD;
    dcf_codec_result r = dcf_date_read(in, &day);
    if (r != DCF_CODEC_OK) return r;
    *ret = dcf_arena_printf(in->arena, "%s%s", day, in->old);
    return *ret ? DCF_CODEC_OK : DCF_CODEC_NOMEM;
}

dcf_codec_result dcf_time_part_read(const dcf_codec_in *in, const char **ret)
{
    if (strchr(in->old, 'T')) return DCF_CODEC_BAD;
    const char *before = dcf_arena_printf(in->arena, "%sT", in->old);
    return before ? normal_time(in->arena, dcf_span_trim(in->text), before, ret) : DCF_CODEC_NOMEM;
}

static dcf_span half(dcf_span text, bool time)
{
    const uint8_t *t = text.size ? memchr(text.data, 'T', text.size) : NULL;
    size_t day = t ? (size_t)(t - text.data) : text.size;
    if (!time) return dcf_span_of(text.data, day);
    return t ? dcf_span_of(t + 1, text.size - day - 1) : (dcf_span){0};
}

dcf_codec_result dcf_date_part_write(const dcf_codec_in *in, const char **ret)
{
    dcf_codec_in day = *in;
    day.text = half(in->text, false);
    return day.text.size ? dcf_date_write(&day, ret) : dcf_codec_copy(in->arena, day.text, ret);
}

dcf_codec_result dcf_time_part_write(const dcf_codec_in *in, const char **ret)
{
    dcf_span time = half(in->text, true);
    return time.size ? normal_time(in->arena, time, "", ret) : dcf_codec_copy(in->arena, time, ret);
}
