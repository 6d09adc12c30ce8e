/// The `ScalarEntry` of every scalar, made from the standard library's Unicode properties and a list of look-alikes.
enum ScalarTable {
    /// The entries of the Basic Multilingual Plane, indexed by scalar.
    // nonisolated(unsafe) is safe here: the table is never written after it was made.
    nonisolated(unsafe) static let entries: UnsafePointer<ScalarEntry> = {
        let entries = UnsafeMutablePointer<ScalarEntry>.allocate(capacity: 0x10000)
        var peculiar: [UInt32: PeculiarLetters] = [:]
        for (group, letters) in PeculiarLetters.groups {
            for scalar in letters.unicodeScalars { peculiar[scalar.value] = group }
        }
        let continuations = Set(cp1251Continuations.unicodeScalars.map(\.value))
        for value in UInt32(0)..<0x10000 {
            entries[Int(value)] = entry(value, peculiar, continuations)
        }
        return UnsafePointer(entries)
    }()

    /// The entry of a scalar beyond the Basic Multilingual Plane.
    static func supplementary(_ value: UInt32) -> ScalarEntry {
        func entry(_ kind: ScalarClass, _ script: Script = .unknown) -> ScalarEntry {
            ScalarEntry(
                kind, script: script, folded: UInt16(truncatingIfNeeded: value), letter: 0, peculiar: nil, flags: 0)
        }
        return switch value {
        case 0x1D400...0x1D7FF: entry(.styledLetter, .latin)
        case 0x1F100...0x1F1E5: entry(.styledLetter, .latin)
        case 0x1F000...0x1FAFF: entry(.emoji)
        case 0x20000...0x3FFFF: entry(.ideograph, .han)
        case 0xE0000...0xE0FFF: entry(.format)
        case 0xF0000...0x10FFFF: entry(.unassigned)
        case 0x10000...0x1CFFF: entry(.otherLetter, .other)
        default: entry(.otherSymbol)
        }
    }

    /// The characters that Windows-1251 has at 0x80 to 0xBF.
    private static let cp1251Continuations =
        "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџ\u{A0}ЎўЈ¤Ґ¦§Ё©Є«¬\u{AD}®Ї°±Ііґµ¶·ё№є»јЅѕї"

    /// Maps letters and digits that are written in place of a Cyrillic letter to that letter, all in lower case.
    private static let lookAlikes: [UInt32: UInt32] = {
        let pairs: [(String, String)] = [
            ("aαᴀ", "а"), ("ʙb", "в"), ("ᴦr", "г"), ("ᴅ", "д"), ("eεᴇ", "е"), ("3", "з"), ("ᴋkκ", "к"), ("ᴧ", "л"),
            ("ʍmᴍ", "м"), ("hʜн", "н"), ("0oοσᴏ", "о"), ("ᴨπ", "п"), ("pᴩρ", "р"), ("cᴄς", "с"), ("ᴛtτ", "т"),
            ("yγʏ", "у"), ("xχ", "х"), ("4", "ч"), ("6", "б"), ("ᴙ", "я"), ("u", "и"), ("n", "п"),
        ]
        var map: [UInt32: UInt32] = [:]
        for (from, to) in pairs {
            for scalar in from.unicodeScalars { map[scalar.value] = to.unicodeScalars.first!.value }
        }
        return map
    }()

    /// Replaces a look-alike by its Cyrillic letter. Words are compared after this. The scalar has to be in lower case.
    static func fold(_ value: UInt32) -> UInt32 { lookAlikes[value] ?? value }

    private static func entry(
        _ value: UInt32, _ peculiar: [UInt32: PeculiarLetters], _ continuations: Set<UInt32>
    ) -> ScalarEntry {
        // Surrogates are not scalars and do not occur in text.
        guard let scalar = Unicode.Scalar(value) else {
            return ScalarEntry(
                .unassigned, script: .unknown, folded: UInt16(value), letter: 0, peculiar: nil, flags: 0)
        }
        let kind = kind(scalar)
        let isLetter = kind.rawValue < ScalarClass.firstOutsideWords && kind != .digit && kind != .mark
        // Beyond U+07FF capitals are rare, so they are not mapped to lower case.
        let lower = value < 0x800 ? scalar.properties.lowercaseMapping.unicodeScalars.first!.value : value
        var flags: UInt64 = 0
        if continuations.contains(value) { flags |= ScalarEntry.continuationOfCP1251 }
        if (0xC0...0xFF).contains(value) { flags |= ScalarEntry.accented }
        if (0x80...0xBF).contains(value) { flags |= ScalarEntry.continuationOfLatin1 }
        return ScalarEntry(
            kind, script: isLetter ? script(value) : .unknown, folded: UInt16(fold(lower)),
            letter: LetterPairs.index(of: lower), peculiar: peculiar[lower], flags: flags)
    }

