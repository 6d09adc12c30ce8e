internal import Basics
internal import CEncoder

/// What is computed between the products, at one level of instructions.
package struct Kernels: @unchecked Sendable {
    package enum Level: UInt32, Sendable, CaseIterable {
        case baseline, avx2, avx512, avx512BF16

        /// The best that the products' instruction set has; in f32 attention is f32 too.
        package static func best(for precision: Precision) -> Level {
            let best = Level(rawValue: dedup_best_kernel_level().rawValue) ?? .baseline
            return precision == .f32 && best == .avx512BF16 ? .avx512 : best
        }
    }

    let table: UnsafePointer<dedup_kernels>

    /// - Throws: when the processor lacks the level's instructions.
    init(_ level: Level) throws(Failure) {
        guard let table = dedup_kernels_at(dedup_kernel_level(level.rawValue)) else {
            throw Failure("this processor has no kernels of the level \(level)")
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

    /// gelu(x + bias); x is overwritten.
    func gelu(_ x: UnsafeMutablePointer<Float>, bias: Vector, rows: Int, into y: ProductInput) {
        var next = y.rows
        table.pointee.gelu(x, bias.values, rows, bias.count, &next)
    }

    /// Bytes that attention takes besides, for a sequence of so many tokens.
    func attentionScratch(_ length: Int, _ configuration: Configuration) -> Int {
        table.pointee.attention_scratch(length, configuration.headSize, configuration.relativeReach ?? 0)
    }
}

/// A tensor of few numbers, in memory.
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
