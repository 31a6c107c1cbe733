/* The object that `rank --json` prints; docs/cli.md lists its keys. */
#include "base/error.h"
#include "json/json.h"
#include <graft/rank.h>

#include <math.h>

static graft_json *number(double value) {
    return isfinite(value) ? graft_json_new_real(value) : graft_json_new_null();
}

static graft_json *interval(const double *bounds) {
    graft_json *list = graft_json_new_array();
    graft_json_add(list, number(bounds[0]));
    graft_json_add(list, number(bounds[1]));
    return list;
}

/* null where there is no such score. */
static graft_json *figure(const graft_rank_figure *from) {
    if (!isfinite(from->value)) return graft_json_new_null();
    graft_json *object = graft_json_new_object();
    graft_json_set_real(object, "value", from->value);
    graft_json_set(object, "interval95", interval(from->interval95));
    return object;
}

static graft_json *list_rows(const graft_rank_result *result) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < result->row_count; i++) {
        const graft_rank_row *row = &result->rows[i];
        graft_json *one = graft_json_new_object(), *scores = graft_json_new_object();
        graft_json_set_text(one, "base", row->base);
        graft_json_set_text(one, "layer", row->layer);
        graft_json_set_int(one, "width", (int64_t)row->width);
        graft_json_set_real(one, "accuracy", row->scores[0].value);
        graft_json_set_real(one, "first", row->first);
        for (size_t s = 0; s < result->score_count; s++)
            graft_json_set(scores, result->score_names[s], figure(&row->scores[s]));
        graft_json_set(one, "scores", scores);
        graft_json_add(list, one);
    }
    return list;
}

static graft_json *list_correlations(const graft_rank_result *result) {
    graft_json *object = graft_json_new_object();
    for (size_t s = 1; s < result->score_count; s++) {
        const graft_rank_correlation *from = &result->correlations[s];
        graft_json *one = graft_json_new_object();
        graft_json_set_int(one, "n", (int64_t)from->n);
        graft_json_set(one, "spearman", figure(&from->spearman));
        graft_json_set(one, "kendall", figure(&from->kendall));
        graft_json_set(object, result->score_names[s], one);
    }
    return object;
}

graft_status graft_rank_json(const graft_rank_result *result, char **json) {
    graft_json *object = graft_json_new_object(), *seconds = graft_json_new_object();
    *json = NULL;
    graft_json_set_int(object, "n", (int64_t)result->n);
    graft_json_set_int(object, "classes", (int64_t)result->classes);
    graft_json_set_int(object, "folds", (int64_t)result->folds);
    graft_json_set_real(object, "baseline", result->baseline);
    graft_json_set(object, "rows", list_rows(result));
    graft_json_set(object, "correlations", list_correlations(result));
    graft_json_set_int(object, "computed", (int64_t)result->computed);
    graft_json_set_int(object, "cached", (int64_t)result->cached);
    graft_json_set_real(seconds, "features", result->features_seconds);
    graft_json_set_real(seconds, "scores", result->scores_seconds);
    graft_json_set(object, "seconds", seconds);
    graft_status status = graft_json_dump(object, 0, json, NULL);
    graft_json_free(object);
    return status;
}
