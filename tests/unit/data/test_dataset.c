#include "support/support.h"

#include "data/dataset.h"
#include "picture-folders.h"

#include <sys/socket.h>
#include <sys/un.h>

static graft_dataset *open_with(folder_fixture *f, const char *path, const graft_data_options *options) {
    graft_dataset *dataset;
    assert_ok(graft_dataset_open(&dataset, f->context, path, options));
    return dataset;
}

static void expect_data_error(folder_fixture *f, const char *part) {
    graft_dataset *dataset;
    assert_fails(GRAFT_E_DATA, part, graft_dataset_open(&dataset, f->context, f->root, NULL));
    assert_null(dataset);
    assert_null(strchr(graft_error_text(), '\n'));
}

static void expect_names(const graft_dataset *dataset, size_t count, const char *const *names) {
    assert_int_equal(graft_dataset_count(dataset), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(graft_dataset_sample(dataset, i)->name, names[i]);
}

static void behaviour_4_samples_keep_their_ids_in_byte_order(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "b", 1, 1);
    put_picture(f->root, "b/Z.jpg", 2);
    put_picture(f->root, "b/deep/er/x.jpg", 3);
    put_picture(f->root, "a b/\xc3\xa9t\xc3\xa9.jpg", 4);
    put_picture(f->root, "a b/1.jpg", 5);
    graft_dataset *dataset = open_with(f, f->root, NULL);
    expect_names(
        dataset, 5,
        (const char *[]){"a b/1.jpg", "a b/\xc3\xa9t\xc3\xa9.jpg", "b/0000.jpg", "b/Z.jpg", "b/deep/er/x.jpg"});
    for (size_t i = 0; i < 5; i++) {
        const graft_sample *sample = graft_dataset_sample(dataset, i);
        assert_int_equal(graft_file_kind_of(sample->path), GRAFT_FILE_REGULAR);
        assert_string_equal(sample->path, path_in(f->root, sample->name));
    }
    assert_null(graft_dataset_sample(dataset, 5));
    assert_string_equal(graft_dataset_source(dataset)->name, "classes");
    graft_dataset_free(dataset);
}

static void behaviour_5_classes_are_in_byte_order(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "zebra", 2, 1);
    put_pictures(f->root, "Zoo", 2, 3);
    put_pictures(f->root, "\xc3\xa4hre", 2, 5);
    graft_dataset *dataset = open_with(f, f->root, NULL);
    assert_int_equal(graft_dataset_class_count(dataset), 3);
    assert_string_equal(graft_dataset_class(dataset, 0), "Zoo");
    assert_string_equal(graft_dataset_class(dataset, 1), "zebra");
    assert_string_equal(graft_dataset_class(dataset, 2), "\xc3\xa4hre");
    assert_null(graft_dataset_class(dataset, 3));
    assert_int_equal(graft_dataset_sample(dataset, 0)->label, 0);
    assert_int_equal(graft_dataset_sample(dataset, 5)->label, 2);
    graft_dataset_free(dataset);
}

