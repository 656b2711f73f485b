/* embed.c - the contract and the default triage rules, compiled in so that the program is one file.
 */
#include "mockcps/contract.h"

/* The assembler finds the files by the same include path as the compiler. */
#define EMBED(symbol, file)                                                                        \
    __asm__(".pushsection .rodata\n" #symbol "_begin:\n.incbin \"" file "\"\n" #symbol             \
            "_end:\n.popsection\n");                                                               \
    extern const uint8_t symbol##_begin[], symbol##_end[];

EMBED(mockcps_openapi, "mockcps/openapi.yaml")
EMBED(mockcps_triage, "mockcps/triage.yaml")

dcf_span contract_text(void)
{
    return dcf_span_of(mockcps_openapi_begin,
                       (size_t)(mockcps_openapi_end - mockcps_openapi_begin));
}

dcf_span triage_text(void)
{
    return dcf_span_of(mockcps_triage_begin, (size_t)(mockcps_triage_end - mockcps_triage_begin));
}
