import Basics
import DeBERTa
import Foundation
import TestSupport
import Testing

@testable import Training

/// Whole trainings of a tiny model on a few texts.
@Suite struct TrainingRunTests {
    /// A folder with texts and settings.
    private final class Place {
        private let temporary: TemporaryFolder
        var folder: String { temporary.path }

        init() throws {
            temporary = try TemporaryFolder()
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
            try write(
                "distill.yaml",
                """
                model:
                  num_hidden_layers: 1
                training:
                  teacher-share: 0.9
                  max-tokens: 24
                  batch: 12
                  steps: 30
                  warm-up: 2
                  learning-rate: 1e-2
                  masked: 0.2
                  held-out: 0.1
                  evaluate-every: 10
                  micro-batch-tokens: 60
                """)
            try write(
                "contrastive.yaml",
                """
                training:
                  least-tokens: 4
                  max-tokens: 12
                  batch: 8
                  steps: 20
                  warm-up: 2
                  learning-rate: 1e-2
                  masked: 0.2
                  held-out: 0.1
                  evaluate-every: 10
                  micro-batch-tokens: 40
                """)
        }

        func write(_ name: String, _ text: String) throws {
            try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
        }

        func training(
            _ out: String, threads: Int, from origin: EncoderTraining.Origin = .random(tokenizer: TestModels.tokenizer),
            settings: String = "small.yaml"
        ) -> EncoderTraining {
            EncoderTraining(
                inputs: [folder + "/texts.jsonl"], origin: origin, settings: folder + "/" + settings,
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
        // The training is stopped after a step or two each time.
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
        // This package's encoder can load the model.
        let checkpoint = try Checkpoint(folder: place.folder + "/parts")
        #expect(checkpoint.configuration.hiddenSize == 16)
        _ = try checkpoint.checksum()
        _ = try Encoder(checkpoint, precision: .f32)
    }

    @Test func aStudentAndItsVectorsAreTrained() throws {
        let place = try Place()
        func train(_ out: String, _ origin: EncoderTraining.Origin, _ settings: String, calls: [Int] = []) throws {
            let training = place.training(out, threads: 2, from: origin, settings: settings)
            for calls in calls {
                var left = calls
                #expect(throws: Failure.self) {
                    try training.run(
                        isStopped: {
                            left -= 1
                            return left < 0
                        }, say: { _ in })
                }
            }
            try training.run(isStopped: { false }, say: { _ in })
        }
        try train("teacher", .random(tokenizer: TestModels.tokenizer), "small.yaml")
        try train("student", .teacher(place.folder + "/teacher"), "distill.yaml")
        try train("again", .teacher(place.folder + "/teacher"), "distill.yaml", calls: [3, 11])
        #expect(try place.bytes("student/model.safetensors") == place.bytes("again/model.safetensors"))
        let teacher = try place.losses("teacher", "held_out_loss").last!
        #expect(try place.losses("student", "teacher_held_out_loss") == [teacher])
        let student = try place.losses("student", "held_out_loss")
        #expect(student.count == 4 && student.last! < student[0])
        let taught = try place.losses("student", "held_out_teacher_loss")
        // A student that learns only from the labels differs more from the teacher.
        let settings = try String(decoding: place.bytes("distill.yaml"), as: UTF8.self)
        try place.write("alone.yaml", settings.replacingOccurrences(of: "teacher-share: 0.9", with: "teacher-share: 0"))
        try train("alone", .teacher(place.folder + "/teacher"), "alone.yaml")
        let alone = try place.losses("alone", "held_out_teacher_loss")
        #expect(taught.count == 4 && alone.count == 4 && taught[0] == alone[0] && taught.last! < alone.last!)
        #expect(try Checkpoint(folder: place.folder + "/student").configuration.layers == 1)

        try train("vectors", .model(place.folder + "/student"), "contrastive.yaml")
        try train("vectors2", .model(place.folder + "/student"), "contrastive.yaml", calls: [7])
        #expect(try place.bytes("vectors/model.safetensors") == place.bytes("vectors2/model.safetensors"))
        let pairs = try place.losses("vectors", "held_out_contrastive_loss")
        #expect(pairs.count == 3 && pairs.last! < pairs[0])
        #expect(try place.losses("vectors", "held_out_loss").count == 3)
        _ = try Encoder(Checkpoint(folder: place.folder + "/vectors"), precision: .f32)
    }

