import Basics
import DeBERTa
import Foundation
import Testing

@testable import Training

/// Whole trainings of a tiny model on a few texts.
@Suite struct TrainingRunTests {
    /// A folder with texts, and settings.
    private final class Place {
        let folder = NSTemporaryDirectory() + "dedup-tests-" + UUID().uuidString

        init() throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            var lines = ""
            for number in 0..<60 {
                let words = (0..<(number % 7 + 3) * 6).map { "w\((number + $0) % 9)" }.joined(separator: " ")
                lines += "{\"text\":\"\(words)\"}\n"
            }
            try write("texts.jsonl", lines)
            try write(
                "small.yaml",
                """
                model:
                  hidden_size: 16
                  num_hidden_layers: 2
                  num_attention_heads: 2
                  intermediate_size: 24
                  max_position_embeddings: 32
                training:
                  max-tokens: 24
                  batch: 12
                  steps: 30
                  warm-up: 5
                  learning-rate: 1e-2
                  masked: 0.2
                  held-out: 0.1
                  evaluate-every: 10
                  log-every: 5
                  micro-batch-tokens: 60
                """)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func write(_ name: String, _ text: String) throws {
            try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
        }

        func training(_ out: String, threads: Int, settings: String = "small.yaml") -> MLMTraining {
            MLMTraining(
                inputs: [folder + "/texts.jsonl"], tokenizer: TestModels.tokenizer, settings: folder + "/" + settings,
                out: folder + "/" + out, threads: threads)
        }

        func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder + "/" + path)) }

        func losses(_ out: String, _ key: String) throws -> [Double] {
            try String(decoding: bytes(out + "/training.jsonl"), as: UTF8.self).split(separator: "\n").compactMap {
                let line = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
                return line?[key] as? Double
            }
        }
    }

    @Test(arguments: [1, 2])
    func aTrainingThatIsInterruptedEndsWithTheSameBytes(threads: Int) throws {
        let place = try Place()
        try place.training("whole", threads: threads).run(isStopped: { false }, say: { _ in })
        let losses = try place.losses("whole", "held_out_loss")
        #expect(losses.count == 4)
        #expect(losses.last! < losses[0] - 0.5)
        // After a step or two each time.
        for calls in [3, 2, 9] {
            var left = calls
            #expect(throws: Failure.self) {
                try place.training("parts", threads: threads).run(
                    isStopped: {
                        left -= 1
                        return left < 0
                    }, say: { _ in })
            }
        }
        try place.training("parts", threads: threads).run(isStopped: { false }, say: { _ in })
        for name in ["model.safetensors", "training-state.safetensors", "config.json"] {
            #expect(try place.bytes("whole/" + name) == place.bytes("parts/" + name), "\(name)")
        }
        #expect(try place.losses("parts", "held_out_loss") == losses)
        let svg = try String(decoding: place.bytes("parts/loss.svg"), as: UTF8.self)
        #expect(svg.hasPrefix("<svg") && svg.contains("polyline"))
        // The encoder of this package takes it.
        let checkpoint = try Checkpoint(folder: place.folder + "/parts")
        #expect(checkpoint.configuration.hiddenSize == 16)
        _ = try checkpoint.checksum()
        _ = try Encoder(checkpoint, precision: .f32)
    }

    @Test func anotherTrainingIsNotGoneOnWith() throws {
        let place = try Place()
        var short = place.training("out", threads: 1)
        short.steps = 2
        try short.run(isStopped: { false }, say: { _ in })
        let failure = #expect(throws: Failure.self) {
            try place.training("out", threads: 1).run(isStopped: { false }, say: { _ in })
        }
        #expect(failure?.message.contains("another training") == true)
    }

    @Test(arguments: [
        ("model:\n  relative_attention: true", "relative_attention"),
        ("model:\n  hidden_size: 10", "num_attention_heads"),
        ("training:\n  max-tokens: 600", "max_position_embeddings"),
        ("training:\n  batches: 3", "'training' has no setting 'batches'"),
        ("training:\n  batch: many", "line 2: 'batch' is a number"),
        ("training:\n  precision: int8", "f32 or bf16"),
        ("trainings:\n  batch: 1", "unknown key 'trainings'"),
        ("- a", "'model' and 'training'"),
        ("model: [", "not YAML"),
    ])
    func badSettingsAreRefused(_ text: String, _ message: String) throws {
        let place = try Place()
        try place.write("bad.yaml", text)
        let failure = #expect(throws: Failure.self) {
            try TrainingSettings(file: place.folder + "/bad.yaml", vocabulary: 100, steps: nil)
        }
        #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("\n") == false)
    }

    @Test(arguments: ["train-mlm.yaml", "train-mlm-small.yaml"])
    func theFilesOfTheProjectAreRead(_ name: String) throws {
        let settings = try TrainingSettings(
            file: TestModels.fixtures + "/../../../Pipelines/" + name, vocabulary: 8000, steps: nil)
        #expect(settings.optimizer == AdamW())
        #expect(settings.model.layers == 6)
    }
}

@Suite struct MaskingTests {
    @Test func sharesAreThoseAskedFor() {
        let masking = Masking(share: 0.15, mask: 4, idLimit: 1000, before: 1, after: 1)
        var masked = 0
        var masks = 0
        var kept = 0
        var places = 0
        for number in 0..<400 {
            let original = (0..<100).map { Int32(500 + $0) }
            var ids = original
            let told = masking.apply(to: &ids, key: UInt64(number))
            for (place, label) in told {
                #expect(label == original[place])
                if ids[place] == 4 { masks += 1 }
                if ids[place] == label { kept += 1 }
            }
            let toldPlaces = Set(told.map(\.place))
            #expect(ids.indices.allSatisfy { toldPlaces.contains($0) || ids[$0] == original[$0] })
            #expect(!toldPlaces.contains(0) && !toldPlaces.contains(99))
            masked += told.count
            places += 98
        }
        #expect(abs(Double(masked) / Double(places) - 0.15) < 0.01)
        #expect(abs(Double(masks) / Double(masked) - 0.8) < 0.02)
        #expect(abs(Double(kept) / Double(masked) - 0.1) < 0.02)
    }

    @Test func everyEpochReadsAllWindowsInAnotherOrder() {
        var order = WindowOrder(count: 50, seed: 3)
        let epochs = (0..<2).map { epoch in (0..<50).map { order.window(at: epoch * 50 + $0) } }
        #expect(epochs.allSatisfy { Set($0).count == 50 })
        #expect(epochs[0] != epochs[1])
        var again = WindowOrder(count: 50, seed: 3)
        #expect(again.window(at: 77) == epochs[1][27])
    }

    @Test func theRateRisesAndFalls() {
        let rate = LearningRate(peak: 2, warmUp: 4, steps: 14)
        #expect((0..<4).map(rate.rate) == [0.5, 1, 1.5, 2])
        #expect(rate.rate(at: 4) == 2)
        #expect(abs(rate.rate(at: 9) - 1) < 1e-6)
        #expect(rate.rate(at: 13) > 0)
        #expect(rate.rate(at: 14) < 1e-6)
    }
}
