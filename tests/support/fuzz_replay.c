/* fuzz_replay.c - runs a fuzz target over the files of folders, so that every corpus is a normal
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

static int replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir) return 0;
    int ran = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        char path[4096];
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        ran += replay(path);
    }
    closedir(dir);
    return ran;
}

int main(int argc, char **argv)
{
    int ran = 0, empty = 0;
    for (int i = 1; i < argc; i++) {
        int n = replay_folder(argv[i]);
        ran += n;
        empty += n == 0;
    }
    printf("%d inputs replayed\n", ran);
    return ran == 0 || empty > 0;
}
