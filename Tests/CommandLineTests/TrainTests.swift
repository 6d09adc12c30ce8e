import Foundation
import TestSupport
import Testing

/// `dedup train mlm` with a tiny model on a few texts.
@Suite struct TrainTests {
    let folder: TemporaryFolder
    private static let tokenizer = Checkout.folder + "/Tests/TokenizersTests/Fixtures/roberta"

    init() throws {
        folder = try TemporaryFolder()
        let lines = (0..<80).map { number in
            "{\"text\":\"\((0..<number % 9 * 5 + 8).map { "w\((number + $0) % 11)" }.joined(separator: " "))\"}\n"
        }
        try folder.write(lines.joined(), to: "in/texts.jsonl")
        try folder.write(
            """
            model: {hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 24}
            training:
              {max-tokens: 40, batch: 16, steps: 60, warm-up: 4, learning-rate: 1e-2, held-out: 0.1,
               evaluate-every: 40, log-every: 10, checkpoint-seconds: 0}
            """, to: "settings.yaml")
    }

    private func arguments(_ out: String, _ threads: String) -> [String] {
        [
            "train", "mlm", "in", "--tokenizer", Self.tokenizer, "--config", "settings.yaml", "--out", out,
            "--threads", threads,
        ]
    }

    @Test(arguments: [(SIGKILL, "1"), (SIGKILL, "2"), (SIGTERM, "2")])
    func aTrainingThatIsKilledEndsWithTheSameBytes(signal: Int32, threads: String) throws {
        expectSuccess(try dedup(arguments("whole", threads), in: folder.path))
        let process = try RunningProcess(
            [DedupBinary.path] + arguments("killed", threads), in: folder.path)
        let state = folder.path + "/killed/training-state.safetensors"
        #expect(process.wait { FileManager.default.fileExists(atPath: state) })
        process.send(signal)
        let outcome = try process.wait()
        if signal == SIGTERM && outcome.code != 0 {
            #expect(outcome.code == 1)
            #expect(outcome.error.contains("run the same command again to resume"))
        }
        let again = try dedup(arguments("killed", threads), in: folder.path)
        expectSuccess(again)
        #expect(again.error.contains("resuming after step"))
        for name in ["model.safetensors", "training-state.safetensors"] {
            #expect(try folder.bytes("whole/" + name) == folder.bytes("killed/" + name), "\(name)")
        }
        expectSuccess(
            try dedup(["embed", "in", "--model", "whole", "--out", "vectors", "--quiet"], in: folder.path))
    }

    @Test func wrongUsesAreRefused() throws {
        try folder.write("model: {relative_attention: true}", to: "relative.yaml")
        var wrong = arguments("out", "1")
        wrong[6] = "relative.yaml"
        expectFailure(try dedup(wrong, in: folder.path), 2, naming: "relative_attention has to be false")
        expectFailure(
            try dedup(arguments("out", "1") + ["--steps", "0"], in: folder.path), 2,
            naming: "--steps is a number from 1")
    }
}
