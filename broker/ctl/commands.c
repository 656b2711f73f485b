/* commands.c - the table of commands and the table of options. */
#include "ctl/ctl.h"

#define CHOOSE OPT_REASON, OPT_PARTY, OPT_CASE, OPT_SINCE, OPT_UNTIL
#define REMOTE OPT_OUTPUT, OPT_URL, OPT_TOKEN_FILE, OPT_CA

static const ctl_command COMMANDS[] = {
    {"status",
     "",
     0,
     0,
     ctl_status,
     {REMOTE},
     "What runs in the daemon, and whether it is well",
     "Exit code 1 when a part of the daemon is not well. A party that is AWAY does not count: what "
     "is queued for it waits."},
    {"queue list",
     "[PARTY]",
     0,
     1,
     ctl_queue_list,
     {REMOTE, OPT_LIMIT},
     "What waits for each party; with PARTY, each message and why it waits",
     NULL},
    {"link list",
     "",
     0,
     0,
     ctl_link_list,
     {REMOTE},
     "Per link: received, in flight, held, refused, delivered, and whether they balance",
     "Held: waits for its case or a person, those the receiver refused among them. Refused: its "
     "sender was told and sends again. Exit "
     "code 1 when received is not the sum of the other four."},
    {"reconcile",
     "",
     0,
     0,
     ctl_reconcile,
     {REMOTE, OPT_LINK, OPT_FROM, OPT_TO},
     "Whether every message is accounted for; names those that are not",
     "Counts the messages that came in the time given by where they are now. FINDING: lost, an "
     "event "
     "of the message is missing; doubled, one is there twice; invented, it has a history and never "
     "came; gap and clash, numbers of its case were missing or taken at its delivery. Exit code 1 "
     "when there is any, or when the counts do not balance.\n"
     "Example: dcfctl reconcile --link surrey-spi --from 2026-10-01 --to 2026-11-01"},
    {"case show",
     "URN",
     1,
     1,
     ctl_case_show,
     {REMOTE, OPT_LIMIT},
     "A case's timeline over all hops",
     "Any form of the URN will do, with or without its split suffix. --limit shows the newest."},
    {"message show", "ID", 1, 1, ctl_message_show, {REMOTE}, "What became of a message", NULL},
    {"held list",
     "",
     0,
     0,
     ctl_held_list,
     {REMOTE, OPT_REASON, OPT_PARTY, OPT_CASE, OPT_SINCE, OPT_UNTIL, OPT_LIMIT},
     "Messages that wait for a person or for their case",
     NULL},
    {"held show",
     "ID",
     1,
     1,
     ctl_held_show,
     {REMOTE},
     "One held message: its faults and what to do",
     NULL},
    {"held replay",
     "[ID…]",
     0,
     CTL_ARGS_MAX,
     ctl_held_replay,
     {CHOOSE, OPT_RATE, OPT_NOTE, OPT_AS, OPT_YES, REMOTE},
     "Let held messages go again, as they are; what was never read is translated anew",
     "Names the messages, or chooses them by all the filters given. Without --yes it tells how "
     "many "
     "there are, for whom, and which were taken since. More than held.approve_above wait for the "
     "approval of another operator. Exit code 1 when some failed. Example:\n"
     "  dcfctl held replay --reason DCF-5003 --party cps --as ann --yes"},
    {"held correct",
     "ID",
     1,
     1,
     ctl_held_correct,
     {OPT_SET, OPT_NOTE, OPT_AS, OPT_YES, REMOTE},
     "Put values of one held message right, and let it go again",
     "Only fields its faults are about can be set: held show names them. The original stays as it "
     "came; who set which field, and when, stays with the message. Example:\n"
     "  dcfctl held correct cps-cms:77 --set prosecutor.contact.email_1=a.b@cps.example --as ann "
     "--yes"},
    {"held discard",
     "[ID…]",
     0,
     CTL_ARGS_MAX,
     ctl_held_discard,
     {CHOOSE, OPT_RATE, OPT_NOTE, OPT_AS, OPT_YES, REMOTE},
     "End held messages: they will not go on, and their senders are told",
     "Chosen and approved as with held replay. The records stay in the held topic. Example:\n"
     "  dcfctl held discard surrey-spi:9001 --note 'sent in error' --as ann --yes"},
    {"held jobs",
     "[JOB]",
     0,
     1,
     ctl_held_jobs,
     {REMOTE},
     "What was asked for with held messages, by whom, and how far it is",
     "Example: dcfctl held jobs job-5f0a11c2"},
    {"held approve",
     "JOB",
     1,
     1,
     ctl_held_approve,
     {OPT_AS, REMOTE},
     "Approve, as a second person, what another operator asked for",
     "The daemon that is asked does the job. Example: dcfctl held approve job-5f0a11c2 --as ben"},
    {"held stop",
     "JOB",
     1,
     1,
     ctl_held_stop,
     {OPT_AS, REMOTE},
     "Stop a job, or refuse one that waits for approval",
     "What it did stays done. Example: dcfctl held stop job-5f0a11c2 --as ann"},
    {"held resume",
     "JOB",
     1,
     1,
     ctl_held_resume,
     {OPT_AS, REMOTE},
     "Go on with a stopped job, or with one whose daemon is gone",
     "The daemon that is asked does it. Example: dcfctl held resume job-5f0a11c2 --as ann"},
    {"explain",
     "[CODE]",
     0,
     1,
     ctl_explain,
     {OPT_OUTPUT},
     "Cause, remedy and avoidance of a fault code; without CODE, all codes",
     "CODE is DCF-2003 or 2003."},
    {"faults",
     "",
     0,
     0,
     ctl_faults,
     {OPT_OUTPUT, OPT_MARKDOWN},
     "All fault codes, as a table or a document",
     NULL},
    {"map to-canonical",
     "FILE|-",
     1,
     1,
     ctl_map_to_canonical,
     {OPT_DIALECT, OPT_MAPPING, OPT_DIALECTS, OPT_FORM, OPT_FAULTS},
     "Translate a native document to the canonical message",
     "Faults go to standard error, all of them, as FILE:LINE:COLUMN. Exit code 1 when one is an "
     "error; nothing is then printed to standard output."},
    {"map from-canonical",
     "FILE|-",
     1,
     1,
     ctl_map_from_canonical,
     {OPT_DIALECT, OPT_MAPPING, OPT_DIALECTS, OPT_INPUT, OPT_FAULTS},
     "Translate a canonical message to a native document",
     "Addresses and ids that the exchange sets on the way (source, destination, message_id, "
     "correlation_id) must be in the message if the dialect requires them. Exit code 1 when one "
     "fault is an error."},
    {"map check",
     "FILE…",
     1,
     CTL_ARGS_MAX,
     ctl_map_check,
     {OPT_DIALECT, OPT_MAPPING, OPT_DIALECTS, OPT_FAULTS},
     "Tell every fault of native documents, translating nothing",
     "Exit code 1 when one document has an error."},
    {"map lint",
     "DIALECT|FILE…",
     1,
     CTL_ARGS_MAX,
     ctl_map_lint,
     {OPT_DIALECTS, OPT_FAULTS},
     "Tell every mistake of mapping files",
     NULL},
    {"map test",
     "[FOLDER]",
     0,
     1,
     ctl_map_test,
     {OPT_DIALECT, OPT_MAPPING, OPT_DIALECTS, OPT_UPDATE, OPT_OUTPUT},
     "Try the samples of a dialect: each means what is expected of it",
     "FOLDER holds mapping.yaml and samples/. Of samples/X.xml, samples/expected/ holds "
     "X.canonical.json, X.native.xml, and X.warnings.txt when there are any; of samples/bad/X.xml, "
     "samples/bad/expected/ holds X.faults.txt. Exit code 1 when one differs.\n\n"
     "For instance: dcfctl map test adapters/dialect/pole"},
    {"map coverage",
     "[FILE|FOLDER…]",
     0,
     CTL_ARGS_MAX,
     ctl_map_coverage,
     {OPT_DIALECT, OPT_MAPPING, OPT_DIALECTS, OPT_MIN_NATIVE, OPT_MIN_ROWS, OPT_MIN_CANONICAL,
      OPT_ALL, OPT_OUTPUT},
     "What the mapping does with each native path, and which canonical fields it fills",
     "Without FILE, the samples beside the mapping. Exit code 1 below one of the minimums: carried "
     "and refused paths are not taken care of.\n\n"
     "For instance: dcfctl map coverage -d pole --min-canonical 60"},
    {"map roundtrip",
     "[FILE|FOLDER…]",
     0,
     CTL_ARGS_MAX,
     ctl_map_roundtrip,
     {OPT_DIALECT, OPT_MAPPING, OPT_DIALECTS, OPT_GENERATED, OPT_SEED, OPT_ALL, OPT_OUTPUT},
     "Read, write and read again: nothing may differ but what the mapping declares",
     "Without FILE, the samples beside the mapping. What cannot come back by its nature stands, "
     "with "
     "the reason, in samples/one-way.yaml, a map of samples' or messages' names. Exit code 1 when "
     "something is lost or changed.\n\n"
     "For instance: dcfctl map roundtrip -d cms --generated 200"},
    {"map explain",
     "FILE|-",
     1,
     1,
     ctl_map_explain,
     {OPT_DIALECT, OPT_MAPPING, OPT_DIALECTS, OPT_FIELD, OPT_ALL, OPT_FAULTS, OPT_OUTPUT},
     "Where each canonical value of a document came from, and by which row",
     "With --all, also what was dropped or is constant. Exit code 1 when the document has errors, "
     "or nothing is for the field.\n\n"
     "For instance: dcfctl map explain -d pole --field defendants FILE"},
    {"map diff",
     "OLD NEW [FILE|FOLDER…]",
     2,
     CTL_ARGS_MAX,
     ctl_map_diff,
     {OPT_DIALECTS, OPT_ALL, OPT_OUTPUT},
     "What another version of a mapping would change, document by document",
     "OLD and NEW are mapping files, folders or dialects. Without FILE, the samples beside OLD. "
     "Exit code 1 when anything differs.\n\n"
     "For instance: dcfctl map diff pole /tmp/new/mapping.yaml recorded/"},
    {"map schema",
     "",
     0,
     0,
     ctl_map_schema,
     {CTL_END},
     "Print the JSON Schema of mapping files, for editors",
     "adapters/dialect/mapping.schema.json is this. An editor with a YAML language server uses it "
     "when the first line of a mapping is: # yaml-language-server: $schema=PATH"},
    {"completion bash",
     "",
     0,
     0,
     ctl_completion_bash,
     {CTL_END},
     "A completion script for bash",
     "Use: source <(dcfctl completion bash)"},
};

const ctl_command *ctl_commands(size_t *ret_count)
{
    *ret_count = CTL_COUNT(COMMANDS);
    return COMMANDS;
}

const ctl_option_row *ctl_option(enum ctl_option id)
{
    static const ctl_option_row rows[CTL_OPTION_COUNT] = {
#define OPTION_ROW(id, name, letter, arg, help) [OPT_##id] = {name, arg, help, letter},
        CTL_OPTION_TABLE(OPTION_ROW)
#undef OPTION_ROW
    };
    return &rows[id];
}
