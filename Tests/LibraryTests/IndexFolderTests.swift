import Dedup
import Foundation
import TestSupport
import Testing

struct IndexFolderTests {
    @Test func `What was not committed is gone when the folder is opened again`() async throws {
        let folder = try TemporaryFolder()
        let documents = someDocuments(600, seed: 5)
        let expected = try await Deduplicator().add(contentsOf: documents)
        do {
            let opened = try Deduplicator(folder: folder.url("index"))
            try await opened.add(contentsOf: Array(documents[..<200]))
            try await opened.commit()
            try await opened.add(contentsOf: Array(documents[200..<350]))
            #expect(await opened.count == 350)
        }
        let opened = try Deduplicator(folder: folder.url("index"))
        #expect(await opened.count == 200)
        #expect(try await opened.add(contentsOf: Array(documents[200...])) == Array(expected[200...]))
    }

    /// What the folder holds at any moment is what a power loss or a kill may leave of it.
    @Test func `A copy of the folder at any moment opens with the last commit`() async throws {
        let folder = try TemporaryFolder()
        let documents = someDocuments(400, seed: 6)
        let expected = try await Deduplicator().add(contentsOf: documents)
        let opened = try Deduplicator(folder: folder.url("index"))
        for (number, start) in stride(from: 0, to: 400, by: 80).enumerated() {
            try await opened.add(contentsOf: Array(documents[start..<start + 60]))
            try await opened.commit()
            try await opened.add(contentsOf: Array(documents[start + 60..<start + 80]))
            try FileManager.default.copyItem(atPath: folder / "index", toPath: folder / "copy\(number)")
            let copy = try Deduplicator(folder: folder.url("copy\(number)"))
            #expect(await copy.count == start + 60)
            let rest = start + 60
            #expect(try await copy.add(contentsOf: Array(documents[rest...])) == Array(expected[rest...]))
        }
    }

    @Test func `Other parameters are refused by name and value`() async throws {
        let folder = try TemporaryFolder()
        let first = try Deduplicator(folder: folder.url("index"))
        try await first.add("one two three four five six")
        try await first.close()
        var parameters = Parameters()
        parameters.bands = 20
        parameters.rows = 5
        let error = await dedupError { _ = try Deduplicator(folder: folder.url("index"), parameters: parameters) }
        #expect(error?.kind == .parameter)
        #expect(error?.message.contains("made with bands 10, and these parameters have 20") == true)
        #expect(await (try Deduplicator(folder: folder.url("index"))).count == 1)
    }

    @Test func `One object at a time has the folder`() async throws {
        let folder = try TemporaryFolder()
        let first = try Deduplicator(folder: folder.url("index"))
        try await first.add("one two three")
        let error = await dedupError { _ = try Deduplicator(folder: folder.url("index")) }
        #expect(error?.message.contains("another run is writing to") == true)
        try await first.close()
        try await first.close()
        let closed = await dedupError { try await first.add("four five six") }
        #expect(closed?.message.contains("closed") == true)
        #expect(await (try Deduplicator(folder: folder.url("index"))).count == 1)
    }

    @Test func `The output of a run is refused, and a run refuses the folder`() async throws {
        let folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", [#"{"text": "one two three"}"#])
        #expect(try dedup("run", "in", "--out", "out", in: folder.path).code == 0)
        let error = await dedupError { _ = try Deduplicator(folder: folder.url("out")) }
        #expect(error?.kind == .parameter && error?.message.contains("the output of a corpus run") == true)

        let opened = try Deduplicator(folder: folder.url("index"))
        try await opened.add("one two three")
        try await opened.close()
        let outcome = try dedup("run", "in", "--out", "index", in: folder.path)
        #expect(outcome.code == 2 && outcome.error.contains("it is an index that a program keeps"), "\(outcome.error)")
        let replaced = try dedup("run", "in", "--out", "index", "--force", in: folder.path)
        #expect(replaced.code == 2 && replaced.error.contains("it is an index that a program keeps"))
        let compared = try dedup("run", "in", "--out", "new", "--against", "index", in: folder.path)
        #expect(compared.code == 2 && compared.error.contains("it is an index that a program keeps"))
        let report = try dedup("stats", "index", in: folder.path)
        #expect(report.code == 2 && report.error.contains("it is an index that a program keeps"))
        #expect(await (try Deduplicator(folder: folder.url("index"))).count == 1)
    }

    @Test(arguments: [true, false])
    func `verify finds nothing to complain about`(isClosed: Bool) async throws {
        let folder = try TemporaryFolder()
        do {
            let opened = try Deduplicator(folder: folder.url("index"))
            try await opened.add(contentsOf: someDocuments(20, seed: 9))
            try await opened.commit()
            if isClosed { try await opened.close() }
        }
        let outcome = try dedup("verify", "index", in: folder.path)
        #expect(outcome.code == 0, "\(outcome.output) \(outcome.error)")
        try folder.garble("index/.dedup/index/documents")
        #expect(try dedup("verify", "index", in: folder.path).code == 1)
    }

    @Test func `A folder with other files is refused`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("hello", to: "index/notes.txt")
        let error = await dedupError { _ = try Deduplicator(folder: folder.url("index")) }
        #expect(error?.kind == .parameter && error?.message.contains("notes.txt") == true)
    }

    @Test func `A damaged index is found`() async throws {
        let folder = try TemporaryFolder()
        let opened = try Deduplicator(folder: folder.url("index"))
        let documents = someDocuments(50, seed: 8)
        try await opened.add(contentsOf: documents)
        try await opened.close()
        try folder.garble("index/.dedup/index/documents")
        let error = await dedupError {
            try await Deduplicator(folder: folder.url("index")).add(contentsOf: documents)
        }
        #expect(error?.kind == .data && error?.message.contains("damaged") == true, "\(error?.message ?? "")")
    }
}