static void behaviour_5_class_file_fixes_the_order_and_shows_differences(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "data/cat", 2, 1);
    put_pictures(f->root, "data/dog", 2, 3);
    put_text(f->root, "order.txt",
             "\xef\xbb\xbf"
             "dog\r\n\ncat");
    put_text(f->root, "other.txt", "dog\nfox\n");
    put_text(f->root, "twice.txt", "dog\ncat\ndog\n");
    put_text(f->root, "empty.txt", "\n\n");
    put_bytes(f->root, "nul.txt", "dog\0cat\n", 8);
    const char *data = path_in(f->root, "data");
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.classes = path_in(f->root, "order.txt");
    graft_dataset *dataset = open_with(f, data, &options);
    assert_string_equal(graft_dataset_class(dataset, 0), "dog");
    assert_string_equal(graft_dataset_class(dataset, 1), "cat");
    assert_int_equal(graft_dataset_sample(dataset, 0)->label, 1);
    const char *const model[] = {"ant", "cat", "dog"};
    assert_fails(GRAFT_E_DATA, "not in the data: ant", graft_dataset_use_classes(dataset, model, 3, "m.graft", false));
    assert_ok(graft_dataset_use_classes(dataset, model, 3, "m.graft", true));
    assert_int_equal(graft_dataset_class_count(dataset), 3);
    assert_int_equal(graft_dataset_sample(dataset, 0)->label, 1);
    assert_fails(GRAFT_E_DATA, "only in the data: dog", graft_dataset_use_classes(dataset, model, 2, "m.graft", true));
    graft_dataset_free(dataset);
    options.classes = path_in(f->root, "other.txt");
    assert_fails(GRAFT_E_DATA, "only in the data: cat; not in the data: fox",
                 graft_dataset_open(&dataset, f->context, data, &options));
    options.classes = path_in(f->root, "twice.txt");
    assert_fails(GRAFT_E_DATA, "\"dog\" is listed twice", graft_dataset_open(&dataset, f->context, data, &options));
    options.classes = path_in(f->root, "empty.txt");
    assert_fails(GRAFT_E_DATA, "no classes", graft_dataset_open(&dataset, f->context, data, &options));
    options.classes = path_in(f->root, "nul.txt");
    assert_fails(GRAFT_E_DATA, "NUL", graft_dataset_open(&dataset, f->context, data, &options));
    options.classes = path_in(f->root, "absent.txt");
    assert_fails(GRAFT_E_DATA, "absent.txt", graft_dataset_open(&dataset, f->context, data, &options));
}

static void behaviour_6_labels_come_from_the_class_folder_only(void **state) {
    folder_fixture *f = *state;
    put_picture(f->root, "dog train/cat/dog_cat.jpg", 1);
    put_picture(f->root, "dog train/cat/b.jpg", 2);
    put_picture(f->root, "dog train/fox/cat/cat.jpg", 3);
    put_picture(f->root, "dog train/fox/c.jpg", 4);
    graft_dataset *dataset = open_with(f, path_in(f->root, "dog train"), NULL);
    assert_int_equal(graft_dataset_class_count(dataset), 2);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(graft_dataset_sample(dataset, i)->label, i / 2);
    graft_dataset_free(dataset);
}

static void behaviour_20_hidden_and_stray_entries_never_count(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "cat", 2, 1);
    put_pictures(f->root, "dog", 2, 3);
    put_text(f->root, ".DS_Store", "x");
    put_text(f->root, "cat/.DS_Store", "x");
    put_picture(f->root, "cat/._0000.jpg", 9);
    put_picture(f->root, ".ipynb_checkpoints/0000-checkpoint.jpg", 9);
    put_picture(f->root, "cat/.ipynb_checkpoints/0000-checkpoint.jpg", 9);
    put_picture(f->root, "__MACOSX/cat/a.jpg", 9);
    put_text(f->root, "cat/Thumbs.db", "\xd0\xcf\x11\xe0");
    put_text(f->root, "dog/labels.csv", "a,b\n");
    put_text(f->root, "README.txt", "hello");
    put_picture(f->root, "stray.jpg", 9);
    graft_dataset *dataset = open_with(f, f->root, NULL);
    assert_int_equal(graft_dataset_class_count(dataset), 2);
    assert_int_equal(graft_dataset_count(dataset), 4);
    graft_check_result result = GRAFT_CHECK_RESULT_INIT;
    assert_ok(graft_dataset_check(dataset));
    graft_dataset_check_result(dataset, &result);
    assert_int_equal(result.ignored, 10);
    graft_dataset_free(dataset);
}

