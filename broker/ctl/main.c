/* main.c - the program dcfctl. */
#include "ctl/ctl.h"

int main(int argc, char **argv)
{
    int code = ctl_main(argc, argv, stdout, stderr);
    if (fflush(stdout) != 0 || ferror(stdout))
        return code ? code : CTL_INTERNAL; /* a full disk is not success */
    return code;
}
