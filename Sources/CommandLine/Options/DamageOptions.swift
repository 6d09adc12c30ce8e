import ArgumentParser

/// The option for damaged shards, for the commands that can leave shards out.
struct DamageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "At a shard whose bytes are damaged: stop, or skip it; the next run tries a skipped shard again.",
            valueName: "do"))
    var onBadShard = OnBadShard.stop

    enum OnBadShard: String, CaseIterable, ExpressibleByArgument { case stop, skip }

    var skips: Bool { onBadShard == .skip }
}
