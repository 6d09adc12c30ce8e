import Foundation
import TestSupport
import Testing

/// Names of shards that are too long for the names that are derived from them.
@Suite struct DerivedNameTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModel().write(to: folder / "m")
    }

    private func shard(_ name: String) throws {
        try folder.shard(name, (1...2).map { #"{"id":\#($0),"text":"a b c d e f"}"# })
    }

    private func name(_ bytes: Int) -> String { String(repeating: "x", count: bytes - 6) + ".jsonl" }

    private func files() -> [String] { folder.files(below: ".").filter { !$0.hasPrefix("m/") } }

    /// A name of 245 bytes with `.jsonl.zst` has 255 bytes, the maximum for the name of a file.
    @Test func theLongestNameThatFitsIsTaken() throws {
        try shard("in/" + name(245))
        expectSuccess(try dedup("run", "in", "--out", "o", "--quiet", in: folder.path))
        #expect(try folder.removedLines(name(245), "o").count == 1)
        expectSuccess(try dedup("embed", "o", "--out", "v", "--model", "m", "--quiet", in: folder.path))
        expectSuccess(try dedup("index", "verify", "o", "--quiet", in: folder.path))
    }

    @Test(arguments: [246, 249, 250, 252, 255]) func aNameThatDoesNotFitIsRefusedBeforeAnythingIsWritten(_ bytes: Int)
        throws
    {
        let name = name(bytes)
        try shard("in/a.jsonl")
        try shard("in/" + name)
        let before = files()
        for command in [
            ["run", "in", "--out", "o", "--quiet"], ["run", "in", "--out", "o", "--dry-run", "--quiet"],
            ["run", "in", "--dry-run", "--quiet"], ["embed", "in", "--out", "v", "--model", "m", "--quiet"],
            ["run", "in", "--out", "o", "--pipeline", "embed", "--model", "m", "--embeddings", "v", "--quiet"],
        ] {
            let outcome = try dedup(command, in: folder.path)
            expectFailure(
                outcome, 2, naming: name, "bytes; the limit is 255", "rename the shard")
            #expect(files() == before, "\(command)")
        }
    }

    /// The processed shards do not change, and later runs succeed without the shard whose name is too long.
    @Test func anExistingOutputIsLeftAlone() throws {
        try shard("in/a.jsonl")
        expectSuccess(try dedup("run", "in", "--out", "o", "--quiet", in: folder.path))
        let before = try folder.results("o")
        try shard("in/" + name(250))
        for option in [[], ["--force"], ["--dry-run"]] {
            let outcome = try dedup(["run", "in", "--out", "o", "--quiet"] + option, in: folder.path)
            expectFailure(outcome, 2, naming: "would have 260 bytes")
            #expect(try folder.results("o") == before)
        }
    }

    @Test func aLabelThatIsTooLongIsRefused() throws {
        try shard("in/a.jsonl")
        let label = String(repeating: "l", count: 256)
        expectFailure(
            try dedup("run", label + "=in", "--out", "o", in: folder.path), 2, naming: "256 bytes", "a shorter label")
        #expect(!folder.exists("o"))
    }

    @Test func pathsThatAreTooLongAreRefused() throws {
        let deep = (1...20).map { _ in String(repeating: "d", count: 190) }.joined(separator: "/")
        try shard("in/a.jsonl")
        // The path in the input is just short enough; the path in the output is too long.
        let made = try shell(
            "cd in && for i in $(seq 20); do mkdir \(deep.prefix(190)) && cd \(deep.prefix(190)) || exit 1; done; "
                + "cp \(folder / "in/a.jsonl") \(name(200))", in: folder.path)
        try #require(made.code == 0)
        let inner = try shell(
            "cd in && exec $DEDUP run \(deep.prefix(190)) --out ../a/\(String(repeating: "o", count: 240)) --quiet",
            in: folder.path)
        #expect(inner.code == 2 && inner.error.contains("the limit is 4095"), "\(inner.error)")
        #expect(inner.errorLines.count == 1 && inner.error.utf8.count < 1500, "\(inner.error)")
        #expect(!folder.exists("a"))
    }

    /// SQLite takes paths of up to 512 bytes: a longer path is refused before anything is written.
    @Test func aPathThatIsTooLongForTheCatalogIsRefused() throws {
        try shard("in/a.jsonl")
        let out = Array(repeating: String(repeating: "x", count: 100), count: 6).joined(separator: "/")
        for more in [[], ["--dry-run"]] {
            let outcome = try dedup(["run", "in", "--out", out] + more, in: folder.path)
            expectFailure(outcome, 2, naming: "too long", "shorter path")
        }
        #expect(!folder.exists(String(repeating: "x", count: 100)))
    }

    /// A file and a folder cannot have the same name.
    @Test func aFileAndAFolderOfOneDerivedNameAreRefused() throws {
        try shard("in/a.jsonl")
        try shard("in/a.jsonl.npy/b.jsonl")
        try shard("in/a.jsonl.jsonl.zst/b.jsonl")
        expectFailure(
            try dedup("run", "in", "--out", "o", in: folder.path), 2, naming: ".dedup/removed/a.jsonl.jsonl.zst",
            "rename one of them")
        try folder.remove("in/a.jsonl.jsonl.zst")
        expectFailure(
            try dedup("embed", "in", "--out", "v", "--model", "m", in: folder.path), 2, naming: "a.jsonl.npy",
            "rename one of them")
        #expect(!folder.exists("o") && !folder.exists("v"))
        expectSuccess(try dedup("run", "in", "--out", "o", "--quiet", in: folder.path))
        // A label that is given later leads to a folder with the same path as the output of an existing shard.
        try shard("more/c.jsonl")
        let outcome = try dedup("run", "in", "a.jsonl=more", "--out", "o", "--quiet", in: folder.path)
        expectFailure(outcome, 2, naming: "a.jsonl", "rename one of them")
        // A folder that dedup did not write is in the place of an output file.
        try shard("in/d.jsonl")
        try folder.folder("o/in/d.jsonl")
        try folder.folder("o/d.jsonl")
        expectFailure(
            try dedup("run", "in", "--out", "o", "--quiet", in: folder.path), 2, naming: "d.jsonl", "that is a folder")
    }

    /// The name of the output folder may have 255 bytes.
    @Test func anOutputMayHaveTheLongestName() throws {
        try shard("in/a.jsonl")
        let out = String(repeating: "o", count: 255)
        expectSuccess(try dedup("run", "in", "--out", out, "--quiet", in: folder.path))
        expectSuccess(try dedup("run", "in", "--out", out, "--quiet", in: folder.path))
        expectFailure(
            try dedup("run", "in", "--out", out, "--force", in: folder.path), 2, naming: "too long for --force")
        expectSuccess(try dedup("index", "verify", out, "--quiet", in: folder.path))
    }
}
