/*
 * ctl.h - dcfctl from within: one table of commands, one of options, and what
 * every command shares. A command is a row in commands.c and a function here.
 *
 * A command prints its answer to c->out, all else to c->err, and returns an exit
 * code; codes are stable, scripts rest on them. SPDX-License-Identifier: MIT
 */
#ifndef DCF_CTL_CTL_H
#define DCF_CTL_CTL_H

#include "base/buf.h"

#include <jansson.h>
#include <stdio.h>

enum ctl_exit {
    CTL_OK,
    CTL_FAILED,      /* what was checked does not hold, or the document is faulty */
    CTL_USAGE,       /* the command line */
    CTL_NOT_FOUND,   /* no such case, message, code, file */
    CTL_UNREACHABLE, /* the daemon does not answer, or not us */
    CTL_INTERNAL     /* out of memory, a disk, an answer that makes no sense */
};

/* id, long name, letter, argument (A|B: one of these; NULL: none), help */
#define CTL_OPTION_TABLE(X)                                                                        \
    X(OUTPUT, "output", 'o', "table|json", "How to print the answer [table]")                      \
    X(FORM, "output", 'o', "json|binary", "Form of the canonical message [json]")                  \
    X(INPUT, "input", 'i', "json|binary", "Form of the canonical message [json]")                  \
    X(DIALECT, "dialect", 'd', "NAME", "Dialect: a folder of the dialects' folder")                \
    X(MAPPING, "mapping", 'm', "FILE", "Mapping file, instead of a dialect")                       \
    X(DIALECTS, "dialects", 0, "DIR",                                                              \
      "Folder of the dialects [DCF_DIALECTS; else adapters/dialect of the source tree the "        \
      "program lies in; else " CTL_DIALECTS_DIR "]")                                               \
    X(FAULTS, "faults", 0, "text|json", "How to print faults, on standard error [text]")           \
    X(UPDATE, "update", 0, NULL,                                                                   \
      "Write the expected files instead: read them before they are kept")                          \
    X(MIN_NATIVE, "min-native", 0, "PERCENT",                                                      \
      "Fail below: native paths that are taken care of [100]")                                     \
    X(MIN_CANONICAL, "min-canonical", 0, "PERCENT",                                                \
      "Fail below: canonical fields the samples fill [0]")                                         \
    X(MIN_ROWS, "min-rows", 0, "PERCENT", "Fail below: rows of the mapping the samples use [0]")   \
    X(ALL, "all", 'a', NULL, "Show also what is as it should be")                                  \
    X(GENERATED, "generated", 'g', "N", "Also so many documents made from the mapping [0]")        \
    X(SEED, "seed", 0, "N", "First of their seeds [0]")                                            \
    X(FIELD, "field", 'f', "FIELD", "Only this canonical field or native path, and what is below") \
    X(STRICT, "strict", 0, NULL, "Warnings fail, too")                                             \
    X(AGAINST, "against", 0, "OTHER", "Also: what this other dialect or file cannot hold")         \
    X(NAME, "name", 0, "NAME", "Name of the new dialect [the sample's folder]")                    \
    X(CANONICAL, "canonical", 0, "MESSAGE", "Member of Envelope.body it becomes [guessed]")        \
    X(INTO, "into", 0, "DIR", "Where it goes [the dialects' folder]")                              \
    X(REASON, "reason", 0, "CODE", "Only those of this reason, e.g. DCF-4005")                     \
    X(PARTY, "party", 0, "NAME", "Only those from or for this party")                              \
    X(CASE, "case", 0, "URN", "Only those of this case")                                           \
    X(SINCE, "since", 0, "TIME", "Only those since, e.g. 2026-11-21T15:00:00Z")                    \
    X(UNTIL, "until", 0, "TIME", "Only those before, e.g. 2026-11-21T18:00:00Z")                   \
    X(AS, "as", 0, "NAME", "Who does it [DCF_OPERATOR; else whom the token names]")                \
    X(NOTE, "note", 0, "TEXT", "Why: kept with what is done")                                      \
    X(RATE, "rate", 0, "N", "Most messages a minute [held.per_minute of the daemon]")              \
    X(SET, "set", 0, "FIELD=VALUE", "Put this value right; may be given again")                    \
    X(YES, "yes", 'y', NULL, "Do it; without this, only tell what would be done")                  \
    X(LIMIT, "limit", 'n', "N", "At most so many, up to 1000")                                     \
    X(MARKDOWN, "markdown", 0, NULL, "Print a document instead of a table")                        \
    X(LINK, "link", 0, "NAME", "Only this link")                                                   \
    X(FROM, "from", 0, "TIME", "From this date in London, or date-time")                           \
    X(TO, "to", 0, "TIME", "Before this date in London, or date-time")                             \
    X(PROFILE, "profile", 'p', "NAME", "Checklist profile [the one in force]")                     \
    X(CASE_TYPE, "case-type", 0, "NAME", "Only this type of case, e.g. pcd_ngap")                  \
    X(AT, "at", 0, "TIME", "As if it were then: 2026-11-21 or 2026-11-21T15:00:00Z [now]")         \
    X(IF, "if", 0, "MESSAGE=TIME",                                                                 \
      "What would be if that came then, e.g. charging_decision=2026-11-21")                        \
    X(CONFIG_DIR, "config-dir", 0, "DIR",                                                          \
      "Folder of the rule files [DCF_CONFIG; else config of the source tree the program lies in; " \
      "else " CTL_CONFIG_DIR "]")                                                                  \
    X(FORCE, "force", 0, "CODE", "Only this force, e.g. 45")                                       \
    X(AREA, "area", 0, "NUMBER", "Only this CPS Area, e.g. 9")                                     \
    X(PERIOD, "period", 0, "PERIOD",                                                               \
      "2026, 2026-Q4, 2026-10 or 2026-10-05, in London [this month]")                              \
    X(MONTH, "month", 0, "MONTH", "2026-10, in London")                                            \
    X(BY, "by", 0, "LIST", "A figure for each: force,area,case_type [all together]")               \
    X(METRIC, "metric", 0, "NAME", "Only this metric")                                             \
    X(FORMAT, "format", 'f', "csv|json", "Form of the export [csv]")                               \
    X(BUNDLE, "out", 0, "FILE", "File to write [URN.dcfbundle]")                                   \
    X(PICTURE, "format", 'f', "mermaid|svg", "Form of the picture [mermaid]")                      \
    X(KEY, "key", 'k', "FILE", "PEM file with an Ed25519 key")                                     \
    X(OUT, "out", 0, "FILE", "File to write [dcf-metrics-MONTH.json]")                             \
    X(URL, "url", 'u', "URL", "Operations address of dcfd [DCF_URL; else " CTL_DEFAULT_URL "]")    \
    X(TOKEN_FILE, "token-file", 0, "FILE", "File with the bearer token [DCF_TOKEN_FILE]")          \
    X(CA, "ca", 0, "FILE", "PEM authorities that vouch for dcfd [DCF_CA; else the system's]")

