import Basics
import Dedup
import Foundation
import TestSupport
import Testing

/// Compares runs with tools/check_dedup.py on real text. Needs a `shared` folder next to the checkout, or in
/// DEDUP_SHARED. `Tests/check-shared.sh` tests more, and takes longer.
@Suite(
    .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Shared.has("tools/check_dedup.py"), "no shared folder with tools/check_dedup.py"))
struct SharedCorpusTests {
    /// All sets except `editions-ru`: check_dedup.py takes half a minute for these novels, so only
    /// `Tests/check-shared.sh` uses it.
    private static let sets: [String] = {
        let folder = Shared.folder + "/data/neardup/"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().filter {
            $0 != "editions-ru" && FileManager.default.fileExists(atPath: folder + "/\($0)/docs.jsonl.zst")
        }
    }()

    /// Runs a tool; returns its exit code and what it wrote to standard output and standard error.
    private static func python(_ tool: String, _ arguments: [String]) throws -> (code: Int32, output: String) {
        let outcome = try runCommand(["python3", "-B", Shared.folder + "/tools/" + tool] + arguments, limit: 900)
        return (outcome.code, outcome.outputText + outcome.error)
    }

    private func check(_ input: String, mayHaveFewTwins: Bool, _ settings: Settings = Settings()) async throws {
        let folder = try TemporaryFolder()
        try await dedup(definition(settings), [input], to: folder / "out", threads: 2)
        let (code, output) = try Self.python(
            "check_dedup.py",
            [
                input, "--out", folder / "out", "--bands", "\(settings.bands)", "--rows", "\(settings.rows)", "--unit",
                settings.unit.rawValue,
            ])
        #expect(code == 0 || (mayHaveFewTwins && code == 3), "\(output)")
        #expect(output.contains("precision 1.00000") && output.contains(", 0 faults"), "\(output)")
    }

    @Test(arguments: sets)
    func labelledSetsPassTheCheck(name: String) async throws {
        try await check(Shared.folder + "/data/neardup/\(name)/docs.jsonl.zst", mayHaveFewTwins: true)
    }

    @Test(arguments: [
        ("mixed", Settings()), ("comments", Settings(unit: .char, bands: 20, rows: 5)), ("books", Settings()),
        ("slot", Settings()), ("scatter", Settings()),
    ])
    func generatedCorporaPassTheCheck(kind: String, settings: Settings) async throws {
        let folder = try TemporaryFolder()
        // A source that is read quickly.
        var source = ["--source", folder / "source"]
        try FileManager.default.createDirectory(atPath: folder / "source", withIntermediateDirectories: true)
        for name in ["news-telegram-000", "fortunes-ru-000", "man-ru-000", "doc-tldr-zh-000"] {
            // The files are copied, because zstd does not follow links.
            try FileManager.default.copyItem(
                atPath: Shared.folder + "/data/docs/\(name).jsonl.zst", toPath: folder / "source/\(name).jsonl.zst")
        }
        if kind == "comments" { source.append("--escape") }
        let (code, output) = try Self.python(
            "make_corpus.py", [folder / "corpus", "--mb", "2", "--shard-mb", "0.7", "--kind", kind] + source)
        try #require(code == 0, "\(output)")
        try await check(folder / "corpus", mayHaveFewTwins: kind != "mixed" && kind != "comments", settings)
    }
}
