internal import Basics
internal import CSimdJSON

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Parses the documents of a batch of lines.
final class JSONLinesParser: DocumentParser {
    private let parser: OpaquePointer
    private let fields: DocumentFields

    /// - Throws: if memory runs out.
    init(_ fields: DocumentFields) throws(Failure) {
        self.fields = fields
        let noMemory = Failure("out of memory for a JSON parser")
        guard let parser = dedup_json_create(fields.allowsNaN) else { throw noMemory }
        self.parser = parser
        for alternatives in fields.text.fields {
            for (place, path) in alternatives.enumerated() {
                let isAdded = Self.withCStrings(path.keys) {
                    dedup_json_add_text(parser, $0.baseAddress, $0.count, place == 0)
                }
                if !isAdded { throw noMemory }
            }
        }
        for path in fields.id.fields.joined() {
            if !Self.withCStrings(path.keys, { dedup_json_add_id(parser, $0.baseAddress, $0.count) }) { throw noMemory }
        }
    }

    deinit {
        dedup_json_destroy(parser)
    }

    func parse(_ raw: RawBatch) -> Documents {
        let documents = Documents(raw)
        documents.texts.reserve(raw.bytes.count)
        documents.blankLines = Self.forEachLine(of: raw) { append($0, $1, to: documents) }
        return documents
    }

    /// Calls `work` with each line that is not blank, as its range of bytes without the newline and the number of lines
    /// before it, until `work` returns false.
    ///
    /// - Returns: the number of blank lines.
    @inline(__always)
    static func forEachLine(of raw: RawBatch, _ work: (_ line: Range<Int>, _ lineOffset: Int) -> Bool) -> Int {
        let base = raw.bytes.base
        let count = raw.bytes.count
        var start = 0
        var lineOffset = 0
        var blankLines = 0
        while start < count {
            let end =
                memchr(base + start, Int32(newline), count - start)
                .map { UnsafeRawPointer(base).distance(to: UnsafeRawPointer($0)) } ?? count
            if isBlank(raw.bytes.slice(start..<end)) {
                blankLines += 1
            } else if !work(start..<end, lineOffset) {
                break
            }
            start = end + 1
            lineOffset += 1
        }
        return blankLines
    }

    private static func isBlank(_ line: some Sequence<UInt8>) -> Bool {
        line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    }

    /// Parses one line and appends its document. Returns false if the line is bad and ends the run.
    private func append(_ line: Range<Int>, _ lineOffset: Int, to documents: Documents) -> Bool {
        var found = dedup_json_document()
        dedup_json_parse(parser, documents.raw.bytes.base + line.lowerBound, line.count, &found)
        var document = Documents.Document(line, lineOffset: lineOffset)
        document.textStart = UInt32(documents.texts.count)
        document.idStart = UInt32(documents.ids.count)
        guard found.status == DEDUP_JSON_OK else {
            let bad = BadLine(
                line: documents.raw.firstLine + lineOffset, byte: documents.raw.firstByte + line.lowerBound,
                reason: reason(
                    found, line: documents.raw.bytes.slice(line),
                    isFirst: lineOffset == 0 && documents.raw.firstLine == 1))
            if fields.onBadLine == .stop {
                documents.failure = Failure(
                    "\(documents.raw.shard.name), line \(bad.line), byte \(bad.byte): \(bad.reason); "
                        + self.advice(for: bad, documents.raw))
                return false
            }
            documents.append(bad)
            document.fate = fields.onBadLine == .keep ? .badKept : .badDropped
            documents.documents.append(document)
            return true
        }
        document.textLength = UInt32(found.text_length)
        append(found.text, found.text_length, to: &documents.texts)
        if found.id_kind != DEDUP_JSON_ID_NONE {
            document.idKind = found.id_kind == DEDUP_JSON_ID_STRING ? .string : .number
            document.idLength = UInt32(found.id_length)
            append(found.id, found.id_length, to: &documents.ids)
        }
        documents.documents.append(document)
        return true
    }

