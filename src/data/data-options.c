/* The option table of graft_data_options: command line, help and documentation come from the rows. */
#include <graft/data.h>

#include "base/option-rows.h"

#define ROW(member) .offset = offsetof(graft_data_options, member)
static const graft_option rows[] = {
    {.name = "validation",
     .type = GRAFT_OPTION_DOUBLE,
     ROW(validation),
     .fallback = "0.2",
     .min = 0.01,
     .max = 0.9,
     .help = "share of a folder without splits that validates"},
    {.name = "test",
     .type = GRAFT_OPTION_DOUBLE,
     ROW(test),
     .fallback = "0",
     .min = 0,
     .max = 0.9,
     .help = "share of a folder without splits that tests"},
    SEED(seed, "seed of the split"),
    {.name = "classes",
     .type = GRAFT_OPTION_TEXT,
     ROW(classes),
     .unit = "FILE",
     .help = "file with one class a line that fixes the classes' order; else the folders' names in byte order"},
    LABEL(label),
    {.name = "allow-one-class",
     .type = GRAFT_OPTION_FLAG,
     ROW(allow_one_class),
     .help = "a part of the model's classes is enough"},
    GRAFT_OPTION_END};
#undef ROW

const graft_option *graft_data_option_table(void) {
    return rows;
}
