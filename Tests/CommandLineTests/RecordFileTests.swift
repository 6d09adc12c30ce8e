import Foundation
import TestSupport
import Testing

/// A file that dedup reads whole must be regular and of bounded size: anything else is an error that names the path.
@Suite struct RecordFileTests {
    private let folder: TemporaryFolder

    /// An output with vectors, scores and a filtered corpus, and the model and the head that made them.
    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", (1...4).map { #"{"id":\#($0),"text":"a b c d e f \#($0 / 2)"}"# })
        try TinyModel().write(to: folder / "m")
        try folder.write(
            "pipeline: p\nstages: [read, words, shingles, minhash, deduplicate, write, report]\n", to: "p.yaml")
        try succeed("run", "in", "--out", "o", "--quiet")
        try succeed("embed", "o", "--out", "v", "--model", "m", "--quiet")
    }

    private func succeed(_ arguments: String...) throws {
        let outcome = try dedup(arguments, in: folder.path)
        try #require(outcome.code == 0, "\(outcome.error)")
    }

    enum Stand: String, CaseIterable { case fifo, folder, huge, endless }

    private func put(_ stand: Stand, _ name: String) throws {
        let path = folder / name
        if stand == .huge {
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.truncate(atOffset: 8 << 30)
            return
        }
        try folder.remove(name)
        switch stand {
        case .fifo: #expect(mkfifo(path, 0o600) == 0)
        case .folder: try folder.folder(name)
        default: try folder.link(name, to: "/dev/zero")
        }
    }

    private static let records: [(String, [String])] = [
        ("o/.dedup/report.json", ["stats", "o"]),
        ("o/.dedup/catalog.sqlite.check", ["run", "in", "--out", "o", "--quiet"]),
        ("v/embeddings.json", ["similar", "v", "1"]),
        ("v/embeddings.json", ["embed", "o", "--out", "v", "--model", "m", "--quiet"]),
        ("v/.dedup/intent", ["embed", "o", "--out", "v", "--model", "m", "--quiet"]),
        ("m/tokenizer.json", ["tokenize", "in", "--model", "m", "--quiet"]),
        ("m/config.json", ["embed", "in", "--out", "w", "--model", "m", "--quiet"]),
        ("p.yaml", ["run", "in", "--out", "n", "--pipeline", "p.yaml", "--quiet"]),
    ]

