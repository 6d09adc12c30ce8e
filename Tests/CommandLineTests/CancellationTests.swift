import Foundation
import TestSupport
import Testing

/// Runs that are interrupted or killed, and runs that continue them.
@Suite struct CancellationTests {
    let folder: TemporaryFolder

    /// Many small shards, which are committed as the run goes, and some larger ones.
    init() throws {
        folder = try TemporaryFolder()
        let endings = ["jsonl", "jsonl.zst", "jsonl.gz", "ndjson"]
        for number in 0..<150 {
            let name = "in/part-\(1000 + number).\(endings[number % 4])"
            try folder.shard(name, documents("p\(number)", 8, seed: number * 7, words: 10))
        }
        let long = (0..<40).map { text($0, words: 500) }
        for number in 0..<3 {
            let lines = (0..<120).map {
                line("l\(number)-\($0)", text($0 * 31 + number) + " " + long[($0 * 7 + number) % 40])
            }
            try folder.shard("in/part-10\(number)5-large.jsonl.zst", lines)
        }
    }

    private func start(_ arguments: String...) throws -> RunningProcess {
        try RunningProcess(
            [DedupBinary.path, "run", "in", "--out", "out", "--threads", "2"] + arguments, in: folder.path)
    }

    /// Waits until a run has begun to write: it holds the lock then.
    private func waitUntilItWrites(_ process: RunningProcess) throws {
        let wrote = process.wait {
            (try? folder.bytes("out/.dedup/lock")).map { String(decoding: $0, as: UTF8.self) }
                == "\(process.identifier)"
        }
        #expect(wrote)
        usleep(5_000)
    }

    /// Runs without disturbance; returns the results and how long it took.
    private func undisturbed() throws -> (results: [String: [UInt8]], corpus: String, seconds: Double) {
        let outcome = try dedup("run", "in", "--out", "calm", "--threads", "2", in: folder.path)
        expectSuccess(outcome)
        return (try folder.results("calm"), try folder.corpusOfReport("calm"), outcome.seconds)
    }

    /// Expects that every file under its final name has the content that an undisturbed run writes.
    private func expectWhole(_ expected: [String: [UInt8]]) throws {
        let others = try folder.results().filter { expected[$0.key] != $0.value }.keys.sorted()
        #expect(others == [], "not what an undisturbed run writes")
    }

    @Test(arguments: [(SIGINT, 8), (SIGTERM, 5), (SIGHUP, 2)])
    func interruptedRunsGoOn(_ signal: Int32, _ attempts: Int) throws {
        let (expected, corpus, seconds) = try undisturbed()
        var generator = SeededGenerator(seed: UInt64(signal))
        var interruptions = 0
        for attempt in 0..<attempts {
            if attempt % 3 == 0 { try folder.remove("out") }
            let process = try start()
            try waitUntilItWrites(process)
            // The first signal comes as soon as the run writes, so that it always interrupts one.
            let pause = Double.random(in: 0.002...max(0.003, seconds * 0.8), using: &generator)
            if attempt > 0 { usleep(UInt32(pause * 1e6)) }
            process.send(signal)
            let outcome = try process.wait()
            if outcome.code != 0 {
                interruptions += 1
                expectFailure(
                    outcome, 1, naming: "interrupted", "shards are done and stay", "run the same command again")
                let report = try folder.report()
                #expect(report.run.outcome == "interrupted")
                let done = report.corpus.shards.count - report.run.shardsDoneBefore
                let all = 153 - report.run.shardsDoneBefore
                #expect(outcome.error.contains(" \(done) of \(all) shards are done"), "\(outcome.error)")
            }
            expectNoTemporaryFiles(folder)
            try expectWhole(expected)
        }
        #expect(interruptions >= 1)
        expectSuccess(try start().wait())
        #expect(try folder.results() == expected)
        #expect(try folder.corpusOfReport() == corpus)
    }

    @Test func killedRunsGoOn() throws {
        let (expected, corpus, seconds) = try undisturbed()
        var generator = SeededGenerator(seed: 9)
        for attempt in 0..<10 {
            if attempt % 4 == 0 { try folder.remove("out") }
            let process = try start()
            usleep(UInt32(Double.random(in: 0.001...seconds, using: &generator) * 1e6))
            process.send(SIGKILL)
            let outcome = try process.wait()
            #expect(outcome.code == 0 || outcome.code == 128 + SIGKILL)
            try expectWhole(expected)
        }
        expectSuccess(try start().wait())
        #expect(try folder.results() == expected)
        #expect(try folder.corpusOfReport() == corpus)
        expectNoTemporaryFiles(folder)
    }

