import Foundation
import TestSupport
import Testing

/// `dedup train distill --teacher-vectors` with a tiny model, a few texts, and vectors that no dedup wrote.
@Suite struct TrainVectorsTests {
    private let folder: TemporaryFolder
    private static let tokenizer = Checkout.folder + "/Tests/TokenizersTests/Fixtures/roberta"
    private static let texts = (0..<90).map { number in
        (0..<7 + number % 4).map { "w\(number / 2 % 9)\((number + $0) % 5)" }.joined(separator: " ")
    }
    /// Texts with the same first words have nearly the same vector.
    private static let vectors: [[Float]] = (0..<90).map { number in
        let topic = number / 2 % 9 + 1
        let own = Float(number % 2) * 0.1 + 1
        return (1...16).map { place in Float(sin(Double(topic * place))) + own }
    }

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            Self.texts.enumerated().map { "{\"text\":\"\($1)\",\"of\":\"\($0 / 2)\"}\n" }.joined(), to: "in/texts.jsonl"
        )
        try folder.write(NumPyFile.bytes(Self.vectors, half: true), to: "teacher/texts.jsonl.npy")
        try folder.write(
            """
            model: {hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 24}
            training: {max-tokens: 40, batch: 4}
            """, to: "start.yaml")
        try folder.write(
            """
            model: {num_hidden_layers: 1, hidden_dropout_prob: 0.0, attention_probs_dropout_prob: 0.0}
            training:
              {pair-weight: 0.1, max-tokens: 40, batch: 20, steps: 80, warm-up: 4, learning-rate: 1e-2, held-out: 0.1,
               evaluate-every: 40, log-every: 10}
            """, to: "vectors.yaml")
        expectSuccess(
            try dedup(
                "train", "mlm", "in", "--tokenizer", Self.tokenizer, "--config", "start.yaml", "--out", "start",
                "--steps", "1", "--quiet", in: folder.path))
    }

    private let command = ["train", "distill", "in", "--config", "vectors.yaml", "--out", "model"]
    private let taught = ["--teacher-vectors", "teacher", "--model", "start"]

    @Test func theVectorsGetNearTheTeachers() throws {
        let outcome = try dedup(command + taught + ["--pair-field", "of"], in: folder.path)
        expectSuccess(outcome)
        #expect(outcome.error.contains("step 80 of 80: loss of vectors"), "\(outcome.error)")
        let losses = try folder.bytes("model/training.jsonl").split(separator: 0x0A).compactMap { line in
            (try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])?["vector_loss"] as? Double
        }
        #expect(losses.count == 8 && losses.last! < losses[0] / 2, "\(losses)")
        let near = try ["start", "model"].map { model in
            expectSuccess(
                try dedup("embed", "in", "--model", model, "--out", "of-\(model)", "--quiet", in: folder.path))
            let vectors = try folder.vectors("texts.jsonl", "of-\(model)")
            return Self.meanCosine((0..<90).map { vectors.row($0) })
        }
        #expect(near[1] > 0.9 && near[1] > near[0] + 0.3, "\(near)")
    }

    /// The mean cosine of vectors to the teacher's, centred ones.
    private static func meanCosine(_ student: [[Float]]) -> Float {
        let mean = (0..<16).map { place in vectors.reduce(0) { $0 + $1[place] } / Float(vectors.count) }
        func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let cosines = zip(student, vectors).map { student, teacher in
            let centred = zip(teacher, mean).map { $0 - $1 }
            return dot(student, centred) / (dot(student, student) * dot(centred, centred)).squareRoot()
        }
        return cosines.reduce(0, +) / Float(cosines.count)
    }

    @Test func wrongUsesAreRefused() throws {
        func expectRefused(_ arguments: [String], _ message: String) throws {
            expectFailure(try dedup(command + arguments, in: folder.path), 2, naming: message)
        }
        try expectRefused([], "give either --teacher or --teacher-vectors")
        try expectRefused(taught + ["--teacher", "start"], "give either --teacher or --teacher-vectors")
        try expectRefused(["--teacher-vectors", "teacher"], "--teacher-vectors needs --model")
        try expectRefused(["--teacher", "start", "--model", "start"], "--model belongs to --teacher-vectors")
        try expectRefused(["--teacher", "start", "--pair-field", "of"], "--pair-field belongs to --teacher-vectors")
        try expectRefused(taught, "pair-weight is 0.1, but there are no pairs without --pair-field")
        try folder.write(NumPyFile.bytes([[1, 2, 3]]), to: "teacher/texts.jsonl.npy")
        expectFailure(
            try dedup(command + taught + ["--pair-field", "of"], in: folder.path), 1,
            naming: "the shard texts.jsonl have 3 dimensions, and the model's hidden size is 16")
    }
}
