internal import Basics
package import Corpus
internal import Pipelines

/// The division of the memory for embedding: for documents in the graph, for zstd windows and for the rest. The weights
/// of the model are not included.
package struct EmbedMemory: Sendable {
    /// The bytes that a text takes in the graph for each byte of its line: the line, the text, the parser's copy, the
    /// canonical form, and two copies of its tokens of 4 bytes each, if every byte is a token.
    private static let expansion = 12
    /// The bytes that a document takes besides its text and its vector: its id and its row.
    private static let bytesOfRow = 256
    private static let longestLine = 320 << 20
    private static let largestBatch = 256 << 10

    /// The bytes of documents that may be in the graph at once.
    package let inFlight: Int
    /// The bytes of the documents of a full window (`EncodingWindow`).
    package let window: Int
    private let batch: Int
    private let line: Int
    /// The bytes for zstd windows.
    private let zstdWindow: Int
    private let expansionOfText: Int
    /// The bytes of a vector and of the entries for its sequence.
    private let sequence: Int

    private let total: Int
    private let threads: Int
    private let parameters: EmbedParameters

    /// The bytes of the statistics of a text; 0 if there are none.
    private let bytesOfText: Int

    /// - Parameter analyzesTexts: whether documents carry the statistics of their texts.
    package init(total: Int, threads: Int, _ parameters: EmbedParameters, analyzesTexts: Bool = false) {
        bytesOfText = analyzesTexts ? TextAnalysis.bytesOfDocument : 0
        self.total = total
        self.threads = threads
        self.parameters = parameters
        sequence = parameters.dimensions * 4 + 48
        // With `mean`, every `maxTokens` tokens of a text give one more sequence.
        let windowed = parameters.long == .mean ? (sequence + 8) / max(1, parameters.maxTokens - 2) : 0
        expansionOfText = Self.expansion + windowed
        zstdWindow = total / 8
        inFlight = total / 2
        window = inFlight / 4
        line = min(inFlight / (expansionOfText + 2), Self.longestLine)
        batch = max(16 << 10, min(Self.largestBatch, inFlight / (expansionOfText * (2 * threads + 8))))
    }

    /// The bytes that lines take in the graph until they are tokenized.
    package func bytes(text: Int, lines: Int) -> Int {
        text * expansionOfText + lines * (sequence + Self.bytesOfRow + bytesOfText)
    }

    /// The bytes that documents take after they are tokenized.
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

    /// The limits for shards that an earlier stage of this run wrote: every line that it could read must be readable
    /// here.
    package func limits(after others: ReadLimits) -> ReadLimits {
        ReadLimits(batch: batch, line: others.line, window: others.window, memoryForLine: others.memoryForLine)
    }
}
