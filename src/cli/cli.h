/* What the verbs share: arguments, the context, results on stdout, progress and warnings on stderr.
 * The command line is a client of the library: nothing here but <graft/...> and the C library. */
#ifndef GRAFT_SRC_CLI_CLI_H
#define GRAFT_SRC_CLI_CLI_H

#include <graft/graft.h>

#include "rows.h"

#include <stdio.h>

enum { CLI_TABLES_MAX = 8, CLI_GIVEN_MAX = 96, CLI_ERROR_MAX = 1024 };

/* Options of one verb: several tables, each bound to the struct its rows describe. An option that stands in two
 * tables (a seed of the split and of the folds) sets both. */
typedef struct cli_tables {
    struct {
        const char *title; /* of the paragraph in --help */
        const graft_option *rows;
        void *target;
    } table[CLI_TABLES_MAX];
    int count;
    void *arguments; /* the verb's struct, owned */
} cli_tables;

/* What every verb that works accepts. */
typedef struct cli_common {
    int64_t threads;
    const char *cache_dir, *models_dir;
    uint64_t cache_limit, memory;
    bool no_cache, quiet, verbose;
} cli_common;

typedef struct cli cli;

typedef struct cli_verb {
    const char *name, *operands, *help;
    /* Allocates the verb's arguments and binds its tables; false without memory. */
    bool (*options)(cli_tables *tables);
    graft_status (*run)(cli *self, void *arguments);
    int min_operands, max_operands; /* max -1: any */
} cli_verb;

struct cli {
    const cli_verb *verb;
    char **operand;
    int operand_count;
    const char *given[CLI_GIVEN_MAX + 1]; /* names of the options that were given; NULL ends them */
    int given_count;
    bool quiet, verbose;
    bool events; /* phases and logs are printed as JSON events */
    graft_context *context;
    bool no_cache; /* of the context */
    /* progress */
    bool terminal;  /* a bar may be drawn */
    bool bar_shown; /* a bar stands on the line */
    /* the run's log.jsonl: in memory until the run has its folder */
    FILE *log;
    char *log_text;
    size_t log_size;
    char error[CLI_ERROR_MAX]; /* text of a failure of our own; "" when the library's counts */
};

/* verbs.c */
const cli_verb *cli_verb_find(const char *name);
const cli_verb *cli_verb_at(size_t index);      /* NULL past the end */
const char *cli_verb_nearest(const char *name); /* NULL when nothing is close */

/* waiting.c: starts the program anew, with libgomp told to spin briefly, if `verb` trains and the user said nothing
 * about it; returns if not, or if that is impossible. Before anything was opened or printed. */
void cli_wait_asleep(const cli_verb *verb, char **argv);

/* arguments.c */
void *cli_tables_start(cli_tables *tables, size_t size); /* zeroed arguments; NULL without memory */
void cli_tables_add(cli_tables *tables, const char *title, const graft_option *rows, void *target);
void cli_tables_clear(cli_tables *tables);
/* Whether an option was given; and: it counts as given from now on, so that a plan does not set it. */
bool cli_is_given(const cli *self, const char *name);
void cli_remember(cli *self, const char *name);
/* Sets options and gathers operands into self->operand (sorted out of argv). *help is set on -h or --help. */
GRAFT_MUST_CHECK graft_status cli_parse(cli *self, cli_tables *tables, int argc, char **argv, bool *help);

/* help.c */
void cli_help(void);
void cli_help_verb(const cli_verb *verb, const cli_tables *tables);

/* common.c */
extern const graft_option cli_common_table[];
/* --base-precision of verbs that use a model. */
extern const graft_option cli_precision_table[];
typedef struct cli_precision {
    int precision; /* 0: as the model was trained; else 1 + graft_precision */
} cli_precision;
GRAFT_MUST_CHECK graft_status cli_precision_set(graft_model *model, const cli_precision *asked);
/* Makes self->context; Ctrl-C cancels it from here on. */
GRAFT_MUST_CHECK graft_status cli_context_open(cli *self, const cli_common *common);
void cli_context_close(cli *self);

