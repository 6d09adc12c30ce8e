// The arithmetic of an encoder: matrix products by oneDNN with packed weights, and our own kernels for all other
// computations.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Products

typedef enum { DEDUP_F32, DEDUP_BF16, DEDUP_INT8 } dedup_precision;

/// The instruction set that products use, such as AVX512_CORE_BF16. It is the processor's, unless the environment
/// variable DNNL_MAX_CPU_ISA lowers it.
const char *dedup_instruction_set(void);

/// Whether products of this precision are correct and fast with that instruction set.
bool dedup_can_multiply(dedup_precision precision);

/// The maximum number of rows that one product computes. Such a block of rows is called a tile.
enum { DEDUP_TILE_ROWS = 256 };

/// The height of tiles that divide `rows` rows evenly.
size_t dedup_tile_height(size_t rows);

/// The number of rows that a product has to compute when `rows` rows are needed. It is a whole tile if the bits of a
/// row would otherwise depend on the number of rows.
size_t dedup_tile_rows(size_t rows);

/// A weight matrix [outputs, inputs], packed for products of one precision.
typedef struct dedup_weights dedup_weights;

/// Packs a matrix. In int8 it is quantized by dedup_quantize. Returns null and sets `reason` if it fails.
dedup_weights *dedup_weights_pack(const float *matrix, size_t outputs, size_t inputs, dedup_precision precision,
                                  const char **reason);
/// Packs a matrix that is quantized already, for products in int8. Returns null and sets `reason` if it fails.
dedup_weights *dedup_weights_pack_int8(const int8_t *integers, const float *scales, size_t outputs, size_t inputs,
                                       const char **reason);
void dedup_weights_destroy(dedup_weights *weights);

/// In int8: the scale of each output.
const float *dedup_weights_scales(const dedup_weights *weights);
/// In int8: the sum of the integer weights of each output.
const int32_t *dedup_weights_sums(const dedup_weights *weights);

/// Quantizes each row of a matrix: the scale of a row is its largest magnitude / 127, and its integers, from -127 to 127,
/// are its numbers divided by the scale, rounded to nearest. A row of zeros has the scale 1, and so has a row whose
/// largest magnitude is below 1e-36.
void dedup_quantize(const float *matrix, size_t rows, size_t columns, int8_t *integers, float *scales);

/// y = x W^T for one tile of rows. x is [rows, inputs] of float, bf16 or uint8; y is [rows, outputs] of float or, in
/// int8, of int32. `rows` has to come from dedup_tile_rows. Computes on the calling thread only. Returns false and sets
/// `reason` if it fails.
bool dedup_multiply(const dedup_weights *weights, const void *x, size_t rows, void *y, const char **reason);

// MARK: Between the products

/// The instruction sets that the kernels are compiled for.
typedef enum { DEDUP_BASELINE, DEDUP_AVX2, DEDUP_AVX512, DEDUP_AVX512_BF16 } dedup_kernel_level;

/// The integer results of a tile. Each stands for the number sum * scales[output] * row_scales[row], where sum is
/// integer - row_zeros[row] * sums[output].
typedef struct {
    const int32_t *integers;
    const float *scales;
    const int32_t *sums;
    const float *row_scales;
    const int32_t *row_zeros;
} dedup_integers;

/// Where a kernel writes the rows that the next product reads. The first pointer that is not null is written, and gives
/// the precision. If all are null, no rows are written.
typedef struct {
    float *f32;
    uint16_t *bf16;
    uint8_t *u8;
    /// With u8: the scale and the zero point of each row.
    float *row_scales;
    int32_t *row_zeros;
} dedup_rows;

/// The input of attention for one sequence of `length` rows.
typedef struct {
    /// [length, 3 hidden]: for each head its q, k and v, of head_size numbers each.
    const float *qkv;
    /// [hidden] each.
    const float *q_bias, *v_bias;
    size_t length, heads, head_size;
    /// The factor of q + q_bias. It includes log2 e, because the softmax is computed with powers of two.
    float q_scale;
    /// The largest distance of relative positions; 0 without relative positions.
    size_t reach;
    /// The keys and queries of relative positions, [2 reach, hidden] each; null without them.
    const float *position_keys, *position_queries;
} dedup_attention;

typedef struct {
    /// y = the numbers that the integers stand for.
    void (*dequantize)(const dedup_integers *x, size_t rows, size_t width, float *y);
    /// y = (s - mean) / sqrt(variance + epsilon) * weight + bias, for each row of s = x + x_bias + residual. The rows
    /// are also written for the next product. y may be the residual; x_bias and residual may be null.
    void (*layer_norm)(const float *x, const float *x_bias, const float *residual, const float *weight,
                       const float *bias, float epsilon, size_t rows, size_t width, float *y, const dedup_rows *next);
    /// Writes gelu(t) = t (1 + erf(t / sqrt 2)) / 2 with t = x + bias for the next product. x is overwritten.
    void (*gelu)(float *x, const float *bias, size_t rows, size_t width, const dedup_rows *next);
    /// Converts rows for the next product.
    void (*convert)(const float *x, size_t rows, size_t width, const dedup_rows *next);
    /// The number of scratch bytes that attention needs.
    size_t (*attention_scratch)(size_t length, size_t head_size, size_t reach);
    /// y [length, hidden] = softmax(scores) v, for each head.
    void (*attention)(const dedup_attention *a, void *scratch, float *y);
    /// y = the mean of the rows, which are added in their order.
    void (*mean)(const float *x, size_t rows, size_t width, float *y);
} dedup_kernels;

/// The kernels of a level; null if the instruction set of the products does not include it.
const dedup_kernels *dedup_kernels_at(dedup_kernel_level level);
/// The highest level that the instruction set of the products includes.
dedup_kernel_level dedup_best_kernel_level(void);

#ifdef __cplusplus
}
#endif

#include "Training.h"
