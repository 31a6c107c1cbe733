/* The folder that a verb which trains leaves: where it is, and the options in it that --resume goes on with. */
#ifndef GRAFT_SRC_CLI_RUN_FOLDER_H
#define GRAFT_SRC_CLI_RUN_FOLDER_H

#include "cli.h"

typedef struct cli_run_folder {
    /* set by the verb; borrowed */
    const char *runs, *resume; /* --runs and --resume */
    const graft_plan_options_of *tables;
    size_t table_count;
    /* released by cli_run_folder_clear */
    graft_plan_file *plan; /* holds the texts of options that were read */
    char *made;            /* NULL when the run goes on */
    const char *path;      /* NULL before */
} cli_run_folder;

/* Options of the run to go on with, else those of the plan.json at `plan` (NULL: none). Options given here win. */
GRAFT_MUST_CHECK graft_status cli_run_folder_read(cli *self, cli_run_folder *folder, const char *plan);
/* Makes the folder of a new run, called after the folder of its data, with its options; the log goes there. */
GRAFT_MUST_CHECK graft_status cli_run_folder_make(cli *self, cli_run_folder *folder, const char *data);
/* Logs a failure; an interrupted run is told how it goes on. `kept`: what else stays, or "". Returns `status`. */
GRAFT_MUST_CHECK graft_status cli_run_folder_failed(cli *self, const cli_run_folder *folder, graft_status status,
                                                    const char *kept);
void cli_run_folder_clear(cli_run_folder *folder);

#endif
