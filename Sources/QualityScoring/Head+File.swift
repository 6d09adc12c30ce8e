package import Basics
internal import JSON

// The file of a head is JSON:
//   {"schema": 1, "statistics_version": 1, "statistics": ["log_words", ...],
//    "vectors": {"model", "pooling", "long", "special_tokens", "max_tokens", "dimensions", "normalize", "whitening"},
//    "outputs": [{"name", "bias", "good", "bad", "auc",
//                 "domain": {"words": [least, most], "scripts": [...], "languages": [...]},
//                 "weights": [...], "means": [...], "scales": [...]}]}
extension Head {
    static let currentSchema = 1
    /// The largest file that is read, in bytes. A head of ten outputs over 256 dimensions takes 200 kB.
    static let largestFile = 64 << 20

    /// Reads a head from its file.
    ///
    /// - Throws: if the file cannot be read, is not a head, or is for other statistics than those of this version.
    package init(file path: String) throws(Failure) {
        let tree = try JSONTree(
            file: path, upTo: Self.largestFile, remedy: "give a file that 'dedup score train' wrote")
        let root = HeadField(value: tree.root, path: path, name: "")
        guard root.value?.kind == .object, root.value?["schema"] != nil else {
            throw Failure("\(path) is not a quality head; give a file that 'dedup score train' wrote")
        }
        let schema = try root["schema"].int(0...Int.max)
        guard schema == Self.currentSchema else {
            throw Failure(
                "\(path) has schema \(schema); this version of dedup reads schema \(Self.currentSchema). Use the "
                    + "version "
                    + "that wrote it, or train the head again")
        }
        let version = try root["statistics_version"].int(0...Int.max)
        let names = try root["statistics"].list { field throws(Failure) in try field.string() }
        guard version == TextStatistics.version, names == TextStatistics.all.map(\.name) else {
            throw Failure(
                "\(path) has text statistics of version \(version); this version of dedup computes version "
                    + "\(TextStatistics.version). Use the version that wrote it, or train the head again")
        }
        origin = try VectorOrigin(root["vectors"])
        let features = origin.dimensions + names.count
        outputs = try root["outputs"].list { field throws(Failure) in try Output(field, features: features) }
        guard !outputs.isEmpty else { throw root["outputs"].refuse("has no output") }
        guard Set(outputs.map(\.name)).count == outputs.count else {
            throw root["outputs"].refuse("has two outputs of one name")
        }
    }

    /// Writes the head to a file. A file that is already there is replaced only when the new one is complete.
    ///
    /// - Throws: if the file cannot be written.
    package func write(to path: String) throws(Failure) {
        let temporary = path + ".part"
        do throws(Failure) {
            try Self.write(json, to: temporary)
            try Disk.rename(temporary, path)
            try Disk.sync(folder: Disk.folder(of: path))
        } catch {
            try? Disk.remove(temporary)
            throw error
        }
    }

    private static func write(_ text: String, to path: String) throws(Failure) {
        let file = try File(path, .create)
        var content = Buffer<UInt8>()
        content.append(text)
        try file.write(content.bytes)
        try file.sync()
    }

    /// The content of the head's file. Equal heads give equal bytes.
    package var json: String {
        var text = "{\n\"schema\": \(Self.currentSchema),\n\"statistics_version\": \(TextStatistics.version),\n"
        text += "\"statistics\": \(Self.list(TextStatistics.all.map(\.name))),\n"
        text += "\"vectors\": {\"model\": \(Self.quote(origin.model)), \"pooling\": \(Self.quote(origin.pooling)), "
        text += "\"long\": \(Self.quote(origin.long)), \"special_tokens\": \(Self.quote(origin.specialTokens)), "
        text += "\"max_tokens\": \(origin.maxTokens), \"dimensions\": \(origin.dimensions), "
        text += "\"normalize\": \(origin.normalize), \"whitening\": \(origin.whitening)},\n\"outputs\": ["
        for (index, output) in outputs.enumerated() {
            let domain = output.domain
            text += index == 0 ? "\n" : ",\n"
            text += "{\"name\": \(Self.quote(output.name)), \"bias\": \(output.bias), \"good\": \(output.good), "
            text += "\"bad\": \(output.bad), \"auc\": \(output.auc),\n"
            text += " \"domain\": {\"words\": [\(domain.words.lowerBound), \(domain.words.upperBound)], "
            text += "\"scripts\": \(Self.list(domain.scripts.map(\.name))), "
            text += "\"languages\": \(Self.list(domain.languages.map(\.name)))},\n"
            text += " \"weights\": \(output.weights),\n \"means\": \(output.means),\n \"scales\": \(output.scales)}"
        }
        return text + "\n]\n}\n"
    }

