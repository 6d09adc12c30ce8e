import Foundation

/// What a step took.
struct Measurement: Encodable {
    let step: String
    let documents: Int
    /// Of decoded shards; for the tokenizer and the encoder, of texts.
    let bytes: Int
    /// Of a processor.
    let seconds: Double
    let wallSeconds: Double
    let allocations: Int
    let jobs: Int
    /// What else was counted, and how much of it: keys, pairs, tokens.
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

    /// A row of the table.
    var row: String {
        var besides: [String] = []
        if let item, let items {
            besides.append(
                "\(grouped(items)) \(item), \(grouped(Int(Double(items) / seconds)))/s, "
                    + String(format: "%.0f ns each", seconds / Double(items) * 1e9))
        }
        if jobs > 0 {
            besides.append(String(format: "%.2f s on the clock", wallSeconds))
            besides.append(String(format: "%.0f jobs for 1,000 documents", Double(jobs) / Double(documents) * 1000))
        }
        let columns = [
            step, rounded(Double(bytes) / 1e6 / seconds), grouped(Int(Double(documents) / seconds)),
            String(format: "%.2f", Double(allocations) / Double(documents)), besides.joined(separator: "; "),
        ]
        return "| " + columns.joined(separator: " | ") + " |"
    }
}

extension Bench {
    /// The table, in Markdown, with what it is about above it.
    func table() -> String {
        let header = """
            \(corpus.summary): \(grouped(corpus.bytes / 1_000_000)) MB in \(grouped(corpus.documentCount)) documents.

            | | MB/s | documents/s | allocations per document | |
            | --- | --- | --- | --- | --- |

            """
        return header + measurements.map(\.row).joined(separator: "\n")
    }

    /// The same as JSON.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(measurements), as: UTF8.self)
    }
}

/// 12,345
private func grouped(_ number: Int) -> String {
    let digits = String(number)
    return String(
        digits.enumerated().flatMap { place, digit in
            place > 0 && (digits.count - place) % 3 == 0 ? [",", digit] : [digit]
        })
}

/// Whole numbers from 100 on, else one decimal.
private func rounded(_ number: Double) -> String {
    number < 100 ? String(format: "%.1f", number) : grouped(Int(number))
}
