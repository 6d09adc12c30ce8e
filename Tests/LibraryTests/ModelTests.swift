import Dedup
import Foundation
import TestSupport
import Testing

struct ModelTests {
    static let texts =
        ["", "!!!", "Кошка сидела на ковре и смотрела в окно.", String(repeating: "a long text ", count: 200)]
        + someDocuments(60, seed: 4).map(\.text)

    /// Writes the texts as the shard `in/a.jsonl`.
    static func corpus() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let lines = try texts.map { String(decoding: try JSONEncoder().encode(["text": $0]), as: UTF8.self) }
        try folder.shard("in/a.jsonl", lines)
        return folder
    }

    /// The numbers of a NumPy file of 32-bit floating-point numbers, without its header.
    static func numbers(_ file: [UInt8]) -> [Float] {
        let header = 10 + Int(file[8]) + Int(file[9]) << 8
        return stride(from: header, to: file.count, by: 4).map { start in
            file.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: Float.self) }
        }
    }

    @Test(arguments: ["", "mean"])
    func `Vectors have the bytes of those of the command`(long: String) async throws {
        let folder = try Self.corpus()
        try TinyModel().write(to: folder / "model")
        let arguments = long.isEmpty ? [] : ["--long", long, "--pooling", "cls", "--normalize", "--max-tokens", "20"]
        let outcome = try dedup(
            ["embed", "in", "--out", "vectors", "--model", "model", "--precision", "f32"] + arguments, in: folder.path)
        #expect(outcome.code == 0, "\(outcome.error)")
        var options = TextEncoder.Options()
        options.precision = .float32
        if !long.isEmpty {
            options.longTexts = .mean
            options.pooling = .firstToken
            options.normalizes = true
            options.maxTokens = 20
        }
        let encoder = try await TextEncoder(model: folder.url("model"), options: options)
        #expect(encoder.dimensions == 16)
        let vectors = try await encoder.vectors(for: Self.texts)
        #expect(vectors.flatMap { $0 } == Self.numbers(try folder.bytes("vectors/a.jsonl.npy")))
        #expect(try await encoder.vector(for: Self.texts[2]) == vectors[2])
    }

    @Test func `The bundled model is found, and its vectors and scores are those of the command`() async throws {
        let folder = try Self.corpus()
        #expect(try dedup("run", "in", "--out", "clean", "--match", "exact", in: folder.path).code == 0)
        let outcome = try dedup("score", "clean", "--precision", "f32", "--statistics", in: folder.path)
        #expect(outcome.code == 0, "\(outcome.error)")
        struct Line: Decodable {
            let quality: Double?
            let unscored: String?
            let isOutOfDomain: Bool?
            let statistics: [String: Float]

            enum CodingKeys: String, CodingKey {
                case quality, unscored, statistics
                case isOutOfDomain = "out_of_domain"
            }
        }
        struct Document: Decodable { let text: String }
        let texts = try folder.decodedText("clean/a.jsonl").split(separator: "\n").map {
            try JSONDecoder().decode(Document.self, from: Data($0.utf8)).text
        }
        let name = try #require(folder.files(below: "clean/.dedup/scores").first { $0.hasSuffix(".jsonl.zst") })
        let lines = try folder.decodedText("clean/.dedup/scores/" + name).split(separator: "\n")
        let scorer = try await QualityScorer(precision: .float32)
        let scores = try await scorer.scores(for: texts)
        #expect(lines.count == scores.count && scores.count > 30)
        for (line, score) in zip(lines, scores) {
            let written = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
            #expect(written.quality == score.quality)
            #expect(written.unscored == score.unscored?.rawValue)
            #expect(written.isOutOfDomain ?? false == score.isOutOfDomain)
            #expect(written.statistics == score.statistics)
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            for output in score.outputs { #expect(object?[output.name] as? Double == output.score) }
        }
        let judged = scores.filter { $0.quality != nil }
        #expect(judged.count > 10 && !scorer.outputs.isEmpty)
        #expect(judged.allSatisfy { $0.outputs.map(\.name) == scorer.outputs })
        let short = try await scorer.scores(for: ["", "1 2 3 4 5", "One two three."])
        #expect(short.map(\.unscored) == [.blank, .noLetters, .tooShort])
        #expect(short.allSatisfy { $0.quality == nil && $0.outputs.isEmpty && !$0.isOutOfDomain })
    }

    @Test func `Impossible options and missing models are errors`() async throws {
        let folder = try TemporaryFolder()
        try TinyModel().write(to: folder / "model")
        var options = TextEncoder.Options()
        options.maxTokens = 1
        let tooFew = await dedupError { [options] in
            _ = try await TextEncoder(model: folder.url("model"), options: options)
        }
        #expect(tooFew?.kind == .parameter)
        let missing = await dedupError { _ = try await TextEncoder(model: folder.url("nothing")) }
        #expect(missing?.kind == .parameter && missing?.message.contains("no such folder") == true)
        let headless = await dedupError { _ = try await QualityScorer(model: folder.url("model")) }
        #expect(headless?.message.contains("head.json") == true)
    }

    @Test func `The cosine similarity of vectors`() {
        #expect(TextEncoder.similarity([1, 0], [0, 2]) == 0)
        #expect(abs(TextEncoder.similarity([1, 2], [2, 4]) - 1) < 1e-12)
        #expect(TextEncoder.similarity([0, 0], [1, 1]) == 0)
    }

    @Test func `A cancelled task encodes nothing`() async throws {
        let folder = try TemporaryFolder()
        try TinyModel().write(to: folder / "model")
        let encoder = try await TextEncoder(model: folder.url("model"))
        let task = Task { () -> DedupError? in
            while !Task.isCancelled { await Task.yield() }
            return await dedupError { _ = try await encoder.vectors(for: ["a", "b"]) }
        }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
    }
}
