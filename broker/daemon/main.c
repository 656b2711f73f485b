/* main.c - dcfd: command line to daemon, and nothing else. */
#include "base/clock.h"
#include "base/log.h"
#include "daemon/check.h"
#include "daemon/daemon.h"

#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

const char *argp_program_version = "dcfd " DCF_VERSION;

static const char doc[] =
    "The Digital Case File exchange broker: takes case files from police record systems in their "
    "own formats, "
    "carries them over Kafka, delivers them to the CPS in its own, and the answers back.\v"
    "SIGTERM and SIGINT drain and end; SIGHUP reads the configuration again.\n"
    "Exit codes: 0 ended as asked, 2 usage, 3 configuration refused, 5 failed.";

enum { OPT_CHECK = 256, OPT_EMBEDDED, OPT_OFFLINE, OPT_CLOCK };

static const struct argp_option options[] = {
    {"config", 'c', "FILE", 0, "configuration [config/dcfd.yaml]", 0},
    {"check", OPT_CHECK, NULL, 0,
     "validate configuration and reachability, print what is wrong, and end", 0},
    {"offline", OPT_OFFLINE, NULL, 0, "with --check: do not try to reach anything", 0},
    {"embedded", OPT_EMBEDDED, NULL, 0,
     "run on an in-process Kafka: no Java, nothing kept, no exactly-once; for a look only", 0},
    {"clock-offset-file", OPT_CLOCK, "FILE", 0,
     "for tests: the wall clock is ahead by the milliseconds in FILE, which may change", 0},
    {"verbose", 'v', NULL, 0, "log debug lines too", 0},
    {0},
};

typedef struct arguments {
    dcf_daemon_options daemon;
    bool check, offline;
} arguments;

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *a = state->input;
    switch (key) {
    case 'c':
        a->daemon.config_path = arg;
        break;
    case 'v':
        dcf_log_set_level(DCF_LOG_DEBUG);
        break;
    case OPT_CHECK:
        a->check = true;
        break;
    case OPT_OFFLINE:
        a->offline = true;
        break;
    case OPT_CLOCK:
        dcf_clock_offset_file(arg);
        break;
    case OPT_EMBEDDED:
        a->daemon.embedded = true;
        break;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument %s", arg);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct argp argp = {options, parse, NULL, doc, NULL, NULL, NULL};
    arguments a = {.daemon = {.config_path = "config/dcfd.yaml"}};
    argp_err_exit_status = 2;
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGIO, SIG_IGN); /* a lease on a spool file was broken: see spool_in.h */
    if (a.check) return dcf_check(a.daemon.config_path, !a.offline && !a.daemon.embedded) ? 0 : 3;
    dcf_status s = dcf_daemon_run(&a.daemon);
    return dcf_ok(s) ? 0 : dcf_is(s, DCF_E_CONFIG) ? 3 : 5;
}
