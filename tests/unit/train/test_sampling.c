#include "support/support.h"

#include "train/mix.h"
#include "train/recipe.h"
#include "train/sampler.h"

#include <math.h>
#include <string.h>

enum { COUNT = 30 };

static void every_sample_comes_once_and_epochs_differ(void **state) {
    (void)state;
    graft_sampler sampler;
    size_t first[COUNT];
    bool seen[COUNT] = {false};
    assert_ok(graft_sampler_init(&sampler, COUNT, 5, NULL, 0));
    graft_sampler_shuffle(&sampler, 1);
    memcpy(first, sampler.order, sizeof first);
    for (int i = 0; i < COUNT; i++) {
        assert_false(seen[first[i]]);
        seen[first[i]] = true;
    }
    graft_sampler_shuffle(&sampler, 2);
    assert_memory_not_equal(first, sampler.order, sizeof first);
    graft_sampler_shuffle(&sampler, 1); /* a resumed run asks again */
    assert_memory_equal(first, sampler.order, sizeof first);
    graft_sampler_clear(&sampler);
}

static void balanced_sampling_draws_classes_evenly(void **state) {
    (void)state;
    int label[COUNT];
    for (int i = 0; i < COUNT; i++)
        label[i] = i < 24 ? 0 : i < 29 ? 1 : 3; /* class 2 is empty, class 3 has one sample */
    graft_sampler sampler;
    assert_ok(graft_sampler_init(&sampler, COUNT, 5, label, 4));
    for (uint32_t epoch = 1; epoch < 4; epoch++) {
        int drawn[4] = {0};
        graft_sampler_shuffle(&sampler, epoch);
        for (int i = 0; i < COUNT; i++) {
            assert_true(sampler.order[i] < COUNT);
            drawn[label[sampler.order[i]]]++;
        }
        assert_int_equal(drawn[0], 10);
        assert_int_equal(drawn[1], 10);
        assert_int_equal(drawn[2], 0);
        assert_int_equal(drawn[3], 10);
    }
    graft_sampler_clear(&sampler);
}

/* Whatever is mixed: the sum over a pair stays, targets follow the share, and the same names give the same mixture. */
static void mixing_keeps_pairs_together(void **state) {
    (void)state;
    const graft_shape shape = GRAFT_SHAPE(2, 4, 5);
    enum { SIZE = 40, N = 5 };
    for (int kind = GRAFT_MIX_MIXUP; kind <= GRAFT_MIX_CUTMIX; kind++) {
        graft_mix mix = {(graft_mix_kind)kind, 1.0};
        bool mixed = false;
        for (uint64_t step = 0; step < 8; step++) {
            float input[N * SIZE], target[N * 3] = {0}, again[N * SIZE], target_again[N * 3];
            for (int i = 0; i < N; i++) {
                for (int k = 0; k < SIZE; k++)
                    input[i * SIZE + k] = (float)i;
                target[i * 3 + i % 3] = 1;
            }
            memcpy(again, input, sizeof input);
            memcpy(target_again, target, sizeof target);
            graft_mix_batch(&mix, 3, 1, step, &shape, 3, N, input, target);
            graft_mix_batch(&mix, 3, 1, step, &shape, 3, N, again, target_again);
            assert_memory_equal(input, again, sizeof input);
            double mean = 0;
            for (int k = 0; k < SIZE; k++) {
                assert_true(fabsf(input[k] + input[4 * SIZE + k] - 4) < 1e-5f);
                assert_true(input[2 * SIZE + k] == 2); /* the middle one has no partner */
                mean += (double)input[k] / SIZE;
            }
            /* sample 0 holds share 0 of picture 0 and (1 - share) of picture 4, whose class is 1 */
            assert_true(fabs(mean / 4 - (double)target[1]) < 1e-5);
            assert_true(fabs((double)(target[0] + target[1]) - 1) < 1e-5);
            mixed = mixed || (target[0] > 0.05f && target[0] < 0.95f);
        }
        assert_true(mixed);
    }
}

static void recipes_are_words(void **state) {
    (void)state;
    graft_recipe recipe;
    assert_ok(graft_recipe_parse(&recipe, NULL, "sgd:momentum=0.8:nesterov", "cosine:last=0.01"));
    assert_string_equal(recipe.loss->name, "cross_entropy");
    double momentum;
    memcpy(&momentum, recipe.optimizer_attributes, sizeof momentum);
    assert_true(momentum == 0.8);
    const struct {
        const char *loss, *optimizer, *schedule, *part;
    } bad[] = {{"cross_entrpy", NULL, NULL, "did you mean \"cross_entropy\"?"},
               {NULL, "adm", NULL, "--optimizer: there is no \"adm\"; did you mean"},
               {NULL, "sgd:momentm=0.9", NULL, "did you mean \"momentum\"?"},
               {NULL, "sgd:momentum", NULL, "needs a value"},
               {NULL, NULL, "step:gamma=2", "0 to 1"},
               {NULL, NULL, "zzzz", "there is no \"zzzz\""}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_fails(GRAFT_E_USAGE, bad[i].part,
                     graft_recipe_parse(&recipe, bad[i].loss, bad[i].optimizer, bad[i].schedule));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_comes_once_and_epochs_differ),
        cmocka_unit_test(balanced_sampling_draws_classes_evenly),
        cmocka_unit_test(mixing_keeps_pairs_together),
        cmocka_unit_test(recipes_are_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
