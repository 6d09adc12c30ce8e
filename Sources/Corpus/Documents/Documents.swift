package import Basics

/// The outcome for one line of a shard: whether it is written to the output, and why.
package enum Fate: UInt8, Sendable, BitwiseCopyable {
    /// A document that is written to the output: the outcome of every document that no stage has removed.
    case kept
    /// A duplicate of a document that was kept earlier.
    case removed
    /// A document removed by a stage that filters.
    case dropped
    /// A bad line (not a document) that is written to the output.
    case badKept
    /// A bad line (not a document) that is not written to the output.
    case badDropped

    /// Whether the line is written to the output.
    package var isWritten: Bool { self == .kept || self == .badKept }
}

/// A line that is not a document, and why.
package struct BadLine: Sendable {
    /// The line's number in the shard, from 1.
    package let line: Int
    /// The offset of the line's first byte in the decoded shard.
    package let byte: Int
    /// What is wrong with the line, for messages and the report.
    package let reason: String

    /// Creates a bad line; the properties explain the parameters.
    package init(line: Int, byte: Int, reason: String) {
        self.line = line
        self.byte = byte
        self.reason = reason
    }

    /// The text with which `reason` begins if the line is a JSON array, or the start of an array or object that goes on
    /// in the next lines.
    static let otherJSON = "a JSON array, or an object over several lines"

    /// Whether `reason` begins with `otherJSON`.
    var isOtherJSON: Bool { reason.hasPrefix(Self.otherJSON) }
}

/// The documents of one batch of a shard, with their texts and ids.
///
/// Only one stage owns the object at a time; it hands the object to the next stage and does not use it afterwards.
package final class Documents: @unchecked Sendable {
    /// One document, or one bad line that does not end the run. Starts and lengths are in bytes.
    package struct Document: BitwiseCopyable {
        /// The line's position in `raw.bytes`, without its newline.
        package var lineStart: UInt32
        /// The line's length.
        package var lineLength: UInt32
        /// The number of lines, blank ones included, between the batch's first line and this one.
        package var lineOffset: UInt32
        /// The text's position in `texts`.
        package var textStart: UInt32
        /// The text's length.
        package var textLength: UInt32
        /// The id's position in `ids`.
        package var idStart: UInt32
        /// The id's length.
        package var idLength: UInt32
        /// The JSON type of the id.
        package var idKind: DocumentIDBytes.Kind
        /// The outcome for the line. Each stage that removes documents changes it.
        package var fate: Fate

        /// Creates a document without a text and an id, which is kept.
        ///
        /// - Parameter line: the line's position in `raw.bytes`, without its newline.
        package init(_ line: Range<Int>, lineOffset: Int) {
            lineStart = UInt32(line.lowerBound)
            lineLength = UInt32(line.count)
            self.lineOffset = UInt32(lineOffset)
            (textStart, textLength) = (0, 0)
            (idStart, idLength, idKind) = (0, 0, .none)
            fate = .kept
        }
    }

    /// The records that the documents were parsed from.
    package let raw: RawBatch
    // One stage owns them at a time, so the run-time check for overlapping accesses is not needed; it would cost time.
    /// The documents and the bad lines that do not end the run, in the order of the lines.
    @exclusivity(unchecked) package var documents = Buffer<Document>()
    /// The texts as unescaped UTF-8, one after the other, without separators.
    @exclusivity(unchecked) package var texts = Buffer<UInt8>()
    /// The ids as UTF-8, one after the other, without separators.
    @exclusivity(unchecked) package var ids = Buffer<UInt8>()
    /// The bad lines that do not end the run.
    package private(set) var bad: [BadLine] = []
    /// The number of blank lines in the batch; they are neither documents nor bad lines.
    package var blankLines = 0
    /// The error that ends the run after these documents: a bad line, or an error of the source. Nil if there is none.
    package var failure: Failure?

    /// Creates an empty list for the documents of `raw`, with the failure of `raw`.
    package init(_ raw: RawBatch) {
        self.raw = raw
        failure = raw.failure
    }

    /// Frees the texts and the records, and reduces the reserved memory to `bytes`. Called by the last stage that reads
    /// them.
    package func dropTexts(keeping bytes: Int = .max) {
        texts = Buffer()
        raw.bytes = Buffer()
        raw.reservation?.shrink(to: bytes)
    }

    /// The number of entries in `documents`, bad lines included.
    package var count: Int { documents.count }
    /// The number of entries in `documents` that are documents.
    package var documentCount: Int { documents.count - bad.count }

    /// Adds a bad line. Consecutive bad lines with the same reason share one string, to save memory.
    package func append(_ line: BadLine) {
        let shared = bad.last.flatMap { $0.reason == line.reason ? $0.reason : nil }
        bad.append(BadLine(line: line.line, byte: line.byte, reason: shared ?? line.reason))
    }

    /// The text of the document with this index.
    package func text(_ document: Int) -> UnsafeBufferPointer<UInt8> {
        let d = documents[document]
        return texts.slice(Int(d.textStart)..<Int(d.textStart) + Int(d.textLength))
    }

    /// The line number in the shard, from 1, of the document with this index.
    package func lineNumber(_ document: Int) -> Int {
        raw.firstLine + Int(documents[document].lineOffset)
    }

    /// The id of the document with this index; nil if it has none.
    package func id(_ document: Int) -> DocumentID? { idBytes(document).id }

    /// The same id as bytes in `ids`, without a copy: valid as long as this object, and as long as `ids` does not
    /// change.
    package func idBytes(_ document: Int) -> DocumentIDBytes {
        let d = documents[document]
        return DocumentIDBytes(
            kind: d.idKind, bytes: ids.slice(Int(d.idStart)..<Int(d.idStart) + Int(d.idLength)))
    }
}

/// The id by which reports name a document.
package enum DocumentID: Sendable, Hashable {
    /// The id was a JSON string.
    case string(String)
    /// The id was a JSON number, here as decimal digits: whole numbers in full, others in their shortest form.
    case number(String)

    /// The id as text, in the form in which a user gives it.
    package var name: String {
        switch self {
        case .string(let name), .number(let name): name
        }
    }
}

/// A document's id as bytes in a buffer that this value does not own, for code that only copies or compares the id.
package struct DocumentIDBytes {
    /// The JSON type of the id. The raw values are part of the index format.
    package enum Kind: UInt8, Sendable, BitwiseCopyable { case none, string, number }

    /// The JSON type of the id; `none` if the document has no id.
    package let kind: Kind
    /// The id as UTF-8; empty for `none`.
    package let bytes: UnsafeBufferPointer<UInt8>

    /// - Parameter bytes: must stay valid as long as the new value is used.
    package init(kind: Kind, bytes: UnsafeBufferPointer<UInt8>) {
        self.kind = kind
        self.bytes = bytes
    }

    /// A copy of the id; nil for `none`.
    package var id: DocumentID? {
        switch kind {
        case .none: nil
        case .string: .string(String(decoding: bytes, as: UTF8.self))
        case .number: .number(String(decoding: bytes, as: UTF8.self))
        }
    }
}
