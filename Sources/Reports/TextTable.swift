/// A table in plain text: columns of numbers, aligned to the right, and a last column of text.
///
/// The text comes last so that nothing has to be aligned after it: only the terminal knows how wide characters of other
/// scripts are.
struct TextTable {
    /// The first row has the titles; its last column is the title of the text.
    private var rows: [[String]]

    init(_ titles: String...) { self.init(titles) }

    init(_ titles: [String]) {
        rows = [titles]
    }

    mutating func add(_ cells: String...) { add(cells) }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == rows[0].count)
        rows.append(cells)
    }

    /// The table with one indented line per row, each with a newline.
    var text: String {
        let widths = rows[0].indices.dropLast().map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let numbers = zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }
            return "  " + (numbers + [row[row.count - 1]]).joined(separator: "  ").trimmingEnd() + "\n"
        }.joined()
    }
}

extension String {
    fileprivate func trimmingEnd() -> Substring {
        var end = self[...]
        while end.last == " " { end.removeLast() }
        return end
    }
}
