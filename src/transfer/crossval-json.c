/* The object that `crossval --json` prints; docs/cli.md lists its keys. */
#include "base/error.h"
#include "json/json.h"
#include <graft/crossval.h>

static graft_json *list_folds(const graft_crossval_result *result) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < result->fold_count; i++) {
        const graft_crossval_fold *fold = &result->folds[i];
        graft_json *one = graft_json_new_object();
        graft_json_set_int(one, "n", (int64_t)fold->n);
        graft_json_set_real(one, "accuracy", fold->accuracy);
        graft_json_set_real(one, "loss", fold->loss);
        graft_json_set_real(one, "baseline", fold->baseline);
        if (fold->c > 0) graft_json_set_real(one, "c", fold->c);
        graft_json_add(list, one);
    }
    return list;
}

graft_status graft_crossval_json(const graft_crossval_result *result, char **json) {
    graft_json *object = graft_json_new_object(), *interval = graft_json_new_array(), *rare = graft_json_new_array();
    *json = NULL;
    graft_json_add(interval, graft_json_new_real(result->interval95[0]));
    graft_json_add(interval, graft_json_new_real(result->interval95[1]));
    for (size_t i = 0; i < result->rare_count; i++) {
        graft_json *one = graft_json_new_object();
        graft_json_set_text(one, "class", result->rare[i].name);
        graft_json_set_int(one, "n", (int64_t)result->rare[i].n);
        graft_json_add(rare, one);
    }
    graft_json_set(object, "folds", list_folds(result));
    graft_json_set_real(object, "mean", result->mean);
    graft_json_set_real(object, "std", result->std);
    graft_json_set(object, "interval95", interval);
    graft_json_set_text(object, "head", result->head);
    graft_json_set_int(object, "n", (int64_t)result->n);
    graft_json_set_int(object, "classes", (int64_t)result->classes);
    graft_json_set_text(object, "features", result->features);
    graft_json_set_int(object, "width", (int64_t)result->width);
    graft_json_set_real(object, "loss", result->loss);
    graft_json_set_real(object, "baseline", result->baseline);
    graft_json_set_int(object, "duplicates", (int64_t)result->duplicates);
    graft_json_set(object, "rare", rare);
    graft_status status = graft_json_dump(object, 0, json, NULL);
    graft_json_free(object);
    return status;
}
