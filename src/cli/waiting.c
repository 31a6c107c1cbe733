/* How the threads of a training step wait for each other. OpenMP's runtime (libgomp) lets them spin for milliseconds,
 * so that beside a busy program the one that waits keeps the core from the one it waits for, and a step takes several
 * times as long. It reads its environment when it is loaded, before main, and has no call for it: the program starts
 * itself anew. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Turns of the waiting loop, some tens of microseconds: what equal parts of a step differ by on idle cores. */
static const char turns[] = "1000";

static const char *const training[] = {"train", "finetune", "lr-find", "compare", "gan"};

static bool trains(const cli_verb *verb) {
    for (size_t i = 0; i < sizeof training / sizeof *training; i++)
        if (strcmp(verb->name, training[i]) == 0) return true;
    return false;
}

void cli_wait_asleep(const cli_verb *verb, char **argv) {
    char path[4096];
    if (!trains(verb) || getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY")) return;
    /* The link's target, not the link: the process keeps its name. */
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0 || (size_t)length >= sizeof path - 1) return;
    path[length] = '\0';
    if (setenv("GOMP_SPINCOUNT", turns, 1) != 0) return;
    execv(path, argv);
    unsetenv("GOMP_SPINCOUNT"); /* it works as well as the runtime's default lets it */
}
