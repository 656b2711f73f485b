/* calendar.c - see calendar.h. */
#include "exchange/calendar.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 24 * 60 * 60 * 1000, HOUR_MS = 60 * 60 * 1000, MINUTE_MS = 60 * 1000 };
enum { YEAR_FIRST = 1900, YEAR_LAST = 2199, PERIOD_MOST = 100000 };

typedef struct date {
    int year, month, day; /* month 1 to 12 */
} date;

/* --- days --------------------------------------------------------------------------- */

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_length(int year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

/* Days of whole years before this one, counted from 1970. */
static int year_start(int year)
{
    int y = year - 1;
    return (year - 1970) * 365 + (y / 4 - y / 100 + y / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static dcf_day day_of(date d)
{
    int n = year_start(d.year) + d.day - 1;
    for (int m = 1; m < d.month; m++) n += month_length(d.year, m);
    return n;
}

static date date_of(dcf_day day)
{
    date d = {.year = 1970 + day / 366 - (day < 0), .month = 1};
    while (year_start(d.year) > day) d.year--;
    while (year_start(d.year + 1) <= day) d.year++;
    int left = day - year_start(d.year);
    while (left >= month_length(d.year, d.month)) left -= month_length(d.year, d.month++);
    d.day = left + 1;
    return d;
}

static bool digits(const char *text, int count, int *ret)
{
    int n = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        n = n * 10 + (text[i] - '0');
    }
    *ret = n;
    return true;
}

bool dcf_day_parse(const char *text, dcf_day *ret)
{
    date d;
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' || !digits(text, 4, &d.year) ||
        !digits(text + 5, 2, &d.month) || !digits(text + 8, 2, &d.day))
        return false;
    if (d.year < YEAR_FIRST || d.year > YEAR_LAST || d.month < 1 || d.month > 12 || d.day < 1 ||
        d.day > month_length(d.year, d.month))
        return false;
    *ret = day_of(d);
    return true;
}

char *dcf_day_format(dcf_day day, char out[DCF_DAY_TEXT_SIZE])
{
    date d = date_of(day);
    snprintf(out, DCF_DAY_TEXT_SIZE, "%04d-%02d-%02d", d.year % 10000, d.month % 100, d.day % 100);
    return out;
}

int dcf_day_weekday(dcf_day day)
{
    return ((day + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
}

dcf_day dcf_day_add_months(dcf_day day, int months)
{
    date d = date_of(day);
    int count = d.year * 12 + d.month - 1 + months;
    d.year = count / 12 - (count % 12 < 0);
    d.month = (count % 12 + 12) % 12 + 1;
    int most = month_length(d.year, d.month);
    if (d.day > most) d.day = most;
    return day_of(d);
}

dcf_day dcf_day_month_end(dcf_day day)
{
    date d = date_of(day);
    d.day = month_length(d.year, d.month);
    return day_of(d);
}

/* --- local time ---------------------------------------------------------------------- */

static int64_t last_sunday(int year, int month)
{
    dcf_day last = day_of((date){year, month, month_length(year, month)});
    return last - (dcf_day_weekday(last) + 1) % 7;
}

static int64_t offset_at(int64_t ms)
{
    int64_t day = ms / DAY_MS - (ms % DAY_MS < 0);
    int year = date_of((dcf_day)day).year;
    int64_t begins = last_sunday(year, 3) * DAY_MS + HOUR_MS;
    int64_t ends = last_sunday(year, 10) * DAY_MS + HOUR_MS;
    return ms >= begins && ms < ends ? HOUR_MS : 0;
}

static int64_t local_of(int64_t ms)
{
    return ms + offset_at(ms);
}

dcf_day dcf_day_at(int64_t ms)
{
    int64_t local = local_of(ms);
    return (dcf_day)(local / DAY_MS - (local % DAY_MS < 0));
}

int64_t dcf_day_ms(dcf_day day, int minute)
{
    int64_t wall = (int64_t)day * DAY_MS + (int64_t)minute * MINUTE_MS;
    return wall - offset_at(wall - offset_at(wall));
}

char *dcf_local_format(int64_t ms, char out[DCF_LOCAL_TEXT_SIZE])
{
    static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    dcf_day day = dcf_day_at(ms);
    date d = date_of(day);
    int minute = (int)((local_of(ms) - (int64_t)day * DAY_MS) / MINUTE_MS);
    snprintf(out, DCF_LOCAL_TEXT_SIZE, "%s %d %s %d %02d:%02d", weekdays[dcf_day_weekday(day)],
             d.day, months[d.month - 1], d.year, minute / 60, minute % 60);
    return out;
}

/* --- periods --------------------------------------------------------------------------- */

static const char *const unit_names[] = {"minute", "hour", "day", "week", "month", "working day"};

bool dcf_period_is_time(dcf_period p)
{
    return p.unit == DCF_UNIT_MINUTES || p.unit == DCF_UNIT_HOURS;
}

bool dcf_period_parse(const char *text, dcf_period *ret)
{
    char *end;
    long count = strtol(text, &end, 10);
    if (end == text || isspace((unsigned char)*text) || *end != ' ' || count > PERIOD_MOST ||
        count < -PERIOD_MOST)
        return false;
    for (size_t i = 0; i < sizeof unit_names / sizeof unit_names[0]; i++) {
        size_t size = strlen(unit_names[i]);
        if (strncmp(end + 1, unit_names[i], size) != 0) continue;
        const char *rest = end + 1 + size;
        if (strcmp(rest, "s") != 0 && *rest) return false;
        *ret = (dcf_period){(int32_t)count, (dcf_period_unit)i};
        return true;
    }
    return false;
}

char *dcf_period_format(dcf_period p, char out[DCF_PERIOD_TEXT_SIZE])
{
    snprintf(out, DCF_PERIOD_TEXT_SIZE, "%d %s%s", (int)p.count, unit_names[p.unit],
             p.count == 1 || p.count == -1 ? "" : "s");
    return out;
}

/* --- bank holidays ----------------------------------------------------------------------- */

struct dcf_holidays {
    dcf_yaml_doc *doc;
    dcf_day from, until; /* both covered */
    dcf_day *days;
    size_t count;
};

static dcf_status read_day(const dcf_holidays *h, const dcf_yaml *node, const char *text,
                           dcf_day *ret, dcf_yaml_error *err)
{
    if (text && dcf_day_parse(text, ret)) return DCF_OK;
    return dcf_yaml_fail(h->doc, node, err, "a date is written 2026-12-25");
}

static dcf_status read_holidays(dcf_holidays *h, dcf_yaml_error *err)
{
    static const char *const known[] = {"source", "valid_from", "valid_until", "holidays", NULL};
    const dcf_yaml *root = dcf_yaml_root(h->doc), *list = dcf_yaml_get(root, "holidays");
    DCF_TRY(dcf_yaml_only(h->doc, root, known, err));
    DCF_TRY(read_day(h, root, dcf_yaml_str(root, "valid_from", NULL), &h->from, err));
    DCF_TRY(read_day(h, root, dcf_yaml_str(root, "valid_until", NULL), &h->until, err));
    if (!list || list->kind != DCF_YAML_MAP || !list->count)
        return dcf_yaml_fail(h->doc, list ? list : root, err, "holidays must be a map of dates");
    h->days = calloc(list->count, sizeof *h->days);
    if (!h->days) return DCF_ERR(NOMEM);
    for (; h->count < list->count; h->count++) {
        const dcf_yaml *item = &list->items[h->count];
        DCF_TRY(read_day(h, item, item->key, &h->days[h->count], err));
        if (!dcf_holidays_cover(h, h->days[h->count]))
            return dcf_yaml_fail(h->doc, item, err, "a date outside valid_from and valid_until");
        if (dcf_day_weekday(h->days[h->count]) > 4)
            return dcf_yaml_fail(h->doc, item, err,
                                 "a weekend: write the substitute day, which is no working day");
    }
    return DCF_OK;
}

/* Takes the document. */
static dcf_status build(dcf_yaml_doc *doc, dcf_holidays **ret, dcf_yaml_error *err)
{
    dcf_holidays *h = calloc(1, sizeof *h);
    if (!h) {
        dcf_yaml_free(doc);
        return DCF_ERR(NOMEM);
    }
    h->doc = doc;
    dcf_status s = read_holidays(h, err);
    if (dcf_failed(s))
        dcf_holidays_free(h);
    else
        *ret = h;
    return s;
}

dcf_status dcf_holidays_load(const char *path, dcf_holidays **ret, dcf_yaml_error *err)
{
    dcf_yaml_doc *doc = NULL;
    DCF_TRY(dcf_yaml_load(path, &doc, err));
    return build(doc, ret, err);
}

dcf_status dcf_holidays_parse(dcf_span text, const char *name, dcf_holidays **ret,
                              dcf_yaml_error *err)
{
    dcf_yaml_doc *doc = NULL;
    DCF_TRY(dcf_yaml_parse(text, name, &doc, err));
    return build(doc, ret, err);
}

void dcf_holidays_free(dcf_holidays *h)
{
    if (!h) return;
    dcf_yaml_free(h->doc);
    free(h->days);
    free(h);
}

bool dcf_holidays_cover(const dcf_holidays *h, dcf_day day)
{
    return h && day >= h->from && day <= h->until;
}

dcf_day dcf_holidays_last(const dcf_holidays *h)
{
    return h->until;
}

bool dcf_holidays_working(const dcf_holidays *h, dcf_day day)
{
    if (dcf_day_weekday(day) > 4) return false;
    for (size_t i = 0; h && i < h->count; i++)
        if (h->days[i] == day) return false;
    return true;
}

/* --- counting ------------------------------------------------------------------------------ */

static dcf_day add_working(const dcf_holidays *h, dcf_day day, int count, bool *ret_sure)
{
    int step = count < 0 ? -1 : 1;
    while (count) {
        day += step;
        if (!dcf_holidays_cover(h, day) && ret_sure) *ret_sure = false;
        if (dcf_holidays_working(h, day)) count -= step;
    }
    return day;
}

dcf_day dcf_day_add(const dcf_holidays *h, dcf_day day, dcf_period p, bool *ret_sure)
{
    switch (p.unit) {
    case DCF_UNIT_DAYS:
        return day + p.count;
    case DCF_UNIT_WEEKS:
        return day + 7 * p.count;
    case DCF_UNIT_MONTHS:
        return dcf_day_add_months(day, p.count);
    case DCF_UNIT_WORKING_DAYS:
        return add_working(h, day, p.count, ret_sure);
    case DCF_UNIT_MINUTES:
    case DCF_UNIT_HOURS:
        break; /* less than a day: the day itself */
    }
    return day;
}

int64_t dcf_moment_add(const dcf_holidays *h, int64_t ms, dcf_period p, bool *ret_sure)
{
    if (p.unit == DCF_UNIT_MINUTES) return ms + (int64_t)p.count * MINUTE_MS;
    if (p.unit == DCF_UNIT_HOURS) return ms + (int64_t)p.count * HOUR_MS;
    dcf_day day = dcf_day_at(ms);
    int64_t into = local_of(ms) - (int64_t)day * DAY_MS;
    int64_t at = dcf_day_ms(dcf_day_add(h, day, p, ret_sure), (int)(into / MINUTE_MS));
    return at + into % MINUTE_MS;
}
