/* Statements of the chain language. */
#include "zoo/chain-words.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

static graft_status sequence(graft_chain *chain);

/* ---- variables ---- */

/* NAME=LIST: a variable that exists anywhere around gets the new value. */
static graft_status assign(graft_chain *chain) {
    char name[GRAFT_CHAIN_WORD];
    graft_chain_list list;
    GRAFT_TRY(graft_chain_identifier(chain, "a variable's name", name));
    if (strlen(name) == 1 && strchr("chw", name[0]))
        return graft_chain_fail(chain, chain->at - 1, "'%s' is the shape here, expected another name", name);
    GRAFT_TRY(graft_chain_expect(chain, '=', "and a value"));
    GRAFT_TRY(graft_chain_expressions(chain, true, &list));
    if (!chain->run) return GRAFT_OK;
    graft_chain_variable *variable = graft_chain_find(chain, name);
    if (!variable) return graft_chain_push(chain, name, &list);
    variable->list = list;
    return GRAFT_OK;
}

graft_status graft_chain_assign(graft_chain *chain, const char *assignments) {
    chain->text = chain->at = assignments;
    for (graft_chain_space(chain); *chain->at; graft_chain_space(chain))
        GRAFT_TRY(assign(chain));
    return GRAFT_OK;
}

static graft_status let(graft_chain *chain) {
    graft_chain_space(chain);
    return assign(chain);
}

/* ---- brackets ---- */

static graft_status group(graft_chain *chain) {
    GRAFT_TRY(graft_chain_expect(chain, '(', "and what goes inside"));
    if (++chain->depth > GRAFT_CHAIN_DEPTH)
        return graft_chain_fail(chain, chain->at, "more than %d brackets inside each other", GRAFT_CHAIN_DEPTH);
    GRAFT_TRY(sequence(chain));
    chain->depth--;
    return graft_chain_expect(chain, ')', "or another word");
}

/* Reads a group, and does it when `wanted`. */
static graft_status group_if(graft_chain *chain, bool wanted) {
    const bool run = chain->run;
    chain->run = run && wanted;
    graft_status status = group(chain);
    chain->run = run;
    return status;
}

static graft_status condition(graft_chain *chain) {
    double value;
    char word[GRAFT_CHAIN_WORD];
    graft_chain_space(chain);
    GRAFT_TRY(graft_chain_expression(chain, true, &value));
    GRAFT_TRY(group_if(chain, value != 0));
    const char *end = chain->at;
    graft_chain_space(chain);
    const size_t length = graft_chain_peek(chain, word);
    const bool otherwise = strcmp(word, "else") == 0 && !graft_chain_is_named(chain);
    chain->at = otherwise ? chain->at + length : end;
    return otherwise ? group_if(chain, value == 0) : GRAFT_OK;
}

/* for I=FIRST..LAST ( ... ) */
static graft_status loop(graft_chain *chain) {
    char name[GRAFT_CHAIN_WORD];
    double first, last;
    graft_chain_space(chain);
    GRAFT_TRY(graft_chain_identifier(chain, "a variable's name", name));
    GRAFT_TRY(graft_chain_expect(chain, '=', "and FIRST..LAST"));
    GRAFT_TRY(graft_chain_expression(chain, true, &first));
    GRAFT_TRY(graft_chain_expect(chain, '.', "as in FIRST..LAST"));
    GRAFT_TRY(graft_chain_expect(chain, '.', "as in FIRST..LAST"));
    GRAFT_TRY(graft_chain_expression(chain, true, &last));
    const char *body = chain->at;
    const int before = chain->variable_count;
    const graft_chain_list value = {.count = 1};
    GRAFT_TRY(graft_chain_push(chain, name, &value));
    if (!chain->run || first > last) GRAFT_TRY(group_if(chain, false));
    for (double i = first; chain->run && i <= last; i++) {
        if (++chain->steps > GRAFT_CHAIN_STEPS)
            return graft_chain_fail(chain, body, "more than %d steps", GRAFT_CHAIN_STEPS);
        chain->at = body;
        chain->variables[before].list = (graft_chain_list){.count = 1, .value = {i}};
        GRAFT_TRY(group(chain));
    }
    chain->variable_count = before;
    return GRAFT_OK;
}

/* ---- blocks ---- */

static const graft_chain_block *block_find(const graft_chain *chain, const char *name) {
    for (int i = 0; i < chain->block_count; i++)
        if (strcmp(chain->blocks[i].name, name) == 0) return &chain->blocks[i];
    return NULL;
}

static const char *const statements[] = {"add", "concat", "default", "define",   "for",    "from",
                                         "if",  "input",  "let",     "multiply", "sample", "top"};

