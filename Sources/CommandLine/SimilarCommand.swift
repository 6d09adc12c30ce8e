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
        abstract: "Shows the documents whose vectors are nearest to one, or to a text.",
        discussion: """
            A look at whether the vectors make sense. Near is what has a high cosine once the mean of all vectors is \
            subtracted. A line for each document, the nearest first: the similarity, its id or its place, and how its \
            text begins.

            A document is named by its id, or by SHARD:LINE. Texts are read where 'dedup embed' read them, or where \
            --input says.
            """
    )

    /// The number of characters of a text that are shown.
    private static let shownCharacters = 160

    @Argument(help: ArgumentHelp("A folder that 'dedup embed' wrote.", valueName: "dir"), transform: localPath)
    var folder: String

    @Argument(help: ArgumentHelp("A document: its id, or SHARD:LINE.", valueName: "id"))
    var id: String?

    @Option(help: ArgumentHelp("A text, in the place of a document.", valueName: "text"))
    var text: String?

    @Option(name: .customShort("k"), help: ArgumentHelp("How many documents.", valueName: "n"))
    var count = 10

    @Option(
        help: ArgumentHelp("Where the model is now, for --text (default: where it was).", valueName: "dir"),
        transform: localPath)
    var model: String?

    @Option(
        name: .customLong("input"),
        help: ArgumentHelp(
            "Where an input is now, as PATH or LABEL=PATH; may be given several times.", valueName: "path"),
        transform: localPath)
    var inputs: [String] = []

    @Flag(help: "As JSON.")
    var json = false

    func run() throws {
        guard (1...10_000).contains(count) else { throw Failure.usage("-k is a number from 1 to 10000, not \(count)") }
        guard (id == nil) != (text == nil) else {
            throw Failure.usage("say one document, by its id or SHARD:LINE, or a text, with --text")
        }
        if model != nil && text == nil { throw Failure.usage("--model is for --text; a document has its vector") }
        let documents = try SimilarDocuments(folder, inputs: inputs)
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

extension DocumentID {
    /// The id in the form in which it can be given on the command line.
    fileprivate var name: String {
        switch self {
        case .string(let name), .number(let name): name
        }
    }
}
