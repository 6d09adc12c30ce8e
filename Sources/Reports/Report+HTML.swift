internal import Basics
internal import Foundation
internal import Mustache

extension Report {
    /// report.html: the report for a person, in one file without scripts or references to other files.
    ///
    /// The element `corpus` depends only on the corpus and the parameters, not on the run.
    package func html() throws -> [UInt8] {
        MustacheContentTypes.register(EscapedHTML(), named: "DEDUP-HTML")
        let template = try MustacheTemplate(string: String(decoding: PackageResources.report_mustache, as: UTF8.self))
        let style = String(decoding: PackageResources.report_css, as: UTF8.self)
        return Array(template.render(ReportPage(self, style: style)).utf8)
    }
}

/// Escapes text for HTML elements and quoted attributes. It goes by scalars because a `"` followed by a combining
/// accent is a single Swift character, but must be escaped too.
struct EscapedHTML: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.visible().unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
