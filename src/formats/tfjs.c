/* TensorFlow.js layers models: model.json (topology and weights manifest) and shards of raw bytes beside it.
 * Format: https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts (ModelJSON, WeightsManifestConfig)
 */
#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "formats/container-internal.h"
#include "formats/tfjs-shards.h"

#include <math.h>
#include <string.h>

#define MODEL_JSON_LIMIT ((size_t)64 << 20)

/* Where a tensor lies and how it is packed. */
typedef struct packing {
    size_t group;           /* of the weights manifest */
    uint64_t offset, bytes; /* in the group's shards, put one behind the other */
    graft_dtype dtype;      /* as packed */
    double scale, minimum;  /* value = packed * scale + minimum, for quantised integers */
} packing;

typedef struct tfjs {
    graft_tfjs_shards *groups;
    size_t group_count;
    packing *packed; /* one an entry */
    size_t capacity;
    graft_strmap *places; /* how many tensors each layer has so far */
} tfjs;

bool graft_tfjs_probe(const unsigned char *head, size_t length) {
    size_t i = 0;
    while (i < length && (head[i] == ' ' || head[i] == '\t' || head[i] == '\r' || head[i] == '\n'))
        i++;
    return i < length && head[i] == '{' && !memchr(head, '\0', length);
}

static graft_status find_dtype(const char *path, const char *name, const char *text, graft_dtype *out) {
    static const struct {
        const char *text;
        graft_dtype dtype;
    } known[] = {{"float32", GRAFT_F32}, {"float16", GRAFT_F16}, {"int32", GRAFT_I32},
                 {"uint8", GRAFT_U8},    {"uint16", GRAFT_U16},  {"bool", GRAFT_BOOL}};
    for (size_t i = 0; text && i < sizeof known / sizeof known[0]; i++) {
        *out = known[i].dtype;
        if (strcmp(known[i].text, text) == 0) return GRAFT_OK;
    }
    return graft_fail(GRAFT_E_DATA, "%s: %s: dtype %s, expected float32, float16, int32, uint8, uint16 or bool", path,
                      name, text ? text : "missing");
}

/* Reads how the weight is quantised, if it is; `entry` gets the type after dequantisation. */
static graft_status parse_quantization(const char *path, const graft_json *json, graft_entry *entry, packing *out) {
    out->dtype = entry->dtype;
    if (graft_json_type_of(json) == GRAFT_JSON_NULL) return GRAFT_OK;
    GRAFT_TRY(find_dtype(path, entry->name, graft_json_text(graft_json_get(json, "dtype"), NULL), &out->dtype));
    if (entry->dtype != GRAFT_F32 || (out->dtype != GRAFT_U8 && out->dtype != GRAFT_U16 && out->dtype != GRAFT_F16)) {
        return graft_fail(GRAFT_E_DATA,
                          "%s: %s: %s quantised to %s, expected float32 quantised to uint8, uint16 or float16", path,
                          entry->name, graft_dtype_name(entry->dtype), graft_dtype_name(out->dtype));
    }
    if (out->dtype == GRAFT_F16) return GRAFT_OK;
    out->scale = graft_json_real(graft_json_get(json, "scale"), NAN);
    out->minimum = graft_json_real(graft_json_get(json, "min"), NAN);
    if (!isfinite(out->scale) || !isfinite(out->minimum)) {
        return graft_fail(GRAFT_E_DATA, "%s: %s: quantised to %s without a finite scale and min", path, entry->name,
                          graft_dtype_name(out->dtype));
    }
    return GRAFT_OK;
}

/* The layer is what stands before the last '/'. */
static graft_status add_to_layer(graft_container *container, graft_entry *entry) {
    graft_strmap *places = ((tfjs *)container->state)->places;
    const char *slash = strrchr(entry->name, '/');
    char *layer = graft_text_copy_n(entry->name, slash ? (size_t)(slash - entry->name) : 0);
    if (!layer) return graft_fail_memory("a tensor's name");
    size_t place = 0;
    if (!graft_strmap_get(places, layer, &place)) place = 0;
    entry->group = layer;
    entry->index = (int)place;
    graft_status status = graft_container_add(container, entry);
    if (status == GRAFT_OK) status = graft_strmap_set(places, layer, place + 1);
    graft_release(layer);
    return status;
}

static graft_status add_weight(graft_container *container, const graft_json *json, size_t group, uint64_t *offset) {
    tfjs *state = container->state;
    const char *path = container->path;
    graft_entry entry = {.name = graft_json_text(graft_json_get(json, "name"), NULL)};
    if (!entry.name || !entry.name[0])
        return graft_fail(GRAFT_E_DATA, "%s: weight %zu has no name", path, container->count);
    packing packed = {.group = group, .offset = *offset};
    GRAFT_TRY(find_dtype(path, entry.name, graft_json_text(graft_json_get(json, "dtype"), NULL), &entry.dtype));
    GRAFT_TRY(parse_quantization(path, graft_json_get(json, "quantization"), &entry, &packed));
    graft_status status = graft_container_parse_shape(graft_json_get(json, "shape"), &entry.shape);
    if (status == GRAFT_OK) status = graft_container_size(packed.dtype, &entry.shape, &packed.bytes);
    if (status != GRAFT_OK) return graft_fail_in(status, "%s: %s", path, entry.name);
    *offset += packed.bytes;
    if (!graft_reserve(&state->packed, &state->capacity, container->count + 1, sizeof packed)) {
        return graft_fail_memory("the list of tensors");
    }
    state->packed[container->count] = packed;
    return add_to_layer(container, &entry);
}

