/* Rows of option tables: of the usual types, and those that several tables have. A table's file defines ROW(member), as
 * .offset = offsetof(its struct, member). Nothing but such files includes this. */
#ifndef GRAFT_SRC_BASE_OPTION_ROWS_H
#define GRAFT_SRC_BASE_OPTION_ROWS_H

#include <graft/option.h>

#define TEXT(word, member, fallback_text, value, text) \
    { .name = word, .type = GRAFT_OPTION_TEXT, ROW(member), .fallback = fallback_text, .unit = value, .help = text }
#define INT(word, member, fallback_text, low, high, value, text)                                                 \
    {                                                                                                            \
        .name = word, .type = GRAFT_OPTION_INT, ROW(member), .fallback = fallback_text, .min = low, .max = high, \
        .unit = value, .help = text                                                                              \
    }
#define NUMBER(word, member, fallback_text, low, high, text)                                                        \
    {                                                                                                               \
        .name = word, .type = GRAFT_OPTION_DOUBLE, ROW(member), .fallback = fallback_text, .min = low, .max = high, \
        .help = text                                                                                                \
    }
#define CHOICE(word, member, fallback_text, list, text) \
    { .name = word, .type = GRAFT_OPTION_ENUM, ROW(member), .fallback = fallback_text, .choices = list, .help = text }

/* Up to 2^53: what a JSON number holds exactly. */
#define SEED(member, text) INT("seed", member, "0", 0, 9007199254740992.0, NULL, text)
#define LABEL(member) TEXT("label", member, NULL, "COLUMN", "for a .csv: the column that holds the class")

#endif
