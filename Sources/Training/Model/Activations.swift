internal import Basics
internal import CEncoder
internal import DeBERTa

/// What the forward pass of a micro-batch stores for the backward pass, and scratch memory. One thread uses it at a
/// time. It grows as needed, and is reused for the next micro-batch.
///
/// The number of rows (tokens) is rounded up to a multiple of `unit`, so that matrix products have few different
/// shapes. In operands (the inputs of products, in the precision of training) the added rows are zero, so they
/// contribute nothing to gradients.
final class Activations {
    /// What the forward pass of one layer stores.
    struct Layer {
        /// [rows, hidden]: the layer's input, as an operand.
        let input: UnsafeMutableRawPointer
        /// [rows, 3 hidden]
        let queriesKeysValues: UnsafeMutablePointer<Float>
        /// [rows, heads]: log(sum(exp(scores))) of each row of attention scores, from which the backward pass computes
        /// the attention weights again.
        let logSums: UnsafeMutablePointer<Float>
        /// [rows, hidden]: the output of attention, as an operand.
        let attended: UnsafeMutableRawPointer
        let attentionNorm: Norm
        /// [rows, hidden]: the input of the feed-forward network, as an operand.
        let middle: UnsafeMutableRawPointer
        /// [rows, intermediate]: the input of GELU, and its output as an operand.
        let wide: UnsafeMutablePointer<Float>
        let activated: UnsafeMutableRawPointer
        let outputNorm: Norm
    }

    /// What a layer norm stores: the normalized rows [rows, hidden], and 1 / standard deviation of each row [rows].
    struct Norm {
        let normalized: UnsafeMutablePointer<Float>
        let inverses: UnsafeMutablePointer<Float>
    }

    static let unit = 32
    static func filled(_ rows: Int) -> Int { (rows + unit - 1) / unit * unit }

    private let configuration: Configuration
    private let operandSize: Int
    private let kernels: TrainingKernels
    private var capacity = 0
    private var maskedCapacity = 0
    private var scratchBytes = 0

    private(set) var layers: [Layer] = []
    private(set) var embeddingNorm: Norm!
    /// [rows, hidden]: the output of the last layer that was computed, the output of its attention block, and the
    /// gradient of the states on the way back.
    private(set) var states: UnsafeMutablePointer<Float>!
    private(set) var middleStates: UnsafeMutablePointer<Float>!
    private(set) var statesGradient: UnsafeMutablePointer<Float>!
    /// [rows, hidden]: the last layer's output, as an operand.
    private(set) var lastStates: UnsafeMutableRawPointer!
    /// Scratch memory for results and gradients: `narrow` is [rows, hidden], `wide` has room for [rows, intermediate]
    /// and for [rows, 3 hidden].
    private(set) var narrow: UnsafeMutablePointer<Float>!
    private(set) var narrowOperand: UnsafeMutableRawPointer!
    private(set) var wide: UnsafeMutablePointer<Float>!
    private(set) var wideOperand: UnsafeMutableRawPointer!
    private(set) var attentionOperand: UnsafeMutableRawPointer!
    private(set) var scratch: UnsafeMutableRawPointer!

    /// What the masked-LM head stores for the masked rows: `logits` and `logitGradient` are [masked, vocabulary], the
    /// rest is [masked, hidden].
    private(set) var masked: UnsafeMutableRawPointer!
    private(set) var transformed: UnsafeMutablePointer<Float>!
    private(set) var headNorm: Norm!
    private(set) var headStates: UnsafeMutablePointer<Float>!
    private(set) var headOperand: UnsafeMutableRawPointer!
    private(set) var headGradient: UnsafeMutableRawPointer!
    private(set) var logits: UnsafeMutablePointer<Float>!
    private(set) var logitGradient: UnsafeMutableRawPointer!

    private var rooms: [Room<UInt8>] = []
    private var maskedRooms: [Room<UInt8>] = []
    private var scratchRoom: Room<UInt8>?
    /// All operands and the width of their rows.
    private var operands: [(UnsafeMutableRawPointer, width: Int)] = []
    private var maskedOperands: [(UnsafeMutableRawPointer, width: Int)] = []

