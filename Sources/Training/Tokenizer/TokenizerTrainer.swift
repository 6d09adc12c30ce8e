package import Basics
internal import Tokenizers

/// Trains a byte-level BPE tokenizer, like those of RoBERTa and DeBERTa, on counted pieces.
///
/// The vocabulary has the special tokens `<s>`, `<pad>`, `</s>`, `<unk>` and `<mask>`, then the 256 bytes in the order
/// of the characters that represent them, then the tokens that merges make, in the order of the merges. These are the
/// ids that Hugging Face's `BpeTrainer` gives with these special tokens and `ByteLevel.alphabet()`.
package struct TokenizerTrainer: Sendable {
    /// The special tokens, in the order of their ids. `<mask>` takes the whitespace before it (`lstrip`).
    static let special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]

    /// The size of the smallest vocabulary: the special tokens and the bytes.
    package static let leastVocabulary = special.count + 256
    /// The size of the largest vocabulary, which is more than any model has. Ids are 32 bits wide.
    package static let mostVocabulary = 1 << 24

    /// The number of tokens in the vocabulary, with special tokens and bytes.
    package let vocabulary: Int
    /// A pair that occurs less often is not merged. At least 1.
    package let minFrequency: Int
    /// The maximum memory that learning may use, in bytes.
    package let memory: Int

    /// - Throws: a usage error if the vocabulary is smaller than `leastVocabulary` or larger than `mostVocabulary`, or
    ///   if the frequency is below 1.
    package init(vocabulary: Int, minFrequency: Int, memory: Int = .max) throws(Failure) {
        guard (Self.leastVocabulary...Self.mostVocabulary).contains(vocabulary) else {
            throw .usage(
                "a vocabulary of \(vocabulary) tokens cannot be made: it has from \(Self.leastVocabulary) tokens "
                    + "(\(Self.special.count) special ones and the 256 bytes) to \(Self.mostVocabulary)")
        }
        guard minFrequency > 0 else {
            throw .usage("the minimum frequency has to be at least 1, not \(minFrequency)")
        }
        self.vocabulary = vocabulary
        self.minFrequency = minFrequency
        self.memory = memory
    }

    /// Learns the merges, on the calling thread.
    ///
    /// - Parameters:
    ///   - counts: the pieces of the corpus. The table is freed once it was read.
    ///   - progress: is called with the number of tokens after each merge.
    ///   - isCancelled: is called after each merge. If it returns true, learning stops.
    /// - Returns: the tokenizer. Its vocabulary is smaller than wanted if no other pair is frequent enough.
    /// - Throws: `CancellationError` if `isCancelled` returned true; a `Failure` if there is not enough memory.
    package func train(
        _ counts: consuming PieceCounts, progress: @escaping (Int) -> Void = { _ in },
        isCancelled: @escaping () -> Bool = { false }
    ) throws -> TrainedTokenizer {
        let pieces = counts.count
        let bytes = counts.textBytes
        let settings = MergeLearner.Settings(
            vocabulary: vocabulary, minFrequency: minFrequency, memory: memory, progress: progress,
            isCancelled: isCancelled)
        do throws(MergeLearner.Obstacle) {
            let learner = try MergeLearner(
                counts, special: Self.special.count, bytes: ByteAlphabet.ascending, settings)
            return TrainedTokenizer(try learner.learn())
        } catch .cancelled {
            throw CancellationError()
        } catch .memory {
            throw Self.tooLittleMemory(pieces: pieces, bytes: bytes)
        }
    }

    /// The error for a corpus whose pieces need more memory than the memory setting allows.
    package static func tooLittleMemory(pieces: Int, bytes: Int) -> Failure {
        Failure(
            "\(pieces) different pieces of text, \(bytes) bytes, and the pairs in them do not fit the memory setting; "
                + "give more with \(Parameter.memory), or train on a part of the corpus")
    }
}

/// A tokenizer that was trained. `files` gives its files.
package struct TrainedTokenizer: Sendable {
    /// The bytes of each token, indexed by id; empty for special tokens.
    private let contents: [[UInt8]]
    private let merges: [PairStatistics.Pair]

    init(_ result: MergeLearner.Result) {
        contents = result.contents
        merges = result.merges
    }

    /// The number of tokens in the vocabulary.
    package var count: Int { contents.count }

    /// The number of merges.
    package var mergeCount: Int { merges.count }

    /// A token as the files write it.
    func text(_ id: Int) -> String {
        if id < TokenizerTrainer.special.count { return TokenizerTrainer.special[id] }
        return String(
            String.UnicodeScalarView(contents[id].lazy.compactMap { UnicodeScalar(ByteAlphabet.scalar(of: $0)) }))
    }

    /// The merges as the files write them, in the order of their ranks.
    var mergedTexts: some Sequence<(left: String, right: String)> {
        merges.lazy.map { (text(Int($0.left)), text(Int($0.right))) }
    }
}
