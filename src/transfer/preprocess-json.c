/* The preprocessing specification in model files. Numbers are exact: a float passes through double and text unharmed.
 */
#include "transfer/model-internal.h"

#include "base/error.h"

#include <math.h>

static const graft_option choices[] = {
    {.name = "fit", .type = GRAFT_OPTION_ENUM, .offset = offsetof(graft_preprocess, fit), .choices = GRAFT_FIT_CHOICES},
    {.name = "filter",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(graft_preprocess, filter),
     .choices = GRAFT_FILTER_CHOICES},
    {.name = "scaling",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(graft_preprocess, scaling),
     .choices = GRAFT_SCALING_CHOICES},
    GRAFT_OPTION_END};
_Static_assert(sizeof(graft_fit) == sizeof(int) && sizeof(graft_filter) == sizeof(int) &&
                   sizeof(graft_scaling) == sizeof(int),
               "option rows write ints");

const char *graft_scaling_text(graft_scaling scaling, char out[GRAFT_SCALING_TEXT]) {
    graft_preprocess spec = {.scaling = scaling};
    if (graft_option_get(graft_option_find(choices, "scaling"), &spec, out, GRAFT_SCALING_TEXT) != GRAFT_OK)
        out[0] = '\0';
    return out;
}

graft_status graft_preprocess_to_json(const graft_preprocess *spec, graft_json **out) {
    char text[32];
    *out = NULL;
    graft_json *json = graft_json_new_object();
    graft_json_set_int(json, "width", spec->width);
    graft_json_set_int(json, "height", spec->height);
    graft_json_set_int(json, "channels", spec->channels);
    for (const graft_option *row = choices; row->name; row++) {
        graft_status status = graft_option_get(row, spec, text, sizeof(text));
        if (status != GRAFT_OK) {
            graft_json_free(json);
            return status;
        }
        graft_json_set_text(json, row->name, text);
    }
    graft_json_set_bool(json, "bgr", spec->bgr);
    graft_json *mean = graft_json_new_array(), *scale = graft_json_new_array();
    for (int i = 0; i < 3; i++) {
        graft_json_add(mean, graft_json_new_real((double)spec->mean[i]));
        graft_json_add(scale, graft_json_new_real((double)spec->scale[i]));
    }
    graft_json_set(json, "mean", mean);
    graft_json_set(json, "scale", scale);
    if (!json) return graft_fail_memory("the preprocessing");
    *out = json;
    return GRAFT_OK;
}

graft_status graft_preprocess_from_json(const graft_json *json, graft_preprocess *spec) {
    graft_preprocess_init(spec, GRAFT_SCALING_RAW);
    for (const graft_option *row = choices; row->name; row++)
        GRAFT_TRY(graft_option_set(row, spec, graft_json_text(graft_json_get(json, row->name), "absent")));
    int64_t width = graft_json_int(graft_json_get(json, "width"), 0);
    int64_t height = graft_json_int(graft_json_get(json, "height"), 0);
    int64_t channels = graft_json_int(graft_json_get(json, "channels"), 0);
    if (width < 1 || width > 4096 || height < 1 || height > 4096 || (channels != 1 && channels != 3))
        return graft_fail(GRAFT_E_DATA, "preprocessing: %lldx%lld px of %lld channels", (long long)width,
                          (long long)height, (long long)channels);
    spec->width = (int)width;
    spec->height = (int)height;
    spec->channels = (int)channels;
    spec->bgr = graft_json_bool(graft_json_get(json, "bgr"), false);
    for (size_t i = 0; i < 3; i++) {
        spec->mean[i] = (float)graft_json_real(graft_json_at(graft_json_get(json, "mean"), i), (double)NAN);
        spec->scale[i] = (float)graft_json_real(graft_json_at(graft_json_get(json, "scale"), i), (double)NAN);
        if (!isfinite(spec->mean[i]) || !isfinite(spec->scale[i]))
            return graft_fail(GRAFT_E_DATA, "preprocessing: mean and scale need three numbers each");
    }
    return GRAFT_OK;
}