    @Test func aStudentBeginsWithEverySecondLayer() throws {
        var shape = TestModels.tiny
        shape.layers = 4
        let teacher = try MaskedLM(shape, precision: .f32, dropout: .none)
        teacher.parameters.initialize(seed: 5, deviation: 0.3)
        shape.layers = 2
        let student = try MaskedLM(shape, precision: .f32, dropout: .none)
        student.parameters.initialize(from: teacher.parameters, layers: 4)
        for entry in student.parameters.layout.entries {
            let name = entry.name.replacingOccurrences(of: ".layer.1.", with: ".layer.2.")
            let source = teacher.parameters.weights + teacher.parameters.layout.offset(name)
            #expect((0..<entry.count).allSatisfy { source[$0] == student.parameters.weights[entry.offset + $0] })
        }
    }

    @Test(arguments: [
        ("distill.yaml", "model:\n  num_hidden_layers: 2", "divisor of the teacher's 2"),
        ("distill.yaml", "model:\n  num_hidden_layers: 1\n  hidden_size: 24", "another shape"),
        ("distill.yaml", "training:\n  temperature: 0.1", "'temperature' is not a setting"),
        ("contrastive.yaml", "model:\n  num_hidden_layers: 1", "another shape"),
        ("contrastive.yaml", "training:\n  max-tokens: 20\n  least-tokens: 40", "too small for pieces"),
        ("contrastive.yaml", "training:\n  teacher-share: 0.1", "'teacher-share' is not a setting"),
        ("contrastive.yaml", "training:\n  batch: 20000", "a number from 1 to 16384"),
    ])
    func badSettingsOfStudentsAreRefused(_ name: String, _ text: String, _ message: String) throws {
        let place = try Place()
        var teacher = place.training("teacher", threads: 1)
        teacher.steps = 1
        try teacher.run(isStopped: { false }, say: { _ in })
        try place.write(name, text)
        let origin = place.folder + "/teacher"
        var training = place.training(
            "out", threads: 1, from: name == "distill.yaml" ? .teacher(origin) : .model(origin), settings: name)
        training.steps = 1
        let failure = #expect(throws: Failure.self) { try training.run(isStopped: { false }, say: { _ in }) }
        #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
    }

    @Test func twoTrainingsDoNotWriteToOneFolder() throws {
        let place = try Place()
        var failure: Failure?
        try place.training("out", threads: 1).run(
            isStopped: {
                if failure == nil {
                    failure = #expect(throws: Failure.self) {
                        try place.training("out", threads: 1).run(isStopped: { false }, say: { _ in })
                    }
                }
                return false
            }, say: { _ in })
        #expect(failure?.message.contains("another run is writing to") == true)
    }

