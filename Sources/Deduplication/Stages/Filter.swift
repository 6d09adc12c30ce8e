internal import Basics
internal import Corpus
internal import PipelineGraph
package import Pipelines
internal import Reports
internal import Shingling

/// The stage that drops documents with few words.
package struct FilterStage: PipelineStage {
    package static let name = "filter"
    package static let summary = "Drops documents with few words"
    package static let accepts: [Payload] = [.words]
    package static let gives: Payload? = nil
    package static let isAddedAfter: String? = WordsStage.name

    package var minWords = 0

    package init() {}

    package static let options: [StageOption<FilterStage>] = [
        .number(
            "min-words", \.minWords, in: 0...1_000_000_000, parameter: "min-words",
            help: "Drop documents with fewer words", binding: .output(omitted: "0"))
    ]
}

extension FilterStage: GraphStage {
    package func join(_ input: Joint, to run: RunContext) throws -> Joint {
        let filter = FilterDocuments(minWords: minWords)
        return Joint(.words, run.graph.transform("filter", try input.flow(of: WordedDocuments.self), filter))
    }

    package func dropReason(for document: ExplainedDocument) -> String? {
        if document.words >= minWords { return nil }
        return "it has \(document.words.counted("word")), and \(Parameter("min-words")) was \(minWords)"
    }
}

/// Drops documents that have too few words.
struct FilterDocuments: Transform {
    let minWords: Int

    func transform(_ input: WordedDocuments) throws -> WordedDocuments {
        let batch = input.batch
        for document in 0..<batch.count where batch.documents[document].fate == .kept {
            if Int(input.words.documents[document].wordCount) < minWords {
                batch.documents[document].fate = .dropped
            }
        }
        return input
    }
}
