import Foundation
import TestSupport
import Testing

/// `--force` and other commands that delete files: files that dedup did not write stay.
@Suite struct ForceTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 6, seed: 1))
        try folder.shard("in/sub/b.jsonl", documents("b", 6, seed: 4) + ["[1]"])
        expectSuccess(try run())
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run", "in", "--out", "out", "--on-bad-line", "drop", "--quiet"] + arguments, in: folder.path)
    }

    @Test(arguments: [
        ".git/HEAD", ".notes", ".a.jsonl.swp", "sub/.hidden", "sub/.cache/x", ".dedup/notes.txt", ".dedup/tmp/notes",
        ".dedup/tmp/1x", ".dedup/index/mine", ".dedup/index/bands-1", ".dedup/removed/mine.jsonl.zst",
        ".dedup/bad/sub/other.jsonl.jsonl.zst", ".dedup/scores/readme",
        ".dedup/scores/mine.jsonl.zst", ".dedup/index/documents.bak", ".dedup/more/x", ".dedup/.hidden",
    ])
    func foreignFilesAreNamed(_ name: String) throws {
        try folder.write("mine", to: "out/" + name)
        let before = try folder.results()
        let outcome = try run("--force")
        expectFailure(outcome, 2, naming: "--out out", name, "not written by dedup", "move it away")
        #expect(try folder.results() == before)
        #expect(try folder.bytes("out/" + name) == Array("mine".utf8))
        // Without --force, hidden files are allowed.
        expectSuccess(try run())
        #expect(try folder.bytes("out/" + name) == Array("mine".utf8))
        try folder.remove("out/" + name)
        for empty in [".git", "sub/.cache", ".dedup/more", ".dedup/scores"] { try folder.remove("out/" + empty) }
        expectSuccess(try run("--force"))
    }

    @Test(arguments: [".git", "empty", "sub/empty", ".dedup/more", ".dedup/tmp/1"])
    func emptyForeignFoldersAreNamed(_ name: String) throws {
        try folder.folder("out/" + name)
        expectFailure(try run("--force"), 2, naming: "--out out", name)
        #expect(folder.exists("out/" + name))
    }

    @Test(arguments: ["link", ".link", ".dedup/link", "sub/link"])
    func foreignLinksAreNamedAndNotFollowed(_ name: String) throws {
        try folder.write("mine", to: "elsewhere/precious")
        try folder.link("out/" + name, to: folder / "elsewhere")
        expectFailure(try run("--force"), 2, naming: name)
        #expect(try folder.decodedText("elsewhere/precious") == "mine")
    }

    /// A symbolic link in place of a file or folder that a run would change is refused.
    @Test(arguments: [
        ".dedup", ".dedup/tmp", ".dedup/index", ".dedup/removed", ".dedup/bad", ".dedup/lock", ".dedup/catalog.sqlite",
        ".dedup/index/documents",
    ])
    func linksInPlaceOfOwnFilesAreRefused(_ name: String) throws {
        try FileManager.default.moveItem(atPath: folder / "out/\(name)", toPath: folder / "elsewhere")
        try folder.link("out/" + name, to: folder / "elsewhere")
        try folder.shard("in/c.jsonl", documents("c", 6, seed: 50))
        let before = try folder.listing("elsewhere")
        for arguments in [[], ["--force"]] as [[String]] {
            let outcome = try dedup(
                ["run", "in", "--out", "out", "--on-bad-line", "drop"] + arguments, in: folder.path)
            expectFailure(outcome, 2, naming: "out/\(name)", "a symbolic link")
        }
        expectFailure(try dedup("index", "compact", "out", in: folder.path), 2, naming: "a symbolic link")
        #expect(try folder.listing("elsewhere") == before)
    }

    /// The same for the `.dedup` folder of vectors and of a corpus with scores.
    @Test func linksBesideVectorsAndScoresAreRefused() throws {
        try folder.writeScoringModel()
        try folder.folder("elsewhere")
        try folder.write("mine", to: "elsewhere/1")
        for name in ["vectors", "good"] { try folder.link(name + "/.dedup/tmp", to: folder / "elsewhere") }
        expectFailure(try embed(folder), 2, naming: "vectors/.dedup/tmp", "a symbolic link")
        expectFailure(
            try score(folder, "out", "--min-quality", "0.1", "--out", "good"), 2, naming: "good/.dedup/tmp")
        try folder.link("in/.dedup", to: folder / "elsewhere")
        expectFailure(try score(folder), 2, naming: "in/.dedup", "a symbolic link")
        #expect(folder.files(below: "elsewhere") == ["1"])
        #expect(try folder.decodedText("elsewhere/1") == "mine")
    }

    /// Other commands delete only the files that they wrote.
    @Test func otherCommandsKeepForeignFiles() throws {
        try folder.writeScoringModel()
        let arguments = ["out", "--min-quality", "0.1", "--out", "good"]
        expectSuccess(try embed(folder, "out"))
        expectSuccess(try score(folder, "out"))
        expectSuccess(try dedup(["score"] + arguments + ["--model", "model", "--precision", "f32"], in: folder.path))
        let mine = [
            "vectors/.git/HEAD", "vectors/.dedup/tmp/notes", "good/.git/HEAD", "good/.dedup/tmp/notes", "good/.dedup/x",
            "out/.dedup/scores/notes", "out/.dedup/tmp/notes",
        ]
        for name in mine { try folder.write("mine", to: name) }
        expectSuccess(try embed(folder, "out", "--force"))
        expectSuccess(try score(folder, "out", "--force"))
        expectSuccess(
            try dedup(["score"] + arguments + ["--model", "model", "--precision", "f32", "--force"], in: folder.path))
        for name in mine { #expect(try folder.decodedText(name) == "mine", "\(name)") }
    }

    /// An altered record cannot make dedup delete files outside its folder.
    @Test func aRecordCannotNameFilesOutsideItsFolder() throws {
        try folder.writeScoringModel()
        expectSuccess(try embed(folder, "--on-bad-line", "keep"))
        try folder.write("mine", to: "precious.npy")
        let text = try folder.decodedText("vectors/embeddings.json")
        try folder.write(text.replacing("\"a.jsonl\"", with: "\"../precious\""), to: "vectors/embeddings.json")
        expectFailure(try embed(folder, "--force"), 1, naming: "embeddings.json: damaged", "../precious")
        #expect(try folder.decodedText("precious.npy") == "mine")
    }

    /// A file that is put into the output while the new one is written is not lost.
    @Test func filesThatAppearDuringTheRunAreKept() throws {
        for number in 0..<40 { try folder.shard("in/m\(number).jsonl", documents("m", 200, seed: number * 300)) }
        let process = try RunningProcess(
            [DedupBinary.path, "run", "in", "--out", "out", "--on-bad-line", "drop", "--force"], in: folder.path)
        guard process.wait(until: { folder.exists(".out.dedup-new/.dedup/tmp") }) else { return }
        try folder.write("mine", to: "out/.notes")
        let outcome = try process.wait()
        // The file may have been written before the run looked, or after the swap. In any case it must still exist.
        if outcome.code != 0 { #expect(outcome.error.contains(".notes")) }
        #expect(folder.exists("out/.notes") || outcome.code == 0)
    }

    /// `--force` replaces an output with a damaged catalog.
    @Test func aDamagedOutputIsReplaced() throws {
        try folder.garble("out/.dedup/catalog.sqlite")
        expectFailure(try run(), 1, naming: "catalog.sqlite: damaged")
        expectSuccess(try run("--force"))
        expectSuccess(try dedup("verify", "out", in: folder.path))
    }
}
