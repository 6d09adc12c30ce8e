/// A table of plain text: columns of numbers aligned to the right, and a last column of any text.
///
/// What comes last needs no padding, so that names of any script, whose width only the terminal knows, do not shift
/// what stands beside them.
struct TextTable {
    /// The titles of the columns; the last one is of text.
    private var rows: [[String]]

    init(_ titles: String...) {
        rows = [titles]
    }

    mutating func add(_ cells: String...) {
        precondition(cells.count == rows[0].count)
        rows.append(cells)
    }

    /// One line for each row, indented, each with a newline.
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
