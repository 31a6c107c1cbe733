/* Tables: records and fields, and what they become as data. */
#include "support/support.h"

#include "base/buffer.h"
#include "data/csv.h"
#include "data/dataset.h"
#include "picture-folders.h"

/* ---- records ---- */

/* All fields as one text: | between fields, ; behind records with their line. */
static void expect_records(const char *text, const char *expected) {
    char copy[256];
    graft_csv csv;
    graft_buffer got;
    bool more = true;
    snprintf(copy, sizeof copy, "%s", text);
    graft_buffer_init(&got, 0);
    graft_csv_init(&csv, "x.csv", copy, strlen(copy));
    for (;;) {
        assert_ok(graft_csv_next(&csv, &more));
        if (!more) break;
        for (size_t i = 0; i < csv.count; i++)
            graft_buffer_format(&got, "%s%s", i ? "|" : "", csv.field[i]);
        graft_buffer_format(&got, ";%zu ", csv.line);
    }
    assert_ok(graft_buffer_status(&got));
    assert_string_equal(got.data ? got.data : "", expected);
    graft_buffer_clear(&got);
    graft_csv_clear(&csv);
}

static void expect_fault(const char *text, size_t length, const char *part) {
    char copy[256];
    graft_csv csv;
    bool more = true;
    graft_status status = GRAFT_OK;
    memcpy(copy, text, length + 1);
    graft_csv_init(&csv, "x.csv", copy, length);
    while (more && status == GRAFT_OK)
        status = graft_csv_next(&csv, &more);
    assert_fails(GRAFT_E_DATA, part, status);
    graft_csv_clear(&csv);
}

static void records_are_cut_at_commas_and_lines(void **state) {
    (void)state;
    expect_records("a,b\n1,2\n", "a|b;1 1|2;2 ");
    expect_records("a,b\r\n1,2", "a|b;1 1|2;2 ");
    expect_records("\xef\xbb\xbf"
                   "a,,\n,\n",
                   "a||;1 |;2 ");
    expect_records("a\n\n\n", "a;1 ");
    expect_records("a\n\nb\n", "a;1 ;2 b;3 ");
    expect_records("", "");
}

static void quoted_fields_hold_anything(void **state) {
    (void)state;
    expect_records("\"a,b\",\"say \"\"hi\"\"\"\r\n\"two\nlines\",c\nd,e\n", "a,b|say \"hi\";1 two\nlines|c;2 d|e;4 ");
    expect_records("\"\",\"\"\n", "|;1 ");
}

static void broken_records_are_told_by_line_and_column(void **state) {
    (void)state;
    expect_fault("a,b\n1,\"x\n", 9, "x.csv: line 2, column 2: a quote that is not closed");
    expect_fault("a,b\n\"1\"2,3\n", 11, "line 2, column 1: text behind a closing quote");
    expect_fault("a,b\n1,2\"3\n", 10, "line 2, column 2: a quote within a field");
    expect_fault("a,b\n1,\"2\"\rx\n", 12, "line 2, column 2: a carriage return");
    expect_fault("a\0c,b\n", 6, "line 1, column 1: a NUL byte");
}

/* ---- data ---- */

static graft_status open_table(folder_fixture *f, const char *text, const char *label, graft_dataset **out) {
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    put_bytes(f->root, "t.csv", text, strlen(text));
    options.label = label;
    *out = NULL;
    return graft_dataset_open(out, f->context, path_in(f->root, "t.csv"), &options);
}

