internal import Basics
internal import Corpus
internal import PipelineGraph
package import Pipelines
package import Shingling

/// The stage that splits texts into words.
package struct WordsStage: PipelineStage {
    package static let name = "words"
    package static let summary = "Splits every text into normalized words"
    package static let accepts: [Payload] = [.documents]
    package static let gives: Payload? = .words

    package var normalization = Normalization.nfc

    package init() {}

    package static let options: [StageOption<WordsStage>] = [
        .choice(
            "normalization", \.normalization, parameter: "normalization", valueName: "form",
            help: "The Unicode normalization of the words", binding: .index)
    ]

    package func boundParameters(in definition: PipelineDefinition) -> [String: String] {
        boundOptions.merging(["unicode": UnicodeData.version]) { $1 }
    }
}

extension Payload {
    /// Documents with their words.
    package static let words = Payload("words")
}

extension WordsStage: GraphStage {
    package func join(_ input: Joint, to run: RunContext) throws -> Joint {
        let keepsTexts = run.definition.stages(behind: Self.name).contains { type(of: $0).readsTexts }
        let split = SplitWords(normalization, keepsTexts: keepsTexts)
        return Joint(.words, run.graph.transform("words", try input.flow(of: ReadDocuments.self), split))
    }
}

/// Splits texts into words.
struct SplitWords: Transform {
    private final class Workspace {
        var splitter: WordSplitter
        init(_ normalization: Normalization) { splitter = WordSplitter(normalization: normalization) }
    }

    private let workspaces: Pool<Workspace>
    private let keepsTexts: Bool

    /// - Parameter keepsTexts: whether a later stage reads the texts; otherwise they are freed.
    init(_ normalization: Normalization, keepsTexts: Bool) {
        workspaces = Pool { Workspace(normalization) }
        self.keepsTexts = keepsTexts
    }

    func transform(_ input: ReadDocuments) throws -> WordedDocuments {
        let batch = input.batch
        var words = WordList()
        words.bytes.reserve(batch.texts.count + batch.texts.count / 16)
        try workspaces.with { workspace in
            for document in 0..<batch.count { workspace.splitter.append(batch.text(document), to: &words) }
        }
        if !keepsTexts { batch.texts = Buffer() }
        return WordedDocuments(batch, words: words)
    }
}