    @Test func anotherTrainingIsNotContinued() throws {
        let place = try Place()
        var short = place.training("out", threads: 1)
        short.steps = 2
        try short.run(isStopped: { false }, say: { _ in })
        let files = ["config.json", "model.safetensors", "training-state.safetensors", "training.jsonl"]
        let before = try files.map { try place.bytes("out/" + $0) }
        let settings = try String(decoding: place.bytes("small.yaml"), as: UTF8.self)
        try place.write(
            "small.yaml", settings.replacingOccurrences(of: "num_hidden_layers: 2", with: "num_hidden_layers: 1"))
        let failure = #expect(throws: Failure.self) {
            try place.training("out", threads: 1).run(isStopped: { false }, say: { _ in })
        }
        #expect(failure?.message.contains("another training") == true)
        #expect(try files.map { try place.bytes("out/" + $0) } == before)
        // Without the training state, the folder counts as a finished model, which must not be overwritten.
        try FileManager.default.removeItem(atPath: place.folder + "/out/training-state.safetensors")
        let second = #expect(throws: Failure.self) {
            try place.training("out", threads: 1).run(isStopped: { false }, say: { _ in })
        }
        #expect(second?.message.contains("contains a finished model") == true)
        #expect(try files.prefix(2).map { try place.bytes("out/" + $0) } == Array(before.prefix(2)))
    }

    @Test func damagedStatesAreRefused() throws {
        let place = try Place()
        var training = place.training("teacher", threads: 1)
        training.steps = 1
        try training.run(isStopped: { false }, say: { _ in })
        func damage(_ name: String, _ tensor: String, _ bytes: [UInt8]) throws {
            var data = try place.bytes("teacher/" + name)
            let header = try JSONSerialization.jsonObject(with: data[8..<8 + Int(data[0]) + Int(data[1]) << 8])
            let entry = try #require((header as? [String: Any])?[tensor] as? [String: Any])
            let offset = try #require((entry["data_offsets"] as? [Int])?.first)
            let start = 8 + Int(data[0]) + Int(data[1]) << 8 + offset
            data.replaceSubrange(start..<start + bytes.count, with: bytes)
            try data.write(to: URL(fileURLWithPath: place.folder + "/teacher/" + name))
        }
        try damage("training-state.safetensors", "step", Array(repeating: 0xFF, count: 8))
        let state = #expect(throws: Failure.self) { try training.run(isStopped: { false }, say: { _ in }) }
        #expect(state?.message.contains("it has no step") == true, "\(state?.message ?? "")")
        // The bytes of a NaN.
        try damage("model.safetensors", "deberta.embeddings.LayerNorm.bias", [0, 0, 0xC0, 0x7F])
        let student = place.training(
            "student", threads: 1, from: .teacher(place.folder + "/teacher"), settings: "distill.yaml")
        let weights = #expect(throws: Failure.self) { try student.run(isStopped: { false }, say: { _ in }) }
        #expect(weights?.message.contains("LayerNorm.bias\" holds nan at 0") == true, "\(weights?.message ?? "")")
        #expect(!FileManager.default.fileExists(atPath: place.folder + "/student"))
    }

    @Test(arguments: [
        ("model:\n  relative_attention: true", "relative_attention"),
        ("model:\n  hidden_size: 10", "num_attention_heads"),
        ("training:\n  max-tokens: 600", "max_position_embeddings"),
        ("training:\n  batches: 3", "'batches' is not a setting of 'training'"),
        ("training:\n  batch: many", "line 2: 'batch' has to be a number"),
        ("training:\n  precision: int8", "f32 or bf16"),
        ("model:\n  position_initializer: cosine", "normal or sinusoidal"),
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

    @Test(arguments: [
        ("train-distill-small.yaml", EncoderTraining.Origin.teacher("")),
        ("train-contrastive-small.yaml", EncoderTraining.Origin.model("")),
    ])
    func theFilesForStudentsAreRead(_ name: String, _ origin: EncoderTraining.Origin) throws {
        let folder = TestModels.fixtures + "/../../../Pipelines/"
        let teacher = try TrainingSettings(file: folder + "train-mlm-small.yaml", vocabulary: 8000, steps: nil).model
        let settings = try TrainingSettings(
            file: folder + name, objective: origin.objective, vocabulary: 8000, origin: teacher, steps: nil)
        #expect(settings.model.hiddenSize == 256)
        let vectors = Objective.Contrastive(neighbours: 16, maskedWeight: 0)
        #expect(settings.objective == (settings.model.layers == 3 ? origin.objective : .contrastive(vectors)))
    }
}

@Suite struct CropsTests {
    @Test func piecesLieApartInsideTheDocument() {
        let crops = Crops(lengths: 4...20)
        var first = 0
        var lengths: Set<Int> = []
        for number in 0..<2000 {
            let tokens = 8 + number % 90
            #expect(crops.fit(tokens))
            let (a, b) = crops.pair(tokens: tokens, key: UInt64(number))
            #expect(!a.overlaps(b))
            for piece in [a, b] {
                #expect(piece.lowerBound >= 0 && piece.upperBound <= tokens)
                #expect((4...20).contains(piece.count))
                lengths.insert(piece.count)
            }
            if a.lowerBound < b.lowerBound { first += 1 }
        }
        #expect(lengths == Set(4...20))
        #expect((900...1100).contains(first))
        #expect(!crops.fit(7))
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
        var runs = WindowOrder(count: 50, seed: 3, run: 8)
        let epoch = (0..<50).map { runs.window(at: $0) }
        #expect(Set(epoch).count == 50)
        #expect(zip(epoch, epoch.dropFirst()).count { $1 != $0 + 1 } <= 6)
        #expect(epoch != Array(0..<50))
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