static void pixels_are_pictures(void **state) {
    folder_fixture *f = *state;
    graft_dataset *data;
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_buffer_text(&text, "p0,p1,class,p2,p3\r\n");
    for (int i = 0; i < 12; i++)
        graft_buffer_format(&text, "%d,%d,%s,%d.0,255\r\n", i * 20, 255 - i * 20, i % 3 ? "\"no, really\"" : "yes",
                            i * i);
    assert_ok(open_table(f, text.data, "class", &data));
    graft_buffer_clear(&text);
    assert_string_equal(graft_dataset_source(data)->name, "csv");
    assert_string_equal(graft_dataset_layout(data), "t.csv: class from column class, the other 4 as grey pictures of "
                                                    "2x2");
    assert_int_equal(graft_dataset_count(data), 12);
    assert_string_equal(graft_dataset_class(data, 0), "no, really");
    assert_string_equal(graft_dataset_sample(data, 3)->name, "t.csv/00003");
    assert_int_equal(graft_dataset_sample(data, 3)->label, 1);
    char *bytes;
    size_t length;
    assert_ok(graft_dataset_read(data, 3, 0, &bytes, &length));
    assert_int_equal(length, 11 + 4);
    assert_memory_equal(bytes, "P5\n2 2\n255\n\x3c\xc3\x09\xff", 15);
    graft_release(bytes);
    assert_ok(graft_dataset_check(data));
    assert_string_equal(graft_dataset_sample(data, 3)->type, "CSV");
    assert_null(graft_dataset_sample(data, 3)->fault);
    graft_dataset_free(data);
}

static void paths_are_relative_to_the_table(void **state) {
    folder_fixture *f = *state;
    graft_dataset *data;
    put_pictures(f->root, "pictures", 6, 1);
    assert_ok(open_table(f,
                         "id,file,kind,remark\n"
                         "1,pictures/0000.jpg,a,\n2,pictures/0001.jpg,b,\n3,pictures/0002.jpg,a,x\n"
                         "4,pictures/0003.jpg,b,\n5,pictures/0004.jpg,a,\n6,pictures/gone.jpg,b,\n7,t.csv,b,\n"
                         "8,pictures/0005.jpg,b,",
                         "kind", &data));
    assert_string_equal(graft_dataset_layout(data),
                        "t.csv: class from column kind, paths from column file, 2 others ignored");
    assert_ok(graft_dataset_check(data));
    assert_int_equal(graft_dataset_count(data), 8);
    assert_string_equal(graft_dataset_sample(data, 0)->name, "pictures/0000.jpg");
    assert_string_equal(graft_dataset_sample(data, 0)->path, path_in(f->root, "pictures/0000.jpg"));
    assert_int_equal(graft_dataset_sample(data, 1)->label, 1);
    assert_non_null(graft_dataset_sample(data, 6)->fault); /* gone.jpg */
    assert_non_null(graft_dataset_sample(data, 7)->fault); /* t.csv */
    graft_dataset_free(data);
}

static void expect_refusal(folder_fixture *f, graft_status status, const char *text, const char *label,
                           const char *part) {
    graft_dataset *data;
    assert_fails(status, part, open_table(f, text, label, &data));
    assert_null(data);
    assert_null(strchr(graft_error_text(), '\n'));
}

static void tables_that_do_not_fit_are_told_by_line_and_column(void **state) {
    folder_fixture *f = *state;
    expect_refusal(f, GRAFT_E_DATA, "", "c", "an empty file");
    expect_refusal(f, GRAFT_E_DATA, "c,p\n", "c", "no rows");
    expect_refusal(f, GRAFT_E_USAGE, "c,p\n1,2\n", NULL, "--label COLUMN; its columns: c, p");
    expect_refusal(f, GRAFT_E_USAGE, "c,p\n1,2\n", "d", "no column d; its columns: c, p");
    expect_refusal(f, GRAFT_E_USAGE, "c,p,c\n1,2,3\n", "c", "2 columns are called c");
    expect_refusal(f, GRAFT_E_DATA, "c,p,q,r,s\nx,1,2,3,4\ny,1,2,3\n", "c", "line 3, column 5: the row ends here: 4");
    expect_refusal(f, GRAFT_E_DATA, "c,p,q,r,s\nx,1,2,3,4\ny,1,2,3,4,5\n", "c", "line 3, column 6: more cells");
    expect_refusal(f, GRAFT_E_DATA, "c,p,q,r,s\nx,1,2,3,4\n\ny,1,2,3,4\n", "c", "line 3, column 2: the row ends");
    expect_refusal(f, GRAFT_E_DATA, "c,p,q,r,s\nx,1,2,3,4\ny,1,,3,4\n", "c", "line 3, column 3 (q): received \"\"");
    expect_refusal(f, GRAFT_E_DATA, "c,p,q,r,s\nx,1,2,3,4\n,1,2,3,4\n", "c", "line 3, column 1 (c): received \"\"");
    expect_refusal(f, GRAFT_E_DATA, "c,p,q,r,s\nx,1,2,3,4\ny,1,2,256,4\n", "c",
                   "line 3, column 4 (r): received \"256\", expected a grey value of 0 to 255");
    expect_refusal(f, GRAFT_E_DATA, "c,p,q,r,s\nx,1,2,3,4\ny,1,2,-3,4\n", "c", "received \"-3\"");
    expect_refusal(f, GRAFT_E_DATA, "c,p,q,r,s\nx,1,2,3,4\ny,1,2,1e2,4\n", "c", "received \"1e2\"");
    expect_refusal(f, GRAFT_E_DATA, "c,p,q,r\nx,1,2,3\n", "c", "3 of them grey values");
    expect_refusal(f, GRAFT_E_DATA, "c,p,q,r,s\nx,1,2,3.5,4\n", "c", "graft crossval reads tables of other numbers");
    expect_refusal(f, GRAFT_E_DATA, "c,f\nx,a.jpg\ny,\n", "c", "line 3, column 2 (f): received \"\"");
    expect_refusal(f, GRAFT_E_DATA, "c,f\nx,\"a.jpg\n", "c", "line 2, column 2: a quote that is not closed");
}

