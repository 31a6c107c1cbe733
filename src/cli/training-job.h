/* What the verbs that train share: the run's folder, its plan, its report, its gates. */
#ifndef GRAFT_SRC_CLI_TRAINING_JOB_H
#define GRAFT_SRC_CLI_TRAINING_JOB_H

#include "run-folder.h"

typedef struct cli_job_arguments {
    const char *output, *runs, *plan, *require, *resume;
    bool json;
} cli_job_arguments;
extern const graft_option cli_job_table[];

enum { CLI_JOB_TABLES = 6 };

typedef struct cli_job {
    const cli_job_arguments *arguments;
    graft_train_options *options;
    graft_precision_options *precision;
    /* all of it released by cli_job_end */
    graft_dataset *data;
    graft_run *run;
    cli_run_folder folder;
    /* What plan.json keeps: those of training, which cli_job_begin puts into the first three, and the verb's own behind
     * them, own_count of them, so that a run that goes on has the network and the split that it began with. */
    graft_plan_options_of tables[CLI_JOB_TABLES];
    size_t own_count;
    const char *verb, *model; /* for run.json; model: that of finetune */
} cli_job;

/* Before the context: arguments that must be right, and the options of a plan. */
GRAFT_MUST_CHECK graft_status cli_job_begin(cli *self, cli_job *job);
/* Checks job->data, tells what is in it and makes the run's folder. */
GRAFT_MUST_CHECK graft_status cli_job_check(cli *self, cli_job *job, const char *data);
/* With `status` GRAFT_OK: writes and tells what job->run came to, and looks at the gates. */
GRAFT_MUST_CHECK graft_status cli_job_end(cli *self, cli_job *job, graft_status status);

#endif
