package import Basics
internal import JSON

// The file of a head is JSON:
//   {"schema": 2, "statistics_version": 2, "statistics": ["mean_word_length", ...],
//    "vectors": {"model", "pooling", "long", "special_tokens", "max_tokens", "dimensions", "normalize", "whitening",
//                "layout"},
//    "space": null or {"limits": [{"words", "distance"}], "centres": [[...]]},
//    "quality": null or {"slope", "intercept"},
//    "outputs": [{"name", "bias", "calibration": {"slope", "intercept"}, "good", "bad", "auc",
//                 "domain": {"words": [least, most], "scripts": [...], "languages": [...]},
//                 "weights": [...], "means": [...], "scales": [...], "least": [...], "most": [...]}]}
extension Head {
    static let currentSchema = 2
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
                    + "version that wrote it, or train the head again")
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
        let dimensions = origin.dimensions
        space = try root["space"].optional { field throws(Failure) in try VectorSpace(field, dimensions: dimensions) }
        quality = try root["quality"].optional { field throws(Failure) in try Calibration(field) }
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
        text += "\"vectors\": {\"model\": \(Self.quote(origin.model)), \"prefix\": \(Self.quote(origin.prefix)), "
        text += "\"pooling\": \(Self.quote(origin.pooling)), "
        text += "\"long\": \(Self.quote(origin.long)), \"special_tokens\": \(Self.quote(origin.specialTokens)), "
        text += "\"max_tokens\": \(origin.maxTokens), \"dimensions\": \(origin.dimensions), "
        text += "\"normalize\": \(origin.normalize), \"whitening\": \(origin.whitening), "
        text += "\"layout\": \(Self.quote(origin.layout))},\n\"space\": \(Self.json(space)),\n"
        text += "\"quality\": \(quality.map(Self.json) ?? "null"),\n\"outputs\": ["
        for (index, output) in outputs.enumerated() {
            let domain = output.domain
            text += index == 0 ? "\n" : ",\n"
            text += "{\"name\": \(Self.quote(output.name)), \"bias\": \(output.bias), "
            text += "\"calibration\": \(Self.json(output.calibration)), \"good\": \(output.good), "
            text += "\"bad\": \(output.bad), \"auc\": \(output.auc),\n"
            text += " \"domain\": {\"words\": [\(domain.words.lowerBound), \(domain.words.upperBound)], "
            text += "\"scripts\": \(Self.list(domain.scripts.map(\.name))), "
            text += "\"languages\": \(Self.list(domain.languages.map(\.name)))},\n"
            let scaling = output.scaling
            text += " \"weights\": \(output.weights),\n \"means\": \(scaling.means),\n \"scales\": \(scaling.scales),\n"
            text += " \"least\": \(scaling.least),\n \"most\": \(scaling.most)}"
        }
        return text + "\n]\n}\n"
    }

    private static func json(_ calibration: Calibration) -> String {
        "{\"slope\": \(calibration.slope), \"intercept\": \(calibration.intercept)}"
    }

    private static func json(_ space: VectorSpace?) -> String {
        guard let space else { return "null" }
        let limits = space.limits.map { "{\"words\": \($0.words), \"distance\": \($0.distance)}" }
        return "{\"limits\": [\(limits.joined(separator: ", "))],\n \"centres\": ["
            + space.centres.map { "\($0)" }.joined(separator: ",\n  ") + "]}"
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
            model: try field["model"].string(), prefix: try field["prefix"].string(),
            pooling: try field["pooling"].string(), long: try field["long"].string(),
            specialTokens: try field["special_tokens"].string(), maxTokens: try field["max_tokens"].int(0...1 << 30),
            dimensions: try field["dimensions"].int(0...1 << 16), normalize: try field["normalize"].bool(),
            whitening: try field["whitening"].bool(), layout: try field["layout"].string())
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
        calibration = try Calibration(field["calibration"])
        weights = try field["weights"].doubles(features)
        scaling = FeatureScaling(
            means: try field["means"].doubles(features), scales: try field["scales"].doubles(features),
            least: try field["least"].doubles(features), most: try field["most"].doubles(features))
        guard scaling.scales.allSatisfy({ $0 > 0 }) else {
            throw field["scales"].refuse("has a scale that is not above 0")
        }
        guard zip(scaling.least, scaling.most).allSatisfy({ $0 <= $1 }) else {
            throw field["least"].refuse("has a number above that in 'most'")
        }
    }
}

extension Calibration {
    fileprivate init(_ field: HeadField) throws(Failure) {
        self.init(slope: try field["slope"].double(), intercept: try field["intercept"].double())
        guard slope >= 0 else { throw field["slope"].refuse("has to be at least 0") }
    }
}

extension VectorSpace {
    fileprivate init(_ field: HeadField, dimensions: Int) throws(Failure) {
        self.init(
            centres: try field["centres"].list { centre throws(Failure) in
                try centre.doubles(dimensions).map { Float($0) }
            },
            limits: try field["limits"].list { limit throws(Failure) in
                Limit(words: try limit["words"].int(0...Int.max), distance: try limit["distance"].double())
            })
        guard !centres.isEmpty else { throw field["centres"].refuse("is empty") }
        guard zip(limits, limits.dropFirst()).allSatisfy({ $0.words < $1.words }) else {
            throw field["limits"].refuse("has to be in ascending order of words")
        }
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
