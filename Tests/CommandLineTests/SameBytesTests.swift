import TestSupport
import Testing

/// An output has the same bytes for any number of threads, any memory, and any split into runs.
@Suite struct SameBytesTests {
    let folder: TemporaryFolder

    /// Shards of every compression, with duplicates within and across them, with blank and bad lines, in two inputs.
    init() throws {
        folder = try TemporaryFolder()
        for number in 0..<6 {
            let ending = ["jsonl.zst", "jsonl.gz", "jsonl"][number % 3]
            var lines = documents("d\(number)", 250, seed: number * 120, words: 30)
            lines.insert(
                contentsOf: ["", "nothing", "{\"text\":7}", line("empty", ""), line("signs", "!!! ???")], at: 100)
            try folder.shard("in/\(number).\(ending)", lines)
        }
        try folder.shard("more/0.jsonl.zst", documents("m", 100, seed: 60, words: 30))
        try folder.shard("in/copied.jsonl.zst", [line("only", text(99_999))])
        try folder.shard("in/empty.jsonl.gz", [UInt8]())
    }

    private func run(_ arguments: String..., out: String) throws {
        expectSuccess(
            try dedup(
                ["run"] + arguments + ["--out", out, "--on-bad-line", "drop", "--allow-mostly-bad", "--quiet"],
                in: folder.path))
    }

    private func expectSame(_ out: String, as expected: String) throws {
        let a = try folder.results(out)
        let b = try folder.results(expected)
        #expect(a.keys.sorted() == b.keys.sorted())
        let others = b.filter { a[$0.key] != $0.value }.keys.sorted()
        #expect(others == [], "other in \(out) than in \(expected)")
        #expect(try folder.corpusOfReport(out) == folder.corpusOfReport(expected))
    }

    @Test func threadsAndMemoryDoNotChangeTheBytes() throws {
        try run("in", "more", "--threads", "1", out: "one")
        #expect(try folder.report("one").corpus.removed > 300)
        for arguments in [
            ["--threads", "1"], ["--threads", "2"], ["--threads", "7"], ["--threads", "1", "--memory", "256M"],
            ["--threads", "7", "--memory", "256M"], ["--threads", "7"],
        ] {
            let out = "out" + arguments.joined()
            expectSuccess(
                try dedup(
                    ["run", "in", "more", "--out", out, "--on-bad-line", "drop"] + arguments, in: folder.path))
            try expectSame(out, as: "one")
        }
    }

    @Test func threadsDoNotChangeListsOfSeveralFrames() throws {
        // The lists are larger than a frame, and come from batches of different sizes.
        let id = String(repeating: "long", count: 500)
        let copies = (0..<1500).map { line("\(id)\($0)", text($0 % 3)) }
        try folder.shard("long/a.jsonl", copies)
        try folder.shard("long/b.jsonl.zst", Array(repeating: "x", count: 40_000) + copies)
        try run("long", "--threads", "1", out: "one")
        #expect(try folder.report("one").corpus.removed == 2997)
        #expect(try folder.report("one").corpus.bad == 40_000)
        for list in ["removed/a.jsonl", "bad/b.jsonl.zst"] {
            #expect(try folder.decoded("one/.dedup/\(list).jsonl.zst").count > 4 << 20)
        }
        for arguments in [
            ["--threads", "7"], ["--threads", "1", "--memory", "256M"], ["--threads", "7", "--memory", "256M"],
        ] {
            let out = "out" + arguments.joined()
            expectSuccess(
                try dedup(
                    ["run", "long", "--out", out, "--on-bad-line", "drop", "--allow-mostly-bad"] + arguments,
                    in: folder.path))
            try expectSame(out, as: "one")
        }
    }

    @Test func theSplitIntoRunsDoesNotChangeTheBytes() throws {
        try run("in", out: "whole")
        // The input grows in two steps, or shard by shard.
        let names = folder.files(below: "in")
        for (out, stops) in [("halves", [4, names.count]), ("single", Array(1...names.count))] {
            var linked = 0
            for stop in stops {
                while linked < stop {
                    try folder.link("\(out)-in/\(names[linked])", to: "../in/\(names[linked])")
                    linked += 1
                }
                expectSuccess(
                    try dedup(
                        "run", "in=\(out)-in", "--out", out, "--on-bad-line", "drop", "--threads", "\(stop % 3 + 1)",
                        in: folder.path))
            }
        }
        // Each run is given only the new shard.
        for (number, name) in names.enumerated() {
            try folder.link("alone-\(number)/\(name)", to: "../in/\(name)")
            expectSuccess(
                try dedup("run", "in=alone-\(number)", "--out", "alone", "--on-bad-line", "drop", in: folder.path))
        }
        #expect(try folder.report("alone").run.missingShardsCount == names.count - 1)
        try run("in=in", out: "labelled")
        try expectSame("alone", as: "labelled")
        try expectSame("halves", as: "labelled")
        try expectSame("single", as: "labelled")
        #expect(try folder.report("whole").corpus.removed == folder.report("labelled").corpus.removed)
    }

    @Test func addingAnInputLaterDoesNotChangeTheBytes() throws {
        try run("in=in", "more", out: "together")
        try run("in=in", out: "later")
        try run("in=in", "more", out: "later")
        try expectSame("later", as: "together")
    }

    @Test func shardsThatComeOutOfOrderAreCounted() throws {
        try run("in", out: "out")
        try folder.shard("in/00.jsonl", documents("late", 20, seed: 0, words: 30))
        try run("in", out: "out")
        #expect(try folder.corpusOfReport("out").contains("\"shardsOutOfOrder\":1"))
        // Documents that were kept earlier have precedence, although their shards sort later.
        #expect(try folder.removedLines("00.jsonl", "out").allSatisfy { $0.twin.shard != "00.jsonl" || $0.line > 4 })
        #expect(try folder.decoded("out/00.jsonl").isEmpty)
    }

    @Test func readEqualsKeptRemovedDroppedAndBad() throws {
        try run("in", "more", "--min-words", "5", out: "out")
        let corpus = try folder.report("out").corpus
        #expect(corpus.read == corpus.kept + corpus.removed + corpus.dropped + corpus.bad)
        #expect(corpus.dropped == 12 && corpus.bad == 12)
        for shard in corpus.shards {
            #expect(shard.read == shard.documents + shard.bad)
            #expect(shard.documents == shard.kept + shard.removed + shard.dropped)
            let lines = try folder.decoded("out/" + shard.name).count { $0 == UInt8(ascii: "\n") }
            #expect(lines == shard.kept)
            #expect(try folder.removedLines(shard.name, "out").count == shard.removed)
            #expect(try folder.badLines(shard.name, "out").count == shard.bad)
        }
    }
}
