package import Basics

/// A pattern of relative paths, as `--glob` and `--exclude` take it.
///
/// `*` is any characters within a component, `**` any components, `?` one character within a component, `[a-z]` one of
/// these and `[!a-z]` one of the others, `{a,b}` either of the two; a backslash makes the next character an ordinary one.
/// A pattern without a slash is that of a name in any folder; one that begins with a slash begins at the input.
package struct PathPattern: Sendable, Hashable {
    private indirect enum Part: Sendable, Hashable {
        case character(Unicode.Scalar)
        case anyCharacter
        case anyCharacters
        /// Whole components, the slash after them included; none of them too.
        case anyComponents
        case oneOf([ClosedRange<Unicode.Scalar>], isInverted: Bool)
    }

    /// As it was given.
    package let text: String
    /// One list of parts for each choice of alternatives in braces.
    private let choices: [[Part]]

    /// - Throws: a usage error for a bracket or brace that is not closed, or a pattern of nothing.
    package init(_ text: String) throws(Failure) {
        self.text = text
        var pattern = text.unicodeScalars[...]
        while pattern.starts(with: "./".unicodeScalars) { pattern = pattern.dropFirst(2) }
        while pattern.count > 1, pattern.last == "/" { pattern = pattern.dropLast() }
        let isAnchored = pattern.first == "/"
        if isAnchored { pattern = pattern.dropFirst() }
        if pattern.isEmpty { throw .usage("'\(text)' is no pattern: it is empty") }
        var choices: [[Part]] = []
        for choice in try Self.expand(Array(pattern), text) {
            let anywhere = isAnchored || choice.contains("/") ? [] : [Part.anyComponents]
            choices.append(anywhere + (try Self.parts(choice, text)))
        }
        self.choices = choices
    }

    /// Whether the pattern is that of a relative path, of a file or of a folder.
    package func matches(_ path: String) -> Bool {
        let path = Array(path.unicodeScalars)
        return choices.contains { Self.matches($0[...], path[...]) }
    }

    // MARK: Reading a pattern

    private static let mostChoices = 1000

    /// Writes the alternatives in braces out.
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
        guard depth == 0 else { throw .usage("'\(text)' is no pattern: a { is not closed (\\{ is a brace)") }
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

    /// Reads what follows a bracket, up to the one that closes it.
    private static func set(_ pattern: [Unicode.Scalar], _ at: inout Int, _ text: String) throws(Failure) -> Part {
        let isInverted = at < pattern.count && (pattern[at] == "!" || pattern[at] == "^")
        if isInverted { at += 1 }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while at < pattern.count, pattern[at] != "]" || ranges.isEmpty {
            let first = pattern[at]
            at += 1
            if at + 1 < pattern.count, pattern[at] == "-", pattern[at + 1] != "]" {
                guard first <= pattern[at + 1] else {
                    throw .usage("'\(text)' is no pattern: \(first)-\(pattern[at + 1]) is no range")
                }
                ranges.append(first...pattern[at + 1])
                at += 2
            } else {
                ranges.append(first...first)
            }
        }
        guard at < pattern.count else { throw .usage("'\(text)' is no pattern: a [ is not closed (\\[ is a bracket)") }
        at += 1
        return .oneOf(ranges, isInverted: isInverted)
    }

    // MARK: Matching

    private static func matches(_ parts: ArraySlice<Part>, _ path: ArraySlice<Unicode.Scalar>) -> Bool {
        var parts = parts
        var path = path
        // Where the last star may take one character more: all that came before it need not be tried again.
        var retry: (parts: ArraySlice<Part>, path: ArraySlice<Unicode.Scalar>)?
        while true {
            if let part = parts.first {
                switch part {
                case .anyComponents:
                    // Here, or behind any slash.
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