static bool is_taken(const graft_chain *chain, const char *name) {
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        if (strcmp(statements[i], name) == 0) return true;
    return graft_chain_word_find(name) || block_find(chain, name);
}

/* define BLOCK:PARAMETER:... ( ... ) */
static graft_status define(graft_chain *chain) {
    graft_chain_block block = {.parameter_count = 0};
    graft_chain_space(chain);
    const char *place = chain->at;
    GRAFT_TRY(graft_chain_identifier(chain, "a block's name", block.name));
    if (is_taken(chain, block.name))
        return graft_chain_fail(chain, place, "'%s' exists, expected a new word", block.name);
    while (graft_chain_take(chain, ':')) {
        if (block.parameter_count == GRAFT_CHAIN_PARAMETERS)
            return graft_chain_fail(chain, chain->at, "more than %d parameters", GRAFT_CHAIN_PARAMETERS);
        GRAFT_TRY(graft_chain_identifier(chain, "a parameter's name", block.parameters[block.parameter_count++]));
    }
    block.body = chain->at;
    if (chain->block_count == GRAFT_CHAIN_BLOCKS)
        return graft_chain_fail(chain, place, "more than %d blocks", GRAFT_CHAIN_BLOCKS);
    chain->blocks[chain->block_count++] = block;
    return group_if(chain, false);
}

/* Names inside begin with the block's. */
static graft_status block_run(graft_chain *chain, const graft_chain_block *block, const char *name) {
    char prefix[GRAFT_CHAIN_NAME];
    const char *back = chain->at;
    const int entry = chain->entry;
    GRAFT_TRY(graft_chain_begin(chain));
    memcpy(prefix, chain->prefix, sizeof prefix);
    if (name[0]) snprintf(chain->prefix, sizeof chain->prefix, "%s", name);
    chain->entry = chain->node;
    chain->at = block->body;
    GRAFT_TRY(group(chain));
    memcpy(chain->prefix, prefix, sizeof prefix);
    chain->entry = entry;
    chain->at = back;
    return GRAFT_OK;
}

static graft_status block_call(graft_chain *chain, const graft_chain_block *block, const char *place,
                               const char *name) {
    const int before = chain->variable_count;
    graft_chain_list values[GRAFT_CHAIN_PARAMETERS];
    int count = 0;
    while (count < block->parameter_count && graft_chain_take(chain, ':'))
        GRAFT_TRY(graft_chain_expressions(chain, true, &values[count++]));
    if (count < block->parameter_count || *chain->at == ':')
        return graft_chain_fail(chain, place, "%s%d arguments for '%s', expected %d",
                                *chain->at == ':' ? "more than " : "", count, block->name, block->parameter_count);
    if (!chain->run) return GRAFT_OK;
    for (int i = 0; i < count; i++)
        GRAFT_TRY(graft_chain_push(chain, block->parameters[i], &values[i]));
    GRAFT_TRY(block_run(chain, block, name));
    chain->variable_count = before;
    return GRAFT_OK;
}

/* ---- branches ---- */

static graft_status branches(graft_chain *chain, const char *op, const char *place, const char *name) {
    int ends[GRAFT_CHAIN_BRANCHES], count = 0;
    if (chain->run) GRAFT_TRY(graft_chain_begin(chain));
    const int start = chain->node;
    GRAFT_TRY(graft_chain_expect(chain, '(', "and branches"));
    if (++chain->depth > GRAFT_CHAIN_DEPTH)
        return graft_chain_fail(chain, place, "more than %d brackets inside each other", GRAFT_CHAIN_DEPTH);
    do {
        if (count == GRAFT_CHAIN_BRANCHES)
            return graft_chain_fail(chain, chain->at, "more than %d branches", GRAFT_CHAIN_BRANCHES);
        chain->node = start;
        GRAFT_TRY(sequence(chain));
        ends[count++] = chain->node;
    } while (graft_chain_take(chain, '|'));
    chain->depth--;
    GRAFT_TRY(graft_chain_expect(chain, ')', "or '|' and another branch"));
    if (!chain->run) return GRAFT_OK;
    static const graft_concat_attributes channels = {0};
    if (strcmp(op, "concat") == 0)
        return graft_chain_add(chain, place, op, name, "concatenate", &channels, ends, count);
    return graft_chain_add(chain, place, strcmp(op, "sample") == 0 ? "gaussian_sample" : op, name, op, NULL, ends,
                           count);
}

