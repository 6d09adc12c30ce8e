import Foundation

/// A slow implementation of the statistics over `String` and dictionaries, with which the fast one is compared.
///
/// The statistics are those of the canonical form. It handles Latin and Cyrillic letters without look-alikes, digits, marks
/// and common punctuation.
struct SlowStatistics {
    private(set) var values: [String: Double] = [:]

    private static func isWordy(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .decimalNumber: true
        default: false
        }
    }

    init(_ text: String) {
        let scalars = Array(SlowCanonicalText(text).form.unicodeScalars)
        let visible = scalars.filter { !$0.properties.isWhitespace }
        let words = scalars.split { !Self.isWordy($0) }.map(Array.init)
        let tokens = scalars.split { $0.properties.isWhitespace }.map(Array.init)
        let wordSum = words.reduce(0) { $0 + $1.count }
        func share(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : min(1, Double(part) / Double(whole)) }
        func among(_ list: String) -> Int { visible.count { list.unicodeScalars.contains($0) } }
        func isLetter(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isAlphabetic }
        let letters = visible.count(where: isLetter)

        let mean = Double(wordSum) / Double(max(1, words.count))
        values["mean_word_length"] = mean
        let squares = words.reduce(0.0) { $0 + (Double($1.count) - mean) * (Double($1.count) - mean) }
        values["word_length_deviation"] = (squares / Double(max(1, words.count))).squareRoot()
        values["long_word_share"] = share(words.count { $0.count > 20 }, words.count)
        values["one_letter_word_share"] = share(words.count { $0.count == 1 }, words.count)
        values["number_share"] = share(words.count { $0.allSatisfy { !isLetter($0) } }, words.count)
        values["digit_word_share"] = share(
            words.count { $0.contains(where: isLetter) && !$0.allSatisfy(isLetter) }, words.count)
        values["capital_word_share"] = share(
            words.count {
                let letters = $0.filter(isLetter)
                return letters.count > 1 && letters.allSatisfy { $0.properties.isUppercase }
            }, words.count)
        values["letters_token_share"] = share(tokens.count { $0.contains(where: isLetter) }, tokens.count)
        values["letter_share"] = share(letters, visible.count)
        values["upper_case_share"] = share(visible.count { $0.properties.isUppercase }, letters)
        values["digit_share"] = share(among("0123456789"), visible.count)
        values["punctuation_share"] = share(among(".,!?…:;\"«»'-—()[]{}"), visible.count)
        values["symbol_share"] = share(among("#@<>&/*+=%$•"), visible.count)
        values["brace_share"] = share(among("{}"), visible.count)
        values["ellipsis_word_ratio"] = share(among("…"), words.count)
        values["comma_share"] = share(among(","), visible.count)
        values["exclamation_share"] = share(among("!"), visible.count)

        let cyrillic = visible.count { ("\u{400}"..."\u{52F}").contains($0) }
        values["minor_script_share"] = share(min(cyrillic, letters - cyrillic), letters)
        values["capital_run_share"] = share(
            words.filter { isLetter($0[0]) || !$0.allSatisfy { !isLetter($0) } }
                .split { !$0[0].properties.isUppercase }.filter { $0.count >= 4 }.reduce(0) { $0 + $1.count },
            words.count)

        let lower = words.map { String(String.UnicodeScalarView($0)).lowercased() }
        values["recent_word_share"] = share(
            lower.indices.count { lower[max(0, $0 - 50)..<$0].contains(lower[$0]) }, lower.count)
        values["repeated_neighbour_share"] = share(
            zip(lower, lower.dropFirst()).count { $0 == $1 }, lower.count)
        values["vowelless_share"] = share(
            lower.count { word in
                word.unicodeScalars.count > 3
                    && word.unicodeScalars.allSatisfy {
                        "bcdfghjklmnpqrstvwxzбвгджзйклмнпрстфхцчшщъь".unicodeScalars.contains($0)
                    }
            }, lower.count)
        for n in [5, 10] {
            var places: [[String]: [Int]] = [:]
            if lower.count >= n {
                for place in 0...lower.count - n { places[Array(lower[place..<place + n]), default: []].append(place) }
            }
            func length(_ range: Range<Int>) -> Int { words[range].reduce(0) { $0 + $1.count } }
            var isCovered = [Bool](repeating: false, count: lower.count)
            for later in places.values.flatMap({ $0.dropFirst() }) {
                for word in later..<later + n { isCovered[word] = true }
            }
            let covered = words.indices.reduce(0) { $0 + (isCovered[$1] ? words[$1].count : 0) }
            values["duplicate\(n)_gram_share"] = share(covered, wordSum)
        }
    }
}
