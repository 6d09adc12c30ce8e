import Corpus
import Foundation
import Reports
import Testing

/// Every declared counter is in every form of the report.
@Suite struct CounterTests {
    /// Counts in which no two counters have the same value.
    private static let counts = {
        var counts = DocumentCounts()
        for (number, counter) in DocumentCounts.counters.enumerated() { counts[counter] = 1000 * (101 + number) }
        return counts
    }()
    private static let report = Samples.report([("a.jsonl", counts), ("b.jsonl", DocumentCounts())])

    @Test func everyPropertyIsDeclaredOnce() {
        #expect(Mirror(reflecting: DocumentCounts()).children.count == DocumentCounts.counters.count)
        #expect(Set(DocumentCounts.counters.map(\.name)).count == DocumentCounts.counters.count)
        #expect(Set(DocumentCounts.counters.map { Self.counts[$0] }).count == DocumentCounts.counters.count)
    }

    @Test(arguments: DocumentCounts.counters)
    func reportJSONHasEveryCounter(_ counter: DocumentCounts.Counter) throws {
        let json = try JSONSerialization.jsonObject(with: Data(Self.report.json())) as? [String: Any]
        let corpus = try #require(json?["corpus"] as? [String: Any])
        let inputs = try #require(corpus["inputs"] as? [[String: Any]])
        let shards = try #require(corpus["shards"] as? [[String: Any]])
        for object in [corpus, inputs[0], shards[0]] {
            #expect(object[counter.jsonName] as? Int == Self.counts[counter], "\(counter.name)")
        }
        #expect(try Report(json: Self.report.json(), path: "r").corpus.counts[counter] == Self.counts[counter])
    }

    /// Of the counters, only the lines read are not shown: they are the documents and the bad lines.
    @Test(arguments: DocumentCounts.counters.filter { $0.name != "read" })
    func reportHTMLHasEveryCounter(_ counter: DocumentCounts.Counter) throws {
        let page = String(decoding: try Self.report.html(), as: UTF8.self)
        #expect(page.contains(Self.counts.text(counter)), "\(counter.name)")
        if counter.places.contains(.pageTables) {
            #expect(page.components(separatedBy: "<th scope=\"col\" class=\"n\">\(counter.heading)</th>").count == 3)
        }
    }

    @Test(arguments: DocumentCounts.counters.filter { $0.name != "read" && $0.name != "blank_lines" })
    func statsHasEveryCounter(_ counter: DocumentCounts.Counter) throws {
        let text = Self.report.text(shards: nil)
        #expect(text.contains(Self.counts.text(counter)), "\(counter.name)")
        if counter.places.contains(.terminalSummary) { #expect(text.contains("  \(counter.lowercasedTitle)")) }
    }

    /// A report of a version of dedup that knows fewer counters can be read; the others are 0.
    @Test func aCounterThatIsMissingIsZero() throws {
        var json = String(decoding: try Self.report.json(), as: UTF8.self)
        json.replace(#/ *"candidates" : \d+,\n/#, with: "")
        let counts = try Report(json: Array(json.utf8), path: "r").corpus.counts
        #expect(counts.candidates == 0 && counts.kept == Self.counts.kept)
    }

    @Test(arguments: ["-1", "9223372036854775807"])
    func aNumberThatCannotBeACountIsRefused(_ number: String) throws {
        var json = String(decoding: try Self.report.json(), as: UTF8.self)
        json.replace(#/"kept" : \d+/#, with: "\"kept\" : " + number)
        let failure = #expect(throws: (any Error).self) { try Report(json: Array(json.utf8), path: "r") }
        #expect("\(try #require(failure))".contains("kept"))
    }
}
