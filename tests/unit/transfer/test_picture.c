/* From a sample to a network's input: grey pictures of an IDX file against Pillow's. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "transfer/picture.h"

#include <stdlib.h>

enum { PICTURES = 4, SIDE_MOST = 128 };

static int int_at(const char *bytes) {
    const unsigned char *at = (const unsigned char *)bytes;
    return at[0] | at[1] << 8 | at[2] << 16 | at[3] << 24;
}

/* tests/golden/idx: three equal channels, enlarged bilinearly, scaled to -1..1. */
static void a_grey_picture_of_idx_reaches_the_network_as_pillow_makes_it(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    graft_dataset *data;
    char *golden;
    size_t length;
    float *input = malloc(sizeof(*input) * 3 * SIDE_MOST * SIDE_MOST);
    assert_ok(graft_file_read(test_source("tests/golden/idx/inputs.bin"), 0, &golden, &length));
    assert_ok(graft_dataset_open(&data, context, test_source("tests/golden/idx/images-idx3-ubyte"), &options));
    assert_ok(graft_dataset_check(data));
    assert_int_equal(graft_dataset_count(data), PICTURES);
    const char *at = golden + 4;
    for (int s = 0; s < int_at(golden); s++) {
        const int side = int_at(at);
        const size_t plane = (size_t)side * (size_t)side;
        graft_picture_loader loader = {0};
        graft_preprocess spec;
        at += 4;
        assert_true(side <= SIDE_MOST);
        graft_preprocess_init(&spec, GRAFT_SCALING_TF); /* graft-s' */
        spec.filter = GRAFT_FILTER_BILINEAR;
        spec.channels = 3;
        spec.width = spec.height = side;
        assert_ok(graft_picture_loader_init(&loader, data, &spec));
        for (size_t i = 0; i < PICTURES; i++, at += plane) {
            assert_ok(graft_picture_load(&loader, i, NULL, 0, input));
            for (size_t k = 0; k < 3 * plane; k++) {
                const double wanted = (unsigned char)at[k % plane] / 127.5 - 1;
                if (!(input[k] - wanted < 1e-6 && wanted - input[k] < 1e-6))
                    fail_msg("picture %zu at %d px: value %zu is %.7f, expected %.7f", i, side, k, input[k], wanted);
            }
        }
        graft_picture_loader_clear(&loader);
    }
    assert_ptr_equal(at, golden + length);
    graft_release(golden);
    free(input);
    graft_dataset_free(data);
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grey_picture_of_idx_reaches_the_network_as_pillow_makes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
