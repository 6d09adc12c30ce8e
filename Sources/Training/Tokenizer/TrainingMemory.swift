internal import Corpus
internal import Pipelines

/// How the training of a tokenizer divides the memory that it may take.
struct TrainingMemory: Sendable {
    /// What a text takes on its way, for each byte of its line: the line, the text, the parser's copy, and its pieces,
    /// which may all be different and short.
    private static let expansion = 16
    /// What a line takes besides.
    private static let bytesOfLine = 64
    private static let longestLine = 1 << 30
    private static let largestBatch = 1 << 20
    /// The program.
    private static let base = 40 << 20
    /// What a thread keeps besides what it works on: memory that was given back is not the system's again at once.
    private static let bytesOfThread = 8 << 20

    /// Bytes of documents on their way.
    let inFlight: Int
    /// Bytes of the table of pieces: while it grows, what it outgrew is still there.
    let table: Int
    /// Bytes of what merges are learned from, likewise.
    let learning: Int
    private let batch: Int
    private let line: Int
    /// What is set aside for zstd windows.
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

    /// What lines take on their way.
    func bytes(text: Int, lines: Int) -> Int { text * Self.expansion + lines * Self.bytesOfLine }

    var limits: ReadLimits {
        ReadLimits(
            batch: batch, line: line,
            window: .sharing(window, with: inFlight) { wanted in
                "it needs --memory \(MemoryPlan.setting { WindowLimit.largest($0 / 8, $0 / 4) >= wanted })"
            },
            memoryForLine: { wanted in
                if wanted > Self.longestLine { return nil }
                return MemoryPlan.setting { TrainingMemory(total: $0, threads: threads).line >= wanted }
            })
    }
}
