import Foundation

/// The result of measuring a step.
struct Measurement: Encodable {
    let step: String
    let documents: Int
    /// The bytes of decoded shards; for the tokenizer and the encoder, the bytes of texts.
    let bytes: Int
    /// Processor time.
    let seconds: Double
    let wallSeconds: Double
    let allocations: Int
    let jobs: Int
    /// The name and the number of other things that were counted: keys, pairs, tokens.
    let item: String?
    let items: Int?

    init(_ step: String, _ amount: Amount, _ cost: Cost) {
        self.step = step
        documents = amount.documents
        bytes = amount.bytes
        seconds = cost.seconds
        wallSeconds = cost.wallSeconds
        allocations = cost.allocations
        jobs = cost.jobs
        item = amount.items?.name
        items = amount.items?.count
    }

    /// The measurement as a row of the table.
    var row: String {
        var besides: [String] = []
        if let item, let items {
            let nanoseconds = seconds / Double(items) * 1e9
            let speed =
                nanoseconds < 10_000 ? "\(rounded(nanoseconds)) ns each" : "\(rounded(Double(items) / seconds))/s"
            besides.append("\(grouped(items)) \(item), \(speed)")
        }
        if jobs > 0 {
            besides.append("\(rounded(wallSeconds)) s on the clock")
            besides.append("\(rounded(Double(jobs) / Double(documents) * 1000)) jobs for 1,000 documents")
        }
        let columns = [
            step, rounded(Double(bytes) / 1e6 / seconds), rounded(Double(documents) / seconds),
            String(format: "%.2f", Double(allocations) / Double(documents)), besides.joined(separator: "; "),
        ]
        return "| " + columns.joined(separator: " | ") + " |"
    }
}

extension Bench {
    /// The table in Markdown, with a header that describes the corpus.
    ///
    /// - Parameter threads: the number of threads of whole runs.
    func table(threads: Int) -> String {
        let header = """
            \(corpus.summary): \(grouped(corpus.bytes / 1_000_000)) MB in \(grouped(corpus.documentCount)) documents; \
            runs on \(threads) \(threads == 1 ? "thread" : "threads").

            | | MB/s | documents/s | allocations per document | besides |
            | --- | --- | --- | --- | --- |

            """
        return header + measurements.map(\.row).joined(separator: "\n")
    }

    /// The measurements as JSON.
    func json() throws -> String { try encoded(measurements) }
}

/// Encodes results as JSON.
func encoded(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// Formats a number with separators: 12,345.
func grouped(_ number: Int) -> String {
    let digits = String(number)
    return String(
        digits.enumerated().flatMap { place, digit in
            place > 0 && (digits.count - place) % 3 == 0 ? [",", digit] : [digit]
        })
}

/// Rounds a number to three significant digits.
func rounded(_ number: Double) -> String {
    if number < 100 { return String(format: number < 10 ? "%.2f" : "%.1f", number) }
    var unit = 1.0
    while number / unit >= 1000 { unit *= 10 }
    return grouped(Int((number / unit).rounded() * unit))
}