#define CTL_DEFAULT_URL  "http://127.0.0.1:8070"
#define CTL_DIALECTS_DIR "/usr/share/dcf/dialect"
#define CTL_CONFIG_DIR   "/etc/dcf"

enum ctl_option {
    CTL_END,
#define CTL_OPTION_ENUM(id, ...) OPT_##id,
    CTL_OPTION_TABLE(CTL_OPTION_ENUM)
#undef CTL_OPTION_ENUM
        CTL_OPTION_COUNT
};

enum { CTL_ARGS_MAX = 64, CTL_ROW_OPTIONS = 20, CTL_SETS_MAX = 100 };

typedef struct ctl {
    FILE *out, *err;
    const char *opt[CTL_OPTION_COUNT]; /* as given; "" for a flag; NULL when absent */
    const char *sets[CTL_SETS_MAX];    /* --set, each time it is given */
    int set_count;
    const char *args[CTL_ARGS_MAX];
    int arg_count;
} ctl;

typedef struct ctl_command {
    const char *path; /* its words: "queue list" */
    const char *args; /* as the usage line shows them: "[PARTY]" */
    int min_args, max_args;
    int (*run)(ctl *c);
    unsigned char options[CTL_ROW_OPTIONS]; /* enum ctl_option, ended by CTL_END */
    const char *summary;                    /* one line, no full stop */
    const char *more;                       /* below the options in --help; NULL: nothing */
} ctl_command;

/* commands.c */
const ctl_command *ctl_commands(size_t *ret_count);
int ctl_status(ctl *c), ctl_queue_list(ctl *c);   /* live.c */
int ctl_link_list(ctl *c), ctl_reconcile(ctl *c); /* reconcile.c */
int ctl_metrics_show(ctl *c), ctl_metrics_export(ctl *c), ctl_metrics_dictionary(ctl *c),
    ctl_metrics_snapshot(ctl *c), ctl_metrics_verify(ctl *c); /* metrics.c */
int ctl_onboarding_list(ctl *c), ctl_onboarding_show(ctl *c),
    ctl_onboarding_check(ctl *c); /* onboarding.c */
int ctl_case_show(ctl *c), ctl_message_show(ctl *c), ctl_held_list(ctl *c),
    ctl_held_show(ctl *c); /* history.c */
