#include "training-job.h"

typedef struct finetune_arguments {
    cli_job_arguments job;
    graft_data_options data;
    graft_train_options train;
    cli_common common;
} finetune_arguments;

#define ROW(member) .offset = offsetof(finetune_arguments, member)
static const graft_option own_table[] = {
    {.name = "unfreeze",
     .type = GRAFT_OPTION_TEXT,
     ROW(train.tune.fine_tune),
     .unit = "none|last:N|stage:K|LAYER|all",
     .help = "what learns, as --fine-tune says it; all when neither is given"},
    {.name = "seed",
     .type = GRAFT_OPTION_INT,
     ROW(train.seed),
     .fallback = "0",
     .min = 0,
     .max = 9007199254740992.0,
     .help = "seed of training"},
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_finetune_options(cli_tables *tables) {
    finetune_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    arguments->train = (graft_train_options)GRAFT_TRAIN_OPTIONS_INIT;
    /* Of a head's options none is asked for here, but plans have them. */
    if (graft_options_defaults(graft_train_option_table(), &arguments->train) != GRAFT_OK) return false;
    cli_tables_add(tables, "What learns", own_table, arguments);
    cli_tables_add(tables, "Run", cli_job_table, &arguments->job);
    cli_tables_add(tables, "Fine-tuning", graft_tune_option_table(), &arguments->train.tune);
    cli_tables_add(tables, "Data", graft_data_option_table(), &arguments->data);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

graft_status cli_finetune_run(cli *self, void *opaque) {
    finetune_arguments *arguments = opaque;
    graft_precision_options stored = GRAFT_PRECISION_OPTIONS_INIT; /* the model's own counts, whatever a plan says */
    cli_job job = {.verb = "finetune",
                   .model = self->operand[0],
                   .arguments = &arguments->job,
                   .options = &arguments->train,
                   .precision = &stored,
                   .tables = {[3] = {graft_data_option_table(), &arguments->data}},
                   .own_count = 1};
    graft_status status = cli_job_begin(self, &job);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_dataset_open(&job.data, self->context, self->operand[1], &arguments->data);
    if (status == GRAFT_OK) status = cli_job_check(self, &job, self->operand[1]);
    if (status == GRAFT_OK)
        status = graft_finetune(&job.run, self->context, job.data, self->operand[0], &arguments->train);
    return cli_job_end(self, &job, status);
}