static void pictures_without_a_pictures_name_count(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "cat", 1, 1);
    put_picture(f->root, "cat/IMG_0001", 2);
    put_picture(f->root, "cat/scan.dat", 3);
    put_text(f->root, "cat/note", "no picture");
    put_pictures(f->root, "dog", 2, 4);
    graft_dataset *dataset = open_with(f, f->root, NULL);
    expect_names(dataset, 5,
                 (const char *[]){"cat/0000.jpg", "cat/IMG_0001", "cat/scan.dat", "dog/0000.jpg", "dog/0001.jpg"});
    graft_dataset_free(dataset);
}

typedef struct log_lines {
    char text[4096];
} log_lines;

static void keep_log(void *user, graft_log_level level, const char *text) {
    log_lines *lines = user;
    (void)level;
    size_t length = strlen(lines->text);
    snprintf(lines->text + length, sizeof lines->text - length, "%s\n", text);
}

static void behaviour_20_empty_classes_are_listed_and_left_out(void **state) {
    folder_fixture *f = *state;
    log_lines lines = {""};
    graft_context *context;
    graft_dataset *dataset;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.log = keep_log;
    options.user = &lines;
    options.no_cache = true;
    assert_ok(graft_context_new(&context, &options));
    put_pictures(f->root, "cat", 2, 1);
    put_pictures(f->root, "dog", 2, 3);
    put_folder(f->root, "ant");
    put_folder(f->root, "bee/deep");
    assert_ok(graft_dataset_open(&dataset, context, f->root, NULL));
    assert_int_equal(graft_dataset_class_count(dataset), 2);
    assert_string_equal(graft_dataset_class(dataset, 0), "cat");
    assert_int_equal(graft_dataset_sample(dataset, 3)->label, 1);
    assert_non_null(strstr(lines.text, "2 empty class folders are left out: ant, bee"));
    graft_dataset_free(dataset);
    graft_context_free(context);
}

static void behaviour_20_classes_that_differ_by_case_clash(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "Cat", 2, 1);
    put_pictures(f->root, "cat", 2, 3);
    expect_data_error(f, "Cat and cat differ by case alone");
}

static void behaviour_33_folders_that_do_not_fit_get_one_line(void **state) {
    folder_fixture *f = *state;
    graft_dataset *dataset;
    expect_data_error(f, "an empty folder, expected one folder a class");
    put_text(f->root, "a.txt", "x");
    expect_data_error(f, "holds 1 files but no folders");
    put_pictures(f->root, ".", 3, 1);
    expect_data_error(f, "holds 3 pictures but no class folders");
    assert_fails(GRAFT_E_DATA, "is a file, expected a folder",
                 graft_dataset_open(&dataset, f->context, path_in(f->root, "a.txt"), NULL));
    assert_fails(GRAFT_E_DATA, "no such file or folder",
                 graft_dataset_open(&dataset, f->context, path_in(f->root, "none here"), NULL));
    assert_fails(GRAFT_E_DATA, "empty path", graft_dataset_open(&dataset, f->context, "", NULL));
    put_folder(f->root, "cat");
    put_folder(f->root, "dog");
    expect_data_error(f, "no sound picture");
}

static void one_class_is_an_error_unless_evaluating(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "cat", 3, 1);
    expect_data_error(f, "one class only (cat)");
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.allow_one_class = true;
    graft_dataset *dataset = open_with(f, f->root, &options);
    assert_int_equal(graft_dataset_class_count(dataset), 1);
    assert_ok(graft_dataset_check(dataset));
    graft_dataset_free(dataset);
}

static void class_with_fewer_than_two_pictures_is_an_error(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "cat", 3, 1);
    put_pictures(f->root, "dog", 1, 4);
    expect_data_error(f, "class dog has 1 picture, expected at least 2");
}

static void folder_above_the_data_is_told(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "shop/cat", 2, 1);
    put_pictures(f->root, "shop/dog", 2, 3);
    expect_data_error(f, "did you mean the folder ");
    put_pictures(f->root, "zoo/train/cat", 2, 1);
    put_pictures(f->root, "zoo/val/cat", 2, 3);
    expect_data_error(f, "zoo: holds train/ and validation/ of its own");
}

