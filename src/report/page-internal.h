/* report.html, section by section. */
#ifndef GRAFT_SRC_REPORT_PAGE_INTERNAL_H
#define GRAFT_SRC_REPORT_PAGE_INTERNAL_H

#include <graft/report.h>

#include "report/sheet.h"
#include "report/thumbnails.h"

typedef struct graft_page graft_page;
struct graft_page {
    graft_sheet sheet;
    graft_context *context;
    const graft_run *run;      /* NULL: a page of series */
    const graft_dataset *data; /* NULL: a page of series */
    const char *one, *many;    /* what is classified: "picture", "pictures" */
    /* Draws what is no picture into a gallery, whose figures are wider then; NULL: pictures. */
    void (*draw)(graft_page *page, const graft_thumbnail *item, bool with_truth);
    void *drawn; /* for it */
    /* The split the page speaks of: test where there is one, else validation. NULL when neither has samples. */
    const graft_evaluation *evaluation;
    const graft_predictions *predictions; /* behind the evaluation */
    const char *split;
    graft_thumbnails thumbnails; /* of that split */
    graft_check_result check;
};

void graft_page_verdict(graft_page *page);     /* page-accuracy.c: title, verdict, tiles */
void graft_page_accuracy(graft_page *page);    /* page-accuracy.c */
void graft_page_plan(graft_page *page);        /* page-plan.c */
void graft_page_candidates(graft_page *page);  /* page-plan.c */
void graft_page_history(graft_page *page);     /* page-history.c: nothing for a head that is fitted in one go */
void graft_page_confusion(graft_page *page);   /* page-confusion.c: matrix, its cells' pictures */
void graft_page_mistakes(graft_page *page);    /* page-confusion.c: the most confident ones */
void graft_page_classes(graft_page *page);     /* page-accuracy.c */
void graft_page_calibration(graft_page *page); /* page-calibration.c */
void graft_page_data(graft_page *page);        /* page-data.c */
void graft_page_run(graft_page *page);         /* page-run.c: seconds, preprocessing, machine */
void graft_page_made_with(graft_page *page);   /* page-run.c: the latter two, and the data, in a section that is open */
void graft_page_machine(graft_page *page);     /* page-run.c: machine and versions, in a list that is open */
/* page-accuracy.c: what an accuracy is against always answering the largest class, as a verdict tells it. */
typedef enum graft_standing {
    GRAFT_STANDING_BETTER,
    GRAFT_STANDING_UNSURE, /* better on these samples, by no more than chance lets it */
    GRAFT_STANDING_NO_BETTER
} graft_standing;
graft_standing graft_page_standing(const graft_evaluation *evaluation);
const char *graft_standing_tone(graft_standing standing);
void graft_page_add_standing(graft_page *page); /* a clause of the verdict */
/* page-accuracy.c: the model beside what costs no training, where that is known. */
void graft_page_accuracy_chart(graft_page *page, const char *split, const graft_evaluation *evaluation);

/* page-map.c: where the pictures of the split lie. */
GRAFT_MUST_CHECK graft_status graft_page_map(graft_page *page);
/* why.c: Grad-CAM for the most confident mistakes; nothing for models that have none. */
GRAFT_MUST_CHECK graft_status graft_page_why(graft_page *page, size_t most);

/* The name of a class, escaped; "class 3" when it has none. */
void graft_page_class(graft_page *page, size_t index);
/* One picture with its caption; `with_truth` adds the true class. */
void graft_page_picture(graft_page *page, const graft_thumbnail *item, bool with_truth);

#endif
