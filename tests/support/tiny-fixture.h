/* What tests of the whole way begin from: a folder with pictures of three fruits, the tiny network and a context. */
#ifndef GRAFT_TESTS_TINY_FIXTURE_H
#define GRAFT_TESTS_TINY_FIXTURE_H

#include "support/support.h"
#include "support/tiny.h"

#include <graft/train.h>

enum { TINY_CLASSES = 3 };
extern const char *const tiny_classes[TINY_CLASSES]; /* apple, berry, cherry */

/* A test that needs more begins a struct of its own with it. */
typedef struct tiny_fixture {
    test_log log;                              /* what the context said since it was opened */
    char *folder, *pictures, *cache, *network; /* paths; the last three lie in the folder */
    graft_context *context;                    /* NULL before tiny_fixture_open */
    graft_backbone *backbone;                  /* the network at `network` */
} tiny_fixture;

/* A zeroed struct of `size` bytes that begins with a tiny_fixture: the folder, and `each` pictures a class. */
void *tiny_fixture_new(size_t size, size_t each);
/* A context of these options and the network in it, anew when both were open. The network is written when there is
 * none: 16 x 16, 5 classes. The context's callbacks get the fixture. */
void tiny_fixture_open_with(tiny_fixture *f, graft_context_options options);
/* The same with `threads` workers and no cache. */
void tiny_fixture_open(tiny_fixture *f, int threads);
void tiny_fixture_close(tiny_fixture *f);
void tiny_fixture_free(tiny_fixture *f);

/* graft_train on the pictures. */
typedef struct tiny_run {
    graft_dataset *data;
    graft_run *run;
} tiny_run;
graft_status tiny_try_train(tiny_fixture *f, const graft_train_options *options, tiny_run *out);
tiny_run tiny_train(tiny_fixture *f, const graft_train_options *options);
void tiny_run_free(tiny_run run);
/* A few steps of fine-tuning the last layer. */
graft_train_options tiny_tune_options(void);
/* The choice of the run's decision about `what`; NULL: there was none. */
const char *tiny_decision(const graft_run *run, const char *what);
/* Trains, and saves the model as NAME in the folder; its path, to be released. */
char *tiny_train_model(tiny_fixture *f, const graft_train_options *options, const char *name);

#endif
