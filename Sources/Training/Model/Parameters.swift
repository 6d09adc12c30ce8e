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

    /// What identifies the weights.
    var digest: Hash128 { Hash128(UnsafeRawBufferPointer(start: weights, count: layout.count * 4)) }

    /// How the embeddings of positions begin.
    package enum Positions: String, Sendable {
        /// Random numbers, as all else.
        case normal
        /// Sines and cosines of wavelengths from 2 pi to 20,000 pi (Vaswani et al., "Attention Is All You Need", 2017):
        /// near positions are alike, so that attention learns what is near in far fewer steps.
        case sinusoidal
    }

    /// Sets every weight as an untrained model has them: matrices are normal with this deviation, norms 1, biases 0.
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

    /// - Parameter deviation: the root mean square of the sines and cosines.
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

    /// Takes the weights of another model: all of them where it has as many layers, else those of layers at even
    /// distances, from the first one on (as in Sanh et al., "DistilBERT", 2019).
    ///
    /// - Parameter layers: of the other model, a multiple of this one's.
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

    /// Takes the weights of a model with a masked-LM head.
    ///
    /// - Throws: when a tensor is missing, of another shape, or holds what is no number.
    package func load(_ path: String) throws(Failure) {
        let file = try TensorFile(path)
        for entry in layout.entries {
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