static void given_splits_are_read(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "train/cat", 3, 1);
    put_pictures(f->root, "train/dog", 3, 4);
    put_pictures(f->root, "val/dog", 1, 7);
    put_pictures(f->root, "Test/cat", 1, 8);
    put_text(f->root, "LICENSE", "free");
    put_picture(f->root, "docs/x.jpg", 9);
    graft_dataset *dataset = open_with(f, f->root, NULL);
    assert_true(graft_dataset_has_given_split(dataset));
    assert_ok(graft_dataset_check(dataset));
    expect_names(dataset, 8,
                 (const char *[]){"Test/cat/0000.jpg", "train/cat/0000.jpg", "train/cat/0001.jpg", "train/cat/0002.jpg",
                                  "train/dog/0000.jpg", "train/dog/0001.jpg", "train/dog/0002.jpg",
                                  "val/dog/0000.jpg"});
    assert_int_equal(graft_dataset_sample(dataset, 0)->split, GRAFT_SPLIT_TEST);
    assert_int_equal(graft_dataset_sample(dataset, 1)->split, GRAFT_SPLIT_TRAIN);
    assert_int_equal(graft_dataset_sample(dataset, 7)->split, GRAFT_SPLIT_VALIDATION);
    assert_int_equal(graft_dataset_sample(dataset, 7)->label, 1);
    assert_int_equal(graft_dataset_class_size(dataset, 0, GRAFT_SPLIT_TRAIN), 3);
    assert_int_equal(graft_dataset_class_size(dataset, 0, GRAFT_SPLIT_VALIDATION), 0);
    size_t *index, count;
    assert_ok(graft_dataset_indices(dataset, GRAFT_SPLIT_TRAIN, &index, &count));
    assert_int_equal(count, 6);
    assert_int_equal(index[0], 1);
    graft_release(index);
    assert_string_equal(graft_dataset_source(dataset)->name, "splits");
    graft_dataset_free(dataset);
}

static void train_without_validation_is_split(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "train/cat", 20, 1);
    put_pictures(f->root, "train/dog", 20, 30);
    put_pictures(f->root, "test/dog", 2, 60);
    graft_dataset *dataset = open_with(f, f->root, NULL);
    assert_false(graft_dataset_has_given_split(dataset));
    assert_ok(graft_dataset_check(dataset));
    graft_check_result result = GRAFT_CHECK_RESULT_INIT;
    graft_dataset_check_result(dataset, &result);
    assert_int_equal(result.per_split[GRAFT_SPLIT_TEST], 2);
    assert_true(result.per_split[GRAFT_SPLIT_VALIDATION] >= 2 && result.per_split[GRAFT_SPLIT_VALIDATION] <= 16);
    graft_dataset_free(dataset);
}

static void validation_without_train_is_an_error_unless_evaluating(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "validation/cat", 2, 1);
    put_pictures(f->root, "validation/dog", 2, 3);
    expect_data_error(f, "holds validation/ but no train/");
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.allow_one_class = true;
    graft_dataset *dataset = open_with(f, f->root, &options);
    assert_ok(graft_dataset_check(dataset));
    assert_int_equal(graft_dataset_sample(dataset, 0)->split, GRAFT_SPLIT_VALIDATION);
    graft_dataset_free(dataset);
    put_pictures(f->root, "train/cat", 2, 5);
    put_pictures(f->root, "train/dog", 1, 7);
    expect_data_error(f, "class dog has 1 picture in train/");
    put_pictures(f->root, "val/dog", 1, 8);
    expect_data_error(f, "both val/ and validation/");
}

