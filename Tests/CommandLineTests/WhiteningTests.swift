import Foundation
import TestSupport
import Testing

/// `dedup train whitening`, and embedding with the result.
@Suite struct WhiteningTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModel().write(to: folder / "model")
        try folder.shard("in/a.jsonl", (0..<60).map { line("d\($0)", text($0, words: 1 + $0 % 7)) })
    }

    private func train(_ arguments: String...) throws -> Outcome {
        try dedup(
            ["train", "whitening", "in", "--model", "model", "--precision", "f32"] + arguments, in: folder.path)
    }

    private func whitening(_ model: String = "model") throws -> [UInt8] {
        try folder.bytes(model + "/whitening.safetensors")
    }

    private static func number(_ place: Int) -> Float { Float(place % 13) / 8 - 0.5 }

    /// Writes a whitening file; `change` may alter its numbers, which are the mean and then the matrix.
    private func write(_ dimensions: Int, rows: Int? = nil, _ change: (inout [Float]) -> Void = { _ in }) throws {
        let rows = rows ?? dimensions
        let header =
            "{\"mean\":{\"dtype\":\"F32\",\"shape\":[\(dimensions)],\"data_offsets\":[0,\(dimensions * 4)]},"
            + "\"matrix\":{\"dtype\":\"F32\",\"shape\":[\(rows),\(dimensions)],"
            + "\"data_offsets\":[\(dimensions * 4),\(dimensions * 4 * (rows + 1))]}}"
        var numbers = (0..<dimensions * (rows + 1)).map(Self.number)
        change(&numbers)
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        try folder.write(
            length + Array(header.utf8) + numbers.withUnsafeBytes { Array($0) }, to: "model/whitening.safetensors")
    }

    // MARK: Applying a whitening

    @Test func vectorsAreMappedAfterWindowsAreAveraged() throws {
        try folder.shard("in/b.jsonl", [line("long", text(3, words: 30)), line("empty", ""), "no document"])
        let keep = ["--on-bad-line", "keep", "--long", "mean"]
        expectSuccess(try embed(folder, keep + ["--out", "plain"]))
        try write(16)
        expectSuccess(try embed(folder, keep))
        expectSuccess(try embed(folder, keep + ["--out", "unit", "--normalize"]))
        expectSuccess(try embed(folder, keep + ["--out", "left-out", "--no-whitening"]))
        let record = try folder.decodedText("vectors/embeddings.json")
        #expect(record.contains("\"whitening\" : true"))
        #expect(try folder.decodedText("left-out/embeddings.json").contains("\"whitening\" : false"))
        for shard in ["a.jsonl", "b.jsonl"] {
            let plain = try folder.vectors(shard, "plain")
            let mapped = try folder.vectors(shard)
            let unit = try folder.vectors(shard, "unit")
            #expect(try folder.vectors(shard, "left-out") == plain)
            for row in 0..<plain.rows {
                let vector = plain.row(row)
                // The row of a line that is not a document stays zero.
                if vector.allSatisfy({ $0 == 0 }) {
                    #expect(mapped.row(row) == vector && unit.row(row) == vector)
                    continue
                }
                var expected: [Float] = []
                for out in 0..<16 {
                    var sum = 0.0
                    for place in 0..<16 {
                        let centred = Double(vector[place]) - Double(Self.number(place))
                        sum += Double(Self.number(16 + out * 16 + place)) * centred
                    }
                    expected.append(Float(sum))
                }
                #expect(mapped.row(row) == expected)
                let length = expected.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
                #expect(unit.row(row) == expected.map { Float(Double($0) / length) })
            }
        }
    }

    @Test func vectorsOfTwoWhiteningsAreNotMixed() throws {
        expectSuccess(try embed(folder, "--out", "before"))
        expectSuccess(try train())
        // With another whitening it is another model. The message is about the model, not about options.
        expectFailure(try embed(folder, "--out", "before"), 2, naming: "--out before was made with the model")
        expectSuccess(try embed(folder))
        expectFailure(
            try embed(folder, "--no-whitening"), 2, naming: "--out vectors was made with whitening true", "false")
        expectSuccess(try embed(folder, "--out", "plain", "--no-whitening"))
        expectFailure(
            try embed(folder, "--out", "plain"), 2, naming: "--out plain was made with whitening false", "true")
        #expect(try folder.vectors("a.jsonl", "plain") == folder.vectors("a.jsonl", "before"))
        expectSuccess(try train("--shrinkage", "0.5", "--force"))
        expectFailure(try embed(folder), 2, naming: "--out vectors was made with the model", "checksum")
        // A record from before whitening existed counts as made without whitening.
        try folder.remove("model/whitening.safetensors")
        let record = try folder.decodedText("before/embeddings.json")
        try folder.write(
            record.replacingOccurrences(of: ",\n  \"whitening\" : false", with: ""), to: "before/embeddings.json")
        #expect(try !folder.decodedText("before/embeddings.json").contains("whitening"))
        let again = try embed(folder, "--out", "before")
        expectSuccess(again)
        #expect(again.error.contains("nothing new"))
    }

    @Test func similarUsesTheWhitening() throws {
        expectSuccess(try train())
        expectSuccess(try embed(folder))
        let text = text(11, words: 5)
        for arguments in [["d11"], ["--text", text]] {
            let found = try dedup(["similar", "vectors", "-k", "60"] + arguments, in: folder.path)
            expectSuccess(found)
            #expect(found.outputText.hasPrefix(arguments == ["d11"] ? "" : "1.0000  d11 "))
        }
        try folder.remove("model/whitening.safetensors")
        expectFailure(
            try dedup(["similar", "vectors", "--text", "x"], in: folder.path), 2, naming: "another model (checksum")
    }

    @Test func damagedWhiteningsAreRefused() throws {
        try write(8)
        expectFailure(
            try embed(folder), 1, naming: "model/whitening.safetensors", "tensor \"mean\"", "[8]", "[16]")
        try write(16, rows: 15)
        expectFailure(try embed(folder), 1, naming: "tensor \"matrix\"", "[15, 16]", "[16, 16]")
        for (place, name) in [(3, "mean"), (16, "matrix"), (271, "matrix")] {
            try write(16) { $0[place] = place == 16 ? .infinity : .nan }
            expectFailure(try embed(folder), 1, naming: "tensor \"\(name)\" holds", "run 'dedup train whitening' again")
        }
        try folder.write("nothing", to: "model/whitening.safetensors")
        expectFailure(try embed(folder), 1, naming: "model/whitening.safetensors: not a valid safetensors file")
        // The whitened vectors would be too large for float32.
        try write(16) { numbers in for place in numbers.indices { numbers[place] = 3e38 } }
        expectFailure(try embed(folder), 1, naming: "a.jsonl, line ")
        #expect(folder.files(below: "vectors").allSatisfy { $0.hasPrefix(".dedup/") })
        // With --no-whitening, only the file's checksum is computed.
        expectSuccess(try embed(folder, "--no-whitening"))
        try folder.remove("model/whitening.safetensors")
        expectFailure(try embed(folder, "--whitening"), 2, naming: "--whitening", "no whitening.safetensors")
    }

    // MARK: Computing a whitening

    @Test func threadsDoNotChangeTheFile() throws {
        let trained = try train("--threads", "1")
        expectSuccess(trained)
        #expect(trained.error.contains("a whitening of 16 dimensions from 60 documents"), "\(trained.error)")
        let expected = try whitening()
        expectFailure(try train(), 2, naming: "model/whitening.safetensors already exists", "--force")
        for threads in ["2", "5"] {
            expectSuccess(try train("--threads", threads, "--force", "--quiet"))
            #expect(try whitening() == expected)
        }
        #expect(folder.files(below: "model").count == 5)
        expectSuccess(try train("--shrinkage", "0.9", "--force"))
        #expect(try whitening() != expected)
        // The existing whitening is not applied while a new one is computed.
        expectSuccess(try train("--force"))
        #expect(try whitening() == expected)
    }

    /// With little shrinkage the whitened vectors have mean 0 and variance 1 in all directions but one, in which the
    /// encoder's last layer norm leaves no variance.
    @Test func whitenedVectorsHaveUnitVariance() throws {
        expectSuccess(try train("--shrinkage", "1e-4"))
        expectSuccess(try embed(folder))
        let vectors = try folder.vectors("a.jsonl")
        var total = 0.0
        for column in 0..<16 {
            let values = (0..<vectors.rows).map { Double(vectors.row($0)[column]) }
            let mean = values.reduce(0, +) / 60
            #expect(abs(mean) < 1e-3)
            total += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 60
        }
        #expect(total > 14 && total < 15.01, "\(total)")
    }

    @Test func aSampleOfTheDocumentsIsTheSameInAnyShards() throws {
        expectSuccess(try train("--max-documents", "25"))
        let expected = try whitening()
        // The same documents are chosen from any shards; their order does not change here.
        try folder.shard("in/b.jsonl.zst", (40..<60).map { line("d\($0)", text($0, words: 1 + $0 % 7)) })
        try folder.shard("in/a.jsonl", (0..<40).map { line("d\($0)", text($0, words: 1 + $0 % 7)) })
        let again = try train("--max-documents", "25", "--force")
        expectSuccess(again)
        #expect(again.error.contains("from 25 documents"))
        #expect(try whitening() == expected)
        expectSuccess(try train("--max-documents", "60", "--force"))
        #expect(try whitening() != expected)
    }

    @Test func impossibleTrainingsAreRefused() throws {
        expectFailure(try train("--shrinkage", "1.5"), 2, naming: "--shrinkage", "0 to 1", "1.5")
        expectFailure(try train("--shrinkage", "nan"), 2, naming: "--shrinkage", "nan")
        expectFailure(try train("--max-documents", "0"), 2, naming: "--max-documents", "not 0")
        expectFailure(
            try dedup(["train", "whitening", "in", "--model", "gone"], in: folder.path), 2,
            naming: "--model gone: no such folder")
        try folder.shard("in/a.jsonl", ["no document"])
        expectFailure(try train(), 1, naming: "a.jsonl, line 1", "--on-bad-line drop")
        expectFailure(try train("--on-bad-line", "drop"), 1, naming: "no documents in the inputs")
        try folder.shard("in/a.jsonl", [line("a", "one"), line("b", "one"), line("c", "one")])
        expectFailure(try train(), 1, naming: "the vectors of all documents are equal")
        try folder.shard("in/a.jsonl", (0..<9).map { line("d\($0)", text($0)) })
        expectFailure(try train("--shrinkage", "0"), 1, naming: "fewer than 16 directions", "--shrinkage above 0")
        #expect(!folder.exists("model/whitening.safetensors") && folder.files(below: "model").count == 4)
        expectSuccess(try train())
    }
}
