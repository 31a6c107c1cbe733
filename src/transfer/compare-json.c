/* The object that `compare --json` prints; docs/cli.md lists its keys. */
#include "base/error.h"
#include "json/json.h"
#include <graft/compare.h>

#include <math.h>

static const char *const verdicts[] = {"none", "positive", "negative"};

static graft_json *interval_of(const double *interval) {
    graft_json *list = graft_json_new_array();
    graft_json_add(list, isfinite(interval[0]) ? graft_json_new_real(interval[0]) : graft_json_new_null());
    graft_json_add(list, isfinite(interval[1]) ? graft_json_new_real(interval[1]) : graft_json_new_null());
    return list;
}

static void set_real(graft_json *object, const char *key, double value) {
    graft_json_set(object, key, isfinite(value) ? graft_json_new_real(value) : graft_json_new_null());
}

static graft_json *figure_of(const graft_compare_figure *figure) {
    graft_json *object = graft_json_new_object();
    set_real(object, "value", figure->value);
    graft_json_set(object, "interval95", interval_of(figure->interval95));
    set_real(object, "p", figure->p);
    return object;
}

static graft_json *curve_of(const graft_compare_point *points, size_t count) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < count; i++) {
        graft_json *pair = graft_json_new_array();
        graft_json_add(pair, graft_json_new_real(points[i].x));
        graft_json_add(pair, graft_json_new_real(points[i].accuracy));
        graft_json_add(pair, graft_json_new_real(points[i].interval95[0]));
        graft_json_add(pair, graft_json_new_real(points[i].interval95[1]));
        graft_json_add(list, pair);
    }
    return list;
}

static graft_json *list_arms(const graft_compare_result *result) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < result->arm_count; i++) {
        const graft_compare_arm *arm = &result->arms[i];
        graft_json *one = graft_json_new_object();
        graft_json_set_text(one, "name", arm->name);
        graft_json_set_text(one, "what", arm->what);
        graft_json_set(one, "transfers", graft_json_new_bool(arm->transfers));
        graft_json_set_real(one, "accuracy", arm->accuracy);
        graft_json_set(one, "interval95", interval_of(arm->interval95));
        graft_json_set(one, "above_majority", figure_of(&arm->above_majority));
        graft_json_set(one, "curve", curve_of(arm->epochs, arm->epoch_count));
        graft_json_set(one, "sizes", curve_of(arm->sizes, arm->size_count));
        graft_json_set_real(one, "seconds", arm->seconds);
        graft_json_add(list, one);
    }
    return list;
}

static graft_json *factors_of(const graft_compare_factors *factors) {
    graft_json *object = graft_json_new_object();
    if (!factors->with) return object;
    graft_json_set_text(object, "with", factors->with);
    graft_json_set_text(object, "without", factors->without);
    graft_json_set(object, "start", figure_of(&factors->start));
    graft_json_set(object, "slope", figure_of(&factors->slope));
    graft_json_set(object, "asymptote", figure_of(&factors->asymptote));
    return object;
}

static graft_json *list_findings(const graft_compare_finding *findings, size_t count) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < count; i++) {
        graft_json *one = graft_json_new_object();
        graft_json_set_text(one, "name", findings[i].name);
        graft_json_set_text(one, "state", graft_compare_state_name(findings[i].state));
        graft_json_set_text(one, "text", findings[i].text);
        graft_json_set(one, "effect",
                       isfinite(findings[i].effect.value) ? figure_of(&findings[i].effect) : graft_json_new_null());
        graft_json_add(list, one);
    }
    return list;
}

graft_status graft_compare_json(const graft_compare_result *result, char **json) {
    graft_json *object = graft_json_new_object();
    *json = NULL;
    graft_json_set(object, "arms", list_arms(result));
    set_real(object, "start", result->by_size.start.value);
    set_real(object, "slope", result->by_size.slope.value);
    set_real(object, "asymptote", result->by_size.asymptote.value);
    graft_json_set_text(object, "verdict", verdicts[result->verdict]);
    set_real(object, "p_value", result->p_value);
    graft_json_set(object, "difference", figure_of(&result->difference));
    graft_json_set_int(object, "pairs", (int64_t)result->pairs);
    graft_json_set_text(object, "words", result->words);
    graft_json_set(object, "by_size", factors_of(&result->by_size));
    graft_json_set(object, "by_epoch", factors_of(&result->by_epoch));
    graft_json_set(object, "causes", list_findings(result->causes, result->cause_count));
    graft_json_set(object, "remedies", list_findings(result->remedies, result->remedy_count));
    graft_json_set_int(object, "n", (int64_t)result->n);
    graft_json_set_int(object, "classes", (int64_t)result->classes);
    graft_json_set_int(object, "folds", (int64_t)result->folds);
    if (result->held_out > 0) graft_json_set_int(object, "held_out", (int64_t)result->held_out);
    graft_json_set_real(object, "majority", result->majority);
    graft_json_set_real(object, "seconds", result->seconds);
    graft_status status = graft_json_dump(object, 0, json, NULL);
    graft_json_free(object);
    return status;
}