static void links_are_followed_but_loops_are_refused(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "data/cat", 2, 1);
    put_pictures(f->root, "data/dog", 1, 3);
    put_picture(f->root, "elsewhere/deep/b.jpg", 4);
    assert_int_equal(symlink("../../elsewhere", path_in(f->root, "data/dog/linked")), 0);
    graft_dataset *dataset = open_with(f, path_in(f->root, "data"), NULL);
    assert_int_equal(graft_dataset_count(dataset), 4);
    assert_string_equal(graft_dataset_sample(dataset, 3)->name, "dog/linked/deep/b.jpg");
    graft_dataset_free(dataset);
    const char *data = path_in(f->root, "data");
    assert_int_equal(symlink("..", path_in(f->root, "data/dog/up")), 0);
    assert_fails(GRAFT_E_DATA, "dog/up: a link that loops back to",
                 graft_dataset_open(&dataset, f->context, data, NULL));
    assert_int_equal(unlink(path_in(f->root, "data/dog/up")), 0);
    assert_int_equal(symlink("self", path_in(f->root, "data/dog/self")), 0);
    data = path_in(f->root, "data");
    assert_fails(GRAFT_E_DATA, "leads back to itself", graft_dataset_open(&dataset, f->context, data, NULL));
}

static void folders_deeper_than_sixteen_are_refused(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "cat", 2, 1);
    put_picture(f->root, "dog/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/a.jpg", 3);
    expect_data_error(f, "more than 16 folders deep");
}

static void pipes_sockets_and_dangling_links_are_never_opened(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "cat", 2, 1);
    put_pictures(f->root, "dog", 2, 3);
    put_pictures(f->root, "dog/folder.jpg", 1, 5);
    assert_int_equal(mkfifo(path_in(f->root, "cat/pipe.jpg"), 0600), 0);
    assert_int_equal(mkfifo(path_in(f->root, "cat/pipe"), 0600), 0);
    assert_int_equal(symlink("gone", path_in(f->root, "cat/link.png")), 0);
    assert_int_equal(symlink("gone", path_in(f->root, "cat/link")), 0);
    assert_int_equal(symlink("/dev/zero", path_in(f->root, "cat/zero.bmp")), 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/cat/s.gif", f->root);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    graft_dataset *dataset = open_with(f, f->root, NULL);
    assert_ok(graft_dataset_check(dataset));
    expect_names(dataset, 9,
                 (const char *[]){"cat/0000.jpg", "cat/0001.jpg", "cat/link.png", "cat/pipe.jpg", "cat/s.gif",
                                  "cat/zero.bmp", "dog/0000.jpg", "dog/0001.jpg", "dog/folder.jpg/0000.jpg"});
    assert_string_equal(graft_dataset_sample(dataset, 2)->fault, "a link to a file that does not exist");
    assert_string_equal(graft_dataset_sample(dataset, 3)->fault, "a pipe, expected a file");
    assert_string_equal(graft_dataset_sample(dataset, 4)->fault, "a socket, expected a file");
    assert_string_equal(graft_dataset_sample(dataset, 5)->fault, "a device, expected a file");
    assert_null(graft_dataset_sample(dataset, 8)->fault);
    graft_dataset_free(dataset);
    close(fd);
}

static void unreadable_folder_is_an_error(void **state) {
    folder_fixture *f = *state;
    if (geteuid() == 0) skip(); /* root may read anything */
    put_pictures(f->root, "cat", 2, 1);
    put_pictures(f->root, "dog", 2, 3);
    assert_int_equal(chmod(path_in(f->root, "dog"), 0), 0);
    expect_data_error(f, "dog: cannot be");
    assert_int_equal(chmod(path_in(f->root, "dog"), 0700), 0);
}

