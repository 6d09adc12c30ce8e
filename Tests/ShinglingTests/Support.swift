import Basics
import CXXHash
import Shingling

/// A text as scalars. `String` cannot be used in these tests, since it treats canonically equivalent texts as equal.
typealias Text = [Unicode.Scalar]

func text(_ string: String) -> Text { Array(string.unicodeScalars) }

func bytes(_ text: Text) -> [UInt8] {
    var string = String.UnicodeScalarView()
    string.append(contentsOf: text)
    return Array(String(string).utf8)
}

func text(_ bytes: UnsafeBufferPointer<UInt8>) -> Text { text(String(decoding: bytes, as: UTF8.self)) }

func hexadecimal(_ text: Text) -> String { text.map { String($0.value, radix: 16) }.joined(separator: " ") }

/// The words that a splitter found in a text, and the rest of it.
struct Found: Equatable, CustomStringConvertible {
    var words: [Text] = []
    var remainder: Text = []
    var isBlank = false
    var fingerprint: Hash128?

    static func == (left: Found, right: Found) -> Bool {
        left.words == right.words && left.remainder == right.remainder && left.isBlank == right.isBlank
    }

    var description: String {
        "words \(words.map(hexadecimal)), remainder \(hexadecimal(remainder)), blank \(isBlank)"
    }
}

/// Splits texts as one batch, and checks the properties that every batch has.
func split(_ texts: [Text], _ normalization: Normalization = .nfc, usesKernel: Bool = true) -> [Found] {
    var list = WordList()
    splitAll(texts, normalization, usesKernel: usesKernel, into: &list)
    return list.documents.elements.indices.map { found(list, $0) }
}

func splitAll(
    _ texts: [Text], _ normalization: Normalization, usesKernel: Bool = true, into list: inout WordList
) {
    var splitter = WordSplitter(normalization: normalization, usesKernel: usesKernel)
    for text in texts { bytes(text).withUnsafeBufferPointer { splitter.append($0, to: &list) } }
    precondition(list.documents.count == texts.count)
    precondition(list.bytes.count == list.starts.elements.last.map(Int.init) ?? 0)
}

private func found(_ list: borrowing WordList, _ document: Int) -> Found {
    let entry = list.documents[document]
    var found = Found()
    found.remainder = text(list.remainder(of: document))
    found.isBlank = list.isBlank(document)
    found.fingerprint = list.fingerprint(of: document)
    for word in 0..<Int(entry.wordCount) {
        let start = Int(list.starts[Int(entry.firstStart) + word])
        let next = Int(list.starts[Int(entry.firstStart) + word + 1])
        precondition(list.bytes[next - 1] == 0x20)
        found.words.append(text(list.bytes.slice(start..<next - 1)))
    }
    return found
}

func split(_ string: String, _ normalization: Normalization = .nfc) -> Found {
    split([text(string)], normalization)[0]
}

/// The words of a text as strings, for cases where canonical equivalence does not matter.
func words(_ string: String, _ normalization: Normalization = .nfc) -> [String] {
    split(string, normalization).words.map { String(decoding: bytes($0), as: UTF8.self) }
}

func shingleSets(
    _ texts: [Text], unit: ShingleUnit, size: Int, _ normalization: Normalization = .nfc
) -> [[UInt64]] {
    var list = WordList()
    splitAll(texts, normalization, into: &list)
    var shingler = Shingler(unit: unit, size: size)
    var sets = ShingleSets()
    for document in texts.indices { shingler.append(list, document: document, to: &sets) }
    return texts.indices.map { Array(sets.set($0)) }
}

func hash(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { dedup_xxh3_64($0.baseAddress, $0.count) } }
