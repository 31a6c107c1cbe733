/* Options of fine-tuning and what they come to. */
#include "transfer/tune-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "data/dataset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_EPOCHS = 8, DEFAULT_WARMUP_EPOCHS = 5, DEFAULT_BATCH = 32, DEFAULT_VIEWS = 4 };

graft_status graft_duration_parse(const char *option, const char *text, double *seconds) {
    *seconds = 0;
    if (!text || !*text) return GRAFT_OK;
    char *end;
    double value = strtod(text, &end);
    double unit = strcmp(end, "h") == 0                   ? 3600
                  : strcmp(end, "m") == 0                 ? 60
                  : *end == '\0' || strcmp(end, "s") == 0 ? 1
                                                          : 0;
    if (end == text || unit == 0 || !(value > 0) || value > 1e9)
        return graft_fail(GRAFT_E_USAGE, "--%s: received \"%s\", expected a duration such as 90s, 10m or 1h", option,
                          text);
    *seconds = value * unit;
    return GRAFT_OK;
}

static graft_status collect(graft_dataset *data, graft_split split, size_t **sample, size_t *count, int **label) {
    GRAFT_TRY(graft_dataset_indices(data, split, sample, count));
    *label = graft_allocate(*count, sizeof(**label));
    if (!*label) return graft_fail_memory("the labels");
    for (size_t i = 0; i < *count; i++)
        (*label)[i] = graft_dataset_sample(data, (*sample)[i])->label;
    return GRAFT_OK;
}

static graft_status parse_class_weights(graft_tuning *tuning) {
    const char *text = tuning->options->class_weight;
    size_t classes = graft_dataset_class_count(tuning->data);
    if (!text || !*text || strcmp(text, "none") == 0) return GRAFT_OK;
    tuning->class_weight = graft_allocate(classes, sizeof(float));
    size_t *size = graft_allocate(classes, sizeof(*size));
    graft_status status = tuning->class_weight && size ? GRAFT_OK : graft_fail_memory("the class weights");
    if (status == GRAFT_OK && strcmp(text, "auto") == 0) {
        for (size_t i = 0; i < classes; i++)
            size[i] = graft_dataset_class_size(tuning->data, i, GRAFT_SPLIT_TRAIN);
        graft_class_weights(size, (int)classes, tuning->class_weight);
        graft_release(size);
        return GRAFT_OK;
    }
    graft_release(size);
    size_t count = 0;
    for (const char *at = text; status == GRAFT_OK && at;) {
        char *end;
        double value = strtod(at, &end);
        if (end == at || (*end && *end != ',') || !(value >= 0 && value <= 1e6) || count == classes) break;
        tuning->class_weight[count++] = (float)value;
        at = *end ? end + 1 : NULL;
        if (!at && count == classes) return GRAFT_OK;
    }
    if (status != GRAFT_OK) return status;
    return graft_fail(GRAFT_E_USAGE, "--class-weight: received \"%s\", expected none, auto, or %zu numbers with commas",
                      text, classes);
}

static graft_status parse_weight_decay(graft_tuning *tuning) {
    const char *text = tuning->options->weight_decay;
    tuning->weight_decay = -1;
    if (!text || !*text || strcmp(text, "auto") == 0) return GRAFT_OK;
    char *end;
    tuning->weight_decay = strtod(text, &end);
    if (end != text && !*end && tuning->weight_decay >= 0 && tuning->weight_decay <= 100) return GRAFT_OK;
    return graft_fail(GRAFT_E_USAGE, "--weight-decay: received \"%s\", expected auto or a number from 0 to 100", text);
}

static graft_status parse_augmentation(graft_tuning *tuning) {
    const graft_tune_options *o = tuning->options;
    GRAFT_TRY(graft_augment_parse(o->augment, &tuning->augment));
    if (o->views > 1 && !tuning->augment)
        return graft_fail(GRAFT_E_USAGE, "--views %lld: without --augment all views are the same picture",
                          (long long)o->views);
    tuning->views = (graft_views){.augment = tuning->augment, .seed = tuning->seed, .count = 1};
    if (tuning->augment) tuning->views.count = o->views > 0 ? (uint32_t)o->views : DEFAULT_VIEWS;
    return GRAFT_OK;
}

