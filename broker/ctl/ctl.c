/* ctl.c - finds the command of a command line, parses its options by argp, runs it. */
#include "ctl/ctl.h"

#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

enum { KEY_BASE = 0x100 }; /* argp keys of options without a letter */

typedef struct parse {
    ctl *c;
    const ctl_command *command;
    const char *name; /* "dcfctl queue list" */
    bool help;        /* --help or --usage is on the line: nothing more is asked of it */
} parse;

int ctl_fail(const ctl *c, int code, const char *hint, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("dcfctl: ", c->err);
    vfprintf(c->err, fmt, ap);
    va_end(ap);
    fputc('\n', c->err);
    if (hint) fprintf(c->err, "  %s\n", hint);
    return code;
}

const char *ctl_setting(const ctl *c, enum ctl_option id, const char *variable,
                        const char *fallback)
{
    const char *value = c->opt[id] ? c->opt[id] : getenv(variable);
    return value && *value ? value : fallback;
}

bool ctl_wants_json(const ctl *c)
{
    return c->opt[OPT_OUTPUT] && strcmp(c->opt[OPT_OUTPUT], "json") == 0;
}

/* --- options ------------------------------------------------------------------------ */

static int key_of(enum ctl_option id)
{
    int letter = ctl_option(id)->letter;
    return letter ? letter : KEY_BASE + (int)id;
}

/* "json" of "table|json"; an argument without '|' allows everything. */
static bool choice_ok(const char *choices, const char *value)
{
    if (!strchr(choices, '|')) return true;
    size_t size = strlen(value);
    for (const char *at = choices; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, value, size) == 0 && (at[size] == '|' || !at[size]) && size) return true;
    }
    return false;
}

static error_t take_option(parse *p, int key, const char *value, struct argp_state *state)
{
    for (const unsigned char *id = p->command->options; *id; id++) {
        if (key_of(*id) != key) continue;
        const ctl_option_row *row = ctl_option(*id);
        if (row->arg && !choice_ok(row->arg, value)) {
            argp_error(state, "--%s is one of %s, not '%s'", row->name, row->arg, value);
            return EINVAL;
        }
        p->c->opt[*id] = value ? value : "";
        if (*id != OPT_SET) return 0;
        if (p->c->set_count == CTL_SETS_MAX || !value || !strchr(value, '=')) {
            argp_error(state, "--set is FIELD=VALUE, at most %d times", CTL_SETS_MAX);
            return EINVAL;
        }
        p->c->sets[p->c->set_count++] = value;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static error_t take(int key, char *value, struct argp_state *state)
{
    parse *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->name = (char *)p->name;
        state->out_stream = p->c->out;
        state->err_stream = p->c->err;
        return 0;
    case ARGP_KEY_ARG:
        if (p->c->arg_count == p->command->max_args) {
            argp_error(state, "'%s' is one argument too many", value);
            return EINVAL;
        }
        p->c->args[p->c->arg_count++] = value;
        return 0;
    case ARGP_KEY_END:
        if (p->help || p->c->arg_count >= p->command->min_args) return 0;
        argp_error(state, "%s is missing", p->command->args);
        return EINVAL;
    default:
        return take_option(p, key, value, state);
    }
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "--usage") == 0 ||
            strcmp(argv[i], "-?") == 0)
            return true;
    return false;
}

static int run_command(ctl *c, const ctl_command *command, int argc, char **argv)
{
    char name[64], doc[1024];
    snprintf(name, sizeof name, "dcfctl %s", command->path);
    snprintf(doc, sizeof doc, "%s.%s%s", command->summary, command->more ? "\v" : "",
             command->more ? command->more : "");
    struct argp_option options[CTL_ROW_OPTIONS + 1] = {0};
    for (size_t i = 0; command->options[i]; i++) {
        const ctl_option_row *row = ctl_option(command->options[i]);
        options[i] = (struct argp_option){.name = row->name,
                                          .key = key_of(command->options[i]),
                                          .arg = row->arg,
                                          .doc = row->help};
    }
    parse p = {.c = c, .command = command, .name = name, .help = wants_help(argc, argv)};
    /* NULL for none: an empty list leaks in glibc. */
    const struct argp argp = {.options = command->options[0] ? options : NULL,
                              .parser = take,
                              .args_doc = command->args,
                              .doc = doc};
    argv[0] = name;
    if (argp_parse(&argp, argc, argv, ARGP_NO_EXIT, NULL, &p) != 0) return CTL_USAGE;
    return p.help ? CTL_OK : command->run(c);
}

/* --- commands ------------------------------------------------------------------------- */

/* The number of words of path that begin the arguments; 0: not this command. */
static int words_matched(const char *path, int argc, char **argv)
{
    int words = 0;
    while (*path) {
        size_t size = strcspn(path, " ");
        if (words >= argc || strlen(argv[words]) != size || strncmp(argv[words], path, size) != 0)
            return 0;
        words++;
        path += size + (path[size] == ' ');
    }
    return words;
}

/* Those whose first word is group, or all (group NULL). Returns how many. */
static int print_commands(const ctl *c, FILE *to, const char *group)
{
    size_t count;
    int printed = 0;
    const ctl_command *commands = ctl_commands(&count);
    for (size_t i = 0; i < count; i++) {
        size_t size = strcspn(commands[i].path, " ");
        if (group && (strlen(group) != size || strncmp(commands[i].path, group, size) != 0))
            continue;
        if (!printed++ && group) fprintf(to, "dcfctl: '%s' is a group of commands:\n", group);
        char usage[64];
        int width = 28; /* columns: one for each "…", which is three bytes */
        snprintf(usage, sizeof usage, "%s %s", commands[i].path, commands[i].args);
        for (const char *p = usage; (p = strstr(p, "…")); p += strlen("…")) width += 2;
        fprintf(to, "  %-*s %s\n", width, usage, commands[i].summary);
    }
    (void)c;
    return printed;
}

static int print_overview(const ctl *c)
{
    fputs("Usage: dcfctl COMMAND [OPTION…]\n"
          "Look into the Digital Case File exchange broker, and try its translations.\n\n",
          c->out);
    print_commands(c, c->out, NULL);
    fputs("\nEach command answers --help. Exit codes: 0 ok, 1 what was checked does not hold, 2 "
          "usage,\n"
          "3 not found, 4 the daemon cannot be reached, 5 internal.\n",
          c->out);
    return CTL_OK;
}

static int unknown_command(const ctl *c, const char *word)
{
    if (*word == '-')
        return ctl_fail(c, CTL_USAGE, "Options follow the command: dcfctl status --url …",
                        "unknown option %s", word);
    if (print_commands(c, c->err, word)) return CTL_USAGE;
    return ctl_fail(c, CTL_USAGE, "dcfctl --help lists all commands.", "there is no command '%s'",
                    word);
}

int ctl_main(int argc, char **argv, FILE *out, FILE *err)
{
    ctl c = {.out = out, .err = err};
    const char *first = argc > 1 ? argv[1] : "--help";
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 || strcmp(first, "help") == 0)
        return print_overview(&c);
    if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0) {
        fputs("dcfctl " DCF_VERSION "\n", out);
        return CTL_OK;
    }
    size_t count;
    const ctl_command *commands = ctl_commands(&count);
    for (size_t i = 0; i < count; i++) {
        int words = words_matched(commands[i].path, argc - 1, argv + 1);
        if (words) return run_command(&c, &commands[i], argc - words, argv + words);
    }
    return unknown_command(&c, first);
}
