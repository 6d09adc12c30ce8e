import Foundation
import TestSupport
import Testing

/// `dedup evaluate rsg` with a tiny model and made-up examples.
@Suite struct EvaluateTests {
    let folder: TemporaryFolder
    private static let data = Checkout.folder + "/Tests/TrainingTests/Fixtures/rsg"

    init() throws {
        folder = try TemporaryFolder()
        try TinyModel().write(to: folder / "model")
    }

    private func evaluate(_ task: String, _ arguments: String...) throws -> Outcome {
        try dedup(
            ["evaluate", "rsg", Self.data, "--task", task, "--model", "model", "--epochs", "2"] + arguments,
            in: folder.path)
    }

    @Test func theMetricIsReported() throws {
        let outcome = try evaluate("TERRa", "--json", "--seed", "3", "--threads", "1")
        expectSuccess(outcome)
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any])
        #expect(json["benchmark"] as? String == "Russian SuperGLUE" && json["task"] as? String == "TERRa")
        #expect((json["metrics"] as? [String: Double])?.keys.sorted() == ["accuracy"])
        let settings = try #require(json["settings"] as? [String: Any])
        #expect(settings["seed"] as? Int == 3 && settings["threads"] as? Int == 1 && settings["epochs"] as? Int == 2)
        #expect(outcome.error.contains("TERRa: 4 examples for training, 2 for validation, 2 for the test"))
        #expect(outcome.error.contains("epoch 2 of 2: validation loss"))
        #expect(outcome.error.contains("TERRa, 2 examples for validation: accuracy"))
        let quiet = try evaluate("TERRa", "--quiet")
        #expect(quiet.code == 0 && quiet.output.isEmpty && quiet.error.isEmpty)
    }

    @Test func theFolderHasTheResultAndThePredictions() throws {
        expectSuccess(try evaluate("RUSSE", "--out", "out"))
        #expect(
            folder.files(below: "out").filter { !$0.hasPrefix(".") } == ["RUSSE.jsonl", "epochs.jsonl", "result.json"])
        let again = try evaluate("RUSSE", "--out", "out", "--json")
        expectSuccess(again)
        #expect(again.error.contains("finished before"))
        #expect(try again.output == folder.bytes("out/result.json"))
        expectFailure(
            try evaluate("RUSSE", "--out", "out", "--seed", "9"), 2, naming: "the result of another fine-tuning")
    }

    @Test func wrongUsesAreRefused() throws {
        expectFailure(try evaluate("COLA"), 2, naming: "--task")
        expectFailure(try evaluate("TERRa", "--batch", "0"), 2, naming: "--batch is a number from 1 to 65536, not 0")
        expectFailure(try evaluate("TERRa", "--max-tokens", "999"), 2, naming: "--max-tokens 999: the model has 64")
        expectFailure(try evaluate("TERRa", "--precision", "int8"), 2, naming: "--precision is f32 or bf16 here")
        expectFailure(
            try dedup(["evaluate", "rsg", "nowhere", "--task", "RCB", "--model", "model"], in: folder.path), 2,
            naming: "nowhere: there is no such folder")
    }
}
