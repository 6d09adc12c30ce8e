import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Corpus

@Suite struct ShardListingTests {
    let folder: TemporaryFolder
    let root: String

    init() throws {
        folder = try TemporaryFolder()
        root = folder.path + "/"
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: root + name, withDestinationPath: target)
    }

    private func listing(_ paths: String...) throws -> ShardListing {
        try ShardListing(of: CorpusInput.labelled(paths.map { CorpusInput(path: root + $0) }))
    }

    private func error(_ paths: String...) -> Failure? {
        #expect(throws: Failure.self) {
            try ShardListing(of: CorpusInput.labelled(paths.map { CorpusInput(path: root + $0) }))
        }
    }

    @Test func shardsComeByTheBytesOfTheirPaths() throws {
        let names = [
            "a-b/x", "a/x", "a.x", "a/b/c", "a0/x", "Z", "\u{E9}", "e\u{301}", "e", "f", "\u{1F600}", "\u{FB01}",
        ]
        let shards = names.map { $0 + ".jsonl" }
        for name in shards { try folder.write([], to: "in/" + name) }
        let found = try listing("in").shards.map(\.name)
        let expected = shards.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(found.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
        #expect(found[..<5] == ["Z.jsonl", "a-b/x.jsonl", "a.x.jsonl", "a/b/c.jsonl", "a/x.jsonl"])
    }

    @Test func inputsComeAsTheyAreGiven() throws {
        try folder.write([1, 2, 3], to: "z/a.jsonl")
        try folder.write([], to: "a/b.jsonl.zst")
        try folder.write([], to: "a/a.json.gz")
        let shards = try listing("z", "a/").shards
        #expect(shards.map(\.name) == ["z/a.jsonl", "a/a.json.gz", "a/b.jsonl.zst"])
        #expect(shards.map(\.input) == [0, 1, 1])
        #expect(shards.map(\.path) == [root + "z/a.jsonl", root + "a/a.json.gz", root + "a/b.jsonl.zst"])
        #expect(shards.map(\.size) == [3, 0, 0])
        let status = try #require(try File.status(at: root + "z/a.jsonl"))
        #expect(shards[0].modified == status.modified && status.modified > 0)
    }

    @Test func hiddenNamesAreLeftOut() throws {
        for name in ["a.jsonl", ".b.jsonl", ".dedup/removed/a.jsonl.zst", "c/.d/e.jsonl", "c/.txt"] {
            try folder.write([], to: "in/" + name)
        }
        let found = try listing("in")
        #expect(found.shards.map(\.name) == ["a.jsonl"])
        #expect(found.others.names.isEmpty)
        // The path that is given as an input may be hidden.
        #expect(try listing("in/c/.d").shards.map(\.name) == ["e.jsonl"])
    }

    @Test func otherFilesAreNamed() throws {
        for name in ["a.jsonl", "b.txt", "c/README.md", "c/d.csv.zst"] { try folder.write([], to: "in/" + name) }
        try folder.write([], to: "also/a.jsonl")
        try link("in/folder", to: "../also")
        try link("in/folder.jsonl", to: "../also")
        try link("in/nowhere", to: "nothing")
        #expect(mkfifo(root + "in/pipe.jsonl", 0o600) == 0)
        let names = ["b.txt", "c/README.md", "c/d.csv.zst", "folder.jsonl/", "folder/", "nowhere", "pipe.jsonl"]
        let found = try listing("in")
        #expect(found.shards.map(\.name) == ["a.jsonl"])
        #expect(found.others.names == names)
        #expect(try listing("in", "also").others.names == names.map { "in/" + $0 })
    }

    @Test func linksToFilesAreFollowed() throws {
        try folder.write([1, 2], to: "elsewhere/x")
        try folder.write([], to: "in/a.jsonl")
        try link("in/b.jsonl", to: "../elsewhere/x")
        try link("whole", to: "in")
        try link("file.jsonl", to: "elsewhere/x")
        #expect(try listing("in").shards.map(\.name) == ["a.jsonl", "b.jsonl"])
        #expect(try listing("whole").shards.map(\.size) == [0, 2])
        #expect(try listing("file.jsonl").shards.map(\.name) == ["file.jsonl"])
        try link("in/c.jsonl", to: "../gone")
        #expect(
            error("in")?.message.hasSuffix(
                "c.jsonl: a link to ../gone, which is not there; restore the file or remove the link") == true)
        #expect(error("in")?.kind == .data)
    }

    @Test func filesMayBeInputs() throws {
        try folder.write([], to: "x/a.jsonl")
        try folder.write([], to: "x/b.jsonl")
        try folder.write([], to: "x/c.txt")
        try folder.write([], to: "x/.d.jsonl")
        #expect(try listing("x/a.jsonl").shards.map(\.name) == ["a.jsonl"])
        #expect(try listing("x/b.jsonl", "x/a.jsonl").shards.map(\.name) == ["b.jsonl/b.jsonl", "a.jsonl/a.jsonl"])
        // A file that is given as an input is a shard, whatever its name is.
        #expect(try listing("x/c.txt").shards.map(\.name) == ["c.txt"])
        let error = error("x/.d.jsonl")
        #expect(error?.kind == .usage)
        #expect(error?.message.contains("hidden") == true)
    }

    @Test func inputsWithoutShardsAreUsageErrors() throws {
        try folder.write([], to: "in/a.jsonl")
        try folder.write([], to: "other/a.txt")
        try FileManager.default.createDirectory(atPath: root + "empty", withIntermediateDirectories: false)
        #expect(mkfifo(root + "pipe.jsonl", 0o600) == 0)
        #expect(error("none")?.message == "\(root)none: no such file or folder")
        #expect(error("none")?.kind == .usage)
        #expect(error("in", "empty")?.message.hasPrefix("\(root)empty: no shards found; shards are ") == true)
        #expect(error("other")?.message.hasPrefix("\(root)other: no shards found (1 other file: 1 .txt); ") == true)
        #expect(error("other")?.kind == .usage)
        #expect(error("pipe.jsonl")?.message.hasPrefix("\(root)pipe.jsonl: neither a file nor a folder") == true)
        #expect(error("in/a.jsonl/x")?.kind == .usage)
    }

    @Test func oneIdentityTwiceIsAUsageError() throws {
        try folder.write([], to: "old/new/a.jsonl")
        try folder.write([], to: "new/a.jsonl")
        let inputs = [CorpusInput(path: root + "old"), CorpusInput(label: "new", path: root + "new")]
        let error = #expect(throws: Failure.self) { try ShardListing(of: inputs) }
        #expect(error?.kind == .usage)
        let paths = "\(root)old/new/a.jsonl and \(root)new/a.jsonl"
        #expect(error?.message.hasPrefix("\(paths): two shards named new/a.jsonl") == true)
    }

    @Test(.enabled(if: getuid() != 0, "root reads every folder"))
    func anUnreadableFolderIsAnError() throws {
        try folder.write([], to: "in/a.jsonl")
        try folder.write([], to: "in/locked/a.jsonl")
        #expect(chmod(root + "in/locked", 0) == 0)
        defer { chmod(root + "in/locked", 0o700) }
        #expect(error("in")?.message.hasPrefix("cannot read the folder \(root)in/locked") == true)
        #expect(error("in")?.kind == .data)
    }

    @Test func namesThatAreNotUTF8AreErrors() throws {
        try folder.write([], to: "in/a.jsonl")
        func create(_ name: [UInt8]) {
            let path = Array((root + "in/").utf8) + name + [0]
            path.withUnsafeBytes { _ = creat($0.baseAddress!.assumingMemoryBound(to: CChar.self), 0o600) }
        }
        create([0xFF] + Array(".txt".utf8))
        #expect(try listing("in").others.names == ["\u{FFFD}.txt"])
        create([0xE9] + Array(".jsonl".utf8))
        #expect(error("in")?.message.contains("\u{FFFD}.jsonl: its name is not valid UTF-8") == true)
        #expect(error("in")?.kind == .data)
    }

    @Test func aLargeTreeIsListed() throws {
        for folder in 0..<20 {
            for shard in 0..<50 { try self.folder.write([], to: "in/\(folder)/\(folder % 3)/\(shard).jsonl") }
        }
        let names = try listing("in").shards.map(\.name)
        #expect(names.count == 1000)
        #expect(names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
}