static graft_status check_ranges(const graft_tune_options *o) {
    const struct {
        const char *name;
        double value, low, high;
    } ranges[] = {
        {"epochs", (double)o->epochs, 0, 10000},
        {"warmup-epochs", (double)o->warmup_epochs, 0, 10000},
        {"batch", (double)o->batch, 0, 65536},
        {"lr", o->lr, 0, 1000},
        {"clip", o->clip, 0, 1e9},
        {"ema", o->ema, 0, 0.999999},
        {"warmup", o->warmup, 0, 1000},
        {"views", (double)o->views, 0, 1000},
        {"mixup", o->mixup, 0, 100},
        {"cutmix", o->cutmix, 0, 100},
        {"patience", (double)o->patience, 0, 10000},
        {"layer-decay", o->layer_decay, 0, 1},
        {"monitor", o->monitor, 0, GRAFT_MONITOR_LOSS},
        {"bn", o->batchnorm, 0, GRAFT_BATCHNORM_TRAIN},
    };
    for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
        if (!(ranges[i].value >= ranges[i].low && ranges[i].value <= ranges[i].high))
            return graft_fail(GRAFT_E_USAGE, "--%s: received %g, expected %g to %g", ranges[i].name, ranges[i].value,
                              ranges[i].low, ranges[i].high);
    if (o->mixup > 0 && o->cutmix > 0)
        return graft_fail(GRAFT_E_USAGE, "--mixup and --cutmix: one of the two at a time");
    return GRAFT_OK;
}

graft_status graft_tuning_parse(graft_tuning *tuning) {
    const graft_tune_options *o = tuning->options;
    GRAFT_TRY(check_ranges(o));
    GRAFT_TRY(graft_recipe_parse(&tuning->recipe, o->loss, o->optimizer, o->schedule));
    GRAFT_TRY(graft_recipe_regularize(&tuning->recipe, o->regularize));
    GRAFT_TRY(parse_class_weights(tuning));
    GRAFT_TRY(parse_weight_decay(tuning));
    GRAFT_TRY(parse_augmentation(tuning));
    tuning->batch = o->batch > 0 ? (size_t)o->batch : DEFAULT_BATCH;
    tuning->epochs = o->epochs > 0 ? (uint32_t)o->epochs : DEFAULT_EPOCHS;
    return GRAFT_OK;
}

/* ---- what a checkpoint must agree on beside the options of a fit ---- */

static graft_status hash_data(const void *self, graft_hasher *hasher) {
    const graft_tuning *tuning = self;
    for (size_t i = 0; i < tuning->train_count + tuning->validation_count; i++) {
        bool trains = i < tuning->train_count;
        size_t at = trains ? i : i - tuning->train_count;
        graft_hash content = graft_sample_content(tuning->data, trains ? tuning->train[at] : tuning->validation[at]);
        graft_hasher_add_u64(hasher, content.high);
        graft_hasher_add_u64(hasher, content.low);
        graft_hasher_add_u64(hasher, (uint64_t)(trains ? tuning->train_label[at] : tuning->validation_label[at]));
    }
    graft_hasher_add_u64(hasher, tuning->train_count);
    return GRAFT_OK;
}

static graft_status hash_options(const void *self, graft_hasher *hasher) {
    const graft_tuning *tuning = self;
    graft_hash augment = graft_augment_hash(tuning->augment);
    const uint64_t parts[] = {augment.high, augment.low, tuning->views.count, (uint64_t)tuning->options->batchnorm};
    graft_hasher_add(hasher, parts, sizeof(parts));
    graft_hasher_add(hasher, &tuning->options->layer_decay, sizeof(double));
    return GRAFT_OK;
}

static graft_status hash_network(const void *self, graft_hasher *hasher) {
    const graft_tuning *tuning = self;
    graft_hash network;
    GRAFT_TRY(graft_graph_hash(tuning->network.graph, &network));
    graft_hasher_add_u64(hasher, network.high);
    graft_hasher_add_u64(hasher, network.low);
    return GRAFT_OK;
}

static graft_status hash_preprocessing(const void *self, graft_hasher *hasher) {
    const graft_tuning *tuning = self;
    graft_preprocess_hash(tuning->spec, hasher);
    return GRAFT_OK;
}

static graft_status identify(graft_tuning *tuning) {
    graft_identity *identity = &tuning->identity;
    GRAFT_TRY(graft_identity_add(identity, GRAFT_IDENTITY_DATA, hash_data, tuning));
    GRAFT_TRY(graft_identity_add(identity, GRAFT_IDENTITY_OPTIONS, hash_options, tuning));
    GRAFT_TRY(graft_identity_add(identity, GRAFT_IDENTITY_NETWORK, hash_network, tuning));
    return graft_identity_add(identity, GRAFT_IDENTITY_PREPROCESSING, hash_preprocessing, tuning);
}

