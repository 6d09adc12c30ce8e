internal import Basics
internal import Corpus
internal import Pipelines

/// How the training of a tokenizer divides its memory. All sizes are in bytes.
struct TrainingMemory: Sendable {
    /// The memory that a text needs for each byte of its line: the line, the text, the parser's copy, and the counted
    /// pieces, which may all be different and short.
    private static let expansion = 16
    /// The memory that each line needs in addition.
    private static let bytesOfLine = 64
    private static let longestLine = 1 << 30
    private static let largestBatch = 1 << 20
    /// The memory of the program itself.
    private static let base = 40 << 20
    /// The memory that a thread keeps besides the data it works on, because freed memory is not returned to the system
    /// at once.
    private static let bytesOfThread = 8 << 20

    /// The memory for the documents that are in the graph: read, but not counted yet.
    let inFlight: Int
    /// The largest size of the table of pieces. It is less than the free memory, because the old and the new table
    /// exist at the same time while the table grows.
    let table: Int
    /// The largest size of the tables for learning the merges. They also exist twice while they grow.
    let learning: Int
    private let batch: Int
    private let line: Int
    /// The memory that is reserved for zstd windows.
    private let window: Int
    private let threads: Int

    init(total: Int, threads: Int) {
        self.threads = threads
        window = total / 8
        inFlight = total / 4
        let base = min(Self.base + threads * Self.bytesOfThread, total / 3)
        table = (total - base - window - inFlight) * 3 / 5
        learning = (total - base) * 3 / 5
        line = min(inFlight / Self.expansion, Self.longestLine)
        batch = max(16 << 10, min(Self.largestBatch, inFlight / (Self.expansion * (2 * threads + 4))))
    }

    /// Returns the memory that lines need while they pass through the stages.
    func bytes(text: Int, lines: Int) -> Int { text * Self.expansion + lines * Self.bytesOfLine }

    var limits: ReadLimits {
        ReadLimits(
            batch: batch, line: line,
            window: .sharing(window, with: inFlight) { wanted in
                "it needs \(Parameter.memory(MemoryPlan.setting { WindowLimit.largest($0 / 8, $0 / 4) >= wanted }))"
            },
            memoryForLine: { wanted in
                if wanted > Self.longestLine { return nil }
                return MemoryPlan.setting { TrainingMemory(total: $0, threads: threads).line >= wanted }
            })
    }
}
