import Basics
import Dedup
import Foundation
import Reports
import TestSupport
import Testing

@testable import Corpus
@testable import Deduplication
@testable import Pipelines

/// Compares runs with `SlowDedup`, line by line.
@Suite(.timeLimit(.minutes(15))) struct ReferenceTests {
    /// The expected settings of the ready definitions.
    static let ready: [(name: String, settings: Settings)] = [
        ("deberta", Settings()),
        ("recall", Settings(bands: 20, rows: 5)),
        ("exact", Settings(match: .exact)),
        ("short-texts", Settings(unit: .char, form: .nfkc, bands: 20, rows: 5)),
    ]

    @Test func everyReadyDefinitionIsTested() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Checkout.folder + "/Pipelines")
        // Definitions with embedding need a model, so they are tested with the vectors and scores.
        let names = Self.ready.map(\.name) + ["embed", "deberta-quality"]
        // The folder also holds settings of trainings.
        let definitions = files.filter { !$0.hasPrefix("train-") }
        #expect(Set(definitions) == Set(names.map { $0 + ".yaml" }))
        #expect(Set(PipelineParser.builtIn.keys) == Set(names))
        for (name, text) in PipelineParser.builtIn {
            let file = Checkout.folder + "/Pipelines/\(name).yaml"
            #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
        }
    }

    @Test(arguments: ready, [1, 3])
    func readyDefinitionsMatchTheReference(_ ready: (name: String, settings: Settings), threads: Int) async throws {
        let corpus = RandomCorpus(documents: 400, seed: UInt64(threads))
        let definition = try PipelineParser.standard.load(Checkout.folder + "/Pipelines/\(ready.name).yaml")
        let found = try await check(corpus, definition, ready.settings, threads: threads)
        // The corpus has duplicates, and not only exact copies.
        #expect(found.removed > 50)
        if ready.settings.match == .jaccard {
            #expect(found.shards.values.flatMap(\.removed).contains { $0.intersection < $0.union })
        }
    }

    @Test(arguments: 0..<14)
    func randomOptionsMatchTheReference(seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(seed) &* 977 &+ 5)
        var settings = Settings()
        settings.match = seed % 7 == 6 ? .exact : .jaccard
        settings.unit = Settings.Unit.allCases[seed % 2]
        settings.form = Settings.Form.allCases[seed % 3]
        settings.size = Int.random(in: 1...9, using: &random)
        (settings.bands, settings.rows) = [(10, 10), (20, 5), (1, 1), (50, 2), (7, 3), (100, 1), (3, 11)][seed % 7]
        settings.threshold = [700, 0, 999, 500, Int.random(in: 0...999, using: &random)].randomElement(using: &random)!
        settings.minWords = [0, 0, 1, 6].randomElement(using: &random)!
        let corpus = RandomCorpus(documents: 160, seed: UInt64(seed) + 100)
        try await check(corpus, definition(settings), settings, threads: 1 + seed % 5)
    }

    /// The memory is enough for a few thousand band keys, so most of the index is on the disk.
    @Test(arguments: [Settings(bands: 50, rows: 2), Settings(unit: .char, size: 3, bands: 25, rows: 4, threshold: 600)])
    func littleMemoryMatchesTheReference(settings: Settings) async throws {
        let corpus = RandomCorpus(documents: 400, seed: 31, compressed: false)
        let folder = try TemporaryFolder()
        try corpus.write(to: folder / "in")
        let report = try await dedup(definition(settings), [folder / "in"], to: folder / "out", memory: 640 << 10)
        let index = try #require(report.run.index)
        #expect(index.bandKeysOnDisk > 2000)
        #expect(index.bandKeysOnDisk < index.bandKeys)
        expectSame(try outcome(of: folder / "out", report), SlowDedup.run(corpus.lines, settings))
    }

    @Test(arguments: [true, false])
    func twoInputsMatchTheReference(booksFirst: Bool) async throws {
        let books = RandomCorpus(documents: 120, seed: 7, label: "books/")
        let crawl = RandomCorpus(documents: 120, seed: 8, label: "crawl/", copying: books.texts)
        let folder = try TemporaryFolder()
        try books.write(to: folder / "books")
        try crawl.write(to: folder / "crawl")
        let inputs = booksFirst ? ["books", "crawl"] : ["crawl", "books"]
        let report = try await dedup(definition(Settings()), inputs.map { folder / $0 }, to: folder / "out")
        let lines = booksFirst ? books.lines + crawl.lines : crawl.lines + books.lines
        let expected = SlowDedup.run(lines, Settings())
        expectSame(try outcome(of: folder / "out", report), expected)
        #expect(report.corpus.inputs.map(\.name).sorted() == ["books", "crawl"])
        // Copies are removed from the later input, and their twins are in the earlier one.
        let later = booksFirst ? "crawl/" : "books/"
        let across = expected.shards.flatMap { name, shard in
            shard.removed.filter { name.hasPrefix(later) && !$0.twin.shard.hasPrefix(later) }
        }
        #expect(across.count > 5)
    }

    @discardableResult
    private func check(
        _ corpus: RandomCorpus, _ definition: PipelineDefinition, _ settings: Settings, threads: Int
    ) async throws -> Outcome {
        let folder = try TemporaryFolder()
        try corpus.write(to: folder / "in")
        let report = try await dedup(definition, [folder / "in"], to: folder / "out", threads: threads)
        let expected = SlowDedup.run(corpus.lines, settings)
        expectSame(try outcome(of: folder / "out", report), expected, "\(settings)")
        #expect(files(folder / "out") == Set(corpus.shards.map(\.path)))
        #expect(report.corpus.shards.map(\.name) == corpus.shards.map(\.path))
        #expect(report.corpus.counts.kept == expected.kept && report.corpus.counts.removed == expected.removed)
        return expected
    }
}

/// A definition with every option written out.
func definition(_ settings: Settings) throws -> PipelineDefinition {
    let sketch =
        switch settings.match {
        case .exact: "  - fingerprint\n  - deduplicate\n"
        case .none: ""
        case .jaccard:
            """
              - shingles: {unit: \(settings.unit.rawValue), size: \(settings.size)}
              - minhash: {seeds: \(max(100, settings.bands * settings.rows)), bands: \(settings.bands), rows: \(settings.rows)}
              - deduplicate: {threshold: 0.\(String(1000 + settings.threshold).dropFirst())}

            """
        }
    return try PipelineParser.standard.parse(
        """
        stages:
          - read
          - words: {normalization: \(settings.form.rawValue)}
          - filter: {min-words: \(settings.minWords)}
        \(sketch)  - write
          - report

        """, source: "test.yaml")
}

/// Expects two equal outcomes, and reports the first difference.
func expectSame(
    _ found: Outcome, _ expected: Outcome, _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    // The reference has no entry for a shard without lines.
    let names = Set(found.shards.keys).union(expected.shards.keys).sorted()
    for name in names {
        let found = found.shards[name] ?? Outcome.Shard()
        let expected = expected.shards[name] ?? Outcome.Shard()
        if found == expected { continue }
        for (a, b) in zip(found.removed, expected.removed) where a != b {
            Issue.record("\(what): \(name): removed \(a), expected \(b)", sourceLocation: sourceLocation)
            return
        }
        Issue.record(
            """
            \(what): \(name): \(found.kept.count) kept, \(found.removed.count) removed, \(found.dropped) dropped, \
            \(found.blankLines) blank, \(found.candidates) compared; expected \(expected.kept.count), \
            \(expected.removed.count), \(expected.dropped), \(expected.blankLines), \(expected.candidates)
            """, sourceLocation: sourceLocation)
        return
    }
}
