/* Generative networks: shapes, freezing, what options ask for, models as files. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "support/tiny-fixture.h"
#include "transfer/gan-internal.h"
#include "zoo/initialise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const graft_gan_spec small = {.size = 16, .channels = 3, .latent = 5, .width = 4};

static void assert_small(const graft_gan_spec *spec) {
    assert_true(spec->size == 16 && spec->channels == 3 && spec->latent == 5 && spec->width == 4 && !spec->spectral);
}

static graft_gan_model model_of(const graft_gan_spec *spec) {
    graft_gan_model model = {.spec = *spec};
    assert_ok(graft_gan_arch_find(NULL, &model.arch));
    assert_ok(graft_gan_generator(model.arch, spec, &model.generator));
    assert_ok(graft_gan_discriminator(model.arch, spec, &model.discriminator, &model.features));
    assert_ok(graft_graph_initialise(model.generator, model.arch->initialiser, 1));
    assert_ok(graft_graph_initialise(model.discriminator, model.arch->initialiser, 1));
    return model;
}

/* PyTorch's example at 64 pixels: 3,576,704 and 2,765,568 learnable numbers. */
static void dcgan_is_that_of_pytorchs_example(void **state) {
    (void)state;
    const graft_gan_spec spec = {.size = 64, .channels = 3, .latent = 100, .width = 64};
    graft_gan_model model = model_of(&spec);
    graft_graph_totals totals;
    graft_graph_totals_of(model.generator, &totals);
    assert_int_equal(totals.trainable, 3576704);
    graft_graph_totals_of(model.discriminator, &totals);
    assert_int_equal(totals.trainable, 2765568);
    const graft_shape pictures = GRAFT_SHAPE(3, 64, 64), features = GRAFT_SHAPE(512, 4, 4);
    assert_true(
        graft_shape_equal(&graft_graph_node(model.generator, graft_graph_output(model.generator))->output, &pictures));
    assert_true(graft_shape_equal(&graft_graph_node(model.discriminator, model.features)->output, &features));
    graft_gan_model_clear(&model);
}

static void the_first_layers_are_frozen_with_what_follows_them(void **state) {
    (void)state;
    graft_gan_model model = model_of(&small);
    bool *learns;
    assert_ok(graft_gan_freeze(model.discriminator, 1, &learns));
    assert_false(learns[graft_graph_find(model.discriminator, "d1")]);
    assert_false(learns[graft_graph_find(model.discriminator, "d1_leaky_relu")]);
    assert_true(learns[graft_graph_find(model.discriminator, "d2")]);
    assert_true(learns[graft_graph_find(model.discriminator, "d2_bn")]);
    graft_release(learns);
    assert_fails(GRAFT_E_USAGE, "expected 0 to 2", graft_gan_freeze(model.discriminator, 3, &learns));
    graft_gan_model_clear(&model);
}

static void networks_come_from_options_or_from_the_start(void **state) {
    (void)state;
    graft_gan_options options = GRAFT_GAN_OPTIONS_INIT;
    graft_gan_model from = model_of(&small);
    const graft_gan_arch *arch;
    graft_gan_spec spec;
    assert_ok(graft_gan_spec_of(&options, NULL, true, &arch, &spec));
    assert_true(spec.size == 64 && spec.channels == 3 && spec.latent == 100 && spec.width == 64 && !spec.spectral);
    assert_ok(graft_gan_spec_of(&options, NULL, false, &arch, &spec));
    assert_int_equal(spec.channels, 1);
    assert_ok(graft_gan_spec_of(&options, &from, false, &arch, &spec));
    assert_small(&spec);
    options.latent = 6;
    assert_fails(GRAFT_E_USAGE, "--latent: received 6, --from has networks of 5",
                 graft_gan_spec_of(&options, &from, false, &arch, &spec));
    options.latent = 0;
    options.spectral_norm = true;
    assert_fails(GRAFT_E_USAGE, "--spectral-norm", graft_gan_spec_of(&options, &from, false, &arch, &spec));
    options.image_size = 48;
    assert_fails(GRAFT_E_USAGE, "expected 16, 32", graft_gan_spec_of(&options, NULL, false, &arch, &spec));
    graft_gan_model_clear(&from);
}

static void models_come_back_as_they_were(void **state) {
    (void)state;
    char *folder = test_folder(), path[512];
    graft_context *context = test_context(1);
    graft_gan_model model = model_of(&small), read;
    assert_ok(graft_gan_generator(model.arch, &small, &model.average));
    assert_ok(graft_graph_initialise(model.average, model.arch->initialiser, 2));
    snprintf(path, sizeof path, "%s/model.graft", folder);
    assert_ok(graft_gan_model_save(&model, path));
    for (int way = 0; way < 2; way++) { /* the file, and its folder */
        assert_ok(graft_gan_model_open(context, way ? folder : path, &read));
        assert_small(&read.spec);
        graft_hash a, b;
        assert_ok(graft_graph_hash(model.average, &a));
        assert_ok(graft_graph_hash(read.average, &b));
        assert_true(graft_hash_equal(a, b));
        assert_ok(graft_graph_hash(model.discriminator, &a));
        assert_ok(graft_graph_hash(read.discriminator, &b));
        assert_true(graft_hash_equal(a, b));
        graft_gan_model_clear(&read);
    }
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -3, SEEK_END), 0);
    fputc(1, file);
    fclose(file);
    assert_fails(GRAFT_E_DATA, "SHA-256", graft_gan_model_open(context, path, &read));
    graft_gan_model_clear(&model);
    graft_context_free(context);
    test_folder_remove(folder);
}

