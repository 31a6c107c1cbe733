/* One prediction as a line of JSON. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>

/* The most probable class that is not taken; the first of equals, NaN last. */
static size_t next_best(const float *row, size_t count, bool *taken) {
    size_t best = count;
    for (size_t i = 0; i < count; i++) {
        if (taken[i]) continue;
        if (best == count || row[i] > row[best] || (isnan(row[best]) && !isnan(row[i]))) best = i;
    }
    taken[best] = true;
    return best;
}

static graft_json *entry(const graft_predictions *self, const float *row, size_t index) {
    graft_json *json = graft_json_new_object();
    graft_json_set_text(json, "label", self->classes[index]);
    graft_json_set_real(json, "probability", (double)row[index]);
    return json;
}

graft_status graft_predictions_tell(const graft_predictions *predictions, size_t row, int top, graft_json *object) {
    const float *values = graft_predictions_row(predictions, row);
    size_t count = predictions->class_count, wanted = top < 1 ? 1 : (size_t)top;
    if (wanted > count) wanted = count;
    bool *taken = graft_allocate_zero(count, sizeof(*taken));
    if (!taken) return graft_fail_memory("a prediction");
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < wanted; i++) {
        size_t best = next_best(values, count, taken);
        if (i == 0) {
            graft_json_set_text(object, "label", predictions->classes[best]);
            graft_json_set_real(object, "probability", (double)values[best]);
        }
        graft_json_add(list, entry(predictions, values, best));
    }
    graft_json_set(object, "top", list);
    graft_release(taken);
    return GRAFT_OK;
}

graft_status graft_predictions_json(const graft_predictions *predictions, const graft_dataset *data, size_t row,
                                    int top, char **json) {
    graft_json *object = graft_json_new_object();
    *json = NULL;
    graft_json_set_text(object, "path", graft_dataset_sample(data, predictions->sample[row])->path);
    graft_status status = graft_predictions_tell(predictions, row, top, object);
    if (status == GRAFT_OK) status = graft_json_dump(object, 0, json, NULL);
    graft_json_free(object);
    return status;
}
