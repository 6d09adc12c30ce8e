internal import Basics

/// What a file holds instead of JSON Lines, as its first bytes tell: a format that other tools read, a page of a web
/// server, or the pointer that stands for a file that was not fetched.
///
/// No valid JSON begins like any of these, so a file whose first line is a document is never one of them.
struct ForeignContent: Equatable {
    /// As the end of "the file is …".
    let what: String
    /// What to do about it.
    let todo: String

    /// The first bytes of a file that tell what it is: the name of tar's format stands at byte 257.
    static let bytesNeeded = 512

    /// - Parameter bytes: the first bytes of the file, or of what it decodes to: `bytesNeeded`, or all there are.
    /// - Returns: nil for what may be JSON Lines.
    init?(_ bytes: UnsafeRawBufferPointer) {
        // A tar archive begins with a file's name, which may begin like JSON, and has zeros after it.
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

    /// - Parameter compression: that of the file whose decoded bytes begin like this.
    func failure(of shard: String, compressedAs compression: Compression) -> Failure {
        let inside = compression == .none ? "the file is" : "the \(compression) file holds"
        return Failure(damagedShard: shard, "\(shard), line 1, byte 0: no JSON Lines: \(inside) \(what); \(todo)")
    }

    /// Whether the bytes are UTF-8 text, a character that is cut off at the end aside.
    static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.contains(where: { $0 < 0x20 && !(0x08...0x0D).contains($0) }) { return false }
        // A character has four bytes at most, and one of ASCII is there in any case.
        let cuts = bytes.count < bytesNeeded ? 0...0 : 0...3
        return cuts.contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil }
    }

    // MARK: Kinds

    private static func pointer(_ bytes: UnsafeRawBufferPointer) -> ForeignContent? {
        if bytes.starts(with: "version https://git-lfs.github.com/spec/".utf8)
            || bytes.starts(with: "version https://hawser.github.com/spec/".utf8)
        {
            return .init("a Git LFS pointer, which stands for a file that was not fetched", "run git lfs pull")
        }
        if bytes.starts(with: "/annex/objects/".utf8) {
            return .init("a git-annex pointer, which stands for a file that was not fetched", "run git annex get")
        }
        return nil
    }

    private static let convert = "convert it to JSON Lines, or leave it out with --exclude"
    private static let recompress = "decompress it, or compress it as zstd or gzip"
    private static let unpack = "unpack it and give what is in it"

    /// Formats by the bytes that they begin with. What is letters alone counts only where the bytes after it are no text.
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
        // The header of a tar archive: the name of its first file, and zeros.
        let isTar = bytes.dropFirst(257).starts(with: "ustar".utf8) && bytes.prefix(257).contains(0)
        return isTar ? .init("a tar archive", unpack) : nil
    }

    /// Text of two or four bytes a character, with a byte-order mark or by its zeros.
    private static func wideText(_ bytes: UnsafeRawBufferPointer) -> ForeignContent? {
        func content(_ name: String) -> ForeignContent {
            .init("text in \(name)", "convert it to UTF-8 (iconv -f \(name) -t UTF-8)")
        }
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
            return content("UTF-32")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return content("UTF-16") }
        // JSON begins with at least two characters of ASCII: of each, all bytes but one are zeros.
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

    /// The zeros that a file system shows where a file was never written, for example after a crash: nothing else may
    /// follow them.
    private static func zeros(_ bytes: UnsafeRawBufferPointer) -> ForeignContent? {
        guard bytes.count >= 8, bytes.allSatisfy({ $0 == 0 }) else { return nil }
        return .init("zeros, as if its content was never written", "copy or fetch the shard again")
    }

    /// A page of HTML or XML, such as a server sends instead of a file.
    private static func page(_ bytes: UnsafeRawBufferPointer) -> ForeignContent? {
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        // Only HTML may have white space before it.
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
        return .init(kind.1, "it may be the answer of a server in the place of the file: fetch the shard again")
    }

    /// Whether most lines after the first one look like JSON objects: then the first line is a bad one among others.
    /// A page may hold a few such lines in its scripts.
    private static func holdsObjects(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        var (objects, others) = (0, 0)
        for line in bytes.prefix(16 << 10).split(separator: newline).dropFirst() {
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
