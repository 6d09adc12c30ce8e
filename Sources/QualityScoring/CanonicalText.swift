internal import Basics

/// Makes the canonical form of texts: their words and punctuation, without layout.
///
/// A text is read as tokens, the runs of scalars between white space. The canonical form joins them by one space each,
/// after it has taken away
///
/// - tokens that only mark the layout: bullets, emoji that stand alone, the marks of Markdown for headings, lists and
///   quotations, and rules such as `---` and `===`;
/// - the marks of emphasis and code around words (`*`, `_`, `~`, `` ` ``), but not those inside a word (`snake_case`);
/// - the targets of links in Markdown, and links in the text (`https://example.org/a`, `www.example.org`), which are
///   counted instead.
///
/// So the form depends on the sequence of tokens alone: the same text with other line breaks, indentation or blank
/// lines has exactly the same form. It is never longer than the text.
///
/// A value reuses its memory, so only one thread at a time may use it.
package struct CanonicalText: ~Copyable {
    private var form = Buffer<UInt8>()
    /// The number of links that were taken away from the last text.
    package private(set) var links = 0

    package init() {}

    /// Returns the canonical form of a text, which is valid until the next call.
    ///
    /// - Parameters:
    ///   - text: UTF-8. Ill-formed sequences are copied.
    ///   - onlyJoins: whether the tokens are only joined, and nothing is taken away.
    package mutating func read(
        _ text: UnsafeBufferPointer<UInt8>, onlyJoins: Bool = false
    ) -> UnsafeBufferPointer<UInt8> {
        form.removeAll()
        links = 0
        guard text.count > 0 else { return form.elements }
        let room = form.reserve(text.count)
        var pass = CanonicalPass(text, room)
        pass.run(onlyJoins: onlyJoins)
        links = pass.links
        form.advance(pass.end)
        // A single very long text must not keep its memory until the end.
        if form.capacity > 16 << 20, text.count < 1 << 20 { form = Self.copy(form.elements) }
        return form.elements
    }

    /// Whether a text is empty or consists of white space.
    static func isBlank(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var place = 0
        while place < text.count {
            let length = spaceLength(text, at: place)
            if length == 0 { return false }
            place += length
        }
        return true
    }

    /// Whether a text has a letter.
    static func hasLetter(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var place = 0
        while place < text.count {
            let scalar = UTF8Reader.next(text, &place)
            let entry = scalar < 0x10000 ? ScalarTable.entries[Int(scalar)] : ScalarTable.supplementary(scalar)
            let kind = entry.kind
            let isLetter =
                kind < ScalarClass.firstOutsideWords && kind != ScalarClass.digit.rawValue
                && kind != ScalarClass.mark.rawValue
            if isLetter { return true }
        }
        return false
    }

    /// The number of bytes of the scalar at an offset if it is white space (Unicode's White_Space); 0 if it is not.
    static func spaceLength(_ text: UnsafeBufferPointer<UInt8>, at place: Int) -> Int {
        let first = text[place]
        if first < 0x80 { return first == 0x20 || 0x09...0x0D ~= first ? 1 : 0 }
        guard place + 1 < text.count else { return 0 }
        let second = text[place + 1]
        if first == 0xC2 { return second == 0x85 || second == 0xA0 ? 2 : 0 }
        guard place + 2 < text.count else { return 0 }
        let third = text[place + 2]
        switch (first, second) {
        case (0xE1, 0x9A): return third == 0x80 ? 3 : 0
        case (0xE2, 0x80): return 0x80...0x8A ~= third || third == 0xA8 || third == 0xA9 || third == 0xAF ? 3 : 0
        case (0xE2, 0x81): return third == 0x9F ? 3 : 0
        case (0xE3, 0x80): return third == 0x80 ? 3 : 0
        default: return 0
        }
    }

    private static func copy(_ bytes: UnsafeBufferPointer<UInt8>) -> Buffer<UInt8> {
        var copy = Buffer<UInt8>(capacity: bytes.count)
        copy.append(contentsOf: bytes)
        return copy
    }
}

/// Classes of bytes, as bits, by which the pass recognizes tokens that need a closer look.
enum ByteClass {
    /// White space, or the first byte of a scalar that may be white space.
    static let space: UInt8 = 1
    /// A mark of Markdown, or the first byte of a bullet or an emoji.
    static let mark: UInt8 = 2
    /// A byte that occurs in every link.
    static let link: UInt8 = 4

    // nonisolated(unsafe) is safe here: the table is never written after it was made.
    nonisolated(unsafe) static let table: UnsafePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        table.initialize(repeating: 0, count: 256)
        for byte in [0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0xC2, 0xE1, 0xE2, 0xE3] { table[byte] |= space }
        for byte in "*_~`#+->=[]".utf8 { table[Int(byte)] |= mark }
        for byte in [0xC2, 0xE2, 0xF0] { table[byte] |= mark }
        for byte in ":wW".utf8 { table[Int(byte)] |= link }
        return UnsafePointer(table)
    }()
}

/// The pass over one text. It writes to memory that has room for as many bytes as the text has.
struct CanonicalPass {
    let text: UnsafeBufferPointer<UInt8>
    let form: UnsafeMutablePointer<UInt8>
    /// The number of bytes that were written.
    var end = 0
    var links = 0
    /// The offset of the next byte of the text.
    var place = 0

    init(_ text: UnsafeBufferPointer<UInt8>, _ form: UnsafeMutablePointer<UInt8>) {
        self.text = text
        self.form = form
    }

    mutating func run(onlyJoins: Bool) {
        let table = ByteClass.table
        while true {
            skipSpace()
            if place == text.count { return }
            let start = place
            var classes: UInt8 = 0
            while place < text.count {
                let own = table[Int(text[place])]
                if own & ByteClass.space != 0, spaceLength(at: place) > 0 { break }
                classes |= own
                place += 1
            }
            if onlyJoins || classes & (ByteClass.mark | ByteClass.link) == 0 {
                append(start..<place)
            } else {
                appendMarked(start..<place)
            }
        }
    }

    private mutating func skipSpace() {
        while place < text.count {
            let length = spaceLength(at: place)
            if length == 0 { return }
            place += length
        }
    }

    func spaceLength(at place: Int) -> Int { CanonicalText.spaceLength(text, at: place) }

    /// Appends bytes of the text as a token.
    @inline(__always)
    mutating func append(_ token: Range<Int>) {
        if end > 0 {
            form[end] = 0x20
            end += 1
        }
        (form + end).update(from: text.baseAddress! + token.lowerBound, count: token.count)
        end += token.count
    }
}
