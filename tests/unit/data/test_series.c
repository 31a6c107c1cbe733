/* Files of series, and what is made of them. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "data/series.h"

#include <math.h>
#include <string.h>

static char *folder;

static char *path_of(const char *name) {
    return graft_path_join(folder, name);
}

static void write_file(const char *name, const char *text) {
    char *path = path_of(name);
    assert_ok(graft_file_write(path, text, strlen(text)));
    graft_release(path);
}

static graft_series_set *open_file(const char *name, const char *text) {
    graft_series_set *set;
    char *path = path_of(name);
    write_file(name, text);
    assert_ok(graft_series_open(path, &set));
    graft_release(path);
    return set;
}

static void refuse(const char *name, const char *text, const char *part) {
    graft_series_set *set;
    char *path = path_of(name);
    write_file(name, text);
    assert_fails(GRAFT_E_DATA, part, graft_series_open(path, &set));
    graft_release(path);
}

static void expect(const graft_series_set *set, size_t i, const char *class, size_t length, const float *values) {
    const graft_series *s = &set->series[i];
    assert_int_equal(s->length, length);
    if (class) assert_string_equal(set->classes[s->label], class);
    for (size_t k = 0; k < length * set->channels; k++)
        if (isnan(values[k]) ? !isnan(s->values[k]) : fabsf(values[k] - s->values[k]) > 1e-5F)
            fail_msg("series %zu, number %zu: %g, expected %g", i, k, s->values[k], values[k]);
}
#define VALUES(...)   \
    (const float[]) { \
        __VA_ARGS__   \
    }

static void test_ucr(void **state) {
    (void)state;
    graft_series_set *set = open_file("a.tsv", " 10.0000000e+000 1 2  3\r\n2\t4\tNaN\t6\n\n2,7,NaN,NaN\n-1 5\n");
    assert_int_equal(set->count, 4);
    assert_int_equal(set->class_count, 3);
    assert_string_equal(set->classes[0], "-1");
    expect(set, 0, "10", 3, VALUES(1, 2, 3));
    expect(set, 1, "2", 3, VALUES(4, NAN, 6));
    expect(set, 2, "2", 1, VALUES(7));
    expect(set, 3, "-1", 1, VALUES(5));
    graft_series_free(set);
    set = open_file("unknown.txt", "? 1 2\n? 3 4\n");
    assert_int_equal(set->class_count, 0);
    assert_int_equal(set->series[1].label, -1);
    graft_series_free(set);
    refuse("b.txt", "? 1 2\n1 3 4\n", "1 of 2 series have a label");
    refuse("b.txt", "1 2 x 4\n", "line 1, number 2: received \"x\"");
    refuse("b.txt", "1 2 3\n1\n", "line 2: a series without numbers");
    refuse("b.txt", "1 NaN NaN\n", "a series without numbers");
    refuse("b.txt", "1 2 1e99\n", "1e99");
    refuse("b.txt", "", "no series");
    refuse("b.mp3", "1 2\n", "ends in .mp3");
}

static void test_ts(void **state) {
    (void)state;
    graft_series_set *set = open_file("a.ts", "# c\n@problemName P\n@timeStamps false\n@classLabel true b a\n@data\n"
                                              "1,2,?:4,5,6:b\n7:8:a\n");
    assert_int_equal(set->channels, 2);
    expect(set, 0, "b", 3, VALUES(1, 2, NAN, 4, 5, 6));
    expect(set, 1, "a", 1, VALUES(7, 8));
    graft_series_free(set);
    set = open_file("a.ts", "@classLabel false\n@data\n1,2\n3,4,5\n");
    assert_int_equal(set->class_count, 0);
    expect(set, 1, NULL, 3, VALUES(3, 4, 5));
    graft_series_free(set);
    refuse("b.ts", "@classLabel true a\n@data\n1,2:3:a\n", "channel 2 has 1 steps, expected 2");
    refuse("b.ts", "@classLabel true a\n@data\n1:2:a\n1:a\n", "1 channels, expected 2");
    refuse("b.ts", "@timeStamps true\n@data\n", "time stamps");
    refuse("b.ts", "1,2\n", "before @data");
}

static void test_arff(void **state) {
    (void)state;
    graft_series_set *set = open_file("a.arff", "%c\n@relation r\n@attribute 'a b' numeric\n@ATTRIBUTE b real\n"
                                                "@attribute c {1,2}\n@data\n1, 2 ,1\n?,3,2\n");
    expect(set, 0, "1", 2, VALUES(1, 2));
    expect(set, 1, "2", 2, VALUES(NAN, 3));
    graft_series_free(set);
    set = open_file("a.arff", "@attribute s relational\n@attribute a numeric\n@end s\n@attribute c {x}\n@data\n"
                              "'1,2\\n3,4',x\n");
    assert_int_equal(set->channels, 2);
    expect(set, 0, "x", 2, VALUES(1, 2, 3, 4));
    graft_series_free(set);
    refuse("b.arff", "@attribute a numeric\n@attribute c {x}\n@data\n1,2,x\n", "2 numbers, expected 1");
    refuse("b.arff", "@attribute a numeric\n@attribute c {x}\n@data\n{0 1}\n", "sparse");
}

static void test_csv(void **state) {
    (void)state;
    graft_series_set *set = open_file("a.csv", "time,id,x,label,y\n1,b,10,q,20\n2,a,,p,4\n1,a,1,p,3\n");
    assert_int_equal(set->channels, 2);
    expect(set, 0, "q", 1, VALUES(10, 20));
    expect(set, 1, "p", 2, VALUES(1, NAN, 3, 4));
    graft_series_free(set);
    refuse("b.csv", "id,time,x\na,1,2\na,2\n", "line 3: 2 fields, expected 3");
    refuse("b.csv", "id,time,x\na,1,2\na,1,3\n", "time 1 again");
    refuse("b.csv", "id,time,label,x\na,1,p,2\na,2,q,3\n", "expected \"p\" as before");
    refuse("b.csv", "id,x\na,1\n", "expected \"id\", \"time\"");
    refuse("b.csv", "id,time,x\na,soon,1\n", "time \"soon\"");
}

static void test_split(void **state) {
    (void)state;
    graft_series_set *set;
    write_file("S_TRAIN", "2 1 2\n1 3 4\n");
    write_file("S_TEST", "3 5 6\n");
    char *broken = path_of("nothing");
    assert_ok(graft_series_open(folder, &set));
    assert_int_equal(set->count, 3);
    assert_int_equal(graft_series_tests(set), 1);
    assert_true(set->series[2].test);
    assert_int_equal(set->class_count, 3);
    graft_series_free(set);
    assert_fails(GRAFT_E_DATA, "no such file", graft_series_open(broken, &set));
    graft_release(broken);
}

static void test_prepare(void **state) {
    (void)state;
    graft_series_figures figures;
    const graft_series_preparation raw = {.raw = true}, z = {0}, resampled = {.raw = true, .length = 5},
                                   windows = {.raw = true, .window = 3, .stride = 2},
                                   refused = {.missing = GRAFT_MISSING_REFUSE};
    graft_series_set *set = open_file("p.txt", "1 NaN 2 NaN NaN 8 NaN 1\n1 5 5 5\n2 3\n");
    assert_ok(graft_series_prepare(set, &raw, &figures));
    assert_int_equal(figures.missing, 4);
    expect(set, 0, "1", 7, VALUES(2, 2, 4, 6, 8, 4.5F, 1));
    graft_series_free(set);
    set = open_file("p.txt", "1 1 2 3\n1 5 5 5\n2 3\n1 1e8 1e8 100000001\n");
    assert_ok(graft_series_prepare(set, &z, &figures));
    expect(set, 0, "1", 3, VALUES(-1.2247449F, 0, 1.2247449F));
    expect(set, 1, "1", 3, VALUES(0, 0, 0));
    expect(set, 2, "2", 1, VALUES(0));
    assert_int_equal(figures.constant, 3);
    graft_series_free(set);
    set = open_file("p.txt", "1 1 2 3\n2 3\n");
    assert_ok(graft_series_prepare(set, &resampled, &figures));
    expect(set, 0, "1", 5, VALUES(1, 1.5F, 2, 2.5F, 3));
    expect(set, 1, "2", 5, VALUES(3, 3, 3, 3, 3));
    graft_series_free(set);
    set = open_file("p.txt", "1 1 2 3 4 5 6\n2 3\n");
    assert_ok(graft_series_prepare(set, &windows, &figures));
    assert_int_equal(set->count, 4);
    expect(set, 0, "1", 3, VALUES(1, 2, 3));
    expect(set, 2, "1", 3, VALUES(4, 5, 6));
    expect(set, 3, "2", 1, VALUES(3));
    graft_series_free(set);
    set = open_file("p.ts", "@classLabel true a\n@data\n1,?,3:?,?,?:a\n");
    assert_fails(GRAFT_E_DATA, "all 3 numbers are missing", graft_series_prepare(set, &z, &figures));
    graft_series_free(set);
    set = open_file("p.txt", "1 1 NaN 3\n");
    assert_fails(GRAFT_E_DATA, "--missing interpolate", graft_series_prepare(set, &refused, &figures));
    graft_series_free(set);
}

/* Two files as the parts of one set; a copy that outlives it; windows without any other preparation. */
static void test_parts_and_copies(void **state) {
    (void)state;
    graft_series_set *set, *copy;
    const graft_series_preparation windows = {.window = 2};
    write_file("first.txt", "b 1 NaN 3\na 4 5 6\n");
    write_file("second.txt", "c 7 8 9\n");
    char *train = path_of("first.txt"), *test = path_of("second.txt");
    assert_ok(graft_series_open_parts(train, test, &set));
    assert_ok(graft_series_copy(set, &copy));
    assert_int_equal(graft_series_tests(set), 1);
    assert_string_equal(graft_series_file(set, &set->series[0]), train);
    assert_string_equal(graft_series_file(set, &set->series[2]), test);
    graft_series_free(set);
    assert_int_equal(copy->class_count, 3);
    expect(copy, 0, "b", 3, VALUES(1, NAN, 3));
    assert_string_equal(graft_series_file(copy, &copy->series[2]), test);
    assert_ok(graft_series_cut(copy, &windows));
    assert_int_equal(copy->count, 6);
    expect(copy, 0, "b", 2, VALUES(1, NAN));
    expect(copy, 1, "b", 2, VALUES(NAN, 3));
    expect(copy, 5, "c", 2, VALUES(8, 9));
    graft_series_free(copy);
    assert_fails(GRAFT_E_DATA, "no such file", graft_series_open_parts(train, "nowhere.txt", &set));
    graft_release(train);
    graft_release(test);
}