static graft_status open_small(void *argument) {
    graft_dataset *data = NULL;
    folder_fixture *f = argument;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.label = "c";
    graft_status status = graft_dataset_open(&data, f->context, path_in(f->root, "t.csv"), &options);
    graft_dataset_free(data);
    return status;
}

static void failing_allocations_leave_nothing(void **state) {
    folder_fixture *f = *state;
    static const char text[] = "c,p,q,r,s\nx,1,2,3,4\nx,1,2,3,5\ny,1,2,3,4\ny,9,9,9,9\n";
    put_bytes(f->root, "t.csv", text, sizeof text - 1);
    test_failing_allocations(open_small, f);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

/* Without --label all columns are pixels; with it that one is left out. */
static void pixels_without_labels(void **state) {
    folder_fixture *f = *state;
    graft_dataset *data;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.unlabelled = true;
    put_text(f->root, "bare.csv", "a,b,c,d\n0,1,2,3\n250,1,9,3\n");
    put_text(f->root, "with.csv", "a,b,kind,c,d\n0,1,x,2,3\n250,1,y,9,3\n");
    assert_ok(graft_dataset_open(&data, f->context, path_in(f->root, "bare.csv"), &options));
    assert_int_equal(graft_dataset_count(data), 2);
    assert_int_equal(graft_dataset_class_count(data), 0);
    graft_dataset_free(data);
    assert_fails(GRAFT_E_DATA, "expected all pixels of a square picture",
                 graft_dataset_open(&data, f->context, path_in(f->root, "with.csv"), &options));
    options.label = "kind";
    assert_ok(graft_dataset_open(&data, f->context, path_in(f->root, "with.csv"), &options));
    assert_ok(graft_dataset_check(data));
    assert_int_equal(graft_dataset_sample(data, 1)->label, -1);
    assert_int_equal(graft_dataset_sample(data, 1)->width, 2);
    assert_int_equal(graft_dataset_kind_count(data), 2);
    assert_string_equal(graft_dataset_kind(data, (size_t)graft_dataset_kind_of(data, 1)), "y");
    graft_dataset_free(data);
    put_text(f->root, "nan.csv", "a,b,c,d\n0,1,2,3\n250,nan,9,3\n");
    assert_fails(GRAFT_E_DATA, "line 3, column 2 (b): received \"nan\", expected a grey value",
                 graft_dataset_open(&data, f->context, path_in(f->root, "nan.csv"),
                                    &(graft_data_options){.struct_size = sizeof options, .unlabelled = true}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_cut_at_commas_and_lines),
        cmocka_unit_test(quoted_fields_hold_anything),
        cmocka_unit_test(broken_records_are_told_by_line_and_column),
        ROW(pixels_are_pictures),
        ROW(pixels_without_labels),
        ROW(paths_are_relative_to_the_table),
        ROW(tables_that_do_not_fit_are_told_by_line_and_column),
        ROW(failing_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
