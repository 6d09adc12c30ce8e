import Basics
import DeBERTa
import Foundation
import TestSupport
import Testing

@testable import Training

/// Whole fine-tunings of a tiny model for tasks of Russian SuperGLUE.
@Suite struct TaskRunTests {
    private let folder: TemporaryFolder
    private static let data = TestModels.fixtures + "/rsg"

    init() throws {
        folder = try TemporaryFolder()
        try TinyModel().write(to: folder / "model")
    }

    private func evaluation(_ task: RussianSuperGLUE, _ out: String?, data: String = Self.data) -> TaskEvaluation {
        var evaluation = TaskEvaluation(
            data: data, task: task, model: folder / "model", out: out.map { folder / $0 }, threads: 2)
        evaluation.settings.epochs = 3
        evaluation.settings.batch = 2
        evaluation.settings.learningRate = 1e-2
        evaluation.settings.microBatchTokens = 60
        return evaluation
    }

    private func run(_ evaluation: TaskEvaluation, stopAfter steps: Int = .max) throws -> TaskResult {
        var left = steps
        return try evaluation.run(
            isStopped: {
                left -= 1
                return left < 0
            }, .init(say: { _ in }, show: { _ in }))
    }

    @Test(arguments: RussianSuperGLUE.allCases)
    func everyTaskGivesItsMetric(_ task: RussianSuperGLUE) throws {
        let result = try run(evaluation(task, "out"))
        let names = [RussianSuperGLUE.rcb: ["f1_macro", "accuracy"], .muserc: ["f1a", "exact_match"]]
        #expect(result.metrics.values.map(\.name) == names[task] ?? ["accuracy"])
        #expect(result.metrics.values.allSatisfy { (0...1).contains($0.value) })
        #expect(result.epochs.map(\.number) == [1, 2, 3] && result.epochs.last?.step == result.steps)
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(folder.bytes("out/result.json"))) as? [String: Any])
        #expect(json["task"] as? String == task.rawValue && (json["epochs"] as? [Any])?.count == 3)
        let settings = try #require(json["settings"] as? [String: Any])
        #expect(settings["epochs"] as? Int == 3 && settings["max_tokens"] as? Int == 64)
        #expect(try Array(folder.bytes("out/result.json")) == result.json)
        #expect(
            folder.files(below: "out").filter { !$0.hasPrefix(".") }
                == [
                    "\(task.rawValue).jsonl", "epochs.jsonl", "result.json",
                ].sorted())
        // A second run finds the result.
        #expect(try run(evaluation(task, "out"), stopAfter: 0).json == result.json)
        // Without a folder, the result is the same.
        #expect(try run(evaluation(task, nil)).json == result.json)
    }

    @Test func examplesAreLearned() throws {
        var evaluation = evaluation(.terra, nil)
        evaluation.settings.epochs = 60
        evaluation.settings.dropout = 0
        try folder.write(bytesOfFile(Self.data + "/TERRa/train.jsonl"), to: "same/train.jsonl")
        try folder.write(bytesOfFile(Self.data + "/TERRa/train.jsonl"), to: "same/val.jsonl")
        evaluation.data = folder / "same"
        let result = try run(evaluation)
        #expect(result.metrics.values[0].value == 1 && result.epochs[59].loss < 0.1)
        #expect(result.majority.values[0].value == 0.5 && result.counts.test == 0)
    }

    @Test func aFineTuningThatIsInterruptedEndsWithTheSameBytes() throws {
        var evaluation = evaluation(.rcb, "whole")
        evaluation.checkpointSeconds = 0
        _ = try run(evaluation)
        evaluation.out = folder / "parts"
        for steps in [1, 2, 0] {
            let message = try #require(try failure { _ = try run(evaluation, stopAfter: steps) })
            #expect(message.contains("run the same command again to resume"))
            #expect(folder.exists("parts/training-state.safetensors") && !folder.exists("parts/result.json"))
        }
        _ = try run(evaluation)
        for name in ["result.json", "epochs.jsonl", "RCB.jsonl"] {
            #expect(try folder.bytes("whole/" + name) == folder.bytes("parts/" + name), "\(name)")
        }
        // The seed changes the result.
        evaluation.out = folder / "other"
        evaluation.settings.seed = 2
        _ = try run(evaluation)
        #expect(try folder.bytes("whole/epochs.jsonl") != folder.bytes("other/epochs.jsonl"))
    }

    @Test func damagedFoldersAreRefused() throws {
        var evaluation = evaluation(.rcb, "out")
        evaluation.checkpointSeconds = 0
        _ = try failure { _ = try run(evaluation, stopAfter: 5) }
        let epochs = try folder.bytes("out/epochs.jsonl")
        try folder.write(epochs.dropLast(2) + [], to: "out/epochs.jsonl")
        #expect(try failure { _ = try run(evaluation) }?.contains("epochs.jsonl: damaged: not the 2 epochs") == true)
        try folder.write(epochs, to: "out/epochs.jsonl")
        let result = try run(evaluation)
        let text = String(decoding: result.json, as: UTF8.self)
        try folder.write(text.replacingOccurrences(of: "\"loss\"", with: "\"lost\""), to: "out/result.json")
        #expect(try failure { _ = try run(evaluation) }?.contains("result.json: damaged; remove it") == true)
        try folder.write("{}", to: "out/result.json")
        #expect(try failure { _ = try run(evaluation) }?.contains("the result of another fine-tuning") == true)
        try folder.remove("out/result.json")
        #expect(try run(evaluation).json == result.json)
    }

    @Test func anotherFineTuningIsNotContinued() throws {
        _ = try failure { _ = try run(evaluation(.rcb, "out"), stopAfter: 1) }
        var other = evaluation(.rcb, "out")
        other.settings.seed = 7
        #expect(try failure { _ = try run(other) }?.contains("belongs to another training") == true)
        _ = try run(evaluation(.rcb, "out"))
        #expect(try failure { _ = try run(other) }?.contains("the result of another fine-tuning") == true)
    }

    @Test func wrongParametersAreRefused() throws {
        func expectRefusal(_ message: String, _ change: (inout TaskEvaluation) -> Void) throws {
            var evaluation = evaluation(.terra, nil)
            change(&evaluation)
            let found = try #require(try failure { _ = try run(evaluation) })
            #expect(found.contains(message), "\(found)")
        }
        try expectRefusal("there is no such folder") { $0.data = "/nowhere" }
        try expectRefusal("there is no train.jsonl of the task TERRa") { $0.data = folder / "model" }
        try expectRefusal("epochs is a number from 1 to") { $0.settings.epochs = 0 }
        try expectRefusal("is a number from 0.0 to 1.0, not nan") { $0.settings.warmUp = .nan }
        try expectRefusal("the model has 64 positions only") { $0.settings.maxTokens = 65 }
        try expectRefusal("a model is not trained in int8") { $0.settings.precision = .int8 }
    }

    /// A model in int8 is fine-tuned from the numbers that it stands for.
    @Test func anInt8ModelIsFineTuned() throws {
        let source = try Checkpoint(folder: folder / "model")
        for (name, type) in [("small", WeightType.int8), ("wide", .f32)] {
            try folder.write(bytesOfFile(folder / "model/config.json"), to: name + "/config.json")
            try folder.write(bytesOfFile(folder / "model/tokenizer.json"), to: name + "/tokenizer.json")
            let from = name == "wide" ? try Checkpoint(folder: folder / "small") : source
            try from.writeWeights(to: folder / (name + "/model.safetensors"), as: type, encoderOnly: true)
        }
        var epochs: [[Double]] = []
        for model in ["small", "wide"] {
            var evaluation = evaluation(.terra, nil)
            evaluation.model = folder / model
            epochs.append(try run(evaluation).epochs.map(\.loss))
        }
        #expect(epochs[0] == epochs[1])
    }
}
