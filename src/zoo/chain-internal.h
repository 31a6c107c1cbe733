/* The interpreter of the chain language: one pass over the text, without a tree. `run` false reads and checks without
 * doing, for what is left out and for blocks when they are defined. */
#ifndef GRAFT_SRC_ZOO_CHAIN_INTERNAL_H
#define GRAFT_SRC_ZOO_CHAIN_INTERNAL_H

#include "base/error.h"
#include "base/strmap.h"
#include "nn/op.h"
#include "zoo/chain.h"

enum {
    GRAFT_CHAIN_WORD = 32,       /* bytes of an identifier, with the NUL */
    GRAFT_CHAIN_NAME = 256,      /* bytes of a layer's name, with the NUL */
    GRAFT_CHAIN_LIST = 16,       /* numbers of a list */
    GRAFT_CHAIN_VARIABLES = 128, /* alive at once */
    GRAFT_CHAIN_BLOCKS = 32,
    GRAFT_CHAIN_PARAMETERS = 8, /* of a block */
    GRAFT_CHAIN_BRANCHES = 32,
    GRAFT_CHAIN_DEPTH = 48,      /* of brackets and blocks inside each other */
    GRAFT_CHAIN_STEPS = 1 << 16, /* words done: a loop cannot run away */
    GRAFT_CHAIN_SIZE = 1 << 16,  /* bytes of a text */
};

typedef struct graft_chain_list {
    int count;
    double value[GRAFT_CHAIN_LIST];
} graft_chain_list;

typedef struct graft_chain_variable {
    char name[GRAFT_CHAIN_WORD];
    graft_chain_list list;
} graft_chain_variable;

typedef struct graft_chain_block {
    char name[GRAFT_CHAIN_WORD];
    char parameters[GRAFT_CHAIN_PARAMETERS][GRAFT_CHAIN_WORD];
    int parameter_count;
    const char *body; /* its opening bracket */
} graft_chain_block;

typedef enum graft_chain_padding { GRAFT_CHAIN_SAME, GRAFT_CHAIN_HALF, GRAFT_CHAIN_EXPLICIT } graft_chain_padding;

/* What options say; also the defaults of the text. */
typedef struct graft_chain_settings {
    graft_chain_padding padding;
    int64_t pad[4], outpad[2];
    bool bias, ceil, count, scale, center, keep, softmax, activates;
    int order;
    int64_t groups, dilations[2];
    double epsilon;
    graft_activation_attributes activation;
} graft_chain_settings;

typedef struct graft_chain {
    graft_graph *graph;
    const char *what; /* names the text in errors */
    const char *text, *at;
    graft_status fault; /* the status of an error in the text */
    bool run, top, uses_width, takes_input;
    int node, entry;                 /* where the chain stands, -1 before the input; where the block was entered */
    int64_t height, width, channels; /* of the input, 0: not said yet */
    int64_t classes;
    graft_chain_settings defaults;
    graft_chain_variable *variables;
    int variable_count;
    graft_chain_block *blocks;
    int block_count;
    const char *root;              /* begins every name */
    char prefix[GRAFT_CHAIN_NAME]; /* root and the names of the blocks around */
    graft_strmap *numbers;         /* of layers without a name, by what they are */
    int depth, steps;
} graft_chain;

/* `root` begins the names of the layers; `what` names the text in errors. Both outlive the chain. */
GRAFT_MUST_CHECK graft_status graft_chain_init(graft_chain *chain, graft_graph *graph, const char *root,
                                               const char *what);
void graft_chain_clear(graft_chain *chain);
/* Reads a whole text. */
GRAFT_MUST_CHECK graft_status graft_chain_run(graft_chain *chain, const char *text);
/* "n=3,4 f=64": what `let` does, for the variants of a family. */
GRAFT_MUST_CHECK graft_status graft_chain_assign(graft_chain *chain, const char *assignments);

/* ---- reading: chain-read.c ---- */

