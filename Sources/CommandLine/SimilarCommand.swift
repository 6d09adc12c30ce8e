import ArgumentParser
import Basics
import Corpus
import Dedup
import Embedding
import Foundation
import Pipelines
import Reports
import Tokenizers
import Training

struct SimilarCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "similar",
        abstract: "Shows the documents whose vectors are most similar to a document or a text.",
        discussion: """
            Use it to see whether the vectors make sense. The similarity is the cosine after centering, that is, after \
            subtracting the mean of all vectors. Each line shows a document, the most similar first: the similarity, \
            its id or place, and the beginning of its text.

            A document is given by its id, or as SHARD:LINE. Texts are read from where 'dedup embed' read them, or \
            from the paths given with --input.

            Example:
              dedup similar vectors/ --text 'how bread is baked' -k 5
            """
    )

    /// The number of characters of a text that are shown.
    private static let shownCharacters = 160

    @Argument(
        help: ArgumentHelp("A folder that 'dedup embed' wrote.", valueName: "dir"), completion: .directory,
        transform: localPath)
    var folder: String

    @Argument(help: ArgumentHelp("A document: its id, or SHARD:LINE.", valueName: "id"))
    var id: String?

    @Option(help: ArgumentHelp("A text to compare with, instead of a document.", valueName: "text"))
    var text: String?

    @Option(name: .customShort("k"), help: ArgumentHelp("Number of documents to show.", valueName: "n"))
    var count = 10

    @Option(
        help: ArgumentHelp(
            "The present folder of the model, for --text (default: the folder that embed used).", valueName: "dir"),
        completion: .directory, transform: localPath)
    var model: String?

    @OptionGroup var moved: MovedInputOptions

    @Flag(help: "Write JSON.")
    var json = false

    func run() throws {
        guard (1...10_000).contains(count) else { throw Failure.usage("-k is a number from 1 to 10000, not \(count)") }
        guard (id == nil) != (text == nil) else {
            throw Failure.usage("give either a document, as its id or SHARD:LINE, or a text, with --text")
        }
        if model != nil && text == nil {
            throw Failure.usage("--model is only for --text: the vector of a document is not computed again")
        }
        let documents = try SimilarDocuments(folder, inputs: moved.inputs)
        do {
            let found =
                if let text {
                    try documents.neighbours(ofText: text, model: model, count: count)
                } else {
                    try documents.neighbours(of: id!, count: count)
                }
            if json { return try Terminal.output(json: Self.json(found)) }
            try Terminal.output(found.map(Self.line).joined())
        } catch let ambiguous as AmbiguousDocument {
            try Terminal.output(ambiguous.places.map { $0.visible() + "\n" }.joined())
            throw Failure("\(ambiguous.id): \(ambiguous.places.count) documents have this id; name one by its place")
        }
    }

    private static func line(_ found: SimilarDocuments.Neighbour) -> String {
        let name = found.id.map(\.name) ?? "\(found.shard):\(found.line)"
        let text = found.text.map { text in
            let words = text.prefix(shownCharacters).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return words + (text.count > shownCharacters ? " …" : "")
        }
        let shown = text ?? "(\(found.whyNoText ?? "no document"))"
        return "\(found.similarity.fixed(4))  \(name.visible())  \(shown.replacing("\n", with: " ").visible(.text))\n"
    }

    private static func json(_ found: [SimilarDocuments.Neighbour]) throws -> [UInt8] {
        struct Entry: Encodable {
            var similarity: Double
            var shard: String
            var line: Int
            var id: String?
            var text: String?
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let entries = found.map {
            Entry(similarity: $0.similarity, shard: $0.shard, line: $0.line, id: $0.id?.name, text: $0.text)
        }
        return Array(try encoder.encode(entries)) + [UInt8(ascii: "\n")]
    }
}
