/* graft/inspect.h: what may be wrong with labelled pictures, beyond what cannot be decoded, and a list of fixes. */
#ifndef GRAFT_INSPECT_H
#define GRAFT_INSPECT_H

#include <graft/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum graft_problem {
    GRAFT_PROBLEM_CORRUPT,   /* cannot be decoded */
    GRAFT_PROBLEM_LEAK,      /* of train, and a duplicate of a picture that is held back */
    GRAFT_PROBLEM_DUPLICATE, /* of an earlier picture: equal bytes, or alike to the eye */
    GRAFT_PROBLEM_CONFLICT,  /* a duplicate under another label */
    GRAFT_PROBLEM_SIMILAR,   /* no such duplicate, but alike to the network: cropped, mirrored, brightened */
    GRAFT_PROBLEM_BURST,     /* names count on, and the network sees the same scene */
    GRAFT_PROBLEM_GROUP,     /* its group (options->group) is in another split too */
    GRAFT_PROBLEM_LABEL,     /* surely another class, as far as options->false_alarms goes */
    GRAFT_PROBLEM_DOUBT, /* perhaps another class: confident disagreement, but no more than the model errs by itself */
    GRAFT_PROBLEM_BLURRED,
    GRAFT_PROBLEM_DARK,
    GRAFT_PROBLEM_ROTATED, /* by its EXIF orientation, which is applied: nothing to do */
    GRAFT_PROBLEM_COUNT
} graft_problem;

typedef struct graft_issue {
    graft_problem problem;
    size_t sample;
    int64_t other; /* the picture it repeats or leaks to; -1: none */
    int suggested; /* label and doubt: the class it looks like; else -1 */
    double score;  /* label and doubt: ln of the odds that the given one is wrong; similar and burst: cosine; blurred:
                      sharpness; dark:  brightness; else 0 */
    const char *action; /* proposed: "drop", "train" (move there), "review" or "keep"; static */
} graft_issue;

typedef struct graft_inspect_options {
    size_t struct_size;
    double similar;    /* cosine from which two pictures are alike, 0.5..1; 0: 0.9 */
    double dark;       /* mean grey value below which a picture is dark, 0..255; 0: 30 */
    double blur;       /* sharpness below which a picture may be blurred; 0: 20 */
    const char *group; /* extended regular expression on names: what its first parenthesis matches is a group (a person,
                          a house), which must not be in two splits; NULL: no groups */
    int64_t folds;     /* of the cross-validation behind suspicious labels, 2..20; 0: 5 */
    uint64_t seed;     /* of these folds */
    double false_alarms;  /* share of the surely wrong labels that may be right, 0.001..0.5; 0: 0.1 */
    const char *reviewed; /* a fix list: what its action "keep" stands at was looked at and is not told again, as long
                             as bytes and label are the same; NULL: nothing was reviewed */
} graft_inspect_options;
#define GRAFT_INSPECT_OPTIONS_INIT \
    { .struct_size = sizeof(graft_inspect_options) }
GRAFT_API const graft_option *graft_inspect_option_table(void);

typedef struct graft_inspection graft_inspection;

/* Checks `data` first if it was not. Without a backbone (NULL) nothing is said of labels, similar pictures and bursts.
 *
 * Labels: kernel ridge regression on the network's features at up to five cuts tells each picture's class from all
 * others (but its duplicates; beyond 8,192 pictures, or a quarter of the memory, in parts), a cross-validated logistic
 * regression what its scores are worth; of both answers that with the lower cross-entropy counts. A mixture model of
 * labels that follow it and of labels that say nothing of their picture gives each label a probability of being wrong;
 * the sure ones are those of highest probability, as many as keep the expected share of false alarms below
 * options->false_alarms, and none where no more than half of the answers are right. Candidates for review are the next
 * ones, as many as confident learning (Northcutt et al. 2021) counts
 * beyond them: they take in pictures that are hard and not wrong. Labels that were reviewed are learnt from, but take
 * no part in either: neither is their rate of errors that of the others. Surely wrong labels are proposed for dropping
 * where the picture trains; held-back pictures, of a given split or of the drawn one, are for review: what is dropped
 * there makes a model's figures better than it is. Blurred: less sharp than options->blur and 3.5 robust deviations (of
 * the logarithm) below the median of all. `data` and `backbone` are borrowed by the call; `data` must outlive the
 * inspection. Errors: as for graft_dataset_check and graft_extract; GRAFT_E_USAGE (options, a regular expression). */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_inspect(graft_inspection **out, graft_context *context,
                                                      graft_dataset *data, const graft_backbone *backbone,
                                                      const graft_inspect_options *options);
GRAFT_API void graft_inspection_free(graft_inspection *inspection);
/* Issues by problem, the worst first. */
GRAFT_API size_t graft_inspection_count(const graft_inspection *inspection);
GRAFT_API const graft_issue *graft_inspection_issue(const graft_inspection *inspection, size_t index);
GRAFT_API size_t graft_inspection_count_of(const graft_inspection *inspection, graft_problem problem);
GRAFT_API const graft_dataset *graft_inspection_dataset(const graft_inspection *inspection);
/* Accuracy of the cross-validation behind suspicious labels; NaN: there was none. */
GRAFT_API double graft_inspection_accuracy(const graft_inspection *inspection);
/* The share of labels that the mixture model takes to be wrong, and the share of the sure ones (GRAFT_PROBLEM_LABEL)
 * that it expects to be right after all; NaN: labels were not compared. */
GRAFT_API double graft_inspection_noise(const graft_inspection *inspection);
GRAFT_API double graft_inspection_false_alarms(const graft_inspection *inspection);
/* Issues that are not told, as options->reviewed says that they were looked at; of labels, those that were reviewed,
 * whether they would be told or not. */
GRAFT_API size_t graft_inspection_reviewed(const graft_inspection *inspection);
/* "corrupt", "leak", ... */
GRAFT_API const char *graft_problem_name(graft_problem problem);
/* One line of explanation. */
GRAFT_API const char *graft_problem_help(graft_problem problem);

/* The fix list: a .csv with the columns action, path, problem, of, suggested, score, class (that it carries) and
 * content (a hash of its bytes). Edit the actions: keep (looked at, and right: for options->reviewed), review (nothing
 * happens), drop, relabel (to `suggested`), train, validation, test (move there). */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_inspection_write_fixes(const graft_inspection *inspection,
                                                                     const char *path);

typedef struct graft_fixes_result {
    size_t struct_size;
    size_t kept, dropped, relabelled, moved; /* samples; kept: rows of the manifest */
} graft_fixes_result;
/* Applies the fix list `fixes` to `data` (checked first if it was not) and writes `manifest`, a .csv with the columns
 * path, label, split, which graft reads as data (--label label); pictures stay where they are. Quarantined pictures are
 * left out. Errors: GRAFT_E_DATA: a path that is not in the data, an unknown action or class, actions that contradict
 * each other. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_fixes_apply(graft_context *context, graft_dataset *data,
                                                          const char *fixes, const char *manifest,
                                                          graft_fixes_result *result);

#ifdef __cplusplus
}
#endif
#endif
