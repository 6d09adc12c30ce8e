package import Corpus

extension DocumentCounts {
    /// The value of a counter in the form that reports show.
    package func text(_ counter: Counter) -> String {
        counter.unit == .bytes ? self[counter].byteSize : self[counter].grouped
    }
}

// The counts of the corpus, of an input and of a shard are encoded beside their other fields, not as an object.

extension Report.Corpus {
    private enum Keys: String, CodingKey { case inputs, shards, shardsOutOfOrder }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Keys.self)
        counts = try DocumentCounts(from: decoder)
        inputs = try values.decode([Report.Input].self, forKey: .inputs)
        shards = try values.decode([Report.Shard].self, forKey: .shards)
        shardsOutOfOrder = try values.decode(Int.self, forKey: .shardsOutOfOrder)
    }

    package func encode(to encoder: any Encoder) throws {
        try counts.encode(to: encoder)
        var values = encoder.container(keyedBy: Keys.self)
        try values.encode(inputs, forKey: .inputs)
        try values.encode(shards, forKey: .shards)
        try values.encode(shardsOutOfOrder, forKey: .shardsOutOfOrder)
    }
}

extension Report.Input {
    private enum Keys: String, CodingKey { case name, label, shardCount }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Keys.self)
        name = try values.decode(String.self, forKey: .name)
        label = try values.decodeIfPresent(String.self, forKey: .label)
        shards = try values.decode(Int.self, forKey: .shardCount)
        counts = try DocumentCounts(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try counts.encode(to: encoder)
        var values = encoder.container(keyedBy: Keys.self)
        try values.encode(name, forKey: .name)
        try values.encode(label, forKey: .label)
        try values.encode(shards, forKey: .shardCount)
    }
}

extension Report.Shard {
    private enum Keys: String, CodingKey { case name, input, copied }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Keys.self)
        name = try values.decode(String.self, forKey: .name)
        input = try values.decode(String.self, forKey: .input)
        copied = try values.decode(Bool.self, forKey: .copied)
        counts = try DocumentCounts(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try counts.encode(to: encoder)
        var values = encoder.container(keyedBy: Keys.self)
        try values.encode(name, forKey: .name)
        try values.encode(input, forKey: .input)
        try values.encode(copied, forKey: .copied)
    }
}