    private static func script(_ value: UInt32) -> Script {
        switch value {
        case 0x1D26...0x1D2B, 0x370...0x3FF, 0x1F00...0x1FFF: .greek
        case 0x41...0x24F, 0x250...0x2AF, 0x1D00...0x1DBF, 0x1E00...0x1EFF,
            0x2C60...0x2C7F, 0xA720...0xA7FF, 0xFF21...0xFF5A:
            .latin
        case 0x400...0x52F, 0x1C80...0x1C8F, 0x2DE0...0x2DFF, 0xA640...0xA69F: .cyrillic
        case 0x530...0x58F: .armenian
        case 0x590...0x5FF: .hebrew
        case 0x600...0x6FF, 0x750...0x77F, 0x8A0...0x8FF, 0xFB50...0xFDFF, 0xFE70...0xFEFF: .arabic
        case 0x900...0x97F: .devanagari
        case 0xE00...0xE7F: .thai
        case 0x10A0...0x10FF, 0x1C90...0x1CBF: .georgian
        case 0x1100...0x11FF, 0x3130...0x318F, 0xAC00...0xD7AF: .hangul
        case 0x3040...0x30FF, 0x31F0...0x31FF: .kana
        case 0x2E80...0x2FDF, 0x3005...0x3007, 0x3400...0x9FFF, 0xF900...0xFAFF: .han
        default: .other
        }
    }

    private static func kind(_ scalar: Unicode.Scalar) -> ScalarClass {
        switch scalar {
        case "\n", "\r", "\u{2028}", "\u{2029}", "\u{B}", "\u{C}": return .newline
        case " ", "\t": return .space
        case "\u{80}"..."\u{9F}": return .c1Control
        case "\u{FFFD}": return .replacement
        case ".": return .period
        case "!", "¡", "！": return .exclamation
        case "?", "¿", "？": return .question
        case "…": return .ellipsis
        case ",", "،", "、", "，": return .comma
        case ":", ";": return .colon
        case "。": return .period
        case "\"", "«", "»", "“", "”", "„", "‟", "‹", "›": return .quote
        case "'", "’", "‘", "‚", "`": return .apostrophe
        case "#": return .hash
        case "@": return .at
        case "<": return .less
        case ">": return .greater
        case "&": return .ampersand
        case "/": return .slash
        case "•", "‣", "◦", "●", "▪", "▫", "■", "□", "➢", "➤", "►", "▶", "·", "◀", "∙": return .bullet
        case "\u{2500}"..."\u{259F}": return .box
        case "\u{1D00}"..."\u{1D7F}", "\u{250}"..."\u{2AF}": return .styledLetter
        case "\u{2600}"..."\u{27BF}", "\u{2B00}"..."\u{2BFF}", "\u{2300}"..."\u{23FF}": return .emoji
        case "\u{E00}"..."\u{E7F}" where scalar.properties.generalCategory == .otherLetter,
            "\u{E80}"..."\u{EFF}" where scalar.properties.generalCategory == .otherLetter,
            "\u{1780}"..."\u{17B3}", "\u{1000}"..."\u{102A}":
            return .ideograph
        default: break
        }
        switch scalar.properties.generalCategory {
        case .lowercaseLetter: return .lower
        case .uppercaseLetter, .titlecaseLetter: return .upper
        case .otherLetter, .modifierLetter:
            let script = script(scalar.value)
            return script == .han || script == .kana ? .ideograph : .otherLetter
        case .decimalNumber: return .digit
        case .nonspacingMark, .spacingMark, .enclosingMark:
            return (0xFE00...0xFE0F).contains(scalar.value) ? .format : .mark
        case .spaceSeparator: return .space
        case .lineSeparator, .paragraphSeparator: return .newline
        case .dashPunctuation: return .dash
        case .openPunctuation: return .open
        case .closePunctuation: return .close
        case .initialPunctuation, .finalPunctuation: return .quote
        case .connectorPunctuation, .otherPunctuation: return scalar.isASCII ? .otherASCII : .otherPunctuation
        case .currencySymbol: return .currency
        case .mathSymbol, .modifierSymbol, .otherSymbol: return scalar.isASCII ? .otherASCII : .otherSymbol
        case .letterNumber, .otherNumber: return .otherNumber
        case .format: return .format
        case .control: return .control
        default: return .unassigned
        }
    }
}
