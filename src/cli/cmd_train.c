#include "training-job.h"

#include <string.h>

typedef struct train_arguments {
    const char *base;
    cli_job_arguments job;
    graft_data_options data;
    graft_backbone_options backbone;
    graft_train_options train;
    graft_precision_options precision;
    cli_common common;
} train_arguments;

#define ROW(member) .offset = offsetof(train_arguments, member)
static const graft_option own_table[] = {
    CLI_ROW_BASE(base, CLI_BASE_FILES "; none with --arch. Without it graft-s, which comes with graft"),
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_train_options(cli_tables *tables) {
    train_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    arguments->backbone = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    arguments->train = (graft_train_options)GRAFT_TRAIN_OPTIONS_INIT;
    arguments->precision = (graft_precision_options)GRAFT_PRECISION_OPTIONS_INIT;
    cli_tables_add(tables, "Network to begin with", own_table, arguments);
    cli_tables_add(tables, "Run", cli_job_table, &arguments->job);
    cli_tables_add(tables, "Head", graft_train_option_table(), &arguments->train);
    cli_tables_add(tables, "Fine-tuning", graft_tune_option_table(), &arguments->train.tune);
    cli_tables_add(tables, "Data", graft_data_option_table(), &arguments->data);
    cli_tables_add(tables, "Network", graft_backbone_option_table(), &arguments->backbone);
    cli_tables_add(tables, "Precision", graft_precision_option_table(), &arguments->precision);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

/* Whether nothing but a fitted head learns: layers as a head are trained, and take the options of training. */
static bool fits_alone(const train_arguments *arguments) {
    const graft_tune_options *tune = &arguments->train.tune;
    const char *head = arguments->train.head;
    if (tune->fine_tune || tune->freeze || tune->time) return false;
    if (arguments->base && strcmp(arguments->base, "none") == 0) return false;
    return !head || (!strpbrk(head, " :") && strcmp(head, "dense") != 0);
}

/* Options of fine-tuning that were given and change nothing. */
static void tell_unused(cli *self, const train_arguments *arguments) {
    char names[512] = "";
    size_t length = 0;
    if (!fits_alone(arguments)) return;
    for (const graft_option *row = graft_tune_option_table(); row->name; row++)
        if (cli_is_given(self, row->name) && length + strlen(row->name) + 5 < sizeof names)
            length += (size_t)snprintf(names + length, sizeof names - length, "%s--%s", length ? ", " : "", row->name);
    if (length > 0)
        cli_warn(self, "%s: unused, as nothing but the head is fitted (--fine-tune says what learns)", names);
}

static graft_status prepare(cli *self, train_arguments *arguments, cli_job *job, graft_backbone **backbone) {
    graft_status status = cli_job_begin(self, job);
    if (status == GRAFT_OK) tell_unused(self, arguments);
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK) status = graft_dataset_open(&job->data, self->context, self->operand[0], &arguments->data);
    arguments->backbone.seed = arguments->train.seed;
    if (status == GRAFT_OK) status = cli_base_open(self, backbone, arguments->base, &arguments->backbone);
    return status == GRAFT_OK ? cli_job_check(self, job, self->operand[0]) : status;
}

graft_status cli_train_run(cli *self, void *opaque) {
    train_arguments *arguments = opaque;
    cli_job job = {.verb = "train",
                   .arguments = &arguments->job,
                   .options = &arguments->train,
                   .precision = &arguments->precision,
                   .tables = {[3] = {own_table, arguments},
                              [4] = {graft_data_option_table(), &arguments->data},
                              [5] = {graft_backbone_option_table(), &arguments->backbone}},
                   .own_count = 3};
    graft_backbone *backbone = NULL;
    graft_status status = prepare(self, arguments, &job, &backbone);
    if (status == GRAFT_OK) status = graft_backbone_quantize(backbone, job.data, &arguments->precision);
    if (status == GRAFT_OK) status = graft_train(&job.run, self->context, job.data, backbone, &arguments->train);
    status = cli_job_end(self, &job, status);
    graft_backbone_free(backbone);
    return status;
}
