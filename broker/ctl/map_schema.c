/* map_schema.c - dcfctl map schema: the mapping language for editors. */
#include "ctl/map_job.h"

#include "translate/keys.h"

int ctl_map_schema(ctl *c)
{
    dcf_buf out DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_mapping_schema(&out);
    if (out.failed) return ctl_fail(c, CTL_INTERNAL, NULL, "out of memory");
    fwrite(out.data, 1, out.size, c->out);
    return CTL_OK;
}