    private static func list(_ strings: [String]) -> String {
        "[" + strings.map(quote).joined(separator: ", ") + "]"
    }

    private static func quote(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\0"..<" ":
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

extension VectorOrigin {
    fileprivate init(_ field: HeadField) throws(Failure) {
        self.init(
            model: try field["model"].string(), pooling: try field["pooling"].string(),
            long: try field["long"].string(), specialTokens: try field["special_tokens"].string(),
            maxTokens: try field["max_tokens"].int(0...1 << 30), dimensions: try field["dimensions"].int(0...1 << 16),
            normalize: try field["normalize"].bool(), whitening: try field["whitening"].bool())
    }
}

extension Head.Output {
    fileprivate init(_ field: HeadField, features: Int) throws(Failure) {
        let counts = 0...1 << 48
        name = try field["name"].string()
        bias = try field["bias"].double()
        good = try field["good"].int(counts)
        bad = try field["bad"].int(counts)
        auc = try field["auc"].double()
        domain = try Domain(field["domain"])
        weights = try field["weights"].doubles(features)
        means = try field["means"].doubles(features)
        scales = try field["scales"].doubles(features)
        guard scales.allSatisfy({ $0 > 0 }) else { throw field["scales"].refuse("has a scale that is not above 0") }
    }
}

extension Domain {
    fileprivate init(_ field: HeadField) throws(Failure) {
        let ends = try field["words"].list { end throws(Failure) in try end.int(0...Int.max) }
        guard ends.count == 2, ends[0] <= ends[1] else { throw field["words"].refuse("has to be [least, most]") }
        self.init(
            words: ends[0]...ends[1],
            scripts: try field["scripts"].list { name throws(Failure) in
                guard let script = Script(name: try name.string()) else { throw name.refuse("names no script") }
                return script
            },
            languages: try field["languages"].list { name throws(Failure) in
                guard let language = Language(name: try name.string()) else { throw name.refuse("names no language") }
                return language
            })
    }
}

/// A value of the file together with its name there (`outputs[0].bias`), for error messages. Each accessor checks the
/// type and the range of the value.
private struct HeadField {
    let value: JSONValue?
    let path: String
    let name: String

    subscript(key: String) -> HeadField {
        HeadField(value: value?[key], path: path, name: name.isEmpty ? key : "\(name).\(key)")
    }

    func refuse(_ what: String) -> Failure {
        Failure(
            "\(path): damaged: '\(name)' \(value == nil ? "is missing" : what); restore the file or train the head "
                + "again"
        )
    }

    func string() throws(Failure) -> String {
        guard let string = value?.string else { throw refuse("has to be a string") }
        return string
    }

    func int(_ range: ClosedRange<Int>) throws(Failure) -> Int {
        guard let int = value?.int, range.contains(int) else { throw refuse("has to be a whole number in its range") }
        return int
    }

    func double() throws(Failure) -> Double {
        guard let double = value?.double, double.isFinite else { throw refuse("has to be a number") }
        return double
    }

    func bool() throws(Failure) -> Bool {
        guard let bool = value?.bool else { throw refuse("has to be true or false") }
        return bool
    }

    func list<Element>(_ read: (HeadField) throws(Failure) -> Element) throws(Failure) -> [Element] {
        guard let value, value.kind == .array else { throw refuse("has to be a list") }
        var list: [Element] = []
        for (index, (_, element)) in value.elements.enumerated() {
            list.append(try read(HeadField(value: element, path: path, name: "\(name)[\(index)]")))
        }
        return list
    }

    func doubles(_ count: Int) throws(Failure) -> [Double] {
        let doubles = try list { field throws(Failure) in try field.double() }
        guard doubles.count == count else { throw refuse("has \(doubles.count) numbers, not \(count)") }
        return doubles
    }
}
