internal import Basics
internal import Corpus
internal import PipelineGraph

/// Gathers documents, of one shard or many, and shares their sequences out as units of about the same number of tokens.
actor Packer: OrderedStage {
    /// Tokens of a unit: enough rows for a matrix product to be efficient, and few enough for all threads to have one.
    static let unitTokens = 1024
    /// Threads share a few documents as well: a unit may have so few tokens, where there is not more for each.
    private static let leastUnitTokens = 128
    /// What is gathered at most: many units, so that the last one, which may be small, hardly counts.
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

    /// Sends the documents that wait for a full window.
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
        // Also for shards without documents: what ends them goes the same way.
        try await output.send(EncodingUnit(window: window, sequences: start..<window.sequences.count))
    }
}
