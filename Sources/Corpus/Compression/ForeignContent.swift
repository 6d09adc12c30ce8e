internal import Basics

/// A kind of content that is not JSON Lines, recognized by the first bytes of a file: another data format, a web page,
/// or the pointer file that Git LFS or git-annex leaves in place of a file that was not fetched.
///
/// No valid JSON value begins with the bytes of any of these kinds, so a file whose first line is a document never
/// matches.
struct ForeignContent: Equatable {
    /// What the content is, as the end of the sentence "the file is ...".
    let what: String
    /// What the user can do about it, for the message.
    let todo: String

    /// The number of first bytes that are examined. The longest reach is needed for tar, whose name is at offset 257.
    static let bytesNeeded = 512

    /// - Parameter bytes: the first `bytesNeeded` bytes of the file, or of the decoded shard, or all of it.
    /// - Returns: nil if the content may be JSON Lines.
    init?(_ bytes: UnsafeRawBufferPointer) {
        // A tar archive begins with the name of a file, which may begin with a brace like JSON; zeros follow the name.
        let head = bytes.prefix(Self.bytesNeeded)
        guard let first = bytes.first, first != UInt8(ascii: "{") || head.contains(0) else { return nil }
        guard
            let found = Self.pointer(bytes) ?? Self.binary(bytes) ?? Self.wideText(bytes) ?? Self.zeros(bytes)
                ?? Self.page(bytes)
        else { return nil }
        self = found
    }

    private init(_ what: String, _ todo: String) {
        self.what = what
        self.todo = todo
    }

    /// The failure for a shard with this content.
    ///
    /// - Parameter compression: the compression of the shard's file, whose decoded bytes were examined.
    func failure(of shard: String, compressedAs compression: Compression) -> Failure {
        let inside = compression == .none ? "the file is" : "the \(compression) file contains"
        return Failure(damagedShard: shard, "\(shard), line 1, byte 0: not JSON Lines: \(inside) \(what); \(todo)")
    }