static void unlabelled_pictures_are_found(void **state) {
    folder_fixture *f = *state;
    put_picture(f->root, "b.jpg", 1);
    put_picture(f->root, "deep/er/a.jpg", 2);
    put_text(f->root, "notes.txt", "x");
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.unlabelled = true;
    graft_dataset *dataset = open_with(f, f->root, &options);
    expect_names(dataset, 2, (const char *[]){"b.jpg", "deep/er/a.jpg"});
    assert_int_equal(graft_dataset_sample(dataset, 0)->label, -1);
    assert_int_equal(graft_dataset_class_count(dataset), 0);
    assert_ok(graft_dataset_check(dataset));
    graft_dataset_free(dataset);
    dataset = open_with(f, path_in(f->root, "b.jpg"), &options);
    expect_names(dataset, 1, (const char *[]){"b.jpg"});
    graft_dataset_free(dataset);
    put_folder(f->root, "none");
    assert_fails(GRAFT_E_DATA, "no pictures here",
                 graft_dataset_open(&dataset, f->context, path_in(f->root, "none"), &options));
}

/* Labels or not, what is called validation does not train. */
static void unlabelled_pictures_keep_to_their_splits(void **state) {
    folder_fixture *f = *state;
    put_pictures(f->root, "train/one", 3, 1);
    put_picture(f->root, "train/deep/er/still/a.jpg", 9);
    put_pictures(f->root, "validation", 2, 20);
    put_pictures(f->root, "Test/x", 1, 30);
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.unlabelled = true;
    graft_dataset *dataset = open_with(f, f->root, &options);
    assert_ok(graft_dataset_check(dataset));
    assert_int_equal(graft_dataset_count(dataset), 7);
    for (size_t i = 0; i < 7; i++) {
        const graft_sample *sample = graft_dataset_sample(dataset, i);
        assert_int_equal(sample->split, *sample->name == 't'   ? GRAFT_SPLIT_TRAIN
                                        : *sample->name == 'v' ? GRAFT_SPLIT_VALIDATION
                                                               : GRAFT_SPLIT_TEST);
    }
    /* Its folders below the parts are kinds, though no classes. */
    assert_int_equal(graft_dataset_class_count(dataset), 0);
    assert_int_equal(graft_dataset_kind_count(dataset), 3);
    assert_string_equal(graft_dataset_kind(dataset, 0), "deep");
    assert_string_equal(graft_dataset_kind(dataset, 1), "one");
    for (size_t i = 0; i < 7; i++) {
        const char *name = graft_dataset_sample(dataset, i)->name;
        const int kind = strstr(name, "deep/") ? 0 : strstr(name, "one/") ? 1 : strstr(name, "x/") ? 2 : -1;
        assert_int_equal(graft_dataset_kind_of(dataset, i), kind);
    }
    graft_dataset_free(dataset);
}

/* Folders of days are no kinds, and what has classes has no others. */
static void too_many_folders_are_no_kinds(void **state) {
    folder_fixture *f = *state;
    char name[32];
    for (unsigned i = 0; i < 120; i++) {
        snprintf(name, sizeof name, "day%03u/a.jpg", i);
        put_picture(f->root, name, i);
    }
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.unlabelled = true;
    graft_dataset *dataset = open_with(f, f->root, &options);
    assert_int_equal(graft_dataset_count(dataset), 120);
    assert_int_equal(graft_dataset_kind_count(dataset), 0);
    assert_int_equal(graft_dataset_kind_of(dataset, 3), -1);
    graft_dataset_free(dataset);
    options.unlabelled = false;
    options.allow_one_class = true;
    dataset = open_with(f, f->root, &options);
    assert_int_equal(graft_dataset_kind_count(dataset), 120);
    assert_int_equal(graft_dataset_kind_of(dataset, 3), 3);
    graft_dataset_free(dataset);
}

