#include "zoo/load-fit.h"

#include "base/buffer.h"
#include "base/error.h"

#include <string.h>

/* ---- a graph ---- */

void graft_fitting_clear(graft_fitting *fitting) {
    graft_pairing_clear(&fitting->pairing);
    graft_names_graph_clear(&fitting->names);
}

static bool is_better(const graft_pairing *a, const graft_pairing *b) {
    if (graft_pairing_whole(a) != graft_pairing_whole(b)) return graft_pairing_whole(a);
    if (a->paired != b->paired) return a->paired > b->paired;
    return a->wrong > b->wrong; /* a name that is there tells more than none */
}

/* Keeps the better of *best and `trial`. */
static void keep(graft_fitting *best, graft_fitting *trial) {
    if (!best->pairing.entry || is_better(&trial->pairing, &best->pairing)) {
        graft_fitting_clear(best);
        *best = *trial;
        *trial = (graft_fitting){0};
    }
    graft_fitting_clear(trial);
}

static graft_status try_dialect(const graft_names_file *file, const graft_graph *graph, const graft_graph *features,
                                const char *arch, const graft_dialect *dialect, bool by_order, graft_fitting *best) {
    graft_fitting trial = {0};
    graft_status status = graft_names_graph_read(graph, features, dialect, &trial.names);
    if (status == GRAFT_OK)
        status = by_order ? graft_pair_by_order(file, &trial.names, &trial.pairing)
                          : graft_pair_by_name(file, &trial.names, arch, &trial.pairing);
    /* Pairing by order is all or nothing. */
    if (status == GRAFT_OK && (!by_order || graft_pairing_whole(&trial.pairing)))
        keep(best, &trial);
    else
        graft_fitting_clear(&trial);
    return status;
}

graft_status graft_fit_graph(const graft_names_file *file, const graft_graph *graph, const graft_graph *features,
                             const char *arch, graft_fitting *out) {
    const graft_dialect *dialect;
    graft_status status = GRAFT_OK;
    *out = (graft_fitting){0};
    for (size_t i = 0; status == GRAFT_OK && (dialect = graft_dialect_at(i)); i++)
        status = try_dialect(file, graph, features, arch, dialect, false, out);
    for (size_t i = 0; status == GRAFT_OK && file->ordered && (dialect = graft_dialect_at(i)); i++)
        if (dialect->layers && !graft_pairing_whole(&out->pairing))
            status = try_dialect(file, graph, features, arch, dialect, true, out);
    if (status != GRAFT_OK) graft_fitting_clear(out);
    return status;
}

/* ---- an architecture ---- */

static int64_t count_classes(const graft_names_file *file, const graft_fitting *fitting) {
    const graft_pairing *p = &fitting->pairing;
    const size_t place = p->last_head_wrong;
    if (p->head_wrong == 0) return 0;
    const graft_role role = fitting->names.layers[place / GRAFT_LAYER_WEIGHTS].weight[place % GRAFT_LAYER_WEIGHTS].role;
    const graft_shape *shape = &graft_container_entry(file->container, (size_t)p->entry[place])->shape;
    const bool last = fitting->names.dialect->weight[role].layout != GRAFT_KERAS_PLAIN;
    return shape->rank > 0 ? shape->dim[last ? shape->rank - 1 : 0] : 0;
}

static void describe(const graft_names_file *file, const graft_fitting *fitting, graft_candidate_arch *out) {
    const graft_pairing *p = &fitting->pairing;
    out->dialect = fitting->names.dialect;
    out->whole = graft_pairing_whole(p);
    out->how = p->how;
    out->by_order = p->how && strcmp(p->how, "by order") == 0;
    out->wanted = p->wanted;
    out->paired = p->paired;
    out->named = p->paired + p->wrong;
    out->spare = p->spare;
    out->head_whole = p->head_wanted > 0 && p->head_paired == p->head_wanted;
    out->classes = count_classes(file, fitting);
}

/* Whether it is worth building the whole network: the part before the classifier, which costs half as much, has names
 * of the file, or at least its shapes are there, whatever their order. `exact`: shapes have to agree as well. */
static graft_status is_promising(const graft_names_file *file, const char *arch, const graft_graph *features,
                                 bool exact, bool *out) {
    graft_fitting fitting;
    GRAFT_TRY(graft_fit_graph(file, features, NULL, arch, &fitting));
    const graft_pairing *p = &fitting.pairing;
    *out = graft_pairing_whole(p) || (!exact && p->paired + p->wrong > 0);
    graft_fitting_clear(&fitting);
    const graft_dialect *dialect;
    for (size_t i = 0; !*out && file->ordered && (dialect = graft_dialect_at(i)); i++) {
        graft_names_graph names;
        if (!dialect->layers) continue;
        GRAFT_TRY(graft_names_graph_read(features, NULL, dialect, &names));
        graft_status status = graft_pair_order_fits(file, &names, out);
        graft_names_graph_clear(&names);
        GRAFT_TRY(status);
    }
    return GRAFT_OK;
}

/* An attempt at one width. */
typedef struct attempt {
    const char *arch;
    double multiplier;
    bool no_top, exact; /* exact: of interest only when it fits */
} attempt;

