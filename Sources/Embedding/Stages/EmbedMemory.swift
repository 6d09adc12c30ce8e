internal import Basics
package import Corpus
internal import Pipelines

/// How embedding divides the memory that documents on their way may take. The model's weights come besides.
package struct EmbedMemory: Sendable {
    /// What a text takes on its way, for each byte of its line: the line, the text, the parser's copy, and its tokens
    /// twice, of which a byte may be one.
    private static let expansion = 11
    /// What a row takes besides its vector: its id, where its tokens are, and how long they are.
    private static let bytesOfRow = 256
    private static let longestLine = 320 << 20
    private static let largestBatch = 256 << 10

    /// Bytes of documents on their way.
    package let inFlight: Int
    /// Bytes of documents whose tokens are encoded in one order.
    package let window: Int
    private let batch: Int
    private let line: Int
    /// What is set aside for zstd windows.
    private let zstdWindow: Int
    private let expansionOfText: Int
    /// Bytes of a vector and of what belongs to its sequence.
    private let sequence: Int

    private let total: Int
    private let threads: Int
    private let parameters: EmbedParameters

    /// What a document takes besides, for what is known of its text.
    private let bytesOfText: Int

    /// - Parameter analyzesTexts: whether documents carry the statistics of their texts.
    package init(total: Int, threads: Int, _ parameters: EmbedParameters, analyzesTexts: Bool = false) {
        bytesOfText = analyzesTexts ? TextAnalysis.bytesOfDocument : 0
        self.total = total
        self.threads = threads
        self.parameters = parameters
        sequence = parameters.dimensions * 4 + 48
        // Of windows that cover a text, every so many tokens one.
        let windowed = parameters.long == .mean ? (sequence + 8) / max(1, parameters.maxTokens - 2) : 0
        expansionOfText = Self.expansion + windowed
        zstdWindow = total / 8
        inFlight = total / 2
        window = inFlight / 4
        line = min(inFlight / (expansionOfText + 2), Self.longestLine)
        batch = max(16 << 10, min(Self.largestBatch, inFlight / (expansionOfText * (2 * threads + 8))))
    }

    /// What lines take on their way.
    package func bytes(text: Int, lines: Int) -> Int {
        text * expansionOfText + lines * (sequence + Self.bytesOfRow + bytesOfText)
    }

    /// What documents take once they are tokens.
    package func bytes(tokens: Int, sequences: Int, documents: Int) -> Int {
        tokens * 8 + sequences * sequence + documents * (Self.bytesOfRow + bytesOfText)
    }

    package var limits: ReadLimits {
        ReadLimits(
            batch: batch, line: line,
            window: .sharing(zstdWindow, with: inFlight) { wanted in
                "it needs \(Parameter.memory(MemoryPlan.setting { WindowLimit.largest($0 / 8, $0 / 2) >= wanted }))"
            },
            memoryForLine: { wanted in
                if wanted > Self.longestLine { return nil }
                return MemoryPlan.setting {
                    EmbedMemory(total: $0, threads: threads, parameters).line >= wanted
                }
            })
    }

    /// The limits for what was written under others: what these let through is read.
    package func limits(after others: ReadLimits) -> ReadLimits {
        ReadLimits(batch: batch, line: others.line, window: others.window, memoryForLine: others.memoryForLine)
    }
}
