// What training takes besides: products in plain layouts, and what lies between them, forward and backward.
#pragma once
#include "CEncoder.h"

#ifdef __cplusplus
extern "C" {
#endif

/// c [m, n] = a b with a [m, k] and b [k, n], row by row; or c += a b.
typedef struct {
    size_t m, n, k;
    /// Whether a lies as [k, m], and b as [n, k].
    bool a_transposed, b_transposed;
    bool adds;
    /// What a and b are: DEDUP_F32 or DEDUP_BF16. c is float.
    dedup_precision precision;
} dedup_product;

/// Runs on the calling thread alone. False and a reason when it cannot.
bool dedup_product_run(const dedup_product *product, const void *a, const void *b, float *c, const char **reason);

/// Which numbers of rows are dropped: a function of the row's key, the place and the number's index in its row.
typedef struct {
    /// A number is kept where 32 random bits are at least this; 0 keeps all.
    uint32_t threshold;
    /// What kept numbers are multiplied by.
    float scale;
    uint64_t place;
    /// A key for each row.
    const uint64_t *row_keys;
} dedup_dropout;

/// Attention within one sequence of `length` rows. The places of its dropout are `place` and those after it, one for
/// each head.
typedef struct {
    /// [length, 3 hidden]: for each head q, k and v of its size.
    const float *qkv;
    /// [hidden] each.
    const float *q_bias, *v_bias;
    size_t length, heads, head_size;
    /// What q + q_bias is multiplied by.
    float q_scale;
    dedup_dropout dropout;
} dedup_trained_attention;

/// A step of AdamW: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019.
typedef struct {
    float learning_rate, beta1, beta2, epsilon, weight_decay;
    /// 1 - beta^step for each beta.
    float correction1, correction2;
    /// What gradients are multiplied by first.
    float gradient_scale;
} dedup_adamw;

/// What a teacher makes of the rows of a cross-entropy.
typedef struct {
    /// [rows, width]
    const float *probabilities;
    /// The weight of the cross-entropy to the teacher in the gradient; that to the labels has the rest of 1.
    float share;
    /// Each row's cross-entropy to the teacher is added.
    double loss;
} dedup_taught;

/// Gradients are added to what is there, but where something else is said. Rows for the next product are f32 or bf16.
typedef struct {
    /// Rows for the next product.
    void (*convert)(const float *x, size_t rows, size_t width, const dedup_rows *next);
    /// y = x where kept, scaled, else 0: forward and backward. y may be x.
    void (*drop)(const float *x, const dedup_dropout *dropout, size_t rows, size_t width, float *y,
                 const dedup_rows *next);
    /// y [rows, width] = words[ids] + positions[places].
    void (*embed)(const float *words, const float *positions, const int32_t *ids, const int32_t *places, size_t rows,
                  size_t width, float *y);
    void (*embed_backward)(const float *dy, const int32_t *ids, const int32_t *places, size_t rows, size_t width,
                           float *word_gradient, float *position_gradient);
    /// s = drop(x + x_bias) + residual; normalized = (s - mean) / sqrt(variance + epsilon), inverses = 1 / that root;
    /// y = normalized * weight + bias, also for the next product. x_bias and residual may be null.
    void (*norm)(const float *x, const float *x_bias, const float *residual, const dedup_dropout *dropout,
                 const float *weight, const float *bias, float epsilon, size_t rows, size_t width, float *normalized,
                 float *inverses, float *y, const dedup_rows *next);
    /// ds, set, and the gradient of x for the next product; ds may be dy. x_bias_gradient may be null.
    void (*norm_backward)(const float *dy, const float *normalized, const float *inverses, const float *weight,
                          const dedup_dropout *dropout, size_t rows, size_t width, float *ds, const dedup_rows *next,
                          float *weight_gradient, float *bias_gradient, float *x_bias_gradient);
    /// x += bias; gelu(x) = x (1 + erf(x / sqrt 2)) / 2 for the next product.
    void (*gelu)(float *x, const float *bias, size_t rows, size_t width, const dedup_rows *next);
    /// The gradient of x, in place of dy and for the next product.
    void (*gelu_backward)(float *dy, const float *x, size_t rows, size_t width, const dedup_rows *next,
                          float *bias_gradient);
    /// Bytes of scratch for attention.
    size_t (*attention_scratch)(size_t length, size_t head_size);
    /// y [length, hidden] = drop(softmax(scores)) v for each head; log_sums [length, heads]: the logarithms of the sums
    /// of the scores' exponentials.
    void (*attention)(const dedup_trained_attention *a, void *scratch, float *log_sums, float *y);
    /// dqkv [length, 3 hidden], set.
    void (*attention_backward)(const dedup_trained_attention *a, void *scratch, const float *log_sums, const float *dy,
                               float *dqkv, float *q_bias_gradient, float *v_bias_gradient);
    /// Cross-entropy of softmax(logits + bias) to labels: adds each row's to *loss, and to *correct how many rows have
    /// their largest logit at the label. Where `next` is not null, (softmax - label) * scale is written to it, and to
    /// logits. logits are overwritten in any case. With a teacher the gradient is that of both cross-entropies.
    void (*cross_entropy)(float *logits, const float *bias, const int32_t *labels, size_t rows, size_t width,
                          float scale, double *loss, size_t *correct, const dedup_rows *next, float *bias_gradient,
                          dedup_taught *taught);
    /// logits = softmax(logits + bias), each row for itself.
    void (*probabilities)(float *logits, const float *bias, size_t rows, size_t width);
    /// y += x
    void (*add)(const float *x, size_t count, float *y);
    double (*sum_of_squares)(const float *x, size_t count);
    void (*adamw)(const dedup_adamw *step, const float *gradient, size_t count, float *weights, float *first_moment,
                  float *second_moment);
} dedup_training;

/// The kernels of a level; null where the processor has not its instructions.
const dedup_training *dedup_training_at(dedup_kernel_level level);

#ifdef __cplusplus
}
#endif
