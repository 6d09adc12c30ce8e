package import Basics
internal import CEncoder
package import DeBERTa

/// The weights that are trained: in f32, and rounded where products take them so. Read by any number of threads, and
/// written by one at a time.
package final class Parameters: @unchecked Sendable {
    package let layout: ParameterLayout
    let precision: Precision

    /// `layout.count` numbers.
    package var weights: UnsafeMutablePointer<Float> { room.start }

    private let room: Room<Float>
    private let rounded: Room<UInt16>?
    private let kernels: TrainingKernels

    /// All zero.
    init(_ layout: ParameterLayout, _ precision: Precision, _ kernels: TrainingKernels) {
        self.layout = layout
        self.precision = precision
        self.kernels = kernels
        room = Room(layout.count)
        rounded = precision == .bf16 ? Room(layout.count) : nil
    }

    /// What a product takes from an offset on.
    func operand(_ offset: Int) -> UnsafeRawPointer {
        rounded.map { UnsafeRawPointer($0.start + offset) } ?? UnsafeRawPointer(weights + offset)
    }

    /// Has products take the weights of a range as they are now.
    func round(_ range: Range<Int>) {
        guard let rounded else { return }
        kernels.convert(weights + range.lowerBound, rows: 1, width: range.count, into: rounded.start + range.lowerBound)
    }

    /// Sets every weight as an untrained model has them: matrices are normal with this deviation, norms 1, biases 0.
    package func initialize(seed: UInt64, deviation: Float) {
        for (number, entry) in layout.entries.enumerated() {
            let room = weights + entry.offset
            if entry.name.hasSuffix("LayerNorm.weight") {
                for i in 0..<entry.count { room[i] = 1 }
            } else if entry.decays {
                var random = RandomNumbers(key: RandomNumbers.key(seed, UInt64(number)))
                for i in 0..<entry.count { room[i] = random.nextNormal() * deviation }
            }
        }
        round(0..<layout.count)
    }

    /// Takes the weights of a model with a masked-LM head.
    ///
    /// - Throws: when a tensor is missing or of another shape.
    package func load(_ path: String) throws(Failure) {
        let file = try TensorFile(path)
        for entry in layout.entries {
            try file.tensor(entry.name, shape: entry.shape).read(0..<entry.count, into: weights + entry.offset)
        }
        round(0..<layout.count)
    }
}
