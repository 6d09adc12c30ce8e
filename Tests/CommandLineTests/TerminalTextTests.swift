import Foundation
import TestSupport
import Testing

/// Names, ids and texts reach the terminal without control or invisible characters, by every command.
@Suite struct TerminalTextTests {
    /// Control characters, bidirectional controls and marks, zero-width characters, tags, private-use characters and
    /// noncharacters.
    private static let hidden = [
        "\u{9B}", "\u{1B}", "\u{7}", "\u{7F}", "\u{85}", "\u{202E}", "\u{2066}", "\u{200F}", "\u{61C}", "\u{200B}",
        "\u{2060}",
        "\u{FEFF}", "\u{AD}", "\u{2028}", "\u{2029}", "\u{E0041}", "\u{FFF9}", "\u{E000}", "\u{FFFF}", "\u{3164}",
        "\u{180E}",
        "\u{34F}", "\u{115F}", "\u{1D173}",
    ]
    private static let all = hidden.joined()

    private func expectVisible(_ text: String, _ what: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let seen = text.unicodeScalars.filter { scalar in Self.all.unicodeScalars.contains(scalar) }
        #expect(seen.isEmpty, "\(what): \(seen.map { String($0.value, radix: 16) })", sourceLocation: sourceLocation)
    }

    @Test func namesIDsAndTextsCannotCommandTheTerminal() throws {
        let folder = try TemporaryFolder()
        // The name contains as many of them as fit.
        let name = "n" + Self.all + "n.jsonl"
        let id = "i" + Self.all.replacing("\u{1B}", with: "").replacing("\u{7}", with: "")
        let lines = (1...2).map { _ in #"{"id":"\#(id)","text":"one two three \#(id) four five six seven"}"# }
        try folder.shard("in/" + name, lines + [#"{"id":"x","text":"one two three \#(id) four five six seven eight"}"#])
        try folder.write("", to: "in/other\u{9B}\u{202E}.txt")
        try TinyModel().write(to: folder / "m\u{9B}")
        let out = "o\u{202E}"
        func check(_ arguments: String...) throws {
            let outcome = try dedup(arguments, in: folder.path)
            #expect((0...2).contains(outcome.code), "\(outcome.error)")
            expectVisible(outcome.error, "error of \(arguments[0])")
            if !arguments.contains("--json") { expectVisible(outcome.outputText, "output of \(arguments[0])") }
        }
        try check("run", "in", "--out", out)
        try check("embed", out, "--out", "v\u{9B}", "--model", "m\u{9B}")
        try check("stats", out, "--all")
        try check("explain", out, "\(name):1")
        try check("explain", out, "\(name):1", "\(name):3", "--full")
        try check("explain", out, id)
        try check("explain", out, "no \u{9B}")
        try check("similar", "v\u{9B}", "\(name):3")
        try check("similar", "v\u{9B}", id)
        try check("index", "stats", out)
        try check("index", "verify", out)
        try folder.write("x", to: out + "/" + name)
        try check("index", "verify", out)
        try check("run", "in\u{9B}", "--out", out)
        try check("run", "in", "--out", out, "--opt\u{9B}ion\u{202E}")
        try check("run", "in", "--out", out, "--threads", "\u{9B}")
        try check("run", "in", "--out", out, "--memory", "\u{9B}")
        try check("run", "in", "--out", "p", "--pipeline", "p\u{9B}")
        try check("\u{9B}")
        try check("help", "\u{9B}")
        try folder.shard("in/" + name, [#"{"text":1}"#])
        try check("run", "in", "--out", "p", "--quiet")
    }

    /// JSON is for programs: its strings are not changed.
    @Test func jsonIsUnchanged() throws {
        let folder = try TemporaryFolder()
        let name = "a\u{202E}\u{9B}.jsonl"
        try folder.shard("in/" + name, [#"{"id":1,"text":"a b c"}"#])
        let run = try dedup("run", "in", "--out", "o", "--json", "--quiet", in: folder.path)
        #expect(run.output == (try folder.bytes("o/.dedup/report.json")))
        #expect(run.outputText.contains(name))
        #expect(try dedup("stats", "o", "--json", in: folder.path).output == run.output)
    }

    /// Joiners within words and emoji are kept.
    @Test func joinersInTextsAreKept() throws {
        let folder = try TemporaryFolder()
        let text = "می\u{200C}خواهم क्\u{200D}ष 👩\u{200D}👩\u{200D}👧 ❤\u{FE0F} a\u{200D}b"
        try folder.shard("in/a.jsonl", (1...2).map { #"{"id":\#($0),"text":"\#(text)"}"# })
        expectSuccess(try dedup("run", "in", "--out", "o", "--quiet", in: folder.path))
        let explained = try dedup("explain", "o", "2", in: folder.path)
        for part in ["می\u{200C}خواهم", "क्\u{200D}ष", "👩\u{200D}👩\u{200D}👧", "❤\u{FE0F}", "a\u{200D}b"] {
            #expect(explained.outputText.contains(part), "\(explained.outputText)")
        }
    }

    /// An argument that is not UTF-8 is refused: the text it would be shown as may name another file.
    @Test func argumentsAreUTF8() throws {
        let folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", [#"{"text":"a"}"#])
        let outcome = try shell("exec $DEDUP run in --out \"$(printf 'o\\233\\377')\" --quiet", in: folder.path)
        expectFailure(outcome, 2, naming: "argument 4 is not valid UTF-8", "o\u{FFFD}")
        #expect(folder.files(below: ".") == ["in/a.jsonl"])
    }
}
