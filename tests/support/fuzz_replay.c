/* fuzz_replay.c - runs a fuzz target over the files of a folder, so that every corpus is a normal
 * test too. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) return 0;
    static uint8_t bytes[1 << 20];
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    uint8_t *exact = malloc(n ? n : 1); /* its own block: an overread is seen by the sanitizer */
    if (!exact) return 0;
    for (size_t i = 0; i < n; i++) exact[i] = bytes[i];
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    DIR *dir = opendir(argv[1]);
    if (!dir) return 2;
    int ran = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        char path[4096];
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], e->d_name);
        ran += replay(path);
    }
    closedir(dir);
    printf("%d inputs replayed\n", ran);
    return ran == 0;
}