graft_status graft_tuning_keep_origin(graft_tuning *tuning) {
    int output = graft_graph_output(tuning->network.graph);
    if (tuning->recipe.penalty_count == 0) return GRAFT_OK;
    return graft_graph_prefix(tuning->network.graph, &output, 1, &tuning->origin, NULL);
}

graft_status graft_tuning_init(graft_tuning *tuning, graft_context *context, graft_dataset *data,
                               const graft_preprocess *spec, const graft_tune_options *options, uint64_t seed,
                               graft_tune_network *network) {
    *tuning = (graft_tuning){.context = context,
                             .data = data,
                             .spec = spec,
                             .options = options,
                             .seed = seed,
                             .network = *network,
                             .baseline = (double)NAN};
    *network = (graft_tune_network){0};
    GRAFT_TRY(graft_tuning_parse(tuning));
    GRAFT_TRY(graft_tuning_keep_origin(tuning));
    GRAFT_TRY(collect(data, GRAFT_SPLIT_TRAIN, &tuning->train, &tuning->train_count, &tuning->train_label));
    GRAFT_TRY(collect(data, GRAFT_SPLIT_VALIDATION, &tuning->validation, &tuning->validation_count,
                      &tuning->validation_label));
    return identify(tuning);
}

void graft_tuning_clear(graft_tuning *tuning) {
    graft_tune_network_clear(&tuning->network);
    graft_graph_free(tuning->origin);
    graft_augment_free(tuning->augment);
    graft_release(tuning->train);
    graft_release(tuning->validation);
    graft_release(tuning->train_label);
    graft_release(tuning->validation_label);
    graft_release(tuning->class_weight);
    graft_features_close(tuning->boundary);
    graft_history_clear(&tuning->history);
}

/* ---- phases ---- */

static graft_status add_phase(graft_tuning *tuning, int number, int from, uint32_t epochs) {
    if (tuning->spec_count == GRAFT_RUN_PHASES)
        return graft_fail(GRAFT_E_USAGE, "--unfreeze-at: more than %d phases", GRAFT_RUN_PHASES - 2);
    tuning->specs[tuning->spec_count++] = (graft_tune_spec){number, from, epochs};
    return GRAFT_OK;
}

/* "3:block_14_expand": the phase before ends when epoch 3 begins. */
static graft_status add_unfreezing(graft_tuning *tuning, char *word, uint32_t *begun) {
    char *end;
    errno = 0;
    unsigned long epoch = strtoul(word, &end, 10);
    if (end == word || *end != ':' || errno || epoch <= *begun || epoch > tuning->epochs)
        return graft_fail(GRAFT_E_USAGE,
                          "--unfreeze-at: received \"%s\", expected EPOCH:WHAT with a rising epoch from %u to %u", word,
                          *begun + 1, tuning->epochs);
    int from;
    GRAFT_TRY(graft_freeze_fine_tune(tuning->network.graph, tuning->network.head, "unfreeze-at", end + 1, &from));
    graft_tune_spec *last = &tuning->specs[tuning->spec_count - 1];
    if (from > last->from)
        return graft_fail(GRAFT_E_USAGE,
                          "--unfreeze-at: \"%s\" freezes layers that learned before: name an earlier layer", word);
    last->epochs = (uint32_t)epoch - *begun;
    *begun = (uint32_t)epoch;
    return add_phase(tuning, last->number + 1, from, tuning->epochs - (uint32_t)epoch + 1);
}

graft_status graft_tuning_schedule(graft_tuning *tuning, int from) {
    const graft_tune_options *o = tuning->options;
    bool tunes = from < tuning->network.head;
    uint32_t warmup = o->warmup_epochs > 0 ? (uint32_t)o->warmup_epochs : DEFAULT_WARMUP_EPOCHS, begun = 1;
    tuning->spec_count = 0;
    if (tunes && !tuning->warm) GRAFT_TRY(add_phase(tuning, 0, tuning->network.head, warmup));
    GRAFT_TRY(add_phase(tuning, tunes || o->unfreeze_at ? 1 : 0, from, tuning->epochs));
    if (!o->unfreeze_at || !*o->unfreeze_at) return GRAFT_OK;
    char *copy = graft_text_copy(o->unfreeze_at), *rest = NULL;
    graft_status status = copy ? GRAFT_OK : graft_fail_memory("a text");
    for (char *word = copy ? strtok_r(copy, ",", &rest) : NULL; word && status == GRAFT_OK;
         word = strtok_r(NULL, ",", &rest))
        status = add_unfreezing(tuning, word, &begun);
    graft_release(copy);
    return status;
}
