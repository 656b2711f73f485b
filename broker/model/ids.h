/*
 * ids.h - the identifiers of the criminal justice system: their forms, their
 * normal forms and their check letters.
 *
 * Parsers take text as people type it: surrounding and inner spaces go, letters
 * become upper case. *ret is filled unless the answer is BAD_FORM, which leaves
 * it untouched. Real traffic holds identifiers that fail their own check, so a
 * bad letter is an answer, never a reason to lose the value; so are I, O and S,
 * which no identifier ends in.
 * No allocation, no locale. Any thread. SPDX-License-Identifier: MIT
 */
#ifndef DCF_MODEL_IDS_H
#define DCF_MODEL_IDS_H

#include "dcf/span.h"

typedef enum dcf_id_check {
    DCF_ID_OK,
    DCF_ID_BAD_FORM,         /* not such an identifier at all */
    DCF_ID_BAD_CHECK_LETTER, /* the form is right, the letter is not: see `computed` */
    DCF_ID_DUMMY             /* what systems write when they have none */
} dcf_id_check;

/*
 * The unique reference number of a case (PTI URN).
 * Strict: 2 digits force, 2 alphanumerics unit, 5 digits, 2 digits year (TWIF).
 * Lenient: 11 alphanumerics (CJS Data Standards 4.3), or 4 alphanumerics and
 * 3 to 7 digits (Bichard7 HO100201). Both may end in "(M)" (merged) and "/n"
 * (split, 1 to 999; TWIF CP20). Dummies: 00NP, 00PP, or unit 00 (Bichard7).
 */
typedef struct dcf_urn {
    char root[12];  /* without suffix: the case, and its Kafka key */
    char text[20];  /* root and suffix as CP20 writes them: "01AB1234514 (M)/2" */
    char force[3];  /* first two characters; a dcf_force code in the strict form */
    char unit[3];   /* the police unit */
    char number[8]; /* what follows the unit, without the year */
    char year[3];   /* two characters; "" when shorter than 11 */
    unsigned split; /* 0: not split */
    bool merged;
    bool strict;
} dcf_urn;
dcf_id_check dcf_urn_parse(dcf_span s, dcf_urn *ret);

/*
 * Arrest/summons number: YY, force 2, unit 2, system 2, 11 digits, letter (CJS
 * Data Standards 4.3). Also accepted: 21 characters with the organisation's top
 * level at index 2; "09/88AA/01/123456/X", "09/88AA/01/123456X" and
 * "0988AA01123456X", whose number is padded. Check letter and dummies: Bichard7
 * Asn.ts, isDummyAsn.ts; the unit does not count in the letter.
 */
typedef struct dcf_asn {
    char text[21]; /* normal form, 20 characters */
    char top;      /* the top level that was dropped; 0 when there was none */
    char computed; /* the letter that would be right; 0 for a dummy without digits */
} dcf_asn;
dcf_id_check dcf_asn_parse(dcf_span s, dcf_asn *ret);

/*
 * PNC id "2003/0000003Y" (CJS Data Standards 4.3); short forms "79/163001B",
 * "81/34U", "033Y" (HMPPS PNCIdentifier). A two-digit year up to 39 is 20YY (the
 * source turns at the present year, which a pure function has not). Ten
 * characters without a slash can be read two ways and are refused.
 */
typedef struct dcf_pnc {
    char text[14]; /* normal form, "YYYY/NNNNNNNL" */
    char computed;
} dcf_pnc;
dcf_id_check dcf_pnc_parse(dcf_span s, dcf_pnc *ret);

/*
 * Criminal records office number: "065656/91H" (serial/YY, padded to 6) or the
 * file form "SF05/482703J" (YY/serial, not padded). CJS Data Standards 4.3; check
 * letter: HMPPS CROIdentifier.
 */
typedef struct dcf_cro {
    char text[14]; /* normal form */
    char computed;
    bool file_form;
} dcf_cro;
dcf_id_check dcf_cro_parse(dcf_span s, dcf_cro *ret);

/*
 * Form only: OK or BAD_FORM, of exactly these bytes (trim and upper-case before).
 * Offence: two letters, two digits, three digits, or COML and three digits, then
 * perhaps a qualifier A, B, C or I (CJS Data Standards 4.3). OU: perhaps a top
 * level, then six alphanumerics (Bichard7 HO100200). Driver: 16 characters
 * (Bichard7 HO100208). Court case reference "26/9998/000826X": its letter is not
 * checked, as no confirmed rule for it is public. Telephone: "+" and 2 to 34
 * digits. NOMIS and Crown Court reference: CJS Data Standards 4.3.
 */
dcf_id_check dcf_offence_code_check(dcf_span s);
dcf_id_check dcf_ou_code_check(dcf_span s);
dcf_id_check dcf_driver_number_check(dcf_span s);
dcf_id_check dcf_court_case_ref_check(dcf_span s);
dcf_id_check dcf_crown_court_ref_check(dcf_span s);
dcf_id_check dcf_nomis_check(dcf_span s);
dcf_id_check dcf_telephone_check(dcf_span s);

#endif