static graft_status fit_whole(const graft_names_file *file, const attempt *a, const graft_graph *features,
                              graft_candidate_arch *out, bool *named) {
    const graft_arch_options options = {.multiplier = a->multiplier, .no_top = a->no_top};
    graft_graph *graph = NULL;
    graft_fitting fitting = {0};
    graft_status status = graft_arch_build(a->arch, &options, &graph);
    if (status == GRAFT_OK) status = graft_fit_graph(file, graph, features, a->arch, &fitting);
    if (status == GRAFT_OK) {
        describe(file, &fitting, out);
        if (out->head_whole) out->classes = graft_arch_find(a->arch) ? graft_arch_find(a->arch)->classes : 0;
        *named = fitting.pairing.missing == 0 && fitting.pairing.wrong > 0;
        graft_fitting_clear(&fitting);
    }
    graft_graph_free(graph);
    return status;
}

static graft_status try_one(const graft_names_file *file, const attempt *a, graft_candidate_arch *out, bool *named) {
    const graft_arch_options some = {.multiplier = a->multiplier, .no_top = true};
    graft_graph *features;
    bool promising = true;
    *named = false;
    *out = (graft_candidate_arch){.arch = a->arch, .multiplier = a->multiplier, .no_top = a->no_top};
    GRAFT_TRY(graft_arch_build(a->arch, &some, &features));
    /* In a text of the user's the classifier may be anywhere. */
    graft_status status =
        graft_arch_find(a->arch) ? is_promising(file, a->arch, features, a->exact, &promising) : GRAFT_OK;
    if (status == GRAFT_OK && promising) status = fit_whole(file, a, features, out, named);
    graft_graph_free(features);
    return status;
}

static graft_status fit_one(const graft_names_file *file, const char *arch, graft_candidate_arch *out) {
    static const double widths[] = {0.25, 0.35, 0.5, 0.75, 1.3, 1.4, 0.1};
    graft_candidate_arch trial;
    bool named, ignored;
    GRAFT_TRY(try_one(file, &(attempt){.arch = arch, .multiplier = 1}, out, &named));
    for (size_t i = 0; named && !out->whole && i < sizeof widths / sizeof *widths; i++) {
        const attempt a = {.arch = arch, .multiplier = widths[i], .exact = true};
        graft_status status = try_one(file, &a, &trial, &ignored);
        if (status == GRAFT_E_USAGE) break; /* the network has no multiplier */
        GRAFT_TRY(status);
        if (trial.whole) *out = trial;
    }
    /* By order a layer of the classifier that looks like one of the network stands in the way. */
    if (out->whole || !file->ordered) return GRAFT_OK;
    const attempt without = {.arch = arch, .multiplier = 1, .no_top = true, .exact = true};
    GRAFT_TRY(try_one(file, &without, &trial, &ignored));
    if (trial.whole) *out = trial;
    return GRAFT_OK;
}

graft_status graft_fit_arch(const graft_names_file *file, const char *arch, graft_candidate_arch *out) {
    const size_t length = strlen(arch);
    const graft_arch *row;
    graft_candidate_arch trial;
    *out = (graft_candidate_arch){0};
    for (size_t i = 0; !out->whole && (row = graft_arch_at(i)); i++) {
        if (strncmp(row->name, arch, length) != 0 || (row->name[length] != '\0' && row->name[length] != '.')) continue;
        GRAFT_TRY(fit_one(file, row->name, &trial));
        if (!out->arch || trial.whole || trial.named > out->named) *out = trial;
    }
    return out->arch ? GRAFT_OK : fit_one(file, arch, out);
}

/* ---- the table ---- */

static graft_status refuse_several(const graft_names_file *file, const graft_candidate_arch *fits, size_t count) {
    graft_buffer list;
    graft_buffer_init(&list, 0);
    for (size_t i = 0; i < count; i++)
        graft_buffer_format(&list, "%s%s", i == 0 ? "" : ", ", fits[i].arch);
    graft_status status = graft_buffer_status(&list);
    if (status == GRAFT_OK)
        status = graft_fail(GRAFT_E_USAGE,
                            "%s: weights alone, and several networks have tensors of these shapes (%s): "
                            "say which with --arch",
                            graft_container_path(file->container), list.data);
    graft_buffer_clear(&list);
    return status;
}

enum { MOST_LISTED = 8 };

/* By name before by order; then who leaves fewer tensors. */
static int compare(const graft_candidate_arch *a, const graft_candidate_arch *b) {
    if (a->by_order != b->by_order) return a->by_order ? 1 : -1;
    return a->spare < b->spare ? -1 : a->spare > b->spare;
}

graft_status graft_fit_table(const graft_names_file *file, graft_candidate_arch *out) {
    graft_candidate_arch fits[MOST_LISTED], trial;
    size_t count = 0;
    const graft_arch *row;
    *out = (graft_candidate_arch){0};
    for (size_t i = 0; (row = graft_arch_at(i)); i++) {
        GRAFT_TRY(graft_fit_arch(file, row->name, &trial));
        if (!trial.whole) {
            if (trial.paired > out->paired && !out->whole) *out = trial;
            continue;
        }
        if (count > 0 && compare(&trial, &fits[0]) < 0) count = 0;
        if (count > 0 && compare(&trial, &fits[0]) > 0) continue;
        if (count < MOST_LISTED) fits[count++] = trial;
    }
    if (count > 1) return refuse_several(file, fits, count);
    if (count == 1) *out = fits[0];
    return GRAFT_OK;
}