    /// The end of the message for a bad line that ends the run. If the first line of a file already looks like JSON of
    /// another kind, the file is probably no data, so the advice is to exclude it.
    private func advice(for bad: BadLine, _ raw: RawBatch) -> String {
        let name = raw.shard.name
        let isOnlyLine = raw.end != nil && raw.lineCount <= 1
        let isStray =
            bad.line == 1
            && (bad.reason.hasPrefix(BadLine.otherJSON)
                || isOnlyLine && bad.reason.hasPrefix(Self.noField) && name.utf8.suffix(5).elementsEqual(".json".utf8))
        guard isStray else { return fields.advice }
        let base = name.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? name
        return "if this file is metadata, exclude it with \(Parameter.exclude("'\(base)'")); otherwise \(fields.advice)"
    }

    private static let noField = "no field "

    private func append(_ bytes: UnsafePointer<CChar>?, _ count: Int, to buffer: inout Buffer<UInt8>) {
        guard let bytes, count > 0 else { return }
        memcpy(buffer.reserve(count), bytes, count)
        buffer.advance(count)
    }

    private func reason(
        _ found: dedup_json_document, line: UnsafeBufferPointer<UInt8>, isFirst: Bool
    ) -> String {
        let line = line.drop { Self.isBlank(CollectionOfOne($0)) }
        // A line that is only a bracket or brace. On the first line of a shard also a line that begins an array, or an
        // object that continues on the next line.
        let opens =
            line.first == bracket && (isFirst || Self.isBlank(line.dropFirst()))
            || line.first == brace
                && (Self.isBlank(line.dropFirst())
                    || isFirst && line.last { !Self.isBlank(CollectionOfOne($0)) } == comma)
        if (found.status == DEDUP_JSON_NOT_JSON && opens)
            || (found.status == DEDUP_JSON_NOT_AN_OBJECT && line.first == bracket)
        {
            return BadLine.otherJSON + "; expected JSON Lines, one object per line (convert an array with jq -c '.[]', "
                + "objects with jq -c .)"
        }
        return switch found.status {
        case DEDUP_JSON_INVALID_UTF8: "invalid UTF-8 at byte \(found.position) of the line"
        case DEDUP_JSON_NOT_AN_OBJECT: "the line is JSON, but not an object (expected one JSON object per line)"
        case DEDUP_JSON_NO_TEXT where fields.text.isSingle:
            Self.noField + "\(fields.text.quoted) (\(Parameter.textField) names another one"
                + (fields.text.fields[0][0].keys.count > 1 ? "; \\. is a dot within a name)" : ")")
        case DEDUP_JSON_NO_TEXT: Self.noField + "of \(fields.text.quoted) (\(Parameter.textField) names others)"
        case DEDUP_JSON_TEXT_NOT_A_STRING where fields.text.isSingle:
            "the field \(fields.text.quoted) is not a string"
        case DEDUP_JSON_TEXT_NOT_A_STRING: "one of the fields \(fields.text.quoted) is not a string"
        case DEDUP_JSON_TEXT_NOT_STRINGS where fields.text.isSingle:
            "the field \(fields.text.quoted) is not a string: it is a list with items that are not strings"
        case DEDUP_JSON_TEXT_NOT_STRINGS:
            "one of the fields \(fields.text.quoted) is a list with items that are not strings"
        case DEDUP_JSON_NAN:
            "not JSON: a bare \(found.reason.map { String(cString: $0) } ?? "NaN") (\(Parameter.allowNaN) accepts it "
                + "in fields that are not read)"
        case DEDUP_JSON_NO_MEMORY: "out of memory while reading the line"
        default: "not JSON" + (found.reason.map { " (\(String(cString: $0)))" } ?? "")
        }
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ work: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer {
            for copy in copies { free(copy) }
        }
        return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer(work)
    }
}

private let brace = UInt8(ascii: "{")
private let comma = UInt8(ascii: ",")
private let bracket = UInt8(ascii: "[")
