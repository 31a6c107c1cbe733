#include "zoo/arch.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/file.h"
#include "base/strmap.h"
#include "zoo/chain-internal.h"

#include <stdio.h>
#include <string.h>

#define FAMILY(name) extern const char *const graft_family_##name[];
#include "zoo/families.def"
#undef FAMILY

static const graft_arch archs[] = {
#define GRAFT_ARCH(name_, help_, size_, minimum_, classes_, scaling_, filter_, initialiser_, family_, variables_) \
    {.name = name_,                                                                                               \
     .help = help_,                                                                                               \
     .size = size_,                                                                                               \
     .minimum = minimum_,                                                                                         \
     .classes = classes_,                                                                                         \
     .scaling = GRAFT_SCALING_##scaling_,                                                                         \
     .filter = GRAFT_FILTER_##filter_,                                                                            \
     .initialiser = GRAFT_INIT_##initialiser_,                                                                    \
     .variables = variables_,                                                                                     \
     .text = graft_family_##family_},
#include "zoo/archs.def"
#undef GRAFT_ARCH
};

enum { ARCH_COUNT = sizeof archs / sizeof *archs, LARGEST_SIZE = 16384 };

const graft_arch *graft_arch_at(size_t index) {
    return index < ARCH_COUNT ? &archs[index] : NULL;
}

const graft_arch *graft_arch_find(const char *name) {
    const size_t length = strlen(name);
    for (size_t i = 0; i < ARCH_COUNT; i++)
        if (strcmp(archs[i].name, name) == 0) return &archs[i];
    for (size_t i = 0; i < ARCH_COUNT; i++)
        if (strncmp(archs[i].name, name, length) == 0 && archs[i].name[length] == '.') return &archs[i];
    return NULL;
}

static graft_status unknown_arch(const char *name) {
    const char *names[ARCH_COUNT];
    for (size_t i = 0; i < ARCH_COUNT; i++)
        names[i] = archs[i].name;
    const char *nearest = graft_text_nearest(name, names, ARCH_COUNT);
    return graft_fail(GRAFT_E_USAGE,
                      "there is no architecture '%s'%s%s%s (graft list archs shows them; a file's name ends in .net)",
                      name, nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

/* What is to be built: a row of the table, or a file's text. */
typedef struct plan {
    const graft_arch *arch; /* NULL: a file */
    const char *what;
    char *text;
    graft_arch_options options;
} plan;

static bool is_text_file(const char *name) {
    const size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".net") == 0;
}

bool graft_arch_is(const char *name) {
    return is_text_file(name) || (graft_arch_find(name) && graft_file_kind_of(name) == GRAFT_FILE_MISSING);
}

static graft_status read_text(const char *name, plan *p) {
    graft_buffer text;
    size_t length;
    if (is_text_file(name)) {
        p->what = name;
        GRAFT_TRY(graft_file_read(name, GRAFT_CHAIN_SIZE, &p->text, &length));
        if (strlen(p->text) == length) return GRAFT_OK;
        return graft_fail(GRAFT_E_DATA, "%s: byte %zu is 0, expected a text", name, strlen(p->text));
    }
    if (!p->arch) return unknown_arch(name);
    p->what = p->arch->name;
    graft_buffer_init(&text, GRAFT_CHAIN_SIZE);
    for (const char *const *line = p->arch->text; *line; line++)
        graft_buffer_text(&text, *line);
    graft_status status = graft_buffer_take(&text, &p->text, NULL);
    graft_buffer_clear(&text);
    return status;
}

static graft_status check_options(const plan *p) {
    const graft_arch_options *o = &p->options;
    if (o->height < 0 || o->height > LARGEST_SIZE || o->width < 0 || o->width > LARGEST_SIZE)
        return graft_fail(GRAFT_E_USAGE, "%s: an input of %lldx%lld, expected at most %d pixels", p->what,
                          (long long)o->height, (long long)o->width, LARGEST_SIZE);
    if (p->arch && o->height > 0 && (o->height < p->arch->minimum || o->width < p->arch->minimum))
        return graft_fail(GRAFT_E_USAGE, "%s: an input of %lldx%lld, the smallest is %dx%d", p->what,
                          (long long)o->height, (long long)o->width, p->arch->minimum, p->arch->minimum);
    if (o->channels != 0 && o->channels != 1 && o->channels != 3)
        return graft_fail(GRAFT_E_USAGE, "%s: %lld channels, expected 1 (grey) or 3", p->what, (long long)o->channels);
    if (o->classes < 0 || o->classes > GRAFT_MAX_DIMENSION)
        return graft_fail(GRAFT_E_USAGE, "%s: %lld classes, expected 1 to %lld", p->what, (long long)o->classes,
                          (long long)GRAFT_MAX_DIMENSION);
    if (o->multiplier != 0 && !(o->multiplier >= 0.1 && o->multiplier <= 4))
        return graft_fail(GRAFT_E_USAGE, "%s: a width multiplier of %g, expected 0.1 to 4", p->what, o->multiplier);
    return GRAFT_OK;
}

static graft_status set_variables(graft_chain *chain, const plan *p) {
    const graft_chain_list latent = {.count = 1, .value = {(double)p->options.latent}};
    const graft_chain_list width = {.count = 1, .value = {p->options.multiplier > 0 ? p->options.multiplier : 1}};
    const graft_chain_list classes = {.count = 1, .value = {(double)chain->classes}};
    GRAFT_TRY(graft_chain_push(chain, "width", &width));
    GRAFT_TRY(graft_chain_push(chain, "classes", &classes));
    if (p->options.latent > 0) GRAFT_TRY(graft_chain_push(chain, "latent", &latent));
    return p->arch ? graft_chain_assign(chain, p->arch->variables) : GRAFT_OK;
}

static graft_status run(graft_chain *chain, const plan *p) {
    const graft_arch *arch = p->arch;
    const graft_arch_options *o = &p->options;
    chain->fault = arch ? GRAFT_E_USAGE : GRAFT_E_DATA;
    chain->top = !o->no_top;
    chain->takes_input = !arch;
    chain->classes = o->classes ? o->classes : arch ? arch->classes : 1000;
    chain->height = o->height ? o->height : arch ? arch->size : 0;
    chain->width = o->width ? o->width : chain->height;
    chain->channels = o->channels ? o->channels : arch ? 3 : 0;
    GRAFT_TRY(set_variables(chain, p));
    GRAFT_TRY(graft_chain_run(chain, p->text));
    GRAFT_TRY(graft_chain_begin(chain));
    if (o->multiplier > 0 && o->multiplier != 1 && !chain->uses_width)
        return graft_fail(GRAFT_E_USAGE, "%s: this network has no width multiplier", p->what);
    return graft_graph_set_output(chain->graph, chain->node);
}

/* One attempt. */
static graft_status build(const plan *p, graft_graph **out) {
    graft_graph *graph;
    graft_chain chain;
    GRAFT_TRY(graft_graph_new(graft_path_name(p->what), &graph));
    graft_status status = graft_chain_init(&chain, graph, "", p->what);
    if (status == GRAFT_OK) {
        status = run(&chain, p);
        graft_chain_clear(&chain);
    }
    if (status == GRAFT_OK)
        *out = graph;
    else
        graft_graph_free(graph);
    return status;
}

static int smaller_side(const graft_graph *graph) {
    const graft_shape *shape = &graft_graph_node(graph, graft_graph_input(graph))->output;
    return (int)(shape->dim[1] < shape->dim[2] ? shape->dim[1] : shape->dim[2]);
}

/* Adds to the error of a size that was asked for the smallest one, between it and the text's own. */
static graft_status explain(const plan *p, graft_status failed, const char *reason) {
    plan trial = *p;
    graft_graph *graph;
    const int asked = (int)(p->options.height < p->options.width ? p->options.height : p->options.width);
    trial.options.height = trial.options.width = 0;
    if (build(&trial, &graph) != GRAFT_OK) return graft_fail(failed, "%s", reason);
    int fails = asked, works = smaller_side(graph);
    graft_graph_free(graph);
    if (fails >= works) return graft_fail(failed, "%s", reason);
    while (works - fails > 1) {
        const int middle = fails + (works - fails) / 2;
        trial.options.height = trial.options.width = middle;
        graft_status status = build(&trial, &graph);
        if (status == GRAFT_E_MEMORY) return status;
        if (status != GRAFT_OK) {
            fails = middle;
            continue;
        }
        graft_graph_free(graph);
        works = middle;
    }
    return graft_fail(failed, "%s: an input of %lldx%lld, the smallest is %dx%d (%s)", p->what,
                      (long long)p->options.height, (long long)p->options.width, works, works, reason);
}

static graft_status build_or_explain(const plan *p, graft_graph **out) {
    graft_status status = build(p, out);
    if (status == GRAFT_OK || status == GRAFT_E_MEMORY || p->options.height == 0) return status;
    char *reason = graft_text_copy(graft_error_text());
    if (!reason) return graft_fail_memory("an error text");
    status = explain(p, status, reason);
    graft_release(reason);
    return status;
}

/* `arch` NULL: the text file `name`. */
static graft_status build_named(const char *name, const graft_arch *arch, const graft_arch_options *options,
                                graft_graph **out) {
    plan p = {.arch = arch, .options = options ? *options : (graft_arch_options){.height = 0}};
    if (p.options.width == 0) p.options.width = p.options.height;
    graft_status status = read_text(name, &p);
    if (status == GRAFT_OK) status = check_options(&p);
    if (status == GRAFT_OK) status = build_or_explain(&p, out);
    graft_release(p.text);
    return status;
}

graft_status graft_arch_build(const char *name, const graft_arch_options *options, graft_graph **out) {
    return build_named(name, is_text_file(name) ? NULL : graft_arch_find(name), options, out);
}

graft_status graft_arch_build_row(const graft_arch *arch, const graft_arch_options *options, graft_graph **out) {
    return build_named(arch->name, arch, options, out);
}
