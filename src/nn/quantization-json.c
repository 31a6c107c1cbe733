/* The record of a quantisation in a model file. */
#include "nn/quantize.h"

#include "base/alloc.h"
#include "base/error.h"
#include <math.h>
#include <string.h>

#define LARGEST_UNIT 1e30
#define LEAST_PROFILE 1e-6

static graft_json *number_list(const float *numbers, size_t count) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < count; i++)
        graft_json_add(list, graft_json_new_real((double)numbers[i]));
    return list;
}

static graft_json *value_json(const graft_quantized_value *value) {
    graft_json *json = graft_json_new_object();
    graft_json_set_text(json, "name", value->name);
    graft_json_set_real(json, "unit", (double)value->unit);
    if (value->profile != NULL) graft_json_set(json, "profile", number_list(value->profile, value->channels));
    if (value->mean != NULL) graft_json_set(json, "mean", number_list(value->mean, value->channels));
    graft_json_set_bool(json, "signed", value->is_signed);
    graft_json_set_bool(json, "weighted", value->weighted);
    graft_json_set_bool(json, "int8", value->int8);
    graft_json_set_bool(json, "stored", value->stored);
    return json;
}

graft_status graft_quantization_to_json(const graft_quantization *quantization, graft_json **out) {
    graft_json *json = graft_json_new_object(), *values = graft_json_new_array();
    for (size_t i = 0; i < quantization->count; i++)
        graft_json_add(values, value_json(&quantization->values[i]));
    graft_json_set_int(json, "pictures", (int64_t)quantization->samples);
    graft_json_set_int(json, "int8_layers", quantization->int8);
    graft_json_set_int(json, "layers", quantization->weighted);
    graft_json_set_real(json, "cosine", quantization->cosine);
    graft_json_set_real(json, "sqnr", quantization->sqnr);
    graft_json_set(json, "values", values);
    *out = json;
    return json == NULL ? graft_fail_memory("a quantisation") : GRAFT_OK;
}

static graft_status read_unit(const graft_json *json, const char *name, float *out) {
    const double unit = graft_json_real(json, -1.0);
    if (!(unit >= 0.0 && unit <= LARGEST_UNIT))
        return graft_fail(GRAFT_E_DATA, "calibration of layer '%.200s': a unit that is no number from 0 on", name);
    *out = (float)unit;
    return GRAFT_OK;
}

/* One number a channel, -LARGEST_UNIT or `least` to LARGEST_UNIT; *out stays NULL where there are none. */
static graft_status read_numbers(const graft_json *list, const graft_node *node, double least, float **out) {
    const size_t count = graft_json_count(list);
    if (graft_json_type_of(list) != GRAFT_JSON_ARRAY) return GRAFT_OK;
    if (node->output.rank != 3 || (size_t)node->output.dim[0] != count)
        return graft_fail(GRAFT_E_DATA, "calibration of layer '%.200s': %zu channels, it has others", node->name,
                          count);
    *out = graft_allocate(count, sizeof **out);
    if (*out == NULL) return graft_fail_memory("a quantisation");
    for (size_t i = 0; i < count; i++) {
        const double number = graft_json_real(graft_json_at(list, i), (double)NAN);
        if (!(number >= least && number <= LARGEST_UNIT))
            return graft_fail(GRAFT_E_DATA, "calibration of layer '%.200s': channel %zu has no number in range",
                              node->name, i);
        (*out)[i] = (float)number;
    }
    return GRAFT_OK;
}

static graft_status read_value(const graft_json *json, const graft_graph *graph, graft_quantized_value *value) {
    const char *name = graft_json_text(graft_json_get(json, "name"), "");
    const graft_node *node = graft_graph_node(graph, graft_graph_find(graph, name));
    if (node == NULL) return graft_fail(GRAFT_E_DATA, "calibration of '%.200s', which is no layer here", name);
    value->name = graft_text_copy(name);
    if (value->name == NULL) return graft_fail_memory("a quantisation");
    value->is_signed = graft_json_bool(graft_json_get(json, "signed"), true);
    value->weighted = graft_json_bool(graft_json_get(json, "weighted"), false);
    value->int8 = graft_json_bool(graft_json_get(json, "int8"), false);
    value->stored = graft_json_bool(graft_json_get(json, "stored"), false);
    GRAFT_TRY(read_unit(graft_json_get(json, "unit"), name, &value->unit));
    value->channels = node->output.rank == 3 ? (size_t)node->output.dim[0] : 1;
    GRAFT_TRY(read_numbers(graft_json_get(json, "profile"), node, LEAST_PROFILE, &value->profile));
    return read_numbers(graft_json_get(json, "mean"), node, -LARGEST_UNIT, &value->mean);
}

graft_status graft_quantization_from_json(const graft_json *json, const graft_graph *graph, graft_quantization **out) {
    const graft_json *values = graft_json_get(json, "values");
    graft_status status = GRAFT_OK;
    if (graft_json_type_of(values) != GRAFT_JSON_ARRAY)
        return graft_fail(GRAFT_E_DATA, "calibration: no list of values");
    graft_quantization *read = graft_allocate_zero(1, sizeof *read);
    if (read == NULL) return graft_fail_memory("a quantisation");
    read->int8 = (int)graft_json_int(graft_json_get(json, "int8_layers"), 0);
    read->weighted = (int)graft_json_int(graft_json_get(json, "layers"), 0);
    read->samples = (size_t)graft_json_int(graft_json_get(json, "pictures"), 0);
    read->cosine = graft_json_real(graft_json_get(json, "cosine"), 0.0);
    read->sqnr = graft_json_real(graft_json_get(json, "sqnr"), (double)INFINITY);
    read->values = graft_allocate_zero(graft_json_count(values), sizeof *read->values);
    if (read->values == NULL) status = graft_fail_memory("a quantisation");
    for (size_t i = 0; i < graft_json_count(values) && status == GRAFT_OK; i++) {
        read->count = i + 1;
        status = read_value(graft_json_at(values, i), graph, &read->values[i]);
    }
    if (status == GRAFT_OK)
        *out = read;
    else
        graft_quantization_free(read);
    return status;
}