/* ---- a run that is cancelled ---- */

/* Asks a run's context to stop at one of its allocations, which are all around the steps: in pictures that are read,
 * checkpoints, sheets and models that are written. */
typedef struct stopper {
    graft_context *context; /* NULL: no run is under way */
    size_t seen, at;        /* allocations; at 0: never */
    uint64_t trained;       /* pictures, of all runs */
} stopper;

static void count(stopper *s) {
    if (s->context && ++s->seen == s->at) graft_context_cancel(s->context);
}

static void *allocate(void *user, size_t bytes, size_t alignment) {
    void *memory = NULL;
    count(user);
    if (posix_memalign(&memory, alignment < sizeof(void *) ? sizeof(void *) : alignment, bytes ? bytes : 1) != 0)
        return NULL;
    return memory;
}

static void *resize(void *user, void *old, size_t bytes) {
    count(user);
    return realloc(old, bytes);
}

static void release(void *user, void *memory) {
    (void)user;
    free(memory);
}

static bool note(void *user, const graft_progress *progress) {
    stopper *s = user;
    if (progress->finished && strcmp(progress->phase, "gan") == 0) s->trained += progress->done;
    return true;
}

/* Three steps an epoch. */
static graft_status train(const char *pictures, const char *folder, bool resume, stopper *s) {
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_gan_options o = GRAFT_GAN_OPTIONS_INIT;
    graft_gan_result result = {0};
    graft_context *context;
    graft_dataset *data;
    options.threads = 1;
    options.no_cache = true;
    options.progress = note;
    options.user = s;
    o.image_size = 16;
    o.width = o.latent = 4;
    o.batch = 8;
    o.epochs = 2;
    o.ema = 0.9;
    o.samples = 4;
    o.checkpoint_steps = 2;
    o.folder = folder;
    o.resume = resume;
    assert_ok(graft_context_new(&context, &options));
    assert_ok(graft_dataset_open(&data, context, pictures, NULL));
    assert_ok(graft_dataset_check(data));
    s->context = context;
    graft_status status = graft_gan_train(context, data, &o, &result);
    s->context = NULL;
    graft_gan_result_clear(&result);
    graft_dataset_free(data);
    graft_context_free(context);
    return status;
}

static void same_files(const char *a, const char *b) {
    static const char *const names[] = {"model.graft", "discriminator.safetensors", "samples/epoch-0001.png",
                                        "samples/epoch-0002.png"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *first = graft_path_join(a, names[i]), *second = graft_path_join(b, names[i]);
        if (!test_files_equal(first, second)) fail_msg("%s differs from that of the unbroken run", names[i]);
        graft_release(first);
        graft_release(second);
    }
}

static void behaviour_22_a_run_cancelled_at_any_place_resumes_to_the_bit(void **state) {
    (void)state;
    enum { PLACES = 24 };
    stopper s = {0};
    const graft_allocator stopping = {allocate, resize, release, &s};
    graft_allocator_set(&stopping);
    char *folder = test_folder(), *pictures = graft_path_join(folder, "pictures");
    char *whole = graft_path_join(folder, "whole");
    tiny_pictures(pictures, tiny_classes, TINY_CLASSES, 0, 8);
    assert_ok(train(pictures, whole, false, &s));
    const size_t all = s.seen;
    const uint64_t trained = s.trained;
    assert_int_equal(trained, 48);
    int cancelled = 0;
    for (size_t place = 0; place < PLACES; place++) {
        char *part = graft_text_format("%s/%zu", folder, place);
        s = (stopper){.at = 1 + place * all / PLACES};
        const graft_status status = train(pictures, part, false, &s);
        if (status != GRAFT_OK) {
            assert_int_equal(status, GRAFT_E_CANCELLED);
            s.at = 0;
            assert_ok(train(pictures, part, true, &s));
            cancelled++;
        }
        assert_int_equal(s.trained, trained); /* no step was made twice */
        same_files(whole, part);
        graft_release(part);
    }
    assert_true(cancelled > PLACES / 2); /* else it would prove little */
    graft_release(whole);
    graft_release(pictures);
    test_folder_remove(folder);
    graft_allocator_set(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dcgan_is_that_of_pytorchs_example),
        cmocka_unit_test(the_first_layers_are_frozen_with_what_follows_them),
        cmocka_unit_test(networks_come_from_options_or_from_the_start),
        cmocka_unit_test(models_come_back_as_they_were),
        cmocka_unit_test(behaviour_22_a_run_cancelled_at_any_place_resumes_to_the_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
