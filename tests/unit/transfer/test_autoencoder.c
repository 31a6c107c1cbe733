/* Autoencoders on tiny pictures: what is learned, what is kept, what stands out, what is refused. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "data/image.h"
#include "support/tiny.h"
#include "transfer/autoencoder-internal.h"
#include "transfer/model-internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const colours[] = {"apple", "berry"};
enum { EACH = 24, STRANGE = 3 };

typedef struct fixture {
    char *folder, *pictures, *others, *run;
    graft_context *context;
    int epochs;
} fixture;

static char *inside(const fixture *f, const char *name) {
    static char path[4][1024];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", f->folder, name);
    return path[next];
}

/* Black and white without any order, which no code of a few numbers holds. */
static void put_noise(const char *folder) {
    for (unsigned i = 0; i < STRANGE; i++) {
        char path[1024], picture[13 + 16 * 16 * 3] = "P6\n16 16\n255\n";
        uint32_t seed = i + 1;
        for (size_t k = 13; k < sizeof picture; k++) {
            seed = seed * 1664525U + 1013904223U;
            picture[k] = seed >> 31 ? (char)-1 : 0;
        }
        snprintf(path, sizeof path, "%s/noise%u.ppm", folder, i);
        assert_ok(graft_file_write(path, picture, sizeof picture));
    }
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    f->folder = test_folder();
    f->pictures = graft_path_join(f->folder, "pictures");
    f->others = graft_path_join(f->folder, "others");
    f->run = graft_path_join(f->folder, "run");
    f->context = test_context(1);
    tiny_pictures(f->pictures, colours, 2, 0, EACH);
    tiny_pictures(f->others, colours, 2, EACH, STRANGE);
    put_noise(f->others);
    assert_ok(graft_folder_make(f->run));
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_context_free(f->context);
    graft_release(f->pictures);
    graft_release(f->others);
    graft_release(f->run);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static graft_dataset *open_data(fixture *f, const char *path) {
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    graft_dataset *data;
    options.unlabelled = true;
    assert_ok(graft_dataset_open(&data, f->context, path, &options));
    return data;
}

static graft_autoencoder_options small(const char *arch, int epochs) {
    graft_autoencoder_options options = GRAFT_AUTOENCODER_OPTIONS_INIT;
    options.latent = 4;
    options.pretrain.arch = arch;
    options.pretrain.image_size = 16;
    options.pretrain.tune.epochs = epochs;
    options.pretrain.tune.batch = 8;
    return options;
}

typedef struct trained {
    graft_dataset *data;
    graft_run *run;
} trained;

static trained train(fixture *f, const graft_autoencoder_options *options) {
    trained out = {.data = open_data(f, f->pictures)};
    assert_ok(graft_autoencoder_train(&out.run, f->context, out.data, options));
    return out;
}

static void release(trained t) {
    graft_run_free(t.run);
    graft_dataset_free(t.data);
}

static double share_above(const graft_scores *scores) {
    double above = 0;
    for (size_t i = 0; i < scores->n; i++)
        above += scores->score[i] > scores->threshold;
    return above / (double)scores->n;
}

static void every_row_learns(void **state) {
    fixture *f = *state;
    for (size_t k = 0; graft_autoencoder_arch_at(k); k++) {
        graft_autoencoder_options options = small(graft_autoencoder_arch_at(k)->net.name, 8);
        graft_autoencoder_about about;
        options.quantile = 0.9;
        trained t = train(f, &options);
        const size_t count = graft_run_epoch_count(t.run);
        assert_int_equal(count, 8);
        assert_true(graft_run_epoch_at(t.run, count - 1)->loss < graft_run_epoch_at(t.run, 0)->loss);
        assert_true(isnan(graft_run_epoch_at(t.run, 0)->accuracy));
        assert_true(isfinite(graft_run_epoch_at(t.run, 0)->val_loss));
        graft_autoencoder_tell(graft_run_autoencoder(t.run), &about);
        assert_int_equal(about.latent, 4);
        assert_int_equal(about.channels, 3);
        const graft_scores *scores = graft_run_scores(t.run, GRAFT_SPLIT_TRAIN);
        assert_int_equal(about.pictures, scores->n);
        assert_true(fabs(share_above(scores) - 0.1) < 0.06);
        assert_true(about.threshold == scores->threshold);
        assert_non_null(graft_run_scores(t.run, GRAFT_SPLIT_VALIDATION));
        assert_null(graft_run_scores(t.run, GRAFT_SPLIT_TEST));
        release(t);
    }
}

/* Nothing of a run is left to chance. */
static void runs_repeat_to_the_bit(void **state) {
    fixture *f = *state;
    graft_hash hash[3];
    for (int i = 0; i < 3; i++) {
        graft_autoencoder_options options = small("variational", 2);
        options.noise = 0.2;
        options.pretrain.seed = i == 2;
        trained t = train(f, &options);
        assert_ok(graft_graph_hash(graft_run_autoencoder(t.run)->graph, &hash[i]));
        release(t);
    }
    assert_true(graft_hash_equal(hash[0], hash[1]));
    assert_false(graft_hash_equal(hash[0], hash[2]));
}

static void stop_after(void *user, const graft_run_epoch *epoch) {
    fixture *f = user;
    if ((int)epoch->epoch >= f->epochs) graft_context_cancel(f->context);
}

static void a_broken_run_ends_as_an_unbroken_one(void **state) {
    fixture *f = *state;
    graft_hash whole, broken;
    graft_autoencoder_options options = small("variational", 4);
    options.noise = 0.1;
    options.pretrain.tune.ema = 0.9;
    trained t = train(f, &options);
    assert_ok(graft_graph_hash(graft_run_autoencoder(t.run)->graph, &whole));
    const double threshold = graft_run_autoencoder(t.run)->threshold;
    release(t);
    graft_run *run;
    graft_dataset *data = open_data(f, f->pictures);
    options.pretrain.tune.folder = f->run;
    options.pretrain.tune.on_epoch = stop_after;
    options.pretrain.tune.user = f;
    f->epochs = 2;
    assert_fails(GRAFT_E_CANCELLED, "", graft_autoencoder_train(&run, f->context, data, &options));
    graft_dataset_free(data);
    graft_context_free(f->context);
    f->context = test_context(1);
    f->epochs = 100;
    options.pretrain.tune.resume = true;
    t = train(f, &options);
    assert_int_equal(graft_run_epoch_count(t.run), 4);
    assert_ok(graft_graph_hash(graft_run_autoencoder(t.run)->graph, &broken));
    assert_true(graft_hash_equal(whole, broken));
    assert_true(graft_run_autoencoder(t.run)->threshold == threshold);
    release(t);
    options.noise = 0.11; /* another run */
    data = open_data(f, f->pictures);
    assert_fails(GRAFT_E_DATA, "other options;", graft_autoencoder_train(&run, f->context, data, &options));
    graft_dataset_free(data);
}

/* Where a sheet's row and column begin. */
static const unsigned char *tile(const graft_contact_sheet *sheet, size_t row, size_t column) {
    const size_t x = sheet->gap + column * (sheet->tile_width + sheet->gap);
    const size_t y = sheet->gap + row * (sheet->tile_height + sheet->gap);
    return sheet->rgb + 3 * (y * sheet->width + x);
}

static void assert_tiles(const graft_contact_sheet *a, const unsigned char *one, const graft_contact_sheet *b,
                         const unsigned char *other, bool equal) {
    bool same = true;
    for (size_t y = 0; y < a->tile_height; y++)
        same = same && memcmp(one + 3 * y * a->width, other + 3 * y * b->width, 3 * a->tile_width) == 0;
    assert_true(same == equal);
}

/* A row from one picture to another begins with the one, what the network makes of it, ... and ends with the other. */
static void points_of_the_code_are_pictures(void **state) {
    fixture *f = *state;
    static const char *const archs[] = {"conv", "variational"};
    for (size_t k = 0; k < 2; k++) {
        graft_autoencoder_options options = small(archs[k], 2);
        graft_contact_sheet row = {0}, plain = {0}, drawn = {0}, again = {0};
        trained t = train(f, &options);
        const graft_autoencoder *model = graft_run_autoencoder(t.run);
        const size_t sample[] = {0, EACH + 1};
        assert_ok(graft_autoencoder_draw_between(model, t.data, sample, 1, 5, &row));
        assert_int_equal(row.columns, 7);
        assert_ok(graft_autoencoder_draw(model, t.data, sample, 2, 2, &plain));
        for (size_t side = 0; side < 2; side++) {
            assert_tiles(&row, tile(&row, 0, 6 * side), &plain, tile(&plain, 0, side), true);
            assert_tiles(&row, tile(&row, 0, 1 + 4 * side), &plain, tile(&plain, 1, side), true);
        }
        assert_tiles(&row, tile(&row, 0, 3), &row, tile(&row, 0, 1), false);
        assert_true(graft_autoencoder_has_prior(model) == (k == 1));
        if (k == 1) {
            assert_ok(graft_autoencoder_draw_prior(model, 7, 3, 2, &drawn));
            assert_ok(graft_autoencoder_draw_prior(model, 7, 2, 2, &again));
            assert_tiles(&drawn, tile(&drawn, 0, 1), &again, tile(&again, 0, 1), true);
            assert_tiles(&drawn, tile(&drawn, 0, 1), &drawn, tile(&drawn, 0, 0), false);
        } else {
            assert_fails(GRAFT_E_USAGE, "no distribution", graft_autoencoder_draw_prior(model, 7, 3, 2, &drawn));
        }
        graft_contact_sheet_clear(&row);
        graft_contact_sheet_clear(&plain);
        graft_contact_sheet_clear(&drawn);
        graft_contact_sheet_clear(&again);
        release(t);
    }
}

static void write_model(fixture *f, const char *path) {
    graft_autoencoder_options options = small("conv", 12);
    trained t = train(f, &options);
    assert_ok(graft_autoencoder_save(graft_run_autoencoder(t.run), path));
    release(t);
}

static void strange_pictures_stand_out(void **state) {
    fixture *f = *state;
    graft_autoencoder *model;
    graft_scores *scores;
    char *line, *table;
    write_model(f, inside(f, "model.graft"));
    assert_ok(graft_autoencoder_open(&model, f->context, inside(f, "model.graft")));
    graft_dataset *data = open_data(f, f->others);
    assert_ok(graft_autoencoder_score(&scores, model, data));
    assert_int_equal(scores->n, 3 * STRANGE);
    double usual = 0, other = 0;
    for (size_t i = 0; i < scores->n; i++)
        *(strncmp(graft_dataset_sample(data, scores->sample[i])->name, "noise", 5) == 0 ? &other : &usual) +=
            scores->score[i];
    assert_true(other / STRANGE > 3 * usual / (2 * STRANGE));
    assert_true(other / STRANGE > scores->threshold);
    assert_ok(graft_scores_json(scores, data, 0, &line));
    assert_non_null(strstr(line, "\"score\":"));
    assert_non_null(strstr(line, "\"anomalous\":"));
    assert_ok(graft_scores_tsv(scores, data, &table));
    assert_true(strncmp(table, "path\tscore\tthreshold\tverdict\n", 29) == 0);
    graft_text_free(line);
    graft_text_free(table);
    graft_scores_free(scores);
    assert_ok(graft_autoencoder_sheet(model, data, 5, 3, inside(f, "sheet.png")));
    char *png;
    size_t length;
    assert_ok(graft_file_read(inside(f, "sheet.png"), 0, &png, &length));
    graft_decoder *decoder;
    graft_image image;
    assert_ok(graft_decoder_new(&decoder));
    assert_ok(graft_decode(decoder, (unsigned char *)png, length, 0, 0, &image));
    assert_int_equal(image.width, 3 * (16 + 4) + 4);
    assert_int_equal(image.height, 4 * (16 + 4) + 4);
    graft_decoder_free(decoder);
    graft_release(png);
    graft_dataset_free(data);
    graft_autoencoder_free(model);
}

/* The file is a backbone, too: its features are the code. */
static void the_encoder_is_a_backbone(void **state) {
    fixture *f = *state;
    graft_backbone *backbone;
    write_model(f, inside(f, "model.graft"));
    assert_ok(graft_backbone_open(&backbone, f->context, inside(f, "model.graft"), NULL));
    const int last = graft_cut_last(backbone->graph);
    assert_string_equal(graft_graph_node(backbone->graph, last)->name, "latent");
    assert_int_equal(graft_graph_node(backbone->graph, last)->output.dim[0], 4);
    assert_int_equal(backbone->spec.width, 16);
    assert_int_equal(backbone->spec.scaling, GRAFT_SCALING_01);
    graft_backbone_free(backbone);
}

static void damaged_models_are_refused(void **state) {
    fixture *f = *state;
    graft_autoencoder *model;
    char *bytes, *path = inside(f, "damaged.graft");
    size_t length;
    write_model(f, inside(f, "model.graft"));
    assert_ok(graft_file_read(inside(f, "model.graft"), 0, &bytes, &length));
    bytes[length - 9] ^= 1;
    assert_ok(graft_file_write(path, bytes, length));
    assert_fails(GRAFT_E_DATA, "damaged.graft", graft_autoencoder_open(&model, f->context, path));
    assert_ok(graft_file_write(path, bytes, length / 2));
    assert_fails(GRAFT_E_DATA, "damaged.graft", graft_autoencoder_open(&model, f->context, path));
    graft_release(bytes);
    tiny_network(f->context, path, 16, 3, 1);
    assert_fails(GRAFT_E_DATA, "no autoencoder", graft_autoencoder_open(&model, f->context, path));
}

static void what_cannot_be_is_refused(void **state) {
    fixture *f = *state;
    graft_run *run;
    graft_dataset *data = open_data(f, f->pictures);
    const struct {
        const char *arch;
        double noise, quantile;
        int64_t latent, size;
        const char *error;
    } cases[] = {{"cnov", 0, 0.9, 4, 16, "no autoencoder 'cnov', did you mean 'conv'"},
                 {"conv", 2, 0.9, 4, 16, "--noise: received 2"},
                 {"conv", 0, 0.1, 4, 16, "--quantile: received 0.1"},
                 {"conv", 0, (double)NAN, 4, 16, "--quantile: received nan"},
                 {"conv", 0, 0.9, -4, 16, "--latent: received -4"},
                 {"conv", 0, 0.9, 4, 1, "an input of 1x1, the smallest is 8x8"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        graft_autoencoder_options options = small(cases[i].arch, 1);
        options.noise = cases[i].noise;
        options.quantile = cases[i].quantile;
        options.latent = cases[i].latent;
        options.pretrain.image_size = cases[i].size;
        assert_fails(GRAFT_E_USAGE, cases[i].error, graft_autoencoder_train(&run, f->context, data, &options));
    }
    graft_autoencoder_options options = small("conv", 1);
    options.pretrain.tune.mixup = 1;
    assert_fails(GRAFT_E_USAGE, "no options of labels", graft_autoencoder_train(&run, f->context, data, &options));
    graft_dataset_free(data);
    char *one = graft_path_join(f->pictures, "apple/00.jpg");
    data = open_data(f, one);
    assert_fails(GRAFT_E_DATA, "1 sound training pictures of 1, expected at least 2",
                 graft_autoencoder_train(&run, f->context, data, NULL));
    graft_release(one);
    graft_dataset_free(data);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        ROW(every_row_learns),
        ROW(runs_repeat_to_the_bit),
        ROW(a_broken_run_ends_as_an_unbroken_one),
        ROW(strange_pictures_stand_out),
        ROW(the_encoder_is_a_backbone),
        ROW(damaged_models_are_refused),
        ROW(points_of_the_code_are_pictures),
        ROW(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
