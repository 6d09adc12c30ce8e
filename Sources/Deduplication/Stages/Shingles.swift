internal import Basics
internal import Corpus
internal import PipelineGraph
package import Pipelines
package import Shingling

/// The stage that makes the shingles of documents.
package struct ShinglesStage: PipelineStage {
    package static let name = "shingles"
    package static let summary =
        "Makes the set of shingles of every document: its runs of consecutive words or characters"
    package static let accepts: [Payload] = [.words]
    package static let gives: Payload? = .shingles

    package var unit = ShingleUnit.word
    package var size = 5

    package init() {}

    package static let options: [StageOption<ShinglesStage>] = [
        .choice(
            "unit", \.unit, parameter: "shingle-unit", valueName: "unit", help: "What shingles consist of",
            binding: .index),
        .number(
            "size", \.size, in: 1...1000, parameter: "shingle-size",
            help: "The number of words or characters of a shingle", binding: .index),
    ]
}

extension Payload {
    /// Documents with their sets of shingles.
    package static let shingles = Payload("shingles")
}

extension ShinglesStage: GraphStage {
    package func join(_ input: Joint, to run: RunContext) throws -> Joint {
        let shingles = MakeShingles(unit: unit, size: size)
        return Joint(.shingles, run.graph.transform("shingles", try input.flow(of: WordedDocuments.self), shingles))
    }
}

/// Makes the set of shingles of every document.
struct MakeShingles: Transform {
    private final class Workspace {
        var shingler: Shingler
        init(unit: ShingleUnit, size: Int) { shingler = Shingler(unit: unit, size: size) }
    }

    private let workspaces: Pool<Workspace>

    init(unit: ShingleUnit, size: Int) {
        workspaces = Pool { Workspace(unit: unit, size: size) }
    }

    func transform(_ input: WordedDocuments) throws -> ShingledDocuments {
        var shingles = ShingleSets()
        // If shingles consist of words, there are at most as many shingles as words.
        shingles.hashes.reserve(input.words.starts.count)
        shingles.ends.reserve(input.batch.count)
        try workspaces.with { workspace in
            for document in 0..<input.batch.count {
                if input.batch.documents[document].fate == .kept {
                    workspace.shingler.append(input.words, document: document, to: &shingles)
                } else {
                    shingles.appendEmpty()
                }
            }
        }
        return ShingledDocuments(input.batch, shingles: shingles)
    }
}
