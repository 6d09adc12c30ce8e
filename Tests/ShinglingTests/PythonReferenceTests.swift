import Foundation
import Shingling
import TestSupport
import Testing

/// Compares words and shingles with tools/reference.py on real text. Needs a `shared` folder next to the checkout, or
/// in DEDUP_SHARED.
@Suite struct PythonReferenceTests {
    private struct Line: Decodable {
        let text: String
        let words: [String]
        let wordShingles: Int
        let charShingles: Int
    }

    /// Writes the words and the number of shingles of the first texts in some shards.
    private static let script = """
        import json, pathlib, sys
        shared, form = pathlib.Path(sys.argv[1]), {"nfc": "NFC", "nfkc": "NFKC", "none": "none"}[sys.argv[2]]
        sys.dont_write_bytecode = True
        sys.path.insert(0, str(shared / "tools"))
        import reference
        names = ("mul-udhr", "mul-bible", "doc-tldr-ar", "doc-tldr-ko", "doc-tldr-zh", "fortunes-ru", "news-telegram")
        for path in sorted((shared / "data/docs").glob("*.zst")):
            if not path.name.startswith(names):
                continue
            lines = reference.read_lines(path)
            for line in lines[:: max(1, len(lines) // 40)]:
                text = json.loads(line)["text"]
                if not reference.is_judgeable(text):
                    continue
                print(json.dumps({
                    "text": text,
                    "words": reference.words(text, form),
                    "wordShingles": len(reference.shingles(text, normalization=form)),
                    "charShingles": len(reference.shingles(text, unit="char", normalization=form)),
                }))
        """

    @Test(.enabled(if: Shared.has("tools/reference.py"), "needs the shared folder"), arguments: Normalization.allCases)
    func wordsAndShinglesMatchThePythonReference(normalization: Normalization) throws {
        let lines = try output(of: "python3", "-c", Self.script, Shared.folder, normalization.rawValue)
            .split(separator: "\n")
            .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        try #require(lines.count > 100)
        let texts = lines.map { text($0.text) }
        let found = split(texts, normalization)
        let wordSets = shingleSets(texts, unit: .word, size: 5, normalization)
        let charSets = shingleSets(texts, unit: .char, size: 5, normalization)
        for (index, line) in lines.enumerated() {
            #expect(found[index].words == line.words.map { text($0) }, "of \(line.text.prefix(60))")
            #expect(wordSets[index].count == line.wordShingles)
            #expect(charSets[index].count == line.charShingles)
        }
    }
}
