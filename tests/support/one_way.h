/* one_way.h - which messages a dialect writes less of than it reads: what its samples/one-way.yaml
 * says, for tests that hold documents to the round-trip laws. */
#ifndef TESTS_ONE_WAY_H
#define TESTS_ONE_WAY_H

#include "base/yaml.h"
#include "dcf/v1/envelope.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline bool one_way(const Dcf__V1__Envelope *e)
{
    static dcf_yaml_doc *list; /* of the dialect that was asked about last */
    static char dialect[64];
    if (strcmp(dialect, e->native->dialect) != 0) {
        const char *source = getenv("DCF_SOURCE");
        char path[1024];
        dcf_yaml_free(list);
        snprintf(dialect, sizeof dialect, "%s", e->native->dialect);
        snprintf(path, sizeof path, "%s/adapters/dialect/%s/samples/one-way.yaml",
                 source ? source : ".", dialect);
        if (dcf_failed(dcf_yaml_load(path, &list, NULL))) list = NULL; /* most have none */
    }
    return list && dcf_yaml_get(dcf_yaml_root(list), e->native->message);
}

#endif
