/// How a text from outside is shown.
package enum TextLayout: Sendable {
    /// On one line: a name, an id, a message. It begins no other line and hides nothing.
    case line
    /// As a text: its lines and tabs stay, and so do the joiners that it is spelled with.
    case text
}

// Names, ids and texts come from anywhere, and a terminal obeys what it is sent.
extension String {
    /// Safe to show: what nobody sees (control characters, those that turn the direction of the text around, other
    /// characters without a look of their own) stands there as an escape: `\u{9B}`, `\n`. Shown again it is the same.
    package func visible(_ layout: TextLayout = .line) -> String {
        // Nearly all of what is shown.
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
    /// - Parameter last: what stands before it.
    fileprivate func isSeen(_ layout: TextLayout, after last: Unicode.Scalar?) -> Bool {
        switch value {
        case 0x20..<0x7F: return true
        case 0x09, 0x0A: return layout == .text
        case 0x200C, 0x200D:
            // Words of many scripts are spelled with them, and emoji are made; between Latin letters they only hide.
            return layout == .text || last.map { !$0.isASCII && $0.isSeen(.line, after: nil) } == true
        case 0xFE0E, 0xFE0F:
            // They say how an emoji looks.
            return last.map { !$0.isASCII && $0.properties.isEmoji } == true
        // Signs that stand before numbers: format characters by category, but seen.
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
