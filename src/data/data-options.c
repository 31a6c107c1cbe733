/* The option table of graft_data_options: command line, help and documentation come from the rows. */
#include <graft/data.h>

static const graft_option rows[] = {
    {.name = "validation",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(graft_data_options, validation),
     .fallback = "0.2",
     .min = 0.01,
     .max = 0.9,
     .help = "share of a folder without splits that validates"},
    {.name = "test",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(graft_data_options, test),
     .fallback = "0",
     .min = 0,
     .max = 0.9,
     .help = "share of a folder without splits that tests"},
    {.name = "seed",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(graft_data_options, seed),
     .fallback = "0",
     .min = 0,
     .max = 9007199254740992.0,
     .help = "seed of the split"},
    {.name = "classes",
     .type = GRAFT_OPTION_TEXT,
     .offset = offsetof(graft_data_options, classes),
     .unit = "FILE",
     .help = "file with one class a line that fixes the classes' order; else the folders' names in byte order"},
    {.name = "label",
     .type = GRAFT_OPTION_TEXT,
     .offset = offsetof(graft_data_options, label),
     .unit = "COLUMN",
     .help = "for a .csv: the column that holds the class"},
    {.name = "allow-one-class",
     .type = GRAFT_OPTION_FLAG,
     .offset = offsetof(graft_data_options, allow_one_class),
     .help = "a part of the model's classes is enough"},
    GRAFT_OPTION_END};

const graft_option *graft_data_option_table(void) {
    return rows;
}
