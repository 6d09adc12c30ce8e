internal import Basics
internal import Corpus
internal import PipelineGraph

/// Collects the documents of one or several shards into windows (`EncodingWindow`), and divides the sequences of each
/// window into units of about the same number of tokens. One thread encodes a unit.
actor Packer: OrderedStage {
    /// The number of tokens of a unit: enough rows for an efficient matrix product, but few enough that every thread
    /// gets a unit.
    static let unitTokens = 1024
    /// The smallest target for the tokens of a unit: a small window is divided among all threads too.
    private static let leastUnitTokens = 128
    /// The tokens or documents with which a window is full. It has many units, so that a small last unit hardly
    /// matters.
    private static let windowTokens = 1 << 18
    private static let windowDocuments = 1 << 14

    private let dimensions: Int
    private let threads: Int
    private let memory: EmbedMemory
    private var batches: [TokenizedDocuments] = []
    private var documents = 0
    private var tokens = 0
    private var bytes = 0

    init(dimensions: Int, threads: Int, memory: EmbedMemory) {
        self.dimensions = dimensions
        self.threads = threads
        self.memory = memory
    }

    func process(_ input: TokenizedDocuments, _ output: Outlet<EncodingUnit>) async throws {
        batches.append(input)
        documents += input.batch.count
        tokens += input.ids.count
        bytes += memory.bytes(
            tokens: input.ids.count, sequences: input.lengths.count, documents: input.batch.count)
        let isFull = tokens >= Self.windowTokens || documents >= Self.windowDocuments || bytes >= memory.window
        if isFull || input.batch.failure != nil { try await flush(output) }
    }

    func finish(_ output: Outlet<EncodingUnit>) async throws {
        try await flush(output)
    }

    /// Sends the collected documents as a window, even if it is not full. `ShardReader` asks for this before it waits
    /// for memory, because the collected documents may hold that memory.
    func flush(_ output: Outlet<EncodingUnit>) async throws {
        if batches.isEmpty { return }
        let window = EncodingWindow(batches, dimensions: dimensions)
        let share = (tokens + threads - 1) / threads
        let target = min(Self.unitTokens, max(Self.leastUnitTokens, share))
        batches = []
        (documents, tokens, bytes) = (0, 0, 0)
        var start = 0
        var size = 0
        for sequence in 0..<window.sequences.count {
            let count = Int(window.sequences[sequence].count)
            if size > 0 && size + count > target {
                try await output.send(EncodingUnit(window: window, sequences: start..<sequence))
                (start, size) = (sequence, 0)
            }
            size += count
        }
        // A window without sequences is sent too: the end of a shard without documents travels with it.
        try await output.send(EncodingUnit(window: window, sequences: start..<window.sequences.count))
    }
}
