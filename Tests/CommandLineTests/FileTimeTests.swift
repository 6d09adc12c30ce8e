import Foundation
import TestSupport
import Testing

/// File times that do not fit 64 bits of nanoseconds.
@Suite struct FileTimeTests {
    /// Seconds since 1970: the smallest and largest times that fit 64 bits of nanoseconds, times beyond them, and the
    /// extremes of the type.
    private static let seconds = [
        -1, 9_223_372_036, 9_223_372_037, 13_569_465_600, 253_402_300_799, Int.max, -9_223_372_037, Int.min,
    ]

    @Test(arguments: seconds) func everyCommandTakesAnyFileTime(_ seconds: Int) throws {
        let folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", [#"{"id":1,"text":"a b c d e f"}"#])
        try TinyModel().write(to: folder / "m")
        func set(_ name: String) { folder.setModified(name, timespec(tv_sec: seconds, tv_nsec: 999_999_999)) }
        func run(_ arguments: String...) throws {
            let outcome = try dedup(arguments, in: folder.path)
            #expect(outcome.code == 0, "\(arguments): \(outcome.error)")
        }
        set("in/a.jsonl")
        set("in")
        try run("run", "in", "--out", "o", "--quiet")
        try run("embed", "o", "--out", "v", "--model", "m", "--quiet")
        for name in ["o/a.jsonl", "o/.dedup/catalog.sqlite", "o/.dedup/report.json", "v/embeddings.json"] { set(name) }
        try run("run", "in", "--out", "o", "--quiet")
        try run("embed", "o", "--out", "v", "--model", "m", "--quiet")
        try run("tokenize", "in", "--model", "m", "--quiet")
        try run("stats", "o")
        try run("index", "verify", "o", "--quiet")
        // The recorded times are compared correctly, so nothing is written again.
        let before = try folder.listing("v")
        try run("embed", "o", "--out", "v", "--model", "m", "--quiet")
        let record = "v/embeddings.json"
        #expect(
            try folder.listing("v").filter {
                !$0.hasPrefix("embeddings.json") && !$0.hasPrefix(".dedup") && !$0.hasPrefix(" ")
            }
                == before.filter { !$0.hasPrefix("embeddings.json") && !$0.hasPrefix(".dedup") && !$0.hasPrefix(" ") })
        #expect(folder.exists(record))
    }

    /// The sum of the sizes of huge files, which the progress line needs, does not overflow.
    @Test func hugeSizesAreAddedUpWithoutOverflow() throws {
        let folder = try TemporaryFolder()
        for name in ["in/a.jsonl", "in/b.jsonl", "in/c.jsonl"] { try folder.write("x", to: name) }
        let isMade = ["in/a.jsonl", "in/b.jsonl", "in/c.jsonl"].allSatisfy {
            truncate(folder / $0, off_t(Int64.max / 2)) == 0
        }
        // Many file systems do not support files of 4 EB.
        if !isMade { return }
        for command in [
            ["run", "in", "--out", "o", "--quiet"], ["tokenizer", "train", "in", "--vocab", "300", "--out", "t"],
        ] {
            let outcome = try dedup(command, in: folder.path)
            expectFailure(outcome, 1, naming: "a.jsonl")
        }
    }
}