int ctl_reload(ctl *c);    /* held.c */
int ctl_queue_hold(ctl *c), ctl_held_replay(ctl *c), ctl_held_correct(ctl *c),
    ctl_held_discard(ctl *c), ctl_held_jobs(ctl *c), ctl_held_approve(ctl *c),
    ctl_held_stop(ctl *c), ctl_held_resume(ctl *c); /* held.c */
int ctl_explain(ctl *c), ctl_faults(ctl *c);        /* faults.c */
int ctl_map_to_canonical(ctl *c), ctl_map_from_canonical(ctl *c), ctl_map_check(ctl *c),
    ctl_map_lint(ctl *c), ctl_map_schema(ctl *c), ctl_map_test(ctl *c), ctl_map_roundtrip(ctl *c),
    ctl_map_coverage(ctl *c), ctl_map_explain(ctl *c), ctl_map_diff(ctl *c); /* map*.c */
int ctl_map_scaffold(ctl *c), ctl_adapter_new(ctl *c);                       /* map_scaffold.c */
int ctl_checklist_run(ctl *c), ctl_checklist_list(ctl *c),
    ctl_checklist_explain(ctl *c);                           /* checklist.c */
int ctl_checklist_form(ctl *c), ctl_checklist_diff(ctl *c);  /* checklist_form.c */
int ctl_case_export(ctl *c), ctl_case_replay(ctl *c);        /* case_export.c, case_replay.c */
int ctl_lifecycle_draw(ctl *c), ctl_lifecycle_check(ctl *c); /* lifecycle.c */
int ctl_clock_list(ctl *c), ctl_clock_due(ctl *c), ctl_clock_explain(ctl *c); /* clock.c */
int ctl_contact_list(ctl *c);                                                 /* contact.c */
int ctl_completion_bash(ctl *c);                                              /* completion.c */

/* Runs one command line; argv[0] is the program. Returns the exit code. Any number of times in a
 * process. */
int ctl_main(int argc, char **argv, FILE *out, FILE *err);

/* The names of options, as in CTL_OPTION_TABLE. */
typedef struct ctl_option_row {
    const char *name, *arg, *help;
    int letter;
} ctl_option_row;
const ctl_option_row *ctl_option(enum ctl_option id);

/* Prints "dcfctl: …" and, on a second line, what to do (hint NULL: no line). Returns code. */
/* signed.c: a new file, whole or not at all, never over one that is there; with its signature by
 * --key beside it; and whether that holds. Exit codes; what went wrong is said. */
int ctl_file_new(const ctl *c, const char *path, dcf_span bytes, unsigned mode);
int ctl_file_signed(const ctl *c, const char *path, dcf_span bytes, unsigned mode);
int ctl_file_verify(const ctl *c, const char *path, dcf_span bytes);

int ctl_fail(const ctl *c, int code, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The option, else the environment variable, else fallback. An empty variable counts as absent. */
const char *ctl_setting(const ctl *c, enum ctl_option id, const char *variable,
                        const char *fallback);
bool ctl_wants_json(const ctl *c);

/* --- print.c: tables ------------------------------------------------------------------------ */

typedef enum ctl_cell { CELL_TEXT, CELL_AGE } ctl_cell; /* AGE: milliseconds, shown as 1m30s */

typedef struct ctl_column {
    const char *head; /* upper case */
    const char *key;  /* of the row's JSON object */
    ctl_cell cell;
} ctl_column;

/* An aligned table: "-" for what is absent; bytes a terminal would act on are shown as "?". With no
 * rows: the line none. */
void ctl_table(const ctl *c, const ctl_column *columns, size_t count, const json_t *rows,
               const char *none);
/* One object, a line a column: "STATE  submitted". */
void ctl_fields(const ctl *c, const ctl_column *columns, size_t count, const json_t *object);
void ctl_json(const ctl *c, const json_t *value);
#define CTL_COUNT(array) (sizeof(array) / sizeof(array)[0])

/* --- remote.c ----------------------------------------------------------------------------------
 */

/* GETs a path of the daemon's interface. CTL_OK with the caller's json_t; else what is wrong has
 * been printed. */
int ctl_get(const ctl *c, const char *path, json_t **ret);
/* The same of what is no JSON, appended to ret. */
int ctl_get_bytes(const ctl *c, const char *path, dcf_buf *ret);
/* POSTs body (borrowed; NULL: an empty one) in the name of --as. As ctl_get. */
int ctl_post(const ctl *c, const char *path, const json_t *body, json_t **ret);
/* Appends "/text" or "?name=text"/"&name=text", percent-encoded. A NULL text appends nothing. */
void ctl_path_add(dcf_buf *path, const char *text);
void ctl_query_add(dcf_buf *path, const char *name, const char *text);

#endif
