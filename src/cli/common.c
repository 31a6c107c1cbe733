/* Options of every working verb, and the context they make. The environment is read here and nowhere else. */
#include "cli.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROW(member) .offset = offsetof(cli_common, member)
const graft_option cli_common_table[] = {
    {.name = "threads",
     .letter = 't',
     .type = GRAFT_OPTION_INT,
     ROW(threads),
     .fallback = "0",
     .min = 0,
     .max = 256,
     .help = "worker threads; 0: the physical cores this process may use"},
    {.name = "memory",
     .type = GRAFT_OPTION_BYTES,
     ROW(memory),
     .fallback = "0",
     .help = "memory to stay below, such as 512M; 0: half of what is present"},
    {.name = "cache-dir",
     .type = GRAFT_OPTION_TEXT,
     ROW(cache_dir),
     .unit = "FOLDER",
     .help = "where features and checks are remembered (default $GRAFT_CACHE_DIR, else $XDG_CACHE_HOME/graft, else "
             "~/.cache/graft)"},
    {.name = "cache-limit",
     .type = GRAFT_OPTION_BYTES,
     ROW(cache_limit),
     .fallback = "4G",
     .help = "the cache stays below this"},
    {.name = "no-cache", .type = GRAFT_OPTION_FLAG, ROW(no_cache), .help = "neither read nor write the cache"},
    {.name = "models-dir",
     .type = GRAFT_OPTION_TEXT,
     ROW(models_dir),
     .unit = "FOLDER",
     .help = "pretrained models, see graft models (default $XDG_DATA_HOME/graft/models, else "
             "~/.local/share/graft/models)"},
    {.name = "quiet", .letter = 'q', .type = GRAFT_OPTION_FLAG, ROW(quiet), .help = "no progress on stderr"},
    {.name = "verbose", .letter = 'v', .type = GRAFT_OPTION_FLAG, ROW(verbose), .help = "say more on stderr"},
    GRAFT_OPTION_END,
};
#undef ROW

const graft_option cli_precision_table[] = {
    {.name = "base-precision",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(cli_precision, precision),
     .fallback = "stored",
     .choices = "stored|" GRAFT_PRECISION_CHOICES,
     .help = "what its layers compute on: as it was trained, floats, or integers (of a model trained so alone)"},
    GRAFT_OPTION_END,
};

graft_status cli_precision_set(graft_model *model, const cli_precision *asked) {
    return asked->precision == 0 ? GRAFT_OK : graft_model_set_precision(model, asked->precision - 1);
}

/* The signal handler has nothing but this to find the context by. */
static graft_context *volatile interrupted_context;

static void on_interrupt(int number) {
    graft_context *context = interrupted_context;
    if (context) graft_context_cancel(context);
    /* The next one ends the process at once. */
    signal(number, SIG_DFL);
}

static void handle_signals(graft_context *context) {
    const int numbers[] = {SIGINT, SIGTERM};
    interrupted_context = context;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old, action = {.sa_handler = context ? on_interrupt : SIG_DFL};
        /* Who started us with the signal ignored (nohup, a background job) wants it ignored. */
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN) continue;
        sigemptyset(&action.sa_mask);
        sigaction(numbers[i], &action, NULL);
    }
}

/* `buffer` or NULL: no folder can be named, and the library goes without. */
static const char *default_cache_dir(char *buffer, size_t size) {
    const char *own = getenv("GRAFT_CACHE_DIR"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int length = -1;
    if (own && *own)
        length = snprintf(buffer, size, "%s", own);
    else if (xdg && xdg[0] == '/')
        length = snprintf(buffer, size, "%s/graft", xdg);
    else if (home && *home)
        length = snprintf(buffer, size, "%s/.cache/graft", home);
    return length > 0 && (size_t)length < size ? buffer : NULL;
}

/* As above. */
static const char *default_models_dir(char *buffer, size_t size) {
    const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int length = -1;
    if (xdg && xdg[0] == '/')
        length = snprintf(buffer, size, "%s/graft/models", xdg);
    else if (home && *home)
        length = snprintf(buffer, size, "%s/.local/share/graft/models", home);
    return length > 0 && (size_t)length < size ? buffer : NULL;
}

graft_status cli_context_open(cli *self, const cli_common *common) {
    self->quiet = common->quiet;
    self->verbose = common->verbose;
    const char *term = getenv("TERM");
    self->terminal = !common->quiet && isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
    char folder[4096], models[4096];
    cli_backbone_folders backbones;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = (int)common->threads;
    options.cache_dir = common->cache_dir ? common->cache_dir : default_cache_dir(folder, sizeof folder);
    options.models_dir = common->models_dir ? common->models_dir : default_models_dir(models, sizeof models);
    cli_backbone_folders_find(&backbones);
    options.backbone_dirs = backbones.folder;
    options.cache_limit_bytes = common->cache_limit;
    options.memory_limit_bytes = common->memory;
    options.no_cache = self->no_cache = common->no_cache;
    options.log = cli_on_log;
    options.progress = cli_on_progress;
    options.user = self;
    graft_status status = graft_context_new(&self->context, &options);
    if (status == GRAFT_OK) handle_signals(self->context);
    return status;
}

void cli_context_close(cli *self) {
    handle_signals(NULL);
    graft_context_free(self->context);
    self->context = NULL;
}
