import Basics
import Corpus
import Foundation
import TestSupport

/// A corpus with planted near-duplicates: shards in corpus order, each with its lines.
struct RandomCorpus: Sendable {
    struct Shard: Sendable {
        /// The path in its folder.
        let path: String
        var lines: [Line]
        let hasByteOrderMark: Bool
        let endsInNewline: Bool
    }

    private(set) var shards: [Shard] = []

    /// Creates shards of one folder, in corpus order.
    ///
    /// - Parameters:
    ///   - seed: selects the texts.
    ///   - label: the beginning of the shards' names.
    ///   - texts: texts of another corpus, of which copies are planted.
    init(documents: Int, seed: UInt64, label: String = "", compressed: Bool = true, copying texts: [Text] = []) {
        var random = SeededGenerator(seed: seed)
        // In bytewise order: upper case comes before lower case, and "a.b" before "a/".
        let paths =
            compressed
            ? ["Z/x.jsonl.zst", "a.b.ndjson", "a/01.jsonl.gz", "a/02.jsonl", "b.jsonl.zst", "ё.jsonl.gz"]
            : ["Z/x.jsonl", "a.b.ndjson", "a/01.jsonl", "a/02.jsonl", "b.jsonl", "ё.jsonl"]
        var writer = TextWriter(earlier: texts)
        var next = 0
        for (index, path) in paths.enumerated() {
            // The fourth shard has no lines.
            let count = index == 3 ? 0 : documents / (paths.count - 1)
            var lines: [Line] = []
            let name = label + path
            while lines.count(where: { $0.document != nil }) < count {
                if random.chance(0.03) {
                    let blank = ["", " ", "\t", "\r", "  \r"].randomElement(using: &random)!
                    lines.append(Line(shard: name, number: lines.count + 1, bytes: Array(blank.utf8), document: nil))
                    continue
                }
                let id: ID? =
                    switch Int.random(in: 0..<10, using: &random) {
                    case 0: nil
                    case 1...3: .number(next)
                    default: .string("№\(next)")
                    }
                let document = Line.Document(text: writer.text(&random), id: id)
                let bytes = JSONWriter.line(document, &random)
                lines.append(Line(shard: name, number: lines.count + 1, bytes: bytes, document: document))
                next += 1
            }
            shards.append(
                Shard(path: path, lines: lines, hasByteOrderMark: index == 1, endsInNewline: index != 2))
        }
    }

    var lines: [Line] { shards.flatMap(\.lines) }
    var texts: [Text] { lines.compactMap { $0.document?.text } }

    /// Writes shards below a folder.
    func write(_ range: Range<Int>? = nil, to folder: String) throws {
        for shard in shards[range ?? shards.indices] {
            var bytes: [UInt8] = shard.hasByteOrderMark ? [0xEF, 0xBB, 0xBF] : []
            for line in shard.lines { bytes += line.bytes + [0x0A] }
            // A blank last line needs its newline, otherwise it would not be a line.
            if !shard.endsInNewline, shard.lines.last?.document != nil { bytes.removeLast() }
            let url = URL(fileURLWithPath: folder + "/" + shard.path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            var encoder = try BlockEncoder(compression: Compression(ofFileNamed: shard.path))
            var out = Buffer<UInt8>()
            // The frames end anywhere, also within a line.
            for start in stride(from: 0, to: bytes.count, by: 20_001) {
                try bytes[start..<min(bytes.count, start + 20_001)].withUnsafeBytes {
                    try encoder.encode($0, into: &out)
                }
            }
            try Data(out.elements).write(to: url)
        }
    }
}

/// Texts in three languages, some of them edited copies of earlier ones.
struct TextWriter {
    private var earlier: [[String]] = []
    private var earlierTexts: [Text]
    private static let russian = Array("абвгдежзийклмнопрстуфхцчшщъыьэюяё")
    private static let english = Array("abcdefghijklmnopqrstuvwxyz")
    private static let chinese = (0x4E00...0x4EFF).map { Character(Unicode.Scalar($0)!) }
    private static let kana = Array("あいうえおかがきぎくぐけげこごカガキギクグ")

    init(earlier texts: [Text]) { earlierTexts = texts }

    private static func word(_ random: inout SeededGenerator, _ language: Int) -> String {
        // Some words are common, as in real texts.
        var source = random.chance(0.4) ? SeededGenerator(seed: UInt64.random(in: 0..<200, using: &random)) : random
        defer { _ = random.next() }
        let letters = [russian, russian, english, chinese, kana][language]
        if language >= 3 { return String((0..<2).map { _ in letters.randomElement(using: &source)! }) }
        return String((0..<Int.random(in: 1...9, using: &source)).map { _ in letters.randomElement(using: &source)! })
    }

