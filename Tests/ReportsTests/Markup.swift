/// A minimal HTML parser that checks whether a page is well formed.
struct Markup {
    struct Element: Equatable {
        let name: String
        let attributes: [String]
    }

    /// Every start tag, in order.
    private(set) var elements: [Element] = []
    /// The faults; empty for a well-formed page.
    private(set) var faults: [String] = []
    /// The text of every `td` and `th` of every row, in order.
    private(set) var rows: [[String]] = []

    init(_ html: String) {
        var open: [String] = []
        var ids: Set<String> = []
        var cell: String?
        var rest = html.unicodeScalars[...]
        while let start = rest.firstIndex(of: "<") {
            let text = String(rest[..<start])
            if open.last != "style", text.unicodeScalars.contains(">") { faults.append("a stray > in \(text)") }
            cell?.append(text)
            rest = rest[rest.index(after: start)...]
            let tag = Tag(&rest)
            if tag.name.hasPrefix("!") { continue }
            if tag.name.hasPrefix("/") {
                let name = String(tag.name.dropFirst())
                if open.last != name { faults.append("</\(name)> closes \(open.last ?? "nothing")") }
                _ = open.popLast()
                if name == "td" || name == "th", let content = cell {
                    rows[rows.count - 1].append(content)
                    cell = nil
                }
                continue
            }
            elements.append(Element(name: tag.name, attributes: tag.attributes.map(\.name)))
            if let id = tag.attributes.first(where: { $0.name == "id" })?.value, !ids.insert(id).inserted {
                faults.append("two elements of the id \(id)")
            }
            if tag.name == "tr" { rows.append([]) }
            if tag.name == "td" || tag.name == "th" { cell = "" }
            if !tag.isEmpty && tag.name != "meta" { open.append(tag.name) }
        }
        if !open.isEmpty { faults.append("not closed: \(open)") }
    }

    /// The text between `<` and the next `>` outside quotes.
    private struct Tag {
        var name = ""
        var attributes: [(name: String, value: String)] = []
        var isEmpty = false

        init(_ rest: inout Substring.UnicodeScalarView) {
            var parts = [""]
            var isQuoted = false
            while let scalar = rest.popFirst() {
                if scalar == "\"" { isQuoted.toggle() }
                if scalar == ">" && !isQuoted { break }
                if (scalar == " " || scalar == "\n") && !isQuoted {
                    parts.append("")
                } else {
                    parts[parts.count - 1].unicodeScalars.append(scalar)
                }
            }
            if parts.count > 0, parts[parts.count - 1].hasSuffix("/"), !parts[0].hasPrefix("/") {
                parts[parts.count - 1].removeLast()
                isEmpty = true
            }
            name = parts.removeFirst()
            attributes = parts.filter { !$0.isEmpty }.map { part in
                let halves = part.split(separator: "=", maxSplits: 1)
                return (String(halves[0]), halves.count > 1 ? String(halves[1].dropFirst().dropLast()) : "")
            }
        }
    }
}
