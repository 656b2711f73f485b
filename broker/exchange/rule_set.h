/*
 * rule_set.h - the rule files of an exchange by their bytes: one version that names them all, and
 * the way back from bytes to an exchange.
 *
 * The version is "lifecycle 2, policies 1, …, 3f2a9c0d1b2e": each file's own `version:`, and the
 * first 12 digits of the SHA-256 over all names and bytes, the parties among them. Two exchanges
 * of one version decide alike. SPDX-License-Identifier: MIT
 */
#ifndef DCF_EXCHANGE_RULE_SET_H
#define DCF_EXCHANGE_RULE_SET_H

#include "dcf/v1/bundle.pb-c.h"
#include "exchange/exchange.h"

enum { DCF_RULE_FILES_MAX = 64, DCF_RULE_FILE_BYTES_MAX = 4 << 20 };

/* Reads the files that config names, and writes its parties. IO, NOT_FOUND, LIMIT, NOMEM. All lives
 * in the arena. */
DCF_RESULT dcf_rule_set_read(const dcf_exchange_config *config, dcf_arena *arena,
                             Dcf__V1__RuleSet **ret);
/* Whether the names and bytes are those that the version was made of; of config the digest alone is
 * used. CONFLICT: they are not. NOMEM. */
DCF_RESULT dcf_rule_set_check(const dcf_exchange_config *config, const Dcf__V1__RuleSet *set);
/* Writes the files into a folder, which must exist, and fills the paths of config with their
 * places; the texts live in the arena. *ret_parties is the place of the parties' file. CORRUPT: a
 * name that leads out of the folder or comes twice, or a file that is needed is not there. */
DCF_RESULT dcf_rule_set_unpack(const Dcf__V1__RuleSet *set, const char *folder, dcf_arena *arena,
                               dcf_exchange_config *config, const char **ret_parties);

#endif
