/* What pretrain and distill share: the run's folder and its options, what is told, where the backbone goes. */
#ifndef GRAFT_SRC_CLI_PRETRAINING_H
#define GRAFT_SRC_CLI_PRETRAINING_H

#include "run-folder.h"

typedef struct cli_pretrain_arguments {
    const char *output, *runs, *resume;
    bool json;
} cli_pretrain_arguments;
extern const graft_option cli_pretrain_table[];

enum { CLI_PRETRAIN_TABLES = 5 };

typedef struct cli_pretraining {
    const cli_pretrain_arguments *arguments;
    graft_pretrain_options *options;
    graft_plan_options_of tables[CLI_PRETRAIN_TABLES]; /* kept in the run's plan.json for --resume */
    size_t table_count;
    /* Writes and tells what job->run came to; NULL: a backbone. */
    graft_status (*finish)(cli *self, const struct cli_pretraining *job);
    /* all of it released by cli_pretraining_end */
    graft_dataset *data;
    graft_run *run;
    cli_run_folder folder;
} cli_pretraining;

/* Before the context: arguments that must be right, and the options of the run to go on with. */
GRAFT_MUST_CHECK graft_status cli_pretraining_begin(cli *self, cli_pretraining *job);
/* Checks job->data, tells what is in it and makes the run's folder. */
GRAFT_MUST_CHECK graft_status cli_pretraining_check(cli *self, cli_pretraining *job, const char *data);
/* With `status` GRAFT_OK: writes and tells what job->run came to. */
GRAFT_MUST_CHECK graft_status cli_pretraining_end(cli *self, cli_pretraining *job, graft_status status);

#endif
