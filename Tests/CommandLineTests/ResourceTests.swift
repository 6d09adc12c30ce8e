import Foundation
import TestSupport
import Testing

/// Full disks, limits, read-only places and streams that nobody reads.
@Suite struct ResourceTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 10, seed: 1))
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run"] + arguments, in: folder.path)
    }

    /// Writes a shard of about this many bytes that hardly compress; one document is a duplicate.
    private func noise(_ name: String, _ bytes: Int, seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = bytes / 1000
        var lines: [String] = []
        for number in 0..<count {
            var noise = ""
            for _ in 0..<60 { noise += String(generator.next(), radix: 36) }
            lines.append(line("n\(number)", text(Int(seed) * 100_000 + number, words: 3) + "\",\"more\":\"\(noise)"))
        }
        try folder.shard(name, lines + [lines[0]])
    }

    // MARK: Full disks

    private static let mayMount = {
        let line =
            "d=$(mktemp -d) && mount -t tmpfs -o size=1m tmpfs $d 2>/dev/null && umount $d; r=$?; rmdir $d; exit $r"
        return DedupBinary.isRoot && (try? shell(line))?.code == 0
    }()

    /// Mounts a small file system for the duration of the work.
    private func withFileSystem(_ options: String, _ work: (String) throws -> Void) throws {
        try folder.folder("small")
        expectSuccess(try shell("mount -t tmpfs -o \(options) tmpfs small", in: folder.path))
        defer { _ = try? shell("umount -l small", in: folder.path) }
        try work(folder / "small")
    }

    @Test(
        .enabled(if: mayMount, "no right to mount a file system"), arguments: ["m.jsonl", "m.jsonl.zst"], ["1", "4"])
    func aFullDiskStopsTheRun(_ name: String, _ threads: String) throws {
        try noise("in/" + name, 3_000_000, seed: 1)
        try folder.shard("in/z.jsonl", documents("z", 10, seed: 50))
        expectSuccess(try run("in", "--out", "calm"))
        try withFileSystem("size=1500k") { _ in
            let outcome = try run("in", "--out", "small/out", "--threads", threads)
            expectFailure(outcome, 1, naming: "small/out", "No space left on device")
            try expectCommitted(["a.jsonl"], folder, "small/out")
            // As long as there is no space, the same command fails in the same way.
            expectFailure(try run("in", "--out", "small/out"), 1, naming: "small/out", "No space left on device")
            expectSuccess(try shell("mount -o remount,size=64m small", in: folder.path))
            expectSuccess(try run("in", "--out", "small/out"))
            #expect(try folder.results("small/out") == folder.results("calm"))
            #expect(try folder.corpusOfReport("small/out") == folder.corpusOfReport("calm"))
        }
    }

    @Test(.enabled(if: mayMount, "no right to mount a file system"), arguments: [0, 4, 16, 40, 60, 80, 100, 150, 200])
    func aNearlyFullDiskLeavesOnlyWholeFiles(_ free: Int) throws {
        // The space may run out at a folder, the catalog, a shard or the report.
        try folder.shard("in/b.jsonl.zst", documents("b", 200, seed: 3))
        expectSuccess(try run("in", "--out", "calm"))
        let expected = try folder.results("calm")
        try withFileSystem("size=1m") { _ in
            let filler = free == 0 ? "" : "truncate -s -\(free)k small/filler"
            _ = try shell("cat /dev/zero > small/filler 2> /dev/null; \(filler)", in: folder.path)
            let outcome = try run("in", "--out", "small/out")
            if outcome.code != 0 { expectFailure(outcome, 1, naming: "small/out") }
            for (name, bytes) in try folder.results("small/out") { #expect(expected[name] == bytes, "\(name)") }
            try folder.remove("small/filler")
            expectSuccess(try run("in", "--out", "small/out"))
            #expect(try folder.results("small/out") == expected)
        }
    }

    // The thread sanitizer writes larger files itself.
    @Test(
        .enabled(if: Sanitizer.active != .thread),
        arguments: ["trap '' XFSZ; ", ""])
    func aLimitOnTheSizeOfFilesStopsTheRun(_ ignored: String) throws {
        try noise("in/m.jsonl", 1_500_000, seed: 2)
        let limit = "ulimit -f 1000; \(ignored)exec \"$DEDUP\" run in --out out"
        expectFailure(try shell(limit, in: folder.path), 1, naming: "out/.dedup", "File too large")
        try expectCommitted(["a.jsonl"], folder)
        expectSuccess(try run("in", "--out", "out"))
        #expect(folder.shards() == ["a.jsonl", "m.jsonl"])
    }

    @Test func aLimitOnOpenFilesDoesNoHarm() throws {
        for number in 0..<20 { try folder.shard("in/x\(number).jsonl", documents("x\(number)", 3, seed: number * 10)) }
        let outcome = try shell("ulimit -n 24; exec \"$DEDUP\" run in --out out", in: folder.path)
        if outcome.code != 0 { expectFailure(outcome, 1) }
        expectSuccess(try run("in", "--out", "out"))
        #expect(folder.shards().count == 21)
    }

    @Test(.enabled(if: mayMount, "no right to mount a file system"))
    func aReadOnlyOutputStopsTheRun() throws {
        try withFileSystem("size=4m") { _ in
            expectSuccess(try run("in", "--out", "small/out"))
            let results = try folder.results("small/out")
            expectSuccess(try shell("mount -o remount,ro small", in: folder.path))
            expectFailure(try run("in", "--out", "small/new"), 1, naming: "small/new", "Read-only file system")
            expectFailure(try run("in", "--out", "small/out"), 1, naming: "small/out", "Read-only file system")
            expectFailure(try run("in", "--out", "small/out", "--force"), 1, naming: "small", "Read-only file system")
            expectSuccess(try run("in", "--out", "small/out", "--dry-run"))
            #expect(try folder.results("small/out") == results)
        }
    }

    @Test(.enabled(if: mayMount, "no right to mount a file system"))
    func aReadOnlyInputIsRead() throws {
        try withFileSystem("size=4m") { path in
            expectSuccess(try shell("cp in/a.jsonl small/; mount -o remount,ro small", in: folder.path))
            expectSuccess(try run("small", "--out", "out"))
            #expect(folder.shards() == ["a.jsonl"])
        }
    }

    @Test func onlyADryRunNeedsATemporaryFolder() throws {
        // A normal run needs no temporary folder, and a dry run does.
        let gone = ["TMPDIR": folder / "gone"]
        expectSuccess(try dedup(["run", "in", "--out", "out"], in: folder.path, environment: gone))
        let outcome = try dedup(["run", "in", "--dry-run"], in: folder.path, environment: gone)
        if outcome.code != 0 { expectFailure(outcome, 1, naming: "gone") }
    }

    // MARK: Standard streams

    @Test(arguments: [
        "run in --out out --json", "run in --dry-run", "--help", "run --help", "--version", "curve",
        "curve --bands 20 --rows 5",
    ])
    func aClosedPipeIsAnError(_ arguments: String) throws {
        // The reader ends before the command writes anything.
        let line =
            "{ while [ -e wait ]; do sleep 0.01; done; \"$DEDUP\" \(arguments) 2> err; echo $? > code; } | rm wait"
        try folder.write("", to: "wait")
        expectSuccess(try shell(line, in: folder.path))
        let error = String(decoding: try folder.bytes("err"), as: UTF8.self)
        #expect(String(decoding: try folder.bytes("code"), as: UTF8.self) == "1\n", "\(error)")
        #expect(error.hasPrefix("dedup: ") && error.split(separator: "\n").count == 1, "\(error)")
        #expect(error.contains("standard output: Broken pipe"))
        if arguments.contains("--out") {
            // The shards that were committed stay.
            #expect(folder.shards() == ["a.jsonl"])
            expectNoTemporaryFiles(folder)
        }
    }

    @Test(arguments: ["run in --out out --json", "--help", "curve"])
    func aFullStandardOutputIsAnError(_ arguments: String) throws {
        let outcome = try shell("\"$DEDUP\" \(arguments) > /dev/full", in: folder.path)
        expectFailure(outcome, 1, naming: "standard output", "No space left on device")
    }

    @Test(arguments: ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    func closedStreamsDoNoHarmToTheOutput(_ closed: String) throws {
        try folder.shard("in/b.jsonl.zst", documents("b", 10, seed: 4))
        expectSuccess(try run("in", "--out", "calm"))
        let outcome = try shell("exec \"$DEDUP\" run in --out out --json \(closed)", in: folder.path)
        #expect(outcome.code == (closed.contains(">&- ") || closed == ">&-" ? 1 : 0), "\(outcome.error)")
        #expect(try folder.results() == folder.results("calm"))
        #expect(try folder.corpusOfReport() == folder.corpusOfReport("calm"))
        expectSuccess(try run("in", "--out", "out"))
    }

    @Test func aRunNeedsNoReaderOfStandardError() throws {
        let outcome = try shell("{ \"$DEDUP\" run in --out out; echo $? > code; } 2>&1 | true", in: folder.path)
        expectSuccess(outcome)
        #expect(String(decoding: try folder.bytes("code"), as: UTF8.self) == "0\n")
        #expect(folder.shards() == ["a.jsonl"])
    }
}
