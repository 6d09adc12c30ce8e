package import Basics
package import Corpus
package import Reports
internal import Tokenizers

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Tokenizes the documents of shards, or a single text, and writes a line of JSON for each document.
package final class CorpusTokenizer {
    /// Counts of what was read and written.
    package struct Counts: Sendable {
        /// The number of documents that were tokenized.
        package fileprivate(set) var documents = 0
        /// The size of their texts in bytes.
        package fileprivate(set) var bytes = 0
        /// The number of tokens, including special tokens.
        package fileprivate(set) var tokens = 0
        /// The number of documents that were cut off at the limit.
        package fileprivate(set) var truncated = 0
        /// The number of lines that are not documents.
        package fileprivate(set) var badLines = 0
    }

    /// Receives whole lines, in order.
    package typealias Output = (UnsafeRawBufferPointer) throws(Failure) -> Void

    /// The number of bytes of lines that are collected before they are passed on.
    private static let flushSize = 1 << 16
    private static let limits = ReadLimits.fixed(line: 1 << 30)

    private let tokenizer: Tokenizer
    private let worker: Tokenizer.Worker
    private let options: TokenizeOptions
    private var lines = Buffer<UInt8>(capacity: flushSize * 2)
    /// The counts so far.
    package private(set) var counts = Counts()
    /// Damaged shards that were left out.
    package private(set) var skipped: [Report.SkippedShard] = []
    /// Other files in the inputs.
    package private(set) var others = OtherFiles()

    /// - Parameter model: the folder of a tokenizer; nil for the one that `ModelLocation` finds.
    /// - Throws: if the tokenizer cannot be used, or if the limit is smaller than the number of special tokens.
    package init(model: String?, _ options: TokenizeOptions) throws(Failure) {
        tokenizer = try Tokenizer(folder: ModelLocation(asked: model).path)
        worker = Tokenizer.Worker(tokenizer, options.special)
        self.options = options
        // Encoding an empty text checks the limit before the first document is read.
        _ = try worker.encoding(
            of: UnsafeBufferPointer(start: nil, count: 0), limit: options.limit, addsSpecial: options.addsSpecial)
    }

    /// Tokenizes every document of the inputs (`PATH` or `LABEL=PATH`), in order.
    ///
    /// - Throws: at the first bad line, unless the options say otherwise. The lines before it have been written.
    package func tokenize(inputs: [String], to output: Output) throws(Failure) {
        var arguments: [CorpusInput] = []
        for input in inputs { arguments.append(try CorpusInput(argument: input)) }
        let listing = try ShardListing(of: CorpusInput.labelled(arguments), selecting: options.selection)
        others = listing.others
        let fields = try DocumentFields(
            text: options.textField, id: options.idField, allowsNaN: options.allowsNaN, onBadLine: options.onBadLine)
        let reader = DocumentReader(fields, limits: Self.limits)
        var dropped = DroppedLines(isWatching: options.onBadLine == .drop && !options.allowsMostlyBad)
        do throws(Failure) {
            for (ordinal, shard) in listing.shards.enumerated() {
                if options.skipsDamagedShards,
                    let damage = DocumentFormats.standard.damage(of: shard, limits: Self.limits)
                {
                    // Lines that were passed on cannot be taken back, so the whole shard is checked first.
                    skipped.append(Report.SkippedShard(shard: shard.name, reason: damage.message(without: shard.name)))
                    continue
                }
                try reader.read(shard, ordinal: ordinal) { documents throws(Failure) in
                    try append(documents, output)
                    let tooManyDropped = dropped.count(documents)
                    if let failure = documents.failure ?? tooManyDropped { throw failure }
                    return true
                }
            }
        } catch {
            try flush(output)
            throw error
        }
        try flush(output)
    }

    /// Tokenizes a text, or a pair of texts.
    package func tokenize(_ text: String, _ second: String?, to output: Output) throws(Failure) {
        let first = Array(text.utf8)
        let other = second.map { Array($0.utf8) }
        let encoding = try encoding(first, other)
        append("{")
        append(encoding, withTypes: second != nil)
        append("}\n")
        try flush(output)
    }

    private func encoding(_ first: [UInt8], _ second: [UInt8]?) throws(Failure) -> Tokenizer.Worker.Encoding {
        // The closures of withUnsafeBufferPointer cannot throw typed errors.
        let result = first.withUnsafeBufferPointer { first in
            guard let second else { return Result { () throws(Failure) in try self.encoding(first) } }
            return second.withUnsafeBufferPointer { second in
                Result { () throws(Failure) in try self.encoding(first, second) }
            }
        }
        return try result.get()
    }

    private func encoding(
        _ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>? = nil
    ) throws(Failure) -> Tokenizer.Worker.Encoding {
        try worker.encoding(of: first, and: second, limit: options.limit, addsSpecial: options.addsSpecial)
    }

    private func append(_ documents: Documents, _ output: Output) throws(Failure) {
        var nextBad = 0
        for index in 0..<documents.count {
            let fate = documents.documents[index].fate
            if fate == .badKept || fate == .badDropped {
                counts.badLines += 1
                if fate == .badKept { append(documents.bad[nextBad], documents.raw.shard.name) }
                nextBad += 1
            } else {
                try append(documents, index)
            }
            if lines.count >= Self.flushSize { try flush(output) }
        }
    }

    private func append(_ documents: Documents, _ index: Int) throws(Failure) {
        let text = documents.text(index)
        let encoding = try encoding(text)
        counts.documents += 1
        counts.bytes += text.count
        counts.tokens += encoding.ids.count
        if encoding.isTruncated { counts.truncated += 1 }
        begin(documents.raw.shard.name, documents.lineNumber(index))
        append(",\"id\":")
        lines.append(json: documents.id(index))
        append(",")
        append(encoding, withTypes: false)
        append("}\n")
    }

    private func append(_ bad: BadLine, _ shard: String) {
        begin(shard, bad.line)
        append(",\"bad\":")
        lines.append(json: bad.reason)
        append("}\n")
    }

    private func begin(_ shard: String, _ line: Int) {
        append("{\"shard\":")
        lines.append(json: shard)
        append(",\"line\":")
        lines.append(number: line)
    }

    /// Appends the JSON members with the result for a text.
    private func append(_ encoding: Tokenizer.Worker.Encoding, withTypes: Bool) {
        switch options.output {
        case .ids:
            append("\"ids\":")
            append(encoding.ids) { lines.append(number: Int($0)) }
        case .tokens:
            append("\"tokens\":")
            append(encoding.ids) { lines.append(json: tokenizer.token($0) ?? "") }
        case .counts:
            append("\"count\":")
            lines.append(number: encoding.ids.count)
        }
        if withTypes && options.output != .counts {
            append(",\"types\":")
            append(encoding.typeIDs) { lines.append(number: Int($0)) }
        }
        if options.limit != nil { append(encoding.isTruncated ? ",\"truncated\":true" : ",\"truncated\":false") }
    }

    private func append(_ values: [Int32], _ value: (Int32) -> Void) {
        append("[")
        for (index, element) in values.enumerated() {
            if index > 0 { append(",") }
            value(element)
        }
        append("]")
    }

    private func append(_ text: String) {
        lines.append(text)
    }

    private func flush(_ output: Output) throws(Failure) {
        try output(lines.bytes)
        lines.removeAll()
        // A very long text may have made the buffer large.
        if lines.capacity > Self.flushSize * 64 { lines = Buffer(capacity: Self.flushSize * 2) }
    }
}

extension Buffer where Element == UInt8 {
    /// Appends the decimal digits of a number, which must not be negative.
    fileprivate mutating func append(number: Int) {
        let most = 20
        let digits = reserve(most)
        var first = most
        var rest = number
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        memmove(digits, digits + first, most - first)
        advance(most - first)
    }
}