    init(_ configuration: Configuration, _ kernels: TrainingKernels) {
        self.configuration = configuration
        self.kernels = kernels
        operandSize = kernels.operandSize
    }

    /// Makes room for a micro-batch, and sets the rows of operands that only fill up to a multiple of `unit` to zero.
    func prepare(_ batch: MicroBatch) {
        let rows = Self.filled(batch.rows)
        let masked = Self.filled(batch.maskedRows.count)
        if rows > capacity { makeRoom(rows: rows) }
        if masked > maskedCapacity { makeRoom(masked: masked) }
        for (operand, width) in operands { clear(operand, width, batch.rows..<rows) }
        for (operand, width) in maskedOperands { clear(operand, width, batch.maskedRows.count..<masked) }
        let longest = batch.sequences.reduce(0) { max($0, $1.count) }
        let bytes = kernels.table.pointee.attention_scratch(longest, configuration.headSize)
        if bytes > scratchBytes || scratchRoom == nil {
            let room = Room<UInt8>(bytes)
            scratchRoom = room
            scratch = UnsafeMutableRawPointer(room.start)
            scratchBytes = bytes
        }
    }

    private func clear(_ operand: UnsafeMutableRawPointer, _ width: Int, _ rows: Range<Int>) {
        let bytes = width * operandSize
        (operand + rows.lowerBound * bytes).initializeMemory(as: UInt8.self, repeating: 0, count: rows.count * bytes)
    }

    private func makeRoom(rows: Int) {
        rooms = []
        operands = []
        capacity = rows
        let hidden = configuration.hiddenSize
        let inside = configuration.intermediateSize
        func floats(_ width: Int) -> UnsafeMutablePointer<Float> { Self.floats(rows * width, &rooms) }
        func operand(_ width: Int) -> UnsafeMutableRawPointer {
            let room = Self.bytes(rows * width * operandSize, &rooms)
            operands.append((room, width))
            return room
        }
        func norm() -> Norm { Norm(normalized: floats(hidden), inverses: floats(1)) }
        layers = (0..<configuration.layers).map { _ in
            Layer(
                input: operand(hidden), queriesKeysValues: floats(3 * hidden), logSums: floats(configuration.heads),
                attended: operand(hidden), attentionNorm: norm(), middle: operand(hidden), wide: floats(inside),
                activated: operand(inside), outputNorm: norm())
        }
        embeddingNorm = norm()
        states = floats(hidden)
        middleStates = floats(hidden)
        statesGradient = floats(hidden)
        lastStates = operand(hidden)
        narrow = floats(hidden)
        narrowOperand = operand(hidden)
        wide = floats(max(3 * hidden, inside))
        wideOperand = operand(inside)
        attentionOperand = operand(3 * hidden)
    }

    private func makeRoom(masked rows: Int) {
        maskedRooms = []
        maskedOperands = []
        maskedCapacity = rows
        let hidden = configuration.hiddenSize
        func floats(_ width: Int) -> UnsafeMutablePointer<Float> { Self.floats(rows * width, &maskedRooms) }
        func operand(_ width: Int) -> UnsafeMutableRawPointer {
            let room = Self.bytes(rows * width * operandSize, &maskedRooms)
            maskedOperands.append((room, width))
            return room
        }
        masked = operand(hidden)
        transformed = floats(hidden)
        headNorm = Norm(normalized: floats(hidden), inverses: floats(1))
        headStates = floats(hidden)
        headOperand = operand(hidden)
        headGradient = operand(hidden)
        logits = floats(configuration.vocabularySize)
        logitGradient = operand(configuration.vocabularySize)
    }

    private static func bytes(_ count: Int, _ rooms: inout [Room<UInt8>]) -> UnsafeMutableRawPointer {
        let room = Room<UInt8>(count)
        rooms.append(room)
        return UnsafeMutableRawPointer(room.start)
    }

    private static func floats(_ count: Int, _ rooms: inout [Room<UInt8>]) -> UnsafeMutablePointer<Float> {
        bytes(count * 4, &rooms).assumingMemoryBound(to: Float.self)
    }
}
