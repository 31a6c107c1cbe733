/* The input is a table whose class is in the column "label"; its records are read, and it is opened as data. */
#include "base/alloc.h"
#include "data/csv.h"
#include "data/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_records(const uint8_t *data, size_t size) {
    char *text = graft_allocate(size + 1, 1);
    graft_csv csv;
    bool more = true;
    if (!text) return;
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    graft_csv_init(&csv, "x", text, size);
    while (more && graft_csv_next(&csv, &more) == GRAFT_OK) {
        for (size_t i = 0; i < csv.count; i++)
            if (csv.field[i] < text || strlen(csv.field[i]) > (size_t)(text + size - csv.field[i])) abort();
    }
    graft_csv_clear(&csv);
    graft_release(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[] = "/tmp/graft-fuzz-XXXXXX.csv";
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    graft_context *context;
    graft_dataset *dataset;
    read_records(data, size);
    int file = mkstemps(path, 4);
    if (file < 0) return 0;
    bool written = write(file, data, size) == (ssize_t)size;
    close(file);
    options.label = "label";
    if (written && graft_context_new(&context, NULL) == GRAFT_OK) {
        if (graft_dataset_open(&dataset, context, path, &options) == GRAFT_OK) graft_dataset_free(dataset);
        graft_context_free(context);
    }
    unlink(path);
    return 0;
}
