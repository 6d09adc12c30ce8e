package import Basics
internal import Tokenizers

/// Trains a byte-level BPE tokenizer of the kind of RoBERTa's and DeBERTa's on counted pieces.
///
/// The vocabulary begins with the special tokens `<s>`, `<pad>`, `</s>`, `<unk>` and `<mask>`, then come the 256 bytes
/// in the order of the characters that stand for them, then what merges make, in their order: the ids that Hugging
/// Face's `BpeTrainer` gives with these special tokens and `ByteLevel.alphabet()`.
package struct TokenizerTrainer: Sendable {
    /// What becomes of special tokens in a text is up to who reads it; of `<mask>` the whitespace before it goes.
    static let special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]

    /// Special tokens and bytes.
    package static let leastVocabulary = special.count + 256
    /// Ids of tokens are 32 bits wide; this is more than any model has.
    package static let mostVocabulary = 1 << 24

    /// Tokens of the vocabulary, special ones and bytes included.
    package let vocabulary: Int
    /// A pair that occurs less often is not merged.
    package let minFrequency: Int
    /// Bytes that learning may take.
    package let memory: Int

    /// - Throws: a usage error when the vocabulary has no room for the special tokens and the bytes, or is larger than
    ///   ids are, and when the frequency is below 1.
    package init(vocabulary: Int, minFrequency: Int, memory: Int = .max) throws(Failure) {
        guard (Self.leastVocabulary...Self.mostVocabulary).contains(vocabulary) else {
            throw .usage(
                "a vocabulary of \(vocabulary) tokens cannot be made: it has from \(Self.leastVocabulary) tokens "
                    + "(\(Self.special.count) special ones and the 256 bytes) to \(Self.mostVocabulary)")
        }
        guard minFrequency > 0 else {
            throw .usage("a pair of tokens occurs at least once: the least frequency is 1, not \(minFrequency)")
        }
        self.vocabulary = vocabulary
        self.minFrequency = minFrequency
        self.memory = memory
    }

    /// Learns the merges, on the calling thread.
    ///
    /// - Parameters:
    ///   - counts: the pieces of the corpus, let go of as soon as they are taken over.
    ///   - progress: is told how many tokens there are, after each merge.
    ///   - isCancelled: whether to stop, asked after each merge.
    /// - Returns: the tokenizer; its vocabulary is smaller than wanted when no pair is frequent enough any more.
    /// - Throws: `CancellationError` when it was told to stop, and a `Failure` when the memory does not suffice.
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

    /// That the pieces of a corpus take more memory than was given.
    package static func tooLittleMemory(pieces: Int, bytes: Int) -> Failure {
        Failure(
            "\(pieces) different pieces of text, \(bytes) bytes, and the pairs in them do not fit the memory setting; "
                + "give more with --memory, or train on a part of the corpus")
    }
}

/// A tokenizer that was trained, and its files.
package struct TrainedTokenizer: Sendable {
    /// The bytes of every token by its id; special ones have none.
    private let contents: [[UInt8]]
    private let merges: [PairStatistics.Pair]

    init(_ result: MergeLearner.Result) {
        contents = result.contents
        merges = result.merges
    }

    /// Tokens of the vocabulary.
    package var count: Int { contents.count }

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
