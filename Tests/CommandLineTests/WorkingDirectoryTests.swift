import Foundation
import TestSupport
import Testing

@Suite struct WorkingDirectoryTests {
    private static let commands = [
        "run IN --out oc", "run IN --out oc/../../x/./y", "run in --out OUT", "run IN --out oc --dry-run",
        "run IN --out ./oc --force", "run IN --out OUT --against oc", "embed IN --out ov --model MODEL", "stats oc",
        "explain oc 1", "index verify oc", "index stats oc", "similar ov 1", "score oc", "tokenize in --model MODEL",
        "tokenizer train IN --vocab 300 --out t", "run IN --out OUT --pipeline p.yaml", "embed IN --out OUT --model m",
        "run IN --out .", "run . --out OUT",
    ]

    /// Relative paths in a working directory that was deleted give one error.
    @Test(.enabled(if: Sanitizer.active == nil), arguments: commands)
    func aWorkingDirectoryThatIsGoneIsNamed(_ command: String) throws {
        let folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", [#"{"id":1,"text":"a b c d e f"}"#])
        try TinyModel().write(to: folder / "m")
        try folder.folder("gone")
        let arguments = command.replacing("IN", with: folder / "in").replacing("OUT", with: folder / "out")
            .replacing("MODEL", with: folder / "m")
        let outcome = try shell(
            "rmdir \"$PWD\" && ulimit -v 4000000 && exec $DEDUP \(arguments)", in: folder / "gone", limit: 60)
        expectFailure(outcome, outcome.code, naming: "the working directory was deleted")
        #expect(outcome.code == 1 || outcome.code == 2)
        #expect(!folder.exists("out"))
    }

    /// Absolute paths need no working directory.
    @Test func absolutePathsNeedNoWorkingDirectory() throws {
        let folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", [#"{"id":1,"text":"a b c d e f"}"#])
        try folder.folder("gone")
        let (input, out) = (folder / "in", folder / "out")
        for command in ["run \(input) --out \(out) --quiet", "stats \(out)", "explain \(out) 1", "index verify \(out)"]
        {
            let outcome = try shell("rmdir \"$PWD\" && exec $DEDUP \(command)", in: folder / "gone", limit: 60)
            #expect(outcome.code == 0, "\(command): \(outcome.error)")
            try folder.folder("gone")
        }
    }

    /// Links that lead in a circle, or through each other, end in an error.
    @Test func loopsOfLinksEnd() throws {
        let folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", [#"{"id":1,"text":"a b c d e f"}"#])
        try folder.link("a", to: "b")
        try folder.link("b", to: "a")
        try folder.link("self", to: "self/x")
        try folder.link("far", to: "nowhere/../far2/x")
        try folder.link("far2", to: "far/y")
        for out in ["a", "a/x", "self", "self/y", "far", "far2/z"] {
            let outcome = try dedup("run", "in", "--out", out, in: folder.path, limit: 60)
            #expect(outcome.code == 1 || outcome.code == 2, "\(out): \(outcome.error)")
            #expect(outcome.errorLines.count == 1)
        }
    }
}