/* from:in, from:NAME */
static graft_status from(graft_chain *chain) {
    char name[GRAFT_CHAIN_NAME];
    const char *place = chain->at;
    GRAFT_TRY(graft_chain_expect(chain, ':', "and a layer's name or 'in'"));
    GRAFT_TRY(graft_chain_name(chain, name));
    if (!chain->run) return GRAFT_OK;
    const char *plain = name + strlen(chain->prefix);
    int node = graft_graph_find(chain->graph, name);
    if (node < 0) node = graft_graph_find(chain->graph, plain);
    if (strcmp(plain, "in") == 0) node = chain->entry;
    if (node < 0) return graft_chain_fail(chain, place, "no layer '%s' before this, expected one", plain);
    chain->node = node;
    return GRAFT_OK;
}

/* ---- the rest ---- */

/* input:HEIGHT[,WIDTH][:CHANNELS]; what the caller asked for wins. */
static graft_status input(graft_chain *chain, const char *place) {
    graft_chain_list size = {0}, channels = {.count = 1, .value = {3}};
    int64_t numbers[2], depth;
    GRAFT_TRY(graft_chain_expect(chain, ':', "as in input:HEIGHT[,WIDTH][:CHANNELS]"));
    GRAFT_TRY(graft_chain_expressions(chain, true, &size));
    if (graft_chain_take(chain, ':')) GRAFT_TRY(graft_chain_expressions(chain, true, &channels));
    GRAFT_TRY(graft_chain_pair(chain, place, "the input's size", &size, numbers));
    GRAFT_TRY(
        graft_chain_whole(chain, place, "the input's channels", channels.value[0], 1, GRAFT_MAX_DIMENSION, &depth));
    if (!chain->run) return GRAFT_OK;
    if (!chain->takes_input || chain->node >= 0)
        return graft_chain_fail(chain, place, "'input' after a layer, expected it first in the file of a network");
    if (chain->height == 0) chain->height = numbers[0];
    if (chain->width == 0) chain->width = numbers[1];
    if (chain->channels == 0) chain->channels = depth;
    return GRAFT_OK;
}

static graft_status set_defaults(graft_chain *chain, const graft_chain_layer *layer) {
    chain->defaults = layer->set;
    return GRAFT_OK;
}

static const graft_chain_word default_word = {
    "default", "", GRAFT_CHAIN_PADDING | GRAFT_CHAIN_BIAS | GRAFT_CHAIN_EPSILON | GRAFT_CHAIN_ORDER,
    "default:OPTION... (same half valid pad=N bias nobias epsilon=X hwc chw)", set_defaults};

static graft_status unknown_word(const graft_chain *chain, const char *place, const char *word) {
    const char *names[256];
    size_t count = 0;
    for (const graft_chain_word *w; count < 128 && (w = graft_chain_word_at(count)) != NULL; count++)
        names[count] = w->name;
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        names[count++] = statements[i];
    for (int i = 0; i < chain->block_count; i++)
        names[count++] = chain->blocks[i].name;
    const char *nearest = graft_text_nearest(word, names, count);
    if (nearest) return graft_chain_fail(chain, place, "'%s', expected a word: did you mean '%s'?", word, nearest);
    return graft_chain_fail(
        chain, place,
        "'%s', expected a layer (conv convt dwconv sepconv dense bn maxpool avgpool gap gmp flatten reshape slice "
        "dropout pad scale softmax relu ...), add, multiply, concat, sample, a block or a statement",
        word);
}

/* Words that may not have a name before them. */
static graft_status statement(graft_chain *chain, const char *place, const char *word, bool *known) {
    *known = true;
    if (strcmp(word, "let") == 0) return let(chain);
    if (strcmp(word, "for") == 0) return loop(chain);
    if (strcmp(word, "if") == 0) return condition(chain);
    if (strcmp(word, "define") == 0) return define(chain);
    if (strcmp(word, "top") == 0) return group_if(chain, chain->top);
    if (strcmp(word, "from") == 0) return from(chain);
    if (strcmp(word, "input") == 0) return input(chain, place);
    if (strcmp(word, "default") == 0) return graft_chain_read_layer(chain, &default_word, place, "");
    *known = false;
    return GRAFT_OK;
}

