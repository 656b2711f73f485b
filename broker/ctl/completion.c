/* completion.c - dcfctl completion bash: the table of commands as a completion script. */
#include "ctl/ctl.h"

/* Prints the words that may follow the given first words of a command line, once each. */
static void print_next_words(const ctl *c, const char *after)
{
    size_t count, size = strlen(after);
    const ctl_command *commands = ctl_commands(&count);
    const char *last = "";
    size_t last_size = 0;
    for (size_t i = 0; i < count; i++) {
        const char *path = commands[i].path;
        if (strncmp(path, after, size) != 0 || (size && path[size] != ' ')) continue;
        const char *word = path + size + (size ? 1 : 0);
        size_t word_size = strcspn(word, " ");
        if (word_size == last_size && strncmp(word, last, word_size) == 0) continue;
        fprintf(c->out, "%s%.*s", last_size ? " " : "", (int)word_size, word);
        last = word;
        last_size = word_size;
    }
}

static void print_options(const ctl *c, const ctl_command *command)
{
    for (const unsigned char *id = command->options; *id; id++)
        fprintf(c->out, "--%s ", ctl_option(*id)->name);
    fputs("--help", c->out);
}

/* A case arm for each option with a closed list of values: "queue list cps --output" */
static void print_choices(const ctl *c, const ctl_command *command)
{
    for (const unsigned char *id = command->options; *id; id++) {
        const ctl_option_row *row = ctl_option(*id);
        if (!row->arg || !strchr(row->arg, '|')) continue;
        fprintf(c->out, "        '%s'*' --%s'", command->path, row->name);
        if (row->letter) fprintf(c->out, " | '%s'*' -%c'", command->path, row->letter);
        fputs(") words='", c->out);
        for (const char *p = row->arg; *p; p++) fputc(*p == '|' ? ' ' : *p, c->out);
        fputs("' ;;\n", c->out);
    }
}

int ctl_completion_bash(ctl *c)
{
    size_t count;
    const ctl_command *commands = ctl_commands(&count);
    fputs("# bash completion for dcfctl, made by: dcfctl completion bash\n"
          "_dcfctl()\n"
          "{\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path='' "
          "words='' w\n"
          "    for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
          "        [[ $w == -* ]] && break\n"
          "        path+=${path:+ }$w\n"
          "    done\n"
          "    case \"$path $prev\" in\n",
          c->out);
    for (size_t i = 0; i < count; i++) print_choices(c, &commands[i]);
    fputs("    esac\n"
          "    if [[ -z $words && $cur == -* ]]; then\n"
          "        case $path in\n",
          c->out);
    for (size_t i = 0; i < count; i++) {
        fprintf(c->out, "        '%s'*) words='", commands[i].path);
        print_options(c, &commands[i]);
        fputs("' ;;\n", c->out);
    }
    fputs("        esac\n"
          "    elif [[ -z $words ]]; then\n"
          "        case $path in\n"
          "        '') words='",
          c->out);
    print_next_words(c, "");
    fputs("' ;;\n", c->out);
    const char *last = "";
    for (size_t i = 0; i < count; i++) {
        size_t size = strcspn(commands[i].path, " ");
        char group[32];
        snprintf(group, sizeof group, "%.*s", (int)size, commands[i].path);
        if (!commands[i].path[size] || strncmp(last, commands[i].path, size + 1) == 0) continue;
        last = commands[i].path;
        fprintf(c->out, "        %s) words='", group);
        print_next_words(c, group);
        fputs("' ;;\n", c->out);
    }
    fputs("        esac\n"
          "    fi\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
          "}\n"
          "complete -o default -F _dcfctl dcfctl\n",
          c->out);
    return CTL_OK;
}
