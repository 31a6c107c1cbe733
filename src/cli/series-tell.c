/* What the actions of graft series came to. */
#include "series-tell.h"

#include <math.h>

static void tell_number(const char *name, double value) {
    if (isfinite(value))
        printf(",\"%s\":%.9g", name, value);
    else
        printf(",\"%s\":null", name);
}

void cli_series_tell_json(const graft_series_result *r, const char *output, const char *report) {
    printf("{\"event\":\"done\",\"output\":");
    if (output)
        cli_json_text(stdout, output);
    else
        printf("null");
    if (report) printf(",\"report\":");
    if (report) cli_json_text(stdout, report);
    printf(
        ",\"series\":%zu,\"tests\":%zu,\"classes\":%zu,\"channels\":%zu,\"shortest\":%zu,\"longest\":%zu,\"steps\":%zu",
        r->series, r->tests, r->classes, r->channels, r->shortest, r->longest, r->steps);
    printf(",\"missing\":%zu,\"constant\":%zu,\"features\":%zu,\"parameters\":%lld,\"epochs\":%lld", r->missing,
           r->constant, r->features, (long long)r->parameters, (long long)r->epochs);
    tell_number("loss", r->loss);
    tell_number("train_accuracy", r->train_accuracy);
    tell_number("accuracy", r->accuracy);
    if (isfinite(r->accuracy))
        printf(",\"interval95\":[%.9g,%.9g]", r->interval95[0], r->interval95[1]);
    else
        printf(",\"interval95\":null");
    tell_number("test_loss", r->test_loss);
    tell_number("majority_baseline", r->majority);
    tell_number("nearest_baseline", r->nearest);
    tell_number("c", r->c);
    tell_number("seconds", r->seconds);
    printf("}\n");
}

static void tell_data(const graft_series_result *r) {
    printf("series    %zu of %zu to %zu steps", r->series, r->shortest, r->longest);
    if (r->channels > 1) printf(", %zu channels", r->channels);
    if (r->classes > 0) printf(", %zu classes", r->classes);
    if (r->tests > 0) printf(", %zu of them for testing", r->tests);
    if (r->missing > 0) printf(", %zu numbers filled in", r->missing);
    if (r->constant > 0) printf(", %zu channels that do not vary", r->constant);
    printf("\n");
}

void cli_series_tell_text(const graft_series_result *r, const char *output, const char *report) {
    tell_data(r);
    if (r->features > 0) printf("code      %zu numbers\n", r->features);
    if (r->epochs > 0) printf("training  %lld epochs, loss %.5f, %.0f s\n", (long long)r->epochs, r->loss, r->seconds);
    if (r->c > 0) printf("head      logistic, C %g\n", r->c);
    if (isfinite(r->train_accuracy)) printf("training  accuracy %.4f\n", r->train_accuracy);
    if (isfinite(r->accuracy)) {
        printf("test      accuracy %.4f (95%%: %.4f to %.4f)\n", r->accuracy, r->interval95[0], r->interval95[1]);
        printf("          largest class %.4f", r->majority);
        if (isfinite(r->nearest)) printf(", nearest neighbour (Euclid) %.4f", r->nearest);
        printf("\n");
    }
    if (output) printf("written   %s\n", output);
    if (report) printf("report    %s\n", report);
}