static graft_status item(graft_chain *chain) {
    char name[GRAFT_CHAIN_NAME] = "", word[GRAFT_CHAIN_WORD];
    const char *place = chain->at;
    const bool named = graft_chain_is_named(chain);
    bool known = false;
    if (named) {
        GRAFT_TRY(graft_chain_name(chain, name));
        if (strcmp(name, chain->root) == 0) name[0] = '\0'; /* "=word" where no block has a name */
        chain->at++;
        place = chain->at;
    }
    GRAFT_TRY(graft_chain_identifier(chain, "a word", word));
    if (!named) GRAFT_TRY(statement(chain, place, word, &known));
    if (known) return GRAFT_OK;
    if (strcmp(word, "add") == 0 || strcmp(word, "multiply") == 0 || strcmp(word, "concat") == 0 ||
        strcmp(word, "sample") == 0)
        return branches(chain, word, place, name);
    const graft_chain_word *layer = graft_chain_word_find(word);
    if (layer) return graft_chain_read_layer(chain, layer, place, name);
    const graft_chain_block *block = block_find(chain, word);
    return block ? block_call(chain, block, place, name) : unknown_word(chain, place, word);
}

/* Words up to what ends them: a closing bracket, a bar, the end. */
static graft_status sequence(graft_chain *chain) {
    for (graft_chain_space(chain); *chain->at && *chain->at != ')' && *chain->at != '|'; graft_chain_space(chain)) {
        char here[GRAFT_CHAIN_WORD];
        if (++chain->steps > GRAFT_CHAIN_STEPS)
            return graft_chain_fail(chain, chain->at, "more than %d steps", GRAFT_CHAIN_STEPS);
        GRAFT_TRY(item(chain));
        if (!*chain->at || strchr(" \t\r\n\v\f#()|", *chain->at)) continue;
        return graft_chain_fail(chain, chain->at, "%s, expected a space or ':'", graft_chain_here(chain, here));
    }
    return GRAFT_OK;
}

graft_status graft_chain_run(graft_chain *chain, const char *text) {
    char here[GRAFT_CHAIN_WORD];
    chain->text = chain->at = text;
    if (strlen(text) > GRAFT_CHAIN_SIZE)
        return graft_chain_fail(chain, text, "%zu bytes, expected at most %d", strlen(text), GRAFT_CHAIN_SIZE);
    GRAFT_TRY(sequence(chain));
    if (*chain->at == '\0') return GRAFT_OK;
    return graft_chain_fail(chain, chain->at, "%s without a '(' before it", graft_chain_here(chain, here));
}

graft_status graft_chain_init(graft_chain *chain, graft_graph *graph, const char *root, const char *what) {
    *chain = (graft_chain){.graph = graph,
                           .what = what,
                           .text = "",
                           .at = "",
                           .fault = GRAFT_E_USAGE,
                           .run = true,
                           .top = true,
                           .node = -1,
                           .entry = -1,
                           .root = root,
                           .defaults = {.padding = GRAFT_CHAIN_SAME,
                                        .bias = true,
                                        .scale = true,
                                        .center = true,
                                        .groups = 1,
                                        .dilations = {1, 1},
                                        .epsilon = 1e-3}};
    if (strlen(root) >= GRAFT_CHAIN_NAME / 2)
        return graft_fail(GRAFT_E_USAGE, "%s: a prefix of %zu bytes, expected less than %d", what, strlen(root),
                          GRAFT_CHAIN_NAME / 2);
    memcpy(chain->prefix, root, strlen(root) + 1);
    chain->variables = graft_allocate(GRAFT_CHAIN_VARIABLES, sizeof *chain->variables);
    chain->blocks = graft_allocate(GRAFT_CHAIN_BLOCKS, sizeof *chain->blocks);
    if (chain->variables && chain->blocks && graft_strmap_new(&chain->numbers) == GRAFT_OK) return GRAFT_OK;
    graft_chain_clear(chain);
    return graft_fail_memory("a network's description");
}

void graft_chain_clear(graft_chain *chain) {
    graft_release(chain->variables);
    graft_release(chain->blocks);
    graft_strmap_free(chain->numbers);
}

graft_status graft_chain_append(graft_graph *graph, const char *text, int from_node, const graft_chain_options *options,
                                int *out) {
    graft_chain chain;
    if (!graft_graph_node(graph, from_node))
        return graft_fail(GRAFT_E_USAGE, "node %d to append to, expected one of the %d nodes", from_node,
                          graft_graph_count(graph));
    GRAFT_TRY(graft_chain_init(&chain, graph, options && options->prefix ? options->prefix : "",
                               options && options->what ? options->what : "chain"));
    chain.node = chain.entry = from_node;
    chain.classes = options ? options->classes : 0;
    const graft_chain_list classes = {.count = 1, .value = {(double)chain.classes}};
    graft_status status = graft_chain_push(&chain, "classes", &classes);
    if (status == GRAFT_OK) status = graft_chain_run(&chain, text);
    if (status == GRAFT_OK) status = graft_graph_set_output(graph, chain.node);
    if (status == GRAFT_OK) *out = chain.node;
    graft_chain_clear(&chain);
    return status;
}
