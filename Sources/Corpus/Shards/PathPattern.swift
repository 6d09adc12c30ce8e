package import Basics

/// A pattern that relative paths are matched against, to select files or to exclude them.
///
/// `*` matches any characters within a component, `**` any number of components, `?` one character within a component,
/// `[a-z]` one of the characters, `[!a-z]` one other character, `{a,b}` either alternative. A backslash makes the next
/// character an ordinary one. A pattern without a slash matches a name in any folder; a pattern that begins with a
/// slash matches from the top of the input.
package struct PathPattern: Sendable, Hashable {
    private indirect enum Part: Sendable, Hashable {
        case character(Unicode.Scalar)
        case anyCharacter
        case anyCharacters
        /// Any number of whole components, also none, including the slash after each.
        case anyComponents
        case oneOf([ClosedRange<Unicode.Scalar>], isInverted: Bool)
    }

    /// The pattern as the user gave it.
    package let text: String
    /// The parts of the pattern, once for each way to choose among the alternatives in braces.
    private let choices: [[Part]]

    /// - Throws: a usage error if a bracket or brace is not closed, if the pattern is empty, or if braces give more
    ///   than 1,000 alternatives.
    package init(_ text: String) throws(Failure) {
        self.text = text
        var pattern = text.unicodeScalars[...]
        while pattern.starts(with: "./".unicodeScalars) { pattern = pattern.dropFirst(2) }
        while pattern.count > 1, pattern.last == "/" { pattern = pattern.dropLast() }
        let isAnchored = pattern.first == "/"
        if isAnchored { pattern = pattern.dropFirst() }
        if pattern.isEmpty { throw .usage("'\(text)' is not a valid pattern: it is empty") }
        var choices: [[Part]] = []
        for choice in try Self.expand(Array(pattern), text) {
            let anywhere = isAnchored || choice.contains("/") ? [] : [Part.anyComponents]
            choices.append(anywhere + (try Self.parts(choice, text)))
        }
        self.choices = choices
    }

    /// Whether the pattern matches the relative path of a file or folder.
    package func matches(_ path: String) -> Bool {
        let path = Array(path.unicodeScalars)
        return choices.contains { Self.matches($0[...], path[...]) }
    }

    // MARK: Reading a pattern

    private static let mostChoices = 1000

    /// Returns one pattern for each way to choose among the alternatives in braces.
    private static func expand(_ pattern: [Unicode.Scalar], _ text: String) throws(Failure) -> [[Unicode.Scalar]] {
        guard let open = firstBrace(pattern) else { return [pattern] }
        var depth = 0
        var alternatives: [[Unicode.Scalar]] = [[]]
        var at = open
        while at < pattern.count {
            let character = pattern[at]
            if character == "\\", at + 1 < pattern.count {
                alternatives[alternatives.count - 1] += pattern[at...(at + 1)]
                at += 2
                continue
            }
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            if depth == 0 { break }
            if character == ",", depth == 1 {
                alternatives.append([])
            } else if !(character == "{" && depth == 1) {
                alternatives[alternatives.count - 1].append(character)
            }
            at += 1
        }
        guard depth == 0 else { throw .usage("'\(text)' is not a valid pattern: a { is not closed (\\{ is a brace)") }
        var expanded: [[Unicode.Scalar]] = []
        for alternative in alternatives {
            expanded += try expand(Array(pattern[..<open]) + alternative + Array(pattern[(at + 1)...]), text)
            if expanded.count > mostChoices { throw .usage("'\(text)': too many alternatives in braces") }
        }
        return expanded
    }

    private static func firstBrace(_ pattern: [Unicode.Scalar]) -> Int? {
        var at = 0
        while at < pattern.count {
            if pattern[at] == "{" { return at }
            at += pattern[at] == "\\" ? 2 : 1
        }
        return nil
    }

    private static func parts(_ pattern: [Unicode.Scalar], _ text: String) throws(Failure) -> [Part] {
        var parts: [Part] = []
        var at = 0
        while at < pattern.count {
            let character = pattern[at]
            at += 1
            switch character {
            case "\\" where at < pattern.count:
                parts.append(.character(pattern[at]))
                at += 1
            case "*" where at < pattern.count && pattern[at] == "*":
                while at < pattern.count, pattern[at] == "*" { at += 1 }
                // "a/**/b" is also "a/b"; "a/**" is everything below a.
                if at < pattern.count, pattern[at] == "/" {
                    if parts.last != .anyComponents { parts.append(.anyComponents) }
                    at += 1
                } else {
                    parts += [.anyComponents, .anyCharacters]
                }
            case "*": parts.append(.anyCharacters)
            case "?": parts.append(.anyCharacter)
            case "[":
                parts.append(try set(pattern, &at, text))
            default: parts.append(.character(character))
            }
        }
        return parts
    }

    /// Parses the set after an opening bracket, including the closing bracket.
    private static func set(_ pattern: [Unicode.Scalar], _ at: inout Int, _ text: String) throws(Failure) -> Part {
        let isInverted = at < pattern.count && (pattern[at] == "!" || pattern[at] == "^")
        if isInverted { at += 1 }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while at < pattern.count, pattern[at] != "]" || ranges.isEmpty {
            let first = pattern[at]
            at += 1
            if at + 1 < pattern.count, pattern[at] == "-", pattern[at + 1] != "]" {
                guard first <= pattern[at + 1] else {
                    throw .usage("'\(text)' is not a valid pattern: \(first)-\(pattern[at + 1]) is not a range")
                }
                ranges.append(first...pattern[at + 1])
                at += 2
            } else {
                ranges.append(first...first)
            }
        }
        guard at < pattern.count else {
            throw .usage("'\(text)' is not a valid pattern: a [ is not closed (\\[ is a bracket)")
        }
        at += 1
        return .oneOf(ranges, isInverted: isInverted)
    }

    // MARK: Matching

    private static func matches(_ parts: ArraySlice<Part>, _ path: ArraySlice<Unicode.Scalar>) -> Bool {
        var parts = parts
        var path = path
        // The state to return to when matching fails: the last star then takes one character more. Earlier stars need
        // not be tried again.
        var retry: (parts: ArraySlice<Part>, path: ArraySlice<Unicode.Scalar>)?
        while true {
            if let part = parts.first {
                switch part {
                case .anyComponents:
                    // Matches at this place, or after any later slash.
                    let rest = parts.dropFirst()
                    if matches(rest, path) { return true }
                    if path.indices.contains(where: { path[$0] == "/" && matches(rest, path[($0 + 1)...]) }) {
                        return true
                    }
                case .anyCharacters:
                    retry = (parts, path)
                    parts = parts.dropFirst()
                    continue
                case .character(let wanted) where path.first == wanted:
                    parts = parts.dropFirst()
                    path = path.dropFirst()
                    continue
                case .anyCharacter where path.first.map { $0 != "/" } == true:
                    parts = parts.dropFirst()
                    path = path.dropFirst()
                    continue
                case .oneOf(let ranges, let isInverted):
                    if let next = path.first, next != "/", ranges.contains(where: { $0.contains(next) }) != isInverted {
                        parts = parts.dropFirst()
                        path = path.dropFirst()
                        continue
                    }
                default: break
                }
            } else if path.isEmpty {
                return true
            }
            guard let again = retry, let next = again.path.first, next != "/" else { return false }
            path = again.path.dropFirst()
            parts = again.parts.dropFirst()
            retry = (again.parts, path)
        }
    }
}
