import Dedup
import Foundation
import TestSupport
import Testing

struct DeduplicatorTests {
    @Test func `A near-duplicate names the earliest document that it matches and their overlap`() async throws {
        let deduplicator = try Deduplicator()
        let words = (1...40).map { "word\($0)" }
        let first = words.joined(separator: " ")
        let second = (words.dropLast() + ["other"]).joined(separator: " ")
        #expect(try await deduplicator.add("something else altogether, which nothing resembles", id: "a") == .kept)
        #expect(try await deduplicator.add(first, id: "b") == .kept)
        guard case .duplicate(let document, let overlap) = try await deduplicator.add(second, id: "c") else {
            Issue.record("not a duplicate")
            return
        }
        #expect(document == DocumentReference(position: 1, id: "b"))
        // 36 shingles of 5 words each, of which the last one differs.
        #expect(overlap.intersection == 35 && overlap.union == 37)
        #expect(overlap.jaccard == 35.0 / 37.0)
        #expect(!overlap.bands.isEmpty && overlap.bands == overlap.bands.sorted())
        #expect(await deduplicator.count == 3)
        #expect(await deduplicator.keptCount == 2)
    }

    @Test func `Blank texts are kept, equal texts without words are duplicates`() async throws {
        let decisions = try await Deduplicator().add(contentsOf: ["", "", " \n", "!!!", "!!!", "!!"])
        #expect(decisions.map(\.isKept) == [true, true, true, true, false, true])
    }

    @Test func `Exact matching compares words alone`() async throws {
        var parameters = Parameters()
        parameters.match = .exact
        let decisions = try await Deduplicator(parameters: parameters)
            .add(contentsOf: ["One two three.", "one, TWO, three", "one two three four", "", ""])
        #expect(decisions.map(\.isKept) == [true, false, true, true, true])
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `Decisions depend neither on batches nor on processes`(seed: UInt64) async throws {
        let documents = someDocuments(1500, seed: seed)
        let expected = try await Deduplicator().add(contentsOf: documents)
        #expect(expected.count { !$0.isKept } > 200)

        let oneByOne = try Deduplicator()
        var decisions: [Decision] = []
        for document in documents { decisions.append(try await oneByOne.add(document.text, id: document.id)) }
        #expect(decisions == expected)

        // A folder that is opened again and again, with batches of any size.
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: seed)
        decisions = []
        while decisions.count < documents.count {
            let opened = try Deduplicator(folder: folder.url("index"), memory: 16 << 20)
            #expect(await opened.count == decisions.count)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let end = min(documents.count, decisions.count + Int.random(in: 0...400, using: &random))
                decisions += try await opened.add(contentsOf: Array(documents[decisions.count..<end]))
            }
            if random.chance(0.5) { try await opened.close() } else { try await opened.commit() }
        }
        #expect(decisions == expected)
    }

    @Test(arguments: [false, true])
    func `Decisions equal those of the command`(isExact: Bool) async throws {
        let documents = someDocuments(800, seed: 11)
        let folder = try TemporaryFolder()
        let lines = try documents.map { document in
            var object = ["text": document.text]
            object["id"] = document.id
            return String(decoding: try JSONEncoder().encode(object), as: UTF8.self)
        }
        try folder.shard("in/a.jsonl.zst", lines)
        let match = isExact ? "exact" : "jaccard"
        let outcome = try dedup("run", "in", "--out", "out", "--match", match, in: folder.path)
        #expect(outcome.code == 0, "\(outcome.error)")

        struct Removed: Decodable, Equatable {
            struct Twin: Decodable, Equatable {
                let line: Int
                let id: String?
            }
            let line: Int
            let id: String?
            let twin: Twin
            let intersection: Int
            let union: Int
            let bands: [Int]
        }
        let list = try folder.decodedText("out/.dedup/removed/a.jsonl.zst.jsonl.zst")
        let removed = try list.split(separator: "\n").map {
            try JSONDecoder().decode(Removed.self, from: Data($0.utf8))
        }
        var parameters = Parameters()
        if isExact { parameters.match = .exact }
        let decisions = try await Deduplicator(parameters: parameters).add(contentsOf: documents)
        let expected = decisions.enumerated().compactMap { number, decision -> Removed? in
            guard case .duplicate(let of, let overlap) = decision else { return nil }
            return Removed(
                line: number + 1, id: documents[number].id, twin: .init(line: of.position + 1, id: of.id),
                intersection: overlap.intersection, union: overlap.union, bands: overlap.bands)
        }
        #expect(!removed.isEmpty)
        #expect(removed == expected)
    }

    @Test func `Overlapping calls do not mix their documents`() async throws {
        let deduplicator = try Deduplicator()
        let batches = (0..<8).map { someDocuments(100, seed: UInt64($0)) }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for batch in batches { group.addTask { try await deduplicator.add(contentsOf: batch).count } }
            for try await count in group { #expect(count == 100) }
        }
        #expect(await deduplicator.count == 800)
    }
}