    /// Whether the bytes are UTF-8 text. The last character may be incomplete if there are `bytesNeeded` bytes or more.
    static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.contains(where: { $0 < 0x20 && !(0x08...0x0D).contains($0) }) { return false }
        // A character has at most four bytes, so at most three bytes of an incomplete one are at the end.
        let cuts = bytes.count < bytesNeeded ? 0...0 : 0...3
        return cuts.contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil }
    }

    // MARK: Kinds

    private static func pointer(_ bytes: UnsafeRawBufferPointer) -> ForeignContent? {
        if bytes.starts(with: "version https://git-lfs.github.com/spec/".utf8)
            || bytes.starts(with: "version https://hawser.github.com/spec/".utf8)
        {
            return .init("a Git LFS pointer, in place of content that was not fetched", "run git lfs pull")
        }
        if bytes.starts(with: "/annex/objects/".utf8) {
            return .init("a git-annex pointer, in place of content that was not fetched", "run git annex get")
        }
        return nil
    }

    private static let convert = "convert it to JSON Lines, or exclude it with \(Parameter.exclude)"
    private static let recompress = "decompress it, or compress it as zstd or gzip"
    private static let unpack = "unpack it and give its files"

    /// Formats and the bytes that they begin with. A match counts only if the first bytes are not text: a document
    /// could begin with the letters of some of these.
    private static let signatures: [(bytes: [UInt8], content: ForeignContent)] = [
        (Array("PAR1".utf8), .init("Parquet", convert)), (Array("PARE".utf8), .init("encrypted Parquet", convert)),
        (Array("ARROW1".utf8), .init("Arrow", convert)), (Array("FEA1".utf8), .init("Feather", convert)),
        ([0xFF, 0xFF, 0xFF, 0xFF], .init("an Arrow stream", convert)),
        (Array("ORC".utf8), .init("ORC", convert)), ([0x4F, 0x62, 0x6A, 0x01], .init("Avro", convert)),
        (Array("SQLite format 3\0".utf8), .init("an SQLite database", convert)),
        (Array("%PDF-".utf8), .init("PDF", convert)), ([0x89, 0x48, 0x44, 0x46], .init("HDF5", convert)),
        ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], .init("a NumPy array", convert)),
        ([0x80, 0x02], .init("a Python pickle", convert)), ([0x80, 0x03], .init("a Python pickle", convert)),
        ([0x80, 0x04], .init("a Python pickle", convert)), ([0x80, 0x05], .init("a Python pickle", convert)),
        ([0x89, 0x50, 0x4E, 0x47], .init("a PNG image", convert)),
        ([0xFF, 0xD8, 0xFF], .init("a JPEG image", convert)),
        ([0x7F, 0x45, 0x4C, 0x46], .init("a program (ELF)", "give the shard itself")),
        (Array("BZh".utf8), .init("bzip2", recompress)),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .init("xz", recompress)),
        ([0x5D, 0x00, 0x00], .init("lzma", recompress)), ([0x04, 0x22, 0x4D, 0x18], .init("lz4", recompress)),
        ([0x02, 0x21, 0x4C, 0x18], .init("lz4", recompress)), (Array("LZIP".utf8), .init("lzip", recompress)),
        ([0xFF, 0x06, 0x00, 0x00, 0x73, 0x4E, 0x61], .init("snappy", recompress)),
        ([0x1F, 0x9D], .init("compress (.Z)", recompress)),
        ([0x1F, 0x8B], .init("gzip once more", "decompress it once")),
        ([0x28, 0xB5, 0x2F, 0xFD], .init("zstd once more", "decompress it once")),
        ([0x50, 0x4B, 0x03, 0x04], .init("a zip archive", unpack)),
        ([0x50, 0x4B, 0x05, 0x06], .init("a zip archive", unpack)),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .init("a 7z archive", unpack)),
        (Array("Rar!".utf8), .init("a rar archive", unpack)),
    ]

    private static func binary(_ bytes: UnsafeRawBufferPointer) -> ForeignContent? {
        if let found = signatures.first(where: { bytes.starts(with: $0.bytes) }),
            !isText(UnsafeRawBufferPointer(rebasing: bytes.prefix(bytesNeeded)))
        {
            return found.content
        }
        // The header of a tar archive is the name of its first file, padded with zeros, and "ustar" at offset 257.
        let isTar = bytes.dropFirst(257).starts(with: "ustar".utf8) && bytes.prefix(257).contains(0)
        return isTar ? .init("a tar archive", unpack) : nil
    }

    /// Text in UTF-16 or UTF-32, recognized by a byte-order mark or by the positions of zero bytes.
    private static func wideText(_ bytes: UnsafeRawBufferPointer) -> ForeignContent? {
        func content(_ name: String) -> ForeignContent {
            .init("text in \(name)", "convert it to UTF-8 (iconv -f \(name) -t UTF-8)")
        }
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
            return content("UTF-32")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return content("UTF-16") }
        // JSON begins with at least two ASCII characters. In UTF-16 and UTF-32 all bytes but one of each are zeros.
        guard bytes.count >= 8 else { return nil }
        let zeros = bytes.prefix(8).map { $0 == 0 }
        let (yes, no) = (true, false)
        switch zeros {
        case [no, yes, yes, yes, no, yes, yes, yes]: return content("UTF-32LE")
        case [yes, yes, yes, no, yes, yes, yes, no]: return content("UTF-32BE")
        case _ where zeros.prefix(4) == [no, yes, no, yes]: return content("UTF-16LE")
        case _ where zeros.prefix(4) == [yes, no, yes, no]: return content("UTF-16BE")
        default: return nil
        }
    }

    /// The zeros that a file system returns for a file whose content was never written, for example after a crash. The
    /// bytes examined must all be zero.
    private static func zeros(_ bytes: UnsafeRawBufferPointer) -> ForeignContent? {
        guard bytes.count >= 8, bytes.allSatisfy({ $0 == 0 }) else { return nil }
        return .init("only zero bytes; the content was probably never written", "copy or fetch the shard again")
    }

    /// A page of HTML or XML, which a server may have sent instead of the file.
    private static func page(_ bytes: UnsafeRawBufferPointer) -> ForeignContent? {
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        // HTML may begin with white space; XML must not.
        let isAtStart = rest.first == UInt8(ascii: "<")
        rest = rest.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard rest.first == UInt8(ascii: "<") else { return nil }
        let start = rest.prefix(16).map(ShardName.lowercase)
        let kinds =
            [
                ("<!doctype html", "an HTML page"), ("<html", "an HTML page"), ("<head", "an HTML page"),
                ("<body", "an HTML page"), ("<!--", "an HTML page"), ("<meta", "an HTML page"),
                ("<title", "an HTML page"), ("<script", "an HTML page"), ("<style", "an HTML page"),
                ("<center", "an HTML page"), ("<div", "an HTML page"), ("<h1", "an HTML page"), ("<p>", "an HTML page"),
            ] + (isAtStart ? [("<?xml", "XML"), ("<error", "XML")] : [])
        guard let kind = kinds.first(where: { start.starts(with: $0.0.utf8) }), !holdsObjects(rest) else { return nil }
        return .init(kind.1, "a server may have sent this page instead of the file; fetch the shard again")
    }

    /// Whether most of the lines after the first one look like JSON objects. The file is then JSON Lines with a bad
    /// first line. A web page can contain a few such lines in its scripts, but not most.
    private static func holdsObjects(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        var (objects, others) = (0, 0)
        for line in bytes.prefix(16 << 10).split(separator: UInt8(ascii: "\n")).dropFirst() {
            let content = line.drop(while: isBlank)
            if content.isEmpty { continue }
            let isObject =
                content.first == UInt8(ascii: "{")
                && content.dropFirst().drop(while: isBlank).first == UInt8(ascii: "\"")
                && content.contains(UInt8(ascii: ":"))
            if isObject { objects += 1 } else { others += 1 }
        }
        return objects > others
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
}
