package import Basics
internal import CEncoder
package import DeBERTa

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The weights of a model in training, in f32. In a bf16 training there is also a rounded copy, which matrix products
/// read. Several threads may read the weights at the same time, but only one may write them.
package final class Parameters: @unchecked Sendable {
    /// The offset of each tensor in `weights`.
    package let layout: ParameterLayout
    let precision: Precision

    /// The weights: `layout.count` floats.
    package var weights: UnsafeMutablePointer<Float> { room.start }

    private let room: Room<Float>
    private let rounded: Room<UInt16>?
    private let kernels: TrainingKernels

    /// Creates weights that are all zero.
    init(_ layout: ParameterLayout, _ precision: Precision, _ kernels: TrainingKernels) {
        self.layout = layout
        self.precision = precision
        self.kernels = kernels
        room = Room(layout.count)
        rounded = precision == .bf16 ? Room(layout.count) : nil
    }

    /// The weights from an offset on, in the precision that matrix products read.
    func operand(_ offset: Int) -> UnsafeRawPointer {
        rounded.map { UnsafeRawPointer($0.start + offset) } ?? UnsafeRawPointer(weights + offset)
    }

    /// Updates the rounded copy of a range of weights. It has to be called after every change of `weights`.
    func round(_ range: Range<Int>) {
        guard let rounded else { return }
        kernels.convert(weights + range.lowerBound, rows: 1, width: range.count, into: rounded.start + range.lowerBound)
    }

    /// A hash of the weights.
    var digest: Hash128 { Hash128(UnsafeRawBufferPointer(start: weights, count: layout.count * 4)) }

    /// How the position embeddings are initialized.
    package enum Positions: String, Sendable {
        /// Random numbers, as for all other matrices.
        case normal
        /// Sines and cosines with wavelengths from 2 pi to 20,000 pi (Vaswani et al., "Attention Is All You Need",
        /// 2017). Neighbouring positions then have similar embeddings, so attention learns which tokens are near in far
        /// fewer steps.
        case sinusoidal
    }

    /// Initializes an untrained model: matrices with normally distributed random numbers of this standard deviation,
    /// norms with 1, biases with 0.
    package func initialize(seed: UInt64, deviation: Float, positions: Positions = .normal) {
        for (number, entry) in layout.entries.enumerated() {
            let room = weights + entry.offset
            if entry.name.hasSuffix("LayerNorm.weight") {
                for i in 0..<entry.count { room[i] = 1 }
            } else if entry.decays {
                var random = RandomNumbers(key: RandomNumbers.key(seed, UInt64(number)))
                for i in 0..<entry.count { room[i] = random.nextNormal() * deviation }
            }
        }
        if positions == .sinusoidal { layPositions(deviation) }
        round(0..<layout.count)
    }

    /// Writes the sinusoidal position embeddings.
    ///
    /// - Parameter deviation: the root mean square of the values.
    private func layPositions(_ deviation: Float) {
        for entry in layout.entries where entry.name == Pass.positions {
            let width = entry.shape[1]
            for position in 0..<entry.shape[0] {
                for i in 0..<width {
                    let angle = Double(position) / pow(10000, Double(i / 2 * 2) / Double(width))
                    let value = (i % 2 == 0 ? sin(angle) : cos(angle)) * 2.squareRoot()
                    weights[entry.offset + position * width + i] = Float(value) * deviation
                }
            }
        }
    }

    /// Copies the weights of another model. If that model has more layers, every n-th of its layers is copied, from the
    /// first one on (as in Sanh et al., "DistilBERT", 2019).
    ///
    /// - Parameter layers: the number of layers of the other model, a multiple of this model's.
    func initialize(from other: Parameters, layers: Int) {
        let own = layout.entries.count { $0.name.hasSuffix(".attention.self.q_bias") }
        let every = layers / own
        for entry in layout.entries {
            var name = entry.name.split(separator: ".").map(String.init)
            if let place = name.firstIndex(of: "layer"), let layer = Int(name[place + 1]) {
                name[place + 1] = String(layer * every)
            }
            let source = other.weights + other.layout.offset(name.joined(separator: "."))
            (weights + entry.offset).update(from: source, count: entry.count)
        }
        round(0..<layout.count)
    }

    /// Loads the weights of the encoder. Those of the head stay as they are.
    ///
    /// - Throws: if a number is not finite.
    package func loadEncoder(_ checkpoint: Checkpoint) throws(Failure) {
        _ = try checkpoint.checksum()
        for entry in layout.entries where entry.name.hasPrefix(ParameterLayout.encoder) {
            let tensor = checkpoint.tensor(String(entry.name.dropFirst(ParameterLayout.encoder.count)))
            tensor.read(0..<entry.count, into: weights + entry.offset)
        }
        round(0..<layout.count)
    }

    /// Loads the weights of a model with a masked-LM head from a safetensors file.
    ///
    /// - Parameter needsHead: whether the file must have the head. If it need not and has none, the weights of the head
    ///   stay as they are.
    /// - Throws: if the file cannot be read, if a tensor is missing or has another shape, or if a value is not finite.
    package func load(_ path: String, needsHead: Bool = true) throws(Failure) {
        let file = try TensorFile(path)
        let head = layout.entries.filter { $0.name.hasPrefix(ParameterLayout.maskedLM) }
        let isHeadless = head.allSatisfy { file.bytes($0.name) == nil }
        if needsHead && isHeadless {
            throw .usage("\(path): the model has no masked-LM head, which predicts masked tokens; give one with a head")
        }
        for entry in layout.entries where !(isHeadless && entry.name.hasPrefix(ParameterLayout.maskedLM)) {
            let room = weights + entry.offset
            try file.tensor(entry.name, shape: entry.shape).read(0..<entry.count, into: room)
            if let place = (0..<entry.count).first(where: { !room[$0].isFinite }) {
                throw Failure(
                    "\(path): damaged: tensor \"\(entry.name)\" holds \(room[place]) at \(place); fetch or train the "
                        + "model again")
            }
        }
        round(0..<layout.count)
    }
}