static graft_status add_groups(graft_container *container, const graft_json *manifest) {
    tfjs *state = container->state;
    size_t count = graft_json_count(manifest);
    if (count > GRAFT_CONTAINER_MAX_ENTRIES)
        return graft_fail(GRAFT_E_DATA, "%s: %zu weight groups: broken file?", container->path, count);
    state->groups = graft_allocate_zero(count, sizeof *state->groups);
    if (!state->groups) return graft_fail_memory("the list of shards");
    for (size_t i = 0; i < count; i++) {
        const graft_json *group = graft_json_at(manifest, i), *weights = graft_json_get(group, "weights");
        uint64_t bytes = 0;
        for (size_t k = 0; k < graft_json_count(weights); k++) {
            GRAFT_TRY(add_weight(container, graft_json_at(weights, k), i, &bytes));
        }
        state->group_count = i + 1;
        GRAFT_TRY(graft_tfjs_shards_open(container->path, graft_json_get(group, "paths"), bytes, &state->groups[i]));
    }
    return GRAFT_OK;
}

static void keep_text(graft_json *metadata, const graft_json *object, const char *key) {
    const char *text = graft_json_text(graft_json_get(object, key), NULL);
    if (text) graft_json_set_text(metadata, key, text);
}

/* model.save() of TF.js puts the layer object itself into modelTopology, the Python converter one below it. */
static graft_status take_topology(graft_container *container, const graft_json *model) {
    const graft_json *topology = graft_json_get(model, "modelTopology");
    const graft_json *config = graft_json_get(topology, "model_config");
    const char *format = graft_json_text(graft_json_get(model, "format"), "layers-model");
    if (strcmp(format, "layers-model") != 0) {
        return graft_fail(GRAFT_E_DATA,
                          "%s: format %s, expected a TF.js layers-model (convert the Keras model with "
                          "--output_format=tfjs_layers_model)",
                          container->path, format);
    }
    if (!config && graft_json_get(topology, "class_name")) config = topology;
    if (config) container->config = graft_json_keep(config);
    keep_text(container->metadata, topology, "keras_version");
    keep_text(container->metadata, topology, "backend");
    keep_text(container->metadata, model, "format");
    keep_text(container->metadata, model, "generatedBy");
    keep_text(container->metadata, model, "convertedBy");
    return GRAFT_OK;
}

static graft_status take_model(graft_container *container, const graft_json *model) {
    const graft_json *manifest = graft_json_get(model, "weightsManifest");
    if (graft_json_type_of(manifest) != GRAFT_JSON_ARRAY) {
        return graft_fail(GRAFT_E_DATA, "%s: JSON without a weightsManifest, expected a TF.js layers model",
                          container->path);
    }
    GRAFT_TRY(take_topology(container, model));
    return add_groups(container, manifest);
}

graft_status graft_tfjs_open(graft_context *context, const char *path, graft_container *container) {
    (void)context;
    tfjs *state = graft_allocate_zero(1, sizeof *state);
    if (!state) return graft_fail_memory("a container");
    container->state = state;
    GRAFT_TRY(graft_strmap_new(&state->places));
    char *text = NULL;
    size_t length = 0;
    GRAFT_TRY(graft_file_read(path, MODEL_JSON_LIMIT, &text, &length));
    graft_json *model = NULL;
    graft_status status = graft_json_parse(text, length, path, &model);
    graft_release(text);
    if (status == GRAFT_OK) status = take_model(container, model);
    graft_json_free(model);
    return status;
}

/* As TF.js does it: in double, rounded to float once. */
static void dequantize(const graft_tensor *in, const packing *packed, float *out) {
    size_t count = in->bytes / graft_dtype_size(in->dtype);
    const uint8_t *bytes = in->data;
    const uint16_t *words = in->data;
    for (size_t i = 0; i < count; i++) {
        double value = in->dtype == GRAFT_U8 ? bytes[i] : words[i];
        out[i] = (float)(value * packed->scale + packed->minimum);
    }
}

static graft_status unpack(graft_tensor *stored, const packing *packed, const graft_entry *entry, graft_tensor **out) {
    if (packed->dtype == GRAFT_F16) return graft_tensor_convert(stored, entry->dtype, out);
    GRAFT_TRY(graft_tensor_new(entry->dtype, &entry->shape, out));
    dequantize(stored, packed, graft_tensor_f32(*out));
    return GRAFT_OK;
}

graft_status graft_tfjs_read(graft_container *container, size_t index, graft_tensor **out) {
    const tfjs *state = container->state;
    const graft_entry *entry = &container->entries[index];
    const packing *packed = &state->packed[index];
    graft_tensor *stored = NULL;
    GRAFT_TRY(graft_tensor_new(packed->dtype, &entry->shape, &stored));
    graft_tfjs_shards_copy(&state->groups[packed->group], packed->offset, stored->data, stored->bytes);
    if (packed->dtype == entry->dtype) {
        *out = stored;
        return GRAFT_OK;
    }
    graft_status status = unpack(stored, packed, entry, out);
    graft_tensor_free(stored);
    return status;
}

void graft_tfjs_close(void *opaque) {
    tfjs *state = opaque;
    if (!state) return;
    for (size_t i = 0; i < state->group_count; i++)
        graft_tfjs_shards_close(&state->groups[i]);
    graft_release(state->groups);
    graft_release(state->packed);
    graft_strmap_free(state->places);
    graft_release(state);
}
