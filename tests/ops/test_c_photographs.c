/* A real classifier of photographs as C: it answers as graft does. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "data/image.h"
#include "export/export.h"
#include "transfer/classifier.h"
#include <graft/train.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TRAIN = 12, EACH = 3, CLASSES = 10, PICTURES = EACH * CLASSES, PIXELS = 224 * 224 * 3 };

static const char main_text[] =
    "#include \"clothes.h\"\n#include <stdio.h>\n#include <stdlib.h>\n"
    "static unsigned char rgb[CLOTHES_INPUT_HEIGHT * CLOTHES_INPUT_WIDTH * 3];\n"
    "int main(void) {\n    void *workspace = malloc(CLOTHES_WORKSPACE_BYTES);\n    float output[CLOTHES_CLASSES];\n"
    "    while (fread(rgb, sizeof rgb, 1, stdin) == 1) {\n        clothes_run(rgb, output, workspace);\n"
    "        fwrite(output, sizeof output, 1, stdout);\n    }\n    return 0;\n}\n";

static graft_model *train(graft_context *context, const char *folder) {
    char *pictures = graft_path_join(folder, "pictures"), *path = graft_path_join(folder, "clothes.graft");
    graft_backbone *backbone;
    graft_dataset *data;
    graft_model *model;
    graft_run *run;
    test_link_pictures(test_shared("data/clothing/train"), pictures, 0, TRAIN);
    assert_ok(graft_backbone_open(&backbone, context, test_shared("weights/mobilenet_v2_imagenet.h5"), NULL));
    assert_ok(graft_dataset_open(&data, context, pictures, NULL));
    assert_ok(graft_train(&run, context, data, backbone, NULL));
    assert_ok(graft_model_save(graft_run_model(run), path));
    assert_ok(graft_model_open(&model, context, path, NULL, NULL));
    graft_run_free(run);
    graft_dataset_free(data);
    graft_backbone_free(backbone);
    graft_release(pictures);
    graft_release(path);
    return model;
}

/* The pictures that the model predicts, as prepared bytes, in FOLDER/rgb. */
static void write_pixels(const graft_model *model, const graft_dataset *data, const graft_predictions *predictions,
                         const char *folder) {
    char *path = graft_path_join(folder, "rgb");
    unsigned char *pixels = malloc(PIXELS);
    graft_decoder *decoder;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_ok(graft_decoder_new(&decoder));
    for (size_t i = 0; i < graft_predictions_count(predictions); i++) {
        const graft_sample *sample = graft_dataset_sample(data, graft_predictions_sample(predictions, i));
        char *bytes;
        size_t length;
        assert_ok(graft_file_read(sample->path, 0, &bytes, &length));
        assert_ok(graft_image_prepare(decoder, (const unsigned char *)bytes, length, graft_model_preprocess(model),
                                      pixels, NULL));
        assert_int_equal(fwrite(pixels, PIXELS, 1, file), 1);
        graft_release(bytes);
    }
    fclose(file);
    free(pixels);
    graft_decoder_free(decoder);
    graft_release(path);
}

static size_t best(const float *row) {
    size_t at = 0;
    for (size_t i = 1; i < CLASSES; i++)
        if (row[i] > row[at]) at = i;
    return at;
}

/* Exports, compiles, runs on the pictures; how many have the predictions' class, and the largest difference. */
static size_t answers(graft_context *context, const graft_export_source *source, const graft_predictions *predictions,
                      const char *folder, int precision, double *difference) {
    graft_convert_options options = GRAFT_CONVERT_OPTIONS_INIT;
    char *path = graft_path_join(folder, "clothes.c"), *main_path = graft_path_join(folder, "main.c");
    char *calibrate = graft_path_join(folder, "pictures");
    float rows[PICTURES][CLASSES];
    size_t same = 0;
    options.precision = precision;
    options.calibrate = calibrate;
    assert_ok(graft_exporter_for(path)->write(context, source, &options, path, NULL));
    assert_ok(graft_file_write(main_path, main_text, strlen(main_text)));
    char *command =
        graft_text_format("cd '%s' && cc -std=c99 -Wall -Wextra -Wpedantic -Werror -O2 -o run main.c clothes.c -lm && "
                          "./run <rgb >answers",
                          folder);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): the test is about a compiler
    graft_release(command);
    command = graft_path_join(folder, "answers");
    FILE *file = fopen(command, "rb");
    assert_non_null(file);
    assert_int_equal(fread(rows, sizeof rows, 1, file), 1);
    fclose(file);
    *difference = 0;
    for (size_t i = 0; i < PICTURES; i++) {
        const float *row = graft_predictions_row(predictions, i);
        same += best(row) == best(rows[i]);
        for (size_t c = 0; c < CLASSES; c++)
            *difference = fmax(*difference, fabs((double)row[c] - (double)rows[i][c]));
    }
    graft_release(command);
    graft_release(path);
    graft_release(main_path);
    graft_release(calibrate);
    return same;
}

static void test_photographs_get_the_same_answers(void **state) {
    (void)state;
    (void)test_shared("data/clothing/validation");
    char *folder = test_folder(), *validation = graft_path_join(folder, "validation");
    graft_context *context = test_context(2);
    graft_model *model = train(context, folder);
    const char *classes[CLASSES];
    graft_predictions *predictions;
    graft_dataset *data;
    graft_graph *graph;
    double difference;
    test_link_pictures(test_shared("data/clothing/validation"), validation, 0, EACH);
    assert_ok(graft_dataset_open(&data, context, validation, NULL));
    assert_ok(graft_model_predict(&predictions, model, data));
    assert_int_equal(graft_predictions_count(predictions), PICTURES);
    write_pixels(model, data, predictions, folder);
    assert_ok(graft_model_graph(model, &graph));
    for (size_t i = 0; i < CLASSES; i++)
        classes[i] = graft_model_class(model, i);
    const graft_export_source source = {"clothes", graph, graft_model_preprocess(model), classes, CLASSES};
    assert_int_equal(answers(context, &source, predictions, folder, 0, &difference), PICTURES);
    print_message("float32: outputs differ by %g\n", difference);
    assert_true(difference < 1e-4);
    const size_t same = answers(context, &source, predictions, folder, 1, &difference);
    print_message("int8: %zu of %d the same, outputs differ by %g\n", same, PICTURES, difference);
    assert_true(same * 100 >= 90 * PICTURES);
    graft_graph_free(graph);
    graft_predictions_free(predictions);
    graft_dataset_free(data);
    graft_model_free(model);
    graft_context_free(context);
    graft_release(validation);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_photographs_get_the_same_answers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
