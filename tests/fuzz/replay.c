/* Runs a fuzz target without libFuzzer: every seed of a folder, every seed cut short, and seeds with single bytes changed, the
 * same ones each time. What fuzzing found stays found, with any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 20, CUTS = 64, CHANGES = 400 };

static unsigned long long state = 88172645463325252ull;

static size_t next(size_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return below == 0 ? 0 : (size_t)(state % below);
}

/* A block of exactly n bytes, so that a read behind its end is seen by the sanitizer. */
static void once(const uint8_t *p, size_t n)
{
    uint8_t *copy = calloc(1, n == 0 ? 1 : n);
    if (copy == NULL)
        exit(1);
    memcpy(copy, p, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static void variants(uint8_t *p, size_t n)
{
    once(p, n);
    for (size_t i = 0; i < CUTS; i++)
        once(p, next(n + 1));
    for (size_t i = 0; i < CHANGES && n > 0; i++) {
        size_t at = next(n);
        uint8_t old = p[at];
        p[at] = i % 4 == 0 ? 0xff : i % 4 == 1 ? 0 : (uint8_t)next(256);
        once(p, n);
        p[at] = old;
    }
}

static int one_file(const char *dir, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return 0;
    uint8_t *p = malloc(MOST);
    size_t n = p == NULL ? 0 : fread(p, 1, MOST, f);
    fclose(f);
    if (n > 0)
        variants(p, n);
    free(p);
    return n > 0;
}

int main(int argc, char **argv)
{
    int seeds = 0;
    once((const uint8_t *)"", 0);
    struct dirent **list = NULL;
    int n = argc < 2 ? 0 : scandir(argv[1], &list, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (list[i]->d_name[0] != '.')
            seeds += one_file(argv[1], list[i]->d_name);
        free(list[i]);
    }
    free(list);
    printf("%d seeds with their variants\n", seeds);
    if (seeds == 0) {
        fprintf(stderr, "no seeds in %s\n", argc < 2 ? "(no folder)" : argv[1]);
        return 1;
    }
    return 0;
}
