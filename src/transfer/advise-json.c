/* Advice as JSON, and as the plan that training takes. */
#include "transfer/advise-internal.h"

#include "base/error.h"
#include "json/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static graft_json *number(double value) {
    return isfinite(value) ? graft_json_new_real(value) : graft_json_new_null();
}

static void set_text(graft_json *object, const char *key, const char *text) {
    graft_json_set(object, key, text ? graft_json_new_text(text) : graft_json_new_null());
}

static graft_json *data_object(const graft_advice *advice) {
    graft_json *object = graft_json_new_object();
    graft_json_set_int(object, "train", (int64_t)advice->train);
    graft_json_set_int(object, "validation", (int64_t)advice->validation);
    graft_json_set_int(object, "test", (int64_t)advice->test);
    graft_json_set_int(object, "classes", (int64_t)advice->classes);
    graft_json_set_int(object, "smallest", (int64_t)advice->smallest);
    graft_json_set_int(object, "largest", (int64_t)advice->largest);
    return object;
}

static graft_json *measured_object(const graft_advice *advice) {
    graft_json *object = graft_json_new_object(), *interval = graft_json_new_array();
    graft_json_add(interval, number(advice->interval95[0]));
    graft_json_add(interval, number(advice->interval95[1]));
    graft_json_set(object, "accuracy", number(advice->accuracy));
    graft_json_set(object, "interval95", interval);
    graft_json_set(object, "knn", number(advice->knn));
    graft_json_set(object, "majority", number(advice->majority));
    graft_json_set(object, "pixels", number(advice->pixels));
    graft_json_set(object, "skill", number(advice->skill));
    graft_json_set(object, "images_per_second", number(advice->images_per_second));
    return object;
}

static graft_json *domain_object(const graft_advice_domain *domain) {
    if (!isfinite(domain->mmd2)) return graft_json_new_null();
    graft_json *object = graft_json_new_object();
    graft_json_set_real(object, "mmd2", domain->mmd2);
    graft_json_set_real(object, "null95", domain->null95);
    graft_json_set_real(object, "p_value", domain->p_value);
    graft_json_set(object, "cka", number(domain->cka));
    graft_json_set(object, "cka_null5", number(domain->cka_null5));
    graft_json_set(object, "cka_p_value", number(domain->cka_p_value));
    graft_json_set_int(object, "own", (int64_t)domain->own);
    graft_json_set_int(object, "source", (int64_t)domain->source);
    return object;
}

static graft_json *strategies_array(const graft_advice *advice) {
    graft_json *list = graft_json_new_array();
    for (int i = 0; i < GRAFT_STRATEGY_COUNT; i++) {
        const graft_advice_strategy *from = &advice->strategies[i];
        if (!from->possible) continue;
        graft_json *one = graft_json_new_object();
        graft_json_set_text(one, "strategy", graft_strategy_name((graft_strategy)i));
        set_text(one, "fine_tune", from->fine_tune);
        set_text(one, "layer", from->layer);
        set_text(one, "boundary", from->boundary);
        graft_json_set_int(one, "trainable", from->trainable);
        graft_json_set_int(one, "frozen", from->frozen);
        graft_json_set(one, "accuracy", number(from->accuracy));
        graft_json_set(one, "deviation", number(from->deviation));
        graft_json_set_int(one, "epochs", from->epochs);
        graft_json_set(one, "rate", number(from->rate));
        graft_json_set(one, "seconds", number(from->seconds));
        graft_json_set_bool(one, "chosen", from->chosen);
        graft_json_add(list, one);
    }
    return list;
}

graft_status graft_advice_json(const graft_advice *advice, char **json) {
    static const char *const sizes[] = {"small", "medium", "large"}, *const likenesses[] = {"similar", "different"};
    graft_json *object = graft_json_new_object();
    *json = NULL;
    graft_json_set(object, "data", data_object(advice));
    graft_json_set_text(object, "size", sizes[advice->size]);
    set_text(object, "likeness", advice->likeness == GRAFT_ADVICE_UNKNOWN ? NULL : likenesses[advice->likeness]);
    graft_json_set(object, "measured", measured_object(advice));
    graft_json_set(object, "domain", domain_object(&advice->domain));
    graft_json_set(object, "strategies", strategies_array(advice));
    set_text(object, "strategy", graft_strategy_name(advice->strategy));
    set_text(object, "reason", advice->reason);
    graft_status status = graft_json_dump(object, 0, json, NULL);
    graft_json_free(object);
    return status;
}

graft_status graft_advice_plan_json(const graft_advice *advice, char **json) {
    const graft_advice_owner *self = (const graft_advice_owner *)advice; /* its first member */
    *json = NULL;
    if (!self->run) return graft_fail(GRAFT_E_USAGE, "a plan needs a network: give --base");
    graft_run plan = *self->run;
    const graft_advice_strategy *chosen = &advice->strategies[advice->strategy];
    if (self->fine_tune[0]) plan.options.tune.fine_tune = self->fine_tune;
    if (chosen->epochs > 0) {
        plan.options.tune.epochs = chosen->epochs;
        plan.options.tune.lr = chosen->rate;
    }
    return graft_run_plan_json(&plan, json);
}
