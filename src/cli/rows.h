/* Rows of option tables that several verbs have, so that a name, a letter and a help text stand in one place. A table's
 * file defines ROW(member), as .offset = offsetof(its struct, member). */
#ifndef GRAFT_SRC_CLI_ROWS_H
#define GRAFT_SRC_CLI_ROWS_H

#include <graft/option.h>

#define CLI_ROW_BASE(member, text) \
    { .name = "base", .letter = 'b', .type = GRAFT_OPTION_TEXT, ROW(member), .unit = "FILE|NAME", .help = text }
/* What --base takes, for the verbs that say it in full. */
#define CLI_BASE_FILES                                                                                             \
    "pretrained network, a name of graft models or a file: Keras .h5 or .keras, TF.js model.json, .onnx, .graft, " \
    "or weights alone (.h5, .pth, .safetensors, .npz)"

#define CLI_ROW_OUTPUT(member, value, text) \
    { .name = "output", .letter = 'o', .type = GRAFT_OPTION_TEXT, ROW(member), .unit = value, .help = text }

#define CLI_ROW_REPORT(member, text) \
    { .name = "report", .type = GRAFT_OPTION_TEXT, ROW(member), .unit = "FILE", .help = text }

#define CLI_ROW_JSON(member, text) \
    { .name = "json", .type = GRAFT_OPTION_FLAG, ROW(member), .help = text }
#define CLI_JSON_RESULT "the result as one JSON object"
#define CLI_JSON_LINES "one JSON object a line"

#define CLI_ROW_LABEL(member)                                                      \
    {                                                                              \
        .name = "label", .type = GRAFT_OPTION_TEXT, ROW(member), .unit = "COLUMN", \
        .help = "for a .csv: the column that holds the class"                      \
    }

/* Names for a model that has none. */
#define CLI_ROW_FOREIGN_CLASSES(member)                                            \
    {                                                                              \
        .name = "classes", .type = GRAFT_OPTION_TEXT, ROW(member), .unit = "FILE", \
        .help = "names of a foreign model's classes, one a line, in its order"     \
    }

/* Of the verbs that leave a run's folder. */
#define CLI_ROW_RUNS(member)                                                                          \
    {                                                                                                 \
        .name = "runs", .type = GRAFT_OPTION_TEXT, ROW(member), .unit = "FOLDER", .fallback = "runs", \
        .help = "where the run's own folder NAME-k is made"                                           \
    }
#define CLI_ROW_RESUME(member)                                                                        \
    {                                                                                                 \
        .name = "resume", .type = GRAFT_OPTION_TEXT, ROW(member), .unit = "RUN",                      \
        .help = "go on with the run in this folder where its last checkpoint stood, with its options" \
    }

#define CLI_ROW_REQUIRE(member, examples)                                          \
    {                                                                              \
        .name = "require", .type = GRAFT_OPTION_TEXT, ROW(member), .unit = "GATE", \
        .help = "figures to reach, such as " examples "; else exit code 4"         \
    }

#endif