    mutating func text(_ random: inout SeededGenerator) -> Text {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<2: return Text(["", " ", "\u{A0}\n\t", "\u{3000}"].randomElement(using: &random)!.unicodeScalars)
        case 2..<5:
            return Text(["!!!", "? !", "🙂 🙂", "—", "…\u{301}", "!\n!!"].randomElement(using: &random)!.unicodeScalars)
        case 5..<10:
            return Text(
                ["Да", "да!", "НЕТ", "no no", "ещё бы", "好", "好 的", "1"].randomElement(using: &random)!.unicodeScalars)
        case 10..<20 where !earlierTexts.isEmpty:
            return earlierTexts.randomElement(using: &random)!
        default: break
        }
        var words: [String]
        if !earlier.isEmpty && random.chance(0.55) {
            words = Self.edited(earlier.randomElement(using: &random)!, &random)
        } else {
            let language = Int.random(in: 0..<5, using: &random)
            let count =
                random.chance(0.3) ? Int.random(in: 1...9, using: &random) : Int.random(in: 8...90, using: &random)
            words = (0..<count).map { _ in Self.word(&random, language) }
        }
        earlier.append(words)
        return Self.written(words, &random)
    }

    /// Changes, removes and inserts words; some copies lack their end.
    private static func edited(_ words: [String], _ random: inout SeededGenerator) -> [String] {
        let rate = [0, 0, 0.005, 0.02, 0.04, 0.08, 0.2].randomElement(using: &random)!
        var edited = words.flatMap { old -> [String] in
            guard random.chance(rate) else { return [old] }
            let new = word(&random, 2)
            return [[new], [], [old, new]].randomElement(using: &random)!
        }
        if random.chance(0.2) {
            edited = Array(edited.dropLast(Int.random(in: 0...max(1, words.count / 6), using: &random)))
        }
        if random.chance(0.2) { edited.append(word(&random, 0)) }
        return edited
    }

    /// Joins words to a text. Separators, case and normalization form vary.
    private static func written(_ words: [String], _ random: inout SeededGenerator) -> Text {
        let separators = random.chance(0.5) ? [" "] : [" ", "  ", ", ", " — ", ".\n", "\u{A0}", "\t", "/"]
        let isUpper = random.chance(0.1)
        let isOdd = random.chance(0.2)
        var text: Text = []
        for word in words {
            for scalar in (isUpper ? word.uppercased() : word).unicodeScalars {
                if isOdd && random.chance(0.02) { text.append("\u{AD}") }
                switch scalar {
                // Decomposed and other forms that normalization maps to the same letters.
                case "й" where isOdd: text += ["и", "\u{306}"]
                case "ё" where isOdd: text += ["е", "\u{308}"]
                case "が" where isOdd: text += ["か", "\u{3099}"]
                case "a" where isOdd && random.chance(0.2): text.append("ａ")
                case "f" where isOdd && random.chance(0.2): text.append("ﬁ")
                case "ガ" where isOdd && random.chance(0.5): text += ["ｶ", "ﾞ"]
                case "k" where isOdd && random.chance(0.2): text.append("\u{212A}")
                default: text.append(scalar)
                }
            }
            text += Text(separators.randomElement(using: &random)!.unicodeScalars)
        }
        return text
    }
}

/// Writes documents as lines of JSON, with varying escapes, spaces and order of fields.
enum JSONWriter {
    static func line(_ document: Line.Document, _ random: inout SeededGenerator) -> [UInt8] {
        let escapes = random.chance(0.3)
        let space = random.chance(0.2) ? " " : ""
        var fields = [("text", string(document.text, escapes: escapes))]
        if let id = document.id { fields.insert(("id", id.json), at: random.chance(0.7) ? 0 : 1) }
        if random.chance(0.3) { fields.append(("meta", #"{"text": "not this", "n": [1, 2.5e3, null, true]}"#)) }
        if random.chance(0.1) { fields.insert(("text", #""a text that a later one replaces""#), at: 0) }
        let body = fields.map { "\"\($0.0)\"\(space):\(space)\($0.1)" }.joined(separator: ",\(space)")
        return Array("{\(space)\(body)}\(random.chance(0.05) ? "\r" : "")".utf8)
    }

    private static func string(_ text: Text, escapes: Bool) -> String {
        var out = String.UnicodeScalarView()
        out.append("\"")
        for scalar in text {
            switch scalar {
            case "\"", "\\": out.append(contentsOf: ["\\", scalar])
            case "\n": out.append(contentsOf: "\\n".unicodeScalars)
            case _ where scalar.value < 0x20 || (escapes && !scalar.isASCII):
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    out.append(
                        contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).unicodeScalars)
                }
            default: out.append(scalar)
            }
        }
        out.append("\"")
        return String(out)
    }
}
