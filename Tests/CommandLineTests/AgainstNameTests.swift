import Foundation
import TestSupport
import Testing

/// Lists name other outputs by the last component of their real path, however `--against` is spelled.
@Suite struct AgainstNameTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("books/a.jsonl", documents("a", 20, seed: 1))
        try folder.shard("web/b.jsonl", documents("b", 20, seed: 100))
        expectSuccess(try dedup("run", "books", "--out", "x/clean", in: folder.path))
        expectSuccess(try dedup("run", "web", "--out", "y/clean", in: folder.path))
        try folder.shard("in/i.jsonl", documents("i", 10, seed: 6) + documents("j", 10, seed: 106))
        try folder.link("link", to: "x/clean")
    }

    private func run(_ out: String, in place: String = "", _ arguments: String...) throws {
        expectSuccess(
            try dedup(["run", folder / "in", "--out", folder / out] + arguments, in: folder / place))
    }

    private func names(_ out: String) throws -> Set<String> {
        Set(try folder.removedLines("i.jsonl", out).compactMap(\.twin.against))
    }

    @Test func theSpellingOfThePathChangesNothing() throws {
        try run("out", "--against", "x/clean")
        #expect(try names("out") == ["clean"])
        for (number, path) in ["./x//clean/", "link", "x/../x/clean/.", folder / "x/clean"].enumerated() {
            try run("out-\(number)", "--against", path)
            #expect(try folder.results("out-\(number)") == folder.results("out"), "\(path)")
        }
        try run("out-dot", in: "x/clean", "--against", ".")
        #expect(try folder.results("out-dot") == folder.results("out"))
    }

    @Test func equalNamesAreNumbered() throws {
        try run("out", "--against", "x/clean", "--against", "y/clean")
        let twins = try folder.removedLines("i.jsonl").map(\.twin)
        #expect(Set(twins.filter { $0.shard == "a.jsonl" }.map(\.against)) == ["clean"])
        #expect(Set(twins.filter { $0.shard == "b.jsonl" }.map(\.against)) == ["clean-2"])
        try run("other", "--against", "y/clean", "--against", "link")
        let others = try folder.removedLines("i.jsonl", "other").map(\.twin)
        #expect(Set(others.filter { $0.shard == "a.jsonl" }.map(\.against)) == ["clean-2"])
        // `explain` shows both texts, in any working directory.
        for (id, place) in [("i-0", "clean"), ("j-0", "clean-2")] {
            let shown = try dedup("explain", folder / "out", id, in: "/").outputText
            #expect(shown.contains("in the output \(place)\n"), "\(shown)")
            #expect(shown.components(separatedBy: "[\(text(id == "i-0" ? 6 : 106))]").count == 3, "\(shown)")
        }
    }

    @Test func aNameThatIsTakenGetsTheNextNumber() throws {
        try FileManager.default.moveItem(atPath: folder / "web", toPath: folder / "web2")
        expectSuccess(try dedup("run", "web2", "--out", "clean-2", in: folder.path))
        try run("out", "--against", "clean-2", "--against", "x/clean", "--against", "y/clean")
        let twins = try folder.removedLines("i.jsonl").map(\.twin)
        #expect(Set(twins.map(\.against)) == ["clean-2", "clean"])
        let shown = try dedup("explain", folder / "out", "i-0", in: "/").outputText
        #expect(shown.contains("[\(text(6))]"), "\(shown)")
    }

    @Test func listsOfEarlierVersionsAreRead() throws {
        try run("out", "--against", "x/clean")
        let list = "out/.dedup/removed/i.jsonl.jsonl.zst"
        let lines = try folder.decodedText(list).replacing("\"against\":\"clean\"", with: "\"against\":\"x/clean\"")
        #expect(lines.contains("x/clean"))
        try folder.shard(list, Array(lines.utf8))
        let shown = try dedup("explain", "../out", "i-0", in: folder / "in").outputText
        #expect(shown.contains("in the output x/clean\n"), "\(shown)")
        #expect(shown.components(separatedBy: "[\(text(6))]").count == 3, "\(shown)")
    }

    @Test func anOutputThatIsGoneIsNamed() throws {
        try run("out", "--against", "x/clean")
        try folder.remove("x")
        let shown = try dedup("explain", "out", "i-0", in: folder.path)
        expectSuccess(shown)
        #expect(shown.outputText.contains("cannot be read: x/clean: no such folder"), "\(shown.outputText)")
    }
}
