import Basics
import Foundation
import Shingling
import TestSupport
import Testing

@Suite struct NormalizationTests {
    private static let conformanceTest = "/usr/share/unicode/NormalizationTest.txt.bz2"

    private func normalized(_ source: Text, _ normalization: Normalization) -> Text {
        var normalizer = Normalizer(normalization)
        var output = Buffer<UInt8>()
        bytes(source).withUnsafeBufferPointer { normalizer.append($0, to: &output) }
        return text(output.elements)
    }

    @Test(arguments: [
        ("", "", ""),
        ("plain", "plain", "plain"),
        ("и\u{306}", "й", "й"),
        ("a\u{323}\u{302}", "\u{1EAD}", "\u{1EAD}"),
        ("a\u{302}\u{323}", "\u{1EAD}", "\u{1EAD}"),
        ("q\u{307}\u{323}", "q\u{323}\u{307}", "q\u{323}\u{307}"),
        ("\u{301}a", "\u{301}a", "\u{301}a"),
        ("\u{344}", "\u{308}\u{301}", "\u{308}\u{301}"),
        ("\u{958}", "\u{915}\u{93C}", "\u{915}\u{93C}"),
        ("\u{212B}\u{2126}\u{F900}", "\u{C5}\u{3A9}\u{8C48}", "\u{C5}\u{3A9}\u{8C48}"),
        ("\u{1100}\u{1161}\u{11A8}", "\u{AC01}", "\u{AC01}"),
        ("\u{AC00}\u{11A8}\u{11A8}", "\u{AC01}\u{11A8}", "\u{AC01}\u{11A8}"),
        ("\u{AC00}\u{11A7}", "\u{AC00}\u{11A7}", "\u{AC00}\u{11A7}"),
        ("\u{FF76}\u{FF9E}", "\u{FF76}\u{FF9E}", "\u{30AC}"),
        ("\u{FB01}\u{A0}\u{FDFA}", "\u{FB01}\u{A0}\u{FDFA}", "fi صلى الله عليه وسلم"),
        ("\u{1D15E}", "\u{1D157}\u{1D165}", "\u{1D157}\u{1D165}"),
        ("\u{11099}\u{110BA}", "\u{1109A}", "\u{1109A}"),
    ])
    func formsNormalizeKnownCases(source: String, nfc: String, nfkc: String) {
        // The text is also normalized within other text, of which nothing may be lost or repeated.
        for (before, after) in [("", ""), ("ab ", " cd"), ("я", "я"), ("中", "中")] {
            let whole = text(before + source + after)
            #expect(normalized(whole, .nfc) == text(before + nfc + after))
            #expect(normalized(whole, .nfkc) == text(before + nfkc + after))
            #expect(normalized(whole, .none) == whole)
        }
    }

    @Test func manyMarksInARowAreOrdered() {
        let marks = String(repeating: "\u{301}\u{323}\u{327}", count: 20_000)
        let expected =
            "\u{1EA1}" + String(repeating: "\u{327}", count: 20_000) + String(repeating: "\u{323}", count: 19_999)
            + String(repeating: "\u{301}", count: 20_000)
        // U+0327 (class 202) stands before U+0323 (220): both below U+0301 (230); only U+0323 composes with a.
        #expect(normalized(text("a" + marks), .nfc) == text(expected))
    }

    @Test(arguments: [Normalization.nfc, .nfkc], [11, 12] as [UInt64])
    func randomTextsMatchTheReference(normalization: Normalization, seed: UInt64) {
        var random = RandomTexts(seed: seed)
        for _ in 0..<1500 {
            let source = random.text()
            let result = normalized(source, normalization)
            #expect(result == SlowReference.normalized(source, normalization), "of \(hexadecimal(source))")
            #expect(normalized(result, normalization) == result)
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: conformanceTest), "needs Debian's unicode-data"))
    func unicodesConformanceTestPasses() throws {
        let lines = try output(of: "bzip2", "-dc", Self.conformanceTest).split(separator: "\n")
        #expect(lines.first?.contains("NormalizationTest-\(UnicodeData.version).txt") == true)
        var isPart1 = false
        var listed: Set<Unicode.Scalar> = []
        var cases = 0
        for line in lines where !line.hasPrefix("#") {
            if line.hasPrefix("@") {
                isPart1 = line.hasPrefix("@Part1")
                continue
            }
            let columns = line.split(separator: ";").prefix(5).map { column in
                column.split(separator: " ").map { Unicode.Scalar(UInt32($0, radix: 16)!)! }
            }
            try #require(columns.count == 5)
            if isPart1 { listed.insert(columns[0][0]) }
            cases += 1
            for (index, column) in columns.enumerated() {
                let nfc = normalized(column, .nfc)
                let nfkc = normalized(column, .nfkc)
                if nfc != columns[index < 3 ? 1 : 3] { Issue.record("NFC, column \(index + 1) of \(line)") }
                if nfkc != columns[3] { Issue.record("NFKC, column \(index + 1) of \(line)") }
                // The splitter detects by itself whether a text must be normalized.
                for (form, normal) in [(Normalization.nfc, nfc), (.nfkc, nfkc)]
                where split([column], form)[0].words != split([normal], .none)[0].words {
                    Issue.record("words by \(form), column \(index + 1) of \(line)")
                }
            }
        }
        #expect(cases > 19_000)
        // Scalars that are not in the file do not change. Newlines between them prevent composition.
        let others = (0...0x10FFFF as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init)
            .filter { !listed.contains($0) }.flatMap { ["\n", $0] as Text }
        #expect(normalized(others, .nfc) == others)
        #expect(normalized(others, .nfkc) == others)
    }
}

/// Returns what a program writes to its standard output.
func output(of program: String, _ arguments: String...) throws -> String {
    let outcome = try runCommand([program] + arguments)
    try #require(outcome.code == 0, "\(outcome.error)")
    return outcome.outputText
}
