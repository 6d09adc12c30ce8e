package import Basics
internal import CSimdJSON

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What to do with a line that is not a document (a bad line).
package enum BadLinePolicy: String, Sendable, CaseIterable {
    /// The run ends with an error at this line.
    case stop
    /// The line is written to the output; it is counted and listed in the report.
    case keep
    /// The line is not written to the output; it is counted and listed in the report.
    case drop
}

/// Parses the documents of a batch of lines. One parser must not be used by two threads at the same time.
package final class DocumentParser {
    private let parser: OpaquePointer
    private let textField: FieldSelection

    /// How to fix a bad line; the end of the message when a bad line ends the run.
    private let advice: String

    /// - Parameters:
    ///   - textField: the fields that hold the text.
    ///   - idField: the field that holds the id.
    ///   - allowsNaN: whether the bare words NaN, Infinity and -Infinity are accepted in fields that are not read.
    ///   - advice: how to fix a bad line; the end of the message when a bad line ends the run.
    /// - Throws: if memory runs out.
    package init(
        textField: FieldSelection, idField: FieldSelection, allowsNaN: Bool = false,
        advice: String = "mend it, or go on with --on-bad-line keep or drop"
    ) throws(Failure) {
        let noMemory = Failure("out of memory for a JSON parser")
        guard let parser = dedup_json_create(allowsNaN) else { throw noMemory }
        self.parser = parser
        self.textField = textField
        self.advice = advice
        for alternatives in textField.fields {
            for (place, path) in alternatives.enumerated() {
                let isAdded = Self.withCStrings(path.keys) {
                    dedup_json_add_text(parser, $0.baseAddress, $0.count, place == 0)
                }
                if !isAdded { throw noMemory }
            }
        }
        for path in idField.fields.joined() {
            if !Self.withCStrings(path.keys, { dedup_json_add_id(parser, $0.baseAddress, $0.count) }) { throw noMemory }
        }
    }

    deinit {
        dedup_json_destroy(parser)
    }

    /// Parses every line. With `onBadLine: .stop` it stops at the first bad line and stores the error as the documents'
    /// `failure`.
    package func parse(_ lines: LineBatch, onBadLine: BadLinePolicy) -> Documents {
        let documents = Documents(lines)
        documents.texts.reserve(lines.bytes.count)
        let base = lines.bytes.base
        let count = lines.bytes.count
        var start = 0
        var lineOffset = 0
        while start < count {
            let end =
                memchr(base + start, Int32(newline), count - start)
                .map { UnsafeRawPointer(base).distance(to: UnsafeRawPointer($0)) } ?? count
            if isBlank(lines.bytes.slice(start..<end)) {
                documents.blankLines += 1
            } else if !append(start..<end, lineOffset, onBadLine, to: documents) {
                break
            }
            start = end + 1
            lineOffset += 1
        }
        return documents
    }

    private func isBlank(_ line: some Sequence<UInt8>) -> Bool {
        line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    }

    /// Parses one line and appends its document. Returns false if the line is bad and ends the run.
    private func append(
        _ line: Range<Int>, _ lineOffset: Int, _ onBadLine: BadLinePolicy, to documents: Documents
    ) -> Bool {
        var found = dedup_json_document()
        dedup_json_parse(parser, documents.lines.bytes.base + line.lowerBound, line.count, &found)
        var document = Documents.Document(
            lineStart: UInt32(line.lowerBound), lineLength: UInt32(line.count), lineOffset: UInt32(lineOffset),
            textStart: UInt32(documents.texts.count), textLength: 0, idStart: UInt32(documents.ids.count), idLength: 0,
            idKind: .none, fate: .kept)
        guard found.status == DEDUP_JSON_OK else {
            let bad = BadLine(
                line: documents.lines.firstLine + lineOffset, byte: documents.lines.firstByte + line.lowerBound,
                reason: reason(
                    found, line: documents.lines.bytes.slice(line),
                    isFirst: lineOffset == 0 && documents.lines.firstLine == 1))
            if onBadLine == .stop {
                documents.failure = Failure(
                    "\(documents.lines.shard.name), line \(bad.line), byte \(bad.byte): \(bad.reason); "
                        + self.advice(for: bad, documents.lines))
                return false
            }
            documents.append(bad)
            document.fate = onBadLine == .keep ? .badKept : .badDropped
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
    private func advice(for bad: BadLine, _ lines: LineBatch) -> String {
        let name = lines.shard.name
        let isOnlyLine = lines.end != nil && lines.lineCount <= 1
        let isStray =
            bad.line == 1
            && (bad.reason.hasPrefix(BadLine.otherJSON)
                || isOnlyLine && bad.reason.hasPrefix(Self.noField) && name.utf8.suffix(5).elementsEqual(".json".utf8))
        guard isStray else { return advice }
        let base = name.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? name
        return "if the file only describes the data, leave it out with --exclude '\(base)'; else \(advice)"
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
        let line = line.drop { isBlank(CollectionOfOne($0)) }
        // A line that is only a bracket or brace. On the first line of a shard also a line that begins an array, or an
        // object that continues on the next line.
        let opens =
            line.first == bracket && (isFirst || isBlank(line.dropFirst()))
            || line.first == brace
                && (isBlank(line.dropFirst()) || isFirst && line.last { !isBlank(CollectionOfOne($0)) } == comma)
        if (found.status == DEDUP_JSON_NOT_JSON && opens)
            || (found.status == DEDUP_JSON_NOT_AN_OBJECT && line.first == bracket)
        {
            return BadLine.otherJSON + "; what is read is JSON Lines, one object on each line "
                + "(jq -c '.[]' makes it of an array, jq -c . of objects)"
        }
        return switch found.status {
        case DEDUP_JSON_INVALID_UTF8: "invalid UTF-8 at byte \(found.position) of the line"
        case DEDUP_JSON_NOT_AN_OBJECT:
            "the line is JSON, but no object (one JSON object on each line is expected)"
        case DEDUP_JSON_NO_TEXT where textField.isSingle:
            Self.noField + "\(textField.quoted) (--text-field names another one"
                + (textField.fields[0][0].keys.count > 1 ? "; \\. is a dot within a name)" : ")")
        case DEDUP_JSON_NO_TEXT: Self.noField + "of \(textField.quoted) (--text-field names others)"
        case DEDUP_JSON_TEXT_NOT_A_STRING where textField.isSingle:
            "the field \(textField.quoted) is not a string"
        case DEDUP_JSON_TEXT_NOT_A_STRING: "one of the fields \(textField.quoted) is not a string"
        case DEDUP_JSON_TEXT_NOT_STRINGS where textField.isSingle:
            "the field \(textField.quoted) is not a string: it is a list that holds something else than strings"
        case DEDUP_JSON_TEXT_NOT_STRINGS:
            "one of the fields \(textField.quoted) is a list that holds something else than strings"
        case DEDUP_JSON_NAN:
            "not JSON: a bare \(found.reason.map { String(cString: $0) } ?? "NaN") (--allow-nan accepts it in fields that "
                + "are not read)"
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
