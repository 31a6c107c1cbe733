#include "support/support.h"

#include "base/error.h"
#include "tensor/tensor.h"

#include <math.h>
#include <string.h>

static void impossible_shapes_are_refused(void **state) {
    (void)state;
    graft_tensor *tensor;
    graft_shape negative = GRAFT_SHAPE(2, -1), huge = GRAFT_SHAPE(INT64_MAX, 3), large = GRAFT_SHAPE(INT64_MAX / 2);
    assert_fails(GRAFT_E_DATA, "2x-1", graft_tensor_new(GRAFT_F32, &negative, &tensor));
    assert_fails(GRAFT_E_DATA, "no such size", graft_tensor_new(GRAFT_F32, &huge, &tensor));
    assert_fails(GRAFT_E_DATA, "no such size", graft_tensor_new(GRAFT_F64, &large, &tensor));
    graft_shape empty = GRAFT_SHAPE(3, 0), scalar = {0};
    assert_int_equal(graft_shape_count(&empty), 0);
    assert_int_equal(graft_shape_count(&scalar), 1);
    assert_ok(graft_tensor_new(GRAFT_F32, &empty, &tensor));
    graft_tensor_free(tensor);
}

/* Every half value goes to float and back; the bulk path (8 at a time) must agree with the single one. */
static void halves_round_trip_exactly(void **state) {
    (void)state;
    static uint16_t all[65536], back[65536];
    static float values[65536];
    for (int i = 0; i < 65536; i++)
        all[i] = (uint16_t)i;
    graft_f16_to_f32(all, values, 65536);
    graft_f32_to_f16(values, back, 65536);
    for (int i = 0; i < 65536; i++) {
        bool infinite = (i & 0x7fff) == 0x7c00, nan = (i & 0x7fff) > 0x7c00;
        uint16_t expected = (uint16_t)(infinite ? (i & 0x8000) | 0x7bff : nan ? i | 0x200 : i);
        assert_int_equal(back[i], expected);
        float single;
        uint16_t half;
        graft_f16_to_f32(&all[i], &single, 1);
        assert_memory_equal(&single, &values[i], sizeof single);
        graft_f32_to_f16(&single, &half, 1);
        assert_int_equal(half, expected);
    }
}

/* Between two neighbouring halves: the middle goes to the even one, beside it to the nearer one, on both paths. */
static void halves_round_to_nearest_even(void **state) {
    (void)state;
    for (uint16_t low = 0; low < 0x7bff; low++) {
        uint16_t pair[2] = {low, (uint16_t)(low + 1)}, out[8], single;
        float value[2];
        graft_f16_to_f32(pair, value, 2);
        float middle = (value[0] + value[1]) / 2;
        float in[8] = {middle, nextafterf(middle, 0), nextafterf(middle, INFINITY), -middle, middle, middle, middle,
                       middle};
        uint16_t even = (uint16_t)(low + (low & 1));
        graft_f32_to_f16(in, out, 8);
        assert_int_equal(out[0], even);
        assert_int_equal(out[1], low);
        assert_int_equal(out[2], low + 1);
        assert_int_equal(out[3], even | 0x8000);
        for (int i = 0; i < 4; i++) {
            graft_f32_to_f16(&in[i], &single, 1);
            assert_int_equal(single, out[i]);
        }
    }
    float big[2] = {1e9f, -INFINITY};
    uint16_t out[2];
    graft_f32_to_f16(big, out, 2);
    assert_int_equal(out[0], 0x7bff);
    assert_int_equal(out[1], 0xfbff);
}

