internal import Basics
internal import Corpus
internal import DeBERTa
internal import PipelineGraph
internal import Pipelines
internal import QualityScoring
internal import Tokenizers

/// Tokenizes texts to sequences of token ids, and optionally computes the statistics of the texts.
struct TokenizeDocuments: Transform {
    private final class Workspace {
        let tokenizer: TextTokenizer
        var ids = Buffer<Int32>()
        let analyzer = TextAnalyzer()

        init(_ tokenizer: TextTokenizer) { self.tokenizer = tokenizer }
    }

    private let workspaces: Pool<Workspace>
    private let maker: SequenceMaker
    private let memory: EmbedMemory
    private let progress: ShardProgress
    private let analyzesTexts: Bool

    /// - Parameter analyzesTexts: whether the statistics of the texts are computed as well.
    /// - Throws: a usage error if the special tokens leave no room for a text.
    init(
        _ tokenizer: Tokenizer, _ parameters: EmbedParameters, _ memory: EmbedMemory, _ progress: ShardProgress,
        analyzesTexts: Bool = false
    ) throws(Failure) {
        workspaces = Pool { Workspace(TextTokenizer(tokenizer, parameters)) }
        maker = try SequenceMaker(tokenizer, parameters)
        self.memory = memory
        self.progress = progress
        self.analyzesTexts = analyzesTexts
    }

    func transform(_ input: ReadDocuments) throws -> TokenizedDocuments {
        let batch = input.batch
        var rows = Buffer<TokenizedDocuments.Row>(capacity: batch.count)
        var lengths = Buffer<Int32>(capacity: batch.count)
        var ids = Buffer<Int32>(capacity: batch.texts.count / 3 + batch.count * maker.specials)
        var analysis: TextAnalysis?
        try workspaces.with { workspace in
            if analyzesTexts { analysis = TextAnalysis(batch, workspace.analyzer) }
            for document in 0..<batch.count {
                let fate = batch.documents[document].fate
                if fate != .kept {
                    rows.append(.init(sequences: 0, tokens: 0, isTruncated: false, isBad: fate == .badKept))
                    continue
                }
                workspace.ids.removeAll()
                workspace.tokenizer.encode(batch.text(document), into: &workspace.ids)
                let before = (ids: ids.count, sequences: lengths.count)
                maker.append(workspace.ids.elements, to: &ids, &lengths)
                rows.append(
                    .init(
                        sequences: Int32(lengths.count - before.sequences), tokens: ids.count - before.ids,
                        isTruncated: maker.truncates(workspace.ids.count), isBad: false))
            }
            // Free a buffer that a very long text has made large; otherwise it would stay in memory until the end of
            // the run.
            if workspace.ids.capacity > 1 << 20 { workspace.ids = Buffer() }
        }
        batch.dropTexts(
            keeping: memory.bytes(tokens: ids.count, sequences: lengths.count, documents: batch.count))
        progress.read(tokens: ids.count)
        return TokenizedDocuments(batch, rows: rows, lengths: lengths, ids: ids, analysis: analysis)
    }
}

/// Divides the token ids of a text into sequences. Adds the special tokens to each, and the tokens of the prefix.
struct SequenceMaker: Sendable {
    private let prefix: [Int32]
    private let suffix: [Int32]
    private let long: LongTexts
    /// The largest number of tokens of a sequence, without the special ones and the prefix.
    private let room: Int

    /// - Throws: a usage error if the special tokens leave no room for a text.
    init(_ tokenizer: Tokenizer, _ parameters: EmbedParameters) throws(Failure) {
        prefix = tokenizer.prefix + PrefixText(parameters.prefix).tokens(tokenizer)
        suffix = tokenizer.suffix
        long = parameters.long
        room = parameters.maxTokens - prefix.count - suffix.count
        guard room > 0 else {
            throw .usage(
                "\(Parameter.maxTokens(parameters.maxTokens)): special tokens and the prefix are \(specials) tokens of "
                    + "every sequence; give more")
        }
    }

    /// The number of special tokens of a sequence, and of tokens of the prefix.
    var specials: Int { prefix.count + suffix.count }

    /// Whether a text of `count` ids is truncated.
    func truncates(_ count: Int) -> Bool { long == .truncate && count > room }

    /// Appends the sequences of a text. A text without tokens has one sequence, which consists of the special tokens.
    func append(_ text: UnsafeBufferPointer<Int32>, to ids: inout Buffer<Int32>, _ lengths: inout Buffer<Int32>) {
        var start = 0
        repeat {
            let end = min(text.count, start + room)
            let before = ids.count
            prefix.withUnsafeBufferPointer { ids.append(contentsOf: $0) }
            ids.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<end]))
            suffix.withUnsafeBufferPointer { ids.append(contentsOf: $0) }
            // Without tokens and special tokens, there is no sequence.
            if ids.count > before { lengths.append(Int32(ids.count - before)) }
            start = end
        } while long == .mean && start < text.count
    }
}
