/* graft/option.h: option tables. Each operation declares its arguments once, as rows that describe the
 * members of a struct; parsing, defaults, ranges, help texts and JSON all come from the rows. */
#ifndef GRAFT_OPTION_H
#define GRAFT_OPTION_H

#include <graft/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum graft_option_type {
    GRAFT_OPTION_FLAG,    /* bool; takes no value on the command line */
    GRAFT_OPTION_INT,     /* int64_t */
    GRAFT_OPTION_DOUBLE,  /* double */
    GRAFT_OPTION_BYTES,   /* uint64_t; accepts 512M, 2G, 1.5GiB */
    GRAFT_OPTION_TEXT,    /* const char *, borrowed */
    GRAFT_OPTION_ENUM,    /* int: index into `choices` */
    GRAFT_OPTION_INTS,    /* int64_t[count], all of them set together: "2,2" */
    GRAFT_OPTION_DOUBLES, /* double[count], likewise: "0.6,1" */
    GRAFT_OPTION_TEXTS,   /* const char *[count], borrowed: given again and again, NULL behind the last */
} graft_option_type;

typedef struct graft_option {
    const char *name; /* long name without dashes, words joined by '-' */
    char letter;      /* short form, 0 when none */
    graft_option_type type;
    size_t offset;        /* offsetof(struct, member) */
    const char *fallback; /* default as text, parsed like an argument; NULL: the type's zero */
    double min, max;      /* range for numbers, both inclusive; min == max means unbounded */
    const char *unit;     /* "images", "px", ... or a value name for help such as "FILE"; NULL: none */
    const char *choices;  /* GRAFT_OPTION_ENUM: "squash|crop|pad" */
    int count;            /* INTS, DOUBLES: how many; TEXTS: how many at most */
    const char *help;     /* one line, no full stop */
} graft_option;

/* A table ends with a row whose name is NULL. */
#define GRAFT_OPTION_END \
    { .name = NULL }

/* Writes every row's default into `target`. Errors: GRAFT_E_INTERNAL (a default that does not parse). */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_options_defaults(const graft_option *table, void *target);

/* Parses `text` for the row `row` into `target`. Errors: GRAFT_E_USAGE, naming the option, what was
 * received and what is allowed. GRAFT_OPTION_TEXT borrows `text`. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_option_set(const graft_option *row, void *target, const char *text);

/* The row called `name` (long, without dashes), or NULL. */
GRAFT_API const graft_option *graft_option_find(const graft_option *table, const char *name);
/* The row with the short form `letter`, or NULL. */
GRAFT_API const graft_option *graft_option_find_letter(const graft_option *table, char letter);
/* The name in the table nearest to a misspelt one, or NULL when nothing is close. */
GRAFT_API const char *graft_option_nearest(const graft_option *table, const char *name);
/* Writes the value of `row` in `source` as text, as an argument would give it. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_option_get(const graft_option *row, const void *source, char *out,
                                                         size_t out_size);

#ifdef __cplusplus
}
#endif
#endif
