import Basics
import Foundation
import Testing
import Tokenizers

@testable import DeBERTa

/// Where the model that ships stands, and what is expected of it.
enum BundledModel {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    static let fixture = tests.appendingPathComponent("Fixtures/bundled").path
    static let folder = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/CommandLine/Model").path
}

/// The model that ships, on sentences written for this test, held against what Hugging Face makes of them
/// (`Fixtures/bundled/make.py`).
@Suite("Bundled model")
struct BundledModelTests {
    private let expected: TestTensors
    private let sentences: [String]

    init() throws {
        expected = try TestTensors(BundledModel.fixture + "/expected.safetensors")
        sentences = try JSONDecoder().decode(
            [String].self, from: Data(contentsOf: URL(fileURLWithPath: BundledModel.fixture + "/sentences.json")))
        try #require(sentences.count == 20)
    }

    /// What the model reads of a sentence.
    private func ids(_ sentence: String, _ tokenizer: Tokenizer, limit: Int) throws -> [Int32] {
        let worker = Tokenizer.Worker(tokenizer)
        return try Array(sentence.utf8).withUnsafeBufferPointer {
            try worker.encoding(of: $0, limit: limit, addsSpecial: true).ids
        }
    }

    @Test("reads the tokens that Hugging Face's tokenizers does")
    func tokens() throws {
        let tokenizer = try Tokenizer(folder: BundledModel.folder)
        let positions = try Checkpoint(folder: BundledModel.folder).configuration.maxPositions
        for (number, sentence) in sentences.enumerated() {
            #expect(
                try ids(sentence, tokenizer, limit: positions) == expected.ids("\(number).ids"),
                "\(sentence.debugDescription)")
        }
    }

    @Test("computes what Hugging Face's DebertaModel does", arguments: EncoderTests.levels)
    func vectors(_ level: Kernels.Level) throws {
        let encoder = try Encoder(Checkpoint(folder: BundledModel.folder), precision: .f32, level: level)
        let ids = try sentences.indices.map { try expected.ids("\($0).ids") }
        for (pooling, name) in [(Pooling.cls, "first"), (.mean, "mean")] {
            for (number, vector) in try encoder.vectors(ids, pooling).enumerated() {
                #expect(
                    try distance(vector, expected.floats("\(number).\(name)")) <= 2e-5,
                    "\(name) of \(sentences[number].debugDescription)")
            }
        }
    }
}
