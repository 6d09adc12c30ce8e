import Shingling

/// A slow and simple implementation of words and shingles, based on the Unicode data of Swift's library.
///
/// That data has another version, so only scalars that exist in Unicode 15.0 are used; see `isKnown`.
enum SlowReference {
    static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
        guard let age = scalar.properties.age else { return false }
        return (age.major, age.minor) <= (15, 0)
    }

    static func isUnspaced(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xE00...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF,
            0x20000...0x3FFFF:
            true
        default: false
        }
    }

    static func isIgnored(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .format || (0xFE00...0xFE0F).contains(scalar.value)
            || (0xE0100...0xE01EF).contains(scalar.value)
    }

    static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    static func isBase(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            true
        default: false
        }
    }

    static func isWhiteSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }

    static func words(_ source: Text, _ normalization: Normalization) -> [Text] {
        var runs: [Text] = []
        var run = Text()
        for scalar in normalized(source, normalization) where !isIgnored(scalar) {
            let isAlone = run.first.map { !isMark($0) && isUnspaced($0) } ?? false
            if isMark(scalar) {
                run.append(scalar)
            } else if isBase(scalar) {
                if isUnspaced(scalar) || isAlone {
                    runs.append(run)
                    run = []
                }
                run.append(scalar)
            } else {
                runs.append(run)
                run = []
            }
        }
        runs.append(run)
        return runs.filter { $0.contains { !isMark($0) } }
            .map { $0.flatMap { text($0.properties.lowercaseMapping) } }
    }

    static func found(_ source: Text, _ normalization: Normalization) -> Found {
        let words = words(source, normalization)
        let remainder = words.isEmpty ? source.filter { !isWhiteSpace($0) } : []
        return Found(words: words, remainder: remainder, isBlank: words.isEmpty && remainder.isEmpty)
    }

    static func shingles(_ found: Found, unit: ShingleUnit, size: Int) -> Set<[UInt8]> {
        if found.isBlank { return [] }
        if found.words.isEmpty { return [bytes(found.remainder)] }
        let joined = Text(found.words.joined(separator: [" "]))
        let units = unit == .word ? found.words : joined.map { [$0] }
        let separator: Text = unit == .word ? [" "] : []
        if units.count < size { return [bytes(joined)] }
        return Set((0...units.count - size).map { bytes(Text(units[$0..<$0 + size].joined(separator: separator))) })
    }
}
