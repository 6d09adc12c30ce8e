import Foundation
import TestSupport
import Testing

/// `dedup similar` over an embedded corpus.
@Suite struct SimilarTests {
    let folder: TemporaryFolder

    struct Neighbour: Decodable {
        var similarity: Double
        var shard: String
        var line: Int
        var id: String?
        var text: String?
    }

    init() throws {
        folder = try TemporaryFolder()
        try TinyModel().write(to: folder / "model")
        let lines = (0..<40).map { line("d\($0)", text($0, words: 2)) }
        try folder.shard("in/a.jsonl.zst", Array(lines[..<15]) + ["", "{\"text\":\"no id\\n but \\u001b lines\"}"])
        try folder.shard("in/b/c.jsonl", Array(lines[15...]) + ["no document", line("d3", text(3, words: 2))])
        try folder.shard("in/none.jsonl", [String]())
    }

    private func similar(_ arguments: String...) throws -> Outcome {
        try dedup(["similar", "vectors"] + arguments, in: folder.path)
    }

    private func neighbours(_ arguments: String...) throws -> [Neighbour] {
        let outcome = try dedup(["similar", "vectors", "--json"] + arguments, in: folder.path)
        expectSuccess(outcome)
        return try JSONDecoder().decode([Neighbour].self, from: Data(outcome.output))
    }

    /// Returns all documents, sorted by their similarity to one, computed without dedup's code.
    private func expected(_ shard: String, _ line: Int) throws -> [(place: String, similarity: Double)] {
        var all: [(place: String, vector: [Double])] = []
        for shard in try folder.record().shards {
            let vectors = try folder.vectors(shard.name)
            for (row, entry) in try folder.vectorRows(shard.name).enumerated() where entry.tokens > 0 {
                all.append(("\(shard.name):\(entry.line)", vectors.row(row).map(Double.init)))
            }
        }
        let mean = (0..<16).map { column in all.reduce(0) { $0 + $1.vector[column] } / Double(all.count) }
        let centred = all.map { zip($0.vector, mean).map { $0 - $1 } }
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let own = try #require(all.firstIndex { $0.place == "\(shard):\(line)" })
        return all.indices.filter { $0 != own }.map { other in
            let lengths = product(centred[own], centred[own]) * product(centred[other], centred[other])
            return (all[other].place, product(centred[own], centred[other]) / lengths.squareRoot())
        }.sorted { $0.similarity > $1.similarity }
    }

    @Test(arguments: ["float32", "float16"])
    func theNearestComeFirst(_ type: String) throws {
        expectSuccess(try embed(folder, "--on-bad-line", "keep", "--dtype", type))
        let found = try neighbours("d20", "-k", "7")
        let expected = try expected("b/c.jsonl", 6)
        #expect(found.count == 7)
        for (found, expected) in zip(found, expected) {
            #expect("\(found.shard):\(found.line)" == expected.place)
            #expect(abs(found.similarity - expected.similarity) < 1e-9)
            #expect(found.id != "d20")
        }
        #expect(try neighbours("b/c.jsonl:6", "-k", "7").map(\.line) == found.map(\.line))
        // More neighbours are asked for than exist: all documents except the document itself and the bad line.
        #expect(try neighbours("d20", "-k", "100").count == 41)
        let first = try #require(try neighbours("a.jsonl.zst:4").first)
        #expect(first.id == "d3" && first.shard == "b/c.jsonl" && first.line == 27 && first.text == text(3, words: 2))
        #expect(first.similarity > 0.999999)
    }

    @Test func everyNeighborHasALine() throws {
        expectSuccess(try embed(folder, "--on-bad-line", "keep"))
        let outcome = try similar("d7", "-k", "41")
        expectSuccess(outcome)
        let lines = outcome.outputText.split(separator: "\n")
        #expect(lines.count == 41)
        let unnamed = try #require(lines.first { $0.contains("a.jsonl.zst:17") })
        #expect(unnamed.hasSuffix("  a.jsonl.zst:17  no id but \\u{1B} lines"))
        #expect(lines.allSatisfy { $0.wholeMatch(of: /-?[01]\.[0-9]{4}  .*/) != nil })
    }

