internal import Basics
internal import CEncoder

/// The computations between the matrix products (norms, GELU, attention, pooling), compiled for one instruction set.
package struct Kernels: @unchecked Sendable {
    /// The instruction sets that the kernels are compiled for.
    package enum Level: UInt32, Sendable, CaseIterable {
        case baseline, avx2, avx512, avx512BF16

        /// The best level that the instruction set of the matrix products includes. In f32 it is not `avx512BF16`,
        /// whose attention computes in bf16.
        package static func best(for precision: Precision) -> Level {
            let best = Level(rawValue: dedup_best_kernel_level().rawValue) ?? .baseline
            return precision == .f32 && best == .avx512BF16 ? .avx512 : best
        }
    }

    let table: UnsafePointer<dedup_kernels>

    /// - Throws: if the processor lacks the instructions of the level.
    init(_ level: Level) throws(Failure) {
        guard let table = dedup_kernels_at(dedup_kernel_level(level.rawValue)) else {
            throw Failure("this processor lacks the instructions for level \(level)")
        }
        self.table = table
    }

    func mean(_ x: UnsafePointer<Float>, rows: Int, width: Int, into y: UnsafeMutablePointer<Float>) {
        table.pointee.mean(x, rows, width, y)
    }

    func convert(_ x: UnsafePointer<Float>, rows: Int, width: Int, into y: ProductInput) {
        var next = y.rows
        table.pointee.convert(x, rows, width, &next)
    }

    /// y = norm(x + bias + residual); y may be the residual.
    func layerNorm(
        _ x: UnsafePointer<Float>, bias: UnsafePointer<Float>?, residual: UnsafePointer<Float>?, _ norm: LayerNorm,
        rows: Int, into y: UnsafeMutablePointer<Float>, and next: ProductInput
    ) {
        var next = next.rows
        table.pointee.layer_norm(
            x, bias, residual, norm.weight.values, norm.bias.values, norm.epsilon, rows, norm.weight.count, y, &next)
    }

    /// y = gelu(x + bias); x is overwritten.
    func gelu(_ x: UnsafeMutablePointer<Float>, bias: Vector, rows: Int, into y: ProductInput) {
        var next = y.rows
        table.pointee.gelu(x, bias.values, rows, bias.count, &next)
    }

    /// The number of scratch bytes that attention needs for a sequence of `length` tokens.
    func attentionScratch(_ length: Int, _ configuration: Configuration) -> Int {
        table.pointee.attention_scratch(length, configuration.headSize, configuration.relativeReach ?? 0)
    }
}

/// A small tensor as f32 in memory, such as a bias.
final class Vector: @unchecked Sendable {
    let values: UnsafePointer<Float>
    let count: Int

    init(_ tensor: Tensor) {
        count = tensor.count
        let room = UnsafeMutablePointer<Float>.allocate(capacity: max(1, count))
        tensor.read(0..<count, into: room)
        values = UnsafePointer(room)
    }

    deinit {
        values.deallocate()
    }
}

struct LayerNorm: Sendable {
    let weight: Vector
    let bias: Vector
    let epsilon: Float

    init(_ checkpoint: Checkpoint, _ name: String) {
        weight = Vector(checkpoint.tensor(name + ".weight"))
        bias = Vector(checkpoint.tensor(name + ".bias"))
        epsilon = checkpoint.configuration.layerNormEpsilon
    }
}