/* An error at a place in the text: "what:line:column: ...". */
GRAFT_MUST_CHECK graft_status graft_chain_fail(const graft_chain *chain, const char *place, const char *format, ...)
    GRAFT_PRINTF(3, 4);
/* Puts "what:line:column" before the error of a layer. */
GRAFT_MUST_CHECK graft_status graft_chain_fail_in(const graft_chain *chain, const char *place, graft_status status);
void graft_chain_space(graft_chain *chain); /* skips white space and comments */
bool graft_chain_take(graft_chain *chain, char c);
GRAFT_MUST_CHECK graft_status graft_chain_expect(graft_chain *chain, char c, const char *what);
/* The identifier that stands here, "" when none does; its length. */
size_t graft_chain_peek(const graft_chain *chain, char out[GRAFT_CHAIN_WORD]);
/* What stands here, short enough for an error text. */
const char *graft_chain_here(const graft_chain *chain, char out[GRAFT_CHAIN_WORD]);
GRAFT_MUST_CHECK graft_status graft_chain_identifier(graft_chain *chain, const char *what, char out[GRAFT_CHAIN_WORD]);
/* A layer's name with its {expressions} worked out, the prefix before it. */
GRAFT_MUST_CHECK graft_status graft_chain_name(graft_chain *chain, char out[GRAFT_CHAIN_NAME]);
/* Whether NAME= stands here. */
bool graft_chain_is_named(const graft_chain *chain);

/* ---- numbers: chain-expression.c ---- */

/* `slash`: division is allowed outside brackets. */
GRAFT_MUST_CHECK graft_status graft_chain_expression(graft_chain *chain, bool slash, double *out);
GRAFT_MUST_CHECK graft_status graft_chain_expressions(graft_chain *chain, bool slash, graft_chain_list *out);
graft_chain_variable *graft_chain_find(const graft_chain *chain, const char *name);
GRAFT_MUST_CHECK graft_status graft_chain_push(graft_chain *chain, const char *name, const graft_chain_list *list);
GRAFT_MUST_CHECK graft_status graft_chain_whole(const graft_chain *chain, const char *place, const char *what,
                                                double value, int64_t low, int64_t high, int64_t *out);

/* ---- layers: chain-words.c, chain-layers.c ---- */

typedef struct graft_chain_word graft_chain_word;

/* A word with its arguments. */
typedef struct graft_chain_layer {
    const char *place; /* where it begins */
    const graft_chain_word *word;
    char name[GRAFT_CHAIN_NAME]; /* "": to be numbered */
    graft_chain_list arguments[2], strides;
    int argument_count;
    graft_chain_settings set;
} graft_chain_layer;

struct graft_chain_word {
    const char *name, *arguments; /* a letter each: n number, w window, l list; capitals may be left out */
    unsigned options;
    const char *usage;
    graft_status (*add)(graft_chain *chain, const graft_chain_layer *layer);
};

const graft_chain_word *graft_chain_word_find(const char *name);
const graft_chain_word *graft_chain_word_at(size_t index); /* NULL past the end */
/* The activation called `name`. */
bool graft_chain_activation_find(const char *name, graft_activation_attributes *out);
/* Reads the arguments of `word` and adds its layer. */
GRAFT_MUST_CHECK graft_status graft_chain_read_layer(graft_chain *chain, const graft_chain_word *word,
                                                     const char *place, const char *name);
/* Adds the input when the chain has none yet. */
GRAFT_MUST_CHECK graft_status graft_chain_begin(graft_chain *chain);
/* Adds a node behind `inputs`; `name` "": numbered after `stem`. The chain goes on from it. */
GRAFT_MUST_CHECK graft_status graft_chain_add(graft_chain *chain, const char *place, const char *op, const char *name,
                                              const char *stem, const void *attributes, const int *inputs, int count);
const graft_shape *graft_chain_shape(const graft_chain *chain); /* where the chain stands */

#endif