static void several_paths_keep_their_order(void **state) {
    folder_fixture *f = *state;
    graft_dataset *dataset;
    put_picture(f->root, "z.jpg", 1);
    put_picture(f->root, "d/2.jpg", 2);
    put_picture(f->root, "d/1.jpg", 3);
    put_text(f->root, "notes", "no picture, but asked for");
    char z[1024], d[1024], notes[1024];
    snprintf(z, sizeof z, "%s", path_in(f->root, "z.jpg"));
    snprintf(d, sizeof d, "%s", path_in(f->root, "d"));
    snprintf(notes, sizeof notes, "%s", path_in(f->root, "notes"));
    assert_ok(graft_dataset_open_files(&dataset, f->context, (const char *[]){z, d, notes, z}, 4));
    expect_names(dataset, 5, (const char *[]){z, path_in(d, "1.jpg"), path_in(d, "2.jpg"), notes, z});
    assert_ok(graft_dataset_check(dataset));
    assert_non_null(graft_dataset_sample(dataset, 3)->fault);
    assert_int_equal(graft_dataset_sample(dataset, 4)->duplicate_of, 0);
    size_t *index, count;
    assert_ok(graft_dataset_indices(dataset, -1, &index, &count));
    assert_int_equal(count, 4);
    graft_release(index);
    graft_dataset_free(dataset);
    assert_fails(GRAFT_E_DATA, "no such file",
                 graft_dataset_open_files(&dataset, f->context, (const char *[]){z, "/no/x.jpg"}, 2));
    put_folder(f->root, "none");
    assert_fails(GRAFT_E_DATA, "no pictures in this folder",
                 graft_dataset_open_files(&dataset, f->context, (const char *[]){path_in(f->root, "none"), z}, 2));
    assert_int_equal(mkfifo(path_in(f->root, "p.jpg"), 0600), 0);
    assert_fails(GRAFT_E_DATA, "a device or pipe",
                 graft_dataset_open_files(&dataset, f->context, (const char *[]){path_in(f->root, "p.jpg")}, 1));
    assert_fails(GRAFT_E_USAGE, "no pictures given", graft_dataset_open_files(&dataset, f->context, NULL, 0));
}

static void shares_out_of_range_are_refused(void **state) {
    folder_fixture *f = *state;
    graft_dataset *dataset;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.validation = 0.95;
    assert_fails(GRAFT_E_USAGE, "0.01 to 0.9", graft_dataset_open(&dataset, f->context, f->root, &options));
    options.validation = 0;
    options.test = -1;
    assert_fails(GRAFT_E_USAGE, "0 to 0.9", graft_dataset_open(&dataset, f->context, f->root, &options));
    options.test = 0.9;
    assert_fails(GRAFT_E_USAGE, "leave less", graft_dataset_open(&dataset, f->context, f->root, &options));
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        ROW(behaviour_4_samples_keep_their_ids_in_byte_order),
        ROW(behaviour_5_classes_are_in_byte_order),
        ROW(behaviour_5_class_file_fixes_the_order_and_shows_differences),
        ROW(behaviour_6_labels_come_from_the_class_folder_only),
        ROW(behaviour_20_hidden_and_stray_entries_never_count),
        ROW(pictures_without_a_pictures_name_count),
        ROW(behaviour_20_empty_classes_are_listed_and_left_out),
        ROW(behaviour_20_classes_that_differ_by_case_clash),
        ROW(behaviour_33_folders_that_do_not_fit_get_one_line),
        ROW(one_class_is_an_error_unless_evaluating),
        ROW(class_with_fewer_than_two_pictures_is_an_error),
        ROW(folder_above_the_data_is_told),
        ROW(given_splits_are_read),
        ROW(train_without_validation_is_split),
        ROW(validation_without_train_is_an_error_unless_evaluating),
        ROW(links_are_followed_but_loops_are_refused),
        ROW(folders_deeper_than_sixteen_are_refused),
        ROW(pipes_sockets_and_dangling_links_are_never_opened),
        ROW(unreadable_folder_is_an_error),
        ROW(unlabelled_pictures_are_found),
        ROW(unlabelled_pictures_keep_to_their_splits),
        ROW(too_many_folders_are_no_kinds),
        ROW(several_paths_keep_their_order),
        ROW(shares_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
