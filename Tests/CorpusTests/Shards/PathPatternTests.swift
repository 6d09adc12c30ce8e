import Testing

@testable import Basics
@testable import Corpus

@Suite struct PathPatternTests {
    static let matching: [(pattern: String, path: String)] = [
        ("a.jsonl", "a.jsonl"), ("a.jsonl", "x/y/a.jsonl"), ("*.jsonl", "x/a.jsonl"), ("x/*.jsonl", "x/a.jsonl"),
        ("x/**", "x/y/a.jsonl"), ("x/**/a.jsonl", "x/a.jsonl"), ("x/**/a.jsonl", "x/y/z/a.jsonl"),
        ("**/a.jsonl", "a.jsonl"), ("**/a.jsonl", "x/y/a.jsonl"), ("/a.jsonl", "a.jsonl"), ("x", "x"), ("x/", "x"),
        ("./x/a", "x/a"), ("a?c", "abc"), ("[a-c]x", "bx"), ("[!a-c]x", "dx"), ("[^a-c]x", "dx"), ("[]]x", "]x"),
        ("{a,b}.json", "b.json"), ("{x,y/z}/a", "y/z/a"), ("{a,b{c,d}}", "bd"), ("a\\*b", "a*b"), ("a\\{b", "a{b"),
        ("*a*b*c", "xxaxxbxxabc"), ("part-0[0-4]*", "d/part-03.jsonl.zst"), ("тест-?", "тест-ё"), ("**", "a/b"),
        ("a**c", "abbc"), ("2024-*/**/*.gz", "2024-01/x/y.gz"), ("{,x}a", "a"),
    ]

    @Test(arguments: matching.indices)
    func patternsMatch(_ number: Int) throws {
        let (pattern, path) = Self.matching[number]
        #expect(try PathPattern(pattern).matches(path), "\(pattern) \(path)")
    }

    static let others: [(pattern: String, path: String)] = [
        ("a.jsonl", "b.jsonl"), ("*.jsonl", "a.json"), ("x/*.jsonl", "x/y/a.jsonl"), ("x/*", "y/x/a"),
        ("/a.jsonl", "x/a.jsonl"), ("a?c", "a/c"), ("a*c", "a/c"), ("[!a]c", "/c"), ("[a-c]x", "dx"), ("x/**", "x"),
        ("{a,b}", "c"), ("a\\*b", "axb"), ("A", "a"), ("*a*b*c", "xxaxxbxx"), ("e\u{301}", "é"),
    ]

    @Test(arguments: others.indices)
    func patternsDoNotMatchOtherPaths(_ number: Int) throws {
        let (pattern, path) = Self.others[number]
        #expect(try !PathPattern(pattern).matches(path), "\(pattern) \(path)")
    }

    @Test(arguments: ["", "/", "[a", "{a", "[z-a]", "a{b,{c}"])
    func impossiblePatternsAreRefused(_ pattern: String) {
        let error = #expect(throws: Failure.self) { try PathPattern(pattern) }
        #expect(error?.kind == .usage)
    }

    @Test func manyStarsEndSoon() throws {
        let path = String(repeating: "a", count: 200)
        #expect(try !PathPattern(String(repeating: "*a", count: 60) + "b").matches(path))
    }
}
