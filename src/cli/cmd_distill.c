#include "pretraining.h"

typedef struct distill_arguments {
    const char *teacher;
    graft_backbone_options teacher_options;
    cli_pretrain_arguments job;
    graft_data_options data;
    graft_pretrain_options pretrain;
    graft_distill_options distill;
    cli_common common;
} distill_arguments;

#define ROW(member) .offset = offsetof(distill_arguments, member)
static const graft_option own_table[] = {
    {.name = "teacher",
     .type = GRAFT_OPTION_TEXT,
     ROW(teacher),
     .unit = "FILE",
     .help = "the network to learn from, any file that --base of train takes"},
    {.name = "teacher-arch",
     .type = GRAFT_OPTION_TEXT,
     ROW(teacher_options.arch),
     .unit = "NAME",
     .help = "its architecture, when the file holds weights alone"},
    {.name = "teacher-size",
     .type = GRAFT_OPTION_INT,
     ROW(teacher_options.image_size),
     .fallback = "0",
     .min = 0,
     .max = 4096,
     .unit = "px",
     .help = "side of the pictures that it sees; 0 is its own"},
    {.name = "teacher-preprocess",
     .type = GRAFT_OPTION_ENUM,
     ROW(teacher_options.preprocess),
     .fallback = "auto",
     .choices = GRAFT_SCALING_CHOICES,
     .help = "scaling of pixel values that it was trained with"},
    GRAFT_OPTION_END,
};
#undef ROW

bool cli_distill_options(cli_tables *tables) {
    distill_arguments *arguments = cli_tables_start(tables, sizeof *arguments);
    if (!arguments) return false;
    arguments->teacher_options = (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT;
    arguments->data = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    arguments->pretrain = (graft_pretrain_options)GRAFT_PRETRAIN_OPTIONS_INIT;
    arguments->distill = (graft_distill_options)GRAFT_DISTILL_OPTIONS_INIT;
    cli_tables_add(tables, "Teacher", own_table, arguments);
    cli_tables_add(tables, "Distilling", graft_distill_option_table(), &arguments->distill);
    cli_tables_add(tables, "Network", graft_pretrain_option_table(), &arguments->pretrain);
    cli_tables_add(tables, "Training", graft_pretrain_training_option_table(), &arguments->pretrain);
    cli_tables_add(tables, "Run", cli_pretrain_table, &arguments->job);
    cli_tables_add(tables, "Data", graft_data_option_table(), &arguments->data);
    cli_tables_add(tables, "General", cli_common_table, &arguments->common);
    return true;
}

graft_status cli_distill_run(cli *self, void *opaque) {
    distill_arguments *arguments = opaque;
    graft_backbone *teacher = NULL;
    cli_pretraining job = {.arguments = &arguments->job,
                           .options = &arguments->pretrain,
                           .tables = {{own_table, arguments},
                                      {graft_distill_option_table(), &arguments->distill},
                                      {graft_pretrain_option_table(), &arguments->pretrain},
                                      {graft_pretrain_training_option_table(), &arguments->pretrain},
                                      {graft_data_option_table(), &arguments->data}},
                           .table_count = 5};
    graft_status status = cli_pretraining_begin(self, &job);
    if (status == GRAFT_OK && !arguments->teacher)
        status = cli_fail(self, GRAFT_E_USAGE, "--teacher FILE is needed: the network to learn from");
    if (status == GRAFT_OK) status = cli_context_open(self, &arguments->common);
    if (status == GRAFT_OK)
        status = graft_backbone_open(&teacher, self->context, arguments->teacher, &arguments->teacher_options);
    if (status == GRAFT_OK) status = graft_dataset_open(&job.data, self->context, self->operand[0], &arguments->data);
    if (status == GRAFT_OK) status = cli_pretraining_check(self, &job, self->operand[0]);
    if (status == GRAFT_OK)
        status = graft_distill(&job.run, self->context, job.data, teacher, &arguments->pretrain, &arguments->distill);
    status = cli_pretraining_end(self, &job, status);
    graft_backbone_free(teacher);
    return status;
}
