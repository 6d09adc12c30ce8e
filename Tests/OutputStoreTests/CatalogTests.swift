import Basics
import Corpus
import TestSupport
import Testing

@testable import DuplicateIndex
@testable import OutputStore

@Suite struct CatalogTests {
    @Test func everythingComesBackAlsoLater() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        let inputs = [Catalog.Input(name: "books", label: nil), Catalog.Input(name: "crawl", label: "веб")]
        let parameters = ["bands": "10", "threshold": "0.7", "text-field": "a'b\"c"]
        let first = shardRecord(0, "a/1.jsonl.zst")
        let second = shardRecord(1, "a/é.jsonl", isCopied: true)
        do {
            let catalog = try Catalog(path: path)
            #expect(try catalog.parameters().isEmpty && catalog.inputs().isEmpty && catalog.doneShards().isEmpty)
            try catalog.begin(["bands": "3"], [Catalog.Input(name: "forgotten", label: nil)])
            // No shard is done yet, so the first call of `begin` has no effect any more.
            try catalog.begin(parameters, inputs)
            try catalog.intend([second, first])
            #expect(try catalog.doneShards().isEmpty)
            #expect(try Set(catalog.intendedShards()) == [first.name, second.name])
            try finish([first], catalog, sampleState(3))
            #expect(try catalog.intendedShards() == [second.name])
            #expect(isSame(try catalog.doneShards(), [first]))
        }
        let catalog = try Catalog(path: path)
        #expect(try catalog.parameters() == parameters)
        #expect(try catalog.inputs() == inputs)
        #expect(isSame(try catalog.doneShards(), [first]))
        #expect(isSame(try catalog.files(), filesOf: [first]))
        #expect(try catalog.indexState() == sampleState(3))
        try finish([second], catalog, sampleState(4))
        #expect(isSame(try catalog.doneShards(), [first, second]))
        #expect(isSame(try catalog.files(), filesOf: [first, second]))
        #expect(try catalog.indexState() == sampleState(4))
        // A recorded input does not change.
        try catalog.begin(["bands": "20"], [Catalog.Input(name: "books", label: "other")])
        #expect(try catalog.inputs().first { $0.name == "books" }?.label == nil)
        #expect(try catalog.parameters()["bands"] == "20")
    }

    /// An unfinished shard is processed again, perhaps at another position.
    @Test func anIntentCanBeRenewed() throws {
        let folder = try TemporaryFolder()
        let catalog = try Catalog(path: folder.path + "/catalog.sqlite")
        try catalog.begin([:], [Catalog.Input(name: "books", label: nil)])
        try catalog.intend([shardRecord(0, "a.jsonl"), shardRecord(1, "b.jsonl"), shardRecord(2, "c.jsonl")])
        let renewed = [shardRecord(0, "0.jsonl"), shardRecord(1, "a.jsonl", removed: 8)]
        try catalog.intend(renewed)
        #expect(try Set(catalog.intendedShards()) == ["0.jsonl", "a.jsonl", "c.jsonl"])
        try finish(renewed, catalog)
        #expect(isSame(try catalog.doneShards(), renewed))
        #expect(try catalog.intendedShards() == ["c.jsonl"])
    }

    /// Names are bytes: an é of one scalar and one of two are two shards.
    @Test func namesAreBytes() throws {
        let folder = try TemporaryFolder()
        let catalog = try Catalog(path: folder.path + "/catalog.sqlite")
        try catalog.begin([:], [Catalog.Input(name: "books", label: nil)])
        let both = [shardRecord(0, "e\u{301}.jsonl"), shardRecord(1, "\u{E9}.jsonl")]
        try catalog.intend(both)
        try finish(both, catalog)
        #expect(isSame(try catalog.doneShards(), both))
    }

    // MARK: The index

    @Test func indexStatesComeBack() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        for round in 0..<4 {
            let catalog = try Catalog(path: path)
            #expect(try catalog.indexState() == (round == 0 ? .empty : sampleState(round * 6 - 1)))
            for number in round * 6..<round * 6 + 6 {
                try catalog.record(sampleState(number))
                #expect(try catalog.indexState() == sampleState(number))
            }
            if round % 2 == 0 { try catalog.settle() }
        }
    }

    @Test func aPartialShardComesBackUntilItIsDone() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        do {
            let catalog = try Catalog(path: path)
            #expect(try catalog.partialShard() == nil)
            try catalog.begin(["bands": "3"], [Catalog.Input(name: "books", label: nil)])
            try catalog.intend([shardRecord(0, "a/0.jsonl")])
            try finish([shardRecord(0, "a/0.jsonl")], catalog, sampleState(1))
            try catalog.record(samplePartial(1, bytes: 10), sampleState(2))
            try catalog.record(samplePartial(1), sampleState(3))
        }
        do {
            let catalog = try Catalog(path: path)
            #expect(isSame(try catalog.partialShard(), samplePartial(1)))
            #expect(try catalog.indexState() == sampleState(3))
            // The partial shard does not count as done.
            #expect(isSame(try catalog.doneShards(), [shardRecord(0, "a/0.jsonl")]))
            #expect(try catalog.intendedShards().isEmpty)
            try catalog.begin(["bands": "3"], [])
            // A commit without shards does not remove it.
            try catalog.finish([], sampleState(4))
            #expect(isSame(try catalog.partialShard(), samplePartial(1)))
            #expect(try catalog.indexState() == sampleState(4))
            try catalog.intend([shardRecord(1, "a/é.jsonl")])
            try finish([shardRecord(1, "a/é.jsonl")], catalog, sampleState(5))
            #expect(try catalog.partialShard() == nil)
        }
        #expect(try Catalog(path: path).partialShard() == nil)
    }

    /// A durable part of the first shard counts as progress.
    @Test func whatAPartIsOfIsNotForgotten() throws {
        let folder = try TemporaryFolder()
        let catalog = try Catalog(path: folder.path + "/catalog.sqlite")
        let books = Catalog.Input(name: "books", label: nil)
        try catalog.begin(["bands": "3"], [books])
        try catalog.record(samplePartial(0), sampleState(2))
        try catalog.begin([:], [])
        #expect(try catalog.parameters() == ["bands": "3"])
        #expect(try catalog.inputs() == [books])
        #expect(isSame(try catalog.partialShard(), samplePartial(0)))
    }

    // MARK: Other outputs, reports

    @Test func otherOutputsAreThoseOfTheLastRun() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        let outputs = (0..<12).map { Catalog.OtherOutput(path: "/out/\(11 - $0)/é", state: "state \($0)") }
        do {
            let catalog = try Catalog(path: path)
            #expect(try catalog.otherOutputs().isEmpty)
            try catalog.begin([:], [], against: outputs.reversed())
            try catalog.begin([:], [], against: outputs)
            #expect(try catalog.otherOutputs() == outputs)
        }
        let catalog = try Catalog(path: path)
        #expect(try catalog.otherOutputs() == outputs)
        try catalog.begin([:], [])
        #expect(try catalog.otherOutputs().isEmpty)
    }

    /// The state of an output changes with every run that adds shards or has other parameters.
    @Test func theStateSaysWhatTheOutputHolds() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        let records = [shardRecord(0, "a.jsonl"), shardRecord(1, "b.jsonl")]
        var states: [String] = []
        do {
            let catalog = try Catalog(path: path)
            states.append(try catalog.state())
            try catalog.begin(["bands": "3"], [Catalog.Input(name: "books", label: nil)])
            states.append(try catalog.state())
            for record in records {
                try catalog.intend([record])
                #expect(try catalog.state() == states.last)
                try finish([record], catalog)
                states.append(try catalog.state())
            }
            #expect(Set(states).count == states.count)
            try catalog.touch("a.jsonl", modified: 5)
            try catalog.settle()
        }
        #expect(try Catalog(path: path).state() == states.last)
    }

    @Test func aReportIsOneOfTwoUntilItIsWritten() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        do {
            let catalog = try Catalog(path: path)
            #expect(try catalog.reports().isEmpty)
            try catalog.expectReport("report.html", digest: "1")
            try catalog.recordReport("report.html", digest: "1")
            try catalog.expectReport("report.txt", digest: "1")
            #expect(try catalog.reports() == ["report.html": ["1"], "report.txt": ["1"]])
            try catalog.expectReport("report.html", digest: "2")
        }
        let catalog = try Catalog(path: path)
        #expect(try catalog.reports() == ["report.html": ["1", "2"], "report.txt": ["1"]])
        // The report was written again with the same content.
        try catalog.expectReport("report.html", digest: "2")
        try catalog.recordReport("report.html", digest: "2")
        #expect(try catalog.reports() == ["report.html": ["2"], "report.txt": ["1"]])
    }
}
