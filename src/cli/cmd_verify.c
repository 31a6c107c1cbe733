/* graft verify: a run is begun once more from its run.json, by this program, into a folder of its own inside the run's;
 * what both left is compared byte by byte. */
#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, BLOCK = 1 << 16, REMOVE_DEPTH = 16 };

extern char **environ;

typedef struct verify_arguments {
    bool json, cached;
    cli_common common;
} verify_arguments;

#define ROW(member) .offset = offsetof(verify_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_JSON(json, CLI_JSON_RESULT),
    {.name = "cached",
     .type = GRAFT_OPTION_FLAG,
     ROW(cached),
     .help = "take features from the cache; without it all is computed anew"},
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_verify_options(cli_tables *tables) {
    verify_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    cli_tables_add(tables, "Result", own_table, arguments);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

/* What a run leaves that depends on nothing but data, options and seed; the rest has times in it. */
static const char *const files[] = {"manifest.json", "layers.csv", "history.csv", "model.graft"};
enum { FILES = sizeof files / sizeof *files };

typedef struct verify_job {
    const verify_arguments *arguments;
    const char *run;
    char *full; /* its path from any folder */
    graft_run_origin *record;
    char program[PATH_SIZE], plan[PATH_SIZE], folder[PATH_SIZE], again[PATH_SIZE]; /* again: the second run's folder */
    bool same[FILES];
    char left[BLOCK], right[BLOCK]; /* of the files compared */
} verify_job;

static graft_status join(cli *self, char out[PATH_SIZE], const char *folder, const char *name) {
    if (snprintf(out, PATH_SIZE, "%s/%s", folder, name) < PATH_SIZE) return GRAFT_OK;
    return cli_fail(self, GRAFT_E_USAGE, "%.80s...: the path is too long", folder);
}

/* ---- once more ---- */

static const char *text_of(const verify_job *job, const char *key) {
    return graft_run_origin_text(job->record, key);
}

enum { WORDS_MAX = 24 };

typedef struct words {
    char *word[WORDS_MAX + 1];
    size_t count;
} words;

/* A word, and what goes with it (NULL: nothing does). */
static void add(words *list, const char *word, const char *value) {
    list->word[list->count++] = (char *)(uintptr_t)word;
    if (value) list->word[list->count++] = (char *)(uintptr_t)value;
}

/* Of the second run; its options come from the plan. */
static void words_of(const verify_job *job, const char *threads, words *out) {
    const cli_common *common = &job->arguments->common;
    const char *model = text_of(job, "model");
    add(out, "graft", text_of(job, "verb"));
    add(out, "--plan", job->plan);
    add(out, "--runs", job->folder);
    add(out, "--threads", threads);
    add(out, "--quiet", NULL);
    if (!job->arguments->cached) add(out, "--no-cache", NULL);
    if (common->cache_dir) add(out, "--cache-dir", common->cache_dir);
    if (common->models_dir) add(out, "--models-dir", common->models_dir);
    add(out, "--", *model ? model : NULL);
    add(out, text_of(job, "data"), NULL);
}

static graft_status start(cli *self, const verify_job *job, pid_t *child) {
    words list = {0};
    char threads[24];
    posix_spawn_file_actions_t actions;
    snprintf(threads, sizeof threads, "%lld", (long long)job->arguments->common.threads);
    words_of(job, threads, &list);
    int error = posix_spawn_file_actions_init(&actions);
    if (error == 0) {
        error = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        if (error == 0) error = posix_spawn_file_actions_addchdir_np(&actions, text_of(job, "folder"));
        if (error == 0) error = posix_spawn(child, job->program, &actions, NULL, list.word, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    if (error == 0) return GRAFT_OK;
    return cli_fail(self, GRAFT_E_DATA, "%s: cannot be repeated from %s: %s", job->run, text_of(job, "folder"),
                    strerror(error));
}

/* A Ctrl-C at the terminal reaches both programs. */
static graft_status await(cli *self, const verify_job *job, pid_t child) {
    int state;
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR) return cli_fail(self, GRAFT_E_INTERNAL, "waiting for the run: %s", strerror(errno));
    const int code = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
    if (code == 0) return GRAFT_OK;
    if (code == 130) return cli_fail(self, GRAFT_E_CANCELLED, "interrupted; %s is as it was", job->run);
    return cli_fail(self, GRAFT_E_DATA, "%s: cannot be repeated: `graft %s` ended with code %d", job->run,
                    text_of(job, "verb"), code);
}

/* The one folder that the second run made. */
static graft_status find_again(cli *self, verify_job *job) {
    DIR *folder = opendir(job->folder);
    const struct dirent *entry = folder ? readdir(folder) : NULL;
    while (entry && entry->d_name[0] == '.')
        entry = readdir(folder);
    graft_status status = entry ? join(self, job->again, job->folder, entry->d_name)
                                : cli_fail(self, GRAFT_E_INTERNAL, "%s: the run left no folder", job->folder);
    if (folder) closedir(folder);
    return status;
}

/* ---- comparing ---- */

static bool equal(verify_job *job, FILE *one, FILE *other) {
    size_t count;
    do {
        count = fread(job->left, 1, BLOCK, one);
        if (fread(job->right, 1, BLOCK, other) != count || memcmp(job->left, job->right, count) != 0) return false;
    } while (count == BLOCK);
    return !ferror(one) && !ferror(other);
}

static graft_status compare_file(cli *self, verify_job *job, size_t index) {
    char path[PATH_SIZE];
    graft_status status = join(self, path, job->run, files[index]);
    if (status != GRAFT_OK) return status;
    FILE *one = fopen(path, "rbe");
    if (!one) return cli_fail(self, GRAFT_E_DATA, "%s: %s", path, strerror(errno));
    status = join(self, path, job->again, files[index]);
    FILE *other = status == GRAFT_OK ? fopen(path, "rbe") : NULL;
    if (status == GRAFT_OK && !other) status = cli_fail(self, GRAFT_E_DATA, "%s: %s", path, strerror(errno));
    if (status == GRAFT_OK) job->same[index] = equal(job, one, other);
    if (other) fclose(other);
    fclose(one);
    return status;
}

static void tell_json(const verify_job *job, bool same) {
    fputs("{\"run\":", stdout);
    cli_json_text(stdout, job->run);
    printf(",\"same\":%s,\"files\":{", same ? "true" : "false");
    for (size_t i = 0; i < FILES; i++)
        printf("%s\"%s\":%s", i ? "," : "", files[i], job->same[i] ? "true" : "false");
    fputs("},\"graft\":", stdout);
    cli_json_text(stdout, text_of(job, "graft"));
    fputs(",\"cpu\":", stdout);
    cli_json_text(stdout, text_of(job, "cpu"));
    fputs("}\n", stdout);
}

static graft_status tell(cli *self, const verify_job *job) {
    bool same = true;
    for (size_t i = 0; i < FILES; i++)
        same = same && job->same[i];
    if (job->arguments->json) {
        tell_json(job, same);
    } else {
        printf("run       %s of %s\nmade by   graft %s on %s\nnow       graft %s\n", text_of(job, "verb"),
               text_of(job, "data"), text_of(job, "graft"), text_of(job, "cpu"), graft_version());
        for (size_t i = 0; i < FILES; i++)
            printf("%-14s %s\n", files[i], job->same[i] ? "the same" : "differs");
    }
    return same ? GRAFT_OK : cli_fail(self, GRAFT_E_GATE, "%s: once more it came out differently", job->run);
}

/* ---- the verb ---- */

static int remove_one(const char *path, const struct stat *at, int kind, struct FTW *where) {
    (void)at, (void)kind, (void)where;
    remove(path);
    return 0;
}

static graft_status prepare(cli *self, verify_job *job) {
    if (graft_run_folder_is_partial(job->run))
        return cli_fail(self, GRAFT_E_USAGE, "%s: the run has not ended (graft train --resume goes on with it)",
                        job->run);
    graft_status status = graft_run_origin_read(job->run, &job->record);
    if (status != GRAFT_OK) return status;
    if (strcmp(text_of(job, "verb"), "train") != 0 && strcmp(text_of(job, "verb"), "finetune") != 0)
        return cli_fail(self, GRAFT_E_DATA, "%s/run.json: no run of train or finetune", job->run);
    const ssize_t length = readlink("/proc/self/exe", job->program, sizeof job->program - 1);
    if (length <= 0) return cli_fail(self, GRAFT_E_INTERNAL, "the program does not find itself");
    job->program[length] = '\0';
    job->full = realpath(job->run, NULL);
    if (!job->full) return cli_fail(self, GRAFT_E_DATA, "%s: %s", job->run, strerror(errno));
    status = join(self, job->plan, job->full, "run.json");
    return status == GRAFT_OK ? join(self, job->folder, job->full, "again-XXXXXX") : status;
}

static graft_status verify(cli *self, verify_job *job) {
    pid_t child = 0;
    graft_status status = start(self, job, &child);
    if (status == GRAFT_OK) status = await(self, job, child);
    if (status == GRAFT_OK) status = find_again(self, job);
    for (size_t i = 0; i < FILES && status == GRAFT_OK; i++)
        status = compare_file(self, job, i);
    return status == GRAFT_OK ? tell(self, job) : status;
}

graft_status cli_verify_run(cli *self, void *opaque) {
    verify_job *job = calloc(1, sizeof *job);
    if (!job) return cli_fail(self, GRAFT_E_MEMORY, "no memory for a run's files");
    job->arguments = opaque;
    job->run = self->operand[0];
    graft_status status = cli_context_open(self, &job->arguments->common);
    if (status == GRAFT_OK) status = prepare(self, job);
    if (status == GRAFT_OK && !mkdtemp(job->folder))
        status = cli_fail(self, GRAFT_E_DATA, "%s: %s", job->folder, strerror(errno));
    else if (status == GRAFT_OK) {
        status = verify(self, job);
        nftw(job->folder, remove_one, REMOVE_DEPTH, FTW_DEPTH | FTW_PHYS);
    }
    graft_run_origin_free(job->record);
    free(job->full);
    free(job);
    return status;
}