    @Test func theNearestOfATextAreFound() throws {
        expectSuccess(try embed(folder, "--on-bad-line", "keep", "--long", "mean", "--normalize"))
        let found = try neighbours("--text", text(11, words: 2), "-k", "2")
        #expect(found.first?.id == "d11" && found.count == 2)
        #expect(found[0].similarity > 0.999999)
        try FileManager.default.moveItem(atPath: folder / "model", toPath: folder / "moved")
        expectFailure(
            try dedup(["similar", "vectors", "--text", "x"], in: folder.path, environment: ["DEDUP_MODEL": "gone"]), 2,
            naming: "the model was in", "/model, and is there no more", "DEDUP_MODEL gone: no such folder")
        #expect(try neighbours("--text", text(11, words: 2), "--model", "moved").first?.id == "d11")
        var other = TinyModel()
        other.seed = 3
        try other.write(to: folder / "other")
        expectFailure(try similar("--text", "x", "--model", "other"), 2, naming: "the model other", "another model")
        // The model has been moved. The model in the environment variable is used if it is the same.
        func elsewhere(_ model: String) throws -> Outcome {
            try dedup(
                ["similar", "vectors", "--text", text(11, words: 2)], in: folder.path,
                environment: ["DEDUP_MODEL": model])
        }
        #expect(try elsewhere("moved").outputText.hasPrefix("1.0000  d11 "))
        expectFailure(try elsewhere("other"), 2, naming: "the model other", "another model")
    }

    @Test func textsAreReadFromMovedInputs() throws {
        expectSuccess(try embed(folder, "--on-bad-line", "keep"))
        try FileManager.default.moveItem(atPath: folder / "in", toPath: folder / "moved")
        let without = try similar("d7")
        expectSuccess(without)
        #expect(without.outputText.contains("give its present path with --input in=PATH"), "\(without.outputText)")
        #expect(try neighbours("d7").allSatisfy { $0.text == nil })
        #expect(try neighbours("d7", "--input", "in=moved").allSatisfy { $0.text != nil })
        expectFailure(try similar("d7", "--input", "x=moved"), 2, naming: "--input x=moved")
    }

    @Test func unknownDocumentsAreNamed() throws {
        expectFailure(try similar("d7"), 2, naming: "vectors: no such folder")
        expectFailure(try dedup("similar", "in", "d7", in: folder.path), 2, naming: "no embeddings.json")
        expectSuccess(try embed(folder, "--on-bad-line", "keep"))
        expectFailure(try similar("d77"), 1, naming: "d77", "3 shards")
        expectFailure(try similar("a.jsonl.zst:16"), 1, naming: "a.jsonl.zst:16", "blank")
        expectFailure(try similar("a.jsonl.zst:99"), 1, naming: "a.jsonl.zst:99")
        expectFailure(try similar("b/c.jsonl:26"), 1, naming: "b/c.jsonl:26", "no direction")
        let ambiguous = try similar("d3")
        #expect(ambiguous.code == 1 && ambiguous.outputText == "a.jsonl.zst:4\nb/c.jsonl:27\n")
        #expect(ambiguous.error.contains("2 documents have this id"))
        expectFailure(try similar(), 2, naming: "--text")
        expectFailure(try similar("d7", "--text", "x"), 2, naming: "--text")
        expectFailure(try similar("d7", "-k", "0"), 2, naming: "-k")
        expectFailure(try similar("d7", "--model", "model"), 2, naming: "--model")
        try folder.write(Array(folder.bytes("vectors/a.jsonl.zst.npy").dropLast()), to: "vectors/a.jsonl.zst.npy")
        expectFailure(try similar("d7"), 1, naming: "a.jsonl.zst.npy", "damaged")
    }
}
