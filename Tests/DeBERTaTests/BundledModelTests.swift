import Basics
import Foundation
import Testing
import Tokenizers

@testable import DeBERTa

/// The bundled model, and its expected vectors.
enum BundledModel {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    static let fixture = tests.appendingPathComponent("Fixtures/bundled").path
    static let folder = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/CommandLine/Model").path
}

/// Compares the bundled model with Hugging Face on sentences that were written for this test
/// (`Fixtures/bundled/make.py`).
@Suite struct BundledModelTests {
    private let expected: TestTensors
    private let sentences: [String]

    init() throws {
        expected = try TestTensors(BundledModel.fixture + "/expected.safetensors")
        sentences = try JSONDecoder().decode(
            [String].self, from: Data(contentsOf: URL(fileURLWithPath: BundledModel.fixture + "/sentences.json")))
        try #require(sentences.count == 20)
    }

    /// The ids of a sentence, with special tokens.
    private func ids(_ sentence: String, _ tokenizer: Tokenizer, limit: Int) throws -> [Int32] {
        let worker = Tokenizer.Worker(tokenizer)
        return try Array(sentence.utf8).withUnsafeBufferPointer {
            try worker.encoding(of: $0, limit: limit, addsSpecial: true).ids
        }
    }

    @Test func tokensAreThoseOfHuggingFace() throws {
        let tokenizer = try Tokenizer(folder: BundledModel.folder)
        let positions = try Checkpoint(folder: BundledModel.folder).configuration.maxPositions
        for (number, sentence) in sentences.enumerated() {
            #expect(
                try ids(sentence, tokenizer, limit: positions) == expected.ids("\(number).ids"),
                "\(sentence.debugDescription)")
        }
    }

    @Test(arguments: EncoderTests.levels)
    func vectorsAreThoseOfHuggingFace(_ level: Kernels.Level) throws {
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