static void conversions_keep_or_saturate(void **state) {
    (void)state;
    float values[] = {-300.f, -1.5f, 0.f, 2.5f, 3.5f, 70000.f, NAN, 1.f};
    graft_shape shape = GRAFT_SHAPE(8);
    graft_tensor *in, *out, *back;
    assert_ok(graft_tensor_borrow(GRAFT_F32, &shape, values, &in));
    static const int8_t i8[] = {-128, -2, 0, 2, 4, 127, 0, 1};
    assert_ok(graft_tensor_convert(in, GRAFT_I8, &out));
    assert_memory_equal(out->data, i8, sizeof i8);
    graft_tensor_free(out);
    for (int dtype = 0; dtype < GRAFT_DTYPE_COUNT; dtype++) { /* 1 survives every type */
        assert_ok(graft_tensor_convert(in, (graft_dtype)dtype, &out));
        assert_int_equal(out->bytes, 8 * graft_dtype_size((graft_dtype)dtype));
        assert_ok(graft_tensor_convert(out, GRAFT_F32, &back));
        assert_true(graft_tensor_f32(back)[7] == 1.f);
        assert_true(graft_tensor_f32(back)[2] == 0.f);
        graft_tensor_free(out);
        graft_tensor_free(back);
    }
    graft_tensor_free(in);
}

static void permuting_moves_every_element(void **state) {
    (void)state;
    graft_shape shape = GRAFT_SHAPE(2, 3, 4, 5); /* H,W,I,O -> O,I,H,W as a Keras kernel */
    static const int axes[] = {3, 2, 0, 1}, back_axes[] = {2, 3, 1, 0};
    graft_tensor *in, *out, *back;
    assert_ok(graft_tensor_new(GRAFT_F32, &shape, &in));
    for (int i = 0; i < 120; i++)
        graft_tensor_f32(in)[i] = (float)i;
    assert_ok(graft_tensor_permute(in, axes, &out));
    assert_int_equal(out->shape.dim[0], 5);
    for (int h = 0; h < 2; h++)
        for (int w = 0; w < 3; w++)
            for (int c = 0; c < 4; c++)
                for (int o = 0; o < 5; o++)
                    assert_true(graft_tensor_f32(out)[((o * 4 + c) * 2 + h) * 3 + w] ==
                                (float)(((h * 3 + w) * 4 + c) * 5 + o));
    assert_ok(graft_tensor_permute(out, back_axes, &back));
    assert_memory_equal(back->data, in->data, in->bytes);
    static const int wrong[] = {0, 0, 1, 2};
    graft_tensor *none;
    assert_fails(GRAFT_E_INTERNAL, "axis", graft_tensor_permute(in, wrong, &none));
    graft_tensor_free(in);
    graft_tensor_free(out);
    graft_tensor_free(back);
}

static void comparison_finds_the_place(void **state) {
    (void)state;
    float x[] = {1, 2, 3}, y[] = {1, 2.5f, -4};
    graft_shape shape = GRAFT_SHAPE(3);
    graft_tensor *a, *b;
    graft_difference d;
    assert_ok(graft_tensor_borrow(GRAFT_F32, &shape, x, &a));
    assert_ok(graft_tensor_borrow(GRAFT_F32, &shape, y, &b));
    assert_ok(graft_tensor_compare(a, b, &d));
    assert_true(d.max_abs == 7 && d.max_value == 4 && d.at == 2 && !d.has_nan);
    x[0] = NAN;
    assert_ok(graft_tensor_compare(a, b, &d));
    assert_true(d.has_nan);
    graft_tensor_free(a);
    graft_tensor_free(b);
}

static graft_status make_and_permute(void *argument) {
    (void)argument;
    graft_shape shape = GRAFT_SHAPE(2, 3);
    static const int axes[] = {1, 0};
    graft_tensor *in, *out;
    GRAFT_TRY(graft_tensor_new(GRAFT_U8, &shape, &in));
    graft_status status = graft_tensor_permute(in, axes, &out);
    if (status == GRAFT_OK) graft_tensor_free(out);
    graft_tensor_free(in);
    return status;
}

static void tensors_survive_failing_allocations(void **state) {
    (void)state;
    test_failing_allocations(make_and_permute, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(impossible_shapes_are_refused),       cmocka_unit_test(halves_round_trip_exactly),
        cmocka_unit_test(halves_round_to_nearest_even),        cmocka_unit_test(conversions_keep_or_saturate),
        cmocka_unit_test(permuting_moves_every_element),       cmocka_unit_test(comparison_finds_the_place),
        cmocka_unit_test(tensors_survive_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
