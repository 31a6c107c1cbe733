/* train_and_predict BASE.h5 DATA PICTURE: trains on a folder with one folder a class, then labels a picture.
 * cc train_and_predict.c $(pkg-config --cflags --libs graft) -o train_and_predict */
#include <graft/graft.h>

#include <stdio.h>

/* Return false to cancel: graft_train then gives GRAFT_E_CANCELLED. */
static bool show_progress(void *user, const graft_progress *progress) {
    (void)user;
    fprintf(stderr, "\r%s %llu/%llu%s", progress->phase, (unsigned long long)progress->done,
            (unsigned long long)progress->total, progress->finished ? "\n" : "");
    return true;
}

int main(int argc, char **argv) {
    if (argc != 4) return fprintf(stderr, "usage: %s BASE.h5 DATA PICTURE\n", argv[0]), 2;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_data_options picture_options = GRAFT_DATA_OPTIONS_INIT;
    graft_backbone_options backbone_options = GRAFT_BACKBONE_OPTIONS_INIT;
    backbone_options.preprocess = GRAFT_SCALING_TF; /* how the network's own training scaled pixels */
    picture_options.unlabelled = true;
    options.progress = show_progress;
    graft_context *context = NULL;
    graft_dataset *data = NULL, *picture = NULL;
    graft_backbone *backbone = NULL;
    graft_run *run = NULL;
    graft_model *model = NULL;
    graft_predictions *predictions = NULL;
    char *text = NULL;
    graft_status status = graft_context_new(&context, &options);
    if (status == GRAFT_OK) status = graft_dataset_open(&data, context, argv[2], NULL);
    if (status == GRAFT_OK) status = graft_backbone_open(&backbone, context, argv[1], &backbone_options);
    if (status == GRAFT_OK) status = graft_train(&run, context, data, backbone, NULL);
    if (status == GRAFT_OK) status = graft_model_save(graft_run_model(run), "example.graft");
    if (status == GRAFT_OK) printf("accuracy %.3f\n", graft_run_evaluation(run, GRAFT_SPLIT_VALIDATION)->accuracy);
    if (status == GRAFT_OK) status = graft_model_open(&model, context, "example.graft", NULL, NULL);
    if (status == GRAFT_OK) status = graft_dataset_open(&picture, context, argv[3], &picture_options);
    if (status == GRAFT_OK) status = graft_model_predict(&predictions, model, picture);
    if (status == GRAFT_OK) status = graft_predictions_json(predictions, picture, 0, 3, &text);
    if (status == GRAFT_OK) printf("%s\n", text);
    if (status != GRAFT_OK) fprintf(stderr, "error: %s\n", graft_error_text());
    graft_text_free(text); /* every free accepts NULL */
    graft_predictions_free(predictions);
    graft_model_free(model);
    graft_run_free(run);
    graft_backbone_free(backbone);
    graft_dataset_free(picture);
    graft_dataset_free(data);
    graft_context_free(context);
    return graft_status_exit_code(status);
}
