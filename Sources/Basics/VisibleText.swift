/// The two ways in which `String.visible` makes a text safe to display.
package enum TextLayout: Sendable {
    /// For a name, an id or a message on one line: line breaks and tabs are escaped too.
    case line
    /// For a text of several lines: line breaks, tabs and zero-width joiners, which some scripts need, are not escaped.
    case text
}

// Names, ids and texts cannot be trusted: a terminal would execute control sequences in them.
extension String {
    /// The string made safe to display: invisible characters (control characters, those that change the text's
    /// direction, other characters without a glyph) are replaced by escapes such as `\u{9B}` or `\n`. Applying it twice
    /// changes nothing.
    package func visible(_ layout: TextLayout = .line) -> String {
        // The common case: only ASCII characters that need no change.
        let isText = layout == .text
        if utf8.allSatisfy({ (0x20..<0x7F).contains($0) || isText && ($0 == 0x0A || $0 == 0x09) }) { return self }
        var shown = String.UnicodeScalarView()
        var last: Unicode.Scalar?
        for scalar in unicodeScalars {
            if scalar.isSeen(layout, after: last) {
                shown.append(scalar)
            } else {
                shown.append(contentsOf: scalar.shownEscape.unicodeScalars)
            }
            last = scalar
        }
        return String(shown)
    }
}

extension Unicode.Scalar {
    /// Whether the scalar can be displayed as it is; if not, it is escaped.
    ///
    /// - Parameter last: the scalar before this one.
    fileprivate func isSeen(_ layout: TextLayout, after last: Unicode.Scalar?) -> Bool {
        switch value {
        case 0x20..<0x7F: return true
        case 0x09, 0x0A: return layout == .text
        case 0x200C, 0x200D:
            // Many scripts and emoji need these joiners; between Latin letters they would only hide something.
            return layout == .text || last.map { !$0.isASCII && $0.isSeen(.line, after: nil) } == true
        case 0xFE0E, 0xFE0F:
            // Variation selectors, which choose the form of an emoji.
            return last.map { !$0.isASCII && $0.properties.isEmoji } == true
        // Signs that stand before numbers: Unicode calls them format characters, but they are visible.
        case 0x0600...0x0605, 0x06DD, 0x0890...0x0891, 0x08E2, 0x110BD, 0x110CD: return true
        default: break
        }
        if properties.isDefaultIgnorableCodePoint { return false }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: return false
        default: return true
        }
    }

    fileprivate var shownEscape: String {
        switch value {
        case 0x09: "\\t"
        case 0x0A: "\\n"
        case 0x0D: "\\r"
        default: "\\u{" + String(value, radix: 16, uppercase: true) + "}"
        }
    }
}