static void test_ucr_sets(void **state) {
    (void)state;
    graft_series_set *set;
    graft_series_figures figures;
    const graft_series_preparation z = {0};
    assert_ok(graft_series_open(test_shared("data/ucr/Synthetic_control"), &set));
    assert_int_equal(set->count, 600);
    assert_int_equal(set->class_count, 6);
    assert_int_equal(graft_series_tests(set), 300);
    assert_int_equal(graft_series_longest(set), 60);
    assert_int_equal(graft_series_shortest(set), 60);
    assert_ok(graft_series_prepare(set, &z, &figures));
    assert_int_equal(figures.missing + figures.constant, 0);
    graft_series_free(set);
}

static graft_status open_again(void *argument) {
    graft_series_set *set, *copy = NULL;
    GRAFT_TRY(graft_series_open(argument, &set));
    graft_status status = graft_series_copy(set, &copy);
    graft_series_free(set);
    if (status == GRAFT_OK) graft_series_free(copy);
    return status;
}

static void test_without_memory(void **state) {
    (void)state;
    char *path = path_of("m.csv");
    write_file("m.csv", "time,id,x,label,y\n1,b,10,q,20\n2,a,,p,4\n1,a,1,p,3\n");
    test_failing_allocations(open_again, path);
    graft_release(path);
}

static int set_up(void **state) {
    (void)state;
    folder = test_folder();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    test_folder_remove(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ucr),   cmocka_unit_test(test_ts),       cmocka_unit_test(test_arff),
        cmocka_unit_test(test_csv),   cmocka_unit_test(test_prepare),  cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_split), cmocka_unit_test(test_ucr_sets), cmocka_unit_test(test_parts_and_copies),
    };
    return cmocka_run_group_tests_name("data/series", tests, set_up, tear_down);
}
