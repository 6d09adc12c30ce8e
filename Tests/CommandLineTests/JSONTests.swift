import Foundation
import TestSupport
import Testing

/// Valid and invalid JSON, as a whole line and in fields that are not read.
@Suite struct JSONTests {
    /// The places that a value can have in a line; the first is the whole line.
    static let embeddings: [(before: String, after: String)] = [
        ("", ""), (#"{"id":"x","text":"ab","meta":"#, "}"), (#"{"meta":"#, #","id":"x","text":"ab"}"#),
        (#"{"id":"x","text":"ab","meta":{"deep":[1,"#, "]}}"), (#"{"meta":[{"k":"#, #"}],"text":"ab"}"#),
    ]

    /// Runs over one shard of these lines with good lines between them, and returns the indices of the refused ones.
    private func refused(_ lines: [[UInt8]], reasons: Bool = true) throws -> Set<Int> {
        let folder = try TemporaryFolder()
        let good = Array((line("good", "cd ef") + "\n").utf8)
        try folder.write(Array(lines.map { $0 + "\n" + good }.joined()), to: "in/a.jsonl")
        expectSuccess(try dedup("run", "in", "--out", "out", "--on-bad-line", "drop", in: folder.path))
        let bad = try folder.badLines("a.jsonl")
        #expect(bad.allSatisfy { $0.line % 2 == 1 })
        if reasons {
            for bad in bad where !["not JSON", "invalid UTF-8", "JSON array"].contains(where: bad.reason.hasPrefix) {
                #expect(bad.reason.hasPrefix("a JSON array"), "line \(bad.line): \(bad.reason)")
            }
        }
        let corpus = try folder.report().corpus
        #expect(corpus.read + corpus.blankLines == 2 * lines.count && corpus.bad == bad.count)
        return Set(bad.map { $0.line / 2 })
    }

    private func embed(_ value: [UInt8], _ way: (before: String, after: String)) -> [UInt8] {
        way.before + (value + way.after)
    }

    // MARK: Cases of our own

    static let wrong: [String] = [
        "[1,]", "[,1]", "[1 2]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{'a':1}", "[1}", "{\"a\":1]", "\"\\x\"",
        "\"\\u12G4\"",
        "\"\\u123\"", "\"a", "\"\\\"", "01", "-01", "+1", ".5", "5.", "1e", "1e+", "-", "0x1F", "1.2.3", "1_000",
        "Infinity", "-Infinity", "NaN",
        "nul", "nulll", "True", "truefalse", "undefined", "1 2", "[]]", "[[]", "{}}", "\"a\"\"b\"", "[1]//x", "/*x*/1",
        "\"a\tb\"", "\"\u{1}\"", "\u{FEFF}1", "[\"a\",\n", "\u{A0}1", "\u{2028}1", "`a`", "#", "\\u0061", "[1e400,]",
        "1e400.5",
        "[\"\\ud800\",]", "\"\\ud800\\x\"", "[01,\"\\ud800\"]", "[\"\\ud800\",NaN]", "[1e400,-]", "--1e400", "1e400e4",
        "[\"\\ud800]",
    ].filter { !$0.contains("\n") }

    static let right: [String] = [
        "1", "-0", "0", "0.0", "1e400", "-1e-400", "1E+2", "12345678901234567890123", "0.1e1", "\"\"", "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\udc00x\"", "\"\\/\"", "\"\u{7F}\u{2028}\u{FEFF}\u{FFFF}\"", "null", "true", "false", "[]", "{}",
        "[[[[]]]]", " [ ] ",
        "\t1", "{\"\":{\"\":[]}}", "{\"a\":1,\"a\":2}", "[\"\\ud800\",1e400,{\"a\":-1e999}]", "[1e999]", "\"1e999\"",
        "{\"text\":1,\"id\":[]}", "\"😀\u{10FFFF}\"",
    ]

    @Test(arguments: embeddings.indices)
    func invalidJSONIsRefused(_ way: Int) throws {
        let lines = Self.wrong.map { embed(Array($0.utf8), Self.embeddings[way]) }
        let passed = Set(lines.indices).subtracting(try refused(lines))
        #expect(passed.map { Self.wrong[$0] } == [])
    }

    @Test(arguments: embeddings.indices.dropFirst())
    func validJSONPasses(_ way: Int) throws {
        let lines = Self.right.map { embed(Array($0.utf8), Self.embeddings[way]) }
        #expect(try refused(lines).map { Self.right[$0] } == [])
    }

    @Test func nestingHasALimit() throws {
        // A depth that real documents may have, and a depth that only an attack would have.
        func nested(_ depth: Int) -> [UInt8] {
            let open = String(repeating: "[", count: depth)
            let close = String(repeating: "]", count: depth)
            return Array((#"{"text":"ab","meta":"# + open + close + "}").utf8)
        }
        #expect(try refused([nested(500)]) == [])
        #expect(try refused([nested(100_000), Array(repeating: UInt8(ascii: "["), count: 100_000)]) == [0, 1])
        let objects = String(repeating: "{\"a\":", count: 50_000)
        try expectStopped(at: "m.jsonl", Array(objects.utf8), naming: "m.jsonl, line 1, byte 0", "not JSON")
    }

    // MARK: JSONTestSuite

    /// The cases of the suite whose content can be one line: not blank, and without a newline.
    private static func suite(_ kind: String) -> [(name: String, content: [UInt8])] {
        Shared.items("data/json/JSONTestSuite/test_parsing").compactMap { path in
            let name = String(path.split(separator: "/").last!)
            guard name.hasPrefix(kind), let data = FileManager.default.contents(atPath: path) else { return nil }
            let content = Array(data)
            let isBlank = content.allSatisfy { [0x20, 0x09, 0x0D, 0x0A].contains($0) }
            return isBlank || content.contains(0x0A) ? nil : (name, content)
        }
    }

    static let hasSuite = !suite("n_").isEmpty

    @Test(.enabled(if: hasSuite, "no JSONTestSuite"), arguments: embeddings.indices)
    func invalidCasesOfTheSuiteAreRefused(_ way: Int) throws {
        let cases = Self.suite("n_")
        #expect(cases.count > 150)
        let lines = cases.map { embed($0.content, Self.embeddings[way]) }
        let passed = Set(lines.indices).subtracting(try refused(lines))
        #expect(passed.map { cases[$0].name }.sorted() == [])
    }

    @Test(.enabled(if: hasSuite, "no JSONTestSuite"), arguments: embeddings.indices.dropFirst())
    func validCasesOfTheSuitePass(_ way: Int) throws {
        let cases = Self.suite("y_")
        #expect(cases.count > 80)
        let lines = cases.map { embed($0.content, Self.embeddings[way]) }
        #expect(try refused(lines).map { cases[$0].name } == [])
    }

    @Test(.enabled(if: hasSuite, "no JSONTestSuite"), arguments: embeddings.indices)
    func undefinedCasesOfTheSuiteNeverCrash(_ way: Int) throws {
        let lines = Self.suite("i_").map { embed($0.content, Self.embeddings[way]) }
        _ = try refused(lines, reasons: false)
    }

    @Test(.enabled(if: hasSuite, "no JSONTestSuite"), arguments: embeddings.indices)
    func invalidCasesOfTheSuiteStopARun(_ way: Int) throws {
        let cases = Self.suite("n_")
        for number in stride(from: way, to: cases.count, by: 40) {
            try expectStopped(
                at: "m.jsonl", embed(cases[number].content, Self.embeddings[way]) + "\n",
                naming: "m.jsonl, line 1, byte 0: ")
        }
    }
}
