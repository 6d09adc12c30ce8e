internal import Basics
internal import CEncoder

/// The memory for encoding a batch of sequences. One thread uses it at a time, and it is reused for the next batch. In
/// the shapes below, a row is one token.
final class Workspace {
    private let configuration: Configuration
    private let precision: Precision
    private var capacity = 0
    private var scratchBytes = 0
    private var rooms: [UnsafeMutableRawPointer] = []

    /// [rows, hidden]: the input and output of every layer, as f32 and in the form that matrix products read.
    private(set) var states: UnsafeMutablePointer<Float>!
    private(set) var input: ProductInput!
    /// [rows, 3 hidden]: the queries, keys and values of attention.
    private(set) var queriesKeysValues: UnsafeMutablePointer<Float>!
    /// [rows, embedding size]: the embeddings before the first layer. They share the memory of `queriesKeysValues`.
    var embedded: UnsafeMutablePointer<Float> { queriesKeysValues }
    /// [rows, hidden]: the output of attention.
    private(set) var attended: UnsafeMutablePointer<Float>!
    /// `attended` in the form that matrix products read. Only f32 has it, in the same memory; for other precisions it
    /// is nil, and the rows are converted tile by tile.
    private(set) var attendedInput: ProductInput?
    /// The results of a product for one tile, [tile, outputs], for the largest number of outputs.
    private(set) var results: UnsafeMutablePointer<Float>!
    /// In int8, the integer sums of a product for one tile.
    private(set) var integers: UnsafeMutablePointer<Int32>?
    /// The inputs of products for one tile: [tile, hidden] and [tile, intermediate].
    private(set) var narrow: ProductInput!
    private(set) var wide: ProductInput!
    private(set) var scratch: UnsafeMutableRawPointer!

    init(_ configuration: Configuration, _ precision: Precision) {
        self.configuration = configuration
        self.precision = precision
    }

    deinit {
        for room in rooms { room.deallocate() }
        scratch?.deallocate()
    }

    /// Makes room for a number of rows, and for the scratch bytes of attention.
    func makeRoom(rows: Int, scratch bytes: Int) {
        if rows > capacity { makeRoom(rows: rows) }
        if bytes > scratchBytes || scratch == nil {
            scratch?.deallocate()
            scratchBytes = bytes
            scratch = Self.room(bytes)
        }
    }

    private func makeRoom(rows: Int) {
        for room in rooms { room.deallocate() }
        rooms = []
        let tile = PackedWeights.tile
        // A product always writes a whole tile, so the last tile needs full size too.
        capacity = (rows + tile - 1) / tile * tile
        let hidden = configuration.hiddenSize
        let widest = max(3 * hidden, configuration.intermediateSize)
        states = floats(capacity * hidden)
        input =
            precision == .f32
            ? ProductInput(.f32, states, width: hidden, scales: nil, zeros: nil)
            : self.input(capacity, hidden)
        queriesKeysValues = floats(capacity * max(3 * hidden, configuration.embeddingSize))
        attended = floats(capacity * hidden)
        attendedInput =
            precision == .f32 ? ProductInput(.f32, attended, width: hidden, scales: nil, zeros: nil) : nil
        results = floats(tile * widest)
        integers = precision == .int8 ? take(tile * widest * 4).assumingMemoryBound(to: Int32.self) : nil
        narrow = self.input(tile, hidden)
        wide = self.input(tile, configuration.intermediateSize)
    }

    private func input(_ rows: Int, _ width: Int) -> ProductInput {
        let size = precision == .f32 ? 4 : precision == .bf16 ? 2 : 1
        return ProductInput(
            precision, take(rows * width * size), width: width, scales: floats(rows),
            zeros: take(rows * 4).assumingMemoryBound(to: Int32.self))
    }

    private func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
        take(count * 4).assumingMemoryBound(to: Float.self)
    }

    private func take(_ bytes: Int) -> UnsafeMutableRawPointer {
        let room = Self.room(bytes)
        rooms.append(room)
        return room
    }

    /// Allocates memory and sets it to zero, because the unused rows at the end of the last tile are multiplied too.
    private static func room(_ bytes: Int) -> UnsafeMutableRawPointer {
        let room = UnsafeMutableRawPointer.allocate(byteCount: max(64, bytes), alignment: 64)
        room.initializeMemory(as: UInt8.self, repeating: 0, count: max(64, bytes))
        return room
    }
}