    /// The run that is killed continues an earlier one.
    @Test func killedLaterRunsGoOn() throws {
        let (expected, corpus, seconds) = try undisturbed()
        try folder.folder("later")
        let names = folder.files(below: "in")
        let later = names[60...]
        for name in later { #expect(rename(folder / "in/\(name)", folder / "later/\(name)") == 0) }
        expectSuccess(try start().wait())
        for name in later { #expect(rename(folder / "later/\(name)", folder / "in/\(name)") == 0) }
        expectSuccess(try shell("cp -a out half", in: folder.path))
        var generator = SeededGenerator(seed: 21)
        for attempt in 0..<12 {
            if attempt % 4 == 0 {
                try folder.remove("out")
                expectSuccess(try shell("cp -a half out", in: folder.path))
            }
            let process = try start()
            try waitUntilItWrites(process)
            usleep(UInt32(Double.random(in: 0...seconds * 0.3, using: &generator) * 1e6))
            process.send(SIGKILL)
            let outcome = try process.wait()
            #expect(outcome.code == 0 || outcome.code == 128 + SIGKILL)
            try expectWhole(expected)
            #expect(folder.shards().count >= 60)
        }
        expectSuccess(try start().wait())
        #expect(try folder.results() == expected)
        #expect(try folder.corpusOfReport() == corpus)
        #expect(try folder.report().run.index?.documents == folder.report("calm").run.index?.documents)
        expectNoTemporaryFiles(folder)
        expectSuccess(try dedup("index", "verify", "out", in: folder.path))
        // The index has the same content as in an undisturbed run: later documents get the same decisions.
        try folder.shard("in/z.jsonl", documents("z", 400, seed: 500, words: 10))
        expectSuccess(try start().wait())
        expectSuccess(try dedup("run", "in", "--out", "calm", in: folder.path))
        #expect(try folder.results() == folder.results("calm"))
    }

    /// The first run ends before the catalog has checksums, and the next one is killed.
    @Test func aRunKilledBeforeItsCatalogWasWholeGoesOn() throws {
        let (expected, _, _) = try undisturbed()
        let names = folder.files(below: "in")
        try folder.shard("in/\(names[0])", ["nothing"])
        expectFailure(try start().wait(), 1, naming: names[0])
        try folder.remove("out/.dedup/catalog.sqlite.check")
        try folder.shard("in/\(names[0])", documents("p0", 8, seed: 0, words: 10))
        let process = try start()
        #expect(process.wait { folder.shards().count > 40 })
        process.send(SIGKILL)
        _ = try process.wait()
        expectSuccess(try start().wait())
        #expect(try folder.results() == expected)
    }

    @Test func aSecondSignalEndsTheProcessAtOnce() throws {
        let (expected, _, _) = try undisturbed()
        for delay in [UInt32(0), 1_000, 10_000] {
            let process = try start()
            try waitUntilItWrites(process)
            process.send(SIGINT)
            usleep(delay)
            process.send(SIGINT)
            let outcome = try process.wait()
            // 0 if the run was done before the first signal reached it.
            #expect(outcome.code == 1 || outcome.code == 0, "\(outcome.code): \(outcome.error)")
            #expect(outcome.errorLines.count <= 1)
            try expectWhole(expected)
        }
        expectSuccess(try start().wait())
        #expect(try folder.results() == expected)
    }

    @Test(arguments: [SIGINT, SIGKILL])
    func anInterruptedReplacementLeavesTheOldOutput(_ signal: Int32) throws {
        expectSuccess(try start("--match", "exact").wait())
        let old = try folder.results()
        let report = try folder.bytes("out/.dedup/report.json")
        let (expected, _, seconds) = try undisturbed()
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<4 {
            let process = try start("--force")
            try waitUntilItWrites(process)
            usleep(UInt32(Double.random(in: 0.002...max(0.003, seconds * 0.5), using: &generator) * 1e6))
            process.send(signal)
            let outcome = try process.wait()
            if outcome.code == 0 { continue }
            if try folder.bytes("out/.dedup/report.json") == report {
                #expect(try folder.results() == old)
            } else {
                // The process was killed after the folders were swapped, so the new output is complete.
                #expect(try folder.results() == expected)
            }
            if signal == SIGINT {
                expectFailure(outcome, 1, naming: "interrupted", "run the same command again")
                #expect(!folder.exists(".out.dedup-new"))
            }
        }
        expectSuccess(try start("--force").wait())
        #expect(try folder.results() == expected)
        #expect(!folder.exists(".out.dedup-new"))
    }

    @Test func aSecondRunOnOneOutputIsRefused() throws {
        let (expected, _, _) = try undisturbed()
        let first = try start()
        try waitUntilItWrites(first)
        first.send(SIGSTOP)
        for arguments in [[], ["--force"], ["--threads", "1", "--on-bad-line", "drop"]] {
            let second = try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
            expectFailure(second, 1, naming: "another run is writing to out", "process \(first.identifier)")
        }
        first.send(SIGCONT)
        expectSuccess(try first.wait())
        #expect(try folder.results() == expected)
        expectSuccess(try dedup("run", "in", "--out", "out", in: folder.path))
    }

    @Test func aRunNoticesThatAnotherOneMadeTheOutput() throws {
        expectSuccess(try dedup("run", "in", "--out", "other", in: folder.path))
        try folder.shard("in/z.jsonl", documents("z", 10, seed: 3, words: 10))
        // This run finds no output, and is paused until another run has created it.
        let slow = try runThatFoundNoOutput()
        expectSuccess(try start().wait())
        let state = try folder.state()
        slow.send(SIGCONT)
        expectFailure(try slow.wait(), 2, naming: "--out out was made without --against other")
        #expect(try folder.state() == state)
    }

    /// Starts a run, and pauses it while it reads the other output and has written nothing yet.
    private func runThatFoundNoOutput() throws -> RunningProcess {
        for _ in 1...50 {
            let run = try start("--against", "other")
            _ = run.wait { run.hasOpen(folder / "other/.dedup/lock") }
            run.send(SIGSTOP)
            if run.isRunning && !folder.exists("out") { return run }
            // The run was not paused in time.
            run.send(SIGKILL)
            _ = try run.wait()
            try folder.remove("out")
        }
        throw CannotStop()
    }

    private struct CannotStop: Error {}

    @Test func ofManyStartsAtOnceOneWrites() throws {
        // Runs that start at the same time on a new output either succeed or report that another run is writing.
        let (expected, _, _) = try undisturbed()
        let processes = try (0..<4).map { _ in try start() }
        let outcomes = try processes.map { try $0.wait() }
        #expect(outcomes.contains { $0.code == 0 })
        for outcome in outcomes where outcome.code != 0 {
            expectFailure(outcome, 1, naming: "another run is writing to out")
        }
        #expect(try folder.results() == expected)
    }
}
