import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Corpus

@Suite struct ShardNameTests {
    @Test(arguments: [
        "a.jsonl", "a.json", "a.ndjson", "a.jsonl.zst", "a.json.gz", "x/y.ndjson.zst", "a.b.jsonl", "é.json",
        "a.JSONL", "a.jl", "a.jsonlines.ZST", "a.JsonL.gz", "a.JL.GZ", "a.NDJSON",
    ])
    func namesOfShardsAreRecognized(_ name: String) {
        #expect(ShardName.isShard(name))
    }

    @Test(arguments: [
        "a", "a.zst", "a.gz", "a.txt", "a.jsonl.bz2", "a.jsonl.zst.gz", "ajsonl", "a.jlx", "a.jsonl~", "jsonl",
        "a.csv.zst",
        "a.json\u{301}", "",
    ])
    func namesOfOtherFilesAreNot(_ name: String) {
        #expect(!ShardName.isShard(name))
    }

    @Test func compressionIsInTheName() {
        #expect(Compression(ofFileNamed: "a.jsonl.zst") == .zstd)
        #expect(Compression(ofFileNamed: "a.json.gz") == .gzip)
        #expect(Compression(ofFileNamed: "zst.gz.ndjson") == .none)
        #expect(Compression(ofFileNamed: "a.jsonl.ZST") == .zstd)
        #expect(Compression(ofFileNamed: "a.GZ") == .gzip)
        #expect(Compression(ofFileNamed: "gz") == .none)
    }
}

@Suite struct CorpusInputTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func anInputIsAPathOrALabelAndAPath() throws {
        #expect(try CorpusInput(argument: "books") == CorpusInput(path: "books"))
        #expect(try CorpusInput(argument: "web=/data/crawl") == CorpusInput(label: "web", path: "/data/crawl"))
        #expect(try CorpusInput(argument: "web=a=b") == CorpusInput(label: "web", path: "a=b"))
        #expect(try CorpusInput(argument: "/data/date=1/x") == CorpusInput(path: "/data/date=1/x"))
    }

    @Test func aFileOfTheWholeNameGoesFirst() throws {
        // An absolute path has a slash before the equals sign, so a relative one is needed.
        let name = "corpus-input-\(UUID().uuidString)=x"
        try FileManager.default.createDirectory(atPath: name, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: name) }
        #expect(try CorpusInput(argument: name) == CorpusInput(path: name))
    }

    @Test(arguments: ["=x", ".=x", "..=x", ".hidden=x", "web="])
    func impossibleLabelsAreRefused(_ argument: String) {
        let error = #expect(throws: Failure.self) { try CorpusInput(argument: argument) }
        #expect(error?.kind == .usage)
    }

    @Test func severalInputsAreNamedByTheirFolders() throws {
        try folder.write([], to: "one/two/a.jsonl")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "one")
        let paths = ["one/", "one/two//", "one/two/../../link", "one/two/a.jsonl"].map { folder.path + "/" + $0 }
        let labels = try CorpusInput.labelled(paths.map { CorpusInput(path: $0) }).map(\.label)
        #expect(labels == ["one", "two", "link", "a.jsonl"])
        for path in ["one/two/.", "one/two/./", "one/two/../two/."] {
            #expect(try CorpusInput(path: folder.path + "/" + path).suggestedLabel() == "two")
        }
        #expect(try CorpusInput(path: folder.path + "/one/two/..").suggestedLabel() == "one")
        let here = (FileManager.default.currentDirectoryPath as NSString).lastPathComponent
        #expect(try CorpusInput(path: ".").suggestedLabel() == here)
    }

    @Test func oneInputNeedsNoLabel() throws {
        #expect(try CorpusInput.labelled([CorpusInput(path: "x")]).map(\.label) == [nil])
        #expect(try CorpusInput.labelled([CorpusInput(label: "l", path: "x")]).map(\.label) == ["l"])
    }

    @Test func anExplicitLabelWins() throws {
        let inputs = [CorpusInput(label: "b", path: "a/x"), CorpusInput(path: "b/x")]
        #expect(try CorpusInput.labelled(inputs).map(\.label) == ["b", "x"])
    }

    @Test func oneLabelTwiceIsAUsageError() throws {
        let inputs = [CorpusInput(path: "a/x"), CorpusInput(path: "b/x")]
        let error = #expect(throws: Failure.self) { try CorpusInput.labelled(inputs) }
        #expect(error?.kind == .usage)
        #expect(error?.message.hasPrefix("a/x and b/x: two inputs with the label \"x\"") == true)
    }

    @Test(arguments: ["/", "a/.hidden"])
    func inputsWithoutAUsableNameNeedALabel(_ path: String) throws {
        let error = #expect(throws: Failure.self) { try CorpusInput.labelled([.init(path: path), .init(path: "b")]) }
        #expect(error?.kind == .usage)
        #expect(error?.message.contains("give a label: LABEL=\(path)") == true)
    }

    // The two labels are canonically equivalent in Unicode, but have different bytes.
    @Test func labelsAreBytes() throws {
        let inputs = [CorpusInput(path: "a/\u{E9}"), CorpusInput(path: "b/e\u{301}")]
        #expect(try CorpusInput.labelled(inputs).count == 2)
    }
}

@Suite struct CheckApartTests {
    let folder: TemporaryFolder
    let root: String

    init() throws {
        folder = try TemporaryFolder()
        root = folder.path + "/"
        try folder.write([], to: "in/deep/a.jsonl")
        try folder.write([], to: "other/b.jsonl")
        try FileManager.default.createSymbolicLink(atPath: root + "link", withDestinationPath: "in/deep")
        try FileManager.default.createSymbolicLink(atPath: root + "future", withDestinationPath: "in/new")
    }

    private func check(_ input: String, _ out: String) throws {
        try checkApart(inputs: [CorpusInput(path: root + "other"), CorpusInput(path: root + input)], out: root + out)
    }

    @Test(arguments: [
        ("in", "out"), ("in", "out/new/deeper"), ("in", "in-other"), ("in/deep", "in/out"), ("in", "in/../out"),
        ("link", "in/out"), ("in/deep/a.jsonl", "in/deep/b"), ("in", "new/../out"), ("in", "in/../../../\(UUID())/x"),
    ])
    func separateFoldersAreApart(_ input: String, _ out: String) throws {
        try check(input, out)
    }

    @Test(arguments: [
        ("in", "in"), ("in", "in/out"), ("in", "in/new/deeper"), ("in/deep", "in"), ("in", "link"), ("in", "link/new"),
        ("link", "in"), ("in", "future"), ("in", "future/"), ("in", "future/x"), ("in", "out/../in/x"), ("in", "."),
        ("in/deep/a.jsonl", "in"), ("in/deep/a.jsonl", "."), ("link", "in/deep/out"), ("in", "other/../new/../in/x/"),
    ])
    func nestedFoldersAreNotApart(_ input: String, _ out: String) throws {
        let error = #expect(throws: Failure.self) { try check(input, out) }
        #expect(error?.kind == .usage)
        #expect(error?.message.contains(Parameter.out("\(root)\(out)")) == true)
    }

    @Test func missingInputsAreUsageErrors() {
        let error = #expect(throws: Failure.self) { try check("none", "out") }
        #expect(error?.message == "\(root)none: no such file or folder")
    }
}
