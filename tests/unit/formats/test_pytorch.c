#include "formats.h"

#include <math.h>

static void reads_all_types_in_both_forms(void **state) {
    (void)state;
    static const struct {
        const char *name;
        graft_dtype dtype;
    } rows[] = {{"float32", GRAFT_F32}, {"float16", GRAFT_F16}, {"bfloat16", GRAFT_BF16}, {"float64", GRAFT_F64},
                {"int64", GRAFT_I64},   {"int32", GRAFT_I32},   {"int16", GRAFT_I16},     {"int8", GRAFT_I8},
                {"uint8", GRAFT_U8},    {"bool", GRAFT_BOOL}};
    static const char *const files[] = {"pth-types-zip.pth", "pth-types-legacy.pth"};
    for (int f = 0; f < 2; f++) {
        assert_holds(files[f], "pth-types-expected.safetensors");
        graft_container *container = open_golden(files[f]);
        assert_string_equal(graft_container_format(container), "pytorch");
        assert_null(graft_container_config(container));
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            const graft_entry *entry = graft_container_entry(container, i);
            assert_string_equal(entry->name, rows[i].name);
            assert_string_equal(entry->group, "");
            assert_int_equal(entry->index, i);
            assert_int_equal(entry->dtype, rows[i].dtype);
        }
        graft_container_free(container);
    }
}

static void gathers_views_and_shared_storages(void **state) {
    (void)state;
    assert_holds("pth-views-zip.pth", "pth-views-expected.safetensors");
    assert_holds("pth-views-legacy.pth", "pth-views-expected.safetensors");
}

