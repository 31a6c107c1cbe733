/* graft/crossval.h: how well a simple head separates features, with an honest interval: stratified k-fold. */
#ifndef GRAFT_CROSSVAL_H
#define GRAFT_CROSSVAL_H

#include <graft/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum graft_crossval_head {
    GRAFT_CROSSVAL_LOGISTIC, /* multinomial logistic regression */
    GRAFT_CROSSVAL_KNN,      /* nearest neighbours by cosine similarity */
} graft_crossval_head;
#define GRAFT_CROSSVAL_HEAD_CHOICES "logistic|knn"

typedef struct graft_crossval_options {
    size_t struct_size;
    int64_t folds;      /* 2..1000; 0: 10 */
    int head;           /* graft_crossval_head */
    double c;           /* logistic: inverse regularisation; 0: chosen inside each fold */
    int64_t neighbours; /* knn; 0: 5 */
    uint64_t seed;      /* of the folds */
    const char *layer;  /* with a network: NULL: the last layer before the head */
    int pool;           /* 0 avg, 1 max, 2 none */
    const char *label;  /* column that holds the class: of a CSV file, or of `labels`, where NULL means "label" */
    const char *labels; /* of features in .npy or .npz: a .csv, or a .npy of integers; NULL: the .csv beside them */
    /* Not in the table: */
    int64_t image_size; /* pixels, square, when pictures' raw pixels are the features; 0: see graft_crossval */
} graft_crossval_options;
#define GRAFT_CROSSVAL_OPTIONS_INIT \
    { .struct_size = sizeof(graft_crossval_options) }
/* The rows that describe the members above: parsing, defaults, help and documentation come from them. */
GRAFT_API const graft_option *graft_crossval_option_table(void);

typedef struct graft_crossval_fold {
    size_t n, correct; /* of the samples held out */
    double accuracy;
    double loss;     /* mean cross-entropy, probabilities clipped at 1e-15 */
    double baseline; /* accuracy of always answering the largest class of the other folds */
    double c;        /* the strength that the other folds chose; 0: knn */
    bool blind;      /* nothing could be held out among the other folds: c is a mild default */
} graft_crossval_fold;

typedef struct graft_crossval_class {
    const char *name;
    size_t n;
} graft_crossval_class;

/* Borrowed members live as long as the result. */
typedef struct graft_crossval_result {
    size_t n, width, classes; /* samples, features of each */
    size_t fold_count;
    const graft_crossval_fold *folds;
    double mean, std;     /* of the folds' accuracies; std with fold_count - 1 below */
    double interval95[2]; /* of the mean, corrected for training sets that overlap, within 0..1 */
    double loss, baseline;
    const char *head;
    const char *features; /* what they are, for people: "pixels 28x28", "layer X of Y", ... */
    size_t duplicates;    /* samples that repeat an earlier one, or are of its group, and stay in its fold */
    size_t rare_count;
    const graft_crossval_class *rare; /* classes with fewer (distinct) samples than folds: some folds have none */
} graft_crossval_result;

/* Stratified k-fold over the features of `path`. All that is fitted - means and deviations, the choice of C by an inner
 * cross-validation of up to 5 folds, weights - is fitted on copies of the other folds' rows alone. The interval is
 * Nadeau & Bengio's (2003): mean +- t(k-1) * std * sqrt(1/k + n_test/n_train); what follows t is not taken for less
 * than half of Wilson's interval of all samples over 1.96.
 *
 * Features are, for a `path` that ends in
 *   .npy, .npz  its rows: the only matrix of the file, or "features" with "labels" beside it; classes from `labels`;
 *   .csv        without a network: the numbers of all columns but `label`, unless a column holds paths of pictures;
 * and for any other data (see graft_dataset_open) what `backbone` makes of every sound picture, through the boundary
 * cache; or without it (NULL) raw pixels, 0..1, in the pictures' own size when that is one for all and at most 64x64,
 * else 32x32. Given splits do not matter: all samples take part. Duplicates share a fold: among pictures those
 * of the check, among rows of numbers the identical ones.
 * Errors: GRAFT_E_USAGE (options; a file that would need too much memory), GRAFT_E_DATA (one class, fewer samples than
 * folds, features that are not finite: with row and column), GRAFT_E_CANCELLED, GRAFT_E_MEMORY. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_crossval(graft_crossval_result **out, graft_context *context,
                                                       const char *path, const graft_backbone *backbone,
                                                       const graft_crossval_options *options);
GRAFT_API void graft_crossval_free(graft_crossval_result *result);
/* The object that docs/cli.md shows for `crossval --json`. Release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_crossval_json(const graft_crossval_result *result, char **json);

#ifdef __cplusplus
}
#endif
#endif