    @Test(.enabled(if: Sanitizer.active == nil), arguments: records, Stand.allCases)
    func aSpecialFileInPlaceOfARecordIsNamed(_ record: (file: String, command: [String]), _ stand: Stand) throws {
        try put(stand, record.file)
        let command = ["/usr/bin/env", "prlimit", "--as=5000000000", DedupBinary.path] + record.command
        let outcome = try RunningProcess(command, in: folder.path).wait(limit: 60)
        // A command that writes refuses links with a usage error.
        let isRefusedLink = stand == .endless && record.file == "v/.dedup/intent"
        expectFailure(outcome, record.file == "p.yaml" || isRefusedLink ? 2 : 1, naming: record.file)
        if stand == .huge { #expect(outcome.error.contains("8589934592 bytes long; the limit is")) }
    }

    /// If the recorded times and sizes of files are damaged, every file is read again.
    @Test(.enabled(if: Sanitizer.active == nil)) func hugeNotesAreDamaged() throws {
        let name = "v/.dedup/embeddings.written"
        try put(.huge, name)
        func run(_ arguments: String...) throws -> Outcome {
            let command = ["/usr/bin/env", "prlimit", "--as=5000000000", DedupBinary.path] + arguments
            return try RunningProcess(command, in: folder.path).wait(limit: 60)
        }
        let verified = try run("verify", "v")
        #expect(verified.code == 1 && verified.outputText.contains("\(name): damaged"), "\(verified.error)")
        expectSuccess(try run("embed", "o", "--out", "v", "--model", "m", "--quiet"))
    }

    /// A huge sparse catalog is not copied.
    @Test(arguments: ["catalog.sqlite"])
    func aHugeCatalogIsNamed(_ file: String) throws {
        let name = "o/.dedup/" + file
        try put(.huge, name)
        let command = ["/usr/bin/env", "prlimit", "--fsize=9000000000", DedupBinary.path, "stats", "o"]
        expectFailure(try RunningProcess(command, in: folder.path).wait(limit: 60), 1, naming: name, "damaged")
    }

    /// Files that are read in parts must be regular too: a run does not wait for a pipe.
    @Test(arguments: [
        ("o/.dedup/catalog.sqlite", ["stats", "o"]), ("o/.dedup/catalog.sqlite", ["index", "verify", "o"]),
        ("o/.dedup/index/documents", ["index", "verify", "o"]), ("o/.dedup/lock", ["run", "in", "--out", "o"]),
        ("o/a.jsonl", ["index", "verify", "o"]), ("o/.dedup/removed/a.jsonl.jsonl.zst", ["explain", "o", "a.jsonl:3"]),
        ("v/a.jsonl.npy", ["similar", "v", "1"]), ("v/a.jsonl.ids.jsonl", ["similar", "v", "1"]),
        ("m/model.safetensors", ["embed", "in", "--out", "w", "--model", "m"]),
    ])
    func filesThatAreReadInPartsMustBeRegular(_ file: String, _ command: [String]) throws {
        for stand in [Stand.fifo, .folder] {
            try put(stand, file)
            let outcome = try dedup(command, in: folder.path, limit: 60)
            #expect(outcome.code == 1, "\(file) as \(stand): \(outcome.error)")
            #expect((outcome.error + outcome.outputText).contains((file as NSString).lastPathComponent))
        }
    }

    /// Files of a catalog that are far too large are neither copied nor read to their end.
    @Test(arguments: ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite.check", "removed/a.jsonl.jsonl.zst"])
    func aHugeFileOfAnOutputIsRefusedAtOnce(_ name: String) throws {
        let path = "o/.dedup/" + name
        if !folder.exists(path) { try folder.write("", to: path) }
        try put(.huge, path)
        var commands = [["index", "verify", "o"]]
        if name.hasPrefix("catalog") {
            commands += [["run", "in", "--out", "o", "--quiet"], ["explain", "o", "a.jsonl:1"]]
        }
        for command in commands {
            let outcome = try dedup(command, in: folder.path, limit: 30)
            #expect(outcome.code == 1, "\(command): \(outcome.error)")
            #expect((outcome.error + outcome.outputText).contains(path), "\(command): \(outcome.error)")
        }
    }

    /// A report that was altered is not shown, even if it is still valid JSON.
    @Test func statsComparesTheReportWithTheCatalog() throws {
        let name = "o/.dedup/report.json"
        let text = String(decoding: try folder.bytes(name), as: UTF8.self)
        try folder.write(text.replacing("\"documents\" : 4", with: "\"documents\" : 5"), to: name)
        try #require(text != String(decoding: try folder.bytes(name), as: UTF8.self))
        for command in [["stats", "o"], ["stats", "o", "--json"]] {
            let outcome = try dedup(command, in: folder.path)
            expectFailure(outcome, 1, naming: name, "damaged")
            #expect(outcome.output.isEmpty)
        }
        try folder.write(text, to: name)
        try succeed("stats", "o")
    }

    /// Numbers that no run writes: too large to add up, negative, or fractions.
    @Test(arguments: ["9223372036854775807", "-1", "1.5", "1e300", "null", "-9223372036854775808"])
    func numbersInRecordsAreChecked(_ number: String) throws {
        let name = "v/embeddings.json"
        let text = String(decoding: try folder.bytes(name), as: UTF8.self)
        for field in ["documents", "tokens", "truncated", "bad", "dimensions", "max_tokens", "bytes", "size", "schema"]
        {
            let altered = text.replacing(try Regex("\"\(field)\" : [0-9]+"), with: "\"\(field)\" : \(number)")
            try #require(altered != text)
            try folder.write(altered, to: name)
            for command in [["similar", "v", "1"], ["embed", "o", "--out", "v", "--model", "m", "--quiet"]] {
                let code = try dedup(command, in: folder.path).code
                #expect((0...2).contains(code), "\(field) \(number): \(command[0]) ended with \(code)")
            }
            try folder.remove("v")
            try succeed("embed", "o", "--out", "v", "--model", "m", "--quiet")
        }
    }

    /// Options with numbers that cannot be computed with.
    @Test(arguments: [
        ["run", "in", "--out", "n", "--threads"], ["run", "in", "--out", "n", "--memory"],
        ["run", "in", "--out", "n", "--bands"], ["run", "in", "--out", "n", "--seeds"],
        ["run", "in", "--out", "n", "--min-words"], ["run", "in", "--out", "n", "--level"],
        ["run", "in", "--out", "n", "--shingle-size"], ["run", "in", "--out", "n", "--threshold"],
        ["embed", "in", "--out", "w", "--model", "m", "--max-tokens"], ["similar", "v", "1", "-k"],
        ["tokenizer", "train", "in", "--out", "t", "--vocab"], ["curve", "--bands"],
        ["tokenizer", "train", "in", "--out", "t", "--vocab", "300", "--min-frequency"],
        ["train", "whitening", "in", "--model", "m", "--max-documents"],
        ["tokenize", "in", "--model", "m", "--max-tokens"],
        ["train", "mlm", "in", "--config", "c.yaml", "--tokenizer", "m", "--out", "t", "--steps"],
        ["score", "o", "--out", "f", "--min-quality"], ["score", "o", "--out", "f", "--top-percent"],
    ])
    func numbersInOptionsAreChecked(_ command: [String]) throws {
        for number in ["9223372036854775807", "-9223372036854775808", "18446744073709551616", "0", "nan", "1e400", "٣"]
        {
            let code = try dedup(command + [number], in: folder.path, limit: 60).code
            #expect((0...2).contains(code), "\(command.last!) \(number) ended with \(code)")
        }
    }
}