static void takes_the_state_dict_out_of_a_checkpoint(void **state) {
    (void)state;
    static const char *const files[] = {"pth-checkpoint-zip.pth", "pth-checkpoint-legacy.pth", "pth-protocol4-zip.pth",
                                        "pth-protocol4-legacy.pth"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        assert_holds(files[i], "pth-checkpoint-expected.safetensors");
    graft_container *container = open_golden("pth-checkpoint-zip.pth");
    assert_string_equal(graft_container_entry(container, 0)->name, "conv1.weight"); /* the file's order */
    assert_int_equal(graft_container_find(container, "module.conv1.weight"), -1);
    graft_container_free(container);
}

static void flattens_what_is_nested(void **state) {
    (void)state;
    assert_holds("pth-nested-zip.pth", "pth-nested-expected.safetensors");
    assert_holds("pth-nested-legacy.pth", "pth-nested-expected.safetensors");
    graft_container *container = open_golden("pth-tensor.pth");
    assert_string_equal(graft_container_entry(container, 0)->name, "tensor");
    graft_container_free(container);
}

static void reads_deflated_members(void **state) {
    (void)state;
    assert_ok(read_all(golden("pth-deflated.pth")));
}

typedef struct published {
    const char *file, *first;
    size_t tensors;
    double first_sum, sum; /* computed by PyTorch 1.13: float64 sums */
} published;

static void check_published(const published *row) {
    char relative[128];
    graft_container *container = NULL;
    double sum = 0;
    snprintf(relative, sizeof relative, "weights/readers/%s", row->file);
    assert_ok(open_path(test_shared(relative), &container));
    assert_int_equal(graft_container_count(container), row->tensors);
    assert_string_equal(graft_container_entry(container, 0)->name, row->first);
    for (size_t i = 0; i < row->tensors; i++) {
        graft_tensor *raw = NULL, *tensor = NULL;
        double part = 0;
        assert_ok(graft_container_read_raw(container, i, &raw));
        assert_ok(graft_tensor_convert(raw, GRAFT_F64, &tensor));
        for (size_t k = 0; k < tensor->bytes / sizeof(double); k++)
            part += ((const double *)tensor->data)[k];
        if (i == 0) assert_true(fabs(part - row->first_sum) < 1e-9);
        sum += part;
        graft_tensor_free(raw);
        graft_tensor_free(tensor);
    }
    if (!(fabs(sum - row->sum) <= 1e-9 * row->sum)) fail_msg("%s: sum %.17g", row->file, sum);
    graft_container_free(container);
}

static void reads_a_published_checkpoint_of_dataparallel(void **state) {
    (void)state;
    check_published(&(published){"resnet20-12fca82f.th", "conv1.weight", 97, 1.3100982000032673, 139.7826495598208});
}

static void reads_a_published_legacy_state_dict(void **state) {
    (void)state;
    check_published(
        &(published){"version-RFB-320.pth", "base_net.0.0.weight", 244, 1.6820906481007114, 3020933.6163331065});
}

static void reads_a_published_archive(void **state) {
    (void)state;
    check_published(
        &(published){"RFB-320-masked_face-v2.pth", "base_net.0.0.weight", 244, 4.180108422762714, 8891145.097808467});
}

static void truncated_at_any_byte(void **state) {
    (void)state;
    assert_truncations_fail(golden("pth-tiny-zip.pth"));
    assert_truncations_fail(golden("pth-tiny-legacy.pth"));
    assert_truncations_fail(golden("pth-deflated.pth"));
}

static void behaviour_31_a_pickle_runs_nothing(void **state) {
    (void)state;
    static const struct {
        const char *file, *part;
    } rows[] = {{"evil-system-2.pth", "asks for posix.system, which is refused"},
                {"evil-system-4.pth", "asks for posix.system, which is refused"},
                {"evil-legacy.pth", "asks for posix.system, which is refused"},
                {"evil-eval.pth", "asks for __builtin__.eval, which is refused"},
                {"evil-getattr.pth", "asks for builtins.getattr"},
                {"evil-torch-load.pth", "asks for torch.load"},
                {"evil-inst.pth", "asks for os.system"},
                {"evil-protocol-0.pth", "asks for os.system"},
                {"evil-obj.pth", "asks for os.system"},
                {"evil-newobj.pth", "asks for os.system"},
                {"evil-newobj-ex.pth", "asks for os.system"},
                {"evil-persid.pth", "opcode 0x50"},
                {"evil-buffer.pth", "opcode 0x97"},
                {"evil-extension.pth", "opcode 0x82"},
                {"evil-build.pth", "attributes set on what is no dictionary"},
                {"evil-call-dtype.pth", "calls torch.float32"},
                {"evil-call-value.pth", "a call of what is no class"},
                {"pth-module-zip.pth", "asks for torch.nn.modules.linear.Linear"},
                {"pth-module-legacy.pth", "save the weights only: torch.save(model.state_dict()"},
                {"pth-complex-zip.pth", "asks for torch.ComplexFloatStorage"},
                {"quantised.pth", "asks for torch.QInt8Storage"}};
    unlink("/tmp/graft-evil");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_open_fails(rows[i].file, rows[i].part);
    assert_int_not_equal(access("/tmp/graft-evil", F_OK), 0);
}

static void refuses_bombs(void **state) {
    (void)state;
    assert_open_fails("bomb-tree.pth", "more than 1048576 values");
    assert_open_fails("bomb-cycle.pth", "nested more than 32 deep");
    assert_open_fails("bomb-deep.pth", "nested more than 32 deep");
    assert_open_fails("bomb-memo.pth", "places in the memo");
    assert_open_fails("bomb-text.pth", "ends too early");
    assert_open_fails("bomb-expanded.pth", "a bomb?");
}

static void refuses_zip_bombs(void **state) {
    (void)state;
    assert_open_fails("zip-bomb.pth", "unpacks to more than 100 times");
    assert_open_fails("zip-4gib.pth", "its members overlap");
    assert_open_fails("zip-4gib-deflated.pth", "unpacks to more than 100 times");
    assert_open_fails("zip-members.pth", "no whole zip archive");
    assert_open_fails("zip-overlap.pth", "its members overlap");
    assert_open_fails("zip-nested.pth", "opcode 0x50");
}

static void refuses_archives_that_readers_would_see_differently(void **state) {
    (void)state;
    assert_open_fails("zip-twice.pth", "two members called archive/data.pkl");
    assert_open_fails("zip-bzip2.pth", "packed by method 12");
    assert_open_fails("no-pickle.pth", "without data.pkl");
    assert_open_fails("big-endian.pth", "big-endian");
    assert_fails(GRAFT_E_DATA, "data/0: damaged: CRC error", read_all(golden("zip-checksum.pth")));
}

static void refuses_tensors_that_do_not_fit_their_storages(void **state) {
    (void)state;
    assert_open_fails("huge-shape.pth", "4 GiB");
    assert_open_fails("negative-shape.pth", "whole number");
    assert_open_fails("negative-stride.pth", "whole number");
    assert_open_fails("beyond-storage.pth", "reaches beyond its storage of 2 elements");
    assert_open_fails("beyond-stride.pth", "reaches beyond its storage of 2 elements");
    assert_open_fails("many-dimensions.pth", "9 dimensions, expected at most 8");
    assert_open_fails("few-strides.pth", "do not belong together");
    assert_open_fails("other-size.pth", "8 bytes, its pickle says 12");
    assert_open_fails("huge-storage.pth", "impossible");
    assert_open_fails("no-storage.pth", "archive/data/../0: no such member");
    assert_open_fails("no-tensors.pth", "holds no tensors");
}

static graft_status open_and_read(void *argument) {
    const char *const *path = argument;
    graft_context *context = NULL;
    graft_container *container = NULL;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 1;
    graft_status status = graft_context_new(&context, &options);
    if (status == GRAFT_OK) status = graft_container_open(context, *path, &container);
    for (size_t i = 0; status == GRAFT_OK && i < graft_container_count(container); i++) {
        graft_tensor *tensor = NULL;
        status = graft_container_read(container, i, &tensor);
        graft_tensor_free(tensor);
    }
    graft_container_free(container);
    graft_context_free(context);
    return status;
}

static void failing_allocations(void **state) {
    (void)state;
    const char *paths[] = {golden("pth-views-zip.pth"), golden("pth-tiny-legacy.pth"), golden("keras3-tiny.keras"),
                           golden("arrays.npz")};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        test_failing_allocations(open_and_read, &paths[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_types_in_both_forms),
        cmocka_unit_test(gathers_views_and_shared_storages),
        cmocka_unit_test(takes_the_state_dict_out_of_a_checkpoint),
        cmocka_unit_test(flattens_what_is_nested),
        cmocka_unit_test(reads_deflated_members),
        cmocka_unit_test(reads_a_published_checkpoint_of_dataparallel),
        cmocka_unit_test(reads_a_published_legacy_state_dict),
        cmocka_unit_test(reads_a_published_archive),
        cmocka_unit_test(truncated_at_any_byte),
        cmocka_unit_test(behaviour_31_a_pickle_runs_nothing),
        cmocka_unit_test(refuses_bombs),
        cmocka_unit_test(refuses_zip_bombs),
        cmocka_unit_test(refuses_archives_that_readers_would_see_differently),
        cmocka_unit_test(refuses_tensors_that_do_not_fit_their_storages),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests_name("formats/pytorch", tests, NULL, NULL);
}
