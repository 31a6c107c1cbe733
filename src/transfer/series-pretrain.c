/* graft series pretrain: an encoder from series without labels. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "transfer/series-internal.h"
#include "zoo/initialise.h"

#include <string.h>

/* Moves the series of `from` to the end of `to`. */
static graft_status join(graft_series_set *to, graft_series_set *from) {
    if (to->channels != from->channels)
        return graft_fail(GRAFT_E_DATA, "%s: %zu channels, expected %zu as in %s", from->path, from->channels,
                          to->channels, to->path);
    if (!graft_reserve(&to->series, &to->capacity, to->count + from->count, sizeof *to->series))
        return graft_fail_memory("series");
    memcpy(to->series + to->count, from->series, from->count * sizeof *to->series);
    for (size_t i = 0; i < from->count; i++)
        to->series[to->count + i].label = -1;
    to->count += from->count;
    from->count = 0;
    return GRAFT_OK;
}

/* All of it: labels and parts do not matter. */
static graft_status load_all(graft_context *context, const char *const *paths, size_t count, graft_series_model *model,
                             graft_series_set **out, graft_series_result *result) {
    graft_series_result one = {0};
    *out = NULL;
    for (size_t i = 0; i < count; i++) {
        graft_series_set *set;
        graft_status status =
            graft_series_load(context, paths[i], model->arch, &model->how, &model->spec, &set, NULL, &one);
        result->missing += one.missing;
        result->constant += one.constant;
        if (status == GRAFT_OK && *out) {
            status = join(*out, set);
            graft_series_free(set);
        } else if (status == GRAFT_OK) {
            *out = set;
        }
        if (status != GRAFT_OK) {
            graft_series_free(*out);
            *out = NULL;
            return status;
        }
    }
    result->series = (*out)->count;
    result->channels = (*out)->channels;
    result->shortest = graft_series_shortest(*out);
    result->longest = result->steps = graft_series_longest(*out);
    model->spec.steps = (int64_t)result->longest;
    model->spec.masked = result->shortest < result->longest;
    return GRAFT_OK;
}

static graft_status learn(graft_context *context, graft_series_model *model, const graft_series_set *set,
                          const graft_series_options *options, graft_series_result *out) {
    graft_series_samples samples = {0};
    graft_graph *whole = NULL;
    graft_graph_totals totals;
    size_t copied, missing;
    graft_status status;
    GRAFT_TRY_TO(done, status, graft_series_network(model->arch, &model->spec, GRAFT_SERIES_AUTOENCODER, &whole));
    GRAFT_TRY_TO(done, status, graft_graph_initialise(whole, GRAFT_INIT_GLOROT, (uint64_t)options->seed));
    GRAFT_TRY_TO(done, status, graft_series_samples_make(set, &model->spec, GRAFT_SERIES_ALL, &samples));
    samples.reconstruct = true;
    graft_graph_totals_of(whole, &totals);
    out->parameters = totals.parameters;
    GRAFT_TRY_TO(done, status, graft_series_fit(context, whole, model->arch, &samples, options, NULL, out));
    GRAFT_TRY_TO(done, status, graft_series_network(model->arch, &model->spec, GRAFT_SERIES_ENCODER, &model->graph));
    GRAFT_TRY_TO(done, status, graft_series_copy_values(whole, model->graph, &copied, &missing));
    out->features =
        (size_t)graft_shape_count(&graft_graph_node(model->graph, graft_graph_output(model->graph))->output);
done:
    graft_series_samples_clear(&samples);
    graft_graph_free(whole);
    return status;
}

graft_status graft_series_pretrain(graft_context *context, const char *const *paths, size_t count,
                                   const graft_series_options *given, const char *output, graft_series_result *out) {
    const double begun = graft_now();
    graft_series_options options;
    graft_series_model *model;
    graft_series_set *set = NULL;
    *out = GRAFT_SERIES_NOTHING;
    GRAFT_TRY(graft_series_options_read(given, &options));
    if (count == 0) return graft_fail(GRAFT_E_USAGE, "no series to pretrain on, expected at least one path");
    GRAFT_TRY(graft_series_model_new(&model));
    graft_status status = graft_series_arch_find(options.arch, "timenet", &model->arch);
    model->how = graft_series_preparation_of(&options);
    model->spec = (graft_series_spec){
        .units = options.units, .layers = options.layers, .dropout = options.dropout, .teacher = options.teacher};
    if (status == GRAFT_OK && !model->arch->decoder)
        status = graft_fail(GRAFT_E_USAGE, "--arch %s: it has no decoder to pretrain it with, expected timenet",
                            model->arch->name);
    if (status == GRAFT_OK) status = load_all(context, paths, count, model, &set, out);
    if (status == GRAFT_OK) status = learn(context, model, set, &options, out);
    if (status == GRAFT_OK) status = graft_series_model_save(model, output);
    graft_series_free(set);
    graft_series_model_free(model);
    out->seconds = graft_now() - begun;
    return status;
}
