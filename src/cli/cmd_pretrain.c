#include "pretraining.h"

typedef struct pretrain_arguments {
    cli_pretrain_arguments job;
    graft_data_options data;
    graft_pretrain_options pretrain;
    cli_common common;
} pretrain_arguments;

bool cli_pretrain_options(cli_tables *tables) {
    pretrain_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    arguments->pretrain = (graft_pretrain_options)GRAFT_PRETRAIN_OPTIONS_INIT;
    cli_tables_add(tables, "Network", graft_pretrain_option_table(), &arguments->pretrain);
    cli_tables_add(tables, "Training", graft_pretrain_training_option_table(), &arguments->pretrain);
    cli_tables_add(tables, "Labels", graft_pretrain_label_option_table(), &arguments->pretrain);
    cli_tables_add(tables, "Run", cli_pretrain_table, &arguments->job);
    cli_tables_add(tables, "Data", graft_data_option_table(), &arguments->data);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

graft_status cli_pretrain_run(cli *self, void *opaque) {
    pretrain_arguments *arguments = opaque;
    cli_pretraining job = {.arguments = &arguments->job,
                           .options = &arguments->pretrain,
                           .tables = {{graft_pretrain_option_table(), &arguments->pretrain},
                                      {graft_pretrain_training_option_table(), &arguments->pretrain},
                                      {graft_pretrain_label_option_table(), &arguments->pretrain},
                                      {graft_data_option_table(), &arguments->data}},
                           .table_count = 4};
    graft_status status = cli_pretraining_begin(self, &job);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_dataset_open(&job.data, self->context, self->operand[0], &arguments->data);
    if (status == GRAFT_OK) status = cli_pretraining_check(self, &job, self->operand[0]);
    if (status == GRAFT_OK) status = graft_pretrain(&job.run, self->context, job.data, &arguments->pretrain);
    return cli_pretraining_end(self, &job, status);
}
