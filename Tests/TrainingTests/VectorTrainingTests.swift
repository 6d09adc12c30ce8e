import Basics
import DeBERTa
import Foundation
import TestSupport
import Testing
import Tokenizers

@testable import Training

/// Trainings of a tiny model from a teacher's vectors.
@Suite struct VectorTrainingTests {
    private let folder: TemporaryFolder

    /// The documents: two pieces of each of 40 texts, and 20 texts of one piece. Texts of the same topic have words and
    /// vectors in common.
    private static let documents: [(text: String, piece: Int?)] = (0..<60).flatMap { number in
        (0..<(number < 40 ? 2 : 1)).map { piece in
            let words = (0..<6 + number % 5).map { "w\(number % 10)\((number + piece + $0) % 7)" }
            return (words.joined(separator: " "), number < 40 ? number : nil)
        }
    }

    private static let vectors: [[Float]] = documents.enumerated().map { number, document in
        let topic = Int(document.text.dropFirst(1).prefix(1))!
        var topics = RandomNumbers(key: UInt64(topic))
        var own = RandomNumbers(key: UInt64(1000 + number))
        return (0..<16).map { _ in topics.nextNormal() + 0.2 * own.nextNormal() + 2 }
    }

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(Self.lines(Self.documents[..<70]), to: "in/a.jsonl")
        try folder.write(Self.lines(Self.documents[70...]), to: "in/b/c.jsonl")
        try folder.write(NumPyFile.bytes(Array(Self.vectors[..<70])), to: "vectors/a.jsonl.npy")
        try folder.write(NumPyFile.bytes(Array(Self.vectors[70...]), half: true), to: "vectors/b/c.jsonl.npy")
        try folder.write(
            """
            model: {hidden_size: 16, num_hidden_layers: 4, num_attention_heads: 2, intermediate_size: 24,
                    max_position_embeddings: 48}
            training: {max-tokens: 24, batch: 4, steps: 1}
            """, to: "start.yaml")
        try folder.write(settings, to: "vectors.yaml")
        var start = EncoderTraining(
            inputs: [folder / "in"], origin: .random(tokenizer: TestModels.tokenizer), settings: folder / "start.yaml",
            out: folder / "start", threads: 1)
        start.steps = 1
        try start.run(isStopped: { false }, say: { _ in })
    }

    private let settings = """
        model: {num_hidden_layers: 2, hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.0}
        training:
          cosine-weight: 1
          similarity-weight: 0.5
          contrast-weight: 0.5
          pair-weight: 0.2
          max-tokens: 32
          batch: 16
          steps: 60
          warm-up: 4
          learning-rate: 1e-2
          words-rate: 2
          held-out: 0.15
          evaluate-every: 20
          log-every: 5
          micro-batch-tokens: 100

        """

    private static func lines(_ documents: some Sequence<(text: String, piece: Int?)>) -> String {
        documents.map { "{\"text\":\"\($0.text)\"\($0.piece.map { ",\"of\":\($0)" } ?? "")}\n" }.joined()
    }

    private func training(_ out: String, threads: Int = 2, pairField: String? = "of") -> EncoderTraining {
        var training = EncoderTraining(
            inputs: [folder / "in"], origin: .taught(model: folder / "start", vectors: folder / "vectors"),
            settings: folder / "vectors.yaml", out: folder / out, threads: threads)
        training.pairField = pairField
        return training
    }

    private func log(_ out: String, _ key: String) throws -> [Double] {
        try String(decoding: folder.bytes(out + "/training.jsonl"), as: UTF8.self).split(separator: "\n").compactMap {
            (try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?[key] as? Double
        }
    }

    @Test(arguments: [false, true])
    func theStudentGetsNearAndResumesWithTheSameBytes(isMasked: Bool) throws {
        if isMasked { try folder.write(settings + "  masked-weight: 0.1\n", to: "vectors.yaml") }
        var lines: [String] = []
        try training("whole").run(isStopped: { false }, say: { lines.append($0) })
        #expect(lines[0].hasPrefix("100 documents, ") && lines[0].contains(" pairs, "), "\(lines[0])")
        for calls in [3, 11] {
            var left = calls
            #expect(throws: Failure.self) {
                try training("parts").run(
                    isStopped: {
                        left -= 1
                        return left < 0
                    }, say: { _ in })
            }
        }
        // Activations that are kept change nothing. The room is enough for some of them.
        try folder.write(
            String(decoding: folder.bytes("vectors.yaml"), as: UTF8.self) + "  kept-tokens: 240\n", to: "vectors.yaml")
        try training("parts").run(isStopped: { false }, say: { _ in })
        for name in ["model.safetensors", "training-state.safetensors", "config.json"] {
            #expect(try folder.bytes("whole/" + name) == folder.bytes("parts/" + name), "\(name)")
        }
        let losses = try log("whole", "held_out_vector_loss")
        let cosines = try log("whole", "held_out_cosine")
        #expect(losses.count == 4 && losses[3] < losses[0] - 0.5, "\(losses)")
        #expect(cosines.count == 4 && cosines[3] > 0.6 && cosines[0] < 0.3, "\(cosines)")
        for name in ["contrast_accuracy", "pair_accuracy", "similarity_loss"] {
            #expect(try log("whole", "held_out_" + name).count == 4)
        }
        #expect(try log("whole", "held_out_loss").count == (isMasked ? 4 : 0))
        #expect(try String(decoding: folder.bytes("whole/loss.svg"), as: UTF8.self).contains("loss of vectors"))
        let checkpoint = try Checkpoint(folder: folder / "whole")
        #expect(checkpoint.configuration.layers == 2)
        _ = try Encoder(checkpoint, precision: .f32)
    }

    @Test func aModelWithoutItsHeadCanBegin() throws {
        let start = folder / "start/model.safetensors"
        try training("with").run(isStopped: { false }, say: { _ in })
        let file = try TensorFile(start)
        let shape = try Checkpoint(folder: folder / "start").configuration
        let tensors = try ParameterLayout(shape).entries.filter { !$0.name.hasPrefix("cls.") }.map { entry in
            WrittenTensor(
                name: entry.name, type: "F32", shape: entry.shape, bytes: try #require(file.bytes(entry.name)))
        }
        try writeSafetensors(tensors, to: folder / "headless.safetensors")
        try FileManager.default.removeItem(atPath: start)
        try FileManager.default.moveItem(atPath: folder / "headless.safetensors", toPath: start)
        try training("without").run(isStopped: { false }, say: { _ in })
        #expect(try log("with", "held_out_cosine") == log("without", "held_out_cosine"))
        try folder.write(settings + "  masked-weight: 0.1\n", to: "vectors.yaml")
        let failure = #expect(throws: Failure.self) {
            try training("masked").run(isStopped: { false }, say: { _ in })
        }
        #expect(failure?.message.contains("no masked-LM head") == true, "\(failure?.message ?? "")")
    }

    @Test func pairsAreHeldOutTogether() throws {
        let tokenizer = try Tokenizer(folder: TestModels.tokenizer)
        let text = try TrainingText(
            TrainingText.shards(of: [folder / "in"]), tokenizer: tokenizer, textField: "text",
            pairField: "of", cut: .beginning(maxTokens: 10), heldOutShare: 0.3)
        #expect(text.documents == 100 && text.shards.map(\.documents) == [70, 30])
        #expect(text.training.pairs.count + text.heldOut.pairs.count == 40)
        #expect(text.heldOut.pairs.count > 3)
        for part in [text.training, text.heldOut] {
            #expect(part.ranges.allSatisfy { $0.count <= 10 })
            for pair in part.pairs {
                let numbers = (0..<2).map { Int(part.documents[Int(pair) + $0]) }
                #expect(numbers[1] == numbers[0] + 1)
                #expect(Self.documents[numbers[0]].piece == Self.documents[numbers[1]].piece)
            }
        }
    }

    @Test func otherVectorsAreNotContinued() throws {
        var short = training("out")
        short.steps = 1
        try short.run(isStopped: { false }, say: { _ in })
        var vectors = Self.vectors
        vectors[3][2] += 1
        try folder.write(NumPyFile.bytes(Array(vectors[..<70])), to: "vectors/a.jsonl.npy")
        let failure = #expect(throws: Failure.self) { try short.run(isStopped: { false }, say: { _ in }) }
        #expect(failure?.message.contains("another training") == true, "\(failure?.message ?? "")")
    }

    @Test(arguments: [
        ([[1, 2], [3, 4]], "the vectors of the shard a.jsonl have 2 dimensions, and the model's hidden size is 16"),
        ([vectors[0]], "1 vectors, but the shard a.jsonl has 70 documents"),
        (vectors[..<69] + [Array(repeating: Float.nan, count: 16)], "row 69 has a number that is NaN"),
        (nil, "no vectors of the shard a.jsonl"),
    ])
    func vectorsThatDoNotFitAreRefused(_ vectors: [[Float]]?, _ message: String) throws {
        if let vectors {
            try folder.write(NumPyFile.bytes(vectors), to: "vectors/a.jsonl.npy")
        } else {
            try FileManager.default.removeItem(atPath: folder / "vectors/a.jsonl.npy")
        }
        let failure = #expect(throws: Failure.self) { try training("out").run(isStopped: { false }, say: { _ in }) }
        #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
        #expect(!FileManager.default.fileExists(atPath: folder / "out"))
    }

    @Test(arguments: [
        ("model: {num_hidden_layers: 3}", "give a divisor of the 4 of the model to begin with"),
        ("model: {hidden_size: 24}", "another shape"),
        ("training: {batch: 15}", "give an even number"),
        ("training: {teacher-share: 0.1}", "'teacher-share' is not a setting"),
        ("training: {centre: maybe}", "centre is true or false"),
        ("training: {temperature: 0}", "'temperature' has to be a number"),
    ])
    func badSettingsAreRefused(_ text: String, _ message: String) throws {
        try folder.write(text, to: "vectors.yaml")
        let failure = #expect(throws: Failure.self) { try training("out").run(isStopped: { false }, say: { _ in }) }
        #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
    }

    @Test func pairsThatDoNotExistAreMissed() throws {
        for (field, message) in [(nil, "there are no pairs without"), ("other", "the inputs hold no pairs")] {
            let failure = #expect(throws: Failure.self) {
                try training("out", pairField: field).run(isStopped: { false }, say: { _ in })
            }
            #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
        }
    }

    @Test func theFileOfTheProjectIsRead() throws {
        var shape = TestModels.tiny
        shape.layers = 12
        shape.maxPositions = 512
        let origin = EncoderTraining.Origin.taught(model: "", vectors: "")
        let settings = try TrainingSettings(
            file: TestModels.fixtures + "/../../../Pipelines/train-vectors-small.yaml", objective: origin.objective,
            vocabulary: 37, origin: shape, steps: nil)
        #expect(settings.model.layers == 6 && settings.optimizer == AdamW())
        #expect(settings.objective == .vectors(.init(loss: VectorLoss(pairWeight: 0.2))))
    }
}
