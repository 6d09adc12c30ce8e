import Basics
import Corpus
import Dedup
import Foundation
import Reports
import TestSupport
import Testing

@testable import DuplicateIndex
@testable import Pipelines

/// Compares runs over `SampleCorpus` with the recorded answers.
@Suite(.timeLimit(.minutes(15))) struct SampleCorpusTests {
    private static let folder = Checkout.folder + "/SampleCorpus"

    private struct Place: Hashable, Comparable {
        let shard: String
        let line: Int

        static func < (a: Place, b: Place) -> Bool {
            a.shard == b.shard ? a.line < b.line : a.shard.precedesBytewise(b.shard)
        }
    }

    private struct Pair {
        let twin: Place
        let intersection: Int
        let union: Int
        var isAbove: Bool { 1000 * intersection > 700 * union }
        var isEqual: Bool { intersection == union }
    }

    /// The similar earlier documents of each document.
    private static func truth() throws -> [Place: [Pair]] {
        var pairs: [Place: [Pair]] = [:]
        for row in try String(contentsOfFile: folder + "/truth.tsv", encoding: .utf8).split(separator: "\n").dropFirst()
        {
            let fields = row.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count > 6, let line = Int(fields[2]), let twinLine = Int(fields[4]),
                let intersection = Int(fields[5]), let union = Int(fields[6])
            else { continue }
            let later = Place(shard: fields[1], line: line)
            let twin = Place(shard: fields[3], line: twinLine)
            #expect(twin < later)
            pairs[later, default: []].append(Pair(twin: twin, intersection: intersection, union: union))
        }
        return pairs
    }

    private static func counts() throws -> [String: Int] {
        let rows = try String(contentsOfFile: folder + "/counts.tsv", encoding: .utf8).split(separator: "\n")
            .dropFirst()
        return Dictionary(
            uniqueKeysWithValues: rows.map { row in
                let fields = row.split(separator: "\t")
                return (String(fields[0]), Int(fields[1])!)
            })
    }

    /// Runs a pipeline over the corpus and checks what holds for any banding. Returns the share that was removed of the
    /// documents that have an earlier kept document with a similarity above 0.7.
    private func recall(_ pipeline: String) async throws -> Double {
        let out = try TemporaryFolder()
        let report = try await dedup(PipelineParser.standard.load(pipeline), [Self.folder], to: out / "out")
        let shards = try outcome(of: out / "out", report).shards
        let truth = try Self.truth()
        let counts = try Self.counts()

        #expect(report.corpus.counts.documents == counts["documents"])
        #expect(report.corpus.counts.blankLines == counts["blank_lines"])
        #expect(report.corpus.counts.bad == 0 && report.corpus.counts.dropped == 0)
        for shard in report.corpus.shards {
            #expect(shard.counts.documents == counts["documents:" + shard.name], "\(shard.name)")
            #expect(shard.counts.documents + shard.counts.blankLines == counts["lines:" + shard.name], "\(shard.name)")
        }
        #expect(report.corpus.shards.count == counts.keys.count { $0.hasPrefix("lines:") })
        let pairs = truth.values.flatMap { $0 }
        #expect(pairs.count == counts["pairs_in_truth"])
        #expect(pairs.count(where: \.isAbove) == counts["pairs_above_0.7"])

        var removed: [Place: Removed] = [:]
        for (name, shard) in shards {
            for entry in shard.removed { removed[Place(shard: name, line: entry.line)] = entry }
        }
        for (place, entry) in removed {
            let twin = Place(shard: entry.twin.shard, line: entry.twin.line)
            #expect(twin < place && removed[twin] == nil)
            guard let pair = truth[place]?.first(where: { $0.twin == twin }) else {
                Issue.record("\(place): its twin \(twin) is not like it")
                continue
            }
            #expect(pair.isAbove)
            #expect(pair.intersection == entry.intersection && pair.union == entry.union, "\(place)")
            #expect(abs(entry.jaccard - Double(pair.intersection) / Double(pair.union)) < 1e-9)
        }
        var withTwin = 0
        for (place, pairs) in truth {
            let kept = pairs.filter { $0.isAbove && removed[$0.twin] == nil }
            withTwin += kept.isEmpty ? 0 : 1
            if kept.isEmpty { #expect(removed[place] == nil) }
            if kept.contains(where: \.isEqual) { #expect(removed[place] != nil, "\(place)") }
        }
        #expect(report.corpus.counts.removed == removed.count)
        // Every line that was not removed was kept.
        for (name, shard) in shards {
            let all = split(try decoded(Self.folder + "/" + name))
            let gone = Set(shard.removed.map(\.line))
            let expected = all.enumerated().filter { index, line in
                !gone.contains(index + 1) && !line.allSatisfy { [0x20, 0x09, 0x0D].contains($0) }
            }
            #expect(shard.kept.count == expected.count, "\(name)")
            for (kept, line) in zip(shard.kept, expected) {
                let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
                #expect(
                    kept
                        == (line.offset == 0 && line.element.starts(with: mark)
                            ? Array(line.element.dropFirst(3)) : line.element))
            }
        }
        return Double(removed.count) / Double(withTwin)
    }

    @Test func theDefaultFindsMostTwins() async throws {
        let recall = try await recall("deberta")
        #expect(recall > 0.7 && recall < 1)
    }

    @Test func thePipelineRecallFindsNearlyAllTwins() async throws {
        let recall = try await recall("recall")
        #expect(recall > 0.97)
    }

    @Test func thePipelineExactFindsExactDuplicates() async throws {
        let out = try TemporaryFolder()
        let report = try await dedup(PipelineParser.standard.load("exact"), [Self.folder], to: out / "out")
        let counts = try Self.counts()
        // In this corpus, documents with equal shingle sets have equal words.
        #expect(report.corpus.counts.removed == counts["documents_with_earlier_twin_of_1"])
    }
}