/* base.c */
enum { CLI_FOLDER_MAX = 4096, CLI_BACKBONE_FOLDERS = 3 };
typedef struct cli_backbone_folders {
    char text[CLI_BACKBONE_FOLDERS][CLI_FOLDER_MAX];
    const char *folder[CLI_BACKBONE_FOLDERS + 1]; /* in the order of looking; NULL ends them */
} cli_backbone_folders;
/* Where the networks that come with graft may lie, from the program's own place; "" when that is unknown. */
void cli_backbone_folders_of(cli_backbone_folders *out, const char *program);
void cli_backbone_folders_find(cli_backbone_folders *out);
/* What --base said, for people. */
static inline const char *cli_base_name(const char *base) {
    return base ? base : GRAFT_DEFAULT_BACKBONE;
}
/* Opens what --base names, NULL being the network that comes with graft, and warns of what was not loaded. */
GRAFT_MUST_CHECK graft_status cli_base_open(cli *self, graft_backbone **out, const char *base,
                                            const graft_backbone_options *options);
/* The same for verbs that also work on the data alone, for which "none" (without --arch) stands: *out is NULL. */
GRAFT_MUST_CHECK graft_status cli_base_open_or_none(cli *self, graft_backbone **out, const char *base,
                                                    const graft_backbone_options *options);

/* progress.c: the context's callbacks */
bool cli_on_progress(void *user, const graft_progress *progress);
void cli_on_log(void *user, graft_log_level level, const char *text);
void cli_warn(cli *self, const char *format, ...) GRAFT_PRINTF(2, 3);
void cli_bar_clear(cli *self);

/* operands.c */
typedef graft_status cli_operand_work(cli *self, void *user, const char *operand);
/* Does `work` for each operand from `first` on. The first failure is the verb's; where it is the data's, the rest is
 * done all the same and later failures are told as warnings. */
GRAFT_MUST_CHECK graft_status cli_each_operand(cli *self, int first, cli_operand_work *work, void *user);

/* output.c */
/* Keeps a failure's text, one line, and returns `status`. */
GRAFT_MUST_CHECK graft_status cli_fail(cli *self, graft_status status, const char *format, ...) GRAFT_PRINTF(3, 4);
/* Prints a library's text on stdout and releases it. */
void cli_print_owned(char *text);
/* Writes `text` and `end`. */
GRAFT_MUST_CHECK graft_status cli_write_text(cli *self, const char *path, const char *text, const char *end);
/* `text` as a JSON string with its quotes; bytes that are no UTF-8 become U+FFFD. */
void cli_json_text(FILE *out, const char *text);
/* One JSON object: a line of stdout when events are wanted, and of the run's log. */
void cli_event(cli *self, const char *object);
/* An "event":"log" line of the run's log alone. */
void cli_log_line(cli *self, const char *level, const char *text);
GRAFT_MUST_CHECK graft_status cli_log_begin(cli *self);
/* What was logged so far, and all that follows, goes into FOLDER/log.jsonl. */
GRAFT_MUST_CHECK graft_status cli_log_into(cli *self, const char *folder);
void cli_log_end(cli *self);
/* Before hours of work: can a file be made at `path`? */
GRAFT_MUST_CHECK graft_status cli_output_possible(cli *self, const char *path);

/* tuning.c: phases and epochs of training as they come, on stdout or as events. `folder` is borrowed. */
void cli_follow_training(cli *self, graft_tune_options *options, const char *folder, bool resume);

/* gate.c: --require acc>=0.9,loss<=0.5 */
/* Errors: GRAFT_E_USAGE: an unknown figure or operator, at the start and not after the work. */
GRAFT_MUST_CHECK graft_status cli_gate_check(cli *self, const char *gate, bool training);
/* Errors: GRAFT_E_GATE with what was reached. `test` may be NULL. */
GRAFT_MUST_CHECK graft_status cli_gate_pass(cli *self, const char *gate, const graft_evaluation *evaluation,
                                            const graft_evaluation *test);

#define VERB(id, name, operands, min, max, help) \
    bool cli_##id##_options(cli_tables *tables); \
    graft_status cli_##id##_run(cli *self, void *arguments);
#include "verbs.def"
#undef VERB

#endif
